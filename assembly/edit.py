"""Storyboard and clips in, the edit decision list out."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor

from songreel.assembly.accents import accents
from songreel.assembly.effects.direct import with_effects
from songreel.assembly.effects.place import Song
from songreel.assembly.landing import land
from songreel.assembly.overlays.set import overlays
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput
from songreel.models.motion import Motion
from songreel.models.music import Analysis
from songreel.models.render import RenderSpec
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.storyboard import CutReason, Shot, Storyboard
from songreel.models.timebase import clock, frame_time
from songreel.models.timeline import Cut, Timeline
from songreel.models.transition import AT_ONCE, Kind, TransitionKind, overlaps

FLASHES_PER_SECOND = 3
"""At most this many flashes in any second (WCAG 2.3.1, ITU-R BT.1702)."""


def edit(
    storyboard: Storyboard,
    clips: Mapping[str, Clip],
    spec: RenderSpec,
    clips_folder: str = "clips",
    *,
    analysis: Analysis | None = None,
    motions: Mapping[str, Motion] | None = None,
) -> Timeline:
    """Place each shot's clip on the frames of the film.

    Args:
        storyboard: The plan.
        clips: The clip of each shot, by the shot's id.
        spec: Size, rate and lead of the film.
        clips_folder: Folder of the clips' files, relative to the project.
        analysis: Of the song: its accents, and what moves effects.
        motions: How the clips move, by their sha256 (`songreel.assembly.motion`). With both, each
            clip is shown from where its movements meet accents; else from where it was planned.

    Returns:
        A timeline whose cuts tile the film. Whatever had to be shortened, held or left out is in
        its notices.

    Raises:
        InvalidInput: A shot has no clip, two shots start within the same frame, or a cue names no
            effect there is.
    """
    shots = schedule(storyboard, spec.rate, spec.lead)
    missing = [shot.shot for shot in shots if shot.shot not in clips]
    if missing:
        named = ", ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
        raise InvalidInput(
            f"{len(missing)} of {len(shots)} shots have no clip: {named}; generate them first"
        )
    reasons = [shot.reason for shot in storyboard.shots]
    dropped = unsafe_flashes(
        [
            (shot.start, reason)
            for shot, reason in zip(shots, reasons, strict=True)
            if shot.transition is TransitionKind.FLASH and shot.transition_frames
        ],
        spec.rate,
    )
    planned_at = {shot.shot: floor(clips[shot.shot].begins * spec.rate) for shot in shots}
    heard = accents(storyboard, analysis) if analysis is not None else ()
    placed = land(storyboard.shots, shots, clips, planned_at, motions or {}, heard, spec.rate)
    notices = list(placed.notices)
    cuts: list[Cut] = []
    for i, (shot, planned) in enumerate(zip(shots, storyboard.shots, strict=True)):
        clip = clips[shot.shot]
        kind, length, notice = _transition(shot, planned, spec.rate, i == 0, shot.start in dropped)
        notices.extend(notice)
        placement = placed.by_shot[shot.shot]
        cut = Cut(
            shot=shot.shot,
            start=shot.start,
            end=shot.end,
            target=shot.target,
            reason=planned.reason,
            clip=f"{clips_folder}/{clip.file}" if clips_folder else clip.file,
            clip_sha256=clip.sha256,
            source=placement.source,
            retime=placement.retime,
            between=placement.between,
            landing=placement.landing,
            transition=kind,
            transition_frames=length,
            transition_settings=planned.transition.settings if length else {},
            substitution=clip.substitution,
            provider=clip.provider,
            cost=clip.cost,
        )
        notices.extend(_held(shot, clip, cut, spec.rate))
        notices.extend(f"shot {shot.shot}: {text}" for text in (*clip.remarks, *clip.faults))
        cuts.append(cut)
    song = Song(storyboard.grid, analysis, spec.rate, spec.lead)
    finals = {shot: clip.request.final for shot, clip in clips.items()}
    worn = {shot: final.worn for shot, final in finals.items() if final is not None}
    directed = with_effects(storyboard, cuts, shots, song, worn)
    words = overlays(storyboard, spec)
    return Timeline(
        rate=spec.rate,
        width=spec.width,
        height=spec.height,
        frames=shots[-1].end,
        beat_locked=storyboard.beat_locked,
        cuts=directed.cuts,
        finish=directed.finish,
        overlays=words.overlays,
        notices=(*notices, *directed.notices, *words.notices),
    )


def _transition(
    shot: ShotFrames, planned: Shot, rate: Fraction, opening: bool, unsafe: bool
) -> tuple[Kind, int, list[str]]:
    """How the shot begins after all, over how many frames, and why not as planned."""
    kind, length = shot.transition, shot.transition_frames
    wanted = round(planned.transition.seconds * rate)
    if overlaps(kind) and opening:
        reason = f"opens the film and has no shot to {kind} from: it begins with a cut"
    elif unsafe:
        reason = (
            f"at {clock(frame_time(shot.start, rate))} begins without its flash: no second may "
            f"hold more than {FLASHES_PER_SECOND} (WCAG 2.3.1)"
        )
    elif kind is not TransitionKind.CUT and length == 0:
        reason = f"has a {kind} shorter than a frame: it begins with a cut"
    elif length < wanted:
        there = f"the shots beside it allow {length} of its {wanted} frames"
        return kind, length, [f"shot {shot.shot} begins with a shorter {kind}: {there}"]
    else:
        return kind, length, []
    return TransitionKind.CUT, 0, [f"shot {shot.shot} {reason}"]


def _held(shot: ShotFrames, clip: Clip, cut: Cut, rate: Fraction) -> Iterator[str]:
    """What of the clip has to be held, because it has not all the frames that are shown."""
    there = max(1, floor(clip.frames / clip.rate * rate))
    needed = floor(cut.shown(shot.end - shot.start - 1 + shot.tail) + 1e-6) + 1
    if needed > there:
        yield (
            f"shot {shot.shot}: its clip has {there} of the {needed} frames it needs; "
            f"the last picture is held for {needed - there}"
        )
    early = -floor(cut.shown(-shot.head) + 1e-6)
    if early > 0:
        yield (
            f"shot {shot.shot}: its clip begins {shot.head - early} frames before the cut, its "
            f"transition needs {shot.head}; the first picture is held for {early}"
        )


def unsafe_flashes(flashes: Sequence[tuple[int, CutReason]], rate: Fraction) -> set[int]:
    """Starts of the flashes to leave out so that no second holds more than the limit.

    Args:
        flashes: Frame and reason of each flash.
        rate: Frames a second.

    Returns:
        Frames. Where there are too many, the ones with the stronger reason stay, then the earlier.
    """
    order = list(CutReason)
    kept: list[int] = []
    dropped: set[int] = set()
    for frame, _ in sorted(flashes, key=lambda flash: (order.index(flash[1]), flash[0])):
        near = sorted([k for k in kept if abs(k - frame) < rate] + [frame])
        crowded = any(
            sum(first <= k < first + rate for k in near) > FLASHES_PER_SECOND for first in near
        )
        if crowded:
            dropped.add(frame)
        else:
            kept.append(frame)
    return dropped


def soft_span(cut: Cut) -> tuple[int, int]:
    """Film frames [first, last) that a transition into `cut` covers; empty for cuts and flashes."""
    if cut.transition in AT_ONCE or not cut.transition_frames:
        return cut.start, cut.start
    first = cut.start - cut.transition_frames // 2
    return max(first, 0), first + cut.transition_frames
