"""Scores on disk: the finished one, and what exists of one that could not be finished."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from songreel.generation.sound.source import SoundSource
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.order import fingerprint
from songreel.models.score import Score, ScorePlan
from songreel.models.sound_request import Setting, SoundRequest
from songreel.sound.pcm import Samples, write_wav

SCORE = "score"
UNFINISHED = "unfinished"
CHAIN = "chain.wav"
"""The track before its end was faded, where it was."""
HEARD = "heard"
"""Folder of what sources were given to go on from: the track's own samples, by their content."""


def recipe_of(
    plan: ScorePlan,
    source: SoundSource,
    first: SoundRequest,
    settings: Mapping[str, Setting],
    *options: float | bool,
) -> str:
    """Fingerprint of everything that decides a score but whoever judges it.

    Args:
        plan: The cues; what is said about them decides nothing.
        source: Who makes it.
        first: Its planned first request, which names model and version.
        settings: The source's own parameters.
        options: Of composing.
    """
    told = plan.model_dump(mode="json", exclude={"reasons", "title"})
    parts = [told, source.name, list(first.source), dict(settings), list(options)]
    return fingerprint(parts)


def finished(folder: Path, recipe: str) -> Score | None:
    """The score of that recipe, if it is there whole."""
    score = _load(folder, SCORE)
    return score if score is not None and score.recipe == recipe else None


def partial(folder: Path) -> Score | None:
    """What exists of a score whose composing failed, cut after its last whole cue; None: nothing.

    Its plan holds the cues that are there, and its last notice says why there are no more.
    """
    return _load(folder, UNFINISHED)


def keep(folder: Path, name: str, samples: Samples, score: Score) -> Score:
    """Write the track, then the document that vouches for it.

    Raises:
        MachineError: The disk is full or the folder cannot be written.
    """
    path = folder / score.file
    write_wav(path, samples, score.rate)
    kept = score.model_copy(update={"sha256": sha256_of(path)})
    kept.save(folder / f"{name}.json")
    return kept


def forget(folder: Path) -> None:
    """Remove what there was of an unfinished score."""
    for ending in (".json", ".wav"):
        with suppress(OSError):
            (folder / f"{UNFINISHED}{ending}").unlink(missing_ok=True)


def _load(folder: Path, name: str) -> Score | None:
    try:
        score = Score.load(folder / f"{name}.json")
        path = folder / Path(score.file).name
        return score if sha256_of(path) == score.sha256 else None
    except (InvalidInput, OSError):
        return None
