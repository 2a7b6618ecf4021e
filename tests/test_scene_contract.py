"""What a viewer, the director and the runner may count on in every built-in scene."""

import tracemalloc
from dataclasses import replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.registry import SCENES, scenes
from songreel.generation.visuals.render import frames
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.clip import ClipRequest, Drive, Sung
from songreel.models.music import Curve, Hits
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, Oklch, ShotSize
from support.flashes import flashes

RATE = Fraction(24)
MOVES = [move for move in CameraMove if move not in (CameraMove.STATIC, CameraMove.HANDHELD)]
WAYS = [
    (CameraMove.PAN_RIGHT, CameraMove.PAN_LEFT, 0, -1),
    (CameraMove.TRACK_RIGHT, CameraMove.TRACK_LEFT, 0, -1),
    (CameraMove.TILT_UP, CameraMove.TILT_DOWN, 1, 1),
]
"""A move, the one back, the axis of the picture and which way things go along it."""
MIRRORED = {"petals"}
"""Scenes in which things go both ways whatever the camera does."""


def ramp(hue, chroma=0.12, lightness=(0.15, 0.35, 0.55, 0.75, 0.93)):
    return tuple(Oklch(lightness=v, chroma=chroma * (1 - v / 2), hue=hue) for v in lightness)


BLUE, RED, PALE = ramp(260), ramp(25), ramp(20, 0.08, (0.35, 0.65, 0.8, 0.9, 0.97))
FEATURES = {"dark": BLUE, "pale": PALE}


def request(key, *, width=160, height=90, frames=24, palette=BLUE, energy=0.5, seed=5, hits=None,
            camera=CameraMove.STATIC, size=ShotSize.MEDIUM, section="verse", chosen=None,
            **drive):  # fmt: skip
    def level(value):
        return Curve(rate=2, values=(value,) * (frames // 12 + 2))

    bands = {band: Hits(times=tuple(times), strengths=(1.0,) * len(times))
             for band, times in (hits or {}).items()}  # fmt: skip
    rows = tuple((90, 80, 70, 55, 45, 35, 25, 15) for _ in range(frames))
    return ClipRequest(
        prompt="a scene", camera=camera, size=size, palette=palette, energy=energy, motion=0.4,
        seed=seed, width=width, height=height, rate=RATE, frames=frames,
        source=("builtin", *Cast(key, chosen or {}).to_source()),
        drive=Drive(
            **{"energy": level(energy), "brightness": level(0.5), "bass": level(energy),
               "section": section, "words": (Sung(start=-0.2, end=3.0, text="Light", line=0),),
               "spectrum": Spectrum(rate=24, edges=(40, 80, 160, 320, 640, 1280, 2560, 5120, 10240),
                                    levels=rows)}
            | drive, **bands),
    )  # fmt: skip


@cache
def kind(key):
    return scenes()[key]


def light(key, wanted, indices):
    """Light of the wanted frames, on a field that starts as NaN: what is not drawn shows."""
    stage = Stage(wanted)
    drawn, moments = kind(key)(stage), Moments(stage)
    out = np.full((drawn.height, drawn.width, 3), np.nan, np.float32)
    first = 0 if kind(key).grows else min(indices)
    fields = []
    for index in range(first, max(indices) + 1):
        if kind(key).grows or index in indices:
            drawn.draw(moments[index], out)
        if index in indices:
            fields.append(out.copy())
    return np.stack(fields)


@lru_cache(2)
def of_camera(key, camera):
    """The first and the last light of a clip; that of the still camera is asked for in between."""
    return light(key, request(key, camera=camera, frames=72), [0, 71])


def pictures(key, wanted, indices):
    """The finished frames, float, 0 to 1."""
    wanted_indices = set(indices)
    return np.stack([
        frame.astype(np.float64) / 255
        for i, frame in enumerate(frames(wanted, kind(key)))
        if i in wanted_indices
    ])  # fmt: skip


def coded(fields):
    return np.minimum(fields, 1.0) ** (1 / 2.2)


def changes(fields):
    """Mean change from each field to the next, as it is seen."""
    return [np.abs(b - a).mean() for a, b in pairwise(coded(fields))]


@pytest.mark.parametrize("key", SCENES)
class TestEveryScene:
    def test_it_says_what_it_is(self, key):
        scene = kind(key)
        assert scene.name
        assert scene.about.endswith(".")
        assert all(scene.drives)
        assert len(set(scene.drives)) == len(scene.drives)
        assert scene.words
        assert all(word == word.lower().strip() for word in scene.words)
        assert all(-1 <= value <= 1 for value in scene.mood)
        assert scene.settings
        assert all(len(one.options) >= 2 for one in scene.settings)

    def test_same_request_same_light(self, key):
        a, b = (light(key, request(key), [0, 3]) for _ in range(2))
        assert a.tobytes() == b.tobytes()

    def test_a_frame_does_not_depend_on_frames_before_unless_it_grows(self, key):
        if kind(key).grows:
            pytest.skip("it grows")
        alone, after = light(key, request(key), [9])[0], light(key, request(key), range(10))[9]
        assert np.array_equal(alone, after)

    def test_a_clip_begins_alike_whatever_its_length(self, key):
        if kind(key).grows:
            pytest.skip("it grows by less in a short clip")
        short, long = (light(key, request(key, frames=n), [0])[0] for n in (8, 30))
        assert np.array_equal(short, long)

    def test_without_music_it_is_light_that_moves_gently(self, key):
        wanted = request(key, frames=8).model_copy(update={"drive": None})
        fields = light(key, wanted, range(8))
        assert np.isfinite(fields).all()
        change = np.array(changes(fields))
        assert change.min() > 1e-4
        assert change.max() < 4 * np.median(change)  # a ring of the tunnel flies past

    def test_seeds_give_other_worlds(self, key):
        a, b = (pictures(key, request(key, seed=seed, frames=1), [0])[0] for seed in (5, 6))
        assert np.abs(a - b).mean() > 0.02

    @pytest.mark.parametrize("size", [(90, 160), (120, 120), (40, 16)])
    def test_every_shape_is_filled_with_sound_light(self, key, size):
        wanted = request(key, width=size[0], height=size[1], energy=0.9, section="chorus",
                         hits={"kick": (0.0,), "snare": (0.0,), "hat": (0.0,)})  # fmt: skip
        fields = light(key, wanted, [0, 12])
        assert np.isfinite(fields).all()
        assert fields.min() >= 0
        assert pictures(key, wanted, [0])[0].std() > 0.04

    @pytest.mark.parametrize("palette", FEATURES)
    @pytest.mark.parametrize(("energy", "section"), [(0.05, "intro"), (1.0, "drop")])
    def test_first_frame_is_a_picture(self, key, palette, energy, section):
        """Neither flat nor crushed nor burnt out; the shares are generous to night skies."""
        wanted = request(key, width=320, height=180, palette=FEATURES[palette], energy=energy,
                         section=section, frames=1)  # fmt: skip
        picture = pictures(key, wanted, [0])[0]
        grey = picture.mean(axis=2)
        assert grey.std() > 0.03
        assert np.ptp(np.percentile(grey, [2, 98])) > 0.15
        assert (picture.min(axis=2) > 0.99).mean() < 0.08
        assert (picture.max(axis=2) < 0.01).mean() < 0.5

    @pytest.mark.parametrize("band", ["kick", "snare"])
    @pytest.mark.parametrize("section", ["verse", "chorus"])
    def test_a_hit_shows_on_its_frame(self, key, band, section):
        """The largest change between two frames is the one at the hit (frame 12 = 0.5 s).

        Before it nothing is changed by it.
        """
        wanted = request(key, hits={band: (0.5,)}, width=320, height=180, section=section)
        struck = light(key, wanted, range(8, 18))
        change = changes(struck)
        assert 8 + 1 + int(np.argmax(change)) == 12
        if "spectrum" not in kind(key).hears:  # that one's past is its own music, mirrored
            quiet = light(key, request(key, width=320, height=180, section=section), [11])[0]
            assert np.array_equal(struck[3], quiet)
        assert max(change) > 1.3 * float(np.median(change))

    @pytest.mark.parametrize("palette", FEATURES)
    def test_a_hat_lights_small_points(self, key, palette):
        """Some points clearly, most of the picture not at all."""
        hit, rest = (
            pictures(key, request(key, hits=hits, width=640, height=360, frames=1,
                                  palette=FEATURES[palette]), [0])[0]
            for hits in ({"hat": (0.0,)}, None)
        )  # fmt: skip
        change = np.abs(hit - rest).max(axis=2)
        assert (change > 0.08).mean() > 0.0005
        assert (change < 0.08).mean() > 0.9

    @pytest.mark.parametrize("drive", ["bass", "build", "brightness"])
    def test_what_is_slow_is_seen(self, key, drive):
        stage = Stage(request(key, frames=12))
        moment = Moments(stage)[6]
        out = []
        for level in (0.0, 1.0):
            scene = kind(key)(stage)
            field = np.zeros((scene.height, scene.width, 3), np.float32)
            scene.draw(replace(moment, **{drive: level}), field)
            out.append(coded(field))
        assert np.abs(out[1] - out[0]).mean() > 0.006

    def test_motion_is_smooth_where_nothing_strikes(self, key):
        """While the energy rises, no frame changes much more than the others: nothing pops."""
        wanted = request(key, frames=36)
        rise = Curve(rate=2, values=(0.2, 0.4, 0.6, 0.8, 1.0))
        drive = wanted.drive.model_copy(update={"energy": rise})
        wanted = wanted.model_copy(update={"drive": drive})
        change = np.array(changes(light(key, wanted, range(36))))
        around = (change[:-2] + change[2:]) / 2
        assert (change[1:-1] < 1.4 * around + 2e-4).all()

    def test_a_bar_line_is_no_jump(self, key):
        """The wrap of the bar's phase (frame 12) is no larger a change than its neighbours."""
        wanted = request(key, downbeats=(0.0, 0.5, 1.0), beats=(0.0, 0.25, 0.5, 0.75, 1.0))
        change = changes(light(key, wanted, range(8, 18)))
        assert change[3] < 1.5 * max(change[2], change[4]) + 2e-4

    def test_the_palette_is_seen(self, key):
        blue, red = (pictures(key, request(key, palette=p, frames=1), [0])[0].mean(axis=(0, 1))
                     for p in (BLUE, RED))  # fmt: skip
        assert blue[2] > blue[0] * 1.2
        assert red[0] > red[2] * 1.2

    def test_verse_and_chorus_are_related_and_clearly_different(self, key):
        wanted = {"low": (0.3, "verse"), "high": (0.9, "chorus")}
        shown = {
            name: pictures(key, request(key, energy=e, section=s, frames=1), [0])[0]
            for name, (e, s) in wanted.items()
        }
        assert np.abs(shown["high"] - shown["low"]).mean() > 0.07

        def hues(picture):
            chroma = picture - picture.mean(axis=2, keepdims=True)
            return chroma.mean(axis=(0, 1)) / max(np.abs(chroma).mean(), 1e-6)

        assert np.corrcoef(hues(shown["low"]), hues(shown["high"]))[0, 1] > 0.8

    @pytest.mark.parametrize("role", Role)
    def test_every_role_is_a_picture_of_its_own(self, key, role):
        section = {
            Role.OPENING: "intro", Role.VERSE: "verse", Role.RISE: "build", Role.PEAK: "drop",
            Role.TURN: "bridge", Role.CLOSING: "outro",
        }[role]  # fmt: skip
        picture = pictures(key, request(key, section=section, frames=1), [0])[0]
        assert picture.std() > 0.03

    def test_options_are_other_pictures(self, key):
        for setting in kind(key).settings:
            shown = [
                pictures(key, request(key, chosen={setting.name: option}, frames=1), [0])[0]
                for option in setting.options
            ]
            apart = [np.abs(a - b).mean() for i, a in enumerate(shown) for b in shown[:i]]
            assert min(apart) > 0.02, setting.name

    @pytest.mark.parametrize("camera", MOVES)
    def test_every_camera_move_is_seen(self, key, camera):
        still, moved = (of_camera(key, each) for each in (CameraMove.STATIC, camera))
        assert np.abs(coded(still) - coded(moved)).mean(axis=(1, 2, 3)).min() > 0.006

    @pytest.mark.parametrize(("move", "back", "axis", "sign"), WAYS)
    def test_the_picture_moves_against_the_camera(self, key, move, back, axis, sign):
        """The same scene at the same time from two places: nothing else differs."""
        if key in MIRRORED:
            pytest.skip("its mirrors send things both ways")

        def last(camera):
            wanted = request(key, camera=camera, frames=12, width=256, height=144)
            small = cv2.resize(coded(light(key, wanted, [11])[0]), (128, 72))
            return cv2.GaussianBlur((255 * small.mean(axis=2)).astype(np.uint8), (0, 0), 1)

        flow = cv2.calcOpticalFlowFarneback(
            last(back), last(move), None, 0.5, 4, 21, 5, 7, 1.5, 0
        )  # fmt: skip
        strong = np.hypot(*np.moveaxis(flow, 2, 0)) > 0.25
        assert strong.mean() > 0.1
        assert sign * np.median(flow[strong][:, axis]) > 0.25

    @pytest.mark.parametrize("palette", FEATURES)
    def test_music_does_not_flash(self, key, palette):
        """Hits eight times a second: at most 3 flashes a second over a quarter (WCAG 2.3.1)."""
        beats = tuple(i / 8 for i in range(8))
        wanted = request(key, hits={"kick": beats[::2], "snare": beats[1::2], "hat": beats},
                         energy=1.0, section="drop", palette=FEATURES[palette])  # fmt: skip
        assert flashes(frames(wanted, kind(key)), 24) <= 3

    @pytest.mark.slow
    @pytest.mark.parametrize("drums", [2.0, 4.0, 10.0])
    @pytest.mark.parametrize("palette", [ramp(50, 0.14), ramp(25, 0.3)], ids=["orange", "red"])
    def test_drums_at_any_tempo_do_not_flash(self, key, drums, palette):
        """Up to 200 BPM with blast beats: as much as drummers do."""
        seconds = 2.5
        times = tuple(np.arange(0, seconds, 1 / drums))
        beats = tuple(np.arange(0, seconds, max(1 / drums, 0.3)))
        after = tuple(time + 0.5 / drums for time in times)
        wild = request(
            key, frames=60, energy=1.0, palette=palette, section="drop", beats=beats,
            downbeats=beats[::4], hits={"kick": times, "snare": after, "hat": times},
        )  # fmt: skip
        wild = wild.model_copy(update={"motion": 1.0})
        assert flashes(frames(wild, kind(key)), 24) <= 3


WAYS_SET = [
    (key, one.name, option)
    for key in SCENES
    for one in kind(key).settings
    for option in one.options
]
"""Every option of every scene."""


@pytest.mark.parametrize(("key", "setting", "option"), WAYS_SET)
def test_drawing_allocates_next_to_nothing(key, setting, option):
    """Once warm, a frame takes no more than a few small arrays, however the scene is set."""
    wanted = request(key, width=480, height=270, hits={"kick": (0.0,)}, chosen={setting: option})
    stage = Stage(wanted)
    scene, moments = kind(key)(stage), Moments(stage)
    out = np.empty((scene.height, scene.width, 3), np.float32)
    given = [moments[i] for i in range(3)]
    scene.draw(given[0], out)
    tracemalloc.start()
    scene.draw(given[1], out)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    scene.draw(given[2], out)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < out.nbytes / 4
