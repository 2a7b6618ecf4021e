"""JAMS, the JSON of music annotations (Humphrey et al. 2014): `jams`.

Written by hand, so that no package is needed; the tests hold it against the schema of jams 0.3.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from songreel.analysis.exports import spans
from songreel.models.music import Analysis, Section

_SCHEMA = "0.3.4"


def jams(analysis: Analysis) -> str:
    """The analysis as a JAMS document.

    Namespaces: `beat` (value: position in the bar), `tempo`, `segment_open` (once by function,
    once by letter), `key_mode`, `chord_harte`, `mood_thayer` (valence, arousal), `onset` (one
    annotation a band, named in its sandbox), `tag_open`. What was not heard is left out.
    """
    end = analysis.track.duration
    made = [
        _annotation(analysis, "beat", "beats", (
            _observation(time, 0.0, beat or None, analysis.trust.grid)
            for time, _, beat in spans.positions(analysis)
        )),
        _annotation(analysis, "segment_open", "sections", _labels(spans.sections(analysis))),
        _annotation(analysis, "segment_open", "sections", _labels(spans.letters(analysis)),
                    of="letters"),
        _annotation(analysis, "key_mode", "key", (
            _observation(s.start, s.end - s.start, _mode(s.label), s.trust)
            for s in spans.keys(analysis)
        )),
        _annotation(analysis, "mood_thayer", "mood", (_mood(s) for s in analysis.sections)),
    ]  # fmt: skip
    if analysis.tempo is not None:
        whole = [_observation(0.0, end, round(analysis.tempo, 3), analysis.trust.octave)]
        made.insert(1, _annotation(analysis, "tempo", "beats", whole))
    if analysis.chords:
        found = _labels(spans.chords(analysis))
        made.append(_annotation(analysis, "chord_harte", "chords", found))
    for name, hits in spans.bands(analysis):
        if hits.times:
            pairs = zip(hits.times, hits.strengths, strict=True)
            rows = (_observation(time, 0.0, strength, None) for time, strength in pairs)
            made.append(_annotation(analysis, "onset", "onsets", rows, of=name))
    if analysis.tags:
        tags = [_observation(0.0, end, tag.word, tag.score) for tag in analysis.tags]
        made.append(_annotation(analysis, "tag_open", "tags", tags))
    track = analysis.track
    document = {
        "annotations": made,
        "file_metadata": {
            "title": track.title, "artist": "", "release": "", "duration": end,
            "identifiers": {"sha256": track.sha256}, "jams_version": _SCHEMA,
        },
        "sandbox": {
            "meter": analysis.meter,
            "trust": analysis.trust.model_dump(mode="json"),
            "notices": list(analysis.notices),
        },
    }  # fmt: skip
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _annotation(
    analysis: Analysis,
    namespace: str,
    part: str,
    data: Iterable[dict[str, Any]],
    *,
    of: str = "",
) -> dict[str, Any]:
    """One annotation; `part` names the method that found it."""
    return {
        "namespace": namespace,
        "data": list(data),
        "time": 0,
        "duration": analysis.track.duration,
        "annotation_metadata": {
            "annotation_tools": "songreel",
            "annotation_rules": analysis.methods.get(part, ""),
            "annotator": {},
            "corpus": "",
            "curator": {"name": "", "email": ""},
            "data_source": "program",
            "validation": "",
            "version": "",
        },
        "sandbox": {"of": of} if of else {},
    }


def _observation(
    time: float, duration: float, value: object, confidence: float | None
) -> dict[str, Any]:
    return {"time": time, "duration": duration, "value": value, "confidence": confidence}


def _labels(found: Sequence[spans.Span]) -> list[dict[str, Any]]:
    return [_observation(s.start, s.end - s.start, s.label, s.trust) for s in found]


def _mode(name: str) -> str:
    """`A minor` as JAMS has it, `A:minor`; `N` stays."""
    return name.replace(" ", ":")


def _mood(section: Section) -> dict[str, Any]:
    place = [section.mood.valence, section.mood.arousal]
    return _observation(section.start, section.end - section.start, place, section.trust)
