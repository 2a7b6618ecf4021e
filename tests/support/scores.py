"""Scores composed by a source whose truth is known; also a process of its own, to be killed.

`python -m support.scores FOLDER CALL NUMBER` composes `killed_plan()` in FOLDER and kills itself
right after the call of that name has returned for the NUMBERth time.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from songreel.generation.patience import Patience
from songreel.generation.score.compose import compose
from songreel.generation.score.growth import Growth
from songreel.generation.score.kept import CHAIN
from songreel.generation.sound.shelf import SoundShelf
from songreel.models.score import Score, ScoreCue, ScorePlan
from songreel.sound.pcm import read
from songreel.store.ledger import Ledger, LedgerPurse
from support.makers import Clock
from support.shop import Wallet
from support.sound_shop import SoundShop
from support.tunes import Tunesmith

RATE = 8000


def cue(n: int, seconds: float = 4.0, **more: Any) -> ScoreCue:
    """Scene `n`, at 120 BPM."""
    fields = {"id": f"s{n:02d}", "seconds": seconds, "prompt": f"scene {n}", "bpm": 120.0}
    return ScoreCue.model_validate(fields | {"key": "A minor"} | more)


def plan(*lengths: float, **more: Any) -> ScorePlan:
    """Scenes of so many seconds, whose energy rises."""
    rises = np.linspace(0.2, 0.9, len(lengths))
    cues = tuple(
        cue(n, seconds, energy=float(energy), **more)
        for n, (seconds, energy) in enumerate(zip(lengths, rises, strict=True), 1)
    )
    return ScorePlan(cues=cues, seed=5)


def smith(root: Path, **more: Any) -> Tunesmith:
    """A tunesmith with a world of his own in `root`."""
    root.mkdir(exist_ok=True)
    return Tunesmith(root / "world", **more)


def composed(root: Path, wanted: ScorePlan, source: SoundShop, **more: Any) -> Score:
    """The score, in `root / "score"`, without waiting."""
    clock = Clock()
    patience = Patience(clock=clock, sleep=clock.sleep)
    more.setdefault("purse", Wallet())
    return compose(wanted, source, root / "score", patience=patience, **more)


def chain(root: Path, score: Score) -> np.ndarray:
    """The track as it was grown, before its end was faded."""
    path = root / "score" / CHAIN
    return read(path if path.exists() else root / "score" / score.file).samples


def killed_plan() -> ScorePlan:
    """What the process that is killed composes."""
    return plan(2.0, 2.0, 2.0)


def paid_by(root: Path) -> LedgerPurse:
    """A purse with a book on disk."""
    return Ledger(root / "ledger.db").purse("score", "a score", None)


CALLS = {
    "submit": (Tunesmith, "submit"), "reserve": (LedgerPurse, "reserve"),
    "settle": (LedgerPurse, "settle"), "take in": (SoundShelf, "take_in"),
    "enter": (SoundShelf, "enter"), "lay": (Growth, "_lay"),
}  # fmt: skip
"""What leaves something behind, by the name under which a process may die of it."""


def main() -> None:
    """See the module's docstring."""
    root, called, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    owner, name = CALLS[called]
    real, times = getattr(owner, name), 0

    def last(*args: Any, **more: Any) -> Any:
        nonlocal times
        answer = real(*args, **more)
        times += 1
        if times == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, last)
    composed(root, killed_plan(), smith(root), purse=paid_by(root))


if __name__ == "__main__":
    main()
