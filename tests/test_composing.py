"""Scores that are composed: cues in, one seamless track out, with the truth known."""

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from songreel.generation.score.kept import HEARD
from songreel.generation.score.onsets import onsets
from songreel.generation.score.pulse import beat_at, tempo
from songreel.generation.score.quote import quote
from songreel.generation.score.windows import stretches
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.score import ScorePlan
from songreel.sound.pcm import read
from support.scores import RATE, chain, composed, cue, plan, smith
from support.tunes import Organist, Tunesmith


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


def bends(track: np.ndarray) -> np.ndarray:
    """How sharply each sample bends away from the line of its neighbours."""
    return np.abs(np.diff(track[0].astype(np.float64), 2))


@pytest.mark.parametrize(("hears", "swing"), [(True, 1.2), (False, 1.5)])
def test_joins_do_not_click(tmp_path, hears, swing):
    """Nothing bends more at a join than beside it; two chords at once by 3 dB at most."""
    source = Organist(tmp_path / "world", hears=hears, swells=1.0)
    score = composed(tmp_path, plan(4.0, 4.0, 4.0), source, retakes=0)
    track = chain(tmp_path, score)
    found = bends(track)
    for part in score.parts[1:]:
        first, last = part.start - 80, part.start + part.fade + 80
        beside = np.concatenate([found[first - RATE : first], found[last : last + RATE]])
        assert found[first:last].max() < swing * beside.max(), part.cue
        # What the measure is good for: the same join 1.5 ms off is heard.
        late = np.concatenate([track[:, : part.start], track[:, part.start + 12 :]], axis=1)
        assert bends(late)[first:last].max() > 1.5 * swing * beside.max()


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


@pytest.mark.slow
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
