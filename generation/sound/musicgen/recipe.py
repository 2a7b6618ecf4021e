"""One MusicGen as data: `Recipe`, and those that are published. Nothing here imports torch."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen

RATE = 32_000
"""Samples a second of all published models (Copet et al., "Simple and Controllable Music
Generation", 2023, section 3)."""
HOP = 640
"""Samples of a frame of their codec, EnCodec: 50 frames a second."""
WINDOW = 30.0
"""Seconds that they were trained on, heard sound included; positions beyond were never seen."""
CODEBOOKS = 4
"""A channel, and a frame."""
LICENCE = "CC-BY-NC-4.0"
NON_COMMERCIAL = (
    f"the weights are under {LICENCE}: films with this music may not be used commercially"
)


class Recipe(Frozen):
    """A model: where it is had and how large it is.

    Sizes are counted on the networks as transformers 5.23 builds them from the published
    configurations; the files at the hub are float32.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    """As the user writes it after the colon: `local:musicgen-small`."""
    kind: Literal["musicgen", "musicgen_melody"] = "musicgen"
    """As `config.json` calls it: the melody models take words and sound before what they write,
    the others look at words from each layer."""
    hub: str = ""
    """Id at the hub; empty where it is a folder or built here."""
    revision: str = ""
    """Commit at the hub, where it is known."""
    channels: Literal[1, 2]
    layers: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    """Of its residual stream."""
    parameters: Annotated[int, Field(ge=1)]
    """Of the network that writes the music."""
    others: Annotated[int, Field(ge=1)] = 109_628_544 + 56_884_674
    """Parameters of T5-base, which reads the words, and of the codec."""
    licence: str = LICENCE
    quality: Annotated[int, Field(ge=0, le=10)] = 0
    """How good its music is beside the others': larger ones are preferred by listeners (the
    paper's table 3), and a film is heard in stereo."""
    tiny: bool = False
    """Random weights made here, for tests and for trying a pipeline without a download."""

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return 4 * (self.parameters + self.others)

    @property
    def codebooks(self) -> int:
        """Tokens a frame."""
        return CODEBOOKS * self.channels


_SIZES = {"small": (24, 1024), "medium": (48, 1536), "large": (48, 2048)}
"""Layers and width."""

_PARAMETERS = {
    "small": (419_584_000, 436_365_312),
    "medium": (1_837_556_736, 1_862_728_704),
    "large": (3_255_382_016, 3_288_944_640),
    "melody": (1_384_424_448, 1_409_596_416),
    "melody-large": (2_449_879_040, 2_483_441_664),
}
"""Mono and stereo."""

_REVISIONS = {
    "musicgen-small": "4c8334b02c6ec4e8664a91979669a501ec497792",
    "musicgen-large": "15ccdc92099879e47b6da12c350cdb71d4eab3ca",
}
"""Commits as other projects name them; the rest is taken as the hub's `main` has it."""


def published() -> Iterator[Recipe]:
    """The models at the hub (facebook/musicgen-*), the best first."""
    order = ("large", "melody-large", "medium", "melody", "small")
    for channels, word in ((2, "stereo-"), (1, "")):
        for place, size in enumerate(order):
            name = f"musicgen-{word}{size}"
            layers, width = _SIZES[{"melody": "medium", "melody-large": "large"}.get(size, size)]
            yield Recipe(
                name=name, kind="musicgen_melody" if "melody" in size else "musicgen",
                hub=f"facebook/{name}", revision=_REVISIONS.get(name, ""),
                channels=2 if channels == 2 else 1, layers=layers, width=width,
                parameters=_PARAMETERS[size][channels - 1], quality=channels * 5 - place,
            )  # fmt: skip


def tiny() -> Iterator[Recipe]:
    """Models with random weights, of a second's making; what they make is noise."""
    for name, kind, channels, parameters in (
        ("tiny-musicgen", "musicgen", 1, 268_576),
        ("tiny-musicgen-stereo", "musicgen", 2, 530_784),
        ("tiny-musicgen-melody", "musicgen_melody", 1, 266_464),
    ):
        yield Recipe.model_validate({
            "name": name, "kind": kind, "channels": channels, "layers": 2, "width": 16,
            "parameters": parameters, "others": 44_544, "tiny": True, "licence": "none",
        })  # fmt: skip
