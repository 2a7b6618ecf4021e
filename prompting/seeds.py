"""Numbers that look random and are not: each follows from what it is for, and nothing else."""

import hashlib


def seed_for(*parts: str | int) -> int:
    """A seed in [0, 2³¹) that follows from `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def unit(*parts: str | int) -> float:
    """A number in [0, 1) that follows from `parts`."""
    return seed_for(*parts) / 2**31
