"""Composes recordings in which the camera's sight is lost at known times, and recordings in which it only seems so.

    python models/training/tampering.py --out DIR [--part development|judging] [--only FROM:TO] [--list]

Each recording shows one real fixed view: a clip's first picture is held, the clip plays, its last picture is held, all
with sensor noise of its own, slow light and a running clock, as in benches/gate/compose.py. Only then does something happen
to it: a hand, a cloth or spray over the lens, defocus, a turn or a bump, darkness, glare, a picture that stands still or
seconds that come again, each suddenly or slowly; or seconds are cut out, a rectangle is drawn into the picture, and there
are fewer or smaller pictures. The last recordings of a clip hold what must not be taken for it: lights out, the switch to
infrared and back, an exposure step, slow sun, a head near the lens, rain and insects at night, a camera that rests where
nothing moves, a screen that is switched on, a dark doorway.

Clips are real ones and rendered ones (`staged/`). The two parts share no clip: thresholds are looked for on the first, figures are given for the second. The kind of a label
follows from its definition: where nothing can be made out and the mean luma is at most 32 or at least 224 it is
`camera_dark`, else `camera_covered`.

Writes DIR/NAME.mp4 and DIR/events.csv for `kuager eval events`; names begin with the tampering. Needs KUAGER_DEV_DATA and
`ffmpeg` with libx264. DIR must lie outside the repository.
"""

from __future__ import annotations

import argparse
import csv
import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "models" / "training"))

import data  # noqa: E402

SEED = 70_000
WIDTH, HEIGHT, FPS = 448, 252, 10.0
HOLD_SECS, LOST_SECS, AFTER_SECS = 14.0, 16.0, 6.0
MOST_CLIP_SECS = 8.0
# The camera sees this share of a clip's picture, so that there is something to turn to.
SEEN = 0.62
DEVELOPMENT = (
    "intel_one_by_one_768x432_139s.mp4",
    "cwl_room_chair_fall.mp4",
    "pc02_plaza_bw.mp4",
    "pc19_street_crowd.mp4",
    "staged/staged_0043_handshake.mp4",
    "staged/staged_0044_cleaning.mp4",
)
JUDGING = (
    "vtest_pets09_480x360_79s.mp4",
    "anubhavm55_stairs_640x352_15s.mp4",
    "pc04_plaza_white.mp4",
    "bak_video3.mp4",
    "pc06_umbrellas.mp4",
    "staged/staged_0038_pick_up.mp4",
    "staged/staged_0050_roll_call.mp4",
)
# Where pictures become fewer, so long something moves, before and meanwhile; one of so many pictures is kept.
MOVES_FOR_RATE_SECS = 42.0
KEPT_OF = 8


@dataclass
class Moment:
    """What a tampering is told: seconds since it began, and what it may draw from."""

    secs: float
    rng: np.random.Generator
    slow: float  # seconds over which it comes


def eased(m: Moment) -> float:
    return float(np.clip(m.secs / m.slow, 0.0, 1.0))


def seen(wide: np.ndarray, x: float = 0.0, y: float = 0.0, turn: float = 0.0) -> np.ndarray:
    """What the camera sees of the wide picture, looking so far aside (-1 to 1) and turned by so many degrees."""
    high, broad = wide.shape[:2]
    w, h = broad * SEEN, high * SEEN
    centre = (broad / 2 + x * (broad - w) / 2, high / 2 + y * (high - h) / 2)
    matrix = cv2.getRotationMatrix2D(centre, turn, WIDTH / w)
    matrix[:, 2] += (WIDTH / 2 - centre[0], HEIGHT / 2 - centre[1])
    return cv2.warpAffine(wide, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)


@functools.cache
def blobs(seed: int, scale: float, low: float, high: float) -> np.ndarray:
    """Smooth patches, HEIGHT x WIDTH, between two values."""
    rng = np.random.default_rng(seed)
    field = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), scale)
    field = (field - field.min()) / max(1e-6, float(np.ptp(field)))
    return low + (high - low) * field


def over(picture: np.ndarray, cover: np.ndarray, mask: np.ndarray) -> np.ndarray:
    mask = mask[..., None]
    return picture * (1 - mask) + cover * mask


def sliding(amount: float, soft: float = 40.0) -> np.ndarray:
    """A mask that comes in from the left."""
    edge = amount * (WIDTH + 2 * soft) - soft
    line = np.clip((edge - np.arange(WIDTH)) / soft + 0.5, 0, 1).astype(np.float32)
    return np.repeat(line[None], HEIGHT, 0)


# ---- what hides ---------------------------------------------------------------------------------------------------


def hand(picture: np.ndarray, wide: np.ndarray, m: Moment, level: float = 55.0) -> np.ndarray:
    skin = blobs(5, 70, level - 20, level + 25) + 2 * np.sin(m.secs * 2)
    cover = np.stack([skin * 1.25, skin * 0.85, skin * 0.75], -1)
    return over(picture, cover, sliding(eased(m)))


def dark_hand(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    return hand(picture, wide, m, 8.0)  # the recording's black is luma 16


def cloth(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    folds, weave = blobs(6, 25, 60, 150), blobs(8, 4, -12, 12)  # close to the lens nothing is in focus
    return over(picture, np.stack([folds + weave] * 3, -1), sliding(eased(m), 90.0))


def spray(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    where = blobs(7, 30, 0, 1)
    mask = np.clip((1.15 * eased(m) - where) * 6, 0, 0.97)
    paint = blobs(9, 60, 90, 130)
    smeared = cv2.GaussianBlur(picture, (0, 0), 1 + 10 * eased(m))
    return over(smeared, np.stack([paint] * 3, -1), mask.astype(np.float32))


def defocus(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    sigma = 9.0 * eased(m)
    return picture if sigma < 0.2 else cv2.GaussianBlur(picture, (0, 0), sigma)


def soft(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    sigma = 5.0 * eased(m)
    return picture if sigma < 0.2 else cv2.GaussianBlur(picture, (0, 0), sigma)


def turned(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    return seen(wide, 0.95 * eased(m), 0.5 * eased(m), 6 * eased(m)).astype(np.float32)


def bumped(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    return seen(wide, 0.25 * eased(m), -0.15 * eased(m), 3 * eased(m)).astype(np.float32)


def dark(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    return 14 + (picture - 14) * (1 - 0.985 * eased(m))


def glare(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot(columns - WIDTH * 0.4, rows - HEIGHT * 0.45)
    lamp = 900 * eased(m) * np.exp(-(far / 420) ** 2)
    return np.minimum(picture * (1 - 0.5 * eased(m)) + lamp[..., None], 255)


# ---- what only seems to -------------------------------------------------------------------------------------------


def lights_out(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    return 16 + (picture - 16) * (1 - 0.82 * eased(m))


def infrared(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    """Grey, lit from the camera; materials reflect otherwise."""
    r, g, b = (picture[..., i] for i in range(3))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot((columns / WIDTH - 0.5) * 1.4, rows / HEIGHT - 0.5)
    grey = np.clip(0.75 * r + 0.1 * g + 0.15 * b + 0.5 * (r - b), 0, 255)
    lit = 255 * (grey / 255) ** 0.8 * np.clip(1.15 - 1.1 * far**1.5, 0.15, 1)
    return np.stack([lit] * 3, -1)


def exposure(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    gain = (0.6, 1.0, 1.5, 1.0)[int(m.secs // 5) % 4]
    return np.clip(picture * gain, 0, 255)


def sun(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    columns = np.arange(WIDTH, dtype=np.float32)
    shade = 1 - 0.45 / (1 + np.exp((columns - WIDTH * m.secs / LOST_SECS) / 30))
    return picture * shade[None, :, None]


def head(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    away = abs(m.secs - 6.0) / 3.0
    centre = WIDTH * (0.5 + 0.9 * np.sign(m.secs - 6.0) * max(0.0, away - 0.4))
    mask = np.clip((1.0 - np.hypot((columns - centre) / 260, (rows - HEIGHT * 0.6) / 300)) * 6, 0, 1)
    shape = 60 + 30 * np.sin(columns / 23 + m.secs) * np.cos(rows / 31)
    return over(picture, np.stack([shape * 1.1, shape * 0.9, shape * 0.8], -1), mask)


def rain(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    """At night by infrared: streaks, and insects close to the lens."""
    night = infrared(picture, wide, m) * 0.6
    streaks = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(220):
        x, y, long = m.rng.integers(WIDTH), m.rng.integers(HEIGHT), m.rng.integers(8, 40)
        cv2.line(streaks, (int(x), int(y)), (int(x) + 3, int(y) + int(long)), float(m.rng.uniform(40, 150)), 1)
    for _ in range(3):
        x, y = m.rng.integers(WIDTH), m.rng.integers(HEIGHT)
        cv2.circle(streaks, (int(x), int(y)), int(m.rng.integers(6, 26)), 200.0, -1)
    return np.clip(night + cv2.GaussianBlur(streaks, (0, 0), 1.2)[..., None], 0, 255)


# ---- what is drawn after the noise, as a recorder does it ------------------------------------------------------------


def place(seed: int, least: float, most: float) -> tuple[slice, slice]:
    rng = np.random.default_rng(seed)
    high, wide = int(HEIGHT * rng.uniform(least, most)), int(WIDTH * rng.uniform(least, most))
    top, left = int(rng.integers(30, HEIGHT - high)), int(rng.integers(0, WIDTH - wide))
    return slice(top, top + high), slice(left, left + wide)


def mask(shown: np.ndarray, recording: Recording) -> None:
    shown[place(recording.seed, 0.18, 0.5)] = (0, 0, 0) if recording.seed % 2 else (128, 128, 128)


def screen(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    """A monitor that is switched on: brighter in the middle, and the sensor's noise lies over it."""
    rows, columns = place(4, 0.25, 0.3)
    shade = np.linspace(175, 205, columns.stop - columns.start, dtype=np.float32)
    picture[rows, columns] = shade[None, :, None]
    return picture


def doorway(picture: np.ndarray, wide: np.ndarray, m: Moment) -> np.ndarray:
    """A door that opens on a dark room."""
    rows, columns = place(11, 0.35, 0.4)
    picture[rows, columns] = 6 + 0.03 * picture[rows, columns]
    return picture


Change = Callable[[np.ndarray, np.ndarray, Moment], np.ndarray]
# Name, what is done, over how many seconds it comes, the kind it is (none: nothing).
HIDES: list[tuple[str, Change | None, float, str]] = [
    ("hand_sudden", hand, 0.5, "camera_covered"),
    ("hand_dark", dark_hand, 0.6, "camera_dark"),
    ("cloth_slow", cloth, 8.0, "camera_covered"),
    ("cloth_sudden", cloth, 1.0, "camera_covered"),
    ("spray_sudden", spray, 2.0, "camera_covered"),
    ("spray_slow", spray, 10.0, "camera_covered"),
    ("defocus_sudden", defocus, 0.8, "camera_blurred"),
    ("defocus_slow", defocus, 14.0, "camera_blurred"),
    ("soft_sudden", soft, 1.0, "camera_blurred"),
    ("turn_sudden", turned, 1.0, "camera_moved"),
    ("turn_slow", turned, 8.0, "camera_moved"),
    ("bump", bumped, 0.4, "camera_moved"),
    ("dark_sudden", dark, 0.3, "camera_dark"),
    ("dark_slow", dark, 10.0, "camera_dark"),
    ("glare", glare, 1.0, "camera_dark"),
    ("freeze", None, 0.0, "camera_frozen"),
    ("loop", None, 0.0, "camera_looped"),
]
SEEMS: list[tuple[str, Change | None, float, str]] = [
    ("calm", None, 0.0, ""),
    ("lights_out", lights_out, 0.4, ""),
    ("infrared", infrared, 0.4, ""),
    ("exposure", exposure, 0.4, ""),
    ("sun", sun, 20.0, ""),
    ("head", head, 6.0, ""),
    ("rain", rain, 1.0, ""),
]


# What is done to the pictures that the recorder gets, or to those that it keeps.
DEGRADES: list[tuple[str, Change | None, float, str]] = [
    ("cut", None, 0.0, "recording_gap"),
    ("mask", None, 0.0, "camera_degraded"),
    ("rate", None, 0.0, "camera_degraded"),
    ("smaller", None, 0.0, "camera_degraded"),
    ("resting", None, 0.0, ""),
    ("screen", screen, 0.1, ""),
    ("doorway", doorway, 0.4, ""),
]
TAMPERINGS = [*HIDES, *SEEMS, *DEGRADES]


@dataclass(frozen=True)
class Recording:
    name: str
    clip: Path
    number: int  # of the tampering
    seed: int

    @property
    def file(self) -> str:
        return self.name + (".ts" if self.name.startswith("smaller") else ".mp4")

    @property
    def tampering(self) -> tuple[str, Change | None, float, str]:
        return TAMPERINGS[self.number]


def recordings(part: str) -> list[Recording]:
    folder = data.root() / "benign"
    clips = DEVELOPMENT if part == "development" else JUDGING
    made = []
    for number, (tampering, *_) in enumerate(TAMPERINGS):
        # Half of the clips each, in turn: every clip with every second tampering, and every tampering with several.
        for place, clip in list(enumerate(clips))[number % 2 :: 2]:
            path = data.staged_folder() / Path(clip).name if clip.startswith("staged/") else folder / clip
            name = f"{tampering}_{Path(clip).stem[:12]}"
            made.append(Recording(name, path, number, SEED + 100 * place + number))
    return made


def clip_pictures(clip: Path) -> list[np.ndarray]:
    """The clip's pictures at the recording's rate, in RGB, forth and back."""
    shown: list[np.ndarray] = []
    with av.open(str(clip)) as container:
        first = None
        for frame in container.decode(container.streams.video[0]):
            time = float(frame.time or 0.0)
            first = time if first is None else first
            if time - first > MOST_CLIP_SECS:
                break
            while len(shown) / FPS <= time - first + 1e-6:
                high = round(WIDTH / SEEN * frame.height / frame.width)
                shown.append(frame.reformat(round(WIDTH / SEEN), high, format="rgb24").to_ndarray())
    return [*shown, *reversed(shown)]


def wide_pictures(recording: Recording, shown: list[np.ndarray]) -> Iterator[np.ndarray]:
    """The clip's pictures, held before and after."""
    again = int(np.ceil(MOVES_FOR_RATE_SECS * FPS / len(shown))) if recording.tampering[0] == "rate" else 1
    yield from [shown[0]] * round(HOLD_SECS * FPS)
    for _ in range(again):
        yield from shown
    yield from [shown[0]] * round((LOST_SECS + AFTER_SECS) * FPS)


def kept(name: str, begins: float, ends: float, shown: list[np.ndarray]) -> list[str]:
    """What tells `ffmpeg` which pictures the recorder keeps; key pictures stay two seconds apart."""
    first, last = round(begins * FPS), round(ends * FPS) - 1
    moves = f"between(n,{HOLD_SECS * FPS:.0f},{HOLD_SECS * FPS + len(shown):.0f})"
    chosen = {
        "cut": f"not(between(n,{first},{last}))",
        "rate": f"not(between(n,{first},{last}))+not(mod(n,{KEPT_OF}))",
        "resting": f"{moves}+not(mod(n,{KEPT_OF}))",
    }.get(name)
    if chosen is None:
        return []
    return ["-vf", f"select='{chosen}'", "-vsync", "passthrough", "-force_key_frames", "expr:gte(t,n_forced*2)"]


def make(recording: Recording, out: Path) -> tuple[str, str, float, float] | None:
    """Writes the recording unless it is there; its event."""
    name, change, slow, kind = recording.tampering
    rng = np.random.default_rng(recording.seed)
    begins = HOLD_SECS + float(rng.uniform(8.0, 10.0))
    begins += MOVES_FOR_RATE_SECS - LOST_SECS - 10.0 if name == "rate" else 0.0
    ends = begins + LOST_SECS
    path = out / recording.file
    if not path.exists():
        write(recording, path, (change, slow, begins, ends), rng)
        if name == "smaller":
            make_smaller(path, begins, ends)
    # A slow one is labelled from where half of the view is lost.
    return (path.name, kind, round(begins + slow / 2, 2), round(ends, 2)) if kind else None


def write(recording: Recording, path: Path, plan: tuple, rng: np.random.Generator) -> None:
    change, slow, begins, ends = plan
    shown_clip = clip_pictures(recording.clip)
    name = recording.tampering[0]
    crf, gop = (26, 30)[int(rng.integers(2))], (20, 40)[int(rng.integers(2))]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", f"{FPS}", "-i", "pipe:0"]
    command += ["-c:v", "libx264", "-threads", "1", "-preset", "superfast", "-crf", str(crf), "-g", str(gop), "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
    command += [*kept(name, begins, ends, shown_clip), "-f", "mp4", str(path) + ".part"]
    noise = [np.round(rng.normal(0, 2.0, (HEIGHT + 64, WIDTH + 64, 1))).astype(np.int16).repeat(3, 2) for _ in range(8)]
    past: dict[int, np.ndarray | None] = {}
    still: np.ndarray | None = None
    last: np.ndarray | None = None
    view = np.zeros(0)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin
        for i, wide in enumerate(wide_pictures(recording, shown_clip)):
            secs = i / FPS
            if secs > ends + AFTER_SECS:
                break
            if wide is not last:
                last, view = wide, seen(wide)
            picture = cv2.convertScaleAbs(view, alpha=1 + 0.03 * np.sin(secs / 9))
            if change and begins <= secs < ends:
                changed = change(picture.astype(np.float32), wide, Moment(secs - begins, rng, slow))
                picture = np.clip(changed, 0, 255).astype(np.uint8)
            top, left = rng.integers(0, 64, 2)
            plane = noise[int(rng.integers(8))][top : top + HEIGHT, left : left + WIDTH][:: 1 - 2 * int(rng.integers(2)), :: 1 - 2 * int(rng.integers(2))]
            picture = cv2.add(picture, np.ascontiguousarray(plane), dtype=cv2.CV_8U)
            past[i] = picture if name in ("freeze", "loop") else None
            past.pop(i - round(LOST_SECS * FPS) - 1, None)
            if begins <= secs < ends and name in ("freeze", "loop"):
                still = past[i] if still is None else still
                again = still if name == "freeze" else past[i - round(LOST_SECS * FPS)]
                picture = again
            shown = np.ascontiguousarray(picture[..., ::-1])
            clock(shown, 80_000 + int(secs))
            if name == "mask" and begins <= secs < ends:
                mask(shown, recording)
            encoder.stdin.write(shown.data)
        encoder.stdin.close()
        if encoder.wait() != 0:
            sys.exit(f"ffmpeg failed on {path}")
    Path(str(path) + ".part").rename(path)


def make_smaller(path: Path, begins: float, ends: float) -> None:
    """Makes the pictures of the stretch smaller, within one stream."""
    size = f"scale={WIDTH // 8 * 2}:{HEIGHT // 8 * 2}"
    parts = []
    for i, (start, end, how) in enumerate(((0.0, begins, "null"), (begins, ends, size), (ends, 1e6, "null"))):
        part = path.with_suffix(f".{i}.part")
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(path), "-vf", f"trim={start}:{end},{how}", "-c:v", "libx264", "-threads", "1", "-preset", "superfast"]
        subprocess.run([*command, "-crf", "26", "-g", "20", "-muxdelay", "0", "-f", "mpegts", str(part)], check=True)
        parts.append(part)
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink()


def clock(picture: np.ndarray, second: int) -> None:
    text = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    for colour, thick in (((20, 20, 20), 3), ((235, 235, 235), 1)):
        cv2.putText(picture, text, (10, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, thick, cv2.LINE_AA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=("development", "judging"), default="development")
    parser.add_argument("--only", help="FROM:TO, numbers of the recordings to make, the last excluded")
    parser.add_argument("--list", action="store_true", help="say what would be made")
    options = parser.parse_args()
    out = options.out.resolve()
    if out.is_relative_to(REPOSITORY):
        sys.exit(f"{out} lies inside the repository")
    wanted = recordings(options.part)
    if options.only:
        first, last = (int(n) if n else None for n in options.only.split(":"))
        wanted = wanted[first:last]
    if options.list:
        print("\n".join(f"{i} {r.name}" for i, r in enumerate(wanted)))
        return
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for recording in wanted:
        event = make(recording, out)
        rows.append(event or (recording.file, "", "", ""))
    with open(out / "events.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "kind", "start_secs", "end_secs"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
