"""Pooled windows of clips: what the violence head learns from and is scored on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import data
import features
import regions
from violence_net import pool


@dataclass
class Windows:
    """One row a region of a window: pooled f32 [N, 384] as `violence_net.pool` gives it, and
    the indices of its clip and its view [N]."""

    pooled: np.ndarray
    clip: np.ndarray
    view: np.ndarray


def _speaks_of(clip: data.Clip, window: np.ndarray) -> bool:
    """Whether the clip's label holds for a window: four fifths of it lie in one of its spans."""
    if not clip.spans:
        return True
    start, end = window[0] * features.STEP, window[-1] * features.STEP
    return any(min(end, high) - max(start, low) >= 0.8 * (end - start) for low, high in clip.spans)


def _rows(track: features.Track, clip: data.Clip, shaken: np.random.Generator | None) -> list[np.ndarray]:
    """Pools every region of every window; with a generator, regions of random extent."""
    maps = torch.from_numpy(track.maps.astype(np.float32))
    rows = []
    for window in (w for w in track.windows() if _speaks_of(clip, w)):
        reach, margin = regions.REACH, regions.MARGIN
        if shaken is not None:
            reach, margin = shaken.uniform(0.6, 1.1), shaken.uniform(0.0, 0.4)
        boxes = [track.boxes[i] for i in window]
        for mask in regions.regions(boxes, track.picture, reach, margin):
            rows.append(_pool_inside(maps, window, mask))
    return rows


def _pool_inside(maps: torch.Tensor, window: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`pool` of the mask's bounding box alone, which gives the same for less work."""
    (top, bottom), (left, right) = (np.flatnonzero(mask.any(axis))[[0, -1]] for axis in (1, 0))
    part = maps[:, :, top : bottom + 1, left : right + 1][window]
    inside = torch.from_numpy(mask[top : bottom + 1, left : right + 1])
    return pool(part, inside).numpy()


def gather(folder: Path, clips: Sequence[data.Clip], views: Sequence[features.View], seed: int) -> Windows:
    """All windows of all clips; views other than the plain one get shaken regions."""
    rng = np.random.default_rng(seed)
    rows, index = [], []
    for v, view in enumerate(views):
        for c, clip in enumerate(clips):
            track = features.load(folder, clip, view)
            found = _rows(track, clip, None if view == features.PLAIN else rng)
            rows += found
            index += [(c, v)] * len(found)
    clip, view_index = np.array(index).T
    return Windows(np.array(rows), clip, view_index)
