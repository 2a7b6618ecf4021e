"""A MIDI file that lays a sequencer's grid under the song: `tempo_map`.

Standard MIDI File, format 0: a tempo for every beat, time signatures, section markers and keys.
Imported at the start of a project with the song at the same place, bars and beats fall together.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from songreel.analysis.exports import spans
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis

_TICKS = 960
"""A quarter note: what most sequencers count in."""
_SLOWEST = 0xFFFFFF
"""Microseconds a quarter: what the tempo event's three bytes hold, 3.6 BPM."""
_SHARPS = {"major": (0, -5, 2, -3, 4, -1, -6, 1, -4, 3, -2, 5),
           "minor": (-3, 4, -1, -6, 1, -4, 3, -2, 5, 0, -5, 2)}  # fmt: skip
"""Sharps (or, below 0, flats) of each tonic's key, C first."""
_TEXT, _MARKER, _TEMPO, _METER, _KEY = 0x01, 0x06, 0x51, 0x58, 0x59


def tempo_map(analysis: Analysis) -> bytes:
    """The bytes of the MIDI file.

    Silence before the first beat becomes beats of its own, and what is left over of a bar stands
    first, so that bar lines fall on downbeats. Without beats the grid is 120 BPM, and says so.

    Raises:
        InvalidInput: Two beats are further apart than a MIDI tempo can say.
    """
    events: list[tuple[int, int, bytes]] = []
    beat_ticks, unit = _beat(analysis)
    beats = np.array(analysis.beats)
    if beats.size < 2:
        beats = np.arange(0, max(analysis.track.duration, 1.0) + 0.5, 0.5)
        events.append((0, _TEXT, b"no pulse was heard: 120 BPM is a stand-in"))
    lead = max(1, round(beats[0] / float(np.median(np.diff(beats))))) if beats[0] > 0 else 0
    edges = np.concatenate([np.linspace(0, beats[0], lead, endpoint=False), beats])
    spent = 0.0
    for i, end in enumerate(edges[1:]):
        # Each beat makes up for the rounding of those before it: the grid never drifts.
        quarter = round((end * 1e6 - spent) * _TICKS / beat_ticks)
        if not 0 < quarter <= _SLOWEST:
            raise InvalidInput(
                f"no MIDI tempo for the beats at {edges[i]:.3f} s and {end:.3f} s: "
                "export the beats as .beats or .beats.csv"
            )
        spent += quarter * beat_ticks / _TICKS
        events.append((i * beat_ticks, _TEMPO, quarter.to_bytes(3, "big")))
    for first, count in _bars(analysis, lead):
        values = bytes((count * unit[0], unit[1], 24 * beat_ticks // _TICKS, 8))
        events.append((first * beat_ticks, _METER, values))

    def tick(seconds: float) -> int:
        inside = np.interp(seconds, edges, np.arange(edges.size))
        beyond = max(0.0, seconds - float(edges[-1])) / float(edges[-1] - edges[-2])
        return round((float(inside) + beyond) * beat_ticks)

    for section, part in zip(spans.sections(analysis), analysis.sections, strict=True):
        events.append((tick(section.start), _MARKER, f"{section.label} {part.letter}".encode()))
    for span in analysis.keys:
        if span.key is not None:
            sharps = _SHARPS[span.key.mode][span.key.tonic] & 0xFF
            events.append((tick(span.start), _KEY, bytes((sharps, span.key.mode == "minor"))))
    return _file(events)


def _beat(analysis: Analysis) -> tuple[int, tuple[int, int]]:
    """Ticks of a beat, and its time signature: (units a beat, log2 of the unit)."""
    upper, lower = (int(part) for part in analysis.meter.split("/"))
    eighths = max(1, round(upper / analysis.grid.beats_per_bar)) if lower == 8 else 1
    return _TICKS * 4 * eighths // lower, (eighths, lower.bit_length() - 1)


def _bars(analysis: Analysis, lead: int) -> list[tuple[int, int]]:
    """(first beat, beats in the bar) wherever that changes; `lead` beats stand in front."""
    per_bar = analysis.grid.beats_per_bar
    starts = [lead + i for i in analysis.grid.downbeats] or [lead]
    odd = starts[0] % per_bar
    bars = ([(0, odd)] if odd else []) + [(b, per_bar) for b in range(odd, starts[0], per_bar)]
    bars += [(a, b - a) for a, b in pairwise(starts)]
    bars.append((starts[-1], per_bar))
    return [bar for i, bar in enumerate(bars) if i == 0 or bar[1] != bars[i - 1][1]]


def _file(events: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Meta events, (tick, type, data), in a file of one track."""
    track, now = b"", 0
    for tick, kind, data in sorted(events, key=lambda e: (e[0], e[1] == _TEXT, e[1])):
        track += _number(tick - now) + bytes((0xFF, kind)) + _number(len(data)) + data
        now = tick
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + bytes((0, 0, 0, 1)) + _TICKS.to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


def _number(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the last without its top bit."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))
