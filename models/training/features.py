"""The trunk's maps and a small grey picture of every analysed frame of every clip, extracted once.

Backbone and neck are frozen, so a newly trained box head asks for no new extraction: it reads the same maps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import av
import numpy as np

import cards
import data
from trunk import FrozenTrunk, session
from yolox import HEIGHT, WIDTH
from regions import corners, suppress

STEP = 0.2  # seconds between analysed frames
FRAMES = 10  # of a window
MIN_FRAMES = 5  # a shorter history is not scored
STRIDE = 2  # frames between the ends of successive windows
SCORE_FLOOR = 0.1


@dataclass
class Track:
    """One clip seen by the eye every `STEP` seconds.

    maps f16 [n, 128, 18, 32]; grey u8 [n, 144, 256]; boxes: n arrays of corner boxes after suppression;
    picture: the letterboxed picture's (width, height).
    """

    maps: np.ndarray
    grey: np.ndarray
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


def looked_at(image: np.ndarray, picture: tuple[int, int], view: View) -> np.ndarray:
    """Applies the view to the picture area of an eye input."""
    if view.mirror:
        width, height = picture
        image[:height, :width] = image[:height, :width][:, ::-1].copy()
    return image


def small_grey(image: np.ndarray) -> np.ndarray:
    """The luma (BT.601) of an eye input at half its size: u8 [144, 256], as the program makes it."""
    luma = image.astype(np.uint32) @ np.array([77, 150, 29], np.uint32)
    four = luma.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).sum((1, 3))
    return ((four + 512) >> 10).astype(np.uint8)


def _extract(trunk: Path, clip: data.Clip, view: View, target: Path) -> None:
    av.logging.set_level(av.logging.ERROR)
    looks = (data.letterbox(frame) for frame in data.frames_every(clip.path, STEP, view.shift))
    keep(FrozenTrunk(trunk), ((looked_at(image, picture, view), picture) for image, picture in looks), target)


def keep(see: FrozenTrunk, looks: Iterable[tuple[np.ndarray, tuple[int, int]]], target: Path) -> None:
    """Writes what the trunk makes of successive eye inputs, each with its picture's (width, height)."""
    maps, grey, picture = [], [], (0, 0)
    for image, picture in looks:
        maps.append([m.astype(np.float16) for m in see(image)[0]])
        grey.append(small_grey(image))
    fine, middle, coarse = (np.array(level) for level in zip(*maps))
    np.savez(target.with_suffix(".others.npz"), fine=fine, coarse=coarse)
    partial = target.with_suffix(".part.npz")
    np.savez(partial, maps=middle, grey=np.array(grey), picture=picture)
    partial.rename(target)


def extract(trunk: Path, clips: Sequence[data.Clip], views: Sequence[View], workers: int = 2) -> Path:
    """Looks at every clip in every view, unless that was done before; returns the folder."""
    folder = data.cache(f"maps-{cards.sha256(trunk)[:12]}")
    jobs = []
    for view in views:
        for clip in {c.key: c for c in clips}.values():
            target = folder / f"{clip.key}@{view.name}.npz"
            if not target.exists():
                jobs.append((trunk, clip, view, target))
    with ProcessPoolExecutor(workers) as pool:
        for number, _ in enumerate(pool.map(_extract, *zip(*jobs), chunksize=4) if jobs else (), 1):
            if number % 100 == 0:
                print(f"extracted {number} of {len(jobs)}", flush=True)
    return folder


def find_people(head: Path, folder: Path, clips: Sequence[data.Clip], views: Sequence[View], workers: int = 2) -> None:
    """The boxes of every frame by a box head that reads the stored maps; once a head."""
    sources = [folder / f"{key}@{view.name}.npz" for key in {c.key: None for c in clips} for view in views]
    missing = [s for s in sources if not s.with_suffix(f".{_boxes_name(head)}.npz").exists()]
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_find, repeat(head), missing, chunksize=8))


def _find(head: Path, source: Path) -> None:
    find = session(head)
    middle, others = np.load(source)["maps"], np.load(source.with_suffix(".others.npz"))
    people = []
    for levels in zip(others["fine"], middle, others["coarse"]):
        feed = {n: m[None].astype(np.float32) for n, m in zip(("s8", "s16", "s32"), levels)}
        rows = find.run(None, feed)[0][0]
        people.append(rows[rows[:, 4] >= SCORE_FLOOR])
    counts = np.array([len(p) for p in people])
    np.savez(source.with_suffix(f".{_boxes_name(head)}.npz"), people=np.concatenate(people), counts=counts)


def _boxes_name(head: Path) -> str:
    return f"boxes-{cards.sha256(head)[:8]}"


def load(folder: Path, head: Path, clip: data.Clip, view: View) -> Track:
    """A clip's maps, grey pictures and boxes from the cache."""
    path = folder / f"{clip.key}@{view.name}.npz"
    stored, found = np.load(path), np.load(path.with_suffix(f".{_boxes_name(head)}.npz"))
    frames = np.split(found["people"], np.cumsum(found["counts"])[:-1])
    boxes = [corners(suppress(rows)) for rows in frames]
    width, height = (int(v) for v in stored["picture"])
    return Track(stored["maps"], stored["grey"], boxes, (width, height))
