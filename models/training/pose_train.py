"""Trains the crop pose network, and measures it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import IterableDataset

import course
import data
from pose_net import CELLS, SIDE, WIDEN, CropPose
from poses import MIRRORED, Photograph, degrade

BATCH = 24
BLUR = 1.0  # spread of the target, in cells
TORSO = ((5, 12), (6, 11))  # the diagonals of the torso: shoulder to the opposite hip
BODY = slice(5, 17)


def placement(box: np.ndarray, angle: float = 0.0, scale: float = 1.0, shift: Sequence[float] = (0, 0)) -> np.ndarray:
    """The affine [2, 3] that brings a corner box into the crop: turned by degrees, scaled, shifted by
    shares of the crop."""
    centre, longest = (box[:2] + box[2:]) / 2, max(float((box[2:] - box[:2]).max()), 1.0)
    place = cv2.getRotationMatrix2D(centre.tolist(), angle, scale * SIDE / (WIDEN * longest))
    place[:, 2] += SIDE / 2 - centre + SIDE * np.asarray(shift)
    return place


def cut(image: np.ndarray, keypoints: np.ndarray, place: np.ndarray, border: int = cv2.BORDER_CONSTANT) -> tuple[np.ndarray, np.ndarray]:
    """The crop u8 [192, 192, 3] and the keypoints [17, 3] in it."""
    shrink = np.linalg.norm(place[:, 0])
    if shrink < 0.6:  # avoid aliasing
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / shrink)
    crop = cv2.warpAffine(image, place, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=(114, 114, 114))
    moved = keypoints.copy()
    moved[:, :2] = keypoints[:, :2] @ place[:, :2].T + place[:, 2]
    return crop, moved


def shaken(photo: Photograph, turned: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A random view of a photograph: turned (by any angle in a share `turned` of the views), scaled, mirrored, partly covered, degraded."""
    angle = rng.uniform(-180, 180) if rng.random() < turned else rng.normal(0, 20)
    place = placement(photo.box, angle, np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.04, 2))
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    crop, keypoints = cut(photo.image, photo.keypoints, place, border)
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
        keypoints = keypoints[list(MIRRORED)].copy()
        keypoints[:, 0] = SIDE - keypoints[:, 0]
    if rng.random() < 0.2:
        _cover(crop, rng)
    if rng.random() < 0.7:
        crop = degrade(crop, rng)
    return crop, keypoints


def _cover(crop: np.ndarray, rng: np.random.Generator) -> None:
    """Hides a rectangle: joints behind it are still asked for."""
    height, width = rng.integers(SIDE // 10, SIDE // 3, 2)
    top, left = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
    crop[top : top + height, left : left + width] = rng.integers(0, 255, 3)


class Views(IterableDataset):
    """Endless random views; each photograph as often as its weight says."""

    def __init__(self, photos: Sequence[Photograph], turned: float, seed: int) -> None:
        self.photos = photos
        self.turned = turned
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng(self.seed)
        chance = np.array([p.weight for p in self.photos], float)
        chance /= chance.sum()
        while True:
            for index in rng.choice(len(self.photos), 1024, p=chance):
                crop, keypoints = shaken(self.photos[index], self.turned, rng)
                yield torch.from_numpy(crop).permute(2, 0, 1), torch.from_numpy(keypoints.astype(np.float32))


def loss_of(net: CropPose, image: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of the place to a blurred spot, distance of the first guess, of the offset near the
    spot, and the confidence's cross-entropy. `truth` [N, 17, 3] in pixels of the crop; below 0 is unknown."""
    place, heat, offset, guess = net.read(image)
    spot = truth[..., :2].flip(-1) / SIDE * CELLS
    confidence = truth[..., 2]
    inside = ((spot > 0) & (spot < CELLS)).all(-1)
    weight = confidence.clamp(0, 1) * (confidence > 0.2) * inside
    total = weight.sum().clamp(min=1)

    # A cell's own spot is its corner, where its offset is zero: the published convention.
    away = net.cells[None, None] - spot[:, :, None]
    target = torch.softmax(-away.square().sum(-1) / (2 * BLUR**2), -1)
    found = -(target * torch.log_softmax(place, -1)).sum(-1)
    guessed = F.smooth_l1_loss(guess, spot, beta=1.0, reduction="none").sum(-1)
    placed = F.smooth_l1_loss(offset.transpose(2, 3), -away, beta=0.5, reduction="none").sum(-1)
    placed = (target * placed).sum(-1)

    best = place.detach().argmax(-1, keepdim=True)
    peak = heat.gather(2, best)[..., 0]
    known = (confidence >= 0).float()
    sure = F.binary_cross_entropy_with_logits(peak, confidence.clamp(0, 1) * inside, reduction="none")
    return (weight * (found + 0.1 * guessed + 0.5 * placed)).sum() / total + 0.3 * (known * sure).sum() / known.sum().clamp(min=1)


@dataclass(frozen=True)
class Course:
    """A training run from a fresh learning rate: its steps, and the share of views turned by any angle."""

    steps: int
    turned: float


def train(net: CropPose, photos: Sequence[Photograph], number: int, planned: Course, seed: int) -> CropPose:
    """Trains the network for one course, `number` among several; returns it with averaged weights."""
    net = net.train().requires_grad_(True).to(memory_format=torch.channels_last)

    def loss(examples: Sequence[Tensor]) -> Tensor:
        image, truth = examples
        return loss_of(net, image.float().to(memory_format=torch.channels_last), truth)

    state = data.cache("pose") / f"crop.{number}.state.pt"
    return course.train(net, lambda drawn: Views(photos, planned.turned, drawn), BATCH, loss, planned.steps, seed, state)


@torch.no_grad()
def pck(net: CropPose, photos: Sequence[Photograph], angles: Sequence[float] = (0.0,), share: float = 0.2) -> np.ndarray:
    """The share of labelled body joints within `share` of the torso's longer diagonal, one a person, in
    crops around the labelled box turned by each angle."""
    scores = []
    for photo in photos:
        torso = max(np.linalg.norm(photo.keypoints[a, :2] - photo.keypoints[b, :2]) for a, b in TORSO)
        known = photo.keypoints[:, 2] > 0
        if not known[[5, 6, 11, 12]].all():
            continue
        for angle in angles:
            place = placement(photo.box, angle)
            crop, truth = cut(photo.image, photo.keypoints, place)
            found = net(torch.from_numpy(crop).permute(2, 0, 1)[None].float())[0].numpy()
            error = np.linalg.norm(found[:, :2] * SIDE - truth[:, :2], axis=1) / np.linalg.norm(place[:, 0])
            right = (error < share * torso) & known
            scores.append(right[BODY].sum() / known[BODY].sum())
    return np.array(scores)
