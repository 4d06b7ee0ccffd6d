"""Makes kuager-eye: `python models/training/eye.py` (README.md describes the stages)."""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

import cards
import data
import pose_maps
import pose_train
from eye_net import CANDIDATES, Eye, PoseHead
from yolox import HEIGHT, WIDTH, Trunk, anchor_grid, decode_boxes, flatten

SEED = 7
VERSION = "0.1.0"
OUT = Path(__file__).resolve().parent.parent / "kuager-eye"
KEYPOINT_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


class TrunkMaps(nn.Module):
    """The frozen trunk as the pose stage needs it: maps at strides 4, 8, 16 and the best boxes."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.trunk = trunk
        corners, strides = anchor_grid()
        self.register_buffer("corners", corners, persistent=False)
        self.register_buffer("strides", strides, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        maps, head = self.trunk(image.permute(0, 3, 1, 2).float())
        rows = decode_boxes(flatten(head), self.corners, self.strides)
        best = torch.topk(rows[..., 4], CANDIDATES, 1).indices
        boxes = torch.gather(rows, 1, best[..., None].expand(-1, -1, rows.shape[-1]))
        return *maps[:3], boxes


class ActionFeatures(nn.Module):
    """What the violence head reads: the neck's 128 channels at stride 16."""

    def forward(self, picture: Tensor, maps: list[Tensor], raw: list[Tensor]) -> Tensor:
        return maps[2]


def export(module: nn.Module, path: Path, outputs: list[str]) -> None:
    """Writes a module that takes the eye's input as ONNX, opset 17."""
    image = torch.from_numpy(reference_image())[None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), (image,), str(path), input_names=["image"], output_names=outputs,
            opset_version=17, dynamo=False, do_constant_folding=True,
        )  # fmt: skip
    model = onnx.load(path)
    model.ir_version = min(model.ir_version, 9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def reference_image() -> np.ndarray:
    """The synthetic picture u8 [288, 512, 3] that parity tests build again."""
    y, x, c = np.ogrid[0:HEIGHT, 0:WIDTH, 0:3]
    return ((x * 3 + y * 5 + c * 40) % 256).astype(np.uint8)


def reference(path: Path) -> dict:
    """A few output values on the synthetic picture."""
    people, features = pose_maps.session(path).run(None, {"image": reference_image()[None]})
    spots = [(0, 0, 0), (5, 9, 16), (64, 17, 31), (127, 3, 20)]
    return {
        "image": "image[y][x][c] = (x*3 + y*5 + c*40) % 256",
        "people_shape": list(people.shape),
        "features_shape": list(features.shape),
        "features": [{"at": [0, *s], "value": float(features[(0, *s)])} for s in spots],
        "people_first_row": [float(v) for v in people[0, 0]],
        "features_mean": float(features.mean()),
        "tolerance": 0.002,
    }


def milliseconds(path: Path, image: np.ndarray, threads: int, runs: int = 40) -> float:
    """The median time of a pass."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    net = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    times = []
    for _ in range(runs + 3):
        start = time.perf_counter()
        net.run(None, {"image": image[None]})
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[3:]))


def bootstrap(values: np.ndarray, seed: int = 0, rounds: int = 2000) -> tuple[float, list[float]]:
    """The mean and its 95 % interval by resampling people."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(rounds)]
    return float(values.mean()), [float(v) for v in np.percentile(means, [2.5, 97.5])]


def card(path: Path, measured: list[dict]) -> dict:
    return {
        "schema": 1,
        "name": "kuager-eye",
        "version": VERSION,
        "task": "person-pose",
        "file": path.name,
        "sha256": cards.sha256(path),
        "licence": "MIT OR Apache-2.0",
        "origin": "Trunk and person boxes: YOLOX-nano by Megvii (Apache-2.0), frozen. Keypoint head: trained by "
        "this project on posed photographs (LSP extended, Johnson & Everingham 2011, research use) and on "
        "frames of surveillance clips (Akti et al. 2019, MIT), UT-Interaction (SDHA 2010, research use), "
        "GMDCSA-24 (MIT) and benign videos without watermark, labelled by MoveNet Lightning (Apache-2.0).",
        "input": {
            "name": "image", "width": WIDTH, "height": HEIGHT, "layout": "nhwc", "dtype": "u8",
            "colour": "rgb", "fit": "letterbox-top-left", "pad_value": 114,
        },
        "output": {
            "family": "people-rows", "people": "people", "features": "features",
            "keypoints": list(KEYPOINT_NAMES),
        },
        "thresholds": {"score": 0.25, "nms_iou": 0.6, "keypoint": 0.3},
        "measured": measured,
        "use": {
            "intended": "Finding people and their keypoints on fixed cameras, as input to a review by a human.",
            "not_for": "Identifying anyone, or any decision about a person without a human's review.",
            "known_failures": "Keypoints of people who lie, bend or are upside down are mostly wrong; such people are "
            "often not found at all (about half of posed photographs); people below about 25 pixels in the 512x288 input; left and right "
            "confused from behind; crowds with heavy overlap.",
        },
    }  # fmt: skip


def measure(head: PoseHead, folder: Path) -> list[dict]:
    """Keypoint accuracy on the held-out tenth of the photographs."""
    held = [pose_train.Shard(p) for p in sorted(folder.glob("held*"))]
    measured = []
    for given, what in ((True, "person box given"), (False, "own boxes, people not found count as wrong")):
        value, interval = bootstrap(pose_train.pck(head, held, given))
        measured.append({
            "what": f"PCK at 0.2 torso, held-out poses, {what}",
            "value": round(value, 4),
            "interval": [round(v, 4) for v in interval],
            "data": "last tenth of the LSP extended photographs (814), randomly turned, scaled and degraded on 512x288 canvases",
            "command": "python models/training/eye.py --measure",
        })  # fmt: skip
        print(what, value, interval)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20, help="time for training the keypoint head")
    parser.add_argument("--rounds", type=int, default=2, help="how often each photograph is pasted")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the head trained last")
    parser.add_argument("--measure", action="store_true", help="measure and export the trained head, do not train")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    trunk = Trunk(data.third_party("yolox_nano.onnx")).eval().requires_grad_(False)
    work = data.cache("pose")
    if not (work / "trunk.onnx").exists():
        export(TrunkMaps(trunk), work / "trunk.onnx", ["s4", "s8", "s16", "boxes"])
    pose_maps.build(work, work / "trunk.onnx", SEED, options.rounds)
    weights = work / "head.pt"
    torch.manual_seed(SEED)
    head = PoseHead().eval()
    if options.measure or options.resume:
        head.load_state_dict(torch.load(weights))
    if not options.measure:
        shards = [pose_train.Shard(p) for kind in ("photo", "real") for p in sorted(work.glob(f"{kind}*"))]
        head = pose_train.train(shards, options.minutes, SEED + options.resume, head)
        torch.save(head.state_dict(), weights)
    measured = measure(head, work)

    path = work / "kuager-eye.onnx"
    eye = Eye(trunk, head.to(memory_format=torch.contiguous_format), ActionFeatures())
    export(eye, path, ["people", "features"])
    print({n: round(milliseconds(path, reference_image(), n), 1) for n in (1, 2)}, "ms a pass on 1 and 2 threads")
    cards.install({
        OUT / "kuager-eye.onnx": path.read_bytes(),
        OUT / "model.toml": cards.render(card(path, measured)).encode(),
        OUT / "reference.json": (json.dumps(reference(path), indent=1) + "\n").encode(),
    })  # fmt: skip


if __name__ == "__main__":
    main()
