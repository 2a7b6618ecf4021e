"""Sources by name, ours and other packages': `Registry`."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from songreel.generation.provider import Context, Standing
from songreel.models.errors import InvalidInput, MachineError, SongreelError

T = TypeVar("T")
S = TypeVar("S")
"""A source of one kind."""


class Registry(Generic[S]):
    """The sources of one kind: entry points that name classes.

    Such a class is called with a `Context` to make a source, and its `describe(context)` tells
    whether it could work there.

    Args:
        group: Of the entry points.
        kind: What one is called in sentences.
    """

    def __init__(self, group: str, kind: str) -> None:
        self._group, self._kind = group, kind

    def names(self) -> tuple[str, ...]:
        """All that are installed, sorted."""
        return tuple(sorted({point.name for point in entry_points(group=self._group)}))

    def create(self, name: str, context: Context) -> S:
        """Make the source `name`; what follows a colon is the model (`replicate:hailuo-02`).

        Raises:
            InvalidInput: There is none of that name, or it lacks what it needs.
            MachineError: The package that brings it is broken.
        """
        name, _, model = name.partition(":")
        point = self._find(name)
        maker: Callable[[Context], S] = self._asked(point, point.load)
        asked = context.model_copy(update={"model": model})
        return self._asked(point, lambda: maker(asked))

    def describe(self, name: str, context: Context) -> Standing:
        """What the source `name` needs and whether it is ready; a broken one says so.

        Raises:
            InvalidInput: There is none of that name.
        """
        name, _, model = name.partition(":")
        asked = context.model_copy(update={"model": model}) if model else context
        return self._standing(self._find(name), asked)

    def standings(self, context: Context) -> dict[str, Standing]:
        """The same of all that are installed, by name, sorted."""
        points = {point.name: point for point in reversed(entry_points(group=self._group))}
        return {name: self._standing(points[name], context) for name in sorted(points)}

    def _standing(self, point: EntryPoint, context: Context) -> Standing:
        try:
            maker = self._asked(point, point.load)
            standing: Standing = self._asked(point, lambda: maker.describe(context))
        except SongreelError as error:
            return Standing(ready=False, summary="cannot be loaded", reason=str(error))
        return standing

    def _find(self, name: str) -> EntryPoint:
        for point in entry_points(group=self._group):
            if point.name == name:
                return point
        known = ", ".join(self.names()) or "none is installed"
        raise InvalidInput(f"no {self._kind} is called {name!r}; known: {known}")

    def _asked(self, point: EntryPoint, ask: Callable[[], T]) -> T:
        """The answer; what a foreign package raises becomes one sentence that names it."""
        try:
            return ask()
        except SongreelError:
            raise
        except Exception as error:
            package = point.dist.name if point.dist is not None else point.value
            raise MachineError(
                f"the {self._kind} {point.name!r} of the package {package} is broken: "
                f"{type(error).__name__}: {error}; update or remove that package"
            ) from error
