"""What is to be scored, told by one name: `planned_score`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from songreel.models.errors import InvalidInput
from songreel.models.fit import FitToCut
from songreel.models.progress import Progress, silent
from songreel.models.scenes import SceneList
from songreel.models.score import ScorePlan
from songreel.planning import planned
from songreel.project import Project
from songreel.score_cuts import Edit, cuts_of
from songreel.score_place import ScorePlace, place_beside, place_in
from songreel.scored_film import film_file


@dataclass(frozen=True)
class MusicWish:
    """What is to play."""

    prompt: str = ""
    """Genre, instruments, mood, for the whole."""
    bpm: float | None = None
    key: str = ""
    seed: int = 0


class Fitted(NamedTuple):
    """Music planned to fit a cut."""

    plan: ScorePlan
    place: ScorePlace
    fit: FitToCut
    edit: Edit


def planned_score(
    target: Path, wish: MusicWish, out: Path | None = None
) -> tuple[ScorePlan, ScorePlace]:
    """The plan of a score, and where it goes.

    Args:
        target: Scenes (.yaml, .json), a plan that was written before (.json), or a project.
        wish: What is to play.
        out: What is to be delivered.

    Raises:
        InvalidInput: It is none of these, or cannot be used.
    """
    from songreel.prompting.scenes.reading import read_scenes

    if target.is_dir():
        return _for_project(target, wish, out)
    if not target.is_file():
        raise InvalidInput(
            f"there is nothing at {target}; give a scene list (.yaml), a plan (.json) or a project"
        )
    place = place_beside(target, out)
    if _is_plan(target):
        if wish.prompt or wish.bpm or wish.key:
            raise InvalidInput(
                f"{target} is a finished plan: edit it, or leave --prompt, --bpm and --key out"
            )
        return ScorePlan.load(target), place
    return scored_scenes(read_scenes(target), wish), place


def scored_scenes(scenes: SceneList, wish: MusicWish) -> ScorePlan:
    """The plan for a list of scenes; what is wished goes before what the list says of the whole."""
    from songreel.prompting.score.plan import plan_score

    told = scenes.model_copy(
        update={"bpm": _bpm(wish.bpm) or scenes.bpm, "key": key_named(wish.key) or scenes.key}
    )
    return plan_score(told, seed=wish.seed, music=wish.prompt)


def fitted_score(
    target: Path,
    wish: MusicWish,
    out: Path | None = None,
    rate: str | None = None,
    progress: Progress = silent,
) -> Fitted:
    """The plan of music made to fit a cut, so that its cuts fall on beats.

    Args:
        target: A project, a video, or an .edl, .fcpxml or .otio file.
        wish: What is to play.
        out: What is to be delivered.
        rate: Frames a second of an .edl that does not say it.
        progress: Told how much of a video was seen.

    Raises:
        InvalidInput: It has no cuts, or cannot be read.
    """
    from songreel.prompting.fit.plan import plan_score_for_cut
    from songreel.prompting.fit.search import fit_to_cut
    from songreel.prompting.score.genres import usual_tempo

    place = _place(target, out)
    edit = cuts_of(target, rate, progress)
    bpm = _bpm(wish.bpm)
    fit = fit_to_cut(edit.cuts, bpm=bpm)
    usual = usual_tempo(wish.prompt) if bpm is None else None
    if usual is not None:
        other = fit_to_cut(edit.cuts, bpm=usual)
        # Of two tempi that meet the cuts as well, the one that the named genre is played at.
        if (other.on_beats, other.on_downbeats) >= (fit.on_beats, fit.on_downbeats):
            fit = other
    plan = plan_score_for_cut(
        fit, edit.seconds, edit.cuts, music=wish.prompt, moods=wish.prompt,
        key=key_named(wish.key), seed=wish.seed, title=place.title,
    )  # fmt: skip
    return Fitted(plan, place, fit, edit)


def _place(target: Path, out: Path | None) -> ScorePlace:
    """Where the score of a film goes.

    Raises:
        InvalidInput: The film is told by scenes, and has its music from them.
    """
    if not target.is_dir():
        return place_beside(target, out)
    project = Project.open(target)
    if not film_file(target).is_file():
        return place_in(project, out)
    if out is None:
        raise InvalidInput(
            f"{target} has the music of its scenes, in {target / 'score'}; name another track with "
            "--out, whose folder then keeps what belongs to it"
        )
    return place_beside(out, out)


def _for_project(folder: Path, wish: MusicWish, out: Path | None) -> tuple[ScorePlan, ScorePlace]:
    from songreel.prompting.score.plan import plan_score_for

    place = _place(folder, out)
    plan = plan_score_for(
        planned(Project.open(folder)), seed=wish.seed, music=wish.prompt, bpm=_bpm(wish.bpm),
        key=key_named(wish.key),
    )  # fmt: skip
    return plan, place


def key_named(text: str) -> str:
    """A key as documents write it: `F# minor` for `f#m`; nothing for nothing.

    Raises:
        InvalidInput: There is no such key.
    """
    from songreel.prompting.scenes.spellings import key_of

    if not text.strip():
        return ""
    try:
        return key_of(text)
    except ValueError as error:
        raise InvalidInput(f"--key {text!r} {error}") from error


def _bpm(value: float | None) -> float | None:
    if value is not None and not 30 <= value <= 300:
        raise InvalidInput(f"--bpm {value:g} is no tempo of a score: choose 30 to 300")
    return value


def _is_plan(path: Path) -> bool:
    if path.suffix.lower() != ".json":
        return False
    try:
        head = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False  # whoever reads it as scenes says what is wrong with it
    return isinstance(head, dict) and head.get("kind") == ScorePlan.kind
