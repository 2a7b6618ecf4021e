"""What the drummer plays: patterns, ghost notes, fills, the roll of the build."""

import numpy as np

from songreel.demo.score import BREAK, BUILD, CHORUS, CHORUS_2, INTRO, OUTRO, VERSE
from songreel.sound.instruments.notes import Hit

_Pattern = dict[str, dict[int, float]]
"""Velocity by sixteenth, by drum."""

_VERSE: _Pattern = {
    "kick": {0: 1.0, 7: 0.4, 8: 0.95, 10: 0.66},
    "snare": {4: 0.82, 12: 0.86, 9: 0.16, 15: 0.2},
    "hat": {0: 0.7, 2: 0.46, 3: 0.2, 4: 0.66, 6: 0.5, 8: 0.7, 10: 0.46, 11: 0.22, 12: 0.66,
            14: 0.5},
    "shaker": {2: 0.3, 6: 0.34, 10: 0.3, 14: 0.36},
}  # fmt: skip
_VERSE_TURN: _Pattern = {
    **_VERSE,
    "kick": {0: 1.0, 6: 0.5, 8: 0.95, 11: 0.6},
    "snare": {4: 0.82, 12: 0.86, 7: 0.18, 9: 0.15, 14: 0.2},
    "open": {14: 0.5},
}
_CHORUS: _Pattern = {
    "kick": {0: 1.0, 4: 0.97, 8: 1.0, 12: 0.97},
    "snare": {4: 0.95, 12: 1.0, 7: 0.2, 10: 0.15, 15: 0.24},
    "clap": {4: 0.85, 12: 0.9},
    "hat": {step: (0.5 if step % 4 == 0 else 0.24) for step in range(16) if step % 4 != 2},
    "open": {2: 0.6, 6: 0.66, 10: 0.6, 14: 0.7},
    "shaker": {step: (0.34, 0.18, 0.44, 0.2)[step % 4] for step in range(16)},
}
_CHORUS_TURN: _Pattern = {
    **_CHORUS,
    "kick": {0: 1.0, 4: 0.97, 8: 1.0, 12: 0.97, 15: 0.6},
    "snare": {4: 0.95, 12: 1.0, 7: 0.2, 10: 0.15, 11: 0.2, 14: 0.34},
}
_HALF: _Pattern = {
    "rim": {8: 0.6, 11: 0.2},
    "shaker": {0: 0.3, 2: 0.18, 4: 0.36, 6: 0.2, 8: 0.3, 10: 0.2, 12: 0.36, 14: 0.22},
}
_OUTRO: _Pattern = {
    "kick": {0: 0.9, 8: 0.85},
    "rim": {4: 0.5, 12: 0.55},
    "hat": {0: 0.5, 2: 0.34, 4: 0.46, 6: 0.34, 8: 0.5, 10: 0.34, 12: 0.46, 14: 0.34},
    "shaker": {2: 0.3, 6: 0.3, 10: 0.3, 14: 0.3},
}


def hits() -> list[Hit]:
    """Every stroke of the song in order, velocities humanised but always the same."""
    found = [*_intro(), *_verse(), *_build(), *_choruses(), *_break(), *_outro()]
    found.sort()
    # MT19937 through RandomState: numpy promises that this stream never changes.
    drift = np.random.RandomState(116).normal(0.0, 1.0, len(found))
    return [
        hit._replace(velocity=float(np.clip(hit.velocity * (1 + 0.06 * d), 0.05, 1.0)))
        for hit, d in zip(found, np.clip(drift, -1.8, 1.8), strict=True)
    ]


def _bar(bar: int, pattern: _Pattern, *, until: int = 16, quiet: float = 1.0) -> list[Hit]:
    """`pattern` in `bar`, its first `until` sixteenths."""
    return [
        Hit(bar * 4 + step / 4, drum, velocity * quiet)
        for drum, steps in pattern.items()
        for step, velocity in steps.items()
        if step < until
    ]


def _fill(bar: int, *strokes: tuple[float, str, float]) -> list[Hit]:
    return [Hit(bar * 4 + step / 4, drum, velocity) for step, drum, velocity in strokes]


def _intro() -> list[Hit]:
    soft = {"kick": {0: 0.6, 8: 0.55}, "hat": _OUTRO["hat"]}
    return [
        *_bar(INTRO + 1, {"shaker": _HALF["shaker"]}),
        *_bar(INTRO + 2, soft, quiet=0.8),
        *_bar(INTRO + 3, soft, until=12),
        *_fill(INTRO + 3, (12, "snare", 0.3), (13, "snare", 0.2), (14, "snare", 0.45),
               (14, "tom_high", 0.5), (15, "tom_low", 0.6)),
    ]  # fmt: skip


def _verse() -> list[Hit]:
    found = _fill(VERSE, (0, "crash", 0.5))
    for bar in range(VERSE, BUILD - 1):
        found += _bar(bar, _VERSE_TURN if (bar - VERSE) % 4 == 3 else _VERSE)
    found += _bar(BUILD - 1, _VERSE, until=10)
    return found + _fill(
        BUILD - 1,
        (10, "kick", 0.8), (10, "snare", 0.5), (11, "snare", 0.34), (12, "tom_high", 0.7),
        (13, "tom_high", 0.5), (14, "tom_mid", 0.75), (15, "tom_low", 0.85),
    )  # fmt: skip


def _build() -> list[Hit]:
    """Quarters, eighths, sixteenths, then thirty-seconds, and a beat of nothing."""
    found = _fill(BUILD, (0, "crash", 0.6))
    for bar, every in ((BUILD, 4.0), (BUILD + 1, 2.0), (BUILD + 2, 1.0), (BUILD + 3, 1.0)):
        last = bar == BUILD + 3
        steps = [i * every for i in range(round((8 if last else 16) / every))]
        if last:
            steps += [8 + 0.5 * i for i in range(8)]
        for step in steps:
            risen = ((bar - BUILD) * 16 + step) / 60
            accent = 1.0 if step % 4 == 0 else 0.8 if step % 2 == 0 else 0.66
            found.append(Hit(bar * 4 + step / 4, "roll", (0.26 + 0.62 * risen) * accent))
        if not last:
            pulse = 4 if bar < BUILD + 2 else 2
            found += _fill(bar, *((step, "kick", 0.9) for step in range(0, 16, pulse)))
            found += _fill(bar, *((step, "hat", 0.5) for step in range(2, 16, 4)))
            found += _bar(bar, {"shaker": _CHORUS["shaker"]}, quiet=0.9)
    return found


def _choruses() -> list[Hit]:
    found = []
    for first, full in ((CHORUS, False), (CHORUS_2, True)):
        found += _fill(first, (0, "crash", 1.0), (0, "boom", 1.0))
        found += _fill(first + 4, (0, "crash", 0.7))
        for bar in range(first, first + 8):
            turn = (bar - first) % 4 == 3
            if bar == first + 7:
                found += _bar(bar, _CHORUS, until=12)
                continue
            found += _bar(bar, _CHORUS_TURN if turn else _CHORUS)
            if full:
                found += _fill(bar, *((step, "ride", 0.5) for step in (0, 4, 8, 12)))
        found += _fill(
            first + 7,
            (12, "kick", 0.95), (12, "snare", 0.8), (12.5, "snare", 0.4), (13, "snare", 0.6),
            (14, "tom_high", 0.85), (14.5, "tom_high", 0.6), (15, "tom_mid", 0.8),
            (15.5, "tom_low", 0.9),
        )  # fmt: skip
    return found


def _break() -> list[Hit]:
    found = _fill(BREAK, (0, "boom", 0.7), (0, "crash", 0.55))
    for bar in range(BREAK, BREAK + 3):
        found += _bar(bar, _HALF)
    found += _fill(BREAK + 2, *((8 + i, "roll", 0.18 + 0.03 * i) for i in range(0, 8, 2)))
    found += _fill(BREAK + 3, *((i, "roll", 0.34 + 0.03 * i) for i in range(12)))
    return found + _fill(
        BREAK + 3,
        (12, "snare", 0.9), (12, "kick", 0.8), (13, "tom_high", 0.75), (13.5, "tom_high", 0.6),
        (14, "tom_mid", 0.85), (14.5, "tom_mid", 0.65), (15, "tom_low", 0.95),
    )  # fmt: skip


def _outro() -> list[Hit]:
    return [
        *_fill(OUTRO, (0, "crash", 0.8)),
        *_bar(OUTRO, _OUTRO),
        *_bar(OUTRO + 1, _OUTRO, quiet=0.9),
        *_bar(OUTRO + 2, {"shaker": _HALF["shaker"], "kick": {0: 0.7}}, quiet=0.8),
        *_fill(OUTRO + 3, (0, "kick", 0.6), (0, "crash", 0.3)),
    ]
