"""The sum of all sounds, before it is brought to its level: `Bus`, on the disk."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import numpy as np

from songreel.assembly.mixing.duck import Ducking
from songreel.assembly.mixing.stem import BLOCK, RATE, Block, Feed
from songreel.models.errors import MachineError
from songreel.models.music import Loudness
from songreel.sound.meter import LoudnessMeter


class Bus(AbstractContextManager["Bus"]):
    """Stereo sound in a file of bare float32, written once and read as often as need be.

    Ten minutes take 230 MB there and half a megabyte of memory.

    Args:
        path: Of the file; removed at the end.
        total: Samples.
    """

    def __init__(self, path: Path, total: int) -> None:
        self._path, self.total = path, total
        self.loudness: Loudness | None = None
        """Of what was written."""

    def write(self, blocks: Iterator[Block], tick: Callable[[float], None]) -> Loudness:
        """Take the mix, and measure it on the way.

        Args:
            blocks: Of shape (2, n), `total` samples in all.
            tick: Told how much of it is there, 0 to 1.

        Raises:
            MachineError: The disk is full.
        """
        meter, written = LoudnessMeter(RATE, 2), 0
        try:
            with self._path.open("wb") as file:
                for block in blocks:
                    meter.push(block)
                    np.ascontiguousarray(block.T, np.float32).tofile(file)
                    written += block.shape[1]
                    tick(written / self.total)
        except OSError as error:
            raise MachineError(
                f"cannot keep {self.total / RATE:.0f} s of sound in {self._path.parent}: "
                f"{error.strerror or error}"
            ) from error
        self.loudness = meter.finish()[0]
        return self.loudness

    def blocks(self) -> Iterator[Block]:
        """What was written, in blocks of shape (2, n)."""
        with self._path.open("rb") as file:
            while (block := np.fromfile(file, np.float32, 2 * BLOCK)).size:
                yield np.ascontiguousarray(block.reshape(-1, 2).T)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._path.unlink(missing_ok=True)


def summed(
    source: Feed | None, new: Sequence[Feed], total: int, ducking: Ducking | None = None
) -> Iterator[Block]:
    """The source's sound, turned down where `ducking` says so, and the new ones."""
    feeds = [feed.blocks(total) for feed in new]
    own = source.blocks(total) if source is not None else None
    for at in range(0, total, BLOCK):
        made = np.zeros((2, min(BLOCK, total - at)), np.float32)
        if own is not None:
            block = next(own)
            made += block if ducking is None else ducking.ducked(block, at)
        for feed in feeds:
            made += next(feed)
        yield made
