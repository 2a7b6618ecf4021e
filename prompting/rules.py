"""The rules of the craft as numbers: each a value, its limit, and whether it holds."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from songreel.prompting.builds import Build, builds
from songreel.prompting.density import DENSER, longest_hold, shortest_of
from songreel.prompting.guards import alike, is_beat, runs
from songreel.prompting.moments import SLIVER, STOP_EDGE, boundary
from songreel.prompting.pulse import Pulse
from songreel.prompting.statistics import kendall, spearman
from songreel.prompting.styles import Style
from songreel.prompting.sung import Sung

FRAME = 1 / 24
"""Seconds: 'within one frame', at film's slowest usual rate."""
MEDIANS: dict[str, tuple[float, float]] = {
    "verse": (2.0, 4.0),
    "chorus": (1.0, 2.0),
    "bridge": (2.0, 4.0),
    "intro": (2.0, 6.0),
    "outro": (2.0, 6.0),
}
"""Bars of the median shot. Intro and outro: about four."""
LIFT = 0.7
"""A chorus's median shot against a verse's, at most."""


@dataclass(frozen=True)
class Measure:
    """A rule, measured. `holds` is None where the rule does not apply; `note` says why."""

    name: str
    value: float | None
    limit: str
    holds: bool | None
    weight: float = 1.0
    """How much breaking it counts when plans are compared."""
    note: str = ""


class Edit:
    """An edit as the rules see it: starts of shots in seconds, the first 0, on a song."""

    def __init__(self, pulse: Pulse, starts: tuple[float, ...], style: Style) -> None:
        self.pulse, self.starts, self.style = pulse, starts, style
        heard = [max(t, min(pulse.sound_start, pulse.duration)) for t in starts]
        edges = (*heard, max(pulse.duration, heard[-1] + 1e-3))
        self.spans = tuple(pairwise(edges))
        """Seconds of each shot, without a silent lead-in."""
        self.lengths = [pulse.position(b) - pulse.position(a) for a, b in self.spans]
        """Beats of each shot."""
        self.boundaries = [boundary(pulse, s.start) for s in pulse.analysis.sections[1:]]
        """Where sections from the second on start for the edit."""
        self.sections = [bisect_right(self.boundaries, t + 1e-6) for t in heard]
        """Section of each shot."""

    @property
    def narrow(self) -> str:
        """Why lengths cannot follow the form: the ends set for them leave less than an octave."""
        style, bar = self.style, self.pulse.felt_bar * self.pulse.beat
        if style.longest is not None and style.longest < 2 * bar / LIFT:
            return f"no shot may be longer than {style.longest:g} s"
        if style.shortest is not None and style.shortest > bar:
            return f"no shot may be shorter than {style.shortest:g} s"
        return ""

    @property
    def cuts(self) -> tuple[float, ...]:
        """Seconds of the cuts; the opening is none."""
        return self.starts[1:]

    def label(self, i: int) -> str:
        """Label of the section of shot `i`."""
        return self.pulse.analysis.sections[self.sections[i]].label

    def carried(self, moments: Sequence[float]) -> float | None:
        """Share of `moments` that carry a cut within a frame; None without any."""
        times = np.asarray(self.starts)
        told = [bool((np.abs(times - m) <= FRAME).any()) for m in moments]
        return sum(told) / len(told) if told else None


def judge(
    pulse: Pulse, starts: Sequence[float], style: Style, sung: Sung | None = None
) -> tuple[Measure, ...]:
    """Every rule on where shots begin, for an edit with shots starting at `starts` seconds.

    `sung` is where words are, if that is known.
    """
    edit = Edit(pulse, tuple(starts), style)
    return (
        *_pace(edit), *_landing(edit), *_rhythm(edit), *_form(edit), *_places(edit, sung)
    )  # fmt: skip


def _within(
    name: str, value: float | None, low: float | None, high: float | None, unit: str = "",
    why: str = "", weight: float = 1.0,
) -> Measure:  # fmt: skip
    if low is None:
        limit = f"≤ {high:g}{unit}"
    else:
        limit = f"≥ {low:g}{unit}" if high is None else f"{low:g} to {high:g}{unit}"
    if value is None:
        return Measure(name, None, limit, None, weight, why)
    holds = (low is None or value >= low - 1e-6) and (high is None or value <= high + 1e-6)
    return Measure(name, round(float(value), 4), limit, holds, weight)


NO_GRID = "no trusted beat grid"


def _pace(edit: Edit) -> list[Measure]:
    """How fast, over any window, and how long at most."""
    pulse, cuts, density = edit.pulse, edit.cuts, edit.style.density
    share = None
    if pulse.locked and pulse.duration >= 30:
        share = 100 * len(cuts) / len(pulse.analysis.beats)
    starts, ends = (np.array(side) for side in zip(*edit.spans, strict=True))
    floors = shortest_of(edit.style, pulse.energies(starts, ends))
    short = int((ends - starts < floors - 1e-3)[:-1].sum())
    over = [_over_hold(edit, i) for i in range(len(edit.spans))]
    return [
        _within("beats with a cut", share, 10 * min(density, 1.0),
                45 * min(max(density, 1.0), DENSER), " %",
                "no trusted beat grid, or under 30 s of music"),
        _within("most cuts in a second", _densest(cuts, 1.0), None, 4, weight=3),
        _within("most cuts in 4 s", _densest(cuts, 4.0), None, 8, weight=3),
        _within("shots under the shortest for their energy", short, None, 0, weight=2),
        _within("shots over their longest hold", sum(over), None, 0),
    ]  # fmt: skip


def _densest(cuts: Sequence[float], window: float) -> int:
    times = np.asarray(cuts)
    last = np.searchsorted(times, times + window - 1e-6)
    return int((last - np.arange(len(times))).max(initial=0))


def _over_hold(edit: Edit, i: int) -> bool:
    """Whether shot `i` is held too long; what a stop or silence lasts does not count."""
    start, end = edit.spans[i]
    end = max(min(end, edit.pulse.sound_end), start)
    held = sum(
        max(0.0, min(end, e.end) - max(start, e.start))
        for e in edit.pulse.analysis.events
        if e.kind in ("stop", "silence")
    )
    limit = longest_hold(edit.pulse, edit.pulse.analysis.sections[edit.sections[i]], edit.style)
    return end - start - held > limit + FRAME


def _landing(edit: Edit) -> list[Measure]:
    """What cuts fall on."""
    pulse, analysis = edit.pulse, edit.pulse.analysis
    latest = pulse.duration - SLIVER
    drops = [
        boundary(pulse, e.start)
        for e in analysis.events
        if e.kind == "drop" and SLIVER <= e.start <= latest
    ]
    sections = [t for t in edit.boundaries if pulse.sound_start + SLIVER <= t <= latest]
    carried = edit.carried(drops), edit.carried(sections)
    grid = pulse.locked and len(edit.cuts) > 0
    # Twice the cuts fall between twice as often; downbeats stay as many.
    denser = max(edit.style.density, 1.0)
    on_beat = half = None
    if grid:
        distance = np.array([_off_beat(pulse, t) for t in edit.cuts])
        on_beat = 100 * float((distance[:, 0] <= 1e-3).mean())
        half = 100 * float((distance[:, 1] <= 1e-3).mean())
    return [
        _within("cuts on a beat or at an exact moment where there is none", on_beat, 97.5, None,
                " %", NO_GRID, 3),
        _within("cuts on a half beat", half, None, 2.5, " %", NO_GRID),
        _within("drops with a cut", _percent(carried[0]), 100, None, " %", "no drops", 3),
        _within("section starts with a cut", _percent(carried[1]), 90, None, " %",
                "one section", 3),
        _on_places(edit, "chorus and drop cuts on downbeats", ("chorus", "drop"), 70 / denser),
        _on_places(edit, "verse cuts on phrases or every second bar", ("verse",), 60 / denser),
    ]  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _off_beat(pulse: Pulse, seconds: float) -> tuple[float, float]:
    """Seconds from the nearest beat and half beat; 0, 1 where beats are missing."""
    if any(a + pulse.beat / 2 < seconds < b - pulse.beat / 2 for a, b in pulse.gaps()):
        return 0.0, 1.0
    position = pulse.grid.index_at(seconds)
    period = pulse.grid.period(int(position))
    return (
        abs(position - round(position)) * period,
        abs(position - 0.5 - round(position - 0.5)) * period,
    )


def _on_places(edit: Edit, name: str, labels: tuple[str, ...], least: float) -> Measure:
    """Share of the cuts in sections of `labels` that fall on downbeats, or on even ones."""
    pulse = edit.pulse
    if not pulse.locked or edit.narrow:
        return _within(name, None, least, None, " %", edit.narrow or NO_GRID)
    downbeats = np.asarray(pulse.grid.downbeat_times)
    levels = [start for level in pulse.analysis.phrase_levels for start in level.starts]
    phrases = np.asarray([*pulse.analysis.phrases, *levels, *edit.boundaries, -1.0])
    told: list[bool] = []
    for i, time in enumerate(edit.starts):
        if i == 0 or edit.label(i) not in labels or not downbeats.size:
            continue
        bar = int(np.abs(downbeats - time).argmin())
        lands = abs(float(downbeats[bar]) - time) <= FRAME
        if "verse" in labels:
            first = edit.boundaries[edit.sections[i] - 1] if edit.sections[i] else downbeats[0]
            # Where pairs of bars have been heard, they count; a section may have a bar left over.
            second = not levels and (bar - int(np.abs(downbeats - first).argmin())) % 2 == 0
            lands = (lands and second) or bool((np.abs(phrases - time) <= FRAME).any())
        told.append(lands)
    value = 100 * sum(told) / len(told) if told else None
    return _within(name, value, least, None, " %", "no such section")


def _rhythm(edit: Edit) -> list[Measure]:
    """The pattern of lengths."""
    lengths = list(edit.lengths)
    seconds = np.array([b - a for a, b in edit.spans])
    row = max(b - a for a, b in runs(lengths, alike))
    varied = float(seconds.std() / seconds.mean()) if len(seconds) >= 8 else None
    if edit.narrow:
        varied = None
    per_bar = edit.pulse.per_bar
    beat_runs = [
        (a, b)
        for a, b in runs(lengths, lambda x, y: is_beat(x) == is_beat(y))
        if is_beat(lengths[a]) and edit.pulse.locked
    ]
    long_runs = [edit.sections[a] for a, b in beat_runs if b - a >= max(per_bar, 2)]
    most = max((b - a for a, b in beat_runs), default=0) / per_bar
    again = max((long_runs.count(s) for s in set(long_runs)), default=0)
    return [
        _within("bars of cutting on every beat", most, None, 2),
        _within("such runs in one section", again, None, 1),
        _within("equal shots in a row", row, None, 8),
        _within(
            "variation of shot length", varied, 0.25, None, "", edit.narrow or "under eight shots"
        ),
    ]


def _form(edit: Edit) -> list[Measure]:
    """How lengths follow the form and the energy."""
    pulse, scale = edit.pulse, edit.style.scale
    edges = [pulse.sound_start, *edit.boundaries, pulse.duration]
    # A section shorter than any of its shots should be says nothing about them.
    brief = {
        i
        for i, section in enumerate(pulse.analysis.sections)
        if pulse.position(edges[i + 1]) - pulse.position(edges[i])
        < MEDIANS.get(section.label, (0.0, 0.0))[0] * min(scale, 1.0) * pulse.felt_bar - 0.5
    }
    bars: dict[str, list[float]] = {
        label: [
            length / pulse.felt_bar
            for i, length in enumerate(edit.lengths)
            if edit.label(i) == label and edit.sections[i] not in brief
        ]
        for label in {s.label for s in pulse.analysis.sections}
    }
    medians = {label: float(np.median(values)) for label, values in bars.items() if values}
    found: list[Measure] = []
    for label, (low, high) in MEDIANS.items():
        value = medians.get(label) if pulse.locked and not edit.narrow else None
        why = edit.narrow or (f"no {label}" if pulse.locked else NO_GRID)
        limits = median_limits(low, high, scale)
        found.append(_within(f"median {label} shot", value, *limits, " bars", why))
    ratio = None
    if "chorus" in medians and "verse" in medians and not edit.narrow:
        ratio = medians["chorus"] / medians["verse"]
    found.append(
        _within(
            "chorus shot to verse shot", ratio, None, LIFT, "", edit.narrow or "no such pair", 2
        )
    )
    follows, why = _follows_energy(edit)
    found.append(_within("energy against cut rate (Spearman)", follows, 0.7, None, "", why, 2))
    taus = [tau for build in builds(pulse) if (tau := _shortening(edit, build)) is not None]
    worst = max(taus, default=None)
    found.append(_within("builds shorten (Kendall)", worst, None, -0.6, "", "no build of 4 bars"))
    return found


def median_limits(low: float, high: float, scale: float) -> tuple[float, float]:
    """Limits in bars of a median shot where lengths are `scale` times the usual ones.

    A shorter one is a whole number of half bars: shots do not last 0.7 of a bar.
    """
    if scale < 1:
        low = max(np.floor(2 * low * scale) / 2, 0.25)
    return low, high * max(scale, 1.0)


def _follows_energy(edit: Edit) -> tuple[float | None, str]:
    if edit.narrow:
        return None, edit.narrow
    pulse = edit.pulse
    edges = [pulse.sound_start, *edit.boundaries, pulse.duration]
    long = 2 * pulse.felt_bar * pulse.beat
    rows = []
    for i, section in enumerate(pulse.analysis.sections):
        start, end = edges[i], edges[i + 1]
        # A build shortens whatever its energy, which is low on the mean; it has a rule of its own.
        if section.label in ("silence", "build") or end - start < long:
            continue
        loudness = pulse.analysis.loudness.short_term.mean(start, end)
        rows.append((section.energy, edit.sections.count(i) / (end - start), loudness))
    if len(rows) < 4:
        return None, "under four sections"
    energies, rates, levels = (np.array(column) for column in zip(*rows, strict=True))
    if levels.max() - levels.min() < 6:
        return None, f"sections span {levels.max() - levels.min():.1f} dB, under 6"
    return spearman(energies, rates), ""


def _shortening(edit: Edit, build: Build) -> float | None:
    pulse = edit.pulse
    start, end = build.start, build.end
    if end - start < 3.9 * pulse.felt_bar * pulse.beat:
        return None
    slack = pulse.beat / 2
    inside = [
        length
        for (first, last), length in zip(edit.spans, edit.lengths, strict=True)
        if start - slack <= first and last <= end + slack
    ]
    # Half a beat makes no shot longer: a pickup before the first downbeat is no rise.
    return kendall(np.asarray(inside), tie=0.6)


def _places(edit: Edit, sung: Sung | None) -> list[Measure]:
    """Stops, words and the end."""
    pulse = edit.pulse
    stops = [e for e in pulse.analysis.events if e.kind == "stop"]
    inside = sum(
        any(s.start + STOP_EDGE < t < s.end - STOP_EDGE for s in stops)
        and min((abs(t - b) for b in edit.boundaries), default=1.0) > FRAME
        for t in edit.cuts
    )
    last = pulse.duration - edit.starts[-1] if edit.cuts else None
    words = None
    if sung is not None and sung.known and edit.cuts:
        words = 100 * sum(map(sung.cuts_word, edit.cuts)) / len(edit.cuts)
    return [
        _within("cuts inside a stop", inside if stops else None, None, 0, "", "no stops"),
        _within("cuts inside a sung word", words, None, 5, " %", "no times of words", 2),
        _within("last shot", last, SLIVER, None, " s", "one shot"),
    ]
