"""Where a project's clips are asked for: sources opened, price told, money set aside, waited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.music import Analysis
from songreel.models.progress import Progress
from songreel.models.storyboard import Shot, Storyboard, Words
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.provider import Provider
    from songreel.generation.purse import Purse
    from songreel.generation.quote import FilmQuote

ALWAYS = ("builtin", "still")
"""Sources that stand by for whatever cannot be had elsewhere; both are free."""

Consent = Callable[["FilmQuote", Decimal | None], bool]
"""Asked before anything is bought, with the quote and the budget: whether to go on."""


def nothing_bought(quote: "FilmQuote", budget: Decimal | None) -> bool:  # noqa: ARG001
    """The consent of somebody who was not asked: none."""
    return False


@dataclass(frozen=True)
class Spending:
    """What may be spent on a film's clips, and how failures and interruptions are met."""

    budget: Decimal | None = None
    """USD for the project in all; None: what the quote says at most."""
    consent: Consent = nothing_bought
    retakes: int = 0
    """How often a clip with a fatal flaw is asked for again with another seed."""
    on_interrupt: Literal["leave", "cancel"] = "leave"
    """What becomes of jobs under way elsewhere when this process is stopped."""


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
        """What the clips that are not there yet will cost."""
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
        return {shot: found.fingerprint for shot, found in self.quote().planned.items()}

    def clips(
        self, purse: "Purse | None", spending: Spending, progress: Progress
    ) -> dict[str, Clip]:
        """Have every shot's clip, making and buying only what is not there."""
        from songreel.generation.inspect import inspect
        from songreel.generation.runner import generate

        return generate(
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

    def notices(self) -> tuple[str, ...]:
        """What the sources had to leave out."""
        return tuple(text for p in self._providers.values() for text in p.notices())

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
                footage=Path(state.footage) if state.footage else None,
                workers=self._settings.workers,
                seed=self._storyboard.seed,
                catalogue=self._settings.catalogue,
            )
            self._providers[name] = create(name, context)

    def _words(self, shot: Shot, dialect: str) -> Words:
        from songreel.prompting.dialects import reword

        return reword(self._storyboard, shot, dialect)

    def purse(self, spending: Spending) -> "Purse | None":
        """The purse of a run that buys, once somebody has agreed to the price; None if it is free.

        Raises:
            InvalidInput: It would cost money and nobody agreed to that.
            MachineError: The ledger cannot be opened.
        """
        if not any(provider.traits.costs_money for provider in self._providers.values()):
            return None
        from songreel.store.ledger import Ledger, Scope

        quote = self.quote()
        # A second take may cost as much as the first.
        most = quote.total.high * (1 + spending.retakes)
        if most > 0 and not spending.consent(quote, spending.budget):
            raise InvalidInput(
                f"the clips of {self._project.folder} would cost {quote.total}; nothing was "
                "bought: agree with --yes, set a limit with --budget, or choose --visuals builtin"
            )
        ledger = Ledger(self._settings.database)
        project = self._project.known_as()
        if spending.budget is not None:
            ledger.limit(Scope("project", project), spending.budget)
        allowance = most if spending.budget is None else None
        return ledger.purse(project, self._state.title, allowance=allowance)
