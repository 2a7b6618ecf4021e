"""A timeline as a MoviePy clip, for notebooks and for edits of one's own: `film_clip`."""

from collections.abc import Iterator
from importlib.util import find_spec
from math import inf, nextafter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from songreel.assembly.conform import pictures, verify_clip
from songreel.assembly.pictures import Picture, picture_of, rgb_of
from songreel.assembly.segments import pieces
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.models.sound import Sound
from songreel.models.timeline import Timeline

if TYPE_CHECKING:
    from moviepy import VideoClip

Samples = NDArray[np.float32]

_NUDGE = 1e-3
"""Of a frame: what a time may lie before its frame and still be meant for it."""


def need_moviepy() -> None:
    """See that MoviePy is there.

    Raises:
        InvalidInput: It is not installed.
    """
    if find_spec("moviepy") is None:
        raise InvalidInput("MoviePy is not installed; pip install 'songreel[moviepy]'")


def film_clip(timeline: Timeline, sound: Sound | None = None, *, project: Path) -> "VideoClip":
    """The film of `timeline` as a MoviePy `VideoClip`, decoded as it is asked for.

    Its frame k is the film's frame k before coding: shots, effects, transitions, finish and words.
    Written at its own `fps` it has exactly the film's frames.

    Args:
        timeline: The edit.
        sound: The song, the clip's audio to the sample; None for a silent clip.
        project: Folder that the cuts' clips are relative to.

    Raises:
        InvalidInput: MoviePy is not installed, or a clip is missing or has changed.
    """
    need_moviepy()
    from moviepy import AudioClip, VideoClip

    frames = FilmFrames(timeline, project)
    fps = float(timeline.rate)
    length = timeline.frames / fps
    while int(length * fps) < timeline.frames:  # MoviePy counts frames so, rounding down
        length = nextafter(length, inf)
    clip = VideoClip(lambda t: frames.rgb(int(t * fps + _NUDGE)), duration=length).with_fps(fps)
    if sound is None:
        return clip
    track = sound.track
    heard = _Heard(sound)
    audio = AudioClip(heard.at, duration=track.duration, fps=track.sample_rate)
    return clip.with_audio(audio)


class FilmFrames:
    """Pictures of a film by frame. Going forward costs what decoding costs; a jump, up to a shot.

    Args:
        timeline: The edit.
        project: Folder that the cuts' clips are relative to.

    Raises:
        InvalidInput: A clip is missing or has changed.
    """

    def __init__(self, timeline: Timeline, project: Path) -> None:
        spec = RenderSpec(width=timeline.width, height=timeline.height, rate=timeline.rate)
        self._project, self._segments = project, pieces(timeline, spec)
        self._starts = np.array([segment.first for segment in self._segments])
        for cut in {cut.clip: cut for cut in timeline.cuts}.values():
            verify_clip(cut, project)
        self._running: Iterator[VideoFrame] = iter(())
        self._here, self._next = -1, 0
        self._seen: tuple[int, Picture] | None = None

    def rgb(self, frame: int) -> Picture:
        """Film frame `frame` as full-range RGB, shape (height, width, 3); the ends hold."""
        frame = min(max(frame, 0), self._segments[-1].last - 1)
        if self._seen is None or self._seen[0] != frame:
            self._seen = frame, rgb_of(picture_of(self._decoded(frame)))
        return self._seen[1]

    def _decoded(self, frame: int) -> VideoFrame:
        place = int(np.searchsorted(self._starts, frame, side="right")) - 1
        if place != self._here or frame < self._next:
            self._running = pictures(self._segments[place], self._project)
            self._here, self._next = place, self._segments[place].first
        while True:
            picture = next(self._running)
            self._next += 1
            if self._next > frame:
                return picture


class _Heard:
    """The song's samples by time, as MoviePy asks for them; decoded when first asked for."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._samples: Samples | None = None

    def at(self, t: Any) -> Any:
        """Samples at `t` seconds, one or an array of n: shape (channels,) or (n, channels)."""
        if self._samples is None:
            self._samples = np.concatenate(list(self._sound.blocks()), axis=1).T
        rate = self._sound.track.sample_rate
        places = np.round(np.asarray(t, np.float64) * rate).astype(np.int64)
        there = (places >= 0) & (places < len(self._samples))
        found = self._samples[np.clip(places, 0, len(self._samples) - 1)]
        return np.where(there[..., None], found, np.float32(0))
