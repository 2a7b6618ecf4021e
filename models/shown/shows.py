"""What an object that shows itself inherits: `Shows`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from songreel.models.shown.card import Card


class Shows:
    """An object that Jupyter shows as a card, and IPython in a terminal as a line.

    Without it a notebook would print, and keep in its file, every beat of an analysis.
    """

    shown_by: ClassVar[str]
    """Module and function that make its `Card`, `package.module:function`: imported only where
    somebody looks."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # IPython asks class by class, and a dataclass has its own `__repr__` before ours is found.
        cls._repr_pretty_ = Shows._repr_pretty_  # type: ignore[method-assign]

    def _card(self) -> "Card":
        module, _, name = self.shown_by.partition(":")
        card: Card = getattr(import_module(module), name)(self)
        return card

    def _repr_html_(self) -> str:
        return self._card().html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(self._card().line())
