"""What local models need of a machine, looked at one by one; nothing here imports torch."""

import re
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from songreel.settings import Settings

Finding = tuple[bool, str]
"""Whether it is there, and what was found."""

LIBRARIES = ("diffusers", "transformers", "accelerate")
OTHERS = ("peft", "torchao", "bitsandbytes", "gguf")


def gpus() -> Finding:
    """GPUs with their memory, and the driver."""
    from songreel.generation.diffusion.machine import look

    found = look()
    notes = "; ".join(found.notes)
    if not found.gpus:
        return False, f"none: {notes}; built-in visuals and hosted models need none"
    cards = "; ".join(
        f"{gpu.device} {gpu.name}, {gpu.free / 2**30:.1f} of {gpu.total / 2**30:.1f} GiB free"
        for gpu in found.gpus
    )
    driver = f"driver {found.driver}" + (f", CUDA {found.cuda}" if found.cuda else "")
    return True, "; ".join(filter(None, (cards, driver if found.driver else "", notes)))


def memory() -> Finding:
    """The machine's memory, within its container."""
    from songreel.generation.diffusion.machine import host_memory

    total, free = host_memory()
    return True, f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"


def torch_fits() -> Finding:
    """Torch's version and what it is built for, and whether that goes with the GPUs."""
    from songreel.generation.diffusion.machine import look

    found = torch_build()
    if found is None:
        return False, "not installed (local models): pip install 'songreel[local]'"
    number, built = found
    machine = look()
    told = f"torch {number}, built for {built or 'the processor alone'}"
    if not machine.gpus or machine.gpus[0].backend == "mps":
        return True, told
    wanted = "ROCm" if machine.gpus[0].backend == "rocm" else "CUDA"
    if wanted not in built:
        return False, f"{told}: it cannot use the {wanted} GPU here; pytorch.org says what does"
    if wanted == "CUDA" and machine.cuda:
        needed, there = built.partition(" ")[2], machine.cuda
        if needed and int(needed.split(".")[0]) > int(there.split(".")[0]):
            return False, f"{told}, and the driver knows up to {there}: update the driver"
    return True, told


def torch_build() -> tuple[str, str] | None:
    """Version, and `CUDA 12.8`, `ROCm 6.4` or nothing; None where there is no torch.

    Read from its `version.py`, since importing it takes seconds.
    """
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / "version.py"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return _version("torch") or "unknown", ""
    said = dict(re.findall(r"^(__version__|cuda|hip)\b[^=\n]*=\s*['\"]([^'\"]+)['\"]", text, re.M))
    built = (
        f"CUDA {said['cuda']}" if "cuda" in said else f"ROCm {said['hip']}" if "hip" in said else ""
    )
    return said.get("__version__", "unknown"), built


def libraries() -> Finding:
    """What the extras bring."""
    there = {name: _version(name) for name in (*LIBRARIES, *OTHERS)}
    lacking = [name for name in LIBRARIES if there[name] is None]
    told = ", ".join(f"{name} {number}" for name, number in there.items() if number)
    if lacking:
        told += f"{'; ' if told else ''}not {', '.join(lacking)}: pip install 'songreel[local]'"
    return not lacking, told


def models(settings: Settings) -> Finding:
    """How each local model fits into this machine at its longest clip."""
    from songreel.memory import of

    ways: dict[str, list[str]] = {}
    for fits in of(settings):
        best = fits.plan.best
        ways.setdefault(best.name if best else "too large", []).append(
            fits.source.partition(":")[2]
        )
    if list(ways) == ["too large"]:
        return False, (
            "none fits here; `songreel memory` says what they need, `songreel memory --machine "
            "24GB` what fits on another machine"
        )
    large = ways.pop("too large", [])
    told = "; ".join(f"{way}: {', '.join(names)}" for way, names in ways.items())
    return True, told + (f"; too large: {', '.join(large)}" if large else "")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
