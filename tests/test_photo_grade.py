"""A person's pictures in the colours of the film they stand in."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner

from songreel.assembly.edit import edit
from songreel.assembly.effects.effect import find
from songreel.assembly.light import lightness
from songreel.assembly.pictures import frame_of, picture_of
from songreel.batch.wishes import Wishes
from songreel.cli.main import app
from songreel.generation.encode import write_clip
from songreel.generation.visuals.render import frames as drawn
from songreel.grade import Grade, grade_of, in_one_light
from songreel.grading.towards import DUSK, colours_of
from songreel.models.clip import Clip, Drive
from songreel.models.colour import linear_srgb, oklab
from songreel.models.effect import Beat, EffectCue, PlacedEffect
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.music import Curve
from songreel.models.render import RenderSpec
from songreel.project import ProjectFile
from support.depths import SCENES
from support.films import song, storyboard
from support.footage import wanted

NEON = (0.16, 0.09, 285.0, 0.36, 0.16, 300.0, 0.6, 0.2, 340.0, 0.85, 0.1, 200.0)
RATE = Fraction(24)


def graded(effect: str, patches, strength: float, **settings):
    """What an effect makes of colours in OKLab, each a patch of its own; shape (n, 3)."""
    lab = np.atleast_2d(np.array(patches, float))
    shown = np.clip(linear_srgb(lab), 0, 1) ** (1 / 2.4)
    rgb = np.rint(shown * 255).astype(np.uint8)[None].repeat(8, 0).repeat(8, 1)
    placed = PlacedEffect(effect=effect, strength=strength)
    done = find(effect, settings).picture(picture_of(to_frame(rgb)), Beat(placed, 0, 24.0))
    out = to_rgb(frame_of(done))[4, 4::8].astype(float) / 255
    return oklab(out**2.4)


def to_frame(rgb):
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def to_rgb(frame):
    plain = frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG")
    return plain.to_ndarray()


def polar(lab):
    return lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), np.degrees(
        np.arctan2(lab[..., 2], lab[..., 1])
    ) % 360  # fmt: skip


# The two grades


def test_greys_take_the_palette_s_colour_at_their_lightness():
    greys = [[0.2, 0, 0], [0.5, 0, 0], [0.75, 0, 0]]
    _, before, _ = polar(graded("palette", greys, 0.0, colours=NEON))
    light, chroma, hue = polar(graded("palette", greys, 0.6, colours=NEON))
    assert np.all(before < 0.01)
    assert np.all(chroma > 0.03)
    assert abs(hue[0] - 290) < 15  # the shadows' violet
    assert 300 < hue[1] < 350
    assert np.allclose(light, [0.2, 0.5, 0.75], atol=0.02)


def test_black_stays_black_and_white_white():
    for effect in ("palette", "duotone"):
        ends = graded(effect, [[0, 0, 0], [1, 0, 0]], 0.5, colours=NEON)
        if effect == "palette":
            assert np.allclose(ends, [[0, 0, 0], [1, 0, 0]], atol=0.02)
        assert ends[0, 0] < ends[1, 0]


@pytest.mark.parametrize("light", [0.45, 0.6, 0.75])
def test_skin_keeps_its_hue(light):
    """The hue of the ColorChecker's two skins, at their chroma."""
    skin = [light, 0.075 * np.cos(np.radians(50)), 0.075 * np.sin(np.radians(50))]
    teal = (0.2, 0.05, 220.0, 0.6, 0.1, 200.0, 0.95, 0.04, 190.0)
    _, chroma, hue = polar(graded("palette", skin, 0.4, colours=teal))
    leaf = [light, 0.075 * np.cos(np.radians(130)), 0.075 * np.sin(np.radians(130))]
    _, _, green = polar(graded("palette", leaf, 0.4, colours=teal))
    assert abs(hue[0] - 50) < 9
    assert chroma[0] > 0.055
    assert green[0] - 130 > 15  # and what is no skin leans to the palette


def test_gamma_brings_the_light_along():
    darker = graded("palette", [[0.7, 0, 0]], 1.0, colours=NEON, gamma=0.7)
    lighter = graded("palette", [[0.7, 0, 0]], 1.0, colours=NEON, gamma=1.4)
    assert darker[0, 0] < 0.64
    assert lighter[0, 0] > 0.74


def test_a_duotone_has_no_colours_but_the_palette_s():
    rng = np.random.default_rng(3)
    colours = np.stack([rng.uniform(0.3, 0.8, 60), *rng.uniform(-0.1, 0.1, (2, 60))], -1)
    two = (0.2, 0.1, 280.0, 0.9, 0.06, 280.0)
    light, chroma, hue = polar(graded("duotone", colours, 1.0, colours=two))
    clear = chroma > 0.03  # of 8 bits and chroma at half size
    assert clear.mean() > 0.9
    assert np.abs(hue[clear] - 280).max() < 12
    order = np.argsort(polar(graded("palette", colours, 0.0))[0])
    assert np.corrcoef(light[order], np.arange(60))[0, 1] > 0.9


@pytest.mark.parametrize(
    "wrong", [(0.2, 0.1), (0.2, 0.1, 250.0), (0.2, 0.9, 250.0, 0.5, 0.1, 30.0), "neon"]
)
def test_colours_that_are_none_are_refused(wrong):
    with pytest.raises(InvalidInput, match="colours"):
        find("palette", {"colours": wrong})
    assert colours_of(DUSK)


# What makes one film of two sources


def clip_of(folder: Path, name: str, pictures, provider: str, **more) -> Clip:
    folder.mkdir(exist_ok=True)
    count, (height, width) = len(pictures), pictures[0].shape[:2]
    file = folder / f"{name}.mp4"
    write_clip(iter(pictures), file, width=width, height=height, rate=RATE, count=count)
    request = wanted(count, rate=RATE, width=width, height=height)
    return Clip(
        request=request, provider=provider, file=file.name, sha256=sha256_of(file), frames=count,
        rate=RATE, width=width, height=height, **more,
    )  # fmt: skip


@pytest.fixture
def mixed(tmp_path):
    """A dark built-in shot, a light photo and a video, another built-in shot."""
    board = storyboard(song(seconds=2.0), [0.0, 0.5, 1.0, 1.5])
    folder = tmp_path / "clips"
    made = (("builtin", 50), ("footage", 190), ("still", 120), ("builtin", 60))
    clips = {
        shot.id: clip_of(folder, shot.id, [np.full((72, 128, 3), tone, np.uint8)] * 14, provider)
        for shot, (provider, tone) in zip(board.shots, made, strict=True)
    }
    return board, clips, folder


def cues(board) -> list[list[tuple[str, float]]]:
    return [[(cue.effect, cue.strength) for cue in shot.effects] for shot in board.shots]


def test_own_pictures_beside_built_in_ones_lean_to_the_palette_and_it_is_said(mixed):
    board, clips, folder = mixed
    one = in_one_light(board, clips, folder, "", 1)
    assert cues(one) == [[], [("palette", 0.4)], [("palette", 0.4)], []]
    assert "graded towards the film's palette, 40%" in one.notices[-1]
    assert "--grade none" in one.notices[-1]
    gammas = [shot.effects[0].settings["gamma"] for shot in one.shots[1:3]]
    assert gammas[0] < 1  # the light photo comes down to the dark film, as far as is moderate
    assert cues(board) == [[], [], [], []]  # the plan itself is as it was


def test_the_cut_shows_them_in_their_own_shot_s_palette(mixed):
    board, clips, folder = mixed
    spec = RenderSpec(width=128, height=72, rate=RATE)
    timeline = edit(in_one_light(board, clips, folder, "", 1), clips, spec)
    (placed,) = timeline.cuts[1].effects
    numbers = [n for c in board.shots[1].palette for n in (c.lightness, c.chroma, c.hue)]
    assert list(placed.settings["colours"]) == numbers
    assert timeline.cuts[0].effects == ()


def test_films_of_one_source_stay_as_they_are(mixed):
    board, clips, folder = mixed
    for provider in ("footage", "builtin", "replicate:ltx-video"):
        alone = {s: c.model_copy(update={"provider": provider}) for s, c in clips.items()}
        assert in_one_light(board, alone, folder, "", 1) == board


def test_a_stand_in_is_no_reason_to_change_the_others(mixed):
    board, clips, folder = mixed
    theirs = {
        shot: clip.model_copy(update={"substitution": "built-in visuals: the file is gone"})
        if clip.provider == "builtin" else clip
        for shot, clip in clips.items()
    }  # fmt: skip
    assert in_one_light(board, theirs, folder, "", 1) == board


def test_what_is_asked_for_is_done_and_a_shot_s_own_cue_stays(mixed):
    board, clips, folder = mixed
    assert in_one_light(board, clips, folder, "none", 1) == board
    own = EffectCue(effect="duotone", strength=0.9)
    shots = [s.model_copy(update={"effects": (own,)}) if i == 2 else s
             for i, s in enumerate(board.shots)]  # fmt: skip
    board = board.model_copy(update={"shots": tuple(shots)})
    one = in_one_light(board, clips, folder, "palette:0.7", 1)
    assert cues(one) == [[], [("palette", 0.7)], [("duotone", 0.9)], []]
    assert one.notices[-1].startswith("one shot of your pictures is graded")
    alone = {s: c.model_copy(update={"provider": "footage"}) for s, c in clips.items()}
    assert cues(in_one_light(board, alone, folder, "duotone", 1))[0] == [("duotone", 0.85)]


@pytest.mark.parametrize("wrong", ["sepia", "palette:2", "palette:much", "none:0.4", "duotone:-1"])
def test_a_grade_that_is_none_is_refused(wrong, tmp_path):
    with pytest.raises(InvalidInput, match="say none, palette or duotone"):
        grade_of(wrong)
    song_file = tmp_path / "a.wav"
    song_file.write_bytes(b"")
    result = CliRunner().invoke(app, ["make", str(song_file), "--grade", wrong])
    assert result.exit_code == 1


def test_grades_are_read_and_kept():
    assert grade_of("palette") == Grade("palette", 0.4)
    assert grade_of("duotone:0.5") == Grade("duotone", 0.5)
    assert ProjectFile(title="a", song="song/a.wav", song_sha256="a" * 64).grade == ""
    assert Wishes(grade="none").changes()["grade"] == "none"


def test_how_light_clips_are_is_seen(tmp_path):
    clips = {
        name: clip_of(tmp_path, name, [np.full((72, 128, 3), tone, np.uint8)] * 30, "still")
        for name, tone in (("dark", 40), ("light", 200))
    }
    found = lightness({name: tmp_path / clip.file for name, clip in clips.items()}, 2)
    for name, tone in (("dark", 40), ("light", 200)):
        assert found[name] == pytest.approx(np.cbrt((tone / 255) ** 2.4), abs=0.01)


def test_own_pictures_come_nearer_to_the_built_in_ones():
    """Bhattacharyya's distance between colours in OKLab, over four drawn photos and a scene.

    Measured: 0.67 as shot, 0.52 with palette at 40 %, 0.33 at 70 %, 0.24 as a duotone.
    """
    palette = [[NEON[i], NEON[i + 1], NEON[i + 2]] for i in range(0, 12, 3)]
    level = Curve(rate=10.0, values=(0.5,) * 10)
    music = Drive(energy=level, brightness=level, bass=level, section="chorus")
    request = wanted(12, palette=palette, motif="aurora", drive=music, rate=RATE)
    film = histogram([frame.copy() for frame in drawn(request)][::4])
    photos = [make()[0] for make in SCENES.values()]
    far = {
        name: float(1 - np.sqrt(film * histogram([apply(photo, *how) for photo in photos])).sum())
        for name, how in {
            "none": ("palette", 0.0), "palette": ("palette", 0.4), "more": ("palette", 0.7),
            "duotone": ("duotone", 0.85),
        }.items()
    }  # fmt: skip
    assert far["palette"] < far["none"] - 0.05
    assert far["more"] < far["palette"] - 0.03
    assert far["duotone"] < far["palette"]


def apply(rgb, effect: str, strength: float):
    rgb = cv2.resize(rgb, (160, 90), interpolation=cv2.INTER_AREA)
    placed = PlacedEffect(effect=effect, strength=strength)
    done = find(effect, {"colours": NEON}).picture(picture_of(to_frame(rgb)), Beat(placed, 0, 24.0))
    return to_rgb(frame_of(done))


def histogram(pictures):
    """Of colours in OKLab, smoothed by most of a bin: neighbours are alike."""
    small = [cv2.resize(p, (64, 36), interpolation=cv2.INTER_AREA).reshape(-1, 3) for p in pictures]
    lab = oklab((np.concatenate(small) / 255) ** 2.4)
    counts, _ = np.histogramdd(lab, bins=(8, 10, 10), range=((0, 1), (-0.25, 0.25), (-0.25, 0.25)))
    return gaussian_filter(counts / counts.sum(), 0.8)
