"""What a score will cost: `quote`."""

from collections.abc import Mapping
from decimal import Decimal

from songreel.generation.score.asking import asked, check, hearing, seed_of
from songreel.generation.score.compose import RETAKES
from songreel.generation.score.grid import Grid
from songreel.generation.score.windows import HEAR, LAST, stretches, tail, window
from songreel.generation.sound.source import SoundSource
from songreel.models.money import FREE, Quote
from songreel.models.score import ScorePlan
from songreel.models.sound_request import Heard, Setting, SoundRequest


def quote(
    plan: ScorePlan,
    source: SoundSource,
    *,
    settings: Mapping[str, Setting] | None = None,
    retakes: int = RETAKES,
    hear: float = HEAR,
) -> Quote:
    """What `compose` will pay: likely if every part is kept as it comes, at most with all retakes.

    Raises:
        InvalidInput: As `compose`.
    """
    requests = expected(plan, source, dict(settings or {}), hear)
    total = sum((source.quote(request) for request in requests), FREE)
    if total.high == 0:
        return FREE
    times = Decimal(retakes + 1)
    count = len(requests)
    parts = "1 part" if count == 1 else f"{count} parts"
    return Quote(
        low=total.low, likely=total.likely, high=total.high * times,
        basis=f"{parts} by {source.name}, each made up to {times} times",
    )  # fmt: skip


def expected(
    plan: ScorePlan, source: SoundSource, settings: Mapping[str, Setting], hear: float
) -> list[SoundRequest]:
    """The planned requests, as far as they are known before anything is heard."""
    check(source, plan.cues)
    steps = stretches(plan)
    found: list[SoundRequest] = []
    cue, end = steps[0].cue, 0.0
    grid, before = Grid.begin(plan.first_downbeat, cue.bpm, cue.meter), cue
    for n, step in enumerate(steps):
        cue, number, last = step.cue, 1, n == len(steps) - 1
        until = plan.seconds if last else step.end
        while not found or end < until:
            at = 0.0
            if found:
                at = min(grid.join(step.start if number == 1 else end - tail(grid)), end)
                if (cue.bpm, cue.meter) != (grid.bpm, grid.meter):
                    grid = grid.anew(at, cue.bpm, cue.meter)
            lead = 1.5 * grid.period if found and not source.hears else 0.0
            goal = until + (LAST if last else tail(grid))
            asks = window(
                at, goal - at, grid, longest=source.longest - lead,
                hear=hearing(hear, before, cue) if source.hears else 0.0,
            )  # fmt: skip
            heard = Heard(sha256="0" * 64, seconds=asks.heard) if asks.heard else None
            seed = seed_of(plan.seed, cue.id, number, 0)
            request = asked(
                cue, grid, at, asks.new + lead, seed, settings, heard,
                theme=plan.seed, ending=last and asks.new >= goal - at,
            )  # fmt: skip
            found.append(source.plan(request))
            if at + asks.new <= end + 0.1:
                break  # `compose` tells it
            end, number, before = at + asks.new, number + 1, cue
    return found
