"""Writes reference.json beside this file: what PyTorch makes, in 64 bits, of the architectures of src/model, here written down again from the papers.

    python3 tests/spec/nets/image/reference.py            needs PyTorch; a minute

Parameters, images and directions are no draws but hashes of their places, which tests/spec/nets/image/mod.rs repeats to the bit: `number(tensor, place)` lies in
[-1, 1). Parameters count in the order in which the modules below are made: the order of the layout, in which a convolution's weights stand as rows x columns x
inputs x outputs and a linear layer's as inputs x outputs. Images stand as images x height x width x channels.

Of each case: the logits in training, the mean cross entropy, the norm of the gradient of every parameter, the derivative of the loss along a direction, and
the logits in evaluation after that one pass in training, whose statistics the running averages have followed.
"""

import json
import math
import pathlib

import numpy
import torch
from torch import nn
from torch.nn import functional as F

IMAGES, DIRECTIONS = 1_000_000, 2_000_000
ACTIVATIONS = {"relu": torch.relu, "silu": F.silu, "gelu": F.gelu}


def number(tensor, count):
    """The numbers of the first `count` places: SplitMix64 of (tensor, place), its upper 53 bits taken to [-1, 1)."""
    place = numpy.arange(count, dtype=numpy.uint64)
    z = (numpy.uint64(tensor) << numpy.uint64(32)) + place
    z = (z + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numpy.uint64(31))
    return torch.from_numpy((z >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-52 - 1.0)


def own_order(parameter, values):
    """Numbers in the order of the layout, in the shape of the parameter."""
    if parameter.dim() == 4:
        outputs, inputs, rows, columns = parameter.shape
        return values.reshape(rows, columns, inputs, outputs).permute(3, 2, 0, 1)
    if parameter.dim() == 2:
        return values.reshape(parameter.shape[1], parameter.shape[0]).t()
    return values


def fill(model):
    for tensor, (name, parameter) in enumerate(model.named_parameters()):
        values = number(tensor, parameter.numel())
        if parameter.dim() > 1:
            values = values * math.sqrt(6 / (parameter.numel() // parameter.shape[0]))
        elif name.endswith("weight"):
            values = 1 + 0.2 * values
        else:
            values = 0.2 * values
        with torch.no_grad():
            parameter.copy_(own_order(parameter, values))


def convolution(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def flattened(x):
    """The order of rows, columns, channels."""
    return x.permute(0, 2, 3, 1).flatten(1)


class Mlp(nn.Module):
    def __init__(self, image, widths, f):
        super().__init__()
        sizes = [image[0] * image[1] * image[2], *widths]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:]))
        self.classifier, self.f = nn.Linear(sizes[-1], 10), f

    def forward(self, x):
        x = flattened(x)
        for layer in self.hidden:
            x = self.f(layer(x))
        return self.classifier(x)


class Cnn(nn.Module):
    """Convolution, batch normalisation, activation; max-pooling between such blocks."""

    def __init__(self, image, widths, f):
        super().__init__()
        sizes = [image[2], *widths]
        self.blocks = nn.ModuleList(nn.Sequential(convolution(a, b, 3), nn.BatchNorm2d(b)) for a, b in zip(sizes, sizes[1:]))
        shrunk = 2 ** (len(widths) - 1)
        self.classifier, self.f = nn.Linear(image[0] // shrunk * (image[1] // shrunk) * sizes[-1], 10), f

    def forward(self, x):
        for index, block in enumerate(self.blocks):
            x = self.f(block(F.max_pool2d(x, 2) if index else x))
        return self.classifier(flattened(x))


class Vgg(nn.Module):
    """Simonyan and Zisserman 2015, table 1, columns A and D, with batch normalisation and one linear layer."""

    PLANS = {11: "64 M 128 M 256 256 M 512 512 M 512 512 M", 16: "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"}

    def __init__(self, image, depth, f, bias=False):
        super().__init__()
        layers, channels, self.f = [], image[2], f
        for word in self.PLANS[depth].split():
            if word == "M":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(channels, int(word), 3, padding=1, bias=bias), nn.BatchNorm2d(int(word))]
                channels = int(word)
        self.layers = nn.ModuleList(layers)
        self.classifier = nn.Linear(image[0] // 32 * (image[1] // 32) * channels, 10)

    def forward(self, x):
        for layer in self.layers:
            x = self.f(layer(x)) if isinstance(layer, nn.BatchNorm2d) else layer(x)
        return self.classifier(flattened(x))


class ResNet(nn.Module):
    """He et al. 2016, section 4.2: 6n + 2 layers, shortcuts of option A."""

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride, f):
            super().__init__()
            self.convolution1, self.norm1 = convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
            self.convolution2, self.norm2 = convolution(outputs, outputs, 3), nn.BatchNorm2d(outputs)
            self.stride, self.more, self.f = stride, outputs - inputs, f

        def forward(self, x):
            inner = self.norm2(self.convolution2(self.f(self.norm1(self.convolution1(x)))))
            return self.f(inner + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more)))

    def __init__(self, image, depth, f):
        super().__init__()
        self.convolution, self.norm, self.f = convolution(image[2], 16, 3), nn.BatchNorm2d(16), f
        blocks, channels = [], 16
        for stage, outputs in enumerate((16, 32, 64)):
            for block in range((depth - 2) // 6):
                blocks.append(self.Block(channels, outputs, 2 if stage and not block else 1, f))
                channels = outputs
        self.blocks, self.classifier = nn.Sequential(*blocks), nn.Linear(channels, 10)

    def forward(self, x):
        return self.classifier(self.blocks(self.f(self.norm(self.convolution(x)))).mean((2, 3)))


class ResNet50(nn.Module):
    """He et al. 2016, table 1, 50 layers, with the stride in the 3 x 3 convolution as in torchvision; the projection comes first here."""

    class Block(nn.Module):
        def __init__(self, inputs, inner, stride, f):
            super().__init__()
            outputs = 4 * inner
            project = stride > 1 or inputs != outputs
            self.shortcut = nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)) if project else None
            self.convolution1, self.norm1 = convolution(inputs, inner, 1), nn.BatchNorm2d(inner)
            self.convolution2, self.norm2 = convolution(inner, inner, 3, stride), nn.BatchNorm2d(inner)
            self.convolution3, self.norm3 = convolution(inner, outputs, 1), nn.BatchNorm2d(outputs)
            self.f = f

        def forward(self, x):
            y = self.f(self.norm1(self.convolution1(x)))
            y = self.f(self.norm2(self.convolution2(y)))
            return self.f(self.norm3(self.convolution3(y)) + (self.shortcut(x) if self.shortcut else x))

    def __init__(self, image, f, classes=10):
        super().__init__()
        self.convolution, self.norm, self.f = convolution(image[2], 64, 7, 2), nn.BatchNorm2d(64), f
        blocks, channels = [], 64
        for stage, (count, inner) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
            for block in range(count):
                blocks.append(self.Block(channels, inner, 2 if stage and not block else 1, f))
                channels = 4 * inner
        self.blocks, self.classifier = nn.Sequential(*blocks), nn.Linear(channels, classes)

    def forward(self, x):
        x = F.max_pool2d(self.f(self.norm(self.convolution(x))), 3, 2, 1)
        return self.classifier(self.blocks(x).mean((2, 3)))


class WideResNet(nn.Module):
    """Zagoruyko and Komodakis 2016: pre-activation blocks, the projection of the activated map where sizes change."""

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride, f):
            super().__init__()
            self.norm1 = nn.BatchNorm2d(inputs)
            self.shortcut = convolution(inputs, outputs, 1, stride) if inputs != outputs else None
            self.convolution1 = convolution(inputs, outputs, 3, stride)
            self.norm2, self.convolution2, self.f = nn.BatchNorm2d(outputs), convolution(outputs, outputs, 3), f

        def forward(self, x):
            activated = self.f(self.norm1(x))
            inner = self.convolution2(self.f(self.norm2(self.convolution1(activated))))
            return inner + (self.shortcut(activated) if self.shortcut else x)

    def __init__(self, image, depth, width, f):
        super().__init__()
        self.convolution, self.f = convolution(image[2], 16, 3), f
        blocks, channels = [], 16
        for stage, base in enumerate((16, 32, 64)):
            for block in range((depth - 4) // 6):
                blocks.append(self.Block(channels, base * width, 2 if stage and not block else 1, f))
                channels = base * width
        self.blocks, self.norm, self.classifier = nn.Sequential(*blocks), nn.BatchNorm2d(channels), nn.Linear(channels, 10)

    def forward(self, x):
        return self.classifier(self.f(self.norm(self.blocks(self.convolution(x)))).mean((2, 3)))


def qfw(x):
    """The mined QFW (arXiv 2602.05688) over maps: statistics of each channel over images and places."""
    mean = x.mean((0, 2, 3), keepdim=True)
    deviation = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True).sqrt()
    a = torch.where(x >= mean, 0.08, 0.02)
    return x * (0.02 + 1 / (1 + a * (x - mean).abs() ** (1 + torch.exp(-deviation))))


def channel_softmax(x):
    """x times its share among the channels of its place."""
    return x * torch.softmax(x, 1)


def record(name, activation, formula, image, images, model):
    fill(model)
    shape = (images, *image)
    x = 1.7 * number(IMAGES, math.prod(shape)).reshape(shape).permute(0, 3, 1, 2)
    labels = torch.tensor([(7 * index + 3) % 10 for index in range(images)])
    model.train()
    logits = model(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    norms, along = [], 0.0
    for tensor, parameter in enumerate(model.parameters()):
        norms.append(parameter.grad.norm().item())
        along += (parameter.grad * own_order(parameter, number(DIRECTIONS + tensor, parameter.numel()))).sum().item()
    model.eval()
    with torch.no_grad():
        evaluated = model(x)
    return {
        "model": name,
        "activation": activation,
        "formula": formula,
        "image": image,
        "labels": labels.tolist(),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "loss": loss.item(),
        "training_logits": logits.flatten().tolist(),
        "evaluation_logits": evaluated.flatten().tolist(),
        "derivative": along,
        # More digits than tests hold them to would only be longer.
        "gradient_norms": [float(f"{norm:.11e}") for norm in norms],
    }


def cases():
    rgb = lambda side: (side, side, 3)
    for activation, f in ACTIVATIONS.items():
        yield "mlp-24-16", activation, activation, (5, 4, 2), 3, lambda image, f=f: Mlp(image, (24, 16), f)
        yield "cnn-8-12-16", activation, activation, (14, 14, 1), 3, lambda image, f=f: Cnn(image, (8, 12, 16), f)
        yield "vgg-11", activation, activation, rgb(32), 3, lambda image, f=f: Vgg(image, 11, f)
        yield "resnet-8", activation, activation, rgb(17), 3, lambda image, f=f: ResNet(image, 8, f)
        yield "resnet-20", activation, activation, rgb(16), 2, lambda image, f=f: ResNet(image, 20, f)
        yield "wrn-10-1", activation, activation, rgb(16), 3, lambda image, f=f: WideResNet(image, 10, 1, f)
        yield "wrn-16-2", activation, activation, rgb(14), 2, lambda image, f=f: WideResNet(image, 16, 2, f)
    yield "resnet-50", "silu", "silu", rgb(33), 3, lambda image: ResNet50(image, F.silu)
    yield "wrn-10-1", "qfw", "qfw", rgb(12), 3, lambda image: WideResNet(image, 10, 1, qfw)
    yield "resnet-8", "channel_softmax", "x * softmax(x)", rgb(12), 3, lambda image: ResNet(image, 8, channel_softmax)


def counts():
    """Parameters of the published sizes over 32 x 32 x 3 with 10 classes, for the table in architecture/sizes.rs."""
    rgb, f = (32, 32, 3), torch.relu
    for depth in (11, 16):
        yield f"vgg-{depth}", Vgg(rgb, depth, f)
        yield f"vgg-{depth} with biases", Vgg(rgb, depth, f, bias=True)
    for depth in (20, 56, 110):
        yield f"resnet-{depth}", ResNet(rgb, depth, f)
    for depth, width in ((16, 2), (28, 10), (40, 4), (40, 8), (16, 10)):
        yield f"wrn-{depth}-{width}", WideResNet(rgb, depth, width, f)
    yield "resnet-50 of 1000 classes", ResNet50((224, 224, 3), f, 1000)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for name, model in counts():
        print(name, sum(parameter.numel() for parameter in model.parameters()))
    recorded = [record(name, activation, formula, image, images, make(image)) for name, activation, formula, image, images, make in cases()]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in recorded)
    path = pathlib.Path(__file__).with_name("reference.json")
    path.write_text(f'{{"torch":"{torch.__version__}","cases":[\n{lines}\n]}}\n')
    print(f"{len(recorded)} cases, {path.stat().st_size} bytes")
