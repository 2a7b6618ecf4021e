"""Scores that are composed: cues in, one seamless track out, with the truth known."""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from songreel.generation.patience import Patience
from songreel.generation.score.align import match
from songreel.generation.score.asking import seed_of
from songreel.generation.score.compose import compose
from songreel.generation.score.kept import CHAIN, HEARD, partial
from songreel.generation.score.onsets import onsets
from songreel.generation.score.pulse import beat_at, feel, tempo
from songreel.generation.score.quote import quote
from songreel.generation.score.verdict import Surroundings, Verdict
from songreel.generation.score.windows import stretches
from songreel.models.errors import BudgetExceeded, InvalidInput, ProviderError
from songreel.models.score import Score, ScoreCue, ScorePlan
from songreel.sound.pcm import read
from support.makers import Clock
from support.shop import Wallet, failing
from support.sound_shop import PRICE
from support.tunes import Tunesmith, breaks, clips, dies, drifts, tune

RATE = 8000


def cue(n: int, seconds: float = 4.0, **more: Any) -> ScoreCue:
    fields = {"id": f"s{n:02d}", "seconds": seconds, "prompt": f"scene {n}", "bpm": 120.0}
    return ScoreCue.model_validate(fields | {"key": "A minor"} | more)


def plan(*lengths: float, **more: Any) -> ScorePlan:
    rises = np.linspace(0.2, 0.9, len(lengths))
    cues = tuple(
        cue(n, seconds, energy=float(energy), **more)
        for n, (seconds, energy) in enumerate(zip(lengths, rises, strict=True), 1)
    )
    return ScorePlan(cues=cues, seed=5)


def composed(root: Path, wanted: ScorePlan, source: Tunesmith, **more: Any) -> Score:
    clock = Clock()
    patience = Patience(clock=clock, sleep=clock.sleep)
    more.setdefault("purse", Wallet())
    return compose(wanted, source, root / "score", patience=patience, **more)


def smith(root: Path, **more: Any) -> Tunesmith:
    root.mkdir(exist_ok=True)
    return Tunesmith(root / "world", **more)


def chain(root: Path, score: Score) -> np.ndarray:
    """The track as it was grown, before its end was faded."""
    path = root / "score" / CHAIN
    return read(path if path.exists() else root / "score" / score.file).samples


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    """Seven scenes of four seconds, whose source makes each part half as loud again."""
    root = tmp_path_factory.mktemp("seven")
    source = smith(root, swells=1.5)
    return root, source, composed(root, plan(*[4.0] * 7), source)


def test_seven_scenes_are_exactly_as_long_as_planned(seven):
    root, _, score = seven
    track = read(root / "score" / score.file)
    assert track.samples.shape == (1, 28 * RATE)
    assert (score.samples, score.rate, score.channels) == (28 * RATE, RATE, 1)
    assert [part.cue for part in score.parts] == [f"s{n:02d}" for n in range(1, 8)]
    assert [round((part.start + part.fade) / RATE, 2) for part in score.parts] == [
        4 * n for n in range(7)
    ]
    assert all(a.end == b.start + b.fade for a, b in pairwise(score.parts))
    assert hashlib.sha256((root / "score" / score.file).read_bytes()).hexdigest() == score.sha256


def test_what_is_there_stays_bit_for_bit_up_to_the_last_cross_fade(seven):
    """What each step heard is the chain as it was then."""
    root, source, score = seven
    track = chain(root, score)
    for request, part in zip(source.requests[1:], score.parts[1:], strict=True):
        assert request.heard is not None
        heard = read(root / "score" / HEARD / f"{request.heard.sha256[:16]}.wav").samples
        join = part.start + part.fade
        then = track[:, join - heard.shape[1] : part.start]
        assert then.tobytes() == heard[:, : then.shape[1]].tobytes(), part.cue
        assert part.fade <= RATE // 2  # a beat at most


def test_joins_do_not_click(seven):
    root, _, score = seven
    steps = np.abs(np.diff(chain(root, score)[0]))
    for part in score.parts[1:]:
        for edge in (part.start, part.start + part.fade):
            around = steps[edge - RATE : edge + RATE].copy()
            here = slice(RATE - 8, RATE + 8)
            largest, around[here] = around[here].max(), 0
            assert largest <= around.max(), part.cue


def test_loudness_does_not_step_and_grows_as_planned(seven):
    root, _, score = seven
    track = chain(root, score)[0]
    meter = pyloudnorm.Meter(RATE, block_size=0.4)

    def loudness(first: int, last: int) -> float:
        return float(meter.integrated_loudness(track[first:last].astype(np.float64)))

    for part in score.parts[1:]:
        join = part.start + part.fade
        step = loudness(join, join + RATE) - loudness(join - RATE, join)
        assert abs(step) <= 1.0, (part.cue, step)
        assert part.step is not None
        assert abs(part.step) <= 1.0
    first, last = loudness(0, 4 * RATE), loudness(24 * RATE, 28 * RATE)
    assert 3.0 < last - first < 9.0  # energies of 0.2 and 0.9 are meant to be 5.6 LU apart
    assert np.abs(track).max() < 2.0  # growing by 3.5 dB a scene unchecked, it would be at 5


def test_the_pulse_goes_through_all_joins(seven):
    root, source, score = seven
    track = chain(root, score)
    heard = onsets(track, RATE)
    assert tempo(heard, 120.0).tempo == pytest.approx(120.0, rel=0.002)
    for part in score.parts:
        assert part.tempo == pytest.approx(120.0, rel=0.02)
        assert part.lag == (source.lag if part.alike is not None else 0)
        join = (part.start + part.fade) / RATE
        beat = beat_at(heard.between(join, join + 3), 0.5, join + 1, 0.25)
        assert beat.at == pytest.approx(round(join) + 1, abs=0.008)
        assert beat.clear == 1.0


def test_the_source_is_asked_for_words_beats_and_a_window_it_can_hold(seven):
    _, source, _ = seven
    assert [request.prompt for request in source.requests] == [f"scene {n}" for n in range(1, 8)]
    assert all(request.total <= source.longest for request in source.requests)
    assert [request.phase for request in source.requests] == [0.0] * 7
    assert [request.bar for request in source.requests] == [0, 2, 4, 6, 8, 10, 12]
    assert [request.ending for request in source.requests] == [False] * 6 + [True]
    assert {request.theme for request in source.requests} == {5}
    assert [request.heard.seconds for request in source.requests[1:] if request.heard] == [
        4.0, 8.0, 10.0, 10.0, 10.0, 10.0,
    ]  # fmt: skip
    assert len({request.seed for request in source.requests}) == 7


def test_thirty_scenes(tmp_path):
    score = composed(tmp_path, plan(*[4.0] * 30), smith(tmp_path))
    assert read(tmp_path / "score" / score.file).samples.shape[1] == 120 * RATE
    assert len(score.parts) == 30
    assert all(abs(part.step or 0) <= 1 and part.retakes == 0 for part in score.parts)
    assert np.median([part.fade for part in score.parts]) == 0.04 * RATE
    heard = onsets(chain(tmp_path, score), RATE)
    assert tempo(heard.between(100, 119), 120.0).tempo == pytest.approx(120.0, rel=0.002)


def test_odd_lengths(tmp_path):
    wanted = plan(0.5, 3.7, 0.5, 47.123, 2.2, 0.7, 9.9, bpm=93.0)
    source = smith(tmp_path, longest=20.0)
    score = composed(tmp_path, wanted, source)
    assert score.samples == round(wanted.seconds * RATE)
    assert [step.cue.id for step in stretches(wanted)] == ["s02", "s04", "s05", "s07"]
    assert [part.cue for part in score.parts].count("s04") == 5  # four bars at a time
    assert all(request.total <= 20.0 for request in source.requests)
    told = [remark for part in score.parts for remark in part.remarks]
    assert told[0] == "s01, s03 is too short for music of its own and goes along"
    # Windows within a cue meet on bars.
    inner = [p for a, p in pairwise(score.parts) if a.cue == p.cue == "s04"]
    bars = [((part.start + part.fade) / RATE) / (240 / 93) for part in inner]
    assert np.allclose(bars, np.round(bars), atol=0.01)
    alone = composed(tmp_path / "b", plan(0.5), smith(tmp_path / "b"))
    assert alone.samples == RATE // 2


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


def test_octaves_are_one_tempo_and_no_pulse_is_no_fault(tmp_path):
    heard = {"scene 1": (60.2, 0.9), "scene 2": (180.5, 0.9), "scene 3": (133.0, 0.3)}

    def judge(new: Any, rate: int, wanted: ScoreCue, around: Surroundings) -> Verdict:
        assert new.shape[1] == 4 * rate
        assert around.before.shape[1] == min(8 * RATE, 4 * RATE * (int(wanted.id[1:]) - 1))
        return Verdict(*heard.get(wanted.prompt, (None, 0.0)), remarks=("listened to",))

    score = composed(tmp_path, plan(*[4.0] * 4), smith(tmp_path), judge=judge)
    assert [part.retakes for part in score.parts] == [0] * 4
    assert [part.tempo for part in score.parts] == [60.2, 180.5, None, None]
    assert score.parts[0].remarks == ("listened to",)


def test_a_source_that_dies_leaves_what_there_is_and_the_rest_is_bought_once(tmp_path):
    seed = seed_of(5, "s04", 1, 0)
    faults = {("poll", s): [failing(), failing()] for s in (seed, seed + 100)}
    source, wallet = smith(tmp_path, faults=faults), Wallet()
    with pytest.raises(ProviderError, match="it failed"):
        composed(tmp_path, plan(*[4.0] * 6), source, purse=wallet)
    left = partial(tmp_path / "score")
    assert left is not None
    assert [c.id for c in left.plan.cues] == ["s01", "s02", "s03"]
    assert "the score ends after s03: shop: it failed" in left.notices[-1]
    first = read(tmp_path / "score" / left.file).samples
    assert first.shape[1] == left.samples == 12 * RATE
    assert wallet.paid == 3 * PRICE
    source.faults.clear()
    score = composed(tmp_path, plan(*[4.0] * 6), source, purse=wallet)
    assert wallet.paid == 6 * PRICE
    assert partial(tmp_path / "score") is None
    fade = score.parts[3].fade  # what was there is there again, up to the join
    assert first[:, :-fade].tobytes() == chain(tmp_path, score)[:, : 12 * RATE - fade].tobytes()


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
    source, wanted = smith(tmp_path), plan(*[4.0] * 6)
    first = composed(tmp_path, wanted, source)
    track = chain(tmp_path, first)
    assert composed(tmp_path, wanted, source) == first
    assert source.sold == 6
    named = wanted.model_copy(update={"title": "Seven rooms"})
    assert composed(tmp_path, named, source).plan.title == "Seven rooms"
    assert source.sold == 6
    (tmp_path / "score" / first.file).write_bytes(b"spoilt")
    again = composed(tmp_path, wanted, source)
    assert again == first
    assert source.sold == 6  # joined again from the takes there are
    cues = list(wanted.cues)
    cues[4] = cues[4].model_copy(update={"prompt": "another scene"})
    changed = composed(tmp_path, wanted.model_copy(update={"cues": tuple(cues)}), source)
    assert source.sold == 8
    assert [p.take for p in changed.parts[:4]] == [p.take for p in first.parts[:4]]
    assert not {p.take for p in changed.parts[4:]} & {p.take for p in first.parts[4:]}
    start = changed.parts[4].start
    assert track[:, :start].tobytes() == chain(tmp_path, changed)[:, :start].tobytes()


def test_a_source_that_does_not_hear(tmp_path):
    source = smith(tmp_path, hears=False)
    score = composed(tmp_path, plan(*[4.0] * 4), source)
    assert score.samples == 16 * RATE
    assert all(request.heard is None for request in source.requests)
    assert any("nothing was continued" in notice for notice in score.notices)
    assert all(part.alike is None for part in score.parts)
    assert all(part.fade == RATE // 4 for part in score.parts[1:])
    heard = onsets(chain(tmp_path, score), RATE)
    for second in (5.0, 9.0, 13.0):  # the new parts' beats lie on the old ones'
        beat = beat_at(heard.between(second - 1, second + 2), 0.5, second, 0.25)
        assert beat.at == pytest.approx(second, abs=0.008)


def test_it_costs_what_was_quoted(tmp_path):
    for n, (wanted, more) in enumerate(
        [
            (plan(*[4.0] * 7), {}),
            (plan(50.0, 3.0), {"longest": 20.0}),
            (plan(9.0, 9.0), {"hears": False}),
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


def test_parts_of_another_form_are_brought_to_the_first_ones(tmp_path):
    source = smith(tmp_path)

    def two_channels(request: Any, files: Any) -> Any:
        source.rate, source.stereo = (11025, True) if source.requests else (RATE, False)
        return Tunesmith.submit(source, request, files)

    source.submit = two_channels  # type: ignore[method-assign]
    score = composed(tmp_path, plan(4.0, 4.0, 4.0), source)
    assert (score.rate, score.channels, score.samples) == (RATE, 1, 12 * RATE)
    assert score.notices[0] == (
        "tunesmith made parts at 11025 Hz with 2 channels, brought to the first one's 8000 and 1"
    )
    assert all((part.alike or 1) > 0.95 for part in score.parts)
    assert tempo(onsets(chain(tmp_path, score), RATE), 120.0).tempo == pytest.approx(120, rel=0.002)


@pytest.mark.slow
def test_ten_minutes_and_many_scenes(tmp_path):
    lengths = np.random.default_rng(3).uniform(0.5, 40.0, 28)
    wanted = plan(*(round(float(s), 3) for s in lengths), bpm=107.0)
    score = composed(tmp_path, wanted, smith(tmp_path, swells=1.2))
    assert wanted.seconds > 500
    assert score.samples == round(wanted.seconds * RATE)
    track = chain(tmp_path, score)
    assert np.abs(track).max() < 2
    assert all(abs(part.step or 0) <= 1 for part in score.parts)
    last = onsets(track[:, -20 * RATE :], RATE)
    assert tempo(last, 107.0).tempo == pytest.approx(107, rel=0.002)
    whole = composed(tmp_path / "one", plan(600.0), smith(tmp_path / "one"))
    assert whole.samples == 600 * RATE


def test_tempo_and_upbeat(tmp_path):
    cues = (cue(1), cue(2, bpm=90.0), cue(3, bpm=90.0, meter=3))
    wanted = ScorePlan(cues=cues, first_downbeat=1.0)
    source = smith(tmp_path)
    score = composed(tmp_path, wanted, source)
    assert [request.phase for request in source.requests] == [2.0, 0.0, 0.0]
    assert [request.bar for request in source.requests] == [0, 3, 5]
    assert source.requests[1].heard is not None
    assert source.requests[1].heard.seconds == 2.0  # a bar of the other tempo is enough
    assert [round(part.tempo or 0) for part in score.parts] == [120, 90, 90]
    assert score.samples == 12 * RATE


def test_the_end(tmp_path):
    score = composed(tmp_path, plan(4.0, 4.0), smith(tmp_path))
    track = read(tmp_path / "score" / score.file).samples
    whole = chain(tmp_path, score)
    assert track[0, -1] == 0
    assert "its last 2.0 s are faded out" in score.notices[-1]
    assert track[:, : 6 * RATE].tobytes() == whole[:, : 6 * RATE].tobytes()

    def falls(new: Any, asked: Any, rate: int) -> Any:  # noqa: ARG001
        return new * np.exp(-np.arange(new.shape[1]) / rate).astype(np.float32)

    for root, more in ((tmp_path / "a", {"acts": {"scene 2": [falls]}}), (tmp_path / "b", {})):
        ended = composed(root, plan(4.0, 6.0), smith(root, **more), fade=bool(more))
        assert not any("faded out" in notice for notice in ended.notices)
        last = read(root / "score" / ended.file).samples
        whole = chain(root, ended)
        assert (last[0, -1] == 0) == bool(more)
        assert last[:, : -RATE // 20].tobytes() == whole[:, : -RATE // 20].tobytes()


def test_what_cannot_be_composed_is_refused(tmp_path):
    source = smith(tmp_path)
    twice = ScorePlan(cues=(cue(1), cue(1)))
    with pytest.raises(InvalidInput, match="two cues of the score are called s01"):
        composed(tmp_path, twice, source)
    source.tasks = ("effects",)  # type: ignore[misc]
    with pytest.raises(InvalidInput, match="tunesmith makes no music"):
        quote(plan(4.0), source)
    narrow = smith(tmp_path / "n", longest=1.2)
    with pytest.raises(ProviderError, match=r"makes 1\.2 s at a time, too little to go on"):
        composed(tmp_path / "n", plan(30.0, bpm=40.0), narrow)


@pytest.mark.parametrize("lag", [-60, 0, 1, 7, 353])
def test_a_rendering_is_found_to_the_sample(lag):
    heard = tune(RATE, 4.0, 100, seed=1)
    new = tune(RATE, 2.0, 100, phase=2 / 3, seed=2)
    rng = np.random.default_rng(0)
    take = np.concatenate([heard, new, np.zeros((1, 400), np.float32)], axis=1)
    take = 0.5 * np.roll(take, lag, axis=1) + 0.005 * rng.standard_normal(take.shape)
    found = match(heard, take.astype(np.float32), RATE)
    assert found.lag == lag
    assert found.alike > 0.9
    other = match(heard, tune(RATE, 6.0, 133, seed=9), RATE)
    assert other.alike < 0.5


@pytest.mark.parametrize("bpm", [67.0, 100.0, 140.0])
@pytest.mark.parametrize("ratio", [0.96, 1.0, 1.03])
def test_the_tempo_of_four_seconds_is_told_to_half_a_percent(bpm, ratio):
    before = tune(RATE, 6.0, bpm, seed=3)
    new = tune(RATE, 4.0, bpm * ratio, phase=6 * bpm / 60 % 4, seed=4)
    verdict = feel(new, RATE, cue(1, bpm=bpm), Surroundings(before, bpm))
    assert verdict.tempo == pytest.approx(bpm * ratio, rel=0.005)
    assert verdict.trust > 0.5


def test_what_has_no_pulse_is_not_said_to_have_moved():
    time = np.arange(4 * RATE) / RATE
    for seed in range(4):
        rng = np.random.default_rng(seed)
        plucks = np.zeros(5 * RATE)
        for at in rng.uniform(0, 3.9, 14):
            pluck = np.sin(2 * np.pi * rng.uniform(100, 800) * time) * np.exp(-8 * time)
            plucks[int(at * RATE) :][:RATE] += pluck[:RATE]
        for name, sound in (
            ("noise", rng.standard_normal(4 * RATE)),
            ("pad", sum(np.sin(2 * np.pi * f * time + seed) for f in (220.0, 277.0, 330.0))),
            ("bursts", np.repeat(rng.random(20) ** 2, 1600) * rng.standard_normal(4 * RATE)),
            ("plucks", plucks[: 4 * RATE]),
            ("silence", np.zeros(4 * RATE)),
        ):
            samples = (0.1 * np.asarray(sound))[None].astype(np.float32)
            verdict = feel(samples, RATE, cue(1), Surroundings(samples[:, :0], None))
            moved = verdict.tempo is not None and abs(verdict.tempo / 120 - 1) > 0.02
            assert not moved or verdict.trust < 0.5, name
