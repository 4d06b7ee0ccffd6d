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
    """One row a region of a window.

    pooled f32 [N, 384] and still [N]: what `violence_net.pool` gives; full [N]: whether the
    history fills the window, or is all that the clip has; clip and view [N]: indices.
    """

    pooled: np.ndarray
    still: np.ndarray
    full: np.ndarray
    clip: np.ndarray
    view: np.ndarray


def _rows(track: features.Track, shaken: np.random.Generator | None) -> list[tuple[np.ndarray, float, bool]]:
    """Pools every region of every window; with a generator, regions of random extent."""
    maps = torch.from_numpy(track.maps.astype(np.float32))
    rows = []
    for window, full in track.windows():
        reach, margin = regions.REACH, regions.MARGIN
        if shaken is not None:
            reach, margin = shaken.uniform(0.6, 1.1), shaken.uniform(0.0, 0.4)
        boxes = [track.boxes[i] for i in window]
        for mask in regions.regions(boxes, track.picture, reach, margin):
            pooled, still = pool(maps[window], torch.from_numpy(mask))
            rows.append((pooled.numpy(), float(still), full))
    return rows


def gather(folder: Path, clips: Sequence[data.Clip], views: Sequence[features.View], seed: int) -> Windows:
    """All windows of all clips; views other than the plain one get shaken regions."""
    rng = np.random.default_rng(seed)
    rows, index = [], []
    for v, view in enumerate(views):
        for c, clip in enumerate(clips):
            track = features.load(folder, clip, view)
            found = _rows(track, None if view == features.PLAIN else rng)
            rows += found
            index += [(c, v)] * len(found)
    pooled, still, full = (np.array(column) for column in zip(*rows))
    clip, view = np.array(index).T
    return Windows(pooled, still, full, clip, view)
