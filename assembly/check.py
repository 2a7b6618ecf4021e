"""The proof of sync: a finished film decoded, watched and heard, against what was planned."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from songreel.assembly.cutfinder import Found, tolerance
from songreel.assembly.listen import MUTE, Heard, listen
from songreel.assembly.pace import follows, paces
from songreel.assembly.stills import Gallery
from songreel.assembly.watch import Seen, watch
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.render import CutCheck, RenderSpec, SyncReport
from songreel.models.sound import Sound
from songreel.models.sync_score import SyncScore, score_edit
from songreel.models.timebase import clock, frame_time, frames_for
from songreel.models.timeline import Timeline
from songreel.models.transition import AT_ONCE

AAC_OFFSET = 48
"""Samples: 1 ms at 48 kHz. Lossless sound must have 0."""

DRIFT = 1
"""Samples over the film."""


def check(
    video: Path,
    timeline: Timeline,
    sound: Sound,
    spec: RenderSpec,
    progress: Progress = silent,
    *,
    analysis: Analysis | None = None,
    gallery: Gallery | None = None,
    mute: bool = False,
) -> SyncReport:
    """Measure `video`; nothing in the report but the plan's own figures is read from the plan.

    Args:
        video: The finished file.
        timeline: The edit it was made from.
        sound: The song.
        spec: What the file was to be.
        progress: Told what is being done.
        analysis: What was heard, to tell how far the cuts go with the music; without it that is
            left out.
        gallery: If given, it receives small pictures of the film, for `report.write_page`.
        mute: The film was to have no sound.

    Raises:
        InvalidInput: The file is missing or does not decode.
    """
    try:
        sha256 = sha256_of(video)
    except OSError as error:
        raise InvalidInput(f"cannot check {video}: {error.strerror}") from error
    # One core hears while the others decode pictures.
    with ThreadPoolExecutor(1) as ear:
        hearing = None if mute else ear.submit(listen, video, sound, spec.format, silent)
        seen = watch(video, timeline, progress, gallery)
        heard = hearing.result() if hearing is not None else MUTE
    track = sound.track
    frames = frames_for(track.samples, track.sample_rate, spec.rate)
    cuts = tuple(_checked(found, timeline) for found in seen.cuts)
    pace = paces(timeline, cuts, analysis) if analysis else ()
    failures = [
        *_picture_failures(seen, frames, timeline, spec),
        *_cut_failures(cuts, timeline, spec),
        *(() if mute else _sound_failures(heard, spec)),
        *(
            f"the picture is {f.kind} from {clock(frame_time(f.start, spec.rate))} to "
            f"{clock(frame_time(f.end, spec.rate))}"
            for f in seen.faults
        ),
    ]
    first, middle, last = heard.lags
    measured = [lag for lag in (middle, first, last) if lag is not None]
    return SyncReport(
        video=video.name,
        video_sha256=sha256,
        spec=spec,
        beat_locked=timeline.beat_locked,
        frames_expected=frames,
        frames_found=seen.frames,
        samples_expected=heard.expected,
        samples_found=heard.samples,
        sample_rate=heard.rate or track.sample_rate,
        audio_offset=measured[0] if measured else None,
        audio_drift=last - first if first is not None and last is not None else None,
        audio_exact=heard.exact,
        cuts=cuts,
        faults=seen.faults,
        flashes=seen.flashes,
        proof=_proof(cuts, analysis, spec) if analysis else None,
        pace=pace,
        follows=follows(pace, analysis) if analysis else None,
        substitutions=tuple(
            f"{cut.shot}: {cut.substitution}" for cut in timeline.cuts if cut.substitution
        ),
        notices=(*failures, *_remarks(heard, sound, timeline)),
        ok=not failures,
    )


def _proof(cuts: tuple[CutCheck, ...], analysis: Analysis, spec: RenderSpec) -> SyncScore | None:
    """The score of the cuts where they were found; of those that cannot be told, as planned."""
    frames = [cut.planned if cut.found is None else cut.found for cut in cuts]
    return score_edit([frame_time(frame, spec.rate) for frame in frames], analysis)


def _checked(found: Found, timeline: Timeline) -> CutCheck:
    cut = found.cut
    error = None
    if found.frame is not None:
        error = frame_time(found.frame, timeline.rate) - cut.target
    return CutCheck(
        shot=cut.shot,
        reason=cut.reason,
        transition=cut.transition,
        target=cut.target,
        planned=cut.start,
        found=found.frame,
        error=error,
        visibility=found.visibility,
    )


def _picture_failures(seen: Seen, frames: int, timeline: Timeline, spec: RenderSpec) -> list[str]:
    failures = []
    if seen.frames != frames:
        failures.append(f"the picture has {seen.frames} frames, the song needs {frames}")
    if timeline.frames != frames:
        failures.append(f"the edit has {timeline.frames} frames, the song needs {frames}")
    if not seen.on_grid:
        failures.append(f"frames are not shown one every 1/{spec.rate} s from the start")
    if seen.size != (spec.width, spec.height):
        wide, high = seen.size
        failures.append(f"the picture is {wide}×{high}, not {spec.width}×{spec.height}")
    return failures


def _cut_failures(cuts: tuple[CutCheck, ...], timeline: Timeline, spec: RenderSpec) -> list[str]:
    failures = []
    for checked, cut in zip(cuts, timeline.cuts[1:], strict=True):
        if checked.found is None:
            continue
        off = checked.found - checked.planned
        if abs(off) > tolerance(cut):
            failures.append(
                f"the cut to {cut.shot} is {frames_off(off)}: frame {checked.found}, "
                f"planned {cut.start}"
            )
        elif timeline.beat_locked and cut.transition in AT_ONCE and checked.error is not None:
            early = -(checked.error * spec.rate + spec.lead)
            if cut.start and not -1e-6 < early < 1 + 1e-6:
                way = "after" if checked.error > 0 else "before"
                failures.append(
                    f"the cut to {cut.shot} is {abs(1000 * checked.error):.1f} ms {way} its beat"
                )
    return failures


def frames_off(frames: int) -> str:
    """`2 frames late`, `1 frame early`."""
    count = abs(frames)
    return f"{count} frame{'s' if count > 1 else ''} {'late' if frames > 0 else 'early'}"


def _sound_failures(heard: Heard, spec: RenderSpec) -> list[str]:
    failures = []
    if heard.samples != heard.expected:
        failures.append(f"the sound has {heard.samples} samples, the song {heard.expected}")
    if heard.foreign:
        failures.append("the sound is not the song's")
    allowed = AAC_OFFSET if spec.format == "mp4" else 0
    late = [lag for lag in heard.lags if lag is not None]
    if late and max(map(abs, late)) > allowed:
        worst = max(late, key=abs)
        failures.append(f"the sound is {abs(worst)} samples {'late' if worst > 0 else 'early'}")
    if late and max(late) - min(late) > DRIFT:
        failures.append(f"the sound drifts by {max(late) - min(late)} samples")
    if spec.format != "mp4" and not heard.exact:
        failures.append("the sound is not the song's to the bit")
    return failures


def _remarks(heard: Heard, sound: Sound, timeline: Timeline) -> list[str]:
    """What is worth knowing and no failure."""
    remarks = [*timeline.notices, *sound.notices]
    if heard.rate and heard.rate != sound.track.sample_rate:
        remarks.append(
            f"AAC does not carry {sound.track.sample_rate} Hz: the film's sound has {heard.rate} Hz"
        )
    if heard is MUTE:
        remarks.append("the film has no sound, as was asked")
    elif not any(lag is not None for lag in heard.lags) and not heard.foreign:
        remarks.append("the song is silent, so its offset cannot be measured")
    return remarks
