"""Attacks a built motherlode: kills, faults of the disk, damaged archives, hostile servers, power cuts. scripts/attack.sh is what calls it.

Ends with 0 only if nothing was lost, leaked, overspent or panicked, with 1 at any fault, with 2 at wrong usage.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import platform
import random
import shutil
import sys
import tempfile
import time
import traceback

import damages
import faults
import kills
import power_cuts
import servers
from program import Fault, Skipped
from trials import Trials, table
from workshop import Workshop

KINDS = {module.KIND: module for module in [kills, faults, damages, servers, power_cuts]}
# The short form: every kind of trial, few of each.
SHORT = {"kills": 10, "faults": 16, "damages": 12, "servers": 16, "power cuts": 2}


def options():
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="scripts/attack.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True, metavar="PATH", help="the built motherlode [default: it is built]")
    for kind, count in SHORT.items():
        name = kind.replace(" ", "-")
        parser.add_argument(f"--{name}", type=int, default=count, metavar="N", help=f"trials of {kind} [default: {count}]")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn at random follows from it [default: 1]")
    parser.add_argument("--state", type=pathlib.Path, metavar="FOLDER", help="keeps the trials, so that the attack can be gone on with")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), metavar="N", help="trials side by side [default: two a core]")
    parser.add_argument("--only", metavar="KIND:NUMBER", help="make one trial alone, such as faults:12, and keep its folder")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="where the summary is written too [default: in the state folder]")
    return parser.parse_args()


class Attack:
    """All trials of an attack, in one workshop."""

    def __init__(self, program, seed, state):
        self.seed, self.state = seed, state
        work = state / "work"
        power_cuts.unmount_left(work)
        shutil.rmtree(work, ignore_errors=True)
        self.workshop = Workshop(program, work)
        digest = hashlib.sha256(program.read_bytes()).hexdigest()[:16]
        version = self.workshop.program.run(["--version"]).printed.decode().strip()
        about = {"program": version, "sha256": digest, "seed": seed, "system": f"{platform.system()} {platform.machine()}"}
        self.trials = Trials(state, about)

    def make(self, kind, number, keep=False):
        """Makes one trial and writes it down; where it finds a fault, its folder is kept."""
        began = time.monotonic()
        # The words of a kind stand in folders' names, which stand in commands.
        name = f"{kind.replace(' ', '-')}-{number}"
        trial = {"kind": kind, "number": number, "result": "held", "figures": {}}
        with self.workshop.trial_folder(name) as folder:
            try:
                trial["figures"] = KINDS[kind].trial(self.workshop, number, random.Random(f"{self.seed} {kind} {number}"), folder)
            except Skipped as reason:
                trial |= {"result": "skipped", "reason": f"{kind}: {reason}"}
            except Fault as reason:
                trial |= {"result": "fault", "reason": str(reason)}
            except Exception:
                # A trial that fails in a way that its author did not foresee proves nothing, and must not pass for one that held.
                trial |= {"result": "fault", "reason": f"the trial itself failed: {traceback.format_exc(limit=-3)}"}
            if trial["result"] == "fault" or keep:
                kept = self.state / "kept" / name
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(folder, kept, symlinks=True)
                trial |= {"kept": str(kept), "again": f"--seed {self.seed} --only '{kind}:{number}'"}
        trial["seconds"] = round(time.monotonic() - began, 3)
        self.trials.add(trial)
        return trial


def attack(asked, state):
    """Makes what is asked for and not made yet: the summary."""
    made = Attack(asked.program.resolve(), asked.seed, state)
    if asked.only:
        kind, _, number = asked.only.rpartition(":")
        wanted = [(kind, int(number))]
    else:
        # Kinds take turns, so that those that wait run beside those that compute.
        counts = {kind: getattr(asked, kind.replace(" ", "_")) for kind in KINDS}
        wanted = sorted(((number + 0.5) / count, kind, number) for kind, count in counts.items() for number in range(count))
        wanted = [(kind, number) for _, kind, number in wanted if not made.trials.is_made(kind, number)]
    with concurrent.futures.ThreadPoolExecutor(max(1, asked.jobs)) as pool:
        under_way = [pool.submit(made.make, kind, number, bool(asked.only)) for kind, number in wanted]
        try:
            for done, future in enumerate(concurrent.futures.as_completed(under_way), 1):
                trial = future.result()
                if trial["result"] == "fault":
                    print(f"fault in {trial['kind']} {trial['number']}: {trial['reason']}", file=sys.stderr, flush=True)
                if done % 100 == 0:
                    print(f"{done} of {len(wanted)} trials", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    shutil.rmtree(made.workshop.folder, ignore_errors=True)
    return made.trials.summary()


def main():
    asked = options()
    if asked.only and (asked.only.rpartition(":")[0] not in KINDS or not asked.only.rpartition(":")[2].isdigit()):
        print(f"--only takes KIND:NUMBER with a kind of {', '.join(KINDS)}", file=sys.stderr)
        return 2
    if not os.access(asked.program, os.X_OK) or not asked.program.is_file():
        print(f"there is no motherlode at {asked.program}; build it first", file=sys.stderr)
        return 2
    passing = asked.state is None
    state = (asked.state or pathlib.Path(tempfile.mkdtemp(prefix="motherlode-attack-"))).resolve()
    state.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        summary = attack(asked, state)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"stopped; the same command with --state {state} goes on", file=sys.stderr)
        return 130
    summary["seconds"] = round(time.monotonic() - began, 1)
    for path in [state / "summary.json", *([asked.json] if asked.json else [])]:
        path.write_text(json.dumps(summary, indent=1) + "\n")
    print(table(summary))
    failed = bool(summary["faults"])
    print(f"{sum(told['trials'] for told in summary['kinds'].values())} trials in {summary['seconds']:.0f} s: " + ("FAULTS" if failed else "all held"))
    if passing and not failed and not asked.only:
        shutil.rmtree(state)
    else:
        print(f"kept: {state}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
