"""A scene list's text, whatever it is written in: its values, and where each of them stands."""

from pathlib import Path
from typing import Any, Protocol

from songreel.models.errors import InvalidInput
from songreel.models.located import LocatedJson, Place
from songreel.prompting.located_yaml import LocatedYaml, text_of

SUFFIXES = (".yaml", ".yml", ".json")


class Source(Protocol):
    """Values, and errors that say where a value stands."""

    value: dict[str, Any]

    def fault(self, place: Place, text: str) -> InvalidInput:
        """An error at `place`, or at the nearest value around it."""
        ...


class JsonFile:
    """A JSON file that knows on which line each of its values stands.

    Raises:
        InvalidInput: The file cannot be read or holds no JSON object; the text names file and line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._located = LocatedJson(text_of(path), str(path))
        except RecursionError as error:
            raise InvalidInput(f"{path}: nested too deep") from error
        if not isinstance(self._located.value, dict):
            raise InvalidInput(f'{path}: expected an object with a list "scenes"')
        self.value: dict[str, Any] = self._located.value

    def fault(self, place: Place, text: str) -> InvalidInput:
        """An error at `place`, or at the nearest value around it."""
        field = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in place)
        line = self._located.line(place)
        return InvalidInput(f"{self.path}, line {line}: {field.removeprefix('.')}: {text}")


def open_source(path: Path) -> Source:
    """The file at `path`, as its ending says.

    Raises:
        InvalidInput: It cannot be read, or it is neither YAML nor JSON.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{path} is no scene list: its name must end in {', '.join(SUFFIXES)}")
    if path.suffix.lower() == ".json":
        return JsonFile(path)
    return LocatedYaml(path, "fields like `music: warm folk` and a list `scenes`")
