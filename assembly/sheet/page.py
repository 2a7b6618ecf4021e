"""The sheet as one HTML page that needs nothing beside it: `page`."""

from base64 import b64encode
from importlib.resources import files
from pathlib import Path

import cv2
from jinja2 import Environment, StrictUndefined

from songreel.assembly.lettering import Colour, ink_on
from songreel.assembly.sheet.gather import Rgb, Sheet
from songreel.models.files import whole
from songreel.models.timebase import clock


def page(sheet: Sheet, output: Path) -> None:
    """Write the page, pictures and all.

    Raises:
        MachineError: The folder cannot be written or the disk is full.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"clock": clock, "jpeg": _jpeg, "css": _css, "ink": _ink}
    source = (files("songreel.assembly.sheet") / "sheet.html").read_text(encoding="utf-8")
    text = environment.from_string(source).render(sheet=sheet)
    with whole(output) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def _jpeg(picture: Rgb) -> str:
    _, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])
    return "data:image/jpeg;base64," + b64encode(coded.tobytes()).decode()


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _ink(colour: Colour) -> str:
    return _css(ink_on(colour))
