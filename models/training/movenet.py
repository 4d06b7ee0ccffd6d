"""MoveNet Lightning (Apache-2.0) as a trainable PyTorch network.

The published file is quantised to 8 bits; its weights are read back as real numbers in the order in
which its convolutions run: MobileNetV2, a feature pyramid up to stride 4, and four heads.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tflite
import torch
from torch import Tensor, nn
from torch.nn import functional as F

KEYPOINTS = 17
STRIDE = 4

# MobileNetV2's stages: output channels, blocks, stride of the first block.
STAGES = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
LATERAL_AFTER = (24, 32, 64)  # stages whose output also enters the pyramid


class Convolution(nn.Module):
    """A convolution padded as TensorFlow's SAME does, which at stride 2 pads right and below alone."""

    def __init__(self, channels: int, out: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, size, stride, size // 2 if stride == 1 else 0, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.conv.stride[0] == 2 else x)


def depthwise(channels: int, stride: int = 1) -> Convolution:
    return Convolution(channels, channels, 3, stride, groups=channels)


class Block(nn.Module):
    """MobileNetV2's inverted residual: widen, filter each channel, narrow."""

    def __init__(self, channels: int, out: int, stride: int, widen: int = 6) -> None:
        super().__init__()
        wide = channels * widen
        act = nn.ReLU6()
        layers = [Convolution(channels, wide, 1), act] if widen > 1 else []
        self.layers = nn.Sequential(*layers, depthwise(wide, stride), act, Convolution(wide, out, 1))
        self.is_residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.is_residual else self.layers(x)


class Merge(nn.Module):
    """One step down the pyramid: twice the size, the lateral map added, smoothed."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(depthwise(channels), Convolution(channels, out, 1), nn.ReLU())

    def forward(self, x: Tensor, lateral: Tensor) -> Tensor:
        return self.layers(F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False) + lateral)


def head(out: int) -> nn.Sequential:
    return nn.Sequential(depthwise(24), Convolution(24, 96, 1), nn.ReLU(), Convolution(96, out, 1))


class MoveNet(nn.Module):
    """f32 [N, 3, S, S] RGB 0..255 to maps at stride 4: centre logit [N, 1, s, s], keypoint logits
    [N, 17, s, s], offsets of the spot inside its cell and, from the centre, of all keypoints
    (both [N, 34, s, s]: y and x of each keypoint, in cells)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Convolution(3, 32, 3, 2), nn.ReLU6(), Block(32, 16, 1, widen=1))
        self.stages, self.laterals = nn.ModuleList(), nn.ModuleDict()
        channels = 16
        for out, blocks, stride in STAGES:
            first = Block(channels, out, stride)
            self.stages.append(nn.Sequential(first, *(Block(out, out, 1) for _ in range(blocks - 1))))
            if out in LATERAL_AFTER:
                self.laterals[str(out)] = Convolution(out, out, 1)
            channels = out
        self.top = nn.Sequential(Convolution(320, 1280, 1), nn.ReLU6(), Convolution(1280, 64, 1))
        self.merges = nn.ModuleList([Merge(64, 32), Merge(32, 24), Merge(24, 24)])
        self.centre, self.heat, self.offset, self.regress = (head(n) for n in (1, 17, 34, 34))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.stem(image / 127.5 - 1)
        kept = []
        for (out, _, _), stage in zip(STAGES, self.stages):
            x = stage(x)
            if out in LATERAL_AFTER:
                kept.append(self.laterals[str(out)](x))
        x = self.top(x)
        for merge, lateral in zip(self.merges, reversed(kept)):
            x = merge(x, lateral)
        return self.centre(x), self.heat(x), self.offset(x), self.regress(x)

    def in_published_order(self) -> Iterator[nn.Conv2d]:
        """The convolutions in the order of the published file, where a lateral follows its stage's first
        uses of the map."""
        parts: list[nn.Module] = [self.stem]
        for (out, _, _), stage in zip(STAGES, self.stages):
            parts.append(stage)
            if out in LATERAL_AFTER:
                parts.append(self.laterals[str(out)])
        parts += [self.top, *self.merges, self.centre, self.heat, self.offset, self.regress]
        for part in parts:
            yield from (m for m in part.modules() if isinstance(m, nn.Conv2d))


def published(path: Path) -> MoveNet:
    """The network with the published weights."""
    net = MoveNet()
    stored = list(_convolutions(path))
    wanted = list(net.in_published_order())
    assert len(stored) == len(wanted), "the file is not the MoveNet Lightning that this reads"
    for conv, (weight, bias) in zip(wanted, stored):
        assert conv.weight.shape == weight.shape, (conv, weight.shape)
        conv.weight.data = torch.from_numpy(weight)
        conv.bias.data = torch.from_numpy(bias)
    return net.eval()


def _convolutions(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Weights [out, in, h, w] and biases of a TFLite file's convolutions, dequantised, in order."""
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind not in (tflite.BuiltinOperator.CONV_2D, tflite.BuiltinOperator.DEPTHWISE_CONV_2D):
            continue
        weight, bias = (_dequantised(model, graph.Tensors(operator.Inputs(k))) for k in (1, 2))
        # [out, h, w, in], and [1, h, w, channels] where each channel has its own filter
        order = (0, 3, 1, 2) if kind == tflite.BuiltinOperator.CONV_2D else (3, 0, 1, 2)
        yield np.ascontiguousarray(weight.transpose(order)), bias


def _dequantised(model: tflite.Model, tensor: tflite.Tensor) -> np.ndarray:
    kind = {tflite.TensorType.INT8: np.int8, tflite.TensorType.INT32: np.int32}[tensor.Type()]
    shape = tensor.ShapeAsNumpy()
    values = np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy(), kind).reshape(shape).astype(np.float64)
    quantisation = tensor.Quantization()
    scale, zero = quantisation.ScaleAsNumpy().astype(np.float64), quantisation.ZeroPointAsNumpy()
    axis = quantisation.QuantizedDimension()
    spread = [-1 if k == axis else 1 for k in range(len(shape))] if len(scale) > 1 else [1] * len(shape)
    return ((values - zero.reshape(spread)) * scale.reshape(spread)).astype(np.float32)
