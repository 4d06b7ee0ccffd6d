"""Trains the keypoint head on the frozen trunk's maps, and measures it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from eye_net import BINS, PoseHead, person_regions
from pose_maps import MAP_SHAPES

BLUR = 0.9  # spread of the target heat, in bins
TORSO = ((5, 12), (6, 11))  # the diagonals of the torso: shoulder to the opposite hip
BODY = slice(5, 17)


class Shard:
    """Maps and people of one folder that `pose_maps.store` wrote."""

    def __init__(self, folder: Path) -> None:
        self.maps = [np.load(folder / f"map{k}.npy", mmap_mode="r") for k in range(len(MAP_SHAPES))]
        people = np.load(folder / "people.npz")
        self.pictures = int(people["pictures"])
        self.picture = people["picture"]
        self.found = people["found"]
        self.labelled = people["labelled"]
        self.keypoints = people["keypoints"]

    def batch(self, pictures: np.ndarray) -> tuple[list[Tensor], np.ndarray, Tensor]:
        """Maps of some pictures, the people on them, and each one's index in the batch."""
        pictures = np.sort(pictures)
        maps = [torch.from_numpy(m[pictures].astype(np.float32)) for m in self.maps]
        chosen = np.flatnonzero(np.isin(self.picture, pictures))
        index = np.searchsorted(pictures, self.picture[chosen])
        return maps, chosen, torch.from_numpy(index)


def centred(boxes: np.ndarray) -> np.ndarray:
    """Corner boxes [N, 4] to cx, cy, w, h."""
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)


def boxes_for_training(shard: Shard, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
    """Each person's found box, or at times the labelled one, always shaken: [N, 4]."""
    found, labelled = shard.found[chosen], shard.labelled[chosen]
    use = (found[:, 2] > found[:, 0]) & (rng.random(len(chosen)) < 0.75)
    boxes = centred(np.where(use[:, None], found, labelled))
    boxes[:, :2] += rng.normal(0, 0.05, (len(boxes), 2)) * boxes[:, 2:]
    boxes[:, 2:] *= np.exp(rng.normal(0, 0.1, (len(boxes), 2)))
    return torch.from_numpy(boxes.astype(np.float32))


def loss_of(head: PoseHead, maps: list[Tensor], index: Tensor, boxes: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy to a blurred spot, distances of the mean spot and of the first guess, and
    the confidence's cross-entropy. `truth` [N, 17, 3] in input pixels; confidence below 0 is unknown."""
    regions = person_regions(boxes)
    heat, sure, guess = head.read(head.sample(maps, index, regions))
    spot = (truth[..., :2] - regions[:, None, :2]) / (regions[:, 2:] - regions[:, :2])[:, None]
    confidence = truth[..., 2]
    inside = ((spot > 0) & (spot < 1)).all(-1)
    weight = confidence.clamp(0, 1) * (confidence > 0.3) * inside

    distance = ((head.cells[None, None] - spot[:, :, None]) * BINS).square().sum(-1)
    target = torch.softmax(-distance / (2 * BLUR**2), -1)
    log_heat = torch.log_softmax(heat, -1)
    spread = -(target * log_heat).sum(-1)
    mean = log_heat.exp() @ head.cells
    offset = F.smooth_l1_loss(mean, spot, beta=0.02, reduction="none").sum(-1)
    offset = offset + 0.5 * F.smooth_l1_loss(guess, spot, beta=0.02, reduction="none").sum(-1)
    known = (confidence >= 0).float()
    visible = F.binary_cross_entropy_with_logits(sure, confidence.clamp(0, 1) * inside, reduction="none")
    total = weight.sum().clamp(min=1)
    return (
        (weight * spread).sum() / total
        + 10 * (weight * offset).sum() / total
        + 0.5 * (known * visible).sum() / known.sum().clamp(min=1)
    )


def batches(shards: list[Shard], size: int, rng: np.random.Generator) -> Iterator[tuple[Shard, np.ndarray]]:
    """Every shard's pictures once, in random order."""
    plan = []
    for shard in shards:
        order = rng.permutation(shard.pictures)
        plan += [(shard, order[i : i + size]) for i in range(0, len(order), size)]
    rng.shuffle(plan)
    return iter(plan)


def _running_average(kept: Tensor, new: Tensor, steps: Tensor) -> Tensor:
    """An exponential average that forgets quickly at first, so that no start weights remain."""
    if not kept.is_floating_point():
        return new
    return torch.lerp(new, kept, min(0.995, (1 + float(steps)) / (10 + float(steps))))


def train(
    shards: list[Shard], minutes: float, seed: int, head: PoseHead, rate: float = 2e-3, size: int = 16
) -> PoseHead:
    """Trains for a fixed time with a cosine schedule; returns the averaged weights."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = head.train().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(head, avg_fn=_running_average, use_buffers=True)
    optimiser = torch.optim.AdamW(head.parameters(), rate, weight_decay=0.02)
    start, step, running = time.monotonic(), 0, 0.0
    while True:
        for shard, pictures in batches(shards, size, rng):
            progress = (time.monotonic() - start) / (60 * minutes)
            if progress >= 1:
                return average.module.eval()
            warm = min(1.0, (step + 1) / 100)
            for group in optimiser.param_groups:
                group["lr"] = rate * warm * 0.5 * (1 + np.cos(np.pi * progress))
            maps, chosen, index = shard.batch(pictures)
            if len(chosen) == 0:
                continue
            truth = torch.from_numpy(shard.keypoints[chosen])
            boxes = boxes_for_training(shard, chosen, rng)
            loss = loss_of(head, maps, index, boxes, truth)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 5.0)
            optimiser.step()
            average.update_parameters(head)
            running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
            step += 1
            if step % 100 == 0:
                print(f"step {step}  progress {progress:.2f}  loss {running:.3f}", flush=True)


@torch.no_grad()
def pck(head: PoseHead, shards: list[Shard], given_box: bool, share: float = 0.2) -> np.ndarray:
    """Correctness of every labelled body joint: within `share` of the torso's diagonal.

    Boxes are the labelled ones, or with `given_box` false the detector's (people that it
    does not find count as wrong). Returns one mean a person.
    """
    scores = []
    for shard in shards:
        for start in range(0, shard.pictures, 16):
            maps, chosen, index = shard.batch(np.arange(start, min(start + 16, shard.pictures)))
            truth = shard.keypoints[chosen]
            found = shard.found[chosen]
            missed = found[:, 2] <= found[:, 0]
            boxes = centred(shard.labelled[chosen] if given_box else np.where(missed[:, None], shard.labelled[chosen], found))
            result = head(maps, index, torch.from_numpy(boxes.astype(np.float32))).numpy()
            error = np.linalg.norm(result[..., :2] - truth[..., :2], axis=-1)
            torso = [np.linalg.norm(truth[:, a, :2] - truth[:, b, :2], axis=-1) for a, b in TORSO]
            known = truth[:, :, 2] > 0
            usable = known[:, [5, 6, 11, 12]].all(1)
            right = (error < share * np.mean(torso, 0)[:, None]) & known
            if not given_box:
                right[missed] = False
            counted = known[:, BODY].sum(1)
            scores.append((right[:, BODY].sum(1) / np.maximum(counted, 1))[usable])
    return np.concatenate(scores)
