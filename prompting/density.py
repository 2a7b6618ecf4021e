"""How densely each section is cut: decided from energy and function, before any cut is picked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Section
from songreel.prompting.pulse import Pulse, shortest
from songreel.prompting.styles import Style, function_of

Floats = NDArray[np.float64]

FEWEST, MOST = 0.115, 0.42
"""Cuts per beat over a song; the craft's 10 to 45 % with a margin for what cannot be met."""
DENSER = 1.3
"""How far the slider lifts the upper one: beyond, a film is cut on every beat after all."""
FREE_SECONDS = (9.0, 3.0)
"""Mean shot in seconds without a grid, at the calmest and the most energetic: ballads and
classical films hold 6 to 12 s, and nothing but energy asks for less than 3 s."""
ENERGY_BARS = (4.0, 0.9)
"""Mean shot in bars if energy alone decided: the ends of the craft's range."""
NARROW = 0.35
"""A song whose sections span less energy than this is not stretched to the full contrast."""
LEAST_BARS = {"chorus": 0.75, "drop": 0.75, "verse": 1.3}
"""Mean shot in bars under which the shares of cuts on downbeats (70 %, choruses and drops) and
on every second bar (60 %, verses) cannot be had."""
LONGEST_HELD_BAR = 4.9
"""Seconds."""


@dataclass(frozen=True)
class Leaning:
    """How the densities weigh what pulls them apart.

    Attributes:
        energy: 0 to 1, how much energy counts beside the section's label.
        press: Multiplies the lengths of choruses and drops.
        rush: Whether builds that arrive go down to a beat, whatever their mean energy.
        swing: Multiplies how far lengths lean within a phrase.
    """

    energy: float = 0.35
    press: float = 1.0
    rush: bool = True
    swing: float = 1.0


LEANINGS = (
    Leaning(),
    Leaning(0.35, 0.85, swing=1.5),
    Leaning(0.6, 0.85),
    Leaning(0.6, 0.7, swing=1.5),
    Leaning(0.6, 0.85, rush=False),
    Leaning(0.85, 1.0),
    Leaning(0.85, 0.8, rush=False, swing=1.5),
    Leaning(1.0, 1.0, rush=False),
)
"""Tried in this order until every rule of the craft holds."""


def section_energies(pulse: Pulse) -> list[float]:
    """Energy of each section where it sounds, 0 to 1."""
    return [
        pulse.energy(min(max(s.start, pulse.sound_start), max(s.end - 0.1, s.start)), s.end)
        for s in pulse.analysis.sections
    ]


def relative(energies: list[float], sections: tuple[Section, ...]) -> list[float]:
    """Energies stretched to the song's own range, 0 its calmest and 1 its loudest section."""
    sounding = [e for e, s in zip(energies, sections, strict=True) if s.label != "silence"]
    low, high = (min(sounding), max(sounding)) if sounding else (0.0, 0.0)
    span = max(high - low, NARROW)
    middle = (low + high) / 2
    return [float(np.clip(0.5 + (e - middle) / span, 0, 1)) for e in energies]


def lengths(pulse: Pulse, style: Style, leaning: Leaning, most: float = np.inf) -> list[float]:
    """Wanted mean shot of each section, in beats (`Pulse.position`); none lasts over `most` s."""
    sections = pulse.analysis.sections
    energies = section_energies(pulse)
    beat = _rounded(pulse.beat)
    wanted: list[float] = []
    for section, energy, place in zip(
        sections, energies, relative(energies, sections), strict=True
    ):
        function = function_of(style, section.label)
        place = float(np.clip(0.5 + (place - 0.5) * style.contrast, 0, 1))
        if pulse.locked:
            calm, wild = function.bars
            by_label = calm * (wild / calm) ** place
            by_energy = ENERGY_BARS[0] * (ENERGY_BARS[1] / ENERGY_BARS[0]) ** place
            weight = 1 - (1 - leaning.energy) * section.trust**0.5
            bars = by_label ** (1 - weight) * by_energy**weight
            beats = bars * pulse.felt_bar
        else:
            calm, wild = FREE_SECONDS
            beats = calm * (wild / calm) ** place / pulse.beat
        if section.label in ("chorus", "drop"):
            beats *= leaning.press
        floor = 1.2 * float(shortest_of(style, np.array([energy]))[0]) / beat
        if pulse.locked:
            least = LEAST_BARS.get(section.label, 0.0) / max(style.density, 1.0)
            floor = max(floor, least * pulse.per_bar)
            if section.label == "chorus":
                floor = max(floor, 0.85 * min(style.scale, 1.0) * pulse.felt_bar)
        hold = min(longest_hold(pulse, section, style), most) / beat
        wanted.append(float(np.clip(beats * style.scale, floor, max(0.8 * hold, floor))))
    return _within_share(pulse, wanted, style) if pulse.locked else wanted


def _rounded(beat: float) -> float:
    """A beat in seconds, rounded to half an octave of tempo.

    What limits lengths in seconds moves smoothly with tempo, and an edit would shift somewhere
    with every BPM: rounded, a song played a little faster is mostly cut at the same places.
    """
    return float(2 ** (np.round(2 * np.log2(beat)) / 2))


def _within_share(pulse: Pulse, wanted: list[float], style: Style) -> list[float]:
    """Scale all lengths so that the share of beats with a cut stays in its range."""
    spans = [
        pulse.position(s.end) - pulse.position(max(s.start, pulse.sound_start))
        for s in pulse.analysis.sections
    ]
    beats = max(len(pulse.analysis.beats), 1)
    share = sum(max(span, 0.0) / length for span, length in zip(spans, wanted, strict=True)) / beats
    # Where more than one style is held up by the craft's 10 %, the calmer one stays the calmer.
    fewest = FEWEST * max(style.length, 1.0) ** -0.15 * min(style.density, 1.0)
    most = MOST * min(max(style.density, 1.0), DENSER)
    scale = max(share / most, 1.0) if share > fewest else share / fewest
    return [length * scale for length in wanted]


def longest_hold(pulse: Pulse, section: Section, style: Style) -> float:
    """Longest shot in seconds: the craft's figure, but never less than a bar, in verses two.

    Without that a song under 60 BPM, whose bar lasts longer than the 4 s of a chorus, could not
    be cut on its downbeats at all. A bar of over 4.9 s (4/4 under 49 BPM) is not given its length.
    A film asked to be cut less densely holds longer; the longest shot asked for holds always.
    """
    figure = function_of(style, section.label).hold / min(style.density, 1.0)
    bar = pulse.per_bar * pulse.beat
    if pulse.locked and bar <= LONGEST_HELD_BAR:
        figure = max(figure, (2 if section.label == "verse" else 1) * bar * 1.02)
    return min(figure, style.longest or np.inf)


def shortest_of(style: Style, energies: Floats) -> Floats:
    """Shortest shot in seconds at each energy: what eyes need, or more where that is asked for."""
    floors: Floats = np.maximum(shortest(energies), style.shortest or 0.0)
    return floors
