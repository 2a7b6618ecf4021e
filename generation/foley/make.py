"""A film's sound, asked for piece by piece and joined: `orders` and `track_of`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from songreel.generation.foley.chunks import LEAST, Chunk, chunks_of, sample_at
from songreel.generation.foley.film import Film
from songreel.generation.foley.join import QUIET, joined
from songreel.generation.foley.pieces import piece
from songreel.generation.sound.orders import Delivery, Wanted
from songreel.generation.sound.shelf import SoundShelf
from songreel.generation.sound.source import SoundSource
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.foley import FoleyCue, FoleyPlan
from songreel.models.foley_track import FoleyPart
from songreel.models.progress import Progress, silent
from songreel.models.sound_request import Seen, Setting, SoundFiles, SoundRequest, SoundTake
from songreel.sound.pcm import Pcm, Samples, read

PIECES = "pieces"
"""Folder of what sources get to see, in the folder of takes."""


@dataclass(frozen=True)
class Orders:
    """What is asked for, and where it goes."""

    seconds: Fraction
    """Length of the track."""
    chunks: tuple[Chunk, ...]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Track:
    """The sound that came, joined."""

    samples: Samples
    """Shape (channels, n) at `RATE`; silent throughout where nothing came."""
    parts: tuple[FoleyPart, ...]

    @property
    def came(self) -> int:
        """Pieces that are there."""
        return sum(part.take is not None for part in self.parts)


def orders(
    plan: FoleyPlan,
    source: SoundSource,
    folder: Path,
    *,
    film: Film | None = None,
    seconds: Fraction | None = None,
    progress: Progress = silent,
) -> Orders:
    """Cut the film to pieces and word what is asked for with each.

    Args:
        plan: Cues that tile the film, or the sound where there is no film.
        source: Who will be asked.
        folder: Of takes; the pieces go into a folder in it.
        film: Whose pictures are sent along to a source that follows pictures.
        seconds: Exact length; None: the film's, or the plan's.
        progress: Told what is being done.

    Raises:
        InvalidInput: The source makes no effects, a cue is too long for it, a parameter is out of
            range, or the film cannot be decoded.
        MachineError: The folder cannot be written.
    """
    if "effects" not in source.tasks:
        raise InvalidInput(
            f"{source.name} makes music, no sound for pictures; choose another --source"
        )
    exact = seconds or (film.seconds if film is not None else plan.frames / plan.rate)
    chunks = chunks_of(plan, exact, source.longest)
    requests = [_request(chunk.cue, chunk.asked) for chunk in chunks]
    shows = film is not None and source.sees
    for request in requests:  # a parameter out of range is told before anything is cut
        source.plan(_shown(request) if shows else request)
    wanted = []
    for n, (chunk, request) in enumerate(zip(chunks, requests, strict=True)):
        files = SoundFiles()
        if film is not None and shows:
            progress("cutting the film to pieces", n / len(chunks))
            path, seen = piece(film, chunk.start, chunk.asked, folder / PIECES)
            request, files = request.model_copy(update={"seen": seen}), SoundFiles(seen=path)
        wanted.append(Wanted(chunk.cue.id, source.plan(request), files))
    return Orders(Fraction(exact), chunks, tuple(wanted))


def fitting(
    plan: FoleyPlan, source: SoundSource, own: Collection[str], *, shows: bool
) -> tuple[FoleyPlan, tuple[str, ...]]:
    """The plan without those settings of its preset that the source does not have.

    Args:
        plan: As worded.
        source: Who will be asked.
        own: Settings that a person gave; these stay, and the source refuses them itself.
        shows: Whether it gets to see pictures.

    Returns:
        The plan, and what was left out, a sentence each.

    Raises:
        InvalidInput: The source makes nothing of the kind at all.
    """
    bare = _request(plan.cues[0], LEAST).model_copy(update={"settings": {}})
    bare = _shown(bare) if shows else bare
    source.plan(bare)
    lacking: dict[str, Setting] = {}
    for name, value in plan.cues[0].settings.items():
        if name in own:
            continue
        try:
            source.plan(bare.model_copy(update={"settings": {name: value}}))
        except InvalidInput:
            lacking[name] = value
    if not lacking:
        return plan, ()
    cues = tuple(
        cue.model_copy(
            update={"settings": {k: v for k, v in cue.settings.items() if k not in lacking}}
        )
        for cue in plan.cues
    )
    said: tuple[str, ...] = ()
    if lacking.get("mask_away_clip") and shows:
        said = (
            f"the preset {plan.preset} wants the words alone to say what is heard, which "
            f"{source.name} cannot do: it follows what is seen, too",
        )
    return plan.model_copy(update={"cues": cues}), said


def _request(cue: FoleyCue, seconds: Fraction) -> SoundRequest:
    return SoundRequest(
        task="effects",
        prompt=cue.prompt,
        negative=cue.negative,
        seconds=float(seconds),
        seed=cue.seed,
        settings=dict(cue.settings),
    )


def _shown(request: SoundRequest) -> SoundRequest:
    """The request with pictures that are still to be cut."""
    return request.model_copy(update={"seen": Seen(sha256="0" * 64, seconds=request.seconds)})


def ready(asked: Orders, source: SoundSource, folder: Path) -> Delivery:
    """What is there already, after a run that could not end.

    Raises:
        MachineError: The folder cannot be read.
    """
    shelf = SoundShelf(folder)
    takes: dict[str, SoundTake] = {}
    for each in asked.wanted:
        tried = (each.request, *list(source.alternatives(each.request))[:1])
        found = [take for take in (shelf.find(source.name, one) for one in tried) if take]
        takes |= {each.label: found[0]} if found else {}
    return Delivery(takes)


def track_of(asked: Orders, delivery: Delivery, folder: Path) -> Track:
    """What came as one track, exactly as long as the film; silent where nothing came.

    Args:
        asked: As `orders` made it.
        delivery: What `fulfil` brought.
        folder: Of takes.
    """
    sounds: dict[str, Pcm] = {}
    trouble: dict[str, str] = {cue: str(error) for cue, error in delivery.lost.items()}
    for cue, came in delivery.takes.items():
        try:
            sounds[cue] = read(folder / came.file)
        except SongreelError as error:
            trouble[cue] = str(error)
    channels = min(2, max((pcm.samples.shape[0] for pcm in sounds.values()), default=1))
    samples, placed = joined(asked.chunks, sounds, sample_at(asked.seconds), channels)
    parts = []
    for chunk, place in zip(asked.chunks, placed, strict=True):
        cue = chunk.cue.id
        take = delivery.takes.get(cue) if cue in sounds else None
        remarks = list(place.remarks)
        if take is None:
            remarks.append(f"nothing is heard: {trouble.get(cue, 'nothing came')}")
        elif place.loudness is None and np.abs(sounds[cue].samples).max() < 10 ** (QUIET / 20):
            remarks.append("what came is silent")
        parts.append(
            FoleyPart(
                cue=cue,
                start=place.start,
                end=place.end,
                fade=place.fade,
                take=take.request.fingerprint if take is not None else None,
                file=take.file if take is not None else "",
                seed=take.request.seed if take is not None else chunk.cue.seed,
                gain=place.gain,
                loudness=place.loudness,
                step=place.step,
                cost=take.cost if take is not None else None,
                notes=take.notes if take is not None else (),
                remarks=tuple(remarks),
            )
        )
    return Track(samples, tuple(parts))


def told(parts: Sequence[FoleyPart], spans: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """What is to be said of the parts, a sentence each, with where it is."""
    return tuple(
        f"{part.cue} ({spans[part.cue][0]:.2f} to {spans[part.cue][1]:.2f} s): {text}"
        for part in parts
        for text in part.remarks
    )
