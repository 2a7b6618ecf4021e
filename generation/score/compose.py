"""A list of cues becomes one track, grown step by step out of its own sound: `compose`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

from songreel.generation.patience import Patience
from songreel.generation.purse import Purse
from songreel.generation.score.asking import asked, check
from songreel.generation.score.ending import ends_by_itself, last_samples
from songreel.generation.score.grid import Grid
from songreel.generation.score.growth import Growth
from songreel.generation.score.kept import (
    CHAIN,
    SCORE,
    UNFINISHED,
    finished,
    forget,
    keep,
    recipe_of,
)  # fmt: skip
from songreel.generation.score.pulse import feel
from songreel.generation.score.takes import Takes
from songreel.generation.score.verdict import Judge
from songreel.generation.score.windows import HEAR, Stretch, stretches
from songreel.generation.sound.source import SoundSource
from songreel.models.errors import MachineError, SongreelError
from songreel.models.money import Charge
from songreel.models.progress import Progress, silent
from songreel.models.score import Score, ScorePart, ScorePlan
from songreel.models.sound_request import Setting
from songreel.sound.fades import fade_out
from songreel.sound.pcm import write_wav

RETAKES = 2
"""How often a part with a fault is made again."""


def compose(
    plan: ScorePlan,
    source: SoundSource,
    folder: Path,
    *,
    purse: Purse | None = None,
    progress: Progress = silent,
    patience: Patience | None = None,
    judge: Judge = feel,
    settings: Mapping[str, Setting] | None = None,
    retakes: int = RETAKES,
    hear: float = HEAR,
    fade: bool = True,
    on_interrupt: Literal["leave", "cancel"] = "leave",
) -> Score:
    """Make one track of the cues of `plan`, each grown out of the sound before it.

    The last seconds of the track are what the source hears; of what comes back only the new samples
    are kept, at the loudness of what is there, from a beat near the cue's start on. What is there
    stays bit for bit, up to the next cross-fade. A part whose tempo moves by more than 2 %, that
    clips or falls silent is made again with another seed, and the best take is kept.

    Everything is found again: takes by their requests, which name what they heard by its content,
    so that a run that was killed goes on where it was and buys nothing twice; a plan of which cue n
    changed is made again from cue n on.

    Args:
        plan: The cues.
        source: Who makes the music. One that does not hear is asked for each part by itself, and
            the notices say that nothing was continued.
        folder: For takes, `score.wav` and `score.json`, and with `fade` `chain.wav`, the track
            before that. One run at a time may work there.
        purse: Who pays; None pays for nothing.
        progress: Told what is being done.
        patience: Deadlines and pauses.
        judge: Who listens to the tempo of new parts.
        settings: The source's own parameters.
        retakes: How often a part may be made again; each is paid for.
        hear: Seconds of the track that the source is given to go on from.
        fade: Have the music end: sources that can are asked for it, and where it does not end by
            itself its last bar is faded out. The last sample is silent.
        on_interrupt: Whether Ctrl-C cancels jobs elsewhere.

    Returns:
        The score, `round(plan.seconds × rate)` samples long.

    Raises:
        InvalidInput: The source makes no music, or has no such parameter.
        BudgetExceeded: A limit would be passed. As with any error, what there is is kept:
            `kept.partial` tells it, and the next run goes on from there.
        ProviderError: A part could not be had.
        MachineError: The disk is full or the folder cannot be written.
    """
    check(source, plan.cues)
    chosen = dict(settings or {})
    steps = stretches(plan)
    grid = _first_grid(plan, steps)
    recipe = decided(plan, source, settings=chosen, retakes=retakes, hear=hear, fade=fade)
    known = finished(folder, recipe)
    if known is not None:
        progress("score: composed already", 1.0)
        if known.plan != plan:  # its title, or what is said about it
            known = known.model_copy(update={"plan": plan})
            known.save(folder / f"{SCORE}.json")
        return known
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
    takes = Takes(source, folder, judge, retakes, purse, patience, on_interrupt)
    growth = Growth(plan, takes, grid, chosen, hear if source.hears else 0.0, ends=fade)
    for n, step in enumerate(steps):

        def told(what: str, done: float, n: int = n, step: Stretch = step) -> None:
            progress(
                f"score: {step.cue.id}, {n + 1} of {len(steps)}: {what}", (n + done) / len(steps)
            )

        try:
            growth.grow(step, last=n == len(steps) - 1, progress=told)
        except (SongreelError, KeyboardInterrupt) as error:
            if n:
                _keep_unfinished(growth, steps[:n], recipe, error)
            raise
    progress("score: joining", 1.0)
    return _finish(growth, recipe, fade)


def decided(
    plan: ScorePlan,
    source: SoundSource,
    *,
    settings: Mapping[str, Setting] | None = None,
    retakes: int = RETAKES,
    hear: float = HEAR,
    fade: bool = True,
) -> str:
    """The recipe of the score that `compose` makes: `kept.finished` tells whether it is there.

    Raises:
        InvalidInput: As `compose`.
    """
    check(source, plan.cues)
    chosen = dict(settings or {})
    steps = stretches(plan)
    cue, grid = steps[0].cue, _first_grid(plan, steps)
    seconds = min(cue.seconds, source.longest)
    probe = source.plan(asked(cue, grid, 0.0, seconds, plan.seed, chosen, theme=plan.seed))
    return recipe_of(plan, source, probe, chosen, retakes, hear, fade)


def _first_grid(plan: ScorePlan, steps: Sequence[Stretch]) -> Grid:
    return Grid.begin(plan.first_downbeat, steps[0].cue.bpm, steps[0].cue.meter)


def _finish(growth: Growth, recipe: str, fade: bool) -> Score:
    """Write the finished track."""
    chain, folder = growth.chain, growth.takes.folder
    count = round(growth.plan.seconds * chain.rate)
    track = chain.between(0, count)
    notices = list(growth.notices())
    last = growth.parts[-1]
    if fade:
        own = track[:, last.start :]
        ended = ends_by_itself(own, chain.rate)
        length = last_samples(own.shape[1], chain.rate, growth.grid, ended=ended)
        write_wav(folder / CHAIN, track, chain.rate)
        track = fade_out(track, length)
        if not ended:
            seconds = length / chain.rate
            notices.append(
                f"the music does not end by itself: its last {seconds:.1f} s are faded out"
            )
    else:
        (folder / CHAIN).unlink(missing_ok=True)
    score = _score(growth, growth.plan, count, recipe, notices, f"{SCORE}.wav")
    kept = keep(folder, SCORE, track, score)
    forget(folder)
    return kept


def _keep_unfinished(
    growth: Growth, done: tuple[Stretch, ...], recipe: str, error: BaseException
) -> None:
    """Write what exists, up to the end of the last cue that is whole."""
    ids = {name for step in done for name in (step.cue.id, *step.others)}
    plan = growth.plan.model_copy(
        update={"cues": tuple(cue for cue in growth.plan.cues if cue.id in ids)}
    )
    count = round(plan.seconds * growth.chain.rate)
    why = str(error) or "it was stopped"
    notices = [*growth.notices(), f"the score ends after {plan.cues[-1].id}: {why}"]
    score = _score(growth, plan, count, recipe, notices, f"{UNFINISHED}.wav")
    keep(growth.takes.folder, UNFINISHED, growth.chain.between(0, count), score)


def _score(
    growth: Growth, plan: ScorePlan, count: int, recipe: str, notices: list[str], file: str
) -> Score:
    """The document of the first `count` samples."""
    parts = [part for part in growth.parts if part.start < count]
    ends = [part.start + part.fade for part in parts[1:]] + [count]
    return Score(
        plan=plan, file=file, sha256="0" * 64, rate=growth.chain.rate,
        channels=growth.chain.channels, samples=count,
        parts=tuple(_ending(part, end) for part, end in zip(parts, ends, strict=True)),
        cost=_sum(growth.takes.charges), notices=tuple(notices), recipe=recipe,
    )  # fmt: skip


def _ending(part: ScorePart, end: int) -> ScorePart:
    return part.model_copy(update={"end": end})


def _sum(charges: list[Charge]) -> Charge | None:
    """What all takes cost, those that were not kept among them."""
    if not charges:
        return None
    return Charge(
        usd=sum((charge.usd for charge in charges), Decimal(0)),
        basis="1 take" if len(charges) == 1 else f"{len(charges)} takes",
        measured=all(charge.measured for charge in charges),
    )
