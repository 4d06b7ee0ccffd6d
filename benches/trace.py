"""What the trace costs: hashing, log and signature against a whole scan, in processor time.

    python3 benches/trace.py RECORDING... [--program target/release/kuager]

Hashing is timed by `verify` over a folder that holds the recordings, which hashes each byte once, less `verify` of an empty one;
log and database by the scan's own account (`stages.store`), which is too much; the signature by `log head`, which opens the log,
adds an entry, waits for the disk and signs. Medians of five.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5


def cpu_secs(command: list[str], **env: str) -> float:
    """Processor seconds of a command, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **env})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def median(measure) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--program", default="target/release/kuager")
    options = parser.parse_args()
    scans, stores, signs = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        for run in range(RUNS):
            data = Path(scratch) / f"data{run}"
            command = [options.program, "--data-dir", str(data), "scan", "--json", *map(str, options.recordings)]
            lines = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            finished = next(json.loads(line) for line in lines.splitlines() if '"run_finished"' in line)
            scans.append(finished["cpu_secs"])
            stores.append(finished["stages"]["store"])
            signs.append(cpu_secs([options.program, "--data-dir", str(data), "log", "head"]))
        folders = {}
        for name in ("empty", "full"):
            folders[name] = Path(scratch) / name
            (folders[name] / "data").mkdir(parents=True)
            (folders[name] / "bagit.txt").write_text("")
        for number, recording in enumerate(options.recordings):
            shutil.copy(recording, folders["full"] / "data" / f"{number}")
        full, empty = (median(lambda: cpu_secs([options.program, "verify", str(folders[n])])) for n in ("full", "empty"))
    size = sum(recording.stat().st_size for recording in options.recordings)
    scan, store, sign = (statistics.median(values) for values in (scans, stores, signs))
    trace = full - empty + store + sign
    print(f"recordings: {len(options.recordings)}, {size / 1e6:.1f} MB")
    print(f"a scan: {scan:.2f} s (lowest {min(scans):.2f}, highest {max(scans):.2f})")
    print(f"hashing {full - empty:.3f} s, log and database {store:.3f} s, signature {sign:.3f} s")
    print(f"share of the scan: {100 * trace / scan:.2f} %")
    return 0


sys.exit(main())
