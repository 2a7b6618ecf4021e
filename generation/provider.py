"""What a source of clips must do: the `Provider` Protocol, its `Standing` and `Context`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from songreel.generation.maker import Maker
from songreel.generation.traits import Traits
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.document import Frozen
from songreel.models.local import LocalOptions

__all__ = ["Context", "Provider", "Standing", "Traits"]


class Standing(Frozen):
    """What a provider needs, and whether it is there."""

    ready: bool
    summary: str
    """What it makes and what it needs (a key, a folder, a GPU, the network), in one line."""
    reason: str = ""
    """Why it is not ready; empty where it is."""


class Context(Frozen):
    """What a provider is given when it is made."""

    scratch: Path
    """Folder for files under way and results; best on the disk where the clips are kept."""
    footage: Path | None = None
    """Folder with the user's own clips and photos."""
    cache: Path | None = None
    """Folder for what is dear to find out and the same for every project; None: nothing is kept."""
    workers: Annotated[int, Field(ge=1)] = 1
    """Clips that may be made at a time on this machine."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the film."""
    model: str = ""
    """What follows the colon in a source's name (`replicate:hailuo-02`): the catalogue's name of
    a model; empty for the provider's own choice."""
    catalogue: Path | None = None
    """The user's own catalogue entries, in TOML."""
    models: Path | None = None
    """The user's own local models, in TOML (`local.toml`)."""
    local: LocalOptions = LocalOptions()
    """Wishes for models on this machine."""


class Provider(Maker[ClipRequest, Images], Protocol):
    """A source of clips."""

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """What this provider needs and whether it could work in `context`; never raises."""
        ...

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """The clips as this provider will make them, and what each shot shows of them, by shot.

        They are the whole film for the film's own source, even where single shots go elsewhere,
        and those shots for another one.

        It puts what else decides a picture into `source` (at least its own name and version), and
        levels what does not reach its pictures (`drive` if it does not hear the music, stills it
        does not take), so that a change there does not age its clips. It sees the film as a whole
        so that pictures need not repeat, and changes little where little was changed.

        Args:
            requests: By shot id, in the film's order.

        Returns:
            The same keys in the same order. Shots may share a clip; then their portions do not
            overlap.

        Raises:
            InvalidInput: There is nothing to make clips of.
        """
        ...

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES, /) -> Job:
        """Start making the planned `request`; `images` are the files of its stills."""
        ...
