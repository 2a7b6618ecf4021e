"""How the engine of a batch is started: `starter`."""

from collections.abc import Callable
from pathlib import Path

from songreel.batch.driver import LOGS, Needs
from songreel.batch.engine import Engine
from songreel.batch.local import LocalEngine
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.places import Wanted, places
from songreel.generation.farm.room import room
from songreel.models.render import RenderSpec
from songreel.settings import Settings

KEPT = "kept"
"""Folder of finished clips, in the workspace."""


def starter(
    name: str,
    settings: Settings,
    out: Path,
    *,
    address: str | None,
    workers: int | None,
    slots: int | None,
    say: Callable[[str], None],
) -> tuple[Callable[[Needs], Engine], int]:
    """What starts the engine called `name`, and how many cores each film may use.

    Args:
        name: `local` or `ray`.
        settings: Of this run.
        out: Folder of the batch.
        address: Of Ray.
        workers: Clip workers that are asked for.
        slots: Films at a time that are asked for.
        say: Called with what a person should know as it starts.
    """
    if name == "ray":
        from songreel.batch.ray_engine import ray_engine

        return lambda needs: ray_engine(
            needs, settings, address=address, workers=workers, slots=slots, say=say
        ), settings.workers
    cores = settings.workers
    at_once = songs_at_once(slots, 10**6, cores)
    each = max(1, cores // at_once)
    return lambda needs: local_engine(
        needs, settings, out, workers=workers,
        slots=songs_at_once(slots, len(needs.films), cores),
    ), each  # fmt: skip


def largest(needs: Needs) -> RenderSpec:
    """The largest film's shape: what memory is planned for."""
    specs: list[RenderSpec] = []
    for film in needs.films:
        spec = film.wishes.changes().get("spec")
        if isinstance(spec, RenderSpec):
            specs.append(spec)
    return max(specs, key=lambda spec: spec.width * spec.height)


def songs_at_once(asked: int | None, films: int, cores: int) -> int:
    """Films made at a time: while clips of one are made, another is heard, planned or cut."""
    return asked or max(1, min(films, max(2, cores // 4)))


def local_engine(
    needs: Needs, settings: Settings, out: Path, *, workers: int | None, slots: int
) -> LocalEngine:
    """Processes on this machine.

    Raises:
        InvalidInput: More workers are asked for than there is room for, or a model is not known.
        MachineError: A model does not fit here.
    """
    from songreel.generation.diffusion.machine import look

    wanted: list[Wanted] = []
    machine = look()
    if needs.sources:
        spec, wishes = largest(needs), [film.wishes for film in needs.films]
        for source in needs.sources:
            own = next((w.local() for w in wishes if w.source == source), wishes[0].local())
            size = (spec.width, spec.height)
            wanted.append(room(source, own, settings.models, *size, machine))
    staff = places(wanted, machine, workers) if needs.sources else ()
    return LocalEngine(
        Kept(settings.workspace / KEPT), staff, settings.workspace, slots, out / LOGS
    )
