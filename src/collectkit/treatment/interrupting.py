"""What a treatment knows of an account beyond its standing: what happened before, and when it stood still for a cause that is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import attrs

from collectkit.arrangements.living import ArrangementState
from collectkit.arrangements.promises import FIRM, PromisePolicy, PromiseState, PromiseVerdict
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.delinquency import clock_stops
from collectkit.facts import AccountFacts, agreed_states, kept_still, promise_states
from collectkit.history import History
from collectkit.holds import EFFECTS, Effect, Hold, HoldKind, HoldLifted, lifts
from collectkit.identifiers import HoldId
from collectkit.schedules import PostingRules, Waterfall
from collectkit.treatment.resuming import Interruption, Resume, merged

_ONE_DAY = timedelta(days=1)
_TALK = frozenset({Effect.CONTACT, Effect.CONTACT_LIMITED})
_STILL = _TALK | {Effect.CLOCK}


@attrs.frozen
class Past:
    """
    What was before the day, as far as a treatment asks for it.

    Attributes:
        history: What happened.
        over: When it stood still, for what is over.
        stops: Days on which the operational clock stood or stands still for a cause that re-enters by it.
    """

    history: History = attrs.field(factory=History)
    over: tuple[Interruption, ...] = ()
    stops: Spans = NO_DAYS


NO_PAST = Past()
"""Nothing is known of what was before; for treatments that do not ask for it."""


def interruptions(
    facts: AccountFacts,
    as_of: date,
    *,
    waterfall: Waterfall | PostingRules,
    promises: PromisePolicy,
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    person_holds: Sequence[Hold] = (),
    person_lifted: Sequence[HoldLifted] = (),
) -> tuple[Interruption, ...]:
    """
    Return the days on which treatment stood still for something that is over on a day.

    A hold makes it stand still when it stops contact or the operational clock; an agreement when it stops contact that is not about it.

    Args:
        facts: All that is known of the account.
        as_of: The day.
        waterfall: In which order payments settle what is owed.
        promises: When a promise counts as kept, and what each kind stops.
        effects: What each kind of hold stops.
        person_holds: Holds on the person.
        person_lifted: Those of them that were lifted.

    Source:
        The table of `collectkit.holds.EFFECTS`, or the policy's own, and what was agreed. Calendar days, first and last inclusive.
    """
    facts = kept_still(facts, person_holds, person_lifted, effects)
    found = [
        *_of_holds((*facts.holds, *person_holds), lifts((*facts.lifted, *person_lifted)), effects),
        *_of_promises(promise_states(facts, as_of, waterfall=waterfall, policy=promises), facts, promises),
        *_of_arrangements(agreed_states(facts, as_of, waterfall=waterfall)),
    ]
    return merged(one for one in found if one.starts_on <= one.ends_on < as_of)


def stops_of(
    facts: AccountFacts,
    as_of: date,
    rules: Mapping[str, Resume],
    *,
    waterfall: Waterfall | PostingRules,
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    person_holds: Sequence[Hold] = (),
    person_lifted: Sequence[HoldLifted] = (),
) -> Spans:
    """
    Return the days on which the operational clock stood or stands still for causes that re-enter by it.

    Args:
        facts: All that is known of the account.
        as_of: The day.
        rules: How the treatment goes on after each cause; one that has another rule than re-entering is left out.
        waterfall: In which order payments settle what is owed.
        effects: What each kind of hold stops.
        person_holds: Holds on the person.
        person_lifted: Those of them that were lifted.

    Source:
        `collectkit.delinquency.clock_stops`; calendar days, first and last of a hold inclusive.
    """

    def re_enters(cause: str) -> bool:
        return rules.get(cause, Resume.RE_ENTER) is Resume.RE_ENTER

    held = [hold for hold in (*facts.holds, *person_holds) if re_enters(hold.kind.value)]
    arranged = agreed_states(facts, as_of, waterfall=waterfall) if facts.agreed and re_enters("hardship_relief") else ()
    return clock_stops(held, (*facts.lifted, *person_lifted), arranged, effects)


def _of_holds(holds: Iterable[Hold], off: Mapping[HoldId, date], effects: Mapping[HoldKind, frozenset[Effect]]) -> Iterator[Interruption]:
    for hold in holds:
        last = hold.last_on(off)
        if last is not None and effects[hold.kind] & _STILL:
            yield Interruption(hold.kind.value, hold.starts_on, last)


def _of_promises(states: Iterable[PromiseState], facts: AccountFacts, policy: PromisePolicy) -> Iterator[Interruption]:
    cancelled = {one.id: one.on for one in facts.cancelled}
    replaced = {one.replaces: one.opens_on for one in facts.promises if one.replaces is not None}
    for state in states:
        promise = state.promise
        if state.verdict is PromiseVerdict.OPEN or not (policy.kind(promise.kind) or FIRM).effects & _TALK:
            continue
        ends = [state.closes_on, *(on - _ONE_DAY for on in (cancelled.get(promise.id), replaced.get(promise.id)) if on is not None)]
        yield Interruption("promise", promise.opens_on, max(promise.opens_on, min(ends)))


def _of_arrangements(states: Iterable[ArrangementState]) -> Iterator[Interruption]:
    for state in states:
        one = state.arrangement
        if one.started_on is None or state.over_on is None:
            continue
        cause = "hardship_relief" if one.kind == "hardship" else one.kind
        yield Interruption(cause, one.started_on, max(one.started_on, state.over_on - _ONE_DAY))
