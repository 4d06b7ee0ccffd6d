"""People to learn poses from: posed photographs, real footage labelled by a teacher, rendered scenes.

Keypoints are in COCO order (x, y, target confidence), with confidence -1 where nothing is known of a
joint and 0 where it cannot be seen.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

import data
from regions import corners, suppress
from trunk import FrozenTrunk

KEYPOINTS = 17
FACE = slice(0, 5)
UNKNOWN = -1.0

# COCO index of each of the 14 joints in the photographs' order (neck and head top have none).
COCO_OF_LSP = (16, 14, 12, 11, 13, 15, 10, 8, 6, 5, 7, 9)
# Left and right swap when a picture is mirrored.
MIRRORED = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)

TEACHER_CERTAIN = 0.3
HELD_OUT = 0.1  # the last tenth of the photographs is for measuring only
AROUND = 1.8  # a person cut out of a video keeps this much of the surroundings
KEPT = 256  # pixels along a cut-out
SMALLEST = 28  # pixels of the eye's input; smaller people teach nothing
FOOTAGE_WEIGHT = 0.4


@dataclass
class Photograph:
    """A picture u8 [h, w, 3] RGB of a labelled person: corner box [4] and keypoints [17, 3] in its
    pixels, and how often it is trained on, relative to others."""

    image: np.ndarray
    box: np.ndarray
    keypoints: np.ndarray
    weight: float = 1.0


class Teacher:
    """MoveNet Lightning (Apache-2.0) as published: the keypoints of the person in a box."""

    SIDE = 192

    def __init__(self) -> None:
        path = data.third_party("movenet_lightning_int8.tflite")
        self._net = Interpreter(str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        self._output = self._net.get_output_details()[0]["index"]

    def __call__(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Keypoints [17, 3] (x, y, score) of the person in the corner box of an RGB image."""
        centre, side = (box[:2] + box[2:]) / 2, 1.25 * (box[2:] - box[:2]).max()
        scale = self.SIDE / max(side, 1.0)
        place = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
        place[:, 2] = self.SIDE / 2 - scale * centre
        crop = cv2.warpAffine(image, place, (self.SIDE, self.SIDE), flags=cv2.INTER_AREA)
        self._net.set_tensor(self._input, crop[None])
        self._net.invoke()
        found = self._net.get_tensor(self._output)[0, 0]
        points = (found[:, 1::-1] * self.SIDE - place[:, 2]) / scale
        return np.concatenate([points, found[:, 2:]], 1).astype(np.float32)


def photographs(held_out: bool) -> Iterator[Photograph]:
    """The posed photographs with twelve labelled body joints; no face."""
    folder = data.root() / "lspet_poses"
    entries = json.loads((folder / "joints.json").read_text())
    cut = round(len(entries) * (1 - HELD_OUT))
    for entry in entries[cut:] if held_out else entries[:cut]:
        picture = cv2.imread(str(folder / "images" / entry["image"]))
        image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        joints = np.array(entry["joints"], np.float32)
        seen = joints[:, 2] > 0
        keypoints = np.full((KEYPOINTS, 3), UNKNOWN, np.float32)
        keypoints[list(COCO_OF_LSP)] = joints[:12]
        if seen.sum() >= 6:
            yield Photograph(image, _extent(joints[seen, :2]), keypoints)


def _extent(points: np.ndarray, margin: float = 0.12) -> np.ndarray:
    """The corner box of the points, enlarged on each side by `margin` of its longer side."""
    low, high = points.min(0), points.max(0)
    grow = margin * (high - low).max()
    return np.r_[low - grow, high + grow].astype(np.float32)


def with_face(photo: Photograph, teacher: Teacher) -> Photograph:
    """Adds the teacher's face keypoints where it is sure and agrees with the known shoulders."""
    found = teacher(photo.image, photo.box)
    keypoints = photo.keypoints.copy()
    known = keypoints[:, 2] > 0
    length = (photo.box[2:] - photo.box[:2]).max()
    shoulders = known & np.isin(np.arange(KEYPOINTS), (5, 6))
    error = np.linalg.norm(found[:, :2] - keypoints[:, :2], axis=1)
    if shoulders.any() and error[shoulders].max() < 0.1 * length:
        sure = np.arange(KEYPOINTS)[FACE][found[FACE, 2] > TEACHER_CERTAIN]
        keypoints[sure] = found[sure]
    return Photograph(photo.image, photo.box, keypoints, photo.weight)


def _footage() -> Iterator[tuple[data.Clip, float]]:
    """The trainable videos and how far apart their frames are taken, in seconds."""
    for clip in data.surveillance_fights():
        yield clip, 0.8
    for clip in data.ut_interaction() + data.falls_and_daily_life():
        yield clip, 1.3
    for clip in data.benign():
        if clip.trainable:
            yield clip, 3.0


def footage_people(trunk: Path) -> list[Photograph]:
    """People found in the trainable videos, labelled by the teacher, cut out with what is around them;
    kept in the cache."""
    store = data.cache("pose") / "footage.npz"
    if not store.exists():
        with ProcessPoolExecutor(2) as pool:
            found = [p for part in pool.map(_people_of, itertools.repeat(trunk), _footage(), chunksize=4) for p in part]
        codes = np.array([np.frombuffer(cv2.imencode(".jpg", p.image)[1], np.uint8) for p in found], dtype=object)
        np.savez(store, codes=codes, boxes=np.array([p.box for p in found]), keypoints=np.array([p.keypoints for p in found]))
    kept = np.load(store, allow_pickle=True)
    images = (cv2.imdecode(code, cv2.IMREAD_COLOR) for code in kept["codes"])
    return [Photograph(i, b, k, FOOTAGE_WEIGHT) for i, b, k in zip(images, kept["boxes"], kept["keypoints"])]


def _people_of(trunk_path: Path, job: tuple[data.Clip, float]) -> list[Photograph]:
    av.logging.set_level(av.logging.ERROR)
    trunk, teacher, (clip, spacing) = FrozenTrunk(trunk_path), Teacher(), job
    people = []
    for frame in data.frames_every(clip.path, spacing):
        image, (width, _) = data.letterbox(frame)
        full, scale = frame.to_ndarray(format="rgb24"), frame.width / width
        for row in suppress(trunk(image)[1], 0.3)[:8]:
            box = corners(row[None])[0]
            if (box[2:] - box[:2]).max() >= SMALLEST:
                taught = teacher(full, box * scale)
                if (taught[:, 2] > TEACHER_CERTAIN).sum() >= 7:
                    people.append(_cut_out(Photograph(full, box * scale, taught)))
    return people


def _cut_out(photo: Photograph) -> Photograph:
    """The person with some surroundings, in a picture of 256x256."""
    centre, side = (photo.box[:2] + photo.box[2:]) / 2, AROUND * (photo.box[2:] - photo.box[:2]).max()
    scale = min(1.0, KEPT / side)
    place = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
    place[:, 2] = KEPT / 2 - scale * centre
    image = cv2.warpAffine(photo.image, place, (KEPT, KEPT), flags=cv2.INTER_AREA, borderValue=(114, 114, 114))
    keypoints = photo.keypoints.copy()
    keypoints[:, :2] = scale * keypoints[:, :2] + place[:, 2]
    box = scale * photo.box + np.r_[place[:, 2], place[:, 2]]
    return Photograph(image, box.astype(np.float32), keypoints)


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What cameras do to a picture: light, colour, blur, low resolution, noise, JPEG."""
    picture = image.astype(np.float32)
    if rng.random() < 0.25:
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    else:
        picture *= rng.uniform(0.85, 1.15, 3).astype(np.float32)
    picture = (picture - 110) * rng.uniform(0.55, 1.25) + 110 + rng.normal(0, 22)
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.3:
        shrink = rng.uniform(0.4, 0.9)
        small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        picture = picture + rng.normal(0, rng.uniform(1, 12), picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(25, 90))
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return picture
