"""A shot's prompt and negative, edited in place: saved when the typing rests, as one undo step."""

import asyncio

from nicegui import background_tasks

from songreel.models.edits import EditPrompt
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.shot_view import ShotView
from songreel.web.studio.kit import Button, Text, element, text_area

REST = 1.2
"""Seconds without a key after which what is typed is saved."""


class WordsField:
    """Two fields for one shot at a time.

    Args:
        bench: Where the words are saved.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._shot: ShotView | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._filling = False
        with element("div", "ed-words"):
            self.prompt = text_area("Prompt", on_change=self._typed)
            self.prompt.classes("ed-prompt").on("blur", self.save)
            self.negative = text_area("Kept out", on_change=self._typed)
            self.negative.classes("ed-negative").on("blur", self.save)
            with element("div", "ed-words-foot"):
                self._told = Text("", "p", "sr-hint ed-words-state")
                self._told._props["aria-live"] = "polite"
                self._reset = Button("Back to the planned words", self.reset, kind="quiet")

    async def show(self, shot: ShotView) -> None:
        """Show a shot's words; what was typed for another one is saved first."""
        if self._shot is not None and self._shot.id != shot.id:
            await self.save()
        same = self._shot is not None and self._shot.id == shot.id
        before, self._shot = self._shot, shot
        self._filling = True
        try:
            for field, name in ((self.prompt, "prompt"), (self.negative, "negative")):
                was = getattr(before, name) if before is not None else None
                # What somebody is typing is theirs until it is saved.
                if not same or field.value == was:
                    field.set_value(getattr(shot, name))
        finally:
            self._filling = False
        self._reset.set_visibility(shot.edited)
        if not same:
            self._told.set_text("")

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        shot = self._shot
        if shot is None:
            return False
        return (self.prompt.value, self.negative.value) != (shot.prompt, shot.negative)

    def _typed(self) -> None:
        if self._filling or not self.dirty:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._told.set_text("")
        self._waiting = background_tasks.create(self._later(), name="words are saved")

    async def _later(self) -> None:
        await asyncio.sleep(REST)
        self._waiting = None
        with self._told:
            await self.save()

    async def save(self) -> None:
        """Save what is typed, if it is other than what is there."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        shot = self._shot
        if shot is None or not self.dirty:
            return
        prompt, negative = self.prompt.value or "", self.negative.value or ""
        if not prompt.strip():
            self._told.set_text("The prompt is empty: a shot shows something. Not saved.")
            return
        refused = await self._bench.edit(
            EditPrompt(
                shot=shot.id,
                prompt=prompt if prompt != shot.prompt else None,
                negative=negative if negative != shot.negative else None,
            )
        )
        self._told.set_text(refused or "Saved.")

    async def reset(self) -> None:
        """The words as they were planned."""
        shot = self._shot
        if shot is None:
            return
        planned = shot.planned
        refused = await self._bench.edit(
            EditPrompt(shot=shot.id, prompt=planned.prompt, negative=planned.negative)
        )
        if not refused:
            self.prompt.set_value(planned.prompt)
            self.negative.set_value(planned.negative)
        self._told.set_text(refused or "As planned.")

    def focus(self) -> None:
        """Put the cursor into the prompt."""
        self.prompt.run_method("focus")
