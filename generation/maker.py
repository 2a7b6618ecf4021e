"""What every source does with an order, of pictures or of sound: the `Maker` Protocol."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from typing_extensions import TypeVar

from songreel.generation.traits import Traits
from songreel.models.clip import ClipRequest, Images, Job, JobState
from songreel.models.money import Quote
from songreel.models.order import Order

R = TypeVar("R", bound=Order, default=ClipRequest)
"""What is ordered."""

F = TypeVar("F", default=Images)
"""The files that go with it."""

_F = TypeVar("_F", contravariant=True, default=Images)


class Maker(Protocol[R, _F]):
    """A source. It only translates; the runner waits, retries, fetches and pays.

    Every method returns at once or after a few exchanges with the other side; none sleeps.
    """

    name: str
    """As the user named it, with the model: `builtin`, `replicate:ltx-video`."""
    traits: Traits

    def alternatives(self, request: R) -> Sequence[R]:
        """Planned requests to try when `request` cannot be had, best first; may be empty.

        Each is at least as long. One that differs by its seed alone comes before other models.
        """
        ...

    def notes(self, request: R) -> Sequence[str]:
        """What a report should say of what was made of the planned `request`."""
        ...

    def notices(self) -> Sequence[str]:
        """What the user should know of this source as a whole: files left out, limits reached."""
        ...

    def quote(self, request: R) -> Quote:
        """Price of the planned `request`; asks nothing of the network."""
        ...

    def submit(self, request: R, files: _F, /) -> Job[R]:
        """Start making the planned `request`.

        Args:
            request: As planned.
            files: That it names by their content.

        Raises:
            ProviderError: It was not taken; `ambiguous` if it may have been.
            MachineError: A file cannot be read.
        """
        ...

    def find(self, job: Job[R]) -> Job[R] | None:
        """Look at the service for `job`, which was sent at `job.sent` and whose answer was lost.

        Args:
            job: With an empty id.

        Returns:
            The job with its id and ticket; None if the service surely never took it.

        Raises:
            ProviderError: It cannot be told; `retryable` if asking again may help.
        """
        ...

    def poll(self, job: Job[R]) -> JobState:
        """Ask once where `job` stands; `done` carries the path of a finished file, or its URL.

        Raises:
            ProviderError: The job is not known, or the question was not answered (`retryable`).
            MachineError: This machine cannot make it: disk full, folder read-only.
        """
        ...

    def headers(self, url: str) -> Mapping[str, str]:
        """What to send along when the result at `url` is fetched; a key only to its own hosts."""
        ...

    def cancel(self, job: Job[R]) -> None:
        """Stop `job` as soon as that can be; nothing of it is left. Unknown jobs are no matter."""
        ...

    def close(self) -> None:
        """Stop everything and let go of threads and connections."""
        ...
