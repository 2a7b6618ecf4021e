"""What was found in a song, in small plain values for `songreel.models.found.Found`."""

from collections.abc import Iterable, Mapping

import numpy as np
from pydantic import JsonValue

from songreel.models.found import Found
from songreel.models.harmony import Key
from songreel.models.music import Analysis, Curve, Event, Loudness, Mood, Section

MOST = 2000
"""Values of a curve that are told at most: more than a screen has columns."""


def tell_all(analysis: Analysis, found: Found) -> None:
    """Tell everything of a song that was heard before."""
    tell_loudness(analysis.loudness, found)
    found("beats", list(analysis.beats))
    found("downbeats", list(analysis.downbeats))
    trust = analysis.trust
    tell_tempo(analysis.tempo, analysis.meter, trust.grid, found)
    tell_energy(analysis.energy, found)
    tell_key(analysis.key, trust.key, found)
    tell_form(analysis.mood, analysis.sections, analysis.phrases, analysis.events, found)


def tell_loudness(loudness: Loudness, found: Found) -> None:
    """Tell how loud the song is, and how its loudness goes."""
    measures = {"integrated": loudness.integrated, "range": loudness.range, "peak": loudness.peak}
    found("loudness", {**measures, **_thinned(loudness.short_term, 1)})


def tell_tempo(bpm: float | None, meter: str, trust: float, found: Found) -> None:
    """Tell how fast the song goes and how it is counted."""
    found("tempo", {"bpm": bpm, "meter": meter, "trust": trust})


def tell_energy(energy: Curve, found: Found) -> None:
    """Tell how intense the song is, over time."""
    found("energy", _thinned(energy, 4))


def tell_key(key: Key | None, trust: float, found: Found) -> None:
    """Tell the key."""
    found("key", {"name": None if key is None else str(key), "trust": trust})


def tell_form(
    mood: Mood,
    sections: Iterable[Section],
    phrases: Iterable[float],
    events: Iterable[Event],
    found: Found,
) -> None:
    """Tell mood and form."""
    found("mood", _mood(mood))
    found("sections", [_section(section) for section in sections])
    found("phrases", list(phrases))
    found("events", [event.model_dump(mode="json") for event in events])


def _mood(mood: Mood) -> dict[str, JsonValue]:
    return {"valence": mood.valence, "arousal": mood.arousal, "words": list(mood.words)}


def _section(section: Section) -> dict[str, JsonValue]:
    told: Mapping[str, JsonValue] = section.model_dump(
        mode="json", include={"start", "end", "label", "letter", "energy", "trust"}
    )
    return {**told, "words": list(section.mood.words)}


def _thinned(curve: Curve, digits: int) -> dict[str, JsonValue]:
    """A curve with at most `MOST` values: means of as many as it takes."""
    step = -(-len(curve.values) // MOST)
    starts = np.arange(0, len(curve.values), step)
    sums = np.add.reduceat(curve.array, starts)
    means = sums / np.diff(np.append(starts, len(curve.values)))
    return {"rate": curve.rate / step, "values": np.round(means, digits).tolist()}
