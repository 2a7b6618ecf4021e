"""How finished clips are looked at, and which of several flawed ones is shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from songreel.generation.ladder import Held, Rung, Want, differ_by_seed
from songreel.generation.planning import FilmPlan
from songreel.generation.shelf import Shelf
from songreel.models.clip import ClipRequest, Flaw, Portion


class Inspect(Protocol):
    """What looks at the part of a clip that a shot shows."""

    def __call__(
        self, path: Path, asked: ClipRequest, portion: Portion, *, keys: bool = False
    ) -> Sequence[Flaw]:
        """The flaws of a clip.

        Args:
            path: Its file.
            asked: What the shot asks for.
            portion: What the shot shows of it.
            keys: Whether keyframes are enough, as they are for clips made on this machine.
        """
        ...


class Eye:
    """Looks at every clip once; what it found is kept with the clip."""

    def __init__(self, plan: FilmPlan, shelf: Shelf, inspect: Inspect | None) -> None:
        self._plan, self._shelf, self._inspect = plan, shelf, inspect

    def flaws(self, shot: str, rung: Rung, file: Path) -> tuple[Flaw, ...]:
        """What is wrong with `file` as `shot` shows it."""
        known = self._shelf.known(shot, rung.portion)
        if self._inspect is None:
            told = known.faults if known is not None else ()
            return tuple(Flaw(text=text, fatal=False) for text in told)
        if known is not None and not known.faults:
            return ()
        # Which of the faults is fatal is not stored: a faulty clip is looked at again.
        keys, asked = rung.maker.traits.local, self._plan.asked[shot]
        return tuple(self._inspect(file, asked, _held(rung.portion), keys=keys))

    def again(self, want: Want, rung: Rung) -> Rung | None:
        """`rung` with a seed that was not tried yet; None where seeds do not matter."""
        if self._inspect is None:
            return None
        tried = {held.rung.portion.request.fingerprint for held in want.held}
        tried.add(rung.portion.request.fingerprint)
        for request in rung.maker.alternatives(rung.portion.request):
            if differ_by_seed(request, rung.portion.request) and request.fingerprint not in tried:
                return rung._replace(portion=rung.portion.model_copy(update={"request": request}))
        return None


def best(held: Sequence[Held]) -> Held:
    """The clip with the fewest fatal flaws, then the fewest, then the first."""
    return min(held, key=lambda one: (len(one.fatal), len(one.flaws)))


def _held(portion: Portion) -> Portion:
    """As much of `portion` as its clip was planned to hold: that it is no longer was known."""
    if portion.covered == 1:
        return portion
    return portion.model_copy(update={"frames": max(1, int(portion.covered * portion.frames))})
