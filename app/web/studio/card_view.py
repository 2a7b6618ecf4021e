"""A film in the list: its picture, what it is, and what can be done with it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import quote

from nicegui import ui

from songreel.models.errors import SongreelError
from songreel.web.studio.blocking import blocking
from songreel.web.studio.cards import Card, clock, when
from songreel.web.studio.frame import frame
from songreel.web.studio.icons import icon
from songreel.web.studio.kit import (
    Button,
    Link,
    Meter,
    Text,
    Tone,
    ask,
    chip,
    dialog,
    element,
    swatches,
    text_field,
    toast,
)
from songreel.web.studio.theme import hex_of
from songreel.workspace import Workspace

Again = Callable[[], Awaitable[None]]
_TONES: Mapping[str, Tone] = {"film ready": "good", "planned": "accent", "gone": "bad"}


def card_view(workspace: Workspace, card: Card, again: Again) -> None:
    """Draw a film; `again` draws the list anew."""
    entry = card.entry
    with element("article", "sr-film", aria_label=entry.title):
        with element("div", "sr-film-picture").style(_backdrop(card)):
            if card.poster:
                element("img", "", src=card.poster, alt="", loading="lazy", data_sr_vanish="yes")
            else:
                icon("film" if card.state == "planned" else "wave")
            if card.seconds:
                Text(clock(card.seconds), "span", "sr-film-length")
        with element("div", "sr-film-words"):
            with element("div", "sr-film-head"):
                with element("h3", "sr-film-title"):
                    if entry.there:
                        Link(entry.title, f"/projects/{entry.id}", classes="sr-film-link")
                    else:
                        Text(entry.title)
                _menu(workspace, card, again)
            facts = [f"{card.tempo:.0f} bpm" if card.tempo else "", card.key]
            facts.append(f"{card.shots} shots" if card.shots else "")
            Text(" · ".join(filter(None, facts)) or "\u00a0", "p", "sr-hint sr-number")
            with element("div", "sr-row sr-row--between sr-film-foot"):
                if card.working:
                    chip(card.working, "accent", "bolt")
                else:
                    chip(card.state, _TONES.get(card.state, ""))
                Text(when(entry.opened), "span", "sr-hint")
            if card.working:
                Meter(card.progress, f"progress of {entry.title}")
            elif card.shots:
                swatches(card.palette, f"palette of the look {card.look}")


def _backdrop(card: Card) -> str:
    """The palette as light, under the picture or in its place."""
    dark, *rest = [hex_of(colour) for colour in card.palette]
    warm, far = rest[len(rest) // 2], rest[-1]
    return (
        f"background:radial-gradient(90% 120% at 85% 0%,{warm}cc,transparent 65%),"
        f"radial-gradient(70% 90% at 0% 110%,{far}88,transparent 60%),{dark}"
    )


def _menu(workspace: Workspace, card: Card, again: Again) -> None:
    entry = card.entry
    with Button(icon="more", kind="quiet", label=f"More on {entry.title}") as button:
        button.classes("sr-button--small sr-film-menu")
        button._props["aria-haspopup"] = "menu"
        with ui.menu().props('anchor="bottom right" self="top right" role="menu"'):
            if entry.there:
                ui.menu_item("Rename", partial(_rename, workspace, card, again))
                ui.menu_item(
                    "Download everything",
                    lambda: ui.download.from_url(f"/api/projects/{entry.id}/pack"),
                )
            ui.menu_item("Take off the list", partial(_forget, workspace, card, again))
            if entry.there:
                ui.menu_item("Delete for good", partial(_delete, card, again))


async def _rename(workspace: Workspace, card: Card, again: Again) -> None:
    with dialog("Rename the film") as asked:
        field = text_field(
            "Title", card.entry.title, hint="The next film that is made is called so too."
        )
        field.props("autofocus").on("keydown.enter", lambda: asked.submit(field.value))
        with element("div", "sr-actions"):
            Button("Cancel", lambda: asked.submit(None), kind="quiet")
            Button("Rename", lambda: asked.submit(field.value), kind="primary")
    title = await asked
    asked.delete()
    if title is None or title == card.entry.title:
        return
    try:
        await blocking(workspace.editing.rename, card.entry.id, title)
    except SongreelError as error:
        toast(frame().told(error), "bad")
        return
    await again()


async def _forget(workspace: Workspace, card: Card, again: Again) -> None:
    if not await ask(
        "Take it off the list?",
        f"“{card.entry.title}” is not shown any more. Its folder and everything in it stay where "
        "they are; `songreel workspace add` brings it back.",
        "Take off the list",
    ):
        return
    try:
        await blocking(workspace.projects.forget, card.entry.id)
    except SongreelError as error:
        toast(frame().told(error), "bad")
        return
    await again()


async def _delete(card: Card, again: Again) -> None:
    title = card.entry.title
    with dialog("Delete the film and its folder?") as asked:
        Text(
            "The song's copy, plan, clips and films in its folder are removed for good.",
            "p",
            "sr-prose",
        )
        field = text_field(f"Write its title, {title}, to agree").props("autofocus")
        with element("div", "sr-actions"):
            Button("Keep it", lambda: asked.submit(None), kind="quiet")
            Button("Delete for good", lambda: asked.submit(field.value), kind="danger")
    typed = await asked
    asked.delete()
    if typed is None:
        return
    url = f"/api/projects/{card.entry.id}?files=true&confirm={quote(typed, safe='')}"
    refused = await ui.run_javascript(
        f'const answer = await fetch({json.dumps(url)}, {{method: "DELETE"}}); '
        'return answer.ok ? "" : ((await answer.json()).error ?? "it was refused");',
        timeout=30.0,
    )
    if refused:
        toast(str(refused), "bad")
    await again()
