"""The same picture in less time and memory: `speed_up`.

What was weighed and left out, because the figures say so:

- Queries, keys and values in one product: at the 7,000 to 75,000 tokens of a clip each product
  fills the GPU by itself, and LoRAs would have to be taken apart.
- Wan's keys and values of the text, once a clip: 2.1 of 1,678 TFLOP a pass (14B, 480p, 81 frames).
- Another attention kernel than torch chooses: since 2.9 it takes cuDNN's on Hopper and Blackwell by
  itself (`TORCH_CUDNN_SDPA_DEPRIORITIZED` takes that back), which is the fastest there
  that needs nothing installed; `benchmarks/gpu` times each at Mochi's shape.
- LTX's mask: it is on 128 to 256 tokens of text across from the picture's, a hundredth of the work.
"""

from typing import Any

from songreel.generation.diffusion.family import Family

_ATTENTION = "attention without masks, each text at its own length"


def speed_up(pipe: Any, family: Family) -> tuple[str, ...]:
    """Rewrite what is slow in `pipe` so that it computes the same sums, in place.

    Call it after LoRAs are added and before the weights are placed. Its numbers differ from
    diffusers' as sums in another order do (float32: 1e-6 of the largest).

    Returns:
        What was done, a sentence each; empty where the family's code leaves nothing to gain.
    """
    match family.recipe.family:
        case "mochi":
            from songreel.generation.diffusion import framewise, mochi_attention

            for denoiser in family.denoisers(pipe):
                mochi_attention.narrow(denoiser)
            framewise.remembering(pipe.vae)
            return (_ATTENTION, "decoding latent frame by latent frame")
        case "hunyuan":
            from songreel.generation.diffusion import hunyuan_attention

            for denoiser in family.denoisers(pipe):
                hunyuan_attention.narrow(denoiser)
            return (_ATTENTION,)
    return ()
