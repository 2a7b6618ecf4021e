"""Ranks: the processes, one a device, that make one clip together; how they start and agree.

`torch.distributed.run` starts them and ends all when one of them ends badly. Rank 0 alone speaks
to whoever asked for the clip and writes its file; the others do as it does:

    group = ranks.join()                     # alone, where nobody started ranks
    while True:
        order = group.share(next_order)      # what rank 0 was asked, on all of them
        ...                                  # load and denoise alike
        if group.any(stop.is_set()):         # after each step: all stop, or none
            raise Stopped
"""

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from songreel.generation.processes import ending
from songreel.models.errors import MachineError

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup, Store

T = TypeVar("T")

DEVICES = "SONGREEL_RANK_DEVICES"
"""Environment variable with the device of each rank, with commas."""

_IDLE = timedelta(days=7)
"""How long the ranks wait for the next order; gloo's own limit of half an hour would end them."""
_WORK = timedelta(minutes=10)
"""For one exchange of tensors within a step (NCCL's default): longer, and a rank hangs."""
_LOOK = 0.25
"""Seconds between two looks at whether another rank has failed."""
_HEARD = 5.0
"""Seconds that a failed rank waits for rank 0 to have told its reason."""


def command(count: int, module: str, arguments: Sequence[str] = ()) -> list[str]:
    """The command that starts `module` as `count` ranks on this machine.

    The rendezvous is on a free port of the loopback address, so that several groups can work side
    by side and the host's name need not resolve.
    """
    return [
        sys.executable, "-m", "torch.distributed.run", "--nnodes=1", f"--nproc-per-node={count}",
        "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1",
        "--max-restarts=0", "--module", module, *arguments,
    ]  # fmt: skip


def environment(devices: Sequence[str]) -> dict[str, str]:
    """What is added to the environment of `command`: which device each rank has.

    The processor's threads are shared out, where the user has not said how many.
    """
    threads = max(1, (os.cpu_count() or 1) // len(devices))
    return {
        DEVICES: ",".join(devices),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
    }


def last_words(log: str) -> str:
    """What `command` says at its end of the rank that failed first: who, and how it ended.

    Args:
        log: All that it and its ranks wrote.

    Returns:
        One clause; empty where no rank failed.
    """
    _, found, report = log.rpartition("Root Cause (first observed failure):")
    rank, code = (re.search(rf"{name}\s*:\s*(-?\d+)", report) for name in ("rank", "exitcode"))
    if not found or rank is None or code is None:
        return ""
    return f"rank {rank[1]}: {ending(int(code[1]))}"


class Group:
    """The ranks of one clip, as one of them sees them; alone, it is rank 0 of 1.

    Args:
        index: Of this rank.
        size: Ranks there are.
        device: Of this rank; empty where nobody said.
    """

    def __init__(self, index: int = 0, size: int = 1, device: str = "") -> None:
        self.index, self.size, self.device = index, size, device
        self._talk: ProcessGroup | None = None
        self._store: Store | None = None

    @property
    def leads(self) -> bool:
        """Whether this is the rank that is spoken to and writes."""
        return self.index == 0

    def share(self, value: T) -> T:
        """Rank 0's `value`, on every rank; waits until all ask. It is pickled.

        Raises:
            MachineError: Another rank is gone.
        """
        if self.size == 1:
            return value
        import torch.distributed as dist

        box: list[Any] = [value]
        try:
            dist.broadcast_object_list(box, src=0, group=self._talk)
        except RuntimeError as error:
            raise self._lost(error) from error
        shared: T = box[0]
        return shared

    def any(self, flag: bool) -> bool:
        """Whether `flag` holds on any rank; waits until all ask.

        Raises:
            MachineError: Another rank is gone.
        """
        return bool(self.most(int(flag)))

    def most(self, number: int) -> int:
        """The greatest `number` of all ranks; waits until all ask.

        Raises:
            MachineError: Another rank is gone.
        """
        if self.size == 1:
            return number
        import torch
        import torch.distributed as dist

        box = torch.tensor([number], dtype=torch.int64)
        try:
            dist.all_reduce(box, op=dist.ReduceOp.MAX, group=self._talk)
        except RuntimeError as error:
            raise self._lost(error) from error
        return int(box.item())

    def watch(self, tell: Callable[[str], None]) -> None:
        """On rank 0: have `tell` called with the reason should another rank fail; then end.

        The others' exchange of tensors cannot be answered any more, so rank 0 would wait for it
        until its limit. `tell` runs in a thread of its own and may only send.
        """
        if self.size == 1 or not self.leads:
            return

        def look() -> None:
            assert self._store is not None
            while not self._store.check(["failed"]):
                time.sleep(_LOOK)
            tell(self._store.get("failed").decode())
            self._store.set("told", "1")
            os._exit(1)

        Thread(target=look, name="songreel-ranks", daemon=True).start()

    def fail(self, reason: str) -> NoReturn:
        """End this process with status 1, and the group with it; rank 0 tells `reason` before."""
        if self._store is not None and not self.leads:
            self._store.set("failed", f"rank {self.index} ({self.device}): {reason}")
            end = time.monotonic() + _HEARD
            while time.monotonic() < end and not self._store.check(["told"]):
                time.sleep(_LOOK / 5)
        os._exit(1)

    def leave(self) -> None:
        """Part in peace: all ranks call it, and the processes may end."""
        if self.size > 1:
            import torch.distributed as dist

            dist.destroy_process_group()

    def _lost(self, error: Exception) -> MachineError:
        return MachineError(
            f"rank {self.index} of {self.size} ({self.device}) has lost the others: "
            f"{str(error).splitlines()[0]}"
        )


def join(environ: Mapping[str, str] = os.environ) -> Group:
    """This process's place among the ranks that `command` started; alone where none were.

    Tensors on CUDA go by NCCL, those on the CPU by gloo.

    Raises:
        MachineError: The ranks and their devices do not match, or they do not find each other.
    """
    if "RANK" not in environ or DEVICES not in environ:
        return Group()
    devices = environ[DEVICES].split(",")
    index, size = int(environ["RANK"]), int(environ["WORLD_SIZE"])
    if size != len(devices):
        raise MachineError(f"{size} ranks were started for {len(devices)} devices")
    group = Group(index, size, devices[index])
    _end_with_parent()
    import torch
    import torch.distributed as dist

    cuda = group.device.startswith("cuda")
    if cuda:
        torch.cuda.set_device(group.device)
    try:
        group._store, _, _ = next(dist.rendezvous("env://", timeout=_WORK))
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if cuda else "gloo", store=group._store, rank=index,
            world_size=size, timeout=_WORK,
        )  # fmt: skip
        group._talk = dist.new_group(backend="gloo", timeout=_IDLE)
    except RuntimeError as error:
        raise MachineError(
            f"rank {index} of {size} ({group.device}) did not find the others: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return group


def _end_with_parent() -> None:
    """Have this process end when whoever started the ranks is gone, however that ended.

    A rank that waits for the others' tensors would hold its GPU for as long as `_WORK`.
    """
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    Thread(target=look, name="songreel-rank-parent", daemon=True).start()
