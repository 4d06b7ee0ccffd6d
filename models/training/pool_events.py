"""Pools what `kuager eval events --json` says of several folds: counts are added, intervals made anew.

    python models/training/pool_events.py fold_0.json fold_1.json ...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import NormalDist, median

from scipy.stats import chi2

Z = NormalDist().inv_cdf(0.975)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    share = hits / trials
    spread = Z * (share * (1 - share) / trials + Z * Z / (4 * trials * trials)) ** 0.5
    scale, centre = 1 + Z * Z / trials, share + Z * Z / (2 * trials)
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def garwood(count: int, hours: float) -> tuple[float, float]:
    """Garwood's 95 % interval of a rate an hour."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return low / hours, chi2.ppf(0.975, 2 * count + 2) / 2 / hours


def report(path: str) -> dict:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    found = json.loads(lines[-1]) if lines else {}
    if found.get("type") != "eval_events":
        sys.exit(f"the last line is not that of eval events --json: {path}")
    return found


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    reports = [report(path) for path in sys.argv[1:]]
    total = {key: sum(r[key] for r in reports) for key in ("events", "hit", "false_alarms", "camera_hours")}
    delays = [m["delay_secs"] for r in reports for m in r["matches"] if "delay_secs" in m]
    print(f"{len(reports)} reports, {total['camera_hours']:.3f} camera-hours")
    if total["events"]:
        low, high = wilson(total["hit"], total["events"])
        share = total["hit"] / total["events"]
        print(f"recall {share:.3f} [{low:.3f}, {high:.3f}], {total['hit']} of {total['events']} events")
    if total["camera_hours"] > 0:
        low, high = garwood(total["false_alarms"], total["camera_hours"])
        rate = total["false_alarms"] / total["camera_hours"]
        print(f"false alarms an hour {rate:.1f} [{low:.1f}, {high:.1f}], {total['false_alarms']} in all")
    if delays:
        print(f"median delay of the {len(delays)} events found: {median(delays):.1f} s")


if __name__ == "__main__":
    main()
