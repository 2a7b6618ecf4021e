"""Self-attention over tokens that lie on several ranks, one processor a family.

Each does what diffusers' own does for that family; between the projections, tokens are exchanged
for heads and back (`Exchange`), and every head is attended to as on one device.
"""

from typing import Any

import torch
from diffusers.models.attention_dispatch import dispatch_attention_fn
from diffusers.models.embeddings import apply_rotary_emb as turned_hunyuan
from diffusers.models.transformers.transformer_ltx import apply_rotary_emb as turned_ltx
from torch import Tensor
from torch.nn import functional

from songreel.generation.diffusion.parallel.exchange import Exchange

Tables = tuple[Tensor, Tensor]
"""Cosines and sines of the rotary embedding, of this rank's tokens."""
Three = tuple[Tensor, Tensor, Tensor]
"""Query, key and value, each (batch, tokens, heads, dim)."""


class Ranked:
    """What the processors have in common.

    Args:
        exchange: Between the ranks.
        backend: Of diffusers' attention, where one was chosen.
    """

    def __init__(self, exchange: Exchange, backend: Any = None) -> None:
        self._exchange, self._backend = exchange, backend

    def attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """All tokens, this rank's heads: (batch, tokens, heads, dim) in and out."""
        mixed: Tensor = dispatch_attention_fn(
            query, key, value, attn_mask=mask, backend=self._backend
        )
        return mixed

    def alone(self, picture: Three) -> Tensor:
        """Attention of the picture's tokens among themselves: this rank's tokens, all heads."""
        query, key, value = (self._exchange.to_heads(each) for each in picture)
        return self._exchange.to_tokens(self.attend(query, key, value, None))

    def together(
        self, picture: Three, words: Three, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Attention over [picture, words]; every rank holds all words.

        Returns:
            This rank's tokens of the picture, and the words, with all heads.
        """
        exchange = self._exchange
        query, key, value = (
            torch.cat([exchange.to_heads(tokens), exchange.my_heads(text)], dim=1)
            for tokens, text in zip(picture, words, strict=True)
        )
        mixed = self.attend(query, key, value, mask)
        tokens = mixed.shape[1] - words[0].shape[1]
        return exchange.to_tokens(mixed[:, :tokens]), exchange.all_heads(mixed[:, tokens:])


class MochiRanked(Ranked):
    """Mochi's: picture and text, the text at its true length, no mask."""

    def attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """By torch's own attention, as on one device."""
        assert mask is None
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        )
        return mixed.transpose(1, 2)

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Tables | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Shapes (1, my tokens, width) and (1, words, text width) in, the same out."""
        assert attention_mask is None
        assert image_rotary_emb is not None
        words, heads = encoder_hidden_states, (attn.heads, -1)
        query = attn.norm_q(attn.to_q(hidden_states).unflatten(2, heads))
        key = attn.norm_k(attn.to_k(hidden_states).unflatten(2, heads))
        picture, text = self.together(
            (
                _turned_mochi(query, image_rotary_emb),
                _turned_mochi(key, image_rotary_emb),
                attn.to_v(hidden_states).unflatten(2, heads),
            ),
            (
                attn.norm_added_q(attn.add_q_proj(words).unflatten(2, heads)),
                attn.norm_added_k(attn.add_k_proj(words).unflatten(2, heads)),
                attn.add_v_proj(words).unflatten(2, heads),
            ),
        )
        words = text.flatten(2, 3)
        if hasattr(attn, "to_add_out"):
            words = attn.to_add_out(words)
        return _out(attn, picture.flatten(2, 3)), words


class WanRanked(Ranked):
    """Wan's self-attention; attention to the text stays with each rank's own tokens."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        rotary_emb: Tables | None = None,
    ) -> Tensor:
        """Shape (batch, my tokens, width) in and out."""
        assert encoder_hidden_states is None
        assert attention_mask is None
        assert rotary_emb is not None
        heads = (attn.heads, -1)
        if attn.fused_projections:
            query, key, value = attn.to_qkv(hidden_states).chunk(3, dim=-1)
        else:
            query, key, value = (each(hidden_states) for each in (attn.to_q, attn.to_k, attn.to_v))
        mixed = self.alone(
            (
                _turned_wan(attn.norm_q(query).unflatten(2, heads), rotary_emb),
                _turned_wan(attn.norm_k(key).unflatten(2, heads), rotary_emb),
                value.unflatten(2, heads),
            )
        )
        return _out(attn, mixed.flatten(2, 3).type_as(hidden_states))


class LTXRanked(Ranked):
    """LTX's self-attention; the text's mask is for attention to the text, which stays local."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Tables | None = None,
    ) -> Tensor:
        """Shape (batch, my tokens, width) in and out."""
        assert encoder_hidden_states is None
        assert attention_mask is None
        assert image_rotary_emb is not None
        heads = (attn.heads, -1)
        query, key, value = (each(hidden_states) for each in (attn.to_q, attn.to_k, attn.to_v))
        mixed = self.alone(
            (
                turned_ltx(attn.norm_q(query), image_rotary_emb).unflatten(2, heads),
                turned_ltx(attn.norm_k(key), image_rotary_emb).unflatten(2, heads),
                value.unflatten(2, heads),
            )
        )
        return _out(attn, mixed.flatten(2, 3).to(query.dtype))


class HunyuanRanked(Ranked):
    """HunyuanVideo's: picture and padded text with a mask, in blocks of two streams and of one."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Tables | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Shapes (batch, my tokens, width) and (batch, words, width) in, the same out.

        `attention_mask` is of the whole picture and the text: (batch, 1, 1, tokens + words).
        """
        shown = told = (attn.to_q, attn.to_k, attn.to_v, attn.norm_q, attn.norm_k)
        if attn.add_q_proj is not None:
            told = (
                attn.add_q_proj, attn.add_k_proj, attn.add_v_proj,
                attn.norm_added_q, attn.norm_added_k,
            )  # fmt: skip
        query, key, value = _projected(attn.heads, shown, hidden_states)
        words = _projected(attn.heads, told, encoder_hidden_states)
        if image_rotary_emb is not None:
            query = turned_hunyuan(query, image_rotary_emb, sequence_dim=1)
            key = turned_hunyuan(key, image_rotary_emb, sequence_dim=1)
        mixed, text = self.together((query, key, value), words, attention_mask)
        mixed, text = (each.flatten(2, 3).to(query.dtype) for each in (mixed, text))
        if getattr(attn, "to_out", None) is not None:
            mixed = _out(attn, mixed)
        if getattr(attn, "to_add_out", None) is not None:
            text = attn.to_add_out(text)
        return mixed, text


def _projected(heads: int, stream: tuple[Any, ...], given: Tensor) -> Three:
    to_q, to_k, to_v, norm_q, norm_k = stream
    query, key, value = (each(given).unflatten(2, (heads, -1)) for each in (to_q, to_k, to_v))
    return (
        query if norm_q is None else norm_q(query),
        key if norm_k is None else norm_k(key),
        value,
    )


def _out(attn: Any, mixed: Tensor) -> Tensor:
    out: Tensor = attn.to_out[1](attn.to_out[0](mixed))
    return out


def _turned_mochi(x: Tensor, tables: Tables) -> Tensor:
    """`x` of shape (1, tokens, heads, dim) turned by its place; in float32, as released."""
    even, odd = x[..., 0::2].float(), x[..., 1::2].float()
    cos, sin = tables
    pairs = ((even * cos - odd * sin).to(x.dtype), (even * sin + odd * cos).to(x.dtype))
    return torch.stack(pairs, dim=-1).flatten(-2)


def _turned_wan(x: Tensor, tables: Tables) -> Tensor:
    """`x` of shape (batch, tokens, heads, dim) turned by its place; tables repeat each angle."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = tables[0][..., 0::2], tables[1][..., 1::2]
    return (
        torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2).type_as(x)
    )
