"""What a score's report says of who played, and how it spells."""

from songreel.models.score import Score, ScoreCue, ScorePart, ScorePlan
from songreel.models.score_report import ScoreReport


def _part(cue: str, *notes: str) -> ScorePart:
    return ScorePart(cue=cue, provider="tunes", take="0" * 64, seed=0, start=0, end=1, notes=notes)


def test_what_makers_say_of_all_parts_is_said_once_and_the_rest_by_scene():
    cues = tuple(
        ScoreCue(id=name, seconds=4, prompt="x", bpm=120, key="A minor") for name in ("a", "b", "c")
    )
    score = Score(
        plan=ScorePlan(cues=cues), file="score.wav", sha256="0" * 64, rate=8000, channels=1,
        samples=1,
        parts=(
            _part("a", "licence: yours", "a piano"),
            _part("b", "licence: yours", "a horn"),
            _part("b", "licence: yours", "a horn"),
            _part("c", "licence: yours", "a piano"),
        ),
    )  # fmt: skip
    assert score.told() == ("licence: yours", "a, c: a piano", "b: a horn")


def test_a_key_is_spelled_as_it_was_meant():
    fields = {
        "title": "", "file": "x.wav", "sha256": "0" * 64, "source": "tunes", "seconds": 4.0,
        "rate": 8000, "samples": 32000, "meant": 58.666667, "tempo": 58.7, "trust": 0.9,
        "on_beat": None, "beat_error": None, "integrated": None, "range": None, "true_peak": None,
        "gain": 0.0, "loudness": {"rate": 1.0, "values": [-14.0]}, "scenes": (), "joins": (),
    }  # fmt: skip
    heard = ScoreReport.model_validate(fields | {"key": "Gb minor", "key_meant": "F# minor"})
    assert "58.70 BPM for 58.67 (+0.06 %), F# minor for F# minor" in heard.lines()[0]
    other = ScoreReport.model_validate(fields | {"key": "Db major", "key_meant": "F# minor"})
    assert other.lines()[0].endswith("Db major for F# minor")
