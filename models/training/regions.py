"""Where people interact: suppression, clustering and the region mask.

This mirrors what the Rust program does at run time; all lengths are pixels of the eye's
512x288 input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yolox import HEIGHT, WIDTH

CELL = 16
ROWS, COLUMNS = HEIGHT // CELL, WIDTH // CELL
SCORE = 0.25
NMS_IOU = 0.6
REACH = 0.8  # people interact when their gap is below this share of their mean body length
MARGIN = 0.15  # a region is enlarged by this share of its size
MOST = 6  # regions of one window; the largest are kept


def corners(rows: np.ndarray) -> np.ndarray:
    """cx, cy, w, h [N, >=4] to x0, y0, x1, y1 [N, 4]."""
    centre, half = rows[:, 0:2], rows[:, 2:4] / 2
    return np.concatenate([centre - half, centre + half], 1)


def iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Pairwise overlap of corner boxes [N, 4] and [M, 4]: [N, M]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), -1)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], -1)
    other = np.prod(others[:, 2:] - others[:, :2], -1)
    return shared / np.maximum(area[:, None] + other[None] - shared, 1e-6)


def suppress(people: np.ndarray, score: float = SCORE, overlap: float = NMS_IOU) -> np.ndarray:
    """Greedy non-maximum suppression of people rows [N, 56]; best first."""
    people = people[people[:, 4] >= score]
    people = people[np.argsort(-people[:, 4], kind="stable")]
    overlaps = iou(corners(people), corners(people))
    kept: list[int] = []
    for i in range(len(people)):
        if not kept or overlaps[i, kept].max() <= overlap:
            kept.append(i)
    return people[kept]


def suppress_corners(people: np.ndarray) -> np.ndarray:
    """The same for the eye's own rows left, top, right, bottom, score [N, 5]; corner boxes [M, 4]."""
    centred = np.c_[(people[:, :2] + people[:, 2:4]) / 2, people[:, 2:4] - people[:, :2], people[:, 4]]
    return corners(suppress(centred))


def _interacting(boxes: np.ndarray, reach: float) -> np.ndarray:
    """Which pairs of one frame's corner boxes are within reach of each other: [N, N]."""
    gap = np.maximum(boxes[:, None, :2] - boxes[None, :, 2:], boxes[None, :, :2] - boxes[:, None, 2:])
    distance = np.linalg.norm(np.clip(gap, 0, None), axis=-1)
    length = (boxes[:, 2:] - boxes[:, :2]).max(1)
    return distance < reach * (length[:, None] + length[None]) / 2


def clusters(window: list[np.ndarray], reach: float = REACH) -> list[np.ndarray]:
    """Groups of two or more people of one window.

    `window` holds each frame's corner boxes [N, 4]. People within reach in one frame belong
    together; groups of different frames belong together where their boxes overlap. Returns
    the union box of each group, x0, y0, x1, y1.
    """
    found: list[np.ndarray] = []
    for boxes in window:
        if len(boxes) < 2:
            continue
        linked = _interacting(boxes, reach)
        label = np.arange(len(boxes))
        for i, j in zip(*np.nonzero(linked)):
            label[label == label[j]] = label[i]
        for value in np.unique(label):
            members = boxes[label == value]
            if len(members) >= 2:
                found.append(np.r_[members[:, :2].min(0), members[:, 2:].max(0)])
    return _merge(found)


def _merge(boxes: list[np.ndarray]) -> list[np.ndarray]:
    """Unites overlapping boxes until none overlap."""
    merged: list[np.ndarray] = []
    for box in boxes:
        while True:
            hit = next((k for k, m in enumerate(merged) if _overlap(box, m)), None)
            if hit is None:
                break
            other = merged.pop(hit)
            box = np.r_[np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])]
        merged.append(box)
    return merged


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((np.minimum(a[2:], b[2:]) > np.maximum(a[:2], b[:2])).all())


def enlarge(box: np.ndarray, margin: float = MARGIN) -> np.ndarray:
    """The box with `margin` of its size added, half on either side."""
    grow = (box[2:] - box[:2]) * margin / 2
    return np.r_[box[:2] - grow, box[2:] + grow]


def mask(box: np.ndarray) -> np.ndarray:
    """Cells whose centre lies in the corner box, 1 inside: f32 [18, 32].

    A box too small to hold any centre gets the cell that holds its own centre.
    """
    x = (np.arange(COLUMNS) + 0.5) * CELL
    y = (np.arange(ROWS) + 0.5) * CELL
    inside = np.outer((y >= box[1]) & (y < box[3]), (x >= box[0]) & (x < box[2]))
    if not inside.any():
        column = int(np.clip((box[0] + box[2]) / 2 // CELL, 0, COLUMNS - 1))
        row = int(np.clip((box[1] + box[3]) / 2 // CELL, 0, ROWS - 1))
        inside[row, column] = True
    return inside.astype(np.float32)


@dataclass(frozen=True)
class Region:
    """A part of the input to look at for one window: corner box [4]; how many people are in it in a
    picture, on average; the median height of their boxes (0 where there are none); whether it is a group."""

    box: np.ndarray
    people: float
    height: float
    is_group: bool

    def mask(self) -> np.ndarray:
        return mask(self.box)

    def square(self) -> np.ndarray:
        """The corner square around the box."""
        centre, half = (self.box[:2] + self.box[2:]) / 2, (self.box[2:] - self.box[:2]).max() / 2
        return np.r_[centre - half, centre + half]

    def about(self) -> np.ndarray:
        """Height of a person in shares of the square, people, 1 for a group: f32 [3]."""
        side = max(float((self.box[2:] - self.box[:2]).max()), 1.0)
        return np.array([self.height / side, self.people, float(self.is_group)], np.float32)


def _region(box: np.ndarray, window: list[np.ndarray], is_group: bool) -> Region:
    inside = [b[((b[:, :2] + b[:, 2:]) / 2 >= box[:2]).all(1) & ((b[:, :2] + b[:, 2:]) / 2 < box[2:]).all(1)] for b in window]
    heights = np.concatenate([b[:, 3] - b[:, 1] for b in inside])
    people = len(heights) / len(window)
    return Region(box, people, float(np.median(heights)) if len(heights) else 0.0, is_group)


def regions(
    window: list[np.ndarray], picture: tuple[int, int], reach: float = REACH, margin: float = MARGIN
) -> list[Region]:
    """What to score in one window: one region per group, largest first, else the whole picture.

    `window` holds each frame's corner boxes; `picture` is the letterboxed picture's (width, height).
    """
    groups = clusters(window, reach)
    if not groups:
        return [_region(np.array([0.0, 0.0, *picture]), window, False)]
    groups.sort(key=lambda box: -float(np.prod(box[2:] - box[:2])))
    return [_region(enlarge(group, margin), window, True) for group in groups[:MOST]]
