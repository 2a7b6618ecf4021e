"""What the tests of speed share: small networks, what they are asked, how results compare."""

import torch
from diffusers import HunyuanVideoTransformer3DModel, MochiTransformer3DModel
from torch import nn

from songreel.generation.diffusion.placement import Placement

CPU = Placement(name="whole", devices=("cpu",))
SUMS = 1e-5
"""float32 sums in another order, through all layers and steps; of the largest value."""


def apart(made, as_released):
    """The largest difference, as a share of the largest value."""
    return float((made.float() - as_released.float()).abs().max() / as_released.abs().max())


def mochi(seed=0):
    torch.manual_seed(seed)
    made = MochiTransformer3DModel(
        patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=3,
        pooled_projection_dim=16, in_channels=12, text_embed_dim=32, time_embed_dim=4,
        max_sequence_length=16,
    ).eval()  # fmt: skip
    nn.init.normal_(made.pos_frequencies)
    return made


def hunyuan(kind=None):
    torch.manual_seed(0)
    return HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=2,
        num_single_layers=2, num_refiner_layers=1, patch_size=1, patch_size_t=1, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type=kind,
        guidance_embeds=kind is None,
    ).eval()  # fmt: skip


def asked_of_mochi(seed, lengths, size=(3, 8, 12), dtype=torch.float32):
    """Two samples with texts of `lengths`; what is masked out holds noise that must not matter."""
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(16)[None] < torch.tensor(lengths)[:, None]
    return {
        "hidden_states": torch.randn(2, 12, *size, generator=drawn).to(dtype),
        "encoder_hidden_states": torch.randn(2, 16, 32, generator=drawn).to(dtype),
        "timestep": torch.full((2,), 1000 * torch.rand((), generator=drawn)).to(dtype),
        "encoder_attention_mask": mask,
    }


def asked_of_hunyuan(seed, lengths, dtype=torch.float32, guidance=True):
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(16)[None] < torch.tensor(lengths)[:, None]
    return {
        "hidden_states": torch.randn(2, 4, 3, 4, 6, generator=drawn).to(dtype),
        "timestep": torch.full((2,), 500.0).to(dtype),
        "encoder_hidden_states": torch.randn(2, 16, 16, generator=drawn).to(dtype),
        "encoder_attention_mask": mask.long(),
        "pooled_projections": torch.randn(2, 8, generator=drawn).to(dtype),
        "guidance": torch.full((2,), 6000.0).to(dtype) if guidance else None,
    }


def result(model, asked):
    with torch.inference_mode():
        return model(**asked, return_dict=False)[0]


class Counting:
    """A backend of torch.compile that counts graphs and runs them as they are."""

    def __init__(self):
        torch._dynamo.reset()
        self.graphs = 0

    def __call__(self, graph, _inputs):
        self.graphs += 1
        return graph.forward
