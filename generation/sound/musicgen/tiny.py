"""MusicGens with random weights: `build`, `assembled`."""

from pathlib import Path
from typing import Any, NamedTuple

from songreel.generation.sound.musicgen.recipe import RATE, Recipe

CODES = 2048
"""Tokens of a codebook; the one after them stands for none."""


class Sizes(NamedTuple):
    """Of a model's parts beside the recipe's own: those of the tiny ones."""

    heads: int = 2
    inner: int = 2
    """Times the width, between the two halves of a layer."""
    text: int = 8
    """Width of what reads the words."""
    text_layers: int = 1
    vocabulary: int = 256
    filters: int = 2
    """Of the codec's first layer."""
    latent: int = 8
    lstm: int = 1
    chroma: int = 4
    """Frames of a melody that is followed."""


def published(recipe: Recipe) -> Sizes:
    """Those of the published models: T5-base, and EnCodec for 32 kHz."""
    return Sizes(
        heads=recipe.width // 64, inner=4, text=768, text_layers=12, vocabulary=32_128, filters=64,
        latent=128, lstm=2, chroma=235,
    )  # fmt: skip


def build(folder: Path, recipe: Recipe) -> None:
    """Write a tiny model into `folder`, as `save_pretrained` writes the published ones.

    Its networks are those of the published ones made narrow and shallow, its codec's frames are
    as long: what is exact with it is exact with them.
    """
    import torch
    from transformers import EncodecFeatureExtractor

    from songreel.generation.diffusion.tiny import tokenizer

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = assembled(recipe, Sizes())
        _spread(model)
    model.eval().save_pretrained(folder)
    tokenizer(512).save_pretrained(folder)
    EncodecFeatureExtractor(feature_size=1, sampling_rate=RATE).save_pretrained(folder)


def assembled(recipe: Recipe, sizes: Sizes) -> Any:
    """The networks of `recipe` with random weights, on torch's default device."""
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        MusicgenMelodyConfig,
        MusicgenMelodyDecoderConfig,
        MusicgenMelodyForConditionalGeneration,
        T5Config,
    )

    heads = max(1, sizes.text // 64)
    text = T5Config(
        vocab_size=sizes.vocabulary, d_model=sizes.text, d_kv=sizes.text // heads,
        d_ff=sizes.inner * sizes.text, num_layers=sizes.text_layers, num_heads=heads,
        dropout_rate=0.0,
    )  # fmt: skip
    codec = EncodecConfig(
        sampling_rate=RATE, upsampling_ratios=[8, 5, 4, 4], target_bandwidths=[2.2],
        num_filters=sizes.filters, hidden_size=sizes.latent, codebook_size=CODES,
        codebook_dim=sizes.latent, num_lstm_layers=sizes.lstm, use_causal_conv=False,
        use_conv_shortcut=False,
    )  # fmt: skip
    numbers = {
        "vocab_size": CODES, "hidden_size": recipe.width, "ffn_dim": sizes.inner * recipe.width,
        "num_hidden_layers": recipe.layers, "num_attention_heads": sizes.heads, "dropout": 0.0,
        "num_codebooks": recipe.codebooks, "audio_channels": recipe.channels,
    }  # fmt: skip
    model: Any
    if recipe.kind == "musicgen":
        decoder = MusicgenDecoderConfig(**numbers)
        config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
        model = MusicgenForConditionalGeneration(config)
    else:
        decoder = MusicgenMelodyDecoderConfig(**numbers)
        config = MusicgenMelodyConfig(
            text_encoder=text, audio_encoder=codec, decoder=decoder, chroma_length=sizes.chroma
        )
        model = MusicgenMelodyForConditionalGeneration(config)
    ids = {"pad_token_id": CODES, "bos_token_id": CODES, "decoder_start_token_id": CODES}
    model.generation_config.update(
        **ids, do_sample=True, guidance_scale=3.0, max_length=1500, eos_token_id=None
    )
    return model


def _spread(model: Any) -> None:
    """Let what it writes be neither silence nor always the same.

    Codebooks begin as zeros (they are learnt), the decoder of the codec as almost silence.
    """
    import torch

    with torch.no_grad():
        for name, buffer in model.audio_encoder.named_buffers():
            if name.endswith("codebook.embed"):
                buffer.copy_(torch.randn(buffer.shape))
        for parameter in model.decoder.parameters():
            parameter.mul_(3.0)
        codes = torch.randint(0, CODES, (1, 1, 4, 50))
        heard = model.audio_encoder.decode(codes, [None]).audio_values
        last = model.audio_encoder.decoder.layers[-1].conv
        scale = 0.1 / float(heard.std())
        if hasattr(last, "parametrizations"):
            last.parametrizations.weight.original0.mul_(scale)
        else:
            last.weight.mul_(scale)
        last.bias.zero_()
