"""Kills: SIGKILL at random moments of a job, which is then carried to its end."""

import time

from archives import Repair
from jobs import Asking, Import, Mining, Replay, Transfer
from program import Skipped

KIND = "kills"
BUDGET = 2.0
# A budget that ends a campaign about half way.
TIGHT = 0.06


def jobs(workshop):
    """What is killed, with whether the moment lies after the last attempt, in the confirmation."""
    return [
        (Mining(), False),
        (Asking(budget=BUDGET), False),
        (Replay(), False),
        (Mining(champions=6), True),
        (Transfer(), False),
        (Asking(), False),
        (Import(), False),
        *([(Repair(), False)] if workshop.can_repair() else []),
        (Mining(workers=3), False),
        (Asking(budget=TIGHT, tight=True), False),
    ]


def trial(workshop, number, draw, folder):
    """Kills a job one to three times, carries it to its end, and holds it to what it acknowledged and to what it comes to undisturbed."""
    choices = jobs(workshop)
    job, in_confirmation = choices[number % len(choices)]
    seconds = workshop.undisturbed(job).seconds
    for place in range(6):
        (folder / str(place)).mkdir()
        with job.opened(workshop, folder / str(place)) as work:
            killed, ended = 0, False
            for _ in range(draw.choice([1, 1, 2, 3])):
                began = time.monotonic()
                ending = killed_once(workshop.program.start(work.arguments()), job, in_confirmation, draw, seconds)
                ended |= ending.code != -9
                killed += ending.code == -9
                work.note(ending if ending.code == -9 else ending.must(*job.codes))
                seconds = min(seconds, time.monotonic() - began) if ended else seconds
            work.finish()
            if killed:
                return {"of": job.name + (", in its confirmation" if in_confirmation else ""), "kills": killed, **work.figures()}
    raise Skipped(f"{job.name} always ended before it was killed")


def killed_once(running, job, in_confirmation, draw, seconds):
    """The ending of a command that is killed at a moment drawn from all of its time, or from that after the last attempt."""
    if in_confirmation:
        return running.kill_after(draw.uniform(0, seconds / 2), lines=job.attempts, word=b'"event":"attempt"')
    return running.kill_after(draw.uniform(0, seconds))
