"""Trains a tiny classifier of two noisy spirals with the activation that motherlode gives it, in plain Python without packages.

The activation comes as the JSON export, whose table has exact values and slopes; between its points the cubic through them stands for the formula, to
some 1e-4 where that is smooth and exactly where it is a line."""

import bisect
import json
import math
import os
import random

WIDTH, STEPS, BATCH, RATE, MOMENTUM = 10, 1600, 16, 0.05, 0.9


class Activation:
    """The function of an export's table, with its slope."""

    def __init__(self, path):
        with open(path) as file:
            table = json.load(file)["table"]
        number = lambda value: math.nan if value is None else value
        self.x = [row["x"] for row in table]
        self.y = [number(row["y"]) for row in table]
        self.dy = [number(row["dy"]) for row in table]

    def __call__(self, x):
        """f(x) and f'(x)."""
        i = min(max(bisect.bisect_right(self.x, x) - 1, 0), len(self.x) - 2)
        h = self.x[i + 1] - self.x[i]
        t = (x - self.x[i]) / h
        a, b, p, q = self.y[i], self.y[i + 1], h * self.dy[i], h * self.dy[i + 1]
        y = a + t * (p + t * (3 * (b - a) - 2 * p - q + t * (2 * (a - b) + p + q)))
        slope = p + t * (2 * (3 * (b - a) - 2 * p - q) + t * 3 * (2 * (a - b) + p + q))
        return y, slope / h


def spirals(count, chance):
    """Points of two spirals, and which of the two each is of."""
    points = []
    for index in range(count):
        label = index % 2
        angle = 1.0 + 2.5 * math.pi * chance.random()
        turn = angle + math.pi * label
        radius = angle / 3
        points.append((radius * math.cos(turn) + chance.gauss(0, 0.15), radius * math.sin(turn) + chance.gauss(0, 0.15), label))
    return points


def forward(weights, activation, point):
    """The probability of the second spiral, and what the gradient needs."""
    hidden = [activation(row[0] * point[0] + row[1] * point[1] + row[2]) for row in weights[0]]
    logit = sum(weight * y for weight, (y, _) in zip(weights[1], hidden)) + weights[1][-1]
    if math.isnan(logit):
        return math.nan, hidden
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit)))), hidden


def measure(weights, activation, points):
    """The mean loss and the share of the points that are told wrong."""
    loss = wrong = 0
    for point in points:
        probability, _ = forward(weights, activation, point)
        right = probability if point[2] else 1 - probability
        loss -= math.nan if math.isnan(right) else math.log(max(right, 1e-12))
        wrong += not right > 0.5
    return loss / len(points), wrong / len(points)


def main():
    activation = Activation(os.environ["MOTHERLODE_ACTIVATION"])
    steps = max(1, round(STEPS * float(os.environ["MOTHERLODE_FIDELITY"])))
    # The data are the same for every run; the seed is that of the weights and the batches.
    data = random.Random(1)
    parts = {"train": spirals(400, data), "validation": spirals(1000, data), "test": spirals(1000, data)}
    chance = random.Random(int(os.environ["MOTHERLODE_SEED"]))
    weights = [[[chance.gauss(0, 1) for _ in range(3)] for _ in range(WIDTH)], [chance.gauss(0, WIDTH**-0.5) for _ in range(WIDTH)] + [0.0]]
    moments = [[[0.0] * 3 for _ in range(WIDTH)], [0.0] * (WIDTH + 1)]
    for step in range(steps):
        gradients = [[[0.0] * 3 for _ in range(WIDTH)], [0.0] * (WIDTH + 1)]
        for _ in range(BATCH):
            point = chance.choice(parts["train"])
            probability, hidden = forward(weights, activation, point)
            error = (probability - point[2]) / BATCH
            gradients[1][-1] += error
            for j, (y, slope) in enumerate(hidden):
                gradients[1][j] += error * y
                back = error * weights[1][j] * slope
                for k, x in enumerate((point[0], point[1], 1.0)):
                    gradients[0][j][k] += back * x
        rate = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        for layer in (*zip(weights[0], moments[0], gradients[0]), (weights[1], moments[1], gradients[1])):
            for k, gradient in enumerate(layer[2]):
                layer[1][k] = MOMENTUM * layer[1][k] + gradient
                layer[0][k] -= rate * layer[1][k]
        if (step + 1) % 100 == 0:
            print(json.dumps({"progress": (step + 1) / steps}), flush=True)
    loss, error = measure(weights, activation, parts[os.environ["MOTHERLODE_PART"]])
    print(json.dumps({"error": error, "loss": loss}))


main()
