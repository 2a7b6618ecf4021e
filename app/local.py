"""Wishes for models on this machine, as they are given and as a project keeps them: `Wishes`."""

from dataclasses import dataclass
from pathlib import Path

from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions
from songreel.planning import is_local
from songreel.project import Project
from songreel.settings import Settings

AS_RELEASED = ("weights", "loras", "steps", "guidance", "side", "approximate")
"""Wishes that decide pictures."""


@dataclass(frozen=True)
class Wishes:
    """What is to be other than before; None leaves it as it is."""

    placement: str | None = None
    devices: str | None = None
    loras: tuple[str, ...] | None = None
    """`PATH[:SCALE]`, in place of all before."""
    weights: str | None = None
    steps: int | None = None
    guidance: float | None = None
    side: int | None = None
    approximate: tuple[str, ...] | None = None
    as_released: bool = False
    """Forget all earlier ones that decide pictures."""

    @property
    def given(self) -> bool:
        """Whether there is anything to change."""
        return self != Wishes()

    def over(self, before: LocalOptions) -> LocalOptions:
        """`before` with what is given laid over it; paths are made absolute.

        Raises:
            InvalidInput: A LoRA cannot be read.
        """
        from songreel.generation.diffusion.book import lora_of

        if self.as_released:
            empty = LocalOptions()
            before = before.model_copy(update={name: getattr(empty, name) for name in AS_RELEASED})
        fields: dict[str, object] = {
            "placement": self.placement, "devices": self.devices, "steps": self.steps,
            "guidance": self.guidance, "side": self.side, "approximate": self.approximate,
        }  # fmt: skip
        if self.weights is not None:
            fields["weights"] = _absolute(self.weights)
        if self.loras is not None:
            loras = [lora_of(text) for text in self.loras]
            fields["loras"] = [
                {"path": _absolute(each.path), "scale": each.scale} for each in loras
            ]
        changed = {name: value for name, value in fields.items() if value is not None}
        return LocalOptions.model_validate(before.model_dump() | changed)


def local_changes(
    folder: Path, wishes: Wishes, settings: Settings, *named: object
) -> dict[str, object]:
    """The field of the project's document that `wishes` change; empty where nothing is given.

    Args:
        folder: The project, which may not be there yet.
        wishes: As given.
        settings: Of this run.
        named: Sources that this run names: of the film, of a shot, standing by.

    Raises:
        InvalidInput: No source of the film is a local model, or a wish cannot be fulfilled.
    """
    if not wishes.given:
        return {}
    from songreel.generation.diffusion.book import book
    from songreel.generation.diffusion.wishes import check

    project = Project(folder)
    before = LocalOptions()
    sources = [source for source in named if isinstance(source, str)]
    if project.file.is_file():
        state = project.state
        before = state.local
        sources += [*([] if named and named[0] else [state.visuals]), *state.stand_ins]
        sources += _of_shots(project)
    local = [source for source in dict.fromkeys(sources) if is_local(source)]
    genmo = "genmo" in {source.partition(":")[0] for source in sources}
    if not (local or genmo):
        raise InvalidInput(
            "--placement, --devices, --lora, --weights, --steps, --guidance, --side and "
            "--approximate are for models on this machine, and no clip of this film is to come "
            "from one; choose one with --visuals local:MODEL (`songreel models --provider local`)"
        )
    after = wishes.over(before)
    known = book(settings.models)
    for source in local:
        check(known.find(source.partition(":")[2]).wished(after))
    if genmo:
        from songreel.generation.providers.genmo import check as can

        can(after)
    return {"local": after}


def keep(folder: Path, wishes: Wishes, settings: Settings, *named: object) -> None:
    """Have an existing project remember `wishes`.

    Raises:
        InvalidInput: There is no project, or as `local_changes`.
    """
    if wishes.given:
        project = Project.open(folder)
        with project.held():
            project.change(**local_changes(folder, wishes, settings, None, *named))


def _of_shots(project: Project) -> list[str]:
    """Sources that single shots of the plan name."""
    from songreel.models.storyboard import Storyboard

    if not project.plan.is_file():
        return []
    return [shot.provider for shot in Storyboard.load(project.plan).shots if shot.provider]


def _absolute(text: str) -> str:
    """A file or folder seen from here; what is none is a hub's id."""
    path = Path(text).expanduser()
    return str(path.resolve()) if text and path.exists() else text
