"""Sound for pictures by itself: films looked at, cut to pieces, and joined to the sample."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from songreel.generation.foley.chunks import GRAIN, LEAD, RATE, TAIL, chunks_of, room, sample_at
from songreel.generation.foley.film import look
from songreel.generation.foley.join import joined
from songreel.generation.foley.make import orders, told, track_of
from songreel.generation.foley.pieces import PIECE_RATE, piece
from songreel.generation.foley.shots import shot_starts
from songreel.generation.patience import Patience
from songreel.generation.sound.orders import fulfil
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.foley import FoleyCue, FoleyPlan
from songreel.models.progress import silent
from songreel.sound.meter import loudness
from songreel.sound.pcm import Pcm
from support.foley_shop import FoleyShop, jumps, make_film
from support.makers import Clock, busy
from support.shop import failing, telling

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001)]
NTSC = Fraction(30000, 1001)


def plan_of(rate: Fraction, edges: list[int], **more: object) -> FoleyPlan:
    """Cues f001, f002 … between `edges`."""
    cues = [
        FoleyCue.model_validate(
            {"id": f"f{n:03d}", "start": a, "end": b, "shots": (f"s{n}",), "prompt": f"tone {n}",
             "seed": n} | more
        )
        for n, (a, b) in enumerate(pairwise(edges), 1)
    ]  # fmt: skip
    return FoleyPlan(rate=rate, preset="plain", cues=tuple(cues))


def sounded(film: Path, plan: FoleyPlan, shop: FoleyShop, folder: Path):
    """The orders and the track of a film's sound."""
    clock = Clock()
    asked = orders(plan, shop, folder, film=look(film))
    made = fulfil(
        asked.wanted, source=shop, folder=folder, progress=silent,
        patience=Patience(clock=clock, sleep=clock.sleep),
    )  # fmt: skip
    return asked, track_of(asked, made, folder)


def ticks_in(samples: np.ndarray) -> list[float]:
    """Seconds at which ticks begin in a track."""
    loud = np.flatnonzero(np.abs(samples[0]) > 0.35)
    starts = loud[np.diff(loud, prepend=-RATE) > RATE // 10]
    return [float(at / RATE) for at in starts]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", ["mp4", "mkv", "mov"])
def test_a_film_is_counted_without_being_decoded(tmp_path, rate, kind):
    film = look(make_film(tmp_path / f"film.{kind}", 95, rate))
    assert (film.frames, film.rate, film.seconds) == (95, rate, 95 / rate)
    assert film.steady
    assert not film.sounding


def test_pictures_that_come_unevenly_are_as_long_as_they_are_shown(tmp_path):
    times = [0, 40, 95, 300, 320, 720, 740, 1000]
    film = look(make_film(tmp_path / "film.mkv", 8, Fraction(25), times=times))
    assert not film.steady
    assert abs(float(film.seconds) - (1.0 + 1.0 / 7)) < 0.002
    assert film.frame_at(Fraction(31, 100)) == 3


@pytest.mark.parametrize("rate", RATES)
def test_hard_cuts_are_found_to_the_frame(tmp_path, rate):
    film = look(make_film(tmp_path / "film.mp4", 120, rate, [30, 61, 100]))
    assert shot_starts(film) == (0, 30, 61, 100)


def test_a_piece_shows_its_stretch_and_is_the_same_bytes_again(tmp_path):
    film = look(make_film(tmp_path / "film.mp4", 144, Fraction(24), [48, 96], size=(96, 54)))
    path, seen = piece(film, Fraction(1), Fraction(4), tmp_path / "a")
    again, same = piece(film, Fraction(1), Fraction(4), tmp_path / "b")
    assert path.read_bytes() == again.read_bytes()
    assert seen == same
    assert seen.sha256 == sha256_of(path)
    with av.open(str(path)) as container:
        shown = container.streams.video[0]
        assert (shown.frames, shown.average_rate) == (100, PIECE_RATE)
        assert not container.streams.audio
    # Cuts at 2 and 4 s of the film are 1 and 3 s into the piece.
    assert jumps(path) == [1.0, 3.0]


def test_a_piece_goes_on_with_the_last_picture(tmp_path):
    film = look(make_film(tmp_path / "film.mp4", 12, Fraction(24)))
    path, _ = piece(film, Fraction(0), Fraction(1), tmp_path)
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 25


def test_chunks_tile_the_film_and_overlap():
    plan = plan_of(NTSC, [0, 300, 301, 600])
    seconds = 600 / NTSC
    chunks = chunks_of(plan, seconds, 30)
    assert chunks[0].start == 0
    assert chunks[-1].end == seconds
    for before, after in pairwise(chunks):
        cut = after.cue.start / NTSC
        assert (after.start, before.end) == (cut - LEAD, cut + TAIL)
    assert all(chunk.asked % GRAIN == 0 and chunk.asked >= 1 for chunk in chunks)
    assert all(0 <= chunk.asked - (chunk.end - chunk.start) < 1 for chunk in chunks)


def test_what_no_source_could_make_at_a_time_is_refused():
    with pytest.raises(InvalidInput, match=r"cue f001 lasts 40\.12 s"):
        chunks_of(plan_of(Fraction(25), [0, 1000, 1100]), Fraction(44), 30)
    with pytest.raises(InvalidInput, match="too short to be joined"):
        room(1.5)
    assert room(30) + float(LEAD + TAIL + GRAIN) == 30
    assert room(float("inf")) > 3000


@pytest.mark.parametrize(
    "rate", [NTSC, *(pytest.param(rate, marks=pytest.mark.slow) for rate in RATES[:2])]
)
def test_95_seconds_are_95_seconds_to_the_sample(tmp_path, rate):
    frames = round(95 * rate)
    cuts = [round(second * rate) for second in (13, 31, 47, 70)]
    film = make_film(tmp_path / "film.mp4", frames, rate, cuts, size=(32, 18))
    shop = FoleyShop(tmp_path / "shop", paid=False)
    shop.longest = 30.0
    _, track = sounded(film, plan_of(rate, [0, *cuts, frames]), shop, tmp_path / "takes")
    assert track.samples.shape == (1, sample_at(frames / rate))
    if rate.denominator == 1:
        assert track.samples.shape[1] == 95 * RATE
    assert track.came == len(track.parts) == 5
    # What is heard with a cut is heard when it is seen, within a picture of the piece.
    assert np.allclose(ticks_in(track.samples), [float(cut / rate) for cut in cuts], atol=0.021)
    # Pieces of −30 to −36 dB lie at one loudness.
    assert max(abs(part.step) for part in track.parts[1:]) < 0.5
    assert len({round(part.gain, 1) for part in track.parts}) > 3
    assert not told(track.parts, {})


def test_a_join_neither_clicks_nor_dips(tmp_path):
    rate = Fraction(25)
    shop = FoleyShop(tmp_path / "shop", paid=False)
    shop.ticks = False
    film = make_film(tmp_path / "film.mp4", 250, rate, [125])
    _, track = sounded(film, plan_of(rate, [0, 125, 250]), shop, tmp_path / "takes")
    heard = track.samples[0]
    part = track.parts[1]
    assert (part.start, part.fade) == (sample_at(5 - LEAD), sample_at(LEAD + TAIL))
    jump = np.abs(np.diff(heard))
    join = jump[part.start - 100 : part.start + part.fade + 100]
    assert join.max() < 1.5 * np.percentile(jump, 99.9)
    levels = [
        loudness(track.samples[:, at : at + RATE // 2], RATE).integrated
        for at in (part.start - RATE, part.start, part.start + part.fade // 4, part.start + RATE)
    ]
    assert max(levels) - min(levels) < 1.0
    assert heard[0] == heard[-1] == 0.0


def test_steady_tones_do_not_bend_where_they_are_joined():
    """White noise would hide a click; tones of two pitches bend nowhere more than 3 dB over."""
    chunks = chunks_of(plan_of(Fraction(25), [0, 100, 200]), Fraction(8), 30)
    t = np.arange(6 * RATE) / RATE
    takes = {
        name: Pcm(np.sin(2 * np.pi * hertz * t)[None].astype(np.float32) * 0.2, RATE)
        for name, hertz in (("f001", 300.0), ("f002", 410.0))
    }
    track, placed = joined(chunks, takes, 8 * RATE, 1)
    sharp = np.abs(np.diff(track[0].astype(np.float64), 2))
    first, last = placed[1].start, placed[1].start + placed[1].fade
    beside = max(sharp[RATE:first].max(), sharp[last : last + RATE].max())
    assert sharp[first - 100 : last + 100].max() < 1.5 * beside
    hard = np.concatenate([track[0, :first], track[0, last:]])
    assert np.abs(np.diff(hard, 2)).max() > 5 * beside


def test_a_gap_is_silent_and_faded_into():
    plan = plan_of(Fraction(25), [0, 100, 200, 300])
    chunks = chunks_of(plan, Fraction(12), 30)
    tone = Pcm(np.full((1, 6 * RATE), 0.2, np.float32) * np.sin(np.arange(6 * RATE) / 20), RATE)
    tone = Pcm(tone.samples.astype(np.float32), RATE)
    track, placed = joined(chunks, {"f001": tone, "f003": tone}, 12 * RATE, 2)
    assert track.shape == (2, 12 * RATE)
    assert np.all(track[:, sample_at(4 + TAIL) : sample_at(8 - LEAD)] == 0)
    assert np.abs(np.diff(track)).max() < 0.02  # 0.2 × 1 / 20 and nothing else
    assert placed[1].loudness is None
    assert placed[2].step is None


def test_beds_meet_where_pieces_overlap():
    """Takes whose level wanders have one loudness each, and still meet at another one."""
    chunks = chunks_of(plan_of(Fraction(25), [0, 200, 400]), Fraction(16), 30)
    rng = np.random.default_rng(5)
    t = np.arange(9 * RATE) / RATE
    swell = 10 ** (-(30 + 2.5 * np.cos(np.pi * t / 8)) / 20)
    takes = {
        name: Pcm((rng.standard_normal(t.size) * swell)[None].astype(np.float32), RATE)
        for name in ("f001", "f002")
    }
    slammed = takes["f001"].samples.copy()
    slammed[0, round(7.8 * RATE) :][:500] += 0.4  # an event in one of them does not count
    takes["f001"] = Pcm(slammed, RATE)
    track, placed = joined(chunks, takes, 16 * RATE, 1)
    levels = [
        10 * np.log10(np.square(track[0, round(at * RATE) :][: RATE // 4]).mean())
        for at in (6.9, 7.2, 8.2, 8.6)
    ]
    assert max(levels) - min(levels) < 1.0  # they differ by 5 dB as they come
    assert abs(placed[1].step) < 1.0


@pytest.mark.parametrize(
    ("slack", "says"),
    [(0.04, False), (0.4, True)],
)
def test_a_piece_that_is_too_short_ends_in_silence_and_is_told(slack, says):
    chunks = chunks_of(plan_of(Fraction(25), [0, 100]), Fraction(4), 30)
    n = round((4 - slack) * RATE)
    noise = np.random.default_rng(1).standard_normal((1, n)).astype(np.float32) * 0.1
    track, placed = joined(chunks, {"f001": Pcm(noise, RATE)}, 4 * RATE, 1)
    assert np.all(track[:, n:] == 0)
    assert ("0.40 s shorter" in " ".join(placed[0].remarks)) == says


def test_a_fault_in_one_piece_leaves_the_others(tmp_path):
    rate = Fraction(25)
    film = make_film(tmp_path / "film.mp4", 300, rate, [100, 200])
    shop = FoleyShop(
        tmp_path / "shop",
        faults={("submit", 1): [busy], ("submit", 2): [telling(refused=True)],
                ("poll", 3): [failing()]},
    )  # fmt: skip
    _, track = sounded_paid(film, plan_of(rate, [0, 100, 200, 300]), shop, tmp_path / "takes")
    assert [part.take is not None for part in track.parts] == [True, False, True]
    assert track.parts[2].seed == 103  # of the seed that came
    assert "told off" in track.parts[1].remarks[0]
    assert told(track.parts, {"f002": (4.0, 8.0)})[0].startswith("f002 (4.00 to 8.00 s): nothing")
    assert track.samples.shape == (1, 12 * RATE)


def sounded_paid(film, plan, shop, folder):
    """The same with money."""
    from support.shop import Wallet

    clock = Clock()
    asked = orders(plan, shop, folder, film=look(film))
    made = fulfil(
        asked.wanted, source=shop, folder=folder, progress=silent, purse=Wallet(),
        patience=Patience(clock=clock, sleep=clock.sleep),
    )  # fmt: skip
    return asked, track_of(asked, made, folder)


def test_no_video_and_no_picture_are_named(tmp_path):
    (tmp_path / "words.mp4").write_text("no film")
    with pytest.raises(InvalidInput, match=r"words\.mp4 cannot be read as a video"):
        look(tmp_path / "words.mp4")
    with pytest.raises(InvalidInput, match="cannot read"):
        look(tmp_path / "none.mp4")
