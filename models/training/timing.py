"""What a pass of each model costs, beside the networks they were made from: `python models/training/timing.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from ai_edge_litert.interpreter import Interpreter
from torch import nn

import data
from exporting import synthetic_picture
from eye import published as published_trunk
from movenet import published as published_movenet
from violence import INPUTS, MODELS, reference_input

ROUNDS = 30


@torch.no_grad()
def giga_flops(net: nn.Module, side: tuple[int, int]) -> float:
    """Floating-point operations of a network's convolutions, two a multiplication with addition."""
    operations = []

    def count(conv: nn.Conv2d, _: object, out: torch.Tensor) -> None:
        operations.append(2 * out.numel() * conv.weight[0].numel())

    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, nn.Conv2d)]
    net(torch.zeros(1, 3, *side))
    for hook in hooks:
        hook.remove()
    return sum(operations) / 1e9


def onnx_run(path: Path, feed: dict[str, np.ndarray], threads: int) -> Callable[[], object]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    net = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: net.run(None, feed)


def tflite_run(path: Path, threads: int) -> Callable[[], object]:
    net = Interpreter(str(path), num_threads=threads)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], synthetic_picture(192, 192)[None])
    return net.invoke


def main() -> None:
    nano = data.third_party("yolox_nano.onnx")
    ours = {
        "kuager-eye, a picture": (MODELS / "kuager-eye/kuager-eye.onnx", {"image": synthetic_picture(288, 512)[None]}),
        "kuager-joints, a person": (MODELS / "kuager-joints/kuager-joints.onnx", {"image": synthetic_picture(192, 192)[None]}),
        "kuager-violence, a region of a window": (MODELS / "kuager-violence/kuager-violence.onnx", dict(zip(INPUTS, reference_input()))),
        "YOLOX-nano, 416x416": (nano, {onnx.load(nano).graph.input[0].name: np.full((1, 3, 416, 416), 114, np.float32)}),
    }  # fmt: skip
    runs = {(name, n): onnx_run(path, feed, n) for name, (path, feed) in ours.items() for n in (1, 2)}
    teacher = data.third_party("movenet_lightning_int8.tflite")
    runs |= {("MoveNet Lightning int8, a person", n): tflite_run(teacher, n) for n in (1, 2)}
    times: dict[tuple[str, int], list[float]] = {key: [] for key in runs}
    for _ in range(ROUNDS):  # in turn, so that other work on the machine meets all alike
        for key, run in runs.items():
            run()
            start = time.perf_counter()
            run()
            times[key].append(1000 * (time.perf_counter() - start))
    trunk, movenet = published_trunk(), published_movenet(teacher)
    costs = {
        "kuager-eye, a picture": giga_flops(trunk, (288, 512)), "kuager-joints, a person": giga_flops(movenet, (192, 192)),
        "YOLOX-nano, 416x416": giga_flops(trunk, (416, 416)), "MoveNet Lightning int8, a person": giga_flops(movenet, (192, 192)),
    }  # fmt: skip
    for name in dict.fromkeys(name for name, _ in runs):
        cost = f"{costs[name]:5.2f} GFLOP" if name in costs else " " * 11
        size = (ours[name][0] if name in ours else teacher).stat().st_size / 1e6
        print(f"{name:40} {np.median(times[name, 1]):6.1f} ms on 1, {np.median(times[name, 2]):6.1f} ms on 2 threads  {cost}  {size:.2f} MB")


if __name__ == "__main__":
    main()
