"""Stores to test on: a clock that is set, assets on it, and processes that put and collect."""

import hashlib
import os
import random
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from songreel.models.errors import InvalidInput
from songreel.store.assets import Assets
from songreel.store.database import Database


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tomorrow() -> datetime:
    """The time of somebody for whom every grace is over."""
    return datetime.now(UTC) + timedelta(days=2)


def put_forever(database: str, folder: Path, told: Connection) -> None:
    """Put and use without end; tell of all that is said to be stored."""
    assets = Assets(Database(database), folder)
    number = 0
    while True:
        content = random.Random(number).randbytes(300_000)
        entry = assets.put(content, f"{number}.bin")
        assets.use(entry.sha256, "project", "p")
        told.send(entry.sha256)
        number += 1


def hammer(database: str, folder: Path, seed: int, seconds: float) -> list[str]:
    """Put, use, release and collect the same few contents as another process; gives faults.

    The collector's clock is ahead of the grace of what is put, but for a moment, so that both meet.
    """
    assets = Assets(Database(database), folder)
    grace = timedelta(seconds=30)
    collector = Assets(
        assets.database, folder, clock=lambda: datetime.now(UTC) + grace - timedelta(seconds=0.05)
    )
    rng, faults = random.Random(seed), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        content = b"content %d" % rng.randrange(4) * 5000
        act = rng.randrange(3)
        if act == 0:
            collector.collect()
            continue
        entry = assets.put(content, "x", keep=grace)
        mine = f"{os.getpid()}-{seed}"
        try:
            assets.use(entry.sha256, "take", mine)
        except InvalidInput:
            continue  # the machine was busy for longer than the grace
        if act == 1:
            collector.collect()
        if assets.read(entry.sha256) != content:
            faults.append(f"{entry.sha256} is not what was put")
        assets.release("take", mine, entry.sha256)
    return faults
