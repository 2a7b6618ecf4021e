"""The sync report as a page for people: one HTML file that needs nothing else."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from songreel.assembly.chart import Chart, chart, signed
from songreel.assembly.check import frames_off
from songreel.assembly.cutfinder import tolerance
from songreel.assembly.panels import panels
from songreel.assembly.sources import in_short, of_shots, paid, sources
from songreel.assembly.stills import Gallery, sides
from songreel.assembly.summary import tiles, verdict
from songreel.models.files import whole
from songreel.models.music import Analysis
from songreel.models.render import CutCheck, SyncReport
from songreel.models.storyboard import Shot, Storyboard
from songreel.models.timebase import clock, frame_time, rate_name
from songreel.models.timeline import Cut, Landing, Timeline
from songreel.models.transition import TransitionKind

HUES = (215, 28, 150, 280, 345, 90, 190, 55)
"""Degrees: a colour for each letter of the form, far apart for neighbours."""


@dataclass(frozen=True)
class Card:
    """One shot as the page shows it."""

    shot: str
    time: str
    place: str
    reason: str
    how: str
    motif: str
    prompt: str
    before: str | None
    after: str | None
    state: str
    """`good`, `off` or `untold`."""
    verdict: str
    visibility: str
    substitution: str | None
    source: str
    """Who made its clip, and what was paid for it."""
    effects: str
    """What is done to its pictures in time with the music."""
    landing: str
    """How its motion was laid onto an accent."""


@dataclass(frozen=True)
class Group:
    """The shots of one section."""

    name: str
    span: str
    hue: int
    cards: tuple[Card, ...]


def write_page(
    report: SyncReport,
    timeline: Timeline,
    path: Path,
    *,
    storyboard: Storyboard,
    analysis: Analysis | None = None,
    gallery: Gallery | None = None,
) -> None:
    """Write the page of `report` to `path`, whole or not at all.

    Args:
        report: What was measured.
        timeline: The edit.
        path: The HTML file to write.
        storyboard: The plan, for sections and what each shot shows.
        analysis: The song, for its energy; without it that is left out.
        gallery: Small pictures of the film, as `check` collects them.

    Raises:
        MachineError: The file cannot be written.
    """
    gallery = gallery or Gallery()
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.html").render(
        title=storyboard.track.title,
        report=report,
        verdict=verdict(report),
        tiles=tiles(report),
        plot=_plot(report, timeline, storyboard),
        panels=panels(
            report, timeline, storyboard, analysis, [_hue(s.letter) for s in storyboard.sections]
        ),
        barcode=_png(gallery.barcode),
        groups=_groups(report, timeline, storyboard, gallery.stills),
        sources=sources(timeline),
        paid=paid(timeline),
        faults=[
            (fault, clock(frame_time(fault.start, timeline.rate)),
             f"{float((fault.end - fault.start) / timeline.rate):.1f} s")
            for fault in report.faults
        ],
        rate=rate_name(report.spec.rate),
    )  # fmt: skip
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _plot(report: SyncReport, timeline: Timeline, storyboard: Storyboard) -> Chart:
    sections = [(s.start, s.end, s.label, _hue(s.letter)) for s in storyboard.sections]
    plans = {cut.shot: cut for cut in timeline.cuts}
    off = {check.shot for check in report.cuts if _off(plans[check.shot], check)}
    return chart(report, off, sections, frame_time(timeline.frames, timeline.rate))


def _off(cut: Cut, check: CutCheck) -> int:
    """Frames by which a cut is late (or, negative, early), beyond what cannot be told."""
    if check.found is None:
        return 0
    frames = check.found - check.planned
    return frames if abs(frames) > tolerance(cut) else 0


def _groups(
    report: SyncReport, timeline: Timeline, storyboard: Storyboard, stills: Mapping[int, bytes]
) -> list[Group]:
    shots = {shot.id: shot for shot in storyboard.shots}
    checks = {check.shot: check for check in report.cuts}
    by_section: dict[int, list[Card]] = {}
    told = of_shots(timeline)
    for cut in timeline.cuts:
        shot = shots.get(cut.shot)
        card = _card(cut, shot, checks.get(cut.shot), timeline, stills, told[cut.shot])
        by_section.setdefault(shot.section if shot else 0, []).append(card)
    groups = []
    for index, cards in sorted(by_section.items()):
        section = storyboard.sections[index]
        span = f"{clock(section.start)} to {clock(section.end)}"
        groups.append(
            Group(f"{section.label} {section.letter}", span, _hue(section.letter), tuple(cards))
        )
    return groups


def _card(
    cut: Cut,
    shot: Shot | None,
    check: CutCheck | None,
    timeline: Timeline,
    stills: Mapping[int, bytes],
    source: str,
) -> Card:
    state, said = "good", "opens the film"
    if check is not None and check.found is None:
        state, said = "untold", "too alike to tell"
    elif check is not None and check.error is not None:
        off = _off(cut, check)
        state = "off" if off else "good"
        said = signed(1000 * check.error) + (f", {frames_off(off)}" if off else "")
    how = "" if cut.transition is TransitionKind.CUT else f"{cut.transition}, "
    how += f"{cut.transition_frames} frames" if how else ""
    place = ""
    if shot is not None and shot.at.bar is not None:
        part = f" + {shot.at.part}" if shot.at.part else ""
        place = f"bar {shot.at.bar}, beat {shot.at.beat}{part}"
    before, after = sides(cut, timeline.frames)
    return Card(
        shot=cut.shot,
        time=clock(frame_time(cut.start, timeline.rate)),
        place=place,
        reason=cut.reason.value,
        how=how,
        motif=shot.motif if shot else "",
        prompt=shot.prompt if shot else "",
        before=_inline(stills.get(before)),
        after=_inline(stills.get(after)),
        state=state,
        verdict=said,
        visibility=f"{check.visibility:.0f}" if check else "",
        substitution=in_short(cut.substitution),
        source=source,
        effects=_effects(cut, shot),
        landing=_landing(cut.landing),
    )


def _effects(cut: Cut, shot: Shot | None) -> str:
    """The effects that are on the timeline, in the words of the plan."""
    placed = {effect.effect for effect in cut.effects}
    cues = [cue for cue in shot.effects if cue.effect in placed] if shot else []
    return ", ".join(
        f"{cue.effect} on {cue.on}" if cue.on != "shot" else cue.effect for cue in cues
    )


def _landing(landing: Landing | None) -> str:
    if landing is None:
        return ""
    where = f"its motion peaks on the {landing.on} at {clock(landing.accent)}"
    if abs(landing.after) >= 1:
        where += f", {frames_off(round(landing.after))}"
    return f"{where} ({abs(landing.before):.0f} frames off before)"


def _inline(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}" if jpeg else None


def _png(picture: bytes | None) -> str | None:
    return f"data:image/png;base64,{b64encode(picture).decode()}" if picture else None


def _hue(letter: str) -> int:
    return HUES[(sum(ord(c) - ord("A") + 1 for c in letter) - 1) % len(HUES)]
