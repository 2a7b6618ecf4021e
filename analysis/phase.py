"""On the beat or off it: `settle_phase` decides which of a song's half beats are its beats.

Onsets alone mislead where the off-beat is the louder one (a snare between the beats of fast rock,
reggae guitar, a disco hi-hat). The half beats are therefore tracked, and the bar that fits them
best over the whole song, with its bass drum and its chord changes, says which are beats.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from songreel.analysis.accents import Harmony, find_accents
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.meter import DOWNBEAT, decode_places, even_table
from songreel.analysis.pulse import Pulse
from songreel.analysis.tempo import Tracked, track

BARS = (6, 8)
"""Half beats a bar that are tried: three and four beats; others differ too little to matter."""
BASS = 0.5
"""Weight of the bass drum beside the onset strength it is part of."""
BAR = 0.5
"""Weight of the evidence for a bar's start."""
SLIP, FLIP = 12.0, 60.0
"""Cost of a bar of another length, and of one that ends half a beat early or late: played music
hardly ever does the latter (30 to 200 score alike)."""
PULL = 2.0
"""Log-odds by which a settled beat draws the final track, over a width of 30 ms."""


def settle_phase(pulse: Pulse, harmony: Harmony, beat: Tracked) -> Tracked:
    """The same pulse as `beat`, on the half beats that are beats."""
    halves = track(pulse, beat.period / 2).frames
    if halves.size < 4 * max(BARS):
        return beat
    times = halves / FRAME_RATE
    columns = len(DOWNBEAT)
    table = np.empty((halves.size, columns))
    for first in (0, 1):
        part = slice(first, None, 2)
        table[part] = find_accents(harmony, pulse, times[part]).table()
    gain = maximum_filter1d(pulse.gain, 3)[halves]
    bass = np.log1p(pulse.bands["low"][halves])
    on = (gain - gain.mean()) + BASS * (bass - bass.mean())
    start = BAR * (even_table(table) @ DOWNBEAT)
    best: tuple[float, NDArray[np.int64]] | None = None
    for length in BARS:
        evidence = np.zeros((halves.size, length))
        evidence[:, 0::2] = on[:, None]
        evidence[:, 0] += start
        slips = np.where(np.arange(length) % 2 == 1, SLIP, FLIP)
        places = decode_places(evidence, slips)
        worth = float(evidence[np.arange(halves.size), places].sum())
        if best is None or worth > best[0]:
            best = (worth, places)
    assert best is not None
    bonus = np.zeros(pulse.gain.size)
    bonus[halves[best[1] % 2 == 0]] = 1.0
    width = 3.0
    bonus = gaussian_filter1d(bonus, width) * (PULL * width * np.sqrt(2 * np.pi))
    return track(pulse, beat.period, bonus)
