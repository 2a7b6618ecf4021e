"""The network: `BeatNet`, convolutions over mel frames and a temporal convolutional trunk.

After Böck and Davies, "Deconstruct, Analyse, Reconstruct: How to Improve Tempo, Beat, and Downbeat
Estimation" (ISMIR 2020): a small convolutional front, dilated non-causal residual layers, one head
each for beats and downbeats. Here the front halves the frame rate to 50, and batch normalisation,
which export folds into the weights, makes training on two cores short.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

BANDS = 64
"""Of `songreel.analysis.features`."""
FRONT_POOL = (2, 2)
"""Frames and bands joined after the first convolution: 100 become 50 frames a second."""
BAND_POOL = 4


@dataclass(frozen=True)
class Shape:
    """Sizes of a network; they are stored with its weights."""

    first: int = 16
    second: int = 32
    width: int = 64
    kernel: int = 5
    layers: int = 9
    """Dilations 1, 2, 4 … frames of 20 ms: nine layers see 20 s to both sides."""
    dropout: float = 0.1


class Layer(nn.Module):
    """A dilated convolution and a mixing of channels, added to what came in."""

    def __init__(self, shape: Shape, dilation: int) -> None:
        super().__init__()
        width, kernel = shape.width, shape.kernel
        self.reach = nn.Conv1d(
            width, width, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False
        )
        self.norm = nn.BatchNorm1d(width)
        self.drop = nn.Dropout1d(shape.dropout)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, width, frames) in and out."""
        return x + self.mix(self.drop(nn.functional.elu(self.norm(self.reach(x)))))


class BeatNet(nn.Module):
    """Mel frames to log-odds of beat and downbeat."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        self.conv1 = nn.Conv2d(1, shape.first, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(shape.first)
        self.conv2 = nn.Conv2d(shape.first, shape.second, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(shape.second)
        rest = BANDS // FRONT_POOL[1] // BAND_POOL
        self.conv3 = nn.Conv2d(shape.second, shape.width, (1, rest), bias=False)
        self.norm3 = nn.BatchNorm2d(shape.width)
        self.drop = nn.Dropout1d(shape.dropout)
        self.trunk = nn.ModuleList(Layer(shape, 2**i) for i in range(shape.layers))
        self.head = nn.Conv1d(shape.width, 2, 1)

    def forward(self, mel: Tensor) -> Tensor:
        """Log-odds, shape (batch, 2, frames / 2), of mel frames, shape (batch, frames, bands)."""
        elu, pool = nn.functional.elu, nn.functional.max_pool2d
        # The channels are innermost in memory, which is twice as fast on a processor; and elu
        # rises everywhere, so that pooling first gives the same for less.
        x = mel[:, None].contiguous(memory_format=torch.channels_last)
        x = elu(pool(self.norm1(self.conv1(x)), FRONT_POOL))
        x = elu(pool(self.norm2(self.conv2(x)), (1, BAND_POOL)))
        x = self.drop(elu(self.norm3(self.conv3(x)))[..., 0])
        for layer in self.trunk:
            x = layer(x)
        return torch.as_tensor(self.head(nn.functional.elu(x)))


def count(model: nn.Module) -> int:
    """Parameters of a network."""
    return sum(p.numel() for p in model.parameters())
