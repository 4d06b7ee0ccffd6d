"""The violence head: what changes inside a region during two seconds, pooled and weighed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = 128
POOLED = 3 * CHANNELS
LIMIT = 4.0  # standardised inputs are clipped to this many deviations


def pool(features: Tensor, region: Tensor) -> Tensor:
    """Features [T, C, H, W] and a mask [H, W] to [3 C] statistics of the change from frame
    to frame: the mean over region and time, the peak over the region averaged over time, and
    the strongest moment of the region's mean; square roots of all, for an even spread.

    Moments without any change are left out of the averages: they are repeated frames.
    """
    change = (features[1:] - features[:-1]).abs() * region
    change = change.flatten(2)
    moving = (change.amax((1, 2)) > 0).to(features.dtype)
    moments = moving.sum().clamp(min=1)
    mean = change.sum(2) / region.sum().clamp(min=1)
    peak = change.amax(2)
    return torch.cat([mean.sum(0) / moments, peak.sum(0) / moments, mean.amax(0)]).sqrt()


class ViolenceHead(nn.Module):
    """features [1, T, 128, 18, 32], region [1, 18, 32] to probability [1]."""

    def __init__(self, centre: Tensor, spread: Tensor, weight: Tensor, bias: float) -> None:
        super().__init__()
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", torch.tensor([bias]))

    def forward(self, features: Tensor, region: Tensor) -> Tensor:
        pooled = (pool(features[0], region[0]) - self.centre) / self.spread
        score = (pooled.clamp(-LIMIT, LIMIT) * self.weight).sum(0, keepdim=True)
        return torch.sigmoid(score + self.bias)
