"""The violence head: what changes inside a region during two seconds, and how people in it move."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from motion_net import MOTION, cut, motion

CHANNELS = 128
TOLD = MOTION + 2  # motion, people in the region, whether they are a group
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


def motion_of(grey: Tensor, square: Tensor, about: Tensor) -> Tensor:
    """Grey pictures u8 [T, 144, 256], the region's square [4] in their pixels and what `Region.about` says
    of it [3] to [TOLD]."""
    return torch.cat([motion(cut(grey.float(), square), about[:1]), about[1:]])


class Linear(nn.Module):
    """A linear score of standardised, clipped numbers [K] to [1]."""

    def __init__(self, centre: Tensor, spread: Tensor, weight: Tensor, bias: float) -> None:
        super().__init__()
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", torch.tensor([bias]))

    def forward(self, x: Tensor) -> Tensor:
        x = ((x - self.centre) / self.spread).clamp(-LIMIT, LIMIT)
        return (x * self.weight).sum(0, keepdim=True) + self.bias


class Parts(nn.Module):
    """features [1, T, 128, 18, 32], region [1, 18, 32], grey u8 [1, T, 144, 256], square [1, 4] and about
    [1, 3] to the linear score of the change [1] and what is told of the motion [1, TOLD]; trees read the
    latter."""

    def __init__(self, linear: Linear) -> None:
        super().__init__()
        self.linear = linear

    def forward(self, features: Tensor, region: Tensor, grey: Tensor, square: Tensor, about: Tensor) -> tuple[Tensor, Tensor]:
        change = self.linear(pool(features[0], region[0]))
        return change, motion_of(grey[0], square[0], about[0])[None]
