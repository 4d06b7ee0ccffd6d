"""Makes kuager-violence: `python models/training/violence.py` (README.md describes the stages)."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.linear_model import LogisticRegression

import cards
import data
import features
from pool_scores import auc, auc_interval
from pose_maps import session
from violence_net import CHANNELS, LIMIT, ViolenceHead
from windows import Windows, gather

SEED = 11
FOLDS = 9
VERSION = "0.1.0"
STRENGTH = 3e-3  # inverse regularisation
STRENGTHS = (3e-4, 1e-3, 3e-3, 1e-2)  # what --nested chooses from
MODELS = Path(__file__).resolve().parent.parent
OUT = MODELS / "kuager-violence"
EYE = MODELS / "kuager-eye" / "kuager-eye.onnx"
TARGET = "surveillance_fights"
AMPLITUDE = 2.0  # of the synthetic window, for a probability that is neither 0 nor 1


@dataclass
class Linear:
    """A linear score of standardised, clipped pooled windows."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float

    def score(self, pooled: np.ndarray) -> np.ndarray:
        x = np.clip((pooled - self.centre) / self.spread, -LIMIT, LIMIT)
        return x @ self.weight + self.bias

    def calibrated(self, slope: float, offset: float) -> Linear:
        return Linear(self.centre, self.spread, self.weight * slope, self.bias * slope + offset)


class Corpus:
    """The clips, their labels, folds and pooled windows.

    Folds cut through no group. Every collection is folded, so that benign videos too are
    scored by heads that never saw them.
    """

    def __init__(self, clips: Sequence[data.Clip], windows: Windows) -> None:
        self.clips = list(clips)
        self.windows = windows
        self.violent = np.array([c.violent for c in clips])
        self.group = np.array([c.group for c in clips])
        self.target = np.array([c.collection == TARGET for c in clips])
        self.trainable = np.array([c.trainable for c in clips])
        self.fold = assign_folds(self.group, FOLDS, SEED)

    def fit(self, chosen: np.ndarray, strength: float) -> Linear:
        """Trains on the windows of all views of the chosen clips. A clip weighs as the
        square root of its number of windows: a long video teaches more than a short one, but
        not in proportion."""
        rows = (chosen & self.trainable)[self.windows.clip]
        x, clip = self.windows.pooled[rows], self.windows.clip[rows]
        weight = 1 / np.sqrt(np.bincount(clip)[clip])
        centre, spread = x.mean(0), x.std(0) + 1e-6
        x = np.clip((x - centre) / spread, -LIMIT, LIMIT)
        model = LogisticRegression(C=strength, max_iter=300)
        model.fit(x, self.violent[clip], sample_weight=weight / weight.mean())
        return Linear(centre, spread, model.coef_[0], float(model.intercept_[0]))

    def clip_scores(self, model: Linear, chosen: np.ndarray) -> np.ndarray:
        """The highest plain window of each clip, NaN where not chosen or never scored."""
        rows = chosen[self.windows.clip] & (self.windows.view == 0)
        scores = np.full(len(self.clips), -np.inf)
        np.maximum.at(scores, self.windows.clip[rows], model.score(self.windows.pooled[rows]))
        scores[np.isinf(scores)] = np.nan
        return scores

    def out_of_fold(self, chosen: np.ndarray, strength: float) -> np.ndarray:
        """Each chosen clip's score by a head trained on the other folds' chosen clips."""
        scores = np.full(len(self.clips), np.nan)
        for k in np.unique(self.fold[chosen]):
            held = chosen & (self.fold == k)
            found = self.clip_scores(self.fit(chosen & ~held, strength), held)
            scores[held] = found[held]
        return scores

    def choose(self, chosen: np.ndarray) -> float:
        """The regularisation with the best out-of-fold AUC among the chosen clips."""
        judged = chosen & self.target
        found = [self.out_of_fold(chosen, strength)[judged] for strength in STRENGTHS]
        return STRENGTHS[int(np.argmax([auc(f, self.violent[judged]) for f in found]))]

    def calibration(self, scores: np.ndarray) -> tuple[float, float]:
        """Slope and offset that make out-of-fold clip scores log-odds of violence."""
        known = ~np.isnan(scores)
        platt = LogisticRegression(C=1e3).fit(scores[known, None], self.violent[known])
        return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def assign_folds(group: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Deals the groups of clips [N] at random, each to one fold: [N]."""
    names = np.random.default_rng(seed).permutation(np.unique(group))
    number = {name: k % folds for k, name in enumerate(names)}
    return np.array([number[g] for g in group])


def export(model: Linear, path: Path) -> None:
    """Writes the head as ONNX, opset 17."""
    head = ViolenceHead(
        torch.from_numpy(model.centre).float(), torch.from_numpy(model.spread).float(),
        torch.from_numpy(model.weight).float(), model.bias,
    ).eval()  # fmt: skip
    maps, region = (torch.from_numpy(v) for v in reference_input())
    torch.onnx.export(
        head, (maps, region), str(path), input_names=["features", "region"],
        output_names=["probability"], opset_version=17, dynamo=False,
    )  # fmt: skip
    graph = onnx.load(path)
    graph.ir_version = min(graph.ir_version, 9)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def reference_input() -> tuple[np.ndarray, np.ndarray]:
    """The synthetic window that parity tests build again."""
    t, c, y, x = np.ogrid[0 : features.FRAMES, 0:CHANNELS, 0:18, 0:32]
    maps = (AMPLITUDE * np.sin(0.8 * t + 0.37 * c + 0.21 * y + 0.13 * x)).astype(np.float32)
    region = np.zeros((18, 32), np.float32)
    region[4:12, 8:24] = 1
    return maps[None], region[None]


def reference(path: Path) -> dict:
    """The probability of the synthetic window, in its region and in the whole picture."""
    net = session(path)
    maps, region = reference_input()

    def run(mask: np.ndarray) -> float:
        return float(net.run(None, {"features": maps, "region": mask})[0][0])

    return {
        "features": f"features[t][c][y][x] = {AMPLITUDE}*sin(0.8*t + 0.37*c + 0.21*y + 0.13*x), t < 10, c < 128, y < 18, x < 32",
        "region": "1 where 4 <= y < 12 and 8 <= x < 24, else 0",
        "probability": run(region),
        "probability_whole_picture": run(np.ones_like(region)),
        "tolerance": 0.0005,
    }


def card(path: Path, threshold: float, measured: list[dict]) -> dict:
    return {
        "schema": 1,
        "name": "kuager-violence",
        "version": VERSION,
        "task": "violence",
        "file": path.name,
        "sha256": cards.sha256(path),
        "licence": "MIT OR Apache-2.0",
        "origin": "Trained by this project on kuager-eye's features of surveillance clips (Akti et al. 2019, MIT), "
        "UT-Interaction (SDHA 2010, research use), GMDCSA-24 (MIT), benign videos without watermark and scenes "
        "rendered by this project (models/training/staged).",
        "window": {
            "frames": features.FRAMES, "step_millis": round(1000 * features.STEP),
            "min_frames": features.MIN_FRAMES, "features_from": "kuager-eye",
            "features_sha256": cards.sha256(EYE),
        },
        "input": {"features": "features", "region": "region"},
        "output": {"probability": "probability"},
        "thresholds": {"alarm": threshold},
        "measured": measured,
        "use": {
            "intended": "Ordering recorded video for review by a human: which two seconds may show people fighting.",
            "not_for": "Proof that violence happened or did not happen; any automatic consequence for a person.",
            "known_failures": "Crowds walking close to the camera; sport, dance and other fast movement near others; slow or static violence (strangling, "
            "threats); a person attacked who is hardly visible; cameras that move; very short blows.",
        },
    }  # fmt: skip


def corpus(views: Sequence[features.View]) -> Corpus:
    """Extracts what is missing and gathers everything."""
    clips = [*data.surveillance_fights(), *data.ut_interaction(), *data.falls_and_daily_life(), *data.benign()]
    clips += data.staged()
    folder = features.extract(data.cache("pose") / "trunk.onnx", clips, views)
    return Corpus(clips, gather(folder, clips, views, SEED))


def nested_scores(all_clips: Corpus) -> np.ndarray:
    """Every clip's score by a head whose regularisation too comes from the other folds alone."""
    scores = np.full(len(all_clips.clips), np.nan)
    for k in range(FOLDS):
        held = all_clips.fold == k
        strength = all_clips.choose(~held)
        print(f"fold {k}: {held.sum()} clips held out, C {strength:g}", flush=True)
        found = all_clips.clip_scores(all_clips.fit(~held, strength), held)
        scores[held] = found[held]
    return scores


def write_fold(all_clips: Corpus, k: int, model: Linear, threshold: float, folder: Path) -> None:
    """A fold's head with its card, and the labels of the surveillance clips it never saw."""
    target = folder / f"fold_{k}"
    target.mkdir(parents=True, exist_ok=True)
    path = target / "kuager-violence.onnx"
    export(model, path)
    (target / "model.toml").write_text(cards.render(card(path, threshold, [])))
    with open(folder / f"fold_{k}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "group"])
        for clip, fold in zip(all_clips.clips, all_clips.fold):
            if fold == k and clip.collection == TARGET:
                label = "fight" if clip.violent else "nofight"
                writer.writerow([clip.path.resolve(), label, clip.group])


def trade_off(all_clips: Corpus, scores: np.ndarray) -> list[tuple[float, float, float, int, int]]:
    """For each threshold: recall of fights, false alarms among not-fight clips, benign videos
    with an alarm and their number."""
    target, benign = all_clips.target, np.array([c.collection == "benign" for c in all_clips.clips])
    fights, calm = target & all_clips.violent, target & ~all_clips.violent
    table = []
    for threshold in np.arange(0.3, 0.96, 0.05):
        alarm = scores >= threshold
        table.append((
            float(threshold), float(alarm[fights].mean()), float(alarm[calm].mean()),
            int(alarm[benign].sum()), int(benign.sum()),
        ))  # fmt: skip
    return table


def pick_threshold(table: list[tuple[float, float, float, int, int]]) -> float:
    """The lowest threshold at which at most one in twenty not-fight clips raises an alarm."""
    for threshold, _, false, _, _ in table:
        if false <= 0.05:
            return threshold
    return table[-1][0]


def print_auc(all_clips: Corpus, scores: np.ndarray, how: str) -> tuple[float, float, float]:
    """Prints and returns the AUC over the surveillance clips and its interval."""
    judged = all_clips.target & ~np.isnan(scores)
    value, low, high = auc_interval(scores[judged], all_clips.violent[judged], all_clips.group[judged])
    print(f"clip AUC {value:.3f} [{low:.3f}, {high:.3f}], {judged.sum()} surveillance clips, {how}", flush=True)
    return value, low, high


def print_staged(all_clips: Corpus, scores: np.ndarray) -> None:
    """Prints the AUC over rendered scenes, held out too: a check of the plumbing, no claim."""
    judged = np.array([c.collection == "staged" for c in all_clips.clips]) & ~np.isnan(scores)
    if judged.any():
        print(f"staged AUC {auc(scores[judged], all_clips.violent[judged]):.3f}, {judged.sum()} parts of rendered scenes")


def measured(all_clips: Corpus, scores: np.ndarray) -> list[dict]:
    """The card's figures."""
    value, low, high = print_auc(all_clips, scores, "fixed regularisation")
    return [{
        "what": "clip AUC, source videos never trained on",
        "value": round(value, 4),
        "interval": [round(low, 4), round(high, 4)],
        "data": f"surveillance_fights, {all_clips.target.sum()} clips of 27 source videos, {FOLDS} folds by source; "
        "regularisation picked on the same data (models/training/README.md has the figure without that); interval by bootstrap over sources",
        "command": "python models/training/violence.py crossval",
    }]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", nargs="?", choices=("train", "crossval"), default="train")
    parser.add_argument("--export", type=Path, help="crossval: write the folds' heads and labels here")
    parser.add_argument("--nested", action="store_true", help="also judge with the regularisation chosen inside each fold")
    parser.add_argument("--plain", action="store_true", help="train on the unaltered view alone")
    options = parser.parse_args()
    torch.set_num_threads(1)

    all_clips = corpus((features.PLAIN,) if options.plain else features.VIEWS)
    everything = np.ones(len(all_clips.clips), bool)
    if options.nested:
        print_auc(all_clips, nested_scores(all_clips), "regularisation chosen inside the folds")
    scores = all_clips.out_of_fold(everything, STRENGTH)
    slope, offset = all_clips.calibration(scores)
    figures = measured(all_clips, scores)
    print_staged(all_clips, scores)
    table = trade_off(all_clips, 1 / (1 + np.exp(-(slope * scores + offset))))
    print("threshold  fights found  false on not-fight clips  benign videos with an alarm")
    for threshold, recall, false, alarms, videos in table:
        print(f"{threshold:9.2f}  {recall:12.2f}  {false:24.2f}  {alarms:8d} of {videos}")
    threshold = round(pick_threshold(table), 2)
    if options.export is not None:
        for k in range(FOLDS):
            model = all_clips.fit(all_clips.fold != k, STRENGTH).calibrated(slope, offset)
            write_fold(all_clips, k, model, threshold, options.export)
    if options.command == "crossval":
        return

    model = all_clips.fit(everything, STRENGTH).calibrated(slope, offset)
    path = data.cache("violence") / "kuager-violence.onnx"
    export(model, path)
    content = cards.render(card(path, threshold, figures))
    cards.install({
        OUT / "kuager-violence.onnx": path.read_bytes(),
        OUT / "model.toml": content.encode(),
        OUT / "reference.json": (json.dumps(reference(path), indent=1) + "\n").encode(),
    })  # fmt: skip


if __name__ == "__main__":
    main()
