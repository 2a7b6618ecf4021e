"""What is asked of a source, whether pictures or sound: `Order`."""

import hashlib
import json
from typing import Any

from songreel.models.document import Frozen


class Order(Frozen):
    """Everything that decides what is made, and nothing of whoever makes it."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of what decides it: cache key and idempotency key."""
        raise NotImplementedError


def fingerprint(value: Any) -> str:
    """SHA-256 (hex) of plain data as canonical JSON: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
