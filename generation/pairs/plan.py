"""Which of the user's photos shots begin and end with: `PairPlan`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.storyboard import CameraMove
from songreel.models.units import Unit


class Photo(Frozen):
    """A photo of the folder, and how good it is."""

    file: str
    """Relative to the folder, with forward slashes."""
    sha256: Sha256
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    """Pixels, upright."""
    sharpness: Unit
    """0 a blur, 1 as sharp as the film shows."""
    exposure: Unit
    """1 where nothing is lost in black or white."""
    composition: Unit
    """How much of its detail the film's frame keeps, and how well that lies in it."""


class Scores(Frozen):
    """What speaks for a pair in its shot, each 0 to 1."""

    relation: Unit
    """How good a move from the one to the other can look."""
    quality: Unit
    """Sharpness and exposure of the weaker photo."""
    composition: Unit
    palette: Unit
    """How near their colours are to the shot's, in OKLab."""
    move: Unit
    """How well the camera's way between them goes with the planned move."""


class Way(Frozen):
    """The camera's way from the start to the end of a pair that shows one place."""

    overlap: Unit
    """Share of one picture that the other one shows too."""
    zoom: Annotated[float, Field(gt=0)]
    """Above 1 it comes closer."""
    across: float
    """Widths to the right."""
    down: float
    """Heights down."""
    turn: float
    """Degrees clockwise by which the picture turns."""


class Pair(Frozen):
    """Two photos for one shot."""

    shot: str
    start: Photo
    end: Photo
    kinship: Literal["same place", "alike"]
    way: Way | None = None
    """None where they do not show one place: then the one dissolves into the other."""
    move: CameraMove | None = None
    """The camera move that leads from the one to the other."""
    planned: CameraMove
    """The shot's own."""
    score: Unit
    scores: Scores
    reasons: tuple[str, ...]


class LeftOut(Frozen):
    """A file that is not used at all."""

    file: str
    reason: str


class PairPlan(Document):
    """Pairs of photos for some of a storyboard's shots; no photo comes twice."""

    kind: ClassVar[str] = "songreel.pairs"
    version: ClassVar[int] = 1

    folder: str
    """Where the photos are."""
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    """Of the film's frame."""
    photos: Annotated[int, Field(ge=0)]
    """That could be used."""
    pairs: tuple[Pair, ...]
    """In the film's order."""
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...] = ()
