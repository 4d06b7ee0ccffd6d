"""The violence head: what changes inside a region during two seconds, pooled and weighed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = 128
POOLED = 3 * CHANNELS
LIMIT = 4.0  # standardised inputs are clipped to this many deviations
HASTE = 2.0  # taken off the uncalibrated score of a window in which nothing moves from frame to frame


def pool(features: Tensor, region: Tensor) -> tuple[Tensor, Tensor]:
    """Features [T, C, H, W] and a mask [H, W] to [3 C] statistics of the change from frame
    to frame: the mean over region and time, the peak over the region averaged over time, and
    the strongest moment of the region's mean; square roots of all, for an even spread.

    Moments without any change are left out of the averages: they are repeated frames. Their
    share [] comes second.
    """
    change = (features[1:] - features[:-1]).abs() * region
    change = change.flatten(2)
    moving = (change.amax((1, 2)) > 0).to(features.dtype)
    moments = moving.sum().clamp(min=1)
    mean = change.sum(2) / region.sum().clamp(min=1)
    peak = change.amax(2)
    pooled = torch.cat([mean.sum(0) / moments, peak.sum(0) / moments, mean.amax(0)])
    return pooled.sqrt(), 1 - moving.mean()


class ViolenceHead(nn.Module):
    """features [1, T, 128, 18, 32], region [1, 18, 32] to probability [1].

    A short history is padded with its first frame and judged from few moments. `haste` takes
    off the score what such a window lacks, or the first second of every stream would raise
    more alarms than any other.
    """

    def __init__(self, centre: Tensor, spread: Tensor, weight: Tensor, bias: float, haste: float) -> None:
        super().__init__()
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", torch.tensor([bias]))
        self.register_buffer("haste", torch.tensor([haste]))

    def forward(self, features: Tensor, region: Tensor) -> Tensor:
        pooled, still = pool(features[0], region[0])
        pooled = (pooled - self.centre) / self.spread
        score = (pooled.clamp(-LIMIT, LIMIT) * self.weight).sum(0, keepdim=True)
        return torch.sigmoid(score + self.bias - self.haste * still)
