"""A training run of a set number of steps that goes on where it was killed."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

AVERAGE = 0.998
KEPT_EVERY = 100  # steps between two states on disk
WARM_UP = 100


def train(
    net: nn.Module,
    views: Callable[[int], IterableDataset],
    batch: int,
    loss_of: Callable[[Sequence[Tensor]], Tensor],
    steps: int,
    seed: int,
    state: Path,
    rate: float = 4e-4,
    longest: float = 5.0,
) -> nn.Module:
    """Trains what of `net` wants a gradient, with a cosine schedule; returns a copy with averaged weights.

    `views(seed)` draws endless examples. `longest` bounds the gradient. Everything is in `state` every 100 steps; a
    run that finds it there goes on from it, with other draws than an unbroken run.
    """
    torch.manual_seed(seed)
    average = copy.deepcopy(net)
    trained = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, rate, weight_decay=0.01)
    first = _take_up(state, steps, seed, net, average, optimiser)
    loader = DataLoader(views(seed + first), batch, num_workers=1, prefetch_factor=4)
    began, running = time.monotonic(), 0.0
    for step, examples in zip(range(first, steps), loader):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))
        loss = loss_of(examples)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, longest)
        optimiser.step()
        with torch.no_grad():
            for kept, new in zip(average.parameters(), net.parameters()):
                kept.lerp_(new, 1 - min(AVERAGE, (1 + step) / (10 + step)))
        running = loss.item() if step == first else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % KEPT_EVERY == 0:
            _keep(state, step + 1, steps, seed, net, average, optimiser)
            left = (time.monotonic() - began) / (step + 1 - first) * (steps - step - 1)
            print(f"step {step + 1} of {steps}  loss {running:.3f}  {left / 60:.0f} min left", flush=True)
    return average.eval().requires_grad_(False)


def _keep(state: Path, step: int, steps: int, seed: int, net: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    whole = {"step": step, "of": [steps, seed], "net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
    unfinished = state.with_suffix(".new")
    torch.save(whole, unfinished)
    os.replace(unfinished, state)


def _take_up(state: Path, steps: int, seed: int, net: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """The step to go on from; 0 where there is no state of the same run."""
    if not state.exists():
        return 0
    whole = torch.load(state)
    if whole["of"] != [steps, seed]:
        return 0
    net.load_state_dict(whole["net"])
    average.load_state_dict(whole["average"])
    optimiser.load_state_dict(whole["optimiser"])
    print(f"going on from step {whole['step']} of {steps}; remove {state} to begin anew", flush=True)
    return whole["step"]
