"""The panel in which a person says how the film is to be: `DirectionView`."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from songreel.models.errors import SongreelError
from songreel.models.workspace import AssetEntry
from songreel.prompting.effects import SUBTLE
from songreel.web.studio.blocking import blocking
from songreel.web.studio.direction import Offered, Wishes
from songreel.web.studio.direction_more import local_wishes, more
from songreel.web.studio.drafts import Draft
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import (
    Button,
    Choice,
    Link,
    Text,
    element,
    number_field,
    panel,
    select,
    slider,
    swatches,
    switch,
    text_area,
    text_field,
    toast,
)
from songreel.web.studio.terms import terms
from songreel.web.studio.uploading import PICTURES, TEXTS, Drop
from songreel.workspace import Workspace

ASPECTS = {"16:9": "16:9 wide", "9:16": "9:16 tall", "1:1": "1:1 square", "4:5": "4:5 portrait"}
SIZES = {360: "360, a draft", 540: "540", 720: "720, HD", 1080: "1080, full HD", 2160: "2160, 4K"}
TYPED = ("lyrics", "lyrics_name", "title", "artist", "end_card")
"""Wishes of planning that somebody writes out."""
Go = Callable[[Wishes], Awaitable[None]]


class DirectionView:
    """The form.

    Args:
        workspace: The workspace.
        offered: What can be chosen.
        plan: Called for a plan alone.
        make: Called for the film.
        draft: Keeps what is typed until it is sent.
        kept: What it kept before.
    """

    def __init__(
        self,
        workspace: Workspace,
        offered: Offered,
        plan: Go,
        make: Go,
        draft: Draft,
        kept: Mapping[str, Any],
    ) -> None:
        self.workspace, self.offered = workspace, offered
        self.wishes = Wishes()
        self._draft = draft
        self._typed = {name: kept[name] for name in TYPED if isinstance(kept.get(name), str)}
        self.wishes.planning |= self._typed
        self._plan, self._make = plan, make
        self._texts: dict[str, Text] = {}

    def build(self) -> None:
        """Build the panels and the summary beside them."""
        with element("div", "sr-direction"):
            with element("div", "sr-direction-main"):
                self._look()
                self._pictures()
                self._cut()
                self._format()
                self._words()
                more(self)
            with element("div", "sr-direction-side"), panel("Your film"):
                self._texts = terms(
                    {
                        "look": "Look", "cut": "Cutting", "source": "Pictures",
                        "format": "Format", "cost": "Cost",
                    }
                )  # fmt: skip
                self.wrong = element("div", "", aria_live="polite")
                with element("div", "sr-side-actions"):
                    self.go = Button("Make film", self._on_make, kind="primary", icon="film")
                    self.go.classes("sr-button--large")
                    self.only = Button("Plan only", self._on_plan, icon="grid")
                Text(
                    "Planning is quick and free, and everything can be changed on the timeline "
                    "before or after the film is made.",
                    "p",
                    "sr-hint",
                )
        self.summary()

    def _look(self) -> None:
        cards = {card.name: card for card in self.offered.looks}
        suits = self.offered.suits

        def draw(name: str) -> None:
            swatches(cards[name or suits].palette)

        def note(name: str) -> str:
            return cards[name].about if name else f"for this song {spoken(suits)}"

        names = {"": "By the song's mood", **{name: spoken(name) for name in cards}}
        with panel("Look"):
            Text(f"{self.offered.why[:1].upper()}{self.offered.why[1:]}.", "p", "sr-prose")
            Choice(
                "One look through the film", names, "", self.put("planning", "look"),
                classes="sr-cards", hidden_label=True, draw=draw, note=note,
            )  # fmt: skip

    def _pictures(self) -> None:
        kinds = {"builtin": "Built in", "footage": "My footage", "hosted": "Hosted model"}
        kinds["local"] = "Model on this machine"
        with panel("Pictures"):
            Choice("Pictures come from", kinds, "builtin", self._source, hidden_label=True)
            self._kinds = {
                kind: element("div", "sr-stack")
                for kind in ("builtin", "footage", "hosted", "local")
            }
            with self._kinds["builtin"]:
                Text(
                    "Scenes drawn here that move with kick, snare, bass and melody. Free, and "
                    "needs neither key nor network.",
                    "p",
                    "sr-prose",
                )
            with self._kinds["footage"]:
                self._drop = Drop(
                    "Drop clips and photos", "They are cut and moved to the song; free",
                    accept=PICTURES, kinds=("video", "image"), arrived=self._footage,
                    purpose="footage", anywhere=False, several=True, small=True,
                )  # fmt: skip
                self._files = Text("No files yet.", "p", "sr-hint")
            with self._kinds["hosted"]:
                rows = {row.key: row for row in self.offered.hosted}
                if rows:
                    self._hosted = next(iter(rows))
                    self._model = select(
                        "Model", {key: row.text for key, row in rows.items()}, self._hosted,
                        self._picked,
                    )  # fmt: skip
                    self._model_note = Text("", "p", "sr-hint")
                    self._key_note = element("div")
                number_field(
                    "Budget", None, self._budget, low=0, step=1, unit="USD",
                    placeholder="no limit but what you agree to",
                    hint="Never spend more on this film, in all. The plan is fitted to it.",
                )  # fmt: skip
            with self._kinds["local"]:
                if self.offered.local_note:
                    Text(frame().told(self.offered.local_note), "p", "sr-prose")
                local = {row.key: row.text for row in self.offered.local}
                self._local = next(iter(local), "")
                if local:
                    select(
                        "Model", local, self._local, self._picked_local,
                        hint="Runs on this machine's own GPUs; free. Weights are fetched on first "
                        "use.",
                    )  # fmt: skip
                    local_wishes(self)
        self._source("builtin")

    def _cut(self) -> None:
        styles = self.offered.styles
        with panel("Cut"):
            Choice(
                "Cutting style", {name: spoken(name) for name in styles}, "classic",
                self.put("planning", "style"), classes="sr-cards", hidden_label=True,
                note=lambda name: styles[name],
            )  # fmt: skip
            with element("div", "sr-columns"):
                slider("How often", 1.0, 0.5, 2.0, 0.05, self._unless(1.0, "density"),
                       lambda v: "as the style does" if v == 1 else f"× {v:.2f}")  # fmt: skip
                slider("Effects on pictures", SUBTLE, 0.0, 1.0, 0.05,
                       self._unless(SUBTLE, "effects"), _amount)  # fmt: skip

    def _format(self) -> None:
        with panel("Format"), element("div", "sr-columns"):
            Choice("Shape", ASPECTS, "16:9", self.put("output", "aspect"))
            select("Short side, pixels", SIZES, 720, self.event("output", "size"))

    def _words(self) -> None:
        with panel("Words"):
            with element("div", "sr-columns"):
                with element("div", "sr-stack"):
                    Drop(
                        "Drop the lyrics", "LRC, SRT, VTT or plain text; pictures follow the words",
                        accept=TEXTS, kinds=("text",), arrived=self._lyrics_file,
                        purpose="lyrics", anywhere=False, small=True,
                    )  # fmt: skip
                    self._lyrics = text_area(
                        "Or write them here", self._typed.get("lyrics", ""), self._type("lyrics")
                    )
                with element("div", "sr-stack"):
                    switch("Show what is sung", True, self._unless(True, "captions"),
                           hint="Where the lyrics have times.")  # fmt: skip
                    switch("Light words as they are sung", False,
                           self._unless(False, "karaoke"))  # fmt: skip
            with element("div", "sr-columns"):
                for name, label in (
                    ("title", "Title in the intro"), ("artist", "Artist under it"),
                    ("end_card", "Card at the end"),
                ):  # fmt: skip
                    text_field(label, self._typed.get(name, ""), self._type(name))

    def summary(self) -> None:
        """Say what is chosen, in a few words."""
        look = self.wishes.planning.get("look") or self.offered.suits
        self._texts["look"].set_text(spoken(look))
        style = self.wishes.planning.get("style") or "classic"
        density = self.wishes.planning.get("density") or 1
        self._texts["cut"].set_text(spoken(style) + (f", × {density:.2f}" if density != 1 else ""))
        visuals = self.wishes.pictures.get("visuals") or "builtin"
        words = {"builtin": "built in", "footage": "your footage"}
        self._texts["source"].set_text(words.get(visuals, visuals))
        output = self.wishes.output
        self._texts["format"].set_text(
            f"{output.get('aspect') or '16:9'}, {output.get('size') or 720} px, "
            f"{output.get('rate') or 24} fps"
        )
        hosted = visuals in {row.key for row in self.offered.hosted}
        self._texts["cost"].set_text("quoted first" if hosted else "free")
        self.go.set_text("Plan and quote" if hosted else "Make film")

    def refuse(self, text: str) -> None:
        """Say beside the buttons what is wrong."""
        self.wrong.clear()
        with self.wrong, element("div", "sr-notice sr-notice--bad", role="alert"):
            Text(frame().told(text), "p", "sr-error")

    def busy(self, what: str = "") -> None:
        """Let the buttons wait while something is under way."""
        for button in (self.go, self.only):
            button.enable(not what)
        if what:
            self.go.set_text(what)
        else:
            self.summary()

    def _want(self, group: str, name: str, value: Any) -> None:
        wishes: dict[str, Any] = getattr(self.wishes, group)
        if value in (None, ""):
            wishes.pop(name, None)
        else:
            wishes[name] = value
        if self._texts:
            self.summary()

    def _type(self, name: str) -> Callable[[Any], None]:
        """What sets a wish to what is typed, which outlives the page and the studio."""

        def changed(event: Any) -> None:
            self._want("planning", name, event.value)
            self._keep()

        return changed

    def _keep(self) -> None:
        wishes = self.wishes.planning
        self._draft.keep({name: wishes[name] for name in TYPED if name in wishes})

    def put(self, group: str, name: str) -> Callable[[Any], None]:
        """What sets a wish to a value; None takes it back."""
        return lambda value: self._want(group, name, value)

    def _unless(self, usual: Any, name: str) -> Callable[[Any], None]:
        """Wish what is not as it would be anyway."""
        return lambda value: self._want("planning", name, None if value == usual else value)

    def event(
        self, group: str, name: str, to: Callable[[Any], Any] = lambda value: value
    ) -> Callable[[Any], None]:
        """What sets a wish to what a field says; an empty field takes it back."""

        def changed(event: Any) -> None:
            self._want(group, name, None if event.value in (None, "") else to(event.value))

        return changed

    def _source(self, kind: str) -> None:
        for name, place in self._kinds.items():
            place.set_visibility(name == kind)
        if kind == "hosted":
            self._show_model(getattr(self, "_hosted", ""))
        else:
            visuals = self._local if kind == "local" else kind
            self._want("pictures", "visuals", None if kind == "builtin" else visuals)

    def _picked(self, event: Any) -> None:
        self._show_model(str(event.value))

    def _picked_local(self, event: Any) -> None:
        self._local = str(event.value)
        self._want("pictures", "visuals", self._local)

    def _show_model(self, key: str) -> None:
        row = next((row for row in self.offered.hosted if row.key == key), None)
        if row is None:
            return
        self._hosted = key
        self._want("pictures", "visuals", key)
        self._model_note.set_text(row.about)
        self._key_note.clear()
        reason = self.offered.keys.get(key.partition(":")[0], "")
        if reason:
            with self._key_note, element("div", "sr-notice sr-notice--warn"):
                Text(f"{key.partition(':')[0]} has no key yet.", "span")
                Link("Where to put it", "/settings/keys", classes="sr-link")

    def _budget(self, event: Any) -> None:
        self.wishes.budget = None if event.value in (None, "") else Decimal(str(event.value))

    def set_retakes(self, event: Any) -> None:
        """How often a broken clip is asked for again."""
        self.wishes.retakes = int(event.value or 0)

    def _footage(self, asset: AssetEntry) -> None:
        known: tuple[str, ...] = self.wishes.pictures.get("footage") or ()
        self.wishes.pictures["footage"] = (*dict.fromkeys((*known, asset.sha256)),)
        count = len(self.wishes.pictures["footage"])
        self._files.set_text(f"{count} file{'' if count == 1 else 's'}, the last one {asset.name}.")

    async def _lyrics_file(self, asset: AssetEntry) -> None:
        try:
            content = await blocking(self.workspace.assets.read, asset.sha256)
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        self.wishes.planning["lyrics_name"] = asset.name
        self._keep()
        self._lyrics.set_value(content.decode("utf-8", "replace"))

    async def _on_plan(self) -> None:
        self.wrong.clear()
        await self._plan(self.wishes)

    async def _on_make(self) -> None:
        self.wrong.clear()
        await self._make(self.wishes)


def spoken(name: str) -> str:
    """A name as people write it: `neon-night` is `Neon night`."""
    return name.replace("-", " ").capitalize()


def _amount(value: float) -> str:
    return {0.0: "none", SUBTLE: "subtle", 1.0: "full"}.get(
        value, f"{value:.0%}".replace("%", " %")
    )
