"""Which clip every shot gets: `Cast`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from songreel.generation.catalogue.pack import ENOUGH
from songreel.generation.errand import model_of, service_of
from songreel.generation.ladder import Held, Neighbour, Rung, Want, ladder
from songreel.generation.letters import Letters
from songreel.generation.planning import FilmPlan, Standing
from songreel.generation.provider import Provider
from songreel.generation.shelf import Shelf
from songreel.generation.spare import Shown, unused_span
from songreel.generation.stills import last_of
from songreel.generation.view import Eye, best
from songreel.models.clip import Clip, ClipRequest, Portion
from songreel.models.errors import ProviderError


class Cast:
    """Finds shots their clips: on the shelf, or by asking for them, rung by rung.

    Args:
        plan: The film's clips.
        shelf: Where they are kept.
        others: Further sources by name.
        stand_ins: Those of them that may serve where a shot's own cannot, best first.
        shots: Ids of those that want a clip.
        letters: What was paid for and never came.
        eye: What looks at finished clips.
        retakes: How often a clip with a fatal flaw is asked for again.
        ask: Has a rung made for a shot; `served` or `failed` is called when that has ended.
        down: Why a service is not asked any more, by its name.
    """

    def __init__(
        self,
        plan: FilmPlan,
        shelf: Shelf,
        others: Mapping[str, Provider],
        stand_ins: Sequence[Provider],
        shots: Sequence[str],
        *,
        letters: Letters,
        eye: Eye,
        retakes: int,
        ask: Callable[[Want, Rung], None],
        down: Mapping[str, str],
    ) -> None:
        self._plan, self._shelf, self._others = plan, shelf, others
        self._stand_ins = stand_ins
        self._letters, self._eye, self._retakes = letters, eye, retakes
        self._ask, self._down = ask, down
        self._shots = frozenset(shots)
        self.clips: dict[str, Clip] = {}
        self.lost: dict[str, ProviderError] = {}
        """Shots for which nothing could be had."""
        self._shown: dict[str, Shown] = {}
        self._waiting: list[Want] = []
        """For the clip whose last picture theirs begins with."""
        self._parked: list[Want] = []
        """For all others to be made: then it is known what they leave over."""

    @property
    def waits(self) -> bool:
        """Whether there are shots that wait for others."""
        return bool(self._waiting or self._parked)

    def begin(self, standings: Mapping[str, Standing]) -> None:
        """Give every shot what is there, and ask for the rest."""
        for shot, standing in standings.items():
            if shot not in self._shots:
                if standing.file is not None:
                    maker = self._plan.maker(shot)
                    self._shown[shot] = Shown(maker, standing.portion, standing.file)
                continue
            if standing.take is not None and standing.file is not None:
                self._keep(shot, standing, standing.take, standing.file)
                continue
            want, before = Want(shot, remarks=[*standing.remarks]), self._plan.before.get(shot)
            if standing.file is not None or before is None:
                self._climb(want, standing.portion)
            elif before in self._shots and before not in self.clips:
                self._waiting.append(want)
            else:
                self._follow(want, before)

    def go_on(self, *, idle: bool) -> None:
        """Go on with shots that waited for others, as far as those are done.

        Args:
            idle: Whether nothing is being made any more.
        """
        ready = [
            want
            for want in self._waiting
            if (before := self._plan.before[want.shot]) in self.clips or before in self.lost
        ]
        for want in ready:
            self._waiting.remove(want)
            self._follow(want, self._plan.before[want.shot])
        if idle and not ready:
            parked, self._parked = self._parked, []
            for want in parked:
                asked = self._plan.asked[want.shot]
                spare = unused_span(want.shot, asked, self._plan.storyboard, self._shown)
                if spare is not None:
                    flaws = self._eye.flaws(want.shot, spare.rung, spare.file)
                    self._show(want, Held(spare.rung, spare.file, flaws))
                else:
                    self._advance(want)

    def served(self, want: Want, rung: Rung, file: Path) -> None:
        """A clip for `want` is there: show it, unless it is so bad that it is taken again."""
        held = Held(rung, file, self._eye.flaws(want.shot, rung, file))
        again = self._eye.again(want, rung) if held.fatal else None
        if again is None:
            self._show(want, best([*want.held, held]))
            return
        self._enter(want, held)  # the flawed one stays as a take
        want.held.append(held)
        there = self._shelf.find(again.maker.name, again.portion.request)
        if there is not None:
            self.served(want, again, there)
            return
        closed = "" if len(want.held) > self._retakes else self._closed(want, again)
        if closed is None:
            self._ask(want, again)
            return
        if closed:
            want.remarks.append(f"not taken again: {closed}")
        self._show(want, best(want.held))

    def failed(
        self,
        want: Want,
        reason: str,
        error: Exception,
        *,
        may_pay: bool,
        refused: ClipRequest | None,
    ) -> None:
        """What `want` asked for could not be had: go on to the next rung.

        Args:
            want: The shot.
            reason: One sentence.
            error: Whose sentence it is.
            may_pay: Whether something else may be bought in its place.
            refused: The request, if its content was refused.
        """
        if want.held:
            want.remarks.append(f"could not be taken again: {reason}")
            self._show(want, best(want.held))
            return
        want.failures.append(reason)
        want.may_pay = want.may_pay and may_pay
        if refused is not None:
            want.refused.append(refused)
        self._advance(want, error)

    def _keep(self, shot: str, standing: Standing, take: Clip, file: Path) -> None:
        """Show the take that the shot keeps; its document stays as it is."""
        told = {
            "cut_at": standing.portion.cut_at,
            "substitution": None,
            "remarks": standing.remarks,
        }
        self.clips[shot] = take.model_copy(update=told)
        maker = self._plan.makers.get(take.provider, self._plan.maker(shot))
        self._shown[shot] = Shown(maker, standing.portion, file)

    def _follow(self, want: Want, before: str) -> None:
        """Ask for a clip that begins with the last picture of the shot `before`."""
        shown, clip = self._shown.get(before), self.clips.get(before)
        stands_in = clip is not None and clip.substitution is not None
        if shown is None or stands_in:
            why = "another clip stands in for it" if stands_in else "its clip is not there"
            want.remarks.append(f"does not begin with the last picture of {before}: {why}")
            self._climb(want, self._plan.follows(want.shot, None))
        else:
            self._climb(want, self._plan.follows(want.shot, last_of(shown.portion)))

    def _climb(self, want: Want, portion: Portion) -> None:
        first = Rung(self._plan.maker(want.shot), portion, self._plan.unused(want.shot))
        want.first = first
        want.rungs = ladder(
            self._plan, want.shot, first, self._others, self._stand_ins, want.failures
        )
        self._advance(want)

    def _advance(self, want: Want, cause: Exception | None = None) -> None:
        """Find `want` on the shelf or ask for the next rung; give it up at the end."""
        for rung in want.rungs:
            if isinstance(rung, Neighbour):
                self._parked.append(want)
                return
            maker, portion = rung.maker, rung.portion
            there = self._shelf.serving(
                maker.name, portion.request, longer=maker.traits.costs_money
            )
            if there is not None:
                request, file = there
                portion = portion.model_copy(update={"request": request})
                self.served(want, rung._replace(portion=portion), file)
                return
            closed = self._closed(want, rung)
            if closed is None:
                self._ask(want, rung)
                return
            if closed and closed not in want.failures:
                want.failures.append(closed)
        lost = ProviderError(
            f"shot {want.shot}: no clip could be had: {'; '.join(want.failures)}",
            provider=want.first.maker.name if want.first else "",
        )
        lost.__cause__ = cause
        self.lost[want.shot] = lost

    def _closed(self, want: Want, rung: Rung) -> str | None:
        """Why `rung` is not to be tried, empty if the shot has been told; None if it is."""
        maker, covered = rung.maker, rung.portion.covered
        if covered < ENOUGH:
            return (
                f"{maker.name} makes no clip that is long enough: it would cover "
                f"{float(covered):.0%} of the shot"
            )
        if maker.traits.costs_money and want.may_pay:
            letter = self._letters.unsure(maker.name, rung.portion.request)
            if letter is not None:
                want.may_pay = False
                return (
                    "an earlier purchase of this clip may have been billed and never came; "
                    f"remove {letter} to have it bought again"
                )
        if want.skips(rung):
            return ""
        return self._down.get(service_of(maker.name))

    def _show(self, want: Want, held: Held) -> None:
        if want.held and held.rung != want.held[0].rung:
            flaw, seed = want.held[0].fatal[0].text, held.rung.portion.request.seed
            want.remarks.append(f"taken again with seed {seed}: {flaw}")
        want.held.clear()
        self.clips[want.shot] = self._enter(want, held)
        self._shown[want.shot] = Shown(held.rung.maker, held.rung.portion, held.file)

    def _enter(self, want: Want, held: Held) -> Clip:
        maker, portion = held.rung.maker, held.rung.portion
        return self._shelf.enter(
            held.file,
            want.shot,
            maker.name,
            portion,
            substitution=want.substitution(held.rung),
            notes=tuple(maker.notes(portion.request)),
            remarks=(*held.rung.remarks, *want.remarks),
            faults=tuple(flaw.text for flaw in held.flaws),
            model=model_of(maker, portion.request),
        )
