"""The options of words over the picture: captions, title, end card."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from songreel.models.overlay import Place
    from songreel.wording import Wording


class Where(StrEnum):
    """Places of captions; the same as `songreel.models.overlay.Place`."""

    BOTTOM = "bottom"
    MIDDLE = "middle"
    TOP = "top"


TitleOption = Annotated[
    str | None,
    typer.Option("--title", metavar="TEXT", help="A title in the intro; '' takes it away."),
]
ArtistOption = Annotated[
    str | None, typer.Option("--artist", metavar="TEXT", help="The smaller line under the title.")
]
EndCardOption = Annotated[
    str | None,
    typer.Option(
        "--end-card",
        metavar="TEXT",
        help=r"A card in the outro; \n breaks the line, \n\n begins a smaller one.",
    ),
]
CaptionsOption = Annotated[
    bool | None,
    typer.Option(
        "--captions/--no-captions", help="Show what is sung (where the lyrics have times)."
    ),
]
KaraokeOption = Annotated[
    bool | None, typer.Option("--karaoke/--no-karaoke", help="Light the words as they are sung.")
]
CaptionSizeOption = Annotated[
    float | None,
    typer.Option("--caption-size", min=2, max=15, help="Percent of the picture's short side (6)."),
]
CaptionPlaceOption = Annotated[
    Where | None, typer.Option("--caption-place", help="Where captions stand (bottom).")
]
CaptionFontOption = Annotated[
    Path | None,
    typer.Option("--caption-font", metavar="FILE", help="Your font, for captions and cards."),
]


def wording(
    title: str | None = None,
    artist: str | None = None,
    end_card: str | None = None,
    captions: bool | None = None,
    karaoke: bool | None = None,
    size: float | None = None,
    place: Where | None = None,
    font: Path | None = None,
) -> "Wording":
    """What the options ask for."""
    from songreel.wording import Wording

    where: Place | None = None if place is None else place.value
    return Wording(captions, karaoke, size, where, font, title, artist, end_card)
