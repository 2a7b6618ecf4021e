"""The song as a film's coded sound: made once, beside the segments, while these are made."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.output import OutputContainer
from av.packet import Packet

from songreel.assembly.disk import whole
from songreel.assembly.samples import (
    delivered,
    delivered_bits,
    delivered_rate,
    delivered_samples,
    layout_of,
    quantised,
    reblocked,
)
from songreel.models.errors import MachineError, SongreelError
from songreel.models.order import fingerprint
from songreel.models.render import Format
from songreel.models.sound import Sound

CODE = 1
"""Raised whenever the same song would be coded otherwise."""

_AAC_BITS = 160_000
"""Bits a second for each channel of AAC: 320 kbit/s in stereo. The coder lowers it where a sample
rate allows no more than 6144 bits a frame and channel (ISO/IEC 14496-3)."""

_AAC_FRAME = 1024
_BLOCK = 4096
"""Samples in a block of lossless sound; FLAC's own default up to 48 kHz."""

_HEAD = struct.Struct("<qqqI")
"""Of a packet: presentation and decoding time, duration, in samples, and bytes."""


class _Stopped(Exception):
    """What the song was coded beside has failed."""


def audio_stream(container: OutputContainer, sound: Sound, form: Format) -> AudioStream:
    """The film's sound in `container`, nothing written yet."""
    rate, layout, bits = delivered_rate(sound, form), layout_of(sound), delivered_bits(sound)
    if form == "mp4":
        stream = container.add_stream("aac", rate=rate, layout=layout)
        stream.bit_rate = _AAC_BITS * sound.track.channels
        return stream
    if form == "mkv":
        options = {"bits_per_raw_sample": str(bits)}
        stream = container.add_stream("flac", rate=rate, options=options, layout=layout)
    else:
        codec: Any = "pcm_s16le" if bits == 16 else "pcm_s24le"
        stream = container.add_stream(codec, rate=rate, layout=layout)
    stream.codec_context.format = "s16" if bits == 16 else "s32"
    return stream


def encoded(
    coder: AudioStream | AudioCodecContext, sound: Sound, form: Format
) -> Iterator["Packet[Any]"]:
    """Coded packets of the song, from its first sample to its last.

    Raises:
        MachineError: The song is not as long as it was.
    """
    rate, layout = delivered_rate(sound, form), layout_of(sound)
    size = _AAC_FRAME if form == "mp4" else _BLOCK
    bits = delivered_bits(sound)
    given = 0
    for block in reblocked(delivered(sound, form), size):
        if form == "mp4":
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", layout)
        else:
            whole_numbers = quantised(block, bits)
            if bits == 16:
                packed = np.ascontiguousarray(whole_numbers.T.astype(np.int16)).reshape(1, -1)
                frame = AudioFrame.from_ndarray(packed, "s16", layout)
            else:
                packed32 = np.ascontiguousarray(whole_numbers.T << 8).reshape(1, -1)
                frame = AudioFrame.from_ndarray(packed32, "s32", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, given, Fraction(1, rate)
        given += block.shape[1]
        yield from coder.encode(frame)
    expected = delivered_samples(sound, form)
    if given != expected:
        raise MachineError(
            f"{sound.path.name} gave {given} samples, {expected} were announced; "
            "was the file changed while it was read?"
        )
    yield from coder.encode(None)


def kept_path(folder: Path, sound: Sound, form: Format) -> Path | None:
    """File of the coded song in `folder`; None for formats that are coded as fast as copied."""
    if form != "mp4":
        return None
    libraries: dict[str, Any] = av.library_versions
    decided = {
        "code": CODE,
        "libraries": {name: list(number) for name, number in libraries.items()},
        "pyav": av.__version__,
        "track": sound.track.model_dump(mode="json"),
        "rate": delivered_rate(sound, form),
        "bits": _AAC_BITS,
    }
    return folder / f"song-{fingerprint(decided)[:32]}.aac"


def is_kept(path: Path) -> bool:
    """Whether the coded song is there and whole, by the hash it begins with."""
    with suppress(OSError), path.open("rb") as file:
        told = file.read(32)
        return told == hashlib.file_digest(file, "sha256").digest()
    return False


def keep(path: Path, sound: Sound, form: Format, tick: Callable[[], None]) -> None:
    """Code the song into `path`.

    Args:
        path: As `kept_path` names it.
        sound: The song.
        form: Of the film.
        tick: Called now and then; raises to stop the work.

    Raises:
        MachineError: The disk is full, or the song is not as long as it was.
    """
    digest = hashlib.sha256()
    with whole(path, lasting=False) as partial, partial.open("wb") as file:
        file.write(bytes(32))
        coder = av.CodecContext.create("aac", "w")
        coder.sample_rate, coder.layout = delivered_rate(sound, form), layout_of(sound)
        coder.format, coder.bit_rate = "fltp", _AAC_BITS * sound.track.channels
        for packet in encoded(coder, sound, form):
            data = bytes(packet)
            head = _HEAD.pack(packet.pts or 0, packet.dts or 0, packet.duration or 0, len(data))
            digest.update(head + data)
            file.write(head + data)
            tick()
        file.seek(0)
        file.write(digest.digest())


@contextmanager
def kept_meanwhile(folder: Path, sound: Sound, form: Format) -> Iterator[None]:
    """Have the song coded by a thread while something else is done, and wait for it at the end.

    AAC is coded on one core, 4 minutes in 11 s: begun with the last pictures, it would be waited
    for. Where it cannot be done nothing is said: whoever needs the song codes it, and says why not.
    """
    path, stop = kept_path(folder, sound, form), Event()
    if path is None or is_kept(path):
        yield
        return

    def going() -> None:
        if stop.is_set():
            raise _Stopped

    def work() -> None:
        with suppress(SongreelError, OSError, av.error.FFmpegError, _Stopped):
            keep(path, sound, form, going)

    thread = Thread(target=work, name="songreel-song")
    thread.start()
    try:
        yield
    except BaseException:
        stop.set()
        raise
    finally:
        thread.join()


def kept(path: Path, rate: int) -> Iterator["Packet[Any]"]:
    """The packets of `keep`, read one by one."""
    with path.open("rb") as file:
        file.seek(32)
        while head := file.read(_HEAD.size):
            pts, dts, duration, size = _HEAD.unpack(head)
            packet = Packet(file.read(size))
            packet.pts, packet.dts, packet.duration = pts, dts, duration
            packet.time_base = Fraction(1, rate)
            packet.is_keyframe = True
            yield packet
