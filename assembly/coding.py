"""What a clip's file is coded as, and whether a film can take its packets as they are: `Coding`."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from songreel.models.coding import h264
from songreel.models.render import RenderSpec
from songreel.models.timeline import Timeline

KEYFRAMES = 2.0
"""Seconds from keyframe to keyframe in what is coded for a film, at most: quick to seek in."""

_SETTINGS = re.compile(rb"x264 - core [^\0]*options: [^\0]*")
_FREE = re.compile(rb" (?:crf|keyint|keyint_min|ip_ratio)=[0-9.]+")
"""What may differ between two streams that are put end to end. x264 writes no ip_ratio where
every picture is a keyframe."""
_CRF = re.compile(rb" crf=([0-9.]+)")

UNSEEN: Any = [{"skip_frame": "all"}]
"""Packets are copied, no picture is looked at: opening a file of 1280×720 takes 0.5 ms, not 11."""


@dataclass(frozen=True)
class Coding:
    """A clip whose packets may go into a film.

    Attributes:
        frames: How many it has, one every 1/rate from its start.
        keys: Frames that refer to no other, and that no later one looks past.
        crf: x264's constant rate factor.
        headers: SPS and PPS as the container has them.
        settings: What x264 wrote of its settings, without what may differ.
    """

    frames: int
    keys: tuple[int, ...]
    crf: float
    headers: bytes
    settings: bytes


def codings(timeline: Timeline, spec: RenderSpec, project: Path, workers: int) -> dict[str, Coding]:
    """Clips of `timeline` that can be copied into a film of `spec`, by their sha256.

    Those are H.264 of the film's size and rate with its very parameter sets, from the same coder
    with the same settings, and at least as fine. Whether a clip is the file it should be is not
    looked at here: see `conform.verify_clip`.

    Args:
        timeline: The edit.
        spec: The film's.
        project: Folder that the clips' names are relative to.
        workers: Files looked at side by side.
    """
    if spec.format == "mov":
        return {}
    asked = _asked(spec.width, spec.height, spec.rate)
    clips = {cut.clip_sha256: project / cut.clip for cut in timeline.cuts}
    with ThreadPoolExecutor(max(1, workers)) as pool:
        looked = pool.map(lambda path: coding_of(path, spec.rate), clips.values())
        found = dict(zip(clips, looked, strict=True))
    return {
        mark: coding
        for mark, coding in found.items()
        if coding is not None
        and (coding.headers, coding.settings) == (asked.headers, asked.settings)
        and coding.crf <= spec.crf
    }


def coding_of(path: Path, rate: Fraction) -> Coding | None:
    """How the clip at `path` is coded; None where its packets cannot be told apart by frame."""
    try:
        with av.open(str(path), stream_options=UNSEEN) as container:
            if not container.streams.video:
                return None
            return _coding(container, container.streams.video[0], rate)
    except (OSError, av.error.FFmpegError):
        return None  # conforming it will say what is wrong with it


def _coding(container: Any, stream: VideoStream, rate: Fraction) -> Coding | None:
    if stream.codec_context.name != "h264":
        return None
    base, zero = stream.time_base or Fraction(1), stream.start_time or 0
    keys: list[int] = []
    count, wrote = 0, b""
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        if not count:
            found = _SETTINGS.search(bytes(packet))
            wrote = found.group() if found else b""
        # In the order of time and without a gap: no picture waits for a later one.
        if (packet.pts - zero) * base * rate != count:
            return None
        if packet.is_keyframe:
            keys.append(count)
        count += 1
    crf = _CRF.search(wrote)
    if crf is None or not keys or keys[0] or b" bframes=0 " not in wrote + b" ":
        return None
    headers = bytes(stream.codec_context.extradata or b"")
    return Coding(count, tuple(keys), float(crf.group(1)), headers, _FREE.sub(b"", wrote))


@lru_cache(maxsize=4)
def _asked(width: int, height: int, rate: Fraction) -> Coding:
    """What this machine makes of a film's own coding."""
    memory = BytesIO()
    with av.open(memory, "w", format="mp4") as container:
        stream = coder(container, RenderSpec(width=width, height=height, rate=rate))
        frame = VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        for i in range(2):
            frame.pts, frame.time_base = i, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory, stream_options=UNSEEN) as container:
        found = _coding(container, container.streams.video[0], rate)
    if found is None:
        raise RuntimeError("x264 does not say how it codes: nothing could be copied")
    return found


def coder(container: Any, spec: RenderSpec) -> VideoStream:
    """A stream of `container` that codes a film's pictures as H.264.

    Its headers are the same for every segment, so that their streams can be put end to end.
    """
    return prepared(
        container.add_stream("libx264", rate=spec.rate, options=film_options(spec)), spec
    )


def film_options(spec: RenderSpec) -> dict[str, str]:
    """Options of libx264 for what is coded for a film."""
    return h264(spec.crf, spec.rate, keyframe_every=KEYFRAMES)


def prepared(stream: VideoStream, spec: RenderSpec, pixels: str = "yuv420p") -> VideoStream:
    """`stream` with the film's size and colours."""
    stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, pixels
    context = stream.codec_context
    context.thread_count = 1
    context.time_base = 1 / spec.rate
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    return stream


def copyable(
    coding: Coding, first: int, last: int, free: Iterable[int], least: int
) -> list[tuple[int, int]]:
    """Stretches of clip frames [first, last) to copy: from a keyframe on, as long as all are free.

    Args:
        coding: The clip's.
        first: Clip frame; may lie before the clip.
        last: Clip frame; may lie past its end.
        free: Those of [first, last) that are shown as the clip has them, in order.
        least: Frames from which copying is worth a file of its own for what is beside it.
    """
    found: list[tuple[int, int]] = []
    keys = set(coding.keys)
    start = end = -1
    for frame in free:
        if not max(first, 0) <= frame < min(last, coding.frames):
            continue
        if frame == end and start >= 0:
            end += 1
        elif frame in keys:
            found.append((start, end))
            start, end = frame, frame + 1
    found.append((start, end))
    return [(a, b) for a, b in found if a >= 0 and b - a >= least]
