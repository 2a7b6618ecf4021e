"""The story over a whole song: what the subject does where, and its arc, a line a section."""

from collections.abc import Sequence
from itertools import groupby

from songreel.models.storyboard import Shot
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


def stage(slot: Slot, first: bool) -> str:
    """Where the story stands: by the section's label, and by energy where that says nothing."""
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


def actions(slots: Sequence[Slot], book: LookBook) -> list[str]:
    """What the subject does in each shot, should the shot show it.

    The lines of a stage are told in order over all its sections, so that the second verse goes on
    where the first one stopped, and each holds for a few shots. The last line of the farewell is
    kept for the film's last shot.
    """
    found: list[str] = []
    stages = [stage(slot, i == 0) for i, slot in enumerate(slots)]
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
    return tuple(
        _line([(shot, slot, i == 0) for i, (shot, slot) in enumerate(
            zip(shots, slots, strict=True)) if shot.section == index])
        for index in range(sections)
    )  # fmt: skip


def _line(told: Sequence[tuple[Shot, Slot, bool]]) -> str:
    """What happens in one section, as a sentence or two."""
    parts = [shot.parts for shot, _, _ in told if shot.parts is not None]
    if not told or not parts:
        return ""
    deeds = list(dict.fromkeys(part.action for part in parts if part.action))
    who = next((part.subject for part in parts if part.subject), "")
    seen = ", then ".join(deeds) if deeds else max(
        (part.seen for part in parts), key=[part.seen for part in parts].count
    )  # fmt: skip
    time = f" {capital(parts[0].time)}." if parts[0].time else ""
    return f"{stage(told[0][1], told[0][2]).capitalize()}: {who} {seen}.{time}".replace(":  ", ": ")
