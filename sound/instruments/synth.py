"""A subtractive synthesiser: saws and pulses through a low-pass that moves."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.sound.compiled import compiled
from songreel.sound.instruments.notes import Clock, Note, Stereo, hertz


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


@compiled
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


@compiled
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


def play(
    notes: Iterable[Note], patch: Patch, size: int, rate: int, seed: int, clock: Clock
) -> Stereo:
    """Play `notes` on `patch`.

    Args:
        notes: In order of time for `glide` to find the note before.
        patch: The sound.
        size: Samples of the whole song.
        rate: Samples a second.
        seed: Of the phases the oscillators start from.
        clock: When the notes fall; none before the first sample.

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
        first = round(clock.seconds(note.beat) * rate)
        hold = max(round(clock.seconds(note.beat + note.beats) * rate) - first, round(0.01 * rate))
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
