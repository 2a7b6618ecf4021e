"""Which stretches of a song the edit treats as builds: where shots shorten towards an arrival."""

from dataclasses import dataclass

from songreel.prompting.pulse import Pulse

FEWEST, MOST, LABELLED = 1.9, 8.5, 16.0
"""Bars. Shorter is a fill. A rise of more than eight bars without the label is a crescendo, which
densities follow anyway; in a section labelled a build up to sixteen count, as dance music has."""
REACHES = 0.8
"""Share of the song's mean energy that a rise ends with at least: below, it is a beginning."""
ARRIVALS = ("chorus", "drop")


@dataclass(frozen=True)
class Build:
    """A span in seconds; `arrives` if a drop or a chorus follows at once."""

    start: float
    end: float
    arrives: bool


def builds(pulse: Pulse) -> list[Build]:
    """Builds in order, each inside one section, none overlapping."""
    analysis, bar = pulse.analysis, pulse.felt_bar * pulse.beat
    middling = pulse.energy(pulse.sound_start, pulse.sound_end)
    spans = [
        (max(section.start, pulse.sound_start, section.end - LABELLED * bar), section.end)
        for section in analysis.sections
        if section.label == "build"
    ]
    for event in analysis.events:
        if event.kind != "build" or event.end - event.start > MOST * bar:
            continue
        middle = (event.start + event.end) / 2
        home = next((s for s in analysis.sections if s.start <= middle < s.end), None)
        if home is None or home.label in ARRIVALS:
            continue
        start, end = max(event.start, home.start), min(event.end, home.end)
        if pulse.energy(max(end - bar, start), end) < REACHES * middling:
            continue
        if all(end <= a or start >= b for a, b in spans):
            spans.append((start, end))
    drops = [e.start for e in analysis.events if e.kind == "drop"]
    drops += [s.start for s in analysis.sections if s.label in ARRIVALS]
    return [
        Build(start, end, any(abs(time - end) <= bar for time in drops))
        for start, end in sorted(spans)
        if end - start >= FEWEST * bar
    ]
