"""Classes found by name, ours and other packages', and made with settings: `Makers`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from typing import Generic, TypeVar

from songreel.models.effect import Setting
from songreel.models.errors import InvalidInput

T = TypeVar("T")


@dataclass(frozen=True)
class Makers(Generic[T]):
    """All of one kind: effects, or transitions."""

    kind: str
    """What one is called in sentences."""
    group: str
    """Of the entry points of other packages: a class each, made with the settings as keywords."""
    own: Mapping[str, str]
    """What comes with songreel: module and class by name. These names are taken."""
    plain: tuple[str, ...] = ()
    """Names that need no class; with any, all are told by the alphabet."""

    def names(self) -> tuple[str, ...]:
        """All names: ours in their order, then other packages' by name."""
        others = {point.name for point in entry_points(group=self.group)} - set(self.own)
        return (*self.own, *sorted(others))

    def of(self, name: str) -> Callable[..., T]:
        """The class called `name`.

        Raises:
            InvalidInput: There is none of that name, or its package does not load.
        """
        if name in self.own:
            module, _, kind = self.own[name].partition(":")
            own: Callable[..., T] = getattr(import_module(module), kind)
            return own
        for point in entry_points(group=self.group):
            if point.name == name:
                try:
                    other: Callable[..., T] = point.load()
                except Exception as error:  # whatever another package's code may raise
                    raise InvalidInput(
                        f"{self.kind} {name} of {point.value} does not load ({error}); "
                        "repair or remove its package"
                    ) from error
                return other
        known = ", ".join(sorted({*self.plain, *self.names()}) if self.plain else self.names())
        raise InvalidInput(f"no {self.kind} is called {str(name)!r}; known: {known}")

    def made(self, name: str, maker: Callable[..., T], settings: Mapping[str, Setting]) -> T:
        """One made by `maker`, the class called `name`, with `settings`.

        Raises:
            InvalidInput: It has no such setting, or not with such a value.
        """
        taken = signature(maker).parameters.values()
        known = [p.name for p in taken if p.kind is not p.VAR_KEYWORD]
        if len(known) == len(taken):
            for given in settings:
                if given not in known:
                    has = f"it has {', '.join(known)}" if known else "it has none"
                    raise InvalidInput(f"{self.kind} {name} has no setting {given!r}; {has}")
        try:
            return maker(**settings)
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"{self.kind} {name}: {error}; correct its settings") from error
