"""The timeline's JavaScript and CSS as one module and one sheet: `module`, `sheet`.

The parts are ES modules that import each other, so that browsers and editors can read them as they
are. Where only a text can be given (an anywidget, a page of one file), they are joined.
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

ENTRY = "timeline.js"
_IMPORT = re.compile(r"^import \{[^}]*\} from \"\./([a-z_]+\.js)\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def module() -> str:
    """All parts as one ES module, each after those it imports, without their imports."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(name))) for name in parts()[:-1]) + (
        "\n" + _IMPORT.sub("", _read(ENTRY))
    )


@cache
def sheet() -> str:
    """The style sheet."""
    return _read("timeline.css")


def parts() -> list[str]:
    """Names of the parts, each after those it imports; the last is the widget's own."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        for needed in _IMPORT.findall(_read(name)):
            if needed not in ordered:
                visit(needed)
        ordered.append(name)

    visit(ENTRY)
    return ordered


def mark(text: str) -> str:
    """A few letters that change with `text`, for URLs that may be kept for ever."""
    return sha256(text.encode()).hexdigest()[:12]


def _read(name: str) -> str:
    return files("songreel.widget").joinpath(name).read_text("utf-8")
