"""PyTorch as a participant of the comparison over images: `torch_images.py nchw` and `torch_images.py channels_last`, both eager.

The networks are those of tests/spec/nets/image/reference.py, by which the architectures are also checked.
"""

import array
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "spec" / "model"))
sys.dont_write_bytecode = True
import reference  # noqa: E402

IMAGE = (32, 32, 3)
RATE = 0.005


def network(name, f):
    kind, *sizes = name.split("-")
    sizes = [int(size) for size in sizes]
    if kind == "mlp" or kind == "cnn":
        return {"mlp": reference.Mlp, "cnn": reference.Cnn}[kind](IMAGE, sizes, f)
    return {"vgg": reference.Vgg, "resnet": reference.ResNet, "wrn": reference.WideResNet}[kind](IMAGE, *sizes, f)


class Training:
    def __init__(self, model, activation, batch, path, layout):
        numbers = array.array("f")
        with open(path, "rb") as file:
            numbers.frombytes(file.read())
        numbers = torch.tensor(numbers)
        self.model = network(model, reference.ACTIVATIONS[activation])
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.copy_(reference.own_order(parameter, numbers[: parameter.numel()]))
                numbers = numbers[parameter.numel() :]
        images = batch * IMAGE[0] * IMAGE[1] * IMAGE[2]
        assert len(numbers) == images + batch, f"{len(numbers)} numbers are left for images and labels, {images + batch} expected"
        self.images = numbers[:images].reshape(batch, *IMAGE).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        self.labels = numbers[images:].long()
        self.model = self.model.to(memory_format=layout)
        self.optimiser = torch.optim.SGD(self.model.parameters(), RATE, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def step(self):
        self.optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(self.images), self.labels)
        loss.backward()
        self.optimiser.step()
        return loss.item()


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    layout = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}[sys.argv[1]]
    answers, sys.stdout = sys.stdout, sys.stderr
    job = training = None

    def say(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    say({"version": f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"})
    for line in sys.stdin:
        command, *words = line.split()
        try:
            if command == "prepare":
                model, activation, batch, path = words
                job = (model, activation, int(batch), path, layout)
                training = Training(*job)
                say({})
            elif command == "check":
                fresh = Training(*job)
                say({"losses": [fresh.step() for _ in range(int(words[0]))]})
            elif command == "run":
                start = time.perf_counter()
                for _ in range(int(words[0])):
                    training.step()
                say({"microseconds": (time.perf_counter() - start) * 1e6 / int(words[0])})
            else:
                say({"problem": f"`{line.strip()}` is no command"})
        except Exception as problem:  # whatever a library raises is this participant's result
            say({"problem": f"{type(problem).__name__}: {problem}"})


if __name__ == "__main__":
    main()
