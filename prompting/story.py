"""The story over a whole song: what the subject does where, and its arc, a line a section."""

from collections.abc import Sequence
from itertools import groupby

from songreel.models.storyboard import Parts, Shot
from songreel.prompting.looks import LookBook
from songreel.prompting.sentences import capital
from songreel.prompting.slots import Slot

COVERAGE = 3
"""Shots that one line of the story is told over: seen from far and from near, between pictures
without the subject."""
_STAGES = {
    "intro": "arrival", "verse": "search", "instrumental": "search", "pre-chorus": "gathering",
    "build": "gathering", "chorus": "release", "drop": "release", "solo": "release",
    "bridge": "stillness", "break": "stillness", "silence": "stillness", "outro": "farewell",
}  # fmt: skip
_OPEN_STAGES = ("stillness", "search", "search", "gathering", "release")
"""Stages of sections whose function is not known, by their rank in energy, calmest first."""


def stages_of(slots: Sequence[Slot]) -> list[str]:
    """Where the story stands in each shot."""
    return [_stage(slot, i == 0) for i, slot in enumerate(slots)]


def _stage(slot: Slot, first: bool) -> str:
    """By the section's label, and by energy where that says nothing."""
    if first or slot.song < 0.04:
        return "arrival"
    if slot.song > 0.93:
        return "farewell"
    known = _STAGES.get(slot.section.label)
    if known == "arrival" and slot.song > 0.5:
        return "search"
    if known is not None:
        return known
    return _OPEN_STAGES[min(int(slot.rank * len(_OPEN_STAGES)), len(_OPEN_STAGES) - 1)]


def actions(slots: Sequence[Slot], stages: Sequence[str], book: LookBook) -> list[str]:
    """What the subject does in each shot, should the shot show it.

    The lines of a stage are told in order over all its sections, so that the second verse goes on
    where the first one stopped, and each holds for a few shots. The last line of the farewell is
    kept for the film's last shot.
    """
    found: list[str] = []
    runs = [
        (key[1], [slot for slot, _ in group])
        for key, group in groupby(
            zip(slots, stages, strict=True), key=lambda pair: (pair[0].cut.section, pair[1])
        )
    ]
    reached: dict[str, int] = {}
    for name, run in runs:
        lines: tuple[str, ...] = getattr(book.story, name)
        if name == "farewell":
            lines = lines[:-1] or lines
        recurs = sum(other == name for other, _ in runs) > 1
        # A stage that comes back keeps a line for then.
        most = max(1, len(lines) - 1) if recurs else len(lines)
        told = min(max(1, round(len(run) / COVERAGE)), most)
        start, end = run[0].cut.time, run[-1].end
        for slot in run:
            along = (slot.cut.time - start) / (end - start)
            found.append(lines[(reached.get(name, 0) + int(along * told)) % len(lines)])
        reached[name] = reached.get(name, 0) + told
    if len(found) > 1:
        found[-1] = book.story.farewell[-1]
    return found


def arc(shots: Sequence[Shot], slots: Sequence[Slot], sections: int) -> tuple[str, ...]:
    """The story as the film tells it: a line for each section, from what its shots show."""
    told: list[list[Parts]] = [[] for _ in range(sections)]
    stages: list[str] = [""] * sections
    for shot, stage in zip(shots, stages_of(slots), strict=True):
        stages[shot.section] = stages[shot.section] or stage
        if shot.parts is not None:
            told[shot.section].append(shot.parts)
    return tuple(_line(stage, parts) for stage, parts in zip(stages, told, strict=True))


def _line(stage: str, told: Sequence[Parts]) -> str:
    """What happens in one section, in a sentence or two."""
    if not told:
        return ""
    deeds = list(dict.fromkeys(parts.action for parts in told if parts.action))
    who = next((parts.subject for parts in told if parts.subject), "")
    what = f"{who} {'; then '.join(deeds)}" if deeds else told[0].seen
    time = f" {capital(told[0].time)}." if told[0].time else ""
    return f"{stage.capitalize()}: {what.strip()}.{time}"
