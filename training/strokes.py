"""Train the small network that tells strokes apart: `python -m training.strokes OUT.npz`.

Pieces composed as for the beat network are rendered with all their roughness; each onset that
`songreel.analysis.strokes` finds is labelled by the notes that start within 35 ms. One layer of
32 hidden units, in numpy, a few minutes on one core. Needs the sounds of the project's other
recipes (see README.md here) and nothing else. The weights in the package come from 240 pieces of
November 2026; on the thirty held (all roughness in) F is 0.76 for kick, 0.51 snare, 0.65 hat, 0.60
bass and 0.28 melody; on twenty cleaner mixes 0.85, 0.74, 0.73, 0.66 and 0.30, where bands told by
frequency alone had 0.77, 0.53 and 0.64.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE, extract
from songreel.analysis.lead import find_lead
from songreel.analysis.strokes import KINDS, LIMIT, describe
from training.arrange import arrange
from training.electronic import electronic
from training.fluid import RATE
from training.heavy import heavy
from training.render import Studio
from training.score import KIT, Score

SECONDS = 18.0
NEAR = 0.035
"""Seconds from a note's start within which an onset is its."""
VOICES = {
    "kick": ("kick",),
    "snare": ("snare", "clap", "rim"),
    "hat": ("hat", "open", "pedal", "ride", "bell", "crash", "crash 2", "china", "shaker"),
}
SPARSE = (("drums",), ("drums",), ("bass",), ("drums", "bass"), ("lead", "pad"), ("lead", "voice"))
"""Roles that play alone in a third of the pieces."""
ROLES = {"bass": ("bass",), "melody": ("lead", "voice")}
HIDDEN, ROUNDS, BATCH, RATE_OF_LEARNING = 32, 40, 128, 3e-3
DROPPED, DECAY = (0.1, 0.3), 2e-4
"""Shares of inputs and hidden units left out at random, and weight decay: there are few pieces."""
HELD_OUT = 8
"""Every so many pieces one is kept for the scores that are printed."""

Floats = NDArray[np.float32]


def compose(rng: np.random.Generator) -> Score:
    """Half in a style, three in ten heavy, the rest electronic; of a third a part or two alone."""
    chance = rng.random()
    if chance < 0.5:
        score = arrange(rng, SECONDS)
    else:
        score = heavy(rng, SECONDS) if chance < 0.8 else electronic(rng, SECONDS)
    # Strokes in silence rise by far more than strokes in a band.
    few = SPARSE[int(rng.integers(len(SPARSE)))] if rng.random() < 1 / 3 else None
    parts = tuple(part for part in score.parts if few is None or part.role in few)
    return replace(score, parts=parts) if parts else score


def truth(score: Score, used: tuple[str, ...]) -> list[NDArray[np.float64]]:
    """Start times of each of `KINDS`, of the parts that were played."""
    played = {name.partition(":")[0] for name in used}
    named = {key: name for name, key in KIT.items()}
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for part in score.parts:
        if part.role not in played:
            continue
        for note in part.notes:
            for kind in KINDS:
                own = part.role in ROLES.get(kind, ())
                struck = part.struck and named.get(note.pitch) in VOICES.get(kind, ())
                if own or struck:
                    times[kind].append(note.start)
    return [np.unique(times[kind]) for kind in KINDS]


def learn_from(index: int, studio: Studio) -> tuple[Floats, Floats]:
    """Piece `index`: 73 numbers on each onset, and which of `KINDS` it is."""
    rng = np.random.default_rng((17, index))
    score = compose(rng)
    sound, used = studio.render(rng, score)
    mono = np.asarray(soxr.resample(sound, RATE, ANALYSIS_RATE), np.float32)
    features = extract(mono)
    frames, described = describe(features, find_lead(mono), 0, features.level.size)
    labels = np.zeros((frames.size, len(KINDS)), np.float32)
    for k, times in enumerate(truth(score, used)):
        if times.size and frames.size:
            away = np.abs(frames[:, None] / FRAME_RATE - times)
            # An onset is a note's where no other onset lies nearer to it.
            nearest = away.argmin(axis=0)
            near = away[nearest, np.arange(times.size)] <= NEAR
            labels[nearest[near], k] = 1.0
    return described, labels


def fit(described: Floats, labels: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """The network's weights, by Adam (Kingma and Ba, 2015) on the cross-entropy."""
    mean, spread = described.mean(axis=0), described.std(axis=0) + np.float32(1e-6)
    scaled = np.clip((described - mean) / spread, -LIMIT, LIMIT)
    size = scaled.shape[1]
    weights = [
        rng.normal(size=(size, HIDDEN)) * np.sqrt(2 / size), np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, len(KINDS))) * 0.2, np.full(len(KINDS), -1.5),
    ]  # fmt: skip
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    steps = ROUNDS * (len(scaled) // BATCH)
    for step in range(1, steps + 1):
        chosen = rng.integers(len(scaled), size=BATCH)
        x = scaled[chosen] * (rng.random((BATCH, size)) > DROPPED[0]) / (1 - DROPPED[0])
        kept = (rng.random((BATCH, HIDDEN)) > DROPPED[1]) / (1 - DROPPED[1])
        hidden = np.maximum(x @ weights[0] + weights[1], 0) * kept
        wrong = _likely(hidden @ weights[2] + weights[3]) - labels[chosen]
        wrong /= BATCH
        back = (wrong @ weights[2].T) * (hidden > 0) * kept
        slopes = [x.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0)]
        for i, slope in enumerate(slopes):
            slope = slope + DECAY * weights[i] if weights[i].ndim == 2 else slope
            first[i] = 0.9 * first[i] + 0.1 * slope
            second[i] = 0.999 * second[i] + 0.001 * np.square(slope)
            move = first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
            weights[i] -= RATE_OF_LEARNING * (1 - step / steps) * move
    names = ("hidden", "hidden_bias", "out", "out_bias")
    found = {"mean": mean, "spread": spread, **dict(zip(names, weights, strict=True))}
    likely = predict(found, described)
    found["thresholds"] = np.array(
        [_threshold(likely[:, k], labels[:, k]) for k in range(len(KINDS))]
    )
    return {name: value.astype(np.float32) for name, value in found.items()}


def predict(weights: dict[str, Floats], described: Floats) -> NDArray[np.float64]:
    """Probability of each of `KINDS`, as `songreel.analysis.strokes` has it."""
    scaled = np.clip((described - weights["mean"]) / weights["spread"], -LIMIT, LIMIT)
    hidden = np.maximum(scaled @ weights["hidden"] + weights["hidden_bias"], 0)
    return _likely(hidden @ weights["out"] + weights["out_bias"])


def f_measure(struck: NDArray[np.bool_], labels: Floats) -> float:
    """Of onsets called by a kind against those that are."""
    return float(2 * (struck * labels).sum() / max(struck.sum() + labels.sum(), 1))


def _threshold(likely: NDArray[np.float64], labels: Floats) -> float:
    tried = np.linspace(0.1, 0.8, 29)
    return float(tried[np.argmax([f_measure(likely > t, labels) for t in tried])])


def _likely(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-odds)))


def main() -> None:
    """Make the material, train, score, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=240, help="pieces (240)")
    parser.add_argument("--sounds", type=Path, help="folder of MuldjordKit, if it is there")
    given = parser.parse_args()
    studio = Studio(recorded=given.sounds)
    pieces = [learn_from(i, studio) for i in range(given.count)]
    held = pieces[::HELD_OUT]
    learnt = [piece for i, piece in enumerate(pieces) if i % HELD_OUT]
    described, labels = (np.concatenate(parts) for parts in zip(*learnt, strict=True))
    weights = fit(described, labels, np.random.default_rng(5))
    described, labels = (np.concatenate(parts) for parts in zip(*held, strict=True))
    struck = predict(weights, described) > weights["thresholds"]
    for k, kind in enumerate(KINDS):
        print(f"{kind}: F {f_measure(struck[:, k], labels[:, k]):.3f} of {len(labels)} onsets held")
    np.savez_compressed(given.out, **weights)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
