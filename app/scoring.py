"""Scores: planned, composed, mastered, heard. `Scoring`, `ScoreWish`, `Scored`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from songreel.desk import NOTHING, Spending, bill_of
from songreel.film import Bill
from songreel.listening import Listening
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.files import sha256_of
from songreel.models.mix import Codec, MixSpec
from songreel.models.money import Quote
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.score import Score, ScorePlan
from songreel.models.score_report import ScoreReport
from songreel.models.shown.shows import Shows
from songreel.models.sound_request import Setting
from songreel.noting import note
from songreel.score_place import ScorePlace
from songreel.settings import Settings
from songreel.sound_purse import sound_purse
from songreel.sound_source import SOURCE, opened

if TYPE_CHECKING:
    from songreel.generation.purse import Purse
    from songreel.generation.sound.source import SoundSource

TARGET, CEILING = -14.0, -1.0
"""LUFS and dBTP of a finished score, as of every mix (`MixSpec`)."""
REMEMBERED = 16
"""Tracks delivered before that a report tells ours by."""


@dataclass(frozen=True)
class ScoreWish:
    """How a score is to be made."""

    source: str = SOURCE
    seed: int = 0
    retakes: int = 2
    """How often a part with a fault is made again."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """The source's own parameters."""


class ScoreQuote(NamedTuple):
    """What a score will cost."""

    total: Quote
    source: str
    cues: int
    seconds: float
    there: bool
    """Whether it is composed already, and costs nothing more."""

    def row(self) -> dict[str, object]:
        """As plain data."""
        return {
            "source": self.source,
            "total_usd": self.total.row(),
            "basis": self.total.basis,
            "scenes": self.cues,
            "seconds": self.seconds,
            "there": self.there,
        }

    def lines(self) -> tuple[str, ...]:
        """For people."""
        scenes = "1 scene" if self.cues == 1 else f"{self.cues} scenes"
        what = f"{scenes}, {self.seconds:g} s, by {self.source}"
        if self.there:
            return (f"{what}: composed already, nothing to pay",)
        if self.total.high == 0:
            return (f"{what}: free",)
        return (f"{what}: {self.total} ({self.total.basis}); takes that are there are not bought "
                "again",)  # fmt: skip


@dataclass(frozen=True)
class Scored(Shows):
    """A finished score."""

    shown_by: ClassVar[str] = "songreel.shown:scored"

    place: ScorePlace
    score: Score
    """As it was composed."""
    analysis: Analysis
    """Of the mastered track."""
    report: ScoreReport
    bill: Bill | None = None


class Scoring:
    """Scores for scenes, for films, for cuts.

    Args:
        settings: Of this run.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def keep_plan(self, place: ScorePlace, plan: ScorePlan) -> Path:
        """Write a plan where the score of it will be; a person may edit it and have it played."""
        with place.held():
            plan.save(place.plan)
        return place.plan

    def quote(self, place: ScorePlace, plan: ScorePlan, wish: ScoreWish) -> ScoreQuote:
        """What a score will cost; nothing is asked of the network.

        Raises:
            InvalidInput: The source cannot play it.
        """
        with opened(self._settings, wish.source, place.takes, wish.seed) as source:
            return self._quoted(place, plan, wish, source)

    def make(
        self,
        place: ScorePlace,
        plan: ScorePlan,
        wish: ScoreWish,
        *,
        cuts: Sequence[float] = (),
        spending: Spending = NOTHING,
        force: bool = False,
        progress: Progress = silent,
    ) -> Scored:
        """Compose a score, master it and hear it, going on where an earlier run stopped.

        Args:
            place: Where to.
            plan: Its cues.
            wish: Who plays.
            cuts: Seconds of the cuts that it is made to fit.
            spending: What may be spent.
            force: Replace a file that somebody else has put at `place.output`.
            progress: Told what is being done.

        Raises:
            InvalidInput: The source cannot play it, nobody agreed to the price, or a file is in
                the way; nothing was made.
            ProviderError, BudgetExceeded, MachineError: A part could not be had; what there is
                stays, the text says how much, and the next run goes on.
        """
        place.checked(force)
        with place.held(), self.ordered(place, plan, wish, spending) as order:
            return order.play(progress, cuts)

    @contextmanager
    def ordered(
        self,
        place: ScorePlace,
        plan: ScorePlan,
        wish: ScoreWish,
        spending: Spending,
        option: str = "--source",
    ) -> "Iterator[Order]":
        """A score with its source opened and its price agreed to; the place is held by the caller.

        `option` is the one by which a person chooses the source.

        Raises:
            InvalidInput: The source cannot play it, or nobody agreed to the price.
            MachineError: The folder cannot be written.
        """
        with opened(self._settings, wish.source, place.takes, wish.seed) as source:
            if place.project is not None:
                note(self._settings, place.project)  # a copy has an id of its own from now on
            quote = self._quoted(place, plan, wish, source)
            known_as = place.known_as()
            purse = sound_purse(
                self._settings, known_as, place.title, source, quote, spending, option
            )
            plan.save(place.plan)
            yield Order(self._settings, place, plan, wish, spending, source, purse, known_as)

    def _quoted(
        self, place: ScorePlace, plan: ScorePlan, wish: ScoreWish, source: "SoundSource"
    ) -> ScoreQuote:
        from songreel.generation.score.compose import decided
        from songreel.generation.score.kept import finished
        from songreel.generation.score.quote import quote
        from songreel.models.money import FREE

        total = quote(plan, source, settings=wish.settings, retakes=wish.retakes)
        recipe = decided(plan, source, settings=wish.settings, retakes=wish.retakes)
        there = finished(place.takes, recipe) is not None
        return ScoreQuote(
            FREE if there else total, source.name, len(plan.cues), plan.seconds, there
        )


class Order:
    """One score that can be played."""

    def __init__(
        self,
        settings: Settings,
        place: ScorePlace,
        plan: ScorePlan,
        wish: ScoreWish,
        spending: Spending,
        source: "SoundSource",
        purse: "Purse | None",
        known_as: str,
    ) -> None:
        self._settings, self._place, self._plan, self._wish = settings, place, plan, wish
        self._spending, self._source = spending, source
        self._purse, self._known_as = purse, known_as

    def play(self, progress: Progress, cuts: Sequence[float] = ()) -> Scored:
        """Compose, master, hear, draw, report.

        Raises:
            SongreelError: A part could not be had; the text says what there is of the score.
        """
        from songreel.generation.score.compose import compose
        from songreel.score_ears import ears

        place, plan = self._place, self._plan
        try:
            score = compose(
                plan,
                self._source,
                place.takes,
                purse=self._purse,
                progress=progress,
                judge=ears,
                settings=self._wish.settings,
                retakes=self._wish.retakes,
                on_interrupt=self._spending.on_interrupt,
            )
        except SongreelError as error:
            raise _told(error, place) from error
        scored = mastered(self._settings, place, score, self._source.name, cuts, progress)
        notices = tuple(self._source.notices())
        if notices and not set(notices) <= set(scored.report.notices):
            report = scored.report.model_copy(
                update={"notices": tuple(dict.fromkeys((*scored.report.notices, *notices)))}
            )
            report.save(place.report)
            scored = Scored(place, score, scored.analysis, report)
        bill = bill_of(self._settings, self._known_as, self._purse)
        return Scored(place, score, scored.analysis, scored.report, bill)


def mastered(
    settings: Settings,
    place: ScorePlace,
    score: Score,
    source: str,
    cuts: Sequence[float],
    progress: Progress,
) -> Scored:
    """Bring a composed score to its loudness, hear it, and write report and picture.

    A track that is there and was made of the same score is left as it is.
    """
    from songreel.assembly.mixing.mix import mix
    from songreel.assembly.mixing.stem import Stem
    from songreel.score_grid import heard_as_written
    from songreel.score_hearing import (
        beats_met,
        boundaries,
        cuts_met,
        joins_heard,
        mostly,
        scenes_heard,
        tempo_near,
    )
    from songreel.score_picture import draw
    from songreel.sound.pcm import read

    track = place.takes / score.file
    known = _known(place, score, source)
    gain, told = (known.gain, known.notices) if known else (0.0, ())
    if known is None:
        progress("mastering the score", 0.0)
        codec: Codec = "flac" if place.output.suffix.lower() == ".flac" else "wav"
        spec = MixSpec(mode="replace", target=TARGET, ceiling=CEILING, codec=codec)
        done = mix(
            None, [Stem(track)], spec, place.output, seconds=score.samples / score.rate,
            replace=True, progress=progress,
        )  # fmt: skip
        gain, told = done.gain, done.notices
    listening = Listening(settings)
    sound = listening.sound(place.output, progress)
    analysis, counted = heard_as_written(score.plan, listening.hear(sound, progress))
    if known is not None and place.picture.is_file() and known.cuts == len(cuts):
        return Scored(place, score, analysis, known)
    progress("measuring the score", 0.0)
    pcm, raw = read(place.output), read(track)
    plan, level = score.plan, analysis.loudness
    on_beat, error = beats_met(plan, analysis)
    met, away = cuts_met(cuts, analysis)
    scenes = scenes_heard(score, analysis, pcm.samples, pcm.rate)
    meant = mostly(plan)
    report = ScoreReport(
        title=plan.title or place.title,
        file=place.output.name if place.output.parent == place.folder else str(place.output),
        sha256=sound.track.sha256,
        earlier=_delivered(place, sound.track.sha256),
        source=source,
        seconds=sound.track.duration,
        rate=sound.track.sample_rate,
        samples=sound.track.samples,
        meant=meant,
        tempo=tempo_near(analysis.tempo, meant),
        key_meant=plan.cues[0].key,
        key=str(analysis.key) if analysis.key else None,
        trust=analysis.trust.grid,
        on_beat=on_beat,
        beat_error=error,
        cuts=len(cuts),
        cuts_on_beat=met,
        cut_error=away,
        integrated=level.integrated,
        range=level.range,
        true_peak=level.true_peak,
        gain=gain,
        loudness=level.short_term,
        scenes=scenes,
        joins=joins_heard(score, raw.samples),
        picture=place.picture.name,
        cost=score.cost,
        notices=tuple(
            dict.fromkeys((*score.told(), *score.notices, *told, *counted, *boundaries(scenes)))
        ),
    )
    progress("drawing the score", 0.0)
    draw(place.picture, pcm.samples, pcm.rate, plan, analysis, report)
    # Last: it vouches for the track and says that all the rest is there.
    report.model_copy(update={"composed": score.sha256}).save(place.report)
    return Scored(place, score, analysis, ScoreReport.load(place.report))


def _delivered(place: ScorePlace, now: str) -> tuple[str, ...]:
    """Hashes of the tracks that earlier runs have delivered, the last ones."""
    if not place.report.is_file():
        return ()
    try:
        before = ScoreReport.load(place.report)
    except InvalidInput:
        return ()
    kept = dict.fromkeys((*before.earlier, before.sha256))
    kept.pop(now, None)
    return tuple(kept)[-REMEMBERED:]


def _known(place: ScorePlace, score: Score, source: str) -> ScoreReport | None:
    """The report of this very score on the file that is there."""
    if not (place.report.is_file() and place.output.is_file()):
        return None
    try:
        report = ScoreReport.load(place.report)
        same = report.sha256 == sha256_of(place.output)
    except (InvalidInput, OSError):
        return None
    made = report.composed == score.sha256 and report.source == source
    return report if same and made else None


def _told(error: SongreelError, place: ScorePlace) -> SongreelError:
    """The error, and what there is of the score all the same."""
    from songreel.generation.score.kept import partial

    there = partial(place.takes)
    if there is not None:
        seconds = there.samples / there.rate
        last = there.plan.cues[-1].id
        text = (
            f"{str(error).removesuffix('.')}; {seconds:.1f} s are there, up to the end of {last} "
            f"({place.takes / there.file}), and the same command goes on from there"
        )
        error.args = (text,)
    return error
