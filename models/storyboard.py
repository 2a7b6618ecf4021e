"""What is shown and when: `Look`, `Shot`, `Storyboard`. Shots tile the song."""

import re
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from songreel.models.document import Document, Frozen, Misplaced
from songreel.models.effect import EffectCue
from songreel.models.lyrics import Lyrics
from songreel.models.music import BeatGrid, Section, Track
from songreel.models.overlay import CaptionStyle, Title
from songreel.models.shown.shows import Shows
from songreel.models.style import Style
from songreel.models.transition import Transition
from songreel.models.units import Seconds, Unit


class CameraMove(StrEnum):
    """Camera moves, in the words of a set."""

    STATIC = "static"
    PUSH_IN = "push in"
    PULL_OUT = "pull out"
    PAN_LEFT = "pan left"
    PAN_RIGHT = "pan right"
    TILT_UP = "tilt up"
    TILT_DOWN = "tilt down"
    TRACK_LEFT = "track left"
    TRACK_RIGHT = "track right"
    CRANE_UP = "crane up"
    CRANE_DOWN = "crane down"
    ORBIT = "orbit"
    ROLL = "roll"
    HANDHELD = "handheld"


class ShotSize(StrEnum):
    """How much of the subject the frame holds."""

    EXTREME_WIDE = "extreme wide"
    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE = "close-up"
    EXTREME_CLOSE = "extreme close-up"


class CutReason(StrEnum):
    """What the start of a shot answers to, strongest first."""

    OPENING = "opening"
    DROP = "drop"
    SECTION = "section"
    PHRASE = "phrase"
    DOWNBEAT = "downbeat"
    STRONG_BEAT = "strong beat"
    BEAT = "beat"
    HALF_BEAT = "half beat"
    ENERGY = "energy"
    """A change in the sound where there is no grid to trust."""
    MANUAL = "manual"


class Oklch(Shows, Frozen):
    """A colour in OKLCH (Ottosson 2020). In JSON it is `[lightness, chroma, hue]`."""

    shown_by: ClassVar[str] = "songreel.models.shown.plan:colour"

    lightness: Unit
    chroma: Annotated[float, Field(ge=0, le=0.4)]
    hue: Annotated[float, Field(ge=0, lt=360)]
    """Degrees."""

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            if len(value) != 3:
                raise ValueError("a colour is [lightness, chroma, hue in degrees]")
            return dict(zip(("lightness", "chroma", "hue"), value, strict=True))
        return value

    @model_serializer
    def _as_list(self) -> list[float]:
        return [self.lightness, self.chroma, self.hue]


Palette = Annotated[tuple[Oklch, ...], Field(min_length=3, max_length=8)]
"""Three to eight colours, dark to light."""

PREVIOUS = "previous"
"""In place of an image file: the last picture of the shot before."""

_BAR = re.compile(r"(?P<bar>\d+):(?P<beat>\d+)(?:\+(?P<part>\d+/\d+))?")
_SECONDS = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s")


class Anchor(Frozen):
    """A moment of the song: a bar, a beat and a fraction of it, or plain seconds.

    In JSON: `"17:3"` is bar 17, beat 3; `"17:3+1/2"` half a beat later; `"12.5s"` seconds,
    for the start of the film and for music without a grid to trust.
    """

    bar: Annotated[int, Field(ge=0)] | None = None
    beat: Annotated[int, Field(ge=1)] = 1
    part: Fraction = Fraction(0)
    seconds: Seconds | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if bar := _BAR.fullmatch(value):
            top, _, bottom = (bar["part"] or "0/1").partition("/")
            if int(bottom) == 0 or int(top) >= int(bottom):
                raise ValueError(f"{bar['part']} is not a part of a beat; write 1/2 or 1/4")
            return {"bar": int(bar["bar"]), "beat": int(bar["beat"]),
                    "part": Fraction(int(top), int(bottom))}  # fmt: skip
        if plain := _SECONDS.fullmatch(value):
            return {"seconds": float(plain["seconds"])}
        raise ValueError(
            "write a moment as '17:3' (bar 17, beat 3), '17:3+1/2' (half a beat later) or '12.5s'"
        )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.bar is None) == (self.seconds is None):
            raise ValueError("a moment is either a bar and beat or seconds")
        return self

    @model_serializer
    def _as_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:.6f}".rstrip("0").rstrip(".") + "s"
        return f"{self.bar}:{self.beat}" + (f"+{self.part}" if self.part else "")

    @classmethod
    def on_grid(cls, grid: BeatGrid, index: int, part: Fraction = Fraction(0)) -> "Anchor":
        """Anchor at beat `index` of `grid`, `part` of a beat later."""
        bar, beat = grid.bar_and_beat(index)
        return cls(bar=bar, beat=beat, part=part)

    def resolve(self, grid: BeatGrid) -> float:
        """Seconds of this moment on `grid`.

        Raises:
            ValueError: The grid has no such bar.
        """
        if self.seconds is not None:
            return self.seconds
        assert self.bar is not None
        return grid.time_at(grid.index_of(self.bar, self.beat) + float(self.part))


class Look(Shows, Frozen):
    """The one look of a film: what every shot has in common."""

    shown_by: ClassVar[str] = "songreel.models.shown.plan:look"

    name: str
    medium: str
    """What the film is made of, e.g. "35 mm film, soft halation"."""
    light: str
    lens: str
    world: str
    """The place and the recurring subject that carry through."""
    palette: Palette
    motifs: Annotated[tuple[str, ...], Field(min_length=2)]
    """Pictures to choose from, calm first, wild last."""
    negative: str = ""


class Parts(Frozen):
    """What a shot shows, in the parts from which prompts are worded.

    Phrases without a capital or a full stop, so that any dialect can set them in its own order.
    """

    seen: str
    """What fills the frame at this shot size, a noun phrase."""
    happens: str
    """What moves in it, a clause in the present participle with its own subject."""
    subject: str = ""
    """Who carries the film; empty in shots without them."""
    action: str = ""
    """What the subject does, in the present tense, without the subject."""
    place: str
    """With its preposition."""
    light: str
    time: str = ""
    """How light and place have gone on at this point of the film."""
    lens: str
    medium: str
    mood: str = ""
    pace: Literal["calm", "rising", "wild"] = "rising"
    words: str = ""
    """What is sung here, where lyrics are known."""


class Words(Frozen):
    """A shot's prompt and what is to be kept out of it."""

    prompt: Annotated[str, Field(min_length=1)]
    negative: str = ""


class Shot(Frozen):
    """One shot. It lasts until the next one starts, the last until the song ends."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    at: Anchor
    section: Annotated[int, Field(ge=0)]
    """Index into the storyboard's sections."""
    reason: CutReason
    transition: Transition = Transition()
    prompt: Annotated[str, Field(min_length=1)]
    negative: str = ""
    motif: str
    """The picture in a few words; the built-in visuals choose their scene by it."""
    camera: CameraMove
    size: ShotSize
    palette: Palette
    energy: Unit
    motion: Unit
    """How much should move, 0 still to 1 wild."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    rhymes_with: str | None = None
    """Id of an earlier shot that this one repeats with variation, or None."""
    provider: str | None = None
    """Overrides the film's source of clips for this shot, e.g. `footage` or
    `replicate:hailuo-02`."""
    parts: Parts | None = None
    """What the prompt was worded from. While the prompt is as worded, it is worded anew for
    another model's dialect; once a person has edited it, it is sent as it stands."""
    take: str | None = None
    """Shots of the same take, words and seed show different portions of one clip where the
    source's clips are long enough."""
    keep: str | None = None
    """The take to show whatever the plan has become: start of a clip's fingerprint."""
    start_image: str | None = None
    """First picture: an image file, relative to the project or absolute, or `previous` for the
    last picture of the shot before."""
    end_image: str | None = None
    """Last picture: an image file."""
    references: tuple[str, ...] = ()
    """Image files of who or what is to be seen."""
    effects: tuple[EffectCue, ...] = ()
    """What is done to its pictures, in order."""
    locked: bool = False
    """Planning again keeps this shot, its start and its end."""


class Storyboard(Shows, Document):
    """The plan of the film.

    Raises (as every model does, when made): a `ValueError` if shots do not tile the song.
    """

    shown_by: ClassVar[str] = "songreel.models.shown.plan:storyboard"

    kind: ClassVar[str] = "songreel.storyboard"
    version: ClassVar[int] = 1

    track: Track
    look: Look
    style: str
    """Cutting style."""
    cutting: Style | None = None
    """The style itself, where it is the user's own or its controls were moved; None: as it
    ships."""
    dialect: str = "plain"
    """The dialect the prompts are worded in (`songreel.prompting.dialects`)."""
    story: tuple[str, ...] = ()
    """The film's story, a line a section, where a writer or a look tells one."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    beat_locked: bool
    """Whether cuts claim to be on beats: the grid was trusted."""
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    shots: Annotated[tuple[Shot, ...], Field(min_length=1)]
    grid: BeatGrid
    finish: tuple[EffectCue, ...] = ()
    """Effects over the whole film, after the transitions and under the words: grain, letterbox."""
    effects_amount: Unit | None = None
    """How much is done to the pictures: 0 nothing, 1 all that suits the song; None in plans from
    before there was any."""
    lyrics: Lyrics | None = None
    """The words of the song, where they are known."""
    captions: CaptionStyle | None = None
    """How they are shown; None: they are not."""
    titles: tuple[Title, ...] = ()
    notices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _tiles(self) -> Self:
        seen: set[str] = set()
        starts: list[float] = []
        end = self.track.duration
        for i, shot in enumerate(self.shots):
            here, name = ("shots", i), f"shot {shot.id}"
            if shot.id in seen:
                raise Misplaced(f"the id {shot.id} is used twice", *here, "id")
            if shot.section >= len(self.sections):
                last = len(self.sections) - 1
                raise Misplaced(f"{name}: the last section is {last}", *here, "section")
            if shot.rhymes_with is not None and shot.rhymes_with not in seen:
                text = f"{name}: {shot.rhymes_with} is not an earlier shot"
                raise Misplaced(text, *here, "rhymes_with")
            seen.add(shot.id)
            try:
                start = shot.at.resolve(self.grid)
            except ValueError as error:
                raise Misplaced(f"{name}: {error}", *here, "at") from error
            if i == 0 and abs(start) > 1e-6:
                text = f"{name}: the first shot must start at 0s, not at {start:.3f} s"
                raise Misplaced(text, *here, "at")
            if starts and start <= starts[-1]:
                before = self.shots[i - 1].id
                text = (
                    f"{name}: {shot.at} ({start:.3f} s) is not after {before} ({starts[-1]:.3f} s)"
                )
                raise Misplaced(text, *here, "at")
            if start >= end:
                text = f"{name}: {shot.at} ({start:.3f} s) is past the song's end ({end:.3f} s)"
                raise Misplaced(text, *here, "at")
            starts.append(start)
        return self

    @cached_property
    def starts(self) -> tuple[float, ...]:
        """Seconds at which each shot starts, shape (shots,)."""
        return tuple(max(0.0, shot.at.resolve(self.grid)) for shot in self.shots)

    @cached_property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """(start, end) seconds of each shot; they tile [0, duration]."""
        return tuple(pairwise((*self.starts, self.track.duration)))

    @cached_property
    def text(self) -> str:
        """The document as JSON, worked out once: a change of a long plan stores it three times."""
        return super().to_json()

    def to_json(self) -> str:
        """The document as indented JSON; lists of plain values stay on one line."""
        return self.text

    @model_serializer(mode="wrap")
    def _with_seconds(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Add `_seconds` to each shot, for the reader."""
        raw: dict[str, Any] = handler(self)
        for shot, (start, end) in zip(raw["shots"], self.spans, strict=True):
            shot["_seconds"] = [round(start, 3), round(end, 3)]
        return raw
