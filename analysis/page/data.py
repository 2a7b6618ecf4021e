"""What the page's script draws, as plain data: `page_data`."""

from base64 import b64encode
from typing import Any

import numpy as np

from songreel.analysis.exports.spans import keys
from songreel.analysis.page.audio import CLIP, PEAKS, SPARE
from songreel.analysis.page.words import chord_name, trust_word
from songreel.models.music import Analysis, Curve, Section

HUES = (215, 28, 150, 280, 345, 90, 190, 55)
"""Degrees: a colour for each letter of the form, far apart for neighbours."""


def hue(letter: str) -> int:
    """The colour of a letter."""
    return HUES[(sum(ord(c) - ord("A") + 1 for c in letter) - 1) % len(HUES)]


def page_data(analysis: Analysis, peaks: bytes, clips: int) -> dict[str, Any]:
    """The song as the script wants it.

    Args:
        analysis: What was heard.
        peaks: Of the waveform, as `Peaks.columns` gives them.
        clips: How many clips of sound there are.
    """
    grid = analysis.grid
    curves: dict[str, Any] = {
        name: _coded(getattr(analysis, name), low)
        for name, low in (("energy", 0), ("bass", 0), ("voice", 0), ("valence", -1),
                          ("arousal", -1))
        if getattr(analysis, name) is not None
    }  # fmt: skip
    tempo = analysis.tempo_curve
    return {
        "duration": analysis.track.duration,
        "beats": list(grid.beats),
        "downbeats": list(grid.downbeats),
        "perBar": grid.beats_per_bar,
        "trusted": analysis.trust.grid >= 0.5,
        "sections": [_section(section) for section in analysis.sections],
        "phrases": list(analysis.phrases),
        "events": [[e.kind, e.start, e.end, e.strength] for e in analysis.events],
        "chords": [[c.start, c.end, chord_name(c), c.trust] for c in analysis.chords],
        "keys": [[k.start, k.end, k.label, k.trust] for k in keys(analysis, "")],
        "curves": curves,
        "tempo": None if tempo is None else {"rate": tempo.rate, "values": list(tempo.values)},
        "onsets": {
            name: [hits.times, [round(s, 2) for s in hits.strengths]]
            for name in type(analysis.onsets).model_fields
            if (hits := getattr(analysis.onsets, name)).times
        },
        "peaks": {"rate": PEAKS, "values": b64encode(peaks).decode()},
        "clips": {"seconds": CLIP, "spare": SPARE, "count": clips},
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "start": section.start,
        "end": section.end,
        "label": section.label,
        "letter": section.letter,
        "hue": hue(section.letter),
        "border": trust_word(section.trust),
        "trust": trust_word(section.label_trust or section.trust),
        "valence": section.mood.valence,
        "arousal": section.mood.arousal,
        "words": list(section.mood.words),
    }


def _coded(curve: Curve, low: float) -> dict[str, Any]:
    """A curve from `low` to 1 in bytes: 255 steps are finer than a pixel."""
    steps = np.rint((np.clip(curve.array, low, 1) - low) / (1 - low) * 255).astype(np.uint8)
    return {"rate": curve.rate, "low": low, "values": b64encode(steps.tobytes()).decode()}
