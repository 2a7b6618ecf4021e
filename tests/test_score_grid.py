"""Beats and bars of a score: heard at another octave or from another bar, they count as written."""

import pytest

from songreel.analysis.regrid import corrected
from songreel.models.score import ScoreCue, ScorePlan
from songreel.score_grid import as_written, heard_as_written
from support.analyses import pop


def written(bpm: float, first: float = 0.0, meter: int = 4, **last: float) -> ScorePlan:
    cue = {"id": "a", "seconds": 60.0, "prompt": "a piano", "bpm": bpm, "key": "C major"}
    cue["meter"] = meter
    cues = (
        ScoreCue.model_validate(cue),
        ScoreCue.model_validate(
            cue | {"id": "b"} | {name.rstrip("_"): value for name, value in last.items()}
        ),
    )
    return ScorePlan(cues=cues, first_downbeat=first)


@pytest.fixture(scope="module")
def heard():
    """120 BPM in fours from the start."""
    return pop(120.0)


def test_what_is_heard_as_written_stays(heard):
    assert as_written(written(120.0), heard) == ()
    assert heard_as_written(written(120.0), heard) == (heard, ())


@pytest.mark.parametrize(
    ("bpm", "first", "meter", "asked"),
    [
        (240.0, 0.0, 4, ["--double"]),
        (60.0, 0.0, 4, ["--half"]),
        (120.0, 1.0, 4, ["--bar-one-at 1"]),
        (120.0, 0.0, 3, ["--meter 3/4", "--bar-one-at 0"]),
        (120.0, 0.5, 3, ["--meter 3/4", "--bar-one-at 0.5"]),
    ],
)
def test_octave_and_bars_are_those_that_were_written(heard, bpm, first, meter, asked):
    plan = written(bpm, first, meter)
    changes = as_written(plan, heard)
    assert [str(change) for change in changes] == asked
    counted, told = heard_as_written(plan, heard)
    assert counted == corrected(heard, changes)
    assert counted.tempo == pytest.approx(bpm, rel=0.01)
    bar = meter * 60 / bpm
    assert min(abs(time - first - bar) for time in counted.downbeats) < 1e-3
    assert "120.00 BPM" in told[0]
    assert asked[0] in told[0]


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(written(97.0), id="another tempo"),
        pytest.param(written(120.0, 0.2), id="beats that are not heard"),
        pytest.param(written(60.0, bpm_=90.0), id="two tempi"),
        pytest.param(written(120.0, meter_=3), id="two meters"),
    ],
)
def test_a_plan_that_was_not_played_says_nothing(heard, plan):
    assert as_written(plan, heard) == ()


def test_without_a_grid_to_trust_nothing_is_counted(heard):
    unsure = heard.model_copy(update={"trust": heard.trust.model_copy(update={"grid": 0.3})})
    assert as_written(written(240.0), unsure) == ()
