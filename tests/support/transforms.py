"""The same song heard later or played faster: analyses derived exactly from another."""

from typing import Any

import numpy as np

from songreel.models.lyrics import Lyrics
from songreel.models.music import Analysis, Curve, Hits


def later(analysis: Analysis, seconds: float) -> Analysis:
    """`analysis` with silence in front; `seconds` is a whole number of curve steps."""
    moved = _moved(analysis, 1.0, seconds)
    samples = analysis.track.samples + round(seconds * analysis.track.sample_rate)
    return moved.model_copy(
        update={"track": analysis.track.model_copy(update={"samples": samples})}
    )


def faster(analysis: Analysis, ratio: float) -> Analysis:
    """`analysis` at `ratio` times its tempo, its curves sampled anew at their own rates."""
    samples = round(analysis.track.samples / ratio)
    moved = _moved(analysis, ratio, 0.0)
    return moved.model_copy(
        update={
            "tempo": analysis.tempo * ratio if analysis.tempo else None,
            "track": analysis.track.model_copy(update={"samples": samples}),
        }
    )


def words_later(lyrics: Lyrics, seconds: float) -> Lyrics:
    """`lyrics` sung `seconds` later."""
    lines = tuple(
        line.model_copy(
            update={
                "start": line.start + seconds,
                "end": line.end + seconds,
                "words": tuple(
                    w.model_copy(update={"start": w.start + seconds,
                                         "end": None if w.end is None else w.end + seconds})
                    for w in line.words
                ),
            }
        )
        for line in lyrics.lines
        if line.start is not None and line.end is not None
    )  # fmt: skip
    return lyrics.model_copy(update={"lines": lines})


def _moved(analysis: Analysis, ratio: float, shift: float) -> Analysis:
    def at(time: float) -> float:
        return round(time / ratio + shift, 6)

    def times(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(at(t) for t in values)

    def curve(old: Curve, silent: float = 0.0) -> Curve:
        if shift:
            front = (silent,) * round(shift * old.rate)
            return Curve(rate=old.rate, values=(*front, *old.values))
        count = max(1, round(len(old.values) / ratio))
        places = np.arange(count) * ratio
        values = np.interp(places, np.arange(len(old.values)), old.array)
        return Curve(rate=old.rate, values=tuple(np.round(values, 6).tolist()))

    def span(old: Any, first: bool = False) -> Any:
        start = 0.0 if first else at(old.start)
        return old.model_copy(update={"start": start, "end": at(old.end)})

    bands = {
        name: Hits(times=times(hits.times), strengths=hits.strengths)
        for name in ("kick", "snare", "hat", "bass", "melody")
        for hits in (getattr(analysis.onsets, name),)
    }
    loudness = analysis.loudness
    update: dict[str, Any] = {
        "beats": times(analysis.beats),
        "downbeats": times(analysis.downbeats),
        "phrases": times(analysis.phrases),
        "sections": tuple(span(s, i == 0) for i, s in enumerate(analysis.sections)),
        "events": tuple(span(e) for e in analysis.events),
        "chords": tuple(span(c) for c in analysis.chords),
        "phrase_levels": tuple(
            level.model_copy(update={"starts": times(level.starts)})
            for level in analysis.phrase_levels
        ),
        "onsets": analysis.onsets.model_copy(update=bands),
        "energy": curve(analysis.energy),
        "loudness": loudness.model_copy(update={"short_term": curve(loudness.short_term, -70.0)}),
    }
    if analysis.voice is not None:
        update["voice"] = curve(analysis.voice)
    return analysis.model_copy(update=update)
