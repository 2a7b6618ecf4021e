"""`songreel memory` and `generate --plan-memory`: what local models need, and how they fit."""

from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.hearing import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from songreel.generation.diffusion.machine import Machine
    from songreel.generation.diffusion.memory import MemoryPlan
    from songreel.generation.diffusion.placement import Placement
    from songreel.local import Wishes
    from songreel.memory import Fits

GIB = 2**30

MachineOption = Annotated[
    str | None,
    typer.Option(
        metavar="CARDS",
        help="Not this machine but one like 24GB, 2x24GB, 'RTX 4090' or 'H100,ram=256GB'.",
    ),
]
PlanMemoryOption = Annotated[
    bool,
    typer.Option(
        "--plan-memory", help="Make nothing: say how the local models fit, and which way is taken."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(memory)


def memory(
    context: typer.Context,
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Local models (all).")
    ] = None,
    machine: MachineOption = None,
    placement: Annotated[
        str, typer.Option(metavar="NAME", help="As if this was asked for, e.g. fp8 (auto).")
    ] = "auto",
    devices: Annotated[str, typer.Option(metavar="LIST", help="cuda:0,cuda:1 or cpu.")] = "",
    frames: Annotated[
        int | None, typer.Option(min=1, help="Of a clip (the longest of the model).")
    ] = None,
    side: Annotated[
        int | None, typer.Option(min=64, help="Short side of a clip (the model's).")
    ] = None,
    lora: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="With these weights added; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what local models need of a GPU, and how they fit into this machine or another.

    One MODEL: every placement with its figures. Several, or all: a line each. Nothing is loaded
    or fetched; figures are estimates in GiB (2^30 bytes, as cards are sold).
    """
    from songreel.memory import of
    from songreel.models.local import LocalOptions, Lora
    from songreel.settings import Settings

    options = LocalOptions(
        placement=placement, devices=devices, side=side,
        loras=tuple(Lora(path=path) for path in lora or ()),
    )  # fmt: skip
    settings = Settings.load(context.obj["workspace"])
    found = of(settings, models or (), machine or "", options, frames)
    if as_json:
        print_json([each.row() for each in found])
    elif len(found) == 1 and models:
        show(found)
    else:
        overview(found)


def how_it_fits(
    context: typer.Context, project: "Path", local: "Wishes", machine: str | None, as_json: bool
) -> None:
    """Say how the local models of PROJECT fit, with wishes that it is not to keep."""
    from songreel.cli.wiring import services
    from songreel.memory import of_project

    with progress_of(context) as progress:
        found = of_project(services(context), project, machine or "", local, progress)
    if as_json:
        print_json([each.row() for each in found])
    else:
        show(found)


def show(found: "Sequence[Fits]") -> None:
    """Every placement of each model, which is taken and why."""
    for number, fits in enumerate(found):
        if number:
            typer.echo("")
        _show(fits)


def overview(found: "Sequence[Fits]") -> None:
    """A line a model: how it fits."""
    if not found:
        note("no local model can be placed so")
        return
    typer.echo(_machine_line(found[0].machine))
    headers = ("model", "longest clip", "placement", "GiB on the card", "of memory", "time", "")
    typer.echo(table(headers, [_line(fits) for fits in found]))
    note("`songreel memory MODEL` shows every placement; figures are estimates; time: of a clip, "
         "against everything on one card")  # fmt: skip


def _line(fits: "Fits") -> tuple[str, ...]:
    plan, best = fits.plan, fits.plan.best
    clip = f"{plan.width}×{plan.height}, {plan.frames / fits.fps:.1f} s"
    if best is not None:
        told = f"{len(fits.posts)} clips at a time" if len(fits.posts) > 1 else ""
        return (
            fits.source,
            clip,
            best.name,
            _gib(best.memory),
            _gib(best.host),
            _times(best),
            told,
        )
    if fits.needed is not None:
        most, least = fits.needed.ladder[0], fits.needed.ladder[-1]
        told = f"{most.name} to {least.name}"
        host = sorted((most.host, least.host))
        return (fits.source, clip, "no GPU", f"{_gib(most.memory)} to {_gib(least.memory)}",
                f"{_gib(host[0])} to {_gib(host[1])}", "", told)  # fmt: skip
    least = min(plan.weighed, key=lambda each: each.memory)
    ways = [each.name for each in plan.offered if fits.has_room(each)]
    told = f"{least.name} at least" + (f"; --placement {ways[0]} fits" if ways else "")
    return (fits.source, clip, "no", _gib(least.memory), _gib(least.host), _times(least), told)


def _show(fits: "Fits") -> None:
    plan = fits.plan
    best, shown = plan.best, fits.needed or plan
    seconds = plan.frames / fits.fps
    typer.echo(f"{fits.source}: {plan.width}×{plan.height}, {plan.frames} frames ({seconds:.1f} s)"
               + (f", the largest of {fits.clips} clips" if fits.clips > 1 else ""))  # fmt: skip
    typer.echo(_machine_line(fits.machine))
    headers = ("placement", "GiB on the card", "of memory", "time", "picture", "here")
    typer.echo(table(headers, [_row(each, fits) for each in _ordered(fits, shown)]))
    for refused in shown.refused:
        if not refused.devices:
            typer.echo(f"not {refused.name}: {refused.reason}")
    if best is None:
        typer.echo(plan.why)
    else:
        typer.echo(f"chosen: {best.name}, {plan.why}{_workers(fits)}")
        if len(plan.ladder) > 1:
            typer.echo(f"where memory runs out all the same: {plan.ladder[1].name}")
    note("figures are estimates; time: of a clip, against everything on one card")


def _ordered(fits: "Fits", plan: "MemoryPlan") -> "list[Placement]":
    """Those that fit as they are ranked, then the others likewise, then other pictures."""
    from songreel.generation.diffusion.memory import cost

    rows = sorted(plan.weighed, key=lambda each: (not fits.has_room(each), cost(each)))
    best = fits.plan.best
    return [*([best] if best else []), *(each for each in rows if each != best), *plan.offered]


def _row(each: "Placement", fits: "Fits") -> tuple[str, ...]:
    plan = fits.plan
    picture = "as released" if each.exact else f"{each.storage} weights"
    if each.tiling:
        picture += ", in tiles"
    reasons = [r.reason for r in plan.refused if (r.name, r.devices) == (each.name, each.devices)]
    if each == plan.best:
        here = "chosen"
    elif fits.needed is not None:
        here = "no GPU"
    elif reasons:
        here = reasons[0]
    elif not fits.has_room(each):
        here = "too large as well"
    else:
        here = f"--placement {each.name}" if each in plan.offered else "fits"
    cards = f" on {len(each.devices)} GPUs" if len(each.devices) > 1 else ""
    return (each.name + cards, _gib(each.memory), _gib(each.host), _times(each), picture, here)


def _workers(fits: "Fits") -> str:
    if len(fits.posts) > 1:
        return f"; {len(fits.posts)} clips at a time, one on each of {_names(fits)}"
    return ""


def _names(fits: "Fits") -> str:
    return ", ".join(devices[0] for devices in fits.posts)


def _machine_line(machine: "Machine") -> str:
    where = "imagined" if machine.imagined else "this machine"
    memory = f"{_gib(machine.memory_free)} GiB of memory free"
    if not machine.gpus:
        why = f" ({'; '.join(machine.notes)})" if machine.notes else ""
        return f"{where}: no GPU{why}, {memory}"
    cards = "; ".join(
        f"{gpu.device} {gpu.name}, {_gib(gpu.free)} of {_gib(gpu.total)} GiB free"
        for gpu in machine.gpus
    )
    return f"{where}: {cards}; {memory}"


def _gib(size: int) -> str:
    return f"{size / GIB:.1f}"


def _times(each: "Placement") -> str:
    return f"×{each.slowdown:.2f}" if each.slowdown < 10 else f"×{each.slowdown:.0f}"
