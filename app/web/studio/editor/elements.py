"""Elements with a script of their own: `Root`, `Stage`, `Ears`, `Compare`, `Rows`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nicegui import ui

from songreel import widget

_SYNC = {"songreel-sync": str(Path(__file__).parent / "sync")}
_WIDGET = {"songreel-widget": str(Path(widget.__file__).parent)}
"""The timeline's parts, of which the editor's own scripts use some."""
Mode = Literal["film", "animatic", "plan"]
PlanShot = tuple[str, float, float, str | None, float, str | None, str, str]
"""Id, start, end, URL of the clip, the clip's own second at the start, thumbnail, colour, motif."""


class Root(ui.element, component="root.js"):
    """The editor's frame, which holds the clock that everything follows."""

    def __init__(self) -> None:
        super().__init__()
        self.set_tab("shot")

    def set_timeline(self, element: ui.element) -> None:
        """Which element's playhead is the clock."""
        self._props["timeline"] = element.id

    def set_tab(self, name: str) -> None:
        """Which panel is in front; on a phone the others are away."""
        self._props["tab"] = name
        self.update()


class Stage(ui.element, component="stage.js", esm=_SYNC | _WIDGET):
    """The viewer."""

    def show(
        self,
        mode: Mode,
        *,
        label: str,
        aspect: str,
        rate: float,
        src: str = "",
        shots: Sequence[PlanShot] = (),
    ) -> None:
        """Show a film, an animatic, or the plan's clips one after the other.

        Args:
            mode: What.
            label: For screen readers.
            aspect: `1280 / 720`.
            rate: Frames a second.
            src: URL of the video; none for the plan.
            shots: The plan's shots.
        """
        self._props |= {
            "mode": mode, "src": src, "rate": rate, "aspect": aspect, "shots": list(shots),
            "label": label,
        }  # fmt: skip
        self.update()


class Ears(ui.element, component="ears.js", esm=_WIDGET):
    """Clicks on the beats, and taps.

    Args:
        on_taps: Told the times of all taps so far, seconds of the song.
    """

    def __init__(self, on_taps: Callable[[list[float]], Awaitable[None] | None]) -> None:
        super().__init__()
        self._props |= {"beats": [], "downbeats": [], "clicking": False, "tapping": False}
        self.on("taps", lambda event: on_taps([float(t) for t in event.args["taps"]]))

    def set_grid(self, beats: Sequence[float], downbeats: Sequence[int]) -> None:
        """The beats that are clicked; `downbeats` are indices into them."""
        self._props |= {"beats": list(beats), "downbeats": list(downbeats)}
        self.update()

    def set_clicking(self, on: bool) -> None:
        """Click on the beats while the song plays, or not."""
        self._props["clicking"] = on
        self.update()

    def set_tapping(self, on: bool) -> None:
        """Take taps from now on, or not; those before are forgotten."""
        self._props["tapping"] = on
        self.update()


class Compare(ui.element, component="compare.js", esm=_SYNC):
    """Two takes of one shot, side by side, in time with the song."""

    def __init__(self, song: str, start: float, length: float, rate: float, aspect: str) -> None:
        super().__init__()
        self._props |= {
            "takes": [], "song": song, "start": start, "length": length, "rate": rate,
            "aspect": aspect,
        }  # fmt: skip

    def show(self, takes: Sequence[Mapping[str, object]]) -> None:
        """Show two takes: `src`, and `start`, the take's own second at which the shot begins."""
        self._props["takes"] = list(takes)
        self.update()


class Rows(ui.element, component="rows.js"):
    """A long list.

    Args:
        on_pick: Told the row that is chosen.
    """

    def __init__(self, on_pick: Callable[[Mapping[str, Any]], Awaitable[None] | None]) -> None:
        super().__init__()
        self._props["rows"] = []
        self.on("pick", lambda event: on_pick(event.args))

    def show(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Rows of `key`, `text`, `aside` and `tone`."""
        self._props["rows"] = list(rows)
        self.update()
