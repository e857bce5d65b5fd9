"""Kills: SIGKILL at random moments of a job, which is then carried to its end."""

from archives import Repair
from jobs import Asking, Import, Mining, Replay, Transfer

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
    kills = 0
    with job.opened(workshop, folder) as work:
        for _ in range(draw.choice([1, 1, 2, 3])):
            running = workshop.program.start(work.arguments())
            if in_confirmation:
                ending = running.kill_after(draw.uniform(0, seconds / 2), lines=job.attempts, word=b'"event":"attempt"')
            else:
                ending = running.kill_after(draw.uniform(0, seconds))
            if ending.code == -9:
                kills += 1
            else:
                ending.must(*job.codes)
            work.note(ending)
        work.finish()
        return {"of": job.name + (", in its confirmation" if in_confirmation else ""), "kills": kills, **work.figures()}
