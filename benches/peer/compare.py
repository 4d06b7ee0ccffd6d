"""Runs Kuager and the straightforward pipeline (peer.py) on the same recordings: throughput, and whether they see the same.

    python benches/peer/compare.py VIDEO… [--threads 1] [--runs 5] [--scaler opencv|swscale] [--json FILE]

Throughput: both programs from start to end, alternating, `--runs` times; medians of processor time (user and system)
and of wall time; the interval is from the lowest to the highest ratio of a pair of runs. The processor time that
starting takes (loading Python, libraries and models, hashing the file) is in it on both sides: use recordings of a
minute and more.

Agreement: people of each picked picture, found in both programs' boxes; a box has a partner where the two overlap by 0.9
(and, more loosely, 0.5), each used once. Windows are compared where both scored one at the same time: the highest
probability of each. What Kuager's scan did not look at picture by picture, because nothing moved, is told apart: how many
of the peer's people and of its windows at the alarm level fall into it.

Needs target/release/kuager and ORT_DYLIB_PATH.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
KUAGER = REPOSITORY / "target" / "release" / "kuager"
PEER = Path(__file__).resolve().parent / "peer.py"
CLOSE, SAME = 0.5, 0.9
THRESHOLD, NEAR_THRESHOLD = 0.2, 0.05
ALARM = 0.6  # the violence model's card


def cost(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Processor seconds, wall seconds and peak MiB of a command."""
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    # 3: part of the input could not be read; 10: something was flagged.
    if os.waitstatus_to_exitcode(status) not in (0, 3, 10):
        sys.exit(f"failed: {' '.join(command)}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def read(path: str) -> tuple[dict[int, dict], dict[int, list[dict]], dict]:
    """Pictures and windows by time, and the last line of all."""
    pictures: dict[int, dict] = {}
    windows: dict[int, list[dict]] = {}
    last: dict = {}
    with open(path, encoding="utf-8") as file:
        for line in map(json.loads, file):
            if line["type"] == "picture":
                pictures[line["media_ns"]] = line
            elif line["type"] == "window":
                windows.setdefault(line["media_ns"], []).append(line)
            last = line
    return pictures, windows, last


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes left, top, right, bottom."""
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def partners(ours: list[dict], theirs: list[dict], least: float) -> list[tuple[int, int]]:
    """Pairs of people, the best overlap first, each person once."""
    pairs = sorted(((overlap(a["box"], b["box"]), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs)), reverse=True)
    found, left, right = [], set(), set()
    for iou, i, j in pairs:
        if iou >= least and i not in left and j not in right:
            found.append((i, j))
            left.add(i)
            right.add(j)
    return found


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def agreement(ours_path: str, theirs_path: str) -> dict:
    ours, our_windows, _ = read(ours_path)
    theirs, their_windows, _ = read(theirs_path)
    both = sorted(ours.keys() & theirs.keys())
    counts = {"same": 0, "close": 0, "ours": 0, "theirs": 0, "equal": 0, "unpaired": 0, "unpaired_near_threshold": 0}
    joints = []
    for at in both:
        a, b = ours[at]["people"], theirs[at]["people"]
        close = partners(a, b, CLOSE)
        counts["same"] += len(partners(a, b, SAME))
        counts["close"] += len(close)
        counts["ours"] += len(a)
        counts["theirs"] += len(b)
        counts["equal"] += len(a) == len(b)
        single = [p for i, p in enumerate(a) if i not in {i for i, _ in close}] + [p for j, p in enumerate(b) if j not in {j for _, j in close}]
        counts["unpaired"] += len(single)
        counts["unpaired_near_threshold"] += sum(p["score"] < THRESHOLD + NEAR_THRESHOLD for p in single)
        for i, j in partners(a, b, SAME):
            joints += joint_distances(a[i], b[j])
    passed_over = sum(len(theirs[at]["people"]) for at in both if ours[at]["how"] != "analysed")
    alarms = [at for at, windows in their_windows.items() if max(w["probability"] for w in windows) >= ALARM]
    alarms_passed_over = sum(ours[at]["how"] != "analysed" for at in alarms if at in ours)
    best = {at: (max(w["probability"] for w in our_windows[at]), max(w["probability"] for w in their_windows[at])) for at in our_windows.keys() & their_windows.keys()}
    apart = sorted(abs(a - b) for a, b in best.values())
    return {
        "pictures": len(both),
        "pictures_of_one_alone": len(ours.keys() ^ theirs.keys()),
        "people_ours": counts["ours"],
        "people_theirs": counts["theirs"],
        "ours_found_in_theirs_at_0.9": share(counts["same"], counts["ours"]),
        "theirs_found_in_ours_at_0.9": share(counts["same"], counts["theirs"]),
        "ours_found_in_theirs_at_0.5": share(counts["close"], counts["ours"]),
        "theirs_found_in_ours_at_0.5": share(counts["close"], counts["theirs"]),
        "pictures_with_equal_counts": share(counts["equal"], len(both)),
        "unpaired_at_0.5": counts["unpaired"],
        "of_them_scored_within_0.05_of_the_threshold": share(counts["unpaired_near_threshold"], counts["unpaired"]),
        "joints_seen_by_both": len(joints),
        "joints_within_a_20th_of_the_body": share(sum(d < 0.05 for d in joints), len(joints)),
        "analysed_by_the_scan": share(sum(ours[at]["how"] == "analysed" for at in both), len(both)),
        "theirs_passed_over_by_the_scan": share(passed_over, counts["theirs"]),
        "their_windows": len(their_windows),
        "windows_of_both": len(apart),
        "their_windows_at_the_alarm_level": len(alarms),
        "of_them_passed_over_by_the_scan": alarms_passed_over,
        "alarm_told_alike": share(sum((a >= ALARM) == (b >= ALARM) for a, b in best.values()), len(best)),
        "probability_apart_median": round(statistics.median(apart), 4) if apart else None,
        "probability_apart_95th": round(apart[int(0.95 * (len(apart) - 1))], 4) if apart else None,
    }


def joint_distances(ours: dict, theirs: dict) -> list[float]:
    """Distances of joints that both saw, in body lengths."""
    if not theirs["joints"]:
        return []
    left, top, right, bottom = ours["box"]
    body = max(right - left, bottom - top)
    pairs = zip(ours["joints"], theirs["joints"])
    return [((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 / body for a, b in pairs if a[2] > 0 and b[2] > 0]


def compare(video: str, options: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KUAGER_DATA_DIR": f"{folder}/data", "OMP_NUM_THREADS": str(options.threads)}
        threads = ["--threads", str(options.threads)]
        ours = [str(KUAGER), "--json", "scan", "--no-stills", *threads, video]
        theirs = [sys.executable, str(PEER), video, "--out", f"{folder}/theirs", "--scaler", options.scaler, *threads]
        runs = [(cost(ours, environment), cost(theirs, environment)) for _ in range(options.runs)]
        cost([str(KUAGER), "bench", "--detections", f"{folder}/ours", *threads, video], environment)
        _, _, done = read(f"{folder}/theirs")
        result = {"video": Path(video).name, "footage_secs": round(done["last_secs"], 2), "decoded": done["decoded"], "threads": options.threads, "scaler": options.scaler, "runs": options.runs}

        def told(of: Callable[[tuple], float], digits: int) -> tuple[float, float]:
            return tuple(round(statistics.median(of(run[side]) for run in runs), digits) for side in (0, 1))

        result["cpu_secs"], result["wall_secs"], result["peak_mib"] = (told(lambda c, k=k: c[k], 2) for k in range(3))
        result["peer_start_up_cpu_secs"] = round(done["start_up_cpu_secs"], 2)
        for k, name in enumerate(("cpu", "wall")):
            ratios = sorted(theirs[k] / ours[k] for ours, theirs in runs)
            result[f"throughput_ratio_{name}"] = round(statistics.median(ratios), 3)
            result[f"throughput_ratio_{name}_interval"] = [round(ratios[0], 3), round(ratios[-1], 3)]
        return {**result, **agreement(f"{folder}/ours", f"{folder}/theirs")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scaler", choices=("opencv", "swscale"), default="opencv")
    parser.add_argument("--json", type=Path, help="also append the results here, one JSON line a recording")
    options = parser.parse_args()
    for video in options.videos:
        result = compare(video, options)
        if options.json:
            with open(options.json, "a", encoding="utf-8") as out:
                out.write(json.dumps(result) + "\n")
        for name, value in result.items():
            print(f"{name:<46} {value}")
        print()


if __name__ == "__main__":
    main()
