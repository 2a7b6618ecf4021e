"""The plan as a whole: its findings, its text, and planning anew. `PlanPanel`."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from songreel.hosted import Choices
from songreel.models.storyboard import Storyboard
from songreel.models.work import Plan
from songreel.models.work_wishes import Planning
from songreel.prompting.lint import Finding, lint
from songreel.web.studio.blocking import blocking
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import Rows
from songreel.web.studio.kit import (
    Button,
    Text,
    answered,
    ask,
    dialog,
    element,
    heading,
    number_field,
    select,
    slider,
)


class PlanPanel:
    """The plan's tools.

    Args:
        bench: The project.
        go: Brings a shot into sight and selects it.
    """

    def __init__(self, bench: Bench, go: Callable[[str], Awaitable[None]]) -> None:
        self._bench, self._go = bench, go
        self._place = element("div", "ed-plan")
        with self._place:
            self._lead = Text("", "p", "ed-lead")
            self._story = element("details", "ed-story")
            with element("div", "sr-actions ed-actions"):
                Button("Read the storyboard", self._read, icon="text")
                Button("All shots", self._list, icon="grid")
            heading("What could spoil it", 3)
            self._found = Text("", "p", "sr-hint")
            self._findings = Rows(self._picked)
            heading("Plan anew", 3)
            Text(
                "Locked shots and cuts made by hand stay; undo brings the whole plan back.",
                "p", "sr-hint",
            )  # fmt: skip
            self._wishes = element("div", "ed-wishes")
        bench.on("board", self.refresh)

    async def refresh(self) -> None:
        """Read the plan again."""
        plan = self._bench.plan
        if plan is None:
            self._lead.set_text("There is no plan yet.")
            self._found.set_text("")
            self._findings.show([])
            self._wish(None)
            return
        await self._check(plan)
        shots = len(plan.shots)
        locked = sum(shot.locked for shot in plan.shots)
        held = f", {locked} locked" if locked else ""
        self._lead.set_text(
            f"{shots} shots{held}, {60 * shots / plan.track.duration:.0f} a minute · look "
            f"{plan.look.name} · cut {plan.style} · seed {plan.seed}"
        )
        self._story.clear()
        with self._story:
            Text("The story, and what was noted", "summary")
            for line in (*plan.story, *plan.notices):
                Text(line, "p", "sr-hint")
        self._wish(plan)

    async def _check(self, plan: Storyboard) -> None:
        found = await blocking(lambda: lint(plan))
        self._found.set_text(findings_text(found))
        self._findings.set_visibility(bool(found))
        self._findings.show(finding_rows(found))

    async def _picked(self, row: Mapping[str, Any]) -> None:
        await self._go(str(row["key"]))

    def _wish(self, plan: Storyboard | None) -> None:
        choices = Choices(self._bench.workspace.settings)
        looks = {row.name: row.name for row in choices.looks()}
        styles = {row.name: f"{row.name}: {row.about}" for row in choices.styles()}
        wanted: dict[str, Any] = {}
        self._wishes.clear()
        with self._wishes:
            look, style = (plan.look.name, plan.style) if plan is not None else ("", "classic")
            with element("div", "ed-row"):
                select("Look", {**looks, look: look or "by the song"}, look,
                       lambda e: wanted.__setitem__("look", e.value))  # fmt: skip
                number_field(
                    "Seed",
                    plan.seed if plan else None,
                    lambda e: wanted.__setitem__("seed", e.value),
                    low=0,
                    step=1,
                )
            select("Cutting", {style: style, **styles}, style,
                   lambda e: wanted.__setitem__("style", e.value))  # fmt: skip
            density = plan.cutting.density if plan is not None and plan.cutting is not None else 1.0
            slider("Density", density or 1.0, 0.5, 2.0, 0.05,
                   lambda v: wanted.__setitem__("density", v), lambda v: f"× {v:.2f}")  # fmt: skip
            amount = plan.effects_amount if plan is not None else None
            slider("Effects", 0.5 if amount is None else amount, 0.0, 1.0, 0.05,
                   lambda v: wanted.__setitem__("effects", v),
                   lambda v: f"{v:.0%}".replace("%", " %"))  # fmt: skip
            with element("div", "sr-actions ed-actions"):
                Button("Plan anew", lambda: self._anew(plan, wanted), icon="again")

    async def _anew(self, plan: Storyboard | None, wanted: Mapping[str, Any]) -> None:
        if plan is not None:
            loose = sum(not shot.locked for shot in plan.shots)
            sure = await ask(
                "Plan the film anew?",
                f"{loose} of {len(plan.shots)} shots are planned again, and clips that do not fit "
                "any more are made again with the next film. Locked shots stay, clips stay as "
                "takes, and undo brings this plan back.",
                "Plan anew",
            )
            if not sure:
                return
        seed = wanted.get("seed")
        planning = Planning.model_validate(
            {k: v for k, v in wanted.items() if v is not None}
            | ({"seed": int(seed)} if seed is not None else {})
        )
        await self._bench.ask(
            Plan(project=self._bench.project_id, planning=planning, replan=plan is not None)
        )

    async def _read(self) -> None:
        plan = self._bench.plan
        if plan is None:
            return
        from songreel.prompting.text import screenplay

        text = await blocking(lambda: screenplay(plan))
        with dialog("Storyboard", wide=True) as shown:
            with element("pre", "ed-screenplay", tabindex="0"):
                Text(text)
            with element("div", "sr-actions"):
                Button("Close", lambda: shown.submit(None), kind="quiet")
                Button(
                    "Save as text",
                    lambda: ui.download.content(text.encode(), f"{plan.track.title}.txt"),
                    icon="download",
                )
        await answered(shown)

    async def _list(self) -> None:
        plan = self._bench.plan
        if plan is None:
            return
        from songreel.prompting.text import rows

        with dialog("Shots", wide=True) as shown:

            async def picked(row: Mapping[str, Any]) -> None:
                shown.submit(None)
                await self._go(str(row["key"]))

            listed = Rows(picked).classes("ed-rows-tall")
            listed.show(
                [
                    {
                        "key": shot.id,
                        "text": shot.motif,
                        "aside": f"{row.clock} · {row.length} · {row.reason}",
                        "tone": "locked" if shot.locked else "",
                    }
                    for shot, row in zip(plan.shots, rows(plan), strict=True)
                ]
            )
            with element("div", "sr-actions"):
                Button("Close", lambda: shown.submit(None), kind="quiet")
        await answered(shown)


def findings_text(found: tuple[Finding, ...]) -> str:
    """How many findings of which severity, in a sentence."""
    if not found:
        return "Nothing found: every prompt reads well."
    counts = Counter(finding.severity for finding in found)
    told = [
        f"{number} {severity}" + ("" if number == 1 else "s")
        for severity, number in sorted(counts.items())
    ]
    shots = len({finding.shot for finding in found})
    return (
        f"{' and '.join(told)} in {shots} shot{'' if shots == 1 else 's'}; click one to go there."
    )


def finding_rows(found: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Findings as rows of a list, in the film's order."""
    return [
        {"key": f.shot, "text": f.text, "aside": f.rule,
         "tone": "bad" if f.severity == "error" else ""}
        for f in found
    ]  # fmt: skip
