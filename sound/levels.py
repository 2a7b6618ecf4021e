"""How high a sound reaches at each of its samples, between them too: `Levels`."""

import numpy as np
from numpy.typing import NDArray

from songreel.sound.compiled import compiled
from songreel.sound.true_peak import ENOUGH, STRIP, TAPS, phases

LEAD = TAPS // 2
"""Samples by which it has to know more on either side."""


class Levels:
    """Hears a sound block by block at four times its rate (ITU-R BS.1770-4, annex 2).

    Args:
        rate: Samples a second.
        channels: Channels of the blocks to come.
        least: Level that is of interest: where nothing between samples can pass it, the samples
            themselves are all that is looked at.
    """

    def __init__(self, rate: int, channels: int, least: float) -> None:
        self._filter = phases(max(1, -(-ENOUGH // rate)))
        self._least = np.float32(least)
        # Silence before the sound, then what could not yet be heard whole.
        self._heard = np.zeros((channels, LEAD), np.float32)

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hear the next samples, shape (channels, n), and tell the levels that are known, (m,).

        The greatest of all channels, from half-way to the sample before to half-way to the next
        and beyond, to those very samples. The first level is the first sample's; `LEAD` samples
        of silence after the sound bring its last.
        """
        self._heard = np.concatenate([self._heard, block], axis=1, dtype=np.float32)
        levels = np.zeros(max(0, self._heard.shape[1] - 2 * LEAD), np.float32)
        if levels.size:
            for channel in self._heard:
                _between(channel, self._filter, self._least, levels)
            self._heard = np.ascontiguousarray(self._heard[:, levels.size :])
        return levels


@compiled
def _between(
    samples: NDArray[np.float32],
    rows: NDArray[np.float32],
    most: np.float32,
    levels: NDArray[np.float32],
) -> None:
    """Raise `levels` to the greatest magnitude at each sample and between it and its neighbours.

    `levels[i]` belongs to `samples[LEAD + i]`. Where no peak between samples can pass `most`,
    only the samples themselves are looked at.
    """
    reach = np.float32(0.0)
    for row in range(rows.shape[0]):
        reach = max(reach, np.abs(rows[row]).sum())
    total = np.zeros(STRIP + 1, np.float32)
    peaks = np.zeros(STRIP + 1, np.float32)
    count = levels.size
    for start in range(0, count, STRIP):
        width = min(STRIP, count - start)
        local = np.float32(0.0)
        for i in range(start, start + width + 2 * LEAD):
            local = max(local, abs(samples[i]))
        for i in range(width):
            levels[start + i] = max(levels[start + i], abs(samples[LEAD + start + i]))
        if local * reach <= most:
            continue
        # peaks[i] is the greatest between samples i − 1 and i, counted from the strip's start.
        peaks[: width + 1] = 0.0
        for row in range(rows.shape[0]):
            total[: width + 1] = 0.0
            for tap in range(TAPS):
                weight = rows[row, tap]
                first = start + tap
                for i in range(width + 1):
                    total[i] += weight * samples[first + i]
            for i in range(width + 1):
                peaks[i] = max(peaks[i], abs(total[i]))
        for i in range(width):
            levels[start + i] = max(levels[start + i], max(peaks[i], peaks[i + 1]))
