"""Pools clip scores of several folds into one AUC with an interval clustered by group.

    python models/training/pool_scores.py fold_0.json fold_1.json ...

Each file is what `kuager eval clips --json` prints: an object whose `scores` list the clips'
score, label and group.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

VIOLENT = "fight"


def auc(scores: np.ndarray, violent: np.ndarray) -> float:
    """The share of violent/other pairs in the right order; ties count half."""
    high, low = scores[violent], scores[~violent]
    difference = np.sign(high[:, None] - low[None])
    return float((difference.mean() + 1) / 2)


def auc_interval(
    scores: np.ndarray, violent: np.ndarray, group: np.ndarray, rounds: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """The AUC and its 95 % interval, resampling whole groups."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(group == g) for g in np.unique(group)]
    values = []
    for _ in range(rounds):
        drawn = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        if 0 < violent[drawn].sum() < len(drawn):
            values.append(auc(scores[drawn], violent[drawn]))
    low, high = np.percentile(values, [2.5, 97.5])
    return auc(scores, violent), float(low), float(high)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    scores, violent, group = [], [], []
    for path in sys.argv[1:]:
        for row in json.loads(Path(path).read_text(encoding="utf-8"))["scores"]:
            scores.append(row["score"])
            violent.append(row["label"] == VIOLENT)
            group.append(row["group"])
    value, low, high = auc_interval(np.array(scores), np.array(violent), np.array(group))
    print(f"clip AUC {value:.3f} [{low:.3f}, {high:.3f}] over {len(scores)} clips of {len(set(group))} groups")


if __name__ == "__main__":
    main()
