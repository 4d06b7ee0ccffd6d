"""Makes a violence model for your own cameras from your own labelled clips:

    python models/training/finetune.py --labels clips.csv --name our-yard --out FOLDER

Columns path,label,group as for `kuager eval clips`; clips of one camera or one event share a group. Where
KUAGER_DEV_DATA is set the development clips are learnt from too (set it if you have it: own clips alone are
rarely enough). Ends in FOLDER/NAME with the weights and a card that says what was trained on and how the model
measures on your clips, each scored by a model that never saw its group.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import cards
import data
import features
import violence
from regions import suppress_corners
from trunk import session
from windows import Windows, tell

LEAST_GROUPS = 4
LEAST_CLIPS = 20


def own_clips(labels: Path, positive: str) -> list[data.Clip]:
    """The labelled clips, or an exit that says what is wrong with which line."""
    clips = []
    with open(labels, newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not all(row.get(key) for key in ("path", "label", "group")):
                sys.exit(f"{labels}:{number}: needs path, label and group")
            path = labels.parent / row["path"]
            if not path.is_file():
                sys.exit(f"{labels}:{number}: there is no file {path}")
            clips.append(data.Clip(path, row["label"] == positive, f"own_{row['group']}", violence.TARGET))
    groups = {c.group for c in clips}
    if len(clips) < LEAST_CLIPS or len(groups) < LEAST_GROUPS or len({c.violent for c in clips}) < 2:
        sys.exit(
            f"{labels}: {len(clips)} clips of {len(groups)} groups; at least {LEAST_CLIPS} clips of {LEAST_GROUPS} groups are "
            f"needed, some labelled {positive} and some not"
        )
    return clips


def look(clip: data.Clip, view: features.View) -> features.Track:
    """One clip through the shipped eye."""
    eye = session(violence.EYE)
    maps, grey, boxes, picture = [], [], [], (0, 0)
    for frame in data.frames_every(clip.path, features.STEP, view.shift):
        image, picture = data.letterbox(frame)
        image = features.looked_at(image, picture, view)
        people, middle = eye.run(None, {"image": image[None]})
        maps.append(middle[0].astype(np.float16))
        grey.append(features.small_grey(image))
        boxes.append(suppress_corners(people[0]))
    return features.Track(np.array(maps), np.array(grey), boxes, picture)


@torch.no_grad()
def own_windows(clips: list[data.Clip]) -> Windows:
    """All windows of the own clips in all views; clips that show nothing are left out and named."""
    rows, index = [], []
    for c, clip in enumerate(clips):
        for v, view in enumerate(features.VIEWS):
            track = look(clip, view)
            if len(track.maps) == 0:
                print(f"no pictures in {clip.path}", file=sys.stderr)
                continue
            told = tell(track, clip, None if v == 0 else np.random.default_rng(c))
            rows += told
            index += [(c, v)] * len(told)
        print(f"looked at {c + 1} of {len(clips)}", end="\r", file=sys.stderr, flush=True)
    return Windows.of(rows, index)


def together(own: list[data.Clip], windows: Windows) -> violence.Corpus:
    """The own clips with the development clips behind them, where those are there."""
    if not os.environ.get("KUAGER_DEV_DATA"):
        print("KUAGER_DEV_DATA is not set: learning from your clips alone", file=sys.stderr)
        return violence.Corpus(own, windows)
    known = violence.corpus(features.VIEWS)
    others = [data.Clip(**{**vars(c), "collection": f"development_{c.collection}"}) for c in known.clips]
    joined = Windows(
        np.concatenate([windows.pooled, known.windows.pooled]), np.concatenate([windows.motion, known.windows.motion]),
        np.concatenate([windows.clip, known.windows.clip + len(own)]), np.concatenate([windows.view, known.windows.view]),
    )  # fmt: skip
    return violence.Corpus([*own, *others], joined)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--positive", default="fight", help="the label that means violence")
    parser.add_argument("--name", required=True, help="of the model: a-z, 0-9 and -")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--licence", default="not for distribution", help="of the weights, for the card")
    options = parser.parse_args()
    torch.set_num_threads(1)

    own = own_clips(options.labels, options.positive)
    corpus = together(own, own_windows(own))
    everything = np.ones(len(corpus.clips), bool)
    windows = corpus.out_of_fold(everything, violence.STRENGTH)
    mix = violence.weighed(windows)
    scores = corpus.clip_scores(windows.mixed(mix))
    slope, offset = corpus.calibration(np.where(corpus.target, scores, np.nan))
    probability = 1 / (1 + np.exp(-(slope * scores + offset)))
    threshold = round(violence.pick_threshold(violence.trade_off(corpus, probability)), 2)
    value, low, high = violence.print_auc(corpus, scores, "your clips")
    model = corpus.fit(everything, violence.STRENGTH)

    folder = options.out / options.name
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{options.name}.onnx"
        violence.export_head(model, mix.calibrated(slope, offset), path)
        card = violence.card(path, threshold, [{
            "what": "clip AUC on own clips, groups never trained on", "value": round(value, 4),
            "interval": [round(low, 4), round(high, 4)],
            "data": f"{options.labels.name}: {len(own)} clips of {len({c.group for c in own})} groups; interval by bootstrap over groups",
            "command": f"python models/training/finetune.py --labels {options.labels.name} --name {options.name}",
        }])  # fmt: skip
        del card["thresholds"]["alarm_lowest"], card["thresholds"]["alarm_highest"]
        card |= {"name": options.name, "version": "1.0.0", "licence": options.licence}
        behind = " and the development clips of Kuager" if len(corpus.clips) > len(own) else ""
        card["origin"] = f"Trained with Kuager's recipe on kuager-eye's features of {len(own)} clips ({options.labels.name}){behind}."
        cards.install({folder / path.name: path.read_bytes(), folder / "model.toml": cards.render(card).encode()})
    print(f"written: {folder}; next: kuager models add {folder / path.name}")


if __name__ == "__main__":
    main()
