"""What this machine has for models: `look`, `Machine`, `Gpu`. Nothing here imports torch."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen

Backend = Literal["cuda", "rocm", "mps"]

UNIFIED = 0.75
"""Share of a Mac's memory that its GPU may hold: Metal's `recommendedMaxWorkingSetSize` is about
three quarters on machines of 36 GB and more, two thirds below."""


class Gpu(Frozen):
    """One GPU as a worker would see it."""

    device: str
    """As torch names it: `cuda:0` (also for ROCm), `mps`."""
    name: str
    total: Annotated[int, Field(gt=0)]
    """Bytes."""
    free: Annotated[int, Field(ge=0)]
    """Bytes that no other process holds just now."""
    backend: Backend = "cuda"
    capability: tuple[int, int] | None = None
    """CUDA compute capability; None where there is none, or it could not be told."""
    uuid: str = ""
    links: tuple[str, ...] = ()
    """Devices that it reaches over NVLink."""

    @property
    def bf16(self) -> bool:
        """Whether bfloat16 runs on its matrix units (CUDA: Ampere and later)."""
        return self.capability is None or self.capability >= (8, 0)

    @property
    def fp8(self) -> bool:
        """Whether its matrix units take float8 (CUDA: Ada, Hopper and later)."""
        return self.capability is not None and self.capability >= (8, 9)


class Machine(Frozen):
    """GPUs, memory and disk at one moment."""

    gpus: tuple[Gpu, ...] = ()
    memory_total: Annotated[int, Field(ge=0)]
    """Bytes of the machine's memory, or of the container's limit."""
    memory_free: Annotated[int, Field(ge=0)]
    cores: Annotated[int, Field(ge=1)] = 1
    disk_free: Annotated[int, Field(ge=0)] | None = None
    """Bytes where models are kept; None if it was not looked at."""
    driver: str = ""
    cuda: str = ""
    """Highest version of CUDA that the driver knows."""
    imagined: bool = False
    """Told, not looked at."""
    notes: tuple[str, ...] = ()
    """What could not be found out, and why; a sentence each."""

    def gpu(self, device: str) -> Gpu | None:
        """The GPU that torch calls `device`; `cuda` is the first."""
        name = "cuda:0" if device == "cuda" else device
        return next((gpu for gpu in self.gpus if gpu.device == name), None)

    def free_on(self, devices: Sequence[str]) -> int:
        """Bytes that are free on the one of `devices` with the least; 0 where none is there."""
        if devices[0] == "cpu":
            return self.memory_free
        found = (self.gpu(device) for device in devices)
        return min((gpu.free for gpu in found if gpu is not None), default=0)


def look(cache: Path | None = None) -> Machine:
    """This machine as it is now, through NVML, `nvidia-smi` or the kernel's own files.

    `CUDA_VISIBLE_DEVICES` (`HIP_VISIBLE_DEVICES` for AMD) is honoured: devices are numbered as
    torch would number them.

    Args:
        cache: Where models are kept, for its free disk.

    Returns:
        The machine; without GPUs where none can be seen, with the reason in `notes`.
    """
    total, free = host_memory()
    gpus, driver, cuda, notes = _gpus()
    return Machine(
        gpus=gpus,
        memory_total=total,
        memory_free=free,
        cores=_cores(),
        disk_free=_disk(cache) if cache is not None else None,
        driver=driver,
        cuda=cuda,
        notes=notes,
    )


def host_memory() -> tuple[int, int]:
    """Bytes of memory in all and free, within the limits of the container if there is one."""
    total, free = _memory_of_machine()
    for most, used in _limits():
        total, free = min(total, most), min(free, max(0, most - used))
    return total, free


def _memory_of_machine() -> tuple[int, int]:
    try:
        raw = Path("/proc/meminfo").read_text(encoding="ascii")
        found = {k: int(v) * 1024 for k, v in re.findall(r"(\w+):\s+(\d+) kB", raw)}
        return found["MemTotal"], found["MemAvailable"]
    except (OSError, KeyError):
        pass
    try:
        import psutil

        memory = psutil.virtual_memory()
        return int(memory.total), int(memory.available)
    except ImportError:
        pass
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0, 0
    return total, total


def _limits(root: Path = Path("/sys/fs/cgroup")) -> Iterator[tuple[int, int]]:
    """Limit and use of memory of the container (cgroup v2, then v1); cache can be given back."""
    pairs = (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat",
         "total_inactive_file"),
    )  # fmt: skip
    for limit, usage, stat, cache in pairs:
        try:
            most = int((root / limit).read_text(encoding="ascii"))
            used = int((root / usage).read_text(encoding="ascii"))
            cached = re.search(rf"^{cache} (\d+)$", (root / stat).read_text(encoding="ascii"), re.M)
        except (OSError, ValueError):
            continue
        if most < 2**60:  # v1 writes a huge number for none
            yield most, used - (int(cached[1]) if cached else 0)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _disk(folder: Path) -> int | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _gpus() -> tuple[tuple[Gpu, ...], str, str, tuple[str, ...]]:
    """GPUs, driver, CUDA, and notes."""
    if sys.platform == "darwin":
        return (*_metal(), ())
    for find in (_nvml, _nvidia_smi):
        found = find()
        if found is not None:
            gpus, driver, cuda = found
            seen, hidden = _visible(gpus, os.environ)
            return seen, driver, cuda, hidden
    amd = _amd()
    if amd:
        seen, hidden = _visible(amd, os.environ)
        return seen, "amdgpu", "", hidden
    return (), "", "", ("no NVIDIA driver, no AMD GPU and no Apple GPU was found",)


def _nvml() -> tuple[tuple[Gpu, ...], str, str] | None:
    """What NVIDIA's library says (`nvidia-ml-py`); None without it or without a driver."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        buses = {pynvml.nvmlDeviceGetPciInfo(each).busId: i for i, each in enumerate(handles)}
        gpus = []
        for index, handle in enumerate(handles):
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            gpus.append(
                Gpu(
                    device=f"cuda:{index}",
                    name=_text(pynvml.nvmlDeviceGetName(handle)),
                    total=memory.total,
                    free=memory.free,
                    capability=tuple(pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
                    uuid=_text(pynvml.nvmlDeviceGetUUID(handle)),
                    links=tuple(f"cuda:{i}" for i in sorted(_links(pynvml, handle, buses))),
                )
            )
        version = pynvml.nvmlSystemGetCudaDriverVersion()
        driver = _text(pynvml.nvmlSystemGetDriverVersion())
        return tuple(gpus), driver, f"{version // 1000}.{version % 1000 // 10}"
    except pynvml.NVMLError:
        return None  # nvidia-smi may know more of what is wrong
    finally:
        pynvml.nvmlShutdown()


def _links(pynvml: object, handle: object, buses: Mapping[object, int]) -> set[int]:
    """Indices of GPUs at the other ends of active NVLinks; empty where there are none."""
    found: set[int] = set()
    for link in range(18):  # NVML_NVLINK_MAX_LINKS
        try:
            if pynvml.nvmlDeviceGetNvLinkState(handle, link):  # type: ignore[attr-defined]
                other = pynvml.nvmlDeviceGetNvLinkRemotePciInfo(handle, link)  # type: ignore[attr-defined]
                if other.busId in buses:
                    found.add(buses[other.busId])
        except pynvml.NVMLError:  # type: ignore[attr-defined]
            break
    return found


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


FIELDS = "index,name,memory.total,memory.free,compute_cap,uuid,driver_version"


def _nvidia_smi() -> tuple[tuple[Gpu, ...], str, str] | None:
    """The same from NVIDIA's command; None without it."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    try:
        done = subprocess.run(
            [command, f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return read_smi(done.stdout)


def read_smi(text: str) -> tuple[tuple[Gpu, ...], str, str]:
    """GPUs, driver and no CUDA version out of what `nvidia-smi` printed (MiB)."""
    gpus, driver = [], ""
    for line in text.strip().splitlines():
        index, name, total, free, capability, uuid, driver = (x.strip() for x in line.split(","))
        major, _, minor = capability.partition(".")
        gpus.append(
            Gpu(
                device=f"cuda:{index}",
                name=name,
                total=int(total) * 2**20,
                free=int(free) * 2**20,
                capability=(int(major), int(minor)) if minor.isdigit() else None,
                uuid=uuid,
            )
        )
    return tuple(gpus), driver, ""


def _amd(root: Path = Path("/sys/class/drm")) -> tuple[Gpu, ...]:
    """GPUs of AMD's kernel driver, by its own files (`mem_info_vram_total`)."""
    gpus: list[Gpu] = []
    for card in sorted(root.glob("card[0-9]*")):
        try:
            total = int((card / "device/mem_info_vram_total").read_text(encoding="ascii"))
            used = int((card / "device/mem_info_vram_used").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if total < 2**31:  # graphics inside a processor
            continue
        try:
            name = (card / "device/product_name").read_text(encoding="ascii").strip()
        except OSError:
            name = ""
        gpus.append(
            Gpu(
                device=f"cuda:{len(gpus)}", name=name or "AMD GPU", total=total,
                free=max(0, total - used), backend="rocm",
            )
        )  # fmt: skip
    return tuple(gpus)


def _metal() -> tuple[tuple[Gpu, ...], str, str]:
    """A Mac's GPU, which shares the machine's memory."""
    if platform.machine() != "arm64":
        return (), "", ""
    total, free = host_memory()
    gpu = Gpu(
        device="mps", name=f"Apple {platform.processor() or 'GPU'}", total=max(total, 1),
        free=min(free, int(total * UNIFIED)), backend="mps",
    )  # fmt: skip
    return (gpu,), "", ""


def _visible(
    gpus: tuple[Gpu, ...], environment: Mapping[str, str]
) -> tuple[tuple[Gpu, ...], tuple[str, ...]]:
    """GPUs that the environment lets torch see, numbered as torch will; and a note if some hide.

    As CUDA reads it: indices or prefixes of UUIDs, up to the first that names none.
    """
    names = ["CUDA_VISIBLE_DEVICES"]
    if gpus and gpus[0].backend == "rocm":
        names = ["HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", *names]
    name = next((each for each in names if each in environment), None)
    if name is None:
        return gpus, ()
    chosen: list[Gpu] = []
    for word in environment[name].split(","):
        wanted = word.strip()
        if wanted.isdigit():
            match = gpus[int(wanted)] if int(wanted) < len(gpus) else None
        else:
            match = next((g for g in gpus if wanted and g.uuid.startswith(wanted)), None)
        if match is None:
            break
        chosen.append(match)
    place = {gpu.device: f"cuda:{i}" for i, gpu in enumerate(chosen)}
    seen = tuple(
        gpu.model_copy(
            update={
                "device": place[gpu.device],
                "links": tuple(place[each] for each in gpu.links if each in place),
            }
        )
        for gpu in chosen
    )
    if len(seen) == len(gpus):
        return seen, ()
    return seen, (f"{name}={environment[name]} hides {len(gpus) - len(seen)} of {len(gpus)} GPUs",)
