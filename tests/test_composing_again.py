"""Scores that are gone on from: parts made again, runs that ended, money."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from songreel.generation.score.asking import seed_of
from songreel.generation.score.kept import partial
from songreel.generation.score.quote import quote
from songreel.models.errors import BudgetExceeded, ProviderError
from songreel.sound.pcm import read
from songreel.store.ledger import Ledger
from support.scores import RATE, chain, composed, killed_plan, paid_by, plan, smith
from support.shop import Wallet, failing
from support.sound_shop import PRICE
from support.tunes import breaks, clips, dies, drifts


def test_a_drift_is_made_again_with_another_seed(tmp_path):
    source = smith(tmp_path, acts={"scene 3": [drifts(1.04)]})
    score = composed(tmp_path, plan(*[4.0] * 4), source)
    part = score.parts[2]
    assert part.retakes == 1
    assert part.tempo == pytest.approx(120, rel=0.01)
    assert part.remarks[0].startswith("take 1 has 124.")
    assert part.remarks[0].endswith("BPM where 120 are meant (+4.0%), so it was made again")
    seeds = [r.seed for r in source.requests if r.prompt == "scene 3"]
    assert seeds == [seed_of(5, "s03", 1, 0), seed_of(5, "s03", 1, 1)]
    assert score.cost is not None
    assert score.cost.usd == 5 * PRICE


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (clips, "clips: "),
        (dies, "falls silent for 3.0 s from 1."),
        (breaks, "has 20 samples that are no numbers"),
        (lambda new, asked, rate: 0 * new, "is silent"),  # noqa: ARG005
        (lambda new, asked, rate: new + np.float32(0.2), "is off centre by 0.2"),  # noqa: ARG005
    ],
    ids=["clipped", "silent from a point on", "no numbers", "silent", "off centre"],
)
def test_a_fault_is_made_again_and_told_where_it_stays(tmp_path, act, says):
    source = smith(tmp_path, acts={"scene 1": [act], "scene 2": [act, act, act]})
    score = composed(tmp_path, plan(4.0, 4.0), source, fade=False)
    first, second = score.parts
    assert first.retakes == 1
    assert says in first.remarks[0]
    assert first.remarks[0].startswith("take 1 ")
    assert second.retakes == 2
    assert any(said.startswith("it ") and says in said for said in second.remarks)
    track = read(tmp_path / "score" / score.file).samples
    assert np.isfinite(track).all()
    assert track.shape[1] == 8 * RATE


def test_the_best_take_is_kept(tmp_path):
    source = smith(tmp_path, acts={"scene 2": [drifts(1.05), drifts(1.025), drifts(0.93)]})
    score = composed(tmp_path, plan(4.0, 4.0), source)
    part = score.parts[1]
    assert part.seed == seed_of(5, "s02", 1, 1)
    assert part.tempo == pytest.approx(123, rel=0.004)
    assert part.remarks[-1].startswith("it has 12")
    assert len(part.remarks) == 3


def test_a_limit_that_stops_a_retake_keeps_the_take_there_is(tmp_path):
    source = smith(tmp_path, acts={"scene 2": [drifts(1.04)]})
    score = composed(tmp_path, plan(4.0, 4.0), source, purse=Wallet(2 * PRICE))
    part = score.parts[1]
    assert part.retakes == 0
    assert "it could not be made again: " in part.remarks[-1]
    assert score.samples == 8 * RATE


def test_a_source_that_dies_leaves_what_there_is_and_the_rest_is_bought_once(tmp_path):
    seed = seed_of(5, "s03", 1, 0)
    faults = {("poll", s): [failing(), failing()] for s in (seed, seed + 100)}
    source, wallet = smith(tmp_path, faults=faults), Wallet()
    with pytest.raises(ProviderError, match="it failed"):
        composed(tmp_path, plan(*[4.0] * 4), source, purse=wallet)
    left = partial(tmp_path / "score")
    assert left is not None
    assert [c.id for c in left.plan.cues] == ["s01", "s02"]
    assert "the score ends after s02: shop: it failed" in left.notices[-1]
    first = read(tmp_path / "score" / left.file).samples
    assert first.shape[1] == left.samples == 8 * RATE
    assert wallet.paid == 2 * PRICE
    source.faults.clear()
    score = composed(tmp_path, plan(*[4.0] * 4), source, purse=wallet)
    assert wallet.paid == 4 * PRICE
    assert partial(tmp_path / "score") is None
    fade = score.parts[2].fade  # what was there is there again, up to the join
    assert first[:, :-fade].tobytes() == chain(tmp_path, score)[:, : 8 * RATE - fade].tobytes()


def test_an_interrupted_run_goes_on(tmp_path):
    source, wallet = smith(tmp_path), Wallet()

    def stop(what: str, done: float) -> None:
        assert 0 <= done <= 1
        if "s03" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        composed(tmp_path, plan(*[4.0] * 4), source, purse=wallet, progress=stop)
    left = partial(tmp_path / "score")
    assert left is not None
    assert left.samples == 8 * RATE
    composed(tmp_path, plan(*[4.0] * 4), source, purse=wallet)
    assert source.sold == 4
    assert wallet.spent() == 4 * PRICE


def test_what_is_finished_is_not_composed_again_and_a_changed_cue_ages_what_follows(tmp_path):
    source, wanted = smith(tmp_path), plan(*[4.0] * 4)
    first = composed(tmp_path, wanted, source)
    track = chain(tmp_path, first)
    assert composed(tmp_path, wanted, source) == first
    assert source.sold == 4
    named = wanted.model_copy(update={"title": "Seven rooms"})
    assert composed(tmp_path, named, source).plan.title == "Seven rooms"
    assert source.sold == 4
    (tmp_path / "score" / first.file).write_bytes(b"spoilt")
    again = composed(tmp_path, wanted, source)
    assert again == first
    assert source.sold == 4  # joined again from the takes there are
    cues = list(wanted.cues)
    cues[2] = cues[2].model_copy(update={"prompt": "another scene"})
    changed = composed(tmp_path, wanted.model_copy(update={"cues": tuple(cues)}), source)
    assert source.sold == 6
    assert [p.take for p in changed.parts[:2]] == [p.take for p in first.parts[:2]]
    assert not {p.take for p in changed.parts[2:]} & {p.take for p in first.parts[2:]}
    start = changed.parts[2].start
    assert track[:, :start].tobytes() == chain(tmp_path, changed)[:, :start].tobytes()


def test_it_costs_what_was_quoted(tmp_path):
    for n, (wanted, more) in enumerate(
        [
            (plan(2.0, 2.0, 2.0), {}),
            (plan(22.0, 3.0), {"longest": 10.0}),
            (plan(5.0, 5.0), {"hears": False}),
        ]
    ):
        source = smith(tmp_path / str(n), **more)
        told = quote(wanted, source)
        score = composed(tmp_path / str(n), wanted, source)
        assert score.cost is not None
        assert told.likely == told.low == score.cost.usd
        assert told.high == 3 * told.likely
    assert quote(plan(4.0), smith(tmp_path / "free", paid=False)).high == 3 * PRICE
    with pytest.raises(BudgetExceeded):
        composed(tmp_path / "c", plan(4.0), smith(tmp_path / "c"), purse=Wallet("0.05"))


def dies_of(root, called, number):
    """Start composing in a process of its own, and have it killed after that call."""
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-m", "support.scores", str(root), called, str(number)],
        cwd=here, env={**os.environ, "PYTHONPATH": str(here)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("called", "number", "sold"),
    [
        ("submit", 2, 2),  # bought, and nobody was told so
        pytest.param("reserve", 2, 1, marks=pytest.mark.slow),
        pytest.param("settle", 1, 1, marks=pytest.mark.slow),
        pytest.param("take in", 3, 3, marks=pytest.mark.slow),
        pytest.param("enter", 2, 2, marks=pytest.mark.slow),
        pytest.param("lay", 3, 3, marks=pytest.mark.slow),
    ],
)
def test_a_killed_process_is_gone_on_from_and_buys_nothing_twice(tmp_path, called, number, sold):
    root, other = tmp_path / "killed", tmp_path / "whole"
    root.mkdir()
    dies_of(root, called, number)
    source = smith(root)
    assert source.sold == sold
    assert not (root / "score" / "score.json").exists()
    score = composed(root, killed_plan(), source, purse=paid_by(root))
    assert source.sold == 3
    assert Ledger(root / "ledger.db").booked() == 3 * PRICE
    whole = composed(other, killed_plan(), smith(other))
    assert score.sha256 == whole.sha256
