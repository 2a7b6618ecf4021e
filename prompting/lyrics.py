"""Images follow the words: what is sung in a shot comes into its picture."""

import re
from collections.abc import Sequence
from itertools import pairwise

from songreel.models.lyrics import Line, Lyrics
from songreel.models.music import Analysis, Section
from songreel.models.storyboard import Parts, Shot, ShotSize, Storyboard
from songreel.prompting.dialects import words
from songreel.prompting.imagery import Image, fits, images, lexicon
from songreel.prompting.lint import lint
from songreel.prompting.lyric_files import read_lyrics

__all__ = ["Line", "Lyrics", "follow", "lines_sung", "placed", "read_lyrics"]

NEAR = frozenset((ShotSize.MEDIUM, ShotSize.CLOSE, ShotSize.EXTREME_CLOSE))
SUNG = ("verse", "pre-chorus", "chorus", "bridge", "section")
HEARD = 0.4
"""Seconds of a line that count as sung in a shot, where that is a quarter of the line or shot."""
LONGEST = 200
"""Characters of the words that a shot keeps."""


def follow(storyboard: Storyboard, lyrics: Lyrics, analysis: Analysis) -> Storyboard:
    """`storyboard` with pictures that follow the words.

    Each shot knows the lines sung in it. What can be seen in them comes into the picture: a scene
    such as rain as what happens, a thing in front of what is seen, a verb as what the subject
    does. Abstract words change mood and light alone. A line that returns brings the same image,
    varied. The look's world stays: what its negative forbids, or its place and light have no room
    for, is left out, and so is what the lint finds fault with. Locked and edited shots stay.
    """
    lines, told = placed(lyrics, analysis)
    sung = lines_sung(storyboard, lines)
    painter = _Painter(storyboard)
    shots: list[Shot] = []
    left: list[str] = []
    for shot, own in zip(storyboard.shots, sung, strict=True):
        if own and is_settled(storyboard, shot):
            left.append(shot.id)
        shots.append(
            shot if not own or is_settled(storyboard, shot) else painter.painted(shot, own)
        )
    made = _without_faults(storyboard, storyboard.model_copy(update={"shots": tuple(shots)}))
    pictured = sum(_seen(a) != _seen(b) for a, b in _pairs(storyboard, made))
    moods = sum(_seen(a) == _seen(b) and a.prompt != b.prompt for a, b in _pairs(storyboard, made))
    heard = sum(bool(own) for own in sung)
    told.append(
        f"{lyrics.source}: words are sung in {heard} of {len(shots)} shots; {pictured} show what "
        f"they say, {moods} more take their mood"
    )
    if left:
        names = ", ".join(left[:8]) + (" and others" if len(left) > 8 else "")
        told.append(f"locked or edited, so they do not follow the words: {names}")
    return made.model_copy(update={"notices": (*storyboard.notices, *told)})


def is_settled(storyboard: Storyboard, shot: Shot) -> bool:
    """Whether a shot stays as it is: locked, or worded by a person."""
    if shot.locked or shot.parts is None:
        return True
    return shot.prompt != words(shot, storyboard.look, storyboard.dialect).prompt


def worded(storyboard: Storyboard, shot: Shot, parts: Parts) -> Shot:
    """`shot` with other parts and the words they make; a negative that was edited stays."""
    before = words(shot, storyboard.look, storyboard.dialect)
    changed = shot.model_copy(update={"parts": parts})
    after = words(changed, storyboard.look, storyboard.dialect)
    negative = after.negative if shot.negative == before.negative else shot.negative
    return changed.model_copy(update={"prompt": after.prompt, "negative": negative})


def lines_sung(storyboard: Storyboard, lines: Sequence[Line]) -> list[list[Line]]:
    """For each shot the lines sung in it; of a line with word times only the words in it."""
    return [
        [part for line in lines if (part := _within(line, start, end)) is not None]
        for start, end in storyboard.spans
    ]


def _within(line: Line, start: float, end: float) -> Line | None:
    """What of `line` is sung in a span."""
    assert line.start is not None
    assert line.end is not None
    if line.words:
        own = tuple(word for word in line.words if start <= word.start < end)
        text = " ".join(word.text for word in own)
        return line.model_copy(update={"text": text, "words": own}) if own else None
    shared = min(line.end, end) - max(line.start, start)
    shorter = min(line.end - line.start, end - start)
    least = max(min(HEARD, shorter / 2), shorter / 4)
    return line if shared >= least - 1e-9 else None


def placed(lyrics: Lyrics, analysis: Analysis) -> tuple[list[Line], list[str]]:
    """Every line with its times, and notices; without times they are spread over the song.

    One stanza goes to each sung section where there are as many of them; else the lines share the
    sung sections in order, each as long as its words want.
    """
    if lyrics.timed:
        return list(lyrics.lines), list(lyrics.notices)
    sections = [s for s in analysis.sections if s.label in SUNG] or list(analysis.sections)
    stanzas = list(dict.fromkeys(line.stanza for line in lyrics.lines))
    groups: list[tuple[list[Line], list[Section]]] = [(list(lyrics.lines), sections)]
    if len(stanzas) == len(sections):
        groups = [
            ([line for line in lyrics.lines if line.stanza == stanza], [section])
            for stanza, section in zip(stanzas, sections, strict=True)
        ]
    lines = [line for own, places in groups for line in _spread(own, places)]
    notice = (
        f"{lyrics.source} has no times: its {len(lyrics.lines)} lines are spread over the "
        f"{len(sections)} sung sections in order (trust {lyrics.trust:g}), so pictures may come "
        "early or late; an LRC file has times"
    )
    return lines, [*lyrics.notices, notice]


def _spread(lines: Sequence[Line], sections: Sequence[Section]) -> list[Line]:
    """`lines` one after the other over `sections`; a line never runs on into the next section."""
    weights = [2 + len(line.text.split()) for line in lines]
    total = sum(section.end - section.start for section in sections)
    marks = [0.0]
    for weight in weights:
        marks.append(marks[-1] + total * weight / sum(weights))
    made: list[Line] = []
    for line, (first, last) in zip(lines, pairwise(marks), strict=True):
        passed = 0.0
        for section in sections:
            length = section.end - section.start
            if first < passed + length - 1e-9:
                start = section.start + first - passed
                end = min(section.start + last - passed, section.end)
                made.append(line.model_copy(update={"start": start, "end": max(end, start + 0.1)}))
                break
            passed += length
    return made


class _Painter:
    """Paints what is sung, and remembers what it has painted for which line."""

    def __init__(self, storyboard: Storyboard) -> None:
        self._storyboard = storyboard
        self._times: dict[str, list[float]] = {}
        """When each line was sung, by its words."""
        self._turns: dict[tuple[str, float], int] = {}
        """Shots that one singing of a line has had."""
        self._used: dict[str, int] = {}
        """How often an image was shown."""
        self._takes: dict[tuple[str, int, Parts], Parts] = {}

    def painted(self, shot: Shot, lines: Sequence[Line]) -> Shot:
        """`shot` with the images of the lines sung in it."""
        parts = shot.parts
        assert parts is not None
        text = " / ".join(line.text for line in lines)[:LONGEST]
        # Portions of one take stay one clip: they show the same, whatever is sung in them.
        take = (shot.take, shot.seed, parts) if shot.take else None
        if take in self._takes:
            return worded(self._storyboard, shot, self._takes[take])
        made = parts.model_copy(update={"words": text})
        told: set[str] = set()
        for line in lines:
            made = self._line(made, shot, line, told)
        if take:
            self._takes[take] = made
        return worded(self._storyboard, shot, made)

    def _line(self, parts: Parts, shot: Shot, line: Line, told: set[str]) -> Parts:
        """`parts` with one line's images, of each role that is still free."""
        name = " ".join(re.findall(r"[^\W_]+", line.text.lower()))
        start = line.start or 0.0
        sung = self._times.setdefault(name, [])
        if start not in sung:
            sung.append(start)
        turn = self._turns.get((name, start), 0)
        self._turns[name, start] = turn + 1
        found = [i for i in images(line.text) if fits(i, parts, self._storyboard.look.negative)]
        pictures = [i for i in found if i.role in ("scene", "thing")]
        acts = [i for i in found if i.role == "act"] if parts.subject else []
        moods = [i for i in found if i.role == "mood"]
        for role, candidates in (("picture", pictures), ("act", acts), ("mood", moods)):
            if role not in told and candidates:
                told.add(role)
                image = candidates[turn % len(candidates)]
                again = sung.index(start) + (0 if len(sung) > 1 else self._used.get(image.key, 0))
                self._used[image.key] = self._used.get(image.key, 0) + 1
                parts = _shown(parts, shot.size, image, again % 2)
        return parts


def _shown(parts: Parts, size: ShotSize, image: Image, variant: int) -> Parts:
    """`parts` with one image in them."""
    known = lexicon()
    if image.role == "act":
        return parts.model_copy(update={"action": known.act[image.name][variant]})
    if image.role == "mood":
        feeling = known.mood[image.name]
        light = parts.light.removesuffix(f", {feeling.light}")
        return parts.model_copy(update={"mood": feeling.mood, "light": f"{light}, {feeling.light}"})
    if image.role == "scene":
        scene = known.scene[image.name]
        pair = {"calm": scene.calm, "rising": scene.rising, "wild": scene.wild}[parts.pace]
        return parts.model_copy(update={"happens": pair[variant]})
    kind = known.kind[image.name]
    if size in NEAR and not parts.subject:
        front = kind.front[variant].format(image.thing)
        return parts.model_copy(update={"seen": f"{front} {parts.seen}"})
    pair = {"calm": kind.calm, "rising": kind.rising, "wild": kind.wild}[parts.pace]
    return parts.model_copy(update={"happens": pair[variant].format(image.thing)})


def _without_faults(before: Storyboard, after: Storyboard) -> Storyboard:
    """`after`, where a shot in which the words bring a new fault is as it was `before`."""
    old = {(finding.shot, finding.rule) for finding in lint(before)}
    faulty = {f.shot for f in lint(after) if (f.shot, f.rule) not in old and f.rule != "duplicate"}
    shots = tuple(
        worded(before, shot, shot.parts.model_copy(update={"words": new.parts.words}))
        if shot.id in faulty and shot.parts is not None and new.parts is not None
        else new
        for shot, new in _pairs(before, after)
    )
    return after.model_copy(update={"shots": shots})


def _pairs(before: Storyboard, after: Storyboard) -> list[tuple[Shot, Shot]]:
    return list(zip(before.shots, after.shots, strict=True))


def _seen(shot: Shot) -> tuple[str, ...]:
    parts = shot.parts
    return (parts.seen, parts.happens, parts.action) if parts else ()
