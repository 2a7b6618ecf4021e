"""Films of pictures made in code, with effects on a song whose hits are known."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from songreel.assembly.conform import conform, segment_path
from songreel.assembly.edit import edit
from songreel.assembly.segments import pieces
from songreel.models.effect import EffectCue
from songreel.models.music import Analysis, Hits, Onsets
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from support.barcodes import make_clip
from support.boards import SONG, board

SIZE = (256, 144)
RATE = Fraction(24)

Picture = NDArray[np.uint8]


def flat(luma: int, size: tuple[int, int] = SIZE) -> Picture:
    """One grey all over."""
    picture = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    picture[: size[1]] = luma
    return picture


def chequered(side: int, dark: int = 16, light: int = 235) -> Picture:
    """A board of squares, `side` pixels each."""
    picture = flat(dark)
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    picture[: SIZE[1]][(down // side + across // side) % 2 == 1] = light
    return picture


def mixed(size: tuple[int, int] = SIZE) -> Picture:
    """Soft shapes in colour, from dark to light, as a photograph has them; no edge is straight."""
    width, height = size
    down, across = np.mgrid[0:height, 0:width] / height
    picture = np.empty((height * 3 // 2, width), np.uint8)
    waves = np.sin(9 * across + 4 * np.sin(5 * down)) + np.sin(13 * down + 3 * across)
    picture[:height] = np.round(125 + 45 * waves)
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    half = np.s_[: height // 2 * 2 : 2, : width // 2 * 2 : 2]
    chroma[0] = np.round(128 + 40 * np.sin(7 * across[half]))
    chroma[1] = np.round(128 + 40 * np.cos(6 * down[half]))
    return picture


def hit_at(times: Sequence[float], strength: float = 1.0) -> Analysis:
    """`SONG` with kicks at `times` seconds and nothing else struck."""
    kick = Hits(times=tuple(times), strengths=(strength,) * len(times))
    return SONG.model_copy(update={"onsets": Onsets(kick=kick)})


def cued(*cues: EffectCue, starts: Sequence[float] = (0.0, 2.0, 4.0, 6.0)) -> Storyboard:
    """A storyboard on `SONG` with `cues` on every shot."""
    made = board(starts)
    shots = tuple(shot.model_copy(update={"effects": cues}) for shot in made.shots)
    return made.model_copy(update={"shots": shots})


def edited(
    folder: Path,
    storyboard: Storyboard,
    analysis: Analysis,
    paint: Callable[[int], Picture],
    rate: Fraction = RATE,
    lead: int = 0,
) -> tuple[Timeline, RenderSpec]:
    """The edit of clips that all show `paint`, in `folder`."""
    spec = RenderSpec(width=SIZE[0], height=SIZE[1], rate=rate, lead=lead, crf=12)
    clips = {
        shot.shot: make_clip(folder / "clips", i, shot.clip_frames + 2, rate, head=shot.head,
                             size=SIZE, paint=paint)
        for i, shot in enumerate(schedule(storyboard, rate, lead), start=1)
    }  # fmt: skip
    return edit(storyboard, clips, spec, analysis=analysis), spec


def shown(folder: Path, timeline: Timeline, spec: RenderSpec) -> Iterator[VideoFrame]:
    """Every frame of the film, made and decoded again."""
    for segment in pieces(timeline, spec):
        conform(segment, folder, folder / "segments", lambda: None)
        with av.open(str(segment_path(folder / "segments", segment))) as container:
            yield from container.decode(container.streams.video[0])
