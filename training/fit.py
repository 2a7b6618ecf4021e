"""Train the network: `python -m training.fit DATA RUN`. Goes on where RUN's checkpoint stands."""

import argparse
import copy
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.material import Material
from training.model import BeatNet, Shape, count

BATCH = 8
RATE = 2e-3
WARM = 200
"""Steps of linear rise of the learning rate."""
EMA = 0.999
DOWNBEAT = 1.0
"""Weight of the downbeats' loss beside the beats'."""


class Average:
    """Exponential moving average of weights and running statistics."""

    def __init__(self, model: BeatNet) -> None:
        self.model = copy.deepcopy(model).eval()
        self.steps = 0

    def follow(self, model: BeatNet) -> None:
        """Move towards `model`, faster at first."""
        self.steps += 1
        keep = min(EMA, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for mine, other in zip(
                self.model.state_dict().values(), model.state_dict().values(), strict=True
            ):
                if mine.dtype.is_floating_point:
                    mine.mul_(keep).add_(other, alpha=1 - keep)
                else:
                    mine.copy_(other)


def loss_of(logits: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean binary cross entropy of beats and of downbeats over the frames that count."""
    each = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    sums = (each * weights).sum(dim=(0, 2))
    means = sums / weights.sum(dim=(0, 2)).clamp(min=1)
    return means[0], means[1]


def rate_at(step: int, steps: int) -> float:
    """Learning rate: a linear rise, then a cosine to a hundredth."""
    if step < WARM:
        return RATE * (step + 1) / WARM
    place = min(1.0, (step - WARM) / max(1, steps - WARM))
    return RATE * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * place))))


def save(path: Path, model: BeatNet, average: Average, optimiser: torch.optim.Optimizer) -> None:
    """A checkpoint from which training goes on."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "shape": asdict(model.shape),
            "model": model.state_dict(),
            "average": average.model.state_dict(),
            "steps": average.steps,
            "optimiser": optimiser.state_dict(),
        },
        part,
    )
    part.rename(path)


def load_average(path: Path) -> BeatNet:
    """The averaged network of a checkpoint."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    model = BeatNet(Shape(**stored["shape"]))
    model.load_state_dict(stored["average"])
    model.eval()
    return model


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train the beat network.")
    parser.add_argument("data", type=Path, help="the OUT folder of training.build")
    parser.add_argument("run", type=Path, help="folder of checkpoints and log")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--minutes", type=float, help="stop, ready to go on, after these")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=Shape.width)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.run.mkdir(parents=True, exist_ok=True)
    path = options.run / "checkpoint.pt"
    stored = torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None
    shape = Shape(**stored["shape"]) if stored else Shape(width=options.width)
    model = BeatNet(shape).to(memory_format=torch.channels_last)
    average = Average(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-3)
    if stored:
        model.load_state_dict(stored["model"])
        average.model.load_state_dict(stored["average"])
        average.steps = stored["steps"]
        optimiser.load_state_dict(stored["optimiser"])
    material = Material(options.data / "train")
    start, losses = time.monotonic(), []
    print(f"{count(model)} parameters, from step {average.steps}", flush=True)
    while average.steps < options.steps:
        step = average.steps
        if step % 50 == 0 or not material.files:
            pieces = material.refresh()
        rng = np.random.default_rng((options.seed, step))
        drawn = [material.draw(rng) for _ in range(BATCH)]
        mel, targets, weights = (
            torch.from_numpy(np.stack([example[k] for example in drawn])) for k in range(3)
        )
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, options.steps)
        model.train()
        # Half the time in bfloat16; weights, their average and the loss stay in float32.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(mel)
        beat, downbeat = loss_of(logits.float(), targets, weights)
        loss = beat + DOWNBEAT * downbeat
        if not bool(torch.isfinite(loss)):
            raise FloatingPointError(f"the loss of step {step} is {loss.item()}; nothing is saved")
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.follow(model)
        losses.append((beat.item(), downbeat.item()))
        late = options.minutes and time.monotonic() - start > 60 * options.minutes
        if average.steps % 50 == 0 or late:
            means = np.mean(losses, axis=0)
            line = {
                "step": average.steps,
                "beat": round(float(means[0]), 4),
                "downbeat": round(float(means[1]), 4),
                "pieces": pieces,
                "seconds": round(time.monotonic() - start),
            }
            print(json.dumps(line), flush=True)
            losses.clear()
            save(path, model, average, optimiser)
        if late:
            break
    save(path, model, average, optimiser)


if __name__ == "__main__":
    main()
