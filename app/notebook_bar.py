"""Progress below a notebook's cell: `Bar`."""

import sys
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

_OFTEN = 0.1
"""Seconds between two pictures of the bar: more are not seen, and each is a message."""


class Bar:
    """A `Progress` with a bar in Jupyter, and with lines elsewhere; used as `with Bar() as tell`.

    It may be told from any thread.
    """

    def __init__(self) -> None:
        self._lock, self._what, self._done, self._shown = Lock(), "", 0.0, 0.0
        self._began = monotonic()
        self._widget = _widget() if in_jupyter() else None
        if self._widget is None and in_jupyter():
            print("progress in lines; for a bar: pip install 'songreel[notebooks]'")

    def __call__(self, what: str, done: float) -> None:
        """Show what is being done, and how much of it is done, 0 to 1."""
        with self._lock:
            new, now = what != self._what, monotonic()
            self._what, self._done = what, min(max(done, 0.0), 1.0)
            if new or now - self._shown >= _OFTEN or done >= 1:
                self._shown = now
                self._draw(new)

    def __enter__(self) -> "Bar":
        if self._widget is not None:
            # A kernel has IPython loaded, and it is what knows of the cell.
            sys.modules["IPython"].display.display(self._widget)
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        with self._lock:
            spent = f"{monotonic() - self._began:.1f} s"
            if error is None:
                self._end("success", f"done in {spent}", 1.0)
            else:
                stopped = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
                during = f" while {self._what}" if self._what else ""
                self._end("danger", f"{stopped} after {spent}{during}", self._done)

    def _draw(self, new: bool) -> None:
        if self._widget is None:
            if new:
                print(self._what)
            return
        bar, words = self._widget.children
        bar.value, words.value = self._done, f"{self._what} · {self._done:.0%}"

    def _end(self, style: str, words: str, value: float) -> None:
        if self._widget is None:
            print(words)
            return
        bar, text = self._widget.children
        bar.value, bar.bar_style, text.value = value, style, words


def in_jupyter() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _widget() -> Any:
    """A bar with words beside it; None where ipywidgets is not installed."""
    try:
        from ipywidgets import FloatProgress, HBox, Label, Layout
    except ImportError:
        return None
    bar = FloatProgress(min=0.0, max=1.0, layout=Layout(width="280px"))
    return HBox([bar, Label("")])
