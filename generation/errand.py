"""One request on its way: `Errand`."""

from dataclasses import dataclass, field
from typing import Any, Generic

from typing_extensions import TypeVar

from songreel.generation.maker import F, Maker, R
from songreel.models.clip import ClipRequest, Images, Job, JobState
from songreel.models.money import Charge


def service_of(name: str) -> str:
    """What comes before the colon of a source's name: all its models share limits and troubles."""
    return name.partition(":")[0]


def model_of(maker: Maker[ClipRequest, Images], request: ClipRequest) -> str:
    """The model that a planned request is for, as sources with several state it; else empty."""
    of_models = maker.traits.costs_money or request.source[:1] == (service_of(maker.name),)
    return request.source[1] if of_models and len(request.source) > 1 else ""


W = TypeVar("W", default=Any)
"""What wants it: a shot, a scene."""


@dataclass
class Errand(Generic[R, F, W]):
    """One request on its way, for all that want what comes of it.

    Where it stands is told by `job` alone, which is stored as it is: None, nothing was done;
    without `sent`, it was surely not taken; without an id, it may have been; with one, it is
    under way; and with `ended` it has been paid for or given back.
    """

    maker: Maker[R, F]
    source: str
    """Under which what it brings is kept: the maker's name, or that of the one who once sent it."""
    request: R
    shot: str
    """For which it was first asked."""
    wants: list[W] = field(default_factory=list)
    """Empty for what an earlier run left under way and nobody wants any more."""
    job: Job[R] | None = None
    resumed: bool = False
    ended: JobState | None = None
    charge: Charge | None = None
    stopped: float | None = None
    """When it was found to be overdue."""
    cancelled: bool = False
    unsure: bool = False
    """Whether it may have been billed."""
    tries: int = 0
    told: int = 0
    """How often the service said when to come back,"""
    waited: float = 0.0
    """and for how many seconds in all."""
    due: float = 0.0
    started: float = 0.0
    done: float = 0.0
    detail: str = ""
    """What is going on, as its provider says it: `step 12 of 64`."""
    eta: float | None = None
    """Seconds until it is done, where that is known."""

    @property
    def service(self) -> str:
        """Whose limits and troubles it shares."""
        return service_of(self.source)

    @property
    def pays(self) -> bool:
        """Whether it is to be paid for."""
        return self.maker.traits.costs_money

    @property
    def under_way(self) -> bool:
        """Whether the provider has it."""
        return self.job is not None and bool(self.job.id)

    @property
    def lost(self) -> bool:
        """Whether it may have been taken although no answer came."""
        return self.job is not None and not self.job.id and self.job.sent is not None
