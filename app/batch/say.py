"""What the process of a film says to the batch: `Event`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from songreel.batch.record import Outcome
from songreel.models.document import Frozen
from songreel.models.money import Usd
from songreel.models.units import Unit

Kind = Literal["progress", "quoted", "done", "failed", "interrupted"]


class Event(Frozen):
    """News of one film; all kinds but the first are its last."""

    kind: Kind
    text: str = ""
    """What is being done, or why it failed."""
    share: Unit = 0.0
    outcome: Outcome | None = None
    high: Usd | None = None
    """USD that its clips cost at most, where nobody has agreed to that yet."""
    likely: Usd | None = None

    @property
    def last(self) -> bool:
        """Whether nothing more is heard of the film."""
        return self.kind != "progress"

    def body(self) -> Mapping[str, JsonValue]:
        """As it travels."""
        return _BODY.validate_python(self.model_dump(mode="json"))


_BODY: TypeAdapter[Mapping[str, JsonValue]] = TypeAdapter(Mapping[str, JsonValue])
