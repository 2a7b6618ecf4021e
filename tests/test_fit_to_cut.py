"""The pulse of a finished cut: exact on true grids, robust, and honest about chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput
from songreel.models.fit import FitToCut
from songreel.prompting.fit.plan import bigness, plan_score_for_cut
from songreel.prompting.fit.search import fit_to_cut
from songreel.score_plans import MusicWish, fitted_score


def edit(bpm: float, meter: int = 4, offset: float = 0.4, shots: int = 30, seed: int = 1):
    """Cuts on bars, with some on other beats, as an editor makes them."""
    rng = np.random.default_rng(seed)
    found, beat = [], 0
    for _ in range(shots):
        beat += meter * int(rng.choice([1, 1, 2, 4]))
        found.append(beat)
        if rng.random() < 0.3:
            found.append(beat + int(rng.integers(1, meter)))
    return offset + np.unique(found) * 60 / bpm


def off_grid(fit: FitToCut, offset: float) -> float:
    """Seconds from a true downbeat to the nearest downbeat of the fit."""
    bar = 60 * fit.meter / fit.bpm
    away = (offset - fit.offset) / bar
    return abs(away - round(away)) * bar


@pytest.mark.parametrize("bpm", [71.0, 84.37, 96.0, 112.5, 127.93, 140.0, 155.0])
def test_a_true_grid_is_found_exactly(bpm):
    fit = fit_to_cut(edit(bpm, seed=int(bpm)).tolist())
    assert fit.bpm == pytest.approx(bpm, rel=1e-3) or fit.bpm == pytest.approx(2 * bpm, rel=1e-3)
    assert fit.on_beats == 1.0
    assert fit.error < 1
    assert fit.trust > 0.95
    assert off_grid(fit, 0.4) < 0.01
    octaves = [fit.bpm, *(r.bpm for r in fit.alternatives if r.relation)]
    assert any(each == pytest.approx(bpm, rel=1e-3) for each in octaves)


@settings(max_examples=12, deadline=None)
@given(st.floats(88, 132), st.floats(0, 1.5), st.integers(0, 1000))
def test_tempo_and_bars_are_found_wherever_they_begin(bpm, offset, seed):
    fit = fit_to_cut(edit(bpm, offset=offset, seed=seed).tolist())
    assert fit.bpm == pytest.approx(bpm, rel=1e-3)
    assert off_grid(fit, offset) < 0.01
    assert 0 <= fit.offset < 60 * fit.meter / fit.bpm


@pytest.mark.parametrize("rate", [24, 25, 30])
def test_cuts_on_frames_are_as_good(rate):
    times = np.floor(edit(118, seed=rate) * rate) / rate
    fit = fit_to_cut(times.tolist())
    assert fit.bpm == pytest.approx(118, rel=1e-3)
    assert off_grid(fit, 0.4) < 1 / rate
    assert fit.trust > 0.95


def test_cuts_that_are_off_do_not_lead_it_astray():
    rng = np.random.default_rng(4)
    times = edit(104, shots=36, seed=4)
    wrong = rng.choice(times.size, times.size // 4, replace=False)
    times[wrong] += rng.uniform(0.08, 0.3, wrong.size)
    fit = fit_to_cut(times.tolist())
    assert fit.bpm == pytest.approx(104, rel=1e-3)
    assert 0.65 < fit.on_beats < 0.9
    assert fit.trust > 0.9


@pytest.mark.parametrize("bpm", [100.0, 140.0, 170.0])
def test_three_in_a_bar_is_told_by_the_cuts(bpm):
    fit = fit_to_cut(edit(bpm, meter=3, shots=36, seed=int(bpm)).tolist())
    assert (fit.meter, fit.bpm) == (3, pytest.approx(bpm, rel=1e-3))


def test_cuts_at_random_are_not_trusted():
    rng = np.random.default_rng(9)
    trusts = []
    for _ in range(16):
        count = int(rng.integers(5, 30))
        times = np.cumsum(rng.exponential(rng.uniform(0.8, 4.0), count) + 0.25)
        trusts.append(fit_to_cut(times.tolist()).trust)
    assert np.mean(trusts) < 0.06
    assert np.quantile(trusts, 0.95) < 0.4


@pytest.mark.slow
def test_the_chance_of_a_trust_is_as_stated():
    """About one random edit in 300 may reach 0.5, and one in ten be above 0."""
    rng = np.random.default_rng(23)
    trusts = []
    for _ in range(300):
        count = int(rng.integers(4, 60))
        times = np.cumsum(rng.exponential(rng.uniform(0.5, 5.0), count) + rng.uniform(0, 0.4))
        trusts.append(fit_to_cut(times.tolist()).trust)
    assert np.mean(np.asarray(trusts) >= 0.5) <= 4 / 300
    assert np.mean(np.asarray(trusts) > 0) <= 0.15


def test_few_cuts_say_little():
    fit = fit_to_cut([1.0, 3.0, 5.0])
    assert fit.trust == 0
    assert "fit many tempi" in " ".join(fit.reasons)
    with pytest.raises(InvalidInput, match="1 cuts are too few to tell a tempo from; name one"):
        fit_to_cut([1.0])


def test_half_and_double_are_among_the_alternatives():
    fit = fit_to_cut(edit(100).tolist())
    relations = {r.relation: r.bpm for r in fit.alternatives}
    assert relations["half"] == pytest.approx(50, rel=1e-3)
    assert relations["double"] == pytest.approx(200, rel=1e-3)
    assert all(r.behind >= 0 for r in fit.alternatives)


def test_a_wanted_tempo_and_meter_are_stayed_near():
    times = (0.5 + 4 * np.arange(1, 14) * 60 / 90).tolist()
    assert fit_to_cut(times, bpm=90).bpm == pytest.approx(90, rel=1e-3)
    assert fit_to_cut(times, bpm=180).bpm == pytest.approx(180, rel=1e-3)
    assert fit_to_cut(times, meter=3).meter == 3


def test_a_heavy_cut_counts_for_more():
    grid = 0.3 + np.arange(1, 13) * 2.0
    other = 0.3 + np.arange(1, 13) * 1.7 + 0.11
    times = [*grid, *other]
    fit = fit_to_cut(times, weights=[8.0] * 12 + [1.0] * 12, meter=4)
    bars = 240 / fit.bpm
    assert 2.0 / bars == pytest.approx(round(2.0 / bars * 2) / 2, abs=2e-3)


def test_order_and_repeats_do_not_matter():
    times = edit(120).tolist()
    assert fit_to_cut([*reversed(times), times[3], 0.0]) == fit_to_cut(times)


@pytest.mark.parametrize(
    ("times", "options", "said"),
    [
        ([1.0, float("nan"), 3.0], {}, "cut 2 at nan s is no time in a film"),
        ([1.0, -2.0, 3.0], {}, "cut 2 at -2.0 s is no time"),
        ([1.0, 2.0], {"weights": [1.0]}, "1 weights for 2 cuts"),
        ([1.0, 2.0], {"weights": [1.0, 0.0]}, "the weight of cut 2 is 0.0; it must be above 0"),
        ([1.0, 2.0], {"bpm": 300}, "300 BPM is not between 40 and 220"),
        ([1.0, 2.0], {"meter": 9}, "a meter of 9 beats is not fitted"),
    ],
)
def test_bad_input_is_named(times, options, said):
    with pytest.raises(InvalidInput, match=said):
        fit_to_cut(times, **options)


def test_a_score_for_a_cut_changes_on_its_downbeats():
    times = edit(110, offset=0.7).tolist()
    fit = fit_to_cut(times)
    plan = plan_score_for_cut(fit, times[-1] + 3.3, times, music="dark electronic")
    assert plan.seconds == pytest.approx(times[-1] + 3.3)
    assert plan.first_downbeat == fit.offset
    assert len(plan.cues) > 2
    for start in plan.starts()[1:-1]:
        bars = (start - fit.offset) * fit.bpm / 60 / fit.meter
        assert bars == pytest.approx(round(bars), abs=1e-6)
    assert {(cue.bpm, cue.meter) for cue in plan.cues} == {(fit.bpm, fit.meter)}


def test_energy_follows_the_pace_of_the_cutting_and_a_cue_begins_where_it_changes():
    slow, fast = np.arange(1, 9) * 4.0, 32.0 + np.arange(1, 65) * 0.5
    times = [*slow, *fast]
    fit = fit_to_cut(times)
    plan = plan_score_for_cut(fit, 64.5, times)
    starts = plan.starts()
    assert 32.0 in [round(start, 2) for start in starts]
    before = [c.energy for c, s in zip(plan.cues, starts, strict=False) if s < 31]
    after = [c.energy for c, s in zip(plan.cues, starts, strict=False) if s > 31]
    assert max(before) < min(after)
    assert int(np.argmax(bigness(np.asarray(times), 64.5))) == 7


def test_moods_hold_from_their_moment_on():
    times = (np.arange(1, 40) * 2.0).tolist()
    plan = plan_score_for_cut(
        fit_to_cut(times), 80.0, times, moods=[(0.0, "calm"), (40.0, "euphoric")]
    )
    assert plan.cues[0].mood[1] < 0 < plan.cues[-1].mood[1]


def test_a_text_about_music_may_serve_for_the_mood_too():
    times = (np.arange(1, 40) * 2.0).tolist()
    text = "dark techno, hypnotic, rolling bass, 120 BPM"
    plan = plan_score_for_cut(fit_to_cut(times), 80.0, times, moods=text, music=text)
    for cue in plan.cues:
        assert cue.prompt.startswith("dark techno, rolling bass")
        assert cue.prompt.count("BPM") == cue.prompt.count("techno") == 1
        assert "hypnotic" in cue.prompt


def test_a_cut_without_a_pulse_is_scored_and_said():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.exponential(2.0, 15) + 0.3).tolist()
    plan = plan_score_for_cut(fit_to_cut(times), 60.0, times)
    assert plan.seconds == pytest.approx(60)
    assert plan.reasons[0].startswith("the cuts may follow no pulse")


def test_a_score_for_a_cut_refuses_what_is_no_film():
    fit = fit_to_cut([1.0, 2.0, 3.0, 4.0])
    with pytest.raises(InvalidInput, match="a film of 0 s cannot be scored"):
        plan_score_for_cut(fit, 0, [1.0])
    with pytest.raises(InvalidInput, match="2 weights for 1 cuts"):
        plan_score_for_cut(fit, 5, [1.0], weights=[1.0, 2.0])


def test_of_tempi_that_meet_the_cuts_alike_the_named_genre_has_its_own(tmp_path):
    cuts = [f"{n + 1:03d}  AX V C 00:00:00:00 00:00:04:00 {_code(4 * n)} {_code(4 * n + 4)}"
            for n in range(12)]  # fmt: skip
    edl = tmp_path / "cut.edl"
    edl.write_text("TITLE: CUT\nFCM: NON-DROP FRAME\n\n" + "\n".join(cuts) + "\n")
    found = {
        words: fitted_score(edl, MusicWish(words), rate="25").fit.bpm
        for words in ("", "techno", "ambient pads")
    }
    assert found == {"": 120, "techno": 120, "ambient pads": 60}


def _code(seconds: int) -> str:
    return f"01:{seconds // 60:02d}:{seconds % 60:02d}:00"
