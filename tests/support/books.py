"""Requests and quotes for the book of money, and processes that write it."""

import os
import signal
from decimal import Decimal
from fractions import Fraction
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from songreel.models.clip import ClipRequest
from songreel.models.errors import BudgetExceeded
from songreel.models.money import Charge, Quote
from songreel.models.storyboard import CameraMove, ShotSize
from songreel.store.ledger import Ledger, LedgerPurse

USD = Decimal

REQUEST = ClipRequest(
    prompt="a lighthouse at dusk",
    camera=CameraMove.STATIC,
    size=ShotSize.WIDE,
    palette=((0.2, 0.05, 30), (0.5, 0.1, 60), (0.8, 0.05, 90)),
    energy=0,
    motion=0,
    seed=7,
    width=768,
    height=512,
    rate=Fraction(24),
    frames=97,
)


def reserve(
    purse: LedgerPurse,
    key: str,
    usd: str | Decimal,
    *,
    provider: str = "replicate:ltx-video",
    shot: str = "s01",
) -> None:
    """Set `usd` aside."""
    quote = Quote.exactly(Decimal(usd), "a price of the test")
    purse.reserve(key, quote, provider=provider, shot=shot, request=REQUEST)


def settle(purse: LedgerPurse, key: str, usd: str | Decimal, *, measured: bool = True) -> None:
    """Book a charge of `usd`."""
    purse.settle(key, Charge(usd=Decimal(usd), basis="4 s at the test's price", measured=measured))


_doors: list[Barrier] = []


def meet_at(door: Barrier) -> None:
    """Let who hammers in this process begin when all are there who are waited for."""
    _doors.append(door)


def hammer(where: str | Ledger, name: str, count: int, cents: int) -> int:
    """Reserve `count` times; gives how often it was let."""
    ledger = where if isinstance(where, Ledger) else Ledger(where)
    purse = ledger.purse(name, name)
    for door in _doors:
        door.wait(120)
    let = 0
    for i in range(count):
        try:
            reserve(purse, f"{name}-{i}", Decimal(cents) / 100)
            let += 1
        except BudgetExceeded:
            pass
    return let


def book_forever(where: str, told: Connection) -> None:
    """Reserve, and settle or release, without end; tell of every line that is said to be kept."""
    purse = Ledger(where).purse("p", "film")
    i = 0
    while True:
        reserve(purse, f"k{i}", "0.10")
        told.send(("reserve", f"k{i}"))
        if i % 3 == 0:
            settle(purse, f"k{i}", "0.07")
            told.send(("settle", f"k{i}"))
        elif i % 3 == 1:
            purse.release(f"k{i}", "the test gives it back")
            told.send(("release", f"k{i}"))
        i += 1


def kill(pid: int) -> None:
    """End a process as a power cut would."""
    os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
