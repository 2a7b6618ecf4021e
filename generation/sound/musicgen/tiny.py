"""MusicGens with random weights of seed 0: `build`."""

from pathlib import Path
from typing import Any

from songreel.generation.sound.musicgen.recipe import RATE, Recipe

CODES = 2048
"""Tokens of a codebook; the one after them stands for none."""


def build(folder: Path, recipe: Recipe) -> None:
    """Write a model into `folder`, as `save_pretrained` writes the published ones.

    Its networks are those of the published ones made narrow and shallow, its codec's frames are
    as long: what is exact with it is exact with them.
    """
    import torch
    from transformers import (
        EncodecConfig,
        EncodecFeatureExtractor,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        MusicgenMelodyConfig,
        MusicgenMelodyDecoderConfig,
        MusicgenMelodyForConditionalGeneration,
        T5Config,
    )

    from songreel.generation.diffusion.tiny import tokenizer

    text = T5Config(
        vocab_size=256, d_model=8, d_kv=8, d_ff=16, num_layers=1, num_heads=1, dropout_rate=0.0
    )
    codec = EncodecConfig(
        sampling_rate=RATE, upsampling_ratios=[8, 5, 4, 4], target_bandwidths=[2.2], num_filters=2,
        hidden_size=8, codebook_size=CODES, codebook_dim=8, num_lstm_layers=1,
        use_causal_conv=False, use_conv_shortcut=False,
    )  # fmt: skip
    sizes = {
        "vocab_size": CODES, "hidden_size": recipe.width, "ffn_dim": 2 * recipe.width,
        "num_hidden_layers": recipe.layers, "num_attention_heads": 2, "dropout": 0.0,
        "num_codebooks": recipe.codebooks, "audio_channels": recipe.channels,
    }  # fmt: skip
    model: Any
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if recipe.kind == "musicgen":
            decoder = MusicgenDecoderConfig(**sizes)
            config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
            model = MusicgenForConditionalGeneration(config)
        else:
            decoder = MusicgenMelodyDecoderConfig(**sizes)
            config = MusicgenMelodyConfig(
                text_encoder=text, audio_encoder=codec, decoder=decoder, chroma_length=4
            )
            model = MusicgenMelodyForConditionalGeneration(config)
        _spread(model)
    ids = {"pad_token_id": CODES, "bos_token_id": CODES, "decoder_start_token_id": CODES}
    model.generation_config.update(
        **ids, do_sample=True, guidance_scale=3.0, max_length=1500, eos_token_id=None
    )
    model.eval().save_pretrained(folder)
    tokenizer(512).save_pretrained(folder)
    EncodecFeatureExtractor(feature_size=1, sampling_rate=RATE).save_pretrained(folder)


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
