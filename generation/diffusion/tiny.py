"""Parts of tiny pipelines: a tokenizer and text encoders with random weights of seed 0."""

import string
from typing import Any


def tokenizer(length: int = 64) -> Any:
    """A tokenizer of single printable characters, which ends a text with `</s>`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = ["<pad>", "</s>", "<unk>", *string.printable[:95]]
    raw = Tokenizer(models.WordLevel({each: i for i, each in enumerate(letters)}, "<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    raw.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        model_max_length=length,
    )  # fmt: skip


def t5(width: int = 32) -> Any:
    """A T5 encoder of two layers."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=256, d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    return T5EncoderModel(config).eval()


def umt5(width: int = 32) -> Any:
    """A UMT5 encoder of two layers."""
    from transformers import UMT5Config, UMT5EncoderModel

    config = UMT5Config(
        vocab_size=256, d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    return UMT5EncoderModel(config).eval()


def llama(width: int = 16) -> Any:
    """A Llama without its head, of four layers: the last two are skipped, as in the release."""
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(
        vocab_size=256, hidden_size=width, intermediate_size=37, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=4, pad_token_id=0, eos_token_id=1,
        bos_token_id=2, attention_dropout=0.0,
    )  # fmt: skip
    return LlamaModel(config).eval()


def clip_text(width: int = 8) -> Any:
    """A CLIP text encoder of two layers."""
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        vocab_size=256, hidden_size=width, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=77, projection_dim=width,
        pad_token_id=0, eos_token_id=1, bos_token_id=2,
    )  # fmt: skip
    return CLIPTextModel(config).eval()


def clip_vision(width: int, *, projection: bool) -> Any:
    """A CLIP that looks at pictures of 224 × 224 in patches of 56: 17 tokens."""
    from transformers import CLIPVisionConfig, CLIPVisionModel, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=width, intermediate_size=37, projection_dim=width, num_hidden_layers=2,
        num_attention_heads=4, image_size=224, patch_size=56,
    )  # fmt: skip
    return (CLIPVisionModelWithProjection if projection else CLIPVisionModel)(config).eval()
