"""How long a clip still takes, from what its steps and earlier clips took: `Pace`."""

from songreel.generation.diffusion.family import Ask
from songreel.models.units import Seconds


class Pace:
    """Measures steps and decoding of clips of one session.

    Clips of one size take as long a step, once the first step of a session is over: that one also
    compiles, tunes and fills caches, and is not counted.
    """

    def __init__(self) -> None:
        self._step: dict[tuple[int, int, int], float] = {}
        """Seconds a step, by the clip's size."""
        self._decode: float | None = None
        """Seconds a pixel and frame."""
        self._ask: Ask | None = None
        self._since = 0.0

    def begin(self, ask: Ask, now: Seconds) -> None:
        """`ask` begins to be denoised at `now`."""
        self._ask, self._since = ask, now

    def stepped(self, done: int, now: Seconds) -> None:
        """`done` steps are done."""
        assert self._ask is not None
        if done <= 1:
            self._since = now
            return
        self._step[_size(self._ask)] = (now - self._since) / (done - 1)

    def decoded(self, ask: Ask, seconds: Seconds) -> None:
        """`ask` took `seconds` to decode."""
        self._decode = seconds / _cells(ask)

    def left(self, done: float) -> Seconds | None:
        """Seconds until the clip is there, after `done` steps (with a part of the one under way).

        None while nothing is known of clips of its size.
        """
        ask = self._ask
        step = self._step.get(_size(ask)) if ask is not None else None
        if ask is None or step is None:
            return None
        return max(ask.steps - done, 0.0) * step + (self._decode or 0.0) * _cells(ask)

    def decoding(self, ask: Ask, frames: int) -> Seconds | None:
        """Seconds for `frames` of the clip's frames; None before any clip was decoded."""
        if self._decode is None:
            return None
        return self._decode * ask.width * ask.height * frames


def _size(ask: Ask) -> tuple[int, int, int]:
    return ask.width, ask.height, ask.frames


def _cells(ask: Ask) -> int:
    """Pixels × frames."""
    return ask.width * ask.height * ask.frames
