"""Sound for pictures: heard of, asked for, joined, mixed and delivered whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from songreel.desk import NOTHING, Spending, bill_of
from songreel.film import Bill
from songreel.foley_delivery import Task, asked_of, deliver, made_of
from songreel.foley_place import Place, place_at, place_of
from songreel.foley_shots import shots_for
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.foley import FoleyPlan, FoleyShot, Quality
from songreel.models.foley_track import FoleyTrack
from songreel.models.mix import MixSpec
from songreel.models.progress import Progress, silent
from songreel.models.shown.shows import Shows
from songreel.models.sound_request import Setting
from songreel.noting import note
from songreel.settings import Settings
from songreel.sound_purse import sound_purse
from songreel.sound_source import SOURCE, opened

if TYPE_CHECKING:
    from songreel.generation.foley.film import Film as Seen
    from songreel.generation.foley.quote import SoundQuote
    from songreel.generation.sound.source import SoundSource


@dataclass(frozen=True)
class Wish:
    """What the sound is to be."""

    source: str = SOURCE
    prompt: str = ""
    """For the whole film; what its shots say comes with it."""
    preset: str = "cinematic"
    negative: str | None = None
    """None: what the preset keeps out."""
    voices: bool = False
    music: bool = False
    """Whether people, or music in the picture, may be heard."""
    quality: Quality = "final"
    seed: int = 0
    settings: dict[str, Setting] = field(default_factory=dict)
    """The source's own parameters, over those of preset and quality."""
    mix: MixSpec = field(default_factory=MixSpec)


@dataclass(frozen=True)
class Sounded(Shows):
    """What was delivered."""

    shown_by: ClassVar[str] = "songreel.shown:sounded"

    place: Place
    track: FoleyTrack
    bill: Bill | None
    failure: str = ""
    """Why sound is missing; empty where all is there."""


class Foley:
    """Sound for films, and by itself.

    Args:
        settings: Of this run.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def place(self, target: str, out: Path | None = None, progress: Progress = silent) -> Place:
        """Where the sound of a film goes; one that lies at an address is fetched first.

        Args:
            target: A video, a project folder, or an http(s) address.
            out: What is to be delivered; None: beside the film, `NAME.foley`, or in this folder.
            progress: Told what is being done.

        Raises:
            InvalidInput: There is no film, or the name says nothing.
            MachineError: The folder cannot be written.
        """
        from songreel.generation.foley.address import checked, fetched, is_address, name_of

        if not is_address(target):
            return place_of(Path(target), out)
        name = Path(name_of(checked(target)))
        place = place_at(name, out)
        progress("fetching the film", 0.0)
        with place.held():
            return replace(place, film=fetched(target, place.folder))

    def quote(
        self,
        place: Place,
        wish: Wish,
        seconds: Fraction | None = None,
        progress: Progress = silent,
    ) -> "SoundQuote":
        """What the sound that is not there yet will cost; nothing is asked of the network.

        Raises:
            InvalidInput: The film, the source or a wish cannot be used.
        """
        from songreel.generation.foley.quote import quote_of

        with place.held(), self._task(place, wish, seconds, progress) as task:
            return quote_of(task.orders.wanted, task.source, place.folder)

    def make(
        self,
        place: Place,
        wish: Wish,
        *,
        seconds: Fraction | None = None,
        spending: Spending = NOTHING,
        force: bool = False,
        progress: Progress = silent,
    ) -> Sounded:
        """Give a film its sound, or make sound by itself, going on where an earlier run stopped.

        Where sound cannot be had, the film is delivered with what came of it, or as it is, and
        the report says why; sound by itself that cannot be had at all is an error.

        Args:
            place: What of, and where to.
            wish: What it is to be.
            seconds: Of sound by itself.
            spending: What may be spent.
            force: Replace a file that is there.
            progress: Told what is being done.

        Raises:
            InvalidInput: The film, the source or a wish cannot be used, or nobody agreed to the
                price; nothing was made or bought.
            MachineError: The folder cannot be written.
        """
        from songreel.generation.foley.make import ready, track_of
        from songreel.generation.foley.quote import quote_of
        from songreel.generation.sound.orders import fulfil

        before = None if force else place.delivered()
        if before is None or before.outcome != "whole":
            place.checked(force)
        with place.held(), self._task(place, wish, seconds, progress) as task:
            if before is not None and before.outcome == "whole":
                if made_of(before) == asked_of(task):
                    return Sounded(place, before, None, "")
                place.checked(force)  # another sound: what is there is not replaced unasked
            if place.project is not None:
                note(self._settings, place.project)  # a copy has an id of its own from now on
            known_as = place.known_as()
            quote = quote_of(task.orders.wanted, task.source, place.folder)
            purse = sound_purse(self._settings, known_as, place.title, task.source, quote, spending)
            failure = ""
            try:
                delivery = fulfil(
                    task.orders.wanted,
                    source=task.source,
                    folder=place.folder,
                    progress=progress,
                    purse=purse,
                    on_interrupt=spending.on_interrupt,
                )
            except SongreelError as error:  # what came before it is used all the same
                failure = str(error)
                delivery = ready(task.orders, task.source, place.folder)
            made = track_of(task.orders, delivery, place.folder)
            place, report, failure = deliver(task, made, failure, progress)
            return Sounded(place, report, bill_of(self._settings, known_as, purse), failure)

    @contextmanager
    def _task(
        self, place: Place, wish: Wish, seconds: Fraction | None, progress: Progress
    ) -> Iterator[Task]:
        """Everything that can be known before anything is bought."""
        from songreel.generation.foley.film import look
        from songreel.generation.foley.make import fitting, orders

        film = None
        if place.film is not None:
            progress("looking at the film", 0.0)
            film = look(place.film)
            _mixable(wish.mix, film)
        with opened(self._settings, wish.source, place.folder, wish.seed) as source:
            plan = self._plan(place, wish, film, source, seconds, progress)
            shows = film is not None and source.sees
            plan, left_out = fitting(plan, source, wish.settings, shows=shows)
            asked = orders(
                plan, source, place.folder, film=film, seconds=seconds, progress=progress
            )
            yield Task(place, wish.mix, film, source, plan, asked, left_out)

    def _plan(
        self,
        place: Place,
        wish: Wish,
        film: "Seen | None",
        source: "SoundSource",
        seconds: Fraction | None,
        progress: Progress,
    ) -> FoleyPlan:
        """Cues that tile the film, at its shots, each with its words."""
        from songreel.generation.foley.chunks import RATE, room
        from songreel.prompting.foley.plan import foley_plan
        from songreel.prompting.foley.presets import find_preset

        longest = room(source.longest)
        if film is None:
            if not wish.prompt.strip():
                raise InvalidInput("sound without a picture needs words: say --prompt")
            whole = FoleyShot(id="s01", start=0, end=sound_length(seconds), sound=wish.prompt)
            shots: tuple[FoleyShot, ...] = (whole,)
            planned, rate = False, Fraction(RATE)
        else:
            shots, planned = shots_for(place, film, longest, wish.prompt, progress)
            rate = film.rate
        plan = foley_plan(
            shots,
            rate=rate,
            preset=wish.preset,
            quality=wish.quality,
            seed=wish.seed,
            longest=longest,
            throughout=_throughout(place, wish) if planned else "",
            voices=wish.voices,
            music=wish.music,
            settings=wish.settings,
            title=place.title,
        )
        if wish.negative is not None:
            plan = _reworded(plan, negative=wish.negative)
        if film is not None and source.sees and not (planned or wish.prompt.strip()):
            # Nobody said a word: a source that sees is not to be led away from the pictures.
            plan = _reworded(plan, prompt=find_preset(wish.preset).adds)
        return plan


def _throughout(place: Place, wish: Wish) -> str:
    """What is heard under every picture: a person's words here, else those of its scenes."""
    told = place.told()
    return wish.prompt.strip() or (told.sound if told is not None else "")


def _reworded(plan: FoleyPlan, **words: str) -> FoleyPlan:
    """`plan` with these words in every cue whose pictures say the rest."""
    cues = tuple(
        cue
        if "prompt" in words and cue.settings.get("mask_away_clip")
        else cue.model_copy(update=words)
        for cue in plan.cues
    )
    reasons = () if "prompt" in words else plan.reasons
    return plan.model_copy(update={"cues": cues, "reasons": reasons})


def _mixable(mix: MixSpec, film: "Seen") -> None:
    """Refuse what could not be mixed before anything is bought for it."""
    if mix.mode == "keep" and not film.sounding:
        raise InvalidInput(
            f"{film.path.name} has no sound of its own to keep; leave --mode keep out"
        )
    if mix.fade_in + mix.fade_out > film.seconds:
        raise InvalidInput(
            f"fades of {mix.fade_in:g} s and {mix.fade_out:g} s do not fit a film of "
            f"{float(film.seconds):.2f} s"
        )


def sound_length(seconds: Fraction | None) -> int:
    """Samples of sound without a picture.

    Raises:
        InvalidInput: No length is given, or none that sound can have.
    """
    from songreel.generation.foley.chunks import sample_at

    if seconds is None:
        raise InvalidInput("sound without a picture needs a length: say --seconds")
    if not 1 <= seconds <= 3600:
        raise InvalidInput(f"{float(seconds):g} seconds of sound cannot be made: ask for 1 to 3600")
    return sample_at(seconds)
