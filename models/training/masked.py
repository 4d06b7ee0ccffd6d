"""Clips with their people painted over, seen by the trunk: what is left for a model that reads something else.

The empty background is each pixel's median over the frames in which nobody covers it, flat grey where
somebody always does. No pixel of a person whom the published box head finds reaches the trunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

import cards
import data
from features import PLAIN, STEP, keep
from regions import corners, enlarge
from trunk import FrozenTrunk
from yolox import HEIGHT, WIDTH

SCORE = 0.1  # of the published boxes; far below what the program believes in
MARGIN = 0.1  # of a box's size, added
# Painted over is where a person is in this frame; where anybody is in any frame of the clip. The third is the first
# without the scene: an even picture in which the paint alone moves.
WAYS = ("each frame", "throughout", "paint alone")
PAINT = 60  # grey level, of the paint alone


def extract(trunk: Path, clips: Sequence[data.Clip]) -> dict[str, Path]:
    """The folder of maps and grey pictures for each way of painting, as `features.load` reads them."""
    base = data.cache("gates")
    folders = {way: base / f"masked-{way.replace(' ', '-')}-{cards.sha256(trunk)[:12]}" for way in WAYS}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    jobs = [(clip, {way: folder / f"{clip.key}@{PLAIN.name}.npz" for way, folder in folders.items()}) for clip in clips]
    missing = [(clip, left) for clip, targets in jobs if (left := {w: t for w, t in targets.items() if not t.exists()})]
    av.logging.set_level(av.logging.ERROR)
    see = FrozenTrunk(trunk)
    for number, (clip, targets) in enumerate(missing, 1):
        _extract(see, clip, targets)
        if number % 20 == 0:
            print(f"masked {number} of {len(missing)} clips", flush=True)
    return folders


def _extract(see: FrozenTrunk, clip: data.Clip, targets: dict[str, Path]) -> None:
    looks = [data.letterbox(frame) for frame in data.frames_every(clip.path, STEP)]
    images, picture = np.array([image for image, _ in looks]), looks[-1][1]
    covered = np.array([covers(see(image)[1]) for image in images])
    empty, anywhere = background(images, covered), covered.any(0)
    painters = {
        "each frame": lambda n: np.where(covered[n][..., None], empty, images[n]),
        "throughout": lambda n: np.where(anywhere[..., None], empty, images[n]),
        "paint alone": lambda n: np.where(covered[n][..., None], np.uint8([PAINT] * 3), np.uint8(data.PAD)),
    }
    for way, target in targets.items():
        keep(see, ((painters[way](n), picture) for n in range(len(images))), target)


def covers(people: np.ndarray) -> np.ndarray:
    """Rows cx, cy, w, h, score [N, 5] to the pixels that people cover, bool [288, 512]."""
    covered = np.zeros((HEIGHT, WIDTH), bool)
    for box in corners(people[people[:, 4] >= SCORE]):
        left, top, right, bottom = enlarge(box, MARGIN).clip(0, (WIDTH, HEIGHT, WIDTH, HEIGHT))
        covered[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
    return covered


def background(images: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """u8 [n, H, W, 3] and bool [n, H, W] to the lower median of each pixel's uncovered values, u8 [H, W, 3]."""
    beyond = 256  # sorts behind every value
    values = np.where(covered[..., None], np.int16(beyond), images.astype(np.int16))
    values.sort(axis=0)
    free = (~covered).sum(0)[..., None]
    middle = np.broadcast_to(np.maximum(free - 1, 0) // 2, values.shape[1:])[None]
    return np.where(free > 0, np.take_along_axis(values, middle, 0)[0], data.PAD).astype(np.uint8)
