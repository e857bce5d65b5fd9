"""Trains a small PyTorch classifier of synthetic data with the activation that motherlode gives it."""

import json
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(os.environ["MOTHERLODE_ACTIVATION"]))
from activation import Activation  # noqa: E402

STEPS, BATCH, RATE = 1600, 64, 3e-3


def layer_activation(channels):
    """The activation; one with a parameter a channel is told how many channels it has."""
    try:
        return Activation()
    except TypeError:
        return Activation(channels)


def parts():
    """Inputs and labels for training, validation and test: the same for every run."""
    source = torch.Generator().manual_seed(1)
    normal = lambda *shape: torch.randn(*shape, generator=source)
    hidden, output = normal(16, 24), normal(24)
    made = {}
    for name, count in (("train", 4000), ("validation", 4000), ("test", 4000)):
        x = normal(count, 16)
        made[name] = (x, (torch.sin(x @ hidden / 2) @ output > 0).long())
    return made


def main():
    data = parts()
    torch.manual_seed(int(os.environ["MOTHERLODE_SEED"]))
    steps = max(1, round(STEPS * float(os.environ["MOTHERLODE_FIDELITY"])))
    network = torch.nn.Sequential(
        torch.nn.Linear(16, 64), layer_activation(64), torch.nn.Linear(64, 64), layer_activation(64), torch.nn.Linear(64, 2)
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    x, labels = data["train"]
    for step in range(1, steps + 1):
        batch = torch.randint(len(x), (BATCH,))
        loss = torch.nn.functional.cross_entropy(network(x[batch]), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(json.dumps({"progress": step / steps, "step": step, "loss": loss.item()}), flush=True)
    network.eval()
    x, labels = data[os.environ["MOTHERLODE_PART"]]
    with torch.no_grad():
        logits = network(x)
        loss = torch.nn.functional.cross_entropy(logits, labels).item()
        accuracy = (logits.argmax(1) == labels).float().mean().item()
    print(json.dumps({"accuracy": accuracy, "loss": loss}))


main()
