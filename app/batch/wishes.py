"""How one film of a batch is to be made: `Wishes`, the options of `songreel make` as data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import Octave
from songreel.models.local import LocalOptions
from songreel.models.overlay import Place
from songreel.models.render import Format
from songreel.wording import Wording

if TYPE_CHECKING:
    from songreel.planning import Direction
    from songreel.project import Project
    from songreel.settings import Settings


def _text(value: Any) -> Any:
    """Numbers may stand for themselves: `fps = 30`, `effects = 0.5`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if number else value


def _list(value: Any) -> Any:
    """One value stands for a list of it."""
    return (value,) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list)]


class Wishes(Frozen):
    """None leaves it to the song, or to the project that exists."""

    look: str | None = None
    style: str | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    visuals: str | None = None
    footage: str | None = None
    stand_in: Names | None = None
    grade: str | None = None
    aspect: str | None = None
    size: int | None = None
    fps: Text | None = None
    format: Format | None = None
    density: float | None = None
    shortest: float | None = None
    longest: float | None = None
    effects: Text | None = None
    title: str | None = None
    artist: str | None = None
    end_card: str | None = None
    lyrics: str | None = None
    captions: bool | None = None
    karaoke: bool | None = None
    caption_size: float | None = None
    caption_place: Place | None = None
    caption_font: str | None = None
    writer: str | None = None
    tracker: str | None = None
    octave: Octave | None = None
    weights: str | None = None
    lora: Names | None = None
    steps: Annotated[int, Field(ge=1)] | None = None
    guidance: Annotated[float, Field(ge=0)] | None = None
    side: Annotated[int, Field(ge=64)] | None = None
    placement: str | None = None
    devices: str | None = None
    approximate: Names | None = None
    compile: bool | None = None

    @model_serializer(mode="wrap")
    def _given_only(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is left open is not written."""
        return {name: value for name, value in write(self).items() if value is not None}

    @property
    def source(self) -> str:
        """Where its clips come from."""
        return self.visuals or ("footage" if self.footage else "builtin")

    def over(self, other: "Wishes") -> "Wishes":
        """These, and `other` where these leave it open."""
        return other.model_copy(update=self.given())

    def given(self) -> dict[str, Any]:
        """What is asked for."""
        return {
            name: value
            for name in type(self).model_fields
            if (value := getattr(self, name)) is not None
        }

    def local(self) -> LocalOptions:
        """Those for models on one's own machines, paths made absolute.

        Raises:
            InvalidInput: A LoRA cannot be read.
        """
        from songreel.local import Wishes as Local

        asked = Local(
            placement=self.placement, devices=self.devices, loras=self.lora, weights=self.weights,
            steps=self.steps, guidance=self.guidance, side=self.side, approximate=self.approximate,
        )  # fmt: skip
        chosen = asked.over(LocalOptions())
        return (
            chosen if self.compile is None else chosen.model_copy(update={"compile": self.compile})
        )

    def direction(self) -> "Direction":
        """How to plan it."""
        from songreel.planning import Direction
        from songreel.prompting.effects import amount_of

        return Direction(
            self.look, self.style, self.seed,
            lyrics=Path(self.lyrics) if self.lyrics else None, writer=self.writer,
            effects=amount_of(self.effects) if self.effects is not None else None,
            words=Wording(
                self.captions, self.karaoke, self.caption_size, self.caption_place,
                Path(self.caption_font) if self.caption_font else None, self.title, self.artist,
                self.end_card,
            ),
            density=self.density, shortest=self.shortest, longest=self.longest,
        )  # fmt: skip

    def changes(self, project: "Project | None" = None) -> dict[str, object]:
        """Fields of the project's document to set, over those that it has.

        Raises:
            InvalidInput: No file can be of that shape, size or rate.
        """
        from songreel.models.render import RenderSpec
        from songreel.models.timebase import parse_rate, rate_name

        there = project is not None and project.file.is_file()
        spec = project.state.spec if project is not None and there else RenderSpec()
        rate = parse_rate(self.fps or rate_name(spec.rate))
        wanted = spec.over(self.aspect, self.size, rate, self.format)
        changes: dict[str, object] = {"spec": wanted}
        if self.footage is not None:
            changes |= {"footage": str(Path(self.footage).resolve()), "visuals": "footage"}
        for name, value in (
            ("visuals", self.visuals), ("stand_ins", self.stand_in), ("tracker", self.tracker),
            ("octave", self.octave), ("grade", self.grade),
        ):  # fmt: skip
            if value is not None:
                changes[name] = value
        local = self.local()
        if local != LocalOptions():
            changes["local"] = local
        return changes

    def check(self, settings: "Settings") -> None:
        """See that all it names is there, before the first song is heard.

        Raises:
            InvalidInput: Something is not.
        """
        from songreel.desk import sources_exist
        from songreel.ears import there_is
        from songreel.generation.diffusion.book import book
        from songreel.generation.diffusion.wishes import check
        from songreel.grade import grade_of
        from songreel.planning import is_local
        from songreel.prompting.looks import find_book
        from songreel.prompting.styles import find_style

        self.direction()
        changes = self.changes()
        sources_exist(changes, settings)
        there_is(changes)
        if self.grade is not None:
            grade_of(self.grade)
        if self.look is not None:
            name, looks = find_book(self.look, settings.looks)
            looks.look(name)
        if self.style is not None:
            find_style(self.style, settings.styles)
        if is_local(self.source):
            model = book(settings.models).find(self.source.partition(":")[2])
            check(model.wished(self.local()))
        for what, path in (("footage", self.footage), ("lyrics", self.lyrics)):
            if path is not None and not Path(path).exists():
                raise InvalidInput(f"{what} {path} is not there")
