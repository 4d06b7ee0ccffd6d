"""The eye's action features and people for every clip, extracted once.

The trunk is frozen, so both are the trunk's own: a newly trained keypoint head does not ask
for a new extraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

import cards
import data
from pose_maps import FrozenTrunk
from regions import corners, suppress

STEP = 0.2  # seconds between analysed frames
FRAMES = 10  # of a window
MIN_FRAMES = 5  # a shorter history is not scored
STRIDE = 2  # frames between the ends of successive windows
SCORE_FLOOR = 0.1


@dataclass
class Track:
    """One clip seen by the eye every `STEP` seconds.

    maps f16 [n, 128, 18, 32]; boxes: n arrays of corner boxes after suppression; picture:
    the letterboxed picture's (width, height).
    """

    maps: np.ndarray
    boxes: list[np.ndarray]
    picture: tuple[int, int]

    def windows(self) -> Iterator[np.ndarray]:
        """Frame numbers [10] of each window, oldest first. Only a clip too short for a window
        gets one that is filled up, by repeating its first frame."""
        count = len(self.maps)
        for end in range(min(FRAMES, count), count + 1, STRIDE):
            yield np.clip(np.arange(end - FRAMES, end), 0, None)


@dataclass(frozen=True)
class View:
    """How a clip is looked at: shifted in time (seconds), mirrored."""

    name: str
    shift: float = 0.0
    mirror: bool = False


PLAIN = View("plain")
VIEWS = (PLAIN, View("late", shift=STEP / 2), View("mirror", shift=STEP / 4, mirror=True))


def _look(image: np.ndarray, picture: tuple[int, int], view: View) -> np.ndarray:
    """Applies the view to the picture area of an eye input."""
    if view.mirror:
        width, height = picture
        image[:height, :width] = image[:height, :width][:, ::-1].copy()
    return image


def _extract(trunk: Path, clip: data.Clip, view: View, target: Path) -> None:
    av.logging.set_level(av.logging.ERROR)
    see = FrozenTrunk(trunk)
    maps, people, picture = [], [], (0, 0)
    for frame in data.frames_every(clip.path, STEP, view.shift):
        image, picture = data.letterbox(frame)
        (_, _, features), rows = see(_look(image, picture, view))
        maps.append(features.astype(np.float16))
        people.append(rows[rows[:, 4] >= SCORE_FLOOR])
    counts = np.array([len(p) for p in people])
    partial = target.with_suffix(".part.npz")
    np.savez(partial, maps=np.array(maps), people=np.concatenate(people), counts=counts, picture=picture)
    partial.rename(target)


def extract(trunk: Path, clips: Sequence[data.Clip], views: Sequence[View], workers: int = 2) -> Path:
    """Looks at every clip in every view, unless that was done before; returns the folder."""
    folder = data.cache(f"features-{cards.sha256(trunk)[:12]}")
    jobs = []
    for clip in {c.key: c for c in clips}.values():
        for view in views:
            target = folder / f"{clip.key}@{view.name}.npz"
            if not target.exists():
                jobs.append((trunk, clip, view, target))
    with ProcessPoolExecutor(workers) as pool:
        for number, _ in enumerate(pool.map(_extract, *zip(*jobs), chunksize=4) if jobs else (), 1):
            if number % 100 == 0:
                print(f"extracted {number} of {len(jobs)}", flush=True)
    return folder


def load(folder: Path, clip: data.Clip, view: View) -> Track:
    """A clip's features from the cache."""
    stored = np.load(folder / f"{clip.key}@{view.name}.npz")
    frames = np.split(stored["people"], np.cumsum(stored["counts"])[:-1])
    boxes = [corners(suppress(rows)) for rows in frames]
    width, height = (int(v) for v in stored["picture"])
    return Track(stored["maps"], boxes, (width, height))
