"""The eye: YOLOX-nano's backbone and neck, its box head, suppression inside the graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.ops import nms

from yolox import Trunk, anchor_grid, decode_boxes, flatten

CANDIDATES = 256  # boxes that enter the suppression
PEOPLE = 48  # rows of the output
OVERLAP = 0.65  # suppression inside the graph; the program applies its own, stricter one


class BoxHead(nn.Module):
    """The neck's maps at strides 8, 16 and 32 to the best boxes before suppression: rows cx, cy, w, h
    (input pixels), score [1, 256, 5], best first. `strictness` divides the odds that each score stands for."""

    def __init__(self, trunk: Trunk, strictness: float = 1.0) -> None:
        super().__init__()
        self.trunk, self.strictness = trunk, strictness
        corners, strides = anchor_grid()
        self.register_buffer("corners", corners, persistent=False)
        self.register_buffer("strides", strides, persistent=False)

    def forward(self, s8: Tensor, s16: Tensor, s32: Tensor) -> Tensor:
        rows = decode_boxes(flatten(self.trunk.find([s8, s16, s32])), self.corners, self.strides)
        best = torch.topk(rows[..., 4], CANDIDATES, 1).indices
        rows = torch.gather(rows, 1, best[..., None].expand(-1, -1, rows.shape[-1]))
        score = rows[..., 4:]
        return torch.cat([rows[..., :4], score / (score + self.strictness * (1 - score))], -1)


class TrunkMaps(nn.Module):
    """What the training stages read of a picture u8 [1, 288, 512, 3]: the neck's maps and the boxes."""

    def __init__(self, trunk: Trunk, strictness: float = 1.0) -> None:
        super().__init__()
        self.trunk, self.boxes = trunk, BoxHead(trunk, strictness)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        maps = self.trunk.neck(image.permute(0, 3, 1, 2).float())
        return *maps, self.boxes(*maps)


class Eye(nn.Module):
    """u8 [1, 288, 512, 3] RGB to people [1, 48, 5] and features [1, 128, 18, 32].

    People are left, top, right, bottom in input pixels and the score, best first; rows that are not needed
    are zero. Features are the neck's map at stride 16.
    """

    def __init__(self, trunk: Trunk, strictness: float = 1.0) -> None:
        super().__init__()
        self.trunk, self.boxes = trunk, BoxHead(trunk, strictness)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.trunk.neck(image.permute(0, 3, 1, 2).float())
        rows = self.boxes(*maps)[0]
        half = rows[:, 2:4] / 2
        corners = torch.cat([rows[:, :2] - half, rows[:, :2] + half, rows[:, 4:]], 1)
        kept = corners[nms(corners[:, :4], corners[:, 4], OVERLAP)[:PEOPLE]]
        return torch.cat([kept, torch.zeros(PEOPLE, 5)])[None, :PEOPLE], maps[1]
