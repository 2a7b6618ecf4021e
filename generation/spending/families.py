"""Which shots may show parts of one clip, and which are settled before money is planned."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from songreel.models.storyboard import Shot, Storyboard

TAKE = "budget-"
"""Begins the takes that the planner gives, so that it may plan its own shots anew."""


class Family(NamedTuple):
    """Shots that show the same thing, in the film's order; no two of them follow each other."""

    shots: tuple[str, ...]


def is_fixed(shot: Shot) -> bool:
    """Whether the shot keeps its source: it is locked, held to a take, or names one by itself."""
    ours = shot.take is not None and shot.take.startswith(TAKE)
    return shot.locked or shot.keep is not None or (shot.provider is not None and not ours)


def families(storyboard: Storyboard, alone: Collection[str] = ()) -> tuple[Family, ...]:
    """The shots that are not fixed, with those that could share a clip together.

    Shots share which show the same motif in the same material of the song, with the same
    action of the same subject; a rhyme and its first belong together. Neighbours never share: a
    clip that goes on over a cut shows no cut.

    Args:
        storyboard: The film.
        alone: Shots that share with nobody, since a person has written their words. Shots
            without parts and shots with pictures of their own stand alone by themselves.
    """
    roots = rhyme_roots(storyboard)
    found: dict[object, list[list[str]]] = {}
    places = {shot.id: i for i, shot in enumerate(storyboard.shots)}
    by_id = {shot.id: shot for shot in storyboard.shots}
    for shot in storyboard.shots:
        if is_fixed(shot):
            continue
        if shot.id in alone or _stands_alone(shot):
            found[shot.id] = [[shot.id]]
            continue
        root = by_id[roots[shot.id]]
        same_story = _story(root) == _story(shot)
        motif = (root if same_story else shot).motif
        letter = storyboard.sections[(root if same_story else shot).section].letter
        groups = found.setdefault((letter, motif, _story(shot)), [])
        for group in groups:
            if places[group[-1]] + 1 < places[shot.id]:
                group.append(shot.id)
                break
        else:
            groups.append([shot.id])
    return tuple(Family(tuple(group)) for groups in found.values() for group in groups)


def rhyme_roots(storyboard: Storyboard) -> Mapping[str, str]:
    """The first shot of the chain of rhymes that each shot is in; itself where it rhymes not."""
    roots: dict[str, str] = {}
    for shot in storyboard.shots:
        earlier = shot.rhymes_with
        roots[shot.id] = roots.get(earlier, shot.id) if earlier is not None else shot.id
    return roots


def _stands_alone(shot: Shot) -> bool:
    pictures = shot.start_image or shot.end_image or shot.references
    return shot.parts is None or bool(pictures)


def _story(shot: Shot) -> tuple[str, str]:
    return (shot.parts.subject, shot.parts.action) if shot.parts is not None else ("", "")
