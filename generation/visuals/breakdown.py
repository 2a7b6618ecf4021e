"""`break_down`: a film's shots and sections as the casting reads them, before anything is cast."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from songreel.generation.visuals.calls import NO_CALL, Call, Calls, Film
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.clip import ClipRequest

_SURE = 0.75
"""Weight of a scene's own words from which on they name it: one such word of a prompt does."""
_TIED = 0.9
"""Share of the strongest call's weight at which another is as strong."""
_STEPS = 12
"""Rhymes' seeds are at most so far apart: a later chorus adds its number to the first's."""
_MOTIFS = 3
"""Motifs from which on a film is cast motif by motif; one of fewer by places in its sections."""


@dataclass
class Shot:
    """A shot, what its words call, and, in the end, its scene."""

    name: str
    request: ClipRequest
    stage: Stage
    calls: Mapping[str, Call]
    """By scene; only those that words call or keep out."""
    among: tuple[str, ...]
    """The scenes to choose from: those that words name, else all that may be shown."""
    sure: bool
    """Whether words name any."""
    picture: str = ""
    """What it shows where words name no scene; shots of one picture show one scene."""
    rhymes: int | None = None
    """Index of the earlier shot that this one repeats."""
    scene: str = ""
    why: list[str] = field(default_factory=list)

    def call(self, scene: str) -> Call:
        """How surely words call `scene`."""
        return self.calls.get(scene, NO_CALL)


class Section(NamedTuple):
    """A run of shots over one section of the song."""

    key: str
    """The same for sections that call one another back: choruses, and those of one letter."""
    wears: str
    """The same for sections whose scenes are set alike: choruses. A second verse is not the first.
    """
    label: str
    shots: tuple[int, ...]


class Breakdown(NamedTuple):
    """What a film is made of."""

    film: Film
    shots: list[Shot]
    sections: list[Section]


def break_down(requests: Mapping[str, ClipRequest], known: Mapping[str, type[Scene]]) -> Breakdown:
    """Read a film's requests, in order."""
    film, calls = Film.of(requests.values()), Calls(known)
    shots = [_shot(name, request, calls, film, known) for name, request in requests.items()]
    sections = _sections(shots)
    _mark_rhymes(shots)
    _mark_pictures(shots, sections)
    return Breakdown(film, shots, sections)


def named(motif: str, known: Mapping[str, type[Scene]]) -> tuple[str, ...]:
    """The scenes that a motif names by itself; none where it names none."""
    among, sure = _named(Calls(known).of_motif(motif), tuple(known))
    return among if sure else ()


def _shot(
    name: str, request: ClipRequest, calls: Calls, film: Film, known: Mapping[str, type[Scene]]
) -> Shot:
    sung = request.drive is not None and bool(request.drive.words)
    free = tuple(k for k, scene in known.items() if sung or "words" not in scene.hears)
    called = calls.of(request, film)
    among, sure = _named(called, free or tuple(known))
    return Shot(name, request, Stage(request), called, among, sure)


def _named(calls: Mapping[str, Call], free: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The scenes of `free` that words name, and true; all of it, and false, where none is named.

    The leading text decides where it names one; the other one where it does not, or as to which
    of several.
    """
    among, sure = free, False
    for by in ("named", "named_by_both"):
        weights = {key: getattr(calls.get(key, NO_CALL), by) for key in among}
        top = max(weights.values())
        if top >= _SURE:
            among = tuple(key for key in among if weights[key] >= _TIED * top)
            sure = True
    return among, sure


def _sections(shots: Sequence[Shot]) -> list[Section]:
    runs: list[list[int]] = []
    before: tuple[str, str, int] | None = None
    for i, shot in enumerate(shots):
        drive = shot.request.drive
        here = (drive.section, drive.letter, drive.turn) if drive else ("", "", 0)
        if here != before:
            runs.append([])
        runs[-1].append(i)
        before = here
    found = []
    for run in runs:
        drive, stage = shots[run[0]].request.drive, shots[run[0]].stage
        label, letter = (drive.section, drive.letter) if drive else ("", "")
        key = label if label == "chorus" else letter or label
        wears = key if stage.role is Role.PEAK else f"{key}/{label}/{stage.turn}"
        found.append(Section(key, wears, label, tuple(run)))
    return found


def _mark_rhymes(shots: Sequence[Shot]) -> None:
    """Find the shots that repeat earlier ones: the same motif, a seed a step or so on."""
    seen: dict[str, list[int]] = defaultdict(list)
    for i, shot in enumerate(shots):
        alike = seen[shot.request.motif]
        steps = {j: shot.request.seed - shots[j].request.seed for j in alike}
        shot.rhymes = next((j for j, step in steps.items() if 0 <= step <= _STEPS), None)
        alike.append(i)


def _mark_pictures(shots: Sequence[Shot], sections: Sequence[Section]) -> None:
    """Say which shots show one picture: those of one motif.

    Where there are too few motifs, those at one place in a section and wherever it comes again: a
    section shows a few pictures in turn.
    """
    motifs = {shot.request.motif for shot in shots if not shot.sure} - {""}
    for section in sections:
        count = _pictures(len(section.shots))
        for k, i in enumerate(section.shots):
            motif = shots[i].request.motif
            by_motif = len(motifs) >= _MOTIFS and motif
            shots[i].picture = motif if by_motif else f"{section.key} {k % count}"


def _pictures(shots: int) -> int:
    """Pictures that a section of so many shots shows in turn."""
    return 1 if shots <= 2 else 2 if shots <= 6 else 3
