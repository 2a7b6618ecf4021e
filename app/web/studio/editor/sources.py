"""Where a shot's clip can come from, with prices, as a list to choose from: `Sources`."""

from dataclasses import dataclass

from songreel.hosted import Choices
from songreel.web.studio.direction import price_text
from songreel.workspace import Workspace

_KINDS = {
    "builtin": "built-in scenes, free",
    "footage": "your footage, free",
    "still": "its start image, moved, free",
}


@dataclass(frozen=True)
class Sources:
    """What can be chosen here, and what each is called."""

    film: str
    """The film's own source."""
    names: dict[str, str]
    """In words, by source; those that are ready to be used."""

    def options(self, chosen: str = "") -> dict[str, str]:
        """For a list; the empty name is the film's own source, which one that is chosen joins."""
        own = f"as the film: {self.told(self.film)}"
        named = {"": own, **self.names}
        return named if chosen in named else {**named, chosen: self.told(chosen)}

    def told(self, source: str) -> str:
        """A source in words."""
        return self.names.get(source) or _KINDS.get(source, source)


def sources(workspace: Workspace, film: str) -> Sources:
    """What is ready here; asks nothing of the network.

    Args:
        workspace: Its settings say which models and keys there are.
        film: The film's own source.

    Raises:
        InvalidInput: The user's own catalogue does not hold.
    """
    choices = Choices(workspace.settings)
    names: dict[str, str] = {}
    for name, standing in workspace.services.providers().items():
        if name in _KINDS:
            if standing.ready or name == film:
                names[name] = _KINDS[name]
        elif name == "local" and standing.ready:
            for model in choices.local_models():
                names[model.key] = f"{model.name}, on this machine, free"
        elif standing.ready:
            hosted = {
                entry.key: f"{entry.name} at {name}, {price_text(entry.price)}"
                for entry in choices.models(None)
                if entry.provider == name
            }
            names |= hosted or {name: name}
    return Sources(film, names)
