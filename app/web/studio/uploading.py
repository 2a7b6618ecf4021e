"""A place to drop files: what is sent, how far, and why it was refused. `Drop`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui

from songreel.models.workspace import AssetEntry
from songreel.web.studio.icons import icon
from songreel.web.studio.kit import Button, Meter, Text, element

SONGS = "audio/*,video/*,.zip,.mp3,.wav,.flac,.m4a,.ogg,.opus,.aiff,.aac,.wma,.mka,.mkv"
TEXTS = ".lrc,.srt,.vtt,.txt,text/*"
PICTURES = "image/*,video/*"

Arrived = Callable[[AssetEntry], Awaitable[None] | None]


class Drop:
    """A zone for files of one purpose; a file may be dropped anywhere on the page.

    Args:
        title: What to drop.
        hint: What is taken.
        accept: As the `accept` of a file input.
        kinds: Of content that the server is to take: `audio`, `video`, `image`, `text`.
        arrived: Called with the asset once a file is there.
        purpose: Tells the zones of a page apart.
        anywhere: Whether files dropped elsewhere on the page come here.
        several: Whether more than one file can be chosen.
        small: Drawn as a line of a form.
        unpacked: Called with the id of the project that an archive held, and what it lacked; None:
            archives are not taken.
    """

    def __init__(
        self,
        title: str,
        hint: str,
        *,
        accept: str,
        kinds: tuple[str, ...],
        arrived: Arrived,
        purpose: str = "song",
        anywhere: bool = True,
        several: bool = False,
        small: bool = False,
        unpacked: Callable[[str, Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._arrived, self._purpose, self._unpacked = arrived, purpose, unpacked
        self._sending: dict[str, tuple[ui.element, Text, Meter]] = {}
        self._batch = ""
        self.together = 1
        """How many files the one that arrives was chosen or dropped with, itself among them."""
        attributes = {
            "data_accept": accept, "data_kinds": ",".join(kinds), "data_purpose": purpose,
            "data_several": "yes" if several else "", "data_archives": "yes" if unpacked else "",
        }  # fmt: skip
        with element("div", "sr-drop sr-drop--small" if small else "sr-drop") as zone:
            zone._props["data-sr-zone"] = purpose
            if anywhere:
                zone._props["data-sr-drop"] = purpose
            face = element("button", "sr-drop-face", type="button", data_sr="browse", **attributes)
            with face:
                icon("upload" if small else "note")
                with element("span", "sr-drop-words"):
                    Text(title, "span", "sr-drop-title")
                    Text(hint, "span", "sr-hint")
                Text("Choose a file", "span", "sr-button sr-button--plain sr-drop-button")
            self._list = element("div", "sr-drop-list", aria_live="polite")
        self.zone = zone
        ui.on("songreel_upload", self._told)

    def refuse(self, text: str, name: str = "") -> None:
        """Say beside the zone why something was not taken."""
        with self._list, element("div", "sr-drop-refused", role="alert") as line:
            icon("alert")
            named = text if not name or text.startswith(name) else f"{name}: {text}"
            Text(named, "span", "sr-error")
            Button(icon="close", kind="quiet", label="Dismiss", on_click=line.delete).classes(
                "sr-button--small"
            )

    def clear(self) -> None:
        """Take away what was said."""
        self._list.clear()
        self._sending.clear()

    async def _told(self, event: Any) -> None:
        told = event.args
        if told.get("purpose") != self._purpose or self.zone.is_deleted:
            return
        self.together = int(told.get("of") or 1)
        number, name = str(told.get("number")), str(told.get("name", ""))[:200]
        batch, before = str(told.get("batch")), self._batch
        self._batch = batch
        with self._list:
            if batch != before and not self._sending:
                self._list.clear()
            if number not in self._sending:
                self._sending[number] = self._line(name)
            line, words, meter = self._sending[number]
            match told.get("state"):
                case "sending":
                    sent = float(told.get("sent", 0))
                    meter.set(sent)
                    words.set_text("being looked at …" if sent >= 1 else f"{sent:.0%}")
                case "there":
                    self._sending.pop(number)
                    line.delete()
                    answer = self._arrived(AssetEntry.model_validate(told.get("asset")))
                    if answer is not None:
                        await answer
                case "unpacked" if self._unpacked is not None:
                    self._sending.pop(number)
                    line.delete()
                    made = told["made"]
                    notices = tuple(map(str, made["notices"]))
                    await self._unpacked(str(made["project"]["id"]), notices)
                case "refused":
                    self._sending.pop(number)
                    line.delete()
                    self.refuse(str(told.get("error", "it was refused"))[:500], name)

    def _line(self, name: str) -> tuple[ui.element, Text, Meter]:
        with element("div", "sr-drop-line") as line:
            Text(name, "span", "sr-drop-name")
            words = Text("0%", "span", "sr-value")
            meter = Meter(0, f"sending {name}")
        return line, words, meter
