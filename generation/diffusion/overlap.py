"""A clip's decoding and writing while the next is denoised: `Behind`."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from songreel.generation.diffusion.family import Picture

T = TypeVar("T")


class Behind:
    """Finishes clips behind the one that is denoised: one at a time, in order."""

    def __init__(self, device: str, *, room: bool) -> None:
        """
        Args:
            device: Where the VAE lies, as torch names it.
            room: Whether decoding fits beside denoising; where not, frames are decoded before
                `finish` returns, and only written behind.
        """
        self._device, self._room = device, room
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="decode")

    def finish(
        self,
        frames: Callable[[], Iterator[Picture]],
        write: Callable[[Iterator[Picture]], T],
    ) -> "Future[T]":
        """Decode and write one clip.

        Args:
            frames: Starts decoding and yields the pictures.
            write: Takes them as they come (`encode.write_clip`).
        """
        if self._room:
            return self._pool.submit(lambda: write(frames()))
        made = list(frames())
        return self._pool.submit(lambda: write(iter(made)))

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True)
