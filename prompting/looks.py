"""The looks that ship, read from `looks.toml`, and which of them suits a song."""

import tomllib
from functools import cache
from importlib.resources import files
from math import hypot
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis, Signed
from songreel.models.storyboard import Look, Palette

Lines = Annotated[tuple[str, ...], Field(min_length=1)]


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
    mood: tuple[Signed, Signed]
    """Valence and arousal of the music it serves best."""
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
    """A look and why it was taken, in one sentence."""

    look: Look
    reason: str


@cache
def books() -> MappingProxyType[str, LookBook]:
    """Every look with its prose, by name."""
    raw = tomllib.loads((files("songreel.prompting") / "looks.toml").read_text(encoding="utf-8"))
    return MappingProxyType({n: LookBook.model_validate(body) for n, body in raw["look"].items()})


def looks() -> dict[str, Look]:
    """Every look by name."""
    return {name: book.look(name) for name, book in books().items()}


def find_look(name: str) -> Look:
    """The look called `name`.

    Raises:
        InvalidInput: There is none; the text lists the names.
    """
    book = books().get(name)
    if book is None:
        raise InvalidInput(f"look {name!r} is not known; choose one of {', '.join(books())}")
    return book.look(name)


def choose_look(analysis: Analysis) -> Choice:
    """The look whose mood lies nearest to the song's, and the reason; ties go to the first."""
    valence, arousal = analysis.mood.valence, analysis.mood.arousal

    def distance(name: str) -> float:
        v, a = books()[name].mood
        return round(hypot(v - valence, a - arousal), 6)

    name = min(books(), key=distance)
    heard = f"{_side(valence, 'dark', 'neutral', 'bright')} and " + _side(
        arousal, "calm", "moderate", "energetic"
    )
    reason = (
        f"{name}: the song sounds {heard} (valence {valence:+.2f}, arousal {arousal:+.2f}), "
        f"and this look is {books()[name].about}"
    )
    return Choice(books()[name].look(name), reason)


def _side(value: float, low: str, middle: str, high: str) -> str:
    return low if value < -0.2 else high if value > 0.2 else middle
