"""What the Python participants share: reading the job's numbers, and the loop that answers drive.py's commands."""

import array
import json
import sys
import time


class Job:
    """A fully connected network with one output, and the numbers that every participant starts from."""

    def __init__(self, words):
        *numbers, path = words
        self.dimension, self.depth, self.width, self.batch, self.steps, self.networks = map(int, numbers)
        fan_ins = [self.dimension] + [self.width] * self.depth
        fan_outs = [self.width] * self.depth + [1]
        # Weights (fan in x fan out) and bias of every layer.
        self.shapes = [shape for pair in zip(fan_ins, fan_outs) for shape in (pair, (pair[1],))]
        self.numbers = array.array("f")
        with open(path, "rb") as file:
            self.numbers.frombytes(file.read())

    def read(self, make):
        """Network by network (parameters, inputs, targets), each array made by `make(numbers, shape)`; a target is a row of one."""
        place = 0

        def take(*shape):
            nonlocal place
            size = 1
            for length in shape:
                size *= length
            place += size
            return make(self.numbers[place - size : place], shape)

        networks = []
        for _ in range(self.networks):
            parameters = [take(*shape) for shape in self.shapes]
            batches = [(take(self.batch, self.dimension), take(self.batch, 1)) for _ in range(self.steps)]
            networks.append((parameters, [inputs for inputs, _ in batches], [targets for _, targets in batches]))
        assert place == len(self.numbers), f"{len(self.numbers)} numbers in the file, {place} expected"
        return networks


def activation(text, functions):
    """The function of x that a formula's text says, with `functions` by name."""
    scope = dict(functions)
    exec(f"def activation(x):\n    return {text}\n", scope)
    return scope["activation"]


def serve(participant, version):
    """Answers commands until the input ends.

    `participant` has prepare(job), check() -> losses, start() -> call, and formula(text): a call makes `participant.calls` steps of each of
    `participant.trained` networks and returns when they are done.
    """
    answer = sys.stdout
    # Whatever a library prints must not stand between the answers.
    sys.stdout = sys.stderr

    def say(value):
        answer.write(json.dumps(value) + "\n")
        answer.flush()

    say({"version": version})
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "prepare":
                start = time.perf_counter()
                participant.prepare(Job(rest.split()))
                say({"seconds": time.perf_counter() - start})
            elif command == "check":
                say({"losses": participant.check()})
            elif command == "run":
                say({"microseconds": microseconds(participant, float(rest) / 1e3)})
            elif command == "formula":
                start = time.perf_counter()
                participant.formula(rest)
                say({"microseconds": (time.perf_counter() - start) * 1e6})
            else:
                say({"problem": f"`{line.strip()}` is no command"})
        except Exception as problem:  # whatever a library raises is this participant's result
            say({"problem": f"{type(problem).__name__}: {problem}"})


def microseconds(participant, seconds):
    """Microseconds a step of one network, from the initial parameters on; one call is made before the clock starts."""
    call = participant.start()
    call()
    calls, start = 0, time.perf_counter()
    while calls == 0 or time.perf_counter() - start < seconds:
        call()
        calls += 1
    return (time.perf_counter() - start) * 1e6 / (calls * participant.calls * participant.trained)
