"""What local models need and how they fit, before any weights load: `Fits`, `of_project`, `of`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songreel.local import Wishes
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import LocalOptions
from songreel.models.progress import Progress, silent
from songreel.planning import is_local
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.diffusion.book import Model
    from songreel.generation.diffusion.machine import Machine
    from songreel.generation.diffusion.memory import MemoryPlan
    from songreel.generation.diffusion.placement import Placement
    from songreel.generation.diffusion.posts import Largest
    from songreel.services import Services


NO_WISHES = Wishes()


@dataclass(frozen=True)
class Fits:
    """How one model fits into one machine."""

    source: str
    """`local:mochi`."""
    plan: "MemoryPlan"
    machine: "Machine"
    fps: float
    clips: int
    """Clips of the project that it makes; 0 where no project was asked about."""
    posts: tuple[tuple[str, ...], ...]
    """Devices of each worker: clips are made side by side; none where nothing fits."""
    needed: "MemoryPlan | None" = None
    """Where there is no GPU: what it takes on one that has room for everything."""

    def has_room(self, placement: "Placement") -> bool:
        """Whether `placement` fits where it wants to be."""
        hosted = placement.devices[0] == "cpu" or placement.host <= self.machine.memory_free
        return hosted and placement.memory <= self.machine.free_on(placement.devices)

    def row(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "source": self.source,
            "clips": self.clips,
            "workers": [list(devices) for devices in self.posts],
            "machine": self.machine.model_dump(mode="json"),
            "plan": self.plan.model_dump(mode="json"),
        }


def of_project(
    services: "Services", folder: Path, machine: str = "", wishes: Wishes = NO_WISHES,
    progress: Progress = silent,
) -> list[Fits]:  # fmt: skip
    """How the local models of a project fit, each for the largest clip that it is to make.

    Args:
        services: Of this run.
        folder: The project, with a plan.
        machine: Told in words (`24GB,24GB`); this one if empty.
        wishes: Laid over those of the project, which keeps its own.
        progress: Told what is being done.

    Raises:
        InvalidInput: The project has no plan, or no local model.
    """
    from songreel.generation.catalogue.pack import pack
    from songreel.generation.diffusion.book import book
    from songreel.generation.diffusion.posts import Largest
    from songreel.generation.requests import requests

    seen = _machine(machine, services.settings)
    with services.opened(folder, progress) as (project, _, analysis, storyboard):
        state = project.state
        asked = requests(storyboard, analysis, state.spec)
        shots: dict[str, list[str]] = {}
        for shot in storyboard.shots:
            shots.setdefault(shot.provider or state.visuals, []).append(shot.id)
        for source in state.stand_ins:
            shots.setdefault(source, list(asked))
        local = {source: ids for source, ids in shots.items() if is_local(source)}
    if not local:
        raise InvalidInput(
            f"the clips of {folder} come from {', '.join(shots)}, which takes no GPU: "
            "`songreel memory MODEL` says it of a local model, and "
            "`songreel make … --visuals local:MODEL` chooses one"
        )
    found, known = [], book(services.settings.models)
    for source, ids in local.items():
        name = source.partition(":")[2]
        model = known.find(name).wished(wishes.over(state.local))
        portions = pack({shot: asked[shot] for shot in ids}, model.entry())
        clips = {each.request.fingerprint: each.request for each in portions.values()}
        largest = Largest(0, 0, 0)
        for request in clips.values():
            largest = largest.over(Largest(request.width, request.height, request.frames))
        found.append(_fits(model, largest, seen, len(clips)))
    return found


def of(
    settings: Settings, names: Sequence[str] = (), machine: str = "",
    options: LocalOptions = LocalOptions(), frames: int | None = None,  # noqa: B008
) -> list[Fits]:  # fmt: skip
    """How local models fit, for the longest clip of a 16:9 film or one of `frames`.

    Args:
        settings: Of this run.
        names: Models, with or without `local:`; empty: all that are no tiny ones.
        machine: Told in words; this one if empty.
        options: Placement, devices, LoRAs, side, guidance.
        frames: Of the clip; the nearest length that the model makes, not below it.

    Raises:
        InvalidInput: A model, placement, device or machine is not known.
    """
    from songreel.generation.catalogue.legal import make_legal
    from songreel.generation.diffusion.book import book
    from songreel.generation.diffusion.posts import Largest

    seen, known = _machine(machine, settings), book(settings.models)
    wanted = [known.find(name.removeprefix("local:")) for name in names]
    found = []
    for model in wanted or [each for each in known.models if not each.recipe.tiny]:
        wished = model.wished(options)
        entry = wished.entry()
        assert entry.grid is not None
        length = min(frames, entry.grid.high) if frames is not None else entry.grid.high
        making = make_legal(entry, length / entry.fps, 1280, 720)
        largest = Largest(making.width, making.height, making.frames)
        try:
            found.append(_fits(wished, largest, seen, 0))
        except InvalidInput:
            # Of all models, those that cannot be asked so are left out; one that was named is not.
            if wanted:
                raise
    return found


def _fits(model: "Model", largest: "Largest", machine: "Machine", clips: int) -> Fits:
    from songreel.generation.diffusion.memory import on_plenty, plan
    from songreel.generation.diffusion.posts import posts

    found = plan(model.recipe, *largest, machine, model.wishes)
    try:
        where = posts(model, largest, machine) if found.best is not None else []
    except MachineError:
        where = []
    alone = found.best is None and not machine.gpus
    return Fits(
        source=model.key, plan=found, machine=machine, fps=float(model.recipe.fps), clips=clips,
        posts=tuple(where),
        needed=on_plenty(model.recipe, *largest, model.wishes) if alone else None,
    )  # fmt: skip


def _machine(text: str, settings: Settings) -> "Machine":
    from songreel.generation.diffusion.cards import imagined
    from songreel.generation.diffusion.machine import look

    return imagined(text) if text else look(settings.workspace)
