"""Timeline and song in, the finished video out."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event, Lock

from songreel.assembly.coding import codings
from songreel.assembly.conform import conform, is_made, segment_path, verify_clip
from songreel.assembly.exports.chapters import Chapter
from songreel.assembly.join import Stretch
from songreel.assembly.mux import mux
from songreel.assembly.segments import Segment, pieces
from songreel.assembly.soundtrack import is_kept, keep, kept_path
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.order import fingerprint
from songreel.models.progress import Progress
from songreel.models.render import Render, RenderSpec
from songreel.models.sound import Sound
from songreel.models.timebase import frames_for
from songreel.models.timeline import Timeline


class Stopped(Exception):
    """Another segment failed, or the user stopped: this one ends where it is."""


def render(
    timeline: Timeline,
    sound: Sound,
    spec: RenderSpec,
    *,
    project: Path,
    output: Path,
    workers: int,
    progress: Progress,
    mute: bool = False,
    chapters: Sequence[Chapter] = (),
) -> Render:
    """Make the video of `timeline`, reusing every segment that is there and whole.

    Args:
        timeline: The edit.
        sound: The song, which becomes the film's sound from its first to its last sample.
        spec: Size, rate, format and quality; it must be the one the timeline was edited for.
        project: Folder that the cuts' clips are relative to; segments live in `segments` in it.
        output: File to write.
        workers: Segments made at the same time; the result does not depend on it.
        progress: Told what is being done. It may raise, from any thread, to stop.
        mute: Leave the song out of the file; it still says how long the film is.
        chapters: Written into the file.

    Returns:
        What was made. Stopped at any moment and called again, it makes the same bytes.

    Raises:
        InvalidInput: A clip is missing or changed, or spec, song and timeline do not fit together.
        MachineError: The disk is full or a folder cannot be written.
    """
    _fits(timeline, sound, spec)
    folder = project / "segments"
    segments = pieces(timeline, spec, codings(timeline, spec, project, workers))
    distinct = {segment.fingerprint: segment for segment in segments if not segment.copied}
    missing = [segment for segment in distinct.values() if not is_made(folder, segment)]
    song = None if mute else kept_path(folder, sound, spec.format)
    copied = [segment for segment in segments if segment.copied]
    _make(missing, copied, song, sound, spec, project, workers, progress)
    mux(
        [_stretch(folder, project, segment) for segment in segments],
        sound,
        spec,
        timeline.frames,
        output,
        progress,
        mute=mute,
        song=song,
        chapters=chapters,
    )
    made = len(missing)
    inside = output.resolve().is_relative_to(project.resolve())
    return Render(
        file=output.resolve().relative_to(project.resolve()).as_posix() if inside else str(output),
        sha256=sha256_of(output),
        spec=spec,
        frames=timeline.frames,
        seconds=float(timeline.frames / spec.rate),
        fingerprint=render_fingerprint(timeline, sound, spec, chapters),
        reused_segments=len(distinct) - made,
        made_segments=made,
        copied_frames=sum(segment.frames for segment in copied),
    )


def _stretch(folder: Path, project: Path, segment: Segment) -> Stretch:
    if not segment.copied:
        return Stretch(segment_path(folder, segment))
    first = segment.source
    return Stretch(project / segment.cut.clip, first, first + segment.frames)


def render_fingerprint(
    timeline: Timeline, sound: Sound, spec: RenderSpec, chapters: Sequence[Chapter] = ()
) -> str:
    """Of everything that decides the film's bytes: segments in order, song, spec, chapters.

    What is copied follows from the clips' content, the spec and the coder.
    """
    told = [[one.start, one.end, one.name] for one in chapters]
    return fingerprint(
        {
            "segments": [segment.fingerprint for segment in pieces(timeline, spec)],
            "song": sound.track.model_dump(mode="json"),
            "spec": spec.model_dump(mode="json"),
        }
        | ({"chapters": told} if told else {})
    )


def _fits(timeline: Timeline, sound: Sound, spec: RenderSpec) -> None:
    if (timeline.rate, timeline.width, timeline.height) != (spec.rate, spec.width, spec.height):
        raise InvalidInput(
            f"the edit was made for {timeline.width}×{timeline.height} at {timeline.rate} fps, "
            f"not for {spec.width}×{spec.height} at {spec.rate}; edit again for this format"
        )
    expected = frames_for(sound.track.samples, sound.track.sample_rate, spec.rate)
    if timeline.frames != expected:
        raise InvalidInput(
            f"the edit has {timeline.frames} frames, {sound.path.name} needs {expected} at "
            f"{spec.rate} fps: it was made for another song; plan again"
        )


def _make(
    segments: list[Segment],
    copied: list[Segment],
    song: Path | None,
    sound: Sound,
    spec: RenderSpec,
    project: Path,
    workers: int,
    progress: Progress,
) -> None:
    """Conform `segments` side by side, the longest first so that no core waits at the end.

    The clips of those that are copied are believed by their hash, as all others are. The song is
    coded beside them where it is not there yet.
    """
    folder = project / "segments"
    total = sum(segment.frames for segment in segments)
    wanted = song is not None and not is_kept(song)
    clips = {cut.clip: cut for s in (*segments, *copied) for cut in (s.cut, s.old) if cut}
    if not clips and not wanted:
        return
    done, lock, stop = 0, Lock(), Event()

    def going() -> None:
        if stop.is_set():
            raise Stopped

    def tick() -> None:
        nonlocal done
        going()
        with lock:
            done += 1
            share = done / total
        progress("cutting the shots", share)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            for checked in [pool.submit(verify_clip, cut, project) for cut in clips.values()]:
                checked.result()
            ordered = sorted(segments, key=lambda segment: -segment.frames)
            futures = (
                [pool.submit(keep, song, sound, spec.format, going)] if song and wanted else []
            )
            futures += [pool.submit(conform, s, project, folder, tick) for s in ordered]
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
