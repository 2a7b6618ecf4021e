"""Matrix products in 8-bit floats: `Fp8Linear`, `rounded`, `require`.

Ada and Hopper multiply e4m3 numbers at twice the rate of bf16. Weights are rounded once, with a
scale for each output; inputs at each call, with a scale for each token. Attention stays as it is:
for Mochi's 163 frames products are 29 % of the work, for LTX 2B most of it.
"""

from typing import Any

import torch
from torch import Tensor, nn

from songreel.models.errors import InvalidInput

_LARGEST = torch.finfo(torch.float8_e4m3fn).max
_NEWEST_WITHOUT = (8, 9)
"""Compute capability of Ada, the first that has them."""


class Fp8Linear(nn.Module):  # type: ignore[misc,unused-ignore]
    """A linear layer with weights in e4m3; half the memory of bf16."""

    weight: Tensor
    scale: Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        weight, scale = _scaled(linear.weight.detach())
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale.t().contiguous())
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        """Shape (..., in) to (..., out), in the input's dtype or bf16 where that is float32."""
        rows, scale = _scaled(x.reshape(-1, self.in_features))
        out = torch._scaled_mm(
            rows, self.weight.t(), scale_a=scale, scale_b=self.scale, out_dtype=torch.bfloat16,
            use_fast_accum=True,
        )  # fmt: skip
        if self.bias is not None:
            out = out + self.bias.to(out.dtype)
        dtype = out.dtype if x.dtype == torch.float32 else x.dtype
        return out.to(dtype).reshape(*x.shape[:-1], self.out_features)


def _scaled(x: Tensor) -> tuple[Tensor, Tensor]:
    """Shape (n, m) in e4m3 and scales of shape (n, 1) in float32."""
    x = x.float()
    scale = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-12) / _LARGEST
    return (x / scale).clamp(-_LARGEST, _LARGEST).to(torch.float8_e4m3fn), scale


def rounded(module: nn.Module) -> int:
    """Put `Fp8Linear` in the place of the large linear layers in `module`; how many.

    Norms keep theirs: they make scales of few numbers. So do LoRAs: they are small, and the
    weights that they were made for are rounded beneath them.

    Raises:
        InvalidInput: The weights are stored in another small form already.
    """
    count = 0
    for name, part in list(module.named_modules()):
        for key, layer in list(part.named_children()):
            if "norm" in f"{name}.{key}" or "lora_" in f"{name}.{key}":
                continue
            if type(layer) is not nn.Linear:
                if isinstance(layer, nn.Linear):
                    raise InvalidInput(
                        f"fp8 needs weights as released, not {type(layer).__name__}: choose a "
                        "placement that does not quantise them, or leave --approximate fp8 out"
                    )
                continue
            if layer.in_features % 16 or layer.out_features % 16:
                continue  # which the instruction does not take
            setattr(part, key, Fp8Linear(layer))
            count += 1
    return count


def require() -> None:
    """Refuse where no GPU here multiplies 8-bit floats."""
    import torch.cuda

    if not torch.cuda.is_available():
        raise InvalidInput("fp8 needs a GPU of the Ada or Hopper generation; there is none here")
    for index in range(torch.cuda.device_count()):
        found: Any = torch.cuda.get_device_capability(index)
        if found < _NEWEST_WITHOUT:
            raise InvalidInput(
                f"fp8 needs a GPU of compute capability 8.9 (Ada, Hopper) or newer; "
                f"{torch.cuda.get_device_name(index)} has {found[0]}.{found[1]}"
            )
