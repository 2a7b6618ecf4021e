"""What can be asked of songreel as a job: `Work`, one object a use case.

Songs, footage and photos are named by the assets they were uploaded as, projects by their ids;
work never carries a path. What is quick (edits of a plan, corrections of a grid, choosing a take)
is no work: it is done at once.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.edits import ShotId
from songreel.models.work_files import (
    ContactSheet,
    Excerpt,
    Export,
    Formats,
    Loop,
    OnProject,
    Preview,
    Report,
    ShowScene,
)
from songreel.models.work_sound import Buying, Foley, MakeScenes, Mix, Score
from songreel.models.work_wishes import (
    Agreed,
    Ears,
    LocalWishes,
    Name,
    Output,
    Pictures,
    Planning,
    Seed,
    Source,
    Wished,
)
from songreel.models.workspace import ProjectId

Retakes = Annotated[int, Field(ge=0, le=5)]
"""How often a clip with a fatal flaw is made or bought again; each may cost as much again."""


class _Filming(OnProject, Buying):
    retakes: Retakes = 0


class Hear(Ears, OnProject):
    """Hear the project's song; parts are told as they are found."""

    kind: Literal["hear"] = "hear"
    tagger: Name | None = None
    """Who puts words to the song besides; they are in the result."""


class Plan(Pictures, Ears, OnProject):
    """Plan the film, or plan it anew: locked shots stay."""

    kind: Literal["plan"] = "plan"
    planning: Planning = Planning()
    replan: bool = False
    """Plan anew although there is a plan."""
    plan: Sha256 | None = None
    """A plan to take over, the asset it was uploaded as."""
    output: Output = Output()


class Make(Pictures, Ears, _Filming):
    """The whole way to a finished film, going on where an earlier run stopped."""

    kind: Literal["make"] = "make"
    planning: Planning = Planning()
    replan: bool = False
    """Plan anew although there is a plan; locked shots stay."""
    plan: Sha256 | None = None
    """A plan to film instead of one of songreel's own, the asset it was uploaded as."""
    output: Output = Output()


class Generate(_Filming):
    """Make the clips that are not there yet."""

    kind: Literal["generate"] = "generate"
    local: LocalWishes | None = None


class Assemble(Pictures, _Filming):
    """Cut the film; what the plan asks for and is missing is made first."""

    kind: Literal["assemble"] = "assemble"
    output: Output = Output()


class Retake(_Filming):
    """One new clip for one shot, cut in where there is a film already."""

    kind: Literal["retake"] = "retake"
    shot: ShotId
    prompt: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    """Other words."""
    seed: Seed | None = None
    """Otherwise a new one."""
    source: Source | None = None
    """Another source for this shot."""
    local: LocalWishes | None = None


class Pairs(OnProject):
    """Choose start and end images for shots from photos, all different."""

    kind: Literal["pairs"] = "pairs"
    photos: Annotated[tuple[Sha256, ...], Field(min_length=2)]
    count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many shots get a pair; otherwise one a section."""
    shots: tuple[ShotId, ...] = ()
    """These shots; otherwise where pictures matter most."""
    only_show: bool = False
    """Leave the plan as it is."""


class Footage(OnProject):
    """Put clips and photos into the project's folder of footage."""

    kind: Literal["footage"] = "footage"
    assets: Annotated[tuple[Sha256, ...], Field(min_length=1)]
    use: bool = True
    """The film's pictures come from it from now on."""


class Budget(OnProject):
    """Plan the best film for a sum: which shots are bought where, and which share a take."""

    kind: Literal["budget"] = "budget"
    usd: Agreed
    sources: tuple[Source, ...] = ()
    """Models to choose among; otherwise all whose service is ready."""
    only_show: bool = False
    """Leave the plan as it is."""


class Variation(Pictures):
    """One way in which every song of a batch is filmed."""

    name: Name
    planning: Planning = Planning()
    output: Output = Output()


class Batch(Pictures, Ears):
    """A film of every song in every variation: a project and a job `make` each."""

    kind: Literal["batch"] = "batch"
    project: None = None
    songs: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=1000)]
    planning: Planning = Planning()
    output: Output = Output()
    variations: Annotated[tuple[Variation, ...], Field(max_length=100)] = ()
    """What they say goes before what is said for all; none: one film a song."""
    agreed_each: Agreed = Decimal(0)
    """USD that each film may cost."""
    retakes: Retakes = 0


class Demo(Wished):
    """songreel's own song, and its music video, in a new project."""

    kind: Literal["demo"] = "demo"
    project: ProjectId | None = None
    """One to go on with."""


Work = (
    Hear
    | Plan
    | Make
    | Generate
    | Assemble
    | Retake
    | Report
    | Preview
    | ContactSheet
    | Export
    | Formats
    | Excerpt
    | Loop
    | ShowScene
    | Score
    | MakeScenes
    | Foley
    | Mix
    | Pairs
    | Footage
    | Budget
    | Batch
    | Demo
)
"""Discriminated by `kind`."""

AnyWork = Annotated[Work, Field(discriminator="kind")]
"""`Work` as a field or a body has it: errors speak of the one kind that is meant."""


def assets_of(work: Work) -> frozenset[str]:
    """The assets that work names, by SHA-256: they must be there until it is done."""
    found: set[str] = set()
    _gather(work.model_dump(), found)
    return frozenset(found)


def _gather(value: object, found: set[str]) -> None:
    if isinstance(value, str):
        if len(value) == 64 and not value.strip("0123456789abcdef"):
            found.add(value)
    elif isinstance(value, dict):
        for each in value.values():
            _gather(each, found)
    elif isinstance(value, list | tuple):
        for each in value:
            _gather(each, found)
