"""The song with clicks on its beats, to hear whether they are right: `write_clicks`."""

from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from songreel.analysis.stereo import stereo
from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.music import Analysis
from songreel.models.sound import Sound

BEAT_HZ, DOWNBEAT_HZ = 1000.0, 1500.0
_SECONDS, _DECAY = 0.04, 0.008
"""Length and time constant: short enough to stay apart at 300 BPM, long enough to have a pitch."""
_LEVEL, _QUIETEST = 0.4, 0.03
"""Peak of a downbeat's click: as loud as the song's own peaks, within these."""
_BEAT = 0.7
"""Of a beat's click, beside a downbeat's."""
_CEILING = 0.99
_CODECS: dict[tuple[str, int], Literal["pcm_s16le", "pcm_s24le", "flac"]] = {
    (".wav", 16): "pcm_s16le", (".wav", 24): "pcm_s24le", (".flac", 16): "flac",
    (".flac", 24): "flac",
}  # fmt: skip
_FLAC_MOST = 655_350
"""Hz: the highest rate of the format (RFC 9639, 9.1.2)."""


def checked(path: Path) -> str:
    """The ending of a click track's name, lower case.

    Raises:
        InvalidInput: It is neither .wav nor .flac.
    """
    kind = path.suffix.lower()
    if kind not in (".wav", ".flac"):
        raise InvalidInput(f"cannot write clicks to {path}: its name must end in .wav or .flac")
    return kind


def write_clicks(analysis: Analysis, sound: Sound, path: Path) -> None:
    """Write the song in stereo with a click on every beat, a higher one on downbeats.

    A click begins on the sample nearest to its beat. The song keeps its rate and length and, of
    16 bits, its depth (24 for all others); it is lowered where clicks would make it clip.

    Args:
        analysis: Of `sound`.
        sound: Decoded twice more: for its peak, and to be written.
        path: Ends in .wav or .flac.

    Raises:
        InvalidInput: The path ends otherwise, or the song has more than eight channels.
        MachineError: The file cannot be written.
    """
    kind = checked(path)
    rate = sound.track.sample_rate
    if kind == ".flac" and rate > _FLAC_MOST:
        raise InvalidInput(f"FLAC holds no {rate} Hz: end the name of {path} in .wav")
    bits = 16 if sound.bits is not None and sound.bits <= 16 else 24
    peak = max((float(np.abs(block).max()) for block in stereo(sound)), default=0.0)
    level = min(max(peak, _QUIETEST), _LEVEL)
    gain = np.float32(min(1.0, (_CEILING - level) / peak) if peak else 1.0)
    options = {"fflags": "+bitexact"} | ({"rf64": "auto"} if kind == ".wav" else {})
    with whole(path) as partial, av.open(str(partial), "w", kind[1:], options) as container:
        depth = {"bits_per_raw_sample": str(bits)} if kind == ".flac" else {}
        stream = container.add_stream(_CODECS[kind, bits], rate, options=depth, layout="stereo")
        stream.codec_context.format = "s16" if bits == 16 else "s32"
        at = 0
        clicks = _Clicks(analysis, rate, level)
        for block in stereo(sound):
            mixed = block * gain
            clicks.add_to(mixed, at)
            for first in range(0, mixed.shape[1], 4096):
                frame = _frame(mixed[:, first : first + 4096], bits, rate, at + first)
                container.mux(stream.encode(frame))
            at += mixed.shape[1]
        container.mux(stream.encode(None))


def click(hertz: float, rate: int) -> NDArray[np.float32]:
    """One click of peak 1, shape (n,): a decaying tone that is loudest on its first sample."""
    seconds = np.arange(max(1, round(_SECONDS * rate))) / rate
    return (np.cos(2 * np.pi * hertz * seconds) * np.exp(-seconds / _DECAY)).astype(np.float32)


class _Clicks:
    """The clicks of a song, added block by block."""

    def __init__(self, analysis: Analysis, rate: int, level: float) -> None:
        self._starts = np.rint(np.array(analysis.beats) * rate).astype(np.int64)
        self._first = np.isin(analysis.beats, analysis.downbeats)
        self._beat = click(BEAT_HZ, rate) * np.float32(level * _BEAT)
        self._downbeat = click(DOWNBEAT_HZ, rate) * np.float32(level)

    def add_to(self, block: NDArray[np.float32], at: int) -> None:
        """Mix into `block` what sounds in it; its first sample is sample `at` of the song."""
        end = at + block.shape[1]
        first = int(np.searchsorted(self._starts, at - self._beat.size, side="right"))
        last = int(np.searchsorted(self._starts, end))
        for i in range(first, last):
            start = int(self._starts[i])
            sound = self._downbeat if self._first[i] else self._beat
            # A click stops where the next one starts, so that two never add up.
            until = min(start + sound.size, end)
            if i + 1 < self._starts.size:
                until = min(until, int(self._starts[i + 1]))
            here = max(start, at)
            if here < until:
                block[:, here - at : until - at] += sound[here - start : until - start]


def _frame(block: NDArray[np.float32], bits: int, rate: int, pts: int) -> AudioFrame:
    scale = 2.0 ** (bits - 1)
    numbers = np.clip(np.rint(block.astype(np.float64) * scale), -scale, scale - 1).astype(np.int32)
    packed = np.ascontiguousarray(numbers.T)
    if bits == 16:
        frame = AudioFrame.from_ndarray(packed.astype(np.int16).reshape(1, -1), "s16", "stereo")
    else:
        frame = AudioFrame.from_ndarray((packed << 8).reshape(1, -1), "s32", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, pts, Fraction(1, rate)
    return frame
