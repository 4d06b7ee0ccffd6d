"""Makes kuager-violence: `python models/training/violence.py` (README.md describes the stages)."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

import cards
import data
import features
from exporting import export
from eye import head_file, trunk_file
from pool_scores import auc, auc_interval
from trunk import session
from violence_net import CHANNELS, LIMIT, Linear, Parts
from windows import Windows, gather

SEED = 11
FOLDS = 9
VERSION = "0.2.0"
STRENGTH = 3e-3  # inverse regularisation
STRENGTHS = (3e-4, 1e-3, 3e-3, 1e-2)  # what --nested chooses from
MODELS = Path(__file__).resolve().parent.parent
OUT = MODELS / "kuager-violence"
EYE = MODELS / "kuager-eye" / "kuager-eye.onnx"
TARGET = "surveillance_fights"
TREES = {"n_estimators": 120, "max_leaf_nodes": 48, "min_samples_leaf": 6, "max_features": 0.3}
CHANGE_COUNTS = 2.0
SOFT = 0.02  # keeps the trees' log-odds finite
INPUTS = ("features", "region", "grey", "square", "about")
AMPLITUDE = 2.0  # of the synthetic window, for a probability that is neither 0 nor 1


@dataclass
class Scores:
    """Of windows or of clips: the linear score of the change and the log-odds of the trees that read the
    motion, both [N]."""

    change: np.ndarray
    motion: np.ndarray

    def mixed(self, mix: Mix) -> np.ndarray:
        return mix.change * self.change + mix.motion * self.motion + mix.offset


@dataclass(frozen=True)
class Mix:
    """How the two scores make one."""

    change: float
    motion: float
    offset: float = 0.0

    def calibrated(self, slope: float, offset: float) -> Mix:
        return Mix(self.change * slope, self.motion * slope, self.offset * slope + offset)


@dataclass
class Model:
    """A linear score of standardised, clipped pooled windows, and trees over their motion."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float
    trees: ExtraTreesClassifier

    def scores(self, windows: Windows, rows: np.ndarray) -> Scores:
        x = np.clip((windows.pooled[rows] - self.centre) / self.spread, -LIMIT, LIMIT)
        p = self.trees.predict_proba(windows.motion[rows])[:, 1]
        return Scores(x @ self.weight + self.bias, np.log((p + SOFT) / (1 - p + SOFT)))


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

    def fit(self, chosen: np.ndarray, strength: float) -> Model:
        """Trains on the windows of all views of the chosen clips. A clip weighs as the
        square root of its number of windows: a long video teaches more than a short one, but
        not in proportion."""
        rows = (chosen & self.trainable)[self.windows.clip]
        x, clip = self.windows.pooled[rows], self.windows.clip[rows]
        weight = 1 / np.sqrt(np.bincount(clip)[clip])
        weight = weight / weight.mean()
        centre, spread = x.mean(0), x.std(0) + 1e-6
        x = np.clip((x - centre) / spread, -LIMIT, LIMIT)
        linear = LogisticRegression(C=strength, max_iter=300)
        linear.fit(x, self.violent[clip], sample_weight=weight)
        trees = ExtraTreesClassifier(**TREES, random_state=SEED)
        trees.fit(self.windows.motion[rows], self.violent[clip], sample_weight=weight)
        return Model(centre, spread, linear.coef_[0], float(linear.intercept_[0]), trees)

    def out_of_fold(self, chosen: np.ndarray, strength: float) -> Scores:
        """Each plain window of the chosen clips scored by a model trained on the other folds' chosen clips;
        NaN for other windows."""
        found = Scores(*np.full((2, len(self.windows.clip)), np.nan))
        for k in np.unique(self.fold[chosen]):
            held = chosen & (self.fold == k)
            model = self.fit(chosen & ~held, strength)
            rows = held[self.windows.clip] & (self.windows.view == 0)
            part = model.scores(self.windows, rows)
            found.change[rows], found.motion[rows] = part.change, part.motion
        return found

    def clip_scores(self, windows: np.ndarray) -> np.ndarray:
        """The highest window [N] of each clip, NaN where none was scored."""
        known = ~np.isnan(windows)
        scores = np.full(len(self.clips), -np.inf)
        np.maximum.at(scores, self.windows.clip[known], windows[known])
        scores[np.isinf(scores)] = np.nan
        return scores

    def choose(self, chosen: np.ndarray) -> float:
        """The regularisation with the best out-of-fold AUC among the chosen clips."""
        judged = chosen & self.target
        found = []
        for strength in STRENGTHS:
            scores = self.out_of_fold(chosen, strength)
            found.append(auc(self.clip_scores(scores.mixed(weighed(scores)))[judged], self.violent[judged]))
        return STRENGTHS[int(np.argmax(found))]

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


def weighed(scores: Scores) -> Mix:
    """The mix in which the change counts `CHANGE_COUNTS` times as much as the motion, by their spreads."""
    return Mix(CHANGE_COUNTS / float(np.nanstd(scores.change)), 1 / float(np.nanstd(scores.motion)))


def export_head(model: Model, mix: Mix, path: Path) -> None:
    """Writes the head as ONNX: the parts by PyTorch, then the trees (ai.onnx.ml) and the mix."""
    linear = Linear(
        torch.from_numpy(model.centre).float(), torch.from_numpy(model.spread).float(),
        torch.from_numpy(model.weight).float(), model.bias,
    )  # fmt: skip
    inputs = tuple(torch.from_numpy(v) for v in reference_input())
    export(Parts(linear), inputs, path, INPUTS, ["change", "motion"])
    graph = onnx.load(path)
    graph.opset_import.append(onnx.helper.make_opsetid("ai.onnx.ml", 3))
    del graph.graph.output[:]
    graph.graph.output.append(onnx.helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, [1]))
    constants = {"soft": SOFT, "soft_one": 1 + SOFT, "mix_change": mix.change, "mix_motion": mix.motion, "mix_offset": mix.offset}
    for name, value in constants.items():
        graph.graph.initializer.append(onnx.numpy_helper.from_array(np.array([value], np.float32), name))
    graph.graph.initializer.append(onnx.numpy_helper.from_array(np.array([1], np.int64), "one_number"))
    node = onnx.helper.make_node
    graph.graph.node.extend([
        tree_node(model.trees, "motion", "tree_sum"),
        node("Reshape", ["tree_sum", "one_number"], ["tree_share"]),
        node("Add", ["tree_share", "soft"], ["for"]),
        node("Sub", ["soft_one", "tree_share"], ["against"]),
        node("Div", ["for", "against"], ["odds"]),
        node("Log", ["odds"], ["log_odds"]),
        node("Mul", ["log_odds", "mix_motion"], ["motion_part"]),
        node("Mul", ["change", "mix_change"], ["change_part"]),
        node("Add", ["motion_part", "change_part"], ["both"]),
        node("Add", ["both", "mix_offset"], ["logit"]),
        node("Sigmoid", ["logit"], ["probability"]),
    ])  # fmt: skip
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def tree_node(trees: ExtraTreesClassifier, source: str, target: str) -> onnx.NodeProto:
    """The trees as one node that gives their mean probability [1, 1]."""
    nodes: dict[str, list] = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    leaves: dict[str, list] = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for number, estimator in enumerate(trees.estimators_):
        tree = estimator.tree_
        for at in range(tree.node_count):
            is_leaf = tree.children_left[at] < 0
            values = (number, at, 0 if is_leaf else tree.feature[at], 0.0 if is_leaf else tree.threshold[at],
                      "LEAF" if is_leaf else "BRANCH_LEQ", max(tree.children_left[at], 0), max(tree.children_right[at], 0))  # fmt: skip
            for kept, value in zip(nodes.values(), values):
                kept.append(value if isinstance(value, str) else value.item() if hasattr(value, "item") else value)
            if is_leaf:
                share = float(tree.value[at][0][1] / tree.value[at][0].sum()) / len(trees.estimators_)
                for kept, value in zip(leaves.values(), (number, at, 0, share)):
                    kept.append(value)
    attributes = {f"nodes_{k}": v for k, v in nodes.items()} | {f"target_{k}": v for k, v in leaves.items()}
    return onnx.helper.make_node(
        "TreeEnsembleRegressor", [source], [target], domain="ai.onnx.ml", n_targets=1, post_transform="NONE", **attributes
    )


def reference_input() -> tuple[np.ndarray, ...]:
    """The synthetic window that parity tests build again."""
    t, c, y, x = np.ogrid[0 : features.FRAMES, 0:CHANNELS, 0:18, 0:32]
    maps = (AMPLITUDE * np.sin(0.8 * t + 0.37 * c + 0.21 * y + 0.13 * x)).astype(np.float32)
    region = np.zeros((18, 32), np.float32)
    region[4:12, 8:24] = 1
    t, y, x = np.ogrid[0 : features.FRAMES, 0:144, 0:256]
    grey = ((3 * (x // 4) + 5 * (y // 4) + 40 * t) % 200).astype(np.uint8)
    square = np.array([[64, 16, 192, 144]], np.float32)
    about = np.array([[0.4, 2.5, 1.0]], np.float32)
    return maps[None], region[None], grey[None], square, about


def reference(path: Path) -> dict:
    """The probability of the synthetic window, in its region and in the whole picture."""
    net = session(path)
    feed = dict(zip(INPUTS, reference_input()))
    whole = feed | {"region": np.ones_like(feed["region"])}
    return {
        "features": f"features[t][c][y][x] = {AMPLITUDE}*sin(0.8*t + 0.37*c + 0.21*y + 0.13*x), t < 10, c < 128, y < 18, x < 32",
        "region": "1 where 4 <= y < 12 and 8 <= x < 24, else 0",
        "grey": "grey[t][y][x] = (3*(x/4) + 5*(y/4) + 40*t) % 200 with whole-number division, y < 144, x < 256",
        "square": [float(v) for v in feed["square"][0]],
        "about": [float(v) for v in feed["about"][0]],
        "probability": float(net.run(None, feed)[0][0]),
        "probability_whole_picture": float(net.run(None, whole)[0][0]),
        "tolerance": 0.002,
    }


def calibration_bounds(threshold: float) -> tuple[float, float]:
    """The levels between which a camera's calibration may move."""
    return round(threshold - 0.15, 2), round(threshold + 0.1, 2)


def card(path: Path, threshold: float, measured: list[dict]) -> dict:
    lowest, highest = calibration_bounds(threshold)
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
        "input": dict(zip(INPUTS, INPUTS)),
        "output": {"probability": "probability"},
        "thresholds": {"alarm": threshold, "alarm_lowest": lowest, "alarm_highest": highest},
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
    folder = features.extract(trunk_file(), clips, views)
    features.find_people(head_file(), folder, clips, views)
    return Corpus(clips, gather(folder, head_file(), clips, views, SEED))


def nested_scores(all_clips: Corpus) -> np.ndarray:
    """Every clip's score by a model whose regularisation and mix too come from the other folds alone."""
    scores = np.full(len(all_clips.clips), np.nan)
    for k in range(FOLDS):
        held = all_clips.fold == k
        strength = all_clips.choose(~held)
        print(f"fold {k}: {held.sum()} clips held out, C {strength:g}", flush=True)
        mix = weighed(all_clips.out_of_fold(~held, strength))
        rows = held[all_clips.windows.clip] & (all_clips.windows.view == 0)
        found = np.full(len(rows), np.nan)
        found[rows] = all_clips.fit(~held, strength).scores(all_clips.windows, rows).mixed(mix)
        scores[held] = all_clips.clip_scores(found)[held]
    return scores


def write_fold(all_clips: Corpus, k: int, model: Model, mix: Mix, threshold: float, folder: Path) -> None:
    """A fold's head with its card, and the labels of the surveillance clips it never saw."""
    target = folder / f"fold_{k}"
    target.mkdir(parents=True, exist_ok=True)
    path = target / "kuager-violence.onnx"
    export_head(model, mix, path)
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
    print(f"clip AUC {value:.3f} [{low:.3f}, {high:.3f}], {judged.sum()} clips, {how}", flush=True)
    return value, low, high


def print_staged(all_clips: Corpus, scores: np.ndarray) -> None:
    """Prints the AUC over rendered scenes, held out too: a check of the plumbing, no claim."""
    judged = np.array([c.collection == "staged" for c in all_clips.clips]) & ~np.isnan(scores)
    if judged.any():
        print(f"staged AUC {auc(scores[judged], all_clips.violent[judged]):.3f}, {judged.sum()} parts of rendered scenes")


def calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): the mean gap between probability and share of fights, over
    bins of equally many clips."""
    parts = np.array_split(np.argsort(probability), bins)
    gaps = [len(p) * abs(probability[p].mean() - truth[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(probability))


def held_out_calibration(all_clips: Corpus, scores: np.ndarray) -> float:
    """The calibration error over surveillance clips where slope and offset come from the other folds."""
    judged = all_clips.target & ~np.isnan(scores)
    probability = np.full(len(scores), np.nan)
    for k in np.unique(all_clips.fold[judged]):
        held = judged & (all_clips.fold == k)
        slope, offset = all_clips.calibration(np.where(all_clips.fold == k, np.nan, scores))
        probability[held] = 1 / (1 + np.exp(-(slope * scores[held] + offset)))
    return calibration_error(probability[judged], all_clips.violent[judged])


def recall_at(all_clips: Corpus, scores: np.ndarray, share: float) -> tuple[float, list[float]]:
    """The share of fights above the level that a share of the not-fight clips reaches, and its interval by
    resampling sources."""
    judged = np.flatnonzero(all_clips.target & ~np.isnan(scores))
    rng, names = np.random.default_rng(0), np.unique(all_clips.group[judged])
    by_name = {n: judged[all_clips.group[judged] == n] for n in names}

    def recall(rows: np.ndarray) -> float:
        violent = all_clips.violent[rows]
        if violent.all() or not violent.any():
            return np.nan
        return float((scores[rows][violent] > np.quantile(scores[rows][~violent], 1 - share)).mean())

    drawn = [recall(np.concatenate([by_name[n] for n in rng.choice(names, len(names))])) for _ in range(2000)]
    return recall(judged), [float(v) for v in np.nanpercentile(drawn, [2.5, 97.5])]


def measured(all_clips: Corpus, scores: np.ndarray) -> list[dict]:
    """The card's figures."""
    value, low, high = print_auc(all_clips, scores, "fixed regularisation")
    recall, interval = recall_at(all_clips, scores, 0.1)
    print(f"recall at 10 % false positives {recall:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]")
    data_used = f"surveillance_fights, {all_clips.target.sum()} clips of 27 source videos, {FOLDS} folds by source; interval by bootstrap over sources"
    command = "python models/training/violence.py crossval"
    return [
        {"what": "clip AUC, source videos never trained on", "value": round(value, 4),
         "interval": [round(low, 4), round(high, 4)], "data": data_used, "command": command},
        {"what": "share of fights found at 10 % false positives, source videos never trained on", "value": round(recall, 4),
         "interval": [round(v, 4) for v in interval], "data": data_used, "command": command},
    ]  # fmt: skip


def wilson(found: int, count: int) -> list[float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.96, found / count
    middle, spread = share + z * z / (2 * count), z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return [round(float((middle + s) / (1 + z * z / count)), 4) for s in (-spread, spread)]


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
        print_auc(all_clips, nested_scores(all_clips), "regularisation and mix chosen inside the folds")
    windows = all_clips.out_of_fold(everything, STRENGTH)
    for part, found in (("change alone", windows.change), ("motion alone", windows.motion)):
        print_auc(all_clips, all_clips.clip_scores(found), part)
    mix = weighed(windows)
    scores = all_clips.clip_scores(windows.mixed(mix))
    slope, offset = all_clips.calibration(scores)
    mix = mix.calibrated(slope, offset)
    probability = 1 / (1 + np.exp(-(slope * scores + offset)))
    figures = measured(all_clips, scores)
    print_staged(all_clips, scores)
    print(f"expected calibration error {held_out_calibration(all_clips, scores):.3f}, calibrated on the other folds")
    table = trade_off(all_clips, probability)
    print("threshold  fights found  false on not-fight clips  benign videos with an alarm")
    for threshold, recall, false, alarms, videos in table:
        print(f"{threshold:9.2f}  {recall:12.2f}  {false:24.2f}  {alarms:8d} of {videos}")
    threshold = round(pick_threshold(table), 2)
    fights = probability[all_clips.target & all_clips.violent]
    for name, level in (("alarm", threshold), ("alarm_highest", calibration_bounds(threshold)[1])):
        found = int((fights >= level).sum())
        figures.append({
            "what": f"share of fights found at {name} ({level}), source videos never trained on",
            "value": round(found / len(fights), 4), "interval": wilson(found, len(fights)),
            "data": figures[0]["data"].split(";")[0] + "; interval by Wilson", "command": figures[0]["command"],
        })  # fmt: skip
    if options.export is not None:
        for k in range(FOLDS):
            model = all_clips.fit(all_clips.fold != k, STRENGTH)
            write_fold(all_clips, k, model, mix, threshold, options.export)
    if options.command == "crossval":
        return

    model = all_clips.fit(everything, STRENGTH)
    path = data.cache("violence") / "kuager-violence.onnx"
    export_head(model, mix, path)
    cards.publish(OUT, path, card(path, threshold, figures), reference(path))


if __name__ == "__main__":
    main()
