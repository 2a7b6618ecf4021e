"""All cues of a storyboard onto the cuts of a timeline: `with_effects`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from songreel.assembly.effects.effect import find
from songreel.assembly.effects.place import Song, Span, checked, placed
from songreel.assembly.effects.safety import Strike, calm, swings_of
from songreel.models.effect import SPEED_RAMP, EffectCue, PlacedEffect
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import Palette, Storyboard
from songreel.models.timeline import Cut
from songreel.models.transition import TransitionKind

_THE_FILM = "the film"
_IN_COLOURS = ("palette", "duotone")
"""Effects that have a palette; the shot's, unless the plan says another."""
_ONE_WAY = (TransitionKind.CUT, TransitionKind.CROSSFADE, TransitionKind.WIPE)
"""From one picture to the next with one change of light; any other transition makes two."""

_Layer = tuple[int, PlacedEffect, str]


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
    storyboard: Storyboard,
    cuts: Sequence[Cut],
    shots: Sequence[ShotFrames],
    song: Song,
    worn: Mapping[str, Sequence[EffectCue]] = MappingProxyType({}),
) -> Placed:
    """`cuts` with the effects that `storyboard` calls for, hits that would flash left out.

    What a shot's clip wears is not laid over it again: `worn` has that by shot.

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
        there = {cue.effect for cue in worn.get(cut.shot, ())}
        left = [cue for cue in planned.effects if not (cue.wearable and cue.effect in there)]
        over = coloured(_carried_out(left), planned.palette)
        by_shot.append([placed(cue, span, song) for cue in over])
    edges = tuple(cut.start for cut in cuts)
    film = Span(start=0, first=0, last=total, edges=edges, name=_THE_FILM)
    over_all = coloured(_carried_out(storyboard.finish), storyboard.look.palette)
    finish = [placed(cue, film, song) for cue in over_all]
    layers = [
        layer
        for cut, effects in zip(cuts, by_shot, strict=True)
        for layer in _owned(effects, cut.start, film=False)
    ]
    layers += _owned(finish, 0, film=True)
    kept, notices = _calm(layers, cuts, total, song)
    rest = iter(kept)
    directed = []
    for cut, effects in zip(cuts, by_shot, strict=True):
        there = {cue.effect for cue in worn.get(cut.shot, ())}
        names = (cue.effect for cue in storyboard.finish if cue.wearable)
        changed = {
            "effects": tuple(islice(rest, len(effects))),
            "worn": tuple(dict.fromkeys(name for name in names if name in there)),
        }
        directed.append(cut.model_copy(update=changed))
    return Placed(tuple(directed), tuple(rest), (*notices, *_other(storyboard, worn)))


def _other(storyboard: Storyboard, worn: Mapping[str, Sequence[EffectCue]]) -> Iterator[str]:
    """What clips wear otherwise than the plan has it now: takes that are kept, mostly."""
    for shot in storyboard.shots:
        planned = [cue for cue in (*shot.effects, *storyboard.finish) if cue.wearable]
        here = list(worn.get(shot.id, ()))
        for name in dict.fromkeys(cue.effect for cue in here):
            if [c for c in here if c.effect == name] != [c for c in planned if c.effect == name]:
                yield (
                    f"shot {shot.id}: its clip has the {name} it was made with, which is in its "
                    "pictures; the plan has another one now"
                )


def _carried_out(cues: Sequence[EffectCue]) -> list[EffectCue]:
    """Those that change pictures and not the shot's time, at a strength at all."""
    return [cue for cue in cues if cue.effect != SPEED_RAMP]


def coloured(cues: Sequence[EffectCue], palette: Palette) -> list[EffectCue]:
    """`cues`, those that ask for a palette and name none given this one."""
    numbers = tuple(
        value for colour in palette for value in (colour.lightness, colour.chroma, colour.hue)
    )
    return [
        cue.model_copy(update={"settings": {**cue.settings, "colours": numbers}})
        if cue.effect in _IN_COLOURS and not cue.settings.get("colours")
        else cue
        for cue in cues
    ]


def _owned(effects: Sequence[PlacedEffect], start: int, film: bool) -> list[_Layer]:
    """Effects with the frame they count from and whose hits theirs are: `punch-in/0`."""
    seen: Counter[str] = Counter()
    found: list[_Layer] = []
    for one in effects:
        found.append((start, one, f"{one.effect}/{'film' if film else ''}{seen[one.effect]}"))
        seen[one.effect] += 1
    return found


def _calm(
    layers: Sequence[_Layer], cuts: Sequence[Cut], total: int, song: Song
) -> tuple[list[PlacedEffect], tuple[str, ...]]:
    """The effects of `layers` without the hits that would flash, and a sentence on those."""
    fixed = [
        Strike(cut.start, 1 if cut.transition in _ONE_WAY else 2, 1.0, "cut") for cut in cuts[1:]
    ]
    # A hit that two neighbouring shots show is one; an effect that lies twice over a picture hits
    # it twice.
    strikes: dict[tuple[str, int], Strike] = {}
    for start, one, owner in layers:
        if one.strength and one.hits:
            swings = swings_of(find(one.effect, one.settings), one.strength)
            for at, hit in one.hits:
                old = strikes.get((owner, start + at))
                new = Strike(start + at, swings, one.strength * hit, owner)
                if old is None or (new.swings, new.weight) > (old.swings, old.weight):
                    strikes[owner, start + at] = new
    listed = list(strikes.values())
    out = {(listed[i].owner, listed[i].frame) for i in calm(fixed, listed, total, song.rate)}
    kept = [
        one.model_copy(update={"hits": hits}) if len(hits) < len(one.hits) else one
        for start, one, owner in layers
        for hits in (tuple(hit for hit in one.hits if (owner, start + hit[0]) not in out),)
    ]
    asked = Counter(owner.partition("/")[0] for owner, _ in strikes)
    left = Counter(owner.partition("/")[0] for owner, _ in out)
    notices = tuple(
        f"{count} of the {asked[name]} hits of {name} are left out: no second may hold more than "
        "three flashes (WCAG 2.3.1)"
        for name, count in sorted(left.items())
    )
    return kept, notices
