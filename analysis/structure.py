"""The song in time, put together: sections with names and moods, phrases, events."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from songreel.analysis.curves import Curves
from songreel.analysis.events import find_events
from songreel.analysis.features import Features
from songreel.analysis.feelings import SILENCE, Feelings
from songreel.analysis.functions import name_sections
from songreel.analysis.hierarchy import phrase_levels
from songreel.analysis.phrases import phrases_in_bars, phrases_in_time
from songreel.analysis.sections import Form, find_form
from songreel.analysis.singing import Name, Part
from songreel.analysis.spectrum import RATE, Spectrum
from songreel.analysis.trust import form_trust
from songreel.analysis.units import Units, find_units
from songreel.models.music import Event, Mood, PhraseLevel, Section

LONG_SILENCE = 4.0
"""Seconds of silence that are a section of their own."""
_NO_BAR = 2.0
"""Seconds taken for a bar where there is no grid: one at 120 BPM in 4/4."""
_LEAST_TRUST = 0.3
"""Trust in the form below which sections get no function."""
_CLEAR_FORM = 0.6
"""Trust in the form from which a section's name is as sure as its own evidence."""


@dataclass(frozen=True)
class Structure:
    """The song in time."""

    sections: tuple[Section, ...]
    phrases: tuple[float, ...]
    phrase_levels: tuple[PhraseLevel, ...]
    events: tuple[Event, ...]
    mood: Mood
    trust: float
    """Of the sections as a whole."""


@dataclass(frozen=True)
class Grid:
    """What of the rhythm the form is built on: no beats and bars where they are not trusted."""

    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    tempo: float | None
    trust: float


def find_structure(
    features: Features,
    spectrum: Spectrum,
    curves: Curves,
    grid: Grid,
    feelings: Feelings,
    duration: float,
) -> Structure:
    """Sections, phrases, events and moods of a song that lasts `duration` seconds."""
    if not curves.sounding.any():
        return _silence(duration)
    units = find_units(features, spectrum, curves, grid.downbeats, duration, LONG_SILENCE)
    energy = np.array(
        [_mean(curves.energy, curves.sounding, a, b) for a, b in pairwise(units.edges)]
    )
    form = find_form(units, energy)
    borders = _borders(units, form, duration)
    parts = tuple(
        Part(
            start,
            end,
            letter,
            _mean(curves.energy, curves.sounding, start, end),
            quiet,
            _mean(curves.voice, curves.sounding, start, end),
        )
        for start, end, letter, quiet in zip(
            borders[:-1], borders[1:], form.letters, form.silent, strict=True
        )
    )
    bar = float(np.median(np.diff(grid.downbeats))) if units.bars else _NO_BAR
    events = find_events(curves, features, np.array(borders[1:-1]), grid.beats, bar)
    trust = form_trust(form, grid.trust, float(units.edges[-1] - units.edges[0]))
    if trust >= _LEAST_TRUST:
        names = name_sections(parts, events)
    else:
        names = tuple(
            Name("silence", 1.0) if part.silent else Name("section", 0.3) for part in parts
        )
    return Structure(
        sections=_sections(parts, names, feelings, form, trust),
        phrases=_phrases(units, form, borders, curves, features, grid),
        phrase_levels=phrase_levels(units, form, grid.downbeats),
        events=events,
        mood=feelings.of(0.0, duration),
        trust=trust,
    )


def _silence(duration: float) -> Structure:
    section = Section(
        start=0.0, end=duration, label="silence", letter="A", energy=0.0, mood=SILENCE, trust=1.0
    )
    events = (Event(kind="silence", start=0.0, end=duration, strength=1.0),)
    return Structure((section,), (0.0,), (), events if duration >= 1 else (), SILENCE, 0.0)


def _borders(units: Units, form: Form, duration: float) -> tuple[float, ...]:
    """Seconds of the borders of sections; the first is 0 and the last the song's end.

    Short silence at either end belongs to the music beside it.
    """
    inner = [round(float(units.edges[i]), 6) for i in form.borders[1:-1]]
    return (0.0, *inner, duration)


def _sections(
    parts: tuple[Part, ...],
    names: tuple[Name, ...],
    feelings: Feelings,
    form: Form,
    trust: float,
) -> tuple[Section, ...]:
    return tuple(
        Section(
            start=part.start,
            end=part.end,
            label=name.label,
            letter=letter_name(part.letter),
            energy=round(part.energy, 4),
            mood=feelings.of(part.start, part.end),
            trust=round(trust * (0.4 + 0.4 * min(1.0, clear / 0.3) + 0.2 * name.sure), 4),
            label_trust=1.0 if part.silent else round(min(1.0, trust / _CLEAR_FORM) * name.sure, 4),
            voice=round(part.voice, 4),
            key=None if part.silent else feelings.keys.at(part.start, part.end),
        )
        for part, name, clear in zip(parts, names, form.clarity, strict=True)
    )


def letter_name(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text


def _mean(values: NDArray[np.float64], sounding: NDArray[np.bool_], a: float, b: float) -> float:
    """Mean of ten values a second over the sounding part of [a, b) seconds; 0 in silence."""
    first = min(round(a * RATE), values.size - 1)
    span = slice(first, max(first + 1, round(b * RATE)))
    heard = values[span][sounding[span]]
    return float(heard.mean()) if heard.size else 0.0


def _phrases(
    units: Units,
    form: Form,
    borders: tuple[float, ...],
    curves: Curves,
    features: Features,
    grid: Grid,
) -> tuple[float, ...]:
    """Starts of phrases, section starts among them; none in silence."""
    starts = np.array([b for b, quiet in zip(borders[:-1], form.silent, strict=True) if not quiet])
    if units.bars:
        inner = np.array([units.edges[i] for i in form.phrases if units.sounding[i]])
        found = phrases_in_bars(inner, grid.downbeats, starts)
    else:
        end = float(units.edges[-1])
        found = phrases_in_time(starts, end, curves.energy, _change(features, curves), RATE)
    return tuple(np.round(found, 6).tolist())


def _change(features: Features, curves: Curves) -> NDArray[np.float64]:
    """How much the sound changes around each tenth of a second, 0 to 1, shape of the curves."""
    step = round(features.frame_rate / RATE)
    mel = features.mel[::step][: curves.energy.size].astype(np.float64)
    smooth = gaussian_filter1d(mel, 8, axis=0, mode="nearest")
    change = np.zeros(curves.energy.size)
    gap = RATE
    if mel.shape[0] > 2 * gap:
        change[gap : mel.shape[0] - gap] = np.linalg.norm(
            smooth[2 * gap :] - smooth[: -2 * gap], axis=1
        )
    return change / max(float(change.max()), 1e-9)
