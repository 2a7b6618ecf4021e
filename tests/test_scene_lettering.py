"""Words as designed type: on their frame, in the frame, in any script, or shapes in their place."""

from fractions import Fraction

import numpy as np
import pytest

from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.parts import glyphs
from songreel.generation.visuals.parts.lettering_rooms import ROOMS
from songreel.generation.visuals.parts.type_layer import Look
from songreel.generation.visuals.parts.typeset import CAP, Box, even, pages, stacked
from songreel.generation.visuals.render import remarks
from songreel.generation.visuals.scenes.lettering import Lettering
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive, Sung
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

LEVEL = Curve(rate=2, values=(0.5,) * 20)
PALETTE = tuple(
    Oklch(lightness=v, chroma=0.12 * (1 - v / 2), hue=260) for v in (0.15, 0.35, 0.55, 0.75, 0.93)
)
WHITE = np.ones(3, np.float32)
PLAIN = Look(WHITE, WHITE, WHITE, WHITE)


def sung(*texts, gap=0.25, line=0, start=0.0):
    return tuple(
        Sung(start=start + gap * i, end=start + gap * i + 0.2, text=text, line=line)
        for i, text in enumerate(texts)
    )


def stage(words=(), *, setting="poster", size=(160, 90), section="verse", frames=48,
          camera=CameraMove.STATIC, shot=ShotSize.MEDIUM, **bands):  # fmt: skip
    hits = {band: Hits(times=times, strengths=(1.0,) * len(times)) for band, times in bands.items()}
    drive = Drive(energy=LEVEL, brightness=LEVEL, bass=LEVEL, section=section, words=words, **hits)
    return Stage(
        ClipRequest(
            prompt="", camera=camera, size=shot, palette=PALETTE, energy=0.6, motion=0.8, seed=4,
            width=size[0], height=size[1], rate=Fraction(24), frames=frames, drive=drive,
            source=Cast("lettering", {"type": setting}).to_source(),
        )
    )  # fmt: skip


def drawn(at, index):
    scene = Lettering(at)
    out = np.full((scene.height, scene.width, 3), np.nan, np.float32)
    scene.draw(Moments(at)[index], out)
    return out


@pytest.mark.parametrize("setting", ROOMS)
class TestRooms:
    def test_a_word_is_seen_on_its_frame_and_not_before(self, setting):
        one, two = sung("Light"), (*sung("Light"), *sung("falls", start=0.5))
        # The first page is set alike: both words stand on it from the start, or on two lines.
        alone = stage((*one, *sung("falls", start=1.5)), setting=setting)
        both = stage(two, setting=setting)
        assert np.array_equal(drawn(alone, 11), drawn(both, 11))
        assert np.abs(drawn(alone, 12) - drawn(both, 12)).max() > 0.2

    def test_without_words_it_is_still_a_picture_that_moves(self, setting):
        calm = stage(setting=setting, kick=(0.5,))
        before, after = (np.minimum(drawn(calm, i), 1.0) ** (1 / 2.2) for i in (11, 12))
        assert after.std() > 0.05
        assert np.abs(after - before).mean() > 0.01

    @pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120)])
    @pytest.mark.parametrize("section", ["verse", "chorus"])
    def test_letters_stay_in_the_frame(self, setting, size, section):
        lines = (
            *sung("Somewhere", "over", "the", "unbelievable", "mountains", "we", "go", gap=0.1),
            *sung("incomprehensibilities", line=1, start=1.0),
        )
        for camera in (CameraMove.PAN_LEFT, CameraMove.TILT_UP, CameraMove.PUSH_IN):
            for shot in (ShotSize.WIDE, ShotSize.EXTREME_CLOSE):
                at = stage(lines, setting=setting, size=size, section=section, camera=camera,
                           shot=shot, kick=(0.75,), snare=(0.75,))  # fmt: skip
                scene, moments = Lettering(at), Moments(at)
                for index in (18, 46):
                    u = scene.room.type.units(moments[index], PLAIN)
                    assert len(u)
                    pad = glyphs.PAD * u[:, 13]
                    assert (u[:, 0] - u[:, 2] + pad > -0.03 * scene.width).all()
                    assert (u[:, 0] + u[:, 2] - pad < 1.03 * scene.width).all()
                    assert (u[:, 1] - u[:, 3] + pad > -0.03 * scene.height).all()
                    assert (u[:, 1] + u[:, 3] - pad < 1.03 * scene.height).all()

    def test_the_word_now_sung_is_brighter_than_those_before_it(self, setting):
        at = stage(sung("stay", "here"), setting=setting, frames=24)
        scene, moment = Lettering(at), Moments(at)[14]
        state = scene.room.type.states(moment)
        assert state is not None
        _, present, _ = state
        assert present[1] > present[0] >= 0


def test_a_kick_pushes_the_letters_towards_the_viewer():
    at = stage(sung("push"), kick=(0.5,))
    scene, moments = Lettering(at), Moments(at)
    rest, struck = (scene.room.type.units(moments[i], PLAIN)[:, 13].copy() for i in (11, 12))
    assert (struck > 1.04 * rest).all()


def test_words_no_font_can_draw_are_left_out_and_the_rest_is_set(monkeypatch, tmp_path):
    monkeypatch.setattr(glyphs, "face_for", lambda _clusters, _tongue: None)
    glyphs.word.cache_clear()
    at = stage(sung("ა", "light ❤️", "🎉"))
    layer = Lettering(at).room.type
    assert [one.text for one, _ in layer.spoken] == ["light ❤️"]
    assert len(layer.spoken[0][1].glyphs) == len("light")
    assert layer.left_out == ("ა", "🎉")
    assert remarks(at.request) == ("no font here has the letters of ა, ❤️, 🎉",)
    assert Builtin(Context(scratch=tmp_path)).notes(at.request)[1:] == remarks(at.request)
    assert remarks(stage(sung("light")).request) == ()
    glyphs.word.cache_clear()


def test_scripts_whose_letters_join_are_set_as_whole_words():
    latin = glyphs.word("Wave")
    assert latin is not None
    assert len(latin.glyphs) == 4
    arabic = glyphs.word("سلام")
    if arabic is None:
        pytest.skip("no font here has Arabic")
    assert len(arabic.glyphs) == 1


def test_marks_stay_on_their_letters():
    assert glyphs.clusters("e\u0301a") == ["e\u0301", "a"]


def test_a_distance_field_knows_inside_and_how_far():
    mask = np.zeros((200, 200), bool)
    mask[50:150, 50:150] = True
    field = glyphs.distances(mask, em=200)
    middle = field[len(field) // 2, len(field) // 2]
    assert middle == pytest.approx(0.25, abs=0.01)
    assert field[2, 2] == pytest.approx(-(0.25 - 2.5 / glyphs.EM) * np.sqrt(2), abs=0.01)


class TestSetting:
    def test_pages_keep_order_lines_and_limits(self):
        lines, letters = [0] * 9 + [1] * 2, [4] * 11
        found = pages(lines, letters, words=4, most=18)
        assert [i for page in found for i in page] == list(range(11))
        assert all(len({lines[i] for i in page}) == 1 for page in found)
        assert max(len(page) for page in found) <= 4

    def test_stacked_rows_fill_the_width_and_stay_in_the_box(self):
        box = Box(-1.0, -0.6, 2.0, 1.2)
        widths = [3.1, 0.9, 2.2, 1.4]
        placed = stacked(widths, box, tails=False)
        for width, place in zip(widths, placed, strict=True):
            assert place.x >= box.left - 1e-9
            assert place.x + width * place.size <= box.left + box.width + 1e-9
            assert box.bottom - 1e-9 <= place.y
            assert place.y + CAP * place.size <= box.bottom + box.height + 1e-9
        rows = {round(place.y, 6) for place in placed}
        assert len(rows) > 1

    def test_even_rows_share_one_size_and_are_centred(self):
        box = Box(-1.0, -0.5, 2.0, 1.0)
        placed = even([2.0, 2.0], box, most_rows=1)
        assert placed[0].size == placed[1].size
        assert placed[0].x + placed[1].x + 2.0 * placed[1].size == pytest.approx(0.0, abs=1e-9)
