"""Mochi's decoder piece by piece in time, to the same picture: `remembering`, `decoded`.

All of its operations see one frame alone (norms, by groups of channels in each frame; projections)
or the frames before (causal convolutions). Cut in time, each convolution needs the last two frames
of what it saw before; diffusers' own framewise decoding repeats the piece's first frame instead,
which shows as a jump at every cut (`CogVideoXCausalConv3d` with `replicate` keeps no cache; of the
tiny model's pictures it changes pixels by up to 0.9 of 2).

At 848×480 a tensor of the last stage has 128 channels: in float32 0.21 GB a frame, 34 GB for 163
frames, several of them at a time. A piece of one latent frame needs 1.25 GB each, whatever the
clip's length, and its frames can be written while the next are made.
"""

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import CogVideoXCausalConv3d
from torch import Tensor


class Remembering(CogVideoXCausalConv3d):  # type: ignore[misc,unused-ignore]
    """A causal convolution that goes on where the piece before ended."""

    def forward(
        self, inputs: Tensor, conv_cache: list[Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor] | None]:
        """The convolved piece, and its last frames as they came in, for the next one.

        They come in a list that is emptied here, so that they are never held twice; and the piece
        is padded into one new tensor. Both together are a third of the peak.
        """
        back, high, wide = self.time_pad, self.height_pad, self.width_pad
        batch, channels, frames, height, width = inputs.shape
        padded = inputs.new_empty(
            batch, channels, back + frames, height + 2 * high, width + 2 * wide
        )
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


def remembering(vae: Any) -> None:
    """Have the decoder's convolutions keep what the next piece needs, in place."""
    for part in vae.decoder.modules():
        if type(part) is CogVideoXCausalConv3d and part.pad_mode == "replicate":
            part.__class__ = Remembering


def ready(vae: Any) -> bool:
    """Whether `decoded` may be used: made `remembering`, and not told to decode in tiles."""
    return not vae.use_tiling and any(isinstance(x, Remembering) for x in vae.decoder.modules())


PIECE = 1000
"""Cells of a piece that is never too large: a sixth of one latent frame at 848×480. Of smaller
pictures a piece has several latent frames: one by one, those of 112×64 took three times as long as
all at once (145 frames, one core)."""


def decoded(vae: Any, latents: Tensor, at_once: int | None = None) -> Iterator[Tensor]:
    """Frames of `latents` in order, in pieces.

    Args:
        vae: One that is `ready`.
        latents: Shape (1, channels, times, height, width), as `vae.decode` takes them.
        at_once: Latent frames a piece; None: as many as have `PIECE` cells, one at least.

    Yields:
        Shape (1, 3, frames, height, width), -1 to 1; together what `vae.decode` gives.
    """
    if at_once is None:
        at_once = max(1, PIECE // (latents.shape[3] * latents.shape[4]))
    hook: Any = getattr(vae, "_hf_hook", None)
    if hasattr(hook, "pre_forward"):  # brings an offloaded one, as it does for `vae.decode`
        hook.pre_forward(vae)
    cache = None
    for begin in range(0, latents.shape[2], at_once):
        with torch.inference_mode():
            piece, cache = vae.decoder(latents[:, :, begin : begin + at_once], conv_cache=cache)
        if begin == 0 and vae.drop_last_temporal_frames:
            piece = piece[:, :, vae.temporal_compression_ratio - 1 :]
        yield piece
