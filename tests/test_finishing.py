"""From a scene's light to the encoder's planes, against the same arithmetic done plainly."""

import io
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.generation.encode import write_clip
from songreel.generation.planes import Planes
from songreel.generation.visuals.guard import FlashGuard
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.printing import print_enlarged, print_luma, steps, taps
from songreel.generation.visuals.render import frames, planes
from songreel.generation.visuals.scene import Finish
from songreel.generation.visuals.scenes.ocean import Ocean
from support.flashes import flashes
from support.scenes import request

PLAIN = Finish(bloom=0, vignette=0, grain=0)
COLOURS = [
    (0.0, 0.0, 0.0), (0.18, 0.18, 0.18), (0.9, 0.9, 0.9), (6.0, 5.0, 4.0), (0.8, 0.1, 0.05),
    (0.05, 0.5, 0.1), (0.02, 0.05, 0.7), (0.01, 0.004, 0.02), (4.0, 0.1, 2.0),
]  # fmt: skip


def coded(light):
    """R'G'B' of light, float64: the film's spill and tone curve."""
    light = np.asarray(light, float)
    over = 0.055 * light.sum(axis=-1, keepdims=True)
    x = np.maximum(light + over**2 / (over + 0.25) - 0.004, 0)
    return x * (6.2 * x + 0.5) / (x * (6.2 * x + 1.7) + 0.06)


def yuv(rgb):
    """Code values of R'G'B' 0 to 1: BT.709, limited range, not rounded."""
    r, g, b = np.moveaxis(np.asarray(rgb, float), -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return np.stack([16 + 219 * y, 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748])


def finished(light, size=None, finish=PLAIN, index=0, **options):
    size = size or light.shape[:2]
    shown = Planes(size[1], size[0])
    Finisher(light.shape[:2], size, finish, 1, **options)(light, index, shown)
    return shown


def even(colour, height=64, width=96):
    return np.ascontiguousarray(np.broadcast_to(np.float32(colour), (height, width, 3)))


class TestColours:
    @pytest.mark.parametrize("colour", COLOURS)
    @pytest.mark.parametrize("scale", [1, 2, 4 / 3, 3])
    def test_an_even_light_has_the_colour_that_its_formula_says(self, colour, scale):
        light = even(colour, 48, 72)
        shown = finished(light, (round(48 * scale), round(72 * scale)))
        means = [plane.mean() for plane in (shown.y, shown.cb, shown.cr)]
        # Black is at the range's end: its dither has one side.
        assert_allclose(means, yuv(coded(colour)), atol=0.25)

    @pytest.mark.parametrize("colour", COLOURS)
    def test_a_player_shows_it_so(self, colour):
        shown = finished(even(colour)).rgb().astype(float)
        # Dither of one step of luma is half as much again in blue and red, here averaged out.
        assert_allclose(shown.mean(axis=(0, 1)), 255 * coded(colour), atol=1.2)

    def test_chroma_lies_amid_four_pixels_as_swscale_lays_it(self):
        light = even((0.2, 0.2, 0.2)).copy()
        light[:, 33:] = light[37:, :] = (0.8, 0.05, 0.02)
        own = finished(light)
        rgb = np.clip(np.rint(255 * coded(light)), 0, 255).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG",
            interpolation="AREA",
        )  # fmt: skip
        packed = frame.to_ndarray()
        cr = packed[64 + 16 :].reshape(32, 48)
        assert_allclose(own.cr.astype(int), cr, atol=2)
        # Halfway at the edge: a sample that lay on the left pixel would have one side's colour.
        assert abs(int(own.cr[5, 16]) - (int(own.cr[5, 10]) + int(own.cr[5, 20])) // 2) <= 2

    def test_a_lamp_of_one_colour_burns_out_to_white(self):
        dim, bright = (finished(even(light)).rgb().mean(axis=(0, 1)) for light in
                       ((0.3, 0.02, 0.02), (30.0, 2.0, 2.0)))  # fmt: skip
        assert dim[1] < 0.4 * dim[0]
        assert bright[1] > 0.9 * bright[0]


class TestSizes:
    @pytest.mark.parametrize("field", [(8, 8), (11, 25), (45, 80), (68, 120), (90, 160)])
    @pytest.mark.parametrize("finish", [PLAIN, Finish(bloom=0.5, vignette=0.5)])
    def test_any_field_fills_any_picture(self, field, finish):
        light = even((0.4, 0.3, 0.2), *field)
        for size in ((16, 16), (22, 50), (90, 160), (160, 90)):
            shown = Planes(size[1], size[0])
            for plane in (shown.y, shown.cb, shown.cr):
                plane[:] = 255
            if field[0] <= size[0] and field[1] <= size[1]:
                Finisher(field, size, finish, 1)(light, 0, shown)
                assert shown.y.max() <= 235
                assert max(shown.cb.max(), shown.cr.max()) <= 240
                assert np.ptp(shown.cb) <= 30

    @pytest.mark.parametrize(
        ("field", "size"),
        [((23, 40), (46, 80)), ((30, 40), (40, 54)), ((36, 48), (48, 64)), ((20, 33), (30, 50))],
    )
    def test_enlarging_is_the_cubic_interpolation_of_opencv(self, field, size):
        values = np.random.default_rng(3).random(field, np.float32)
        still = np.zeros((size[0], size[1] + 4), np.int16)
        own, room = np.zeros(size, np.uint8), np.zeros((2, size[1] + 8), np.float32)
        q = steps(field, size)
        print_enlarged(values, *taps(field[0], size[0]), q, still, 2, 5, room, own)
        # A width that does not divide is taken as if the field went on to the next pixel.
        wide = -(-size[1] // q) * q
        padded = np.pad(values, ((0, 0), (0, wide * (q - 1) // q - field[1])), "edge")
        large = cv2.resize(padded, (wide, size[0]), interpolation=cv2.INTER_CUBIC)
        whole = np.zeros(size, np.uint8)
        print_luma(np.ascontiguousarray(large[:, : size[1]]), still, 2, 5, whole)
        assert_allclose(own.astype(int), whole, atol=1)
        assert np.mean(own != whole) < 0.01

    def test_only_sizes_that_divide_are_enlarged_by_patterns(self):
        full = (720, 1280)
        scales = (0.5, 2 / 3, 0.75, 0.6, 0.7, 0.8)
        fields = [(round(720 * scale), round(1280 * scale)) for scale in scales]
        assert [steps(field, full) for field in fields] == [2, 3, 4, 0, 0, 0]

    def test_rows_that_lie_apart_are_respected(self):
        shown = Planes(50, 22)  # FFmpeg lays rows of 50 in 64
        Finisher((22, 50), (22, 50), PLAIN, 1)(even((0.18, 0.18, 0.18), 22, 50), 0, shown)
        again = shown.frame.to_ndarray()[:22]
        assert_array_equal(again, shown.y)
        assert np.ptp(again) <= 3


class TestNoise:
    def test_slow_ramps_of_light_and_of_colour_have_no_bands(self):
        ramp = np.linspace(0, 1, 640, dtype=np.float32)[None, :, None]
        low, high = np.float32((0.02, 0.03, 0.05)), np.float32((0.03, 0.04, 0.08))
        light = np.ascontiguousarray(np.broadcast_to(low + (high - low) * ramp, (64, 640, 3)))
        shown = finished(light)
        wanted = yuv(coded(light))
        for plane, exact in zip((shown.y, shown.cb, shown.cr), wanted, strict=True):
            step = exact.shape[0] // plane.shape[0]
            fine = exact.reshape(plane.shape[0], step, plane.shape[1], step).mean(axis=(1, 3))
            # Undithered, the error is a saw of ±0.5 along the ramp; dithered, its mean is gone.
            error = (plane - fine).mean(axis=0)
            assert np.abs(np.convolve(error, np.full(8, 1 / 8), "valid")).max() < 0.25

    def test_grain_moves_and_is_that_of_its_seed_and_frame(self):
        light = even((0.2, 0.2, 0.2))
        grainy = Finish(bloom=0, vignette=0, grain=0.01)
        first, second, again = (finished(light, finish=grainy, index=i).y for i in (0, 1, 0))
        assert_array_equal(first, again)
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] < 0.1
        assert first.std() == pytest.approx(0.01 * 219, rel=0.15)


class TestGuard:
    def film(self, levels, guard=None):
        finisher = Finisher((36, 64), (36, 64), PLAIN, 1, guard)
        shown = Planes(64, 36)
        for index, level in enumerate(levels):
            finisher(even(np.broadcast_to(level, 3), 36, 64), index, shown)
            yield shown.rgb()

    @pytest.mark.parametrize("red", [False, True])
    @pytest.mark.parametrize("swings", [4, 6, 12])
    def test_no_light_flashes_more_than_three_times_a_second(self, red, swings):
        # Red is dim as luminance goes, and has a limit of its own.
        bright, dark = np.array((0.4, 0.0, 0.0) if red else (0.9, 0.9, 0.9)), np.full(3, 0.01)
        levels = [bright if index * swings * 2 // 24 % 2 else dark for index in range(72)]
        assert flashes(self.film(levels), 24.0) > 3
        assert flashes(self.film(levels, FlashGuard(24.0)), 24.0) <= 3

    def test_a_still_picture_stays_as_it_is(self):
        levels = [picture.mean() for picture in self.film([0.4] * 30, FlashGuard(24.0))]
        assert np.ptp(levels) < 0.5

    @pytest.mark.parametrize("beats", [1.5, 2.0])
    def test_a_pulse_on_every_beat_is_left_as_it_was_drawn(self, beats):
        index = np.arange(72)
        level = 0.1 + 0.3 * np.exp(-(index * beats / 24 % 1.0) * 4)
        guarded, free = (
            np.array([picture.mean() for picture in self.film(level, guard)])
            for guard in (FlashGuard(24.0), None)
        )
        assert_allclose(guarded, free, atol=0.01)


class TestEncoding:
    def encoded(self, pictures, tmp_path, name):
        path = tmp_path / f"{name}.mp4"
        write_clip(pictures, path, width=160, height=90, rate=Fraction(24), count=12)
        return path.read_bytes()

    def test_one_object_drawn_on_again_and_again_is_encoded_as_many_would_be(self, tmp_path):
        def fresh():
            for shown in planes(request(frames=12), Ocean):
                other = Planes(160, 90)
                other.y[:], other.cb[:], other.cr[:] = shown.y, shown.cb, shown.cr
                yield other

        again = planes(request(frames=12), Ocean)
        assert self.encoded(again, tmp_path, "a") == self.encoded(fresh(), tmp_path, "b")

    def test_planes_reach_the_file_as_they_were_drawn(self, tmp_path):
        drawn = [shown.frame.to_ndarray().copy() for shown in planes(request(frames=12), Ocean)]
        data = self.encoded(planes(request(frames=12), Ocean), tmp_path, "a")
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            assert (context.colorspace, context.color_range) == (1, 1)  # BT.709, limited
            read = [frame.to_ndarray() for frame in container.decode(stream)]
        error = np.array(read, float) - np.array(drawn, float)
        assert len(read) == 12
        assert np.abs(error).mean() < 2
        assert abs(error.mean()) < 0.2

    def test_planes_of_another_size_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="frame 0 is 64x36, expected 160x90"):
            self.encoded(iter([Planes(64, 36)]), tmp_path, "a")

    def test_previews_show_what_is_encoded(self):
        pictures = frames(request(frames=3), Ocean)
        for picture, shown in zip(pictures, planes(request(frames=3), Ocean), strict=True):
            assert_array_equal(picture, shown.rgb())
