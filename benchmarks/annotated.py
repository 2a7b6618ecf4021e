"""A song's analysis with beats, bars and sections as a person wrote them down."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from songreel.models.music import Analysis, PhraseLevel, Section, Trust

LEVELS = (2, 4, 8, 16)


def annotated(analysis: Analysis, path: Path) -> Analysis:
    """`analysis` with the true grid in place of the found one, and the true sections.

    Onsets, energy, chords and events stay as heard. A section is called what the found sections
    under its letter are called for most of the time; phrases are groups of bars from each
    section's start. Where the file has no sections (`sections`), the found ones stay.
    """
    truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    duration = analysis.track.duration
    beats = [t for t in truth["beats"] if 0 <= t < duration]
    known = set(beats)
    downbeats = [t for t in truth["downbeats"] if t in known]
    update: dict[str, Any] = {
        "beats": tuple(beats),
        "downbeats": tuple(downbeats),
        "meter": truth.get("meter", analysis.meter),
        "tempo": 60 / float(np.median(np.diff(beats))),
        "trust": Trust(grid=1.0, octave=1.0, meter=1.0, sections=1.0, key=analysis.trust.key),
    }
    if truth.get("sections"):
        sections = _sections(analysis, truth["sections"])
        levels = tuple(
            PhraseLevel(bars=bars, starts=_groups([s.start for s in sections], downbeats, bars))
            for bars in LEVELS
        )
        update |= {"sections": sections, "phrase_levels": levels, "phrases": levels[1].starts}
    return analysis.model_copy(update=update)


def _sections(analysis: Analysis, rows: list[dict[str, Any]]) -> tuple[Section, ...]:
    duration = analysis.track.duration
    edges = [0.0, *(row["start"] for row in rows[1:] if row["start"] < duration - 0.5), duration]
    rows = rows[: len(edges) - 1]
    spans = list(pairwise(edges))
    votes: dict[str, Counter[str]] = {}
    for row, (start, end) in zip(rows, spans, strict=True):
        counter = votes.setdefault(row["label"], Counter())
        for section in analysis.sections:
            shared = min(end, section.end) - max(start, section.start)
            if shared > 0 and section.label != "silence":
                counter[section.label] += round(1000 * shared)
    made = []
    for row, (start, end) in zip(rows, spans, strict=True):
        label = {"i": "intro", "o": "outro"}.get(row["label"])
        most = votes[row["label"]].most_common(1)
        home = min(analysis.sections, key=lambda s: abs((s.start + s.end - start - end) / 2))
        made.append(
            Section(
                start=start, end=end, label=label or (most[0][0] if most else "section"),
                letter=row["label"].upper(), energy=round(analysis.energy.mean(start, end), 4),
                mood=home.mood, trust=1.0, label_trust=home.label_trust, voice=home.voice,
            )
        )  # fmt: skip
    return tuple(made)


def _groups(sections: list[float], downbeats: list[float], bars: int) -> tuple[float, ...]:
    """Every so many bars from each section's start."""
    edges = [*sections, np.inf]
    found: list[float] = []
    for start, end in pairwise(edges):
        inside = [t for t in downbeats if start - 0.05 <= t < end - 0.05]
        found += inside[::bars]
    return tuple(sorted(set(found)))
