"""Makes kuager-joints: `python models/training/joints.py` (README.md describes the stages)."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

import cards
import data
import pose_train
import poses
from exporting import bootstrap, export, milliseconds, round_weights, store_in_bytes, store_in_half, synthetic_picture
from eye import trunk_file
from movenet import published
from pose_net import SIDE, WIDEN, CropPose
from trunk import session

SEED = 7
VERSION = "0.2.0"
COURSES = (pose_train.Course(3000, 0.25), pose_train.Course(1200, 0.35))
TURNED = (-135.0, -45.0, 45.0, 135.0)  # degrees; the held-out people are also shown turned
OUT = Path(__file__).resolve().parent.parent / "kuager-joints"
NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


class Joints(nn.Module):
    """u8 [1, 192, 192, 3] RGB to joints [1, 1, 17, 3]: y, x in shares of the crop, confidence."""

    def __init__(self, net: CropPose) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        found = self.net(image.permute(0, 3, 1, 2).float())
        return found[..., [1, 0, 2]][:, None]


def measure(net: CropPose) -> list[dict]:
    """Keypoint accuracy on the held-out tenth of the photographs, upright and turned."""
    held = list(poses.photographs(True))
    measured = []
    for angles, how in (((0.0,), "as photographed"), (TURNED, "turned by 45 and 135 degrees either way")):
        value, interval = bootstrap(pose_train.pck(net, held, angles))
        measured.append({
            "what": f"PCK at 0.2 torso, held-out poses, person box given, {how}",
            "value": round(value, 4),
            "interval": [round(v, 4) for v in interval],
            "data": f"last tenth of the LSP extended photographs ({len(held)}), never trained on",
            "command": "python models/training/joints.py --measure",
        })  # fmt: skip
        print(how, value, interval, flush=True)
    return measured


def card(path: Path, measured: list[dict]) -> dict:
    return {
        "schema": 1,
        "name": "kuager-joints",
        "version": VERSION,
        "task": "crop-pose",
        "file": path.name,
        "sha256": cards.sha256(path),
        "licence": "Apache-2.0",
        "origin": "MoveNet Lightning by Google (Apache-2.0), trained further by this project on posed photographs at "
        "any orientation (LSP extended, Johnson & Everingham 2011, research use) and on people in surveillance "
        "clips (Akti et al. 2019, MIT), UT-Interaction (SDHA 2010, research use), GMDCSA-24 (MIT) and benign videos "
        "without watermark, labelled by the published MoveNet Lightning.",
        "input": {
            "name": "image", "width": SIDE, "height": SIDE, "layout": "nhwc", "dtype": "u8",
            "colour": "rgb", "pad_value": 114, "crop_padding": WIDEN,
        },
        "output": {"family": "yx-score", "joints": "joints", "keypoints": list(NAMES)},
        "thresholds": {"keypoint": 0.3},
        "measured": measured,
        "use": {
            "intended": "Where the joints of a person are whom a detector found on a fixed camera, as input to a review by a human.",
            "not_for": "Identifying anyone, by face, gait or build; any decision about a person without a human's review.",
            "known_failures": "Left and right confused, most of all from behind and upside down; joints behind another person or "
            "a blanket are guessed; of two people in one box only one is seen; people below about 40 pixels; fisheye edges.",
        },
    }  # fmt: skip


def reference(path: Path) -> dict:
    """What the graph gives for the synthetic picture."""
    joints = session(path).run(None, {"image": synthetic_picture(SIDE, SIDE)[None]})[0]
    return {
        "image": "image[y][x][c] = (x*3 + y*5 + c*40) % 256",
        "shape": list(joints.shape),
        "joints": [[round(float(v), 6) for v in row] for row in joints[0, 0]],
        "tolerance": 0.002,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", action="store_true", help="measure and export the trained weights, do not train")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    weights = data.cache("pose") / "crop.pt"
    net = CropPose(published(data.third_party("movenet_lightning_int8.tflite"))).eval()
    if options.measure:
        net.load_state_dict(torch.load(weights))
    else:
        teacher = poses.Teacher()
        people = [poses.with_face(p, teacher) for p in poses.photographs(False)]
        people += poses.footage_people(trunk_file())
        for number, course in enumerate(COURSES):
            net = pose_train.train(net, people, number, course, SEED + number)
        torch.save(net.state_dict(), weights)
    net = net.to(memory_format=torch.contiguous_format)
    round_weights(net)
    measured = measure(net)

    path = data.cache("pose") / "kuager-joints.onnx"
    picture = synthetic_picture(SIDE, SIDE)[None]
    export(Joints(net), (torch.from_numpy(picture),), path, ["image"], ["joints"])
    store_in_bytes(path)
    store_in_half(path)
    print({n: round(milliseconds(path, {"image": picture}, n), 1) for n in (1, 2)}, "ms a person on 1 and 2 threads")
    cards.publish(OUT, path, card(path, measured), reference(path))


if __name__ == "__main__":
    main()
