"""A machine told in words instead of looked at: `imagined`. No torch."""

import re

from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.models.errors import InvalidInput

GIB = 2**30

CARDS: dict[str, tuple[int, tuple[int, int]]] = {
    "B200": (180, (10, 0)), "GB200": (180, (10, 0)), "H200": (141, (9, 0)), "GH200": (96, (9, 0)),
    "H100": (80, (9, 0)), "H800": (80, (9, 0)), "H20": (96, (9, 0)), "A100-80": (80, (8, 0)),
    "A100": (40, (8, 0)), "A800": (80, (8, 0)), "L40S": (48, (8, 9)), "L40": (48, (8, 9)),
    "RTX PRO 6000": (96, (12, 0)), "RTX 6000 Ada": (48, (8, 9)), "A6000": (48, (8, 6)),
    "A40": (48, (8, 6)), "A10G": (24, (8, 6)), "A10": (24, (8, 6)), "L4": (24, (8, 9)),
    "T4": (16, (7, 5)), "V100": (32, (7, 0)), "P100": (16, (6, 0)), "RTX 5090": (32, (12, 0)),
    "RTX 5080": (16, (12, 0)), "RTX 5070 Ti": (16, (12, 0)), "RTX 5070": (12, (12, 0)),
    "RTX 5060 Ti": (16, (12, 0)), "RTX 4090": (24, (8, 9)), "RTX 4080": (16, (8, 9)),
    "RTX 4070 Ti Super": (16, (8, 9)), "RTX 4070 Ti": (12, (8, 9)), "RTX 4070": (12, (8, 9)),
    "RTX 4060 Ti": (16, (8, 9)), "RTX 4060": (8, (8, 9)), "RTX 3090 Ti": (24, (8, 6)),
    "RTX 3090": (24, (8, 6)), "RTX 3080 Ti": (12, (8, 6)), "RTX 3080": (10, (8, 6)),
    "RTX 3070": (8, (8, 6)), "RTX 3060": (12, (8, 6)), "RTX 2080 Ti": (11, (7, 5)),
}  # fmt: skip
"""Memory in GB as sold (GiB), and compute capability: NVIDIA's data sheets and its table of CUDA
GPUs. Of cards sold in two sizes the common one: write the size instead (`10GB`)."""

MOST = 128
"""GPUs of a machine: the largest that act as one have 72 (NVIDIA's GB200 NVL72)."""

DRIVER = 0.025
"""Of a card's memory that is not free for a process: driver, page tables, a desktop's share. Of
24 GiB the driver of an RTX 4090 keeps 0.4 to 0.5."""

PART = re.compile(r"^(?:(?P<count>\d+)\s*[x×*]\s*)?(?P<what>.+)$", re.IGNORECASE)
SIZE = re.compile(r"^(?P<number>\d+(?:\.\d+)?)\s*(?:GB|GIB|G)$", re.IGNORECASE)


def imagined(text: str) -> Machine:
    """The machine of `text`: GPUs by size or name, and the machine's memory.

    `24GB`, `24GB,24GB`, `2x RTX 4090, ram=64GB`, `H100`, `ram=32GB` for none. Without `ram` the
    machine has 64 GB, or as much as 2 times its GPUs where that is more, all but 4 of it free.

    Raises:
        InvalidInput: A part is neither.
    """
    gpus: list[Gpu] = []
    memory: float | None = None
    for raw in (part.strip() for part in text.split(",")):
        if not raw:
            continue
        name, _, value = raw.partition("=")
        if name.strip().lower() in ("ram", "memory") and value:
            memory = _size(value.strip(), raw)
            continue
        match = PART.match(raw)
        assert match is not None
        size, kind, capability = _card(match["what"].strip(), raw)
        count = int(match["count"] or 1)
        if len(gpus) + count > MOST:
            raise InvalidInput(
                f"--machine: {raw!r} makes more than the {MOST} GPUs that one machine can have"
            )
        for _ in range(count):
            total = int(size * GIB)
            gpus.append(
                Gpu(
                    device=f"cuda:{len(gpus)}", name=kind, total=total,
                    free=int(total * (1 - DRIVER)), capability=capability,
                )
            )  # fmt: skip
    if not gpus and memory is None:
        raise InvalidInput(f"--machine {text!r} names nothing: {_HOW}")
    if memory is None:
        memory = max(64.0, 2 * sum(gpu.total for gpu in gpus) / GIB)
    return Machine(
        gpus=tuple(gpus), memory_total=int(memory * GIB),
        memory_free=int(max(memory - 4, memory / 2) * GIB), cores=8, imagined=True,
    )  # fmt: skip


_HOW = "write sizes or cards, as in 24GB, 2x24GB, RTX 4090, or 2x H100,ram=256GB"


def _size(text: str, raw: str) -> float:
    match = SIZE.match(text)
    if match is None or not 0 < float(match["number"]) <= 100_000:
        raise InvalidInput(f"--machine: {raw!r} is no size: {_HOW}")
    return float(match["number"])


def _card(text: str, raw: str) -> tuple[float, str, tuple[int, int] | None]:
    """GiB, name and capability of a card or a size."""
    if SIZE.match(text):
        return _size(text, raw), f"a card of {text}", None
    plain = _plain(text)
    for name, (size, capability) in CARDS.items():
        if plain in (_plain(name), _plain(name.removeprefix("RTX "))):
            return size, name, capability
    near = [name for name in CARDS if plain and plain in _plain(name)]
    told = f"did you mean {', '.join(near[:4])}?" if near else _HOW
    raise InvalidInput(f"--machine: no card is known as {raw!r}; {told}")


def _plain(name: str) -> str:
    text = re.sub(r"nvidia|geforce|gb$|[^a-z0-9]", "", name.lower())
    return re.sub(r"^rtx(?=[a-z0-9])", "rtx", text)
