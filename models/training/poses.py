"""Training pictures for the keypoint branch: pasted photographs and teacher-labelled frames.

A picture is a 512x288 canvas; a person on it is a box and 17 COCO keypoints (x, y, target
confidence), with confidence -1 where nothing is known about the joint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

import data
from yolox import HEIGHT, WIDTH

KEYPOINTS = 17
FACE = slice(0, 5)
UNKNOWN = -1.0

# COCO index of each of the 14 joints in the photographs' order (neck and head top have none).
COCO_OF_LSP = (16, 14, 12, 11, 13, 15, 10, 8, 6, 5, 7, 9)
# Left and right swap when a picture is mirrored.
MIRRORED = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)

TEACHER_CERTAIN = 0.3
HELD_OUT = 0.1  # the last tenth of the photographs is for measuring only


@dataclass
class Person:
    """A labelled person: corner box [4] and keypoints [17, 3], in pixels of its picture."""

    box: np.ndarray
    keypoints: np.ndarray


@dataclass
class Canvas:
    """An eye input u8 [288, 512, 3] RGB with the people labelled on it."""

    image: np.ndarray
    people: list[Person] = field(default_factory=list)


class Teacher:
    """MoveNet Lightning (Apache-2.0): the keypoints of the person in a box."""

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


def photographs(held_out: bool) -> Iterator[tuple[np.ndarray, Person]]:
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
            yield image, Person(_extent(joints[seen, :2]), keypoints)


def _extent(points: np.ndarray, margin: float = 0.12) -> np.ndarray:
    """The corner box of the points, enlarged on each side by `margin` of its longer side."""
    low, high = points.min(0), points.max(0)
    grow = margin * (high - low).max()
    return np.r_[low - grow, high + grow].astype(np.float32)


def with_face(image: np.ndarray, person: Person, teacher: Teacher) -> Person:
    """Adds the teacher's face keypoints where it is sure and agrees with the known shoulders."""
    found = teacher(image, person.box)
    keypoints = person.keypoints.copy()
    known = keypoints[:, 2] > 0
    length = (person.box[2:] - person.box[:2]).max()
    shoulders = known & np.isin(np.arange(KEYPOINTS), (5, 6))
    error = np.linalg.norm(found[:, :2] - keypoints[:, :2], axis=1)
    if shoulders.any() and error[shoulders].max() < 0.1 * length:
        sure = np.arange(KEYPOINTS)[FACE][found[FACE, 2] > TEACHER_CERTAIN]
        keypoints[sure] = found[sure]
    return Person(person.box, keypoints)


def mirrored(image: np.ndarray, people: list[Person]) -> Canvas:
    """The canvas seen in a mirror."""
    width = image.shape[1]
    flipped = []
    for person in people:
        x0, y0, x1, y1 = person.box
        keypoints = person.keypoints[list(MIRRORED)].copy()
        keypoints[:, 0] = width - keypoints[:, 0]
        flipped.append(Person(np.array([width - x1, y0, width - x0, y1], np.float32), keypoints))
    return Canvas(np.ascontiguousarray(image[:, ::-1]), flipped)


def paste(
    canvas: np.ndarray, image: np.ndarray, person: Person, rng: np.random.Generator, place: np.ndarray
) -> Person:
    """Warps the photograph onto the canvas by the affine `place` [2, 3] with a soft edge."""
    ones = np.ones(image.shape[:2], np.float32)
    size = (WIDTH, HEIGHT)
    shrink = np.linalg.norm(place[:, 0])
    if shrink < 0.6:  # avoid aliasing
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / shrink)
    mask = cv2.warpAffine(ones, place, size, flags=cv2.INTER_LINEAR)
    feather = rng.uniform(0.5, 3.0)
    mask = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3))), (0, 0), feather)[..., None]
    warped = cv2.warpAffine(image, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    canvas[:] = (mask * warped + (1 - mask) * canvas).astype(np.uint8)

    keypoints = person.keypoints.copy()
    keypoints[:, :2] = keypoints[:, :2] @ place[:, :2].T + place[:, 2]
    outside = ~((keypoints[:, :2] >= 0) & (keypoints[:, :2] < size)).all(1)
    keypoints[outside & (keypoints[:, 2] > 0), 2] = 0
    known = keypoints[:, 2] > 0
    if known.sum() < 4:
        box = np.zeros(4, np.float32)
    else:
        box = np.clip(_extent(keypoints[known, :2]), 0, (*size, *size)).astype(np.float32)
    return Person(box, keypoints)


def collage(
    photos: list[tuple[np.ndarray, Person]], background: np.ndarray, rng: np.random.Generator
) -> Canvas:
    """Up to eight photographs at random size and orientation on one canvas."""
    canvas = Canvas(background.copy())
    columns = int(rng.integers(2, 5))
    rows = 1 if columns == 2 else int(rng.integers(1, 3))
    slots = [(r, c) for r in range(rows) for c in range(columns)]
    for (row, column), (image, person) in zip(slots, photos):
        centre = (person.box[:2] + person.box[2:]) / 2
        height = rng.uniform(0.55, 1.15) * HEIGHT / rows
        scale = height / max((person.box[2:] - person.box[:2]).max(), 1.0)
        angle = rng.uniform(-180, 180) if rng.random() < 0.4 else rng.normal(0, 20)
        place = cv2.getRotationMatrix2D(centre.tolist(), angle, scale)
        slot = np.array([(column + 0.5) * WIDTH / columns, (row + 0.5) * HEIGHT / rows])
        place[:, 2] += slot + rng.normal(0, 12, 2) - centre
        pasted = paste(canvas.image, image, person, rng, place)
        if (pasted.box[2:] - pasted.box[:2]).min() > 12:
            canvas.people.append(pasted)
    if rng.random() < 0.5:
        canvas = mirrored(canvas.image, canvas.people)
    canvas.image = degrade(canvas.image, rng)
    return canvas


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
