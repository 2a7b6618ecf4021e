"""Where a project's clips are asked for: sources opened, price told, money set aside, waited."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from songreel.film import Bill
from songreel.limits import bounds
from songreel.made import remember
from songreel.models.clip import Clip, ClipRequest
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.money import Quote
from songreel.models.music import Analysis
from songreel.models.progress import Progress
from songreel.models.storyboard import Shot, Storyboard, Words
from songreel.planning import entry_of
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.provider import Context, Provider
    from songreel.generation.purse import Purse
    from songreel.generation.quote import FilmQuote

ALWAYS = ("builtin", "still")
"""Sources that stand by for whatever cannot be had elsewhere; both are free."""


class Priced(Protocol):
    """A quote, of clips or of sound."""

    @property
    def total(self) -> Quote:
        """Of all that is still to be bought."""
        ...

    def lines(self) -> Sequence[str]:
        """For people."""
        ...


Consent = Callable[[Priced, Sequence[str]], bool]
"""Asked before anything is bought, with the quote and a sentence for each limit that it would
pass: whether to go on."""


def nothing_bought(quote: Priced, bounds: Sequence[str]) -> bool:  # noqa: ARG001
    """The consent of somebody who was not asked: none."""
    return False


@dataclass(frozen=True)
class Spending:
    """What may be spent on clips or sound, and how failures and interruptions are met."""

    budget: Decimal | None = None
    """USD for the project in all; None: what the quote says at most."""
    consent: Consent = nothing_bought
    retakes: int = 0
    """How often a clip with a fatal flaw is asked for again with another seed."""
    on_interrupt: Literal["leave", "cancel"] = "leave"
    """What becomes of jobs under way elsewhere when this process is stopped."""
    job: tuple[str, Decimal] | None = None
    """Of a job of the queue: its id, and the USD that it may spend in all its attempts."""


NOTHING = Spending()
"""Free clips only."""


class Desk:
    """The sources of one project's clips, open.

    Args:
        settings: Of this run.
        project: Held by the caller.
        analysis: Of its song.
        storyboard: Its plan.
    """

    def __init__(
        self, settings: Settings, project: Project, analysis: Analysis, storyboard: Storyboard
    ) -> None:
        self._settings, self._project = settings, project
        self._analysis, self._storyboard = analysis, storyboard
        self._state = project.state
        self._providers: dict[str, Provider] = {}
        self._untold: tuple[str, ...] = ()

    @classmethod
    @contextmanager
    def of(
        cls, settings: Settings, project: Project, analysis: Analysis, storyboard: Storyboard
    ) -> Iterator["Desk"]:
        """The desk with its sources opened; they are closed again whatever happens.

        Raises:
            InvalidInput: A source is not known or lacks what it needs.
            MachineError: The folder of clips cannot be written.
        """
        desk = cls(settings, project, analysis, storyboard)
        try:
            desk._open()
            yield desk
        finally:
            for provider in desk._providers.values():
                provider.close()

    def quote(self) -> "FilmQuote":
        """What the clips that are not there yet will cost.

        Left out are shots whose source makes nothing without an image that they do not have.

        Raises:
            InvalidInput: A source can serve none of its shots.
        """
        found = self._quotes()
        lacking = self._lacking(found.planned)
        clips = tuple(clip for clip in found.clips if not lacking.get(clip.shots[0]))
        return found.model_copy(update={"clips": clips})

    def _quotes(self) -> "FilmQuote":
        from songreel.generation.quote import quotes

        return quotes(
            self._storyboard,
            self._analysis,
            self._state.spec,
            provider=self._providers[self._state.visuals],
            others=self._providers,
            folder=self._project.clips,
            base=self._project.folder,
            words=self._words,
        )

    def wanted(self) -> dict[str, str]:
        """Fingerprint of the clip that the plan asks for, by shot."""
        return {shot: found.fingerprint for shot, found in self._quotes().planned.items()}

    def standing(self) -> tuple[dict[str, str], set[str]]:
        """What `wanted` and `missing` say, planned once."""
        found = self._quotes()
        asked = {shot: request.fingerprint for shot, request in found.planned.items()}
        return asked, {shot for clip in found.clips for shot in clip.shots}

    def missing(self) -> set[str]:
        """Shots whose clip is not there yet."""
        return {shot for clip in self._quotes().clips for shot in clip.shots}

    def free(self) -> set[str]:
        """Shots whose source costs nothing."""
        paid = {name for name, source in self._providers.items() if source.traits.costs_money}
        shots = self._storyboard.shots
        return {shot.id for shot in shots if (shot.provider or self._state.visuals) not in paid}

    def clips(
        self, purse: "Purse | None", spending: Spending, progress: Progress
    ) -> dict[str, Clip]:
        """Have every shot's clip, making and buying only what is not there."""
        from songreel.generation.inspect import inspect
        from songreel.generation.runner import generate

        clips = generate(
            self._storyboard,
            self._analysis,
            self._state.spec,
            provider=self._providers[self._state.visuals],
            others=self._providers,
            folder=self._project.clips,
            progress=progress,
            purse=purse,
            base=self._project.folder,
            words=self._words,
            retakes=spending.retakes,
            inspect=inspect,
            on_interrupt=spending.on_interrupt,
            stand_ins=self._state.stand_ins,
        )
        self._untold = remember(self._settings, self._project, clips)
        return clips

    def notices(self) -> tuple[str, ...]:
        """What the sources had to leave out, and what could not be written down."""
        told = (text for provider in self._providers.values() for text in provider.notices())
        return (*told, *self._untold)

    def bill(self, purse: "Purse | None") -> Bill | None:
        """What this run has paid, and all that was paid for the project."""
        if purse is None:  # a project that buys nothing needs no name in the ledger
            return None
        return bill_of(self._settings, self._project.known_as(), purse)

    def _open(self) -> None:
        from songreel.generation.jobs import Jobs
        from songreel.generation.provider import Context
        from songreel.generation.registry import create

        state, clips = self._state, self._project.clips
        try:
            clips.mkdir(exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot write {clips}: {error.strerror}") from error
        named = {shot.provider for shot in self._storyboard.shots if shot.provider}
        # What was ordered and is still under way is picked up, whatever the plan has become.
        left = {job.provider for _, job in Jobs(clips).left()}
        for name in sorted({state.visuals, *ALWAYS, *state.stand_ins, *named, *left}):
            context = Context(
                scratch=clips,
                cache=self._settings.workspace,
                footage=Path(state.footage) if state.footage else None,
                workers=self._settings.workers,
                seed=self._storyboard.seed,
                catalogue=self._settings.catalogue,
                models=self._settings.models,
                local=state.local,
            )
            self._providers[name] = self._at_farm(name, create(name, context), context)

    def _at_farm(self, name: str, provider: "Provider", context: "Context") -> "Provider":
        """`provider`, its clips made by the farm of this run where there is one that takes them."""
        farm = self._settings.farm
        if farm is None or not (provider.traits.local and farm.takes(name)):
            return provider
        from songreel.generation.farm.farmed import Farmed

        return Farmed(provider, farm, context, name)

    def _words(self, shot: Shot, dialect: str) -> Words:
        from songreel.prompting.dialects import reword

        return reword(self._storyboard, shot, dialect)

    def purse(self, spending: Spending) -> "Purse | None":
        """The purse of a run that buys, once somebody has agreed to the price; None if it is free.

        Raises:
            InvalidInput: It would cost money and nobody agreed to that; or a source can serve
                none of its shots.
            MachineError: The ledger cannot be opened.
        """
        if not any(provider.traits.costs_money for provider in self._providers.values()):
            return None
        quote = self.quote()
        return purse_for(
            self._settings,
            self._project.known_as(),
            self._state.title,
            quote,
            spending,
            # A second take may cost as much as the first.
            most=quote.total.high * (1 + spending.retakes),
            what=f"the clips of {self._project.folder}",
            instead="--visuals builtin",
            beyond=", and shots it does not reach are shown by free sources",
        )

    def _lacking(self, planned: Mapping[str, ClipRequest]) -> dict[str, tuple[str, ...]]:
        """What shots lack without which their source makes nothing, by shot.

        Raises:
            InvalidInput: All shots of a source lack something: it was chosen by mistake.
        """
        from songreel.generation.catalogue.pack import missing

        shots: dict[str, list[str]] = {}
        for shot in self._storyboard.shots:
            shots.setdefault(shot.provider or self._state.visuals, []).append(shot.id)
        lacking: dict[str, tuple[str, ...]] = {}
        for source, ids in shots.items():
            entry = entry_of(source, self._settings)
            if entry is None:
                continue
            if entry.needs("audio"):
                raise InvalidInput(
                    f"{source} makes nothing without sound, which no request carries yet; "
                    "choose another model (`songreel models`)"
                )
            lacking |= {shot: missing(entry, planned[shot]) for shot in ids}
            if all(lacking[shot] for shot in ids):
                raise InvalidInput(
                    f"{source} makes nothing without {_images(lacking[ids[0]])}, and "
                    f"{_of_shots(ids)}: `songreel pairs` chooses images from your photos, "
                    "plan.json takes them by hand, and `songreel models` shows what needs none"
                )
        return lacking


def sources_exist(changes: Mapping[str, object], settings: Settings) -> None:
    """Refuse names that are none before a project remembers them.

    Args:
        changes: Fields of the project's document.
        settings: Of this run.

    Raises:
        InvalidInput: There is no such source or model.
    """
    from songreel.generation.registry import providers

    stand_ins = changes.get("stand_ins")
    named = [changes.get("visuals"), *(stand_ins if isinstance(stand_ins, tuple) else ())]
    known = providers()
    for source in named:
        if isinstance(source, str):
            if source.partition(":")[0] not in known:
                raise InvalidInput(
                    f"no source of clips is called {source!r}; known: {', '.join(known)}"
                )
            entry_of(source, settings)


def purse_for(
    settings: Settings,
    known_as: str,
    title: str,
    quote: Priced,
    spending: Spending,
    *,
    most: Decimal,
    what: str,
    instead: str,
    beyond: str = "",
) -> "Purse":
    """The purse of a run that may buy something, once somebody has agreed to the price.

    Args:
        settings: Of this run.
        known_as: Id under which the ledger knows the project or folder.
        title: For people.
        quote: Of what is still to be bought; nothing is asked where that is free.
        spending: What may be spent, and who is asked.
        most: USD that may be spent where no budget is given.
        what: Is bought, in a sentence.
        instead: The option that makes it free.
        beyond: What becomes of that which a limit does not reach, as the end of a sentence.

    Raises:
        InvalidInput: It would cost money and nobody agreed to that.
        MachineError: The ledger cannot be opened.
    """
    from songreel.store.ledger import Ledger, Scope

    ledger, high = Ledger(settings.database), quote.total.high
    passed = bounds(ledger, known_as, spending.budget, high, beyond) if high > 0 else ()
    if high > 0 and not spending.consent(quote, passed):
        raise InvalidInput(
            f"{what} would cost {quote.total}; nothing was bought: agree with --yes, at most a sum "
            f"with --yes --budget USD, or choose {instead}"
        )
    if spending.budget is not None:
        ledger.limit(Scope("project", known_as), spending.budget)
    job, allowance = spending.job or ("", most if spending.budget is None else None)
    return ledger.purse(known_as, title, allowance, job)


def bill_of(settings: Settings, known_as: str, purse: "Purse | None") -> Bill | None:
    """What a run's purse has paid, and all that was paid for the project or folder before."""
    if purse is None:
        return None
    from songreel.store.ledger import Ledger, Scope

    booked = Ledger(settings.database).booked(Scope("project", known_as))
    return Bill(purse.spent(), booked)


def _images(roles: Sequence[str]) -> str:
    named = {"start": "a start image", "end": "an end image", "references": "reference images"}
    return " and ".join(named[role] for role in roles)


def _of_shots(ids: Sequence[str]) -> str:
    return f"shot {ids[0]} has none" if len(ids) == 1 else "no shot has any"
