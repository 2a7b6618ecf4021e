"""The inspector: what the selected shot is, and what can be done to it. `ShotPanel`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cache

from songreel.hand import SECONDS
from songreel.models.board import BoardShot
from songreel.models.edits import LockShots, MergeShots, SetSource, SetTransition
from songreel.models.transition import Transition, TransitionKind
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.shot_view import ShotView, shot_view, shots_text
from songreel.web.studio.editor.sources import Sources
from songreel.web.studio.editor.words_field import WordsField
from songreel.web.studio.kit import (
    Button,
    Text,
    Tone,
    chip,
    element,
    heading,
    number_field,
    select,
)

USUAL = {str(kind): seconds for kind, seconds in SECONDS.items()}
_STATES: Mapping[str, tuple[str, Tone]] = {
    "none": ("no clip yet", ""),
    "working": ("being made", "accent"),
    "made": ("clip made", "good"),
    "stale": ("clip of an earlier plan", "warn"),
    "failed": ("clip not had", "bad"),
}


class ShotPanel:
    """What the selection is.

    Args:
        bench: The project.
        retake: Opens the dialog for a new take of a shot.
        compare: Opens the comparison of a shot's takes.
    """

    def __init__(
        self,
        bench: Bench,
        retake: Callable[[str], Awaitable[None]],
        compare: Callable[[str], Awaitable[None]],
    ) -> None:
        self._bench = bench
        self._retake, self._compare = retake, compare
        self._shown: ShotView | None = None
        self._card: BoardShot | None = None
        self._none = element("div", "sr-empty ed-none")
        with self._none:
            Text("No shot is selected.", "p")
            Text(
                "Click one in the timeline, or press ↓. Shift or Ctrl selects several.",
                "p", "sr-hint",
            )  # fmt: skip
        self._many = element("div", "ed-many")
        self._one = element("div", "ed-one")
        with self._one:
            self._head = element("div", "ed-shot-head")
            self._words_place = element("div")
            with self._words_place:
                self._words = WordsField(bench)
            self._edits = element("div", "ed-shot-edits")
            self._facts = element("div", "ed-facts-place")
        bench.on("selection", self.refresh)
        bench.on("shots", self.refresh)

    async def refresh(self) -> None:
        """Show the selection as it is now."""
        bench, plan = self._bench, self._bench.plan
        chosen = bench.selected
        one = shot_view(plan, chosen[0]) if plan is not None and len(chosen) == 1 else None
        self._none.set_visibility(not chosen)
        self._many.set_visibility(len(chosen) > 1)
        self._one.set_visibility(one is not None)
        if len(chosen) > 1:
            self._several(chosen)
        if one is None:
            self._shown = self._card = None
            return
        await self._words.show(one)
        card = bench.shot(one.id)
        # Saved words change the prompt alone: nothing else is drawn anew under the cursor.
        if self._shown is not None and card == self._card:
            said = replace(self._shown, prompt=one.prompt, negative=one.negative)
            if said == one:
                self._shown = one
                return
        sources = await self._bench.sources()
        if self._bench.selected != chosen:
            return  # somebody has gone on meanwhile
        self._shown, self._card = one, card
        self._draw(one, card, sources)

    def focus_words(self) -> None:
        """Put the cursor into the prompt."""
        self._words.focus()

    def _several(self, chosen: tuple[str, ...]) -> None:
        shots = [shot for shot in map(self._bench.shot, chosen) if shot is not None]
        if not shots:
            return
        locked = all(shot.locked for shot in shots)
        self._many.clear()
        with self._many:
            heading(f"{len(shots)} shots", 3)
            Text(shots_text([shot.id for shot in shots], 8), "p", "sr-hint")
            Text(f"{sum(shot.end - shot.start for shot in shots):.2f} s in all", "p")
            with element("div", "sr-actions ed-actions"):
                Button(
                    "Unlock" if locked else "Lock",
                    lambda: self._bench.edit(LockShots(shots=chosen, locked=not locked)),
                    icon="unlock" if locked else "lock",
                )
                rest = _after_first(self._bench, chosen)
                Button(
                    "Merge into one", lambda: self._bench.edit(MergeShots(shots=rest)), icon="merge"
                ).enable(bool(rest), "" if rest else "Only neighbours can be merged")

    def _draw(self, shot: ShotView, card: BoardShot | None, sources: Sources) -> None:
        for place in (self._head, self._edits, self._facts):
            place.clear()
        with self._head:
            self._title(shot, card)
        with self._edits:
            self._choosers(shot, sources)
        with self._facts:
            _facts(shot)

    def _title(self, shot: ShotView, card: BoardShot | None) -> None:
        with element("div", "ed-shot-title"):
            heading(shot.id, 3, "ed-shot-id")
            Text(f"{shot.number} of {shot.count}", "span", "sr-hint")
            if card is not None:
                text, tone = _STATES[card.state]
                chip(text, tone)
            if shot.keep:
                chip(f"keeps take {shot.keep}", "accent")
        with element("div", "ed-shot-tools"):
            Button(
                icon="lock" if shot.locked else "unlock",
                on_click=lambda: self._bench.edit(
                    LockShots(shots=(shot.id,), locked=not shot.locked)
                ),
                kind="primary" if shot.locked else "quiet",
                label=f"Unlock {shot.id} (X)" if shot.locked else f"Lock {shot.id} (X)",
            )._props["aria-pressed"] = str(shot.locked).lower()
            takes = card.takes if card is not None else 0
            Button(
                f"Takes {takes}" if takes else "Takes",
                lambda: self._compare(shot.id),
                icon="compare",
                label=f"Compare the takes of {shot.id} (C)",
            ).enable(takes > 0, "" if takes else "There is no take yet")
            Button(
                "Retake",
                lambda: self._retake(shot.id),
                icon="again",
                label=f"Make a new take of {shot.id} (R)",
            )
        with element("div", "ed-shot-where"):
            Text(f"{shot.begins} · {shot.place} · {shot.length}", "p", "ed-where")
            Text(shot.why, "p", "ed-why")

    def _choosers(self, shot: ShotView, sources: Sources) -> None:
        with element("div", "ed-row"):
            kinds = {kind: kind for kind in transitions()}
            kinds.setdefault(shot.transition, shot.transition)
            how = select(
                "Begins with a", kinds, shot.transition,
                lambda e: self._set_transition(shot, e.value, None),
                hint="It opens the film." if shot.first else "",
            )  # fmt: skip
            how.set_enabled(not shot.first)
            if shot.transition != TransitionKind.CUT and not shot.first:
                number_field(
                    "over", shot.transition_seconds,
                    lambda e: self._set_transition(shot, shot.transition, e.value),
                    low=0.1, high=4, step=0.1, unit="s",
                ).props("debounce=600")  # fmt: skip
        select(
            "Its clip comes from", sources.options(shot.source), shot.source,
            lambda e: self._bench.edit(SetSource(shot=shot.id, source=e.value or None)),
        )  # fmt: skip

    async def _set_transition(self, shot: ShotView, kind: str, seconds: float | None) -> None:
        if kind == shot.transition and seconds in (None, shot.transition_seconds):
            return
        lasts = 0.0 if kind == TransitionKind.CUT else seconds or USUAL.get(kind, 0.5)
        transition = Transition.model_validate({"kind": kind, "seconds": lasts})
        await self._bench.edit(SetTransition(shot=shot.id, transition=transition))


@cache
def transitions() -> tuple[str, ...]:
    """Names of all transitions there are: ours, and those that packages bring."""
    from songreel.assembly.transitions.transition import names

    ours = [str(kind) for kind in TransitionKind]
    return (*ours, *(name for name in names() if name not in ours))


def _facts(shot: ShotView) -> None:
    rows = [
        ("Section", shot.section + (f" · {shot.mood}" if shot.mood else "")),
        ("Shows", shot.motif),
        ("Camera", f"{shot.size}, {shot.camera}"),
        ("Effects", "; ".join(shot.effects) or "none"),
        ("Seed", str(shot.seed)),
    ]
    if shot.rhymes:
        rows.insert(2, ("Returns to", shot.rhymes))
    if shot.take:
        rows.append(("Shares a clip", f"take {shot.take}"))
    with element("dl", "ed-facts"):
        for name, text in rows:
            Text(name, "dt")
            Text(text, "dd")


def _after_first(bench: Bench, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The shots that go into the first of `chosen`; none where they are no neighbours."""
    places = sorted(i for i, shot in enumerate(bench.board.shots) if shot.id in chosen)
    if places != list(range(places[0], places[0] + len(places))):
        return ()
    return tuple(bench.board.shots[i].id for i in places[1:])
