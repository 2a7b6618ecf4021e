"""`cast`: which scene each shot of a film shows, how it is set, and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from statistics import median_low
from typing import NamedTuple

from songreel.generation.visuals.calls import Call, Calls, Film
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.dressing import Wardrobe
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.clip import ClipRequest, fingerprint

_SURE = 0.75
"""Weight of words from which on they decide alone: one word of a prompt that is a scene's own."""
_TIED = 0.9
"""Share of the strongest call's weight at which another is as strong."""
_HINT = 0.3
"""Weight by which words below `_SURE` carry a shot away from the group of its section."""
_SUIT = 0.6
"""Weight of mood, against words; likewise of chance, of what the section before shows, and of
each tenth of the film that a scene would have beyond a third."""
_CHANCE, _BEFORE, _BEYOND = 0.12, 0.4, 0.25
_MOST = 1 / 3
_SHIFT = {Role.OPENING: -0.25, Role.RISE: 0.15, Role.PEAK: 0.25, Role.CLOSING: -0.3}
"""What a section's role adds to the arousal that its scenes should have."""
_STEPS = 12
"""Rhymes' seeds are at most so far apart: a later chorus adds its number to the first's."""
_LETTERING = 4
"""Of so many shots in which words are sung, one may show them unasked."""


@dataclass(frozen=True)
class Casting:
    """What one shot shows, and why."""

    scene: str
    """Key of the scene."""
    settings: Mapping[str, str]
    reasons: tuple[str, ...]
    """A clause each, the weightiest first; those for settings begin with the setting's name."""

    @property
    def cast(self) -> Cast:
        """As a request carries it."""
        return Cast(self.scene, self.settings)


class _Section(NamedTuple):
    """A run of shots over one section of the song."""

    key: str
    """The same for sections that call one another back."""
    wears: str
    """The same for sections whose scenes are set alike: choruses."""
    label: str
    role: Role
    turn: int
    shots: tuple[int, ...]


@dataclass
class _Shot:
    name: str
    request: ClipRequest
    stage: Stage
    calls: Mapping[str, Call]
    among: tuple[str, ...]
    """The scenes that words leave to choose from; all that may be shown where none decide."""
    sure: bool
    """Whether words decide."""
    rhymes: int | None = None
    """Index of the earlier shot that this one repeats."""
    scene: str = ""
    why: list[str] = field(default_factory=list)

    def weight(self, scene: str) -> float:
        """How surely words call `scene`."""
        call = self.calls.get(scene)
        return call.weight if call else 0.0


def cast(
    requests: Mapping[str, ClipRequest], known: Mapping[str, type[Scene]] | None = None
) -> dict[str, Casting]:
    """The scene and settings of every shot of a film.

    Words decide where they name a scene. Where they do not, each letter of the form gets a small
    group of scenes that suit its mood, energy and role, and shows them in turn; sections that
    come again show the same ones in the same order, neighbouring sections other ones, and no
    scene much more than a third of the film.

    It follows from the requests and the scenes alone. Another prompt for one shot changes that
    shot, at most the next one too.

    Args:
        requests: By shot, in the film's order; a film of one is cast in the same way.
        known: Scenes by key; all there are where left out.
    """
    known = scenes() if known is None else known
    film, calls = Film.of(requests.values()), Calls(known)
    # One edited seed moves the film's draw only where it is the lowest, and by a step not even so.
    draw = min((request.seed for request in requests.values()), default=0) >> 10
    shots = [_read(name, one, calls, film, known) for name, one in requests.items()]
    sections = _sections(shots)
    _rhyme(shots)
    groups = _groups(shots, sections, known, draw)
    _fill(shots, sections, groups, known)
    _letter(shots, sections, known)
    wardrobe, castings = Wardrobe(film, draw), {}
    for section in sections:
        for i in section.shots:
            shot = shots[i]
            dressed = wardrobe.dress(
                shot.scene, known[shot.scene], shot.request, shot.stage.mood, section.wears
            )
            castings[shot.name] = Casting(
                shot.scene, dressed.settings, (*shot.why, *dressed.reasons)
            )
    return castings


def explain(
    requests: Mapping[str, ClipRequest], known: Mapping[str, type[Scene]] | None = None
) -> list[dict[str, object]]:
    """The whole casting as rows for a table: shot, section, motif, scene, name, settings, why."""
    known = scenes() if known is None else known
    rows: list[dict[str, object]] = []
    for shot, casting in cast(requests, known).items():
        request = requests[shot]
        drive = request.drive
        rows.append(
            {
                "shot": shot,
                "section": drive.section if drive else "",
                "letter": drive.letter if drive else "",
                "turn": drive.turn if drive else 0,
                "motif": request.motif,
                "scene": casting.scene,
                "name": known[casting.scene].name,
                "settings": dict(casting.settings),
                "reasons": list(casting.reasons),
            }
        )
    return rows


def alone(request: ClipRequest, scene: type[Scene] | None = None) -> ClipRequest:
    """`request` with a cast of its own in `source`, unless it has one.

    Args:
        request: Of one clip, out of any film.
        scene: The one to show, whatever the words say.
    """
    if Cast.of(request).scene:
        return request
    known = scenes() if scene is None else {scene.__name__.lower(): scene}
    chosen = cast({"": request}, known)[""].cast
    return request.model_copy(update={"source": (*request.source, *chosen.to_source())})


def levelled(request: ClipRequest, scene: type[Scene]) -> ClipRequest:
    """`request` without what `scene` does not hear, so that a change there makes no new clip."""
    level: dict[str, object] = {"start": None, "end": None, "references": (), "take": None}
    if "prompt" not in scene.hears:
        level |= {"prompt": "", "negative": "", "motif": ""}
    if request.drive is not None:
        deaf: dict[str, object] = {}
        if "words" not in scene.hears:
            deaf["words"] = ()
        if "spectrum" not in scene.hears:
            deaf["spectrum"] = None
        level["drive"] = request.drive.model_copy(update=deaf)
    return request.model_copy(update=level)


def named(motif: str, known: Mapping[str, type[Scene]]) -> tuple[str, ...]:
    """The scenes that a motif names by itself; none where it names none."""
    calls: dict[str, Call] = Calls(known).of_motif(motif)
    among, sure = _called(calls, tuple(known))
    return among if sure else ()


def _read(
    name: str,
    request: ClipRequest,
    calls: Calls,
    film: Film,
    known: Mapping[str, type[Scene]],
) -> _Shot:
    sung = request.drive is not None and bool(request.drive.words)
    free = tuple(k for k, scene in known.items() if sung or "words" not in scene.hears)
    free = free or tuple(known)
    called = calls.of(request, film)
    among, sure = _called(called, free)
    return _Shot(name, request, Stage(request), called, among, sure)


def _called(calls: Mapping[str, Call], free: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The scenes of `free` that words name, and true; all of it and false where none is named.

    The leading text decides where it names one; the other one where it does not, or as to which
    of several.
    """
    among, sure = free, False
    for by in ("lead", "weight"):
        weights = {k: getattr(calls[k], by) if k in calls else 0.0 for k in among}
        top = max(weights.values())
        if top >= _SURE:
            among = tuple(key for key in among if weights[key] >= _TIED * top)
            sure = True
    return among, sure


def _sections(shots: Sequence[_Shot]) -> list[_Section]:
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
        found.append(_Section(key, wears, label, stage.role, stage.turn, tuple(run)))
    return found


def _rhyme(shots: Sequence[_Shot]) -> None:
    """Find the shots that repeat earlier ones: the same motif, a seed a step or so on."""
    seen: dict[str, list[int]] = defaultdict(list)
    for i, shot in enumerate(shots):
        for j in seen[shot.request.motif]:
            if 0 <= shot.request.seed - shots[j].request.seed <= _STEPS:
                shot.rhymes = j
                break
        seen[shot.request.motif].append(i)


def _groups(
    shots: Sequence[_Shot],
    sections: Sequence[_Section],
    known: Mapping[str, type[Scene]],
    draw: int,
) -> dict[str, list[str]]:
    """The scenes that each letter of the form shows where words do not decide, best first."""
    lengths: Counter[str] = Counter()
    for section in sections:
        lengths[section.key] += len(section.shots)
    shares: Counter[str] = Counter()
    for shot in shots:
        if shot.sure:
            shares[shot.among[0]] += 1
    # In tenths: one more shot that words decide must not recast the film.
    use = {key: round(10 * shares[key] / len(shots)) / 10 for key in known}
    groups: dict[str, list[str]] = {}
    before: list[str] = []
    for section in sections:
        if section.key in groups:
            before = groups[section.key]
            continue
        members = [shots[i] for i in section.shots]
        size = _size(len(members))
        share = lengths[section.key] / len(shots) / size

        def worth(key: str) -> float:
            said = median_low([shot.weight(key) for shot in members])  # noqa: B023
            beyond = max(0.0, use[key] + share - _MOST)  # noqa: B023
            chance = int(fingerprint([draw, section.key, key])[:8], 16) / 2**32  # noqa: B023
            suit = _suit(members[0].stage, section.role, known[key])  # noqa: B023
            return (
                said
                + _SUIT * suit
                + _CHANCE * chance
                - _BEFORE * (key in before)  # noqa: B023
                - 10 * _BEYOND * beyond
            )

        may = [k for k, scene in known.items() if not scene.hears & {"words"}] or list(known)
        heard = members[0].request.drive is not None and members[0].request.drive.spectrum
        may = [k for k in may if heard or "spectrum" not in known[k].hears] or may
        group = sorted(may, key=worth, reverse=True)[:size]
        for key in group:
            use[key] += share
        groups[section.key] = before = group
    return groups


def _size(shots: int) -> int:
    """Scenes that a section of so many shots shows in turn."""
    return 1 if shots <= 2 else 2 if shots <= 6 else 3 if shots <= 16 else 4


def _suit(stage: Stage, role: Role, scene: type[Scene]) -> float:
    """How well a scene suits the mood, energy and role of a section, 0 to 1."""
    valence, arousal = stage.mood
    wanted = 0.5 * (arousal + 2.0 * stage.energy - 1.0) + _SHIFT.get(role, 0.0)
    return 1.0 - hypot(valence - scene.mood[0], wanted - scene.mood[1]) / 2.83


def _fill(
    shots: Sequence[_Shot],
    sections: Sequence[_Section],
    groups: Mapping[str, list[str]],
    known: Mapping[str, type[Scene]],
) -> None:
    """Give every shot its scene: by words, by rhyme, else by its place in the section's group."""
    for section in sections:
        group = groups[section.key]
        for k, i in enumerate(section.shots):
            _choose(shots, i, group, k, section)
    for section in sections:
        group = groups[section.key]
        for i in section.shots:
            shot = shots[i]
            before = shots[i - 1] if i else None
            if before is None or before.scene != shot.scene or len(shot.among) == 1:
                continue
            if len(group) == 1 and i != section.shots[0]:
                continue  # a short section is one picture
            beside = {before.scene} | ({shots[i + 1].scene} if i + 1 < len(shots) else set())
            others = [key for key in (*group, *known) if key in shot.among and key not in beside]
            others = [k for k in others if "words" not in known[k].hears]
            if others:
                shot.why = [f"not {known[shot.scene].name} again: {before.name} shows it"]
                shot.scene = others[0]


def _choose(
    shots: Sequence[_Shot], i: int, group: Sequence[str], k: int, section: _Section
) -> None:
    shot = shots[i]
    turn = group[k % len(group)]
    rhyme = shots[shot.rhymes] if shot.rhymes is not None else None
    if len(shot.among) == 1:
        shot.scene = shot.among[0]
        shot.why = list(shot.calls[shot.scene].reasons)
        return
    if rhyme is not None and rhyme.scene in shot.among:
        shot.scene = rhyme.scene
        shot.why = [f"rhymes with {rhyme.name}: call-back"]
        return
    if shot.sure:
        inside = [key for key in group if key in shot.among]
        shot.scene = turn if turn in shot.among else (inside or list(shot.among))[0]
        shot.why = list(shot.calls[shot.scene].reasons)
        return
    hinted = max(shot.among, key=shot.weight)
    if shot.weight(hinted) - shot.weight(turn) >= _HINT and hinted not in group:
        shot.scene = hinted
        shot.why = list(shot.calls[hinted].reasons)
        return
    shot.scene = turn
    valence, arousal = shot.stage.mood
    shot.why = (
        [f"the {section.label or 'section'} before showed it: call-back"]
        if section.turn and section.role is Role.PEAK
        else [f"suits mood {valence:.1f}/{arousal:.1f}"]
    )
    if shot.weight(turn) > 0:
        shot.why += shot.calls[turn].reasons


def _letter(
    shots: Sequence[_Shot], sections: Sequence[_Section], known: Mapping[str, type[Scene]]
) -> None:
    """Show sung words in a share of the shots that words leave open."""
    lettering = [key for key, scene in known.items() if "words" in scene.hears]
    if not lettering or len(shots) < _LETTERING:
        return
    for section in sections:
        for k, i in enumerate(section.shots):
            shot, drive = shots[i], shots[i].request.drive
            if shot.sure or drive is None or k % _LETTERING != 1:
                continue
            sung = [word for word in drive.words if word.end > 0]
            if len(sung) >= 2:
                shot.scene = max(lettering, key=shot.weight)
                words = " ".join(word.text for word in sung[:3])
                shot.why = [f"'{words} …' is sung"]
