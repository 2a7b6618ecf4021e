"""The user's own clips and photos: what can be read, and which frames are seen."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from songreel.generation.footage.decode import Developer, Shape
from songreel.generation.footage.source import open_library
from songreel.generation.footage.span import Span
from songreel.models.errors import InvalidInput
from support.footage import shown, wanted
from support.pictures import (
    number_in,
    numbered,
    scenery,
    with_orientation,
    write_photo,
    write_video,
)

# What can be read


def test_a_folder_of_everything_is_read_and_what_is_left_out_is_named(tmp_path):
    write_photo(tmp_path / "a.jpg", scenery(200, 120))
    write_photo(tmp_path / "sub.png", scenery(120, 200))
    for name in ("b.webp", "c.bmp", "d.tiff"):
        write_photo(tmp_path / name, scenery(160, 100, hue=len(name) * 10.0 + ord(name[0])))
    for i, name in enumerate(["e.mp4", "f.mov", "g.mkv", "h.avi"]):
        write_video(tmp_path / name, [numbered(i)] * 20)
    write_video(tmp_path / "i.webm", [numbered(9)] * 20, codec="libvpx")
    (tmp_path / ".hidden.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    (tmp_path / ".thumbs").mkdir()
    write_photo(tmp_path / ".thumbs" / "x.jpg", scenery(100, 80))
    (tmp_path / "copy.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "broken.mp4").write_bytes((tmp_path / "e.mp4").read_bytes()[:300])
    (tmp_path / "lie.jpg").write_text("<html>")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    write_photo(tmp_path / "icon.png", scenery(16, 16))
    library = open_library(tmp_path, workers=2)
    assert [source.name for source in library.sources] == [
        "a.jpg", "b.webp", "c.bmp", "d.tiff", "e.mp4", "f.mov", "g.mkv", "h.avi", "i.webm",
        "sub.png",
    ]  # fmt: skip
    assert library.left_out == (
        "broken.mp4 cannot be decoded; it is damaged or no video",
        "copy.jpg is the same file as a.jpg",
        "empty.mp4 is empty",
        "icon.png is 16×16 pixels, too small to show",
        "lie.jpg cannot be decoded here",
        "notes.txt is neither a video nor a photo",
        "phone.heic cannot be decoded here; export it as JPEG",
    )


def test_a_folder_without_anything_usable_says_what_was_found(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist"):
        open_library(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="empty is empty; put video clips or photos into it"):
        open_library(tmp_path / "empty")
    (tmp_path / "song.txt").write_text("la")
    with pytest.raises(InvalidInput, match=r"\(1 files\): song.txt is neither a video nor a photo"):
        open_library(tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(tmp_path, orientation):
    upright = np.full((90, 160, 3), 60, np.uint8)
    upright[:30, :50] = (250, 40, 40)  # red in the corner, top left
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.swapaxes(0, 1), 6: np.rot90(upright), 7: np.rot90(upright[::-1]),
        8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    path = write_photo(tmp_path / "a.jpg", np.ascontiguousarray(stored))
    with_orientation(path, orientation)
    frame = shown(path, wanted(2))[0]
    assert frame[8, 12, 0] > 180 > 120 > frame[8, 12, 1]
    for y, x in ((8, 115), (62, 12), (62, 115)):
        assert frame[y, x, 0] < 120


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_phone_video_stands_upright(tmp_path, rotation):
    upright = np.full((128, 72, 3), 60, np.uint8)
    upright[:40, :30] = (250, 40, 40)
    if rotation == 180:
        upright = np.full((72, 128, 3), 60, np.uint8)
        upright[:30, :40] = (250, 40, 40)
    stored = np.rot90(upright, {90: 3, 180: 2, 270: 1}[rotation])
    path = write_video(tmp_path / "a.mp4", [stored] * 20, rotation=rotation)
    size = {"width": upright.shape[1], "height": upright.shape[0]}
    frame = shown(path, wanted(2, **size))[0]
    assert frame[10, 10, 0] > 180
    assert max(frame[10, -10, 0], frame[-10, 10, 0], frame[-10, -10, 0]) < 120


def test_transparent_drawings_can_be_seen(tmp_path):
    for name, ink in (("dark.png", 10), ("light.png", 245)):
        drawing = np.zeros((72, 128, 4), np.uint8)
        cv2.circle(drawing, (64, 36), 20, (ink, ink, ink, 255), -1)
        frame = shown(write_photo(tmp_path / name, drawing), wanted(2))[0].astype(int)
        assert abs(frame[36, 64, 0] - frame[5, 5, 0]) > 150


@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv422p", "yuv444p", "yuvj420p"])
def test_other_pixel_formats_keep_their_colours(tmp_path, pixels):
    colour = (200, 120, 40)
    kind = {"codec": "mjpeg"} if pixels == "yuvj420p" else {}
    name = "a.avi" if kind else "a.mp4"
    path = write_video(
        tmp_path / name, [np.full((72, 128, 3), colour, np.uint8)] * 20, pixels=pixels, **kind
    )
    assert np.abs(shown(path, wanted(2))[1][30, 30].astype(int) - colour).max() <= 6


def test_an_hdr_recording_of_white_paper_is_white_and_grey_is_grey():
    """HLG as phones record it: diffuse white at 75 % of the signal (ITU-R BT.2408)."""
    develop = Developer(Shape(64, 64, 1.0, 25.0, 0), 64, 64)
    for scene, least, most in ((0.26, 235, 255), (0.26 * 0.18, 95, 130)):
        signal = np.sqrt(3 * scene) if scene <= 1 / 12 else (
            0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
        )  # fmt: skip
        frame = av.VideoFrame(64, 64, "yuv420p10le")
        for plane, value in zip(frame.planes, (64 + 876 * signal, 512, 512), strict=True):
            plane.update(np.full(plane.buffer_size // 2, round(value), np.uint16).tobytes())
        frame.colorspace, frame.color_range = 9, 1
        frame.color_trc, frame.color_primaries = 18, 9
        picture = develop(frame)
        assert np.ptp(picture) <= 3
        assert least <= picture.mean() <= most


def test_an_interlaced_tape_has_no_combs(tmp_path):
    fields = []
    for i in range(40):  # 25 frames a second of two fields each
        picture = np.full((96, 128, 3), 40, np.uint8)
        picture[:, 3 * i % 128 : 3 * i % 128 + 24] = 220
        fields.append(picture)
    woven = []
    for even, odd in zip(fields[::2], fields[1::2], strict=True):
        frame = even.copy()
        frame[1::2] = odd[1::2]
        woven.append(frame)
    path = tmp_path / "tape.mkv"
    write_video(
        path, woven, codec="mpeg2video",
        options={"flags": "+ildct+ilme", "top": "1", "b": "8000000"},
    )  # fmt: skip
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).interlaced_frame

    def comb(frame: np.ndarray) -> float:
        grey = frame[..., 1].astype(float)
        return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean())

    frames = shown(path, wanted(10, width=128, height=96))
    raw = np.mean([comb(frame) for frame in woven[2:10]])
    assert np.mean([comb(frame) for frame in frames[2:]]) < raw / 4


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    disc = np.full((72, 64, 3), 30, np.uint8)
    cv2.ellipse(disc, (32, 36), (12, 24), 0, 0, 360, (230, 230, 230), -1, cv2.LINE_AA)
    path = write_video(tmp_path / "a.mp4", [disc] * 20, aspect=Fraction(2))
    bright = shown(path, wanted(2))[0][..., 1] > 130
    assert np.ptp(np.nonzero(bright.any(axis=0))) == pytest.approx(
        np.ptp(np.nonzero(bright.any(axis=1))), abs=2
    )


@pytest.mark.parametrize("moving", [False, True])
def test_a_gif_is_a_video_or_a_photo(tmp_path, moving):
    write_video(
        tmp_path / "a.gif", [numbered(i) for i in range(20 if moving else 1)], codec="gif",
        pixels="rgb8", rate=Fraction(20),
    )  # fmt: skip
    source = open_library(tmp_path).sources[0]
    assert (source.video is not None) is moving
    frames = shown(source.path, wanted(12))
    if moving:
        assert [number_in(f) for f in frames[:4]] == [0, 1, 2, 2]  # 20 a second in 25


# Which frames are seen


def test_a_span_shows_its_frames_one_by_one(tmp_path):
    path = write_video(tmp_path / "a.mp4", [numbered(i) for i in range(60)])
    span = Span(open_library(tmp_path).sources[0].sha256, start=17 / 25)
    assert [number_in(f) for f in shown(path, wanted(20), span)] == list(range(17, 37))


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(60), Fraction(24000, 1001), Fraction(12)])
def test_another_rate_keeps_its_time(tmp_path, rate):
    path = write_video(tmp_path / "a.mp4", [numbered(i) for i in range(60)], rate=rate)
    seen = [number_in(f) for f in shown(path, wanted(20))]
    assert seen == [int((k + 0.5) / 25 * float(rate) + 1e-9) for k in range(20)]


def test_a_variable_rate_keeps_its_time(tmp_path):
    times = np.cumsum(np.tile([20, 70, 33, 40, 110], 8)) - 20
    pictures = [numbered(i) for i in range(len(times))]
    path = write_video(
        tmp_path / "a.mkv", pictures, times=[int(t) for t in times], options={"bf": "0"}
    )
    seen = [number_in(f) for f in shown(path, wanted(40))]
    due = [int(np.searchsorted(times, (k + 0.5) * 40, side="right")) - 1 for k in range(40)]
    assert seen == due


def test_a_retimed_span_runs_slower(tmp_path):
    path = write_video(tmp_path / "a.mp4", [numbered(i) for i in range(60)])
    span = Span(open_library(tmp_path).sources[0].sha256, speed=0.8)
    seen = [number_in(f) for f in shown(path, wanted(30), span)]
    assert seen == [int((k + 0.5) * 0.8) for k in range(30)]


def test_what_is_too_short_runs_forward_and_backward(tmp_path):
    path = write_video(tmp_path / "a.mp4", [numbered(i) for i in range(10)])
    span = Span(open_library(tmp_path).sources[0].sha256, turns_after=10 / 25)
    seen = [number_in(f) for f in shown(path, wanted(24), span)]
    assert seen == [*range(10), *range(8, 0, -1), *range(6)]


def test_a_file_that_ends_early_holds_its_last_frame(tmp_path):
    path = write_video(tmp_path / "a.mp4", [numbered(i) for i in range(20)])
    span = Span(open_library(tmp_path).sources[0].sha256, start=15 / 25)
    assert [number_in(f) for f in shown(path, wanted(8), span)] == [15, 16, 17, 18, 19, 19, 19, 19]


def test_a_span_reads_back_from_its_request():
    for span in (
        Span("ab" * 32),
        Span("cd" * 32, 12.345, 0.875, None),
        Span("e" * 64, 1.0, 1.0, 2.5),
    ):
        assert Span.of(wanted(source=span.to_source())) == span
    with pytest.raises(InvalidInput, match="not planned for footage"):
        Span.of(wanted(source=("builtin 1",)))
