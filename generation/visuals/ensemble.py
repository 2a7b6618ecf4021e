"""`fill`: a scene for each shot: the one that words name, else the one its picture is given."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import hypot
from statistics import median_low

from songreel.generation.visuals.breakdown import Section, Shot
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Role, Stage
from songreel.models.order import fingerprint

_HINT = 0.3
"""Weight of its leading words by which one shot leaves the scene of its picture."""
_SUIT, _CHANCE = 0.6, 0.15
"""Weight of mood, and of chance, against words."""
_AGAIN, _BESIDE, _BEYOND = 0.35, 0.5, 2.5
"""What a scene loses for each other picture that it shows already, for standing beside itself in
every shot, and for the part of the film beyond `_MOST` that it would have."""
_MOST = 1 / 3
_SHIFT = {Role.OPENING: -0.25, Role.RISE: 0.15, Role.PEAK: 0.25, Role.CLOSING: -0.3}
"""What a section's role adds to the arousal that its scenes should have."""
_LETTERING = 4
"""Of so many shots in a row, one may show sung words unasked: the third."""
_SUNG = 2
"""Words that must be sung in it."""

Known = Mapping[str, type[Scene]]


def fill(shots: Sequence[Shot], sections: Sequence[Section], known: Known, draw: int) -> None:
    """Give every shot its `scene`, and say `why`.

    Args:
        shots: Of the film, in order.
        sections: They tile the shots.
        known: The scenes by key.
        draw: Decides between what suits alike; another film's is another one.
    """
    pictures = _Pictures(shots, known, draw).scenes
    first: dict[tuple[str, str], str] = {}
    for shot in shots:
        _choose(shot, shots, pictures, draw)
        told = first.setdefault((shot.picture, shot.scene), shot.name)
        if not shot.sure and told != shot.name and shot.rhymes is None:
            shot.why.append(f"as in {told}: call-back")
    _part(shots, known)
    _show_words(shots, sections, known)


class _Pictures:
    """The scene of each of a film's pictures, where words name none; those with hints come first.

    What counts is what most of a picture's shots say: one edited prompt moves its own shot, and
    not the film.
    """

    def __init__(self, shots: Sequence[Shot], known: Known, draw: int) -> None:
        self._shots, self._known, self._draw = shots, known, draw
        self._members: dict[str, list[int]] = defaultdict(list)
        for i, shot in enumerate(shots):
            self._members[shot.picture].append(i)
        self._hints = {
            picture: {key: median_low([shots[i].call(key).weight for i in own]) for key in known}
            for picture, own in self._members.items()
        }
        self._share = dict.fromkeys(known, 0.0)
        self.scenes: dict[str, str] = {}
        for picture, own in self._members.items():
            sure = Counter(shots[i].among[0] for i in own if shots[i].sure)
            if 2 * sure.total() > len(own):
                self._give(picture, sure.most_common(1)[0][0])
        may = _unasked(shots, known)
        for picture in sorted(self._members.keys() - self.scenes, key=self._rank):
            worth = {key: self._worth(picture, key) for key in may}
            self._give(picture, max(worth, key=lambda key: worth[key]))

    def _give(self, picture: str, key: str) -> None:
        self.scenes[picture] = key
        self._share[key] += len(self._members[picture]) / len(self._shots)

    def _rank(self, picture: str) -> tuple[float, int]:
        return -round(max(self._hints[picture].values()), 1), self._members[picture][0]

    def _worth(self, picture: str, key: str) -> float:
        own, shots = self._members[picture], self._shots
        suit = sum(_suit(shots[i].stage, self._known[key]) for i in own) / len(own)
        beside = sum(key in self._beside(i) for i in own) / len(own)
        beyond = max(0.0, self._share[key] + len(own) / len(shots) - _MOST)
        again = sum(scene == key for scene in self.scenes.values())
        return (
            self._hints[picture][key]
            + _SUIT * suit
            + _CHANCE * _chance(self._draw, picture, key)
            - _AGAIN * again
            - _BESIDE * beside
            - _BEYOND * beyond
        )

    def _beside(self, i: int) -> set[str | None]:
        """What the pictures of the neighbours of shot `i` show, as far as it is known."""
        ends = [self._shots[k].picture for k in (i - 1, i + 1) if 0 <= k < len(self._shots)]
        return {self.scenes.get(picture) for picture in ends}


def _unasked(shots: Sequence[Shot], known: Known) -> list[str]:
    """The scenes that may come without being named: none whose music is not known."""
    drives = [shot.request.drive for shot in shots]
    deaf = {"words"} if any(drive and drive.spectrum for drive in drives) else {"words", "spectrum"}
    return [key for key, scene in known.items() if not scene.hears & deaf] or list(known)


def _choose(shot: Shot, shots: Sequence[Shot], pictures: Mapping[str, str], draw: int) -> None:
    rhyme = shots[shot.rhymes] if shot.rhymes is not None else None
    if len(shot.among) > 1 and rhyme is not None and rhyme.scene in shot.among:
        shot.scene, shot.why = rhyme.scene, [f"rhymes with {rhyme.name}: call-back"]
        return
    if shot.sure:
        shot.scene = max(shot.among, key=lambda key: _chance(draw, shot.request.motif, key))
        shot.why = list(shot.call(shot.scene).reasons)
        return
    shot.scene = pictures[shot.picture]
    hinted = max(shot.among, key=lambda key: shot.call(key).lead)
    by_motif = shot.picture == shot.request.motif
    if not by_motif and shot.call(hinted).lead - shot.call(shot.scene).lead >= _HINT:
        shot.scene, shot.why = hinted, list(shot.call(hinted).reasons)
        return
    if shot.call(shot.scene).weight > 0:
        shot.why = list(shot.call(shot.scene).reasons)
    valence, arousal = shot.stage.mood
    shot.why.append(f"suits mood {valence:.1f}/{arousal:.1f}")


def _part(shots: Sequence[Shot], known: Known) -> None:
    """Change the second of two neighbours that show one scene where nothing asks for it."""
    for i in range(1, len(shots)):
        before, shot = shots[i - 1], shots[i]
        if shot.sure or shot.scene != before.scene or shot.picture == before.picture:
            continue
        beside = {before.scene} | {after.scene for after in shots[i + 1 : i + 2]}
        free = [key for key in _unasked(shots, known) if key not in beside]
        if free:
            shot.why = [f"not {known[shot.scene].name} again: {before.name} shows it"]
            worth = {k: shot.call(k).weight + _SUIT * _suit(shot.stage, known[k]) for k in free}
            shot.scene = max(worth, key=lambda key: worth[key])


def _show_words(shots: Sequence[Shot], sections: Sequence[Section], known: Known) -> None:
    """Show sung words in a share of the shots that words leave open."""
    lettering = [key for key, scene in known.items() if "words" in scene.hears]
    if not lettering or len(shots) < _LETTERING:
        return
    for section in sections:
        for shot in (shots[i] for i in section.shots[2::_LETTERING]):
            drive = shot.request.drive
            sung = [word.text for word in drive.words if word.end > 0] if drive else []
            if not shot.sure and len(sung) >= _SUNG:
                shot.scene = max(lettering, key=lambda key: _chance(shot.picture, key))
                shot.why = [f"'{' '.join(sung[:3])} …' is sung"]


def _suit(stage: Stage, scene: type[Scene]) -> float:
    """How well a scene suits the mood, energy and role of a shot, 0 to 1."""
    valence, arousal = stage.mood
    wanted = 0.5 * (arousal + 2.0 * stage.energy - 1.0) + _SHIFT.get(stage.role, 0.0)
    return 1.0 - hypot(valence - scene.mood[0], wanted - scene.mood[1]) / 2.83


def _chance(*parts: str | int) -> float:
    """A number in [0, 1) that follows from `parts`."""
    return int(fingerprint(parts)[:8], 16) / 2**32
