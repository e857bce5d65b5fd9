"""The program under attack: how it is run and stopped, and what is right of any of its endings."""

import contextlib
import dataclasses
import json
import os
import shlex
import signal
import subprocess
import threading
import time

# docs/commands.md lists them.
DOCUMENTED = frozenset([0, 1, 2, 3, 130])
# Seconds after which a command that has not ended is taken to hang.
PATIENCE = 120.0
# A key that is planted wherever a model is asked.
KEY = "sk-planted-7Qx0+z/Wq4tRbN2mVhYd8LkJ"
KEY_VARIABLE = "MOTHERLODE_COMPATIBLE_API_KEY"


class Fault(Exception):
    """Something of the program that must not be, in words."""


class Skipped(Exception):
    """A trial that cannot be made here, with the reason."""


def check(holds, message):
    """A Fault where something does not hold."""
    if not holds:
        raise Fault(message)


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a command ended, and what it printed. `code` is negative for a signal and None where the command did not end in time."""

    command: tuple
    code: int | None
    printed: bytes
    said: bytes

    def __str__(self):
        lines = self.said.decode(errors="replace").strip().splitlines()
        telling = [line for line in lines if "panicked" in line or line.startswith("error:")] or lines[-1:] or ["nothing on standard error"]
        return f"`{shlex.join(self.command)}` ended with {self.code}: {ascii(telling[0])[1:-1][:300]}"

    def lines(self):
        """The whole lines of JSON that were printed; a last one that a kill cut off is none."""
        whole = self.printed[: self.printed.rfind(b"\n") + 1]
        try:
            return [json.loads(line) for line in whole.splitlines() if line.strip()]
        except ValueError as error:
            raise Fault(f"a line is no JSON ({error}); {self}") from None

    def document(self):
        """The one JSON document that was printed."""
        documents = self.lines()
        check(len(documents) == 1, f"{len(documents)} JSON documents were printed; {self}")
        return documents[0]

    def must(self, *codes):
        """This ending, held to everything that is promised of any, and to `codes` where some are named.

        A failure (1) and wrong usage (2) say so in one line: it begins with `error:`, or says that a campaign is PAUSED. Only where `1` is asked
        for by name there may be none, since commands that report what they found end with it too.
        """
        check(self.code is not None, f"hangs: {self}")
        check(b"panicked" not in self.said, f"panicked: {self}")
        check(self.code in DOCUMENTED, f"an ending that no document has: {self}")
        check(not codes or self.code in codes, f"wanted {' or '.join(map(str, codes))}: {self}")
        for stream in [self.printed, self.said]:
            check(not set(stream) & CONTROLS, f"control bytes reach the terminal: {self}")
            check(KEY.encode() not in stream, f"the key is printed: {self}")
        shown = self.said if "--json" in self.command else self.printed + self.said
        steering = sorted(set(shown.decode(errors="replace")) & STEERING)
        check(not steering, f"{ascii(steering)} reach the terminal: {self}")
        if self.code in (1, 2) and 1 not in codes:
            errors = [line for line in self.said.splitlines() if line.startswith(b"error:") or b": PAUSED, " in line]
            check(len(errors) == 1, f"{len(errors)} lines of standard error say what failed: {self}")
        return self


# What steers a terminal; the progress bar is drawn only on one.
CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n")
# What steers one that is shown to people; in JSON these may stand as they are.
STEERING = frozenset(map(chr, [*range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


class Running:
    """A command under way, whose output is read as it comes."""

    def __init__(self, command, environment):
        self.command = tuple(map(str, command))
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
        )
        self.printed, self.said = bytearray(), bytearray()
        self.arrived = threading.Condition()
        self.readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in [(self.process.stdout, self.printed), (self.process.stderr, self.said)]
        ]
        self.code, self.has_ended = None, threading.Event()
        for thread in [*self.readers, threading.Thread(target=self._await, daemon=True)]:
            thread.start()

    def _await(self):
        self.code = self.process.wait()
        self.has_ended.set()

    def _read(self, stream, into):
        while piece := os.read(stream.fileno(), 65536):
            with self.arrived:
                into.extend(piece)
                self.arrived.notify_all()
        with self.arrived:
            self.arrived.notify_all()

    def has_printed(self, count, word, patience=PATIENCE):
        """Waits until `word` was printed `count` times, the command has closed its output, or the patience is at its end."""
        with self.arrived:
            self.arrived.wait_for(lambda: self.printed.count(word) >= count or not self.readers[0].is_alive(), patience)

    def send(self, number):
        """Sends a signal, unless the command has ended."""
        self.process.send_signal(number)

    def megabytes(self):
        """The most memory that the command has taken so far; 0 where the system does not tell, or it has ended."""
        with contextlib.suppress(OSError):
            for line in open(f"/proc/{self.process.pid}/status", "rb"):
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) >> 10
        return 0

    def wait(self, patience=PATIENCE):
        """The ending; a command that outlasts the patience is killed."""
        in_time = self.has_ended.wait(patience)
        if not in_time:
            self.send(signal.SIGKILL)
            self.has_ended.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return Ending(self.command, self.code if in_time else None, bytes(self.printed), bytes(self.said))

    def kill_after(self, seconds, lines=0, word=b"\n"):
        """Lets `word` be printed `lines` times and `seconds` pass, and kills what has not ended by then: the ending, with -9 where it was."""
        if lines:
            self.has_printed(lines, word)
        self.pass_time(seconds)
        self.send(signal.SIGKILL)
        return self.wait()

    def pass_time(self, seconds):
        """Lets time pass, or less where the command ends: whether it has ended."""
        return self.has_ended.wait(seconds)


class Program:
    """A built motherlode, run with nothing of its user's: no keys, no proxies, no archive and no data but what a trial names."""

    def __init__(self, path, home):
        self.path = path
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
        self.environment = kept | {"HOME": str(home), KEY_VARIABLE: KEY}

    def start(self, arguments, environment=None):
        """Begins a command."""
        return Running([self.path, *arguments], self.environment | (environment or {}))

    def run(self, arguments, environment=None, patience=PATIENCE):
        """Runs a command to its end."""
        return self.start(arguments, environment).wait(patience)

    def has(self, *command):
        """Whether there is such a command."""
        return self.run([*command, "--help"]).code == 0
