"""How far trust can be trusted: what a tracker says of its beats beside how right they are.

    python benchmarks/analysis/calibration.py [--tracker NAME] [--plot FILE]

Over the corpus of patterns.py, the same under noise, and sounds without a beat. Trust must be under
0.3 for rain, speech and pads and over 0.8 for clicks: a miss makes the exit status 1. Prints bins
with counts and the expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015), and
draws them.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.drums import RATE, Wave
from corpus.families import FAMILIES
from corpus.pieces import Piece
from corpus.unmetered import UNMETERED, unmetered
from hearing import OURS, Times, Tracker, tracker
from measures import measure

BINS = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0001])
NOISE = (20.0, 10.0, 3.0, -3.0, -10.0, -16.0)
"""dB of music over noise."""
SEEDS = 3
"""Of each sound without a beat."""
LOW, HIGH = 0.3, 0.8
SHARP = ("click", "block", "kick", "snare", "hat")
"""Clicks whose trust must be high; those of soft sounds are drawn."""
WITHOUT = ("rain", "downpour", "speech", "babble", "pads")
"""What trust must be low for; of the others it is shown."""
COLOURS = {"music": "#33628f", "music under noise": "#c77f1b", "clicks": "#3a8a4d",
           "rubato": "#8a5aa8", "no beat": "#b3372f"}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One sound: what was said of it, and how right that was."""

    kind: str
    name: str
    trust: tuple[float, float, float]
    right: tuple[float, float, float]
    """Beat F, whether the octave is right, downbeat F; NaN where there is no truth."""


def sounds() -> Iterator[tuple[str, Piece | None, str, Wave]]:
    """Kind, truth (None where there is no beat), name and sound."""
    for family, make in FAMILIES.items():
        if "fonts" in family:
            continue
        pieces = make()
        clicks = family.startswith("clicks")
        for piece in pieces[::5] if clicks else pieces:
            kind = "clicks" if clicks else "rubato" if family == "rubato" else "music"
            sound = piece.make()
            yield kind, piece, piece.name, sound
            if kind == "music" and piece in pieces[::6]:
                for decibels in NOISE:
                    name = f"{piece.name}, {decibels:g} dB over noise"
                    yield "music under noise", piece, name, noisy(sound, decibels)
    for name in UNMETERED:
        for seed in range(SEEDS if name != "silence" else 1):
            yield "no beat", None, f"{name} {seed + 1}", unmetered(name, seed)


def noisy(sound: Wave, decibels: float) -> Wave:
    """The sound under pink noise, at `decibels` over it."""
    rng = np.random.default_rng(sound.size)
    spectrum = np.fft.rfft(rng.standard_normal(sound.size))
    hertz = np.maximum(np.fft.rfftfreq(sound.size, 1 / RATE), 30.0)
    noise = np.fft.irfft(spectrum / np.sqrt(hertz), sound.size)
    noise *= sound.std() / noise.std() * 10 ** (-decibels / 20)
    return np.asarray(sound + noise, np.float32)


def points(listen: Tracker) -> list[Point]:
    """What the tracker says of everything."""
    found = []
    for kind, piece, name, sound in sounds():
        heard = listen(sound)
        if piece is None:
            # Beats that are not there: none of them is right. Octave and bars have no truth.
            right = (0.0, np.nan, np.nan)
        else:
            scores = measure(piece, heard)
            told = heard.tempo is not None
            right = (
                scores.beat,
                float(scores.octave) if told else np.nan,
                scores.downbeat if told else np.nan,
            )
        found.append(Point(kind, name, heard.trust, right))
    return found


@dataclass(frozen=True)
class Reliability:
    """Binned trust, shape (bins,) each; NaN in an empty bin."""

    trust: Times
    right: Times
    count: NDArray[np.int64]
    error: float
    """Expected calibration error: mean |trust − right| of the bins, weighted by their counts."""


def reliability(trust: Times, right: Times) -> Reliability:
    """Bins of trust and how right each is."""
    known = ~np.isnan(right)
    trust, right = trust[known], right[known]
    place = np.digitize(trust, BINS) - 1
    said, was = np.full(BINS.size - 1, np.nan), np.full(BINS.size - 1, np.nan)
    count = np.bincount(place, minlength=BINS.size - 1)
    for i in np.flatnonzero(count):
        said[i], was[i] = trust[place == i].mean(), right[place == i].mean()
    gaps = np.abs(said - was)[count > 0]
    return Reliability(said, was, count, float(np.average(gaps, weights=count[count > 0])))


PANELS = ("grid, against beat F", "octave, against tempo right", "meter, against downbeat F")


def table(found: list[Point]) -> list[Reliability]:
    """Print bins and calibration errors; gives them for the plot."""
    trust = np.array([point.trust for point in found])
    right = np.array([point.right for point in found])
    all_bins = []
    for i, title in enumerate(PANELS):
        bins = reliability(trust[:, i], right[:, i])
        all_bins.append(bins)
        print(f"\ntrust in the {title}: expected calibration error {bins.error:.3f}")
        print("  trust       n   said  right")
        for j, count in enumerate(bins.count):
            span = f"{BINS[j]:.1f}–{min(BINS[j + 1], 1.0):.1f}"
            cells = f"{bins.trust[j]:7.2f}{bins.right[j]:7.2f}" if count else "      –      –"
            print(f"  {span:<9}{count:>4}{cells}")
    return all_bins


def extremes(found: list[Point]) -> bool:
    """Print trust in the grid of what has no beat and of clicks; whether the marks are met."""
    good = True
    print("\ntrust in the grid")
    for name in UNMETERED:
        some = [p for p in found if p.kind == "no beat" and p.name.startswith(f"{name} ")]
        values = [p.trust[0] for p in some]
        bound = name in WITHOUT
        met = max(values) < LOW
        good &= met or not bound
        verdict = ("PASS" if met else "FAIL") if bound else "    "
        wanted = f"  (< {LOW})" if bound else ""
        print(f"  {verdict}  {name:<10}{' '.join(f'{v:.2f}' for v in values)}{wanted}")
    clicks = [p for p in found if p.kind == "clicks" and p.name.split()[0] in SHARP]
    worst = min(clicks, key=lambda point: point.trust[0])
    met = worst.trust[0] > HIGH
    middle = np.median([p.trust[0] for p in clicks])
    print(
        f"  {'PASS' if met else 'FAIL'}  clicks    least {worst.trust[0]:.2f} ({worst.name}), "
        f"median {middle:.2f}  (> {HIGH})"
    )
    return good and met


def draw(found: list[Point], all_bins: list[Reliability], path: Path, name: str) -> None:
    """The reliability of each trust, and every sound as a dot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 5.6), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True)
    rng = np.random.default_rng(0)
    for i, (axis, bins, title) in enumerate(zip(axes, all_bins, PANELS, strict=True)):
        axis.plot([0, 1], [0, 1], color="#888888", lw=1, ls="--", zorder=1)
        for kind, colour in COLOURS.items():
            some = [p for p in found if p.kind == kind and not np.isnan(p.right[i])]
            # Dots that would hide each other are moved apart a little.
            x = np.array([p.trust[i] for p in some]) + rng.uniform(-0.012, 0.012, len(some))
            y = np.array([p.right[i] for p in some]) + rng.uniform(-0.02, 0.02, len(some))
            axis.scatter(x, y, s=16, color=colour, alpha=0.45, lw=0, label=kind, zorder=2)
        full = bins.count > 0
        axis.plot(bins.trust[full], bins.right[full], color="black", lw=1.6, marker="o", ms=7,
                  zorder=3, label="mean of a bin")  # fmt: skip
        for said, was, count in zip(
            bins.trust[full], bins.right[full], bins.count[full], strict=True
        ):
            # Towards the middle of the panel: clear of the frame.
            place = (0, 11 if was < 0.5 else -19)
            side = "left" if said < 0.1 else "right" if said > 0.9 else "center"
            axis.annotate(f"n = {count}", (said, was), place, ha=side,
                          textcoords="offset points", fontsize=9, zorder=4,
                          bbox={"fc": "white", "ec": "none", "alpha": 0.75, "pad": 1})  # fmt: skip
        axis.set(xlim=(-0.05, 1.05), ylim=(-0.07, 1.07), xlabel="trust")
        axis.set_title(f"Trust in the {title}\nexpected calibration error {bins.error:.3f}")
        axis.grid(color="#e6e6e6", lw=0.6)
        axis.set_axisbelow(True)
    axes[0].set_ylabel("measured")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.suptitle(f"{name}: {len(found)} sounds made in code")
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracker", default=OURS)
    parser.add_argument("--plot", type=Path, default=Path("calibration.png"))
    options = parser.parse_args()
    found = points(tracker(options.tracker))
    all_bins = table(found)
    good = extremes(found)
    draw(found, all_bins, options.plot, options.tracker)
    print(f"\ndrawn to {options.plot}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
