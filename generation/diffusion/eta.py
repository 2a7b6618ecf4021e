"""How long a clip still takes, from what its steps and earlier clips took: `Pace`."""

from songreel.models.units import Seconds


class Pace:
    """Measures steps and decoding of clips of one session.

    Steps of clips with as many cells take as long as each other once the first of a session is
    over: that one also compiles, tunes and fills caches, and is not counted.
    """

    def __init__(self) -> None:
        self._step: dict[int, float] = {}
        """Seconds a step, by cells of a clip."""
        self._decode: float | None = None
        """Seconds a pixel and frame."""
        self._cells = self._steps = 0
        self._since = 0.0

    def begin(self, cells: int, steps: int, now: Seconds) -> None:
        """A clip of `cells` pixels × frames and `steps` steps begins to be denoised at `now`."""
        self._cells, self._steps, self._since = cells, steps, now

    def stepped(self, done: int, now: Seconds) -> None:
        """`done` steps are done."""
        if done <= 1:
            self._since = now
            return
        self._step[self._cells] = (now - self._since) / (done - 1)

    def decoded(self, cells: int, seconds: Seconds) -> None:
        """A clip of `cells` took `seconds` to decode."""
        self._decode = seconds / cells

    def left(self, done: float) -> Seconds | None:
        """Seconds until the clip is there, after `done` steps (with a part of the one under way).

        None while nothing is known of it.
        """
        step = self._step.get(self._cells)
        if step is None:
            return None
        return max(self._steps - done, 0.0) * step + (self._decode or 0.0) * self._cells

    def decoding(self, frames_left: int, frames: int) -> Seconds | None:
        """Seconds until the clip is there, with `frames_left` of its frames to decode."""
        if self._decode is None:
            return None
        return self._decode * self._cells * frames_left / frames
