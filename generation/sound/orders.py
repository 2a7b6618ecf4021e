"""Sound that is asked for gets made, bought and kept: `fulfil`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from songreel.generation.courier import Courier
from songreel.generation.errand import Errand, service_of
from songreel.generation.jobs import Jobs
from songreel.generation.letters import Letters
from songreel.generation.maker import Maker
from songreel.generation.patience import Patience
from songreel.generation.purse import Purse
from songreel.generation.rounds import Rounds
from songreel.generation.sound.shelf import SoundShelf
from songreel.generation.sound.source import SoundSource
from songreel.generation.till import Till
from songreel.models.errors import BudgetExceeded, ProviderError, SongreelError
from songreel.models.files import sha256_of
from songreel.models.money import dollars
from songreel.models.progress import Progress
from songreel.models.sound_request import NO_FILES, SoundFiles, SoundRequest, SoundTake


class Wanted(NamedTuple):
    """One piece of sound that somebody wants."""

    label: str
    """Letters, digits and dashes: in file names, in the ledger, in messages (`s03`)."""
    request: SoundRequest
    """As its source has planned it."""
    files: SoundFiles = NO_FILES


@dataclass(frozen=True)
class Delivery:
    """What came of it, by label."""

    takes: Mapping[str, SoundTake]
    """A take of another seed than asked for says so by its own request."""
    lost: Mapping[str, SongreelError] = field(default_factory=dict)
    """Why the others could not be had. What is still under way is asked after by the next run."""


def fulfil(
    wanted: Sequence[Wanted],
    *,
    source: SoundSource,
    folder: Path,
    progress: Progress,
    patience: Patience | None = None,
    purse: Purse | None = None,
    on_interrupt: Literal["leave", "cancel"] = "leave",
) -> Delivery:
    """Have each of `wanted` in `folder`, making and buying only those that are not there.

    As `songreel.generation.runner.generate` does with clips: what is finished is found by the
    request's fingerprint and believed by its hash; money is set aside before anything is sent;
    what an earlier run left under way is waited for and not bought again; a request that fails is
    asked for once more, with another seed, where that may help.

    Args:
        wanted: In the order in which they are to be made; labels differ.
        source: Who makes them.
        folder: Where the files, their documents, jobs and letters are kept; made if need be.
        progress: Told what is being done.
        patience: Deadlines and pauses.
        purse: Who pays; None pays for nothing.
        on_interrupt: Whether Ctrl-C cancels jobs elsewhere.

    Returns:
        The takes, and errors of those that could not be had.

    Raises:
        MachineError: The disk is full or a folder cannot be written.
    """
    shelf = SoundShelf(folder)
    shelf.tidy()
    return _Orders(wanted, source, shelf, progress, patience or Patience(), purse).deliver(
        cancels=on_interrupt == "cancel"
    )


@dataclass
class _Open:
    """A piece that is not there yet."""

    wanted: Wanted
    request: SoundRequest
    """What is being tried."""
    others: list[SoundRequest] | None = None
    """What can be tried after that; None: not asked for yet."""
    first: str = ""
    """Why what was asked for did not come, where something else was tried."""


_Errand = Errand[SoundRequest, SoundFiles, _Open]


class _Orders:
    """One call of `fulfil`."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        source: SoundSource,
        shelf: SoundShelf,
        progress: Progress,
        patience: Patience,
        purse: Purse | None,
    ) -> None:
        self._wanted, self._source, self._shelf = list(wanted), source, shelf
        self._progress = progress
        jobs: Jobs[SoundRequest] = Jobs(shelf.folder, SoundRequest)
        self._letters, self._till = Letters(shelf.folder), Till(purse)
        courier: Courier[SoundRequest, SoundFiles, _Open] = Courier(
            shelf, jobs, self._letters, self._till, patience, self._files_of, what="sound"
        )
        self._rounds: Rounds[SoundRequest, SoundFiles, _Open] = Rounds(
            self, courier, jobs, patience, what="sound"
        )
        self._takes: dict[str, SoundTake] = {}
        self._lost: dict[str, SongreelError] = {}
        self._files: dict[str, Path] = {}
        """By content: those of `wanted`, for whatever seed they are sent with."""
        for each in self._wanted:
            for named, path in zip(
                (each.request.heard, each.request.seen), each.files, strict=True
            ):
                if named is not None and path is not None:
                    self._files[named.sha256] = path

    def deliver(self, *, cancels: bool) -> Delivery:
        """Wait for all of them."""
        rounds = self._rounds
        try:
            rounds.resume()
            for each in self._wanted:
                self._begin(each)
            while rounds.busy:
                rounds.turn()
                self._tell()
                rounds.rest()
            rounds.drop_drafts()
        except KeyboardInterrupt as stop:
            rounds.interrupted(stop, cancels=cancels)
            raise
        finally:
            rounds.stop()
        self._tell()
        order = [each.label for each in self._wanted]
        return Delivery(
            {label: self._takes[label] for label in order if label in self._takes},
            {label: self._lost[label] for label in order if label in self._lost},
        )

    def maker_of(self, source: str) -> Maker[SoundRequest, SoundFiles] | None:
        """The source, if it is of the service that has the job."""
        here = self._source
        if here.name == source or (
            service_of(here.name) == service_of(source) and not here.traits.local
        ):
            return here
        return None

    def shelved(self, source: str, request: SoundRequest) -> bool:
        """Whether its sound is there already."""
        return self._shelf.find(source, request) is not None

    def finished(self, errand: _Errand, file: Path) -> None:
        """Write down what it is, for whoever wants it."""
        notes: tuple[str, ...] = ()
        with suppress(SongreelError):  # another model of the service may not know what to say
            notes = tuple(errand.maker.notes(errand.request))
        take = self._shelf.enter(file, errand.shot, errand.source, errand.request, notes)
        for want in errand.wants:
            self._takes[want.wanted.label] = take

    def failed(self, errand: _Errand, reason: str, error: Exception, *, may_pay: bool) -> None:
        """Try the next request, where one may be sent; else it is lost, and why is told."""
        refused = isinstance(error, ProviderError) and error.refused
        down = isinstance(error, ProviderError) and error.down
        for want in errand.wants:
            # Another seed does not change what a service refuses, nor that it is not there.
            if want.others is None:
                want.others = list(self._source.alternatives(want.request))[:1]
            if (may_pay or not errand.pays) and want.others and not (refused or down):
                want.request, want.first = want.others.pop(0), reason
                self._ask(want)
                continue
            if want.first and want.first != reason:
                reason = f"{want.first}; then, with another seed, {reason}"
            self._lost[want.wanted.label] = _told(error, reason, errand.source)

    def _begin(self, each: Wanted) -> None:
        want = _Open(each, each.request)
        take = self._shelf.find(self._source.name, each.request)
        if take is None:
            # Of an earlier run in which the first request failed.
            want.others = list(self._source.alternatives(each.request))[:1]
            for other in want.others:
                take = take or self._shelf.find(self._source.name, other)
        if take is not None:
            self._takes[each.label] = take
            return
        self._ask(want)

    def _ask(self, want: _Open) -> None:
        unsure = self._letters.unsure(self._source.name, want.request)
        if unsure is not None:
            self._lost[want.wanted.label] = ProviderError(
                f"{self._source.name} may have billed the sound of {want.wanted.label} already; "
                f"look there, then remove {self._shelf.folder / unsure} to buy it again",
                provider=self._source.name,
            )
            return
        self._rounds.ask(self._source, want.request, want.wanted.label, want)

    def _files_of(self, request: SoundRequest) -> SoundFiles:
        """The files that `request` names, checked against their content."""

        def file(sha256: str | None) -> Path | None:
            if sha256 is None:
                return None
            path = self._files.get(sha256)
            if path is None or sha256_of(path) != sha256:
                raise ProviderError(
                    f"the file that {self._source.name} was to go on from is gone or has changed "
                    f"(sha256 {sha256[:12]}…)",
                    provider=self._source.name,
                )
            return path

        return SoundFiles(
            file(request.heard.sha256 if request.heard else None),
            file(request.seen.sha256 if request.seen else None),
        )

    def _tell(self) -> None:
        total, ready = len(self._wanted), len(self._takes)
        running = self._rounds.running
        what = f"sound: {ready} of {total}"
        making = next((errand for errand in running if errand.wants), None)
        if making is not None:
            what += f", making {making.wants[0].wanted.label}"
            what += f": {making.detail}" if making.detail else ""
        if self._till.spent is not None:
            what += f", {dollars(self._till.spent)} USD so far"
        under_way = sum(errand.done * len(errand.wants) for errand in running)
        self._progress(what, min((ready + under_way) / max(total, 1), 1.0))


def _told(error: Exception, reason: str, source: str) -> SongreelError:
    """`error` as one of ours, with the whole reason."""
    if isinstance(error, SongreelError) and str(error) == reason:
        return error
    told: SongreelError = ProviderError(reason, provider=source)
    if isinstance(error, BudgetExceeded):
        told = BudgetExceeded(reason)
    told.__cause__ = error
    return told
