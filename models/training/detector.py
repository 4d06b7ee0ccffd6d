"""Teaches the trunk's box head people in any orientation; backbone and neck stay as published.

The published detector was trained on photographs of mostly upright people. Its own finds, gathered over
four orientations of each training frame, become labels for frames turned by any angle; posed
photographs and rendered scenes add bodies that it never finds by itself.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import av
import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import IterableDataset
from torchvision.ops import box_iou

import course
import data
from poses import Photograph, degrade, photographs
from regions import corners, iou
from yolox import HEIGHT, WIDTH, Trunk, anchor_grid, decode_boxes, flatten

BATCH = 8
CERTAIN = 0.35  # a find of this score is a label
DOUBTFUL = 0.1  # one between the two is neither a person nor background
MOST = 24  # people of one picture
SMALLEST = 14.0  # pixels of the longer side; smaller people are doubtful
TURNS = (0, 1, 2, 3)  # quarter turns


@dataclass
class Scene:
    """An eye input u8 [288, 512, 3], its picture's size, corner boxes of people [N, 4] and of doubtful
    finds [M, 4]."""

    image: np.ndarray
    size: tuple[int, int]
    people: np.ndarray
    doubtful: np.ndarray


class Finder:
    """The published detector looking at a picture in four orientations."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self._trunk = Trunk(data.third_party("yolox_nano.onnx")).eval().requires_grad_(False)

    @torch.no_grad()
    def __call__(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Corner boxes and scores [N, 5] of a letterboxed picture, best first, one a person."""
        found = []
        for turn in TURNS:
            turned = np.ascontiguousarray(np.rot90(image, turn))
            height, width = turned.shape[:2]
            _, head = self._trunk(torch.from_numpy(turned).permute(2, 0, 1)[None].float())
            rows = decode_boxes(flatten(head), *anchor_grid(height, width))[0].numpy()
            rows = rows[rows[:, 4] > DOUBTFUL]
            found.append(np.c_[_turned_back(corners(rows), turn, width, height), rows[:, 4]])
        boxes = np.concatenate(found)
        boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
        boxes[:, :4] = np.clip(boxes[:, :4], 0, (*size, *size))
        kept: list[int] = []
        overlap = iou(boxes[:, :4], boxes[:, :4])
        for i in range(len(boxes)):
            if not kept or overlap[i, kept].max() < 0.45:
                kept.append(i)
        return boxes[kept]


def _turned_back(boxes: np.ndarray, turn: int, width: int, height: int) -> np.ndarray:
    """Corner boxes of a picture that `np.rot90` turned, in the picture before."""
    for _ in range(turn):
        x0, y0, x1, y1 = boxes.T
        boxes = np.stack([height - y1, x0, height - y0, x1], 1)
        width, height = height, width
    return boxes


def _footage() -> list[tuple[data.Clip, float]]:
    """The trainable videos and how far apart their frames are taken, in seconds."""
    clips = [(c, 0.8) for c in data.surveillance_fights()]
    clips += [(c, 1.5) for c in data.ut_interaction()] + [(c, 0.5) for c in data.falls_and_daily_life()]
    return clips + [(c, 1.5) for c in data.benign() if c.trainable]


def _scenes_of(job: tuple[data.Clip, float]) -> list[tuple[np.ndarray, tuple[int, int], np.ndarray]]:
    av.logging.set_level(av.logging.ERROR)
    clip, spacing = job
    find = Finder()
    scenes = []
    for frame in data.frames_every(clip.path, spacing):
        image, size = data.letterbox(frame)
        code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
        scenes.append((code, size, find(image, size).astype(np.float32)))
    return scenes


def footage(workers: int = 2) -> list[Scene]:
    """Frames of the trainable videos with the detector's own finds; kept in the cache."""
    store = data.cache("pose") / "scenes.npz"
    if not store.exists():
        with ProcessPoolExecutor(workers) as pool:
            found = [s for part in pool.map(_scenes_of, _footage(), chunksize=4) for s in part]
        np.savez(store, scenes=np.array(found, dtype=object))
    scenes = []
    for code, size, boxes in np.load(store, allow_pickle=True)["scenes"]:
        certain = (boxes[:, 4] >= CERTAIN) & ((boxes[:, 2:4] - boxes[:, :2]).max(1) >= SMALLEST)
        scenes.append(Scene(cv2.imdecode(code, cv2.IMREAD_COLOR), tuple(size), boxes[certain, :4], boxes[~certain, :4]))
    return scenes


def rendered() -> list[Scene]:
    """Frames of the rendered training scenes, with exact boxes; none where nothing was rendered."""
    scenes = []
    for path in sorted(data.staged_folder().glob("*.json")):
        if not path.with_suffix(".mp4").exists():
            continue
        truth = json.loads(path.read_text())
        by_time = {round(f["secs"], 2): f["people"] for f in truth["frames"]}
        times = np.array(sorted(by_time))
        for frame in data.frames_every(path.with_suffix(".mp4"), 1.6):
            people = by_time[times[np.abs(times - (frame.time or 0.0)).argmin()]]
            image, size = data.letterbox(frame)
            scale = size[0] / frame.width
            boxes = np.array([p["bbox_in_frame"] for p in people], np.float32).reshape(-1, 4) * scale
            boxes[:, 2:] += boxes[:, :2]
            shown = np.array([p["pixels_shown"] * scale**2 for p in people])
            clear = (shown > 0.12 * np.prod(boxes[:, 2:] - boxes[:, :2], 1)) & (shown > 80) if len(boxes) else shown > 0
            scenes.append(Scene(image, size, boxes[clear], boxes[~clear]))
    return scenes


def _moved(boxes: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The corner boxes of turned people: bounds of the ellipse in each box, moved by the affine."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    centre = centre @ place[:, :2].T + place[:, 2]
    reach = np.sqrt(np.square(half[:, None] * place[None, :, :2]).sum(-1))
    return np.concatenate([centre - reach, centre + reach], 1)


def shaken(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene turned, scaled and shifted, or as it is."""
    if rng.random() < 0.2:
        return copy.deepcopy(scene)
    angle = rng.normal(0, 12) if rng.random() < 0.35 else rng.uniform(-180, 180)
    middle = (scene.size[0] / 2, scene.size[1] / 2)
    place = cv2.getRotationMatrix2D(middle, angle, np.exp(rng.normal(0, 0.25)))
    place[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - middle + rng.normal(0, (40, 20))
    image = cv2.warpAffine(scene.image, place, (WIDTH, HEIGHT), borderValue=(114, 114, 114))
    return Scene(image, (WIDTH, HEIGHT), _moved(scene.people, place), _moved(scene.doubtful, place))


def paste(scene: Scene, photo: Photograph, rng: np.random.Generator) -> None:
    """Puts a photograph of a person into the scene at random size, place and orientation."""
    scale = rng.uniform(45, 230) / float((photo.box[2:] - photo.box[:2]).max())
    angle = rng.uniform(-180, 180) if rng.random() < 0.5 else rng.normal(0, 25)
    put(scene, photo, angle, scale, rng.uniform((60, 40), (WIDTH - 60, HEIGHT - 40)), rng.uniform(0.5, 2.5))


def put(scene: Scene, photo: Photograph, angle: float, scale: float, at: Sequence[float], softness: float) -> None:
    """Puts a photograph into the scene: turned by degrees, scaled, its person's middle at `at`."""
    centre = (photo.box[:2] + photo.box[2:]) / 2
    place = cv2.getRotationMatrix2D(centre.tolist(), angle, scale)
    place[:, 2] += np.asarray(at) - centre
    image = cv2.GaussianBlur(photo.image, (0, 0), 0.4 / scale) if scale < 0.6 else photo.image
    mask = cv2.warpAffine(np.ones(image.shape[:2], np.float32), place, (WIDTH, HEIGHT))
    mask = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3))), (0, 0), softness)[..., None]
    warped = cv2.warpAffine(image, place, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    scene.image[:] = mask * warped + (1 - mask) * scene.image
    shown = mask[..., 0] > 0.5
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if len(rows) == 0:
        return
    sheet = np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]], float)
    scene.people = scene.people[_covered(scene.people, sheet) < 0.3]
    known = photo.keypoints[photo.keypoints[:, 2] > 0, :2] @ place[:, :2].T + place[:, 2]
    low, high = known.min(0), known.max(0)
    grow = 0.1 * (high - low).max()
    scene.people = np.r_[scene.people, np.r_[low - grow, high + grow][None]]


def _covered(boxes: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """The share of each corner box [N, 4] behind a sheet [1, 4]."""
    shared = np.clip(np.minimum(boxes[:, 2:], sheet[:, 2:]) - np.maximum(boxes[:, :2], sheet[:, :2]), 0, None)
    return np.prod(shared, 1) / np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], 1), 1)


class Pictures(IterableDataset):
    """Endless training pictures: image, corner boxes [24, 4] with zeros to fill, doubtful boxes alike."""

    def __init__(self, scenes: Sequence[Scene], scenes_rendered: Sequence[Scene], photos: Sequence[Photograph], seed: int) -> None:
        self.scenes, self.rendered, self.photos, self.seed = scenes, scenes_rendered, photos, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        rng = np.random.default_rng(self.seed)
        while True:
            staged = self.rendered and rng.random() < 0.25
            pool = self.rendered if staged else self.scenes
            scene = shaken(pool[rng.integers(len(pool))], rng)
            if not staged and rng.random() < 0.55:
                for _ in range(rng.integers(1, 4)):
                    paste(scene, self.photos[rng.integers(len(self.photos))], rng)
            if rng.random() < 0.5:
                scene.image = scene.image[:, ::-1]
                for boxes in (scene.people, scene.doubtful):
                    boxes[:, [0, 2]] = WIDTH - boxes[:, [2, 0]]
            image = degrade(scene.image, rng) if rng.random() < 0.6 else np.ascontiguousarray(scene.image)
            yield torch.from_numpy(image).permute(2, 0, 1), _fixed(scene.people), _fixed(scene.doubtful)


def _fixed(boxes: np.ndarray) -> Tensor:
    """At most 24 boxes cut at the picture's edge; those mostly outside are dropped."""
    inside = np.clip(boxes, 0, (WIDTH, HEIGHT, WIDTH, HEIGHT))
    share = np.prod(inside[:, 2:] - inside[:, :2], 1) / np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], 1), 1)
    inside = inside[share > 0.4][:MOST]
    out = torch.zeros(MOST, 4)
    out[: len(inside)] = torch.from_numpy(inside.astype(np.float32))
    return out


def assign(boxes: Tensor, scores: Tensor, people: Tensor, centres: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """SimOTA (YOLOX, arXiv 2107.08430): which anchors [A] answer for which of the people [G, 4], as
    (anchor, person) indices. `boxes` [A, 4] corner predictions, `scores` [A]."""
    inside = ((centres[:, None] > people[None, :, :2]) & (centres[:, None] < people[None, :, 2:])).all(-1)
    middle = (people[:, :2] + people[:, 2:]) / 2
    near = ((centres[:, None] - middle).abs() < 2.5 * strides[:, None, None]).all(-1)
    overlap = box_iou(boxes, people)
    cost = -scores.clamp(1e-6, 1).log()[:, None] - 3 * overlap.clamp(min=1e-6).log()
    cost = cost + 1e5 * (~(inside & near)).float() + 1e6 * (~(inside | near)).float()
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    for g in range(len(people)):
        count = int(overlap[:, g].topk(10).values.sum().clamp(1, 10))
        best = cost[:, g].topk(count, largest=False).indices
        chosen[best[cost[best, g] < 1e6], g] = True
    owner = torch.where(chosen, cost, torch.inf).argmin(1)
    anchors = chosen.any(1).nonzero()[:, 0]
    return anchors, owner[anchors]


def loss_of(trunk: Trunk, before: Trunk, image: Tensor, people: Tensor, doubtful: Tensor, grid: tuple[Tensor, Tensor]) -> Tensor:
    """YOLOX's loss for one class. Anchors that look at doubtful people, or where the published head sees
    somebody whom no label names, are left out of the objectness."""
    with torch.no_grad():
        maps = trunk.neck(image)
        known = decode_boxes(flatten(before.find(maps)), *grid)[..., 4]
    raw = flatten(trunk.find(maps))
    rows = decode_boxes(raw, *grid)
    corner, strides = grid
    centres = (corner + 0.5) * strides[:, None]
    boxes = torch.cat([rows[..., :2] - rows[..., 2:4] / 2, rows[..., :2] + rows[..., 2:4] / 2], -1)
    total, count = rows.new_zeros(()), 0
    for b in range(len(image)):
        wanted = people[b][people[b, :, 2] > 0]
        unsure = doubtful[b][doubtful[b, :, 2] > 0]
        target = torch.zeros(len(strides))
        skip = known[b] > DOUBTFUL
        if len(unsure):
            skip = skip | ((centres[:, None] > unsure[None, :, :2]) & (centres[:, None] < unsure[None, :, 2:])).all(-1).any(1)
        if len(wanted):
            anchors, owner = assign(boxes[b].detach(), rows[b, :, 4].detach(), wanted, centres, strides)
            overlap = _paired_iou(boxes[b, anchors], wanted[owner])
            total = total + 5 * (1 - overlap.square()).sum()
            total = total + F.binary_cross_entropy_with_logits(raw[b, anchors, 5], overlap.detach().clamp(0, 1), reduction="sum")
            target[anchors] = 1
            skip[anchors] = False
            count += len(anchors)
        objectness = F.binary_cross_entropy_with_logits(raw[b, :, 4], target, reduction="none")
        total = total + objectness[~skip].sum()
    return total / max(count, 1)


def _paired_iou(a: Tensor, b: Tensor) -> Tensor:
    shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    return shared / ((a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared + 1e-6)


def train(steps: int, seed: int) -> Trunk:
    """Trains the box head; returns the trunk with the averaged head."""
    trunk = Trunk(data.third_party("yolox_nano.onnx")).requires_grad_(False)
    before = copy.deepcopy(trunk).eval()
    trunk.head.requires_grad_(True)
    grid = anchor_grid()
    scenes, bodies, photos = footage(), rendered(), list(photographs(False))

    def loss(examples: Sequence[Tensor]) -> Tensor:
        image, people, doubtful = examples
        return loss_of(trunk, before, image.float(), people, doubtful, grid)

    def views(drawn: int) -> Pictures:
        return Pictures(scenes, bodies, photos, drawn)

    return course.train(trunk, views, BATCH, loss, steps, seed, data.cache("pose") / "head.state.pt", longest=10.0)
