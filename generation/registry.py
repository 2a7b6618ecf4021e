"""Which providers there are: entry points of the group `songreel.providers`."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar

from songreel.generation.provider import Context, Provider, Standing
from songreel.models.errors import InvalidInput, MachineError, SongreelError

GROUP = "songreel.providers"

T = TypeVar("T")


class Maker(Protocol):
    """What an entry point names: a class that makes a provider, and can tell of itself."""

    def __call__(self, context: Context) -> Provider:
        """A provider for `context`."""
        ...

    def describe(self, context: Context) -> Standing:
        """Whether it could work in `context`."""
        ...


def providers() -> tuple[str, ...]:
    """Names of all installed providers, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def create(name: str, context: Context) -> Provider:
    """Make the provider `name`; what follows a colon is the model (`replicate:hailuo-02`).

    Raises:
        InvalidInput: There is none of that name, or it lacks what it needs.
        MachineError: The package that brings it is broken.
    """
    name, _, model = name.partition(":")
    point = _find(name)
    maker: Maker = _asked(point, point.load)
    asked = context.model_copy(update={"model": model})
    return _asked(point, lambda: maker(asked))


def describe(name: str, context: Context) -> Standing:
    """What the provider `name` needs and whether it is ready; a broken one says so.

    Raises:
        InvalidInput: There is none of that name.
    """
    point = _find(name)
    try:
        maker: Maker = _asked(point, point.load)
        return _asked(point, lambda: maker.describe(context))
    except SongreelError as error:
        return Standing(ready=False, summary="cannot be loaded", reason=str(error))


def _find(name: str) -> EntryPoint:
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point
    known = ", ".join(providers()) or "none is installed"
    raise InvalidInput(f"no source of clips is called {name!r}; known: {known}")


def _asked(point: EntryPoint, ask: Callable[[], T]) -> T:
    """The answer; what a foreign package raises becomes one sentence that names it."""
    try:
        return ask()
    except SongreelError:
        raise
    except Exception as error:
        package = point.dist.name if point.dist is not None else point.value
        raise MachineError(
            f"the source of clips {point.name!r} of the package {package} is broken: "
            f"{type(error).__name__}: {error}; update or remove that package"
        ) from error
