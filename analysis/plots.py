"""One picture of an analysis that a musician understands: `plot`."""

from __future__ import annotations

import warnings
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.page.words import chord_name
from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.music import Analysis, Event
from songreel.models.sound import Sound
from songreel.models.timebase import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT, _DPI = 16.0, 9.0, 110
_PAPER, _INK, _FAINT = "#faf8f4", "#26242b", "#8d8894"
_LETTERS = ("#4f7cac", "#d8843b", "#6a9a5b", "#b5567d", "#8569b0", "#c9a227", "#3f9c97",
            "#a0643f", "#7388d1", "#c65b4e", "#7f8c44", "#5d6d7e")  # fmt: skip
"""Colours of section letters, A first; of near-equal lightness, so that none shouts."""
_SILENCE = "#d9d5cd"
_EVENTS = {"build": "#d8843b", "drop": "#c0392b", "stop": "#2c3e50", "silence": "#8d8894"}
_AROUSAL, _VALENCE = "#c65b4e", "#3f7f93"
_COLUMNS = 1500
"""Columns of the waveform, about one a pixel."""
_MOST_TICKS = 1200
"""More ticks than this run together into a bar: beats are left out first, then bars."""
_DATED = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}
"""Formats, and the entry of each that would make the same picture differ from day to day."""
_CHARACTER = 0.0052
"""Width of a character of the small type, as a share of the axes."""


def checked(path: Path) -> str:
    """The ending of a picture's name, lower case.

    Raises:
        InvalidInput: It is no picture that can be drawn.
    """
    kind = path.suffix.lower()
    if kind not in _DATED:
        raise InvalidInput(f"cannot draw into {path}: its name must end in {', '.join(_DATED)}")
    return kind


def plot(analysis: Analysis, sound: Sound, path: Path) -> None:
    """Draw the song: waveform, form, beats, energy, events and mood, as a PNG at `path`.

    Args:
        analysis: Of `sound`.
        sound: Decoded once more, for its waveform.
        path: Ends in .png, .svg or .pdf.

    Raises:
        InvalidInput: The path ends otherwise.
        MachineError: The file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kind = checked(path)
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    tonal = bool(analysis.chords or analysis.keys)
    rows = figure.add_gridspec(
        6, 1, height_ratios=(0.75, 2.4, 0.5, 0.55 if tonal else 0.001, 2.1, 1.6), hspace=0.1,
        left=0.065, right=0.985, top=0.86, bottom=0.065,
    )  # fmt: skip
    form, wave, beats, tones, energy, mood = (figure.add_subplot(rows[i]) for i in range(6))
    end = analysis.track.duration
    for axes in (form, wave, beats, tones, energy, mood):
        _bare(axes, end)
    _title(figure, analysis)
    _form(form, analysis)
    _wave(wave, analysis, sound)
    _beats(beats, analysis)
    if tonal:
        _tones(tones, analysis)
    _energy(energy, analysis)
    _mood(mood, analysis)
    _time_axis(mood, end)
    with whole(path) as partial, warnings.catch_warnings():
        # A title in a script that the fonts lack shows boxes; that is no fault of the song.
        warnings.filterwarnings("ignore", message="Glyph")
        metadata = {_DATED[kind]: None}
        figure.savefig(partial, format=kind[1:], facecolor=_PAPER, metadata=metadata)


def _bare(axes: Axes, end: float) -> None:
    axes.set_xlim(0, end)
    axes.set_facecolor(_PAPER)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)


def _name(axes: Axes, text: str, y: float = 0.5, color: str = _INK) -> None:
    axes.text(-0.008, y, text, transform=axes.transAxes, ha="right", va="center", fontsize=9,
              color=color)  # fmt: skip


def _title(figure: Figure, analysis: Analysis) -> None:
    track, trust, loud = analysis.track, analysis.trust, analysis.loudness
    title = track.title if len(track.title) <= 80 else track.title[:79] + "…"
    figure.text(0.065, 0.945, title, fontsize=20, color=_INK, weight="bold", parse_math=False)
    facts = [clock(track.duration)]
    facts.append(f"{analysis.tempo:.1f} BPM in {analysis.meter}" if analysis.tempo else "no pulse")
    facts.append(str(analysis.key) if analysis.key else "no key")
    if loud.integrated is not None:
        facts.append(f"{loud.integrated:.1f} LUFS")
    if loud.range is not None:
        facts.append(f"range {loud.range:.1f} LU")
    facts.append(", ".join(analysis.mood.words))
    figure.text(0.065, 0.912, "    ".join(facts).replace("-", "−"), fontsize=11.5, color=_INK)
    parts = (("grid", trust.grid), ("octave", trust.octave), ("meter", trust.meter),
             ("sections", trust.sections), ("key", trust.key))  # fmt: skip
    words = "trust:  " + "   ".join(f"{name} {value:.2f}" for name, value in parts)
    if trust.reasons:
        words += "    (" + "; ".join(trust.reasons) + ")"
    lines = wrap(words, 205)
    if len(lines) > 2:
        lines = [lines[0], lines[1][:200] + " …"]
    figure.text(0.065, 0.893, "\n".join(lines), fontsize=9, color=_FAINT, va="top", linespacing=1.3)


def _color(letter: str, label: str) -> str:
    if label == "silence":
        return _SILENCE
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - ord("A") + 1
    return _LETTERS[(number - 1) % len(_LETTERS)]


def _fits(text: str, start: float, end: float, whole: float, size: float = 1.0) -> bool:
    return len(text) * _CHARACTER * size <= (end - start) / whole


def _form(axes: Axes, analysis: Analysis) -> None:
    """Blocks of sections, coloured by letter."""
    axes.set_ylim(0, 1)
    whole = analysis.track.duration
    for part in analysis.sections:
        axes.axvspan(part.start, part.end, 0.0, 1.0, facecolor=_color(part.letter, part.label),
                     edgecolor=_PAPER, linewidth=1.5)  # fmt: skip
        middle = (part.start + part.end) / 2
        ink = _INK if part.label == "silence" else "white"
        if part.label != "silence" and _fits(part.letter, part.start, part.end, whole, 1.6):
            axes.text(middle, 0.64, part.letter, ha="center", va="center", fontsize=13,
                      weight="bold", color=ink)  # fmt: skip
        size = next((s for s in (8.5, 7.0, 6.0) if _fits(part.label, part.start, part.end, whole,
                                                        s / 8)), None)  # fmt: skip
        if size:
            axes.text(middle, 0.25, part.label, ha="center", va="center", fontsize=size, color=ink)
    _name(axes, "form")


def _envelope(sound: Sound) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest sample of each of at most 1500 equal stretches, mean of the channels."""
    total = sound.track.samples
    columns = min(_COLUMNS, total)
    low, high = np.zeros(columns), np.zeros(columns)
    at = 0
    for block in sound.blocks():
        mean = block.mean(axis=0)
        column = (at + np.arange(mean.size)) * columns // total
        edges = np.flatnonzero(np.diff(column, prepend=-1))
        here = np.minimum(column[edges], columns - 1)
        low[here] = np.minimum(low[here], np.minimum.reduceat(mean, edges))
        high[here] = np.maximum(high[here], np.maximum.reduceat(mean, edges))
        at += mean.size
    return low, high


def _wave(axes: Axes, analysis: Analysis, sound: Sound) -> None:
    """The waveform in the colours of its sections, with the events over it."""
    low, high = _envelope(sound)
    top = max(float(np.abs(low).max()), float(high.max()), 1e-4)
    axes.set_ylim(-1.05, 1.35)
    times = (np.arange(low.size) + 0.5) / low.size * analysis.track.duration
    for part in analysis.sections:
        inside = (times >= part.start) & (times <= part.end)
        axes.fill_between(times, low / top, high / top, where=list(inside), linewidth=0.4,
                          color=_color(part.letter, part.label), alpha=0.9)  # fmt: skip
        if part.start > 0:
            axes.axvline(part.start, 0, 0.83, color=_INK, linewidth=0.6, alpha=0.35)
    axes.axhline(0, color=_PAPER, linewidth=0.4, alpha=0.8)
    taken = -1.0
    for event in sorted(analysis.events, key=lambda e: (e.start, e.kind)):
        taken = _event(axes, event, analysis.track.duration, taken)
    _name(axes, "wave", 0.44)
    _name(axes, "events", 0.91)


def _event(axes: Axes, event: Event, whole: float, taken: float) -> float:
    """Draw one event above the waveform; the second up to which words stand there now."""
    color = _EVENTS[event.kind]
    if event.kind == "build":
        axes.fill([event.start, event.end, event.end], [1.1, 1.1, 1.3], color=color, alpha=0.75,
                  linewidth=0)  # fmt: skip
        at = event.start
    elif event.kind == "drop":
        axes.plot([event.start], [1.17], marker="v", color=color, markersize=9, clip_on=False)
        axes.axvline(event.start, 0, 0.93, color=color, linewidth=1.3)
        at = event.start + 0.007 * whole
    else:
        axes.axvspan(event.start, event.end, 0.0, 0.98, color=color, alpha=0.18, linewidth=0)
        axes.plot([event.start, event.end], [1.1, 1.1], color=color, linewidth=3,
                  solid_capstyle="butt")  # fmt: skip
        at = event.start + 0.003 * whole
    end = at + (len(event.kind) + 1) * _CHARACTER * whole
    if at < taken or end > whole:
        return taken
    y = 1.2 if event.kind != "build" else 1.31
    axes.text(at, y, event.kind, fontsize=8, color=color, va="bottom" if y > 1.3 else "center")
    return end


def _beats(axes: Axes, analysis: Analysis) -> None:
    """Short ticks are beats, long ones bars, dots phrases."""
    axes.set_ylim(0, 1)
    trusted = analysis.trust.grid >= 0.5
    ink = _INK if trusted else _FAINT
    if 0 < len(analysis.beats) <= _MOST_TICKS:
        axes.vlines(analysis.beats, 0.45, 0.62, color=ink, linewidth=0.5, alpha=0.7)
    if 0 < len(analysis.downbeats) <= _MOST_TICKS:
        axes.vlines(analysis.downbeats, 0.28, 0.62, color=ink, linewidth=0.9)
    if analysis.phrases:
        axes.plot(analysis.phrases, [0.88] * len(analysis.phrases), "o", color=_LETTERS[0],
                  markersize=3.5, clip_on=False)  # fmt: skip
    _name(axes, "phrases", 0.88)
    _name(axes, "bars, beats" if trusted else "bars?", 0.45)


def _tones(axes: Axes, analysis: Analysis) -> None:
    """Chords above, keys below; the surer, the darker."""
    axes.set_ylim(0, 1)
    end = analysis.track.duration
    rows = (
        ("chords", 0.54, [(c.start, c.end, chord_name(c), c.trust) for c in analysis.chords]),
        ("key", 0.02, [(k.start, k.end, str(k.key or ""), k.trust) for k in analysis.keys]),
    )
    for name, foot, spans in rows:
        if not spans:
            continue
        _name(axes, name, foot + 0.21)
        for start, stop, words, trust in spans:
            if not words:
                continue
            axes.axvspan(start, stop, foot, foot + 0.42, facecolor=_FAINT, edgecolor=_PAPER,
                         linewidth=0.6, alpha=0.15 + 0.3 * trust)  # fmt: skip
            size = next((s for s in (8.0, 6.5, 5.5) if _fits(words, start, stop, end, s / 8)), None)
            if size:
                axes.text((start + stop) / 2, foot + 0.2, words, ha="center", va="center",
                          fontsize=size, color=_INK)  # fmt: skip


def _energy(axes: Axes, analysis: Analysis) -> None:
    axes.set_ylim(0, 1.03)
    energy = analysis.energy
    times = np.minimum(np.arange(energy.array.size) / energy.rate, analysis.track.duration)
    times[-1] = analysis.track.duration
    axes.fill_between(times, energy.array, color=_INK, alpha=0.13, linewidth=0)
    axes.plot(times, energy.array, color=_INK, linewidth=1.5)
    lines = [("brightness", analysis.brightness, "#c9a227"), ("noise", analysis.noisiness,
             "#7f8c44"), ("bass", analysis.bass, "#b5567d")]  # fmt: skip
    if analysis.voice is not None:
        lines.append(("voice", analysis.voice, "#c65b4e"))
    for i, (name, curve, color) in enumerate(lines):
        # Smoothed over two seconds: the picture shows the song, not its bars.
        window = np.hanning(23)[1:-1]
        weight = np.convolve(np.ones(curve.array.size), window, "same")
        smooth = np.convolve(curve.array, window, "same")
        axes.plot(times, (smooth / weight)[: times.size], color=color, linewidth=0.9, alpha=0.9)
        _name(axes, name, 0.56 - 0.16 * i, color)
    for part in analysis.sections[1:]:
        axes.axvline(part.start, color=_INK, linewidth=0.6, alpha=0.25)
    _name(axes, "energy", 0.8)


def _mood(axes: Axes, analysis: Analysis) -> None:
    """Valence and arousal over time or of each section, with the first words that fit."""
    axes.set_ylim(-1.65, 1.1)
    axes.axhline(0, color=_FAINT, linewidth=0.6)
    whole = analysis.track.duration
    curves = ((analysis.arousal, _AROUSAL), (analysis.valence, _VALENCE))
    for curve, color in curves:
        if curve is not None:
            times = np.minimum(np.arange(curve.array.size) / curve.rate, whole)
            axes.plot(times, curve.array, color=color, linewidth=1.3)
    for part in analysis.sections:
        pairs = ((part.mood.arousal, _AROUSAL), (part.mood.valence, _VALENCE))
        for value, color in pairs if analysis.arousal is None else ():
            axes.fill_between([part.start, part.end], [value, value], color=color, alpha=0.12,
                              linewidth=0)  # fmt: skip
            axes.hlines(value, part.start, part.end, color=color, linewidth=2.4)
        room = [w for w in part.mood.words[:2] if _fits(w, part.start, part.end, whole)]
        for row, word in enumerate(room):
            axes.text((part.start + part.end) / 2, -1.3 - 0.27 * row, word, ha="center",
                      va="baseline", fontsize=8, color=_INK)  # fmt: skip
        if part.start > 0:
            axes.axvline(part.start, color=_INK, linewidth=0.6, alpha=0.25)
    _name(axes, "arousal", 0.78, _AROUSAL)
    _name(axes, "valence", 0.55, _VALENCE)
    _name(axes, "mood", 0.12)


def _time_axis(axes: Axes, end: float) -> None:
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
    step = next((s for s in steps if end / s <= 18), 1200)
    ticks = np.arange(0, end, step)
    axes.set_xticks(ticks.tolist())
    short = step < 1
    labels = [f"{t:.1f} s" if short else f"{int(t) // 60}:{int(t) % 60:02d}" for t in ticks]
    axes.set_xticklabels(labels)
    axes.tick_params(bottom=True, labelbottom=True, colors=_FAINT, labelsize=9, length=3)
