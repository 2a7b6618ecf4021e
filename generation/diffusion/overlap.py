"""A clip's decoding and writing while the next is denoised: `Behind`. For workers alone.

The GPU is full while a clip is denoised, so what is won is the time in which it would wait: for the
video encoder, which works on the CPU, for frames on their way there, and for decoding's many small
operations. For Mochi that is little beside minutes of steps; for distilled models, whose steps take
a few seconds, writing alone is a good part of a clip.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from songreel.generation.diffusion.frames import Picture

if TYPE_CHECKING:
    from torch.cuda import Stream

T = TypeVar("T")


class Behind:
    """Finishes clips behind the one that is denoised: one at a time, in order.

    Decoding beside denoising needs memory for both; only whoever knows that there is `room` may ask
    for it. On a CUDA device it has a stream of its own, of high priority: its operations are short
    and few beside those of denoising, and the sooner a clip is out the sooner its memory is free.

    Args:
        device: Where the VAE lies, as torch names it.
        room: Whether decoding fits beside denoising. Where not, `finish` returns when all frames
            are decoded (a byte a channel, in the machine's memory), and they are written behind.
    """

    def __init__(self, device: str, *, room: bool) -> None:
        self._device, self._room = device, room
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="songreel-decode")
        self._last: Future[Any] | None = None
        self._stream: Stream | None = None

    def finish(
        self,
        frames: Callable[[], Iterator[Picture]],
        write: Callable[[Iterator[Picture]], T],
    ) -> "Future[T]":
        """Decode and write one clip; waits for the one before, so that never more are kept.

        Args:
            frames: Starts decoding and yields the pictures. Latents that it reads must be ready:
                on the CPU, or made by work that was waited for.
            write: Takes them as they come (`encode.write_clip`), and may stop by raising.

        Returns:
            What `write` returned, or what it or `frames` raised. After an error no more frames
            are decoded.
        """
        if self._room:
            self._wait()
            return self._later(lambda: self._on_device(frames, write))
        try:
            made = list(frames())
        except BaseException as error:  # as if it had been raised behind
            failed: Future[T] = Future()
            failed.set_exception(error)
            return failed
        self._wait()
        return self._later(lambda: write(iter(made)))

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True)

    def _later(self, work: Callable[[], T]) -> "Future[T]":
        future = self._pool.submit(work)
        self._last = future
        return future

    def _wait(self) -> None:
        if self._last is not None:
            wait([self._last])

    def _on_device(
        self, frames: Callable[[], Iterator[Picture]], write: Callable[[Iterator[Picture]], T]
    ) -> T:
        with self._own_stream():
            pictures = frames()
            if not hasattr(pictures, "close"):
                return write(pictures)
            with closing(cast(Any, pictures)):
                return write(pictures)

    @contextmanager
    def _own_stream(self) -> Iterator[None]:
        """This thread's work on the device goes to a stream of its own; none on the CPU."""
        with ExitStack() as stack:
            if self._device.startswith("cuda"):
                import torch

                stack.enter_context(torch.cuda.device(self._device))  # a new thread is on cuda:0
                if self._stream is None:
                    self._stream = torch.cuda.Stream(self._device, priority=-1)
                stack.enter_context(torch.cuda.stream(self._stream))
            yield
