"""All cues of a storyboard onto the cuts of a timeline: `with_effects`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from songreel.assembly.effects.effect import find
from songreel.assembly.effects.place import Song, Span, checked, placed
from songreel.assembly.effects.safety import Strike, calm, swings_of
from songreel.models.effect import SPEED_RAMP, EffectCue, PlacedEffect
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Cut
from songreel.models.transition import TransitionKind

_THE_FILM = "the film"
_LIGHT = {TransitionKind.FLASH: 2, TransitionKind.DIP: 2}
"""Changes of light that a transition makes; any other, and a cut, makes one."""


@dataclass(frozen=True)
class Placed:
    """What becomes of the cues.

    Attributes:
        cuts: With their effects.
        finish: Over the whole film.
        notices: What was left out, a sentence each.
    """

    cuts: tuple[Cut, ...]
    finish: tuple[PlacedEffect, ...]
    notices: tuple[str, ...]


def check_cues(storyboard: Storyboard) -> None:
    """See that every cue names an effect there is, with settings it has.

    Raises:
        InvalidInput: One does not.
    """
    for shot in storyboard.shots:
        for cue in _carried_out(shot.effects):
            checked(cue, f"shot {shot.id}")
    for cue in _carried_out(storyboard.finish):
        checked(cue, _THE_FILM)


def with_effects(
    storyboard: Storyboard, cuts: Sequence[Cut], shots: Sequence[ShotFrames], song: Song
) -> Placed:
    """`cuts` with the effects that `storyboard` calls for, hits that would flash left out.

    Raises:
        InvalidInput: A cue names no effect, or one that does not answer to what it is put on.
    """
    total = cuts[-1].end
    by_shot: list[list[PlacedEffect]] = []
    for cut, shot, planned in zip(cuts, shots, storyboard.shots, strict=True):
        span = Span(
            start=cut.start,
            first=max(cut.start - shot.head, 0),
            last=min(cut.end + shot.tail, total),
            edges=(cut.start, cut.end),
            name=f"shot {cut.shot}",
        )
        by_shot.append([placed(cue, span, song) for cue in _carried_out(planned.effects)])
    edges = tuple(cut.start for cut in cuts)
    film = Span(start=0, first=0, last=total, edges=edges, name=_THE_FILM)
    finish = [placed(cue, film, song) for cue in _carried_out(storyboard.finish)]
    rows = [*zip((cut.start for cut in cuts), by_shot, strict=True), (0, finish)]
    notices = _calm(rows, cuts, total, song)
    return Placed(
        tuple(
            cut.model_copy(update={"effects": tuple(effects)})
            for cut, effects in zip(cuts, by_shot, strict=True)
        ),
        tuple(finish),
        notices,
    )


def _carried_out(cues: Sequence[EffectCue]) -> list[EffectCue]:
    """Those that change pictures and not the shot's time, at a strength at all."""
    return [cue for cue in cues if cue.effect != SPEED_RAMP]


def _calm(
    rows: Sequence[tuple[int, list[PlacedEffect]]], cuts: Sequence[Cut], total: int, song: Song
) -> tuple[str, ...]:
    """Take hits out of `rows` (start, effects) until no second flashes; say so."""
    fixed = [
        Strike(cut.start, _LIGHT.get(cut.transition, 1), 1.0, "cut")  # type: ignore[call-overload]
        for cut in cuts[1:]
    ]
    # The same hit of the same effect in neighbouring shots, or twice in one, is one.
    strikes: dict[tuple[str, int], Strike] = {}
    for start, effects in rows:
        for one in effects:
            if not one.strength or not one.hits:
                continue
            swings = swings_of(find(one.effect, one.settings), one.strength)
            for at, hit in one.hits:
                new = Strike(start + at, swings, one.strength * hit, one.effect)
                old = strikes.get((one.effect, start + at))
                if old is not None:
                    new = replace(new, swings=max(new.swings, old.swings),
                                  weight=max(new.weight, old.weight))  # fmt: skip
                strikes[one.effect, start + at] = new
    listed = list(strikes.values())
    out = {(listed[i].owner, listed[i].frame) for i in calm(fixed, listed, total, song.rate)}
    for start, effects in rows:
        for k, one in enumerate(effects):
            kept = tuple(hit for hit in one.hits if (one.effect, start + hit[0]) not in out)
            if len(kept) < len(one.hits):
                effects[k] = one.model_copy(update={"hits": kept})
    notices = []
    for name in sorted({name for name, _ in out}):
        asked = sum(owner == name for owner, _ in strikes)
        left = sum(owner == name for owner, _ in out)
        notices.append(
            f"{left} of the {asked} hits of {name} are left out: no second may hold more than "
            "three flashes (WCAG 2.3.1)"
        )
    return tuple(notices)
