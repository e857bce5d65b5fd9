"""Trains networks for images in this engine and in PyTorch, in turns on one core, and prints how many times longer PyTorch takes; then what a second worker
on a second core costs the first.

scripts/replay_speed.sh calls it. A training step is forward, backward and a step of SGD with Nesterov momentum and weight decay, in 32 bits, on a batch of
32 x 32 x 3 images. Every participant is a process that answers each line of its input with a line of JSON:

    write MODEL ACTIVATION BATCH FILE     (this engine only) writes the numbers that all start from, as f32: parameters, images, labels
    prepare MODEL ACTIVATION BATCH FILE   reads the job
    check STEPS                           trains from the start; gives the loss before each step
    run STEPS                             trains on; gives microseconds a step

The time that a process was on a core is read from the system, so that what others do on the machine shows in the wall clock alone. A participant whose losses
differ from this engine's by more than TOLERANCE is not timed, and the exit code is 1.
"""

import argparse
import json
import os
import pathlib
import sys

from drive import HERE, LeftOut, Participant, difference, machine, quartiles, short

MODELS = ["wrn-16-2", "resnet-20"]
ACTIVATIONS = ["relu", "silu"]
OURS = "motherlode"
# Of the loss before each of the first steps: sums in another order, in networks that take small differences further.
TOLERANCE, CHECKED = 2e-3, 4


def on_core(process):
    """Microseconds that all threads of a process have run."""
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e3


def turn(participant, steps):
    """Wall and processor microseconds of a step."""
    before = on_core(participant.process)
    wall = participant.ask(f"run {steps}")["microseconds"]
    return wall, (on_core(participant.process) - before) / steps


def together(participants, steps):
    """The same of several at a time."""
    before = [on_core(participant.process) for participant in participants]
    for participant in participants:
        participant.process.stdin.write(f"run {steps}\n".encode())
        participant.process.stdin.flush()
    walls = [participant.answer()["microseconds"] for participant in participants]
    return [(wall, (on_core(one.process) - start) / steps) for wall, one, start in zip(walls, participants, before)]


def median(values):
    return quartiles(values)[1]


class Comparison:
    def __init__(self, options, cores):
        self.options, self.cores, self.running, self.left_out, self.disagreed = options, cores, {}, {}, False

    def start(self, name, command, core):
        os.sched_setaffinity(0, {core})
        try:
            return Participant(name, command, self.options.folder, self.options.timeout)
        finally:
            os.sched_setaffinity(0, set(self.cores))

    def leave_out(self, name, reason):
        print(f"LEFT OUT: {name}: {reason}", flush=True)
        self.left_out[name] = str(reason)
        self.running.pop(name).stop()
        if name == OURS:
            sys.exit("this engine does not run: nothing to compare with")

    def ask_all(self, line):
        answers = {}
        for name in list(self.running):
            try:
                answers[name] = self.running[name].ask(line)
            except LeftOut as problem:
                self.leave_out(name, problem)
        return answers

    def job(self, model, activation):
        """Hands out a job and holds everyone's losses to this engine's; gives the largest relative difference of each."""
        words = f"{model} {activation} {self.options.batch} {self.options.folder / 'images.f32'}"
        self.running[OURS].ask(f"write {words}")
        self.ask_all(f"prepare {words}")
        losses = {name: answer["losses"] for name, answer in self.ask_all(f"check {CHECKED}").items()}
        differences = {name: max(map(difference, own, losses[OURS])) for name, own in losses.items() if name != OURS}
        for name, worst in differences.items():
            if not worst <= TOLERANCE:
                self.disagreed = True
                self.leave_out(name, f"its losses differ from this engine's by {worst:.1e} of their size, more than {TOLERANCE:.0e}")
        if differences:
            print("  losses agree to " + ", ".join(f"{worst:.0e} ({name})" for name, worst in differences.items()), flush=True)
        return differences

    def measure(self):
        """(wall, processor) of every participant, turn by turn; who begins moves on with each turn. The first turn is not counted."""
        turns = []
        for index in range(self.options.turns + 1):
            names = list(self.running)
            place = index % len(names)
            measured = {}
            for name in names[place:] + names[:place]:
                try:
                    measured[name] = turn(self.running[name], self.options.steps)
                except LeftOut as problem:
                    self.leave_out(name, problem)
            turns.append(measured)
        return turns[1:]

    def stop(self):
        for participant in self.running.values():
            participant.stop()


def two_workers(comparison, model, activation):
    """One worker alone and two at a time, in turns: [(alone, [first, second])], each (wall, processor)."""
    options, command = comparison.options, [comparison.options.ours, "participant"]
    workers = []
    try:
        for index, core in enumerate(comparison.cores[-2:]):
            worker = comparison.start(f"worker {index}", command, core)
            workers.append(worker)
            worker.ask(f"prepare {model} {activation} {options.batch} none")
            worker.ask("run 1")
        return [(turn(workers[index % 2], options.steps), together(workers, options.steps)) for index in range(options.turns)]
    finally:
        for worker in workers:
            worker.stop()


def table(heading, names, rows, kind):
    """A Markdown table of wall (kind 0) or processor (kind 1) times: this engine's milliseconds, then each peer's ratio in the same turn with quartiles."""
    peers = [name for name in names if name != OURS]
    lines = ["| " + " | ".join([heading, OURS, *peers]) + " |", "|---" * (len(peers) + 2) + "|"]
    for label, turns in rows:
        cells = [f"{short(median([own[OURS][kind] for own in turns]) / 1e3)} ms"]
        for name in peers:
            ratios = [own[name][kind] / own[OURS][kind] for own in turns if name in own]
            low, middle, high = quartiles(ratios) if ratios else (0, 0, 0)
            cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})" if ratios else "")
        lines.append("| " + " | ".join([label, *cells]) + " |")
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", required=True, help="the built benchmark `images`")
    parser.add_argument("--torch", help="a Python that has PyTorch")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for logs and the job's numbers")
    parser.add_argument("--models", nargs="+", default=MODELS, help=f"such as vgg-11 [default: {' '.join(MODELS)}]")
    parser.add_argument("--activations", nargs="+", default=ACTIVATIONS, choices=["relu", "silu", "gelu"])
    parser.add_argument("--batch", type=int, default=128, help="images a step [default: 128]")
    parser.add_argument("--turns", type=int, default=7, help="turns that are counted [default: 7]")
    parser.add_argument("--steps", type=int, default=2, help="steps a turn [default: 2]")
    parser.add_argument("--timeout", type=float, default=600, help="seconds that a participant may need for an answer")
    parser.add_argument("--json", type=pathlib.Path, help="also write every turn to this file")
    return parser.parse_args()


def main():
    options = arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder = options.folder.resolve()
    cores = sorted(os.sched_getaffinity(0))
    comparison = Comparison(options, cores)
    commands = {OURS: [options.ours, "participant"]}
    if options.torch:
        commands["PyTorch NCHW"] = [options.torch, str(HERE / "torch_images.py"), "nchw"]
        commands["PyTorch channels_last"] = [options.torch, str(HERE / "torch_images.py"), "channels_last"]
    report = {"machine": machine(), "core": cores[-1], "batch": options.batch, "steps": options.steps, "versions": {}, "networks": [], "workers": []}
    try:
        for name, command in commands.items():
            comparison.running[name] = comparison.start(name, command, cores[-1])
            report["versions"][name] = comparison.running[name].version
        print(f"on {machine()}, all on core {cores[-1]}: " + "; ".join(f"{name} {version}" for name, version in report["versions"].items()), flush=True)
        rows = []
        for model in options.models:
            for activation in options.activations:
                print(f"{model}, {activation}", flush=True)
                differences = comparison.job(model, activation)
                rows.append((f"{model}, {activation}", comparison.measure()))
                report["networks"].append({"model": model, "activation": activation, "differences": differences, "turns": rows[-1][1]})
        for kind, heading in enumerate(["a step by the wall clock", "a step on the core"]):
            print("\n" + table(heading + f", batch {options.batch}", list(commands), rows, kind))
        if len(cores) > 1:
            print(f"\n| two workers on cores {cores[-2]} and {cores[-1]} | alone | each of two | steps of two over steps of one |\n|---|---|---|---|")
            for model in options.models:
                turns = two_workers(comparison, model, options.activations[0])
                report["workers"].append({"model": model, "activation": options.activations[0], "turns": turns})
                for kind, clock in enumerate(["wall", "on its core"]):
                    alone = median([alone[kind] for alone, _ in turns])
                    both = median([one[kind] for _, two in turns for one in two])
                    gained = median([sum(alone[kind] / one[kind] for one in two) for alone, two in turns])
                    print(f"| {model}, {options.activations[0]}, {clock} | {short(alone / 1e3)} ms | {short(both / 1e3)} ms | {gained:.2f} |", flush=True)
        print(f"\nMedians of {options.turns} interleaved turns of {options.steps} steps, with quartiles, one thread each.")
        report["left_out"] = comparison.left_out
        if options.json:
            options.json.write_text(json.dumps(report, indent=1) + "\n")
    finally:
        comparison.stop()
    return 1 if comparison.disagreed else 0


if __name__ == "__main__":
    sys.exit(main())
