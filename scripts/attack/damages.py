"""Damages: files of an archive are harmed, and it must be refused unchanged, noticed, and brought back whole."""

import random

import archives
import harm
import views
from archives import exported
from jobs import Replay, Transfer
from program import Skipped, check
from workshop import copy

KIND = "damages"


def plan(workshop):
    """Every file kind of the archives with every harm, the checkpoint and the field among them, in an order that mixes them."""

    def make():
        all_of = []
        for base in [archives.a_closed_archive, archives.a_killed_archive, an_archive_with_a_checkpoint, an_archive_with_a_field]:
            kinds = harm.files_by_kind(base(workshop).folder)
            if base in (an_archive_with_a_checkpoint, an_archive_with_a_field):
                kinds = {kind: files for kind, files in kinds.items() if kind in ("checkpoint", "field")}
            all_of += [(base, kind, one) for kind in kinds for one in harm.harms_of(kind)]
        random.Random(0).shuffle(all_of)
        return all_of

    return workshop.once("plan of damages", make)


def trial(workshop, number, draw, folder):
    """Harms one file of one archive, and holds what the program makes of it."""
    if not workshop.can_repair():
        raise Skipped("this motherlode has no `archive verify` and `archive repair`")
    choices = plan(workshop)
    base, kind, one = choices[number % len(choices)]
    whole = base(workshop)
    damaged = copy(whole.folder, folder / "archive")
    path = draw.choice(harm.files_by_kind(damaged)[kind])
    name = path.relative_to(damaged)
    what = f"{kind}, {one.__name__.replace('_', ' ')}, of {base.__name__.replace('_', ' ')}"
    (folder / "damage.txt").write_text(f"{what}: {name}\n")
    one(path, draw, whole.earlier / name if whole.earlier else None)
    if base in (an_archive_with_a_checkpoint, an_archive_with_a_field):
        derived_again(workshop, whole, damaged, what)
        return {"of": what}
    mended = copy(damaged, folder / "mended")
    noticed = looked_at(workshop, whole, damaged, what)
    told = brought_back(workshop, whole, mended, what, base is archives.a_killed_archive)
    return {"of": what, "noticed": int(noticed), "told": told}


def looked_at(workshop, whole, damaged, what):
    """Verifies and opens a damaged archive, which must change nothing where it is refused: whether the damage was noticed."""
    program = workshop.program
    before = views.contents(damaged)
    verified = program.run(["archive", "verify", "--archive", damaged, "--json"]).must(0, 1)
    views.unchanged(before, damaged, f"{what}: `archive verify`")
    sound = verified.document()["sound"]
    check(sound == (verified.code == 0), f"{what}: sound is {sound}, and {verified}")
    check(sound or verified.document()["findings"], f"{what}: not sound, and no finding; {verified}")
    opened = program.run(["archive", "list", "--archive", damaged, "--json"]).must()
    if opened.code != 0:
        views.unchanged(before, damaged, f"{what}: the opening, which was refused,")
        check(not sound, f"{what}: `archive verify` calls it sound, and {opened}")
    else:
        views.held_to(whole.shown, views.shown(program, damaged), f"{what}: it opens, and is not as before")
        if sound:
            views.held_to(whole.exported, exported(damaged), f"{what}: `archive verify` calls it sound, and its export is not as before")
    return not sound


def brought_back(workshop, whole, mended, what, is_stopped):
    """Repairs a damaged archive, which must bring back everything: how many losses it told.

    Only of a campaign that was killed may something be gone: what stood in its database alone, since the program had not yet acknowledged it. No
    attempt that had been printed may be among it, and nothing of other campaigns.
    """
    program = workshop.program
    ending = program.run(["archive", "repair", "--archive", mended, "--json"]).must(0, 1)
    document = ending.document()
    lost = document["lost"]
    check((ending.code == 0) == (not lost), f"{what}: lost {lost}, and {ending}")
    shown = views.shown(program, mended)
    if is_stopped and (lost or shown != whole.shown or exported(mended) != whole.exported):
        wanted = {name: view for name, view in whole.shown.items() if "killed" not in name and name != "list"}
        views.held_to(wanted, {name: shown.get(name) for name in wanted}, f"{what}: repaired, other campaigns are not as before")
        lines = {name: lines for name, lines in whole.exported.items() if not name.startswith("killed")}
        found = exported(mended)
        views.held_to(lines, {name: found.get(name) for name in lines}, f"{what}: repaired, the export of other campaigns is not as before")
        found = {attempt["attempt"]: attempt for attempt in shown.get("attempts of killed", [])}
        for number, attempt in whole.acknowledged.items():
            check(found.get(number) == attempt, f"{what}: repaired, attempt {number}, which was printed, is {found.get(number)}")
    else:
        check(not lost, f"{what}: not brought back: {lost}")
        views.held_to(whole.shown, shown, f"{what}: repaired, it is not as before")
        views.held_to(whole.exported, exported(mended), f"{what}: repaired, its export is not as before")
    again = program.run(["archive", "verify", "--archive", mended, "--json"]).must(0, 1)
    check(again.code == 0, f"{what}: repaired, and still not sound: {again.document()['findings']}")
    return len(lost)


def derived_again(workshop, whole, damaged, what):
    """Goes on with what was derived from a harmed file, which must begin it anew and come to the same."""
    job = whole.shown["job"]
    ending = workshop.program.run(job.arguments(workshop.data(), damaged)).must(0)
    views.held_to(workshop.undisturbed(job).outcome, {"printed": views.timeless(ending.lines())}, f"{what}: the result is another")


def an_archive_with_a_checkpoint(workshop):
    """An archive with a checkpoint, whose replay was killed."""

    def make():
        job = Replay()
        seconds = workshop.undisturbed(job).seconds
        for tried in range(100):
            folder = workshop.spare_folder()
            with job.opened(workshop, folder) as work:
                workshop.program.start(work.arguments()).kill_after(seconds * (0.3 + 0.007 * (tried % 70)))
            if any((work.archive / "checkpoints").glob("*")):
                return archives.Precious(work.archive, {"job": job}, {}, None)
        raise Skipped("no kill left a checkpoint")

    return workshop.once("an archive with a checkpoint", make)


def an_archive_with_a_field(workshop):
    """An archive with a field, whose transfer was made."""

    def make():
        job, folder = Transfer(), workshop.spare_folder()
        with job.opened(workshop, folder) as work:
            workshop.program.run(work.arguments()).must(0)
        return archives.Precious(work.archive, {"job": job}, {}, None)

    return workshop.once("an archive with a field", make)
