"""Clips are decoded on the frame, fitted, mixed, and become segments that believe their hash."""

from fractions import Fraction

import av
import numpy as np
import pytest

from songreel.assembly.conform import conform, is_made, segment_path
from songreel.assembly.edit import edit
from songreel.assembly.fit import fit
from songreel.assembly.pictures import dim, lighten, picture_of
from songreel.assembly.reader import ClipReader
from songreel.assembly.segments import pieces
from songreel.assembly.transitions.crossfade import crossfade, fade_weight
from songreel.assembly.transitions.dip import dip_level
from songreel.assembly.transitions.flash import flash_share
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from support.barcodes import HEIGHT, WIDTH, make_clip, picture, read, write
from support.films import CROSSFADE, CUT, DIP, film, song

RATE = Fraction(24)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of 120 frames with keyframes every 2 s."""
    folder = tmp_path_factory.mktemp("clip")
    return folder / make_clip(folder, 1, 120, RATE).file


def frames_read(path, first, count, rate=RATE, size=(WIDTH, HEIGHT)):
    reader = ClipReader(path, rate, "s01")
    return [picture_of(fit(frame, *size)) for frame in reader.frames(first, count)]


def numbers(pictures):
    found = [read(p[: p.shape[0] * 2 // 3]) for p in pictures]
    return [pair[1] if pair else None for pair in found]


@pytest.mark.parametrize("first", [0, 1, 23, 47, 48, 49, 71, 95, 113])
def test_a_stretch_starts_on_its_exact_frame(clip, first):
    assert numbers(frames_read(clip, first, 7)) == list(range(first, first + 7))


def test_beyond_its_ends_a_clip_holds_its_first_and_last_picture(clip):
    assert numbers(frames_read(clip, -3, 5)) == [0, 0, 0, 0, 1]
    assert numbers(frames_read(clip, 117, 6)) == [117, 118, 119, 119, 119, 119]


@pytest.mark.parametrize("own", [Fraction(12), Fraction(30), Fraction(60), Fraction(24000, 1001)])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_clip_of_another_rate_is_picked_by_time(tmp_path, own, suffix):
    path = tmp_path / f"clip.{suffix}"
    write(path, 60, own, lambda i: picture(2, i))
    on_screen = [min(59, int((k + Fraction(1, 4)) / RATE * own)) for k in range(36)]
    assert numbers(frames_read(path, 0, 24)) == on_screen[:24]
    assert numbers(frames_read(path, 32, 4)) == on_screen[32:]


@pytest.mark.parametrize("size", [(256, 72), (128, 144), (256, 144), (64, 36)])
def test_a_clip_of_another_shape_fills_the_frame_from_its_middle(tmp_path, size):
    """A grey picture with a white middle of the film's shape: only that may be left."""
    wide, high = size
    scale = min(Fraction(wide, WIDTH), Fraction(high, HEIGHT))
    inner = int(WIDTH * scale), int(HEIGHT * scale)
    whole = np.full((high * 3 // 2, wide), 128, np.uint8)
    left, top = (wide - inner[0]) // 2, (high - inner[1]) // 2
    whole[top : top + inner[1], left : left + inner[0]] = 220
    path = tmp_path / "clip.mp4"
    write(path, 2, RATE, lambda _: whole, crf=1)
    fitted = frames_read(path, 0, 1)[0]
    assert fitted.shape == (HEIGHT * 3 // 2, WIDTH)
    # Lanczos rings for three pixels at a hard edge.
    assert np.abs(fitted[4 : HEIGHT - 4, 4:-4].astype(int) - 220).max() <= 3


def test_a_fitting_clip_is_passed_on_without_conversion(clip):
    direct = []
    with av.open(str(clip)) as container:
        direct = [frame.to_ndarray() for frame in container.decode(video=0)]
    for ours, theirs in zip(frames_read(clip, 0, 5), direct, strict=False):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("matrix", "full", "expected"),
    [(1, False, (63, 102, 240)), (5, False, (63, 102, 240)), (1, True, (63, 102, 240))],
    ids=["BT.709", "BT.601", "full range"],
)
def test_red_stays_red_whatever_matrix_a_clip_is_coded_in(tmp_path, matrix, full, expected):
    path = tmp_path / "red.mp4"
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[..., 0] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 2 if full else 1
        frame = av.VideoFrame.from_ndarray(red, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=matrix, dst_color_range=2 if full else 1,
            src_color_range=2,
        )  # fmt: skip
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    fitted = frames_read(path, 0, 1)[0]
    found = (
        fitted[:HEIGHT].mean(),
        fitted[HEIGHT : HEIGHT * 5 // 4].mean(),
        fitted[HEIGHT * 5 // 4 :].mean(),
    )
    # BT.709 limited red is (63, 102, 240); coding and rounding move it by a level or two.
    assert found == pytest.approx(expected, abs=2.5)


def test_a_fade_gives_half_at_its_cut_and_not_before():
    for n in (1, 2, 3, 10, 11, 48):
        weights = [fade_weight(i, n) for i in range(n)]
        assert weights == sorted(weights)
        assert weights[n // 2] >= 0.5
        assert all(w < 0.5 for w in weights[: n // 2])


def test_a_dip_is_black_at_its_cut_only():
    for n in (1, 2, 3, 12, 13):
        levels = [dip_level(i, n) for i in range(n)]
        assert [i for i, level in enumerate(levels) if level == 0] == [n // 2]
        assert all(0 <= level < 1 for level in levels)


def test_a_flash_dies_away():
    shares = [flash_share(i, 6) for i in range(7)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5
    assert shares[6] == 0


def test_dims_to_black_and_lights_to_white():
    black, white = dim(picture(1, 0), 0), lighten(picture(1, 0), 1)
    assert (black[:HEIGHT] == 16).all()
    assert (white[:HEIGHT] == 235).all()
    assert (black[HEIGHT:] == 128).all()
    assert (white[HEIGHT:] == 128).all()


def test_a_cross_fade_mixes_light():
    """Half of white and half of black is half the light: code 0.5 ** (1 / 2.4), not code 0.5."""
    black, white = np.full((108, 128), 128, np.uint8), np.full((108, 128), 128, np.uint8)
    black[:72], white[:72] = 16, 235
    mixed = crossfade(black, white, 0.5)
    assert mixed[:72].mean() == pytest.approx(16 + 219 * 0.5 ** (1 / 2.4), abs=1)
    assert mixed[72:].mean() == pytest.approx(128, abs=0.5)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_cross_fade_begins_and_ends_without_a_step(weight):
    soft = [np.repeat(np.linspace(lo, hi, 128), 108).reshape(128, 108).T.astype(np.uint8)
            for lo, hi in ((40, 220), (200, 50))]  # fmt: skip
    for planes in soft:
        planes[72:] = 124
    mixed = crossfade(soft[0], soft[1], weight)
    difference = mixed.astype(int) - soft[int(weight)]
    assert abs(difference[:72].mean()) < 0.1
    assert np.abs(difference).max() <= 2


def test_segments_tile_the_film_and_know_nothing_of_their_place(tmp_path):
    fades = [CUT, CROSSFADE, DIP, CUT]
    early = film(tmp_path / "a", song(4.0), [0, 1.0, 2.0, 3.0], fades)
    timeline = edit(early.storyboard, early.clips, early.spec)
    segments = pieces(timeline, early.spec)
    assert [s.first for s in segments[1:]] == [s.last for s in segments[:-1]]
    assert (segments[0].first, segments[-1].last) == (0, timeline.frames)
    moved = film(tmp_path / "b", song(4.5), [0, 1.5, 2.5, 3.5], fades)
    again = edit(moved.storyboard, moved.clips, moved.spec)
    prints = [[s.fingerprint for s in pieces(t, early.spec)] for t in (timeline, again)]
    same = [a == b for a, b in zip(*prints, strict=True)]
    # The first shot is longer now, so its body and the fade out of it are others.
    assert same == [False, False, True, True, True, True]


def test_what_decides_the_pixels_decides_the_fingerprint(tmp_path):
    made = film(tmp_path, song(2.0), [0, 1.0], [CUT, CROSSFADE])
    timeline = edit(made.storyboard, made.clips, made.spec)
    base = [s.fingerprint for s in pieces(timeline, made.spec)]
    for change in ({"crf": 23}, {"format": "mov"}, {"rate": Fraction(25)}, {"width": 256}):
        other = pieces(timeline, made.spec.model_copy(update=change))
        assert not set(base) & {s.fingerprint for s in other}
    matroska = pieces(timeline, made.spec.model_copy(update={"format": "mkv"}))
    assert base == [s.fingerprint for s in matroska]  # the same picture in another container


def one_segment(tmp_path):
    made = film(tmp_path, song(1.0), [0])
    segment = pieces(edit(made.storyboard, made.clips, made.spec), made.spec)[0]
    folder = tmp_path / "segments"
    conform(segment, tmp_path, folder, lambda: None)
    return segment, folder


def test_a_segment_is_believed_only_by_its_hash(tmp_path):
    segment, folder = one_segment(tmp_path)
    assert is_made(folder, segment)
    path = segment_path(folder, segment)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert not is_made(folder, segment)
    path.write_bytes(whole)
    assert is_made(folder, segment)
    path.with_suffix(".json").unlink()
    assert not is_made(folder, segment)


def test_a_segment_is_made_twice_alike(tmp_path):
    segment, folder = one_segment(tmp_path)
    path = segment_path(folder, segment)
    before = sha256_of(path)
    conform(segment, tmp_path, folder, lambda: None)
    assert sha256_of(path) == before
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [path.name, path.with_suffix(".json").name]
    )


def test_a_segment_is_flagged_bt709_limited(tmp_path):
    segment, folder = one_segment(tmp_path)
    with av.open(str(segment_path(folder, segment))) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        assert context.pix_fmt == "yuv420p"
        assert context.profile == "High"


def test_a_clip_that_is_no_film_is_said(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not a film" * 100)
    with pytest.raises(InvalidInput, match=r"shot s01: its clip .*clip\.mp4 cannot be read"):
        frames_read(path, 0, 1)
