"""The rules of the craft on real songs: this plan beside four ways of cutting without listening.

    python benchmarks/cutting.py SONG... [--style classic] [--each]

SONG is a sound file, or an analysis that `songreel analyze SONG --json` wrote. The table gives,
for each rule, on how many of the songs where it applies it holds. `--each` lists every song's
values under the plan.

The rules are measured against what was heard, so they say how well the plan follows its analysis,
not how good the analysis is. `luck` needs no grid: it asks of the drum onsets alone whether the
cuts sit where they do by chance (see `luck`).
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.models.music import Analysis
from songreel.prompting.looks import choose_look
from songreel.prompting.measure import measure
from songreel.prompting.plan import plan
from songreel.prompting.pulse import Pulse
from songreel.prompting.rules import Measure, judge
from songreel.prompting.styles import find_style

Baseline = Callable[[Analysis, int], list[float]]


def every_beat(analysis: Analysis, _: int) -> list[float]:
    return [0.0, *(t for t in analysis.beats if t > 0)]


def every_five_seconds(analysis: Analysis, _: int) -> list[float]:
    return np.arange(0, analysis.track.duration - 0.1, 5.0).tolist()


def fixed_tempo(analysis: Analysis, _: int) -> list[float]:
    """A cut every bar of 4/4 at 120 BPM, whatever the song's tempo."""
    return np.arange(0, analysis.track.duration - 0.1, 2.0).tolist()


def random_beats(analysis: Analysis, shots: int) -> list[float]:
    """As many cuts as the plan has, on beats drawn at random."""
    beats = [t for t in analysis.beats if t > 0]
    random = np.random.default_rng(0)
    count = min(shots - 1, len(beats))
    return [0.0, *sorted(random.choice(beats, count, replace=False).tolist())]


BASELINES: dict[str, Baseline] = {
    "every beat": every_beat,
    "every 5 s": every_five_seconds,
    "120 BPM": fixed_tempo,
    "random beats": random_beats,
}


def luck(analysis: Analysis, starts: list[float]) -> tuple[float, float]:
    """(z, milliseconds): how far the edit's score lies above chance, and where it peaks.

    The score of an edit is the mean strength of kick and snare at its cuts, through a Gaussian of
    one frame at 24 fps. z is its distance from 1,000 edits with the same shot lengths in another
    order from another start, in their standard deviations; the peak is the shift within ±500 ms
    that scores highest; from 120 BPM on that may be a whole beat away, as drums repeat.
    """
    step = 0.005
    strength = np.zeros(int(analysis.track.duration / step) + 2)
    for hits in (analysis.onsets.kick, analysis.onsets.snare):
        at = np.round(np.asarray(hits.times) / step).astype(int)
        np.maximum.at(strength, at, np.asarray(hits.strengths))
    reach = np.arange(-25, 26)
    kernel = np.exp(-0.5 * (reach * step * 24) ** 2)
    curve = np.convolve(strength, kernel, mode="same")

    def score(times: np.ndarray) -> float:
        return float(curve[np.clip(np.round(times / step).astype(int), 0, len(curve) - 1)].mean())

    cuts = np.asarray(starts[1:])
    random = np.random.default_rng(0)
    lengths = np.diff([*starts, analysis.track.duration])
    whole = analysis.track.duration
    chance = [
        score((np.cumsum(random.permutation(lengths))[:-1] + random.uniform(0, whole)) % whole)
        for _ in range(1000)
    ]
    shifts = np.arange(-0.5, 0.5 + step / 2, step)
    peak = shifts[int(np.argmax([score(cuts + shift) for shift in shifts]))]
    return (score(cuts) - float(np.mean(chance))) / max(float(np.std(chance)), 1e-9), 1000 * peak


def read(path: Path) -> Analysis:
    return Analysis.load(path) if path.suffix == ".json" else analyze(open_sound(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--style", default="classic")
    parser.add_argument("--each", action="store_true", help="list every song's values")
    options = parser.parse_args()
    style = find_style(options.style)
    console = Console(width=132)
    found: dict[str, list[tuple[Measure, ...]]] = {"plan": []} | {name: [] for name in BASELINES}
    for path in options.songs:
        analysis = read(path)
        start = time.process_time()
        storyboard = plan(analysis, choose_look(analysis).look, style=options.style)
        seconds = time.process_time() - start
        measures = measure(storyboard, analysis)
        found["plan"].append(measures)
        for name, baseline in BASELINES.items():
            starts = baseline(analysis, len(storyboard.shots))
            found[name].append(judge(Pulse(analysis), starts, style))
        broken = [f"{m.name} {m.value:g} ({m.limit})" for m in measures if m.holds is False]
        verdict = "; ".join(broken) or "every rule holds"
        z, peak = luck(analysis, list(storyboard.starts))
        console.print(
            f"{path.stem}: {len(storyboard.shots)} shots in {seconds:.2f} s of CPU; {verdict}; "
            f"luck: z {z:.1f}, peak at {peak:+.0f} ms",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
        if options.each:
            for m in measures:
                value = f"{m.value:g}" if m.value is not None else f"– ({m.note})"
                console.print(f"    {m.name}: {value}, {m.limit}", highlight=False)
    table = Table("rule", "limit", *found)
    for i, rule in enumerate(found["plan"][0]):
        cells = []
        for results in found.values():
            told = [
                song[i].holds for song in results if i < len(song) and song[i].holds is not None
            ]
            cells.append(f"{sum(told)}/{len(told)}" if told else "–")
        table.add_row(rule.name, rule.limit, *cells)
    table.add_section()
    table.add_row("rules broken in all", "", *(
        str(sum(m.holds is False for song in results for m in song[: len(found["120 BPM"][0])]))
        for results in found.values()
    ))  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
