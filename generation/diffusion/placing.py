"""A loaded pipeline where its placement wants it: `place`, and back again: `release`."""

import gc
from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.need import deal
from songreel.generation.diffusion.placement import Placement
from songreel.models.errors import InvalidInput, MachineError

_HANDLES = "_songreel_placed"
"""Name under which a pipeline keeps the hooks that placing gave to its networks."""

_GROUPED = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")
"""Hooks of diffusers' group offloading."""


def place(pipe: Any, family: Family, placement: Placement) -> None:
    """Bring a pipeline on the CPU to where `placement` wants it.

    `context` and `guidance` are placed on the first device, whole; who splits them does the rest.
    On the CPU group offload does nothing but try the way there.

    Raises:
        InvalidInput: The placement cannot be done on its device.
        MachineError: Its device is not there.
    """
    devices = [_device(name) for name in placement.devices]
    if devices[0].type == "cpu" and placement.offload in ("model", "sequential"):
        raise InvalidInput(
            f"{placement.name} moves weights between the machine's memory and a GPU, and the "
            "device is the processor: choose --placement whole"
        )
    if placement.tiling:
        tile(pipe.vae)
    if placement.storage == "fp8":
        _cast(pipe, family)
    if placement.split == "layers":
        _layers(pipe, family, placement)
    elif placement.offload == "model":
        pipe.enable_model_cpu_offload(device=devices[0])
    elif placement.offload == "group":
        _groups(pipe, family, devices[0])
    elif placement.offload == "sequential":
        pipe.enable_sequential_cpu_offload(device=devices[0])
    else:
        pipe.to(devices[0])


def release(pipe: Any) -> None:
    """Undo `place`: everything on the CPU without hooks, and the devices' memory given back.

    What was cast to fp8 stays cast: its precision is lost, and the pipeline must be loaded anew for
    another storage.
    """
    import torch

    for handle in vars(pipe).pop(_HANDLES, ()):
        handle.remove()
    pipe.remove_all_hooks()
    for module in _networks(pipe):
        for part in module.modules():
            if hasattr(part, "_diffusers_hook"):
                for name in _GROUPED:
                    part._diffusers_hook.remove_hook(name, recurse=False)
        if getattr(module, "use_tiling", False):
            module.disable_tiling()
        module.to("cpu")
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def tile(vae: Any) -> None:
    """Have `vae` decode in tiles of the size that diffusers gives them.

    Mochi's are also decoded piece by piece in time where its convolutions remember
    (`framewise.remembering`): a tile of 163 frames takes 35 GiB in float32, of six 2.
    """
    vae.enable_tiling()
    if type(vae).__name__ == "AutoencoderKLMochi":
        from songreel.generation.diffusion.framewise import Remembering

        if any(isinstance(module, Remembering) for module in vae.decoder.modules()):
            vae.use_framewise_decoding = True
            vae.num_latent_frames_batch_size = 1


def _device(name: str) -> Any:
    """The device that torch calls `name`.

    Raises:
        MachineError: There is none.
    """
    import torch

    device = torch.device(name)
    if device.type == "cuda":
        count = torch.cuda.device_count()
        if (device.index or 0) >= count:
            built = torch.version.cuda or torch.version.hip
            why = f"torch sees {count}" if built else "this torch is built without CUDA and ROCm"
            raise MachineError(
                f"there is no {name} here: {why}; install torch for this machine's GPU "
                "(pytorch.org), or choose --devices cpu"
            )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise MachineError("there is no Apple GPU that torch can use here; choose --devices cpu")
    return device


def _networks(pipe: Any) -> list[Any]:
    import torch

    return [each for each in pipe.components.values() if isinstance(each, torch.nn.Module)]


def _cast(pipe: Any, family: Family) -> None:
    """Weights of the denoisers' layers in fp8, made whole before each layer; LoRAs stay."""
    import torch

    for denoiser in family.denoisers(pipe):
        if denoiser is not None and not hasattr(denoiser, "_songreel_cast"):
            denoiser.enable_layerwise_casting(
                storage_dtype=torch.float8_e4m3fn, compute_dtype=denoiser.dtype
            )
            denoiser._songreel_cast = True


def _groups(pipe: Any, family: Family, device: Any) -> None:
    """Denoisers block by block, the next on its way; text encoders layer by layer; the VAE stays.

    Weights of denoisers are pinned on CUDA, so that they travel beside the computing.
    """
    from diffusers.hooks import apply_group_offloading

    streams = device.type == "cuda"
    more = {"use_stream": True, "record_stream": True} if streams else {}
    for denoiser in family.denoisers(pipe):
        if denoiser is not None:
            denoiser.enable_group_offload(
                onload_device=device, offload_type="block_level", num_blocks_per_group=1, **more
            )
    for part in family.recipe.components:
        module = getattr(pipe, part.name, None)
        if module is None or part.part == "denoiser":
            continue
        if part.part == "vae":
            module.to(device)
        else:
            apply_group_offloading(module, onload_device=device, offload_type="leaf_level")


def _layers(pipe: Any, family: Family, placement: Placement) -> None:
    """Blocks dealt out so that devices fill evenly; the first has the VAE, the last the texts."""
    import torch

    from songreel.generation.diffusion.spread import Bringer, followed, spread

    devices = placement.devices
    fixed = [0.0] * len(devices)
    handles: list[Any] = []
    for part in family.recipe.components:
        module = getattr(pipe, part.name, None)
        if module is None or part.part == "denoiser":
            continue
        place = 0 if part.part == "vae" else -1
        fixed[place] += _bytes(module)
        if place == 0:
            module.to(devices[0])
        else:
            last = torch.device(devices[-1])
            handles.append(followed(module.to(last), last, Bringer()))
    denoisers = [each for each in family.denoisers(pipe) if each is not None]
    lists = family.blocks(denoisers[0])
    blocks = [block for name in lists for block in getattr(denoisers[0], name)]
    inside = sum(map(_bytes, blocks))
    fixed[0] += (_bytes(denoisers[0]) - inside) * len(denoisers)
    counts = deal(len(blocks), inside * len(denoisers) / len(blocks), fixed)
    for denoiser in denoisers:
        handles += spread(denoiser, lists, devices, counts)
    setattr(pipe, _HANDLES, handles)


def _bytes(module: Any) -> int:
    return sum(each.numel() * each.element_size() for each in module.parameters())
