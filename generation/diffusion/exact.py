"""The same picture in less time and memory: `speed_up`.

What was weighed and left out, because the figures say so:

- Queries, keys and values in one product: at the 7,000 to 75,000 tokens of a clip each product
  fills the GPU by itself, and LoRAs would have to be taken apart.
- Wan's keys and values of the text, once a clip: 2.1 of 1,678 TFLOP a pass (14B, 480p, 81 frames).
- Another attention kernel than torch chooses: since 2.9 it takes cuDNN's on Hopper and Blackwell by
  itself (`TORCH_CUDNN_SDPA_DEPRIORITIZED` takes that back), which is the fastest there
  that needs nothing installed; `benchmarks/gpu` times each at Mochi's shape.
- HunyuanVideo's texts cut to their length: its attention multiplies by a mask over all tokens,
  which is the same numbers without one only if its refiner, too, is given the cut text; its
  texts differ in length from clip to clip, and there is no second pass to save.
"""

from typing import Any

from songreel.generation.diffusion.family import Family


def speed_up(pipe: Any, family: Family) -> tuple[str, ...]:
    """Rewrite what is slow in `pipe` so that it computes the same sums, in place.

    Call it after LoRAs are added and before the weights are placed. Its numbers differ from
    diffusers' as sums in another order do (float32: 1e-6 of the largest).

    Returns:
        What was done, a sentence each; empty where the family's code leaves nothing to gain.
    """
    if family.recipe.family != "mochi":
        return ()
    from songreel.generation.diffusion.framewise import remembering
    from songreel.generation.diffusion.mochi_attention import narrow

    for denoiser in family.denoisers(pipe):
        narrow(denoiser)
    remembering(pipe.vae)
    return (
        "attention without masks, each text at its own length",
        "decoding latent frame by latent frame",
    )
