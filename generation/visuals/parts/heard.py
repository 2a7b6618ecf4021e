"""`Heard`: the spectrum of the moments before a frame, for pictures that show time."""

from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import Drive
from songreel.models.music import Hits

RATE = 25.0
"""Rows a second."""
COLUMNS = 64
"""Points across the spectrum, bass first: the bands with smooth curves between them."""
BEFORE = 6.0
"""Seconds before the clip that are known: the music of the clip's start, mirrored."""
_FALL = 0.16
"""Seconds in which a level falls to 1/e: what rises is seen at once."""
_HEARD = 0.3
"""Rows by which the sound of a frame is ahead of its time. A row tells of the 40 ms that begin at
its time: of three songs' drums no rise is then seen before the frame of the hit."""
_BANDS = 16


class Heard:
    """What was heard up to each moment of a clip, from `BEFORE` seconds before it on.

    Where the song's spectrum is not known, one is put together from what is: the bass with the
    kicks, the middle with energy, snares and notes, the top with brightness and hats.
    """

    def __init__(self, stage: Stage) -> None:
        drive, energy = stage.request.drive, stage.energy
        times = np.arange(0.0, max(stage.seconds, BEFORE) + 0.5, 1.0 / RATE)
        inside = np.minimum(times, 2.0 * stage.seconds - times)
        inside = np.clip(np.where(times > stage.seconds, inside, times), 0.0, stage.seconds)
        self.known = drive is not None and drive.spectrum is not None
        if drive is not None and drive.spectrum is not None:
            bands = drive.spectrum.array
            at = inside * drive.spectrum.rate
            levels = np.stack(
                [np.interp(at, np.arange(len(bands)), band) for band in bands.T], axis=1
            )
        else:
            levels = _made_up(drive, energy, inside, stage.random(5))
        self._attacks = _attacks(levels)
        keep = exp(-1.0 / (RATE * _FALL))
        for i in range(1, len(levels)):
            levels[i] = np.maximum(levels[i], levels[i - 1] * keep)
        before = round(BEFORE * RATE)
        rows = np.concatenate([levels[before:0:-1], levels]).astype(np.float32)
        smooth = cv2.resize(rows, (COLUMNS, len(rows)), interpolation=cv2.INTER_CUBIC)
        self.levels: NDArray[np.float32] = np.clip(np.asarray(smooth, np.float32), 0.0, 1.0)
        """Shape (rows, COLUMNS), 0 to 1; row 0 is `BEFORE` seconds before the clip."""
        self.kicks = _struck(drive.kick if drive else Hits(), times, 0.14, before)
        """Shape (rows,): the kick that was heard then, 0 to 1; `snares` likewise."""
        self.snares = _struck(drive.snare if drive else Hits(), times, 0.12, before)
        self._now = np.zeros((1, COLUMNS), np.float32)

    def row(self, t: float) -> float:
        """Where in the rows `t` seconds from the clip's start lies."""
        return (t + BEFORE) * RATE

    def attack(self, moment: Moment) -> float:
        """How much new sound there is at `moment`, in any band: 0 to 1."""
        k = min(int(moment.t * RATE + _HEARD), len(self._attacks) - 1)
        return max(float(self._attacks[k]), moment.kick, moment.snare, 0.5 * moment.hat)

    def now(self, moment: Moment) -> NDArray[np.float32]:
        """The spectrum at `moment`, shape (COLUMNS,), exact on its hits. One buffer, used again."""
        if moment.spectrum.size > 1:
            bands = moment.spectrum[None, :].astype(np.float32)
            cv2.resize(bands, (COLUMNS, 1), dst=self._now, interpolation=cv2.INTER_CUBIC)
        else:
            i = min(int(self.row(moment.t)), len(self.levels) - 1)
            self._now[0] = self.levels[i]
        hit = moment.kick * _LOW + moment.snare * _MIDDLE + moment.hat * _HIGH
        np.maximum(self._now[0], hit, out=self._now[0])
        np.clip(self._now, 0.0, 1.0, out=self._now)
        row: NDArray[np.float32] = self._now[0]
        return row


def _attacks(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise of the levels, shape (rows,): 0 to 1, dying away in a tenth of a second."""
    rise = np.zeros(len(levels))
    rise[1:] = np.maximum(np.diff(levels, axis=0), 0.0).mean(axis=1)
    rise = np.clip(rise / max(float(np.percentile(rise, 97)), 0.06), 0.0, 1.0)
    keep = exp(-1.0 / (RATE * 0.1))
    for i in range(1, len(rise)):
        rise[i] = max(rise[i], rise[i - 1] * keep)
    return rise


def _hill(middle: float, width: float) -> NDArray[np.float32]:
    x = (np.arange(COLUMNS) + 0.5) / COLUMNS
    hill: NDArray[np.float32] = np.exp(-(((x - middle) / width) ** 2)).astype(np.float32)
    return hill


_LOW, _MIDDLE, _HIGH = _hill(0.08, 0.12), 0.9 * _hill(0.5, 0.14), 0.7 * _hill(0.88, 0.10)
"""Where in the spectrum kick, snare and hat stand out."""


def _made_up(
    drive: Drive | None,
    energy: float,
    times: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Levels of `_BANDS` bands at `times`, where only curves and hits are known, or nothing."""
    x = (np.arange(_BANDS) + 0.5) / _BANDS
    phase, pace = random.random(_BANDS) * 6.28, 0.5 + 1.5 * random.random(_BANDS)
    wander = 0.5 + 0.5 * np.sin(pace * times[:, None] + phase)
    if drive is None:
        curves = [np.full(times.size, value) for value in (energy, 0.3 + 0.4 * energy, energy)]
        hits = [np.zeros(times.size)] * 4
    else:
        curves = [
            np.interp(times * curve.rate, np.arange(len(curve.values)), curve.array)
            for curve in (drive.energy, drive.brightness, drive.bass)
        ]
        hits = [
            _struck(band, times, 0.15, 0).astype(np.float64)
            for band in (drive.kick, drive.snare, drive.hat, drive.melody)
        ]
    level, bright, bass = (curve[:, None] for curve in curves)
    kick, snare, hat, melody = (hit[:, None] for hit in hits)
    tilt = (0.9 - 0.5 * x) * (1 - x) + x * (0.35 + 0.5 * bright)
    made = level * tilt * (0.45 + 0.55 * wander) + 0.35 * bass * np.exp(-((x / 0.2) ** 2))
    for hit, middle, width, share in (
        (kick, 0.06, 0.12, 0.6), (snare, 0.5, 0.15, 0.5), (hat, 0.88, 0.1, 0.5),
        (melody, 0.62, 0.12, 0.3),
    ):  # fmt: skip
        made = made + share * hit * np.exp(-(((x - middle) / width) ** 2))
    whole: NDArray[np.float64] = np.clip(made, 0.0, 1.0)
    return whole


def _struck(
    hits: Hits, times: NDArray[np.float64], decay: float, before: int
) -> NDArray[np.float32]:
    """Hits as they rise at once and fall in `decay` seconds at `times`, mirrored in front."""
    rows = np.zeros(times.size)
    for time, strength in zip(hits.times, hits.strengths, strict=True):
        first = int(time * RATE)
        tail = strength * np.exp(-np.arange(max(0, times.size - first)) / (RATE * decay))
        rows[first:] = np.maximum(rows[first:], tail)
    mirrored = rows[before:0:-1] if before else rows[:0]
    whole: NDArray[np.float32] = np.concatenate([mirrored, rows]).astype(np.float32)
    return whole
