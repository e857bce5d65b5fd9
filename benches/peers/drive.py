"""Trains the same networks in this engine and in other libraries, in turns on one core, and prints how many times longer the others take.

scripts/peers.sh calls it. Every participant is a process that lives through the whole comparison and answers each line of its input with a line of JSON:

    prepare DIMENSION DEPTH WIDTH BATCH STEPS NETWORKS FILE   reads the job and compiles what is to be compiled
    check                    trains from the initial parameters on the batches of FILE; gives each batch's loss before its update, network by network
    run MILLISECONDS         trains for at least this time; gives microseconds a step of one network
    formula TEXT             gives microseconds from the text of a new activation to the end of the first step with it
    write ... FILE           (this engine only) writes the numbers that all start from: f32, as peer.py reads them

What goes wrong is answered as {"problem": ...}; such a participant is left out with a line that says why, and the others go on. So is one that needs longer
than --timeout for an answer. A participant whose losses differ from this engine's by more than TOLERANCE is not timed, and the exit code is 1.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import random
import select
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# Inputs, hidden layers, width, batch.
SHAPES = [(3, 2, 32, 64), (3, 4, 32, 64), (4, 2, 64, 256), (4, 2, 128, 256), (4, 2, 256, 256)]
SHORT_SHAPES = [SHAPES[0], SHAPES[3]]
NETWORKS = 8
# The largest relative difference of any step's loss: f32 sums in another order, over at most 64 steps.
TOLERANCE = 1e-3
# Every C is replaced by digits that no earlier run has met, so that nothing can have been compiled before.
FORMULAS = [
    "x * sigmoid(1.C * x)",
    "tanh(x) * exp(-0.C * x * x)",
    "x * sigmoid(x) + 0.C * sin(3 * x)",
    "0.5 * x * (1 + tanh(0.8C * (x + 0.045 * x * x * x)))",
    "x / sqrt(1 + 0.C * x * x)",
    "x * erf(0.C * x)",
    "x / (1 + abs(0.C * x)) + 0.1 * sin(x)",
    "sin(0.C * x) + 0.5 * x",
]
OURS = "motherlode"
THREADS = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
}


class LeftOut(Exception):
    """A participant that cannot go on, with the reason."""


class Participant:
    def __init__(self, name, command, folder, timeout):
        self.name, self.timeout, self.pending = name, timeout, b""
        environment = os.environ | THREADS | {"TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor"), "TORCHINDUCTOR_COMPILE_THREADS": "1"}
        with open(folder / f"{name.replace(' ', '_')}.log", "wb") as log:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
            self.process = subprocess.Popen(command, env=environment, start_new_session=True, **pipes)
        self.version = self.answer()["version"]

    def ask(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError as problem:
            raise LeftOut(f"it has ended ({problem})") from problem
        return self.answer()

    def answer(self):
        deadline = time.monotonic() + self.timeout
        while b"\n" not in self.pending:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise LeftOut(f"no answer within {self.timeout} seconds")
            read = os.read(self.process.stdout.fileno(), 1 << 20)
            if not read:
                raise LeftOut("it ended without an answer")
            self.pending += read
        line, _, self.pending = self.pending.partition(b"\n")
        answer = json.loads(line)
        if "problem" in answer:
            raise LeftOut(answer["problem"].strip().splitlines()[0][:300])
        return answer

    def stop(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Comparison:
    def __init__(self, options):
        self.options, self.running, self.versions, self.left_out, self.disagreed = options, {}, {}, {}, False

    def start(self, commands):
        for name, command in commands.items():
            if command is None:
                self.leave_out(name, "its packages could not be had; the log is in the folder of the environments")
                continue
            try:
                participant = Participant(name, command, self.options.folder, self.options.timeout)
                self.running[name], self.versions[name] = participant, participant.version
            except (LeftOut, OSError) as problem:
                self.leave_out(name, problem)
        if OURS not in self.running:
            self.stop()
            sys.exit("this engine does not run: nothing to compare with")

    def leave_out(self, name, reason):
        print(f"LEFT OUT: {name}: {reason}", flush=True)
        self.left_out[name] = str(reason)
        if name in self.running:
            self.running.pop(name).stop()
        if name == OURS:
            self.stop()
            sys.exit("this engine does not run: nothing to compare with")

    def stop(self):
        for participant in self.running.values():
            participant.stop()

    def ask_all(self, line, order=None):
        """Every participant's answer; those that cannot answer are left out."""
        answers = {}
        for name in order or list(self.running):
            if name in self.running:
                try:
                    answers[name] = self.running[name].ask(line)
                except LeftOut as problem:
                    self.leave_out(name, problem)
        return answers

    def prepare(self, shape):
        """Hands out the job and holds everyone's losses to this engine's; gives the largest relative difference of each."""
        job = f"{' '.join(map(str, shape))} {64 if shape[3] == 64 else 8} {NETWORKS} {self.options.folder / 'job.f32'}"
        self.running[OURS].ask(f"write {job}")
        for name, answer in self.ask_all(f"prepare {job}").items():
            if answer.get("seconds", 0) > 1:
                print(f"  {name}: ready after {answer['seconds']:.0f} s", flush=True)
        losses = {name: answer["losses"] for name, answer in self.ask_all("check").items()}
        differences = {}
        for name, networks in losses.items():
            if name != OURS:
                pairs = [pair for network, ours in zip(networks, losses[OURS]) for pair in zip(network, ours)]
                differences[name] = max(difference(*pair) for pair in pairs)
                if not differences[name] <= TOLERANCE:
                    self.disagreed = True
                    self.leave_out(name, f"its losses differ from this engine's by {differences[name]:.1e} of their size, more than {TOLERANCE:.0e}")
        if differences:
            print("  losses agree to " + ", ".join(f"{worst:.0e} ({name})" for name, worst in differences.items()), flush=True)
        return differences

    def measure(self, lines, without=()):
        """The microseconds of every participant but some, turn by turn; who begins moves on with each turn."""
        turns = []
        for index, line in enumerate(lines):
            names = [name for name in self.running if name not in without]
            place = index % len(names)
            answers = self.ask_all(line, names[place:] + names[:place])
            turns.append({name: answer["microseconds"] for name, answer in answers.items()})
        return turns


def difference(theirs, ours):
    if theirs is None or ours is None or not math.isfinite(theirs):
        return math.inf
    return abs(theirs - ours) / max(abs(ours), 1e-6)


def quartiles(values):
    values = sorted(values)
    return [values[round(part * (len(values) - 1))] for part in (0.25, 0.5, 0.75)]


def summary(turns):
    """Of every participant: microseconds and ratio to this engine in the same turn, as quartiles."""
    results = {}
    for name in {name: None for turn in turns for name in turn}:
        both = [(turn[name], turn[OURS]) for turn in turns if name in turn and OURS in turn]
        results[name] = {"microseconds": quartiles([own for own, _ in both]), "ratio": quartiles([own / ours for own, ours in both])}
    return results


def shape_name(shape):
    dimension, depth, width, batch = shape
    return f"{dimension}-{f'{width}-' * depth}1, batch {batch}"


def short(value):
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def duration(microseconds):
    return f"{short(microseconds)} us" if microseconds < 1e3 else f"{short(microseconds / 1e3)} ms" if microseconds < 1e6 else f"{short(microseconds / 1e6)} s"


def table(heading, names, rows):
    """A Markdown table: this engine's time, then each peer's ratio with its quartiles."""
    peers = [name for name in names if name != OURS and any(name in results for _, results in rows)]
    lines = ["| " + " | ".join([heading, OURS, *peers]) + " |", "|---" * (len(peers) + 2) + "|"]
    for label, results in rows:
        cells = [duration(results[OURS]["microseconds"][1])]
        for name in peers:
            low, middle, high = results[name]["ratio"] if name in results else (0, 0, 0)
            cells.append(f"{short(middle)} ({short(low)} to {short(high)})" if name in results else "")
        lines.append("| " + " | ".join([label, *cells]) + " |")
    return "\n".join(lines)


def machine():
    name = platform.processor() or platform.machine()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", required=True, help="the built benchmark `peers`")
    parser.add_argument("--torch", help="a Python that has PyTorch")
    parser.add_argument("--jax", help="a Python that has JAX")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for logs, the job's numbers and what PyTorch has compiled")
    parser.add_argument("--short", action="store_true", help="two networks and few turns: minutes")
    parser.add_argument("--only", help="only networks whose name contains this, such as 4-128")
    parser.add_argument("--turns", type=int, help="turns a network [default: 51, short 7]")
    parser.add_argument("--milliseconds", type=int, default=20, help="the least length of a turn")
    parser.add_argument("--formulas", type=int, help="new formulas [default: all, short 2]")
    parser.add_argument("--core", type=int, help="the core that all run on [default: the last one]")
    parser.add_argument("--timeout", type=float, default=300, help="seconds that a participant may need for an answer, compiling included")
    parser.add_argument("--json", type=pathlib.Path, help="also write every turn to this file")
    return parser.parse_args()


def main():
    options = arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder = options.folder.resolve()
    core = None
    if hasattr(os, "sched_setaffinity"):
        core = options.core if options.core is not None else max(os.sched_getaffinity(0))
        # The participants inherit it.
        os.sched_setaffinity(0, {core})
    shapes = [shape for shape in (SHORT_SHAPES if options.short else SHAPES) if (options.only or "") in shape_name(shape)]
    if not shapes:
        sys.exit(f"no network's name contains `{options.only}`: " + "; ".join(map(shape_name, SHAPES)))
    turns = options.turns or (7 if options.short else 51)
    formulas = options.formulas or (2 if options.short else len(FORMULAS))

    def python(interpreter, script, form):
        return interpreter and [interpreter, str(HERE / script), form]

    comparison = Comparison(options)
    names = {
        OURS: [options.ours, OURS],
        "candle-nn": [options.ours, "candle-nn"],
        "PyTorch eager": python(options.torch, "torch_peer.py", "eager"),
        "torch.compile": python(options.torch, "torch_peer.py", "compile"),
        f"torch.compile + vmap, {NETWORKS} networks": python(options.torch, "torch_peer.py", "vmap"),
        "JAX jit + scan": python(options.jax, "jax_peer.py", "scan"),
        f"JAX jit + scan + vmap, {NETWORKS} networks": python(options.jax, "jax_peer.py", "vmap"),
    }
    try:
        comparison.start(names)
        print(f"on {machine()}, all on core {core}: " + "; ".join(f"{name} {version}" for name, version in comparison.versions.items()), flush=True)
        report = {"machine": machine(), "core": core, "versions": comparison.versions, "tolerance": TOLERANCE, "networks": [], "formulas": {}}
        steps_table, formulas_table = [], []
        for index, shape in enumerate(shapes):
            print(shape_name(shape), flush=True)
            differences = comparison.prepare(shape)
            measured = comparison.measure([f"run {options.milliseconds}"] * turns)
            steps_table.append((shape_name(shape), summary(measured)))
            entry = {"network": shape_name(shape), "differences": differences, "turns": measured, "summary": summary(measured)}
            report["networks"].append(entry)
            if index == 0:
                digits = random.SystemRandom()
                texts = [text.replace("C", str(digits.randrange(100001, 999999))) for text in FORMULAS[:formulas]]
                # A formula of candle-nn's is compiled into the program.
                measured = comparison.measure([f"formula {text}" for text in texts], without=["candle-nn"])
                formulas_table.append((f"{shape_name(shape)}: from a new formula's text to the end of the first step", summary(measured)))
                report["formulas"] = {"texts": texts, "turns": measured, "summary": summary(measured)}
        report["left_out"] = comparison.left_out
        print("\n" + table("time of a step; the others as multiples of it", list(names), steps_table))
        print("\n" + table("a new formula", list(names), formulas_table))
        print(f"\nMedians of {turns} interleaved turns (formulas: {formulas}) with their quartiles, on one core of {machine()}; with vmap for one network.")
        if options.json:
            options.json.write_text(json.dumps(report, indent=1) + "\n")
    finally:
        comparison.stop()
    return 1 if comparison.disagreed else 0


if __name__ == "__main__":
    sys.exit(main())
