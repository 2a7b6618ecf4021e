"""Options of models on this machine, and how they are listed."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from songreel.cli.console import table

if TYPE_CHECKING:
    from songreel.generation.diffusion.book import Model
    from songreel.local import Wishes

PANEL = "Models on this machine (--visuals local:MODEL)"


def _option(*names: str, **told: Any) -> Any:
    return typer.Option(*names, rich_help_panel=PANEL, **told)


_OPTIONS: dict[str, Any] = {
    "placement": Annotated[
        str | None,
        _option(metavar="NAME", help="How it fits; `generate --plan-memory` lists them (auto)."),
    ],
    "devices": Annotated[
        str | None, _option(metavar="LIST", help="cuda:0,cuda:1 or cpu (all GPUs).")
    ],
    "lora": Annotated[
        list[str] | None,
        _option("--lora", metavar="PATH[:SCALE]", help="Add these weights; repeatable."),
    ],
    "weights": Annotated[
        str | None,
        _option(metavar="PATH", help="Folder, hub id or id@revision in place of the model's own."),
    ],
    "steps": Annotated[int | None, _option(min=1, help="Denoising steps (the model's).")],
    "guidance": Annotated[
        float | None, _option(min=0.0, help="How strictly words are followed (the model's).")
    ],
    "side": Annotated[
        int | None, _option(min=64, help="Short side that clips are made with (the model's).")
    ],
    "approximate": Annotated[
        list[str] | None,
        _option("--approximate", metavar="NAME", help="Faster, another picture; repeatable."),
    ],
    "as_released": Annotated[
        bool,
        _option("--as-released", help="Forget earlier options that decide the pictures."),
    ],
}


def with_local(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options of local models; it takes them together, as `local`."""

    @wraps(command)
    def told(**given: Any) -> None:
        own = {name: given.pop(name) for name in _OPTIONS}
        command(**given, local=_wishes(**own))

    signature = inspect.signature(command)
    kept = [each for each in signature.parameters.values() if each.name != "local"]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind,
            default=False if name == "as_released" else None,
        )
        for name, kind in _OPTIONS.items()
    ]  # fmt: skip
    told.__annotations__.pop("local")  # a name that only type checkers can look up
    told.__signature__ = signature.replace(parameters=[*kept, *added])  # type: ignore[attr-defined]
    return told


def local_table(models: "Sequence[Model]") -> str:
    """The models that can be run here, a line each."""
    from songreel.generation.diffusion.told import told

    return table(
        ("source", "lengths", "size", "images", "GB of a GPU", "licence"),
        [told(model) for model in models],
    )


def _wishes(*, lora: list[str] | None, approximate: list[str] | None, **rest: Any) -> "Wishes":
    from songreel.local import Wishes

    return Wishes(
        loras=None if lora is None else tuple(lora),
        approximate=None if approximate is None else tuple(approximate),
        **rest,
    )
