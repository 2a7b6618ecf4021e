"""Listeners of one kind, ours by name and others' by entry points: `Plugins`."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, Protocol, TypeVar

from songreel.models.errors import InvalidInput, MachineError, SongreelError


class Plugin(Protocol):
    """Something that may be installed or not."""

    @property
    def install(self) -> str:
        """The command that brings it."""
        ...

    def available(self) -> bool:
        """Whether it is installed. Imports nothing heavy."""
        ...


T = TypeVar("T", bound=Plugin)


@dataclass(frozen=True)
class Plugins(Generic[T]):
    """All of one kind."""

    kind: str
    """What one is called in sentences: `tracker`, `tagger`."""
    group: str
    """Of the entry points of other packages."""
    own: Mapping[str, str]
    """What comes with songreel: module and class by name. These names are taken."""

    def names(self) -> tuple[str, ...]:
        """All names, ours first, whether or not what they need is installed."""
        others = {point.name for point in entry_points(group=self.group)} - set(self.own)
        return (*self.own, *sorted(others))

    def find(self, name: str) -> T:
        """The one called `name`, ready to listen.

        Raises:
            InvalidInput: There is none of that name, or it is not installed.
            MachineError: The package that brings it is broken.
        """
        found = self.look_up(name)
        if not found.available():
            raise InvalidInput(
                f"the {self.kind} {name} is not installed; get it with `{found.install}`"
            )
        return found

    def look_up(self, name: str) -> T:
        """The one called `name`, whether or not what it needs is installed.

        Raises:
            InvalidInput: There is none of that name.
            MachineError: The package that brings it is broken.
        """
        if name in self.own:
            module, _, maker = self.own[name].partition(":")
            own: T = getattr(import_module(module), maker)()
            return own
        return self._made(self.point(name))

    def point(self, name: str) -> EntryPoint:
        """The entry point of another package's.

        Raises:
            InvalidInput: There is none of that name.
        """
        for point in entry_points(group=self.group):
            if point.name == name:
                return point
        known = ", ".join(self.names())
        raise InvalidInput(f"no {self.kind} is called {name!r}; known: {known}")

    def _made(self, point: EntryPoint) -> T:
        try:
            made: T = point.load()()
            made.available()
        except SongreelError:
            raise
        except Exception as error:
            package = point.dist.name if point.dist is not None else point.value
            raise MachineError(
                f"the {self.kind} {point.name!r} of the package {package} is broken: "
                f"{type(error).__name__}: {error}; update or remove that package"
            ) from error
        return made
