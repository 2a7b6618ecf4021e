"""Clips shown at other moments than they were shot at: nearest, blended, motion-compensated."""

from fractions import Fraction

import av
import numpy as np
import pytest

from songreel.assembly.edit import edit
from songreel.assembly.fit import fit
from songreel.assembly.pictures import picture_of, planes
from songreel.assembly.reader import ClipReader
from songreel.assembly.render import render
from songreel.models.errors import InvalidInput
from songreel.models.progress import silent
from support.barcodes import make_clip, read, read_film
from support.films import film, song
from support.movers import SIZE, drift, make_moving, swing

RATE = Fraction(24)


def shown(path, moments, between="nearest", rate=RATE):
    reader = ClipReader(path, rate, "s00")
    return [fit(frame, *SIZE) for frame in reader.at(moments, between)]


def lumas(path, moments, between="nearest"):
    return [planes(picture_of(frame))[0].astype(float) for frame in shown(path, moments, between)]


def numbers(path, moments, between="nearest", rate=RATE):
    frames = ClipReader(path, rate, "s00").at(moments, between)
    return [read(frame.to_ndarray()[: frame.height])[1] for frame in frames]


@pytest.fixture(scope="module")
def barcodes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("barcodes")
    return folder / make_clip(folder, 1, 60, RATE).file


@pytest.mark.parametrize("between", ["nearest", "blend", "flow"])
def test_at_its_own_speed_a_clip_shows_its_own_pictures(barcodes, between):
    moments = [float(k) for k in range(5, 40)]
    assert numbers(barcodes, moments, between) == list(range(5, 40))


def test_nearest_shows_the_nearer_picture_and_the_earlier_of_two(barcodes):
    moments = [3.0, 3.4, 3.5, 3.6, 4.4, 50.2, 50.7]
    assert numbers(barcodes, moments) == [3, 3, 3, 4, 4, 50, 51]


def test_moments_beyond_the_ends_show_the_first_and_the_last(barcodes):
    assert numbers(barcodes, [-3.0, -0.5, 0.0, 58.9, 59.0, 59.5, 80.0], "flow") == [
        0, 0, 0, 59, 59, 59, 59,
    ]  # fmt: skip


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30)])
def test_whole_moments_show_what_plain_reading_shows_at_another_rate(tmp_path, rate):
    """Half a picture apart at most, where the rates differ."""
    path = tmp_path / make_clip(tmp_path, 2, 60, RATE).file
    reader = ClipReader(path, rate, "s00")
    plain = [read(f.to_ndarray()[: f.height])[1] for f in reader.frames(0, 40)]
    nearest = numbers(path, [float(k) for k in range(40)], rate=rate)
    assert max(abs(a - b) for a, b in zip(plain, nearest, strict=True)) <= 1


def test_time_does_not_run_backwards(barcodes):
    with pytest.raises(ValueError, match=r"2\.0 comes after 3\.0"):
        numbers(barcodes, [3.0, 2.0])


def test_a_clip_that_is_gone_is_told_with_its_shot(tmp_path):
    with pytest.raises(InvalidInput, match=r"shot s00: its clip .*gone\.mp4 cannot be read"):
        shown(tmp_path / "gone.mp4", [0.5], "flow")


def test_flow_sees_what_was_between_better_than_a_blend_and_that_better_than_nothing(tmp_path):
    """A clip at 48 fps, of which every second picture is left out and asked for again."""
    mover = swing([1.0])
    fine = tmp_path / make_moving(tmp_path, mover, 2.0, Fraction(48), name="fine", crf=8).file
    coarse = tmp_path / make_moving(tmp_path, mover, 2.0, RATE, name="coarse", crf=8).file
    truth = lumas(fine, [k + 0.5 for k in range(10, 38)])
    error = {}
    for between in ("nearest", "blend", "flow"):
        made = lumas(coarse, [k + 0.5 for k in range(10, 38)], between)
        error[between] = np.mean([(a - b) ** 2 for a, b in zip(made, truth, strict=True)])
    # 3 dB and more each, measured: 30, 33 and 40 dB on larger pictures.
    assert error["blend"] < error["nearest"] / 1.6
    assert error["flow"] < error["blend"] / 2


def test_what_was_carried_is_the_same_again(tmp_path):
    path = tmp_path / make_moving(tmp_path, drift(speed=40.0), 1.0).file
    moments = [k * 0.8 for k in range(20)]
    once, again = (lumas(path, moments, "flow") for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_where_nothing_leads_from_one_picture_to_the_next_both_are_laid_over_each_other(tmp_path):
    """A cut: no flow explains it."""
    one, other = drift(seed=1), drift(seed=9)
    mover = type(one)("cut", (), lambda t: (one if t < 0.5 else other).paint(t))
    path = tmp_path / make_moving(tmp_path, mover, 1.0).file
    (flowing,), (laid,) = (lumas(path, [11.5], between) for between in ("flow", "blend"))
    assert np.array_equal(flowing, laid)


def test_colours_of_a_full_range_clip_stay_what_they_were(tmp_path):
    """A picture made between two is read as the two are."""
    path = tmp_path / "full.mkv"
    grey = np.full((108 * 3 // 2, 192), 128, np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        stream.codec_context.color_range = 2
        for i in range(10):
            grey[:108] = 30 + 10 * i
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            frame.color_range = 2
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    whole = lumas(path, [3.0, 4.0], "blend")
    (half,) = lumas(path, [3.5], "blend")
    assert whole[0].mean() < half.mean() < whole[1].mean()


def test_a_retimed_shot_shows_in_the_film_what_the_timeline_says(tmp_path):
    """And a shot beside it, and the film's length, are as before."""
    made = film(tmp_path, song(2.0), [0.0, 1.0])
    timeline = edit(made.storyboard, made.clips, made.spec)
    first, second = timeline.cuts
    slow = first.model_copy(update={"retime": ((0, 0.0), (8, 4.0), (24, 23.0)), "source": 1})
    output = tmp_path / "film.mp4"
    render(
        timeline.model_copy(update={"cuts": (slow, second)}), made.sound, made.spec,
        project=tmp_path, output=output, workers=2, progress=silent,
    )  # fmt: skip
    seen = read_film(output)
    expected = [min(-int(-(slow.shown(k) - 0.5) // 1), 23) for k in range(24)]
    assert seen == [(1, k) for k in expected] + [(2, k) for k in range(24)]
