"""What scenes draw with: lights, strokes, areas, the camera's view; means and blurs."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.generation.visuals.film import bell, blur, shrink
from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.lights import add_light, mix_disc
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.stage import Stage
from songreel.generation.visuals.strokes import add_stroke, mix_polygon
from songreel.generation.visuals.view import seen_from, size_at, to_pixel, to_scene
from songreel.models.storyboard import CameraMove
from support.scenes import request

TINT = np.array([1.0, 2.0, 4.0], np.float32)


def empty(height=60, width=100):
    return np.zeros((height, width, 3), np.float32)


def distance(height, width, x, y):
    rows, columns = np.mgrid[0:height, 0:width]
    return np.hypot(columns - x, rows - y)


@pytest.mark.parametrize("radius", [1.5, 4.0, 11.0, 30.0])
@pytest.mark.parametrize("at", [(50.3, 30.7), (2.0, 1.0), (98.9, 58.8), (-5.0, 70.0)])
class TestLights:
    def test_a_light_is_as_its_formula_says_whatever_its_size_and_place(self, radius, at):
        out = empty()
        add_light(out, f32(at[0]), f32(at[1]), f32(radius), f32(1), f32(2), f32(4))
        bell = np.maximum(1 - (distance(60, 100, *at) / radius) ** 2, 0) ** 2
        assert_allclose(out, bell[..., None] * TINT, atol=1e-4)

    def test_a_disc_mixes_and_never_more_than_asked(self, radius, at):
        out = empty() + np.float32(0.5)
        mix_disc(out, f32(at[0]), f32(at[1]), f32(radius), f32(0.6), TINT)
        cover = np.clip(1.8 * (1 - (distance(60, 100, *at) / radius) ** 2), 0, 1) * 0.6
        assert_allclose(out, 0.5 + (TINT - 0.5) * cover[..., None], atol=1e-4)


class TestStrokes:
    def draw(self, *ends, width=3.0, glow=0.0, halo=0.0):
        out = empty()
        add_stroke(
            out, *(f32(end) for end in ends), f32(width), f32(glow), f32(halo),
            f32(1), f32(1), f32(1),
        )  # fmt: skip
        return out[..., 0]

    @pytest.mark.parametrize(
        "ends", [(20, 30, 80, 30), (50, 5, 50, 55), (20, 10, 80, 50), (80.5, 12.2, 20.1, 49.7)]
    )
    @pytest.mark.parametrize("width", [1.0, 3.0, 6.5])
    def test_its_light_is_that_of_its_area_at_any_slope(self, ends, width):
        long = np.hypot(ends[2] - ends[0], ends[3] - ends[1])
        # One pixel of soft edge all round is half covered, so it leaves the straight part's area
        # as it is; at the round ends it adds a little.
        area = width * long + np.pi * (width / 2) ** 2 + np.pi / 12
        assert self.draw(*ends, width=width).sum() == pytest.approx(area, rel=0.03)

    def test_a_hair_is_dimmer_and_not_broken(self):
        row = self.draw(10, 20.5, 90, 28.5, width=0.3)
        assert_allclose(row[:, 15:85].sum(axis=0), 0.3, rtol=0.1)

    def test_the_glow_reaches_as_far_as_it_is_said(self):
        light = self.draw(50, 30, 50, 30, width=4, glow=12, halo=0.5)
        away = distance(60, 100, 50, 30)
        assert light[away > 14.1].max() == 0
        assert light[(away > 12) & (away < 13)].max() > 0
        assert light[(away > 3) & (away < 4)].min() > 0.2

    def test_what_lies_outside_does_no_harm(self):
        assert self.draw(-500, -300, 700, 400, width=2).sum() > 50
        assert self.draw(-50, -30, -10, -8, width=2, glow=3, halo=1).sum() == 0


class TestPolygon:
    def fill(self, points, a=1.0):
        out = empty()
        mix_polygon(
            out, np.array(points, np.float32), np.zeros(102, np.float32), f32(a), f32(1), f32(1),
            f32(1),
        )  # fmt: skip
        return out[..., 0]

    @pytest.mark.parametrize(
        "points",
        [
            [(20.3, 10.2), (80.7, 14.9), (50.1, 50.4)],
            [(20, 10), (70, 10), (70, 40), (20, 40)],
            # An arrow: not convex.
            [(10, 10), (80, 30), (10, 50), (30, 30)],
        ],
    )
    @pytest.mark.parametrize("way", [1, -1])
    def test_its_light_is_that_of_its_area_either_way_round(self, points, way):
        x, y = np.array(points, float).T
        area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        assert self.fill(points[::way]).sum() == pytest.approx(area, rel=0.01)

    def test_its_edge_is_smooth(self):
        picture = self.fill([(20, 10.5), (80, 25.5), (80, 50), (20, 50)])
        along = picture[:30, 25:75].sum(axis=0)
        assert np.abs(np.diff(along, 2)).max() < 0.26  # four lines a row

    def test_it_is_clipped_at_the_frame(self):
        assert_allclose(self.fill([(-50, -50), (200, -50), (200, 200), (-50, 200)]), 1.0)
        assert self.fill([(-50, -50), (-10, -50), (-10, 200), (-50, 200)]).sum() == 0


class TestView:
    @pytest.mark.parametrize("camera", list(CameraMove))
    @pytest.mark.parametrize("near", [0.0, 0.4, 1.0])
    def test_a_pixel_shows_the_place_that_is_drawn_on_it(self, camera, near):
        stage = Stage(request(camera=camera, motion=1.0))
        view = seen_from(stage, Moments(stage)[20], (60, 100))
        for place in ((0.0, 0.0), (0.7, -0.3), (-1.2, 0.6)):
            pixel = to_pixel(view, f32(place[0]), f32(place[1]), f32(near))
            assert_allclose(to_scene(view, *pixel, f32(near)), place, atol=1e-4)

    def test_an_unmoved_camera_frames_the_scene_by_its_half_sides(self):
        stage = Stage(request(camera=CameraMove.STATIC))
        view = seen_from(stage, Moments(stage)[0], (90, 160))
        half_x, half_y = (side / stage.framing for side in (stage.half_x, stage.half_y))
        corner = to_pixel(view, f32(-half_x), f32(half_y), f32(0))
        assert_allclose(corner, (-0.5, -0.5), atol=1e-3)
        assert_allclose(to_pixel(view, f32(half_x), f32(-half_y), f32(0)), (159.5, 89.5), atol=1e-3)
        assert size_at(view, f32(0)) == pytest.approx(45 / half_y)

    def test_near_things_shift_more_as_the_camera_travels(self):
        stage = Stage(request(camera=CameraMove.TRACK_RIGHT, motion=1.0))
        first, last = (seen_from(stage, Moments(stage)[i], (90, 160)) for i in (0, 23))
        shift = [
            to_pixel(last, f32(0), f32(0), f32(near))[0]
            - to_pixel(first, f32(0), f32(0), f32(near))[0]
            for near in (0.0, 0.5, 1.0)
        ]
        assert shift[0] == pytest.approx(0, abs=1e-3)
        assert shift[2] < shift[1] < -1


class TestFilm:
    @pytest.mark.parametrize("k", [1, 2, 3, 4, 7])
    def test_shrinking_takes_means_to_the_last_odd_pixel(self, k):
        light = np.random.default_rng(1).random((23, 31, 3)).astype(np.float32)
        out = np.zeros((-(-23 // k), -(-31 // k), 3), np.float32)
        shrink(light, k, f32(0.9), np.zeros(93, np.float32), out)
        for j, i in ((0, 0), (out.shape[0] - 1, 0), (1, out.shape[1] - 1)):
            mean = light[j * k : j * k + k, i * k : i * k + k].mean(axis=(0, 1))
            assert_allclose(out[j, i], np.minimum(mean, 0.9), rtol=1e-5)

    @pytest.mark.parametrize(("height", "width"), [(40, 50), (2, 3), (5, 90)])
    def test_a_blur_of_an_even_picture_changes_nothing(self, height, width):
        even, out = np.full((2, height, width, 3), 0.7, np.float32)
        weights = bell(3.0)
        blur(even, weights, np.zeros(3 * (width + 2 * len(weights)), np.float32), out)
        assert_allclose(out, 0.7, rtol=1e-5)
