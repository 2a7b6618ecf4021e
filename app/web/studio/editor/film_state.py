"""How a project's film stands to its plan, told honestly: `FilmState`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from songreel.assembly.summary import Tile, tiles, verdict
from songreel.models.board import BoardShot
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput
from songreel.models.render import Render, RenderSpec, SyncReport
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import rate_name
from songreel.models.timeline import Cut, Timeline
from songreel.project import Project


@dataclass(frozen=True)
class Checked:
    """What was measured in the film's file."""

    ok: bool
    verdict: str
    tiles: tuple[Tile, ...]
    faults: tuple[str, ...]
    notices: tuple[str, ...]
    page: bool
    """Whether the page of the whole report is there."""


@dataclass(frozen=True)
class FilmState:
    """The film as it was last cut, and what has changed since."""

    file: str
    stamp: str
    """Of its content: a URL with it never shows an older film from a cache."""
    seconds: float
    rate: Fraction
    size: str
    """`1280×720, 24 fps, mp4`."""
    aspect: str
    """`1280 / 720`, as CSS writes it."""
    changed: tuple[str, ...]
    """What is other in the plan than in the film; empty: the film is the plan's."""
    report: Checked | None


def film_state(
    project: Project, plan: Storyboard | None, shots: Sequence[BoardShot] = ()
) -> FilmState | None:
    """How the film of `project` stands; None where there is none.

    Args:
        project: Its folder.
        plan: As it is now.
        shots: As the board has them, for the state of their clips.
    """
    if not (project.render.is_file() and project.timeline.is_file()):
        return None
    rendered, timeline = Render.load(project.render), Timeline.load(project.timeline)
    if not (project.folder / rendered.file).is_file():
        return None
    spec = rendered.spec
    changed = list(edit_changes(timeline, plan, spec)) if plan is not None else []
    old = [shot.id for shot in shots if shot.state in ("none", "stale", "failed")]
    shown = {cut.shot: cut.clip for cut in timeline.cuts}
    new = [
        shot.id for shot in shots
        if shot.id not in old and shot.take and not _shows(project, shown.get(shot.id), shot)
    ]  # fmt: skip
    if old:
        changed.append(f"{_count(len(old), 'shot')} will be made anew")
    if new:
        changed.append(_told("shot shows another take", len(new)))
    if project.state.spec != spec:
        changed.append(f"the format is now {size_text(project.state.spec)}")
    return FilmState(
        file=rendered.file,
        stamp=rendered.sha256[:16],
        seconds=rendered.seconds,
        rate=spec.rate,
        size=size_text(spec),
        aspect=f"{spec.width} / {spec.height}",
        changed=tuple(changed),
        report=_checked(project, rendered),
    )


def edit_changes(timeline: Timeline, plan: Storyboard, spec: RenderSpec) -> tuple[str, ...]:
    """What is other in the plan's cuts than on the film's timeline, a few words each."""
    try:
        wanted = {frames.shot: frames for frames in schedule(plan, timeline.rate, spec.lead)}
    except InvalidInput as error:
        return (str(error),)
    there = {cut.shot: cut for cut in timeline.cuts}
    new = sum(shot not in there for shot in wanted)
    gone = sum(shot not in wanted for shot in there)
    both = [(frames, there[shot]) for shot, frames in wanted.items() if shot in there]
    moved = sum(frames.start != cut.start for frames, cut in both)
    turned = sum(_begins(frames) != _began(cut) for frames, cut in both)
    counts: Mapping[str, int] = {
        "cut has moved": moved,
        "shot is new": new,
        "shot is gone": gone,
        "transition is another": turned,
    }
    return tuple(_told(text, count) for text, count in counts.items() if count)


def changed_text(changed: Sequence[str]) -> str:
    """The sentence of the banner over an older film."""
    return f"The plan has changed since this film was cut: {', '.join(changed)}."


def size_text(spec: RenderSpec) -> str:
    """`1280×720, 24 fps, mp4`."""
    return f"{spec.width}×{spec.height}, {rate_name(spec.rate)} fps, {spec.format}"


def _shows(project: Project, clip: str | None, shot: BoardShot) -> bool:
    """Whether the film's `clip` is the take that `shot` shows; so, too, where nothing tells."""
    if clip is None or shot.take is None or f"-{shot.take}." in clip:
        return True
    document = project.clips / f"{shot.id}-{shot.take}.json"  # takes may share a file
    return not document.is_file() or Clip.load(document).file in clip


def _begins(frames: ShotFrames) -> tuple[str, int]:
    return str(frames.transition), frames.transition_frames


def _began(cut: Cut) -> tuple[str, int]:
    return str(cut.transition), cut.transition_frames


def _checked(project: Project, rendered: Render) -> Checked | None:
    if not project.report.is_file():
        return None
    report = SyncReport.load(project.report)
    if report.video_sha256 != rendered.sha256:
        return None
    rate = report.spec.rate
    return Checked(
        ok=report.ok,
        verdict=verdict(report),
        tiles=tuple(tiles(report)),
        faults=tuple(
            f"{fault.kind} for {float((fault.end - fault.start) / rate):.1f} s at "
            f"{float(fault.start / rate):.1f} s" + (f": {fault.detail}" if fault.detail else "")
            for fault in report.faults
        ),
        notices=(*report.substitutions, *report.notices),
        page=project.page.is_file(),
    )


_MANY = {
    "cut has moved": "cuts have moved", "shot is new": "shots are new",
    "shot is gone": "shots are gone", "transition is another": "transitions are others",
    "shot shows another take": "shots show other takes",
}  # fmt: skip


def _told(text: str, count: int) -> str:
    return f"{count} {_MANY[text] if count > 1 else text}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
