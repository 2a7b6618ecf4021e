"""Mochi's VAE decodes slice after slice of time, with the same result: `in_slices`.

Its decoder looks back in time only, and normalises each frame by itself, so that a slice needs no
more than the last two frames that each convolution saw. diffusers 0.42.1 has the loop
(`use_framewise_decoding`) and hands caches through, but `CogVideoXCausalConv3d` drops them where it
pads by repetition, as Mochi does: each slice then begins as if nothing had been before it. Here
convolutions keep them. 163 frames of 848×480 in float32 take 11 GiB instead of 229.
"""

from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

LATENT_FRAMES = 1
"""Decoded at a time: six frames, whose 2.4 million pixels keep any GPU busy."""


def in_slices(vae: Any, frames: int = LATENT_FRAMES) -> None:
    """Have `vae`, an `AutoencoderKLMochi`, decode `frames` latent frames at a time from now on.

    Encoding stays as it is: attention in the encoder sees all frames.
    """
    from diffusers.models.autoencoders.autoencoder_kl_cogvideox import CogVideoXCausalConv3d

    for module in vae.decoder.modules():
        if isinstance(module, CogVideoXCausalConv3d) and module.pad_mode == "replicate":
            module.forward = MethodType(_forward, module)
    vae.use_framewise_decoding = True
    vae.num_latent_frames_batch_size = frames


def _forward(
    self: Any, inputs: "Tensor", conv_cache: "list[Tensor] | None" = None
) -> "tuple[Tensor, list[Tensor] | None]":
    """The convolution of `inputs`, (batch, channels, frames, height, width), and what comes next.

    Before the first slice stands its first frame, as often as the kernel reaches back. What is kept
    comes in a list that is emptied here, so that it is never held twice.
    """
    back, high, wide = self.time_pad, self.height_pad, self.width_pad
    batch, channels, frames, height, width = inputs.shape
    padded = inputs.new_empty(batch, channels, back + frames, height + 2 * high, width + 2 * wide)
    core = padded[..., high : high + height, wide : wide + width]
    core[:, :, back:] = inputs
    if back:
        core[:, :, :back] = conv_cache.pop() if conv_cache else inputs[:, :, :1]
    kept = [core[:, :, -back:].clone()] if back else None
    rows = padded[..., high : high + height, :]
    rows[..., :wide] = rows[..., wide : wide + 1]
    rows[..., wide + width :] = rows[..., wide + width - 1 : wide + width]
    padded[..., :high, :] = padded[..., high : high + 1, :]
    padded[..., high + height :, :] = padded[..., high + height - 1 : high + height, :]
    return self.conv(padded), kept
