"""The eye: YOLOX-nano's trunk, a keypoint head on regions of its maps, action features.

One pass over a frame finds the people, suppresses duplicates inside the graph and looks at
each person found once more: the trunk's maps at strides 4, 8 and 16 are sampled in the
person's box and read by a small heat-map network. The cost grows with the people in view.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import nms, roi_align

from yolox import Trunk, anchor_grid, decode_boxes, flatten

KEYPOINTS = 17
CANDIDATES = 256  # boxes that enter the suppression
PEOPLE = 48  # rows of the output
FLOOR = 0.1  # no row below this score
OVERLAP = 0.65  # suppression inside the graph; the program applies its own, stricter one
BINS = 16  # heat-map cells along either side of a person's region
WIDEN = 1.3  # a region is this much larger than the box
SQUARENESS = 0.5  # its short side is at least this share of the long side
POSE_STRIDES = (4, 8, 16)


def person_regions(boxes: Tensor) -> Tensor:
    """Boxes cx, cy, w, h [N, 4] to the corner regions sampled for them [N, 4]."""
    centre, size = boxes[:, 0:2], boxes[:, 2:4]
    size = WIDEN * torch.maximum(size, SQUARENESS * size.flip(1))
    return torch.cat([centre - size / 2, centre + size / 2], 1)


def convolution(channels: int, out: int, size: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation (folded away by the runtime), SiLU."""
    layer = nn.Conv2d(channels, out, size, padding=size // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(out), nn.SiLU())


class Separable(nn.Module):
    """Depthwise, pointwise, residual."""

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.spatial = convolution(channels, channels, size, groups=channels)
        self.mix = convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(self.spatial(x))


class PoseHead(nn.Module):
    """Keypoints of the people in given boxes: a guess from the whole region, then heat maps
    that start from a bell around the guess."""

    def __init__(self, channels: Sequence[int] = (32, 64, 128), width: int = 80) -> None:
        super().__init__()
        self.project = nn.ModuleList(nn.Conv2d(c, 32, 1, bias=False) for c in channels)
        self.join = convolution(32 * len(channels), width)
        self.fine = Separable(width, 3)
        self.down = convolution(width, 2 * width)
        self.coarse = nn.Sequential(*(Separable(2 * width, 5) for _ in range(3)))
        self.gather = convolution(2 * width, 24)
        self.think = nn.Sequential(
            nn.Linear(24 * (BINS // 2) ** 2, 192, bias=False), nn.BatchNorm1d(192), nn.SiLU()
        )
        self.guess = nn.Linear(192, 2 * KEYPOINTS)
        self.sure = nn.Linear(192, KEYPOINTS)
        self.narrowness = nn.Parameter(torch.full((1, KEYPOINTS, 1), 3.0))  # log of 1 / (2 spread^2)
        self.up = convolution(2 * width, width)
        self.last = nn.Sequential(Separable(width, 3), Separable(width, 3))
        self.heat = nn.Conv2d(width, 2 * KEYPOINTS, 1)
        cells = (torch.arange(BINS) + 0.5) / BINS
        y, x = torch.meshgrid(cells, cells, indexing="ij")
        self.register_buffer("cells", torch.stack([x, y], -1).reshape(-1, 2), persistent=False)

    def sample(self, maps: Sequence[Tensor], picture: Tensor, regions: Tensor) -> Tensor:
        """Map contents in corner regions [N, 4] of pictures [N]: [N, 96, BINS, BINS].

        Projection and sampling are both linear, so their order changes nothing but the cost:
        frozen maps are sampled first while training (no gradient through the sampling), and
        projected first in the exported graph (fewer channels to sample).
        """
        rois = torch.cat([picture[:, None].to(regions.dtype), regions], 1)
        parts = []
        for project, content, stride in zip(self.project, maps, POSE_STRIDES):
            content = content if self.training else project(content)
            part = roi_align(content, rois, BINS, 1 / stride, sampling_ratio=2, aligned=True)
            parts.append(project(part) if self.training else part)
        return torch.cat(parts, 1)

    def read(self, sampled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Heat-map logits [N, 17, BINS * BINS], confidence logits [N, 17] and the first guess
        [N, 17, 2] in shares of the region."""
        x = self.fine(self.join(sampled))
        wide = self.coarse(self.down(F.avg_pool2d(x, 2)))
        whole = self.think(self.gather(wide).flatten(1))
        guess = 0.5 + self.guess(whole).reshape(-1, KEYPOINTS, 2)
        x = x + F.interpolate(self.up(wide), scale_factor=2.0, mode="nearest")
        heat, sure = self.heat(self.last(x)).flatten(2).split(KEYPOINTS, 1)
        away = (guess[:, :, None] - self.cells).square().sum(-1)
        heat = heat - self.narrowness.exp() * away
        return heat, self.sure(whole) + (torch.softmax(heat, -1) * sure).sum(-1), guess

    def forward(self, maps: Sequence[Tensor], picture: Tensor, boxes: Tensor) -> Tensor:
        """Keypoints [N, 17, 3]: x, y in input pixels, confidence 0..1."""
        regions = person_regions(boxes)
        heat, sure, _ = self.read(self.sample(maps, picture, regions))
        spot = torch.softmax(heat, -1) @ self.cells
        low, size = regions[:, None, :2], (regions[:, 2:] - regions[:, :2])[:, None]
        return torch.cat([low + spot * size, torch.sigmoid(sure)[..., None]], -1)


class Eye(nn.Module):
    """u8 [1, 288, 512, 3] RGB to people [1, 48, 56] and features [1, C, 18, 32]."""

    def __init__(self, trunk: Trunk, head: PoseHead, features: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head, self.features = trunk, head, features
        corners, strides = anchor_grid()
        self.register_buffer("corners", corners, persistent=False)
        self.register_buffer("strides", strides, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        picture = image.permute(0, 3, 1, 2).float()
        maps, raw = self.trunk(picture)
        boxes = self.detect(raw)
        keypoints = self.head(maps[:3], torch.zeros_like(boxes[:, 0]), boxes[:, :4])
        rows = torch.cat([boxes, keypoints.flatten(1)], 1)
        padding = torch.zeros(PEOPLE, 5 + 3 * KEYPOINTS, dtype=rows.dtype)
        people = torch.cat([rows, padding])[:PEOPLE]
        return people[None], self.features(picture, maps, raw)

    def detect(self, raw: list[Tensor]) -> Tensor:
        """At most 48 people cx, cy, w, h, score [n, 5], best first; never none, so that the
        keypoint head always has a row to work on."""
        rows = decode_boxes(flatten(raw), self.corners, self.strides)[0]
        score, best = torch.topk(rows[:, 4], CANDIDATES)
        rows = rows[best]
        half = rows[:, 2:4] / 2
        corner_boxes = torch.cat([rows[:, :2] - half, rows[:, :2] + half], 1)
        rows = rows[nms(corner_boxes, score, OVERLAP)[:PEOPLE]]
        keep = torch.cat([torch.ones_like(rows[:1, 4]), (rows[1:, 4] >= FLOOR).float()])
        return rows[keep.nonzero()[:, 0]]
