"""Any layout of loudspeakers as two channels: `to_stereo`."""

from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from songreel.sound.pcm import Samples

_SIDE = 0.5**0.5
"""−3 dB, of what stands in the middle or behind (ITU-R BS.775-4, table 2)."""
_LEFT = {"FL": 1.0, "FLC": 1.0, "FC": _SIDE, "BL": _SIDE, "SL": _SIDE, "BC": 0.5, "DL": 1.0}
_RIGHT = {"FR": 1.0, "FRC": 1.0, "FC": _SIDE, "BR": _SIDE, "SR": _SIDE, "BC": 0.5, "DR": 1.0}
_USUAL = {3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""What a file means that counts its channels and does not name them."""


def to_stereo(block: Samples, layout: str) -> Samples:
    """Mix down to two channels after ITU-R BS.775-4, without turning the whole down.

    One channel comes out of both loudspeakers as it is. The low-frequency channel is left out, as
    the recommendation has it: what it holds is loud and meant for a loudspeaker of its own.

    Args:
        block: Shape (channels, n).
        layout: FFmpeg's name of the layout.

    Returns:
        Shape (2, n): `block` itself where it is stereo.
    """
    channels = block.shape[0]
    if channels == 2:
        return block
    if channels == 1:
        return np.repeat(block, 2, axis=0)
    return np.asarray(_matrix(layout, channels) @ block, np.float32)


@cache
def _matrix(layout: str, channels: int) -> NDArray[np.float32]:
    names = _names(layout)
    if len(names) != channels or not any(name in _LEFT for name in names):
        names = _names(_USUAL.get(channels, ""))
    if not names:  # no loudspeakers that anybody knows: all of them in the middle
        return np.full((2, channels), _SIDE, np.float32)
    rows = [[side.get(name, 0.0) for name in names] for side in (_LEFT, _RIGHT)]
    return np.array(rows, np.float32)


def _names(layout: str) -> list[str]:
    try:
        return [channel.name for channel in av.AudioLayout(layout).channels]
    except ValueError:
        return []
