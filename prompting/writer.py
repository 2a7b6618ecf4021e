"""A language model writes the film's story and pictures; the rules stand behind it."""

from collections.abc import Sequence

from songreel.models.lyrics import Line
from songreel.models.music import Analysis
from songreel.models.storyboard import Parts, Shot, Storyboard
from songreel.prompting.lint import lint
from songreel.prompting.lyrics import Lyrics, is_settled, lines_sung, placed, worded
from songreel.prompting.scribe import Scribe, Silent, WriterSettings
from songreel.prompting.script import (
    SCENES_SCHEMA,
    TALE_SCHEMA,
    Tale,
    Told,
    read_scenes,
    read_tale,
    repaired,
    scene_messages,
    story_messages,
)

__all__ = ["WriterSettings", "write"]

AT_ONCE = 16
"""Shots of one question: longer answers lose count."""


def write(
    storyboard: Storyboard,
    analysis: Analysis,
    writer: WriterSettings,
    lyrics: Lyrics | None = None,
) -> Storyboard:
    """`storyboard` with story and pictures from a language model.

    One question is for the story, one for each section's shots; cuts, cameras, sizes, colours and
    seeds stay the plan's. What comes back is checked by the same lint as everything else, and
    mended once; a shot that is still at fault, or any error of the endpoint, leaves the rules'
    words in their place, and the notices say so. Locked and edited shots stay.

    Args:
        storyboard: The plan by the rules.
        analysis: The song.
        writer: Who writes.
        lyrics: What is sung; pictures are to follow it.

    Raises:
        InvalidInput: The `openai` package is not installed.
        MachineError: The cache of answers cannot be written.
    """
    with Scribe(writer) as scribe:
        desk = _Desk(storyboard, scribe, lyrics, analysis)
        try:
            tale = desk.story(analysis)
        except Silent as error:
            tale = None
            desk.told.append(f"writer {writer.model}: {error}; the rules wrote the film")
        if tale is None:
            notices = (*storyboard.notices, *desk.told, *scribe.notices())
            return storyboard.model_copy(update={"notices": notices})
        made = desk.film(tale)
        notices = (*storyboard.notices, f"story: {tale.logline}", *desk.told, *scribe.notices())
        return made.model_copy(update={"story": tale.arc, "notices": notices})


class _Desk:
    """The film while it is being written."""

    def __init__(
        self, storyboard: Storyboard, scribe: Scribe, lyrics: Lyrics | None, analysis: Analysis
    ) -> None:
        self._plan, self._scribe = storyboard, scribe
        self.told: list[str] = []
        """Notices."""
        self._open = [s for s in storyboard.shots if not is_settled(storyboard, s)]
        self._sung: dict[str, list[Line]] = {}
        if lyrics is not None:
            lines, _ = placed(lyrics, analysis)
            own = lines_sung(storyboard, lines)
            self._sung = {s.id: said for s, said in zip(storyboard.shots, own, strict=True)}
        self._old = {(f.shot, f.rule) for f in lint(storyboard)}
        self._silent = False

    def story(self, analysis: Analysis) -> Tale | None:
        """The story, mended once; None, with a notice, where it cannot be used.

        Raises:
            Silent: No answer.
        """
        acting = [s.parts for s in self._plan.shots if s.parts and s.parts.subject]
        subject = acting[0].subject if acting else self._plan.look.world
        place = acting[0].place if acting else self._plan.look.world
        by_section: dict[int, list[str]] = {}
        for shot in self._plan.shots:
            lines = by_section.setdefault(shot.section, [])
            lines += [x.text for x in self._sung.get(shot.id, []) if x.text not in lines]
        messages = story_messages(self._plan, analysis, by_section, subject, place)
        count = len(self._plan.sections)
        answer = self._scribe.ask(messages, "story", TALE_SCHEMA)
        read = read_tale(answer, count)
        if isinstance(read, list):
            again = repaired(messages, answer, read)
            read = read_tale(self._scribe.ask(again, "story", TALE_SCHEMA), count)
        if isinstance(read, list):
            self.told.append(
                f"the writer's story cannot be used ({read[0]}); the rules wrote the film"
            )
            return None
        return read

    def film(self, tale: Tale) -> Storyboard:
        """The plan with every shot that could be written, section by section."""
        cast = self._cast(tale.cast)
        written: dict[str, Told] = {}
        firsts = self._first_of_takes()
        for section in range(len(self._plan.sections)):
            own = [s for s in self._open if s.section == section and firsts[s.id] == s.id]
            for i in range(0, len(own), AT_ONCE):
                if not self._silent:
                    written |= self._section(tale, section, own[i : i + AT_ONCE], written, cast)
        count = sum(firsts[shot.id] in written for shot in self._open)
        self.told.append(f"written by the writer: {count} of {len(self._plan.shots)} shots")
        changed = {
            s.id: self._changed(s, written.get(firsts[s.id]), cast) for s in self._open
        }  # fmt: skip
        shots = tuple(changed.get(shot.id, shot) for shot in self._plan.shots)
        return self._plan.model_copy(update={"shots": shots})

    def _cast(self, cast: str) -> str:
        """The cast as the whole film names it: the rules' own, where the lint minds the other."""
        acting = [s for s in self._open if s.parts and s.parts.subject]
        trial = self._tried({s.id: self._changed(s, None, cast) for s in acting})
        if not trial:
            return cast
        before = acting[0].parts.subject if acting and acting[0].parts else ""
        fault = next(iter(trial.values()))[0]
        self.told.append(f"the writer's cast cannot be used ({fault}); it stays {before}")
        return before

    def _section(
        self, tale: Tale, section: int, shots: Sequence[Shot], written: dict[str, Told], cast: str
    ) -> dict[str, Told]:
        """What is written for `shots`, mended once."""
        so_far = [told.seen for told in written.values()]
        messages = scene_messages(
            self._plan, tale, section, shots, self._sung, written, so_far
        )  # fmt: skip
        good: dict[str, Told] = {}
        faults: list[str] = []
        try:
            answer = self._scribe.ask(messages, "shots", SCENES_SCHEMA)
            good, faults = self._checked(answer, shots, written, cast)
            if faults:
                again = repaired(messages, answer, faults)
                answer = self._scribe.ask(again, "shots", SCENES_SCHEMA)
                mended, faults = self._checked(answer, shots, written, cast)
                good |= mended
        except Silent as error:
            self._silent = error.final
            where = "from here on" if error.final else "in its place"
            self.told.append(f"section {section + 1}: {error}; the rules wrote {where}")
            return good
        left = [shot.id for shot in shots if shot.id not in good]
        if left:
            self.told.append(
                f"the rules wrote {', '.join(left)} (section {section + 1}): {faults[0]}"
            )
        return good

    def _checked(
        self, answer: str, shots: Sequence[Shot], written: dict[str, Told], cast: str
    ) -> tuple[dict[str, Told], list[str]]:
        """The shots of an answer that hold, and the faults of the others."""
        good, faults = read_scenes(answer, shots)
        every = {**written, **good}
        trial = {s.id: self._changed(s, every.get(s.id), cast) for s in shots}
        for shot, found in self._tried(trial).items():
            if shot in good:
                faults += [f"{shot}: {text}" for text in found]
                del good[shot]
        return good, faults

    def _tried(self, changed: dict[str, Shot]) -> dict[str, list[str]]:
        """What the lint finds in changed shots that it did not find in the plan, by shot.

        It reads them alone, with a shot that shows the cast, by whom it knows who is meant.
        """
        acting = next((s for s in self._plan.shots if s.parts and s.parts.subject), None)
        read = [changed.get(s.id, s) for s in self._plan.shots if s.id in changed or s is acting]
        known = self._old | {(shot, "duplicate") for shot in changed}
        found: dict[str, list[str]] = {}
        if not read:
            return found
        for finding in lint(self._plan.model_copy(update={"shots": tuple(read)})):
            if finding.shot in changed and (finding.shot, finding.rule) not in known:
                found.setdefault(finding.shot, []).append(finding.text)
        return found

    def _changed(self, shot: Shot, told: Told | None, cast: str) -> Shot:
        """`shot` as it was written; without words of its own it still has the film's cast."""
        parts = shot.parts
        assert parts is not None
        update: dict[str, str] = {"subject": cast} if parts.subject else {}
        if told is not None:
            update |= {"seen": told.seen, "happens": told.happens}
            update |= {"action": told.action} if parts.subject else {}
            for field in ("light", "time", "mood"):
                if text := getattr(told, field):
                    update[field] = text
        sung = " / ".join(line.text for line in self._sung.get(shot.id, []))[:200]
        update |= {"words": sung} if sung else {}
        return worded(self._plan, shot, Parts.model_validate({**parts.model_dump(), **update}))

    def _first_of_takes(self) -> dict[str, str]:
        """For each open shot the one it is written like: the first of its take, else itself."""
        first: dict[tuple[object, ...], str] = {}
        found: dict[str, str] = {}
        for shot in self._open:
            key = (shot.take, shot.seed, shot.prompt) if shot.take else (shot.id,)
            found[shot.id] = first.setdefault(key, shot.id)
        return found
