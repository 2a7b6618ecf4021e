"""The user's own clips and photos: read, judged, chosen, fitted, moved."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from songreel.generation.footage.choose import choose
from songreel.generation.footage.decode import Developer, Shape
from songreel.generation.footage.fit import MOST_LOST, fit
from songreel.generation.footage.judge import APART
from songreel.generation.footage.moves import path as camera_path
from songreel.generation.footage.photo import BLURRED, SHARP, sharpness_of, small_grey
from songreel.generation.footage.scan import Looks, scan, windows
from songreel.generation.footage.show import show
from songreel.generation.footage.source import open_library
from songreel.generation.footage.span import Span
from songreel.generation.footage.still import moving_photo
from songreel.generation.provider import Context
from songreel.generation.providers.footage import Footage
from songreel.generation.runner import generate
from songreel.models.clip import ClipRequest, Drive
from songreel.models.errors import InvalidInput
from songreel.models.music import Curve
from songreel.models.progress import silent
from songreel.models.storyboard import CameraMove, ShotSize
from support.boards import SONG, SPEC, board
from support.makers import Painter
from support.pictures import (
    number_in,
    numbered,
    read_video,
    scenery,
    with_orientation,
    write_photo,
    write_video,
)

SIZE = (128, 72)


def wanted(frames: int = 24, seed: int = 7, **more) -> ClipRequest:
    fields = {
        "prompt": "a coast", "camera": CameraMove.STATIC, "size": ShotSize.WIDE,
        "palette": [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]], "energy": 0.5,
        "motion": 0.3, "width": SIZE[0], "height": SIZE[1], "rate": Fraction(25),
    }  # fmt: skip
    return ClipRequest(**(fields | {"frames": frames, "seed": seed} | more))


def shown(path: Path, request: ClipRequest, span: Span | None = None) -> list[np.ndarray]:
    """Every frame of `request` from the one file at `path`."""
    source = next(s for s in open_library(path.parent).sources if s.path == path)
    request = request.model_copy(update={"source": (span or Span(source.sha256)).to_source()})
    return [frame.copy() for frame in show(source, (0.5, 0.5), request)]


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


# Fitting


@pytest.mark.parametrize("frame", [(1280, 720), (720, 1280), (720, 720), (720, 900)])
@pytest.mark.parametrize(
    "source",
    [(1920, 1080), (1080, 1920), (4000, 3000), (3000, 4000), (1000, 1000), (4000, 900), (50, 40),
     (2560, 1072), (641, 359)],
)  # fmt: skip
def test_a_picture_fills_the_frame_or_is_shown_nearly_whole(source, frame):
    place = fit(source, frame)
    (w, h), (W, H) = source, frame
    assert place.width / place.height == pytest.approx(w / h, rel=0.01)
    visible = min(place.width, W) * min(place.height, H) / (place.width * place.height)
    if place.fills:
        assert place.left <= 0
        assert place.top <= 0
        assert place.left + place.width >= W
        assert place.top + place.height >= H
        assert visible >= 1 - MOST_LOST - 0.01
    else:
        assert visible >= 0.79
        assert place.width / w <= 3.01


def test_an_upright_photo_in_a_wide_frame_has_no_black_bars(tmp_path):
    path = write_photo(tmp_path / "a.jpg", scenery(400, 600))
    frame = shown(path, wanted(2, width=320, height=180))[0]
    bars = np.concatenate([frame[:, :60], frame[:, -60:]], axis=1)
    assert bars.mean() > 25
    assert bars.max(axis=(0, 1)).min() < frame.max(axis=(0, 1)).min()  # and they are dimmer
    assert np.abs(np.diff(bars[:, :60].astype(int), axis=1)).max() <= 6  # soft


# Moves


@pytest.mark.parametrize("move", CameraMove)
@pytest.mark.parametrize("shape", [(640, 360), (600, 400), (400, 600), (900, 300)])
def test_no_move_shows_what_is_beyond_the_picture(move, shape):
    width, height = 160, 90
    room = (max(1.0, shape[0] / shape[1] / (16 / 9)), max(1.0, 16 / 9 / (shape[0] / shape[1])))
    for seconds, motion in ((0.4, 0.0), (3.0, 0.5), (12.0, 1.0)):
        views = camera_path(move, 30, seconds, motion, room, (room[0] * 0.4, -room[1] * 0.3), 5)
        for view in views:
            turn = np.radians(view.turn)
            for sx, sy in ((1, 1), (1, -1)):
                x = (sx * width * np.cos(turn) - sy * height * np.sin(turn)) / 2 / view.zoom
                y = (sx * width * np.sin(turn) + sy * height * np.cos(turn)) / 2 / view.zoom
                assert abs(view.x) + abs(x) / width <= room[0] / 2 + 1e-6
                assert abs(view.y) + abs(y) / height <= room[1] / 2 + 1e-6


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [(CameraMove.PAN_LEFT, 0, 1), (CameraMove.PAN_RIGHT, 0, -1), (CameraMove.TILT_UP, 1, 1),
     (CameraMove.TILT_DOWN, 1, -1), (CameraMove.TRACK_RIGHT, 0, -1), (CameraMove.CRANE_UP, 1, 1)],
)  # fmt: skip
def test_a_move_goes_where_its_name_says_without_jitter(move, axis, sign):
    """A dot of 1/20 of the height is followed; what is seen moves against the camera."""
    photo = np.full((720, 1280, 3), 30, np.uint8)
    cv2.circle(photo, (640, 360), 36, (235, 235, 235), -1, cv2.LINE_AA)
    request = wanted(50, camera=move, width=320, height=180)
    track = []
    for frame in moving_photo(photo, (0.5, 0.5), request):
        light = frame[..., 1].astype(float) - 30
        across, down = light.sum(axis=0), light.sum(axis=1)
        track.append([(s * np.arange(s.size)).sum() / s.sum() for s in (across, down)])
    way = np.array(track)
    assert sign * (way[-1, axis] - way[0, axis]) > 3
    assert np.all(sign * np.diff(way[:, axis]) > -0.01)
    time = np.linspace(-1, 1, len(way))
    smooth = np.polyval(np.polyfit(time, way[:, axis], 6), time)
    assert np.abs(way[:, axis] - smooth).max() < 0.05  # pixels; 1/32 is OpenCV's finest step


def test_a_push_comes_closer_and_a_pull_goes_back():
    photo = scenery(640, 360)
    sizes = {}
    for move in (CameraMove.PUSH_IN, CameraMove.PULL_OUT):
        frames = [f.copy() for f in moving_photo(photo, (0.5, 0.5), wanted(50, camera=move))]
        sizes[move] = [int((f.min(axis=2) > 200).sum()) for f in (frames[0], frames[-1])]
    assert sizes[CameraMove.PUSH_IN][0] < sizes[CameraMove.PUSH_IN][1]
    assert sizes[CameraMove.PULL_OUT][0] > sizes[CameraMove.PULL_OUT][1]


def test_fine_texture_does_not_flicker_as_the_frame_passes_over_it():
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 256, (720, 1280, 1), dtype=np.uint8).repeat(3, axis=2)
    grain = cv2.normalize(cv2.GaussianBlur(grain, (0, 0), 1.2), None, 0, 255, cv2.NORM_MINMAX)
    request = wanted(40, camera=CameraMove.PAN_LEFT, motion=0.1, width=640, height=360)
    sharp = [
        cv2.Laplacian(frame[..., 1], cv2.CV_32F)[8:-8, 8:-8].std()
        for frame in moving_photo(grain, (0.5, 0.5), request)
    ]
    assert max(sharp) / min(sharp) < 1.02


# Choosing


def test_a_cut_inside_a_video_is_found(tmp_path):
    first = [scenery(160, 90, 40, 2.0 * i) for i in range(50)]
    second = [scenery(160, 90, 220, 900 + 2.0 * i)[:, ::-1] for i in range(75)]
    write_video(tmp_path / "a.mp4", [*first, *second])
    library = open_library(tmp_path)
    (look,) = scan(library.sources).values()
    assert len(look.stretches) == 2
    (a, b), (c, d) = look.stretches
    assert (a, d) == (0.0, pytest.approx(5.0, abs=0.05))
    assert b < 2.0 <= c <= 2.0 + 1 / 8 + 0.01


def test_a_pan_has_no_cut(tmp_path):
    write_video(tmp_path / "a.mp4", [scenery(160, 90, 40, 6.0 * i) for i in range(100)])
    library = open_library(tmp_path)
    (look,) = scan(library.sources).values()
    assert look.stretches == ((0.0, pytest.approx(4.0, abs=0.01)),)


def test_a_long_file_is_looked_at_in_windows_over_its_whole_length():
    assert windows(30.0, 60.0) == [(0.0, 30.0)]
    spans = windows(3600.0, 60.0)
    assert len(spans) == 15
    assert spans[0][0] < 240 < 3360 < spans[-1][1] < 3600
    assert all(b - a == pytest.approx(4.0) for a, b in spans)


def folder_of(tmp_path: Path, photos: int, videos: int = 0) -> Path:
    folder = tmp_path / f"of {photos} and {videos}"
    folder.mkdir(exist_ok=True)
    for i in range(photos):
        write_photo(folder / f"p{i:02d}.jpg", scenery(160, 90, hue=i * 23.0))
    for i in range(videos):
        frames = [scenery(128, 72, i * 50.0, (1 + 3.0 * i) * k) for k in range(200)]
        write_video(folder / f"v{i}.mp4", frames)
    return folder


FLAT = Curve(rate=10.0, values=(0.5,))


def film_of(count: int, frames: int = 50, **changed) -> dict[str, ClipRequest]:
    """Shots of `frames` each, end to end, in a song of 200 s."""
    film = {}
    for i in range(count):
        start, end = i * frames / 25 / 200, (i + 1) * frames / 25 / 200
        song = {"song_start": start, "song_end": end}
        drive = Drive(energy=FLAT, brightness=FLAT, bass=FLAT, **song)
        film[f"s{i:02d}"] = wanted(
            frames, seed=i * 31 + 5, energy=(i * 7 % 10) / 10, motion=0.4, drive=drive
        )
    return film | {shot: film[shot].model_copy(update=update) for shot, update in changed.items()}


def spans_of(folder: Path, film: dict[str, ClipRequest], **more) -> dict[str, Span]:
    library = open_library(folder)
    return choose(film, library.sources, scan(library.sources), **more)


def test_every_photo_is_seen_before_one_comes_again(tmp_path):
    chosen = spans_of(folder_of(tmp_path, 20), film_of(20))
    assert len({span.sha256 for span in chosen.values()}) == 20


def test_nothing_comes_again_within_twenty_seconds_while_there_is_more(tmp_path):
    film = film_of(40)  # 2 s each: ten others must lie between
    chosen = list(spans_of(folder_of(tmp_path, 14), film).values())
    for i, span in enumerate(chosen):
        for j in range(max(0, i - int(APART / 2)), i):
            assert chosen[j].sha256 != span.sha256, (i, j)


def test_spans_of_one_video_do_not_overlap_while_there_is_room(tmp_path):
    folder = folder_of(tmp_path, 0, 3)  # 8 s each
    chosen = spans_of(folder, film_of(9, 45))
    for shot, span in chosen.items():
        for other, that in chosen.items():
            if shot < other and span.sha256 == that.sha256:
                assert abs(span.start - that.start) >= 1.8


def test_loud_shots_get_the_moving_material(tmp_path):
    folder = folder_of(tmp_path, 0, 4)
    film = {f"s{i}": wanted(50, seed=i, energy=e, motion=e) for i, e in enumerate([0.05, 0.95] * 3)}
    library = open_library(folder)
    looks = scan(library.sources)
    chosen = choose(film, library.sources, looks)
    motion = {}
    for shot, span in chosen.items():
        look, start = looks[span.sha256], np.array([span.start])
        motion[shot] = look.mean(look.motion, start, start + 2)[0]
    calm, loud = [motion[f"s{i}"] for i in (0, 2, 4)], [motion[f"s{i}"] for i in (1, 3, 5)]
    assert max(calm) < min(loud)


def test_black_and_blurred_stretches_are_passed_over(tmp_path):
    black = [np.zeros((72, 128, 3), np.uint8)] * 75
    sharp = [scenery(128, 72, 90, 2.0 * i) for i in range(75)]
    soft = [cv2.GaussianBlur(f, (0, 0), 6) for f in sharp]
    write_video(tmp_path / "a.mp4", [*black, *soft, *sharp])
    (span,) = spans_of(tmp_path, {"s": wanted(40, seed=3)}).values()
    assert 6.0 <= span.start <= 7.5


@pytest.mark.parametrize("hue", [20.0, 140.0])
def test_sharpness_sees_focus_and_not_what_is_shown(hue):
    smooth = np.full((720, 1280, 3), 60, np.uint8)
    cv2.circle(smooth, (600, 300), 150, (230, 200, 180), -1, cv2.LINE_AA)
    for picture in (smooth, scenery(1280, 720, hue)):
        clear = sharpness_of(small_grey(picture))
        soft = sharpness_of(small_grey(cv2.GaussianBlur(picture, (0, 0), 10)))
        assert soft < (SHARP + BLURRED) / 2 < SHARP < clear


def test_a_span_never_runs_over_a_cut(tmp_path):
    takes = [[scenery(128, 72, 70.0 * t, 500.0 * t + 2 * i) for i in range(40)] for t in range(4)]
    write_video(tmp_path / "a.mp4", [frame for take in takes for frame in take])
    for seed in range(6):
        (span,) = spans_of(tmp_path, {"s": wanted(30, seed=seed)}).values()
        assert int(span.start / 1.6) == int((span.start + 30 / 25) / 1.6)


def test_a_clip_a_little_short_is_slowed_and_one_much_too_short_goes_back_and_forth(tmp_path):
    write_video(tmp_path / "a.mp4", [scenery(128, 72, 90, i) for i in range(50)])
    source = open_library(tmp_path).sources[0]
    for frames, speed, turns in ((45, 1.0, False), (58, 50 / 59, False), (100, 1.0, True)):
        (span,) = spans_of(tmp_path, {"s": wanted(frames)}).values()
        assert span.speed == pytest.approx(speed, abs=0.01)
        assert (span.turns_after is not None) is turns
        told = " ".join(span.told(source, frames / 25))
        assert ("speed" in told) is (speed != 1.0)
        assert ("forward and backward" in told) is turns
    write_photo(tmp_path / "b.jpg", scenery(160, 90))
    (span,) = spans_of(tmp_path, {"s": wanted(100)}).values()
    assert span.turns_after is None  # the photo is the better choice


def test_one_changed_shot_moves_few_others(tmp_path):
    folder = folder_of(tmp_path, 24, 4)
    before = spans_of(folder, film_of(30))
    assert spans_of(folder, film_of(30, s11={"prompt": "another", "camera": "roll"})) == before
    moved = []
    for shot in ("s03", "s11", "s20"):
        after = spans_of(folder, film_of(30, **{shot: {"seed": 999}}))
        moved.append(sum(before[s] != after[s] for s in before if s != shot))
    assert max(moved) <= 4


# As a source of clips


def test_a_file_that_breaks_after_planning_is_replaced_by_another(tmp_path):
    folder = folder_of(tmp_path, 6)
    footage = Footage(Context(scratch=tmp_path / "scratch", footage=folder))
    footage_plan = footage.plan

    def plan_and_break(asked):
        planned = footage_plan(asked)
        sha256 = Span.of(planned["s01"]).sha256
        broken = next(s for s in open_library(folder).sources if s.sha256 == sha256)
        broken.path.write_bytes(b"gone")
        return planned

    footage.plan = plan_and_break
    clips = generate(
        board(), SONG, SPEC, provider=footage, others={}, folder=tmp_path / "clips",
        progress=silent,
    )  # fmt: skip
    footage.close()
    assert "in its place footage (photo" in clips["s01"].substitution
    assert [c.substitution for s, c in clips.items() if s != "s01"] == [None] * 3
    files = [clip.notes[0] for clip in clips.values()]
    assert len(set(files)) == 4  # and not by one that the film shows already


def test_a_shot_that_another_source_takes_over_leaves_the_others_alone(tmp_path):
    context = Context(scratch=tmp_path / "scratch", footage=folder_of(tmp_path, 5))
    footage, painter = Footage(context), Painter(context)

    def made(film) -> dict[str, tuple[str, ...]]:
        clips = generate(
            film, SONG, SPEC, provider=footage, others={"painter": painter},
            folder=tmp_path / "clips", progress=silent,
        )  # fmt: skip
        return {shot: clip.notes for shot, clip in clips.items()}

    before, after = made(board()), made(board(s01={"provider": "painter"}))
    footage.close()
    painter.close()
    assert [shot for shot in before if before[shot] != after[shot]] == ["s01"]


def test_with_all_footage_gone_the_built_in_visuals_step_in(tmp_path):
    folder = folder_of(tmp_path, 2)
    footage = Footage(Context(scratch=tmp_path / "scratch", footage=folder))
    painter = Painter(Context(scratch=tmp_path / "scratch"))
    for path in folder.iterdir():
        path.write_bytes(b"gone")
    clips = generate(
        board(), SONG, SPEC, provider=footage, others={"builtin": painter},
        folder=tmp_path / "clips", progress=silent,
    )  # fmt: skip
    footage.close()
    painter.close()
    assert all(clip.provider == "painter" for clip in clips.values())
    assert all("asked of footage (photo p0" in clip.substitution for clip in clips.values())
    assert all(clip.request.drive is not None for clip in clips.values())


def test_a_clip_holds_what_its_notes_say(tmp_path):
    folder = tmp_path / "numbers"
    folder.mkdir()
    for i in range(6):
        write_video(folder / f"v{i}.mp4", [numbered(100 + i) for _ in range(80)])
    footage = Footage(Context(scratch=tmp_path / "scratch", footage=folder, workers=2))
    clips = generate(
        board(), SONG, SPEC, provider=footage, others={}, folder=tmp_path / "clips",
        progress=silent,
    )  # fmt: skip
    footage.close()
    for clip in clips.values():
        frames = read_video(tmp_path / "clips" / clip.file)
        assert len(frames) == clip.request.frames
        number = int(clip.notes[0][1]) + 100
        assert {number_in(frame) for frame in frames} == {number}


def test_looks_do_not_depend_on_the_number_of_workers(tmp_path):
    folder = folder_of(tmp_path, 1, 2)
    one, two = (scan(open_library(folder).sources, workers) for workers in (1, 2))
    assert one.keys() == two.keys()
    for key, look in one.items():
        assert isinstance(look, Looks)
        assert np.array_equal(look.motion, two[key].motion)
        assert look.stretches == two[key].stretches
