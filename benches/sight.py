"""Counts what `cargo bench --bench sight` found in recordings made by models/training/tampering.py.

    cargo bench --bench sight -- DIR/*.mp4 > found.jsonl
    python benches/sight.py found.jsonl DIR/events.csv

An event is found where a stretch overlaps it by 1 s; within 10 s where that stretch was confirmed by then. Prints the share
found under any kind, under its own, and under its own within 10 s, with 95 % intervals (Wilson), and every stretch that is no
event's own: a loss of sight that was told under another kind counts there too.
"""

import csv
import json
import math
import os
import sys

CONFIRM_SECS = {"camera_covered": 5, "camera_dark": 3, "camera_blurred": 4, "camera_moved": 4, "camera_frozen": 5, "camera_looped": 3, "camera_degraded": 10}


def share(hits: int, count: int) -> str:
    z, p = 1.96, hits / count
    middle, half = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    low, high = ((middle + side * half) / (1 + z * z / count) for side in (-1, 1))
    return f"{hits} of {count}: {p:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    with open(sys.argv[2], encoding="utf-8") as file:
        labels = {row["path"]: row for row in csv.DictReader(file)}
    events = found = own = prompt = 0
    hours, wrong = 0.0, []
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        name, spans = os.path.basename(line["path"]), line["spans"]
        label, hours = labels[name], hours + line["secs"] / 3600
        mine = []
        if label["kind"]:
            start, end = float(label["start_secs"]), float(label["end_secs"])
            over = [s for s in spans if min(s[2], end) - max(s[1], start) >= 1]
            mine = [s for s in over if s[0] == label["kind"]]
            told = [max(s[1] + CONFIRM_SECS[s[0]], s[3] if s[3] and s[3] >= s[1] else 0) for s in mine]
            events, found, own = events + 1, found + bool(over), own + bool(mine)
            prompt += bool(told) and min(told) - start <= 10
        wrong += [f"{name}: {s[0]} {s[1]:.1f} to {s[2]:.1f} s" for s in spans if s not in mine]
    print(f"under any kind    {share(found, events)}")
    print(f"under its own     {share(own, events)}")
    print(f"own, within 10 s  {share(prompt, events)}")
    print(f"{len(wrong)} others in {hours:.2f} h", *wrong, sep="\n  ")


if __name__ == "__main__":
    main()
