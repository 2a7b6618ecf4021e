"""The most memory that was in use since a moment: `Peaks`. Imports torch; for workers alone."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


class Peaks:
    """Of the fullest of `devices`, as torch's allocator counts; of the process on the CPU.

    Args:
        devices: As torch names them.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        self._cuda = [device for device in devices if device.startswith("cuda")]

    def reset(self) -> None:
        """Count from now on."""
        import torch

        for device in self._cuda:
            torch.cuda.reset_peak_memory_stats(device)
        if not self._cuda:
            with suppress(OSError):  # 5 resets the peak (proc(5)); elsewhere it is the process's
                Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def bytes(self) -> int | None:
        """Since the reset; None where it cannot be told."""
        import torch

        if self._cuda:
            return max(int(torch.cuda.max_memory_allocated(device)) for device in self._cuda)
        with suppress(OSError, StopIteration):
            lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            return 1024 * int(next(x for x in lines if x.startswith("VmHWM")).split()[1])
        if sys.platform == "win32":
            return None
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024

    def resident(self) -> int:
        """Bytes in use just now on the fullest CUDA device; 0 without one."""
        import torch

        return max((int(torch.cuda.memory_allocated(each)) for each in self._cuda), default=0)
