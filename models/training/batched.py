"""The eye with an open number of pictures, for graphics processors: `python models/training/batched.py OUT.onnx`.

Takes the published graph as it is, weights and all, and changes its two ends: the first axis of the input is left
open, and the suppression of overlaps, which knew one picture, goes over all of them. For one picture the result is bit for
bit that of the published graph; `--check` compares, also picture by picture with several at once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from eye_net import CANDIDATES, OVERLAP, PEOPLE
from exporting import milliseconds, synthetic_picture

EYE = Path(__file__).parents[1] / "kuager-eye" / "kuager-eye.onnx"
ROWS = "/boxes/Concat_9_output_0"  # [pictures, 256, 5]: cx, cy, w, h, score, best first


def node(kind: str, inputs: list[str], output: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], name=f"/batched/{output}", **attributes)


def suppression() -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """From ROWS to `people` [pictures, 48, 5]: left, top, right, bottom, score of those kept, then zeros.

    Whom ONNX's suppression keeps is marked, and the first marks of each picture are taken: rows are the best first, and it
    too keeps them in that order.
    """
    constants = {
        "b.0": np.array([0], np.int64), "b.2": np.array([2], np.int64), "b.4": np.array([4], np.int64),
        "b.5": np.array([5], np.int64), "b.last": np.array([2], np.int64), "b.half": np.float32(2),
        "b.all": np.array([np.iinfo(np.int64).max], np.int64), "b.overlap": np.array([OVERLAP], np.float32),
        "b.ends": np.array([0, 2], np.int64),
        "b.people": np.array([PEOPLE], np.int64), "b.order": np.arange(CANDIDATES, 0, -1, dtype=np.float32)[None],
        "b.none": np.float32(0), "b.row": np.array([1, 1, 5], np.int64),
    }  # fmt: skip
    nodes = [
        node("Slice", [ROWS, "b.0", "b.2", "b.last"], "b.centre"),
        node("Slice", [ROWS, "b.2", "b.4", "b.last"], "b.size"),
        node("Slice", [ROWS, "b.4", "b.5", "b.last"], "b.score"),
        node("Div", ["b.size", "b.half"], "b.reach"),
        node("Sub", ["b.centre", "b.reach"], "b.from"),
        node("Add", ["b.centre", "b.reach"], "b.to"),
        node("Concat", ["b.from", "b.to"], "b.boxes", axis=2),
        node("Concat", ["b.from", "b.to", "b.score"], "b.rows", axis=2),
        node("Transpose", ["b.score"], "b.scores", perm=[0, 2, 1]),
        node("NonMaxSuppression", ["b.boxes", "b.scores", "b.all", "b.overlap"], "b.kept"),
        node("Gather", ["b.kept", "b.ends"], "b.places", axis=1),  # picture and row
        node("Squeeze", ["b.score", "b.last"], "b.flat"),
        node("Mul", ["b.flat", "b.none"], "b.unmarked"),
        # Each kept row's mark is its place from the end, so that the first are the largest.
        node("Add", ["b.unmarked", "b.order"], "b.ranks"),
        node("GatherND", ["b.ranks", "b.places"], "b.marks"),
        node("ScatterND", ["b.unmarked", "b.places", "b.marks"], "b.marked"),
        helper.make_node("TopK", ["b.marked", "b.people"], ["b.top", "b.which"], name="/batched/b.top", axis=1),
        node("Unsqueeze", ["b.which", "b.last"], "b.index"),
        node("Tile", ["b.index", "b.row"], "b.indices"),
        node("GatherElements", ["b.rows", "b.indices"], "b.chosen", axis=1),
        node("Unsqueeze", ["b.top", "b.last"], "b.rank"),
        node("Greater", ["b.rank", "b.none"], "b.is_kept"),
        node("Where", ["b.is_kept", "b.chosen", "b.none"], "people"),
    ]
    return nodes, constants


def batched(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with an open number of pictures."""
    graph = model.graph
    made, constants = suppression()
    wanted, kept = {ROWS, "features"}, []
    for old in reversed(graph.node):
        if wanted & set(old.output):
            wanted |= set(old.input)
            kept.append(old)
    del graph.node[:]
    graph.node.extend([*reversed(kept), *made])
    weights = [t for t in graph.initializer if t.name in wanted]
    del graph.initializer[:]
    graph.initializer.extend(weights + [numpy_helper.from_array(v, k) for k, v in constants.items()])
    picture = graph.input[0].type.tensor_type.shape.dim
    picture[0].dim_param = "pictures"
    features = [d.dim_value for d in graph.output[1].type.tensor_type.shape.dim][1:]
    del graph.output[:]
    graph.output.extend(
        [
            helper.make_tensor_value_info("people", TensorProto.FLOAT, ["pictures", PEOPLE, 5]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["pictures", *features]),
        ]
    )
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def check(path: Path, pictures: np.ndarray) -> None:
    """Fails where the graph gives other numbers than the published one, one picture at a time or all at once."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    ours, theirs = (onnxruntime.InferenceSession(str(p), options) for p in (path, EYE))
    single = [theirs.run(None, {"image": picture[None]}) for picture in pictures]
    together = ours.run(None, {"image": pictures})
    for i, (picture, (people, features)) in enumerate(zip(pictures, single, strict=True)):
        alone = ours.run(None, {"image": picture[None]})
        for name, found in (("alone", alone), ("together", [t[i : i + 1] for t in together])):
            assert np.array_equal(found[0], people) and np.array_equal(found[1], features), (i, name)
    print(f"{len(pictures)} pictures, alone and together: equal, {np.count_nonzero([s[0][..., 4] for s in single])} boxes")


def noisy_pictures(count: int) -> np.ndarray:
    """The synthetic picture, blurred noise, and mixtures of both."""
    rng = np.random.default_rng(0)
    base = synthetic_picture(288, 512).astype(np.float32)
    coarse = rng.uniform(0, 255, (count, 18, 32, 3)).repeat(16, 1).repeat(16, 2)
    share = np.linspace(0, 1, count)[:, None, None, None]
    return (base * (1 - share) + coarse * share).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pictures", type=Path, help="with --check: a .npy of pictures u8 [n, 288, 512, 3] as well")
    options = parser.parse_args()
    onnx.save(batched(onnx.load(EYE)), options.out)
    if options.check:
        check(options.out, noisy_pictures(8))
        if options.pictures:
            check(options.out, np.load(options.pictures))
        picture = {"image": synthetic_picture(288, 512)[None]}
        times = {p.stem: round(milliseconds(p, picture, 1), 1) for p in (EYE, options.out)}
        print(times, "ms a picture alone on 1 thread")


if __name__ == "__main__":
    main()
