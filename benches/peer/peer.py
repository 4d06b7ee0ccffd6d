"""What `kuager scan` does with every picked picture, written straightforwardly in Python: PyAV decodes, OpenCV scales,
ONNX Runtime runs the same three models.

    python benches/peer/peer.py VIDEO --out FILE [--threads N] [--fps 5]

Writes JSON Lines: a `picture` for each picked picture (its people: box, score, joints), a `window` for each scored
region of a window, and a last line `done` with counts and seconds. One process; `--threads` is what FFmpeg decodes with
and what ONNX Runtime may use within an operator. It keeps no tracks, draws no conclusions and writes no database: all
that it leaves out is work that Kuager does in addition.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import onnxruntime as ort

MODELS = Path(__file__).resolve().parents[2] / "models"

WIDTH, HEIGHT, PAD = 512, 288, 114
SCORE, NMS_IOU = 0.2, 0.6
MOST_PEOPLE, CROP_PADDING = 8, 1.25
KEYPOINT = 0.3
FRAMES, STEP_NS = 10, 200_000_000
STRIDE_NS = 400_000_000
REACH, MARGIN, MOST_GROUPS = 0.8, 0.15, 6


def session(name: str, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(MODELS / name / f"{name}.onnx", options, providers=["CPUExecutionProvider"])


# ---- pictures ---------------------------------------------------------------------------------------------------------


def picked(path: str, fps: float, threads: int) -> Iterator[tuple[int, av.VideoFrame | None, int]]:
    """Every decoded picture: its time from the first one in ns, the picture itself where it is the first at or after a
    multiple of the step, and its width with square pixels."""
    step_ns, due_ns, first = round(1e9 / fps), 0, None
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = threads
        stream.thread_type = "AUTO" if threads > 1 else "NONE"
        aspect = float(stream.sample_aspect_ratio or 1)
        for frame in container.decode(stream):
            first = frame.pts if first is None else first
            at_ns = int((frame.pts - first) * frame.time_base * 1_000_000_000)
            if at_ns < due_ns:
                yield at_ns, None, 0
                continue
            due_ns = (at_ns // step_ns + 1) * step_ns
            yield at_ns, frame, round(frame.width * aspect)


def letterbox(frame: av.VideoFrame, picture: np.ndarray, scaler: str) -> tuple[np.ndarray, int, int]:
    """The eye's input, and how wide and high the picture is in it."""
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    wide, high = round(width * scale), round(height * scale)
    image = np.full((HEIGHT, WIDTH, 3), PAD, np.uint8)
    if scaler == "swscale":
        image[:high, :wide] = frame.reformat(wide, high, format="rgb24", interpolation="BILINEAR").to_ndarray()
    else:
        image[:high, :wide] = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return image, wide, high


def small_grey(image: np.ndarray) -> np.ndarray:
    """The input's luma at half its size."""
    return cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)


# ---- people -----------------------------------------------------------------------------------------------------------


def suppressed(rows: np.ndarray) -> np.ndarray:
    """Rows left, top, right, bottom, score that are believed and overlap no better one too much; best first."""
    rows = rows[rows[:, 4] >= SCORE]
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    kept: list[np.ndarray] = []
    for row in rows:
        if all(overlap(row, other) <= NMS_IOU for other in kept):
            kept.append(row)
    return np.array(kept).reshape(-1, 5)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.hypot(max(a[0] - b[2], b[0] - a[2], 0.0), max(a[1] - b[3], b[1] - a[3], 0.0)))


def length(box: np.ndarray) -> float:
    return float(max(box[2] - box[0], box[3] - box[1]))


def most_important(boxes: np.ndarray) -> list[int]:
    """Whose joints are looked at: people near others, then those as wide as high, then the most certain."""

    def urgency(i: int) -> int:
        near = any(gap(boxes[i], boxes[j]) < (length(boxes[i]) + length(boxes[j])) / 4 for j in range(len(boxes)) if j != i)
        return 2 * near + (boxes[i][2] - boxes[i][0] > boxes[i][3] - boxes[i][1])

    return sorted(range(len(boxes)), key=urgency, reverse=True)[:MOST_PEOPLE]


def joints_of(model: ort.InferenceSession, picture: np.ndarray, box: np.ndarray) -> list[list[float]]:
    """x, y and confidence of the 17 joints of the person in a box, in the picture."""
    side_px = model.get_inputs()[0].shape[1]
    side = length(box) * CROP_PADDING
    left, top = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
    scale = side_px / side
    to_crop = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float32)
    crop = cv2.warpAffine(picture, to_crop, (side_px, side_px), flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD))
    yxs = model.run(None, {"image": crop[None]})[0].reshape(17, 3)
    return [[round(float(left + x * side), 2), round(float(top + y * side), 2), round(float(s), 3) if s >= KEYPOINT else 0.0] for y, x, s in yxs]


# ---- windows ----------------------------------------------------------------------------------------------------------


@dataclass
class Moment:
    at_ns: int
    boxes: np.ndarray  # in the eye's input
    features: np.ndarray
    grey: np.ndarray


def groups_in(boxes: np.ndarray) -> list[np.ndarray]:
    """Boxes around people within reach of each other in one picture, chains included."""
    label = list(range(len(boxes)))
    for i in range(len(boxes)):
        for j in range(i + 1, len(boxes)):
            body = max(1.0, (length(boxes[i]) + length(boxes[j])) / 2)
            if gap(boxes[i], boxes[j]) / body < REACH:
                label = [label[i] if name == label[j] else name for name in label]
    found = []
    for name in sorted(set(label)):
        members = boxes[[i for i, l in enumerate(label) if l == name]]
        if len(members) > 1:
            found.append(np.r_[members[:, :2].min(0), members[:, 2:4].max(0)])
    return found


def regions(window: list[Moment]) -> list[np.ndarray]:
    """Groups of a window, united where they overlap, enlarged, the largest first."""
    merged: list[np.ndarray] = []
    for box in (group for moment in window for group in groups_in(moment.boxes)):
        while True:
            hit = next((k for k, m in enumerate(merged) if box[0] < m[2] and m[0] < box[2] and box[1] < m[3] and m[1] < box[3]), None)
            if hit is None:
                break
            other = merged.pop(hit)
            box = np.r_[np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])]
        merged.append(box)
    grow = [(b[2:] - b[:2]) * MARGIN / 2 for b in merged]
    merged = [np.r_[b[:2] - g, b[2:] + g] for b, g in zip(merged, grow)]
    return sorted(merged, key=lambda b: -(b[2] - b[0]) * (b[3] - b[1]))[:MOST_GROUPS]


class Violence:
    """Keeps the last moments and scores windows over them."""

    def __init__(self, model: ort.InferenceSession) -> None:
        self.model, self.ring, self.due_ns = model, deque[Moment](), 0

    def push(self, moment: Moment, content: np.ndarray) -> list[tuple[np.ndarray, bool, float]]:
        """(region in the input, whether it is a group, probability) of each region of the window that is due."""
        longest = STEP_NS * (FRAMES - 1) + STEP_NS // 2
        if self.ring and moment.at_ns - self.ring[-1].at_ns > 2 * longest:
            self.ring.clear()
        self.ring.append(moment)
        while moment.at_ns - self.ring[0].at_ns > longest:
            self.ring.popleft()
        is_full = moment.at_ns - self.ring[0].at_ns >= STEP_NS * (FRAMES - 1) - STEP_NS // 4
        if moment.at_ns < self.due_ns or not is_full:
            return []
        self.due_ns = moment.at_ns + STRIDE_NS
        wanted = [moment.at_ns - STEP_NS * (FRAMES - 1 - i) for i in range(FRAMES)]
        window = [min(self.ring, key=lambda m: abs(m.at_ns - at)) for at in wanted]
        found = regions(list(self.ring))
        looked_at = [(region, True) for region in found] or [(content, False)]
        return [(region, is_group, self.score(window, region, is_group)) for region, is_group in looked_at]

    def score(self, window: list[Moment], region: np.ndarray, is_group: bool) -> float:
        features = np.stack([m.features for m in window])[None]
        rows, columns = features.shape[-2:]
        x, y = (np.arange(columns) + 0.5) * WIDTH / columns, (np.arange(rows) + 0.5) * HEIGHT / rows
        inside = ((y >= region[1]) & (y < region[3]))[:, None] & ((x >= region[0]) & (x < region[2]))[None]
        if not inside.any():
            centre = (region[:2] + region[2:]) / 2
            row, column = int(max(0, centre[1] * rows / HEIGHT)), int(max(0, centre[0] * columns / WIDTH))
            inside[min(row, rows - 1), min(column, columns - 1)] = True
        side = max(length(region), 1.0)
        centre = (region[:2] + region[2:]) / 2
        heights = [b[3] - b[1] for m in window for b in m.boxes if (region[:2] <= (c := (b[:2] + b[2:4]) / 2)).all() and (c < region[2:]).all()]
        about = [np.median(heights) / side if heights else 0.0, len(heights) / FRAMES, float(is_group)]
        given = {
            "features": features,
            "region": inside[None].astype(np.float32),
            "grey": np.stack([m.grey for m in window])[None],
            "square": (np.r_[centre - side / 2, centre + side / 2] / 2)[None].astype(np.float32),
            "about": np.array([about], np.float32),
        }
        return float(self.model.run(None, given)[0][0])


# ---- all together -----------------------------------------------------------------------------------------------------


def cpu_secs() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--scaler", choices=("opencv", "swscale"), default="opencv", help="swscale scales as Kuager does")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    eye, joints = session("kuager-eye", options.threads), session("kuager-joints", options.threads)
    violence = Violence(session("kuager-violence", options.threads))
    start_up_cpu, start_wall = cpu_secs(), time.perf_counter()
    decoded = pictures = windows = 0
    at_ns = 0
    with open(options.out, "w", encoding="utf-8") as out:
        for at_ns, frame, shown_width in picked(options.video, options.fps, options.threads):
            decoded += 1
            if frame is None:
                continue
            pictures += 1
            picture = frame.to_ndarray(format="rgb24", width=shown_width, height=frame.height)
            image, wide, high = letterbox(frame, picture, options.scaler)
            rows, features = eye.run(["people", "features"], {"image": image[None]})
            people = suppressed(rows[0])
            scale = np.array([picture.shape[1] / wide, picture.shape[0] / high] * 2)
            in_frame = people[:, :4] * scale
            looked_at = {i: joints_of(joints, picture, in_frame[i]) for i in most_important(in_frame)}
            told = [
                {"box": [round(float(v), 2) for v in box], "score": round(float(row[4]), 4), "joints": looked_at.get(i)}
                for i, (box, row) in enumerate(zip(in_frame, people))
            ]
            out.write(json.dumps({"type": "picture", "media_ns": at_ns, "people": told}) + "\n")
            moment = Moment(at_ns, people, features[0], small_grey(image))
            for region, is_group, probability in violence.push(moment, np.array([0.0, 0.0, wide, high])):
                windows += 1
                box = [round(float(v), 2) for v in region * scale]
                out.write(json.dumps({"type": "window", "media_ns": at_ns, "box": box, "is_group": is_group, "probability": round(probability, 4)}) + "\n")
        done = {
            "type": "done",
            "decoded": decoded,
            "pictures": pictures,
            "windows": windows,
            "last_secs": at_ns / 1e9,
            "start_up_cpu_secs": start_up_cpu,
            "cpu_secs": cpu_secs(),
            "wall_secs": time.perf_counter() - start_wall,
        }
        out.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
