"""The steps an account has ahead of it if nothing is paid, computed in full in advance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import attrs

from collectkit.actions import StepTaken
from collectkit.standing import FOREVER, Standing
from collectkit.treatment.interrupting import NO_PAST, Past
from collectkit.treatment.policies import TreatmentPolicy
from collectkit.treatment.proposing import rests, suspends
from collectkit.treatment.steps import Step
from collectkit.treatment.timing import Timetable, coalesced
from collectkit.treatment.triggers import PromiseOffset


@attrs.frozen
class Planned:
    """
    A step that will be due.

    Attributes:
        on: On which day.
        step: Which.
        cycle: The due date it belongs to.
    """

    on: date
    step: Step
    cycle: date

    def __str__(self) -> str:
        condition = f" if {self.step.when}" if self.step.when is not None else ""
        what = f"{self.step.action.value} by {self.step.channel}" if self.step.channel else self.step.action.value
        return f"{self.on}: {self.step.name}, {what} ({self.step.trigger}){condition}"


def schedule(
    standing: Standing,
    policy: TreatmentPolicy,
    until: date,
    *,
    taken: Iterable[StepTaken] = (),
    due_on: Sequence[date] = (),
    promised: Sequence[date] = (),
    past: Past = NO_PAST,
) -> tuple[Planned, ...]:
    """
    Return the steps ahead, from the standing's date through *until*, as if nothing were paid and a run took place daily.

    Guards, stop rules, holds and who has the account are asked on the day and not here; an open promise suspends everything but its own
    reminders until its due date, and reminders rest after the last payment as long as the policy says. A payment changes the dates,
    and so the schedule.

    Args:
        standing: The account.
        policy: The treatment.
        until: Last day, inclusive.
        taken: Steps that fired before.
        due_on: Due dates of installments still unpaid; those that the standing names need not be given.
        promised: Days on which something agreed is to be paid; that of the standing need not be given.
        past: What happened before, for a treatment that asks for it.

    Returns:
        By day, then in the policy's order.

    Source:
        The policy's steps. Calendar days in the business zone; day 0 of a step is the due date itself, day 1 the first day late.
    """
    if standing.state in ("closed", "paid"):
        return ()
    named = (standing.oldest_unpaid_due_on, standing.next_due_on)
    unpaid = sorted({*due_on, *(day for day in named if day is not None)})
    agreed = sorted({*promised, *([standing.promise_due_on] if standing.promise_due_on is not None else [])})
    done, planned, day = list(taken), list[Planned](), standing.as_of
    while day <= until:
        for item in _on(_as_if_unpaid(standing, day, unpaid, agreed), policy, done, past):
            planned.append(item)
            done.append(StepTaken(standing.account, item.step.name, item.cycle, day, policy.version, "planned"))
        day += timedelta(days=1)
    return tuple(planned)


def _on(standing: Standing, policy: TreatmentPolicy, taken: Sequence[StepTaken], past: Past) -> tuple[Planned, ...]:
    suspended = suspends(standing.paused)
    due = Timetable(standing, policy, taken, past).due()
    due = tuple(firing for firing in due if not rests(firing.step, standing, policy))
    open_ = [firing for firing in due if not suspended or isinstance(policy.root(firing.step), PromiseOffset)]
    return tuple(Planned(standing.as_of, firing.step, firing.cycle) for firing in coalesced(open_, policy))


def _as_if_unpaid(standing: Standing, day: date, unpaid: Sequence[date], agreed: Sequence[date]) -> Standing:
    promise_due_on = next((due for due in agreed if due >= day), None)
    live = promise_due_on is not None
    return attrs.evolve(
        standing,
        as_of=day,
        oldest_unpaid_due_on=next((due for due in unpaid if due < day), None),
        next_due_on=next((due for due in unpaid if due >= day), None),
        promise_due_on=promise_due_on,
        # What was agreed is over with its last day, as nothing was paid; what has no day goes on.
        paused=standing.paused if live or not agreed else (),
        valid_through=FOREVER,
    )
