"""Composes long quiet recordings with labelled incidents: to measure speed on an archive where little happens, and how
much of what happens is looked at.

    python benches/gate/compose.py --set speed  --out DIR       four recordings of ten minutes
    python benches/gate/compose.py --set recall --out DIR       about 60 recordings of two minutes, in many encodings
    python benches/gate/compose.py --set recall --out DIR --list
    python benches/gate/compose.py --set recall --out DIR --only 0:12

Each recording shows one view. A clip's first picture is held for a while, then the clip plays, then its last picture is
held: what begins is movement alone, without a cut. Every picture, held or not, gets sensor noise of its own, a slow
drift of the light and a running clock. Where a view has several clips, one hold dissolves into the next within two
seconds. Clips are scaled to the recording's size, as a rule up: a recording of 1080 lines holds no more detail than its
clip, but costs as much to decode.

What is held stands still: people of a first picture stand frozen until their clip begins, and somebody who lies at the
end lies on. Labels are the clip's own; those that hold from its first picture on (somebody lies there all the time) are
left out, since nothing begins.

Writes DIR/NAME.EXT, DIR/NAME.json (the encoding and the events) and, of all that lies in DIR, DIR/events.csv for
`kuager eval events`. What is there is not made again. The same arguments give the same pictures; files may differ
between versions of FFmpeg. Needs KUAGER_DEV_DATA, the rendered benchmark in $KUAGER_CACHE/benchmark (left out loudly
where missing), and the `ffmpeg` program with libx264 and libx265. DIR must lie outside the repository.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "models" / "training"))

import data  # noqa: E402
import streams  # noqa: E402

SEED = 20_000
DISSOLVE_SECS = 2.0
NOISE_PLANES, NOISE_MARGIN = 8, 64
CLOCK_STARTS_AT = 22 * 3600 + 13 * 60
# Rendered scenes whose events begin within the clip.
STAGED = ("duel", "group_assault", "gauntlet", "strike_on_person_down", "prone_restraint", "collapse", "camera_covered", "helped_up")


@dataclass(frozen=True)
class Encoding:
    """How a recorder wrote the pictures. `rate` is a constant rate factor, or bits a second, averaged or capped."""

    codec: str  # h264, hevc, mjpeg
    rate: str  # crf26, abr1M, cbr2M, q5
    gop_secs: float
    b_frames: int = 0
    open_gop: bool = False
    scene_cut: bool = False
    container: str = "mp4"

    def arguments(self, fps: float) -> list[str]:
        """What the `ffmpeg` program is told."""
        gop = round(self.gop_secs * fps)
        if self.codec == "mjpeg":
            return ["-c:v", "mjpeg", "-q:v", self.rate.removeprefix("q"), "-pix_fmt", "yuvj420p", "-color_range", "pc"]
        kind, value = self.rate[:3], self.rate[3:]
        rate = ["-crf", value] if kind == "crf" else ["-b:v", value]
        if kind == "cbr":
            rate += ["-maxrate", value, "-bufsize", value]
        common = ["-preset", "veryfast", "-bf", str(self.b_frames), "-g", str(gop), *rate]
        if self.codec == "h264":
            cuts = [] if self.scene_cut else ["-sc_threshold", "0", "-keyint_min", str(gop)]
            return ["-c:v", "libx264", "-threads", "1", *common, *cuts]
        cuts = "" if self.scene_cut else f":scenecut=0:min-keyint={gop}"
        params = f"log-level=error:pools=none:frame-threads=1:keyint={gop}{cuts}:bframes={self.b_frames}:open-gop={int(self.open_gop)}"
        return ["-c:v", "libx265", "-tag:v", "hvc1", *common, "-x265-params", params]


@dataclass(frozen=True)
class Recording:
    """What is to be made."""

    name: str
    parts: tuple[streams.Part, ...]
    height: int
    width: int | None  # none: the clip's own shape
    fps: float
    encoding: Encoding
    noise: float  # standard deviation of luma, 0 to 255
    noise_is_soft: bool  # as a camera leaves it that smooths its pictures
    holds: tuple[float, float, float]  # seconds before the first clip, between clips, after the last
    seed: int


# ---- what there is to show ------------------------------------------------------------------------------------------


def fights(most_a_recording: int) -> list[tuple[streams.Part, ...]]:
    """Real fights, those of one view together."""
    found = []
    for block in streams.surveillance(lambda _: True):
        parts = [p for p in block.parts if p.whole]
        found += [tuple(parts[i : i + most_a_recording]) for i in range(0, len(parts), most_a_recording)]
    return found


def staged_blows(count: int) -> list[tuple[streams.Part, ...]]:
    """Blows, kicks and pushes of UT-Interaction, spread over its sequences."""
    clips = sorted((c for c in data.ut_interaction() if c.violent), key=lambda c: (c.group, c.path.name))
    return [(streams.Part(c.path, c.group, whole=True),) for c in clips[:: max(1, len(clips) // count)][:count]]


def rendered(count: int) -> list[tuple[streams.Part, ...]]:
    """Rendered scenes in which something begins, of different kinds first."""
    folder = data.cache("benchmark")
    by_script: dict[str, list[streams.Part]] = {script: [] for script in STAGED}
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        events = tuple((e["kind"], e["start_secs"], e["end_secs"]) for e in truth["events"] if e["start_secs"] > 0.5)
        if truth["script"] in by_script and events and path.with_suffix(".mp4").exists():
            by_script[truth["script"]].append(streams.Part(path.with_suffix(".mp4"), f"staged_{truth['seed']}", events))
    if not any(by_script.values()):
        print(f"SKIPPED: no rendered scenes in {folder}; `python models/training/staged/make.py --set benchmark` makes them", file=sys.stderr)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*by_script.values()))
    return [(part,) for part in turns if part is not None][:count]


def encodings() -> list[Encoding]:
    """Every codec with every kind of rate and every length of GOP, in an order in which few recordings cover much."""
    made = []
    rates = ("crf26", "cbr1M", "abr2M", "cbr4M")
    gops = (2.0, 1.0, 4.0, 10.0)
    for i, (shift, place) in enumerate(itertools.product(range(4), range(4))):
        # Squares, so that no rate always comes with one length, with B pictures or with scene cuts. The two codecs get
        # the same rates and lengths, and B pictures in opposite halves.
        rate, gop = rates[place], gops[(place + shift) % 4]
        has_b, cuts = (place // 2 + shift) % 2 == 0, (place + 3 * shift) % 4
        box = "mkv" if i % 3 == 2 else "mp4"
        made.append(Encoding("h264", rate, gop, 2 if has_b else 0, scene_cut=cuts == 3, container=box))
        made.append(Encoding("hevc", rate, gop, 0 if has_b else 3, open_gop=not has_b, scene_cut=cuts == 1, container=box))
        if i % 5 == 1:
            made.append(Encoding("mjpeg", "q6", 0.0, container="avi" if i % 2 else "mkv"))
    return made


def recall_set() -> list[Recording]:
    sources = [*fights(3)]
    others = [*staged_blows(8), *rendered(14)]
    # Real fights and the rest in turn, so that the first few recordings already hold both.
    step = len(sources) / max(1, len(others))
    for i, other in enumerate(others):
        sources.insert(round(i * (step + 1)) + 1, other)
    made, ways = [], encodings()
    for i, parts in enumerate(sources):
        rng = np.random.default_rng([SEED, i])
        made.append(
            Recording(
                name=f"recall_{i:02}_{Path(parts[0].path).stem}",
                parts=parts,
                height=int(rng.choice([360, 360, 480, 720])),
                width=None,
                fps=float(rng.choice([12.5, 12.5, 25.0])),
                encoding=ways[i % len(ways)],
                noise=float(rng.uniform(1.5, 3.0)),
                noise_is_soft=bool(rng.integers(2)),
                holds=(float(rng.uniform(50, 80)), 25.0, 20.0),
                seed=i,
            )
        )
    return made


def speed_set() -> list[Recording]:
    """Ten minutes of one view each; calm clips of the view are movement without an incident."""
    wanted = (
        ("quiet_1080p_h264", "g020", 1080, 25.0, Encoding("h264", "cbr4M", 2.0)),
        ("quiet_720p_h264", "g011", 720, 25.0, Encoding("h264", "cbr2M", 4.0)),
        ("quiet_720p_hevc", "g030", 720, 12.5, Encoding("hevc", "cbr1M", 4.0)),
        ("quiet_1080p_hevc", "g036", 1080, 12.5, Encoding("hevc", "cbr2M", 4.0)),
    )
    blocks = streams.surveillance(lambda group: group in {w[1] for w in wanted})
    made = []
    for i, (name, group, height, fps, encoding) in enumerate(wanted):
        block = max((b for b in blocks if b.parts[0].group == group), key=lambda b: sum(p.whole for p in b.parts))
        played = sum(length_secs(p.path) for p in block.parts)
        hold = (600.0 - played) / (len(block.parts) + 1)
        made.append(
            Recording(name, tuple(block.parts), height, height * 16 // 9, fps, encoding, 2.0, False, (hold, hold, hold), 1000 + i)
        )
    return made


# ---- pictures ---------------------------------------------------------------------------------------------------------


def length_secs(path: Path) -> float:
    """How long a clip plays, by its pictures."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.time or 0.0 for frame in container.decode(stream)]
    step = (times[-1] - times[0]) / max(1, len(times) - 1)
    return times[-1] - times[0] + step


def planes(frame: av.VideoFrame, width: int, height: int) -> np.ndarray:
    """A picture u8 [height * 3 / 2, width], yuv420p, scaled and cut so that it fills the size."""
    scale = max(width / frame.width, height / frame.height)
    wide, high = round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2
    wide, high = max(wide, width), max(high, height)
    rgb = frame.reformat(wide, high, format="rgb24", interpolation="BICUBIC").to_ndarray()
    top, left = (high - height) // 2, (wide - width) // 2
    return cv2.cvtColor(np.ascontiguousarray(rgb[top : top + height, left : left + width]), cv2.COLOR_RGB2YUV_I420)


def played(path: Path, fps: float, width: int, height: int) -> Iterator[np.ndarray]:
    """The clip's pictures on the recording's clock, each as often as it is shown."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        shown, first, written = None, None, 0
        last_step = 1 / fps
        previous = 0.0
        for frame in container.decode(stream):
            time = frame.time or 0.0
            first = time if first is None else first
            while shown is not None and written / fps < time - first - 1e-6:
                yield shown
                written += 1
            last_step, previous = (time - first - previous) or last_step, time - first
            shown = planes(frame, width, height)
        while shown is not None and written / fps < previous + last_step - 1e-6:
            yield shown
            written += 1


class Sensor:
    """Turns clean pictures into those of a camera: noise, slow light, clock."""

    def __init__(self, recording: Recording, width: int) -> None:
        self.fps, self.width, self.height = recording.fps, width, recording.height
        self.rng = np.random.default_rng([SEED, recording.seed, 1])
        self.noise = [self._plane(recording) for _ in range(NOISE_PLANES)]
        self.period_secs, self.phase = self.rng.uniform(40, 120), self.rng.uniform(0, 6.28)
        self.count = 0

    def _plane(self, recording: Recording) -> np.ndarray:
        plane = self.rng.normal(0, 1, (self.height + NOISE_MARGIN, self.width + NOISE_MARGIN)).astype(np.float32)
        if recording.noise_is_soft:
            plane = cv2.GaussianBlur(plane, (0, 0), 0.8)
            plane /= plane.std()
        return np.round(plane * recording.noise).astype(np.int16)

    def _noise(self, height: int, width: int) -> np.ndarray:
        """A part of a plane, at random and perhaps turned: drawing all of it anew would cost more than encoding it."""
        plane = self.noise[self.rng.integers(NOISE_PLANES)]
        top, left = self.rng.integers(0, NOISE_MARGIN, 2)
        part = plane[top : top + height, left : left + width]
        turn = self.rng.integers(4)
        return np.ascontiguousarray(part[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1])

    def see(self, clean: np.ndarray) -> np.ndarray:
        """The next picture."""
        secs = self.count / self.fps
        self.count += 1
        gain = 1 + 0.03 * np.sin(2 * np.pi * secs / self.period_secs + self.phase)
        picture = clean.copy()
        luma = picture[: self.height]
        light = np.clip(np.round(np.arange(256) * gain), 0, 255).astype(np.uint8)
        luma[:] = cv2.add(cv2.LUT(luma, light), self._noise(self.height, self.width), dtype=cv2.CV_8U)
        chroma = picture[self.height :]
        chroma[:] = cv2.add(chroma, self._noise(*chroma.shape) // 2, dtype=cv2.CV_8U)
        self._clock(luma, int(CLOCK_STARTS_AT + secs))
        return picture

    def _clock(self, luma: np.ndarray, second: int) -> None:
        text = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        size = self.height / 720
        at = (round(16 * size), round(40 * size))
        for colour, thick in ((20, 5), (235, 2)):
            cv2.putText(luma, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.1 * size, colour, max(1, round(thick * size)), cv2.LINE_AA)


def dissolve(before: np.ndarray, after: np.ndarray, count: int) -> Iterator[np.ndarray]:
    for i in range(count):
        share = (i + 1) / (count + 1)
        yield cv2.addWeighted(before, 1 - share, after, share, 0)


@dataclass
class Event:
    kind: str
    start_secs: float
    end_secs: float


def pictures(recording: Recording, width: int, events: list[Event]) -> Iterator[np.ndarray]:
    """All clean pictures in order; fills `events` on the way."""
    fps = recording.fps
    before, between, after = (round(secs * fps) for secs in recording.holds)
    last, count = None, 0
    for number, part in enumerate(recording.parts):
        shown = played(part.path, fps, width, recording.height)
        first = next(shown)
        hold = before if number == 0 else between // 2
        if last is not None:
            mixed = round(DISSOLVE_SECS * fps)
            yield from itertools.repeat(last, between - between // 2 - mixed)
            yield from dissolve(last, first, mixed)
            count += between - between // 2
        yield from itertools.repeat(first, hold)
        count += hold
        start, length = count, 0
        for last in itertools.chain([first], shown):
            length += 1
            yield last
        count += length
        spans = [("violence", 0.0, length / fps)] if part.whole else part.events
        for kind, from_secs, to_secs in spans:
            to_secs = min(to_secs, length / fps)
            events.append(Event(kind, round(start / fps + from_secs, 2), round(start / fps + to_secs, 2)))
    yield from itertools.repeat(last, after)


# ---- files ------------------------------------------------------------------------------------------------------------


def own_width(path: Path, height: int) -> int:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return round(height * stream.codec_context.width / stream.codec_context.height / 2) * 2


def make(recording: Recording, out: Path) -> None:
    encoding = recording.encoding
    path = out / f"{recording.name}.{encoding.container}"
    about = path.with_suffix(".json")
    if about.exists() and path.exists():
        return
    width = recording.width or own_width(recording.parts[0].path, recording.height)
    unfinished = out / f"unfinished.{path.name}"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"]
    command += ["-s", f"{width}x{recording.height}", "-r", f"{recording.fps}", "-i", "pipe:0"]
    command += [*encoding.arguments(recording.fps), "-fps_mode", "passthrough", str(unfinished)]
    events: list[Event] = []
    sensor, count = Sensor(recording, width), 0
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin
        for clean in pictures(recording, width, events):
            encoder.stdin.write(sensor.see(clean).data)
            count += 1
        encoder.stdin.close()
        if encoder.wait() != 0:
            sys.exit(f"ffmpeg failed on {path}")
    unfinished.rename(path)
    truth = {
        "path": path.name,
        "encoding": asdict(encoding),
        "width": width,
        "height": recording.height,
        "fps": recording.fps,
        "secs": round(count / recording.fps, 2),
        "noise": round(recording.noise, 2),
        "noise_is_soft": recording.noise_is_soft,
        "clips": [f"{p.group}/{p.path.name}" for p in recording.parts],
        "real": not recording.parts[0].group.startswith("staged_"),
        "events": [asdict(e) for e in events],
    }
    about.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    share = sum(b - a for a, b in united((e.start_secs, e.end_secs) for e in events)) / truth["secs"]
    print(f"{path.name}: {truth['secs']:.0f} s, {len(events)} events, {share:.1%} of the time, {path.stat().st_size * 8e-6 / truth['secs']:.2f} Mbit/s", flush=True)


def united(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans by start, overlapping ones joined."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def write_labels(out: Path) -> None:
    rows = []
    for about in sorted(out.glob("*.json")):
        truth = json.loads(about.read_text(encoding="utf-8"))
        rows += [(truth["path"], e["kind"], e["start_secs"], e["end_secs"]) for e in truth["events"]]
    unfinished = out / "unfinished.events.csv"
    with open(unfinished, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "kind", "start_secs", "end_secs"))
        writer.writerows(rows)
    unfinished.rename(out / "events.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("speed", "recall"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", help="FROM:TO, numbers of the recordings to make, the last excluded")
    parser.add_argument("--list", action="store_true", help="say what would be made")
    options = parser.parse_args()
    out = options.out.resolve()
    if out.is_relative_to(REPOSITORY):
        sys.exit(f"{out} lies inside the repository")
    recordings = speed_set() if options.set == "speed" else recall_set()
    if options.only:
        first, last = (int(n) if n else None for n in options.only.split(":"))
        recordings = recordings[first:last]
    if options.list:
        for r in recordings:
            print(f"{r.name:<44} {r.height:>5} {r.fps:>5} {r.encoding}")
        return
    out.mkdir(parents=True, exist_ok=True)
    for recording in recordings:
        make(recording, out)
        write_labels(out)


if __name__ == "__main__":
    main()
