"""Whether a loop's end leads on to its start, measured on the finished file: `seam`."""

from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.timeline import Timeline

_WIDE = 160
"""Pixels at which pictures are compared: coding does not count, movement does."""

_EVEN, _STRUCK = 1.2, 3.0
"""Times the change from frame to frame that the turn may have, and where an effect strikes: a
punch-in on the beat about doubles it."""

_CLICK = 0.004
"""Seconds at both sides of the join within which a click would be."""


@dataclass(frozen=True)
class Seam:
    """What a viewer meets where the loop turns round."""

    picture: float
    """Mean difference of luma between the last picture and the first, 0 to 255."""
    neighbours: float
    """The same between neighbouring pictures within shots: 95 of 100 are below."""
    cuts: float | None
    """The greatest at the loop's own cuts, where it has any."""
    sound: float | None
    """Greatest second difference of the samples around the join when the file is played twice, as
    a multiple of the greatest elsewhere; None without sound."""
    struck: bool = False
    """An effect strikes on the first picture, as it does on every such beat of the film."""
    on_cut: bool = False
    """It turns on a cut of the film: then the picture may change as at any cut."""

    @property
    def ok(self) -> bool:
        """Whether neither eye nor ear meets more than the loop has everywhere."""
        most = (_STRUCK if self.struck else _EVEN) * self.neighbours
        seen = self.on_cut or self.picture <= max(most, 1.0)
        return seen and (self.sound is None or self.sound <= 1.0)

    @property
    def told(self) -> str:
        """In a sentence."""
        most = f", {self.cuts:.1f} at its cuts" if self.cuts is not None else ""
        heard = (
            "no sound" if self.sound is None
            else f"the sound bends there by {self.sound:.2f} of its most elsewhere"
        )  # fmt: skip
        turn = "turns on a cut" if self.on_cut else "turns on a hit" if self.struck else "seam"
        return (
            f"{turn}: the picture changes by {self.picture:.1f} levels (up to "
            f"{self.neighbours:.1f} from frame to frame{most}); {heard}"
        )


def seam(video: Path, timeline: Timeline, samples: int | None, *, on_cut: bool = False) -> Seam:
    """Decode `video` and compare its end with its start.

    Args:
        video: The loop.
        timeline: Its edit.
        samples: Of its sound; None where it has none.
        on_cut: It turns on a cut of the film.

    Raises:
        InvalidInput: It does not decode.
    """
    try:
        pictures = _pictures(video)
        sound = _samples(video, samples) if samples else None
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"cannot watch {video}: {reason}") from error
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    cuts = {cut.start for cut in timeline.cuts[1:] if cut.start < len(pictures)}
    within = [float(step) for i, step in enumerate(steps, start=1) if i not in cuts]
    at_cuts = [float(steps[frame - 1]) for frame in cuts]
    return Seam(
        picture=float(np.abs(pictures[-1] - pictures[0]).mean()),
        neighbours=float(np.percentile(within, 95)) if within else 0.0,
        cuts=max(at_cuts) if at_cuts else None,
        sound=None if sound is None else bend_at_join(sound, round(_CLICK * _rate_of(video))),
        struck=_struck(timeline),
        on_cut=on_cut,
    )


def _struck(timeline: Timeline) -> bool:
    effects = (*timeline.cuts[0].effects, *timeline.finish)
    return any(frame == 0 for placed in effects for frame, _ in placed.hits)


def bend_at_join(sound: NDArray[np.float32], reach: int) -> float:
    """Greatest second difference within `reach` samples of the join, relative to elsewhere.

    Args:
        sound: Shape (channels, samples), played round and round.
        reach: Samples.

    Returns:
        Up to 1 where the join is no sharper than the sharpest moment of the loop.
    """
    round_ = np.concatenate([sound[:, -reach - 2 :], sound[:, : reach + 2]], axis=1)
    join = float(np.abs(np.diff(round_, 2, axis=1)).max())
    inside = float(np.abs(np.diff(sound[:, reach:-reach], 2, axis=1)).max())
    return join / inside if inside > 0 else (0.0 if join == 0 else float("inf"))


def _pictures(video: Path) -> NDArray[np.float32]:
    found = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "FRAME"
        for frame in container.decode(stream):
            height = max(2, round(frame.height * _WIDE / frame.width / 2) * 2)
            small = frame.reformat(width=_WIDE, height=height, format="gray")
            found.append(small.to_ndarray().astype(np.float32))
    if not found:
        raise InvalidInput(f"{video} has no picture")
    return np.stack(found)


def _samples(video: Path, count: int) -> NDArray[np.float32]:
    parts = []
    with av.open(str(video)) as container:
        for frame in container.decode(container.streams.audio[0]):
            block = frame.to_ndarray()
            if not frame.format.is_planar:
                block = block.reshape(-1, frame.layout.nb_channels).T
            full = 2.0 ** (8 * block.dtype.itemsize - 1) if block.dtype.kind == "i" else 1.0
            parts.append((block / full).astype(np.float32))
    return np.concatenate(parts, axis=1)[:, :count]


def _rate_of(video: Path) -> int:
    with av.open(str(video)) as container:
        return int(container.streams.audio[0].rate)
