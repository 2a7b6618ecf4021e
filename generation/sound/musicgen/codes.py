"""How many tokens and samples a piece has, and where what is heard lies in it: `Lengths`."""

from math import ceil
from typing import NamedTuple

from songreel.generation.sound.musicgen.recipe import CODEBOOKS, HOP, RATE

DELAY = CODEBOOKS - 1
"""Steps by which a frame's last codebook is written after its first (the paper's delay pattern);
both channels of stereo are written in the same step."""


class Lengths(NamedTuple):
    """Of one piece. All are exact: frames hold `HOP` samples, no more, no less.

    What is heard is cut into frames from its end, so that new sound begins at a frame's edge and
    no frame is filled up with silence; what is left over at its start, less than a frame, is not
    coded but taken over as it is.
    """

    over: int
    """Samples at the start that are no whole frame."""
    heard: int
    """Frames of what is heard."""
    new: int
    """Frames of new sound."""

    @property
    def samples(self) -> int:
        """Of all."""
        return self.over + (self.heard + self.new) * HOP

    @property
    def steps(self) -> int:
        """Tokens of each codebook that the network writes: `max_new_tokens` of `generate`.

        A sequence begins with one token that stands for none, which is no frame; then the last
        codebook's frames lie `DELAY` steps later than the first one's.
        """
        return self.new + DELAY


def lengths(heard: int, seconds: float) -> Lengths:
    """For `heard` samples that are there and `seconds` in all, or as little more as can be."""
    wanted = ceil(seconds * RATE - 1e-6) - heard
    frames, over = divmod(heard, HOP)
    return Lengths(over=over, heard=frames, new=max(1, ceil(wanted / HOP)))
