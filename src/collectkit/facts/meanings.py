"""The few meanings of an account's facts that everything else reads with them: who holds it, its book, what became of what was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import attrs

from collectkit.arrangements.in_force import days_in_force
from collectkit.arrangements.judging import judge_all
from collectkit.arrangements.living import ArrangementState, arrangement_states
from collectkit.arrangements.promises import Promise, PromisePolicy, PromiseState
from collectkit.facts.folding import AccountFacts
from collectkit.holds import EFFECTS, Effect, Hold, HoldKind, HoldLifted, stopped
from collectkit.ledger import Payment
from collectkit.placement import AccountRecalled, Placement
from collectkit.schedules import INSTALLMENT_FIRST, Book, ContractFact, PostingRules, Waterfall, replay, standing_returns, without_returns


def kept_still(
    facts: AccountFacts,
    person_holds: Iterable[Hold] = (),
    person_lifted: Iterable[HoldLifted] = (),
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> AccountFacts:
    """
    Return the facts with the days on which holds keep what was promised or agreed: deadlines are later by those days.

    Args:
        facts: Of one account.
        person_holds: Holds on the person, as their extensions left them.
        person_lifted: Those of them that were lifted.
        effects: What each kind of hold stops.

    Source:
        The table of `collectkit.holds.EFFECTS`, column ``promise``, or the policy's own; days are calendar days, first and last inclusive.
    """
    if not (facts.promises or facts.agreed):
        return facts
    still = stopped((*facts.holds, *person_holds), (*facts.lifted, *person_lifted), Effect.PROMISE, effects)
    return facts if still == facts.still else attrs.evolve(facts, still=still)


def placement_on(facts: AccountFacts, on: date) -> Placement | None:
    """Return the placement in force on that day; of several moves on one day the last recorded decides."""
    held: Placement | None = None
    for move in sorted((move for move in facts.moves if _day_of(move) <= on), key=_day_of):
        if isinstance(move, Placement):
            held = move
        elif held is not None and held.handler == move.handler:
            held = None
    return held


def _day_of(move: Placement | AccountRecalled) -> date:
    return move.since if isinstance(move, Placement) else move.on


def rules_for(facts: AccountFacts, waterfall: Waterfall | PostingRules, as_of: date) -> Waterfall | PostingRules:
    """
    Return the rules by which money is applied on one account: with the facts of its contract, where rules ask for them.

    Those are the law that the contract names, and what was agreed: each payment plan, settlement and relief for the days on which it
    was in force by what is known at the end of *as_of*. They follow from what was agreed and paid, never from how money was applied.
    """
    if not isinstance(waterfall, PostingRules) or not waterfall.chosen:
        return waterfall
    known = [ContractFact("jurisdiction", facts.account.region)] if facts.account.region else []
    if facts.agreed and any(rule.arrangement for rule in waterfall.chosen):
        payments = [entry for entry in facts.entries if type(entry) is Payment]
        returned = standing_returns(facts.entries, as_of)
        states = arrangement_states(facts.arrangements, facts.account.id, payments, returned, as_of=as_of, still=facts.still)
        known += [ContractFact("arrangement", *days) for days in days_in_force(states)]
    return attrs.evolve(waterfall, facts=(*waterfall.facts, *known)) if known else waterfall


def book_of(facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST) -> Book:
    """Return how the account stands on a day; entries of that day count."""
    return replay(facts.plan, facts.entries, as_of=as_of, waterfall=rules_for(facts, waterfall, as_of))


def promise_states(
    facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST, policy: PromisePolicy = PromisePolicy()
) -> tuple[PromiseState, ...]:
    """
    Tell what each promise of the account has come to by the end of a day, the one due first in front.

    A refund or waiver that left less to pay than was promised lowers the promise, as the account stood on its last day. A
    promise is about what was owed when it was made; a larger one about what falls due by its date; a still larger one about
    all that was outstanding.
    """
    if not facts.promises:
        return ()
    payments = [entry for entry in facts.entries if type(entry) is Payment]
    returned, rules = standing_returns(facts.entries, as_of), rules_for(facts, waterfall, as_of)
    known = without_returns(facts.entries, as_of)

    def unpaid(on: date) -> list[tuple[date, int]]:
        book = replay(facts.plan, known, as_of=on, waterfall=rules)
        return [(due_on, book.unpaid_of(due)) for due, due_on in enumerate(book.due_on)]

    def remaining(promise: Promise, on: date) -> int:
        left, opens_on = unpaid(on), promise.opens_on
        when_made = sum(minor for due_on, minor in left if due_on <= opens_on)
        if when_made >= promise.amount.minor:
            return when_made
        # What is paid on the day on which it was made counts for it, so what it is about stood open the evening before.
        before = unpaid(opens_on - timedelta(days=1))
        about = next(
            (day for day in (opens_on, promise.due_on) if promise.amount.minor <= sum(minor for due_on, minor in before if due_on <= day)),
            date.max,
        )
        return sum(minor for due_on, minor in left if due_on <= about)

    return judge_all(
        facts.promises,
        payments,
        returned,
        as_of=as_of,
        policy=policy,
        cancelled=facts.cancelled,
        remaining_minor=remaining,
        named=facts.named,
        still=facts.still,
    )


def agreed_states(
    facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST, outstanding_minor: int | None = None
) -> tuple[ArrangementState, ...]:
    """
    Tell what each payment plan, settlement and relief has come to for the account by the end of a day.

    Args:
        facts: All that is known of the account.
        as_of: The day.
        waterfall: In which order payments settle what is owed.
        outstanding_minor: What is outstanding at the end of the day, when that is at hand.
    """
    if not facts.agreed:
        return ()

    def outstanding() -> int:
        if outstanding_minor is not None:
            return outstanding_minor
        return book_of(facts, as_of, waterfall=waterfall).balances().outstanding_minor

    payments = [entry for entry in facts.entries if type(entry) is Payment]
    returned = standing_returns(facts.entries, as_of)
    return arrangement_states(
        facts.arrangements, facts.account.id, payments, returned, as_of=as_of, outstanding_minor=outstanding, still=facts.still
    )
