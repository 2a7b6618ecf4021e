"""What a score is planned from, whatever it comes of: `Part`, `Film`."""

from typing import NamedTuple

from songreel.prompting.score.moods import Place
from songreel.prompting.score.wish import Wish


class Part(NamedTuple):
    """A stretch of the film with a music of its own."""

    id: str
    seconds: float
    mood: Place | None = None
    """None: the film's."""
    words: tuple[str, ...] = ()
    """For the mood, as they stand in the prompt; empty: they follow from it."""
    music: Wish = Wish()
    bpm: float | None = None
    """None: the film's."""
    key: str = ""
    energy: float | None = None
    """None: it follows from the arc."""
    function: str = ""
    """What it does, in a prompt; empty: it follows from the energy."""


class Film(NamedTuple):
    """What all parts share."""

    music: Wish = Wish()
    bpm: float | None = None
    """None: it follows from the mood."""
    key: str = ""
    meter: int = 4
    why: str = "as given"
    """Whence a tempo that is given."""
    first_downbeat: float = 0.0
    title: str = ""
