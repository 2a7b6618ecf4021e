"""What every source of clips must do, asked of one: `examined`."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, ClassVar

from songreel.generation.fetch import local_path
from songreel.generation.provider import Context, Provider
from songreel.generation.shelf import measure
from songreel.models.clip import ClipRequest, Drive, Job
from songreel.models.document import Frozen
from songreel.models.errors import ProviderError
from songreel.models.files import sha256_of
from songreel.models.money import FREE
from songreel.models.music import Curve
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

if TYPE_CHECKING:
    from songreel.models.shown.card import Card

Make = Callable[[Context], Provider]
"""The source's class."""


class Answer(Frozen):
    """One promise, and whether it was kept."""

    promise: str
    broken: str = ""
    """Why not, a sentence; empty where it is kept."""
    asked: bool = True
    """Whether it could be asked at all."""


class Examination(Shows, Frozen):
    """What was asked of a source."""

    shown_by: ClassVar[str] = "songreel.generation.contract:card"

    name: str
    answers: tuple[Answer, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that could be asked is kept."""
        return not any(answer.broken for answer in self.answers)


class _Broken(Exception):
    """A promise that is not kept."""


def examined(make: Make, folder: Path, *, within: float = 60.0) -> Examination:
    """Ask of a source what `songreel.generation.provider.Provider` promises.

    Of a source that costs money nothing is ordered: clips are asked of free ones alone.

    Args:
        make: Its class, called with a `Context` as songreel does.
        folder: Made anew for each clip; in it the source works.
        within: Seconds that a clip of twelve small frames may take.
    """
    return _Examiner(make, folder, within).examine()


def wanted(frames: int = 12, seed: int = 7) -> ClipRequest:
    """A small clip to ask for: 160 × 90 at 24 frames a second, with music under it."""
    curve = Curve(rate=10.0, values=(0.4, 0.6))
    return ClipRequest(
        prompt="a coast at dusk", motif="coast", camera=CameraMove.PUSH_IN, size=ShotSize.WIDE,
        palette=tuple(Oklch(lightness=v, chroma=0.1, hue=h)
                      for v, h in ((0.2, 250), (0.5, 300), (0.8, 30))),
        energy=0.5, motion=0.5, seed=seed, width=160, height=90, rate=Fraction(24), frames=frames,
        drive=Drive(beats=(0.0, 0.5), downbeats=(0.0,), energy=curve, brightness=curve, bass=curve),
    )  # fmt: skip


class _Examiner:
    def __init__(self, make: Make, folder: Path, within: float) -> None:
        self._make, self._folder, self._within = make, folder, within
        self._count = 0
        self._provider = self._made()

    def examine(self) -> Examination:
        provider = self._provider
        asked = {f"s{i:02d}": wanted(seed=i) for i in range(4)}
        questions: dict[str, Callable[[], None]] = {
            "it tells of itself": self._tells,
            "a plan has the shots in their order, and enough for each": lambda: self._plans(asked),
            "planning twice is the same plan": lambda: _same(
                provider.plan(asked) == provider.plan(asked), "the second plan is another"
            ),
            "what costs money has a price, and the rest has none": self._prices,
            "the notes say what is seen": self._notes,
            "a job that nobody knows is an error, and to cancel it none": self._unknown,
        }
        free = not provider.traits.costs_money
        clips: dict[str, Callable[[], None]] = {
            "a clip has its size, its rate and all its frames": self._clip,
            "the same request gives the same bytes": self._again,
            "a job that is cancelled leaves nothing": self._cancelled,
        }
        answers = [self._answer(promise, ask) for promise, ask in questions.items()]
        answers += [
            self._answer(promise, ask) if free else Answer(promise=promise, asked=False)
            for promise, ask in clips.items()
        ]
        answers.append(self._answer("closing ends it", provider.close))
        return Examination(name=provider.name, answers=tuple(answers))

    @staticmethod
    def _answer(promise: str, ask: Callable[[], None]) -> Answer:
        try:
            ask()
        except _Broken as error:
            return Answer(promise=promise, broken=str(error))
        except Exception as error:  # whatever a source that is being written may raise
            return Answer(promise=promise, broken=f"{type(error).__name__}: {error}")
        return Answer(promise=promise)

    def _made(self) -> Provider:
        self._count += 1
        scratch = self._folder / f"asked-{self._count}"
        scratch.mkdir(parents=True, exist_ok=True)
        return self._make(Context(scratch=scratch, workers=1))

    def _tells(self) -> None:
        standing = type(self._provider).describe(Context(scratch=self._folder))
        _same(bool(standing.summary), "its summary is empty")
        _same(standing.ready or bool(standing.reason), "it is not ready and does not say why")

    def _plans(self, asked: dict[str, ClipRequest]) -> None:
        found = self._provider.plan(asked)
        _same(list(found) == list(asked), f"it was asked for {list(asked)} and plans {list(found)}")
        hears = self._provider.traits.hears_music
        for shot, portion in found.items():
            _same(bool(portion.request.source), f"{shot}: nothing in `source` says who makes it, "
                  "so that another version of it would not age its clips")  # fmt: skip
            _same(portion.covered == 1, f"{shot}: its clip holds {float(portion.covered):.0%} of "
                  "what the shot shows")  # fmt: skip
            _same(hears or portion.request.drive is None, f"{shot}: it does not hear the music, "
                  "but keeps `drive`, which would age its clips with the song")  # fmt: skip

    def _planned(self, provider: Provider, frames: int = 12) -> ClipRequest:
        return provider.plan({"s01": wanted(frames)})["s01"].request

    def _prices(self) -> None:
        quote = self._provider.quote(self._planned(self._provider))
        if self._provider.traits.costs_money:
            _same(bool(quote.basis), "its price does not say how it was found")
        else:
            _same(quote == FREE, f"it says that it costs nothing, and quotes {quote}")

    def _notes(self) -> None:
        notes = self._provider.notes(self._planned(self._provider))
        _same(all(note.strip() for note in notes), "one of them is empty")

    def _unknown(self) -> None:
        request = self._planned(self._provider)
        job = Job(provider=self._provider.name, id="nobody-knows", request=request)
        try:
            self._provider.poll(job)
        except ProviderError:
            self._provider.cancel(job)
            return
        raise _Broken("`poll` answers for it")

    def _clip(self) -> None:
        request = self._planned(self._provider)
        facts = measure(self._finished(self._provider, request))
        _same(facts.frames >= request.frames, f"{facts.frames} frames of {request.frames}")
        _same(facts.rate == request.rate, f"{facts.rate} frames a second, not {request.rate}")
        size, asked = (facts.width, facts.height), (request.width, request.height)
        _same(size == asked, f"{size[0]} × {size[1]}, not {asked[0]} × {asked[1]}")

    def _again(self) -> None:
        if not self._provider.traits.deterministic:
            return
        other = self._made()
        try:
            first = self._finished(self._provider, self._planned(self._provider))
            second = self._finished(other, self._planned(other))
            _same(sha256_of(first) == sha256_of(second), "they differ, but it is `deterministic`")
        finally:
            other.close()

    def _cancelled(self) -> None:
        other = self._made()
        try:
            request = self._planned(other, frames=600)
            job = other.submit(request)
            other.cancel(job)
            end = monotonic() + self._within
            while other.poll(job).status == "waiting" and monotonic() < end:
                sleep(0.01)
            state = other.poll(job)
            _same(state.status != "waiting", f"it still works on it {self._within:g} s later")
        finally:
            other.close()
        left = [path.name for path in (self._folder / f"asked-{self._count}").iterdir()]
        _same(state.status == "done" or not left, f"{', '.join(left)} is left")

    def _finished(self, provider: Provider, request: ClipRequest) -> Path:
        job, end = provider.submit(request), monotonic() + self._within
        while monotonic() < end:
            state = provider.poll(job)
            if state.status == "done":
                path = local_path(state.result or "")
                _same(path is not None, f"a free source's clip is a file, not {state.result}")
                assert path is not None
                return path
            _same(state.status == "waiting", f"it failed: {state.detail}")
            _same(0 <= (state.progress or 0) <= 1, f"its progress is {state.progress}")
            sleep(0.01)
        raise _Broken(f"it is not done after {self._within:g} s")


def _same(holds: bool, why: str) -> None:
    if not holds:
        raise _Broken(why)


def card(found: Examination) -> "Card":
    """Each promise with its answer."""
    from songreel.models.shown.card import Card
    from songreel.models.shown.markup import table, tag

    def said(answer: Answer) -> object:
        if not answer.asked:
            return "not asked: it would cost money"
        if answer.broken:
            return tag("span", "broken", class_="bad")
        return tag("span", "kept", class_="good")

    rows = [(answer.promise, said(answer), answer.broken) for answer in found.answers]
    broken = sum(bool(answer.broken) for answer in found.answers)
    told = f"{broken} of {len(rows)} promises are broken" if broken else "every promise is kept"
    return Card(found.name, (told,), (table(("promise", "", "why"), rows, label="promises"),))
