"""Archives with something of everything, to be read, harmed and mended, and the jobs that read and mend them."""

import contextlib
import dataclasses
import pathlib

import views
from jobs import Mining, Replay, Work
from program import check
from server import Server
from workshop import copy


@dataclasses.dataclass(frozen=True)
class Precious:
    """An archive that must not be lost: its folder, all that the commands show of it, and its files before and after an opening."""

    folder: pathlib.Path
    shown: dict
    # The lines of the export by file, once the archive was opened and closed again.
    exported: dict
    # An earlier state of the same archive.
    earlier: pathlib.Path
    # By number, the attempts that the campaign `killed` had printed before it was killed.
    acknowledged: dict = dataclasses.field(default_factory=dict)


def exported(archive):
    """The lines of an archive's export by file, in no order."""
    return {path.name: sorted(path.read_bytes().splitlines()) for path in sorted((archive / "export").iterdir())}


def precious(workshop, folder, archive, earlier, acknowledged=()):
    """An archive, with what a copy of it shows."""
    looked_at = copy(archive, folder / "looked-at")
    shown = views.shown(workshop.program, looked_at)
    return Precious(archive, shown, exported(looked_at), earlier, {event["attempt"]: event for event in acknowledged})


def a_closed_archive(workshop):
    """An archive that was closed in good order: a genetic and a paid campaign, both confirmed, and benchmark runs."""

    def make():
        folder, program = workshop.spare_folder(), workshop.program
        with Mining(attempts=30).opened(workshop, folder) as work:
            program.run(work.arguments()).must(0)
        with Replay().opened(workshop, folder) as work:
            program.run(work.arguments()).must(0)
        earlier = copy(folder / "archive", folder / "earlier")
        with Server() as server:
            asking = ["mine", "--model", server.model(), "--budget-usd", 2, "--yes", "--attempts", 14, "--champions", 1]
            program.run([*asking, "--lab", workshop.lab, "--name", "asked", "--archive", folder / "archive"]).must(0)
        return precious(workshop, folder, folder / "archive", earlier)

    return workshop.once("a closed archive", make)


def a_killed_archive(workshop):
    """The closed archive, in which a third campaign, of a paid model, was killed with requests under way."""

    def make():
        folder, whole = workshop.spare_folder(), a_closed_archive(workshop)
        archive = copy(whole.folder, folder / "archive")
        with Server(delay=0.05) as server:
            asking = ["mine", "--model", server.model(), "--budget-usd", 2, "--yes", "--attempts", 40, "--champions", 0, "--json"]
            running = workshop.program.start([*asking, "--lab", workshop.lab, "--name", "killed", "--archive", archive])
            ending = running.kill_after(0.01, lines=10, word=b'"event":"attempt"')
            check(ending.code == -9, f"was to be killed: {ending}")
        printed = [event for event in ending.lines() if event.pop("event", None) == "attempt"]
        return precious(workshop, folder, archive, whole.folder, printed)

    return workshop.once("a killed archive", make)


class ReadingWork(Work):
    """Looking at an archive: it shows the same however that was disturbed."""

    def arguments(self):
        return ["archive", "list", "--archive", self.archive, "--json"]

    def outcome(self, ending):
        return views.shown(self.program, self.archive)


class Reading:
    """A list of the campaigns of an archive; to look at it is to open it."""

    codes = (0,)

    def __init__(self, of):
        self.of = of
        self.name = f"archive list of {of.__name__.replace('_', ' ')}"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        copy(self.of(workshop).folder, folder / "archive")
        yield ReadingWork(self, workshop, folder)


class RepairWork(ReadingWork):
    """A repair shows whole what was there before the damage, however often it is begun."""

    def arguments(self):
        return ["archive", "repair", "--archive", self.archive, "--json"]

    def outcome(self, ending):
        check(not ending.document()["lost"], f"the repair says that something is lost: {ending.document()['lost']}")
        wanted = a_closed_archive(self.workshop).shown
        views.held_to(wanted, found := views.shown(self.program, self.archive), "the repaired archive is not as before")
        return found


class Repair:
    """The repair of an archive of whose database a part is zeros."""

    codes = (0,)
    name = "archive repair"

    @contextlib.contextmanager
    def opened(self, workshop, folder):
        database = copy(a_closed_archive(workshop).folder, folder / "archive") / "sled" / "db"
        with database.open("r+b") as file:
            file.seek(60_000)
            file.write(bytes(4096))
        yield RepairWork(self, workshop, folder)
