"""What was heard in a song: `Track`, `BeatGrid`, `Section`, `Curve`, `Mood`, `Analysis`.

NumPy is imported where it is needed: a command that only shows an analysis is a third faster so.
"""

from bisect import bisect_left, bisect_right
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from songreel.models.document import Document, Frozen
from songreel.models.harmony import Chord, Key, KeySpan
from songreel.models.shown.shows import Shows
from songreel.models.spectrum import Spectrum
from songreel.models.units import Seconds, Signed, Unit

if TYPE_CHECKING:
    import numpy as np

SectionLabel = Literal[
    "intro", "verse", "pre-chorus", "chorus", "bridge", "build", "drop", "break",
    "instrumental", "solo", "outro", "silence", "section",
]  # fmt: skip
"""What a section does. `section` is used where its function cannot be told."""

EventKind = Literal["build", "drop", "stop", "silence"]


class Track(Frozen):
    """A song as its file decodes. `samples` counts per channel, at the file's own rate."""

    title: str
    file: str
    """Name of the file, without its folder."""
    sha256: str
    """Of the file's bytes."""
    codec: str
    sample_rate: Annotated[int, Field(gt=0)]
    channels: Annotated[int, Field(gt=0)]
    samples: Annotated[int, Field(gt=0)]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.sample_rate


class Curve(Frozen):
    """A value over time: `values[i]` holds at `i / rate` seconds. Shape (n,), n ≥ 1."""

    rate: Annotated[float, Field(gt=0)]
    """Values a second."""
    values: Annotated[tuple[float, ...], Field(min_length=1)]

    @cached_property
    def array(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """The values as an array, shape (n,)."""
        import numpy as np

        return np.asarray(self.values, dtype=np.float64)

    def at(self, seconds: float) -> float:
        """Value at `seconds`, linear between samples, held beyond the ends."""
        import numpy as np

        return float(np.interp(seconds * self.rate, np.arange(len(self.values)), self.array))

    def mean(self, start: float, end: float) -> float:
        """Mean over [start, end) seconds; the value at `start` for a span shorter than a sample."""
        first, last = ceil(start * self.rate), ceil(end * self.rate)
        span = self.array[max(first, 0) : max(last, 0)]
        return float(span.mean()) if span.size else self.at(start)

    def cut(self, start: float, end: float) -> "Curve":
        """The stretch [start, end] seconds as a curve of its own, its time from `start`."""
        import numpy as np

        count = max(1, round((end - start) * self.rate) + 1)
        times = start + np.arange(count) / self.rate
        values = np.interp(times * self.rate, np.arange(len(self.values)), self.array)
        return Curve(rate=self.rate, values=tuple(np.round(values, 4).tolist()))


class BeatGrid(Shows, Frozen):
    """Beats and bars. Bars and beats are counted from 1, as musicians do.

    `downbeats[i]` is the index into `beats` of the first beat of bar i + 1. Beats before the
    first downbeat are a pickup and belong to bar 0, numbered from 1 like any other.
    """

    shown_by: ClassVar[str] = "songreel.models.shown.song:beat_grid"

    beats: tuple[Seconds, ...]
    downbeats: tuple[Annotated[int, Field(ge=0)], ...]
    beats_per_bar: Annotated[int, Field(ge=1)] = 4

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for i in range(1, len(self.beats)):
            if self.beats[i] <= self.beats[i - 1]:
                raise ValueError(
                    f"beats must increase: beat {i} at {self.beats[i]:.3f} s does not come "
                    f"after beat {i - 1} at {self.beats[i - 1]:.3f} s"
                )
        for i in range(1, len(self.downbeats)):
            if self.downbeats[i] <= self.downbeats[i - 1]:
                raise ValueError(f"downbeats must increase: entry {i} does not")
        if self.downbeats and self.downbeats[-1] >= len(self.beats):
            raise ValueError(f"downbeat {self.downbeats[-1]} is past the last beat")
        return self

    @property
    def downbeat_times(self) -> tuple[float, ...]:
        """Seconds of the first beat of each bar."""
        return tuple(self.beats[i] for i in self.downbeats)

    def period(self, index: int) -> float:
        """Seconds of one beat around beat `index`; 0.5 where the grid has less than two."""
        if len(self.beats) < 2:
            return 0.5
        first = min(max(index, 0), len(self.beats) - 2)
        return self.beats[first + 1] - self.beats[first]

    def time_at(self, position: float) -> float:
        """Seconds of a fractional beat index, carried on with the local beat beyond the ends."""
        if not self.beats:
            return position * 0.5
        whole = floor(position)
        first = min(max(whole, 0), max(len(self.beats) - 2, 0))
        return self.beats[first] + (position - first) * self.period(first)

    def index_at(self, seconds: float) -> float:
        """Fractional beat index of `seconds`; the inverse of `time_at`."""
        if not self.beats:
            return seconds / 0.5
        last = max(len(self.beats) - 2, 0)
        first = min(max(bisect_right(self.beats, seconds) - 1, 0), last)
        return first + (seconds - self.beats[first]) / self.period(first)

    def bar_and_beat(self, index: int) -> tuple[int, int]:
        """Bar and beat (from 1) of beat `index`; a pickup is bar 0."""
        bar = bisect_right(self.downbeats, index)
        return (bar, index - self.downbeats[bar - 1] + 1) if bar else (0, index + 1)

    def index_of(self, bar: int, beat: int) -> int:
        """Index into `beats` of a bar and beat, the inverse of `bar_and_beat`.

        Raises:
            ValueError: The grid has no such bar.
        """
        if not 0 <= bar <= len(self.downbeats):
            last = len(self.downbeats)
            raise ValueError(f"bar {bar} is not in the song, which has bars 1 to {last}")
        first = self.downbeats[bar - 1] if bar else 0
        if bar < len(self.downbeats):
            count = self.downbeats[bar] - first
        else:
            count = max(self.beats_per_bar, len(self.beats) - first)
        if beat > count:
            raise ValueError(f"bar {bar} has {count} beats, not {beat}")
        return first + beat - 1

    def nearest(self, seconds: float) -> int:
        """Index of the beat nearest to `seconds`, the earlier of two; −1 without beats."""
        if not self.beats:
            return -1
        right = bisect_left(self.beats, seconds)
        around = [i for i in (right - 1, right) if 0 <= i < len(self.beats)]
        return min(around, key=lambda i: abs(self.beats[i] - seconds))


class Cue(Frozen):
    """One piece of evidence for a mood: what was heard, and which way it sways."""

    name: Annotated[str, Field(min_length=1)]
    """`mode`, `tempo`, `loudness`, `brightness`, `roughness`, `articulation` …"""
    value: float
    """As heard, in the cue's own unit."""
    valence: float
    """What it adds to valence."""
    arousal: float
    """What it adds to arousal."""


class Mood(Frozen):
    """A place on the circumplex of affect (Russell 1980), and words for it."""

    valence: Signed
    arousal: Signed
    words: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    """Why: the evidence, the weightiest first."""


class Section(Frozen):
    """A span of the form. Sections tile the song; equal letters are the same material."""

    start: Seconds
    end: Seconds
    label: SectionLabel
    letter: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    energy: Unit
    """Mean of the song's energy curve over the section."""
    mood: Mood
    trust: Unit
    """Of the start boundary and the label together."""
    label_trust: Unit = 0.0
    """Of the label alone."""
    voice: Unit = 0.0
    """Mean of the song's voice curve over the section."""
    key: Key | None = None
    """Where a key can be told of the section alone."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError(
                f"section must end after it starts: {self.start:.3f} to {self.end:.3f} s"
            )
        return self


class PhraseLevel(Frozen):
    """Phrases of one length: each level's starts are among those of the level below it."""

    bars: Annotated[int, Field(ge=1)]
    """Of a whole phrase: 2, 4, 8 or 16. One at a section's end may be cut short."""
    starts: tuple[Seconds, ...]


class Tag(Frozen):
    """A word that a tagger gives the song, and how sure it is."""

    word: Annotated[str, Field(min_length=1)]
    score: Unit
    source: str
    """The tagger, and the model it used."""


class Event(Frozen):
    """Something that happens in the music. A drop has its moment in `start`."""

    kind: EventKind
    start: Seconds
    end: Seconds
    strength: Unit


class Hits(Frozen):
    """Onsets in one band. Both of shape (n,): seconds, increasing, and strength 0 to 1."""

    times: tuple[Seconds, ...] = ()
    strengths: tuple[Unit, ...] = ()

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.times) != len(self.strengths):
            raise ValueError(f"{len(self.times)} times but {len(self.strengths)} strengths")
        return self

    def cut(self, start: float, end: float) -> "Hits":
        """Hits in [start, end) seconds, their time from `start`."""
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        return Hits(
            times=tuple(round(t - start, 6) for t in self.times[first:last]),
            strengths=self.strengths[first:last],
        )


class Onsets(Frozen):
    """Band onsets: kick below 150 Hz, snare around 150 Hz–5 kHz, hat above 5 kHz.

    `bass` and `melody` are onsets of notes: of the bass line, and of the leading voice or
    instrument.
    """

    kick: Hits = Hits()
    snare: Hits = Hits()
    hat: Hits = Hits()
    bass: Hits = Hits()
    melody: Hits = Hits()


class Loudness(Frozen):
    """After EBU R128 / ITU-R BS.1770-4. None where the song is silent or too short."""

    integrated: float | None
    """LUFS."""
    range: float | None
    """LRA, LU (EBU Tech 3342)."""
    peak: float | None
    """Sample peak, dBFS."""
    short_term: Curve
    """LUFS over 3 s windows centred on each value, −70 where silent."""
    true_peak: float | None = None
    """dBTP: of the signal sampled four times as often (BS.1770-4, annex 2)."""
    crest: float | None = None
    """Crest factor, dB: sample peak above the RMS of the sounding part."""
    momentary: Curve | None = None
    """LUFS over 400 ms windows centred on each value, −70 where silent."""


class Trust(Frozen):
    """How far each part can be believed, 0 to 1, with the reasons in words."""

    grid: Unit
    """That beats are where the music has them; below 0.5 the edit does not lock to beats."""
    octave: Unit
    """That the tempo is not heard at half or double."""
    meter: Unit
    """That bar lines are where the music has them."""
    sections: Unit
    key: Unit
    reasons: tuple[str, ...] = ()


class Analysis(Shows, Document):
    """Everything that was heard. Times are seconds from the track's start."""

    shown_by: ClassVar[str] = "songreel.models.shown.song:analysis"

    kind: ClassVar[str] = "songreel.analysis"
    version: ClassVar[int] = 1

    track: Track
    tempo: Annotated[float, Field(gt=0)] | None
    """BPM over the whole song; None where there is no pulse."""
    meter: Annotated[str, Field(pattern=r"^\d+/\d+$")]
    key: Key | None
    beats: tuple[Seconds, ...]
    downbeats: tuple[Seconds, ...]
    """Each is one of `beats`."""
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    phrases: tuple[Seconds, ...]
    """Starts of phrases, each a downbeat where there are any."""
    events: tuple[Event, ...]
    mood: Mood
    trust: Trust
    loudness: Loudness
    tempo_curve: Curve | None
    """BPM, one value a second."""
    energy: Curve
    """0 to 1 over the song: what a listener would call intensity."""
    brightness: Curve
    """0 to 1: spectral centroid on a log scale."""
    noisiness: Curve
    """0 (tonal) to 1 (noise): spectral flatness."""
    bass: Curve
    """0 to 1: level below 150 Hz."""
    onsets: Onsets
    voice: Curve | None = None
    """0 to 1: how likely somebody sings or speaks."""
    valence: Curve | None = None
    """−1 to 1: mood over time."""
    arousal: Curve | None = None
    """−1 to 1: mood over time."""
    keys: tuple[KeySpan, ...] = ()
    chords: tuple[Chord, ...] = ()
    """One or two a bar, tiling the song; empty where there are no bars to trust."""
    tuning: Annotated[float, Field(gt=0)] | None = None
    """Hz of A4; None where nothing is pitched."""
    phrase_levels: tuple[PhraseLevel, ...] = ()
    """Phrases of 2, 4, 8 and 16 bars, the shortest first."""
    spectrum: Spectrum | None = None
    """Loudness of the bands; None in analyses from before there was one."""
    tags: tuple[Tag, ...] = ()
    """Of a tagger that was asked for; empty otherwise."""
    methods: dict[str, str]
    """Which method found each part, by part."""
    notices: tuple[str, ...] = ()
    """What was replaced, skipped or doubtful, a sentence each."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        beats = set(self.beats)
        for time in self.downbeats:
            if time not in beats:
                raise ValueError(f"downbeat at {time} s is not one of the beats")
        if self.sections[0].start != 0:
            raise ValueError("the first section must start at 0")
        for before, after in zip(self.sections, self.sections[1:], strict=False):
            if before.end != after.start:
                raise ValueError(f"sections must tile: one ends at {before.end} s, "
                                 f"the next starts at {after.start} s")  # fmt: skip
        return self

    @cached_property
    def grid(self) -> BeatGrid:
        """Beats and bars as one object."""
        import numpy as np

        index = {time: i for i, time in enumerate(self.beats)}
        downbeats = tuple(index[time] for time in self.downbeats)
        # Counted, not read from the meter: a 6/8 felt in two has two beats a bar.
        lengths = np.diff(downbeats)
        count = int(np.median(lengths)) if lengths.size else int(self.meter.split("/")[0])
        return BeatGrid(beats=self.beats, downbeats=downbeats, beats_per_bar=max(count, 1))
