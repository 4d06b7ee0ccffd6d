"""Development footage: where it is, how it is labelled, how a frame reaches the eye.

Nothing here is copied into the project. All paths hang off the environment variable
`KUAGER_DEV_DATA`; caches go to `KUAGER_CACHE` (default: a folder in the system's temporary
directory).
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from yolox import HEIGHT, WIDTH

PAD = 114

# Terms under which a benign video may be measured on but not trained on.
MEASURE_ONLY = ("watermark", "non-commercial", "GPL")


@dataclass(frozen=True)
class Clip:
    """One labelled video. `group` names its source: splits never cut through a group."""

    path: Path
    violent: bool
    group: str
    collection: str
    trainable: bool = True
    spans: tuple[tuple[float, float], ...] = ()  # seconds the label speaks of; empty: all of the video

    @property
    def key(self) -> str:
        """A file-system-safe name, unique among all collections."""
        base = staged_folder() if self.collection == "staged" else root() / self.collection
        stem = "_".join(self.path.relative_to(base).with_suffix("").parts)
        return f"{self.collection}__{stem}".replace(" ", "_")


def root() -> Path:
    """The data folder, or a loud exit where none is configured."""
    configured = os.environ.get("KUAGER_DEV_DATA")
    if not configured:
        sys.exit("SKIPPED: set KUAGER_DEV_DATA to the folder that holds data/ and models/")
    return Path(configured) / "data"


def third_party(name: str) -> Path:
    """A third-party starting point, e.g. the published YOLOX-nano."""
    return root().parent / "models" / name


def cache(name: str) -> Path:
    """A cache folder outside the repository, created when missing."""
    base = os.environ.get("KUAGER_CACHE") or os.path.join(tempfile.gettempdir(), "kuager-cache")
    folder = Path(base) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rows(collection: str) -> list[dict[str, str]]:
    with open(root() / collection / "labels.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def surveillance_fights() -> list[Clip]:
    name = "surveillance_fights"
    return [
        Clip(root() / name / r["path"], r["label"] == "fight", r["group"], name)
        for r in _rows(name)
    ]


def ut_interaction() -> list[Clip]:
    name = "ut_interaction"
    return [
        Clip(root() / name / r["path"], r["violent"] == "1", f"ut_{r['group']}", name)
        for r in _rows(name)
    ]


def falls_and_daily_life() -> list[Clip]:
    name = "gmdcsa24_falls"
    return [
        Clip(root() / name / r["path"], False, f"gmd_subject{r['subject']}", name)
        for r in _rows(name)
    ]


def benign() -> list[Clip]:
    name = "benign"
    clips = []
    for row in _rows(name):
        trainable = not any(word in row["terms"] for word in MEASURE_ONLY)
        clips.append(Clip(root() / name / row["path"], False, f"benign_{row['group']}", name, trainable))
    return clips


def staged_folder() -> Path:
    """Where `staged/make.py --set training` is told to render to."""
    return cache("staged")


# Rendered events with blows, which the violence head learns from, and those that are neither violent nor calm to it.
BLOWS = ("violence", "group_assault", "strike_on_person_down", "gauntlet")
UNSURE = ("dragging", "prone_restraint")


def staged() -> list[Clip]:
    """Rendered scenes: each is one clip for its blows and one for what is calm."""
    clips = []
    for truth_path in sorted(staged_folder().glob("*.json")):
        truth = json.loads(truth_path.read_text())
        path, group = truth_path.with_suffix(".mp4"), f"staged_{truth['seed']}"
        if not path.exists():
            continue
        end = len(truth["frames"]) / truth["camera"]["fps"]
        events = [e for e in truth["events"] if e["kind"] in BLOWS + UNSURE]
        blows = _united([e for e in events if e["kind"] in BLOWS])
        if blows:
            clips.append(Clip(path, True, group, "staged", spans=blows))
        calm = _rest(_united(events), end)
        if calm:
            clips.append(Clip(path, False, group, "staged", spans=calm))
    return clips


def _united(events: list[dict]) -> tuple[tuple[float, float], ...]:
    """The spans of events, overlapping ones joined."""
    spans: list[list[float]] = []
    for start, end in sorted((e["start_secs"], e["end_secs"]) for e in events):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    return tuple((start, end) for start, end in spans)


def _rest(spans: tuple[tuple[float, float], ...], end: float) -> tuple[tuple[float, float], ...]:
    """What lies between spans from 0 to `end`, pieces of two seconds and more."""
    edges = [0.0, *(edge for span in spans for edge in span), end]
    return tuple((a, b) for a, b in zip(edges[::2], edges[1::2]) if b - a >= 2.0)


def fitted_size(width: int, height: int) -> tuple[int, int]:
    """The size of a width x height picture inside the eye's 512x288 input."""
    scale = min(WIDTH / width, HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def letterbox(frame: av.VideoFrame) -> tuple[np.ndarray, tuple[int, int]]:
    """Returns the eye's input u8 [288, 512, 3] RGB and the picture's (width, height) in it."""
    width, height = fitted_size(frame.width, frame.height)
    picture = frame.reformat(width, height, format="rgb24", interpolation="BILINEAR")
    canvas = np.full((HEIGHT, WIDTH, 3), PAD, np.uint8)
    canvas[:height, :width] = picture.to_ndarray()
    return canvas, (width, height)


def frames_every(path: Path, seconds: float, start: float = 0.0) -> Iterator[av.VideoFrame]:
    """Yields the first frame at or after each multiple of `seconds`, from `start` on."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        due, first = start, None
        for frame in container.decode(stream):
            time = frame.time or 0.0
            first = time if first is None else first
            if time - first + 1e-3 >= due:
                yield frame
                while due <= time - first + 1e-3:
                    due += seconds
