import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.signal import sosfilt

from training import effects, fluid, kits
from training.arrange import accompany, arrange, metronome
from training.build import HELD_OUT, Sources, build, compose, hear
from training.drumming import Drummer
from training.feel import KINDS, Timing, curve
from training.fluid import RATE
from training.material import FRAMES, OUT_RATE, Material, excerpt, note_of, target
from training.midi import read_midi
from training.pop909 import ALLOWED, borne_out, read_song
from training.render import Studio
from training.score import KIT, Note, Part, Score
from training.styles import STYLES
from training.tones import Tone

KEPT_FOR_SCORING = (58, 93, 105, 124, 203, 317, 367, 387, 547, 595, 695, 698)
BY_NAME = {style.name: style for style in STYLES}


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def strokes(times: np.ndarray, voice: str = "click") -> Part:
    role = "click" if voice == "click" else "drums"
    return Part(role, tuple(Note(float(t), 0.05, KIT[voice], 1.0) for t in times))


def smf(division: int, *tracks: bytes) -> bytes:
    head = b"MThd" + (6).to_bytes(4, "big") + b"\0\1" + len(tracks).to_bytes(2, "big")
    chunks = b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)
    return head + division.to_bytes(2, "big") + chunks


# What may be trained on


def test_songs_kept_for_scoring_cannot_be_read(tmp_path: Path) -> None:
    assert not ALLOWED & set(KEPT_FOR_SCORING)
    assert len(ALLOWED) == 111 + 41 + 51 + 41 + 31
    for number in set(range(1, 910)) - ALLOWED:
        with pytest.raises(ValueError, match="never trained on"):
            read_song(tmp_path, number)


def test_a_song_is_on_one_side_only(tmp_path: Path) -> None:
    beats = "".join(f"{0.5 * i} 0.0 {float(i % 4 == 0)}\n" for i in range(200))
    chords = "".join(f"{2 * i} {2 * i + 2} {'CFG'[i % 3]}:maj\n" for i in range(49))
    events = b"\0\xff\x03\x05PIANO" + b"\0\x90\x3c\x40" + b"\x60\x80\x3c\0" * 1
    for number in ALLOWED:
        home = tmp_path / f"{number:03}"
        home.mkdir()
        (home / f"{number:03}.mid").write_bytes(smf(48, events))
        (home / "beat_midi.txt").write_text(beats)
        (home / "chord_midi.txt").write_text(chords)
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for held in sides:
        for seed in range(60):
            style = compose(rng_of(seed), Sources(pop909=tmp_path), held).style
            if style.startswith("pop909"):
                sides[held].add(style.split()[0])
    assert sides[True]
    assert sides[False]
    assert not sides[True] & sides[False]


# Scores


def test_a_midi_file_is_read_through_its_tempo_map(tmp_path: Path) -> None:
    tempo = (
        b"\0\xff\x51\x03" + (500_000).to_bytes(3, "big")
        + b"\x60\xff\x51\x03" + (250_000).to_bytes(3, "big")
    )  # fmt: skip
    # Running status, and a note-on of velocity 0 as the end of a note.
    notes = b"\0\xff\x03\x06MELODY" + b"\0\x90\x3c\x7f" + b"\x60\x3c\0" + b"\x60\x3e\x40\x30\x3e\0"
    path = tmp_path / "a.mid"
    path.write_bytes(smf(48, tempo, notes))
    first, second = read_midi(path)["MELODY"]
    # 96 ticks are two quarters: 1 s at first, half of that after the change.
    assert (first.start, first.length, first.pitch) == (0.0, 1.0, 60)
    assert_allclose((second.start, second.length), (1.5, 0.25))
    assert first.velocity == 1.0


def test_every_pattern_fills_its_bar() -> None:
    for style in STYLES:
        for row in style.kick + style.snare + style.hat + style.comp + style.bass:
            if row not in ("kick", "walk"):
                assert len(row) == style.beats * style.steps, (style.name, row)
                assert set(row) <= set("x.o?"), (style.name, row)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_piece_has_its_bars_and_speed(name: str) -> None:
    style = BY_NAME[name]
    piece = arrange(rng_of(3), 30.0, style)
    assert np.all(np.diff(piece.beats) > 0)
    assert_allclose(piece.downbeats, piece.beats[:: style.beats])
    tempo = 60 / np.median(np.diff(piece.beats))
    assert 0.65 * style.tempo[0] <= tempo <= 1.45 * style.tempo[1]
    assert piece.end >= 29
    again = arrange(rng_of(3), 30.0, style)
    assert again.parts == piece.parts


def test_the_bass_drum_of_disco_marks_every_beat() -> None:
    piece = arrange(rng_of(1), 40.0, BY_NAME["disco"])
    drums = next(part for part in piece.parts if part.role == "drums")
    kicks = np.array([note.start for note in drums.notes if note.pitch == KIT["kick"]])
    off = np.abs(kicks[:, None] - piece.beats).min(axis=1)
    assert np.median(off) < 0.02
    assert off.max() < 0.08


def test_double_time_puts_the_snare_between_the_beats() -> None:
    style = BY_NAME["rock"]
    for seed in range(8):
        strokes = Drummer(rng_of(seed), style).section(0, 4, "double")
        snares = [at for at, _, key, loud in strokes if key in (KIT["snare"], KIT["rim"])]
        plain = [at for at in snares if at < 12]
        assert np.mean(np.array(plain) % 1 == 0.5) > 0.6


def test_a_supplement_keeps_to_its_styles() -> None:
    styles = (BY_NAME["metal"], BY_NAME["punk"])
    found = {
        compose(rng_of(seed), Sources(), False, {"styles": 1.0}, styles).style for seed in range(12)
    }
    assert found == {"metal", "punk"}


def test_swing_moves_the_second_half_only() -> None:
    times = np.arange(5.0)
    swung = Timing(times, 2 / 3)
    assert_allclose([swung.at(p) for p in (0, 0.5, 1, 1.25)], [0, 2 / 3, 1, 1 + 1 / 3])
    sixteenths = Timing(times, 0.6, 0.5)
    assert_allclose([sixteenths.at(p) for p in (0.25, 0.5, 0.75)], [0.3, 0.5, 0.8])


@pytest.mark.parametrize("kind", KINDS)
def test_a_tempo_curve_stays_near_its_tempo(kind: str) -> None:
    for seed in range(20):
        steps = np.diff(curve(rng_of(seed), kind, 120.0, 64, 4))
        assert steps.size == 64
        assert 0.3 < steps.min() <= steps.max() < 0.85
        if kind == "steady":
            assert_allclose(steps, 0.5)


def test_a_metronome_accents_its_bars() -> None:
    piece = metronome(rng_of(4), 20.0)
    notes = piece.parts[0].notes
    assert_allclose([note.start for note in notes], piece.beats)
    loud = np.array([note.velocity for note in notes])
    first = np.isin(piece.beats, piece.downbeats)
    assert loud[first].min() > loud[~first].max()


def test_chords_bear_out_bars_only_where_they_change_on_them() -> None:
    beats = np.arange(64) * 0.5
    bars = beats[::4]
    assert borne_out(beats, bars, beats[::4])
    assert not borne_out(beats, bars, beats[2::4])
    assert not borne_out(beats, bars, beats)
    assert not borne_out(beats, bars[:1], beats[::4])


def test_a_song_is_given_drums_on_its_beats() -> None:
    beats = 0.3 + np.arange(128) * 0.6
    song = Score("song", (strokes(beats[::2], "ride"),), beats, beats[::4], 80.0)
    chords = [(float(t), float(t) + 2.4, "A:min") for t in beats[::4]]
    played = [accompany(rng_of(seed), song, chords) for seed in range(8)]
    drums = [part for piece in played for part in piece.parts[1:] if part.role == "drums"]
    assert drums
    for part in drums:
        kicks = np.array([note.start for note in part.notes if note.pitch == KIT["kick"]])
        if kicks.size:
            on = np.abs(kicks[:, None] - beats).min(axis=1)
            # Strokes at random moments would lie this near in 13 %.
            assert np.mean(on < 0.04) > 0.2


def test_a_span_of_a_faster_piece_keeps_notes_on_beats() -> None:
    beats = np.arange(40) * 0.5
    piece = Score("test", (strokes(beats),), beats, beats[::4], 21.0)
    cut = piece.between(4.9, 12.1).faster(1.25)
    assert_allclose([note.start for note in cut.parts[0].notes], cut.beats)
    assert_allclose(np.diff(cut.beats), 0.4)
    assert set(cut.downbeats) <= set(cut.beats)
    assert piece.higher(5).parts == piece.parts


# Sound


def onsets_of(sound: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Seconds after each time at which the sound reaches a third of its nearby peak."""
    found = []
    for time in times:
        near = np.abs(sound[round((time - 0.01) * RATE) : round((time + 0.06) * RATE)])
        found.append(np.argmax(near > near.max() / 3) / RATE - 0.01)
    return np.array(found)


TIMES = np.arange(0.5, 5.5, 0.37)


def test_strokes_begin_at_their_sample() -> None:
    sound = kits.strike(strokes(TIMES, "rim"), kits.made_kit(rng_of()), 6.0)
    assert sound.size == 6 * RATE
    assert np.abs(onsets_of(sound, TIMES)).max() < 0.002


@pytest.mark.parametrize("codec", sorted(effects.CODECS))
def test_codecs_keep_every_onset_in_place(codec: str) -> None:
    sound = 0.8 * kits.strike(strokes(TIMES), kits.made_kit(rng_of()), 6.0)
    back = effects.recode(sound, codec, effects.CODECS[codec][0])
    assert back.size == sound.size
    lags = np.fft.irfft(np.fft.rfft(back, 2**19) * np.fft.rfft(sound, 2**19).conj())
    assert int(np.argmax(lags)) == 0


@pytest.mark.parametrize(
    "effect",
    [effects.distort, effects.equalise, effects.reverberate, effects.compress, effects.clip,
     effects.noise],
)  # fmt: skip
def test_effects_keep_onsets_and_stay_finite(effect) -> None:
    sound = 0.5 * kits.strike(strokes(TIMES), kits.made_kit(rng_of()), 6.0)
    for seed in range(12):
        out = effect(rng_of(seed), sound)
        assert out.dtype == np.float32
        assert out.size == sound.size
        assert np.all(np.isfinite(out))
        assert np.abs(np.median(onsets_of(out, TIMES))) < 0.003
        assert np.all(np.isfinite(effect(rng_of(seed), np.zeros(RATE, np.float32))))


@pytest.mark.parametrize("hertz", [60.0, 1000.0, 12_000.0, 20_000.0])
@pytest.mark.parametrize("decibels", [-9.0, 9.0])
def test_a_bell_lifts_its_frequency_and_dies_away(hertz: float, decibels: float) -> None:
    impulse = np.zeros(RATE)
    impulse[0] = 1.0
    answer = sosfilt(effects.bell(hertz, decibels, 0.5), impulse)
    spectrum = np.abs(np.fft.rfft(answer))
    assert 20 * np.log10(spectrum[round(hertz)]) == pytest.approx(decibels, abs=0.1)
    assert np.abs(answer[-1000:]).max() < 1e-6


def test_synthesised_tones_sound_at_their_pitch() -> None:
    part = Part("lead", (Note(0.2, 1.0, 69, 0.8),))
    for kind in ("saw", "square", "organ", "bell", "voice", "pluck"):
        tone = Tone(kind, 0.005, 1.0, 4000.0, 0.0)
        sound = tone.play(part, 1.5, rng_of())
        assert not sound[: round(0.2 * RATE)].any()
        spectrum = np.abs(np.fft.rfft(sound[round(0.25 * RATE) : round(0.75 * RATE)]))
        near = spectrum[200:245].argmax() + 200
        assert near * 2 == pytest.approx(440, rel=0.02), kind


@pytest.mark.skipif(
    not all(path.exists() for path in fluid.FONTS.values()), reason="Debian's sound fonts"
)
def test_every_font_plays_on_time() -> None:
    for path in fluid.FONTS.values():
        sound = fluid.Bank(path).play(strokes(TIMES, "snare"), 0, 6.0)
        late = onsets_of(sound, TIMES)
        assert 0 <= np.median(late) < 0.006
        assert np.ptp(late) < 0.003


class Unheard(Studio):
    """Drums from the made kit alone, so that no sound font is needed."""

    def _play(self, rng, part, font, made, end, manner=""):  # noqa: ARG002
        if part.struck:
            return kits.strike(part, kits.made_kit(rng), end), "made kit"
        return Tone.drawn(rng, part.role).play(part, end, rng), "made"


def test_a_built_piece_is_the_same_again_and_can_be_drawn_from(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        build(tmp_path / folder, 1, 7, Unheard(), Sources(), {"styles": 1.0})
    one, two = ((tmp_path / f / "train" / "000001.npz").read_bytes() for f in "ab")
    assert one == two
    held = build(tmp_path / "a", HELD_OUT, 7, Unheard(), Sources(), {"styles": 1.0})
    assert held.parent.name == "held"
    assert json.loads(json.dumps(note_of(held)))["sounds"]
    material = Material(tmp_path / "a" / "train")
    assert material.refresh() == 1
    mel, targets, weights = material.draw(rng_of())
    assert mel.shape == (FRAMES, 64)
    assert targets.shape == weights.shape == (2, FRAMES // 2)
    assert targets[0].max() == 1.0


def test_features_rise_where_the_beats_are() -> None:
    sound = kits.strike(strokes(TIMES), kits.made_kit(rng_of()), 6.0)
    mel = hear(sound).astype(float).sum(axis=1)
    rises = np.maximum(np.diff(mel), 0)
    for time in TIMES:
        at = round(time * 100)
        assert abs(rises[at - 6 : at + 6].argmax() - 6) <= 3


# Excerpts


def test_targets_are_widened_by_a_frame() -> None:
    found = target(np.array([1.005, 2.0]), 150)
    assert found[50] == 1.0
    assert found[[49, 51]].tolist() == [0.5, 0.5]
    assert found.sum() == 4.0


def test_a_change_of_speed_moves_music_and_truth_alike() -> None:
    beats = np.arange(0.5, 44, 0.61)
    mel = np.zeros((4500, 64), np.float16)
    mel[np.round(beats * 100).astype(int)] = 2.0
    ratios = set()
    for seed in range(12):
        part, targets, weights = excerpt(rng_of(seed), mel, beats, np.zeros(0))
        assert not weights[1].any()
        loud = part.sum(axis=1)
        marks = np.flatnonzero(targets[0] == 1.0)
        marks = marks[weights[0, marks] > 0]
        ratios.add(round(float(np.median(np.diff(marks))) / OUT_RATE, 2))
        heard = np.array([loud[max(2 * m - 2, 0) : 2 * m + 4].max() for m in marks])
        # Masked moments aside, every mark has its stroke.
        assert np.mean(heard > 3 * np.median(loud)) > 0.85
    assert len(ratios) > 4
