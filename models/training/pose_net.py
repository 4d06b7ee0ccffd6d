"""The keypoints of the one person in the middle of a square crop."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from movenet import KEYPOINTS, STRIDE, MoveNet

SIDE = 192  # pixels of a crop
CELLS = SIDE // STRIDE
WIDEN = 1.25  # a crop is this much larger than the longer side of the person's box
NEARNESS = 1.8  # cells; a keypoint's score falls as 1 / (distance to the guess + this), as published
SHARPNESS = 4.0  # of the average over likely centres


class CropPose(nn.Module):
    """Crops f32 [N, 3, 192, 192] RGB 0..255 to keypoints [N, 17, 3]: x, y in shares of the crop,
    confidence 0..1.

    The centre map says where the person is; there the regression guesses all keypoints; each heat map
    then decides near its guess, and the offset map places the spot inside the winning cell.
    """

    def __init__(self, net: MoveNet) -> None:
        super().__init__()
        self.net = net
        along = torch.arange(CELLS).float()
        y, x = torch.meshgrid(along, along, indexing="ij")
        cells = torch.stack([y, x], -1).reshape(-1, 2)
        self.register_buffer("cells", cells, persistent=False)
        middle = (cells - CELLS / 2).norm(dim=1)
        self.register_buffer("central", -(middle + NEARNESS).log(), persistent=False)

    def read(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Place logits [N, 17, cells], heat logits [N, 17, cells], offsets [N, 17, 2, cells] and the first
        guess [N, 17, 2]; y before x, in cells."""
        centre, heat, offset, regress = (m.flatten(2) for m in self.net(image))
        weight = torch.softmax(SHARPNESS * (F.logsigmoid(centre[:, 0]) + self.central), -1)
        regress = regress.unflatten(1, (KEYPOINTS, 2))
        guess = (weight[:, None, None] * regress).sum(-1) + (weight @ self.cells)[:, None]
        square = (guess.square().sum(-1)[..., None] - 2 * guess @ self.cells.T) + self.cells.square().sum(-1)
        away = (square.clamp(min=0) + 1e-3).sqrt()
        place = heat - (away + NEARNESS).log()
        return place, heat, offset.unflatten(1, (KEYPOINTS, 2)), guess

    def forward(self, image: Tensor) -> Tensor:
        place, heat, offset, _ = self.read(image)
        best = place.argmax(-1, keepdim=True)
        spot = self.cells[best[..., 0]] + offset.gather(3, best[:, :, None].expand(-1, -1, 2, 1))[..., 0]
        sure = torch.sigmoid(heat.gather(2, best))
        return torch.cat([spot.flip(-1) / CELLS, sure], -1)
