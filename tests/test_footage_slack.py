"""Footage is cut with something to spare for the edit, and looked at once."""

import json

import numpy as np

from songreel.generation.footage import scan as scanning
from songreel.generation.footage.scan import scan
from songreel.generation.footage.source import open_library
from songreel.generation.footage.span import Span
from songreel.generation.provider import Context
from songreel.generation.providers.footage import Footage
from support.footage import film_of, folder_of, spans_of
from support.pictures import scenery, write_video


def source_of(tmp_path, folder) -> Footage:
    return Footage(Context(scratch=tmp_path / "scratch", footage=folder, cache=tmp_path / "kept"))


def test_a_shot_has_frames_on_either_side_that_no_other_shot_shows(tmp_path):
    folder = folder_of(tmp_path, photos=0, videos=3)  # 8 s each
    portions = source_of(tmp_path, folder).plan(film_of(4))
    reach: dict[str, list[tuple[float, float]]] = {}
    for portion in portions.values():
        span = Span.of(portion.request)
        assert portion.first == 15  # 0.6 s at 25 fps
        assert portion.request.frames == portion.frames + 30
        assert portion.cut_at == portion.request.head / portion.rate
        reach.setdefault(span.sha256, []).append((span.start, span.start + portion.request.seconds))
    for spans in reach.values():
        for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert start >= end - 1e-6


def test_where_material_is_short_there_is_no_slack_rather_than_a_picture_twice(tmp_path):
    folder = folder_of(tmp_path, photos=0, videos=1)  # 8 s for 3 shots of 2 s
    film = film_of(3)
    assert {span.handle for span in spans_of(folder, film, slack=0.6).values()} == {0.0}
    assert spans_of(folder, film, slack=0.6) == spans_of(folder, film)


def test_a_file_too_short_for_slack_is_shown_without(tmp_path):
    folder = tmp_path / "short"
    folder.mkdir()
    write_video(folder / "v.mp4", [scenery(128, 72, 0.0, 2.0 * k) for k in range(60)])
    (span,) = spans_of(folder, film_of(1), slack=0.6).values()
    assert (span.handle, span.speed, span.turns_after) == (0.0, 1.0, None)


def test_another_span_for_a_shot_has_the_same_place_for_its_cut(tmp_path):
    folder = folder_of(tmp_path, photos=0, videos=3)
    source = source_of(tmp_path, folder)
    portion = source.plan(film_of(3))["s01"]
    others = source.alternatives(portion.request)
    assert others
    for other in others:
        assert other.frames == portion.request.frames
        assert other.source != portion.request.source


def test_a_video_is_looked_at_once_until_it_or_the_code_changes(tmp_path, monkeypatch):
    folder = folder_of(tmp_path, photos=0, videos=2)
    sources = open_library(folder).sources
    kept = tmp_path / "kept"
    looked: list[str] = []
    really = scanning._scan_one

    def look(source, *more):
        looked.append(source.name)
        return really(source, *more)

    monkeypatch.setattr(scanning, "_scan_one", look)
    first = scan(sources, 1, kept)
    assert sorted(looked) == ["v0.mp4", "v1.mp4"]
    again = scan(sources, 2, kept)
    assert len(looked) == 2
    for sha256, looks in first.items():
        for name in ("times", "light", "sharpness", "motion"):
            assert np.array_equal(getattr(looks, name), getattr(again[sha256], name))
        assert (looks.stretches, looks.focus) == (again[sha256].stretches, again[sha256].focus)
    spoilt, older = sorted(kept.iterdir())
    spoilt.write_text("{")
    raw = json.loads(older.read_text())
    older.write_text(json.dumps(raw | {"code": "0" * 12}))
    third = scan(sources, 1, kept)
    assert len(looked) == 4
    assert all(np.array_equal(third[sha].motion, looks.motion) for sha, looks in first.items())
