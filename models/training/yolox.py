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
GRIDS = tuple((HEIGHT // s, WIDTH // s) for s in STRIDES)
ANCHORS = sum(h * w for h, w in GRIDS)

# Tensor names in the published file, one per stride.
EARLY = "721"  # backbone at stride 4, 32 channels
NECK = ("956", "990", "1024")
BOX = ("1062", "1104", "1146")
OBJECTNESS = ("1063", "1105", "1147")
CLASSES = ("1045", "1087", "1129")
MAP_CHANNELS = (32, 64, 128, 256)  # strides 4, 8, 16, 32
PERSON = 0  # COCO class 0


class Trunk(nn.Module):
    """Backbone, neck and box head: f32 [B, 3, 288, 512] RGB 0..255 to maps per stride."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        model = onnx.load(path)
        _keep_person_class(model)
        _accept_rgb(model)
        del model.graph.value_info[:]  # stale: the class maps have shrunk
        extractor = Extractor(onnx.shape_inference.infer_shapes(model))
        source = model.graph.input[0].name
        cut = extractor.extract_model([source], [EARLY, *NECK, *BOX, *OBJECTNESS, *CLASSES])
        self.graph = convert(cut)

    def forward(self, image: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Returns (maps, head): maps [B, 32|64|128|256, h, w] at strides 4, 8, 16 and 32;
        head maps [B, 6, h, w] at strides 8, 16 and 32 holding x, y, w, h (undecoded),
        objectness and person logits."""
        out = self.graph(image)
        maps, box, objectness, classes = out[0:4], out[4:7], out[7:10], out[10:13]
        head = [torch.cat(level, 1) for level in zip(box, objectness, classes)]
        return list(maps), head


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


def anchor_grid() -> tuple[Tensor, Tensor]:
    """Returns the anchors' cell corners [3024, 2] in cells and their strides [3024]."""
    corners, strides = [], []
    for stride, (h, w) in zip(STRIDES, GRIDS):
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
