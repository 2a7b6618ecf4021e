"""A plan and its song in, an animatic out: `preview`."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock

import av
import numpy as np
from PIL import Image

from songreel.assembly.box import Box
from songreel.assembly.coding import prepared
from songreel.assembly.conform import Tick, track_timescale
from songreel.assembly.mux import mux
from songreel.assembly.pictures import Picture, frame_of, of_rgb
from songreel.assembly.preview.beeps import Beeped
from songreel.assembly.preview.canvas import Canvas, Tile, yuv
from songreel.assembly.preview.layout import GROUND, HEIGHT, INK, WIDTH, Layout
from songreel.assembly.preview.music import Ribbon, Whole, accents
from songreel.assembly.preview.panel import Counters, panel
from songreel.assembly.preview.stage import IMAGES, frames
from songreel.assembly.soundtrack import keep
from songreel.models.music import Curve
from songreel.models.progress import Progress, silent
from songreel.models.render import RenderSpec
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.sound import Sound
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Cut, Timeline

PIECE = 240
"""Frames that one worker makes at a time: ten seconds."""
UNSEEN = "0" * 64


@dataclass(frozen=True)
class Preview:
    """What was made, as `assembly.check` wants it."""

    timeline: Timeline
    """Its cuts; all are hard, as the preview shows them."""
    sound: Sound
    """What is heard in it."""
    spec: RenderSpec


class _Stopped(Exception):
    """Another piece failed, or the user stopped."""


def preview(
    storyboard: Storyboard,
    sound: Sound,
    output: Path,
    *,
    aspect: Fraction,
    rate: Fraction,
    lead: int = 0,
    energy: Curve | None = None,
    loudness: float | None = None,
    beeps: bool = True,
    sources: Mapping[str, Path] | None = None,
    workers: int = 2,
    progress: Progress = silent,
) -> Preview:
    """Make the animatic of `storyboard`: the film's cuts on the film's frames, the film's sound.

    Args:
        storyboard: The plan.
        sound: The song.
        output: An .mp4 file to write.
        aspect: The film's, width over height.
        rate: The film's.
        lead: Frames by which the film's cuts come early.
        energy: Of the song, 0 to 1; None for that of its sections.
        loudness: Of the song, LUFS, for the level of the beeps.
        beeps: Whether there are beeps on the beats. The song is 2.9 dB quieter under them.
        sources: Images and clips that are there already, by shot.
        workers: Pieces made at the same time; the result does not depend on it.
        progress: Told what is being done. It may raise, from any thread, to stop.

    Raises:
        InvalidInput: Two shots start within one frame, or a source cannot be read.
        MachineError: The disk is full or the folder cannot be written.
    """
    spec = RenderSpec(width=WIDTH, height=HEIGHT, rate=rate, lead=lead)
    shots = schedule(storyboard, rate, lead)
    made = Preview(
        timeline=_timeline(storyboard, shots, spec),
        sound=heard(storyboard, sound, loudness) if beeps else sound,
        spec=spec,
    )
    show = _Show(storyboard, shots, spec, Layout.of(aspect), energy, sources or {})
    total = shots[-1].end
    done, lock, stop = 0, Lock(), Event()

    def tick() -> None:
        nonlocal done
        unless_stopped()
        with lock:
            done += 1
            share = done / total
        progress("drawing the preview", share)

    def unless_stopped() -> None:
        if stop.is_set():
            raise _Stopped

    with TemporaryDirectory(prefix="songreel-") as scratch:
        pieces = _pieces(shots)
        paths = [Path(scratch) / f"{k:05d}.mp4" for k in range(len(pieces))]
        song = Path(scratch) / "song.aac"
        with ThreadPoolExecutor(max(1, workers)) as pool:
            try:
                # The song takes longest of all, so it is begun first.
                jobs = [pool.submit(keep, song, made.sound, spec.format, unless_stopped)]
                jobs += [
                    pool.submit(_encode, show.pictures(*piece), spec, path, tick)
                    for piece, path in zip(pieces, paths, strict=True)
                ]
                for job in as_completed(jobs):
                    job.result()
            except BaseException:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        mux(paths, made.sound, spec, total, output, progress, song=song)
    return made


def heard(storyboard: Storyboard, sound: Sound, loudness: float | None) -> Sound:
    """The song with beeps on its beats; without them where the beats are not to be trusted."""
    if not storyboard.beat_locked or not storyboard.grid.beats:
        return sound
    return Beeped(sound, storyboard.grid, loudness)


class _Show:
    """Draws any stretch of the preview."""

    def __init__(
        self,
        storyboard: Storyboard,
        shots: Sequence[ShotFrames],
        spec: RenderSpec,
        layout: Layout,
        energy: Curve | None,
        sources: Mapping[str, Path],
    ) -> None:
        self._board, self._shots, self._spec = storyboard, shots, spec
        self._layout, self._sources = layout, sources
        self._whole = Whole(storyboard, shots, energy, layout)
        background = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
        self._background: Picture = of_rgb(np.asarray(background))
        self._accents = accents(storyboard)
        self._panel = lru_cache(maxsize=8)(self._drawn)

    def pictures(self, first: int, last: int) -> Iterator[Picture]:
        """Frames of shots [first, last); each is the same array, changed."""
        layout, rate = self._layout, self._spec.rate
        canvas = Canvas(self._background)
        ribbon = Ribbon(self._board, self._shots, rate, layout)
        counters = Counters(self._board, rate, layout)
        ink = yuv(INK)
        song = layout.song
        for i in range(first, last):
            planned, shot = self._shots[i], self._board.shots[i]
            canvas.put(self._panel(i), layout.panel.left, layout.panel.top)
            accent = yuv(self._accents[i])
            source = self._sources.get(shot.id)
            pictures = frames(shot, planned, rate, layout.picture, source)
            for frame, (luma, chroma) in enumerate(pictures, start=planned.start):
                canvas.window(layout.picture, luma, chroma)
                canvas.window(layout.ribbon, *ribbon.at(frame))
                now = layout.ribbon.left + layout.head
                canvas.fill(Box(now - 2, layout.ribbon.top, now, layout.ribbon.bottom), ink)
                canvas.put(self._whole.tile, song.left, song.top)
                head = song.left + self._whole.head(frame)
                canvas.fill(Box(head, song.top, head + 2, song.bottom - 20), ink)
                counters.draw(canvas, frame, accent)
                yield canvas.picture

    def _drawn(self, i: int) -> Tile:
        shot = self._board.shots[i]
        source = self._sources.get(shot.id)
        shown = "drawn from the plan"
        if source is not None:
            still = source.suffix.lower() in IMAGES
            shown = f"{'photo' if still else 'clip'} {source.name}"
        rate, layout = self._spec.rate, self._layout
        accent = self._accents[i]
        return Tile.drawn(panel(self._board, i, self._shots[i], rate, layout, accent, shown))


def _pieces(shots: Sequence[ShotFrames]) -> list[tuple[int, int]]:
    """Runs [first, last) of whole shots of about `PIECE` frames."""
    found: list[tuple[int, int]] = []
    first = 0
    for i, shot in enumerate(shots):
        if shot.end - shots[first].start >= PIECE or i + 1 == len(shots):
            found.append((first, i + 1))
            first = i + 1
    return found


def _timeline(storyboard: Storyboard, shots: Sequence[ShotFrames], spec: RenderSpec) -> Timeline:
    cuts = tuple(
        Cut(shot=planned.shot, start=planned.start, end=planned.end, target=planned.target,
            reason=shot.reason, clip="", clip_sha256=UNSEEN, source=0)
        for shot, planned in zip(storyboard.shots, shots, strict=True)
    )  # fmt: skip
    return Timeline(
        rate=spec.rate, width=spec.width, height=spec.height, frames=shots[-1].end,
        beat_locked=storyboard.beat_locked, cuts=cuts,
    )  # fmt: skip


def _encode(pictures: Iterator[Picture], spec: RenderSpec, path: Path, tick: Tick) -> None:
    """One piece of the preview, coded so that pieces can be put end to end."""
    timescale = {"video_track_timescale": str(track_timescale(spec))}
    options = {
        "preset": "ultrafast",
        "crf": "23",
        "g": str(round(2 * spec.rate)),
        "x264-params": "open-gop=0:stitchable=1",
    }
    with av.open(str(path), "w", format="mp4", options=timescale) as container:
        stream = prepared(container.add_stream("libx264", rate=spec.rate, options=options), spec)
        for i, picture in enumerate(pictures):
            frame = frame_of(picture)
            frame.pts, frame.time_base = i, 1 / spec.rate
            container.mux(stream.encode(frame))
            tick()
        container.mux(stream.encode(None))
