"""What an archive shows of itself, and what its files hold: both are compared before and after an attack."""

import hashlib
import json

from program import Fault, check

# What tells when a command ran, or where.
MOMENTS = ("created", "wall_s", "archive")


def timeless(value):
    """A document without what tells when and where it was made."""
    if isinstance(value, dict):
        return {name: timeless(part) for name, part in value.items() if name not in MOMENTS}
    return [timeless(part) for part in value] if isinstance(value, list) else value


def attempts(program, archive, campaign):
    """The attempts of a campaign as they are shown, a line each."""
    return program.run(["archive", "attempts", campaign, "--archive", archive, "--json"]).must(0).lines()


def spend(program, archive, campaign):
    """The ledger of a campaign as it is shown."""
    return program.run(["spend", campaign, "--archive", archive, "--json"]).must(0).document()


def shown(program, archive):
    """Everything of an archive that the commands show: its campaigns, and of each the attempts, the ledger, and its best and last formulas whole.

    The archive is opened, so whoever must not change it shows a copy.
    """
    listed = program.run(["archive", "list", "--archive", archive, "--json"]).must(0).document()
    views = {"list": listed["campaigns"]}
    for campaign in listed["campaigns"]:
        name = campaign["campaign"]
        views[f"attempts of {name}"] = made = attempts(program, archive, name)
        views[f"spend of {name}"] = spend(program, archive, name)
        formulas = [attempt["id"] for attempt in made if attempt["fitness"] is not None]
        best = campaign["best"] and campaign["best"]["id"]
        for one in sorted({formula for formula in [best, *formulas[-2:]] if formula}):
            arguments = ["archive", "show", one, "--campaign", name, "--archive", archive, "--json"]
            views[f"{one} of {name}"] = program.run(arguments).must(0).document()
    return views


def held_to(wanted, found, what):
    """A Fault that names the first view in which two showings of an archive differ."""
    for name in [*wanted, *(name for name in found if name not in wanted)]:
        if wanted.get(name) != found.get(name):
            raise Fault(f"{what}: `{name}` differs: {difference(wanted.get(name), found.get(name))}")


def difference(wanted, found):
    """Where two documents differ first, with both values, in words."""
    if isinstance(wanted, list) and isinstance(found, list):
        for place, (one, other) in enumerate(zip(wanted, found)):
            if one != other:
                return f"at {place}, {difference(one, other)}"
        return f"{len(wanted)} of them before, {len(found)} now"
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in [*wanted, *(name for name in found if name not in wanted)]:
            if wanted.get(name) != found.get(name):
                return f"{name}, {difference(wanted.get(name), found.get(name))}"
    return f"{json.dumps(wanted, default=repr)[:160]} before, {json.dumps(found, default=repr)[:160]} now"


def contents(folder, aside=("LOCK",)):
    """The hash of every file in a folder by its path; links by where they lead, folders as such; without the names that are set aside."""
    held = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.name in aside:
            continue
        if path.is_symlink():
            held[name] = f"link to {path.readlink()}"
        elif path.is_dir():
            held[name] = "folder"
        else:
            held[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return held


def unchanged(before, folder, what):
    """A Fault where a folder's files are not those of `before`, as `contents` gave them; only further copies may have been laid aside."""
    now = contents(folder)
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    changed = [name for name in changed if name in before or name.split("/")[0] != "copies"]
    check(not changed, f"{what} changed {', '.join(changed[:6])}")
