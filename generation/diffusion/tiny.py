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


def soften(
    vae: Any, last: Any, latents: Any, repeats: dict[str, int], bell: float = 0.5, **more: Any
) -> None:
    """Let a decoder with random weights make soft shapes that move instead of noise.

    Its kernels are still random from channel to channel, but bells in space and time.

    Args:
        vae: Its decoder is changed in place.
        last: The decoder's last layer, scaled so that pictures are neither grey nor clipped.
        latents: Random ones to measure that with.
        repeats: Layers that make several cells of one, by the end of their names, and how many:
            they make all of them alike. Negative where the channels of one cell lie together.
        bell: Share of a kernel's middle.
        more: For the VAE's `decode`.
    """
    import torch

    for name, layer in vae.decoder.named_modules():
        if not isinstance(layer, torch.nn.Conv2d | torch.nn.Conv3d | torch.nn.Linear):
            continue
        with torch.no_grad():
            if layer.bias is not None:
                layer.bias.zero_()  # a bias is one colour all over
            weight = layer.weight
            _bells(weight, bell)
            if name.endswith(("conv2", "conv2.conv")):
                weight.mul_(0.3)  # what blocks add: norms in them leave little but signs
            cells = next((count for end, count in repeats.items() if name.endswith(end)), 1)
            if cells > 1:
                rows = weight.view(-1, cells, *weight.shape[1:])
                rows.copy_(rows[:, :1].clone().expand_as(rows))
            elif cells < -1:
                rows = weight.view(-cells, -1, *weight.shape[1:])
                rows.copy_(rows[:1].clone().expand_as(rows))
    with torch.no_grad():
        last.weight.mul_(0.45 / vae.decode(latents, return_dict=False, **more)[0].std())


def _bells(weight: Any, middle: float) -> None:
    """Make a kernel random from channel to channel, and a bell along its sides of three."""
    import torch

    sizes = weight.shape[2:]
    if 3 not in sizes:
        return
    kernel = torch.randn(weight.shape[:2]) / weight.shape[1] ** 0.5
    bell = torch.tensor([(1 - middle) / 2, middle, (1 - middle) / 2])
    for size in sizes:
        kernel = kernel[..., None] * (bell if size == 3 else torch.ones(1))
    weight.copy_(kernel)
