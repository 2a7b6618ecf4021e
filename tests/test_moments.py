"""What scenes are told: music and camera in `Moments`, colours and coordinates in `Stage`."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize
from support.flashes import flashes

RATE = Fraction(24)


def ramp(hue, chroma=0.14):
    levels = (0.15, 0.35, 0.55, 0.75, 0.93)
    return tuple(Oklch(lightness=v, chroma=chroma * (1 - v / 2), hue=hue) for v in levels)


BLUE = ramp(255)


def level(value, seconds):
    return Curve(rate=4, values=(value,) * (int(seconds * 4) + 2))


def hits(*times, strength=1.0):
    return Hits(times=times, strengths=(strength,) * len(times))


def drive(seconds, energy=0.6, **bands):
    curve = level(energy, seconds)
    return Drive(energy=curve, brightness=curve, bass=curve, **bands)


def request(**changes):
    wanted = {
        "prompt": "", "camera": CameraMove.STATIC, "size": ShotSize.MEDIUM, "palette": BLUE,
        "energy": 0.6, "motion": 0.5, "seed": 3, "width": 160, "height": 90, "rate": RATE,
        "frames": 24,
    }  # fmt: skip
    return ClipRequest(**wanted | changes)


class TestMoments:
    @pytest.mark.parametrize("rate", [RATE, Fraction(30000, 1001), Fraction(60)])
    def test_a_hit_shows_on_the_frame_that_is_on_screen_at_its_time(self, rate):
        at = 0.51
        moments = Moments(Stage(request(rate=rate, frames=60, drive=drive(3, kick=hits(at)))))
        first = int(at * rate)
        kicks = [moment.kick for moment in moments]
        assert kicks[:first] == [0.0] * first
        assert kicks[first] == 1.0
        assert all(later < earlier for earlier, later in pairwise(kicks[first:]))

    def test_a_hit_on_the_edge_of_a_frame_shows_on_that_frame(self):
        # A drive rounds its times to a microsecond: 2/24 s is stored as 0.083333.
        moments = Moments(Stage(request(drive=drive(1, snare=hits(0.083333)))))
        assert [moment.snare for moment in moments][:3] == [0.0, 0.0, 1.0]

    def test_a_hit_dies_away_within_a_quarter_of_a_second(self):
        moments = Moments(Stage(request(drive=drive(1, hat=hits(0.0), kick=hits(0.0)))))
        assert moments[6].kick < 0.4
        assert moments[6].hat < 0.2

    def test_pulses_come_at_most_three_times_a_second_however_fast_the_drums(self):
        fast = tuple(np.arange(0, 4, 0.1))
        bands = {"kick": hits(*fast), "snare": hits(*(t + 0.05 for t in fast[:-1]))}
        moments = Moments(Stage(request(frames=96, drive=drive(4, **bands))))
        pulse = np.array([moment.pulse for moment in moments])
        struck = np.flatnonzero(np.diff(pulse, prepend=0.0) > 0)
        assert len(struck) > 8
        assert all(np.sum((struck >= i) & (struck < i + 24)) <= 3 for i in range(72))

    def test_scene_time_runs_faster_with_energy_and_never_jumps(self):
        def flow(energy):
            wanted = request(energy=energy, frames=72, drive=drive(3, energy, kick=hits(1.0)))
            return np.diff([moment.flow for moment in Moments(Stage(wanted))])

        calm, wild = flow(0.1), flow(0.9)
        assert calm.min() > 0
        assert wild.mean() > 1.5 * calm.mean()
        assert wild.max() < 3 * np.median(wild)

    def test_beat_phase_starts_anew_at_every_beat(self):
        beats = (0.25, 0.75, 1.25)
        moments = Moments(Stage(request(frames=48, drive=drive(2, beats=beats))))
        phase = [moment.beat for moment in moments]
        assert_allclose([phase[6], phase[18], phase[30], phase[42]], 0.0, atol=1e-9)
        assert_allclose([phase[0], phase[12], phase[36]], 0.5, atol=1e-9)

    def test_without_music_nothing_strikes_and_the_plan_rules(self):
        low, high = (Moments(Stage(request(energy=e)))[5] for e in (0.1, 0.9))
        assert low.kick == low.pulse == 0.0
        assert high.energy > low.energy + 0.6

    @pytest.mark.parametrize(
        ("move", "name", "sign"),
        [
            (CameraMove.PAN_LEFT, "cam_x", -1), (CameraMove.PAN_RIGHT, "cam_x", 1),
            (CameraMove.TILT_UP, "cam_y", 1), (CameraMove.TILT_DOWN, "cam_y", -1),
            (CameraMove.TRACK_LEFT, "truck", -1), (CameraMove.TRACK_RIGHT, "truck", 1),
            (CameraMove.CRANE_UP, "lift", 1), (CameraMove.CRANE_DOWN, "lift", -1),
            (CameraMove.PUSH_IN, "zoom", 1), (CameraMove.PULL_OUT, "zoom", -1),
            (CameraMove.PUSH_IN, "forward", 1), (CameraMove.ROLL, "roll", 1),
        ],
    )  # fmt: skip
    def test_the_camera_goes_where_it_is_told_without_a_jerk(self, move, name, sign):
        moments = Moments(Stage(request(camera=move, frames=72)))
        path = sign * np.array([getattr(moment, name) for moment in moments])
        steps = np.diff(path)
        assert (steps > 0).all()
        assert np.ptp(path) > 0.05
        assert np.abs(np.diff(steps)).max() < 0.1 * steps.max()

    def test_a_still_camera_is_still_and_a_hand_is_not(self):
        def path(camera):
            return [(m.cam_x, m.cam_y, m.zoom, m.roll)
                    for m in Moments(Stage(request(camera=camera)))]  # fmt: skip

        assert len(set(path(CameraMove.STATIC))) == 1
        hand = np.array(path(CameraMove.HANDHELD))
        assert 0.005 < np.ptp(hand[:, 0]) < 0.1

    def test_a_closer_shot_magnifies(self):
        zooms = [Moments(Stage(request(size=size)))[0].zoom for size in ShotSize]
        assert zooms == sorted(zooms)


class TestStage:
    def test_the_ramp_runs_from_the_darkest_to_the_lightest_colour_in_gamut(self):
        stage = Stage(request(palette=tuple(reversed(BLUE))))
        luminance = stage.lut @ np.array([0.2126, 0.7152, 0.0722])
        assert (np.diff(luminance) > 0).all()
        assert stage.lut.min() >= 0
        assert stage.lut.max() <= 1

    def test_a_colour_outside_the_gamut_keeps_its_lightness(self):
        vivid = Stage(request(palette=ramp(150, 0.4)))
        grey = Stage(request(palette=ramp(150, 0.0)))
        luminance = np.array([0.2126, 0.7152, 0.0722])
        assert_allclose(vivid.lut @ luminance, grey.lut @ luminance, atol=0.06)

    @pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (720, 720), (576, 720)])
    def test_the_frame_has_the_same_area_in_scene_coordinates_at_every_aspect(self, size):
        stage = Stage(request(width=size[0], height=size[1]))
        assert_allclose(stage.half_x * stage.half_y, 1.0)
        assert_allclose(stage.half_x / stage.half_y, size[0] / size[1])


def test_the_flash_meter_counts_what_it_should():
    def film(swings, low=40, high=200, area=1.0):
        for i in range(48):
            frame = np.full((36, 64, 3), low, np.uint8)
            if i * swings * 2 // 24 % 2:
                frame[:, : int(64 * area)] = high
            yield frame

    assert flashes(film(3), 24.0) == 3
    assert flashes(film(6), 24.0) == 6
    assert flashes(film(6, area=0.4), 24.0) == 6
    assert flashes(film(6, area=0.2), 24.0) == 0
    assert flashes(film(6, low=100, high=120), 24.0) == 0
