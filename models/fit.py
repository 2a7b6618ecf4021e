"""The pulse of a finished cut: `FitToCut`, and others that come near: `Rival`."""

from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Seconds, Unit


class Rival(Frozen):
    """Another pulse that the cuts could have."""

    bpm: Annotated[float, Field(gt=0)]
    offset: Seconds
    meter: Annotated[int, Field(ge=1)]
    on_beats: Unit
    behind: Annotated[float, Field(ge=0)]
    """Nats by which the cuts speak less for it; under 2 or so it is as good."""
    relation: str
    """To the best: `half`, `double`, or empty."""


class FitToCut(Frozen):
    """Tempo and bars on which the cuts of an edit fall."""

    bpm: Annotated[float, Field(gt=0)]
    offset: Seconds
    """The first downbeat, within the first bar."""
    meter: Annotated[int, Field(ge=1)] = 4
    on_beats: Unit
    """Share of the cuts within 40 ms of a beat, by weight."""
    on_downbeats: Unit
    error: Annotated[float, Field(ge=0)]
    """ms: the median distance of a cut from its nearest beat."""
    trust: Unit
    """That the cuts follow a pulse at all, and this one or its half or double."""
    cuts: Annotated[int, Field(ge=0)]
    reasons: tuple[str, ...] = ()
    alternatives: tuple[Rival, ...] = ()
