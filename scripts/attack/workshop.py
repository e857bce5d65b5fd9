"""What all trials share: the program, the lab, image sets, archives to be harmed, and what undisturbed commands come to."""

import contextlib
import dataclasses
import pathlib
import random
import shutil
import struct
import tempfile
import threading
import time

from program import Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A lab so small that a trial takes about a millisecond.
LAB = ROOT / "tests/spec/labs/tiny.toml"


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """What a job comes to where nothing disturbs it, and the seconds that it takes."""

    outcome: dict
    seconds: float


class Workshop:
    """A folder in which trials are made, and what they have in common, made once by whichever trial needs it first."""

    def __init__(self, program, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        self.program = Program(program, self.folder / "home")
        self.lab = LAB
        self._made, self._locks, self._lock = {}, {}, threading.Lock()

    def once(self, name, make):
        """What `make` gives; it is called once for each name, and others who ask for that name wait."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    @contextlib.contextmanager
    def trial_folder(self, name):
        """An empty folder of a trial; who uses it moves it away before the end to keep it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def spare_folder(self):
        """A new empty folder that stays until the workshop goes."""
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder, prefix="made-"))

    def undisturbed(self, job):
        """What the job comes to where nothing disturbs it; found once for all jobs of its name."""

        def find():
            folder = self.spare_folder()
            with job.opened(self, folder) as work:
                began = time.monotonic()
                ending = self.program.run(work.arguments()).must(*job.codes)
                return Undisturbed(work.outcome(ending), time.monotonic() - began)

        return self.once(f"undisturbed {job.name}", find)

    def can_repair(self):
        """Whether the program verifies and repairs archives."""
        return self.once("can repair", lambda: self.program.has("archive", "repair") and self.program.has("archive", "verify"))

    def pictures(self):
        """A folder with small images as IDX files, whose classes can be told."""
        return self.once("pictures", lambda: write_pictures(self.spare_folder(), 8, 600, 100))

    def many_pictures(self):
        """As `pictures`, large enough that an import takes a while."""
        return self.once("many pictures", lambda: write_pictures(self.spare_folder(), 28, 4000, 500))

    def data(self):
        """A folder of image sets that holds the set `toy`."""

        def make():
            folder = self.spare_folder()
            self.program.run(["data", "import", "toy", self.pictures(), "--data", folder]).must(0)
            return folder

        return self.once("data", make)


def write_pictures(folder, side, training, testing):
    """Writes square images whose class is where they are bright, as four IDX files: the folder."""
    draw = random.Random(1)
    for part, count in [("train", training), ("t10k", testing)]:
        labels = bytes(draw.randrange(10) for _ in range(count))
        images = bytearray()
        for label in labels:
            dark = bytearray(draw.randbytes(side * side).translate(DARKER))
            for row in range(side // 2):
                dark[row * side + label * side // 10] = 250
            images += dark
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, side, side) + images)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)
    return folder


DARKER = bytes(byte // 3 for byte in range(256))


def copy(source, target):
    """Copies a folder, links as links."""
    shutil.copytree(source, target, symlinks=True)
    return target

