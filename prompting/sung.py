"""Where words are sung: what a cut keeps out of, and what it may move to."""

from bisect import bisect_right
from dataclasses import replace
from functools import cached_property

import numpy as np

from songreel.models.lyrics import Lyrics
from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.moments import Moment
from songreel.prompting.pulse import Pulse

AFTER, BEFORE = 0.08, 1 / 24
"""Seconds at a word's start and end in which a cut is not inside it. A word is heard to begin at
its vowel, 50 to 100 ms after its first consonant (Morton, Marcus and Frankish 1976, P-centres);
at its end, a frame at film's rate."""
GUESSED = 0.05
"""Certainty of a word whose time is shared out of its line's: a cut rather goes elsewhere where
that is near, and is not kept from a downbeat by it."""
FARTHEST = 0.4
"""Seconds by which a section's first cut may move to the edge of a word; further it is no longer
the section's."""


class Sung:
    """The words of a song as spans of time."""

    def __init__(self, lyrics: Lyrics | None) -> None:
        self._spans = () if lyrics is None else lyrics.word_spans()
        self.known = any(not span.estimated for span in self._spans)
        """Whether the times of words are known, so that a cut inside one can be told."""

    @cached_property
    def _starts(self) -> list[float]:
        return [span.start for span in self._spans]

    @cached_property
    def _latest(self) -> list[float]:
        """Latest end of all words up to each: where voices overlap."""
        ends = [span.end for span in self._spans]
        return np.maximum.accumulate(ends).tolist() if ends else []

    def within(self, seconds: float) -> tuple[float, float, float] | None:
        """(start, end, certainty) of the surest word that `seconds` lies inside; None: of none."""
        best: tuple[float, float, float] | None = None
        place = bisect_right(self._starts, seconds) - 1
        while place >= 0 and self._latest[place] > seconds:
            span = self._spans[place]
            if span.start + AFTER + 1e-6 < seconds < span.end - BEFORE - 1e-6:
                sure = GUESSED if span.estimated else 1.0
                if best is None or sure > best[2]:
                    best = span.start, span.end, sure
            place -= 1
        return best

    def cuts_word(self, seconds: float) -> bool:
        """Whether a cut at `seconds` falls inside a word whose times are known."""
        word = self.within(seconds)
        return word is not None and word[2] == 1.0

    def heeded(self, found: tuple[Moment, ...], pulse: Pulse) -> tuple[Moment, ...]:
        """`found`, each with how surely it is sung through; sections start at a word's edge.

        A section that starts inside a word starts at the nearer edge of it that lies within
        `FARTHEST` and in no other word; drops and settled shots stay.
        """
        if not self._spans:
            return found
        made: list[Moment] = []
        for moment in found:
            word = self.within(moment.time)
            if word is None or moment.reason in (CutReason.OPENING, CutReason.MANUAL):
                made.append(moment)
                continue
            moved = None
            if moment.must and moment.reason is CutReason.SECTION and word[2] == 1.0:
                moved = self._edge(moment, word, pulse)
            made.append(moved or replace(moment, sung=word[2]))
        ordered = sorted(made, key=lambda m: m.time)
        musts = [m.time for m in ordered if m.must and m.anchor.seconds is not None]
        # What a moved section start now lies beside gives way to it.
        return tuple(
            m for m in ordered if m.must or all(abs(m.time - t) >= FARTHEST for t in musts)
        )

    def _edge(
        self, moment: Moment, word: tuple[float, float, float], pulse: Pulse
    ) -> Moment | None:
        edges = sorted(word[:2], key=lambda t: (abs(t - moment.time), t))
        for edge in edges:
            time = round(edge, 6)
            if abs(time - moment.time) <= FARTHEST and not self.cuts_word(time):
                return replace(
                    moment, time=time, position=pulse.position(time), anchor=Anchor(seconds=time)
                )
        return None
