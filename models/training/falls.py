"""Composes recordings of falls after which somebody stays down long enough to be flagged.

    python models/training/falls.py --out DIR

The clips of falls that may be measured on end a second or two after the fall; the rule wants eight. So each clip is prolonged:
its last pictures, from when the person lies, are shown on, forth and back, with sensor noise of their own, until somebody has lain
for 14 s. Whoever still moves at the end of a clip then moves on. Clips of daily life are prolonged in the same way.

Writes DIR/NAME.mp4 and DIR/events.csv for `kuager eval events`. Needs KUAGER_DEV_DATA and `ffmpeg` with libx264. URFD may be
measured on, not trained on. DIR must lie outside the repository.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import data

SEED = 90_000
LYING_SECS = 14.0
NOISE = 2.0  # spread, in grey levels
TAIL_SECS = 0.8  # of a clip of daily life, shown on
FALLING = re.compile(r"Falling[^\[]*\[[\d.]+ to ([\d.]+)\]")


@dataclass
class Clip:
    """A clip, and when somebody lies in it; None: nobody does."""

    path: Path
    name: str
    down_secs: float | None


def clips() -> list[Clip]:
    found = []
    folder = data.root() / "falls_urfd"
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.append(Clip(folder / row["path"], f"urfd_{Path(row['path']).stem}", float(row["down_s_approx"])))
    folder = data.root() / "gmdcsa24_falls"
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            falling = FALLING.search(row["segments"])
            down = min(float(falling[1]), float(row["duration_s"]) - TAIL_SECS) if falling else None
            found.append(Clip(folder / row["path"], "gmdcsa_" + re.sub(r"\W+", "_", row["path"][:-4]), down))
    return found


def compose(clip: Clip, path: Path, rng: np.random.Generator) -> float:
    """Writes the prolonged clip; returns its seconds."""
    video = cv2.VideoCapture(str(clip.path))
    fps = video.get(cv2.CAP_PROP_FPS)
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    total = len(frames) / fps
    down = clip.down_secs if clip.down_secs is not None else total - TAIL_SECS
    tail = frames[min(int(down * fps), len(frames) - 2) :]
    height, width = (n // 2 * 2 for n in frames[0].shape[:2])
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", f"{fps:.3f}", "-i", "-",
         "-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-pix_fmt", "yuv420p", "-g", str(round(2 * fps)), "-threads", "1", str(path)],
        stdin=subprocess.PIPE,
    )  # fmt: skip
    ends = max(total, down + LYING_SECS)
    there_and_back = len(tail) * 2 - 2
    for number in range(int(ends * fps)):
        past = number - len(frames)
        if past < 0:
            frame = frames[number]
        else:
            step = (past + 1) % there_and_back  # from the last picture back
            frame = tail[abs(len(tail) - 1 - step)]
            noise = rng.normal(0, NOISE, frame.shape).astype(np.int16)
            frame = np.clip(frame.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        encoder.stdin.write(np.ascontiguousarray(frame[:height, :width]).tobytes())
    encoder.stdin.close()
    if encoder.wait():
        raise SystemExit(f"falls.py: ffmpeg failed: {path}")
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "events.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["path", "kind", "start_secs", "end_secs"])
        for number, clip in enumerate(clips()):
            ends = compose(clip, out / f"{clip.name}.mp4", np.random.default_rng([SEED, number]))
            if clip.down_secs is None:
                rows.writerow([f"{clip.name}.mp4", "", "", ""])
            else:
                rows.writerow([f"{clip.name}.mp4", "person_down", clip.down_secs, round(ends, 2)])
            print(clip.name, round(ends, 1), flush=True)


if __name__ == "__main__":
    main()
