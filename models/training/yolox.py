"""The published YOLOX-nano detector as a trainable PyTorch trunk.

The ONNX file's batch normalisation is already folded into its convolutions, so every
parameter is a plain convolution weight or bias. The graph is cut before the heads' last
reshapes (which bake in the size 416x416); what remains is fully convolutional and runs at
the eye's 512x288.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.shape_inference
import torch
from onnx import numpy_helper
from onnx.utils import Extractor
from onnx2torch import convert
from torch import Tensor, nn

WIDTH, HEIGHT = 512, 288
STRIDES = (8, 16, 32)

# Tensor names in the published file, one per stride.
NECK = ("956", "990", "1024")
BOX = ("1062", "1104", "1146")
OBJECTNESS = ("1063", "1105", "1147")
CLASSES = ("1045", "1087", "1129")
PERSON = 0  # COCO class 0


class Trunk(nn.Module):
    """Backbone and neck, then the box head: f32 [B, 3, 288, 512] RGB 0..255 to maps and rows."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        model = onnx.load(path)
        _keep_person_class(model)
        _accept_rgb(model)
        del model.graph.value_info[:]  # stale: the class maps have shrunk
        extractor = Extractor(onnx.shape_inference.infer_shapes(model))
        source = model.graph.input[0].name
        self.neck = convert(extractor.extract_model([source], list(NECK)))
        self.head = convert(extractor.extract_model(list(NECK), [*BOX, *OBJECTNESS, *CLASSES]))

    def forward(self, image: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Returns (maps, rows): maps [B, 64|128|256, h, w] at strides 8, 16 and 32, and `find` of them."""
        maps = list(self.neck(image))
        return maps, self.find(maps)

    def find(self, maps: list[Tensor]) -> list[Tensor]:
        """The neck's maps to head maps [B, 6, h, w] at strides 8, 16 and 32 that hold x, y, w, h
        (undecoded), objectness and person logits."""
        out = self.head(*maps)
        return [torch.cat(level, 1) for level in zip(out[0:3], out[3:6], out[6:9])]


def _initializer(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(t for t in model.graph.initializer if t.name == name)


def _replace(model: onnx.ModelProto, name: str, value: np.ndarray) -> None:
    _initializer(model, name).CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), name))


def _keep_person_class(model: onnx.ModelProto) -> None:
    """Shrinks each 80-class prediction convolution to its person channel."""
    for node in model.graph.node:
        if node.output[0] in CLASSES:
            for name in node.input[1:]:
                weights = numpy_helper.to_array(_initializer(model, name))
                _replace(model, name, weights[PERSON : PERSON + 1])


def _accept_rgb(model: onnx.ModelProto) -> None:
    """Reverses the first convolution's input channels inside each of the Focus layer's four
    groups of three, so that the trunk takes RGB where the published file takes BGR."""
    first = next(n for n in model.graph.node if n.op_type == "Conv")
    weights = numpy_helper.to_array(_initializer(model, first.input[1]))
    out, channels, kh, kw = weights.shape
    assert channels == 12, "the first convolution follows the Focus layer"
    grouped = weights.reshape(out, 4, 3, kh, kw)[:, :, ::-1]
    _replace(model, first.input[1], grouped.reshape(weights.shape))


def anchor_grid(height: int = HEIGHT, width: int = WIDTH) -> tuple[Tensor, Tensor]:
    """Returns the anchors' cell corners [N, 2] in cells and their strides [N]: 3024 for the eye's input."""
    corners, strides = [], []
    for stride in STRIDES:
        h, w = height // stride, width // stride
        y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        corners.append(torch.stack([x, y], -1).reshape(-1, 2))
        strides.append(torch.full((h * w,), stride))
    return torch.cat(corners).float(), torch.cat(strides).float()


def flatten(maps: list[Tensor]) -> Tensor:
    """[B, C, h, w] per stride to [B, anchors, C]."""
    return torch.cat([m.flatten(2) for m in maps], 2).transpose(1, 2)


def decode_boxes(head: Tensor, corners: Tensor, strides: Tensor) -> Tensor:
    """Raw head rows [B, 3024, 6] to cx, cy, w, h (input pixels) and score: [B, 3024, 5]."""
    scale = strides[None, :, None]
    centre = (head[..., 0:2] + corners[None]) * scale
    size = torch.exp(head[..., 2:4]) * scale
    score = torch.sigmoid(head[..., 4:5]) * torch.sigmoid(head[..., 5:6])
    return torch.cat([centre, size, score], -1)
