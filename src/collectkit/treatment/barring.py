"""Why a step that is due does not fire: the account's end, what is agreed, the stop rule, its guard, or a hold, which is named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.actions import ActionKind, StepTaken
from collectkit.holds import Citation, cited
from collectkit.person_standing import PersonStanding
from collectkit.standing import Standing
from collectkit.treatment.adjusting import against
from collectkit.treatment.interrupting import NO_PAST, Past
from collectkit.treatment.policies import STOPPED_BY, TreatmentPolicy
from collectkit.treatment.proposing import facts_of, rests, rests_until, rests_while_out, suspends, with_another
from collectkit.treatment.timing import Firing, Timetable
from collectkit.treatment.triggers import PromiseOffset


@attrs.frozen
class Barred:
    """
    One step that is due and does not fire.

    Attributes:
        step: Its name.
        due_on: Since when.
        why: A sentence for a person.
        holds: The holds that stop it, by what they stop; empty when something else does.
    """

    step: str
    due_on: date
    why: str
    holds: tuple[Citation, ...] = ()


def barred_steps(
    standing: Standing,
    person: PersonStanding | None,
    policy: TreatmentPolicy,
    taken: Iterable[StepTaken],
    as_of: date,
    *,
    party: str = "first_party",
    past: Past = NO_PAST,
) -> tuple[Barred, ...]:
    """
    Return the steps of an account that are due on a day and do not fire, each with what stands against it.

    A step is in what `collectkit.treatment.propose` proposes, in what its `Firing.instead_of` names, or here.

    Args:
        standing: As for `collectkit.treatment.propose`, and so are the others.
        person: Who owes it; None: unknown.
        policy: The treatment.
        taken: Steps that fired before.
        as_of: The business date.
        party: The role of whoever has the account.
        past: What happened before, for a treatment that asks for it.

    Raises:
        ValidationError: The standing does not hold on *as_of*.

    Source:
        The policy's steps and stop rules, the matrix of holds, and what is agreed.
    """
    standing = standing.on(as_of)
    facts = facts_of(standing, person, policy, past)
    kinds = (*standing.holds, *(person.holds if person is not None else ()))
    found = []
    for firing in Timetable(standing, policy, taken, past).due():
        counted = against(kinds, person, firing.step.action, firing.step.channel)
        barred = _out(firing, standing, party) or _barred(firing, standing, policy, facts, counted)
        if barred is not None:
            found.append(barred)
    return tuple(found)


def _out(firing: Firing, standing: Standing, party: str) -> Barred | None:
    if standing.state in ("closed", "paid") or not rests_while_out(firing.step, party):
        return None
    return Barred(firing.step.name, firing.due_on, with_another(standing))


def _barred(firing: Firing, standing: Standing, policy: TreatmentPolicy, facts: dict[str, object], kinds: tuple[str, ...]) -> Barred | None:
    step, holds, why = firing.step, (), ""
    thaw = step.action is ActionKind.THAW_PURCHASES
    if thaw and standing.closed_on is not None and standing.outstanding_minor > 0:
        why = "the account was closed with something outstanding"
    elif not thaw and standing.state in ("closed", "paid", "not_started"):
        why = f"the account is {standing.state.replace('_', ' ')}"
    elif not thaw and suspends(standing.paused) and not isinstance(policy.root(step), PromiseOffset):
        why = f"the treatment waits for what is agreed: {standing.agreed.replace('_', ' ') or 'something'}"
    elif rests(step, standing, policy):
        why = f"reminders rest until {rests_until(standing, policy)}, after the payment of {standing.last_paid_on}"
    elif not thaw and policy.stopped(facts):
        why = f"the stop rule holds: {policy.stop_when}"
    elif not thaw and cited(STOPPED_BY[step.action], kinds, policy.effects):
        found = cited(STOPPED_BY[step.action], kinds, policy.effects)
        return Barred(step.name, firing.due_on, "; ".join(map(str, found)), found)
    elif not thaw and {effect.value for effect in STOPPED_BY[step.action]} & set(standing.paused) - {"contact_limited"}:
        why = f"what is agreed stops it: {standing.agreed.replace('_', ' ')}"
    elif not step.holds(facts):
        why = f"the condition of the step does not hold: {step.when}"
    return Barred(step.name, firing.due_on, why, holds) if why else None
