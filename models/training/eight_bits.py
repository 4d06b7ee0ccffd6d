"""Whether the eye in 8 bits is worth it: `python models/training/eight_bits.py`. Makes it, measures it beside the shipped one, keeps nothing.

Static QDQ quantisation by ONNX Runtime, a step for each filter, weights in 7 bits where `--narrow` is given (processors without VNNI
add pairs of products in 16 bits, which 8 bits can overflow), calibrated on pictures of surveillance clips. The layers after the last
convolutions, which make boxes of numbers, stay as they are.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import data
import detector
import eye
from regions import iou

SHIPPED = eye.OUT / "kuager-eye.onnx"
QUANTISED = ["Conv", "Mul", "Add", "Concat", "MaxPool", "Resize", "Sigmoid"]
CALIBRATED_ON = 64
EVERY = 4  # of the held-out photographs
ROUNDS = 80


class Pictures(CalibrationDataReader):
    """Eye inputs of development clips, one a clip."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.rest = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self.rest, None)
        return None if picture is None else {"image": picture[None]}


def calibration_pictures() -> list[np.ndarray]:
    clips = data.surveillance_fights()
    chosen = np.random.default_rng(0).permutation(len(clips))[:CALIBRATED_ON]
    firsts = (next(iter(data.frames_every(clips[i].path, 1.0))) for i in chosen)
    return [eye.fitted(frame.to_ndarray(format="rgb24")) for frame in firsts]


def kept_as_they_are(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes before the first convolution, and of the last convolutions with all that reads them."""
    readers: dict[str, list[int]] = {}
    for number, node in enumerate(graph.node):
        for name in node.input:
            readers.setdefault(name, []).append(number)
    leads_to_conv, after = {}, {}
    for number in reversed(range(len(graph.node))):  # nodes are in topological order
        following = [r for name in graph.node[number].output for r in readers.get(name, [])]
        after[number] = set(following).union(*(after[f] for f in following))
        leads_to_conv[number] = any(graph.node[f].op_type == "Conv" for f in after[number])
    convs = [n for n, node in enumerate(graph.node) if node.op_type == "Conv"]
    last = [n for n in convs if not leads_to_conv[n]]
    kept = set(range(convs[0])) | set(last) | set().union(*(after[n] for n in last))
    return [graph.node[n].name for n in sorted(kept)]


def in_eight_bits(folder: Path, pictures: list[np.ndarray], narrow: bool) -> Path:
    plain, path = folder / "plain.onnx", folder / "eight_bits.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(plain)
    onnxruntime.InferenceSession(str(SHIPPED), options, providers=["CPUExecutionProvider"])
    quantize_static(
        str(plain), str(path), Pictures(pictures), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=narrow,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=QUANTISED,
        nodes_to_exclude=kept_as_they_are(onnx.load(plain).graph),
    )  # fmt: skip
    return path


def loaded(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def found(net: onnxruntime.InferenceSession, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corner boxes of people believed in, and the features."""
    people, features = net.run(None, {"image": image[None]})
    return people[0][people[0][:, 4] >= eye.CARD_SCORE, :4], features


def photographs_found(nets: dict[str, onnxruntime.InferenceSession], angle: float) -> dict[str, float]:
    hits: dict[str, list[bool]] = {name: [] for name in nets}
    for number, photo in enumerate(detector.photographs(True)):
        if number % EVERY:
            continue
        middle = (eye.WIDTH / 2, eye.HEIGHT / 2)
        empty = np.full((eye.HEIGHT, eye.WIDTH, 3), data.PAD, np.uint8)
        scene = detector.Scene(empty, (eye.WIDTH, eye.HEIGHT), np.zeros((0, 4)), np.zeros((0, 4)))
        detector.put(scene, photo, angle, 200 / float((photo.box[2:] - photo.box[:2]).max()), middle, 1.0)
        for name, net in nets.items():
            boxes, _ = found(net, scene.image)
            hits[name].append(len(boxes) > 0 and bool(iou(boxes, scene.people).max() > eye.FOUND))
    return {name: float(np.mean(h)) for name, h in hits.items()}


def processor_millis(nets: dict[str, onnxruntime.InferenceSession], picture: np.ndarray) -> dict[str, float]:
    """The least processor time of a pass, in turn."""
    times: dict[str, list[float]] = {name: [] for name in nets}
    for _ in range(ROUNDS):
        for name, net in nets.items():
            start = time.process_time()
            net.run(None, {"image": picture[None]})
            times[name].append(1000 * (time.process_time() - start))
    return {name: min(t) for name, t in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--narrow", action="store_true", help="weights in 7 bits")
    narrow = parser.parse_args().narrow
    pictures = calibration_pictures()
    with tempfile.TemporaryDirectory() as folder:
        nets = {"shipped": loaded(SHIPPED), "8 bits": loaded(in_eight_bits(Path(folder), pictures, narrow))}
    for name, millis in processor_millis(nets, pictures[0]).items():
        print(f"{name:10} {millis:.1f} ms of processor time a picture")
    for angle in (0.0, -45.0):
        print(f"posed people found, turned by {angle:.0f} degrees", photographs_found(nets, angle))
    alike = [np.corrcoef(*(found(net, p)[1].ravel() for net in nets.values()))[0, 1] for p in pictures]
    print(f"features: correlation {np.mean(alike):.3f}")


if __name__ == "__main__":
    main()
