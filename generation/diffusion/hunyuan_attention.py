"""Attention of HunyuanVideo without masks: `Hunyuan3D`, `narrow`.

diffusers pads each text to 256 tokens and hands every block a mask over all tokens, of picture and
text: for a clip of 720p and 129 frames, over 119,056 of which some 200 are padding. With a mask,
the fast kernels (FlashAttention) do not apply, and attention is most of the work. Text beyond
its length is read by no valid token, so cutting it off behind the refiner leaves the same sums.
"""

import weakref
from typing import Any

import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from diffusers.models.transformers.transformer_hunyuan_video import HunyuanVideoTransformer3DModel
from diffusers.utils.peft_utils import apply_lora_scale
from torch import Tensor

from songreel.generation.diffusion.mochi_attention import apart


class Hunyuan3D(HunyuanVideoTransformer3DModel):  # type: ignore[misc,unused-ignore]
    """HunyuanVideo's transformer, a sample at a time, each with its text at its true length.

    Made of a loaded one by `narrow`; has the same weights, blocks and arguments.
    """

    lengths_vary = True
    """Of texts: blocks are compiled for any."""
    _known: "tuple[weakref.ref[Tensor], list[int]] | None"

    @apply_lora_scale("attention_kwargs")  # type: ignore[untyped-decorator,unused-ignore]
    def forward(
        self,
        hidden_states: Tensor,
        timestep: Tensor,
        encoder_hidden_states: Tensor,
        encoder_attention_mask: Tensor,
        pooled_projections: Tensor,
        guidance: Tensor | None = None,
        attention_kwargs: dict[str, Any] | None = None,  # noqa: ARG002
        return_dict: bool = True,
    ) -> Any:
        """As diffusers' own: latents (batch, channels, times, height, width) in and out."""
        made = []
        lengths = self._lengths(encoder_attention_mask)
        for i, length in enumerate(lengths):
            row = slice(i, i + 1)
            words = self.context_embedder(
                encoder_hidden_states[row], timestep[row], encoder_attention_mask[row]
            )[:, :length]
            when, first = self.time_text_embed(
                timestep[row], pooled_projections[row], None if guidance is None else guidance[row]
            )
            with apart(self, i, len(lengths)):
                made.append(self._one(hidden_states[row], words, when, first))
        output = torch.cat(made)
        return Transformer2DModelOutput(sample=output) if return_dict else (output,)

    def _one(self, latents: Tensor, words: Tensor, when: Tensor, first: Tensor | None) -> Tensor:
        """One sample through all blocks; `first` embeds the time of a given first frame."""
        _, _, times, height, width = latents.shape
        patch, patch_time = self.config.patch_size, self.config.patch_size_t
        high, wide = height // patch, width // patch
        tables, tokens = self.rope(latents), self.x_embedder(latents).contiguous()
        for block in (*self.transformer_blocks, *self.single_transformer_blocks):
            tokens, words = block(tokens, words, when, None, tables, first, high * wide)
            # Slices of a batch of one, as single-stream blocks return them, differ from whole
            # tensors in a stride that is never used; compiled code would be made anew for it.
            tokens, words = tokens[0][None], words[0][None]
        tokens = self.proj_out(self.norm_out(tokens, when))
        tokens = tokens.reshape(1, times // patch_time, high, wide, -1, patch_time, patch, patch)
        tokens = tokens.permute(0, 4, 1, 5, 2, 6, 3, 7)
        return tokens.flatten(6, 7).flatten(4, 5).flatten(2, 3)

    def _lengths(self, mask: Tensor) -> list[int]:
        """Valid tokens of each text, read from the GPU once a clip."""
        if self._known is None or self._known[0]() is not mask:
            counts = mask.sum(dim=1, dtype=torch.int)
            self._known = weakref.ref(mask), [int(each) for each in counts.tolist()]
        return self._known[1]


# As for Mochi: diffusers knows LoRA's scales and saved models by the name of the class.
Hunyuan3D.__name__ = Hunyuan3D.__qualname__ = HunyuanVideoTransformer3DModel.__name__


def narrow(transformer: HunyuanVideoTransformer3DModel) -> None:
    """Make `transformer` a `Hunyuan3D`, in place."""
    transformer.__class__ = Hunyuan3D
    transformer._known = None
