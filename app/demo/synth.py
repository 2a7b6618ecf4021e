"""Pitched instruments: a subtractive synthesiser and a two-operator FM voice."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from songreel.demo.score import Note, seconds

Stereo = NDArray[np.float32]
"""Shape (2, n), full scale ±1."""

_F = TypeVar("_F", bound=Callable[..., Any])


def kernel(function: _F) -> _F:
    """Compile with numba, keeping the machine code on disk, where that can be, and the type."""
    try:
        return cast(_F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba: no folder that it may write to; compiled anew at each start
        return cast(_F, numba.njit(nogil=True)(function))


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A sound of the subtractive synthesiser. Times in seconds, `detune` and `vibrato` in cents."""

    voices: int = 1
    detune: float = 0.0
    """Distance of the outermost voices from the pitch."""
    spread: float = 0.0
    """0: all voices in the middle; 1: the outermost hard left and right."""
    pulse: float = 0.0
    """0: saw; 1: square."""
    sub: float = 0.0
    """Level of a sine at the pitch (below the saws, unfiltered)."""
    attack: float = 0.003
    decay: float = 0.2
    sustain: float = 0.7
    release: float = 0.08
    cutoff: float = 2000.0
    """Hz, of the low-pass at middle velocity, for the pitch A4."""
    track: float = 0.3
    """Octaves the filter follows an octave of pitch."""
    sweep: float = 0.0
    """Octaves the filter stands higher at the onset."""
    sweep_decay: float = 0.15
    q: float = 0.8
    steep: bool = False
    """24 dB an octave instead of 12."""
    vibrato: float = 0.0
    glide: float = 0.0
    """Time constant of sliding from the note before, where the two touch."""


@kernel
def _saw(phase: float, step: float) -> float:
    """Band-limited saw at `phase` (0 to 1), by a polynomial step (Välimäki, Huovilainen 2007)."""
    value = 2.0 * phase - 1.0
    if phase < step:
        t = phase / step
        value -= t + t - t * t - 1.0
    elif phase > 1.0 - step:
        t = (phase - 1.0) / step
        value -= t * t + t + t + 1.0
    return value


@kernel
def _voice(
    out: NDArray[np.float32],
    start: int,
    hold: int,
    rate: float,
    steps: NDArray[np.float64],
    phases: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    times: tuple[float, float, float, float],
    levels: tuple[float, float, float, float],
    filt: tuple[float, float, float, float, int],
    bend: tuple[float, float, float],
) -> None:
    """Add one note to `out`, shape (2, n), from sample `start`.

    `steps` (cycles a sample), `phases`, `left` and `right` (gains) are per voice, shape (v,).
    `times`: attack, decay, release, filter decay in samples. `levels`: gain, sustain, pulse, sub.
    `filt`: cutoff Hz, sweep octaves, damping 1/Q, key velocity offset in octaves, stages.
    `bend`: vibrato depth (ratio − 1), glide (log2 ratio at the onset), its samples.
    """
    attack, decay, release, sweep_decay = times
    gain, sustain, pulse, sub = levels
    cutoff, sweep, damping, offset, stages = filt
    depth, slide, slide_samples = bend
    count = steps.shape[0]
    total = min(hold + int(6.0 * release), out.shape[1] - start)
    s = np.zeros((2, 2, 2))  # channel, stage, integrator
    middle = 0.0
    sub_step = 0.0
    for v in range(count):
        sub_step += steps[v] / count
    level_at_release = 0.0
    ratio = 1.0
    g = 0.0
    for i in range(total):
        if i % 16 == 0:  # 0.36 ms: too fine to hear as steps
            t = i / rate
            octaves = sweep * np.exp(-i / sweep_decay) + offset
            hz = min(max(cutoff * 2.0**octaves, 30.0), 0.42 * rate)
            g = np.tan(np.pi * hz / rate)
            swell = min(max((t - 0.18) / 0.25, 0.0), 1.0)
            ratio = 1.0 + depth * swell * np.sin(2.0 * np.pi * 5.4 * t)
            if slide != 0.0:
                ratio *= 2.0 ** (slide * np.exp(-i / slide_samples))
        if i < hold:
            if i < attack:
                envelope = np.sin(0.5 * np.pi * i / attack)
            else:
                envelope = sustain + (1.0 - sustain) * np.exp(-(i - attack) / decay)
            level_at_release = envelope
        else:
            # Reaches zero exactly at the end of the note's room: no click.
            gone = (i - hold) / (6.0 * release)
            envelope = level_at_release * np.exp(-(i - hold) / release) * (1.0 - gone)
        a = 0.0
        b = 0.0
        for v in range(count):
            step = steps[v] * ratio
            phase = phases[v] + step
            phase -= np.floor(phase)
            phases[v] = phase
            value = _saw(phase, step)
            if pulse > 0.0:
                other = phase + 0.5
                other -= np.floor(other)
                value = (1.0 - pulse) * value + pulse * (value - _saw(other, step))
            a += value * left[v]
            b += value * right[v]
        # Trapezoidal state-variable low-pass (Simper, "SVF linear trapezoidal", 2013).
        norm = 1.0 / (1.0 + g * (g + damping))
        for channel in range(2):
            x = a if channel == 0 else b
            for stage in range(stages):
                v3 = x - s[channel, stage, 1]
                v1 = norm * (s[channel, stage, 0] + g * v3)
                v2 = s[channel, stage, 1] + g * v1
                s[channel, stage, 0] = 2.0 * v1 - s[channel, stage, 0]
                s[channel, stage, 1] = 2.0 * v2 - s[channel, stage, 1]
                x = v2
            if channel == 0:
                a = x
            else:
                b = x
        if sub > 0.0:
            middle += sub_step * ratio
            low = sub * np.sin(2.0 * np.pi * middle)
            a += low
            b += low
        out[0, start + i] += gain * envelope * a
        out[1, start + i] += gain * envelope * b


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch, equal temperament at A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def play(notes: Iterable[Note], patch: Patch, size: int, rate: int, seed: int) -> Stereo:
    """Play `notes` on `patch`.

    Args:
        notes: In order of time for `glide` to find the note before.
        patch: The sound.
        size: Samples of the whole song.
        rate: Samples a second.
        seed: Of the phases the oscillators start from.

    Returns:
        Shape (2, size).
    """
    out = np.zeros((2, size), np.float32)
    draw = np.random.RandomState(seed)
    place = np.linspace(-1.0, 1.0, patch.voices) if patch.voices > 1 else np.zeros(1)
    # Voices crowd towards the pitch, and neighbours in pitch sit on opposite sides.
    cents = patch.detune * np.sign(place) * np.abs(place) ** 1.3
    side = patch.spread * place * np.where(np.arange(patch.voices) % 2 == 0, 1.0, -1.0)
    left, right = np.cos((side + 1) * np.pi / 4), np.sin((side + 1) * np.pi / 4)
    before: Note | None = None
    for note in notes:
        slide = 0.0
        if patch.glide and before and abs(before.beat + before.beats - note.beat) < 0.01:
            slide = (before.pitch - note.pitch) / 12
        before = note
        first = round(seconds(note.beat) * rate)
        hold = max(round(seconds(note.beat + note.beats) * rate) - first, round(0.01 * rate))
        frequency = hertz(note.pitch)
        cutoff = patch.cutoff * (frequency / 440.0) ** patch.track
        _voice(
            out,
            first,
            hold,
            float(rate),
            frequency * 2.0 ** (cents / 1200) / rate,
            draw.random_sample(patch.voices),
            left,
            right,
            (
                patch.attack * rate,
                patch.decay * rate,
                patch.release * rate,
                patch.sweep_decay * rate,
            ),
            (
                note.velocity / patch.voices**0.5,
                patch.sustain,
                patch.pulse,
                patch.sub * patch.voices**0.5,
            ),
            # A harder stroke is a brighter one.
            (
                cutoff,
                patch.sweep,
                1.0 / patch.q,
                note.bright + 0.8 * (note.velocity - 0.7),
                2 if patch.steep else 1,
            ),
            (2.0 ** (patch.vibrato / 1200) - 1.0, slide, max(patch.glide * rate, 1.0)),
        )
    return out


@dataclass(frozen=True, kw_only=True)
class Struck:
    """An FM sound that is struck and dies away: electric piano, bell."""

    ratio: float
    """Frequency of the modulator over that of the carrier."""
    index: float
    """Peak phase deviation, in cycles × 2π, at full velocity."""
    index_decay: float
    decay: float
    """Seconds to 1/e for A4; lower notes ring longer."""
    release: float = 0.12
    tine: float = 0.0
    """Level of a short partial, fourteen times the pitch, that makes the attack speak."""
    tremolo: float = 0.0
    """Depth of the slow swing between left and right."""
    spread: float = 0.0
    """How far notes are placed left and right of the middle, by pitch."""


def strike(notes: Iterable[Note], sound: Struck, size: int, rate: int) -> Stereo:
    """Play `notes` on `sound`; arguments and result as in `play`."""
    out = np.zeros((2, size), np.float32)
    for note in notes:
        first = round(seconds(note.beat) * rate)
        hold = round(seconds(note.beat + note.beats) * rate) - first
        frequency = hertz(note.pitch)
        decay = sound.decay * (440.0 / frequency) ** 0.5
        count = min(hold + round(6 * sound.release * rate), size - first)
        t = (np.arange(count) / rate).astype(np.float32)
        velocity = note.velocity
        # Less index for high notes: their side bands would be shrill.
        index = sound.index * velocity**1.5 * min(1.0, (523.0 / frequency) ** 0.7)
        swing = index * (0.25 + 0.75 * np.exp(-t / sound.index_decay))
        turn = _turn(frequency, count, rate)
        body = np.sin(turn + swing * np.sin(_turn(frequency * sound.ratio, count, rate)))
        body += 0.3 * np.sin(_turn(frequency * 1.0023, count, rate) + 0.6 * swing * np.sin(turn))
        envelope = np.exp(-t / decay) * np.minimum(t / 0.0015, 1.0)
        envelope[hold:] *= np.exp(-(t[hold:] - hold / rate) / sound.release)
        envelope *= np.minimum(1.0, (t[-1] - t) / (3 * sound.release))
        if sound.tine and frequency * 14 < 0.4 * rate:
            short = slice(0, round(0.25 * rate))
            tine = np.exp(-t[short] / 0.04) * np.sin(_turn(14 * frequency, count, rate)[short])
            body[short] += sound.tine * velocity * tine
        side = np.full(count, sound.spread * np.clip((note.pitch - 74) / 12, -1, 1), np.float32)
        if sound.tremolo:
            side += sound.tremolo * np.sin(2 * np.pi * 4.2 * (t + first / rate))
        angle = (side + 1) * np.float32(np.pi / 4)
        tone = 0.7 * velocity * envelope * body
        out[0, first : first + count] += tone * np.cos(angle)
        out[1, first : first + count] += tone * np.sin(angle)
    return out


def _turn(frequency: float, count: int, rate: int) -> NDArray[np.float32]:
    """Phase of `count` samples of a sine, wrapped in double precision. Shape (count,)."""
    return np.asarray(2 * np.pi * (np.arange(count) * (frequency / rate) % 1.0), np.float32)
