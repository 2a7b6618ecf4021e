"""Jobs the server has taken, where each stands by the clock, and what it bills for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from songreel.models.money import to_micro
from support.cloud.faults import FINE, Fault
from support.cloud.films import marks, video
from support.cloud.menu import Model
from support.cloud.tones import Made

Stage = Literal["queued", "running", "succeeded", "failed", "canceled", "aborted"]


class Item(NamedTuple):
    """A line of the bill."""

    id: str
    service: str
    model: str
    usd: Decimal
    input: Mapping[str, Any]


@dataclass
class Job:
    """One paid job."""

    id: str
    service: Literal["replicate", "fal"]
    model: Model
    ref: str
    """As it was asked for."""
    input: dict[str, Any]
    number: int
    """Of all jobs, in the order in which they were taken."""
    created: float
    starts: float
    ends: float
    fault: Fault = FINE
    deadline: float | None = None
    canceled: float | None = None
    webhook: str = ""
    events: tuple[str, ...] = ()
    mistakes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What is wrong with its input, where the service finds that only when it runs."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What was uploaded for it, by input."""
    made: Made | None = None

    def ended(self) -> float:
        """When it ends or ended."""
        if self.canceled is not None:
            return self.canceled
        if self.deadline is not None and self.deadline < self.ends:
            return self.deadline
        return self.ends

    def stage(self, now: float) -> Stage:
        """Where it stands."""
        ended = self.ended()
        if now < ended:
            return "queued" if now < self.starts else "running"
        if self.canceled is not None:
            return "canceled"
        if self.deadline is not None and ended == self.deadline:
            return "aborted" if self.deadline <= self.starts else "canceled"
        return "failed" if self.error is not None or self.mistakes else "succeeded"

    @property
    def error(self) -> str | None:
        """Why it fails: as told to, or by its own input."""
        if self.fault.error is not None:
            return self.fault.error
        return self.model.breaks(self.model.complete(self.input), self.files) or None

    @property
    def form(self) -> Any:
        return self.model.form(self.model.complete(self.input))

    @property
    def price(self) -> Decimal:
        """What it costs when all goes well, to the millionth."""
        return to_micro(self.model.usd(self.model.complete(self.input), self.form))

    def usd(self, now: float) -> Decimal:
        """What is billed for it; a job under way counts as what it will cost.

        Replicate charges a job that was cancelled while it ran, and one that was aborted not at
        all (its page of the prediction's lifecycle); a failed run costs its time where time is
        what is sold. fal does not charge for a 5xx (its page of errors).
        """
        stage = self.stage(now)
        if stage == "aborted" or self.mistakes:
            return Decimal(0)
        if stage == "canceled" and self.ended() <= self.starts:
            return Decimal(0)
        if stage == "failed":
            by_rule = self.model.gpu is not None if self.service == "replicate" else False
            charged = by_rule if self.fault.charged is None else self.fault.charged
            return self.price if charged else Decimal(0)
        return self.price

    @property
    def gpu_seconds(self) -> float:
        """Run time as the service meters it; the job itself is over in milliseconds."""
        if self.model.gpu is not None:
            return float(self.price / self.model.gpu)
        return float(self.form.seconds) * 12

    @property
    def seed(self) -> int:
        """The seed asked for, or one of the service's own choice."""
        asked = self.input.get("seed")
        return int(asked) if asked is not None else self.number

    @property
    def suffix(self) -> str:
        """Of the file's name."""
        return self.content().suffix if self.model.sound is not None else ".mp4"

    def content(self) -> Made:
        """The clip or the sound."""
        if self.made is None:
            self.made = self._make()
        return self.made

    def _make(self) -> Made:
        if self.model.sound is not None:
            return self.model.sound(self.model.complete(self.input), self.files, self.seed)
        form = self.form
        even = form._replace(width=form.width // 2 * 2, height=form.height // 2 * 2)
        film = video(even, marks(self.seed, str(self.input.get("prompt", ""))))
        return Made(film, "video/mp4", ".mp4")
