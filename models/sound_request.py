"""Sound to be made and made: `SoundRequest` with its fingerprint, and `SoundTake`."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.local import Effort
from songreel.models.money import Charge
from songreel.models.names import Inside
from songreel.models.order import Order, fingerprint

Setting = bool | int | float | str


class Heard(Frozen):
    """Sound that new sound goes on from: a whole WAV file, known by its content."""

    sha256: Sha256
    seconds: Annotated[float, Field(gt=0)]


class Seen(Frozen):
    """Pictures that sound is made for: a whole video file, known by its content."""

    sha256: Sha256
    seconds: Annotated[float, Field(gt=0)]


class SoundFiles(NamedTuple):
    """The files behind a request when it is submitted."""

    heard: Path | None = None
    seen: Path | None = None


NO_FILES = SoundFiles()


class SoundRequest(Order):
    """Everything that decides a piece of sound, and nothing of whoever makes it.

    What comes of it holds `heard` again first, as the source renders it, where there is any, then
    `seconds` of new sound: `total` in all. It may be a little longer, never shorter.
    """

    task: Literal["music", "effects"]
    prompt: str
    negative: str = ""
    seconds: Annotated[float, Field(gt=0)]
    """Of new sound."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    heard: Heard | None = None
    """What it continues; only music."""
    seen: Seen | None = None
    """What it is the sound of; only effects."""
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """The source's own parameters, checked by its `plan`: `temperature`, `cfg_strength` …"""
    bpm: Annotated[float, Field(gt=0)] | None = None
    key: str = ""
    """As `A minor`. Tempo, key and what follows stand in the prompt too, for sources that read
    words; those that play notes take them from here."""
    meter: Annotated[int, Field(ge=1, le=12)] = 4
    energy: Annotated[float, Field(ge=0, le=1)] = 0.5
    mood: tuple[float, float] | None = None
    """Valence and arousal, −1 to 1."""
    phase: Annotated[float, Field(ge=0)] = 0.0
    """Beats that have passed since a downbeat where the new sound begins, 0 ≤ phase < meter."""
    bar: Annotated[int, Field(ge=0)] = 0
    """Bars that have passed since the track's first downbeat where the new sound begins, so that
    what is played by notes knows where it is in the piece."""
    theme: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """Seed of the track as a whole: the tunes and chords that its parts share, for sources that
    compose; None: `seed`, and every part is a piece of its own."""
    ending: bool = False
    """Nothing comes after it: sources that can bring the music to its close within `seconds`."""
    source: tuple[str, ...] = ()
    """What else decides it, as the source states it: a model and its version."""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the request's canonical JSON."""
        return fingerprint(self.model_dump(mode="json"))

    def in_words(self) -> "SoundRequest":
        """The request for a source that reads words and plays no notes.

        What only players read is levelled, so that it does not age what such a source has made.
        """
        fields = type(self).model_fields
        return self.model_copy(update={name: fields[name].default for name in _NOTES})

    @property
    def total(self) -> float:
        """Seconds of what comes of it."""
        return self.seconds + (self.heard.seconds if self.heard is not None else 0.0)


_NOTES = ("bpm", "key", "meter", "energy", "mood", "phase", "bar", "theme", "ending")


class SoundTake(Document):
    """Sound on disk. Its document lies beside it; the file is believed only by its hash."""

    kind: ClassVar[str] = "songreel.sound"
    version: ClassVar[int] = 1

    request: SoundRequest
    provider: str
    file: Inside
    """Name of the file, in the folder of this document: WAV, FLAC, MP3, or a video with sound."""
    sha256: Sha256
    samples: Annotated[int, Field(gt=0)]
    rate: Annotated[int, Field(gt=0)]
    channels: Annotated[int, Field(gt=0)]
    notes: tuple[str, ...] = ()
    """What a report should say of it: model, licence."""
    cost: Charge | None = None
    effort: Effort | None = None
    made: AwareDatetime | None = None
    """When a source elsewhere finished it (UTC)."""
