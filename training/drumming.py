"""A drummer: `Drummer` plays a style's patterns, with fills, half time and blast beats."""

import numpy as np

from training.score import KIT
from training.styles import Style

Event = tuple[float, float, int, float]
PLAIN = ("full", "half", "double")
"""Feels that end in a fill."""
STROKE = 0.1
"""Beats that a stroke is held: drums ring as they will."""


class Drummer:
    """One drummer at one kit, who keeps to a few patterns of the style within a piece."""

    def __init__(self, rng: np.random.Generator, style: Style) -> None:
        self.rng = rng
        self.style = style
        self.cymbal = "ride" if rng.random() < 0.2 else "hat"
        self.backbeat = "snare"
        if style.lead == "synth" and rng.random() < 0.5:
            self.backbeat = "clap"
        elif style.name in ("bossa", "reggae") or rng.random() < 0.06:
            self.backbeat = "rim"
        self.crashes = rng.random() < 0.75
        self.fills = rng.random() < 0.7
        self.soft = float(rng.uniform(0.3, 0.55))
        self.hat_level = float(rng.uniform(0.4, 0.8))

    def section(self, first: int, bars: int, feel: str) -> list[Event]:
        """The strokes of `bars` bars from bar `first`, positions in beats.

        `feel` is full, half, double, blast, hats or kick.
        """
        rng, style = self.rng, self.style
        rows = [str(rng.choice(choice)) for choice in (style.kick, style.snare, style.hat)]
        if feel == "half":
            rows[:2] = [_halved(rows[0]), _halved(rows[1])]
        elif feel == "double":
            rows = [_doubled(row) for row in rows[:2]] + [_off(rng, style, rows[2])]
        elif feel == "blast":
            rows = list(_blast(rng, style))
        elif feel == "hats":
            rows[:2] = [".", "."]
        elif feel == "kick":
            rows[1:] = [".", "."]
        events: list[Event] = []
        cymbal = "crash" if self.crashes and feel == "half" else self.cymbal
        for bar in range(first, first + bars):
            start = float(bar * style.beats)
            last = bar == first + bars - 1
            filled = (
                self.fills and last and feel in ("full", "half", "double") and rng.random() < 0.7
            )
            stop = style.beats - (int(rng.integers(1, 3)) if filled else 0)
            stopped = last and feel == "full" and rng.random() < 0.06
            if stopped:
                stop = 1
            for row, voice in zip(rows, ("kick", self.backbeat, cymbal), strict=True):
                events += self._line(row, voice, start, stop)
            if filled and not stopped and stop > 0:
                events += self._fill(start, stop)
        if self.crashes and feel in (*PLAIN, "blast") and rng.random() < 0.8:
            events.append((float(first * style.beats), STROKE, KIT["crash"], 0.9))
        return events

    def _line(self, row: str, voice: str, start: float, stop: int) -> list[Event]:
        rng, style = self.rng, self.style
        level = {"kick": 0.95, "hat": self.hat_level, "ride": self.hat_level}.get(voice, 0.9)
        events: list[Event] = []
        for step, sign in enumerate(row):
            beat = step / style.steps
            if sign == "." or beat >= stop or (sign == "?" and rng.random() < 0.5):
                continue
            if rng.random() < 0.015:
                continue
            loud = level * (self.soft if sign == "o" else 1.0)
            if voice in ("hat", "ride") and step % style.steps:
                loud *= 0.75
            key = KIT["open"] if voice == "hat" and rng.random() < 0.04 else KIT[voice]
            events.append((start + beat, STROKE, key, loud))
        return events

    def _fill(self, start: float, stop: int) -> list[Event]:
        rng, style = self.rng, self.style
        voices = [("snare",), ("snare", "high tom", "tom"), ("high tom", "tom", "tom")]
        kit = voices[int(rng.integers(len(voices)))]
        steps = range(stop * style.steps, style.beats * style.steps)
        return [
            (
                start + step / style.steps,
                STROKE,
                KIT[kit[min(i * len(kit) // max(len(steps), 1), len(kit) - 1)]],
                float(rng.uniform(0.6, 1.0)),
            )
            for i, step in enumerate(steps)
            if rng.random() < 0.8
        ]


def _halved(row: str) -> str:
    """The first half of a pattern at half its speed, which fills the bar."""
    return "".join(sign + "." for sign in row[: len(row) // 2])


def _doubled(row: str) -> str:
    """A pattern at twice its speed, twice."""
    return row[::2] * 2


def _off(rng: np.random.Generator, style: Style, row: str) -> str:
    """The cymbal of a fast passage: as it was, on every beat, or with the snare between them."""
    rest = "." * (style.steps // 2 - 1)
    return str(
        rng.choice(
            [row, ("x" + rest + "." + rest) * style.beats, ("." + rest + "x" + rest) * style.beats]
        )
    )


def _blast(rng: np.random.Generator, style: Style) -> tuple[str, str, str]:
    """Kick, snare and cymbal of a blast beat: snare between or upon the strokes of the kick."""
    half = style.steps // 2
    on = ("x" + "." * (half - 1)) * 2 * style.beats
    if rng.random() < 0.5:
        kick = ("x" + "." * (style.steps - 1)) * style.beats
        snare = ("." * half + "x" + "." * (style.steps - half - 1)) * style.beats
        return kick, snare, on if rng.random() < 0.5 else kick
    return on, on, ("x" + "." * (style.steps - 1)) * style.beats
