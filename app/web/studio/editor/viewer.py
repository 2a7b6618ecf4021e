"""The viewer: film, plan or animatic, told apart honestly. `Viewer`."""

from collections.abc import Awaitable, Callable
from typing import Literal

from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import Mode, Stage
from songreel.web.studio.editor.film_state import changed_text
from songreel.web.studio.editor.plan_view import plan_shots
from songreel.web.studio.kit import Button, Text, element

Chosen = Literal["", "film", "animatic", "plan"]


class Viewer:
    """What is seen at the playhead.

    Args:
        bench: The project.
        cut_again: Makes the film anew.
    """

    def __init__(self, bench: Bench, cut_again: Callable[[], Awaitable[None]]) -> None:
        self._bench = bench
        self._chosen: Chosen = ""
        with element("section", "ed-viewer", aria_label="Viewer"):
            with element("div", "ed-viewer-head"):
                self._tabs = element("div", "ed-views", role="group", aria_label="What is shown")
                self._note = Text("", "span", "sr-hint ed-viewer-note")
                # In this line, so that the picture keeps its size when the first edit is made.
                self._banner = element("div", "ed-banner")
                with self._banner:
                    self._changed = Text("", "p")
                    Button("Cut it again", cut_again, icon="cut")
                self._said = Text("", "span", "ed-said")
                self._said._props |= {"role": "status"}
            self._stage = Stage()
        bench.on("film", self.refresh)
        bench.on("board", self.refresh)
        bench.on("shots", self.refresh)
        bench.on("files", self.refresh)

    def refresh(self) -> None:
        """Show what there is now."""
        seen = self._bench.seen
        there: dict[Mode, str] = {}
        if seen.film is not None:
            there["film"] = "Film"
        if seen.animatic:
            there["animatic"] = "Animatic"
        if seen.board.shots:
            there["plan"] = "Plan"
        mode: Mode = next(
            (name for name in there if name == self._chosen), next(iter(there), "plan")
        )
        self._draw_tabs(there, mode)
        changed = seen.film.changed if seen.film is not None else ()
        told = bool(changed) and mode == "film" and not self._bench.making
        self._banner.set_visibility(told)
        self._changed.set_text(changed_text(changed))
        self._changed._props["title"] = changed_text(changed)
        self._note.set_visibility(not told)
        self._note.set_text(self._told(mode))
        spec = seen.state.spec
        aspect, rate = f"{spec.width} / {spec.height}", float(spec.rate)
        label = f"{there.get(mode, 'nothing yet')} of {seen.board.title} at the playhead"
        if mode == "film" and seen.film is not None:
            self._stage.show(
                mode, label=label, aspect=seen.film.aspect, rate=float(seen.film.rate),
                src=self._bench.media("film", seen.film.stamp),
            )  # fmt: skip
        elif mode == "animatic":
            self._stage.show(
                mode, label=label, aspect=aspect, rate=rate,
                src=self._bench.media("animatic", seen.animatic),
            )  # fmt: skip
        else:
            self._stage.show(
                "plan", label=label, aspect=aspect, rate=rate, shots=plan_shots(self._bench)
            )

    def say(self, text: str) -> None:
        """Tell something that needs no answer, where people look; also to screen readers."""
        self._said.set_text(text)

    def _draw_tabs(self, there: dict[Mode, str], mode: Mode) -> None:
        self._tabs.clear()
        self._tabs.set_visibility(len(there) > 1)
        with self._tabs:
            for name, text in there.items():
                made = Button(text, lambda name=name: self._choose(name), kind="quiet")
                made._props["aria-pressed"] = str(name == mode).lower()

    def _choose(self, mode: Mode) -> None:
        self._chosen = mode
        self.refresh()

    def _told(self, mode: Mode) -> str:
        seen = self._bench.seen
        if mode == "film" and seen.film is not None:
            return "before your edit" if seen.film.changed else seen.film.size
        if mode == "animatic":
            return "a sketch of the plan as it was then"
        made = sum(shot.take is not None for shot in seen.board.shots)
        if not seen.board.shots:
            return "no plan yet"
        return f"as planned now, {made} of {len(seen.board.shots)} clips are there"
