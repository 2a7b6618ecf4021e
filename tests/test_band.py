"""The built-in band: scores on the beat, in key, growing with energy; effects from words."""

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.analysis.analyze import analyze
from songreel.generation.provider import Context
from songreel.generation.score.compose import compose
from songreel.generation.sound.band.chords import Harmony, chord
from songreel.generation.sound.band.ensemble import perform
from songreel.generation.sound.band.keys import MAJOR, MINOR, Key, read_key
from songreel.generation.sound.band.render import RATE, render
from songreel.generation.sound.band.score import piece_of
from songreel.generation.sound.band.soundscape import SOURCES, listen, sounding
from songreel.generation.sound.band.styles import STYLES
from songreel.generation.sound.band.words import understand
from songreel.generation.sound.registry import create, sources
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.score import ScoreCue, ScorePlan
from songreel.models.sound_request import Heard, SoundFiles, SoundRequest
from songreel.sound.meter import loudness
from songreel.sound.pcm import read, write_wav
from support.sounds import MemorySound

HEARD = Heard(sha256="0" * 64, seconds=2.0)


def asked(**changes):
    given = {"task": "music", "prompt": "cinematic", "seconds": 4.0, "seed": 5, "bpm": 120.0,
             "key": "A minor", "energy": 0.6}  # fmt: skip
    return SoundRequest.model_validate(given | changes)


@pytest.fixture
def band(tmp_path):
    source = create("builtin", Context(scratch=tmp_path / "scratch"))
    yield source
    source.close()


def made(band, request, heard=None):
    """The file that comes of a request, as its runner would have it."""
    planned = band.plan(request)
    job = band.submit(planned, SoundFiles(heard=heard))
    for _ in range(3000):
        state = band.poll(job)
        if state.status != "waiting":
            assert state.status == "done", state.detail
            return Path(state.result)
        time.sleep(0.01)
    raise AssertionError("it never came")


def step_at(x, at):
    """Largest step between neighbours at a place, over what is usual around it."""
    steps = np.abs(np.diff(x.mean(axis=0)))
    # Over a beat and more on both sides: a stroke on the join is like those beside it.
    around = np.concatenate((steps[at - 28800 : at - 96], steps[at + 96 : at + 28800]))
    return steps[at - 3 : at + 3].max() / around.max()


# --- what comes out


@pytest.mark.parametrize(
    ("style", "changes"),
    [
        ("cinematic", {"meter": 4, "bpm": 96, "energy": 0.0}),
        ("folk", {"meter": 3, "bpm": 140, "energy": 0.5, "key": "F# major"}),
        ("techno", {"meter": 4, "bpm": 300, "energy": 1.0, "key": "Bb minor"}),
        ("jazz", {"meter": 5, "bpm": 170, "energy": 0.8, "key": "Eb major", "phase": 3.25}),
        ("8-bit", {"meter": 7, "bpm": 30, "energy": 0.9, "key": "B major"}),
        ("ambient", {"meter": 6, "bpm": 60, "energy": 0.3, "key": "C# minor"}),
        ("orchestral", {"meter": 12, "bpm": 200, "energy": 1.0, "seconds": 0.3}),
        ("lo-fi", {"meter": 1, "bpm": 80, "energy": 0.7, "seconds": 0.01}),
        ("rock", {"meter": 2, "bpm": 120, "energy": 0.6, "bar": 1000, "phase": 1.9}),
    ],
)  # fmt: skip
def test_any_metre_tempo_and_energy_makes_clean_sound_of_its_length(band, style, changes):
    request = band.plan(
        asked(seconds=changes.pop("seconds", 2.5), settings={"style": style}, **changes)
    )
    x = render(request, None)
    assert x.shape == (2, int(np.ceil(round(request.seconds * RATE, 3))))
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    assert np.abs(x[:, 0]).max() < 0.01
    if request.seconds > 1:
        assert abs(x.mean()) < 1e-3
        found = loudness(x, RATE)
        assert found.true_peak <= -1.0
        assert found.integrated > -45


@pytest.mark.parametrize("style", STYLES)
def test_every_style_plays_with_everybody(style):
    piece = piece_of(asked(settings={"style": style}, energy=1.0))
    played = perform(piece, 0, 8, 1.0)
    assert set(STYLES[style].voices) <= set(played.notes)
    for line in played.notes.values():
        assert line
        assert all(24 <= note.pitch <= 110 and 0 < note.velocity <= 1 for note in line)


def test_the_same_request_is_the_same_bytes(band, tmp_path):
    request = asked(seconds=2.0)
    first = sha256_of(made(band, request))
    again = create("builtin", Context(scratch=tmp_path / "other", workers=2))
    assert sha256_of(made(again, request)) == first
    assert sha256_of(made(again, request.model_copy(update={"seed": 6}))) != first
    again.close()


# --- music


def test_a_score_it_plays_is_heard_as_it_was_written(band, tmp_path):
    """Composed from scene to scene, and judged by the ears that films are cut by."""
    cues = tuple(
        ScoreCue(id=f"s{n}", seconds=5.0, prompt="cinematic strings and piano", bpm=108.0,
                 key="G major", energy=0.5 + 0.15 * n)
        for n in range(3)
    )  # fmt: skip
    score = compose(ScorePlan(cues=cues, seed=3), band, tmp_path / "score")
    track = read(tmp_path / "score" / score.file)
    assert track.samples.shape == (2, 15 * RATE)
    assert all(abs(part.step) <= 1.0 for part in score.parts[1:])
    assert all(part.tempo == pytest.approx(108, rel=0.02) for part in score.parts)
    found = analyze(MemorySound(track.samples, RATE))
    assert found.tempo == pytest.approx(108, rel=0.005)
    assert str(found.key) == "G major"
    assert str(found.meter) == "4/4"
    bars = np.arange(0, 14, 240 / 108)  # through both joins, which lie on beats and on no bar
    assert_allclose([np.abs(np.array(found.downbeats) - bar).min() for bar in bars], 0, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prompt", "bpm", "key", "energy", "meter"),
    [("cinematic strings and piano", 92.0, "D minor", 0.6, 4),
     ("house", 124.0, "Bb major", 0.8, 4), ("folk guitar", 104.0, "G major", 0.5, 3),
     ("techno", 130.0, "Ab minor", 0.8, 4)],
)  # fmt: skip
def test_ears_find_tempo_key_and_bars(prompt, bpm, key, energy, meter):
    x = render(asked(prompt=prompt, bpm=bpm, key=key, energy=energy, meter=meter, seconds=18), None)
    found = analyze(MemorySound(x, RATE))
    assert found.tempo == pytest.approx(bpm, rel=0.005)
    assert str(found.key) == key
    bars = np.arange(0, 18, meter * 60 / bpm)
    near = [np.abs(np.array(found.downbeats) - bar).min() < 0.07 for bar in bars]
    assert np.mean(near) > 0.8


def test_more_energy_is_louder_brighter_and_busier():
    loud, bright, busy = [], [], []
    for energy in (0.05, 0.35, 0.65, 0.95):
        request = asked(energy=energy, seconds=4.0)
        x = render(request, None)
        loud.append(loudness(x, RATE).integrated)
        power = np.abs(np.fft.rfft(x.mean(axis=0))) ** 2
        hz = np.fft.rfftfreq(x.shape[1], 1 / RATE)
        bright.append((power * hz).sum() / power.sum())
        played = perform(piece_of(request), 0, 8, 1.0)
        onsets = {round(note.beat, 1) for line in played.notes.values() for note in line}
        busy.append(len(onsets) + len(played.hits))
    assert np.all(np.diff(loud) > 1.0)
    assert np.all(np.diff(bright) > 0)
    assert np.all(np.diff(busy) > 0)


def test_players_come_in_one_after_the_other():
    playing = [
        {role for role, line in perform(piece_of(asked(energy=e)), 0, 8, 1.0).notes.items() if line}
        for e in (0.05, 0.3, 0.6, 1.0)
    ]
    assert playing[0] == {"pad", "keys"}
    assert "bass" in playing[1] - playing[0]
    assert "lead" in playing[2] - playing[1]
    assert "counter" in playing[3] - playing[2]


def test_drums_that_carry_the_beat_stand_on_the_grid():
    hits = perform(piece_of(asked(prompt="pop", energy=0.8)), 0, 8, 1.0).hits
    firm = [hit.beat * 4 % 1 for hit in hits if hit.drum in ("kick", "snare", "clap")]
    assert len(firm) > 30
    assert set(firm) == {0.0}
    assert len({hit.velocity for hit in hits}) > len(hits) / 2


def test_a_piece_does_not_depend_on_where_requests_begin():
    whole = perform(piece_of(asked(energy=0.7)), 0, 24, 1.0)
    later = perform(piece_of(asked(energy=0.7, bar=9, theme=5, seed=77)), 9, 24, 1.0)
    for role, line in later.notes.items():
        ours = [n for n in whole.notes[role] if n.beat >= 36.2]
        assert [n for n in line if n.beat >= 36.2] == ours


@pytest.mark.parametrize("minor", [False, True])
def test_the_harmony_stays_in_its_key_and_comes_home(minor):
    scale = MINOR if minor else MAJOR
    feelings = ("dark", "epic", "longing") if minor else ("bright", "calm", "tender")
    for feeling in (*feelings, "jazz", "pulse", "still"):
        for seed in range(6):
            harmony = Harmony(Key(2, minor), feeling, seed, 1)
            tones = [tone for bar in range(32) for tone in harmony.at(bar).tones]
            assert np.mean([tone in scale for tone in tones]) > 0.9
    assert Harmony(Key(2, minor), feelings[0], 0, 1).tonic().root == 0


def test_heavy_notes_of_the_tune_belong_to_their_chord():
    piece = piece_of(asked(energy=0.9, seed=3))
    played = perform(piece, 0, 16, 0.0)
    on_bar = [n for n in played.notes["lead"] if n.beat % 4 == 0]
    inside = [
        (n.pitch - piece.key.tonic) % 12 in piece.chord(int(n.beat // 4)).tones for n in on_bar
    ]
    assert len(on_bar) > 10
    assert np.mean(inside) > 0.95
    leaps = np.abs(np.diff([n.pitch for n in played.notes["lead"]]))
    assert np.median(leaps) <= 4
    assert leaps.max() <= 16


def test_voices_move_little_from_chord_to_chord():
    piece = piece_of(asked(energy=0.5))
    moves = [
        np.abs(np.subtract(piece.voices_at(bar, 58, 3), piece.voices_at(bar + 1, 58, 3))).mean()
        for bar in range(7)
    ]
    assert np.mean(moves) < 3.5


# --- going on, and ending


@pytest.mark.parametrize(
    "changes",
    [{"energy": 0.5, "bar": 1, "phase": 1.5}, {"energy": 0.95, "bar": 2, "phase": 0.0},
     {"energy": 0.2, "bpm": 77.0, "key": "C# minor", "bar": 2, "phase": 0.0}],
)  # fmt: skip
def test_going_on_keeps_what_was_heard_and_does_not_click(changes):
    before = render(asked(energy=0.6, seconds=3.5), None)[:, -2 * RATE :]
    x = render(asked(heard=HEARD, seconds=2.0, **changes), before)
    assert x.shape[1] == 4 * RATE
    assert_array_equal(x[:, : 2 * RATE], before)
    assert step_at(x, 2 * RATE) < 1.0


def test_what_was_heard_rings_on():
    """A tone that stops dead goes on dying away instead of clicking."""
    t = np.arange(2 * RATE) / RATE
    tone = np.repeat((0.3 * np.sin(2 * np.pi * 440 * t))[None], 2, axis=0).astype(np.float32)
    x = render(asked(heard=HEARD, energy=0.0, seconds=2.0, key="C major"), tone)
    after = x[0, 2 * RATE : 2 * RATE + 4800]
    turn = 2 * np.pi * 440 * np.arange(4800) / RATE
    found = 2 * np.hypot((after * np.sin(turn)).mean(), (after * np.cos(turn)).mean())
    assert 0.1 < found < 0.35


def test_other_rates_and_one_channel_can_be_gone_on_from(band, tmp_path):
    path = tmp_path / "heard.wav"
    mono = (0.1 * np.sin(np.arange(64000) / 20)).astype(np.float32)[None]
    write_wav(path, mono, 32000)
    x = read(made(band, asked(heard=HEARD, seconds=1.0), path))
    assert (x.rate, x.samples.shape) == (48000, (2, 3 * 48000))


def test_an_ending_comes_home_and_dies_away():
    request = asked(seconds=7.0, energy=0.8, bar=4, ending=True)
    piece = piece_of(request)
    assert piece.chord(piece.close - 1) == chord("V", True)
    assert piece.chord(piece.close) == chord("i", True)
    x = render(request, None)
    assert np.abs(x[:, -1]).max() < 1e-4
    last = loudness(x[:, -RATE // 2 :], RATE).peak
    assert last < loudness(x, RATE).peak - 15


# --- words and settings


def test_words_choose_style_instruments_and_mood():
    found = understand("sad lo-fi with trumpet and felt piano, sparkly unicorns, no drums")
    assert found.style == "lo-fi"
    assert set(found.instruments) == {"brass", "felt piano"}
    assert found.mood[0] < 0
    assert "drums" in found.without
    assert found.cousins == ("trumpet: brass",)
    assert found.lost == ("sparkly", "unicorns")
    piece = piece_of(asked(prompt="lo-fi with felt piano, no drums", energy=1.0))
    assert piece.style.voices["keys"] == "felt piano"
    assert not perform(piece, 0, 4, 1.0).hits
    alone = piece_of(asked(prompt="solo piano", energy=1.0))
    assert set(alone.style.voices.values()) == {"piano"}


@pytest.mark.parametrize(
    ("text", "key"),
    [("A minor", Key(9, True)), ("F# major", Key(6, False)), ("B♭", Key(10, False)),
     ("C#m", Key(1, True)), ("e flat minor", Key(3, True))],
)  # fmt: skip
def test_keys_are_read_as_they_are_written(text, key):
    assert read_key(text) == key
    assert read_key(key.name) == key


def test_planning_completes_a_request_and_changes_nothing_twice(band):
    planned = band.plan(asked(bpm=None, key="", prompt="happy folk"))
    assert planned.bpm
    assert read_key(planned.key) == Key(read_key(planned.key).tonic, False)
    assert band.plan(planned) == planned
    assert band.notes(planned)[0].startswith("built-in band, folk")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"key": "H minor"}, "the key 'H minor' is not one"),
     ({"bpm": 900.0}, "plays at 30 to 300 BPM, not at 900"),
     ({"seconds": 900.0}, "makes 240 s at a time, not 900.00 s"),
     ({"phase": 4.0}, "a bar of 4 beats has no beat 4"),
     ({"settings": {"style": "polka"}}, "builtin has no style 'polka'; choose auto or one of"),
     ({"settings": {"humanise": "much"}}, "humanise is a number from 0 to 2, not 'much'"),
     ({"settings": {"humanise": -1}}, "humanise is a number from 0 to 2, not -1"),
     ({"settings": {"top_k": 250}}, "builtin has no setting 'top_k'; it has style and humanise"),
     ({"task": "effects", "settings": {"top_k": 9}}, "effects of builtin have no setting 'top_k'")],
)  # fmt: skip
def test_what_cannot_be_played_is_refused_in_a_sentence(band, changes, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        band.plan(asked(**changes))


def test_the_source_is_found_by_its_name_and_stops_when_told(band):
    assert "builtin" in sources()
    job = band.submit(band.plan(asked(seconds=20.0)))
    band.cancel(job)
    for _ in range(1000):
        if (state := band.poll(job)).status != "waiting":
            break
        time.sleep(0.01)
    assert (state.status, state.detail) == ("failed", "cancelled")


# --- effects


@pytest.mark.parametrize("name", SOURCES)
def test_every_effect_is_clean_and_ends_at_zero(name):
    request = asked(task="effects", prompt=SOURCES[name].words.split()[0], seconds=2.0)
    assert name in listen(request.prompt).sounds
    x = sounding(request)
    assert x.shape == (2, 2 * RATE)
    assert np.isfinite(x).all()
    assert np.abs(x[:, [0, -1]]).max() < 1e-6
    assert loudness(x, RATE).true_peak <= -1.0
    assert np.abs(x).max() > 1e-3
    assert_array_equal(sounding(request), x)


def test_effects_come_from_words_and_say_so(band):
    assert listen("waves on a beach, seagulls, no wind", "crowd").sounds == ("sea",)
    unknown = band.plan(asked(task="effects", prompt="xyzzy", settings={"cfg_strength": 4.5}))
    assert unknown.settings == {}
    assert "none of the prompt's words is known" in band.notes(unknown)[0]
    assert read(made(band, unknown)).samples.shape[1] == 4 * RATE
