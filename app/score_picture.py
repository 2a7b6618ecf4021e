"""A score in one picture: spectrogram, waveform, loudness, its scenes, joins and beats."""

import warnings
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from songreel.models.files import whole
from songreel.models.music import Analysis
from songreel.models.score import ScorePlan
from songreel.models.score_report import ScoreReport
from songreel.sound.pcm import Samples, to_channels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUND, INK, FAINT, ACCENT, WARM = "#14161b", "#e8e4da", "#7d8290", "#e8a33d", "#7fb5c9"
LOWEST, HIGHEST = 40.0, 16_000.0
"""Hz shown, on a logarithmic scale."""
ROWS = 256
COLUMNS = 1600


def draw(
    path: Path,
    samples: Samples,
    rate: int,
    plan: ScorePlan,
    analysis: Analysis,
    report: ScoreReport,
) -> None:
    """Draw a score into a PNG; one that is there is replaced.

    Args:
        path: Where to.
        samples: Of the delivered track.
        rate: Samples a second.
        plan: What was planned.
        analysis: What was heard.
        report: What was measured.

    Raises:
        MachineError: The folder cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    seconds = samples.shape[1] / rate
    figure = Figure(figsize=(min(15 + seconds / 40, 24), 8.2), facecolor=GROUND)
    FigureCanvasAgg(figure)
    rows = figure.add_gridspec(
        4, 1, height_ratios=(0.42, 3.6, 1.1, 1.3), hspace=0.07, left=0.055, right=0.985, top=0.9,
        bottom=0.065,
    )  # fmt: skip
    axes: list[Any] = [figure.add_subplot(rows[n]) for n in range(4)]
    for each in axes:
        each.set_xlim(0, seconds)
        each.set_facecolor(GROUND)
        each.tick_params(colors=FAINT, labelsize=8)
        for side in each.spines.values():
            side.set_color("#2b2f39")
    for each in axes[:-1]:
        each.set_xticklabels([])
    _scenes(axes[0], plan)
    _spectrum(axes[1], samples, rate)
    _wave(axes[2], samples, rate)
    _level(axes[3], analysis)
    for each in axes[1:]:
        for start in plan.starts()[1:-1]:
            each.axvline(start, color=INK, linewidth=0.9, alpha=0.65)
        for join in report.joins:
            end = join.at + max(join.fade, seconds / 900)
            each.axvspan(join.at, end, color=ACCENT, alpha=0.13, linewidth=0)
            each.axvspan(join.at, end, ymin=0.965, color=ACCENT, alpha=0.9, linewidth=0)
    _beats(axes[2], analysis)
    axes[3].set_xlabel("seconds", color=FAINT, fontsize=9)
    figure.text(0.055, 0.955, report.title, color=INK, fontsize=15, weight="bold")
    lines = report.lines()
    figure.text(0.055, 0.925, f"{lines[0]}  ·  {lines[2]}", color=FAINT, fontsize=9)
    figure.text(
        0.985, 0.955, "scenes: white   joins: amber   beats: blue", color=FAINT, fontsize=8,
        ha="right",
    )  # fmt: skip
    with whole(path) as partial, partial.open("wb") as file, warnings.catch_warnings():
        # A title in a script that the font lacks shows boxes; that is no fault of the score.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(file, format="png", dpi=100, facecolor=GROUND, metadata={"Software": None})


def _scenes(axes: "Axes", plan: ScorePlan) -> None:
    from matplotlib import colormaps

    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.tick_params(length=0)
    shades, seconds = colormaps["YlOrBr"], plan.seconds
    for cue, (start, end) in zip(plan.cues, pairwise(plan.starts()), strict=True):
        axes.axvspan(start, end, color=shades(0.25 + 0.6 * cue.energy), alpha=0.85, linewidth=0)
        axes.axvline(start, color=GROUND, linewidth=1.5)
        wide = (end - start) / seconds
        text = f"{cue.id}  {round(cue.bpm, 2):g}" if wide > 0.06 else cue.id if wide > 0.025 else ""
        axes.text((start + end) / 2, 0.47, text, ha="center", va="center", color=GROUND,
                  fontsize=9, weight="bold", clip_on=True)  # fmt: skip


def _spectrum(axes: "Axes", samples: Samples, rate: int) -> None:
    mono = to_channels(samples, 1)[0]
    hop = max(256, mono.size // COLUMNS)
    window = min(4096, max(256, mono.size))
    hertz, _, found = stft(mono, rate, nperseg=window, noverlap=window - min(hop, window),
                           padded=True)  # fmt: skip
    power = np.abs(found) ** 2
    top = min(HIGHEST, rate / 2)
    edges = np.geomspace(LOWEST, top, ROWS + 1)
    picture = np.stack([_band(power, hertz, low, high) for low, high in pairwise(edges)])
    level = 10 * np.log10(picture + 1e-12)
    most = float(np.percentile(level, 99.8))
    axes.imshow(level, origin="lower", aspect="auto", cmap="magma", vmin=most - 75, vmax=most,
                extent=(0, mono.size / rate, 0, ROWS), interpolation="bilinear")  # fmt: skip
    marks = [f for f in (50, 100, 200, 500, 1000, 2000, 5000, 10_000) if f < top]
    places = [ROWS * np.log(f / LOWEST) / np.log(top / LOWEST) for f in marks]
    axes.set_yticks(places, [f"{f / 1000:g} k" if f >= 1000 else f"{f}" for f in marks])
    axes.set_ylabel("Hz", color=FAINT, fontsize=9)


def _band(
    power: NDArray[np.float64], hertz: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Mean power between two frequencies; between two bins where none lies inside."""
    inside = (hertz >= low) & (hertz < high)
    if inside.any():
        return np.asarray(power[inside].mean(axis=0))
    place = float(np.interp((low + high) / 2, hertz, np.arange(hertz.size)))
    first = min(int(place), hertz.size - 2)
    share = place - first
    return np.asarray(power[first] * (1 - share) + power[first + 1] * share)


def _wave(axes: "Axes", samples: Samples, rate: int) -> None:
    mono = to_channels(samples, 1)[0]
    step = max(1, mono.size // COLUMNS)
    blocks = mono[: mono.size // step * step].reshape(-1, step)
    times = (np.arange(len(blocks)) + 0.5) * step / rate
    axes.fill_between(times, blocks.min(axis=1), blocks.max(axis=1), color=WARM, alpha=0.85,
                      linewidth=0)  # fmt: skip
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1, 0, 1])


def _beats(axes: "Axes", analysis: Analysis) -> None:
    down = set(analysis.downbeats)
    for beat in analysis.beats:
        tall = beat in down
        axes.plot([beat, beat], [-1.05, -0.7 if tall else -0.88], color=WARM,
                  linewidth=1.1 if tall else 0.6)  # fmt: skip


def _level(axes: "Axes", analysis: Analysis) -> None:
    levels = analysis.loudness
    for curve, colour, name in (
        (levels.momentary, FAINT, "momentary"), (levels.short_term, ACCENT, "short-term"),
    ):  # fmt: skip
        if curve is not None:
            times = np.arange(len(curve.values)) / curve.rate
            axes.plot(times, np.maximum(curve.array, -60), color=colour, linewidth=1.3, label=name)
    if levels.integrated is not None:
        axes.axhline(levels.integrated, color=INK, linewidth=0.7, linestyle=(0, (5, 4)), alpha=0.7)
    axes.set_ylim(-42, -3)
    axes.set_ylabel("LUFS", color=FAINT, fontsize=9)
    axes.legend(loc="lower right", fontsize=8, frameon=False, labelcolor=FAINT, ncols=2)
