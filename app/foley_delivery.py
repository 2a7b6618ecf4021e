"""What came of a film's sound is delivered, and so is the film where nothing came: `deliver`."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from songreel.foley_place import Place
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.files import sha256_of, whole
from songreel.models.foley import FoleyPlan
from songreel.models.foley_track import FoleyPart, FoleyTrack
from songreel.models.mix import MixSpec
from songreel.models.money import Charge
from songreel.models.progress import Progress

if TYPE_CHECKING:
    from songreel.generation.foley.film import Film
    from songreel.generation.foley.make import Orders, Track
    from songreel.generation.sound.source import SoundSource

STEM = "track.wav"
"""The new sound by itself, in the folder of takes; made anew by every run."""


@dataclass(frozen=True)
class Task:
    """What a run works on."""

    place: Place
    mix: MixSpec
    film: "Film | None"
    source: "SoundSource"
    plan: FoleyPlan
    orders: "Orders"
    notices: tuple[str, ...] = ()
    """What had to be left out of what was wished."""


class Delivered(NamedTuple):
    """What lies there now."""

    place: Place
    """With another ending where the film had to be delivered as it was."""
    report: FoleyTrack
    failure: str
    """Why sound is missing; empty where all of it is there."""


def deliver(task: Task, track: "Track", failure: str, progress: Progress) -> Delivered:
    """Mix what came with the film, or deliver the film as it was; the report says which and why.

    Args:
        task: What the run works on.
        track: What came.
        failure: Why nothing could be asked for; empty where something was.
        progress: Told what is being done.

    Raises:
        InvalidInput: Of sound without a film nothing came.
        MachineError: The folder cannot be written.
    """
    from songreel.sound.pcm import write_wav

    place = task.place
    failure = failure or _missing(track.parts)
    report = _report(task, track)
    if track.came:
        stem = place.folder / STEM
        try:
            write_wav(stem, track.samples, report.sample_rate)
            named = {"stem": f"{place.folder.name}/{STEM}", "stem_sha256": sha256_of(stem)}
            report = _mixed(task, report.model_copy(update=named), stem, progress)
            report.save(place.report)
            return Delivered(place, report, failure)
        except SongreelError as error:
            failure = f"the sound is there ({stem}) but could not be mixed: {error}"
    if place.film is None or place.alone:
        raise InvalidInput(f"no sound was delivered: {failure}")
    place = _as_it_was(place, place.film)
    said = f"{place.output.name} is the film as it was, without new sound: {failure}"
    report = report.model_copy(
        update={
            "output": place.output.name,
            "output_sha256": sha256_of(place.output),
            "output_frames": report.frames,
            "outcome": "none",
            "notices": (*report.notices, said),
        }
    )
    report.save(place.report)
    return Delivered(place, report, failure)


def asked_of(task: Task) -> tuple[object, ...]:
    """All that decides what a run delivers; equal to `made_of` where it is there already."""
    film = task.film
    return task.plan, task.mix, task.source.name, film.sha256 if film is not None else None


def made_of(report: FoleyTrack) -> tuple[object, ...]:
    """What decided a delivery."""
    return report.plan, report.mix, report.source, report.film_sha256


def _report(task: Task, track: "Track") -> FoleyTrack:
    """Of what was asked for and what came; of nothing that was delivered yet."""
    from songreel.generation.foley.chunks import RATE

    place, film = task.place, task.film
    return FoleyTrack(
        source=task.source.name,
        film=place.film.name if place.film is not None else "",
        film_sha256=film.sha256 if film is not None else None,
        frames=film.frames if film is not None else 0,
        rate=film.rate if film is not None else None,
        takes=place.folder.name,
        plan=task.plan,
        sample_rate=RATE,
        samples=track.samples.shape[1],
        channels=track.samples.shape[0],
        parts=track.parts,
        output=place.output.name,
        output_sha256="0" * 64,
        mix=task.mix,
        outcome="whole" if track.came == len(track.parts) else "part",
        cost=_cost(track.parts),
        notices=(*_notices(task, track.parts), *task.source.notices()),
    )


def _mixed(task: Task, report: FoleyTrack, stem: Path, progress: Progress) -> FoleyTrack:
    """Mix, and enter what was measured of the result.

    Raises:
        SongreelError: It cannot be mixed.
    """
    from songreel.assembly.mixing.mix import mix
    from songreel.assembly.mixing.stem import Stem

    place = task.place
    # Whole paths: a relative name such as "a:b.mp4" would be read as a protocol.
    done = mix(
        None if place.alone or place.film is None else place.film.absolute(),
        [Stem(stem.absolute())] if task.mix.mode != "keep" else [],
        task.mix,
        place.output.absolute(),
        seconds=task.orders.seconds if place.alone else None,
        replace=True,
        progress=progress,
    )
    return report.model_copy(
        update={
            "output_sha256": sha256_of(place.output),
            "output_frames": done.frames or 0,
            "output_samples": done.samples,
            "loudness": done.integrated,
            "true_peak": done.true_peak,
            "notices": (*report.notices, *done.notices),
        }
    )


def _as_it_was(place: Place, film: Path) -> Place:
    """Copy the film to where it was to be delivered; its own ending says what it is."""
    output = place.output.with_suffix(film.suffix)
    if output != place.output:
        place = changed(place, output=output)
        place.checked(force=False)
    with whole(output) as partial:
        shutil.copyfile(film, partial)
    return place


def _missing(parts: Sequence[FoleyPart]) -> str:
    """Why pieces are missing, in a sentence; empty where none is."""
    missing = [part for part in parts if part.take is None]
    if not missing:
        return ""
    said = missing[0].remarks[-1].removeprefix("nothing is heard: ")
    if len(missing) == len(parts):
        return said
    return f"{len(missing)} of {len(parts)} pieces of sound are missing: {said}"


def _notices(task: Task, parts: Sequence[FoleyPart]) -> tuple[str, ...]:
    """What is other than was asked."""
    from songreel.generation.foley.make import told

    said = list(task.notices)
    if task.film is not None and not task.source.sees:
        said.append(
            f"{task.source.name} does not see the pictures: its sound follows the words and the "
            "cuts; fal:mmaudio-v2 and replicate:mmaudio follow what moves"
        )
    if task.film is not None and not task.film.steady:
        said.append(
            "the film's pictures come unevenly; its sound is as long as they are, "
            f"{float(task.film.seconds):.3f} s"
        )
    noted: dict[str, list[str]] = {}
    for part in parts:
        for note in part.notes:
            if note.startswith(("licence", "built-in effects")):
                noted.setdefault(note, []).append(part.cue)
    came = sum(part.take is not None for part in parts)
    said += [
        note if len(cues) == came else f"{', '.join(cues)}: {note}" for note, cues in noted.items()
    ]
    return (*said, *told(parts, {cue.id: task.plan.span(cue) for cue in task.plan.cues}))


def _cost(parts: Sequence[FoleyPart]) -> Charge | None:
    charges = [part.cost for part in parts if part.cost is not None]
    if not charges:
        return None
    usd = sum((charge.usd for charge in charges), Decimal(0))
    return Charge(
        usd=usd,
        basis=f"{len(charges)} pieces of sound",
        measured=all(charge.measured for charge in charges),
    )
