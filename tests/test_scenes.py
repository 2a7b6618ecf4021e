"""What a viewer may count on in ink, nebula, petals, murmuration, strings and paper-cut."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from songreel.generation.planes import Planes
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.scenes.ink import Ink
from songreel.generation.visuals.scenes.murmuration import Murmuration
from songreel.generation.visuals.scenes.nebula import Nebula
from songreel.generation.visuals.scenes.papercut import Papercut
from songreel.generation.visuals.scenes.petals import Petals
from songreel.generation.visuals.scenes.strings import Strings
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

RATE = Fraction(24)
SCENES = [Ink, Nebula, Petals, Murmuration, Strings, Papercut]


def ramp(hue, chroma=0.12, lightness=(0.15, 0.35, 0.55, 0.75, 0.93)):
    return tuple(Oklch(lightness=v, chroma=chroma * (1 - v / 2), hue=hue) for v in lightness)


BLUE, RED, PALE = ramp(260), ramp(25), ramp(20, 0.08, (0.35, 0.65, 0.8, 0.9, 0.97))


def request(*, width=160, height=90, frames=24, palette=BLUE, energy=0.5, seed=5, hits=None,
            camera=CameraMove.STATIC, size=ShotSize.MEDIUM):  # fmt: skip
    def level(value):
        return Curve(rate=2, values=(value,) * (frames // 12 + 2))

    bands = {band: Hits(times=tuple(times), strengths=(1.0,) * len(times))
             for band, times in (hits or {}).items()}  # fmt: skip
    return ClipRequest(
        prompt="a scene", camera=camera, size=size, palette=palette, energy=energy, motion=0.4,
        seed=seed, width=width, height=height, rate=RATE, frames=frames,
        drive=Drive(energy=level(energy), brightness=level(0.5), bass=level(energy), **bands),
    )  # fmt: skip


def light(scene, wanted, indices):
    """Light of the wanted frames, on a field that starts as NaN: what is not drawn shows."""
    stage = Stage(wanted)
    drawn, moments = scene(stage), Moments(stage)
    out = np.full((drawn.height, drawn.width, 3), np.nan, np.float32)
    fields = []
    for index in indices:
        drawn.draw(moments[index], out)
        fields.append(out.copy())
    return np.stack(fields)


def pictures(scene, wanted, indices):
    """The finished frames, float, 0 to 1."""
    fields = light(scene, wanted, indices)
    finisher = Finisher(fields.shape[1:3], (wanted.height, wanted.width), scene.finish, wanted.seed)
    shown, frames = Planes(wanted.width, wanted.height), []
    for field in fields:
        finisher(field, 0, shown)
        frames.append(shown.rgb().astype(np.float64) / 255)
    return np.stack(frames)


def luminance(picture):
    """Relative luminance (WCAG 2.2) of coded sRGB."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scene", SCENES)
class TestScene:
    def test_same_request_same_light(self, scene):
        a, b = (light(scene, request(), [0, 3]) for _ in range(2))
        assert a.tobytes() == b.tobytes()

    def test_a_frame_does_not_depend_on_the_frames_before_it(self, scene):
        assert np.array_equal(
            light(scene, request(), [9])[0], light(scene, request(), range(10))[9]
        )

    def test_seeds_give_other_worlds(self, scene):
        a, b = (pictures(scene, request(seed=seed), [0])[0] for seed in (5, 6))
        assert np.abs(a - b).mean() > 0.02

    @pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120), (96, 120), (40, 16)])
    def test_every_shape_is_filled_with_sound_light(self, scene, size):
        wanted = request(width=size[0], height=size[1], energy=0.9,
                         hits={"kick": (0.0,), "snare": (0.0,), "hat": (0.0,)})  # fmt: skip
        fields = light(scene, wanted, [0, 12])
        assert np.isfinite(fields).all()
        assert fields.min() >= 0
        assert pictures(scene, wanted, [0])[0].std() > 0.04

    @pytest.mark.parametrize("palette", [BLUE, PALE], ids=["dark", "pale"])
    @pytest.mark.parametrize("energy", [0.05, 1.0])
    def test_first_frame_is_a_picture(self, scene, palette, energy):
        """Neither flat nor crushed nor burnt out; the shares are generous to night skies."""
        picture = pictures(scene, request(width=320, height=180, palette=palette, energy=energy),
                           [0])[0]  # fmt: skip
        grey = picture.mean(axis=2)
        assert grey.std() > 0.03
        assert np.ptp(np.percentile(grey, [2, 98])) > 0.15
        assert (picture.min(axis=2) > 0.99).mean() < 0.08
        assert (picture.max(axis=2) < 0.01).mean() < 0.5

    def test_gradients_do_not_band(self, scene):
        """Neighbours on smooth ground mostly differ a little: dithered, not in steps."""
        picture = pictures(scene, request(width=320, height=180), [0])[0][..., 2] * 255
        step = np.abs(np.diff(picture, axis=1))
        smooth = step[step <= 3]
        assert (smooth > 0).mean() > 0.3

    @pytest.mark.parametrize("band", ["kick", "snare"])
    def test_a_hit_shows_on_its_frame(self, scene, band):
        """The largest change between two frames is the one at the hit (frame 12 = 0.5 s)."""
        fields = light(scene, request(hits={band: (0.5,)}, width=320, height=180), range(8, 18))
        coded = np.minimum(fields, 1.0) ** (1 / 2.2)
        change = [np.abs(b - a).mean() for a, b in pairwise(coded)]
        assert 8 + 1 + int(np.argmax(change)) == 12
        assert max(change) > 1.3 * float(np.median(change))

    @pytest.mark.parametrize("palette", [BLUE, PALE], ids=["dark", "pale"])
    def test_a_hat_lights_small_points(self, scene, palette):
        """Some points clearly, most of the picture not at all."""
        hit, rest = (
            pictures(scene, request(hits=hits, width=640, height=360, palette=palette), [0])[0]
            for hits in ({"hat": (0.0,)}, None)
        )
        change = np.abs(hit - rest).max(axis=2)
        assert (change > 0.08).mean() > 0.0005
        assert (change < 0.08).mean() > 0.9

    @pytest.mark.parametrize("drive", ["bass", "build"])
    def test_bass_and_build_are_seen(self, scene, drive):
        stage = Stage(request())
        drawn, moment = scene(stage), Moments(stage)[6]
        out = np.zeros((2, drawn.height, drawn.width, 3), np.float32)
        for field, level in zip(out, (0.0, 1.0), strict=True):
            drawn.draw(replace(moment, **{drive: level}), field)
        coded = np.minimum(out, 1.0) ** (1 / 2.2)
        assert np.abs(coded[1] - coded[0]).mean() > 0.008

    def test_motion_is_smooth_where_nothing_strikes(self, scene):
        """While the energy rises, no frame changes much more than the others: nothing pops."""
        wanted = request(frames=36)
        rise = Curve(rate=2, values=(0.2, 0.4, 0.6, 0.8, 1.0))
        wanted = wanted.model_copy(
            update={"drive": wanted.drive.model_copy(update={"energy": rise})}
        )
        coded = np.minimum(light(scene, wanted, range(36)), 1.0) ** (1 / 2.2)
        change = np.array([np.abs(b - a).mean() for a, b in pairwise(coded)])
        around = (change[:-2] + change[2:]) / 2
        assert (change[1:-1] < 1.4 * around).all()

    def test_a_bar_line_is_no_jump(self, scene):
        """The wrap of the bar's phase (frame 12) is no larger a change than its neighbours."""
        wanted = request(frames=24)
        wanted = wanted.model_copy(
            update={"drive": wanted.drive.model_copy(update={"downbeats": (0.0, 0.5, 1.0)})}
        )
        coded = np.minimum(light(scene, wanted, range(8, 18)), 1.0) ** (1 / 2.2)
        change = [np.abs(b - a).mean() for a, b in pairwise(coded)]
        assert change[3] < 1.5 * max(change[2], change[4])

    def test_the_palette_is_seen(self, scene):
        blue, red = (pictures(scene, request(palette=p), [4])[0].mean(axis=(0, 1))
                     for p in (BLUE, RED))  # fmt: skip
        assert blue[2] > blue[0] * 1.2
        assert red[0] > red[2] * 1.2

    def test_verse_and_chorus_are_related_and_different(self, scene):
        low, high = (pictures(scene, request(energy=e), [4])[0] for e in (0.1, 0.95))
        others = [pictures(scene, request(energy=0.95, seed=s), [4])[0] for s in (77, 78, 79)]
        assert np.abs(high - low).mean() > 0.03
        assert high.mean() != pytest.approx(low.mean(), rel=0.1)
        like, *unlike = (
            np.corrcoef(low.mean(axis=2).ravel(), p.mean(axis=2).ravel())[0, 1]
            for p in (high, *others)
        )
        assert like > np.mean(unlike) + 0.03

    @pytest.mark.parametrize(
        "camera", [c for c in CameraMove if c not in (CameraMove.STATIC, CameraMove.HANDHELD)]
    )
    def test_every_camera_move_is_seen(self, scene, camera):
        still, moved = (pictures(scene, request(camera=c, frames=72), [0, 71])
                        for c in (CameraMove.STATIC, camera))  # fmt: skip
        assert np.abs(still - moved).mean(axis=(1, 2, 3)).min() > 0.008

    @pytest.mark.parametrize("palette", [BLUE, PALE], ids=["dark", "pale"])
    def test_music_does_not_flash(self, scene, palette):
        """Hits eight times a second: at most 3 flashes a second over a quarter (WCAG 2.3.1).

        A flash is a pair of opposing changes of relative luminance by 0.1 or more whose darker
        state is below 0.8. Seen in blocks, since the rule is about areas and not about points.
        """
        beats = tuple(i / 8 for i in range(8))
        wanted = request(hits={"kick": beats[::2], "snare": beats[1::2], "hat": beats},
                         energy=1.0, palette=palette)  # fmt: skip
        lum = luminance(pictures(scene, wanted, range(24)))[:, :90, :160]
        blocks = lum.reshape(24, 9, 10, 16, 10).mean(axis=(2, 4)).reshape(24, -1)
        flashing = np.mean([_flashes(blocks[:, k]) > 3 for k in range(blocks.shape[1])])
        assert flashing < 0.25


@pytest.mark.parametrize("size", list(ShotSize))
@pytest.mark.parametrize("shape", [(160, 90), (90, 160)])
def test_the_flock_stays_in_the_sky_in_view(size, shape):
    """Its centre of mass is inside the frame and above the water, wherever the camera goes."""
    for camera in CameraMove:
        for seed in range(3):
            wanted = request(width=shape[0], height=shape[1], camera=camera, size=size, seed=seed,
                             frames=72, energy=0.9, hits={"kick": (0.0,)})  # fmt: skip
            stage = Stage(wanted.model_copy(update={"motion": 1.0}))
            scene, moments = Murmuration(stage), Moments(stage)
            for index in (0, 36, 71):
                m = moments[index]
                scale, x0, y0 = scene.gather(m)
                x, y = scale * scene.now[:2, : scene.count].mean(axis=1) + (x0, y0)
                across = x * np.cos(m.roll) - y * np.sin(m.roll)
                up = y * np.cos(m.roll) + x * np.sin(m.roll)
                assert abs(across) < 0.6 * stage.half_x, (camera, seed, index)
                assert -0.4 < up / stage.half_y < 0.6, (camera, seed, index)


def test_seeds_compose_the_flower_differently_in_the_frame():
    """The middle of its light is now on one side, now on the other, seldom in the centre."""
    wide, high = [], []
    for seed in range(12):
        light_ = luminance(pictures(Petals, request(seed=seed), [0])[0])
        wide.append((light_.sum(axis=0) * np.linspace(-1, 1, 160)).sum() / light_.sum())
        high.append((light_.sum(axis=1) * np.linspace(1, -1, 90)).sum() / light_.sum())
    assert min(wide) < -0.1 < 0.1 < max(wide)
    assert min(high) < -0.1 < 0.1 < max(high)
    assert np.median(np.hypot(wide, high)) > 0.15


def _flashes(series):
    """Pairs of opposing swings of at least 0.1, the darker end below 0.8."""
    swings, extreme, rising = 0, series[0], None
    for value in series[1:]:
        if rising is None or (value > extreme) == rising:
            if rising is None and abs(value - extreme) < 0.1:
                continue
            rising = value > extreme if rising is None else rising
            swings += swings == 0
            extreme = value
        elif abs(value - extreme) >= 0.1 and min(value, extreme) < 0.8:
            swings, rising, extreme = swings + 1, not rising, value
    return swings // 2
