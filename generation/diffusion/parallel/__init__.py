"""One clip on several devices: guidance pairs, context ranks, and what is refused."""

from songreel.generation.diffusion.parallel.refuse import context_ranks, refusal
from songreel.generation.diffusion.parallel.split import parts, split

__all__ = ["context_ranks", "parts", "refusal", "split"]
