"""The same picture in less time and memory: `speed_up`.

What was weighed and left out, because the figures say so:

- Queries, keys and values in one product: at the 7,000 to 75,000 tokens of a clip each product
  fills the GPU by itself, and LoRAs would have to be taken apart.
- Wan's keys and values of the text, once a clip: 2.1 of 1,678 TFLOP a pass (14B, 480p, 81 frames).
- LTX's mask: it is on 128 to 256 tokens of text across from the picture's, a hundredth of the work.
"""

from contextlib import ExitStack
from typing import Any

from songreel.generation.diffusion.family import Family

_ATTENTION = "attention without masks, each text at its own length"
_KERNEL = "cuDNN's attention kernel before others"
_HELD = ExitStack()
"""What was chosen for the whole process; it stays chosen."""


def speed_up(pipe: Any, family: Family) -> tuple[str, ...]:
    """Rewrite what is slow in `pipe` so that it computes the same sums, in place.

    Call it after LoRAs are added and before the weights are placed. Its numbers differ from
    diffusers' as sums in another order do (float32: 1e-6 of the largest).

    Returns:
        What was done, a sentence each; empty where the family's code leaves nothing to gain.
    """
    done = (_KERNEL,) if _prefer_cudnn() else ()
    match family.recipe.family:
        case "mochi":
            from songreel.generation.diffusion import framewise, mochi_attention

            for denoiser in family.denoisers(pipe):
                mochi_attention.narrow(denoiser)
            framewise.remembering(pipe.vae)
            return (*done, _ATTENTION, "decoding latent frame by latent frame")
        case "hunyuan":
            from songreel.generation.diffusion import hunyuan_attention

            for denoiser in family.denoisers(pipe):
                hunyuan_attention.narrow(denoiser)
            return (*done, _ATTENTION)
    return done


def _prefer_cudnn() -> bool:
    """Have attention computed by cuDNN where it can be, on the GPUs where that is the faster one.

    On Hopper "up to 75 %" faster than FlashAttention 2 (release notes of PyTorch 2.5); which of the
    two is first by default has changed between releases since. `benchmarks/gpu` times each.
    """
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    if not torch.cuda.is_available() or torch.version.hip is not None:
        return False
    cards = range(torch.cuda.device_count())
    if any(torch.cuda.get_device_capability(card)[0] not in (9, 10) for card in cards):
        return False  # elsewhere torch's own order stands
    order = [
        SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION,
        SDPBackend.MATH,
    ]  # fmt: skip
    _HELD.enter_context(sdpa_kernel(order, set_priority=True))
    return True
