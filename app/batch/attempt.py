"""One try at a film, with its ends told as events: `attempt`. Local processes and Ray share it."""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from songreel.batch.film import Task, make_film, outcome_of, spoken
from songreel.batch.say import Event
from songreel.desk import Spending
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.desk import Priced
    from songreel.generation.farm.farm import Farm
    from songreel.generation.farm.order import Made

PAUSE = 0.25
"""Seconds between two reports of progress."""


def attempt(
    task: Task, farm: "Farm", made: Callable[[], "tuple[Made, ...]"], tell: Callable[[Event], None]
) -> Event:
    """Make the film of `task`.

    Args:
        task: What is to be made.
        farm: Makes its clips.
        made: The clips that the farm gave it.
        tell: Called with where it stands.

    Returns:
        How it ended; an interruption is raised.
    """
    asked: list[Priced] = []

    def consent(quote: "Priced", bounds: Sequence[str]) -> bool:  # noqa: ARG001
        asked.append(quote)
        most = quote.total.high * (1 + task.retakes)
        return task.allowance is not None and most <= Decimal(task.allowance)

    last, told = "", 0.0

    def progress(what: str, done: float) -> None:
        nonlocal last, told
        now, stage = time.monotonic(), what.partition(":")[0]
        if stage != last or now - told >= PAUSE:
            last, told = stage, now
            tell(Event(kind="progress", text=what, share=min(max(done, 0.0), 1.0)))

    settings = replace(task.settings(), farm=farm)
    try:
        film = make_film(task, settings, Spending(consent=consent), progress)
        tell(Event(kind="progress", text="writing down", share=1.0))
        return Event(kind="done", outcome=outcome_of(film, made()))
    except InvalidInput as error:
        if asked and task.allowance is None:
            total = asked[-1].total
            most = 1 + task.retakes
            return Event(
                kind="quoted", text=str(error), high=total.high * most, likely=total.likely
            )
        return Event(kind="failed", text=str(error))
    except Exception as error:
        # One film's failure, whatever it is, must not end the others; its kind is told.
        traceback.print_exc()
        return Event(kind="failed", text=spoken(error))
