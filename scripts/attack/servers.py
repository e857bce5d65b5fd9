"""Servers: a model's server answers hostilely, for a while or for ever; the campaign must end, keep the budget, and keep the key to itself."""

import json
import signal
import time

import replies
import views
from jobs import hold_ledgers
from program import Fault, check
from server import Server, honest

KIND = "servers"
BUDGET = 0.5
ATTEMPTS = 4
# Seconds after which a campaign that still waits for its server is interrupted, and those within which it must then end.
WAITING, ENDING = 3.0, 20.0
# What a campaign of so few attempts may take, whatever is sent to it.
MEGABYTES = 400


def trial(workshop, number, draw, folder):
    """Mines with a server whose first answers, or all, are hostile; interrupts what waits, twice, as a user would."""
    one = replies.ALL[number % len(replies.ALL)]
    hostile = replies.drawn(one, draw)
    how_many = draw.choice([1, 2, 3, 10**9])
    paid = draw.random() < 0.7

    def answer(server, connection, request):
        return (hostile if request.number < how_many else honest)(server, connection, request)

    archive = folder / "archive"
    with Server() as elsewhere, Server(answer) as server:
        server.elsewhere = elsewhere
        budget = ["--budget-usd", BUDGET, "--yes"] if paid else []
        settings = ["--lab", workshop.lab, "--seed", number + 1, "--attempts", ATTEMPTS, "--champions", 0, "--name", "c", "--archive", archive]
        running = workshop.program.start(["mine", "--model", server.model(price=paid), *budget, *settings])
        interrupted, most = 0, 0
        for patience in [WAITING, 2.0, ENDING]:
            until = time.monotonic() + patience
            while time.monotonic() < until and not running.pass_time(0.05):
                most = max(most, running.megabytes())
            if patience != ENDING and not running.has_ended.is_set():
                running.send(signal.SIGINT)
                interrupted += 1
        ending = running.wait(0)
        (folder / "printed.txt").write_bytes(ending.printed)
        (folder / "said.txt").write_bytes(ending.said)
        check(ending.code is not None, f"still runs {ENDING:g} s after two interrupts: {ending}")
        ending.must()
        check(not elsewhere.requests, "a redirect was followed: the request and its key went elsewhere")
        check(most < MEGABYTES, f"{most} MB of memory were taken: {ending}")
        said = [ending.printed, ending.said]
        if archive.exists():
            said += looked_through(workshop.program, archive, server, BUDGET if paid else None)
        hold_secret(said)
        figures = {"hostile requests": min(how_many, len(server.requests)), "interrupted": interrupted}
        return {"of": one.__name__.replace("_", " "), **figures, "most megabytes": most}


def looked_through(program, archive, server, budget):
    """Everything that the archive shows and exports, its ledger held to the server: the texts."""
    said = [path.read_bytes() for path in sorted((archive / "export").glob("*"))] if (archive / "export").exists() else []
    listed = program.run(["archive", "list", "--archive", archive, "--json"]).must()
    if listed.code != 0 or not listed.document()["campaigns"]:
        return [*said, listed.printed, listed.said]
    if budget:
        hold_ledgers([views.spend(program, archive, "c")], server, budget)
    commands = [["archive", "attempts", "c"], ["archive", "attempts", "c", "--json"], ["spend", "c"], ["prompt", "show", "--campaign", "c", "--attempt", 1]]
    for attempt in views.attempts(program, archive, "c")[:2]:
        if attempt["id"]:
            commands += [["archive", "show", attempt["id"]], ["archive", "show", attempt["id"], "--json"]]
    for command in commands:
        ending = program.run([*command, "--archive", archive]).must()
        said += [ending.printed, ending.said]
    return said


def hold_secret(said):
    """A Fault where a text holds the key, in plain or so that it can be read again, in itself or in a string of its JSON."""
    needles = {spelling: text for spelling, text in replies.spellings().items()}
    for text in said:
        whole = text.decode(errors="replace")
        for reading in [whole, *strings_of(whole)]:
            for spelling, needle in needles.items():
                if needle in reading or (spelling == "hexadecimal" and needle in reading.lower()):
                    place = reading.index(needle) if needle in reading else 0
                    raise Fault(f"the key is kept or shown ({spelling}): {ascii(reading[max(0, place - 80) : place + 40])}")


def strings_of(text):
    """Every string of the JSON in a text, a document or a line each, decoded."""
    found = []

    def walk(value):
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for name, part in value.items():
                found.append(name)
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    for line in text.splitlines():
        if line[:1] in "{[":
            try:
                walk(json.loads(line))
            except (ValueError, RecursionError):
                # A table or a cut line: read as the text it is.
                continue
    return found
