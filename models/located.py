"""JSON text with the line of every value, so that an error can say where it is."""

import json
from functools import cached_property
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any

from songreel.models.errors import InvalidInput

Place = tuple[str | int, ...]


class _Located(json.JSONDecoder):
    """A decoder that notes at which character each value of each container starts."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: dict[int, list[int]] = {}
        self.parse_object = self._object
        self.parse_array = self._array
        self.scan_once = py_make_scanner(self)

    def _watched(self, scan: Any, starts: list[int]) -> Any:
        def once(text: str, index: int) -> Any:
            starts.append(index)
            return scan(text, index)

        return once

    def _object(self, text_and_end: Any, strict: bool, scan: Any, *rest: Any) -> Any:
        starts: list[int] = []
        value, end = json.decoder.JSONObject(  # type: ignore[attr-defined]
            text_and_end, strict, self._watched(scan, starts), *rest
        )
        self.starts[id(value)] = starts
        return value, end

    def _array(self, text_and_end: Any, scan: Any, *rest: Any) -> Any:
        starts: list[int] = []
        value, end = json.decoder.JSONArray(  # type: ignore[attr-defined]
            text_and_end, self._watched(scan, starts), *rest
        )
        self.starts[id(value)] = starts
        return value, end


class LocatedJson:
    """A parsed JSON text that knows on which line each of its values stands.

    Raises:
        InvalidInput: Not JSON; the text names `source`, the line and the column.
    """

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self._text = text
        try:
            self.value: Any = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(
                f"{source}, line {error.lineno}, column {error.colno}: not valid JSON: {error.msg}"
            ) from error
        except ValueError as error:  # Python reads whole numbers of 4300 digits at most
            raise InvalidInput(f"{source}: a number in it has too many digits") from error

    @cached_property
    def _located(self) -> tuple[Any, dict[int, list[int]]]:
        """The value again with its places: a slow reading, for a text in which something is wrong.

        The value is kept with them, as they go by its containers' identities.
        """
        decoder = _Located()
        return decoder.decode(self._text), decoder.starts

    def line(self, place: Place) -> int:
        """Line (from 1) of the value at `place`, or of the nearest container around it."""
        (value, places), position = self._located, 0
        for step in place:
            starts = places.get(id(value), [])
            if isinstance(value, dict) and step in value:
                index = list(value).index(step)
                value = value[step]
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                index = step
                value = value[step]
            else:
                break
            if index >= len(starts):
                break
            position = starts[index]
        return self._text.count("\n", 0, position) + 1
