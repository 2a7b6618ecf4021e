import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from training import ambience, openscore
from training.build import Sources, build, compose, framed
from training.electronic import electronic
from training.fluid import RATE
from training.freedoom import _borne_out
from training.groove import LEAST_AGREEMENT, agreement
from training.guitars import Guitar
from training.heavy import heavy
from training.material import MIX, Material, excerpt
from training.render import Studio
from training.score import KIT, Note, Part
from training.synths import KINDS, Synth, riser, swept
from training.voices import Voice

TIMES = np.arange(0.5, 5.5, 0.53)


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def notes_at(times: np.ndarray, pitch: int, length: float = 0.3, muted: bool = False) -> Part:
    return Part("riff", tuple(Note(float(t), length, pitch, 0.9, muted) for t in times))


def onsets_of(sound: np.ndarray) -> np.ndarray:
    """Seconds after each of `TIMES` at which the sound's level reaches a third of what is near."""
    found = []
    for time in TIMES:
        near = np.abs(sound[round((time - 0.02) * RATE) : round((time + 0.08) * RATE)])
        level = np.convolve(near, np.ones(64) / 64, "same")
        found.append(np.argmax(level > level.max() / 3) / RATE - 0.02)
    return np.array(found)


# Sounds


@pytest.mark.parametrize("role", ["riff", "solo", "clean", "bass"])
def test_guitars_are_struck_on_time(role: str) -> None:
    for seed in range(3):
        rng = rng_of(seed)
        sound = Guitar.drawn(rng, role).play(notes_at(TIMES, 45), 6.0, rng)
        assert sound.size == 6 * RATE
        assert np.all(np.isfinite(sound))
        assert abs(np.median(onsets_of(sound))) < 0.005


def test_a_palm_stops_a_string() -> None:
    rng = rng_of(1)
    guitar = Guitar.drawn(rng, "clean")
    open_, damped = (guitar.play(notes_at(TIMES[:1], 40, 1.0, m), 2.0, rng_of(2)) for m in (0, 1))
    late = slice(round(1.1 * RATE), round(1.4 * RATE))
    assert np.abs(damped[late]).max() < 0.1 * np.abs(open_[late]).max()


@pytest.mark.parametrize("role", sorted(KINDS))
def test_synthesisers_start_on_time(role: str) -> None:
    for seed in range(3):
        rng = rng_of(seed)
        sound = Synth.drawn(rng, role).play(notes_at(TIMES, 57, 0.2), 6.0, rng)
        assert 0 <= np.median(onsets_of(sound)) < 0.008


@pytest.mark.parametrize("role", ["voice", "rap", "choir"])
def test_a_syllable_rises_with_its_vowel(role: str) -> None:
    for seed in range(3):
        rng = rng_of(seed)
        sound = Voice.drawn(rng, role).play(notes_at(TIMES, 60, 0.35), 6.0, rng)
        assert np.all(np.isfinite(sound))
        assert 0 < np.median(onsets_of(sound)) < 0.05


def test_a_closed_filter_takes_the_highs() -> None:
    hiss = rng_of().standard_normal(2 * RATE).astype(np.float32)
    heard = swept(hiss, ((0.0, 0.0), (1.0, 0.0), (1.001, 1.0), (2.0, 1.0)))
    closed, opened = heard[: RATE - 100], heard[RATE + 1000 :]
    assert closed.std() < 0.3 * opened.std()
    assert_allclose(opened, hiss[RATE + 1000 :], atol=1e-5)


def test_a_riser_rises_and_a_fall_falls() -> None:
    up = riser(notes_at(np.array([0.5]), 60, 2.0), 4.0, rng_of())
    down = riser(notes_at(np.array([0.5]), 60, 2.0, True), 4.0, rng_of())
    early, late = slice(RATE // 2, RATE), slice(2 * RATE, round(2.5 * RATE))
    assert up[late].std() > 3 * up[early].std()
    assert down[early].std() > 3 * down[late].std()


@pytest.mark.parametrize("name", sorted(ambience.KINDS))
def test_ambience_is_finite_and_of_its_length(name: str) -> None:
    sound = ambience.KINDS[name](rng_of(3), 2 * RATE)
    assert sound.size == 2 * RATE
    assert sound.dtype == np.float32
    assert np.all(np.isfinite(sound))


# Pieces


@pytest.mark.parametrize("make", [heavy, electronic])
def test_a_piece_is_the_same_again_with_bars_of_one_length(make) -> None:
    for seed in range(6):
        piece = make(rng_of(seed), 20.0)
        assert piece.parts == make(rng_of(seed), 20.0).parts
        places = np.searchsorted(piece.beats, piece.downbeats - 1e-9)
        assert_allclose(piece.beats[places], piece.downbeats)
        assert np.unique(np.diff(places)).size == 1
        assert piece.end > 20
        assert all(note.start >= 0 and note.length > 0 for p in piece.parts for note in p.notes)


def test_a_band_strikes_near_its_grid() -> None:
    for seed in range(6):
        piece = heavy(rng_of(seed), 20.0)
        drums = next(part for part in piece.parts if part.role == "drums")
        kicks = np.array([n.start for n in drums.notes if n.pitch in (KIT["kick"], KIT["crash"])])
        places = np.interp(kicks, piece.beats, np.arange(piece.beats.size))
        # Sixteenths and triplets alike are twelfths of a beat.
        off = np.abs(places * 12 - np.round(places * 12)) / 12 * np.median(np.diff(piece.beats))
        assert np.median(off) < 0.012


def test_drummers_who_do_not_hear_their_click_are_left_out() -> None:
    rng = rng_of()
    kick, snare = np.arange(0, 60, 1.0), np.arange(0.5, 60, 1.0)

    def strokes(stretch: float, late: float) -> list[Note]:
        return [
            Note(float(t) * stretch + late + float(rng.normal(0, 0.008)), 0.1, KIT[voice], 0.8)
            for times, voice in ((kick, "kick"), (snare, "snare"))
            for t in times
        ]

    kept, late, barred = agreement(strokes(1.0, 0.02), 0.5, 4)
    assert kept > LEAST_AGREEMENT
    assert late == pytest.approx(0.02, abs=0.005)
    assert barred
    assert agreement(strokes(1.013, 0.0), 0.5, 4)[0] < LEAST_AGREEMENT
    assert agreement(strokes(1.0, 0.25), 0.5, 4)[0] == 0


def test_songs_whose_snare_is_elsewhere_are_left_out() -> None:
    beats = np.arange(64) * 0.5

    def drums(snare: float) -> list[Note]:
        return [Note(float(b), 0.1, KIT["kick"], 1.0) for b in beats[::4]] + [
            Note(float(b) + snare, 0.1, KIT["snare"], 1.0) for b in beats[::2]
        ]

    assert _borne_out(beats, beats, drums(0.5))
    assert not _borne_out(beats, beats, drums(0.25))
    assert not _borne_out(beats, beats + 0.03 * np.arange(64), drums(0.5))


MEASURE = (
    "<measure>{head}<note><pitch><step>C</step><octave>4</octave></pitch>"
    "<duration>{length}</duration></note></measure>"
)


def sheet(folder: Path, metre: tuple[int, int], upbeat: int) -> Path:
    """A score with divisions of 2, an upbeat of so many, and forty bars."""
    head = (
        f"<attributes><divisions>2</divisions><time><beats>{metre[0]}</beats>"
        f"<beat-type>{metre[1]}</beat-type></time></attributes>"
    )
    bar = 8 * metre[0] // metre[1]
    rows = [MEASURE.format(head=head, length=upbeat or bar)]
    rows += [MEASURE.format(head="", length=bar)] * 40
    text = (
        '<score-partwise><part-list><score-part id="P1"><part-name>Piano</part-name></score-part>'
        f'</part-list><part id="P1">{"".join(rows)}</part></score-partwise>'
    )
    path = folder / "a.mxl"
    with zipfile.ZipFile(path, "w") as store:
        store.writestr("score.xml", text)
    return path


def test_an_upbeat_comes_before_the_first_bar(tmp_path: Path) -> None:
    found = openscore.read(sheet(tmp_path, (3, 4), 2))
    assert found is not None
    assert_allclose(found.beats, np.arange(121))
    assert_allclose(found.downbeats, np.arange(1, 121, 3))
    piece = openscore.performed(rng_of(), found, 20.0, "a")
    assert piece is not None
    assert set(piece.downbeats) <= set(piece.beats)
    starts = [note.start for note in piece.parts[0].notes]
    # All but the upbeat are whole bars.
    off = np.sort(np.abs(np.subtract.outer(starts, piece.downbeats)).min(axis=1))
    assert off[:-1].max() < 0.06


def test_six_eighths_have_two_beats(tmp_path: Path) -> None:
    found = openscore.read(sheet(tmp_path, (6, 8), 0))
    assert found is not None
    assert_allclose(np.diff(found.beats), 1.5)
    assert_allclose(np.diff(found.downbeats), 3.0)
    assert openscore.read(sheet(tmp_path, (7, 16), 0)) is None


def test_only_what_there_is_is_composed() -> None:
    kinds = {compose(rng_of(seed), Sources(), False).style.split()[0] for seed in range(60)}
    assert {"heavy", "electronic", "without", "metronome"} <= kinds
    assert not kinds & {"groove", "freedoom", "openscore"}


# Learning from them


def test_what_comes_before_music_moves_its_beats() -> None:
    sound = np.zeros(RATE, np.float32)
    sound[1000] = 1.0
    shifts = set()
    for seed in range(8):
        out, shift, word = framed(rng_of(seed), sound)
        assert word
        assert out[round(shift * RATE) + 1000] == pytest.approx(1.0, abs=1e-6)
        assert shift < 12.1
        shifts.add(round(shift, 1))
    assert len(shifts) > 3


def test_where_there_is_no_beat_everything_counts() -> None:
    mel = np.ones((4500, 64), np.float16)
    none = np.zeros(0)
    _, targets, weights = excerpt(rng_of(), mel, none, none)
    assert not targets.any()
    assert weights.all()
    # A song that is over at 10 s: unknown after its last beat unless it is said to be known.
    beats = np.arange(0.5, 10, 0.5)
    for known, counted in ((0.0, False), (45.0, True)):
        seen = [excerpt(rng_of(s), mel, beats, beats[::4], known)[2] for s in range(4)]
        assert all(bool(w[:, 1200:].all()) is counted for w in seen)


def test_rare_kinds_are_drawn_more_often_than_they_are_there(tmp_path: Path) -> None:
    mel = np.zeros((4500, 64), np.float16)
    for i in range(40):
        style = "heavy metal" if i < 2 else "without" if i == 2 else "rock"
        path = tmp_path / ("without" if i == 2 else "") / f"{i:06}.npz"
        path.parent.mkdir(exist_ok=True)
        note = f'{{"style": "{style}"}}'
        np.savez(path, mel=mel, beats=np.arange(9.0), downbeats=np.zeros(0), note=note)
    material = Material(tmp_path)
    assert material.refresh() == 40
    odds = dict(zip([p.stem for p in material.files], material.odds, strict=True))
    assert sum(odds.values()) == pytest.approx(1)
    assert odds["000000"] > 10 * odds["000039"]
    assert 0 < odds["000002"] <= odds["000000"]
    assert sum(MIX.values()) == pytest.approx(1)


def test_a_piece_without_a_beat_lies_apart(tmp_path: Path) -> None:
    path = build(tmp_path, 1, 3, Studio(), Sources(), {"without": 1.0})
    assert path == tmp_path / "train" / "without" / "000001.npz"
    assert build(tmp_path, 1, 3, Studio(), Sources(), {"without": 1.0}) == path
    with np.load(path) as data:
        assert data["beats"].size == 0
        assert np.all(np.isfinite(data["mel"].astype(float)))
