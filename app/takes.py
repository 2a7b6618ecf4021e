"""Takes: every clip that was made for a shot, which one the film shows, and one more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput
from songreel.models.money import dollars
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import Shot, Storyboard
from songreel.models.timeline import Timeline
from songreel.project import Project
from songreel.unchanged import Documents

NAME = 8
"""Characters of a clip's fingerprint by which a take is called."""

SEEDS = 2**31
"""Seeds are below it, as the storyboard says."""


@dataclass(frozen=True)
class Change:
    """What is to be other in a new take; with nothing given, only the seed."""

    prompt: str | None = None
    seed: int | None = None
    source: str | None = None
    """Where the clip is to come from, e.g. `replicate:hailuo-02`."""

    def __str__(self) -> str:
        """As the command's options; a prompt is long, and stands in the plan."""
        said = (
            "--prompt" if self.prompt is not None else "",
            f"--seed {self.seed}" if self.seed is not None else "",
            f"--model {self.source}" if self.source is not None else "",
        )
        return " ".join(filter(None, said))


@dataclass(frozen=True)
class Take(Shows):
    """One clip of a shot."""

    shown_by: ClassVar[str] = "songreel.shown:take"

    shot: str
    clip: Clip
    state: str
    """`shown` in the film as it was last cut, `wanted` by the plan, `kept`, or `stale`; or two of
    them, and `shown, stand-in` for what serves in the place of another."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.clip.request.fingerprint[:NAME]

    @property
    def source(self) -> str:
        """Who made it."""
        return self.clip.provider

    @property
    def seconds(self) -> float:
        """Length of the file."""
        return float(self.clip.frames / self.clip.rate)

    @property
    def seed(self) -> int:
        """Seed of its request."""
        return self.clip.request.seed

    @property
    def cost(self) -> str:
        """What was paid."""
        return f"{dollars(self.clip.cost.usd)} USD" if self.clip.cost else "–"

    @property
    def remark(self) -> str:
        """Faults first, then notes."""
        return "; ".join((*self.clip.faults, *self.clip.notes))

    def row(self) -> dict[str, object]:
        """As plain data."""
        return {
            "shot": self.shot, "take": self.name, "state": self.state, "source": self.source,
            "file": self.clip.file, "seconds": round(self.seconds, 3), "seed": self.seed,
            "prompt": self.clip.request.prompt,
            "cost_usd": str(self.clip.cost.usd) if self.clip.cost else None,
            "faults": list(self.clip.faults), "notes": list(self.clip.notes),
        }  # fmt: skip


class Takes(Shows, tuple[Take, ...]):
    """Takes of a project's shots, in the film's order, oldest first."""

    shown_by: ClassVar[str] = "songreel.shown:takes"
    folder: Path
    """Where their files lie."""

    @classmethod
    def of(cls, takes: Iterable[Take], folder: Path) -> Self:
        """`takes`, whose files lie in `folder`."""
        made = cls(takes)
        made.folder = folder
        return made


class Clips(Shows, dict[str, Clip]):
    """A film's clips, by shot."""

    shown_by: ClassVar[str] = "songreel.shown:clips"

    def __init__(self, clips: Mapping[str, Clip], folder: Path) -> None:
        super().__init__(clips)
        self.folder = folder
        """Where their files lie."""


def retaken(storyboard: Storyboard, shot_id: str, change: Change) -> Storyboard:
    """`storyboard` with `change` made to one shot; it leaves its take and what it had kept.

    Raises:
        InvalidInput: There is no such shot, or the prompt is empty.
    """
    shot = shot_of(storyboard, shot_id)
    if change.prompt is not None and not change.prompt.strip():
        raise InvalidInput(f"shot {shot_id}: the new prompt is empty")
    if change.seed is not None and not 0 <= change.seed < SEEDS:
        raise InvalidInput(f"seed {change.seed} is not between 0 and {SEEDS - 1}")
    fields: dict[str, object] = {"take": None, "keep": None}
    if change.prompt is not None:
        fields["prompt"] = change.prompt
    if change.source is not None:
        fields["provider"] = change.source
    if change.seed is not None:
        fields["seed"] = change.seed
    elif change.prompt is None and change.source is None:
        fields["seed"] = (shot.seed + 1) % SEEDS
    return with_shot(storyboard, Shot.model_validate(shot.model_copy(update=fields).model_dump()))


def kept(project: Project, storyboard: Storyboard, shot_id: str, take: str | None) -> Storyboard:
    """`storyboard` in which one shot shows `take`, or, with None, what the plan asks for.

    Raises:
        InvalidInput: There is no such shot or take.
    """
    from songreel.editing_clips import clips_of

    shot = shot_of(storyboard, shot_id)
    if take is not None:
        made = clips_of(project, Documents(), shot_id).takes.get(shot_id, ())
        names = sorted({clip.take for clip in made})
        meant = [name for name in names if take and name.startswith(take[:NAME])]
        if len(meant) != 1:
            known = ", ".join(names) or "none yet"
            what = f"several takes {take!r}" if meant else f"no take {take!r}"
            raise InvalidInput(f"shot {shot_id} has {what}; it has {known}")
        take = meant[0]
    return with_shot(storyboard, shot.model_copy(update={"keep": take}))


def shot_of(storyboard: Storyboard, shot_id: str) -> Shot:
    """The shot called `shot_id`.

    Raises:
        InvalidInput: There is none.
    """
    for shot in storyboard.shots:
        if shot.id == shot_id:
            return shot
    ids = [shot.id for shot in storyboard.shots]
    known = ", ".join(ids) if len(ids) <= 12 else f"{ids[0]} to {ids[-1]}"
    raise InvalidInput(f"the plan has no shot {shot_id!r}; it has {known}")


def with_shot(storyboard: Storyboard, changed: Shot) -> Storyboard:
    """`storyboard` with the shot of the same id replaced."""
    shots = tuple(changed if shot.id == changed.id else shot for shot in storyboard.shots)
    return storyboard.model_copy(update={"shots": shots})


def takes_of(project: Project, storyboard: Storyboard, wanted: Mapping[str, str]) -> Takes:
    """All takes of a project's shots, in the film's order, oldest first.

    Args:
        project: The project.
        storyboard: Its plan.
        wanted: Fingerprint of the clip that the plan asks for, by shot.
    """
    from songreel.generation.shelf import Shelf

    if not project.clips.is_dir():
        return Takes.of((), project.clips)
    shelf = Shelf(project.clips)
    shown = _shown(project)
    found = (
        Take(shot.id, clip, _state(shot, clip, shown, wanted.get(shot.id, "")))
        for shot in storyboard.shots
        for clip in shelf.takes(shot.id)
    )
    return Takes.of(found, project.clips)


def _state(shot: Shot, clip: Clip, shown: set[tuple[str, str]], wanted: str) -> str:
    fingerprint = clip.request.fingerprint
    if shot.keep is not None and fingerprint.startswith(shot.keep):
        return "kept" if fingerprint == wanted else "kept, stale"
    current = fingerprint == wanted
    if (shot.id, clip.sha256) in shown:
        if clip.substitution is not None:
            return "shown, stand-in"
        return "shown" if current else "shown, stale"
    return "wanted" if fingerprint == wanted else "stale"


def _shown(project: Project) -> set[tuple[str, str]]:
    """(shot, sha256) of the clips in the film as it was last cut."""
    if not project.timeline.is_file():
        return set()
    return {(cut.shot, cut.clip_sha256) for cut in Timeline.load(project.timeline).cuts}
