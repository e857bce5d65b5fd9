"""Faults: one system call on the program's files fails, or all of a kind from one on; then the fault is gone."""

import errno
import shutil
import struct
import subprocess

from archives import Reading, Repair, a_closed_archive, a_killed_archive
from jobs import Asking, Import, Mining, Replay, StoppedMining, Transfer
from program import Skipped, check
from workshop import ROOT

KIND = "faults"
SHIM = ROOT / "scripts/attack/shim.c"
# The kinds of calls in the order of the shim, each with what it fails with.
CALLS = {
    "open": [errno.EIO, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EMFILE],
    "read": [errno.EIO],
    "write": [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG],
    "fsync": [errno.EIO, errno.ENOSPC, errno.EINVAL],
    "fdatasync": [errno.EIO, errno.ENOSPC],
    "sync_file_range": [errno.EIO, errno.ENOSPC, errno.ENOSYS],
    "rename": [errno.EIO, errno.EACCES, errno.EROFS, errno.ENOSPC],
    "unlink": [errno.EIO, errno.EACCES, errno.EROFS],
    "mkdir": [errno.EACCES, errno.EROFS, errno.ENOSPC],
    "ftruncate": [errno.EIO, errno.ENOSPC],
    "flock": [errno.ENOLCK, errno.EIO],
    "list": [errno.EIO, errno.EACCES],
    "copy": [errno.EIO, errno.ENOSPC],
}
MODES = ["once", "once", "on"]


def jobs(workshop):
    """What meets the fault."""
    return [
        Mining(),
        StoppedMining(),
        Asking(budget=2.0),
        Replay(),
        Reading(a_closed_archive),
        Import(),
        Reading(a_killed_archive),
        Transfer(),
        *([Repair()] if workshop.can_repair() else []),
    ]


def shim(workshop):
    """The built shim; Skipped where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise Skipped("there is no C compiler here")

    def build():
        built = workshop.folder / "shim.so"
        done = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, SHIM, "-ldl"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped(f"the shim does not compile here: {done.stderr.strip().splitlines()[-1:]}")
        return built

    return workshop.once("shim", build)


def counted(path):
    """How many calls of each kind there were, and how many of them failed."""
    numbers = struct.unpack(f"{len(CALLS) + 1}q", path.read_bytes())
    return dict(zip(CALLS, numbers)), numbers[-1]


def watched(workshop, job, built):
    """How many calls of each kind the job makes undisturbed."""

    def watch():
        folder = workshop.spare_folder()
        counts = folder / "counts"
        with job.opened(workshop, folder) as work:
            ending = workshop.program.run(work.arguments(), surroundings(built, folder, counts))
            ending.must(*job.codes)
        return counted(counts)[0]

    return workshop.once(f"calls of {job.name}", watch)


def surroundings(built, folder, counts):
    """The environment in which the shim watches the files of a folder."""
    return {"LD_PRELOAD": str(built), "ATTACK_PATH": str(folder) + "/", "ATTACK_COUNTS": str(counts)}


def trial(workshop, number, draw, folder):
    """Lets a call fail under a job, then carries the job to its end without the fault."""
    built = shim(workshop)
    choices = jobs(workshop)
    job = choices[number % len(choices)]
    calls = watched(workshop, job, built)
    # Frequent calls more often than rare ones, but not by as much as they are more frequent.
    call = draw.choices(list(calls), [count**0.5 for count in calls.values()])[0]
    at = draw.randint(1, calls[call])
    mode = draw.choice([*MODES, *(["short"] if call == "read" else ["short", "torn"] if call == "write" else [])])
    error = draw.choice(CALLS[call])
    what = f"{job.name}, where {call} {at} of {calls[call]} fails ({errno.errorcode[error]}, {mode})"
    counts = folder / "counts"
    fault = {"ATTACK_KIND": str(list(CALLS).index(call)), "ATTACK_AT": str(at), "ATTACK_ERROR": str(error), "ATTACK_MODE": mode}
    (folder / "fault.txt").write_text(f"{what}\n{fault}\n")
    with job.opened(workshop, folder) as work:
        ending = workshop.program.run(work.arguments(), surroundings(built, folder, counts) | fault)
        ending.must()
        check(mode != "short" or ending.code in job.codes, f"a short {call} is no failure, and was taken for one: {ending}")
        work.note(ending)
        work.finish()
        failed = counted(counts)[1]
        return {"of": job.name, "call": f"{call} {errno.errorcode[error]} {mode}", "calls failed": failed, "passed over": int(failed > 0 and ending.code in job.codes), **work.figures()}
