"""A loaded pipeline where its placement wants it: `place`, and back again: `release`."""

from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput, MachineError


def place(pipe: Any, family: Family, placement: Placement) -> None:
    """Bring a pipeline on the CPU to where `placement` wants it.

    Raises:
        InvalidInput: The placement cannot be done with this pipeline.
        MachineError: Its device is not there, or has too little memory.
    """
    import torch

    device = torch.device(placement.devices[0])
    if placement.tiling:
        pipe.vae.enable_tiling()
    if placement.storage == "fp8":
        for denoiser in family.denoisers(pipe):
            denoiser.enable_layerwise_casting(
                storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16
            )
    if placement.offload == "none":
        pipe.to(device)
    elif placement.offload == "model":
        if device.type == "cpu":
            raise InvalidInput("model-offload moves networks to a GPU, and the device is the CPU")
        pipe.enable_model_cpu_offload(device=device)
    elif placement.offload == "group":
        pipe.enable_group_offload(onload_device=device, offload_type="block_level",
                                  num_blocks_per_group=1)  # fmt: skip
    else:
        if device.type == "cpu":
            raise InvalidInput("sequential-offload moves layers to a GPU; the device is the CPU")
        pipe.enable_sequential_cpu_offload(device=device)


def release(pipe: Any) -> None:
    """Take a pipeline off its devices, so that it can be placed again or thrown away."""
    import gc

    import torch

    pipe.remove_all_hooks()
    pipe.to("cpu")
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


__all__ = ["MachineError", "place", "release"]
