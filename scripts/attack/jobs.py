"""What the program is doing when it is attacked, and what it has acknowledged by then: campaigns, replays, transfers, imports, readings."""

import contextlib
import shutil

import views
from program import KEY, check
from server import DOLLARS, Server
from workshop import LAB, copy

CAMPAIGN = "c"
# The account of what no campaign came of.
CHECKUPS = "doctor"


class Work:
    """A job begun in a folder: disturbed any number of times, then carried to its end, it comes to what it would have come to undisturbed."""

    def __init__(self, job, workshop, folder):
        self.job, self.workshop, self.program, self.folder = job, workshop, workshop.program, folder
        self.archive = folder / "archive"

    def arguments(self):
        """The command that begins the job, or goes on with it."""
        raise NotImplementedError

    def note(self, ending):
        """Takes down what a command acknowledged before it ended, and holds what is on disk to all that was acknowledged so far."""

    def outcome(self, ending):
        """What the job came to, once it is at its end."""
        return {"printed": views.timeless(ending.lines())}

    def finish(self):
        """Carries the job to its end, undisturbed, and holds it to what it comes to when nothing ever disturbs it: the ending."""
        ending = self.program.run(self.arguments()).must(*self.job.codes)
        self.note(ending)
        views.held_to(self.workshop.undisturbed(self.job).outcome, self.outcome(ending), f"{self.job.name}, carried to its end, is not as undisturbed")
        return ending

    def figures(self):
        """What the trial came to in numbers."""
        return {}

    def looked_at(self):
        """A copy of the archive, so that looking at it changes nothing for who goes on with it."""
        shutil.rmtree(self.folder / "looked-at", ignore_errors=True)
        return copy(self.archive, self.folder / "looked-at")


class MiningWork(Work):
    """A campaign; each line of an attempt that was printed acknowledges it, and the first line the campaign itself."""

    def __init__(self, job, workshop, folder):
        super().__init__(job, workshop, folder)
        self.acknowledged, self.begun = {}, False

    def arguments(self):
        more = ["--json", "--workers", self.job.workers, "--archive", self.archive, "--yes"]
        if self.begun or self.is_there():
            return ["mine", "--resume", CAMPAIGN, *more]
        settings = ["--lab", LAB, "--seed", 6, "--attempts", self.job.attempts, "--champions", self.job.champions, "--name", CAMPAIGN]
        return ["mine", *settings, *more, *self.models()]

    def models(self):
        """The options that name who is asked."""
        return []

    def is_there(self):
        """Whether the archive has the campaign."""
        if not self.archive.exists():
            return False
        ending = self.program.run(["archive", "list", "--json", "--archive", self.looked_at()]).must()
        return ending.code == 0 and any(one["campaign"] == CAMPAIGN for one in ending.document()["campaigns"])

    def note(self, ending):
        for event in ending.lines():
            self.begun |= event.get("event") == "started"
            if event.pop("event", None) == "attempt":
                known = self.acknowledged.setdefault(event["attempt"], event)
                check(known == event, f"attempt {event['attempt']} is printed again, otherwise: {views.difference(known, event)}")
        if self.begun:
            self.hold(self.looked_at())

    def hold(self, archive):
        """Holds a copy of the archive to what was acknowledged."""
        found = {one["attempt"]: one for one in views.attempts(self.program, archive, CAMPAIGN)}
        lost = sorted(self.acknowledged.keys() - found.keys())
        check(not lost, f"acknowledged attempts are lost: {lost}")
        for number, attempt in self.acknowledged.items():
            check(found[number] == attempt, f"attempt {number} was changed: {views.difference(attempt, found[number])}")

    def figures(self):
        return {"acknowledged": len(self.acknowledged)}

    def outcome(self, ending):
        finished = next(one for one in ending.lines() if one.get("event") == "finished")
        kept = ("stop_reason", "attempts", "candidates", "rejections", "best", "champions", "confirmation", "baselines")
        confirmations = self.archive / "export" / f"{CAMPAIGN}.confirmations.jsonl"
        return {
            "attempts": views.attempts(self.program, self.archive, CAMPAIGN),
            "finished": {name: finished.get(name) for name in kept},
            "confirmations": confirmations.read_text() if confirmations.exists() else "",
        }


class Mining:
    """A campaign of the genetic proposer."""

    codes = (0,)

    def __init__(self, attempts=40, champions=2, workers=1):
        self.attempts, self.champions, self.workers = attempts, champions, workers
        self.name = f"mine of {attempts} with {champions} champions on {workers}"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        yield MiningWork(self, workshop, folder)


class StoppedMining(Mining):
    """A campaign that was killed about half way, to be gone on with: its resume is what is attacked."""

    def __init__(self):
        super().__init__()
        self.name = f"resume of {self.name}"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        work = MiningWork(self, workshop, folder)
        archive, ending = workshop.once("a killed campaign", lambda: self._killed(workshop))
        copy(archive, work.archive)
        work.note(ending)
        yield work

    def _killed(self, workshop):
        folder = workshop.spare_folder()
        work = MiningWork(self, workshop, folder)
        ending = workshop.program.start(work.arguments()).kill_after(0, lines=self.attempts // 2, word=b'"event":"attempt"')
        return work.archive, ending


class AskingWork(MiningWork):
    """A campaign that asks the server: what the server billed is booked, within the budget, and what was answered is not asked again."""

    def __init__(self, job, workshop, folder, server):
        super().__init__(job, workshop, folder)
        self.server, self.answered = server, {}
        # Requests of runs that were killed before there was a campaign: for a first proposal, which the next run asks for anew.
        self.in_vain = 0

    def models(self):
        budget = ["--budget-usd", self.job.budget] if self.job.budget else []
        return ["--model", self.server.model(price=bool(self.job.budget)), *budget]

    def note(self, ending):
        if not self.begun and not self.is_there():
            self.in_vain = len(self.server.requests)
        super().note(ending)
        written = dict(self.server.written)
        for attempt in self.acknowledged.values():
            if digest := written.get(attempt["written"]):
                self.answered.setdefault(digest, len(self.server.requests))
        check(KEY not in ending.printed.decode(errors="replace") + ending.said.decode(errors="replace"), "the key is printed")

    def hold(self, archive):
        super().hold(archive)
        if self.job.budget:
            accounts = [CAMPAIGN, CHECKUPS] if self.in_vain else [CAMPAIGN]
            ledgers = [views.spend(self.program, archive, account) for account in accounts]
            hold_ledgers(ledgers, self.server, self.job.budget)

    def figures(self):
        return super().figures() | {"requests": len(self.server.requests), "billed_usd": round(self.server.billed * DOLLARS, 6)}

    def finish(self):
        if not self.job.budget:
            ending = super().finish()
        else:
            # What was cut off under way is never asked again, so that later prompts differ from those of an undisturbed campaign.
            ending = self.program.run(self.arguments()).must(*self.job.codes)
            self.note(ending)
            numbers = [one["attempt"] for one in views.attempts(self.program, self.archive, CAMPAIGN)]
            check(numbers == list(range(1, len(numbers) + 1)), f"the attempts have gaps: {numbers}")
            bodies = [request.digest for request in self.server.requests[self.in_vain :]]
            again = len(bodies) - len(set(bodies))
            check(not again, f"{again} paid requests were sent twice")
        for request in self.server.requests:
            before = self.answered.get(request.digest)
            check(before is None or request.number < before, f"request {request.number} was answered and acknowledged, and is sent again")
        return ending

    def outcome(self, ending):
        found = super().outcome(ending)
        del found["finished"]["stop_reason"]
        return found


def hold_ledgers(ledgers, server, budget):
    """Holds a campaign's ledger, and that of check-ups behind it, to what the server billed, and the former to the budget; what is held for
    requests that were cut off is counted as spent."""
    booked, campaigns = sum(ledger["spent_usd"] for ledger in ledgers), ledgers[0]["spent_usd"]
    billed = server.billed * DOLLARS
    check(booked >= billed - 1e-9, f"${billed:.6f} were billed and only ${booked:.6f} are booked")
    check(campaigns <= budget + 1e-9, f"${campaigns:.6f} are booked on a budget of ${budget}")


class Asking:
    """A campaign of a language model, paid where it has a budget; `tight` is one that the budget ends."""

    def __init__(self, attempts=24, budget=None, tight=False, delay=0.004):
        self.attempts, self.champions, self.workers = attempts, 0, 1
        self.budget, self.delay = budget, delay
        self.codes = (3,) if tight else (0,)
        self.name = f"mine of a {'paid' if budget else 'free'} model{' to the end of its budget' if tight else ''}"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        with Server(delay=self.delay) as server:
            yield AskingWork(self, workshop, folder, server)


class ReplayWork(Work):
    """Benchmark runs: a run that stands in the export stays there, and the last command prints what an undisturbed one does."""

    def __init__(self, job, workshop, folder):
        super().__init__(job, workshop, folder)
        self.recorded = set()

    def arguments(self):
        if not (self.folder / "data").exists():
            copy(self.workshop.data(), self.folder / "data")
        return self.job.arguments(self.folder / "data", self.archive)

    def note(self, ending):
        lines = self.exported()
        if not self.recorded <= lines:
            # A power cut may take lines of the export with it, which the next opening writes again.
            self.workshop.program.run(["archive", "list", "--archive", self.archive, "--json"]).must(0)
            lines = self.exported()
        check(self.recorded <= lines, "a benchmark run that was recorded is gone")
        self.recorded = lines

    def exported(self):
        export = self.archive / "export" / "replay.cells.jsonl"
        text = export.read_text() if export.exists() else ""
        return set(text[: text.rfind("\n") + 1].splitlines())


class Replay:
    """Activations trained on images, several epochs each, so that most moments lie between two checkpoints."""

    codes = (0,)
    name = "replay"
    command = ("replay", "--benchmark", "toy/mlp-16", "--epochs", 25, "--seeds", 2, "--baselines", "relu,gelu")

    def arguments(self, data, archive):
        """The command on an archive, with the image sets of a folder."""
        return [*self.command, "--workers", 1, "--data", data, "--json", "--archive", archive]

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        yield ReplayWork(self, workshop, folder)


class Transfer(Replay):
    """A field of functions measured by a lab and on a benchmark."""

    name = "transfer"
    command = ("transfer", "--benchmark", "toy/mlp-8", "--functions", 8, "--epochs", 2, "--lab", LAB, "--vault", "none")


class ImportWork(Work):
    """An import of images: a set that is listed is whole."""

    def __init__(self, job, workshop, folder):
        super().__init__(job, workshop, folder)
        self.data = folder / "data"

    def arguments(self):
        return ["data", "import", "toy", self.workshop.many_pictures(), "--data", self.data, "--json"]

    def note(self, ending):
        if self.data.exists():
            listed = self.program.run(["data", "list", "--data", self.data, "--json"]).must(0).document()["sets"]
            state = next((one["state"] for one in listed if one["name"] == "toy"), "not here")
            check(state in ("here", "not here"), f"a set that was being imported is {state}")
            check(state == "here" or ending.code != 0, "a set that was imported is not here")
            if state == "here":
                self.program.run(["data", "check", "toy", "--data", self.data]).must(0)

    def outcome(self, ending):
        found = views.contents(self.data)
        return {"data": found, "printed": ending.document()}


class Import:
    """A set of one's own, taken into the folder of image sets."""

    codes = (0,)
    name = "data import"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        yield ImportWork(self, workshop, folder)
