"""Prices of work of which part is only known while it is done: films of scenes, far films."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from songreel.desk import Priced
from songreel.hosted import Choices
from songreel.models.money import Quote, dollars
from songreel.models.work import Assemble, Make, Work
from songreel.models.work_sound import Foley, MakeScenes
from songreel.planning import entry_of, is_paid
from songreel.queue.bench import Bench
from songreel.queue.scenes import scene_film
from songreel.score_place import place_beside, place_in
from songreel.score_plans import planned_score
from songreel.scoring import Scoring
from songreel.settings import Settings
from songreel.sound_source import SOURCE, opened


@dataclass(frozen=True)
class Known:
    """What is known of a price before the work is done."""

    told: tuple[str, ...]
    total: Quote

    def lines(self) -> tuple[str, ...]:
        """For people."""
        return self.told


def of_scenes(bench: Bench, work: MakeScenes) -> Priced:
    """What a film of scenes costs: its music, and its clips where they can be planned.

    Raises:
        InvalidInput: The scenes or a source cannot be used.
    """
    film = scene_film(bench, work)
    plan, place = planned_score(film.scenes, film.music, place_beside(film.scenes).output)
    if _planned(bench, work):
        place = place_in(bench.project())
    music = Scoring(bench.settings).quote(place, plan, film.wish)
    lines = [f"music: {line}" for line in music.lines()]
    if _planned(bench, work):
        clips = bench.workspace.editing.quote(bench.job.project)
        lines += clips.lines()
        return Known(tuple(lines), music.total + clips.total)
    if not is_paid(work.visuals or "", bench.settings):
        lines.append("pictures: free")
    return Known(tuple(lines), music.total)


def far(bench: Bench, work: Foley) -> Priced:
    """What sound for a film at an address costs, which is not fetched for that.

    Raises:
        InvalidInput: The address is none, or the source cannot be used.
    """
    from songreel.generation.foley.address import checked

    checked(work.address or "")
    source = work.source or SOURCE
    with opened(bench.settings, source, bench.folder, work.seed):
        free = _rates(source, bench.settings) is None
    price = "free" if free else "by its length"
    return Known((f"sound for the film at the address, by {source}: {price}",), Quote())


def unknown(work: Work, bench: Bench) -> tuple[str, ...]:
    """What the price of `work` leaves out, a sentence each; none where all of it is known."""
    match work:
        case MakeScenes() if not _planned(bench, work):
            return _clips(work, scene_film(bench, work).read()[0].seconds, bench.settings)
        case Make() | Assemble():
            other = _not_in(work, bench)
            if other:
                return (
                    f"{' and '.join(other)} of this work is not what the project has now, and the "
                    "price is of what it has; have it planned so first (work of the kind plan), "
                    "and quote it then",
                )
        case Foley(address=str()):
            rates = _rates(work.source or SOURCE, bench.settings)
            if rates is not None:
                return (
                    "what the sound costs depends on how long the film at the address is, which is "
                    f"known once the job has fetched it: {rates}; the job buys it within the sum "
                    "that is agreed to, or buys nothing and says its price",
                )
    return ()


def _clips(work: MakeScenes, seconds: float, settings: Settings) -> tuple[str, ...]:
    """What is not known of clips that are bought for scenes."""
    source = work.visuals or ""
    entry = entry_of(source, settings)
    if entry is None or not is_paid(source, settings):
        return ()
    rates = _told((rate.usd for rate in entry.price.rates), entry.price.unit)
    about = ""
    if entry.price.unit == "second":
        least = min(rate.usd for rate in entry.price.rates) * Decimal(str(seconds))
        about = f", so {dollars(least)} USD or more for {seconds:g} s of scenes"
    return (
        f"the clips ({source}) are cut to the music, which has to be there before they can be "
        f"counted: {rates}{about}; the job buys them within the sum that is agreed to, or leaves "
        "the film planned and says their price",
    )


def _not_in(work: Make | Assemble, bench: Bench) -> list[str]:
    """Wishes by name that the plan, or the project, does not hold: they change what is bought."""
    project = bench.project()
    plan = bench.workspace.editing.plan(bench.job.project)
    other = []
    if work.visuals not in (None, project.state.visuals):
        other.append(f"visuals {work.visuals}")
    if isinstance(work, Make) and plan is not None:
        wished = work.planning
        for name, asked, there in (
            ("look", wished.look, plan.look.name),
            ("style", wished.style, plan.style),
            ("seed", wished.seed, plan.seed),
        ):
            if asked not in (None, there):
                other.append(f"{name} {asked}")
    return other


def _planned(bench: Bench, work: MakeScenes) -> bool:
    """Whether there is a plan that stays, whose clips can be counted."""
    return bool(bench.job.project) and not work.replan and bench.project().plan.is_file()


def _rates(source: str, settings: Settings) -> str | None:
    """What a source of sound takes, in words; None: it is free."""
    for entry in Choices(settings).sound_models():
        if entry.key == source:
            return _told((rate.usd for rate in entry.price.rates), entry.price.unit)
    return None


def _told(usd: Iterable[Decimal], unit: str) -> str:
    """`0.05 USD a second`, or a range."""
    rates = sorted(set(usd))
    low, high = dollars(rates[0]), dollars(rates[-1])
    span = low if low == high else f"{low} to {high}"
    return f"{span} USD a {'second of machine' if unit == 'run second' else unit}"
