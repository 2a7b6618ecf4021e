"""A film's clips, waited for: `Run`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from songreel.generation.cast import Cast
from songreel.generation.clip_files import ClipFiles
from songreel.generation.courier import Courier
from songreel.generation.errand import Errand, model_of, service_of
from songreel.generation.jobs import Jobs
from songreel.generation.ladder import Rung, Want
from songreel.generation.letters import Letters
from songreel.generation.patience import Patience
from songreel.generation.planning import FilmPlan
from songreel.generation.provider import Provider
from songreel.generation.purse import Purse
from songreel.generation.rounds import Rounds
from songreel.generation.shelf import Shelf
from songreel.generation.till import Till
from songreel.generation.view import Eye, Inspect
from songreel.models.clip import Clip, ClipRequest, Images, Portion
from songreel.models.errors import ProviderError, SongreelError
from songreel.models.money import dollars
from songreel.models.progress import Progress


class Run:
    """One call of `generate`, once everything is planned.

    Args:
        plan: The film's clips.
        shelf: Where they are kept.
        others: Further sources by name.
        stand_ins: Those of them that may serve where a shot's own cannot, best first.
        shots: Ids of those that want a clip, in the film's order.
        progress: Told where it stands.
        patience: Deadlines and pauses.
        purse: Who pays.
        retakes: How often a clip with a fatal flaw is asked for again.
        inspect: What looks at finished clips.
        cancels: Whether an interruption cancels jobs elsewhere.
    """

    def __init__(
        self,
        plan: FilmPlan,
        shelf: Shelf,
        others: Mapping[str, Provider],
        stand_ins: Sequence[Provider],
        shots: Sequence[str],
        progress: Progress,
        patience: Patience,
        *,
        purse: Purse | None,
        retakes: int,
        inspect: Inspect | None,
        cancels: bool,
    ) -> None:
        self._plan, self._shelf, self._order = plan, shelf, list(shots)
        self._progress, self._patience, self._cancels = progress, patience, cancels
        self._till, letters, jobs = Till(purse), Letters(shelf.folder), Jobs(shelf.folder)
        self._files = ClipFiles(shelf, plan.files.get)
        courier: Courier[ClipRequest, Images, Want] = Courier(
            shelf, jobs, letters, self._till, patience, self._files
        )
        self._rounds: Rounds[ClipRequest, Images, Want] = Rounds(self, courier, jobs, patience)
        self._cast = Cast(
            plan, shelf, others, stand_ins, shots, letters=letters, eye=Eye(plan, shelf, inspect),
            retakes=retakes, ask=self._ask, down=self._rounds.down,
        )  # fmt: skip

    def clips(self) -> dict[str, Clip]:
        """Wait for all of them."""
        cast, rounds = self._cast, self._rounds
        try:
            rounds.resume()
            cast.begin(self._plan.standings(self._shelf))
            while rounds.busy or cast.waits:
                rounds.turn()
                cast.go_on(idle=not rounds.busy)
                self._tell()
                rounds.rest()
            rounds.drop_drafts()
        except KeyboardInterrupt as stop:
            rounds.interrupted(stop, cancels=self._cancels)
            raise
        finally:
            rounds.stop()
            self._files.close()
        if cast.lost:
            raise next(cast.lost[shot] for shot in self._order if shot in cast.lost)
        self._tell()
        return {shot: cast.clips[shot] for shot in self._order}

    def maker_of(self, source: str) -> Provider | None:
        """The source of that name, or another model of the same service, which can ask too."""
        found = self._plan.makers.get(source)
        if found is not None:
            return found
        for maker in self._plan.makers.values():
            if service_of(maker.name) == service_of(source) and not maker.traits.local:
                return maker
        return None

    def shelved(self, source: str, request: ClipRequest) -> bool:
        """Whether its clip is there already."""
        return self._shelf.find(source, request) is not None

    def finished(self, errand: Errand[ClipRequest, Images, Want], file: Path) -> None:
        """Enter the clip for its shots."""
        if errand.shot not in [want.shot for want in errand.wants]:
            # Made for a shot that does not want it any more: it is kept as a take of it.
            notes: tuple[str, ...] = ()
            with suppress(SongreelError):  # another model of the service may not know what to say
                notes = tuple(errand.maker.notes(errand.request))
            whole = Portion.whole(errand.request)
            self._shelf.enter(
                file, errand.shot, errand.source, whole, substitution=None, notes=notes,
                model=model_of(errand.maker, errand.request),
            )  # fmt: skip
        for want in errand.wants:
            assert want.rung is not None
            self._cast.served(want, want.rung, file)

    def failed(
        self,
        errand: Errand[ClipRequest, Images, Want],
        reason: str,
        error: Exception,
        *,
        may_pay: bool,
    ) -> None:
        """Go on to the next rung."""
        refused = isinstance(error, ProviderError) and error.refused
        for want in errand.wants:
            self._cast.failed(
                want, reason, error, may_pay=may_pay,
                refused=errand.request if refused else None,
            )  # fmt: skip

    def _ask(self, want: Want, rung: Rung) -> None:
        want.rung = rung
        self._rounds.ask(rung.maker, rung.portion.request, want.shot, want)

    def _tell(self) -> None:
        under_way = sum(errand.done * len(errand.wants) for errand in self._rounds.running)
        total, ready = len(self._order), len(self._cast.clips)
        what = f"clips: {ready} of {total}"
        making = next((errand for errand in self._rounds.running if errand.wants), None)
        if making is not None:
            what += f", making {making.wants[0].shot}{_standing(making)}"
        if self._till.spent is not None:
            what += f", {dollars(self._till.spent)} USD so far"
        self._progress(what, min((ready + under_way) / max(total, 1), 1.0))


def _standing(errand: Errand[ClipRequest, Images, Want]) -> str:
    """Where a clip on one's own machines stands: its step, and how long it still takes."""
    traits = errand.maker.traits
    if not ((traits.local or traits.patient) and errand.detail):
        return ""
    left = f", {_spoken(errand.eta)} left" if errand.eta is not None else ""
    return f": {errand.detail}{left}"


def _spoken(seconds: float) -> str:
    """`1 h 5 min`, `1 min 20 s`, `8 s`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
