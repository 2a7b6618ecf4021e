"""Write a trained network for the package: `python -m training.export CHECKPOINT OUT.npz`.

Batch normalisation is folded into the convolution before it, weights are rounded to float16 and
laid out as `songreel.analysis.network` multiplies them. The file is the same byte for byte for the
same checkpoint.
"""

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.fit import load_average
from training.model import BANDS, BeatNet

FORMAT = 1
"""As in `songreel.analysis.network`."""


def folded(
    convolution: nn.Conv1d | nn.Conv2d, norm: nn.BatchNorm1d | nn.BatchNorm2d
) -> tuple[Tensor, Tensor]:
    """Weight and bias that do what convolution and normalisation do in use."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    shape = (-1,) + (1,) * (convolution.weight.dim() - 1)
    return convolution.weight * scale.view(shape), norm.bias - norm.running_mean * scale


def matrix(weight: Tensor) -> NDArray[np.float16]:
    """A convolution's weight (out, in, taps …) as (taps × in, out)."""
    order = (*range(2, weight.dim()), 1, 0)
    laid = weight.permute(order).reshape(-1, weight.shape[0])
    return np.asarray(laid.detach().numpy(), np.float16)


def arrays(model: BeatNet) -> dict[str, NDArray[np.generic]]:
    """All that the package needs of a network."""
    out: dict[str, NDArray[np.generic]] = {
        "format": np.array(FORMAT),
        "bands": np.array(BANDS),
        "layers": np.array(model.shape.layers),
    }
    pairs: list[tuple[str, Tensor, Tensor]] = []
    for i, (convolution, norm) in enumerate(
        ((model.conv1, model.norm1), (model.conv2, model.norm2), (model.conv3, model.norm3)),
        start=1,
    ):
        pairs.append((f"conv{i}", *folded(convolution, norm)))
    for i, layer in enumerate(model.trunk):
        pairs.append((f"reach{i}", *folded(layer.reach, layer.norm)))
        pairs.append((f"mix{i}", layer.mix.weight, layer.mix.bias))
    pairs.append(("head", model.head.weight, model.head.bias))
    for name, weight, bias in pairs:
        out[name] = matrix(weight)
        out[f"{name}_bias"] = bias.detach().numpy().astype(np.float16)
    return out


def write(path: Path, parts: dict[str, NDArray[np.generic]]) -> None:
    """An .npz without times of day in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in parts.items():
            store = io.BytesIO()
            np.lib.format.write_array(store, array.copy(order="C"))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), store.getvalue())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Write a trained network for the package.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    write(options.out, arrays(load_average(options.checkpoint)))
    print(f"{options.out}: {options.out.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
