"""Composes untrimmed recordings with known event times out of labelled clips, for `kuager eval events`.

    python models/training/streams.py OUT                    everything
    python models/training/streams.py OUT --groups FILE      only these sources, one group a line
    python models/training/streams.py OUT --folds DIR        one folder a fold, of sources its head never saw

Fights lie between not-fight clips of the same camera where there are any, and between benign videos and rendered
scenes. Each clip is used once. Clips of one view follow each other directly; before a change of view the recording is
silent for a while (its clock goes on), as a recorder that follows movement does it: no real camera cuts to another
place, and the program starts anew after a silence. Every third stream is left as it is, one is made infrared (grey,
noisy), one dark. OUT/events.csv is what `eval events` reads. OUT must lie outside the repository.
"""

from __future__ import annotations

import argparse
import csv
import functools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

import data

WIDTH, HEIGHT = 640, 360
LOOKS = ("plain", "infrared", "dark")
# Two clips of a group show the same view if small grey pictures of them differ by less than this (0 to 255). A source
# video may hold several cameras.
SAME_VIEW = 22.0
THUMBNAIL = (32, 18)
NOISES = 24
GREY = np.array([[0.299], [0.587], [0.114]], np.float32)
DARKENED = (0.35 * 255 * (np.arange(256) / 255) ** 1.4).astype(np.float32)
SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


@dataclass(frozen=True)
class Part:
    """A clip and the events in it: (kind, start, end) in seconds from its first picture."""

    path: Path
    group: str
    events: tuple[tuple[str, float, float], ...] = ()
    whole: bool = False  # the one event lasts as long as the clip

    @property
    def is_calm(self) -> bool:
        return not self.events and not self.whole


@dataclass
class Block:
    """Parts of one view, in order."""

    parts: list[Part] = field(default_factory=list)

    @property
    def is_calm(self) -> bool:
        return all(p.is_calm for p in self.parts)


def pictures(path: Path, fps: float) -> Iterator[np.ndarray]:
    """The pictures at each multiple of 1 / fps seconds, u8 [360, 640, 3] RGB, letterboxed with black."""
    for frame in data.frames_every(path, 1 / fps):
        scale = min(WIDTH / frame.width, HEIGHT / frame.height)
        width, height = round(frame.width * scale) // 2 * 2, round(frame.height * scale) // 2 * 2
        picture = frame.reformat(width, height, format="rgb24", interpolation="AREA").to_ndarray()
        canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
        canvas[top : top + height, left : left + width] = picture
        yield canvas


def thumbnail(path: Path) -> np.ndarray:
    """A small grey picture of a clip's first frame."""
    frame = next(data.frames_every(path, 1.0))
    return frame.reformat(*THUMBNAIL, format="gray", interpolation="AREA").to_ndarray().astype(np.float32)


def views(parts: list[Part]) -> list[Block]:
    """Clips of one group, sorted into views; in each, the fights lie between calm clips."""
    found: list[tuple[np.ndarray, list[Part]]] = []
    for part in parts:
        small = thumbnail(part.path)
        near = [members for first, members in found if np.abs(first - small).mean() < SAME_VIEW]
        if near:
            near[0].append(part)
        else:
            found.append((small, [part]))
    return [Block(surrounded(members)) for _, members in found]


def surrounded(parts: list[Part]) -> list[Part]:
    """Calm clips before and after the fights. The fights of one view are moments of one struggle of a few seconds each;
    directly after each other they last as long as an event does."""
    fights, calm = [p for p in parts if not p.is_calm], [p for p in parts if p.is_calm]
    middle = (len(calm) + 1) // 2
    return [*calm[:middle], *fights, *calm[middle:]]


def surveillance(groups: Callable[[str], bool]) -> list[Block]:
    by_group: dict[str, list[Part]] = {}
    for clip in data.surveillance_fights():
        if groups(clip.group):
            by_group.setdefault(clip.group, []).append(Part(clip.path, clip.group, whole=clip.violent))
    return [block for name in sorted(by_group) for block in views(by_group[name])]


def benign(groups: Callable[[str], bool], measure_only: bool) -> list[Block]:
    clips = [c for c in data.benign() if groups(c.group) and not (measure_only and c.trainable)]
    return [Block([Part(c.path, c.group)]) for c in clips]


def rendered(groups: Callable[[str], bool]) -> list[Block]:
    """Rendered scenes of the cache, and the samples."""
    blocks = []
    for path in [*sorted(data.staged_folder().glob("*.json")), *sorted(SAMPLES.glob("*.json"))]:
        truth = json.loads(path.read_text(encoding="utf-8"))
        group = f"staged_{truth['seed']}"
        if groups(group) and path.with_suffix(".mp4").exists():
            events = tuple((e["kind"], e["start_secs"], e["end_secs"]) for e in truth["events"])
            blocks.append(Block([Part(path.with_suffix(".mp4"), group, events)]))
    return blocks


def shuffled(blocks: list[Block], rng: np.random.Generator) -> list[Block]:
    """In random order, calm blocks spread evenly between the others."""
    order = [blocks[i] for i in rng.permutation(len(blocks))]
    calm, other = [b for b in order if b.is_calm], [b for b in order if not b.is_calm]
    places = [(i + 0.5) / len(calm) for i in range(len(calm))], [(i + 0.5) / len(other) for i in range(len(other))]
    keyed = [*zip(places[0], [0] * len(calm), range(len(calm)), calm), *zip(places[1], [1] * len(other), range(len(other)), other)]
    return [block for *_, block in sorted(keyed, key=lambda k: k[:3])]


@functools.cache
def noise_pool() -> np.ndarray:
    """Sensor noise, f32 [NOISES, 360, 640, 1]; drawing it anew for each picture would cost more than the encoding."""
    return np.random.default_rng(0).normal(0, 3, (NOISES, HEIGHT, WIDTH, 1)).astype(np.float32)


def developed(picture: np.ndarray, look: str, rng: np.random.Generator) -> np.ndarray:
    """A picture as an infrared camera or one in a dark room would give it."""
    if look == "plain":
        return picture
    noise = noise_pool()[rng.integers(NOISES)]
    if look == "infrared":
        changed = 128 + 0.7 * (picture @ GREY - 128) + noise
    else:
        changed = DARKENED[picture] + noise
    return np.clip(np.broadcast_to(changed, picture.shape), 0, 255).astype(np.uint8)


class Stream:
    """One recording being written: H.264 in MP4 on a clock of `fps` ticks a second."""

    def __init__(self, path: Path, look: str, fps: int, seed: int) -> None:
        self.path, self.look, self.fps = path, look, fps
        self.rng = np.random.default_rng(seed)
        self.tick = 0  # of the next picture
        self.pictures = 0
        self.rows: list[tuple[str, str, float, float, str]] = []
        self.container = av.open(str(path), "w")
        self.video = self.container.add_stream("libx264", rate=fps)
        self.video.width, self.video.height, self.video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self.video.codec_context.time_base = Fraction(1, fps)
        self.video.options = {"preset": "veryfast", "crf": "28", "g": str(2 * fps), "bf": "0", "threads": "1"}

    def add(self, block: Block, pause_secs: float) -> None:
        if self.pictures:
            self.tick += round(pause_secs * self.fps)
        for part in block.parts:
            start = self.tick
            for picture in pictures(part.path, self.fps):
                frame = av.VideoFrame.from_ndarray(developed(picture, self.look, self.rng), format="rgb24")
                frame.pts, frame.time_base = self.tick, Fraction(1, self.fps)
                self.container.mux(self.video.encode(frame))
                self.tick += 1
                self.pictures += 1
            self.note(part, start)

    def note(self, part: Part, start: int) -> None:
        """Puts the part's events on the stream's clock; fights that follow each other directly are one event."""
        begin, end = start / self.fps, self.tick / self.fps
        events = [("violence", 0.0, end - begin)] if part.whole else part.events
        for kind, since, until in events:
            since, until = begin + since, min(begin + until, end)
            last = self.rows[-1] if self.rows else None
            if last and part.whole and last[1] == kind and abs(last[3] - since) < 1e-6:
                self.rows[-1] = (*last[:3], until, last[4])
            elif until > since:
                self.rows.append((self.path.name, kind, since, until, part.group))

    def close(self) -> list[tuple]:
        self.container.mux(self.video.encode())
        self.container.close()
        return self.rows or [(self.path.name, "", "", "", "")]

    @property
    def secs(self) -> float:
        return self.pictures / self.fps


def compose(out: Path, blocks: list[Block], options: argparse.Namespace) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows, secs, stream = [], 0.0, None
    order = shuffled(blocks, np.random.default_rng(options.seed))
    number = 0
    for block in order:
        if stream is None:
            look = LOOKS[number % len(LOOKS)]
            stream = Stream(out / f"stream_{number:02}_{look}.mp4", look, options.fps, options.seed + number)
            number += 1
        stream.add(block, options.pause_secs)
        if stream.secs >= 60 * options.stream_minutes or secs + stream.secs >= 60 * options.minutes:
            secs += stream.secs
            rows += stream.close()
            stream = None
        if secs >= 60 * options.minutes:
            break
    if stream is not None:
        secs += stream.secs
        rows += stream.close()
    with open(out / "events.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "kind", "start_secs", "end_secs", "group"])
        for path, kind, since, until, group in rows:
            writer.writerow([path, kind, *(f"{t:.3f}" if t != "" else "" for t in (since, until)), group])
    fights = sum(r[1] == "violence" for r in rows)
    print(f"{out}: {number} streams, {secs / 60:.1f} minutes of pictures, {fights} events of violence", flush=True)


def fold_sources(labels: Path) -> set[str]:
    with open(labels, newline="", encoding="utf-8") as file:
        return {row["group"] for row in csv.DictReader(file)}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--groups", type=Path, help="file with one group a line: use only these")
    chosen.add_argument("--folds", type=Path, help="folder with fold_K.csv of `violence.py crossval --export`")
    parser.add_argument("--minutes", type=float, default=30, help="pictures in all, or a fold (default 30)")
    parser.add_argument("--stream-minutes", type=float, default=4, help="pictures in a stream (default 4)")
    parser.add_argument("--pause-secs", type=float, default=6, help="silence before another view (default 6)")
    parser.add_argument("--fps", type=int, default=12)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    if options.out.resolve().is_relative_to(SAMPLES.parent.resolve()):
        sys.exit(f"footage stays out of the repository; choose another folder: {options.out}")
    return options


def main() -> None:
    options = parse()
    if options.folds is None:
        named = set(options.groups.read_text(encoding="utf-8").split()) if options.groups else None
        wanted = (lambda group: group in named) if named is not None else (lambda group: True)
        compose(options.out, [*surveillance(wanted), *benign(wanted, False), *rendered(wanted)], options)
        return
    folds = sorted(options.folds.glob("fold_*.csv"))
    if not folds:
        sys.exit(f"no fold_*.csv; make them with violence.py crossval --export: {options.folds}")
    # Benign videos that no head was trained on, each in one fold, so that pooled hours count it once.
    untrained = benign(lambda group: True, measure_only=True)
    for k, labels in enumerate(folds):
        held_out = fold_sources(labels)
        blocks = surveillance(lambda group: group in held_out) + untrained[k :: len(folds)]
        compose(options.out / labels.stem, blocks, options)


if __name__ == "__main__":
    main()
