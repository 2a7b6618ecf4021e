"""YAML written by hand: read safely, with the line of every value."""

from pathlib import Path
from typing import Any

import yaml

from songreel.models.errors import InvalidInput

LARGEST = 64 * 1024
"""Bytes of a file written by hand, on the safe side."""
DEEPEST = 8
"""Levels of nesting."""
Place = tuple[str | int, ...]


def text_of(path: Path) -> str:
    """The text of a file written by hand.

    Raises:
        InvalidInput: It cannot be read, is too large or no UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise InvalidInput(f"{path} is larger than {LARGEST // 1024} KiB")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text in UTF-8: {error.reason}") from error


class LocatedYaml:
    """A mapping read from a YAML file that knows on which line each of its values stands.

    Aliases are refused: a few lines of them can stand for gigabytes. So are tags, a key that is
    given twice, and a file with more than one document.

    Args:
        path: The file.
        expected: What such a file holds, for somebody who wrote something else.

    Raises:
        InvalidInput: The file cannot be read or is no such YAML; the text names file and line.
    """

    def __init__(self, path: Path, expected: str = "fields like `medium: 16 mm film`") -> None:
        self.path = path
        text = text_of(path)
        try:
            self._watch(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.lines: dict[Place, int] = {}
            if not isinstance(node, yaml.MappingNode):
                raise InvalidInput(f"{path}: expected {expected}")
            self._locate(node, ())
            self.value: dict[str, Any] = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise InvalidInput(f"{path}, line {line}: not valid YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())[:120]
            raise InvalidInput(f"{path}: not valid YAML: {reason}") from error
        except (ValueError, OverflowError, RecursionError) as error:
            # A date such as 2026-02-31 fails only when it is made.
            raise InvalidInput(f"{path}: not valid YAML: {str(error)[:120]}") from error

    def fault(self, place: Place, text: str) -> InvalidInput:
        """An error at `place`, or at the nearest value around it."""
        near = place
        while near and near not in self.lines:
            near = near[:-1]
        line = f", line {self.lines[near]}" if near in self.lines else ""
        field = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in place)
        return InvalidInput(f"{self.path}{line}: {field.removeprefix('.')}: {text}")

    def _watch(self, text: str) -> None:
        """Refuse what is dear to build before anything is built."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise InvalidInput(
                    f"{self.path}, line {line}: aliases (*{event.anchor}) are not read; "
                    "write the value out"
                )
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise InvalidInput(f"{self.path}, line {line}: nested more than {DEEPEST} deep")

    def _locate(self, node: yaml.Node, place: Place) -> None:
        self.lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                self._locate(item, (*place, i))
        elif isinstance(node, yaml.MappingNode):
            for key, item in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else None
                line = key.start_mark.line + 1
                if name is None or key.tag != "tag:yaml.org,2002:str":
                    raise InvalidInput(f"{self.path}, line {line}: a field's name must be a word")
                if (*place, name) in self.lines:
                    raise InvalidInput(f"{self.path}, line {line}: {name} is given twice")
                self._locate(item, (*place, name))
