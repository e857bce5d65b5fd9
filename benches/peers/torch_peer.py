"""PyTorch as a participant: `torch_peer.py eager`, `torch_peer.py compile` (the whole step of one network compiled) and `torch_peer.py vmap` (the same over
all networks at once)."""

import itertools
import sys

import peer
import torch

FORMULA = "x * sigmoid(x) + 0.1 * sin(3 * x)"
FUNCTIONS = {"sigmoid": torch.sigmoid, "sin": torch.sin, "tanh": torch.tanh, "exp": torch.exp, "sqrt": torch.sqrt, "abs": torch.abs, "erf": torch.erf}
RATE, FIRST_DECAY, SECOND_DECAY, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def forward(f, parameters, inputs):
    hidden = inputs
    *layers, weights, bias = parameters
    for layer_weights, layer_bias in zip(layers[::2], layers[1::2]):
        hidden = f(torch.addmm(layer_bias, hidden, layer_weights))
    return torch.addmm(bias, hidden, weights)


class Eager:
    """The loop that people write: modules, autograd, torch.optim.Adam."""

    calls = 1
    trained = 1

    def prepare(self, job):
        self.parameters, self.inputs, self.targets = job.read(tensor)[0]
        self.steps = job.steps

    def step(self, text=FORMULA):
        """A function that makes a step and gives its loss."""
        f = peer.activation(text, FUNCTIONS)

        class Activation(torch.nn.Module):
            def forward(self, x):
                return f(x)

        layers = []
        for weights, bias in zip(self.parameters[::2], self.parameters[1::2]):
            layer = torch.nn.Linear(*weights.shape)
            with torch.no_grad():
                layer.weight.copy_(weights.T)
                layer.bias.copy_(bias)
            layers += [layer, Activation()]
        model = torch.nn.Sequential(*layers[:-1])
        optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
        batches = itertools.cycle(zip(self.inputs, self.targets))

        def step():
            inputs, targets = next(batches)
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimiser.step()
            return loss.detach()

        return step

    start = step

    def check(self):
        step = self.step()
        return [[step().item() for _ in range(self.steps)]]

    def formula(self, text):
        self.step(text)().item()


class Compiled:
    """Loss, gradients and Adam as one function given to torch.compile, parameters and moments updated in place."""

    calls = 1

    def __init__(self, batched):
        self.batched = batched

    def prepare(self, job):
        networks = job.read(tensor)
        if self.batched:
            stack = lambda rows: [torch.stack(column) for column in zip(*rows)]
            self.numbers = [stack([network[part] for network in networks]) for part in range(3)]
        else:
            self.numbers = networks[0]
        self.trained = job.networks if self.batched else 1
        self.steps = job.steps
        self.compiled = self.compile(FORMULA)
        self.start()()

    def compile(self, text):
        # Compilations are counted by place in the source, and from the ninth on refused.
        torch._dynamo.reset()
        f = peer.activation(text, FUNCTIONS)
        loss = lambda parameters, inputs, targets: torch.nn.functional.mse_loss(forward(f, parameters, inputs), targets)
        gradient = torch.func.grad_and_value(loss)
        if self.batched:
            gradient = torch.func.vmap(gradient)

        def step(parameters, first, second, time, inputs, targets):
            gradients, loss = gradient(parameters, inputs, targets)
            time += 1
            correction = torch.sqrt(1 - SECOND_DECAY**time)
            rate, epsilon = RATE * correction / (1 - FIRST_DECAY**time), EPSILON * correction
            for p, m, v, g in zip(parameters, first, second, gradients):
                m.mul_(FIRST_DECAY).add_(g, alpha=1 - FIRST_DECAY)
                v.mul_(SECOND_DECAY).add_(g * g, alpha=1 - SECOND_DECAY)
                p.sub_(rate * m / (v.sqrt() + epsilon))
            return loss

        return torch.compile(step, fullgraph=True, dynamic=False)

    def start(self, compiled=None):
        parameters, inputs, targets = self.numbers
        compiled = compiled or self.compiled
        parameters = [tensor.clone() for tensor in parameters]
        first, second = ([torch.zeros_like(tensor) for tensor in parameters] for _ in range(2))
        time = torch.zeros((), dtype=torch.float64)
        batches = itertools.cycle(zip(inputs, targets))
        return lambda: compiled(parameters, first, second, time, *next(batches))

    def check(self):
        step = self.start()
        losses = torch.stack([step().clone() for _ in range(self.steps)])
        return losses.reshape(self.steps, -1).T.tolist()

    def formula(self, text):
        self.start(self.compile(text))().sum().item()


def tensor(numbers, shape):
    return torch.tensor(numbers, dtype=torch.float32).reshape(shape)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    form = sys.argv[1]
    if form != "eager":
        torch.set_grad_enabled(False)
    participant = {"eager": Eager, "compile": lambda: Compiled(False), "vmap": lambda: Compiled(True)}[form]()
    peer.serve(participant, f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
