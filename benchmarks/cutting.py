"""The rules of the craft on real songs: this plan beside four ways of cutting without listening.

    python benchmarks/cutting.py SONG... [--truth DIR] [--style classic] [--each]

SONG is a sound file, or an analysis that `songreel analyze SONG --json` wrote. `--truth` is a
folder of annotations, one `SONG.json` a song with `beats`, `downbeats` and perhaps `sections`:
such songs are planned twice, on the grid that was found and on the true one, each measured on the
grid it was planned on and told apart in the table. `--each` lists every song's values.

For each rule the table gives on how many of the songs where it applies it holds. Below stand
means over the songs:

- density fit: Spearman's correlation of energy and cut rate over sections of two bars or more,
  builds left out, whatever the song's dynamics;
- phrases, downbeats: share of cuts within a frame (1/24 s) of a phrase of 4 bars, of a downbeat;
- on beats: share of cuts within a frame of a beat; where beats are missing they do not count;
- variation: standard deviation of shot lengths by their mean; entropy: of shot lengths, in bits,
  over classes of a sixth of an octave;
- z, z of onsets, peak: `songreel.models.sync_score`: standard deviations above 1,000 random edits
  with the same shots, by all accents of the music and by band onsets alone; and songs on which the
  score peaks within a frame of zero shift, of those where z is 3 or more.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from annotated import annotated
from rich.console import Console
from rich.table import Table

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.models.music import Analysis
from songreel.models.sync_score import SyncScore, score_edit
from songreel.prompting.cutting import cuts
from songreel.prompting.pulse import Pulse
from songreel.prompting.rules import FRAME, Edit, Measure, judge
from songreel.prompting.statistics import spearman
from songreel.prompting.styles import Style, find_style

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


@dataclass
class Figures:
    """What one way of cutting comes to, song by song."""

    rules: list[tuple[Measure, ...]] = field(default_factory=list)
    quality: list[dict[str, float | None]] = field(default_factory=list)
    scores: list[SyncScore | None] = field(default_factory=list)

    def add(self, analysis: Analysis, starts: Sequence[float], style: Style) -> None:
        """Measure one song's edit."""
        pulse = Pulse(analysis)
        self.rules.append(judge(pulse, starts, style))
        self.quality.append(quality(Edit(pulse, tuple(starts), style)))
        self.scores.append(score_edit(list(starts[1:]), analysis))

    def mean(self, name: str) -> str:
        """Mean of one figure over the songs that have it."""
        told = [v for row in self.quality if (v := row[name]) is not None]
        return f"{np.mean(told):.2f}" if told else "–"


def quality(edit: Edit) -> dict[str, float | None]:
    """How well lengths and places follow the music, beside the rules."""
    pulse, analysis = edit.pulse, edit.pulse.analysis
    cut = np.asarray(edit.cuts)
    lengths = np.array([b - a for a, b in edit.spans])
    classes = np.unique(np.round(6 * np.log2(np.maximum(lengths, 0.05))), return_counts=True)[1]
    shares = classes / classes.sum()
    levels = [level.starts for level in analysis.phrase_levels if level.bars == 4]
    phrases = levels[0] if levels else analysis.phrases
    return {
        "density fit": _density_fit(edit),
        "phrases": _near(cut, phrases),
        "downbeats": _near(cut, analysis.downbeats) if pulse.locked else None,
        "on beats": _near(cut, analysis.beats) if pulse.locked else None,
        "variation": float(lengths.std() / lengths.mean()),
        "entropy": float(-(shares * np.log2(shares)).sum()),
    }


def _near(cut: np.ndarray, moments: Sequence[float]) -> float | None:
    if not len(moments) or not cut.size:
        return None
    return float(np.mean([np.abs(np.asarray(moments) - t).min() <= FRAME for t in cut]))


def _density_fit(edit: Edit) -> float | None:
    pulse = edit.pulse
    edges = [pulse.sound_start, *edit.boundaries, pulse.duration]
    rows = [
        (section.energy, edit.sections.count(i) / (edges[i + 1] - edges[i]))
        for i, section in enumerate(pulse.analysis.sections)
        if section.label not in ("silence", "build")
        and edges[i + 1] - edges[i] >= 2 * pulse.felt_bar * pulse.beat
    ]
    if len(rows) < 4:
        return None
    energies, rates = (np.array(column) for column in zip(*rows, strict=True))
    return spearman(energies, rates)


def read(path: Path) -> Analysis:
    return Analysis.load(path) if path.suffix == ".json" else analyze(open_sound(path))


def compared(title: str, found: dict[str, Figures], console: Console) -> None:
    """One table: rules, then quality, then the sync score."""
    table = Table("rule", "limit", *found, title=title)
    for i, rule in enumerate(found["plan"].rules[0]):
        cells = []
        for figures in found.values():
            told = [song[i].holds for song in figures.rules if song[i].holds is not None]
            cells.append(f"{sum(told)}/{len(told)}" if told else "–")
        table.add_row(rule.name, rule.limit, *cells)
    table.add_section()
    table.add_row("rules broken in all", "0", *(
        str(sum(m.holds is False for song in figures.rules for m in song))
        for figures in found.values()
    ))  # fmt: skip
    table.add_section()
    for name in found["plan"].quality[0]:
        table.add_row(name, "", *(figures.mean(name) for figures in found.values()))
    table.add_section()
    known = {name: [s for s in f.scores if s is not None] for name, f in found.items()}
    for label, value in (("z", lambda s: s.z), ("z of onsets", lambda s: s.z_onsets)):
        table.add_row(f"{label}, mean", "", *(
            f"{np.mean([value(s) for s in told]):.1f}" if told else "–" for told in known.values()
        ))  # fmt: skip
    table.add_row("z, lowest", "≥ 3", *(
        f"{min(s.z for s in told):.1f}" if told else "–" for told in known.values()
    ))  # fmt: skip
    table.add_row("peak at zero shift and z ≥ 3", "all", *(
        f"{sum(s.locked and s.z >= 3 for s in told)}/{len(told)}" for told in known.values()
    ))  # fmt: skip
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--truth", type=Path, help="folder of annotations")
    parser.add_argument("--style", default="classic")
    parser.add_argument("--each", action="store_true", help="list every song's values")
    options = parser.parse_args()
    style = find_style(options.style)
    console = Console(width=132)
    sets: dict[str, dict[str, Figures]] = {}
    for path in options.songs:
        heard = read(path)
        grids = {"found grid": heard}
        truth = options.truth / f"{path.stem}.json" if options.truth else None
        if truth is not None and truth.is_file():
            grids["true grid"] = annotated(heard, truth)
        for name, analysis in grids.items():
            start = time.process_time()
            starts = [cut.time for cut in cuts(Pulse(analysis), style=style)]
            seconds = time.process_time() - start
            found = sets.setdefault(name, {who: Figures() for who in ("plan", *BASELINES)})
            found["plan"].add(analysis, starts, style)
            for who, baseline in BASELINES.items():
                found[who].add(analysis, baseline(analysis, len(starts)), style)
            measures, score = found["plan"].rules[-1], found["plan"].scores[-1]
            broken = [f"{m.name} {m.value:g} ({m.limit})" for m in measures if m.holds is False]
            told = f"z {score.z:.1f}, peak at {1000 * score.peak:+.0f} ms" if score else "no score"
            console.print(
                f"{path.stem}, {name}: {len(starts)} shots in {seconds:.2f} s of CPU; "
                f"{'; '.join(broken) or 'every rule holds'}; {told}",
                soft_wrap=True, highlight=False,
            )  # fmt: skip
            if options.each:
                for m in measures:
                    value = f"{m.value:g}" if m.value is not None else f"– ({m.note})"
                    console.print(f"    {m.name}: {value}, {m.limit}", highlight=False)
    for name, found in sets.items():
        compared(f"{name}, {len(found['plan'].rules)} songs, {style.name}", found, console)


if __name__ == "__main__":
    main()
