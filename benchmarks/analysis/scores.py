"""Scores of what was heard in a song against its annotation, with mir_eval: `score`."""

from dataclasses import dataclass, field
from typing import Any

import mir_eval
import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


@dataclass
class Heard:
    """What a tracker found in a song."""

    beats: Times
    downbeats: Times = field(default_factory=lambda: np.zeros(0))
    tempo: float | None = None
    key: str | None = None
    boundaries: Times | None = None
    letters: tuple[str, ...] = ()
    """Of the sections between the boundaries."""
    trust: tuple[float, ...] = ()
    cpu: float = 0.0
    wall: float = 0.0


def score(heard: Heard, truth: dict[str, Any]) -> dict[str, float]:
    """Scores of one song; NaN where the truth or the finding is missing."""
    scores: dict[str, float] = {}
    beats = np.array(truth["beats"], dtype=float)
    scores["beat F"] = mir_eval.beat.f_measure(beats, heard.beats)
    _, cml, _, aml = mir_eval.beat.continuity(beats, heard.beats)
    scores["CMLt"], scores["AMLt"] = cml, aml
    scores["err ms"] = signed_error(beats, heard.beats)
    if "downbeats" in truth:
        scores["down F"] = (
            mir_eval.beat.f_measure(np.array(truth["downbeats"], dtype=float), heard.downbeats)
            if heard.downbeats.size
            else float("nan")
        )
    if "tempo" in truth:
        ratio = (heard.tempo or 0.0) / truth["tempo"]
        scores["tempo"] = float(abs(ratio - 1) <= 0.04)
        octaves = (1.0, 0.5, 2.0, 1 / 3, 3.0)
        scores["tempo oct"] = float(any(abs(ratio / o - 1) <= 0.04 for o in octaves))
    if truth.get("key") and heard.key:
        scores["key"] = mir_eval.key.weighted_score(spelt(truth["key"]), spelt(heard.key))
    if heard.boundaries is not None:
        found = np.unique(heard.boundaries)
        references = forms(truth)
        for window, name in ((0.5, "sect .5"), (3.0, "sect 3")):
            scores[name] = max(
                (section_f(edges, found, window) for edges, _ in references),
                default=float("nan"),
            )
        scores["repeat F"] = max(
            (repetition_f(edges, labels, found, heard.letters) for edges, labels in references),
            default=float("nan"),
        )
    return scores


def signed_error(truth: Times, found: Times) -> float:
    """Median of found − true beat over the beats found within 70 ms, in milliseconds."""
    if not found.size:
        return float("nan")
    error = found[np.abs(found[:, None] - truth).argmin(axis=0)] - truth
    near = error[np.abs(error) <= 0.07]
    return 1000 * float(np.median(near)) if near.size else float("nan")


def spelt(key: str) -> str:
    """A key in mir_eval's spelling, which knows flats and sharps in lower-case words."""
    tonic, mode = key.split()
    return f"{tonic} {mode.lower()}"


def forms(truth: dict[str, Any]) -> list[tuple[Times, list[str]]]:
    """Every form that the annotation offers (sections, phrases, the second opinion).

    Each is its boundaries and the label of each span between them.
    """
    found = []
    for name in ("sections", "segments", "segments_alt"):
        spans = [span for span in truth.get(name) or () if span["end"] > span["start"]]
        if spans:
            edges = [float(span["start"]) for span in spans] + [float(spans[-1]["end"])]
            found.append((np.array(edges), [str(span.get("label", "")) for span in spans]))
    return found


def section_f(reference: Times, found: Times, window: float) -> float:
    """Boundary F-measure, the first and last boundary left out."""
    pairs = [np.stack([edges[:-1], edges[1:]], axis=1) for edges in (np.unique(reference), found)]
    end = max(pair[-1, 1] for pair in pairs)
    padded = []
    for pair in pairs:
        fitted, _ = mir_eval.util.adjust_intervals(pair, t_min=0.0, t_max=end)
        padded.append(fitted)
    return float(mir_eval.segment.detection(*padded, window=window, trim=True)[2])


def repetition_f(
    reference: Times, labels: list[str], found: Times, letters: tuple[str, ...]
) -> float:
    """Pairwise F-measure of equal labels (Levy and Sandler 2008), up to the reference's end."""
    if len(letters) != found.size - 1:
        return float("nan")
    spans = []
    for edges, names in ((reference, labels), (found, list(letters))):
        pairs = np.stack([edges[:-1], edges[1:]], axis=1)
        spans.append(mir_eval.util.adjust_intervals(pairs, names, t_min=0.0, t_max=reference[-1]))
    (ours, our_names), (theirs, their_names) = spans
    return float(mir_eval.segment.pairwise(ours, our_names, theirs, their_names)[2])
