"""How much of what happens is looked at picture by picture, and how much of the time that takes.

    python benches/gate/recall.py FOLDER [--json FILE] [--only PART] [--threads N]

FOLDER holds recordings composed by compose.py, each with its JSON. Runs `kuager --json scan --no-stills` over them and
reads the `looked` spans of each `coverage` line; a line without them means that all of it was analysed. Prints

- the share of labelled seconds that lie in analysed spans, for all and by codec, rate, length of GOP and so on, each with
  a 95 % interval by bootstrap over recordings, since the seconds of one event are not independent of each other, and at
  least as wide as Wilson's of that share among so many recordings, since a bootstrap of nothing missed claims certainty;
- the share of events of whose first second some was analysed, with an interval of the same kind;
- the share of each recording's time that was analysed.

Needs target/release/kuager and ORT_DYLIB_PATH.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

KUAGER = Path(__file__).resolve().parents[2] / "target" / "release" / "kuager"
LATE_SECS = 1.0
DRAWS = 2000

Span = tuple[float, float]


@dataclass
class Recording:
    """One composed recording and what the scan made of it."""

    name: str
    truth: dict
    analysed: list[Span]
    secs: float
    flags: int

    @property
    def labelled(self) -> list[Span]:
        """Time in which something labelled happens, each second once."""
        return united([(e["start_secs"], e["end_secs"]) for e in self.truth["events"]])

    @property
    def labelled_secs(self) -> float:
        return length(self.labelled)

    @property
    def seen_secs(self) -> float:
        return length(shared(self.labelled, self.analysed))

    @property
    def prompt(self) -> list[bool]:
        """Of each labelled event, whether anything of its first second was looked at."""
        within = [shared([(a, min(b, a + LATE_SECS))], self.analysed) for a, b in self.labelled]
        return [bool(found) for found in within]

    def traits(self) -> dict[str, str]:
        encoding = self.truth["encoding"]
        rate = encoding["rate"]
        return {
            "codec": encoding["codec"],
            "rate": "constant quality" if rate[:3] in ("crf", "q6") else ("average rate" if rate.startswith("abr") else "capped rate"),
            "rate named": rate,
            "GOP": "each picture" if encoding["codec"] == "mjpeg" else f"{encoding['gop_secs']:g} s",
            "B pictures": "yes" if encoding["b_frames"] else "no",
            "open GOP": "yes" if encoding["open_gop"] else "no",
            "scene cuts": "yes" if encoding["scene_cut"] else "no",
            "pictures a second": f"{self.truth['fps']:g}",
            "lines": str(self.truth["height"]),
            "noise": "soft" if self.truth["noise_is_soft"] else "white",
            "footage": "real" if self.truth["real"] else "rendered",
        }


def united(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def shared(spans: list[Span], others: list[Span]) -> list[Span]:
    """What lies in both; both united."""
    cuts = [(max(a, c), min(b, d)) for a, b in spans for c, d in others]
    return [(a, b) for a, b in cuts if b > a]


def length(spans: list[Span]) -> float:
    return sum(b - a for a, b in spans)


def scan(folder: Path, truths: list[dict], threads: int) -> list[Recording]:
    with tempfile.TemporaryDirectory() as data:
        command = [str(KUAGER), "--json", "scan", "--no-stills", "--threads", str(threads)]
        command += [str(folder / truth["path"]) for truth in truths]
        environment = {**os.environ, "KUAGER_DATA_DIR": data}
        told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if told.returncode not in (0, 3, 10):
        sys.exit(f"the scan ended with {told.returncode}")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    flags: dict[str, int] = {}
    for line in lines:
        if line["type"] == "incident" and line["event"] == "new":
            path = line["incident"]["source"]["path"]
            flags[path] = flags.get(path, 0) + 1
    coverage = {Path(line["source"]["path"]).name: line for line in lines if line["type"] == "coverage"}
    found = []
    for truth in truths:
        line = coverage.get(truth["path"])
        if line is None:
            sys.exit(f"the scan says nothing of {truth['path']}")
        secs = line["to"]["media_ns"] / 1e9
        looked = line.get("looked")
        analysed = [(0.0, secs)]
        if looked is not None:
            analysed = united([(s["from"]["media_ns"] / 1e9, s["to"]["media_ns"] / 1e9) for s in looked if s["how"] == "analysed"])
        found.append(Recording(truth["path"], truth, analysed, secs, flags.get(line["source"]["path"], 0)))
    return found


def share_with_interval(parts: list[tuple[float, float]], rng: random.Random) -> tuple[float, float, float]:
    """Sum of the firsts over sum of the seconds, with a 95 % interval: bootstrap over the parts, widened to Wilson's."""

    def share(drawn: list[tuple[float, float]]) -> float:
        whole = sum(w for _, w in drawn)
        return sum(p for p, _ in drawn) / whole if whole else 1.0

    draws = sorted(share(rng.choices(parts, k=len(parts))) for _ in range(DRAWS))
    low, high = wilson(share(parts), len(parts))
    return share(parts), min(low, draws[int(0.025 * DRAWS)]), max(high, draws[int(0.975 * DRAWS)])


def wilson(part: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share among `count` independent ones."""
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (part * (1 - part) / count + z * z / (4 * count * count)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def figures(recordings: list[Recording], rng: random.Random) -> dict:
    seconds, low, high = share_with_interval([(r.seen_secs, r.labelled_secs) for r in recordings], rng)
    begun, begun_low, begun_high = share_with_interval([(sum(r.prompt), len(r.prompt)) for r in recordings], rng)
    return {
        "recordings": len(recordings),
        "labelled_secs": round(sum(r.labelled_secs for r in recordings), 1),
        "seconds_looked_at": round(seconds, 4),
        "seconds_interval": [round(low, 4), round(high, 4)],
        "events": sum(len(r.prompt) for r in recordings),
        "beginnings_looked_at": round(begun, 4),
        "beginnings_interval": [round(begun_low, 4), round(begun_high, 4)],
        "time_analysed": round(sum(length(r.analysed) for r in recordings) / sum(r.secs for r in recordings), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument("--only", default="", help="recordings whose name contains this")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    truths = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(options.folder.glob("*.json"))]
    truths = [t for t in truths if options.only in t["path"] and (options.folder / t["path"]).exists()]
    if not truths:
        sys.exit(f"no composed recordings; compose.py makes them: {options.folder}")
    recordings = scan(options.folder, truths, options.threads)
    rng = random.Random(0)
    everything = {"all": figures(recordings, rng)}
    for trait in recordings[0].traits():
        for value in sorted({r.traits()[trait] for r in recordings}):
            everything[f"{trait}: {value}"] = figures([r for r in recordings if r.traits()[trait] == value], rng)
    print(f"{'':<34} {'files':>5} {'secs':>7}  {'looked at':>9} {'95 %':>15} {'events':>7} {'begun':>7} {'95 %':>15} {'time':>6}")
    for name, f in everything.items():
        interval = "{:.3f} to {:.3f}".format(*f["seconds_interval"])
        begun = "{:.3f} to {:.3f}".format(*f["beginnings_interval"])
        print(
            f"{name:<34} {f['recordings']:>5} {f['labelled_secs']:>7}  {f['seconds_looked_at']:>9.4f} {interval:>15} {f['events']:>7} "
            f"{f['beginnings_looked_at']:>7.3f} {begun:>15} {f['time_analysed']:>6.3f}"
        )
    print(f"\n{'recording':<40} {'labelled s':>10} {'looked at':>9} {'begun':>7} {'time analysed':>13} {'flags':>5}")
    for r in recordings:
        seen = r.seen_secs / r.labelled_secs if r.labelled_secs else 1.0
        print(f"{r.name:<40} {r.labelled_secs:>10.1f} {seen:>9.3f} {sum(r.prompt):>3}/{len(r.prompt):<3} {length(r.analysed) / r.secs:>13.3f} {r.flags:>5}")
    if options.json:
        each = [{"path": r.name, "seen_secs": round(r.seen_secs, 3), "labelled_secs": round(r.labelled_secs, 3), "analysed": r.analysed, "flags": r.flags} for r in recordings]
        options.json.write_text(json.dumps({"figures": everything, "recordings": each}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
