"""Runs the frozen trunk over the training pictures once and keeps its maps.

With the trunk frozen the keypoint head sees nothing but these maps, so a training step costs
milliseconds instead of a whole forward pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import av
import numpy as np
import onnxruntime

import data
import poses
from poses import Canvas, Person
from regions import corners, iou, suppress
from yolox import HEIGHT, WIDTH

MAP_SHAPES = ((32, 72, 128), (64, 36, 64), (128, 18, 32))
PER_CANVAS = 8
SAME_PERSON = 0.45  # overlap of a found box with a labelled one


def session(path: Path) -> onnxruntime.InferenceSession:
    """A single-threaded runtime: several run side by side."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class FrozenTrunk:
    """The trunk under ONNX Runtime: an eye input to its maps and the boxes it finds."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def __call__(self, image: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        *maps, boxes = self._session.run(None, {"image": image[None]})
        return [m[0] for m in maps], boxes[0]


def _footage_frames() -> Iterator[tuple[data.Clip, float]]:
    """The trainable videos and how far apart their frames are taken, in seconds."""
    for clip in data.surveillance_fights():
        yield clip, 0.4
    for clip in data.ut_interaction() + data.falls_and_daily_life():
        yield clip, 0.9
    for clip in data.benign():
        if clip.trainable:
            yield clip, 1.5


def labelled_frames(trunk: FrozenTrunk, teacher: poses.Teacher, part: int, parts: int) -> Iterator[Canvas]:
    """Real frames: boxes as the trunk finds them, keypoints from the teacher at full size."""
    for clip, spacing in itertools.islice(_footage_frames(), part, None, parts):
        for frame in data.frames_every(clip.path, spacing):
            image, (width, _) = data.letterbox(frame)
            full, scale = frame.to_ndarray(format="rgb24"), frame.width / width
            canvas = Canvas(image)
            for row in suppress(trunk(image)[1], 0.3)[:PER_CANVAS]:
                box = corners(row[None])[0]
                if (box[2:] - box[:2]).max() >= 28:
                    canvas.people.append(_taught(teacher, full, box, scale))
            canvas.people = [p for p in canvas.people if (p.keypoints[:, 2] > 0.3).sum() >= 5]
            if canvas.people:
                yield canvas


def _taught(teacher: poses.Teacher, full: np.ndarray, box: np.ndarray, scale: float) -> Person:
    keypoints = teacher(full, box * scale)
    keypoints[:, :2] /= scale
    return Person(box.astype(np.float32), keypoints)


def backgrounds(rng: np.random.Generator, count: int = 60) -> list[np.ndarray]:
    """Frames of the trainable benign videos, and plain noise."""
    found = [rng.integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)]
    for clip in data.benign():
        if clip.trainable:
            found += [data.letterbox(f)[0] for f in data.frames_every(clip.path, 4.0)]
    rng.shuffle(found)
    return found[:count]


def collages(held_out: bool, rounds: int, part: int, parts: int, seed: int) -> Iterator[Canvas]:
    """The photographs pasted several at a time, each once a round."""
    rng = np.random.default_rng([seed, part])
    behind = backgrounds(rng)
    teacher = poses.Teacher()
    mine = list(itertools.islice(poses.photographs(held_out), part, None, parts))
    if not held_out:
        mine = [(image, poses.with_face(image, person, teacher)) for image, person in mine]
    for _ in range(rounds):
        rng.shuffle(mine)
        queue = list(mine)
        while queue:
            canvas = poses.collage(queue[:8], behind[rng.integers(len(behind))], rng)
            del queue[: max(2, len(canvas.people))]
            if canvas.people:
                yield canvas


def store(folder: Path, trunk: FrozenTrunk, canvases: Iterable[Canvas], limit: int) -> None:
    """Writes maps (f16) and people of the canvases into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes = [(limit, *shape) for shape in MAP_SHAPES]
    files = [
        np.lib.format.open_memmap(folder / f"map{k}.npy", "w+", np.float16, shape)
        for k, shape in enumerate(shapes)
    ]
    picture, boxes, labelled, keypoints = [], [], [], []
    count = 0
    for count, canvas in enumerate(itertools.islice(canvases, limit), 1):
        maps, found = trunk(canvas.image)
        for file, values in zip(files, maps):
            file[count - 1] = values
        for person in canvas.people:
            picture.append(count - 1)
            labelled.append(person.box)
            boxes.append(_best_match(found, person.box))
            keypoints.append(person.keypoints)
    np.savez(
        folder / "people.npz",
        picture=np.array(picture),
        found=np.array(boxes),
        labelled=np.array(labelled),
        keypoints=np.array(keypoints),
        pictures=count,
    )


def _best_match(found: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The found corner box that best covers a labelled one, or zeros where none does."""
    candidates = corners(found[found[:, 4] > 0.1])
    if len(candidates) == 0:
        return np.zeros(4, np.float32)
    overlap = iou(candidates, box[None])[:, 0]
    best = int(overlap.argmax())
    return candidates[best] if overlap[best] > SAME_PERSON else np.zeros(4, np.float32)


def build(folder: Path, trunk_path: Path, seed: int, rounds: int = 3, parts: int = 2) -> None:
    """All shards: photographs for training and for measuring, frames of real footage."""
    if (folder / "done").exists():
        return
    with ProcessPoolExecutor(parts) as pool:
        list(pool.map(_shard, *zip(*((folder, trunk_path, seed, rounds, p, parts) for p in range(parts)))))
    (folder / "done").touch()


def _shard(folder: Path, trunk_path: Path, seed: int, rounds: int, part: int, parts: int) -> None:
    av.logging.set_level(av.logging.ERROR)
    trunk = FrozenTrunk(trunk_path)
    store(folder / f"held{part}", trunk, collages(True, 1, part, parts, seed + 1), 400)
    store(folder / f"real{part}", trunk, labelled_frames(trunk, poses.Teacher(), part, parts), 1600)
    store(folder / f"photo{part}", trunk, collages(False, rounds, part, parts, seed), 4000)
