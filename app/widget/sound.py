"""A song small enough to travel inside a notebook's page: `address`."""

from base64 import b64encode
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from songreel.analysis.audio import open_sound
from songreel.analysis.stereo import stereo
from songreel.models.sound import Sound

RATE = 48_000
BITS = 48_000
"""Bits a second for each channel: for finding a place by ear. Ten minutes of stereo are 7 MB."""
_FRAME = 1024


def address(song: Path) -> str:
    """The sound of the file `song` as a data URL: AAC in MP4, which every browser plays.

    The MP4 says how many samples the coder put before the first (an edit list), so that second
    12.345 of it is second 12.345 of the song.

    Raises:
        InvalidInput: It is no song.
    """
    return "data:audio/mp4;base64," + b64encode(_coded(open_sound(song))).decode()


def _coded(sound: Sound) -> bytes:
    channels = min(sound.track.channels, 2)
    layout = "mono" if channels == 1 else "stereo"
    file = BytesIO()
    with av.open(file, "w", "mp4", {"fflags": "+bitexact"}) as container:
        stream = container.add_stream("aac", rate=RATE, layout=layout)
        stream.bit_rate = BITS * channels
        given = 0
        for block in _blocks(sound, channels):
            frame = AudioFrame.from_ndarray(block, "fltp", layout)
            frame.sample_rate, frame.pts, frame.time_base = RATE, given, Fraction(1, RATE)
            given += block.shape[1]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _blocks(sound: Sound, channels: int) -> Iterator[NDArray[np.float32]]:
    """At `RATE`, shape (channels, `_FRAME`) but for the last, as the coder takes them."""
    stream = soxr.ResampleStream(sound.track.sample_rate, RATE, channels, dtype="float32")
    held = np.zeros((channels, 0), np.float32)
    for block in sound.blocks() if channels == 1 else stereo(sound):
        made = stream.resample_chunk(np.ascontiguousarray(block.T)).reshape(-1, channels).T
        held = np.concatenate([held, made], axis=1)
        whole = held.shape[1] - held.shape[1] % _FRAME
        for first in range(0, whole, _FRAME):
            yield np.ascontiguousarray(held[:, first : first + _FRAME])
        held = held[:, whole:]
    rest = stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
    held = np.concatenate([held, rest.reshape(-1, channels).T], axis=1)
    for first in range(0, held.shape[1], _FRAME):
        yield np.ascontiguousarray(held[:, first : first + _FRAME])
