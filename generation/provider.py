"""What a source of clips must do: the `Provider` Protocol, its `Traits`, `Standing`, `Context`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, JobState, Portion
from songreel.models.document import Frozen
from songreel.models.local import LocalOptions
from songreel.models.money import Quote


class Traits(Frozen):
    """What the runner must know of a provider to serve it."""

    local: bool
    """Makes clips on this machine: a job dies with the process and is made again."""
    hears_music: bool
    """Its pictures follow `ClipRequest.drive`."""
    costs_money: bool
    deterministic: bool
    """The same request gives the same bytes."""
    max_concurrent: Annotated[int, Field(ge=1)]
    """Jobs it works on at a time, over all models of the same service."""
    dialect: str = "plain"
    """How its prompts want to be worded."""
    takes_start: bool = False
    takes_end: bool = False
    """Whether it uses `ClipRequest.start` and `end`."""
    final: bool = False
    """Its clips come as the film shows them (`ClipRequest.final`), so that they can be copied."""
    patient: bool = False
    """A server of the user's own that keeps its own time: a slow queue there is no reason to
    break a job off."""


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


class Provider(Protocol):
    """A source of clips. It only translates; the runner waits, retries, fetches and pays.

    Every method returns at once or after a few exchanges with the other side; none sleeps.
    """

    name: str
    """As the user named it, with the model: `builtin`, `replicate:ltx-video`."""
    traits: Traits

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

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """Planned requests to try when `request` cannot be had, best first; may be empty.

        Each is at least as long. One that differs by its seed alone comes before other models.
        """
        ...

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """What a report should say of a clip made of the planned `request`."""
        ...

    def notices(self) -> Sequence[str]:
        """What the user should know of this source as a whole: files left out, limits reached."""
        ...

    def quote(self, request: ClipRequest) -> Quote:
        """Price of the planned `request`; asks nothing of the network."""
        ...

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        """Start making the planned `request`.

        Args:
            request: As planned.
            images: The files of its stills.

        Raises:
            ProviderError: It was not taken; `ambiguous` if it may have been.
            MachineError: An image cannot be read.
        """
        ...

    def find(self, job: Job) -> Job | None:
        """Look at the service for `job`, which was sent at `job.sent` and whose answer was lost.

        Args:
            job: With an empty id.

        Returns:
            The job with its id and ticket; None if the service surely never took it.

        Raises:
            ProviderError: It cannot be told; `retryable` if asking again may help.
        """
        ...

    def poll(self, job: Job) -> JobState:
        """Ask once where `job` stands; `done` carries the path of a finished file, or its URL.

        Raises:
            ProviderError: The job is not known, or the question was not answered (`retryable`).
            MachineError: This machine cannot make it: disk full, folder read-only.
        """
        ...

    def headers(self, url: str) -> Mapping[str, str]:
        """What to send along when the result at `url` is fetched; a key only to its own hosts."""
        ...

    def cancel(self, job: Job) -> None:
        """Stop `job` as soon as that can be; nothing of it is left. Unknown jobs are no matter."""
        ...

    def close(self) -> None:
        """Stop everything and let go of threads and connections."""
        ...
