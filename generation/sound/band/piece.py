"""The piece that is played: everything its players have to agree on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from songreel.generation.sound.band.chords import PHRASE, Chord, Harmony, voicing
from songreel.generation.sound.band.keys import Key
from songreel.generation.sound.band.meters import Metre
from songreel.generation.sound.band.styles import Style
from songreel.generation.sound.band.voices import VOICES, Voice


@dataclass(frozen=True)
class Piece:
    """A piece, at one energy. Bars count from the track's start."""

    style: Style
    key: Key
    metre: Metre
    harmony: Harmony
    energy: float
    valence: float
    arousal: float
    seed: int
    close: int | None = None
    """Bar of the last chord, if the piece ends."""
    turns: frozenset[int] = frozenset()
    """Bars that something new begins after."""

    @cached_property
    def bright(self) -> float:
        """Octaves by which filters stand higher."""
        return self.style.bright + 0.35 + 2.2 * (self.energy - 0.5) + 0.35 * self.arousal

    @cached_property
    def velocity(self) -> float:
        """How hard everybody plays."""
        return 0.5 + 0.38 * self.energy

    def plays(self, role: str) -> bool:
        """Whether `role` plays at this energy."""
        return role in self.style.voices and self.energy >= self.style.entry(role)

    def voice(self, role: str) -> Voice:
        """What `role` plays on."""
        return VOICES[self.style.voices[role]]

    def chord(self, bar: int) -> Chord:
        """The chord of `bar`: the harmony's, or the cadence that ends the piece."""
        if self.close is not None:
            if bar >= self.close:
                return self.harmony.tonic()
            if bar == self.close - 1:
                return self.harmony.dominant()
        return self.harmony.at(bar)

    def held(self, bar: int) -> int:
        """Bars that the chord which begins in `bar` lasts; 0 where none begins."""
        if self.close is not None and bar > self.close:
            return 0
        if bar > 0 and bar != self.close and self.chord(bar - 1) == self.chord(bar):
            before = bar
            # A chord that stays for a phrase is struck again every other bar.
            while before > 0 and self.chord(before - 1) == self.chord(bar) and bar - before < 8:
                before -= 1
            if (bar - before) % max(2, self.harmony.stretch):
                return 0
        count = 1
        longest = max(2, self.harmony.stretch)
        while count < longest and self.chord(bar + count) == self.chord(bar):
            if bar + count == self.close:
                break
            count += 1
        return count

    def voices_at(self, bar: int, centre: int, tones: int = 4) -> tuple[int, ...]:
        """Voicing of the chord of `bar` round `centre`, led from the start of its phrase."""
        stretch = self.harmony.stretch
        step = self.harmony.place(bar)[1]
        first = bar - bar % stretch - step * stretch
        found: tuple[int, ...] = ()
        for at in (*range(first, bar - bar % stretch, stretch), bar):
            chord = self.chord(at)
            found = voicing(_full(chord, tones), self.key.tonic, centre, found)
        return found

    def draw(self, role: str, bar: int) -> np.random.RandomState:
        """Chance for `role` in `bar`: the same wherever a request begins."""
        mixed = (self.seed * 2654435761 + sum(map(ord, role)) * 40503 + bar * 97) % 2**32
        return np.random.RandomState(mixed)

    @property
    def phrase(self) -> int:
        """Bars of a phrase."""
        return PHRASE * self.harmony.stretch

    def arc(self, bar: int) -> float:
        """How a phrase swells and sinks, a few per cent."""
        return float(1 + 0.1 * np.sin(np.pi * (bar % self.phrase + 1) / self.phrase))


def _full(chord: Chord, count: int) -> tuple[int, ...]:
    """The chord in `count` voices at most, the fifth going first."""
    tones = chord.tones
    if len(tones) > count:
        tones = (*tones[:2], *tones[3:])[:count]
    return tones


def fitted(pitch: int, voice: Voice) -> int:
    """`pitch`, brought into the reach of `voice` by octaves."""
    while pitch < voice.low:
        pitch += 12
    while pitch > voice.high:
        pitch -= 12
    return pitch
