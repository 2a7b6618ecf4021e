"""Behaviour of the built-in visuals: music and camera in `Moments`, and four of the scenes."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.generation.planes import Planes
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.render import frames
from songreel.generation.visuals.scene import Finish
from songreel.generation.visuals.scenes.aurora import Aurora
from songreel.generation.visuals.scenes.city import City
from songreel.generation.visuals.scenes.ocean import Ocean
from songreel.generation.visuals.scenes.tunnel import Tunnel
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize
from support.flashes import flashes

RATE = Fraction(24)
SCENES = [Aurora, Ocean, City, Tunnel]
ALL = sorted(scenes())


def ramp(hue, chroma=0.14):
    levels = (0.15, 0.35, 0.55, 0.75, 0.93)
    return tuple(Oklch(lightness=v, chroma=chroma * (1 - v / 2), hue=hue) for v in levels)


BLUE, ORANGE = ramp(255), ramp(50)


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


def shown(scene, wanted):
    """Every frame, copied: shape (frames, height, width, 3)."""
    return np.stack([frame.copy() for frame in frames(wanted, scene)])


def finished(finisher, light):
    """The first frame as a player shows it."""
    planes = Planes(light.shape[1], light.shape[0])
    finisher(light, 0, planes)
    return planes.rgb()


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


class TestFinishing:
    def test_light_becomes_brighter_picture_and_never_leaves_eight_bits(self):
        finisher = Finisher((8, 64), (8, 64), Finish(bloom=0, vignette=0, grain=0), 1)
        light = np.repeat(np.geomspace(0.01, 50, 64, dtype=np.float32)[None, :, None], 8, axis=0)
        picture = finished(finisher, np.repeat(light, 3, axis=2).copy()).mean(axis=(0, 2))
        assert (np.diff(picture) > -1.5).all()
        assert picture[0] < 40
        assert picture[-1] > 245

    def test_a_slow_ramp_has_no_bands(self):
        # 40 levels over 400 columns: undithered every run of one value is 10 long.
        light = np.linspace(0.02, 0.05, 400, dtype=np.float32)
        field = np.ascontiguousarray(np.broadcast_to(light[None, :, None], (64, 400, 3)))
        finisher = Finisher((64, 400), (64, 400), Finish(bloom=0, vignette=0, grain=0), 1)
        picture = finished(finisher, field)[..., 0].astype(int)
        runs = [
            len(run) for row in picture for run in np.split(row, np.flatnonzero(np.diff(row)) + 1)
        ]
        assert np.mean(runs) < 4


@pytest.mark.parametrize("scene", SCENES)
class TestScenes:
    def test_the_same_request_gives_the_same_bytes_in_any_thread(self, scene):
        wanted = request(frames=6, drive=drive(1, kick=hits(0.1)), camera=CameraMove.ROLL)
        alone = shown(scene, wanted)
        with ThreadPoolExecutor(3) as pool:
            for together in pool.map(lambda _: shown(scene, wanted), range(3)):
                assert_array_equal(together, alone)

    @pytest.mark.parametrize("camera", [CameraMove.STATIC, CameraMove.ORBIT, CameraMove.ROLL])
    @pytest.mark.parametrize(
        "size", [(16, 16), (64, 64), (256, 144), (144, 256), (128, 160), (50, 22)]
    )
    def test_every_size_and_shape_gets_a_sound_and_varied_picture(self, scene, size, camera):
        width, height = size
        wild = request(
            width=width, height=height, frames=2, energy=1.0, motion=1.0, camera=camera,
            size=ShotSize.EXTREME_WIDE, drive=drive(1, 1.0, kick=hits(0.0), build=(1.0, 1.0)),
        )  # fmt: skip
        for wanted in (wild, request(width=width, height=height, frames=2, energy=0.0, motion=0.0)):
            stage = Stage(wanted)
            drawn = scene(stage)
            out = np.full((drawn.height, drawn.width, 3), np.nan, np.float32)
            drawn.draw(Moments(stage)[1], out)
            assert np.isfinite(out).all()
            assert out.min() >= 0
            picture = shown(scene, wanted)
            assert picture.shape == (2, height, width, 3)
            assert picture.std() > 6
            assert np.mean(picture.min(axis=3) > 250) < 0.4

    def test_a_kick_changes_the_picture_on_its_frame_and_not_before(self, scene):
        quiet = shown(scene, request(drive=drive(1))).astype(int)
        struck = shown(scene, request(drive=drive(1, kick=hits(0.51)))).astype(int)
        change = np.abs(struck - quiet).mean(axis=(1, 2, 3))
        assert (change[:12] == 0).all()
        assert change[12] > 1.0

    def test_motion_peaks_on_the_kicks(self, scene):
        kicks = (0.5, 1.0, 1.5)
        wanted = request(
            frames=48, drive=drive(2, kick=hits(*kicks), beats=(0.0, *kicks), downbeats=(0.0,))
        )
        change = np.abs(np.diff(shown(scene, wanted).astype(int), axis=0)).mean(axis=(1, 2, 3))
        on = np.array([12, 24, 36]) - 1
        # Where motion itself surges on the beat, the largest step is the one after it.
        peaks = np.maximum(change[on], change[on + 1])
        assert np.median(peaks) > 1.25 * np.median(np.delete(change, [*on, *(on + 1)]))

    def test_the_palette_colours_the_picture(self, scene):
        blue, orange = (
            shown(scene, request(frames=4, palette=palette)).astype(float).mean(axis=(0, 1, 2))
            for palette in (BLUE, ORANGE)
        )
        assert blue[2] > 1.3 * blue[0]
        assert orange[0] > 1.3 * orange[2]

    def test_energy_changes_the_picture_and_keeps_the_place(self, scene):
        low, high = (
            shown(scene, request(frames=1, energy=energy))[0].astype(float)
            for energy in (0.15, 0.95)
        )
        assert np.abs(high - low).mean() > 3
        assert np.corrcoef(low.ravel(), high.ravel())[0, 1] > 0.25

    @pytest.mark.parametrize(
        ("move", "back", "axis", "sign"),
        [
            (CameraMove.PAN_RIGHT, CameraMove.PAN_LEFT, 0, -1),
            (CameraMove.TRACK_RIGHT, CameraMove.TRACK_LEFT, 0, -1),
            (CameraMove.TILT_UP, CameraMove.TILT_DOWN, 1, 1),
        ],
    )
    def test_the_picture_moves_against_the_camera(self, scene, move, back, axis, sign):
        # The same scene at the same time from two places: nothing else differs.
        def last(camera):
            wanted = request(camera=camera, frames=12, motion=0.5, width=256, height=144)
            grey = cv2.cvtColor(shown(scene, wanted)[-1], cv2.COLOR_RGB2GRAY)
            return cv2.GaussianBlur(grey, (0, 0), 2)

        before, after = last(back), last(move)
        flow = cv2.calcOpticalFlowFarneback(before, after, None, 0.5, 5, 41, 5, 7, 1.5, 0)
        strong = np.hypot(*np.moveaxis(flow, 2, 0)) > 0.5
        assert strong.mean() > 0.1
        assert sign * np.median(flow[strong][:, axis]) > 0.5

    def test_a_clip_begins_alike_whatever_its_length(self, scene):
        short, long = (shown(scene, request(frames=n))[0] for n in (8, 30))
        assert_array_equal(short, long)

    def test_without_music_it_moves_gently_all_the_time(self, scene):
        film = shown(scene, request(frames=16)).astype(float)
        change = np.abs(np.diff(film, axis=0)).mean(axis=(1, 2, 3))
        assert change.min() > 0.15
        assert change.max() < 4 * np.median(change)  # a ring flies past

    def test_other_seeds_give_other_pictures(self, scene):
        one, other = (
            shown(scene, request(frames=1, seed=seed))[0].astype(float) for seed in (3, 4)
        )
        assert np.abs(one - other).mean() > 5


@pytest.mark.parametrize("key", ALL)
@pytest.mark.parametrize("drums", [2.0, 4.0, 10.0])
def test_no_scene_flashes_more_than_three_times_a_second(key, drums):
    # Up to 200 BPM with blast beats: as much as drummers do.
    seconds = 2.5
    times = tuple(np.arange(0, seconds, 1 / drums))
    beats = tuple(np.arange(0, seconds, max(1 / drums, 0.3)))
    bands = {
        "kick": hits(*times), "snare": hits(*(t + 0.5 / drums for t in times)),
        "hat": hits(*times), "beats": beats, "downbeats": beats[::4],
    }  # fmt: skip
    for palette in (ORANGE, ramp(25, 0.3)):
        wild = request(
            frames=60, energy=1.0, motion=1.0, palette=palette,
            drive=drive(seconds, 1.0, **bands),
        )  # fmt: skip
        assert flashes(frames(wild, scenes()[key]), 24.0) <= 3


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
