"""Power cuts: a file system of its own, shut down under the program so that nothing unsynchronised stays, mounted again and looked at."""

import fcntl
import os
import shutil
import struct
import subprocess

from jobs import Asking, Mining, Replay
from program import Skipped

KIND = "power cuts"
MEGABYTES = 96
# _IOR('X', 125, __u32) of Linux, and its flag that leaves the journal as it is.
EXT4_IOC_SHUTDOWN, NOLOGFLUSH = 0x8004587D, 2
OPTIONS = ["loop,commit=1", "loop", "loop,nodelalloc", "loop,data=writeback"]


class Disk:
    """An ext4 file system in a file, mounted from the beginning of a `with` to its end."""

    def __init__(self, folder, options):
        self.file, self.place, self.options = folder / "disk.ext4", folder / "disk", options

    def __enter__(self):
        with self.file.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        self.place.mkdir()
        ordered("mkfs.ext4", "-q", "-F", self.file)
        self.mount()
        return self

    def mount(self):
        ordered("mount", "-o", self.options, self.file, self.place)

    def cut(self):
        """Ends all writing to the disk, without what was not synchronised."""
        place = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(place, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(place)

    def mount_again(self):
        """As when the power is back: the file system mends itself from its journal."""
        ordered("umount", self.place)
        self.mount()

    def __exit__(self, *_):
        if subprocess.run(["umount", self.place], capture_output=True).returncode != 0:
            subprocess.run(["umount", "-l", self.place], capture_output=True)


def unmount_left(folder):
    """Unmounts what an attack that was killed has left mounted in a folder."""
    try:
        places = [line.split()[1] for line in open("/proc/mounts")]
    except OSError:
        return
    for place in places:
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", place], capture_output=True)


def ordered(*command):
    """Runs a tool; Skipped where it refuses."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"no disk can be mounted here: {' '.join(map(str, command[:1]))} says {done.stderr.strip()[:200]}")


def possible(workshop):
    """Skipped where a disk cannot be made, mounted and shut down."""
    if os.geteuid() != 0:
        raise Skipped("this needs root, to mount a disk")
    for tool in ["mkfs.ext4", "mount", "umount", "sync"]:
        if not shutil.which(tool):
            raise Skipped(f"there is no {tool} here")

    def attempt():
        with Disk(workshop.spare_folder(), OPTIONS[0]) as disk:
            try:
                disk.cut()
            except OSError as error:
                raise Skipped(f"ext4 is not shut down here: {error}") from None

    workshop.once("a disk", attempt)


def trial(workshop, number, draw, folder):
    """Cuts the power of a job once or twice, and carries it to its end."""
    possible(workshop)
    job = [Mining(), Asking(budget=2.0), Replay(), Mining(attempts=60, champions=0)][number % 4]
    seconds = workshop.undisturbed(job).seconds
    with Disk(folder, draw.choice(OPTIONS)) as disk, job.opened(workshop, disk.place) as work:
        cuts = draw.choice([1, 1, 2])
        for _ in range(cuts):
            arguments = work.arguments()
            # What this script laid beside the archive is no promise of the program.
            ordered("sync", "-f", disk.place)
            running = workshop.program.start(arguments)
            running.pass_time(draw.uniform(0, seconds))
            disk.cut()
            # What runs on sees a disk that fails; it is left to end by itself, which must be an orderly end.
            ending = running.wait().must()
            disk.mount_again()
            work.note(ending)
        work.finish()
        return {"of": job.name, "cuts": cuts, **work.figures()}
