"""A project as the one object that a timeline draws: `board_of`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from songreel.editing_clips import Clips, Made
from songreel.models.board import Board, BoardSection, BoardShot, ClipState, Waveform
from songreel.models.colour import linear_srgb
from songreel.models.music import Analysis, BeatGrid, Section
from songreel.models.storyboard import Oklch, Shot, Storyboard

if TYPE_CHECKING:
    from songreel.analysis.peaks import Outline

MOST = 30_000
"""Values of a waveform that are told at most: fifty a second of ten minutes, 200 kB of JSON."""
_SEEN = (0.4, 0.85)
"""Lightness of a colour by which a shot can be told on a dark and on a light ground."""


@dataclass(frozen=True)
class Shown:
    """All that a board is made from."""

    id: str
    """The project's."""
    title: str
    duration: float
    revision: str
    analysis: Analysis | None = None
    plan: Storyboard | None = None
    outline: "Outline | None" = None
    clips: Clips = field(default_factory=Clips)
    cut: Mapping[str, str] = field(default_factory=dict)
    """Hash of the clip that the film as it was last cut shows, by shot."""
    as_cut: bool = False
    """Whether nothing that decides the clips was written since that film was."""
    wanted: Mapping[str, str] | None = None
    """Fingerprint of the clip that the plan asks for, by shot; None while that is not known."""
    before: Mapping[str, BoardShot] = field(default_factory=dict)
    """Shots as they were when that was known last."""
    undo: str = ""
    redo: str = ""
    notices: tuple[str, ...] = ()


def board_of(shown: Shown) -> Board:
    """The board."""
    analysis, plan = shown.analysis, shown.plan
    grid = plan.grid if plan else analysis.grid if analysis else BeatGrid(beats=(), downbeats=())
    sections: Sequence[Section] = plan.sections if plan else analysis.sections if analysis else ()
    return Board(
        title=shown.title,
        duration=shown.duration,
        revision=shown.revision,
        tempo=analysis.tempo if analysis else None,
        meter=analysis.meter if analysis else "4/4",
        key=str(analysis.key) if analysis and analysis.key else "",
        trust=analysis.trust.grid if analysis else 0.0,
        beats=grid.beats,
        downbeats=grid.downbeats,
        phrases=analysis.phrases if analysis else (),
        sections=tuple(_section(section) for section in sections),
        events=analysis.events if analysis else (),
        energy_rate=analysis.energy.rate if analysis else 1.0,
        energy=analysis.energy.values if analysis else (),
        waveform=None if shown.outline is None else _waveform(shown.outline),
        shots=_shots(plan, shown) if plan else (),
        undo=shown.undo,
        redo=shown.redo,
        settled=plan is None or shown.wanted is not None,
        notices=shown.notices,
    )


def _section(section: Section) -> BoardSection:
    return BoardSection(
        start=section.start,
        end=section.end,
        label=section.label,
        letter=section.letter,
        energy=section.energy,
        trust=section.trust,
        mood=section.mood.words,
    )


def _waveform(outline: "Outline") -> Waveform:
    from songreel.analysis.peaks import RATE, fewer

    step = max(1, -(-outline.shape[1] // MOST))
    low, high = fewer(outline, step)
    return Waveform(rate=RATE / step, low=tuple(low.tolist()), high=tuple(high.tolist()))


def _shots(plan: Storyboard, shown: Shown) -> tuple[BoardShot, ...]:
    return tuple(
        _shot(shot, start, end, shown)
        for shot, (start, end) in zip(plan.shots, plan.spans, strict=True)
    )


def _shot(shot: Shot, start: float, end: float, shown: Shown) -> BoardShot:
    takes = shown.clips.takes.get(shot.id, ())
    take, state = _seen(shot, (start, end), takes, shown)
    return BoardShot(
        id=shot.id,
        start=start,
        end=end,
        at=str(shot.at),
        reason=str(shot.reason),
        locked=shot.locked,
        section=shot.section,
        motif=shot.motif,
        prompt=shot.prompt,
        negative=shot.negative,
        camera=str(shot.camera),
        size=str(shot.size),
        source=shot.provider or "",
        color=color_of(shot.palette),
        transition=str(shot.transition.kind),
        transition_seconds=shot.transition.seconds,
        state=state,
        take=take.take if take else None,
        kept=shot.keep is not None,
        takes=len(takes),
        pictured="clip" if take else "plan",
        thumb=thumb_url(shown.id, shot, take),
    )


def shown_take(
    shot: Shot,
    takes: Sequence[Made],
    wanted: Mapping[str, str] | None,
    cut: Mapping[str, str],
) -> Made | None:
    """The take that a shot shows: the one that is asked for, or the film's, or the newest."""
    asked = _asked(shot, takes, wanted)
    in_film = next((made for made in takes if made.sha256 == cut.get(shot.id)), None)
    return asked or in_film or (takes[-1] if takes else None)


def _seen(
    shot: Shot, span: tuple[float, float], takes: Sequence[Made], shown: Shown
) -> tuple[Made | None, ClipState]:
    """The take that a shot shows, and how it stands to the plan."""
    take = shown_take(shot, takes, shown.wanted, shown.cut)
    if _asked(shot, takes, shown.wanted) is not None:
        return take, "made"
    if shot.id in shown.clips.under_way:
        return take, "working"
    if take is None:
        return None, "failed" if shot.id in shown.clips.lost else "none"
    if shown.wanted is None:
        if shown.as_cut and take.sha256 == shown.cut.get(shot.id):
            return take, "made"
        was = shown.before.get(shot.id)
        return take, was.state if was is not None and _same(was, shot, span) else "stale"
    # What stands in for a clip that could not be had was made for this plan.
    stands_in = take.stands_in and take.sha256 == shown.cut.get(shot.id)
    return take, "made" if stands_in else "stale"


def _asked(shot: Shot, takes: Sequence[Made], wanted: Mapping[str, str] | None) -> Made | None:
    """The take that a person chose, or else the one that the plan asks for."""
    named = shot.keep if shot.keep is not None else wanted.get(shot.id) if wanted else None
    return next((made for made in reversed(takes) if _named(made, named)), None)


def _named(made: Made, name: str | None) -> bool:
    return name is not None and made.take == name[: len(made.take)]


def _same(was: BoardShot, shot: Shot, span: tuple[float, float]) -> bool:
    """Whether a shot is as it was, as far as can be told without planning all clips anew."""
    told = (was.prompt, was.negative, was.source, was.transition, was.kept)
    now = (shot.prompt, shot.negative, shot.provider or "", str(shot.transition.kind))
    return (was.start, was.end) == span and told == (*now, shot.keep is not None)


def thumb_url(project: str, shot: Shot, take: Made | None) -> str:
    """Where a shot's small picture is; another picture has another URL."""
    mark = take.sha256[:12] if take else f"plan-{look_of(shot)}"
    return f"/api/projects/{project}/media/thumb-{shot.id}?v={mark}"


def look_of(shot: Shot) -> str:
    """What a picture drawn from the plan depends on, as a few characters."""
    from hashlib import sha256

    seen = (shot.motif, shot.size, shot.seed, color_of(shot.palette), shot.energy)
    return sha256(repr(seen).encode()).hexdigest()[:12]


@lru_cache(maxsize=512)
def _hex(colours: tuple[tuple[float, float, float], ...]) -> str:
    told = [c for c in colours if _SEEN[0] <= c[0] <= _SEEN[1]] or colours
    lightness, chroma, hue = max(told, key=lambda c: c[1])
    turn = np.deg2rad(hue)
    lab = np.array([lightness, chroma * np.cos(turn), chroma * np.sin(turn)])
    linear = np.clip(linear_srgb(lab), 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(float(value) * 255) for value in srgb)
    return f"#{red:02x}{green:02x}{blue:02x}"


def color_of(palette: Sequence[Oklch]) -> str:
    """The most colourful of a palette's colours that can be seen on dark and on light."""
    return _hex(tuple((c.lightness, c.chroma, c.hue) for c in palette))
