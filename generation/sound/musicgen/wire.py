"""What the worker of a MusicGen is told; it answers as those of clips do (`diffusion.wire`)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from songreel.generation.diffusion.wire import Cancel, Loading, Making
from songreel.generation.sound.musicgen.book import Model
from songreel.generation.sound.musicgen.settings import Drawing
from songreel.models.document import Frozen


class Load(Loading):
    """Crew: this is the model."""

    kind: Literal["load"] = "load"
    model: Model
    cache: Path | None = None
    """Folder for what is dear to find out: weights built here, which terms were told."""


class Ask(Frozen):
    """A piece of music."""

    prompt: str
    seconds: Annotated[float, Field(gt=0)]
    """Of all, what is heard included."""
    seed: int
    heard: Path | None = None
    """Sound file that it goes on from."""
    drawing: Drawing = Drawing()


class Make(Making):
    """Crew: make this music and write it to `path`."""

    kind: Literal["make"] = "make"
    ask: Ask


Order = Load | Make | Cancel

ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])
