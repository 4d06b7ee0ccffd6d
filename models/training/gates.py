"""The shortcut gates: what the violence head must not live on.

    python models/training/gates.py [--json FILE] [--only GATE ...]

Ends with 1 where a gate fails. Heads score only clips of sources that they never saw; README.md says what
each gate asks. `stability` runs the built program, which must hold this repository's eye.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import features
import likeness
import masked
import violence
from eye import head_file, trunk_file
from pool_scores import auc, auc_interval
from violence import Corpus, Scores, weighed
from windows import Windows, gather, tell

MASKED_AUC = 0.6  # at most, with people painted over
JUDGED_WAY = "throughout"
MOVE = 0.1  # of a clip's probability, at most in the median
CHOSEN = 12  # clips of each label for the stability gate
PROGRAM = violence.MODELS.parent / "target" / "release" / "kuager"
ROUNDS = 2000  # of the bootstrap

# What ffmpeg is told; only the first is meant to lose quality.
ALTERATIONS = {
    "re-encoded": ["-crf", "32"],
    "mirrored": ["-vf", "hflip", "-crf", "12"],
    "half resolution": ["-vf", "scale=trunc(iw/4)*2:trunc(ih/4)*2", "-crf", "12"],
    "half frame rate": ["-vf", "fps=source_fps/2", "-crf", "12"],
}


@dataclass
class Gate:
    """What a gate found. Each row names a figure, its value, its interval (none: absent) and what it is of."""

    name: str
    passed: bool
    rows: list[tuple[str, float, tuple[float, float] | None, str]]
    asked: str


class Judge:
    """The out-of-fold heads, and clips' log-odds by them."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.models = [corpus.fit(corpus.fold != k, violence.STRENGTH) for k in range(violence.FOLDS)]
        windows = self._of_windows(corpus.windows)
        mix = weighed(windows)
        slope, offset = corpus.calibration(corpus.clip_scores(windows.mixed(mix)))
        self.mix = mix.calibrated(slope, offset)
        self.chosen = np.flatnonzero(corpus.target)
        self.violent, self.group = corpus.violent[self.chosen], corpus.group[self.chosen]
        self.plain = self.clips(corpus.windows)

    def _of_windows(self, windows: Windows) -> Scores:
        found = Scores(*np.full((2, len(windows.clip)), np.nan))
        for k, model in enumerate(self.models):
            rows = (self.corpus.fold == k)[windows.clip] & (windows.view == 0)
            if rows.any():
                part = model.scores(windows, rows)
                found.change[rows], found.motion[rows] = part.change, part.motion
        return found

    def clips(self, windows: Windows) -> np.ndarray:
        """The surveillance clips' scores [N]; `windows` counts clips as the corpus does."""
        scores = self._of_windows(windows).mixed(self.mix)
        return Corpus(self.corpus.clips, windows).clip_scores(scores)[self.chosen]

    def row(self, name: str, scores: np.ndarray, where: np.ndarray | None = None) -> tuple:
        """A line of the table: the AUC of scores [N], among some of the clips if told so."""
        where = np.ones(len(scores), bool) if where is None else where
        note = f"{where.sum()} clips, {self.violent[where].sum()} of them fights, {len(set(self.group[where]))} sources"
        value, low, high = auc_interval(scores[where], self.violent[where], self.group[where], ROUNDS)
        return name, value, (low, high), note


def metadata(judge: Judge) -> Gate:
    """A classifier that sees no picture must stay behind the head that does."""
    clips = [judge.corpus.clips[c] for c in judge.chosen]
    told = np.log(np.array([likeness.metadata(clip.path) for clip in clips]))
    fold = judge.corpus.fold[judge.chosen]
    rows = [judge.row("the head", judge.plain)]
    for name, classifier in (
        ("metadata, logistic", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
        ("metadata, trees", ExtraTreesClassifier(200, min_samples_leaf=3, random_state=violence.SEED)),
    ):
        scores = np.zeros(len(clips))
        for k in np.unique(fold):
            held = fold == k
            classifier.fit(told[~held], judge.violent[~held])
            scores[held] = classifier.predict_proba(told[held])[:, 1]
        rows.append(judge.row(name, scores))
    passed = max(value for _, value, _, _ in rows[1:]) < rows[0][1]
    return Gate("metadata", passed, rows, "AUC below the head's")


class _Shuffled(features.Track):
    """A track whose windows have their frames in random order; grey pictures and maps go together."""

    seed = 0

    def windows(self) -> Iterator[np.ndarray]:
        dice = np.random.default_rng(self.seed)
        return (dice.permutation(window) for window in super(_Shuffled, self).windows())


def shuffled(judge: Judge, folder: Path) -> Gate:
    """Out of order, the same frames must tell less."""
    rows, index = [], []
    for c in judge.chosen:
        clip = judge.corpus.clips[c]
        track = _Shuffled(**vars(features.load(folder, head_file(), clip, features.PLAIN)))
        track.seed = zlib.crc32(clip.key.encode())
        told = tell(track, clip, None)
        rows += told
        index += [c] * len(told)
    pooled, motion = (np.array(part) for part in zip(*rows))
    after = judge.clips(Windows(pooled, motion, np.array(index), np.zeros(len(index), int)))
    fall, low, high = _paired_fall(judge, after)
    kept = "excludes" if low > 0 else "does not exclude"
    table = [judge.row("in order", judge.plain), judge.row("shuffled", after)]
    table.append(("fall", fall, (low, high), f"paired, sources resampled; the interval {kept} 0"))
    return Gate("shuffled", fall > 0, table, "AUC falls")


def _paired_fall(judge: Judge, after: np.ndarray) -> tuple[float, float, float]:
    """How much the AUC falls from the plain scores to these, and the 95 % interval; whole sources resampled."""
    dice = np.random.default_rng(0)
    members = [np.flatnonzero(judge.group == g) for g in np.unique(judge.group)]

    def fall(rows: np.ndarray) -> float:
        return auc(judge.plain[rows], judge.violent[rows]) - auc(after[rows], judge.violent[rows])

    values = []
    for _ in range(ROUNDS):
        drawn = np.concatenate([members[k] for k in dice.integers(0, len(members), len(members))])
        if 0 < judge.violent[drawn].sum() < len(drawn):
            values.append(fall(drawn))
    low, high = np.percentile(values, [2.5, 97.5])
    return fall(np.arange(len(after))), float(low), float(high)


def people_masked(judge: Judge) -> Gate:
    """Without people, next to nothing may be left. Judged where every place that anybody has in a clip is painted
    over in all of its frames: paint that follows people from frame to frame moves as they do and gives them away by
    itself, as the row of the paint alone shows."""
    clips = [judge.corpus.clips[c] for c in judge.chosen]
    folders = masked.extract(trunk_file(), clips)
    table = []
    for way, folder in folders.items():
        features.find_people(head_file(), folder, clips, (features.PLAIN,), workers=1)
        windows = gather(folder, head_file(), clips, (features.PLAIN,), violence.SEED, workers=1)
        scores = judge.clips(dataclasses.replace(windows, clip=judge.chosen[windows.clip]))
        left = [features.load(folder, head_file(), clip, features.PLAIN).boxes for clip in clips]
        nobody = np.array([not any(len(boxes) for boxes in frames) for frames in left])
        table.append(judge.row(f"masked, {way}", scores))
        for what, where in (("nobody", nobody), ("somebody", ~nobody)):
            if len(set(judge.violent[where])) == 2:
                table.append(judge.row(f"masked, {way}: {what} found", scores, where))
    still = next(value for name, value, *_ in table if name == f"masked, {JUDGED_WAY}")
    return Gate("masked", still <= MASKED_AUC, table, f"AUC at most {MASKED_AUC} ({JUDGED_WAY})")


def near_duplicates(judge: Judge) -> Gate:
    """No judged clip may look like a clip of another source."""
    clips = list({clip.path: clip for clip in judge.corpus.clips}.values())
    hashes = np.array([likeness.hashes(clip.path) for clip in clips])
    target = np.array([clip.collection == violence.TARGET for clip in clips])
    pairs = [(i, j) for i, j in likeness.alike(hashes) if clips[i].group != clips[j].group]
    judged = [(i, j) for i, j in pairs if target[i] or target[j]]
    for i, j in judged:
        print(f"alike: {clips[i].key} ({clips[i].group}) and {clips[j].key} ({clips[j].group})")
    table = [("pairs with a judged clip", float(len(judged)), None, f"{target.sum()} judged among {len(clips)} videos")]
    table.append(("other pairs", float(len(pairs) - len(judged)), None, "among training videos; no figure rests on them"))
    return Gate("duplicates", not judged, table, "no pair with a judged clip")


def stability(judge: Judge, program: Path) -> Gate:
    """The same clip, altered as recorders and players alter it, must score alike in the program."""
    dice = np.random.default_rng(violence.SEED)
    chosen = np.concatenate([dice.choice(judge.chosen[judge.violent == v], CHOSEN, replace=False) for v in (True, False)])
    with tempfile.TemporaryDirectory() as name:
        scores = [_program_scores(judge, program, chosen[judge.corpus.fold[chosen] == k], Path(name)) for k in range(violence.FOLDS)]
    moved = np.abs(np.concatenate([s[:, 1:] - s[:, :1] for s in scores]))
    table = []
    for name, moves in zip(ALTERATIONS, moved.T):
        spread = tuple(float(v) for v in np.percentile(moves, [25, 75]))
        table.append((name, float(np.median(moves)), spread, f"median and quartiles, {len(moves)} clips; largest {moves.max():.2f}"))
    return Gate("stability", all(row[1] <= MOVE for row in table), table, f"probability moves by at most {MOVE} in the median")


def _program_scores(judge: Judge, program: Path, chosen: np.ndarray, scratch: Path) -> np.ndarray:
    """Probabilities [clips, 1 + alterations] of clips of one fold, by the program with that fold's head."""
    if not len(chosen):
        return np.zeros((0, 1 + len(ALTERATIONS)))
    k = int(judge.corpus.fold[chosen[0]])
    violence.write_fold(judge.corpus, k, judge.models[k], judge.mix, 0.5, scratch)
    rows = []
    for c in chosen:
        clip = judge.corpus.clips[c]
        copies = [_altered(clip.path, how, scratch / f"{c}-{n}.mp4") for n, how in enumerate(ALTERATIONS.values())]
        rows += [(str(path.resolve()), "fight" if clip.violent else "nofight", clip.group) for path in (clip.path, *copies)]
    labels = scratch / f"altered_{k}.csv"
    with open(labels, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "label", "group"), *rows])
    command = [program, "--json", "eval", "clips", "--labels", labels, "--detectors", "violence", "--data-dir", scratch / "data"]
    command += ["--models", f"detector={violence.EYE.parent}", "--models", f"violence={scratch / f'fold_{k}'}"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {ran.returncode}; build it with ./x setup and cargo build --release:\n{ran.stderr}")
    found = {row["path"]: row["score"] for row in json.loads(ran.stdout.splitlines()[-1])["scores"]}
    return np.array([found[path] for path, _, _ in rows]).reshape(len(chosen), -1)


def _altered(path: Path, how: list[str], target: Path) -> Path:
    encoder = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1"]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", path, *how, *encoder, target], check=True)
    return target


def show(gate: Gate) -> None:
    print(f"\n{gate.name}: {'passed' if gate.passed else 'FAILED'} (asked: {gate.asked})")
    for name, value, interval, note in gate.rows:
        within = "" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"
        print(f"  {name:34} {value:7.3f} {within:17} {note}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write what was found here")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="for the stability gate")
    names = ("metadata", "shuffled", "masked", "duplicates", "stability")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="GATE", help=", ".join(names))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if "stability" in options.only and not options.program.exists():
        sys.exit(f"build the program first (cargo build --release) or name it with --program: {options.program}")

    judge = Judge(violence.corpus(features.VIEWS))
    maps = features.extract(trunk_file(), [], ())
    gates: dict[str, Callable[[], Gate]] = {
        "metadata": partial(metadata, judge), "shuffled": partial(shuffled, judge, maps), "masked": partial(people_masked, judge),
        "duplicates": partial(near_duplicates, judge), "stability": partial(stability, judge, options.program),
    }  # fmt: skip
    found = [gates[name]() for name in options.only]
    for gate in found:
        show(gate)
    if options.json is not None:
        options.json.write_text(json.dumps([dataclasses.asdict(gate) for gate in found], indent=1) + "\n", encoding="utf-8")
    if not all(gate.passed for gate in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
