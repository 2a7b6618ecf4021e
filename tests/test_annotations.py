"""What benchmarks score against is read the same from JSON, `.beats` and JAMS."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

FOLDER = str(Path(__file__).resolve().parent.parent / "benchmarks" / "analysis")
BEATS = (0.5 + 0.5 * np.arange(16)).tolist()
DOWNBEATS = BEATS[2::4]
PLACES = [(i - 2) % 4 + 1 for i in range(16)]


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    import annotations
    import scores

    yield annotations, scores
    for name in ("annotations", "scores"):
        sys.modules.pop(name, None)


def jams() -> str:
    beats = [
        {"time": t, "duration": 0.0, "value": p, "confidence": None}
        for t, p in zip(BEATS, PLACES, strict=True)
    ]
    dense = {"time": [0.0, 4.0], "duration": [4.0, 4.5], "value": ["a", "b"], "confidence": [1, 1]}
    return json.dumps(
        {
            "annotations": [
                {"namespace": "beat", "data": beats},
                {"namespace": "segment_open", "data": dense},
                {
                    "namespace": "key_mode",
                    "data": [{"time": 0, "duration": 9, "value": "F#:minor", "confidence": 1}],
                },
            ]
        }
    )


WRITTEN = {
    "json": json.dumps({"beats": BEATS, "downbeats": DOWNBEATS}),
    "jams": jams(),
    "beats": "\n".join(f"{t}\t{p}" for t, p in zip(BEATS, PLACES, strict=True)),
}


@pytest.mark.parametrize("suffix", WRITTEN)
def test_beats_and_bars_are_the_same_from_every_form(modules, tmp_path, suffix):
    (tmp_path / f"song.{suffix}").write_text(WRITTEN[suffix])
    truth = modules[0].annotation(tmp_path / "song.flac", None)
    assert_allclose(truth["beats"], BEATS)
    assert_allclose(truth["downbeats"], DOWNBEATS)


@pytest.mark.parametrize("line", ["{t:.3f} {p}", "{t:.3f},{p}", "{t:.3f}\t{p}.0", "{t:.3f} 7 {p}"])
def test_every_manner_of_beats_file_is_read(modules, tmp_path, line):
    lines = [line.format(t=t, p=p) for t, p in zip(BEATS, PLACES, strict=True)]
    (tmp_path / "song.beats").write_text("# a comment\n" + "\n".join(lines) + "\n\n")
    truth = modules[0].annotation(Path("elsewhere/song.mp3"), tmp_path)
    assert_allclose(truth["downbeats"], DOWNBEATS)
    assert truth["tempo"] == pytest.approx(120)


def test_beats_alone_have_no_bars(modules, tmp_path):
    (tmp_path / "song.beats").write_text("\n".join(str(t) for t in BEATS))
    assert "downbeats" not in modules[0].annotation(tmp_path / "song.wav", None)


def test_jams_brings_form_and_key(modules, tmp_path):
    (tmp_path / "song.jams").write_text(WRITTEN["jams"])
    truth = modules[0].annotation(tmp_path / "song.wav", None)
    assert truth["key"] == "F# minor"
    assert [(s["start"], s["end"], s["label"]) for s in truth["sections"]] == [
        (0.0, 4.0, "a"),
        (4.0, 8.5, "b"),
    ]


def test_what_is_no_annotation_is_named(modules, tmp_path):
    (tmp_path / "song.beats").write_text("0.5 1\nhello\n")
    with pytest.raises(ValueError, match=r"song\.beats is no annotation: line 2 .*hello"):
        modules[0].annotation(tmp_path / "song.wav", None)


def test_a_song_without_annotation_has_none(modules, tmp_path):
    assert modules[0].annotation(tmp_path / "song.wav", tmp_path) is None


def test_scores_of_the_truth_are_full_and_late_beats_are_measured(modules):
    _, scores = modules
    beats = 6 + 0.5 * np.arange(40)  # mir_eval leaves out the first five seconds
    truth = {
        "beats": beats.tolist(), "downbeats": beats[::4].tolist(), "tempo": 120.0, "key": "A minor",
        "segments": [{"start": 6.0, "end": 14.0, "label": "A"},
                     {"start": 14.0, "end": 20.0, "label": "B"},
                     {"start": 20.0, "end": 26.0, "label": "A"}],
    }  # fmt: skip
    heard = scores.Heard(
        beats=beats + 0.02, downbeats=beats[::4], tempo=120.0, key="A minor",
        boundaries=np.array([0.0, 6.0, 14.0, 20.0, 26.0]), letters=("Z", "X", "Y", "X"),
    )  # fmt: skip
    found = scores.score(heard, truth)
    assert found.pop("err ms") == pytest.approx(20, abs=0.01)
    assert len(found) == 10
    assert_allclose(list(found.values()), 1.0)


def test_repetition_heard_as_contrast_scores_low(modules):
    _, scores = modules
    edges = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    same = scores.repetition_f(edges, ["a", "b", "a", "b"], edges, ("A", "B", "A", "B"))
    apart = scores.repetition_f(edges, ["a", "b", "a", "b"], edges, ("A", "B", "C", "D"))
    assert same == pytest.approx(1.0)
    assert apart < 0.7
