"""Home: a place to drop a song, and all films."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from nicegui import ui

from songreel.models.errors import SongreelError
from songreel.models.queued import JobEvent
from songreel.models.work import Hear
from songreel.models.workspace import AssetEntry
from songreel.web.studio.blocking import blocking
from songreel.web.studio.card_view import card_view
from songreel.web.studio.cards import Card, cards
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Button, Link, Text, element, heading, toast
from songreel.web.studio.uploading import SONGS, Drop
from songreel.workspace import Workspace

SHOWN = 60
"""Films that are drawn at once; more when they are asked for."""


async def home_page(workspace: Workspace) -> None:
    """Build the page."""
    frame().begin()
    home = _Home(workspace)
    await home.build()


class _Home:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.sought = workspace, ""
        self.cards: Sequence[Card] = ()
        self.most, self.whole = SHOWN, False

    async def build(self) -> None:
        await self._read()
        with element("div", "sr-page") as page:
            self._welcome() if not self.cards else self._greeting()
            self._place()
            with element("section", "sr-stack sr-films", aria_label="Films") as films:
                with element("div", "sr-row sr-row--between"):
                    heading("Your films", 2)
                    self.search = ui.input(placeholder="Search", on_change=self._seek)
                    self.search.props('borderless dense clearable type="search" aria-label="Search'
                                      ' films"').classes("sr-input sr-search")  # fmt: skip
                self.grid = element("div", "sr-grid")
                self.more = Button("Show more films", self._more, kind="quiet")
            self.films = films
        self.show()
        await frame().pulse.listen(page, self._happened)

    def _welcome(self) -> None:
        with element("div", "sr-hero"):
            heading("A music video from a song", 1, "sr-hero-title")
            Text(
                "Drop a song. songreel hears its beats, sections and mood, plans a film that cuts "
                "with the music, and makes it here, on this machine.",
                "p",
                "sr-prose sr-hero-text",
            )

    def _greeting(self) -> None:
        heading("Films", 1)

    def _place(self) -> None:
        with element("div", "sr-place"):
            limit = frame().upload_limit
            self.drop = Drop(
                "Drop a song anywhere",
                f"MP3, WAV, FLAC, M4A, OGG, a video for its sound, or a packed film; up to {limit}",
                accept=SONGS,
                kinds=("audio", "video"),
                arrived=self._arrived,
                several=True,
                unpacked=self._unpacked,
            )
            with element("div", "sr-place-other"):
                Text("No song at hand?", "span", "sr-hint")
                self.demo = Button("Try the demo song", self._demo, icon="sparkle", kind="quiet")
                Text("No song yet?", "span", "sr-hint")
                Link("Write the scenes", "/scenes", icon="edit",
                     classes="sr-button sr-button--quiet")  # fmt: skip

    def show(self) -> None:
        """Draw the films that fit what is sought."""
        sought = self.sought.casefold().split()
        shown = [card for card in self.cards if all(word in _words(card) for word in sought)]
        self.films.set_visibility(bool(self.cards))
        self.search.set_visibility(len(self.cards) > 5)
        self.more.set_visibility(len(shown) > self.most)
        self.grid.clear()
        with self.grid:
            for card in shown[: self.most]:
                card_view(self.workspace, card, self.again)
            if not shown and self.cards:
                Text(f"No film fits “{self.sought}”.", "p", "sr-prose")

    async def again(self) -> None:
        """Read the films anew, and draw them."""
        await self._read()
        self.show()

    async def _read(self) -> None:
        # One more than is drawn tells that there are more.
        most = None if self.whole else self.most + 1
        self.cards = await blocking(cards, self.workspace, most)

    async def _more(self) -> None:
        self.most += SHOWN
        await self.again()

    async def _happened(self, events: Sequence[JobEvent]) -> None:
        if any(event.kind == "state" for event in events):
            await self.again()

    async def _seek(self) -> None:
        self.sought = self.search.value or ""
        if self.sought and not self.whole:
            self.whole = True
            await self._read()
        self.show()

    async def _arrived(self, asset: AssetEntry) -> None:
        """A song is there: its film is opened; where several came at once, all are shown."""
        await self._begin(asset, stay=self.drop.together > 1)

    async def _begin(self, asset: AssetEntry, *, stay: bool = False) -> None:
        try:
            entry = await blocking(self.workspace.editing.create, asset.sha256)
            await blocking(self.workspace.queue.add, Hear(project=entry.id), actor="studio")
        except SongreelError as error:
            self.drop.refuse(frame().told(error), asset.name)
            return
        if stay:
            await self.again()
        else:
            ui.navigate.to(f"/projects/{entry.id}")

    async def _unpacked(self, project_id: str, notices: Sequence[str]) -> None:
        for notice in notices:
            toast(notice, "warn")
        if self.drop.together > 1:
            await self.again()
            return
        ui.navigate.to(f"/projects/{project_id}")

    async def _demo(self) -> None:
        self.demo.enable(False)
        self.demo.set_text("Playing the demo song …")
        try:
            asset = await blocking(_demo_song, self.workspace)
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        finally:
            self.demo.enable()
            self.demo.set_text("Try the demo song")
        await self._begin(asset)


def _demo_song(workspace: Workspace) -> AssetEntry:
    """The demo song, played and stored."""
    from songreel.demo.song import TITLE, write_song

    with tempfile.TemporaryDirectory(dir=_scratch(workspace)) as folder:
        path = Path(folder) / f"{TITLE}.wav"
        write_song(path)
        return workspace.assets.put(path, path.name)


def _scratch(workspace: Workspace) -> Path:
    folder = workspace.settings.workspace / "studio"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _words(card: Card) -> str:
    heard = f"{card.tempo:.0f} bpm" if card.tempo else ""
    return f"{card.entry.title} {card.key} {card.look} {card.state} {heard}".casefold()
