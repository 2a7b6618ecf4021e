"""A pipeline loaded with each network in the dtype it wants: `load`, `quiet`."""

from importlib import import_module
from typing import Any

from songreel.generation.diffusion import layout, quantise
from songreel.generation.diffusion.family import Family, Weights
from songreel.generation.diffusion.placement import Storage
from songreel.models.errors import InvalidInput


def load(kind: Any, family: Family, weights: Weights, storage: Storage, **options: Any) -> Any:
    """The pipeline on the CPU, in eval mode.

    Args:
        kind: Class of the pipeline.
        family: Whose recipe says the dtypes.
        weights: The files.
        storage: `bf16`: every network in it; `int8`, `nf4`, `gguf`: the denoisers quantised.
        options: For the pipeline's own configuration.

    Raises:
        InvalidInput: A file is broken, or is not of this model.
        MachineError: A library for `storage` is missing.
    """
    import torch

    quiet()
    recipe = family.recipe
    dtypes: dict[str, Any] = {
        part.name: torch.bfloat16 if storage == "bf16" else getattr(torch, part.dtype)
        for part in recipe.components
    }
    dtypes["default"] = torch.float32
    config = quantise.config(storage, family)
    if config is not None:
        options["quantization_config"] = config
    # One variant can be named for all; what has another one, or none, is loaded by itself.
    variant = weights.variants.get(recipe.denoisers[0].name, "")
    index = layout.read_index(weights.path, family.pipelines)
    try:
        for name, (library, what) in layout.components(index).items():
            own = weights.variants.get(name, "")
            single = weights.single if name == recipe.denoisers[0].name else None
            if name not in dtypes or (own == variant and single is None):
                continue
            network = getattr(import_module(library), what)
            options[name] = (
                _single(network, weights, name, dtypes[name], storage)
                if single is not None
                else network.from_pretrained(
                    weights.path, subfolder=name, variant=own or None, dtype=dtypes[name],
                    local_files_only=True,
                )
            )  # fmt: skip
        pipe = kind.from_pretrained(
            weights.path, variant=variant or None, dtype=dtypes, local_files_only=True, **options
        )
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InvalidInput(
            f"{recipe.name} cannot be loaded from {weights.single or weights.path}: {lines[0]}"
        ) from error
    for part in recipe.components:
        network = getattr(pipe, part.name)
        if network is not None:
            network.eval().requires_grad_(requires_grad=False)
    return pipe


def _single(network: Any, weights: Weights, name: str, dtype: Any, storage: Storage) -> Any:
    """A denoiser from a file of its own, quantised as the file is if it is GGUF."""
    from diffusers import GGUFQuantizationConfig

    assert weights.single is not None
    quantised = {}
    if weights.single.suffix == ".gguf":
        quantised["quantization_config"] = GGUFQuantizationConfig(compute_dtype=dtype)
    elif storage == "gguf":
        raise InvalidInput(f"{weights.single} is not a .gguf file; choose another placement")
    return network.from_single_file(
        str(weights.single), config=str(weights.path), subfolder=name, dtype=dtype,
        local_files_only=True, **quantised,
    )  # fmt: skip


def quiet() -> None:
    """Let the libraries draw no bars of their own, and tell errors alone."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
