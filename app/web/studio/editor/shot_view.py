"""What the inspector tells of one shot of a plan: `ShotView`."""

from collections.abc import Sequence
from dataclasses import dataclass

from songreel.models.effect import EffectCue
from songreel.models.storyboard import CutReason, Storyboard, Words
from songreel.models.timebase import clock
from songreel.prompting.dialects import words

WHY = {
    CutReason.OPENING: "It opens the film.",
    CutReason.DROP: "The drop begins here: the strongest moment to cut on.",
    CutReason.SECTION: "A section of the song begins here.",
    CutReason.PHRASE: "A phrase begins here.",
    CutReason.DOWNBEAT: "On the first beat of a bar.",
    CutReason.STRONG_BEAT: "On a strong beat inside the bar.",
    CutReason.BEAT: "On a beat.",
    CutReason.HALF_BEAT: "Between two beats: this stretch is cut fast.",
    CutReason.ENERGY: "The sound changes here; there is no beat grid to trust.",
    CutReason.MANUAL: "Put here by hand.",
}
"""Why a cut is where it is, as a sentence."""

ON_BEAT = 0.02
"""Seconds within which a moment written in seconds is told as the beat it is: half a frame."""

_ON = {"shot": "all through the shot", "cut": "on the cut"}


@dataclass(frozen=True)
class ShotView:
    """One shot, in the words of a cutting room."""

    id: str
    number: int
    """Counted from 1."""
    count: int
    """How many shots the film has."""
    place: str
    """`bar 17, beat 3`, or seconds."""
    begins: str
    length: str
    """Seconds, and bars and beats where there is a grid."""
    why: str
    section: str
    mood: str
    motif: str
    camera: str
    size: str
    prompt: str
    negative: str
    planned: Words
    """The words as the plan has them, before a person edited them."""
    transition: str
    transition_seconds: float
    locked: bool
    source: str
    """The source that is named for this shot; empty: the film's."""
    keep: str | None
    """The take it shows whatever the plan says."""
    take: str | None
    """Shots that share one clip carry the same one."""
    seed: int
    rhymes: str
    effects: tuple[str, ...]

    @property
    def edited(self) -> bool:
        """Whether a person has changed its words."""
        return (self.prompt, self.negative) != (self.planned.prompt, self.planned.negative)

    @property
    def first(self) -> bool:
        """Whether it opens the film: nothing begins before it."""
        return self.number == 1


def shot_view(plan: Storyboard, shot_id: str) -> ShotView | None:
    """The view of one shot; None where the plan has no such shot (any more)."""
    index = next((i for i, shot in enumerate(plan.shots) if shot.id == shot_id), None)
    if index is None:
        return None
    shot, (start, end) = plan.shots[index], plan.spans[index]
    section = plan.sections[shot.section]
    return ShotView(
        id=shot.id,
        number=index + 1,
        count=len(plan.shots),
        place=place_text(plan, index),
        begins=clock(start),
        length=length_text(plan, start, end),
        why=WHY[shot.reason],
        section=f"{section.letter} {section.label}",
        mood=(shot.parts.mood if shot.parts else "") or ", ".join(section.mood.words),
        motif=shot.motif,
        camera=str(shot.camera),
        size=str(shot.size),
        prompt=shot.prompt,
        negative=shot.negative,
        planned=words(shot, plan.look, plan.dialect),
        transition=str(shot.transition.kind),
        transition_seconds=shot.transition.seconds,
        locked=shot.locked,
        source=shot.provider or "",
        keep=shot.keep,
        take=shot.take,
        seed=shot.seed,
        rhymes=shot.rhymes_with or "",
        effects=tuple(effect_text(cue) for cue in shot.effects),
    )


def place_text(plan: Storyboard, index: int) -> str:
    """Where a shot begins in the music: `bar 17, beat 3`, `bar 17, beat 3 + 1/2`, `at 12.50 s`."""
    at, grid = plan.shots[index].at, plan.grid
    if at.bar is not None:
        part = f" + {at.part}" if at.part else ""
        return f"bar {at.bar}, beat {at.beat}{part}"
    start = plan.starts[index]
    nearest = grid.nearest(start) if grid.beats and plan.beat_locked else -1
    if nearest >= 0 and abs(grid.beats[nearest] - start) < ON_BEAT:
        bar, beat = grid.bar_and_beat(nearest)
        return f"bar {bar}, beat {beat}"
    return f"at {start:.2f} s"


def length_text(plan: Storyboard, start: float, end: float) -> str:
    """`3.52 s · 2 bars`; seconds alone where there is no grid to trust."""
    seconds, grid = f"{end - start:.2f} s", plan.grid
    if not (plan.beat_locked and grid.beats):
        return seconds
    beats = round((grid.index_at(end) - grid.index_at(start)) * 4) / 4
    bars, rest = divmod(beats, grid.beats_per_bar)
    parts = [_count(bars, "bar")] if bars else []
    parts += [_count(rest, "beat")] if rest or not bars else []
    return f"{seconds} · {' '.join(parts)}"


def effect_text(cue: EffectCue) -> str:
    """`push on downbeat, 60 %`."""
    return f"{cue.effect} {_ON.get(cue.on, f'on {cue.on}')}, {cue.strength:.0%}".replace("%", " %")


def shots_text(ids: Sequence[str], most: int = 4) -> str:
    """`s03, s04 and 12 more`."""
    if len(ids) <= most + 1:
        return " and ".join([", ".join(ids[:-1]), ids[-1]]) if len(ids) > 1 else "".join(ids)
    return f"{', '.join(ids[:most])} and {len(ids) - most} more"


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" + ("" if number == 1 else "s")
