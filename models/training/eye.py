"""Makes kuager-eye: `python models/training/eye.py` (README.md describes the stages)."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

import cards
import data
import detector
from exporting import bootstrap, export, milliseconds, store_in_half, synthetic_picture
from eye_net import BoxHead, Eye, TrunkMaps
from regions import corners, iou, suppress
from trunk import FrozenTrunk, session
from yolox import HEIGHT, WIDTH, Trunk

SEED = 7
VERSION = "0.2.0"
OUT = Path(__file__).resolve().parent.parent / "kuager-eye"
SCORE = 0.25  # at which strictness is matched
CARD_SCORE = 0.2  # keeps people who lie; the tracker begins no track below 0.25
FAINT_SCORE = CARD_SCORE / 2  # what is believed so little is looked at where somebody vanished
FOUND = 0.3  # overlap of a found box with a labelled one
MAPS = ("s8", "s16", "s32")


def published() -> Trunk:
    return Trunk(data.third_party("yolox_nano.onnx")).eval().requires_grad_(False)


def trunk_file() -> Path:
    """The published trunk as ONNX, with maps and boxes as outputs; written when missing."""
    path = data.cache("pose") / "trunk.onnx"
    if not path.exists():
        picture = torch.from_numpy(synthetic_picture(HEIGHT, WIDTH))[None]
        export(TrunkMaps(published()), (picture,), path, ["image"], [*MAPS, "boxes"])
    return path


def head_file() -> Path:
    """The trained box head alone, reading the neck's maps."""
    return data.cache("pose") / "head.onnx"


def fallen_photographs() -> Iterator[tuple[np.ndarray, bool]]:
    """The photographs that are for measuring only: an eye input, whether somebody fallen is on it."""
    folder = data.root() / "fall_images"
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            picture = cv2.cvtColor(cv2.imread(str(folder / "images" / row["image"])), cv2.COLOR_BGR2RGB)
            yield fitted(picture), row["label"] == "fallen"


def fitted(picture: np.ndarray) -> np.ndarray:
    """A picture letterboxed to the eye's input."""
    width, height = data.fitted_size(picture.shape[1], picture.shape[0])
    canvas = np.full((HEIGHT, WIDTH, 3), data.PAD, np.uint8)
    canvas[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return canvas


def found_turned(see: FrozenTrunk, angles: tuple[float, ...]) -> np.ndarray:
    """Whether the person of each held-out posed photograph, turned by each angle, is found: [N]."""
    found = []
    for photo in detector.photographs(True):
        for angle in angles:
            canvas = detector.Scene(np.full((HEIGHT, WIDTH, 3), data.PAD, np.uint8), (WIDTH, HEIGHT), np.zeros((0, 4)), np.zeros((0, 4)))
            detector.put(canvas, photo, angle, 200 / float((photo.box[2:] - photo.box[:2]).max()), (WIDTH / 2, HEIGHT / 2), 1.0)
            boxes = corners(suppress(see(canvas.image)[1], CARD_SCORE))
            found.append(len(boxes) > 0 and iou(boxes, canvas.people).max() > FOUND)
    return np.array(found, float)


def found_fallen(see: FrozenTrunk) -> np.ndarray:
    """Whether anybody is found on each photograph of a fallen person: [N]."""
    return np.array([len(suppress(see(image)[1], CARD_SCORE)) > 0 for image, fallen in fallen_photographs() if fallen], float)


def matched_strictness(trained: FrozenTrunk) -> float:
    """How much stricter the trained head must be so that photographs without anybody fallen get as many
    boxes from it as from the published one."""
    calm = [image for image, fallen in fallen_photographs() if not fallen]
    published_rows = map(FrozenTrunk(trunk_file()), calm)
    wanted = sum(len(suppress(rows, SCORE)) for _, rows in published_rows)
    found = [trained(image)[1] for image in calm]
    for score in np.arange(SCORE, 0.95, 0.01):
        if sum(len(suppress(rows, score)) for rows in found) <= wanted:
            break
    return round(float(score / (1 - score) * (1 - SCORE) / SCORE), 2)


def measure(path: Path) -> list[dict]:
    """How many people are found, upright, turned and fallen, none of them trained on."""
    see = FrozenTrunk(path)
    measured = []
    held = "last tenth of the LSP extended photographs, never trained on, 200 pixels long in the input"
    for values, what, where in (
        (found_turned(see, (0.0,)), "posed people found, as photographed", held),
        (found_turned(see, (-135.0, -45.0, 45.0, 135.0)), "posed people found, turned by 45 and 135 degrees", held),
        (found_fallen(see), "photographs of fallen people with anybody found", "fall_images (stock and web pictures, for measuring only)"),
    ):
        value, interval = bootstrap(values)
        measured.append({
            "what": what, "value": round(value, 4), "interval": [round(v, 4) for v in interval],
            "data": f"{where}; {len(values)} pictures", "command": "python models/training/eye.py --measure",
        })  # fmt: skip
        print(what, round(value, 3), np.round(interval, 3), flush=True)
    return measured


def reference(path: Path) -> dict:
    """A few output values on the synthetic picture."""
    people, features = session(path).run(None, {"image": synthetic_picture(HEIGHT, WIDTH)[None]})
    spots = [(0, 0, 0), (5, 9, 16), (64, 17, 31), (127, 3, 20)]
    return {
        "image": "image[y][x][c] = (x*3 + y*5 + c*40) % 256",
        "people_shape": list(people.shape),
        "features_shape": list(features.shape),
        "features": [{"at": [0, *s], "value": float(features[(0, *s)])} for s in spots],
        "people_first_row": [float(v) for v in people[0, 0]],
        "features_mean": float(features.mean()),
        "tolerance": 0.01,
    }


def card(path: Path, measured: list[dict]) -> dict:
    return {
        "schema": 1,
        "name": "kuager-eye",
        "version": VERSION,
        "task": "person-detector",
        "file": path.name,
        "sha256": cards.sha256(path),
        "licence": "Apache-2.0",
        "origin": "Backbone and neck: YOLOX-nano by Megvii (Apache-2.0), unchanged. Box head: trained further by this project "
        "for people in any orientation, on its own finds in turned frames of surveillance clips (Akti et al. 2019, MIT), "
        "UT-Interaction (SDHA 2010, research use), GMDCSA-24 (MIT) and benign videos without watermark, on posed "
        "photographs (LSP extended, Johnson & Everingham 2011, research use) and on scenes rendered by this project.",
        "input": {
            "name": "image", "width": WIDTH, "height": HEIGHT, "layout": "nhwc", "dtype": "u8",
            "colour": "rgb", "fit": "letterbox-top-left", "pad_value": 114,
        },
        "output": {"family": "dets", "people": "people", "features": "features"},
        "thresholds": {"score": CARD_SCORE, "faint": FAINT_SCORE, "nms_iou": 0.6},
        "measured": measured,
        "use": {
            "intended": "Finding people on fixed cameras, as input to a review by a human.",
            "not_for": "Identifying anyone, or any decision about a person without a human's review.",
            "known_failures": "People below about 25 pixels in the 512x288 input; people under blankets or mostly hidden; crowds "
            "with heavy overlap; now and then furniture and heaps of clothes are taken for people lying.",
        },
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1600, help="of 8 pictures, for training the box head")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", action="store_true", help="measure and export the trained head, do not train")
    parser.add_argument("--trunk-only", action="store_true", help="only write the published trunk, which the joints need too")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    trunk_file()
    if options.trunk_only:
        return
    weights = data.cache("pose") / "head.pt"
    trunk = published()
    if options.measure:
        trunk.head.load_state_dict(torch.load(weights))
    else:
        trunk = detector.train(options.steps, SEED)
        torch.save(trunk.head.state_dict(), weights)

    folder = data.cache("pose")
    picture = synthetic_picture(HEIGHT, WIDTH)[None]
    maps = trunk.neck(torch.from_numpy(picture).permute(0, 3, 1, 2).float())
    export(TrunkMaps(trunk), (torch.from_numpy(picture),), folder / "trained.onnx", ["image"], [*MAPS, "boxes"])
    strictness = matched_strictness(FrozenTrunk(folder / "trained.onnx"))
    print("strictness", strictness)
    export(TrunkMaps(trunk, strictness), (torch.from_numpy(picture),), folder / "trained.onnx", ["image"], [*MAPS, "boxes"])
    export(BoxHead(trunk, strictness), tuple(maps), head_file(), MAPS, ["boxes"])
    measured = measure(folder / "trained.onnx")
    path = folder / "kuager-eye.onnx"
    export(Eye(trunk, strictness), (torch.from_numpy(picture),), path, ["image"], ["people", "features"])
    store_in_half(path)
    print({n: round(milliseconds(path, {"image": picture}, n), 1) for n in (1, 2)}, "ms a pass on 1 and 2 threads")
    cards.publish(OUT, path, card(path, measured), reference(path))


if __name__ == "__main__":
    main()
