"""Clips for a farm to make: small built-in scenes, and orders that nobody has given yet."""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from songreel.generation.farm.farm import Farm
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.farm.places import Place
from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.models.clip import NO_IMAGES, ClipRequest, Drive, Images
from songreel.models.music import Curve
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

QUIET = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
FLAT = Curve(rate=10.0, values=(0.5,) * 40)
PALETTE = tuple(Oklch(lightness=v, chroma=0.1, hue=30) for v in (0.2, 0.5, 0.8))


def asked(seed: int, frames: int = 12, size: tuple[int, int] = (96, 54)) -> ClipRequest:
    """What a shot asks for, before any source has seen it."""
    drive = Drive(beats=(0.0, 0.5), energy=FLAT, brightness=FLAT, bass=FLAT)
    return ClipRequest(
        prompt="waves at dusk", motif="ocean", camera=CameraMove.PUSH_IN, size=ShotSize.WIDE,
        palette=PALETTE, energy=0.5, motion=0.5, seed=seed, width=size[0], height=size[1],
        rate=Fraction(24), frames=frames, drive=drive,
    )  # fmt: skip


def planned(scratch: Path, seeds: range, frames: int = 12) -> list[ClipRequest]:
    """As the built-in visuals would make them."""
    maker = Builtin(Context(scratch=scratch))
    wanted = {f"s{seed:02d}": asked(seed, frames) for seed in seeds}
    found = [portion.request for portion in maker.plan(wanted).values()]
    maker.close()
    return found


def order(seed: int, source: str = "builtin", images: Images = NO_IMAGES) -> ClipOrder:
    """An order for a clip that differs by its seed."""
    return ClipOrder.of(Setup(source=source), source, asked(seed), images)


def kept_clip(kept: Kept, wanted: ClipOrder, data: bytes | None = None, worker: str = "a"):
    """A finished clip of `wanted` in the store, as a worker would leave it."""
    file = kept.folder / "under way.mp4"
    file.write_bytes(data if data is not None else wanted.key.encode())
    return kept.take_in(file, wanted, worker=worker, seconds=1.0, effort=None)


def cpus(count: int) -> list[Place]:
    """Places on this machine that stay quiet."""
    return [Place(name=f"cpu {i}", environment=QUIET) for i in range(count)]


def journal(kept: Path) -> list[str]:
    """Keys of all clips that were ever made, in order."""
    path = kept / "journal.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line)["key"] for line in path.read_text().splitlines()]


def until(what: Callable[[], bool], seconds: float = 240.0) -> None:
    """Wait for `what`."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def processes_in(folder: Path) -> list[int]:
    """Ids of the processes whose words or environment name a folder, but of this one (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if str(folder).encode() in told and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def all_done(farm: Farm, keys: list[str], seconds: float = 240.0) -> list[Path]:
    """The files of all orders, once they are there."""

    def ended() -> bool:
        states = [farm.state(key) for key in keys]
        assert not [state.detail for state in states if state.status == "failed"]
        return all(state.status == "done" for state in states)

    until(ended, seconds)
    return [Path(farm.state(key).result or "") for key in keys]
