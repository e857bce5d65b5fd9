"""Trains a tiny GPT-2 of HuggingFace's transformers from random weights with the activation that motherlode gives it; nothing is downloaded."""

import json
import os
import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

sys.path.insert(0, os.path.dirname(os.environ["MOTHERLODE_ACTIVATION"]))
from activation import Activation  # noqa: E402

STEPS, BATCH, RATE, CHARACTERS = 400, 32, 3e-3, "0123456789+=."


def layer_activation(channels):
    """The activation; one with a parameter a channel is told how many channels it has."""
    try:
        return Activation()
    except TypeError:
        return Activation(channels)


def sums(count, source):
    """Lines such as 12+34=046. as numbers of characters."""
    left, right = (torch.randint(100, (count,), generator=source).tolist() for _ in range(2))
    lines = [f"{a:02}+{b:02}={a + b:03}." for a, b in zip(left, right)]
    return torch.tensor([[CHARACTERS.index(character) for character in line] for line in lines])


def main():
    source = torch.Generator().manual_seed(1)
    data = {part: sums(2000, source) for part in ("train", "validation", "test")}
    torch.manual_seed(int(os.environ["MOTHERLODE_SEED"]))
    steps = max(1, round(STEPS * float(os.environ["MOTHERLODE_FIDELITY"])))
    ids = dict(bos_token_id=12, eos_token_id=12)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=13, n_positions=16, n_embd=64, n_layer=2, n_head=2, **ids))
    for block in model.transformer.h:
        block.mlp.act = layer_activation(256)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(1, steps + 1):
        lines = data["train"][torch.randint(2000, (BATCH,))]
        loss = model(lines, labels=lines).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(json.dumps({"progress": step / steps}), flush=True)
    model.eval()
    with torch.no_grad():
        lines = data[os.environ["MOTHERLODE_PART"]]
        print(json.dumps({"loss": model(lines, labels=lines).loss.item()}))


main()
