"""Pooled windows of clips: what the violence head learns from and is scored on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import torch

import data
import features
import regions
from violence_net import motion_of, pool


@dataclass
class Windows:
    """One row a region of a window: pooled f32 [N, 384] as `violence_net.pool` gives it, motion f32
    [N, 95] as `violence_net.motion_of` does, and the indices of its clip and its view [N]."""

    pooled: np.ndarray
    motion: np.ndarray
    clip: np.ndarray
    view: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[tuple[np.ndarray, np.ndarray]], index: Sequence[tuple[int, int]]) -> Windows:
        """Of what is told of each region and the clip and view it belongs to."""
        pooled, motion = zip(*rows)
        clip, view = np.array(index).T
        return cls(np.array(pooled), np.array(motion), clip, view)


def _speaks_of(clip: data.Clip, window: np.ndarray) -> bool:
    """Whether the clip's label holds for a window: four fifths of it lie in one of its spans."""
    if not clip.spans:
        return True
    start, end = window[0] * features.STEP, window[-1] * features.STEP
    return any(min(end, high) - max(start, low) >= 0.8 * (end - start) for low, high in clip.spans)


def tell(
    track: features.Track, clip: data.Clip, shaken: np.random.Generator | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tells of every region of every window; with a generator, of regions of random extent."""
    maps = torch.from_numpy(track.maps.astype(np.float32))
    grey = torch.from_numpy(track.grey)
    rows = []
    for window in (w for w in track.windows() if _speaks_of(clip, w)):
        reach, margin = regions.REACH, regions.MARGIN
        if shaken is not None:
            reach, margin = shaken.uniform(0.6, 1.1), shaken.uniform(0.0, 0.4)
        boxes = [track.boxes[i] for i in window]
        for region in regions.regions(boxes, track.picture, reach, margin):
            square = torch.from_numpy(region.square() / 2).float()
            told = motion_of(grey[window], square, torch.from_numpy(region.about()))
            rows.append((_pool_inside(maps, window, region.mask()), told.numpy()))
    return rows


def _pool_inside(maps: torch.Tensor, window: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`pool` of the mask's bounding box alone, which gives the same for less work."""
    (top, bottom), (left, right) = (np.flatnonzero(mask.any(axis))[[0, -1]] for axis in (1, 0))
    part = maps[:, :, top : bottom + 1, left : right + 1][window]
    inside = torch.from_numpy(mask[top : bottom + 1, left : right + 1])
    return pool(part, inside).numpy()


@torch.no_grad()
def _told(folder: Path, head: Path, clip: data.Clip, view: features.View, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    torch.set_num_threads(1)
    generator = None if view == features.PLAIN else np.random.default_rng(seed)
    return tell(features.load(folder, head, clip, view), clip, generator)


def gather(
    folder: Path, head: Path, clips: Sequence[data.Clip], views: Sequence[features.View], seed: int, workers: int = 2
) -> Windows:
    """All windows of all clips, boxes by the box head; views other than the plain one get shaken regions."""
    jobs = [(clip, view, c, v) for v, view in enumerate(views) for c, clip in enumerate(clips)]
    seeds = [seed + n for n in range(len(jobs))]
    with ProcessPoolExecutor(workers) as pool_of:
        found = pool_of.map(_told, repeat(folder), repeat(head), [j[0] for j in jobs], [j[1] for j in jobs], seeds, chunksize=8)
        rows, index = [], []
        for (_, _, c, v), told in zip(jobs, found):
            rows += told
            index += [(c, v)] * len(told)
    return Windows.of(rows, index)
