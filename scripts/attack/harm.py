"""Harm to files: bits that flip, ends and blocks that go, files that are removed or come from another time.

Each takes the file, the draw of the trial, and the file as it was at an earlier time, or None.
"""

import re
import shutil

# Of a file by the kind of its name; what is not listed is a kind of its own.
KINDS = [
    (r"sled/db", "database"),
    (r"sled/snap\..*", "snapshot"),
    (r"sled/conf", "sled's settings"),
    (r"export/replay\.cells\.jsonl", "export of benchmark runs"),
    (r"export/.*\.confirmations\.jsonl", "export of confirmations"),
    (r"export/.*\.open\.jsonl", "export of what is under way"),
    (r"export/.*\.charter\.json", "exported charter"),
    (r"export/.*\.founders\.json", "exported founders"),
    (r"export/.*\.conclusion\.json", "exported conclusion"),
    (r"export/.*\.jsonl", "export of attempts"),
    (r"checkpoints/.*", "checkpoint"),
    (r"fields/.*", "field"),
]
BLOCK = 4096


def kind_of(name):
    """The kind of an archive's file."""
    return next((kind for pattern, kind in KINDS if re.fullmatch(pattern, name)), name)


def files_by_kind(folder):
    """The files of an archive by kind; without those that hold nothing, the lock among them."""
    kinds = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name != "LOCK" and path.stat().st_size:
            kinds.setdefault(kind_of(name), []).append(path)
    return kinds


def flip(path, draw, earlier):
    """One bit is another, or sixteen are."""
    data = bytearray(path.read_bytes())
    for _ in range(draw.choice([1, 1, 1, 16])):
        data[draw.choice(written(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def cut(path, draw, earlier):
    """The end is lost, much of it or a few bytes."""
    data = path.read_bytes()
    end = len(data.rstrip(b"\0")) or len(data)
    path.write_bytes(data[: draw.choice([draw.randrange(end), end - 1 - draw.randrange(min(end, 40))])])


def zeros(path, draw, earlier):
    """A block reads as zeros."""
    data = bytearray(path.read_bytes())
    begin = draw.choice(written(data)) // 512 * 512
    end = min(begin + draw.choice([512, BLOCK]), len(data))
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)


def garbage(path, draw, earlier):
    """A few bytes, or a block, are anything."""
    data = bytearray(path.read_bytes())
    begin = draw.choice(written(data))
    piece = draw.randbytes(min(draw.choice([8, 512, BLOCK]), len(data) - begin))
    data[begin : begin + len(piece)] = piece
    path.write_bytes(data)


def emptied(path, draw, earlier):
    """Nothing is left in the file."""
    path.write_bytes(b"")


def removed(path, draw, earlier):
    """The file is gone."""
    path.unlink()


def swapped(path, draw, earlier):
    """The file as it was at an earlier time, or a neighbour's content where there was none."""
    neighbours = [other for other in sorted(path.parent.iterdir()) if other.is_file() and other != path]
    source = earlier if earlier and earlier.exists() and earlier.read_bytes() != path.read_bytes() else draw.choice(neighbours or [path])
    path.write_bytes(source.read_bytes())


def half_line(path, draw, earlier):
    """A last line that was begun and not ended."""
    data = path.read_bytes()
    last = data.splitlines()[-1] if data.strip() else b'{"attempt":1}'
    path.write_bytes(data + last[: draw.randint(1, len(last) - 1)])


def folder_removed(path, draw, earlier):
    """The whole folder of the file is gone."""
    shutil.rmtree(path.parent)


def written(data):
    """The places of a file that hold something: between its first byte and the last that is not zero."""
    return range(len(data.rstrip(b"\0")) or len(data))


HARMS = [flip, cut, zeros, garbage, emptied, removed, swapped]


def harms_of(kind):
    """What can be done to a file of a kind."""
    more = [half_line] if kind.startswith("export of") else []
    more += [folder_removed] if kind in ("database", "export of attempts") else []
    return [*HARMS, *more]
