"""The sync report as a page for people: one HTML file that needs nothing else."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from songreel.assembly.chart import Chart, chart, signed
from songreel.assembly.check import frames_off
from songreel.assembly.stills import read_stills, sides, wanted_stills
from songreel.models.errors import MachineError
from songreel.models.render import CutCheck, SyncReport
from songreel.models.storyboard import Shot, Storyboard, TransitionKind
from songreel.models.timebase import clock, frame_time, rate_name
from songreel.models.timeline import Cut, Timeline

HUES = (215, 28, 150, 280, 345, 90, 190, 55)
"""Degrees: a colour for each letter of the form, far apart for neighbours."""

_SOUND = {"mp4": "AAC", "mkv": "FLAC", "mov": "PCM"}
_PICTURE = {"mp4": "H.264", "mkv": "H.264", "mov": "ProRes 422 HQ"}


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


@dataclass(frozen=True)
class Group:
    """The shots of one section."""

    name: str
    span: str
    hue: int
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Tile:
    """One figure of the summary."""

    label: str
    figure: str
    note: str
    good: bool


def write_page(
    report: SyncReport,
    timeline: Timeline,
    path: Path,
    *,
    storyboard: Storyboard,
    stills: Mapping[int, bytes] | None = None,
    video: Path | None = None,
) -> None:
    """Write the page of `report` to `path`, whole or not at all.

    Args:
        report: What was measured.
        timeline: The edit.
        path: The HTML file to write.
        storyboard: The plan, for sections and what each shot shows.
        stills: JPEGs by film frame, as `check` collects them.
        video: The film, to take the stills from where none are given; it is decoded once more.

    Raises:
        InvalidInput: The video does not decode.
        MachineError: The file cannot be written.
    """
    if stills is None:
        wanted = wanted_stills(timeline)
        stills = read_stills(video, wanted, timeline.rate) if video is not None else {}
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
        tiles=_tiles(report),
        plot=_plot(report, timeline, storyboard),
        groups=_groups(report, timeline, storyboard, stills),
        faults=[
            (fault, clock(frame_time(fault.start, timeline.rate)),
             f"{float((fault.end - fault.start) / timeline.rate):.1f} s")
            for fault in report.faults
        ],
        rate=rate_name(report.spec.rate),
    )  # fmt: skip
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error


def verdict(report: SyncReport) -> str:
    """The report in one sentence."""
    if not report.ok:
        first = report.notices[0] if report.notices else "see below"
        return f"Not as planned: {first}."
    told = sum(cut.found is not None for cut in report.cuts)
    if report.audio_exact:
        sound = "the sound is the song, bit for bit"
    elif report.audio_offset is None:
        sound = "the song is silent"
    else:
        sound = "the sound is where the song has it, to the sample"
        if report.audio_offset:
            sound = f"the sound is {abs(report.audio_offset)} samples from the song's place"
    if not told:
        return f"The film is whole, and {sound}."
    cuts = f"all {told} cuts that can be seen are" if told > 1 else "its cut is"
    early = ", a hair before the beat and never after it" if report.beat_locked else ""
    return f"In sync: {cuts} on the planned frame{early}, and {sound}."


def _tiles(report: SyncReport) -> list[Tile]:
    told = [cut for cut in report.cuts if cut.found is not None]
    hits = sum(cut.found == cut.planned for cut in told)
    hidden = len(report.cuts) - len(told)
    hard = [c.error for c in told if c.error is not None and c.transition in _BEAT]
    rate = float(report.spec.rate)
    seconds = report.frames_found / rate
    beyond = seconds - report.samples_found / report.sample_rate
    lag = report.audio_offset
    errors = f"{signed(1000 * min(hard), 0)} to {signed(1000 * max(hard), 0)}" if hard else ""
    return [
        Tile(
            "cuts on their frame",
            f"{hits} of {len(told)}",
            f"{hidden} between pictures too alike to tell" if hidden else "measured in the file",
            hits == len(told),
        ),
        Tile(
            "cut against beat",
            signed(1000 * fmean(hard), 0) if hard else "none",
            f"{errors}; a frame is {1000 / rate:.1f} ms" if hard else "no hard cut to measure",
            not report.beat_locked
            or all(-1e-6 < -(error * rate + report.spec.lead) < 1 + 1e-6 for error in hard),
        ),
        Tile(
            "sound against song",
            _lag(lag),
            "bit for bit" if report.audio_exact else "at its start, middle and end",
            lag is None or abs(lag) <= 48,
        ),
        Tile(
            "drift over the film",
            "none" if not report.audio_drift else f"{report.audio_drift:+d} samples",
            "last 10 s against first 10 s",
            abs(report.audio_drift or 0) <= 1,
        ),
        Tile(
            "length",
            clock(seconds),
            f"{report.frames_found} frames, {1000 * beyond:.0f} ms past the last sample",
            report.frames_found == report.frames_expected
            and report.samples_found == report.samples_expected,
        ),
        Tile(
            "file",
            f"{report.spec.width}×{report.spec.height}",
            f"{rate_name(report.spec.rate)} fps, {_PICTURE[report.spec.format]} + "
            f"{_SOUND[report.spec.format]} {report.sample_rate / 1000:g} kHz",
            True,
        ),
    ]


def _lag(samples: int | None) -> str:
    if samples is None:
        return "silent"
    return f"{samples:+d} samples".replace("-", "−") if samples else "0 samples"


_BEAT = (TransitionKind.CUT, TransitionKind.FLASH)


def _plot(report: SyncReport, timeline: Timeline, storyboard: Storyboard) -> Chart:
    sections = [(s.start, s.end, s.label, _hue(s.letter), s.energy) for s in storyboard.sections]
    return chart(report, sections, frame_time(timeline.frames, timeline.rate))


def _groups(
    report: SyncReport, timeline: Timeline, storyboard: Storyboard, stills: Mapping[int, bytes]
) -> list[Group]:
    shots = {shot.id: shot for shot in storyboard.shots}
    checks = {check.shot: check for check in report.cuts}
    by_section: dict[int, list[Card]] = {}
    for cut in timeline.cuts:
        shot = shots.get(cut.shot)
        card = _card(cut, shot, checks.get(cut.shot), timeline, stills)
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
) -> Card:
    state, said = "good", "opens the film"
    if check is not None and check.found is None:
        state, said = "untold", "too alike to tell"
    elif check is not None and check.error is not None:
        off = (check.found or 0) - check.planned
        state = "off" if off else "good"
        said = signed(1000 * check.error) + (f", {frames_off(off)}" if off else "")
    how = "" if cut.transition is TransitionKind.CUT else f"{cut.transition.value}, "
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
        substitution=cut.substitution,
    )


def _inline(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}" if jpeg else None


def _hue(letter: str) -> int:
    return HUES[(sum(ord(c) - ord("A") + 1 for c in letter) - 1) % len(HUES)]
