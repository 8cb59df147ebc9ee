"""What treatment would like to happen to one account on a day, and the first later day on which that can change.

After a hold, a promise or a gap the account goes on by the rule that its treatment has for the cause; without one it stands where
the operational clock says: of the reminders that came due meanwhile only the last fires, and fees, freezes and notices all do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from collectkit.actions import FIRST_PARTIES, ActionKind, Proposal, StepTaken
from collectkit.holds import Effect, HoldKind, blocked
from collectkit.identifiers import AccountId, MessageId, derived
from collectkit.person_standing import PersonStanding
from collectkit.segments import by_date, view
from collectkit.standing import FOREVER, Standing
from collectkit.treatment.adjusting import adjusted, against
from collectkit.treatment.interrupting import NO_PAST, Past
from collectkit.treatment.policies import STOPPED_BY, TreatmentPolicy
from collectkit.treatment.steps import Step
from collectkit.treatment.timing import Firing, Timetable, coalesced
from collectkit.treatment.triggers import AfterStep, BucketEntry, Cured, DueOffset, Happened, OnDate, PromiseBroken, PromiseOffset

_ONE_DAY = timedelta(days=1)
_TALK = frozenset({Effect.CONTACT.value, Effect.CONTACT_LIMITED.value})


def propose(
    standing: Standing,
    person: PersonStanding | None,
    policy: TreatmentPolicy,
    taken: Iterable[StepTaken],
    as_of: date,
    *,
    party: str = "first_party",
    past: Past = NO_PAST,
) -> tuple[Proposal, ...]:
    """
    Propose the steps of one account that are due on a day.

    Nothing is proposed for an account that is closed, paid or not yet begun, for what a hold stops, or, but for its
    own reminders, while a promise is open. A thaw is proposed as soon as nothing is past due, whatever else holds.

    Args:
        standing: The account; read on *as_of* when that lies within its validity.
        person: Who owes it, for holds on the person and for guards that ask for region or locale; None: unknown.
        policy: The treatment.
        taken: Steps that fired before, whatever became of them; those of other accounts are left aside.
        as_of: The business date.
        party: The role of whoever has the account, in the words of the rule packs. One of ours is the role in which contacts are
            made; with anybody else the account is out, and each step says whose its contact is (`Step.while_out`).
        past: What happened before, for a treatment that asks for it (`TreatmentPolicy.asks_for_the_past`).

    Returns:
        In the policy's order. The same step in the same cycle always has the same id, and is not proposed once it is
        among *taken*.

    Raises:
        ValidationError: The standing does not hold on *as_of*.

    Source:
        The policy's steps and stop rules, and the matrix of holds. Calendar days in the business zone; a step of day 1 is due the day
        after.
    """
    standing = standing.on(as_of)
    return _proposed(Timetable(standing, policy, taken, past), standing, person, policy, party, past)


def facts_of(standing: Standing, person: PersonStanding | None, policy: TreatmentPolicy, past: Past) -> dict[str, object]:
    """Return what the conditions of a treatment read."""
    facts = view(standing, person.consumer if person is not None else None)
    return facts | past.history.figures(policy.aggregates, standing.as_of) if policy.aggregates else facts


def _proposed(
    table: Timetable, standing: Standing, person: PersonStanding | None, policy: TreatmentPolicy, party: str, past: Past
) -> tuple[Proposal, ...]:
    firings = table.due()
    if not firings:
        return ()
    facts = facts_of(standing, person, policy, past)
    may_fire = [f for f in firings if not _barred(standing, person, policy, f.step, facts, party) and f.step.holds(facts)]
    return tuple(adjusted(_proposal(standing, policy, firing, party), person) for firing in coalesced(may_fire, policy))


def next_step_on(
    standing: Standing,
    policy: TreatmentPolicy,
    taken: Iterable[StepTaken],
    as_of: date,
    *,
    person: PersonStanding | None = None,
    party: str = "first_party",
    past: Past = NO_PAST,
) -> date | None:
    """
    Return the first day, from *as_of* on, on which `propose` may answer anything while the facts stay as they are.

    On no day before it is anything proposed, so a night may leave the account alone until then. It is never later
    than the day after the standing's validity, because the standing must then be built again. None: never.

    Args:
        standing: The account; read on *as_of* when that lies within its validity.
        policy: The treatment.
        taken: Steps that fired before.
        as_of: The business date; inclusive, it may be the answer.
        person: Who owes it; None: unknown.
        party: As for `propose`. While its reminders rest, what brings the account back must wake it.
        past: What happened before, for a treatment that asks for it.

    Raises:
        ValidationError: The standing does not hold on *as_of*.

    Source:
        As for `propose`.
    """
    standing = standing.on(as_of)
    table = Timetable(standing, policy, taken, past)
    if _proposed(table, standing, person, policy, party, past):
        return as_of
    days = [table.next_on(), standing.valid_through + _ONE_DAY if standing.valid_through < FOREVER else None]
    days.append(rests_until(standing, policy))
    if any(_opens_by_date(standing, person, policy, firing.step) for firing in table.due()):
        days.append(as_of + _ONE_DAY)
    return min((day for day in days if day is not None), default=None)


def _barred(
    standing: Standing, person: PersonStanding | None, policy: TreatmentPolicy, step: Step, facts: Mapping[str, object], party: str
) -> bool:
    """Tell whether the account's end, whoever has it, a promise, the stop rule or a hold stands against *step*."""
    if step.action is ActionKind.THAW_PURCHASES:
        return standing.closed_on is not None and standing.outstanding_minor > 0
    if standing.state in ("closed", "paid", "not_started"):
        return True
    if suspends(standing.paused) and not isinstance(policy.root(step), PromiseOffset):
        return True
    if rests(step, standing, policy) or rests_while_out(step, party):
        return True
    stopped = stopping(standing, person, policy.effects, step.action, step.channel)
    return policy.stopped(facts) or bool(stopped & STOPPED_BY[step.action])


def rests_while_out(step: Step, party: str) -> bool:
    """Whether a contact waits because somebody who collects in their own name has the account."""
    return party not in FIRST_PARTIES and step.action is ActionKind.CONTACT and step.while_out == "rest"


def with_another(standing: Standing) -> str:
    """Return why a contact of ours waits while somebody who collects in their own name has the account."""
    return f"the account is with {standing.handler}, who makes contact in their own name"


def rests_until(standing: Standing, policy: TreatmentPolicy) -> date | None:
    """
    Return the day on which reminders go on after a payment, while they rest; None otherwise.

    Source:
        The policy's `payment_pause_days`: calendar days, that of the last payment being the first.
    """
    if not policy.payment_pause_days or standing.last_paid_on is None:
        return None
    until = standing.last_paid_on + timedelta(days=policy.payment_pause_days)
    return until if standing.last_paid_on <= standing.as_of < until else None


def rests(step: Step, standing: Standing, policy: TreatmentPolicy) -> bool:
    """Tell whether a payment keeps a step back for some days: a reminder, but for that of a promise."""
    return step.is_reminder and rests_until(standing, policy) is not None and not isinstance(policy.root(step), PromiseOffset)


def suspends(paused: Iterable[str]) -> bool:
    """Tell whether what is agreed suspends the treatment: it does when it stops contact that is not about it."""
    return bool(_TALK & set(paused))


def stopping(
    standing: Standing, person: PersonStanding | None, effects: Mapping[HoldKind, frozenset[Effect]], action: ActionKind, channel: str
) -> frozenset[Effect]:
    """Return what the holds of an account and its person stop, as far as they count against an act, and what is agreed."""
    kinds = against((*standing.holds, *(person.holds if person is not None else ())), person, action, channel)
    # Contact about what is agreed is not stopped by it; `suspends` sees to all other contact.
    agreed = frozenset(map(Effect, standing.paused)) - {Effect.CONTACT_LIMITED} if standing.paused else frozenset[Effect]()
    return blocked(kinds, effects) | agreed if kinds else agreed


def _opens_by_date(standing: Standing, person: PersonStanding | None, policy: TreatmentPolicy, step: Step) -> bool:
    """Tell whether a step that is due and may not fire can come to by the passing of days alone."""
    # A standing tells in its validity when its own holds end; those that the person alone brings it does not know.
    unknown_end = person is not None and not set(person.holds) <= set(standing.holds)
    paced = person is not None and bool(person.adjustments)
    return unknown_end or paced or by_date(step.when) or by_date(policy.stop_when)


def _proposal(standing: Standing, policy: TreatmentPolicy, firing: Firing, party: str) -> Proposal:
    step = firing.step
    # Whoever makes a contact decides in which role it is made, not whoever has the account.
    ours = party not in FIRST_PARTIES and step.while_out != "handler"
    return Proposal(
        step_id(standing.account, firing.cycle, step.name, firing.number),
        step.action,
        standing.person,
        (standing.account,),
        channel=step.channel,
        purpose=step.purpose,
        template=step.template,
        step=step.name,
        handler=None if ours else standing.handler,
        party="first_party" if ours else party,
        why=_why(standing, firing),
        content=step.content,
        local_time=step.local_time.isoformat("minutes") if step.local_time is not None else "",
        weekdays=_weekdays(step, policy),
        among=step.among,
    )


def _weekdays(step: Step, policy: TreatmentPolicy) -> tuple[int, ...]:
    """Return the local weekdays on which a contact is made; empty for all of them."""
    quiet = set(policy.quiet_days) if step.is_reminder else set[int]()
    allowed = set(step.weekdays or range(7))
    return tuple(sorted(allowed - quiet or allowed)) if quiet or step.weekdays else ()


def step_id(account: AccountId, cycle: date, step: str, number: int) -> MessageId:
    """
    Return the id of a step's firing: ``account/cycle/step/number``; a very long account id stands as its digest.

    Args:
        account: Which.
        cycle: The due date from which the step counts.
        step: Its name.
        number: How often it has fired in the cycle with this one.

    Source:
        A definition of this library: the same firing has the same id on every run.
    """
    return MessageId(derived(account, after=f"/{cycle.isoformat()}/{step}/{number}", digits=32))


def cycle_of(id: MessageId) -> date:
    """
    Return the cycle that an id made by `step_id` names.

    Source:
        What `step_id` wrote.

    >>> cycle_of(MessageId("a/1/2026-09-15/second-reminder/1"))
    datetime.date(2026, 9, 15)
    """
    return date.fromisoformat(id.rsplit("/", 3)[1])


def _why(standing: Standing, firing: Firing) -> tuple[str, ...]:
    step = firing.step
    times = f", time {firing.number} of at most {step.repeats_max}" if step.repeats_max > 1 else ""
    sentences = [f"{_occasion(standing, firing)} (step {step.name}: {step.trigger}{times})"]
    if step.when is not None:
        sentences.append(f"the condition of the step holds: {step.when}")
    if firing.instead_of:
        sentences.append(f"stands also for {_and(firing.instead_of)}, which came due before and did not fire")
    return tuple(sentences)


def _occasion(standing: Standing, firing: Firing) -> str:
    match firing.step.trigger:
        case DueOffset(days) if days < 0:
            return f"the next payment is due on {firing.cycle}, {_in_days((firing.cycle - standing.as_of).days)}"
        case PromiseOffset():
            return f"a promise is due on {firing.cycle}, {_in_days((firing.cycle - standing.as_of).days)}"
        case PromiseBroken():
            return f"promise number {firing.number} was broken, {_lateness(standing)}"
        case Cured():
            return f"nothing is past due on {standing.as_of}, purchases were frozen for the due date {firing.cycle}"
        case Happened(kind):
            return f"{kind.replace('_', ' ')} on {firing.cycle}, {_lateness(standing)}"
        case OnDate(on):
            return f"it is {standing.as_of}, the day is {on}"
        case DueOffset() | BucketEntry() | AfterStep():
            return _lateness(standing)


def _lateness(standing: Standing) -> str:
    days, counted = standing.days_past_due, standing.operational_days_past_due
    told = f"{days} {'day' if days == 1 else 'days'} past due on {standing.as_of}"
    return told if counted == days else f"{told}, of which {counted} count: the clock stood still on the others"


def _in_days(days: int) -> str:
    if days == 0:
        return "today"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"in {count}" if days > 0 else f"{count} ago"


def _and(names: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(names))
