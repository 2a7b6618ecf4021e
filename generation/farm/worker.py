"""One loaded model that makes one clip after the other: `ClipWorker`."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event

from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder, Made, Setup
from songreel.generation.provider import Context, Provider
from songreel.generation.registry import create
from songreel.models.clip import Job, JobState
from songreel.models.errors import MachineError, ProviderError

SHORTEST, LONGEST = 0.002, 0.05
"""Seconds between two questions to the provider inside: a two-hundredth of what the clip has taken
so far, within these. So little time is lost between clips, and little spent on asking."""
TELL = 0.25
"""Seconds between two reports of progress."""

Told = Callable[[JobState], None]


@dataclass
class _Loaded:
    """A provider and who is using it."""

    provider: Provider
    mark: str
    users: int = 0


class ClipWorker:
    """Makes the clips of orders by a provider of its own, and keeps them before it tells of them.

    One provider, and so one loaded model, at a time: an order for another one waits until nobody
    uses the first, which is closed before the other is opened.

    Args:
        name: Told in the clips' records.
        kept: Where finished clips go.
        cache: Folder for what is dear to find out and the same for every film.
    """

    def __init__(self, name: str, kept: Kept, cache: Path | None) -> None:
        self.name, self._kept, self._cache = name, kept, cache
        self._held = ExitStack()
        self._scratch = self._held.enter_context(kept.workplace())
        self._loaded: _Loaded | None = None
        self._turn = Condition()

    def make(
        self, order: ClipOrder, told: Told, stop: Event, opened: Callable[[int], None]
    ) -> tuple[Made, Path]:
        """The clip of `order`, made if it is not kept already.

        Args:
            order: What is wanted.
            told: Called with where it stands, a few times a second at most.
            stop: Set by whoever does not want it any more.
            opened: Called where a provider was opened for it, with how many clips that wants at a
                time: two where it decodes one beside the next.

        Raises:
            ProviderError: It cannot be made.
            SongreelError: Nothing can be made here.
        """
        found = self._kept.find(order.key)
        if found is not None:
            return found
        start = time.perf_counter()
        with self._provider(order.setup, opened) as provider:
            images = order.pictures.written(self._scratch, order.key)
            job = provider.submit(order.request, images)
            state = self._waited(provider, job, told, stop)
            return self._kept.take_in(
                Path(state.result or ""), order, worker=self.name,
                seconds=time.perf_counter() - start, effort=state.effort,
            )  # fmt: skip

    def close(self) -> None:
        """Let go of the model and of the files under way."""
        with self._turn:
            if self._loaded is not None:
                self._loaded.provider.close()
                self._loaded = None
        self._held.close()

    def _waited(self, provider: Provider, job: Job, told: Told, stop: Event) -> JobState:
        """The state in which `job` ended well."""
        begun, last = time.monotonic(), 0.0
        while True:
            state = provider.poll(job)
            if state.status == "done":
                return state
            if state.status == "failed":
                raise ProviderError(state.detail or "it failed", provider=provider.name)
            if stop.is_set():
                provider.cancel(job)
            now = time.monotonic()
            if now - last >= TELL:
                last = now
                told(state)
            time.sleep(min(LONGEST, max(SHORTEST, (now - begun) / 200)))

    @contextmanager
    def _provider(self, setup: Setup, opened: Callable[[int], None]) -> Iterator[Provider]:
        """The provider for `setup`, in use until the block ends."""
        with self._turn:
            while (loaded := self._loaded) is not None and loaded.mark != setup.mark:
                if not loaded.users:
                    loaded.provider.close()
                    self._loaded = None
                else:
                    self._turn.wait()
            if loaded is None or self._loaded is None:
                loaded = self._loaded = self._open(setup)
                opened(loaded.provider.traits.max_concurrent)
            loaded.users += 1
        try:
            yield loaded.provider
        finally:
            with self._turn:
                loaded.users -= 1
                self._turn.notify_all()

    def _open(self, setup: Setup) -> _Loaded:
        models: Path | None = None
        if setup.models:
            models = self._scratch / f"{setup.mark}.toml"
            try:
                models.write_text(setup.models, encoding="utf-8")
            except OSError as error:
                raise MachineError(f"cannot write {models}: {error.strerror or error}") from error
        context = Context(
            scratch=self._scratch, cache=self._cache, workers=1, models=models, local=setup.local
        )
        return _Loaded(create(setup.source, context), setup.mark)
