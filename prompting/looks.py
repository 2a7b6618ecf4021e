"""The looks there are: those that ship (`looks.toml`), the user's own, and which suits a song."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import hypot
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.storyboard import Look, Palette
from songreel.models.units import Signed

Lines = Annotated[tuple[str, ...], Field(min_length=1)]
SUFFIXES = (".yaml", ".yml")
SHIPPED = "songreel"
"""Source of the looks that ship."""


class Picture(Frozen):
    """One picture of a look: what is seen from how near, and what happens at which energy.

    Each of the first three is a noun phrase, each of the last three an action in the present
    participle with its own subject, so that any two of them join with a comma.
    """

    motif: str
    stage: bool = False
    """Whether the subject can act in it, so that a story line may join it."""
    wide: str
    medium: str
    close: str
    calm: str
    rising: str
    wild: str


class Story(Frozen):
    """What the subject does, by the song's stages; each line follows the subject."""

    arrival: Lines
    search: Lines
    gathering: Lines
    release: Lines
    stillness: Lines
    farewell: Lines


class LookBook(Frozen):
    """A look and the prose that its shots are told with."""

    about: str
    mood: tuple[Signed, Signed] | None = None
    """Valence and arousal of the music it serves best; None: it is never chosen by itself."""
    medium: str
    light: str
    acts: Lines
    """How light and place go on through the film, first to last."""
    lens: str
    close_lens: str
    """For close-ups."""
    place: str
    """With its preposition."""
    near: str
    """The place in short, with its preposition."""
    subject: str
    palette: Palette
    negative: str
    story: Story
    picture: Annotated[tuple[Picture, ...], Field(min_length=2)]

    def look(self, name: str) -> Look:
        """What a storyboard keeps of it."""
        return Look(
            name=name,
            medium=self.medium,
            light=self.light,
            lens=self.lens,
            world=f"{self.subject} {self.place}",
            palette=self.palette,
            motifs=tuple(picture.motif for picture in self.picture),
            negative=self.negative,
        )


class Choice(NamedTuple):
    """A look, its prose, and why it was taken, in one sentence."""

    look: Look
    reason: str
    book: LookBook


class Row(NamedTuple):
    """A look in a list."""

    name: str
    about: str
    """What it is for, or why its file cannot be used."""
    source: str
    """`songreel`, or the file."""


@cache
def books() -> MappingProxyType[str, LookBook]:
    """Every look that ships with its prose, by name."""
    raw = tomllib.loads((files("songreel.prompting") / "looks.toml").read_text(encoding="utf-8"))
    return MappingProxyType({n: LookBook.model_validate(body) for n, body in raw["look"].items()})


def looks() -> dict[str, Look]:
    """Every look that ships, by name."""
    return {name: book.look(name) for name, book in books().items()}


def find_look(name: str, folder: Path | None = None) -> Look:
    """The look called `name`; arguments and errors as in `find_book`."""
    found, book = find_book(name, folder)
    return book.look(found)


def find_book(name: str, folder: Path | None = None) -> tuple[str, LookBook]:
    """Name and prose of a look: `plan(analysis, book.look(name), book=book)`.

    Args:
        name: Of a look that ships or of one of the user's own, or the path of a YAML file.
        folder: The user's own looks, one `*.yaml` each.

    Raises:
        InvalidInput: There is none of this name (the text lists the names), or its file cannot
            be used (the text names file, line and field).
    """
    from songreel.prompting.yaml_looks import read_look

    if name in books():
        return name, books()[name]
    if name.endswith(SUFFIXES):
        return read_look(Path(name), books())
    own, broken = _own(folder)
    if name in own:
        return name, own[name][1]
    for path, reason in broken.items():
        if path.stem == name:
            raise InvalidInput(reason)
    names = ", ".join([*books(), *own])
    raise InvalidInput(f"look {name!r} is not known; choose one of {names}, or a .yaml file")


def book_for(look: Look, folder: Path | None = None) -> LookBook | None:
    """The prose of a plan's look, where it is still at hand under the look's name."""
    if look.name in books():
        return books()[look.name]
    own, _ = _own(folder)
    return own[look.name][1] if look.name in own else None


def described(folder: Path | None = None) -> tuple[Row, ...]:
    """Every look: those that ship first, then the user's own by name, then files with faults."""
    own, broken = _own(folder)
    return (
        *(Row(name, book.about, SHIPPED) for name, book in books().items()),
        *(Row(name, book.about, str(path)) for name, (path, book) in own.items()),
        *(Row(path.stem, reason, str(path)) for path, reason in broken.items()),
    )


def choose_look(analysis: Analysis, folder: Path | None = None) -> Choice:
    """The look whose mood lies nearest to the song's, and the reason; ties go to the first.

    The user's own looks in `folder` that name a mood are among them. One whose file cannot be
    used is left out, and the reason says so.
    """
    own, broken = _own(folder)
    every = {**books(), **{name: book for name, (_, book) in own.items()}}
    placed = {name: book.mood for name, book in every.items() if book.mood is not None}
    name, heard = _nearest(analysis, placed)
    reason = f"{name}: {heard}, and this look is {every[name].about}"
    reason += "".join(f"; left out: {fault}" for fault in broken.values())
    return Choice(every[name].look(name), reason, every[name])


def _nearest(analysis: Analysis, moods: Mapping[str, tuple[float, float]]) -> tuple[str, str]:
    """Name of the look for a song's mood, and how the song sounds."""
    valence, arousal = analysis.mood.valence, analysis.mood.arousal

    def distance(name: str) -> float:
        v, a = moods[name]
        return round(hypot(v - valence, a - arousal), 6)

    heard = f"{_side(valence, 'dark', 'neutral', 'bright')} and " + _side(
        arousal, "calm", "moderate", "energetic"
    )
    told = f"the song sounds {heard} (valence {valence:+.2f}, arousal {arousal:+.2f})"
    return min(moods, key=distance), told


def _own(folder: Path | None) -> tuple[dict[str, tuple[Path, LookBook]], dict[Path, str]]:
    """The user's looks by name, and what is wrong with the files that hold none."""
    from songreel.prompting.yaml_looks import read_look

    found: dict[str, tuple[Path, LookBook]] = {}
    broken: dict[Path, str] = {}
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES) if folder else []
    except OSError as error:
        raise InvalidInput(f"cannot read the looks in {folder}: {error.strerror}") from error
    for path in paths:
        try:
            name, book = read_look(path, books())
            if name in found:
                raise InvalidInput(f"{path}: the name {name!r} is taken by {found[name][0]}")
            found[name] = path, book
        except InvalidInput as error:
            broken[path] = str(error)
    return dict(sorted(found.items())), broken


def _side(value: float, low: str, middle: str, high: str) -> str:
    return low if value < -0.2 else high if value > 0.2 else middle
