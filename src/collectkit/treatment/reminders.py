"""What the borrower will be reminded of, computed in full in advance, and what a fact that comes in changes of it, with the reason.

A schedule holds as long as nothing is paid and nothing is agreed. Two schedules of one day, the one by what was known before and
the other by what is known now, differ by what the new facts did: what comes, what goes, what moves, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum

import attrs

from collectkit.actions import ActionKind, StepTaken
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId
from collectkit.standing import Standing
from collectkit.treatment.interrupting import NO_PAST, Past
from collectkit.treatment.planning import Planned, schedule
from collectkit.treatment.policies import TreatmentPolicy
from collectkit.treatment.proposing import suspends
from collectkit.treatment.triggers import PromiseOffset

__all__ = ["Reminder", "ReminderChange", "ReminderSchedule", "What", "compare", "reminders"]


@attrs.frozen
class Reminder:
    """
    One contact that is ahead.

    Attributes:
        on: Business date on which it will be planned.
        step: Name of the treatment step.
        channel: Through which channel.
        about: What it is about: ``installment 2``, ``promise``, ``payment_plan`` …, or the account.
        due_on: The date that it counts from.
        number: The how-manieth of its step for that, from 1.
        condition: What must certainly hold on the day; empty for nothing.
    """

    on: date
    step: str
    channel: str
    about: str
    due_on: date
    number: int = 1
    condition: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what it stays known by when its date moves."""
        return (self.step, self.about, self.number)

    def __str__(self) -> str:
        condition = f", if {self.condition}" if self.condition else ""
        return f"{self.on}: {self.step} by {self.channel}, {self.about} of {self.due_on}{condition}"


@attrs.frozen
class ReminderSchedule:
    """
    Every reminder ahead of an account, if nothing is paid meanwhile.

    Attributes:
        account: Which.
        as_of: From this day on.
        until: Through this day.
        version: Of the treatment.
        reminders: By day, then in the treatment's order.
        open: What there is to be reminded of, each with its date.
        waits_for: What is agreed and keeps other reminders back; empty for nothing.
    """

    account: AccountId
    as_of: date
    until: date
    version: str
    reminders: tuple[Reminder, ...]
    open: Mapping[str, date] = attrs.field(factory=dict, hash=False)
    waits_for: str = ""

    def __str__(self) -> str:
        lines = [f"account {self.account}, reminders from {self.as_of} through {self.until}: {len(self.reminders) or 'none'}"]
        return "\n".join([*lines, *(f"  {one}" for one in self.reminders)])


class What(Enum):
    """What became of a reminder."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@attrs.frozen
class ReminderChange:
    """
    One difference of two schedules.

    Attributes:
        what: Added, removed or moved.
        reminder: As it is now; as it was when it was removed.
        before_on: Its day before, for one that moved.
        why: A sentence for a person.
    """

    what: What
    reminder: Reminder
    before_on: date | None
    why: str

    def __str__(self) -> str:
        moved = f" (before: {self.before_on})" if self.before_on is not None else ""
        return f"{self.what.value}: {self.reminder}{moved}: {self.why}"


def reminders(
    standing: Standing,
    policy: TreatmentPolicy,
    until: date,
    *,
    taken: Iterable[StepTaken] = (),
    dues: Mapping[str, date] | None = None,
    promised: Sequence[date] = (),
    past: Past = NO_PAST,
) -> ReminderSchedule:
    """
    Compute every reminder ahead.

    Guards, stop rules, holds and who has the account are asked on the day and not here.

    Args:
        standing: The account on the day from which it is asked.
        policy: Its treatment.
        until: The last day.
        taken: Steps that fired before.
        dues: What is unpaid, by name such as ``installment 2``, each with its due date.
        promised: Days on which something agreed is to be paid; that of the standing need not be given.
        past: What happened before, for a treatment that asks for it.

    Source:
        The policy's steps, as `collectkit.treatment.schedule` reads them; calendar days, *until* inclusive.
    """
    named = dict(dues or {})
    planned = schedule(standing, policy, until, taken=taken, due_on=tuple(named.values()), promised=promised, past=past)
    agreed = standing.agreed or "promise"
    for number, day in enumerate(sorted({*promised, *([standing.promise_due_on] if standing.promise_due_on else [])}), 1):
        if day >= standing.as_of:
            named[f"{agreed} {number}"] = day
    return ReminderSchedule(
        standing.account,
        standing.as_of,
        until,
        policy.version,
        tuple(_reminders(planned, policy, named, agreed)),
        dict(sorted(named.items(), key=lambda item: (item[1], item[0]))),
        standing.agreed if suspends(standing.paused) else "",
    )


def _reminders(planned: Iterable[Planned], policy: TreatmentPolicy, named: Mapping[str, date], agreed: str) -> Iterator[Reminder]:
    counts: dict[tuple[str, str], int] = {}
    for item in planned:
        step = item.step
        if step.action is not ActionKind.CONTACT:
            continue
        promised = isinstance(policy.root(step), PromiseOffset)
        about = next((name for name, day in named.items() if day == item.cycle and name.startswith(agreed) is promised), "the account")
        number = counts[step.name, about] = counts.get((step.name, about), 0) + 1
        yield Reminder(item.on, step.name, step.channel, about, item.cycle, number, str(step.when) if step.when is not None else "")


def compare(before: ReminderSchedule, after: ReminderSchedule, *, because: Sequence[str] = ()) -> tuple[ReminderChange, ...]:
    """
    Tell what new facts changed, both schedules being of one account and one day.

    Args:
        before: By what was known before.
        after: By what is known now.
        because: What became known, each a sentence.

    Raises:
        ValidationError: They are not of one account and one day.
    """
    if (before.account, before.as_of) != (after.account, after.as_of):
        raise ValidationError(
            f"two schedules of one account and one day are compared, got {before.account} on {before.as_of} and {after.account} on "
            f"{after.as_of}; nothing was compared"
        )
    told = f" ({'; '.join(because)})" if because else ""
    old, new = ({one.key: one for one in schedule.reminders} for schedule in (before, after))
    found = [
        *(ReminderChange(What.REMOVED, old[key], None, _why_gone(old[key], after) + told) for key in old if key not in new),
        *(ReminderChange(What.ADDED, new[key], None, _why_new(new[key], before, after) + told) for key in new if key not in old),
        *(
            ReminderChange(What.MOVED, new[key], old[key].on, _why_moved(old[key], new[key]) + told)
            for key in new
            if key in old and old[key].on != new[key].on
        ),
    ]
    return tuple(sorted(found, key=lambda one: (one.reminder.on, one.reminder.key, one.what.value)))


def _why_gone(reminder: Reminder, after: ReminderSchedule) -> str:
    if reminder.about != "the account" and reminder.about not in after.open:
        return f"nothing is left to pay of {reminder.about}, due on {reminder.due_on}"
    if after.waits_for:
        return f"it waits for what is agreed: {after.waits_for.replace('_', ' ')}"
    return "by the account's dates it does not come any more"


def _why_new(reminder: Reminder, before: ReminderSchedule, after: ReminderSchedule) -> str:
    if reminder.about != "the account" and reminder.about not in before.open:
        return f"{reminder.about} is to be paid by {reminder.due_on}"
    if before.waits_for and not after.waits_for:
        return f"it no longer waits for what was agreed: {before.waits_for.replace('_', ' ')}"
    return f"by the account's dates it comes for {reminder.about}, due on {reminder.due_on}"


def _why_moved(before: Reminder, after: Reminder) -> str:
    if before.due_on != after.due_on:
        return f"{after.about} is due on {after.due_on}, no longer on {before.due_on}"
    return "what it counts from is another day"
