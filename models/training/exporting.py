"""Writing ONNX files, and what every model's recipe measures of them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

SMALL = 512  # weights of fewer elements are kept as they are
LARGE = 40_000  # convolutions of as many weights stand being rounded to bytes


def export(module: nn.Module, inputs: tuple[Tensor, ...], path: Path, names: Sequence[str], outputs: Sequence[str]) -> None:
    """Writes a module as ONNX, opset 17, checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), inputs, str(path), input_names=list(names), output_names=list(outputs),
            opset_version=17, dynamo=False, do_constant_folding=True,
        )  # fmt: skip
    model = onnx.load(path)
    model.ir_version = min(model.ir_version, 9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def store_in_half(path: Path) -> None:
    """Stores large weights as 16-bit numbers that the runtime turns back once, when it loads the graph."""
    model = onnx.load(path)
    casts = []
    for weight in [t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT]:
        values = numpy_helper.to_array(weight)
        if values.size >= SMALL:
            half = numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half")
            casts.append(helper.make_node("Cast", [half.name], [weight.name], to=TensorProto.FLOAT))
            model.graph.initializer.remove(weight)
            model.graph.initializer.append(half)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


@torch.no_grad()
def round_weights(module: nn.Module) -> None:
    """Rounds each filter of the large convolutions to 255 even steps, as `store_in_bytes` will keep them."""
    for conv in module.modules():
        if isinstance(conv, nn.Conv2d) and conv.weight.numel() >= LARGE:
            step = _steps(conv.weight)
            conv.weight.copy_((conv.weight / step).round() * step)


def _steps(weight: Tensor) -> Tensor:
    return weight.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / 127


def store_in_bytes(path: Path) -> None:
    """Stores the filters that `round_weights` rounded as bytes and a step each, which the runtime multiplies
    once, when it loads the graph."""
    model = onnx.load(path)
    made = []
    for weight in [t for t in model.graph.initializer if len(t.dims) == 4 and t.data_type == TensorProto.FLOAT]:
        values = torch.from_numpy(numpy_helper.to_array(weight).copy())
        if values.numel() < LARGE:
            continue
        step = _steps(values)
        whole, name = (values / step).round(), weight.name
        assert (whole * step - values).abs().max() <= 1e-4 * values.abs().max(), "round_weights comes first"
        model.graph.initializer.remove(weight)
        for tensor, suffix in ((whole.numpy().astype(np.int8), "bytes"), (step.numpy(), "step")):
            model.graph.initializer.append(numpy_helper.from_array(tensor, f"{name}.{suffix}"))
        made.append(helper.make_node("Cast", [f"{name}.bytes"], [f"{name}.whole"], to=TensorProto.FLOAT))
        made.append(helper.make_node("Mul", [f"{name}.whole", f"{name}.step"], [name]))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(made + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def milliseconds(path: Path, feed: Mapping[str, np.ndarray], threads: int, runs: int = 40) -> float:
    """The median time of a pass."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    net = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    times = []
    for _ in range(runs + 3):
        start = time.perf_counter()
        net.run(None, dict(feed))
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[3:]))


def bootstrap(values: np.ndarray, seed: int = 0, rounds: int = 2000) -> tuple[float, list[float]]:
    """The mean and its 95 % interval by resampling."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(rounds)]
    return float(values.mean()), [float(v) for v in np.percentile(means, [2.5, 97.5])]


def synthetic_picture(height: int, width: int) -> np.ndarray:
    """The picture u8 [height, width, 3] that parity tests build again."""
    y, x, c = np.ogrid[0:height, 0:width, 0:3]
    return ((x * 3 + y * 5 + c * 40) % 256).astype(np.uint8)
