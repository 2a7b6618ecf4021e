"""The studio's controls: plain HTML where that is enough, so that they look and read as ours.

Whatever is text for people goes in as text, never as markup.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, Literal

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from songreel.models.storyboard import Palette
from songreel.web.studio.icons import icon, svg
from songreel.web.studio.theme import hex_of

Kind = Literal["plain", "primary", "quiet", "danger"]
Tone = Literal["", "good", "warn", "bad", "accent"]
_numbers = count(1)


class Text(TextElement):
    """Text in an element of any tag."""

    def __init__(self, text: str, tag: str = "span", classes: str = "") -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)


class Button(TextElement):
    """A button.

    Args:
        text: On it; empty for one that is an icon alone.
        on_click: What it does.
        icon: Name of the icon before the text.
        kind: `primary` once a view, for what most people do next.
        label: For screen readers and as a tooltip, where the text does not say it.
    """

    def __init__(
        self,
        text: str = "",
        on_click: Callable[..., Any] | None = None,
        *,
        icon: str = "",
        kind: Kind = "plain",
        label: str = "",
    ) -> None:
        super().__init__(tag="button", text=text)
        self._props["type"] = "button"
        self.classes(f"sr-button sr-button--{kind}" + ("" if text else " sr-button--icon"))
        if label:
            self._props["aria-label"] = self._props["title"] = label
        self._picture: ui.html | None = None
        if icon:
            self.picture(icon)
        if on_click is not None:
            self.on("click", on_click)

    def picture(self, name: str) -> None:
        """Show this icon."""
        if self._picture is None:
            with self:
                self._picture = _icon(name)
        else:
            self._picture.set_content(svg(name))

    def enable(self, on: bool = True, why: str = "") -> "Button":
        """Let it be pressed or not; `why` not is its tooltip."""
        self.props(remove="disabled") if on else self._props.__setitem__("disabled", True)
        if why:
            self._props["title"] = why
        self.update()
        return self


def _icon(name: str) -> ui.html:
    return icon(name)


class Link(TextElement):
    """A link within the studio: changes the page without loading one."""

    def __init__(self, text: str, to: str, *, icon: str = "", classes: str = "sr-link") -> None:
        super().__init__(tag="a", text=text)
        self._props["href"] = to
        self.classes(classes)
        if icon:
            with self:
                _icon(icon)
        # With a modifier key the browser opens it elsewhere, as people expect of links.
        self.on(
            "click",
            lambda: ui.navigate.to(to),
            js_handler="(e) => { if (e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;"
            " e.preventDefault(); emit(); }",
        )


def element(tag: str, classes: str = "", **attributes: str) -> ui.element:
    """Any element; attributes as written in HTML, `_` for `-`."""
    made = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        made._props[name.rstrip("_").replace("_", "-")] = value
    return made


def heading(text: str, level: int = 2, classes: str = "") -> Text:
    """A heading."""
    return Text(text, f"h{level}", f"sr-h{level} {classes}".strip())


@contextmanager
def panel(title: str = "", *, classes: str = "", level: int = 2) -> Iterator[ui.element]:
    """A pane of glass, a region of its own where it has a title."""
    number = f"sr-panel-{next(_numbers)}"
    with element("section", f"sr-panel {classes}".strip()) as made:
        if title:
            made._props["aria-labelledby"] = number
            heading(title, level)._props["id"] = number
        yield made


def chip(text: str, tone: Tone = "", icon: str = "") -> Text:
    """A word in a pill."""
    made = Text(text, "span", f"sr-chip sr-chip--{tone}" if tone else "sr-chip")
    if icon:
        with made:
            _icon(icon)
    return made


def swatches(palette: Palette, label: str = "") -> ui.element:
    """A palette as a band of its colours; without a label it is there for the eyes alone."""
    told = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    with element("span", "sr-swatches", **told) as made:
        for colour in palette:
            element("i").style(f"background:{hex_of(colour)}")
    return made


class Meter(ui.element):
    """How far something is."""

    def __init__(self, value: float = 0.0, label: str = "progress") -> None:
        super().__init__("div")
        self.classes("sr-meter")
        self._props |= {
            "role": "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100,
        }  # fmt: skip
        with self:
            self._bar = element("i")
        self.set(value)

    def set(self, value: float) -> None:
        """Set it, 0 to 1."""
        percent = round(100 * min(max(value, 0.0), 1.0), 1)
        self._props["aria-valuenow"] = percent
        self._bar.style(f"width:{percent}%")
        self.update()


@contextmanager
def labelled(label: str, hint: str = "") -> Iterator[str]:
    """A field's label above it and a hint below; gives the id for its `for` or `id`."""
    number = f"sr-field-{next(_numbers)}"
    with element("div", "sr-field"):
        Text(label, "label", "sr-label")._props["for"] = number
        yield number
        if hint:
            Text(hint, "p", "sr-hint")


def text_field(
    label: str,
    value: str = "",
    on_change: Callable[..., Any] | None = None,
    *,
    hint: str = "",
    placeholder: str = "",
) -> ui.input:
    """A line of text."""
    with labelled(label, hint) as number:
        made = ui.input(value=value, placeholder=placeholder, on_change=on_change)
        made.props(f'borderless dense for="{number}"')
    return made


def text_area(
    label: str, value: str = "", on_change: Callable[..., Any] | None = None, *, hint: str = ""
) -> ui.textarea:
    """Lines of text."""
    with labelled(label, hint) as number:
        made = ui.textarea(value=value, on_change=on_change)
        made.props(f'borderless dense autogrow for="{number}"')
    return made


def number_field(
    label: str,
    value: float | None = None,
    on_change: Callable[..., Any] | None = None,
    *,
    hint: str = "",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    unit: str = "",
    placeholder: str = "",
) -> ui.number:
    """A number; None where nothing is written."""
    with labelled(label, hint) as number:
        made = ui.number(
            value=value, min=low, max=high, step=step, placeholder=placeholder, suffix=unit or None,
            on_change=on_change,
        )  # fmt: skip
        made.props(f'borderless dense for="{number}"')
    return made


def select(
    label: str,
    options: Mapping[Any, str],
    value: Any,
    on_change: Callable[..., Any] | None = None,
    *,
    hint: str = "",
) -> ui.select:
    """One of several, in a list that opens."""
    with labelled(label, hint) as number:
        made = ui.select(dict(options), value=value, on_change=on_change)
        made.props(
            f'borderless dense options-dense for="{number}" popup-content-class="sr-menu"'
            ' behavior="menu"'
        )
    return made


def slider(
    label: str,
    value: float,
    low: float,
    high: float,
    step: float,
    on_change: Callable[[float], Any],
    words: Callable[[float], str],
) -> ui.slider:
    """A value along a line, told in words beside its label."""
    with element("div", "sr-field"):
        with element("div", "sr-field-head"):
            Text(label, "span", "sr-label")
            told = Text(words(value), "span", "sr-value")
        made = ui.slider(min=low, max=high, step=step, value=value)
        made._props |= {"aria-label": label}

        def changed(event: Any) -> None:
            told.set_text(words(event.value))
            on_change(event.value)

        made.on_value_change(changed)
    return made


def switch(
    text: str, value: bool, on_change: Callable[[bool], Any] | None = None, *, hint: str = ""
) -> ui.switch:
    """On or off."""
    with element("div", "sr-field"):
        made = ui.switch(
            text, value=value, on_change=lambda e: on_change(e.value) if on_change else None
        )
        if hint:
            Text(hint, "p", "sr-hint")
    return made


class Choice:
    """One of a few, all in sight: radio buttons drawn as a bar or as cards.

    Args:
        label: Of the group.
        options: Text by value.
        value: The one that is chosen.
        on_change: Told the new value.
        classes: Of the group; `sr-segments` for a bar, `sr-cards` for cards.
        hidden_label: Whether the label is for screen readers alone.
        draw: Draws above an option's text, by its value.
        note: A sentence below it, by its value.
    """

    def __init__(
        self,
        label: str,
        options: Mapping[str, str],
        value: str,
        on_change: Callable[[str], Any] | None = None,
        *,
        classes: str = "sr-segments",
        hidden_label: bool = False,
        draw: Callable[[str], None] | None = None,
        note: Callable[[str], str] | None = None,
    ) -> None:
        self.value, self._changed = value, on_change
        self._inputs: dict[str, ui.element] = {}
        name = f"sr-choice-{next(_numbers)}"
        with element("fieldset", "sr-choice sr-field"):
            Text(label, "legend", "sr-label sr-unseen" if hidden_label else "sr-label")
            with element("div", classes):
                for key, text in options.items():
                    with element("label", "sr-option"):
                        made = element("input", "", type="radio", name=name, value=key)
                        made._props["checked"] = key == value
                        made.on("change", lambda key=key: self.choose(key))
                        self._inputs[key] = made
                        with element("span", "sr-option-face"):
                            if draw is not None:
                                draw(key)
                            Text(text, "span", "sr-option-text")
                            if note is not None:
                                Text(note(key), "span", "sr-option-note")

    def choose(self, value: str, *, tell: bool = True) -> None:
        """Choose one."""
        self.value = value
        for key, made in self._inputs.items():
            made._props["checked"] = key == value
            made.update()
        if tell and self._changed is not None:
            self._changed(value)


def toast(text: str, tone: Tone = "") -> None:
    """A sentence that comes and goes; one of what went wrong stays longer and can be closed."""
    wrong = tone in ("bad", "warn")
    ui.notify(
        text,
        position="top",
        close_button="Close" if wrong else False,
        timeout=9000 if wrong else 4500,
        classes=f"sr-toast sr-toast--{tone or 'plain'}",
        attrs={"role": "alert" if wrong else "status"},
    )


@contextmanager
def dialog(title: str, *, wide: bool = False) -> Iterator[ui.dialog]:
    """A dialog with a title; `await` it, and `submit` its answer."""
    number = f"sr-dialog-{next(_numbers)}"
    with ui.dialog() as made:
        made._props["aria-labelledby"] = number
        with element("div", "sr-dialog sr-dialog--wide" if wide else "sr-dialog"):
            heading(title, 2)._props["id"] = number
            yield made


async def answered(shown: ui.dialog) -> Any:
    """What a dialog is answered with, once; None where it, or its whole page, is closed."""
    answer = await shown
    if not shown.is_deleted:  # with the page it is gone already
        shown.delete()
    return answer


async def ask(title: str, text: str, yes: str, *, kind: Kind = "primary") -> bool:
    """Whether somebody agrees."""
    with dialog(title) as asked:
        Text(text, "p", "sr-prose")
        with element("div", "sr-actions"):
            Button("Cancel", lambda: asked.submit(False), kind="quiet")
            Button(yes, lambda: asked.submit(True), kind=kind)
    return bool(await answered(asked))
