"""How sound is mixed under a picture: the options that `mix` and `foley` share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.mix import MixSpec


class Mode(StrEnum):
    """As `songreel.models.mix.Mode`."""

    KEEP = "keep"
    MIX = "mix"
    REPLACE = "replace"
    DUCK = "duck"


class Codec(StrEnum):
    """As `songreel.models.mix.Codec`."""

    AAC = "aac"
    ALAC = "alac"
    FLAC = "flac"
    WAV = "wav"


SourceGainOption = Annotated[
    float, typer.Option(metavar="DB", help="Of the film's own sound, -120 to 24.")
]
DuckByOption = Annotated[
    float, typer.Option(metavar="DB", help="By which --mode duck lowers it, 0 to 40.")
]
FadeInOption = Annotated[float, typer.Option(metavar="SECONDS", help="At the start of the whole.")]
FadeOutOption = Annotated[
    float, typer.Option(metavar="SECONDS", help="At its end; the last sample is silent.")
]
TargetOption = Annotated[
    str,
    typer.Option(
        metavar="LUFS", help="Loudness of the whole (EBU R128), -40 to -5; off: as it is."
    ),
]
CodecOption = Annotated[
    Codec | None, typer.Option(help="Of the delivered sound (as the file's name says).")
]


def spec_of(
    out: Path | None, target: str, codec: Codec | None, mode: Mode, **others: float
) -> "MixSpec":
    """What the options ask for.

    Args:
        out: What is delivered; None: not known yet.
        target: LUFS, or `off`.
        codec: Its form; None: the usual one of its kind.
        mode: Of the film's own sound.
        **others: Further fields of `MixSpec`.

    Raises:
        InvalidInput: A value is out of range, or the file does not carry such sound.
    """
    from pydantic import ValidationError

    from songreel.mixing import codec_of
    from songreel.models.mix import MixSpec

    form = codec_of(out, codec.value if codec is not None else None)
    try:
        return MixSpec.model_validate(
            {"mode": mode.value, "target": _lufs(target), "codec": form, **others}
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        said = first["msg"].removeprefix("Input should be ")
        raise InvalidInput(f"{option} {first['input']} cannot be: it should be {said}") from error


def _lufs(text: str) -> float | None:
    if text.strip().lower() in ("off", "none"):
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(
            f"--target {text!r} is no number; give LUFS such as -14, or off"
        ) from error
