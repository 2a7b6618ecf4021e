"""No cut falls inside a sung word that can do without."""

import numpy as np
import pytest

from songreel.models.lyrics import Line, Lyrics, Word
from songreel.prompting.cutting import cuts
from songreel.prompting.looks import find_look
from songreel.prompting.plan import plan
from songreel.prompting.pulse import Pulse
from songreel.prompting.rules import judge
from songreel.prompting.styles import find_style
from songreel.prompting.sung import FARTHEST, Sung
from support import analyses

LOOK = find_look("northern-light")
SUNG = ("verse", "pre-chorus", "chorus")


def lyrics(spans, timed=True):
    """A line a word: (start, end) seconds each."""
    lines = [
        Line(text="held", start=a, end=b,
             words=(Word(start=a, end=b, text="held"),) if timed else ())
        for a, b in spans
    ]  # fmt: skip
    return Lyrics(source="words.lrc", form="lrc", lines=tuple(lines), trust=0.9)


def over_downbeats(analysis, every=2, before=0.3, after=0.3):
    """Words held over every so many downbeats of the sung sections."""
    sung = [s for s in analysis.sections if s.label in SUNG]
    inside = [d for d in analysis.downbeats if any(s.start + 1 < d < s.end - 1 for s in sung)]
    return lyrics([(d - before, d + after) for d in inside[::every]])


def share(found, words):
    known = Sung(words)
    return sum(known.cuts_word(cut.time) for cut in found[1:]) / (len(found) - 1)


@pytest.mark.parametrize("song", [analyses.pop, analyses.waltz, analyses.ballad])
def test_words_over_downbeats_push_cuts_elsewhere(song):
    analysis = song()
    words = over_downbeats(analysis)
    pulse = Pulse(analysis)
    assert share(cuts(pulse), words) > 0.1
    heeding = cuts(pulse, lyrics=words)
    assert share(heeding, words) <= 0.05
    # Still on beats: no word is worth a cut off the grid where another beat will do.
    beats = np.asarray(analysis.beats)
    assert all(np.abs(beats - c.time).min() < 1e-6 for c in heeding[1:])


def test_a_section_that_starts_inside_a_word_starts_at_its_nearer_edge():
    analysis = analyses.pop()
    start = next(s.start for s in analysis.sections if s.label == "chorus")
    words = lyrics([(start - 0.2, start + 1.5)])
    found = [cut.time for cut in cuts(Pulse(analysis), lyrics=words)]
    assert min(abs(t - (start - 0.2)) for t in found) < 1e-6
    assert not [t for t in found if start - 0.15 < t < start + 1.4]
    # Too far from either edge it stays, and the plan says so.
    held = lyrics([(start - 2 * FARTHEST, start + 2 * FARTHEST)])
    storyboard = plan(analysis, LOOK, lyrics=held)
    assert min(abs(t - start) for t in storyboard.starts) < 1e-6
    assert any("cut inside a sung word" in notice for notice in storyboard.notices)


def test_the_beginning_of_a_word_is_no_place_inside_it():
    known = Sung(lyrics([(10.0, 11.0)]))
    assert [known.cuts_word(t) for t in (9.99, 10.0, 10.07, 10.2, 10.95, 10.97, 11.2)] == [
        False, False, False, True, True, False, False,
    ]  # fmt: skip


def test_guessed_words_sway_but_do_not_bind():
    analysis = analyses.pop()
    guessed = lyrics([(s.start, s.end) for s in analysis.sections], timed=False)
    assert not Sung(guessed).known
    measures = judge(Pulse(analysis), [0.0, 4.0, 8.0], find_style("classic"), Sung(guessed))
    assert next(m for m in measures if m.name == "cuts inside a sung word").holds is None
    found = cuts(Pulse(analysis), lyrics=guessed)
    assert {s.start for s in analysis.sections} <= {c.time for c in found}


def test_a_plan_carries_the_words_it_was_cut_to():
    analysis = analyses.pop()
    words = over_downbeats(analysis)
    storyboard = plan(analysis, LOOK, lyrics=words)
    assert storyboard.lyrics == words
    assert not [n for n in storyboard.notices if "sung word" in n]


def test_overlapping_voices_are_all_heeded():
    known = Sung(lyrics([(10.0, 20.0), (12.0, 13.0), (14.0, 15.0)]))
    assert known.cuts_word(18.0)
    assert known.cuts_word(12.5)
    assert not known.cuts_word(20.5)
