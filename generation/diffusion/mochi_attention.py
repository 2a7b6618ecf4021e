"""Attention of Mochi without masks, padding or loops: `Joint`, `Mochi3D`, `narrow`.

diffusers' own processor takes a padded text and a mask. For every block, pass and step it looks up
the valid tokens (`nonzero`, which waits for the GPU and cannot be compiled), gathers and
concatenates per sample, attends, pads the result again. Here a sample's text is cut to its true
length once a clip; then one attention over [picture, text] is the same sum without any of that.
(Texts are padded at their end, as T5's tokenizer does: with valid tokens elsewhere diffusers' own
gives text another place behind its first block.)
"""

import weakref
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from diffusers.models.attention_processor import MochiAttention
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from diffusers.models.transformers.transformer_mochi import MochiTransformer3DModel
from diffusers.utils.peft_utils import apply_lora_scale
from torch import Tensor
from torch.nn import functional

Tables = tuple[Tensor, Tensor]
"""Cosines and sines of the rotary embedding, each of shape (tokens, heads, head_dim / 2)."""


def _rotated(x: Tensor, tables: Tables) -> Tensor:
    """`x` of shape (1, tokens, heads, head_dim) turned by its place; in float32, as released."""
    even, odd = x[..., 0::2].float(), x[..., 1::2].float()
    cos, sin = tables
    turned = ((even * cos - odd * sin).to(x.dtype), (even * sin + odd * cos).to(x.dtype))
    return torch.stack(turned, dim=-1).flatten(-2)


class Joint:
    """One attention over the tokens of picture and text, all of them valid."""

    def __call__(
        self,
        attn: MochiAttention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Tables | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Shapes (batch, tokens, width) and (batch, words, text width) in, the same out.

        Raises:
            ValueError: There is a mask: the text was not cut.
        """
        if attention_mask is not None:
            raise ValueError("this attention takes no mask: cut the text to its length")
        heads = (attn.heads, -1)
        query = attn.norm_q(attn.to_q(hidden_states).unflatten(2, heads))
        key = attn.norm_k(attn.to_k(hidden_states).unflatten(2, heads))
        value = attn.to_v(hidden_states).unflatten(2, heads)
        if image_rotary_emb is not None:
            query, key = _rotated(query, image_rotary_emb), _rotated(key, image_rotary_emb)
        words = encoder_hidden_states
        tokens = hidden_states.shape[1]
        query = torch.cat([query, attn.norm_added_q(attn.add_q_proj(words).unflatten(2, heads))], 1)
        key = torch.cat([key, attn.norm_added_k(attn.add_k_proj(words).unflatten(2, heads))], 1)
        value = torch.cat([value, attn.add_v_proj(words).unflatten(2, heads)], 1)
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        )
        mixed = mixed.transpose(1, 2).flatten(2, 3)
        picture, text = mixed[:, :tokens], mixed[:, tokens:]
        picture = attn.to_out[1](attn.to_out[0](picture))
        if hasattr(attn, "to_add_out"):
            text = attn.to_add_out(text)
        return picture, text


def apart(transformer: Any, index: int, samples: int) -> AbstractContextManager[None]:
    """Around one sample of a batch, so that what skips blocks compares it with itself.

    A sample alone stays in the pipeline's own context.
    """
    cached = samples > 1 and transformer.is_cache_enabled
    return transformer.cache_context(f"sample {index}") if cached else nullcontext()


@dataclass(frozen=True)
class _Words:
    """What follows from one sample's text alone."""

    pooled: Tensor
    """Shape (1, width): added to the time's embedding."""
    tokens: Tensor
    """Shape (1, words, text width): where the text's stream starts; no words for an empty text
    that is masked out whole, as Genmo's own code has it."""


@dataclass(frozen=True)
class _Clip:
    """The clip under way: what is the same at each of its steps."""

    embeds: "weakref.ref[Tensor]"
    mask: "weakref.ref[Tensor]"
    version: int
    words: list[_Words]
    tables: dict[tuple[Any, ...], Tables]
    """By shape and device."""

    def is_of(self, embeds: Tensor, mask: Tensor) -> bool:
        """Whether these are the very tensors, unchanged, that it was made of."""
        same = self.embeds() is embeds and self.mask() is mask
        return same and self.version == _version(embeds)


def _version(tensor: Tensor) -> int:
    """How often `tensor` was written to; those of inference mode do not count, and are not."""
    return 0 if tensor.is_inference() else tensor._version


class Mochi3D(MochiTransformer3DModel):  # type: ignore[misc,unused-ignore]
    """Mochi's transformer, a sample at a time, each with its text at its true length.

    Made of a loaded one by `narrow`; has the same weights, blocks and arguments.
    """

    _repeated_blocks: ClassVar[list[str]] = ["MochiTransformerBlock"]
    lengths_vary = True
    """Of texts: blocks are compiled for any."""
    _clip: _Clip | None

    @apply_lora_scale("attention_kwargs")  # type: ignore[untyped-decorator,unused-ignore]
    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        timestep: Tensor,
        encoder_attention_mask: Tensor,
        attention_kwargs: dict[str, Any] | None = None,  # noqa: ARG002
        return_dict: bool = True,
    ) -> Any:
        """As diffusers' own: latents (batch, channels, times, height, width) in and out."""
        clip = self._kept(encoder_hidden_states, encoder_attention_mask)
        made = []
        for i, text in enumerate(clip.words):
            with apart(self, i, len(clip.words)):
                latents, time = hidden_states[i : i + 1], timestep[i : i + 1]
                made.append(
                    self.one(latents, time, text.pooled, text.tokens, self._rope(clip, latents))
                )
        output = torch.cat(made)
        return Transformer2DModelOutput(sample=output) if return_dict else (output,)

    def one(
        self, latents: Tensor, time: Tensor, pooled: Tensor, words: Tensor, tables: Tables
    ) -> Tensor:
        """One sample through all blocks; fit to be compiled as one graph."""
        _, _, times, height, width = latents.shape
        patch, embed = self.config.patch_size, self.time_embed
        when = embed.timestep_embedder(embed.time_proj(time).to(latents.dtype)) + pooled
        tokens = self.patch_embed(latents.permute(0, 2, 1, 3, 4).flatten(0, 1))
        tokens = tokens.unflatten(0, (1, -1)).flatten(1, 2)
        for block in self.transformer_blocks:
            tokens, words = block(
                hidden_states=tokens, encoder_hidden_states=words, temb=when,
                encoder_attention_mask=None, image_rotary_emb=tables,
            )  # fmt: skip
        tokens = self.proj_out(self.norm_out(tokens, when))
        tokens = tokens.reshape(1, times, height // patch, width // patch, patch, patch, -1)
        return tokens.permute(0, 6, 1, 2, 4, 3, 5).reshape(1, -1, times, height, width)

    def _kept(self, embeds: Tensor, mask: Tensor) -> _Clip:
        """The clip under way; a new one when the pipeline hands in other tensors.

        It is let go of with the pipeline's own tensors, so that nothing of it lies in the GPU's
        memory while the clip is decoded, nor is taken for that of a later clip.
        """
        if self._clip is None or not self._clip.is_of(embeds, mask):
            words = []
            for each, valid in zip(embeds, mask.bool(), strict=True):
                text = each[valid][None]
                everything = torch.ones(1, text.shape[1], dtype=torch.bool, device=text.device)
                pooled = self.time_embed.pooler(text, everything)
                words.append(_Words(pooled, self.time_embed.caption_proj(text)))
            me = weakref.ref(self)

            def over(gone: object) -> None:
                still = me()
                if still is not None and still._clip is not None and still._clip.embeds is gone:
                    still._clip = None

            self._clip = _Clip(
                weakref.ref(embeds, over), weakref.ref(mask), _version(embeds), words, {}
            )
        return self._clip

    def _rope(self, clip: _Clip, latents: Tensor) -> Tables:
        """The rotary tables of this shape."""
        _, _, times, height, width = latents.shape
        patch, device = self.config.patch_size, latents.device
        key = (times, height, width, device)
        if key not in clip.tables:
            clip.tables[key] = self.rope(
                self.pos_frequencies, times, height // patch, width // patch, device=device,
                dtype=torch.float32,
            )  # fmt: skip
        return clip.tables[key]


# diffusers finds the scales of LoRAs, and what a saved model is, by the name of the class.
Mochi3D.__name__ = Mochi3D.__qualname__ = MochiTransformer3DModel.__name__


def narrow(transformer: MochiTransformer3DModel) -> None:
    """Make `transformer` a `Mochi3D`, in place."""
    transformer.__class__ = Mochi3D
    transformer._clip = None
    for block in transformer.transformer_blocks:
        block.attn1.processor = Joint()
