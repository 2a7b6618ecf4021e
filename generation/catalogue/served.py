"""How far a model serves a film, in sentences: `too_short`, `named`; and `another_seed`."""

import hashlib
from collections.abc import Mapping, Sequence

from songreel.models.clip import Portion
from songreel.models.order import Order

_SHOWN = 5
"""Shots that a sentence names."""


def too_short(name: str, film: Mapping[str, Portion]) -> tuple[str, ...]:
    """What is to be said of shots that the model called `name` cannot fill."""
    short = [shot for shot, portion in film.items() if portion.covered < 1]
    if not short:
        return ()
    return (
        f"{name} makes no clip as long as {named(short)}: the last picture is held for the rest",
    )


def named(shots: Sequence[str]) -> str:
    """`shot s01` or `shots s01, s02, … and 3 more`."""
    shown = ", ".join(shots[:_SHOWN])
    more = f" and {len(shots) - _SHOWN} more" if len(shots) > _SHOWN else ""
    return f"{'shot' if len(shots) == 1 else 'shots'} {shown}{more}"


def another_seed(request: Order) -> int:
    """Below 2³¹; always the same for the same request."""
    digest = hashlib.sha256(f"{request.fingerprint} another seed".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 2**31
