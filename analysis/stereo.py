"""Any song as two channels, for ears: `stereo`."""

from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.sound import Sound

_LAYOUTS = {3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""Speaker layout by number of channels (RFC 9639, 9.1.3)."""


def stereo(sound: Sound) -> Iterator[NDArray[np.float32]]:
    """Blocks of shape (2, n): one channel on both sides, more than two mixed down as FFmpeg does.

    Raises:
        InvalidInput: More channels than a layout is known for.
    """
    channels = sound.track.channels
    if channels <= 2:
        for block in sound.blocks():
            yield np.repeat(block, 2, axis=0) if channels == 1 else block.copy()
        return
    if channels not in _LAYOUTS:
        raise InvalidInput(
            f"{sound.path.name} has {channels} channels; up to 8 can be mixed to stereo"
        )
    resampler = AudioResampler("fltp", "stereo", sound.track.sample_rate)
    for block in sound.blocks():
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", _LAYOUTS[channels])
        frame.sample_rate = sound.track.sample_rate
        for mixed in resampler.resample(frame):
            yield np.asarray(mixed.to_ndarray(), np.float32)
