"""How people in a square of small grey pictures move: optical flow and what is told of it.

Flow is found by iterative least squares from coarse to fine (Lucas & Kanade 1981; Bouguet 2000), on the
person's own scale: a group of any size fills the same grid, and speeds are told in person heights.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import roi_align

SIDE = 48  # cells along the square
LEVELS = 4  # of the pyramid; the coarsest is SIDE / 8
ROUNDS = 2  # at each level
FLATNESS = 4.0  # squared grey levels; where the picture is flatter, flow stays at what coarser levels say
FASTEST = 2.0  # cells a round
SPEEDS = (0.01, 0.02, 0.04, 0.07, 0.11, 0.16, 0.25, 0.5)  # person heights a step
TOPS = (0.1, 0.03, 0.005)  # shares of the fastest cells
PER_MOMENT = len(SPEEDS) + 2 + len(TOPS) + 5 + 4 + 1
MOTION = 4 * PER_MOMENT + 1  # numbers told of a window
LEAST_HEIGHT = 0.2  # of the square; a group without a measured person is taken to be this tall


def cut(grey: Tensor, square: Tensor) -> Tensor:
    """Samples the square x0, y0, x1, y1 [4] out of pictures [T, H, W] (its pixels): [T, 1, 48, 48]."""
    rois = torch.cat([torch.arange(grey.shape[0], dtype=grey.dtype)[:, None], square.expand(grey.shape[0], 4)], 1)
    around = 114.0  # what lies outside of the picture is grey, as the padding is
    return roi_align(grey[:, None] - around, rois, SIDE, 1.0, 2, True) + around


def _mean(x: Tensor, size: int) -> Tensor:
    return F.avg_pool2d(x, size, 1, size // 2, count_include_pad=False)


def _slopes(x: Tensor) -> tuple[Tensor, Tensor]:
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    return (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2, (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2


def flow(before: Tensor, after: Tensor) -> Tensor:
    """Pictures [N, 1, 48, 48] to where each cell moved, x and y in cells [N, 2, 48, 48]."""
    pyramid = [(before, after)]
    for _ in range(LEVELS - 1):
        pyramid.append(tuple(F.avg_pool2d(x, 2) for x in pyramid[-1]))
    moved = torch.zeros(before.shape[0], 2, SIDE >> LEVELS, SIDE >> LEVELS)
    for first, second in reversed(pyramid):
        moved = 2 * F.interpolate(moved, scale_factor=2.0, mode="bilinear", align_corners=False)
        moved = _refined(first, second, moved)
    return moved


def _refined(first: Tensor, second: Tensor, moved: Tensor) -> Tensor:
    side = first.shape[-1]
    along = (torch.arange(side).float() + 0.5) * (2.0 / side) - 1.0
    y, x = torch.meshgrid(along, along, indexing="ij")
    here = torch.stack([x, y], -1)[None]
    across, down = _slopes(first)
    xx, xy, yy = _mean(across * across, 5) + FLATNESS, _mean(across * down, 5), _mean(down * down, 5) + FLATNESS
    determinant = xx * yy - xy * xy
    for _ in range(ROUNDS):
        place = here + moved.permute(0, 2, 3, 1) * (2 / side)
        change = F.grid_sample(second, place, mode="bilinear", padding_mode="border", align_corners=False) - first
        bx, by = _mean(across * change, 5), _mean(down * change, 5)
        step = torch.cat([xy * by - yy * bx, xy * bx - xx * by], 1) / determinant
        moved = moved + step.clamp(-FASTEST, FASTEST)
    return _mean(moved, 3)


def _tops(values: Tensor, shares: tuple[float, ...]) -> list[Tensor]:
    """The mean of the largest values of each row [N, P], for each share of them."""
    most = max(1, int(values.shape[1] * max(shares)))
    largest = values.topk(most, 1).values
    return [largest[:, : max(1, int(values.shape[1] * s))].mean(1) for s in shares]


def moments(before: Tensor, after: Tensor, height: Tensor) -> tuple[Tensor, Tensor]:
    """What is told of each step [N, PER_MOMENT - 1], and the flow in person heights [N, 2, P]. `height` is a
    person's, in shares of the square."""
    found = flow(before, after)
    # The square's own movement, of a camera that shakes, is what most cells share.
    some = found[:, :, ::4, ::4].flatten(2).sort(2).values
    middle = some.shape[2] // 2
    found = (found.flatten(2) - some[:, :, middle : middle + 1]) / (SIDE * height)
    speed = (found.square().sum(1) + 1e-8).sqrt()
    grid = found.unflatten(2, (SIDE, SIDE))
    bend_x = (grid[:, :, :, 1:] - grid[:, :, :, :-1]).abs().mean((2, 3)).sum(1)
    bend_y = (grid[:, :, 1:] - grid[:, :, :-1]).abs().mean((2, 3)).sum(1)
    changed = (after - before).abs().flatten(1) / 50
    spread = (speed - speed.mean(1, keepdim=True)).square().mean(1).sqrt()
    told = [(speed > s).float().mean(1) for s in SPEEDS]
    told += [speed.mean(1), spread, *_tops(speed, TOPS), bend_x, bend_y, changed.mean(1), *_tops(changed, (0.1, 0.01))]
    sides = torch.stack([found[:, k].mul(s).clamp(min=0).mean(1) for k in (0, 1) for s in (1, -1)], 1)
    sides = sides.topk(4, 1).values
    return torch.cat([torch.stack(told, 1), sides / (sides.sum(1, keepdim=True) + 1e-4)], 1), found


def motion(squares: Tensor, height: Tensor) -> Tensor:
    """Pictures of one window [T, 1, 48, 48], oldest first, and a person's height in shares of the square [1]
    to [MOTION]: mean, peak, mean of the three strongest moments and spread over time of what is told of
    each step; the height. Steps without any change are repeated frames and count nowhere."""
    before, after = squares[:-1], squares[1:]
    height = height.clamp(min=LEAST_HEIGHT)
    told, found = moments(before, after, height)
    turned = (found[1:] - found[:-1]).square().sum(1).sqrt().mean(1)
    told = torch.cat([told, torch.cat([turned[:1] * 0, turned])[:, None]], 1)
    moving = ((after - before).abs().flatten(1).amax(1) > 0).to(told.dtype)[:, None]
    count = moving.sum().clamp(min=1)
    told = told * moving
    mean = told.sum(0) / count
    spread = ((told - mean).square() * moving).sum(0).div(count).sqrt()
    return torch.cat([mean, told.amax(0), told.topk(3, 0).values.mean(0), spread, height])
