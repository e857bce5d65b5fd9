"""The record of an attack: a line of JSON a trial, so that an attack that was stopped goes on, and a table of what all came to."""

import collections
import json
import threading


class Trials:
    """The file of trials in a state folder. `held` trials found nothing, `fault` trials something, `skipped` ones cannot be made here."""

    def __init__(self, folder, about):
        self.path, self.lock = folder / "trials.jsonl", threading.Lock()
        self.made = {}
        about_path = folder / "attack.json"
        if about_path.exists() and json.loads(about_path.read_text()) != about:
            raise ValueError(f"{folder} holds the trials of another attack: {about_path.read_text().strip()}; give another --state")
        about_path.write_text(json.dumps(about) + "\n")
        self.about = about
        lines = self.path.read_text().split("\n") if self.path.exists() else []
        for line in lines[:-1]:
            trial = json.loads(line)
            self.made[trial["kind"], trial["number"]] = trial
        # A line that a kill cut off was not made.
        whole = "".join(line + "\n" for line in lines[:-1])
        self.path.write_text(whole)

    def is_made(self, kind, number):
        """Whether a trial need not be made again: one that was skipped is tried once more."""
        trial = self.made.get((kind, number))
        return trial is not None and trial["result"] != "skipped"

    def add(self, trial):
        """Writes down a trial."""
        with self.lock:
            self.made[trial["kind"], trial["number"]] = trial
            with self.path.open("a") as file:
                file.write(json.dumps(trial) + "\n")

    def summary(self):
        """What all trials came to, a document: by kind how many held, with the sums of their figures (of those called `most`, the largest), and every fault."""
        kinds = {}
        for (kind, _), trial in sorted(self.made.items()):
            told = kinds.setdefault(kind, {"trials": 0, "held": 0, "faults": 0, "skipped": 0, "of": collections.Counter(), "figures": {}})
            told["trials"] += 1
            told[{"held": "held", "fault": "faults", "skipped": "skipped"}[trial["result"]]] += 1
            told["of"][trial["figures"].get("of", "?")] += 1
            for name, number in trial["figures"].items():
                if isinstance(number, (int, float)) and name.startswith("most "):
                    told["figures"][name] = max(told["figures"].get(name, 0), number)
                elif isinstance(number, (int, float)):
                    told["figures"][name] = round(told["figures"].get(name, 0) + number, 6)
        faults = [trial for _, trial in sorted(self.made.items()) if trial["result"] == "fault"]
        reasons = sorted({trial["reason"] for trial in self.made.values() if trial["result"] == "skipped"})
        return {"attack": self.about, "kinds": kinds, "skipped": reasons, "faults": faults}


def table(summary):
    """A summary as text: a row a kind, then what was skipped, then every fault with how to make it again."""
    rows = [["kind", "trials", "held", "faults", "skipped", "figures"]]
    for kind, told in summary["kinds"].items():
        figures = ", ".join(f"{number:g} {name}" for name, number in told["figures"].items())
        rows.append([kind, *(str(told[name]) for name in ["trials", "held", "faults", "skipped"]), figures])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]
    lines += [f"skipped: {reason}" for reason in summary["skipped"]]
    for fault in summary["faults"]:
        lines += ["", f"FAULT in {fault['kind']} {fault['number']}: {fault['reason']}", f"  again: scripts/attack.sh {fault['again']}"]
        lines += [f"  kept: {fault['kept']}"] if fault.get("kept") else []
    return "\n".join(lines)
