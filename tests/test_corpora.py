"""The corpus made in code: that it is what it says, and what our tracker must hear in it.

A few representatives; the whole tables are `benchmarks/analysis/patterns.py`, `invariance.py` and
`calibration.py`.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from calibration import reliability
from numpy.testing import assert_allclose, assert_array_equal

from corpus.clicks import metronomes
from corpus.drums import KITS, LEVELS, RATE, stroke
from corpus.families import FAMILIES
from corpus.fonts import fonts, played
from corpus.groove import Groove, Note, play
from corpus.others import FAST, METERS, SWUNG
from corpus.pieces import Piece, piece
from corpus.slow import SLOW
from corpus.timeline import sliding, steady, stepping, swaying
from corpus.unmetered import UNMETERED, unmetered
from corpus.voices import VOICES, note, perceived
from hearing import Heard, tracker
from measures import measure
from songreel.models.errors import InvalidInput

DRUMS = Groove("drums", 100, {"kick": "x...x...", "snare": "..x...x."}, steps=2, loose=0.0,
               fills=False)  # fmt: skip


def groove(name: str) -> Groove:
    return next(one for one in (*SLOW, *FAST, *SWUNG, *METERS) if one.name == name)


@pytest.fixture(scope="module")
def listen():
    return tracker("songreel")


# The corpus is what it says.


@pytest.mark.parametrize("kit", list(KITS))
@pytest.mark.parametrize("name", ["kick", "snare", "hat", "rim", "click", "clap"])
def test_a_stroke_begins_with_its_first_sample(name: str, kit: str) -> None:
    wave = np.abs(stroke(name, kit))
    assert wave.max() == pytest.approx(LEVELS[name], rel=1e-3)
    # Within 1 ms it is above −20 dB of its peak.
    assert wave[: RATE // 1000].max() > 0.1 * wave.max()


@pytest.mark.parametrize("name", list(VOICES))
def test_a_note_has_its_pitch_and_swells_as_long_as_its_attack(name: str) -> None:
    wave = note(name, 57, 1.0)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(wave.size)))
    fundamental = np.fft.rfftfreq(wave.size, 1 / RATE)[: spectrum.size]
    near = spectrum[np.abs(fundamental - 220) < 6].max()
    assert near > 10 * np.median(spectrum)
    early, late = perceived(name)
    assert 0 < early < late < VOICES[name].attack


def test_strokes_lie_where_the_truth_says() -> None:
    timeline = stepping((90, 8), (120, 9))
    notes = [n for n in play(DRUMS, timeline) if n.voice in ("kick", "snare")]
    assert_allclose(sorted({n.time for n in notes}), timeline.times[:17], atol=1e-9)


def test_swing_moves_the_off_beats_and_no_beat() -> None:
    hats = replace(DRUMS, rows={"hat": "xxxxxxxx"})
    straight, swung = ([n.time for n in play(one, steady(100, 8)) if n.voice == "hat"]
                       for one in (hats, replace(hats, swing=2 / 3)))  # fmt: skip
    assert_allclose(swung[::2], straight[::2], atol=1e-9)
    assert_allclose(np.array(swung[1::2]) - straight[1::2], 0.6 / 6, atol=1e-9)


def test_tempi_step_slide_and_sway_as_told() -> None:
    assert_allclose(np.diff(stepping((60, 3), (120, 2)).times), [1, 1, 1, 0.5, 0.5])
    steps = 60 / np.diff(sliding(80, 120, 41).times)
    assert_allclose(steps, np.linspace(80, 120, 41))
    free = 60 / np.diff(swaying(80, 0.3, 16, 64).times)
    assert free.min() < 65 < 75 < free.max()


def test_a_row_that_fills_no_bar_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'x\.\.' has 3 steps, which are no bars of 8"):
        play(replace(DRUMS, rows={"kick": "x.."}), steady(100, 8))


def test_slow_pieces_are_many_and_slow() -> None:
    pieces = FAMILIES["slow"]()
    assert len(pieces) >= 27
    assert all(62 <= round(one.bpm, 6) <= 88 for one in pieces)
    assert len({one.name for one in pieces}) == len(pieces)


def test_every_piece_has_bars_of_its_meter() -> None:
    for one in FAMILIES["meters"]():
        beats = {"6/8": 2}.get(one.meter, int(one.meter[0]))
        assert_array_equal(one.downbeats, one.beats[::beats])


def test_a_piece_is_the_same_twice() -> None:
    one = piece(groove("neo-soul"), steady(80, 8))
    assert_array_equal(one.make(), one.make())


def test_sound_fonts_play_on_time() -> None:
    found = fonts()
    if not found:
        pytest.skip("FluidSynth or its sound fonts are not installed")
    notes = [Note(time, "click", 0, 1.0, 0.1) for time in (0.5, 1.0, 1.7)]
    wave = np.abs(played(notes, 2.5, found[0]))
    for one in notes:
        around = wave[round((one.time - 0.1) * RATE) : round((one.time + 0.05) * RATE)]
        first = np.argmax(around > 0.1 * around.max()) / RATE - 0.1
        # FluidSynth starts notes at blocks of 64 samples, and a sample has an attack.
        assert -0.002 < first < 0.006


@pytest.mark.parametrize("name", list(UNMETERED))
def test_sounds_without_a_beat_differ_by_seed_and_are_finite(name: str) -> None:
    one, other = unmetered(name, 0), unmetered(name, 1)
    assert np.isfinite(one).all()
    assert name == "silence" or not np.array_equal(one, other)


# The scores are what they say.


def heard(beats: np.ndarray, bpm: float) -> Heard:
    return Heard(beats=beats, downbeats=beats[::4], tempo=bpm, meter="4/4")


def test_double_tempo_is_a_wrong_octave_and_late_beats_are_told() -> None:
    one = piece(DRUMS, steady(100, 32))
    late = measure(one, heard(one.beats + 0.004, 100.0))
    assert (late.octave, late.beat, late.downbeat) == (True, 1.0, 1.0)
    assert late.offset == pytest.approx(4.0)
    halves = np.arange(65) * 0.3 + one.beats[0]
    twice = measure(one, heard(halves, 200.0))
    assert not twice.octave
    assert twice.beat == pytest.approx(2 * 33 / (33 + 65))


def test_beats_in_the_ringing_end_are_no_fault() -> None:
    one = piece(DRUMS, steady(100, 32))
    more = np.append(one.beats, one.beats[-1] + 0.6)
    assert measure(one, heard(more, 100.0)).beat == 1.0


def test_a_swelling_sound_may_be_heard_anywhere_in_its_attack() -> None:
    one = metronomes("strings")[4]
    assert one.slack > 0.005
    assert measure(one, heard(one.beats + one.slack, one.bpm)).error == pytest.approx(0, abs=1e-6)
    later = measure(one, heard(one.beats + one.slack + 0.01, one.bpm))
    assert later.offset == pytest.approx(10.0)


def test_what_is_as_right_as_it_says_has_no_calibration_error() -> None:
    trust = np.repeat([0.05, 0.2, 0.4, 0.6, 0.8, 0.95], 20)
    right = (np.arange(120) % 20 < 20 * trust).astype(float)
    assert reliability(trust, right).error < 1e-9
    assert reliability(trust, np.zeros(120)).error == pytest.approx(trust.mean())


def test_a_peer_without_beats_of_its_own_is_refused() -> None:
    with pytest.raises(InvalidInput, match="songreel has no raw beats"):
        tracker("raw:songreel")


# What our tracker hears. These pass with it today and must go on doing so.


@pytest.mark.parametrize(
    "name",
    ["hip-hop boom-bap", "trap, triplet hats", "reggae one-drop", "power ballad", "doo-wop",
     "ambient with pulse", "drum and bass, two-step", "rock", "swung hip-hop"],
)  # fmt: skip
def test_the_octave_is_right(listen, name: str) -> None:
    one = piece(groove(name))
    scores = measure(one, listen(one.make()))
    assert scores.octave
    assert scores.beat >= 0.97
    assert scores.error <= 8.0
    assert abs(scores.offset) <= 5.0


@pytest.mark.parametrize("name", ["waltz", "piano waltz", "rock 5/4, two and three", "soul 6/8"])
def test_bars_of_three_five_and_six_begin_where_they_do(listen, name: str) -> None:
    one = piece(groove(name))
    assert measure(one, listen(one.make())).downbeat >= 0.9


@pytest.mark.parametrize("sound", ["click", "kick", "hat", "bass", "piano"])
def test_beats_lie_on_their_sounds(listen, sound: str) -> None:
    one: Piece = metronomes(sound)[8]
    scores = measure(one, listen(one.make()))
    assert scores.beat == 1.0
    assert scores.error <= 8.0
    assert abs(scores.offset) <= 5.0
    assert listen(one.make()).trust[0] > 0.8


@pytest.mark.parametrize("name", ["rain", "speech", "babble", "pads", "wind"])
def test_what_has_no_beat_gets_little_trust(listen, name: str) -> None:
    assert listen(unmetered(name)).trust[0] < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("family", ["slow", "changes", "meters"])
def test_the_marks_of_a_family_are_met(listen, family: str) -> None:
    from patterns import heard as hear_all
    from patterns import marks

    rows = hear_all(FAMILIES[family](), {"songreel": listen})["songreel"]
    missed = [line for line, met in (mark.line(rows) for mark in marks(family)) if not met]
    assert not missed


@pytest.mark.slow
def test_a_song_is_heard_the_same_in_every_format(tmp_path: Path) -> None:
    from invariance import compare

    from corpus.songs import SONGS, song

    sides, _ = song(SONGS[0])
    missed = [f"{one.what}: {one.words}" for one in compare(sides, tmp_path) if not one.met]
    assert not missed
