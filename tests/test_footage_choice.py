"""The user's own clips and photos: judged, chosen, and given as clips."""

import cv2
import numpy as np
import pytest

from songreel.generation.footage.choose import choose
from songreel.generation.footage.judge import APART
from songreel.generation.footage.photo import BLURRED, SHARP, sharpness_of, small_grey
from songreel.generation.footage.scan import Looks, scan, windows
from songreel.generation.footage.source import open_library
from songreel.generation.footage.span import Span
from songreel.generation.provider import Context
from songreel.generation.providers.footage import Footage
from songreel.generation.runner import generate
from songreel.models.progress import silent
from support.boards import SONG, SPEC, board
from support.footage import film_of, folder_of, spans_of, wanted
from support.makers import Painter
from support.pictures import (
    number_in,
    numbered,
    read_video,
    scenery,
    write_photo,
    write_video,
)

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
        sha256 = Span.of(planned["s01"].request).sha256
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
