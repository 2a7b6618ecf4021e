"""One segment: decoded from its clips, mixed, and coded as a file of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import av
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from songreel.assembly.coding import coder, prepared
from songreel.assembly.disk import whole
from songreel.assembly.effects.effect import Chain
from songreel.assembly.fit import fit
from songreel.assembly.overlays.words import Words
from songreel.assembly.pictures import frame_of, lighten, picture_of
from songreel.assembly.reader import ClipReader
from songreel.assembly.segments import Segment
from songreel.assembly.transitions.flash import flash_share
from songreel.assembly.transitions.transition import find as find_transition
from songreel.models.clip import Sha256
from songreel.models.document import Document
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.files import sha256_of
from songreel.models.render import RenderSpec
from songreel.models.timeline import Cut
from songreel.models.transition import TransitionKind, overlaps

Tick = Callable[[], None]
"""Called after each frame; raises to stop the work."""


class SegmentRecord(Document):
    """Stands beside a segment's file; the file is believed only by its hash."""

    kind: ClassVar[str] = "songreel.segment"
    version: ClassVar[int] = 1

    fingerprint: Sha256
    sha256: Sha256
    frames: int


def segment_path(folder: Path, segment: Segment) -> Path:
    """File of `segment` in `folder`, named by its fingerprint."""
    suffix = ".mov" if segment.spec.format == "mov" else ".mp4"
    return folder / f"{segment.fingerprint[:32]}{suffix}"


def is_made(folder: Path, segment: Segment) -> bool:
    """Whether the segment's file is there and is what its record says."""
    path = segment_path(folder, segment)
    try:
        record = SegmentRecord.load(path.with_suffix(".json"))
        return record.fingerprint == segment.fingerprint and record.sha256 == sha256_of(path)
    except (SongreelError, OSError):
        return False


def conform(segment: Segment, project: Path, folder: Path, tick: Tick) -> None:
    """Make the file of `segment` in `folder`, with its record.

    Args:
        segment: What to make.
        project: Folder that the clips' names are relative to.
        folder: Where segments live.
        tick: Called after each frame.

    Raises:
        InvalidInput: A clip is missing, is not the file its document describes, or does not
            decode.
        MachineError: The disk is full or the folder cannot be written.
    """
    path = segment_path(folder, segment)
    with whole(path, lasting=False) as partial:
        _encode(pictures(segment, project), segment.spec, partial, tick)
        sha256 = sha256_of(partial)
    record = SegmentRecord(fingerprint=segment.fingerprint, sha256=sha256, frames=segment.frames)
    with whole(path.with_suffix(".json"), lasting=False) as partial:
        partial.write_text(record.to_json(), encoding="utf-8")


def verify_clip(cut: Cut, project: Path) -> None:
    """Check that the clip of `cut` is the file that was planned with.

    Raises:
        InvalidInput: It is missing or another file.
    """
    path = project / cut.clip
    try:
        found = sha256_of(path)
    except OSError as error:
        raise InvalidInput(
            f"shot {cut.shot}: its clip {path} cannot be read ({error.strerror}); generate it again"
        ) from error
    if found != cut.clip_sha256:
        raise InvalidInput(
            f"shot {cut.shot}: {path} is not the clip that was planned (its content has changed); "
            "generate it again"
        )


def pictures(segment: Segment, project: Path) -> Iterator[VideoFrame]:
    """The segment's frames, in order: shots, their transition, the film's finish, words."""
    finish = Chain(segment.finish, segment.spec.rate)
    words = Words(segment.overlays, segment.spec) if segment.overlays else None
    for i, frame in enumerate(_cut_together(segment, project)):
        if finish:
            frame = frame_of(finish.picture(picture_of(frame), i))
        if words is not None and words.any_at(i):
            frame = frame_of(words.over(picture_of(frame), i))
        yield frame


def _cut_together(segment: Segment, project: Path) -> Iterator[VideoFrame]:
    """The pictures of one shot, or of two in transition."""
    cut, old, n = segment.cut, segment.old, segment.cut.transition_frames
    if not segment.soft:
        yield from _shown(segment, cut, project, 0, segment.frames)
        return
    blend = find_transition(cut.transition, cut.transition_settings)
    turn = cut.start - segment.first
    overlapping = overlaps(cut.transition)
    going: Iterator[VideoFrame] = iter(())
    if old is not None:
        going = _shown(segment, old, project, 0, segment.frames if overlapping else turn)
    first = 0 if overlapping else turn
    coming = _shown(segment, cut, project, first, segment.frames - first)
    for i in range(segment.frames):
        before = next(going, None)
        after = next(coming) if i >= first else None
        yield frame_of(
            blend.mix(
                picture_of(before) if before is not None else None,
                picture_of(after) if after is not None else None,
                segment.offset + i,
                n,
            )
        )


def _shown(
    segment: Segment, cut: Cut, project: Path, skip: int, count: int
) -> Iterator[VideoFrame]:
    """Frames [skip, skip + count) of the segment as `cut` alone shows them, effects included."""
    spec = segment.spec
    reader = ClipReader(project / cut.clip, spec.rate, cut.shot)
    into = segment.first + skip - cut.start
    flash = cut.transition_frames if cut.transition is TransitionKind.FLASH else 0
    chain = Chain(segment.effects(cut), spec.rate)
    if cut.retime:
        decoded = reader.at([cut.shown(into + i) for i in range(count)], cut.between)
    else:
        decoded = reader.frames(cut.source + into, count)
    last: tuple[VideoFrame, tuple[float, float] | None] | None = None
    for i, frame in enumerate(decoded):
        focus = cut.focused(into + i)
        if last is None or last[0] is not frame or last[1] != focus:
            last, fitted = (frame, focus), fit(frame, spec.width, spec.height, focus)
        shown = fitted
        if chain:
            shown = frame_of(chain.picture(picture_of(shown), skip + i))
        share = flash_share(into + i, flash)
        yield frame_of(lighten(picture_of(shown), share)) if share else shown


def _encode(frames: Iterator[VideoFrame], spec: RenderSpec, path: Path, tick: Tick) -> None:
    prores = spec.format == "mov"
    timescale = {"video_track_timescale": str(track_timescale(spec))}
    with av.open(str(path), "w", format="mov" if prores else "mp4", options=timescale) as container:
        stream = _prores(container, spec) if prores else coder(container, spec)
        for i, frame in enumerate(frames):
            if prores:
                frame = _ten_bits(frame)
            frame.pts, frame.time_base = i, 1 / spec.rate
            frame.pict_type = PictureType.NONE  # the decoder's types are not the encoder's
            container.mux(stream.encode(frame))
            tick()
        container.mux(stream.encode(None))


def _ten_bits(frame: VideoFrame) -> VideoFrame:
    """`frame` as ProRes takes it; its coder reads the colour flags from the frame itself."""
    return frame.reformat(
        format="yuv422p10le",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.MPEG,
        dst_color_trc=ColorTrc.BT709,
        dst_color_primaries=ColorPrimaries.BT709,
        threads=1,
    )


def track_timescale(spec: RenderSpec) -> int:
    """Ticks a second in which every frame lasts a whole number: 24000 for 24 and for 23.976."""
    return spec.rate.numerator * (1000 if spec.rate.denominator == 1 else 1)


def _prores(container: av.container.OutputContainer, spec: RenderSpec) -> VideoStream:
    options = {"profile": "hq", "vendor": "apl0"}
    stream = container.add_stream("prores_ks", rate=spec.rate, options=options)
    return prepared(stream, spec, "yuv422p10le")
