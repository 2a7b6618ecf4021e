"""A picture of a video at a moment, in its own colours: `still`."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path

from songreel.models.errors import SongreelError

QUALITY = 82
"""Of the JPEG: 6 to 12 kB where it is small."""


def still(
    path: Path, seconds: Fraction | float, longest: int, shape: Fraction | None = None
) -> bytes | None:
    """What a video shows at a moment, as a JPEG; None where it has no picture there.

    Args:
        path: Of the video.
        seconds: From its start; beyond its end its last picture counts.
        longest: Pixels of the longer side.
        shape: Width over height, for which a video of another shape is cropped; None for the
            video's own, which is not enlarged then.
    """
    import av
    import av.error
    from PIL import Image

    from songreel.assembly.fit import fit
    from songreel.assembly.pictures import picture_of, rgb_of

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            if stream.time_base is None:
                return None
            wanted = (stream.start_time or 0) + int(seconds / stream.time_base)
            container.seek(wanted, stream=stream)
            seen = None
            for frame in container.decode(stream):
                if seen is None or (frame.pts is not None and frame.pts <= wanted):
                    seen = frame
                if frame.pts is None or frame.pts >= wanted:
                    break
            if seen is None:
                return None
            if shape is None:
                longest = min(longest, max(seen.width, seen.height))
            size = _size(longest, shape or Fraction(seen.width, seen.height))
            picture = rgb_of(picture_of(fit(seen, *size)))
    except (av.error.FFmpegError, OSError, IndexError, SongreelError):
        return None
    coded = BytesIO()
    Image.fromarray(picture).save(coded, "JPEG", quality=QUALITY, optimize=True)
    return coded.getvalue()


def _size(longest: int, shape: Fraction) -> tuple[int, int]:
    """Even width and height."""
    sides = (longest, longest / shape) if shape >= 1 else (longest * shape, longest)
    return max(2, 2 * round(sides[0] / 2)), max(2, 2 * round(sides[1] / 2))
