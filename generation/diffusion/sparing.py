"""Stable Video Diffusion's decoder with half the memory, to the same picture: `sparing`.

Its blocks are of two kinds of work. Spatial ones see each frame alone, so they are done frame by
frame. Temporal ones see each place alone (convolutions of 3×1×1), but for their norms, which take
the mean of a group of channels over all places and frames: norms are done group by group,
convolutions row by row, each into the tensor it came from.

At 1024×576 a tensor of the last stage is 2 GiB in half precision for 14 frames: of the eight that
diffusers holds at a time (counted on the meta device) a little over four are left.
"""

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import TemporalDecoder
from diffusers.models.resnet import SpatioTemporalResBlock
from diffusers.models.upsampling import Upsample2D
from torch import Tensor
from torch.nn.functional import group_norm, silu

_ROWS = 32
"""Of the picture at a time: at 1024×576 an eighteenth of it."""


class SparingBlock(SpatioTemporalResBlock):  # type: ignore[misc,unused-ignore]
    """A block that holds its input, its output and one tensor more."""

    def forward(
        self,
        hidden_states: Tensor,
        temb: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
    ) -> Tensor:
        """As the block that it replaces, for one clip."""
        assert temb is None
        assert image_only_indicator is not None
        made = _by_frame(self.spatial_res_block, hidden_states, None)
        spatial = made.transpose(0, 1)[None]
        temporal, block = torch.empty_like(spatial), self.temporal_res_block
        _normed(block.norm1, spatial, temporal)
        _by_rows(block.conv1, temporal)
        _normed(block.norm2, temporal, temporal)
        _by_rows(block.conv2, temporal)
        for rows in _strips(spatial):
            mixed = self.time_mixer(
                x_spatial=spatial[..., rows, :],
                x_temporal=spatial[..., rows, :] + temporal[..., rows, :],
                image_only_indicator=image_only_indicator,
            )
            spatial[..., rows, :] = mixed
        return made


class SparingUpsample(Upsample2D):  # type: ignore[misc,unused-ignore]
    """Twice the size, frame by frame."""

    def forward(
        self, hidden_states: Tensor, output_size: int | None = None, *args: Any, **kwargs: Any
    ) -> Tensor:
        """As the layer that it replaces."""
        return _by_frame(super().forward, hidden_states, output_size, *args, **kwargs)


class SparingDecoder(TemporalDecoder):  # type: ignore[misc,unused-ignore]
    """Its layers one after the other, so that none's input outlives it."""

    def forward(self, sample: Tensor, image_only_indicator: Tensor, num_frames: int = 1) -> Tensor:
        """As the decoder that it replaces, for one clip."""
        sample = self.mid_block(self.conv_in(sample), image_only_indicator=image_only_indicator)
        for block in self.up_blocks:
            for resnet in block.resnets:
                sample = resnet(sample, image_only_indicator=image_only_indicator)
            for upsampler in block.upsamplers or ():
                sample = upsampler(sample)
        sample = _by_frame(self._last, sample)
        assert len(sample) == num_frames
        clip: Tensor = self.time_conv_out(sample.transpose(0, 1)[None])
        return clip[0].transpose(0, 1)

    def _last(self, frame: Tensor) -> Tensor:
        made: Tensor = self.conv_out(self.conv_act(self.conv_norm_out(frame)))
        return made


def sparing(vae: Any) -> None:
    """Have the decoder of `vae` hold less at a time, in place."""
    for part in vae.decoder.modules():
        if type(part) is SpatioTemporalResBlock:
            part.__class__ = SparingBlock
        elif type(part) is Upsample2D:
            part.__class__ = SparingUpsample
        elif type(part) is TemporalDecoder:
            part.__class__ = SparingDecoder


def _by_frame(work: Any, frames: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`work` on each of `frames`, shape (frames, channels, height, width)."""
    first = work(frames[:1], *args, **kwargs)
    made = first.new_empty(len(frames), *first.shape[1:])
    made[:1] = first
    del first
    for index in range(1, len(frames)):
        made[index : index + 1] = work(frames[index : index + 1], *args, **kwargs)
    return made


def _normed(norm: Any, inputs: Tensor, outputs: Tensor) -> None:
    """Norm and SiLU into `outputs`, a group of channels at a time."""
    size = norm.num_channels // norm.num_groups
    hook: Any = getattr(norm, "_hf_hook", None)
    if hook is not None:  # brings an offloaded layer's weights, as it does for its own `forward`
        hook.pre_forward(norm)
    for begin in range(0, norm.num_channels, size):
        part = slice(begin, begin + size)
        normed = group_norm(inputs[:, part], 1, norm.weight[part], norm.bias[part], norm.eps)
        outputs[:, part] = silu(normed)
    if hook is not None:
        hook.post_forward(norm, None)


def _by_rows(convolution: Any, values: Tensor) -> None:
    """A convolution in time alone, in place; as many channels come out as go in."""
    for rows in _strips(values):
        values[..., rows, :] = convolution(values[..., rows, :])


def _strips(values: Tensor) -> Iterator[slice]:
    height = values.shape[-2]
    for begin in range(0, height, _ROWS):
        yield slice(begin, min(begin + _ROWS, height))
