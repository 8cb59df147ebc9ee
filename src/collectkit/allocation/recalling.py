"""Which accounts are taken back from whoever has them, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType

import attrs

from collectkit.allocation._units import Book, Case, Out, Unit, read, units
from collectkit.allocation.eligibility import NotEligible
from collectkit.allocation.policies import AllocationPolicy
from collectkit.court import SuitState
from collectkit.identifiers import AccountId, HandlerId
from collectkit.placement import AccountRecalled


class RecallReason(Enum):
    """Why an account is taken back, in order of precedence; the values are those of `AccountRecalled.reason`."""

    CLOSED = "closed"
    PAID = "paid"
    HOLD = "hold"
    """A hold, such as for insolvency or a death, takes it back from whoever works outside of the house."""
    TERM = "term"
    """The handler does not work any more, or not yet, or had it for as long as it may."""
    INACTIVITY = "inactivity"
    """The handler had it for too long without a payment."""
    RULE = "rule"
    """No rule that matches names the handler, or it cannot take the account any more."""


_REASONS: Mapping[NotEligible, RecallReason] = MappingProxyType(
    {
        NotEligible.INACTIVE: RecallReason.TERM,
        NotEligible.TERM: RecallReason.TERM,
        NotEligible.INACTIVITY: RecallReason.INACTIVITY,
    }
)
_TERMS = frozenset({NotEligible.TERM, NotEligible.INACTIVITY})
"""What takes an account back by the passing of days alone; what else stands against a handler comes before it, so it stands alone."""
FAILED = frozenset({RecallReason.TERM.value, RecallReason.INACTIVITY.value, "returned"})
"""Reasons of a recall after which a handler does not get the account again."""


@attrs.frozen
class Recall:
    """
    One account to be taken back.

    Attributes:
        account: Which.
        handler: From whom.
        on: First day on which the handler no longer has it.
        reason: As a code.
        text: As a sentence, without personal data.
    """

    account: AccountId
    handler: HandlerId
    on: date
    reason: RecallReason
    text: str


@attrs.frozen
class Spared:
    """
    One account that stays with its handler beyond a term, because a suit about it is in court.

    Attributes:
        account: Which.
        handler: With whom.
        on: The business date.
        text: Which term is over, and what it waits for, as a sentence without personal data.
    """

    account: AccountId
    handler: HandlerId
    on: date
    text: str


def failed_before(recalled: Iterable[AccountRecalled]) -> frozenset[HandlerId]:
    """Return the handlers that gave an account back without success."""
    return frozenset(recall.handler for recall in recalled if recall.reason in FAILED)


def recalls(book: Book, policy: AllocationPolicy, on: date, *, in_court: Collection[AccountId] = ()) -> tuple[Recall, ...]:
    """
    Decide which accounts must leave their handler; `allocate` finds a new one for those that may have one.

    Args:
        book: Accounts with who owes them, in any order, all accounts of a person together.
        policy: Handlers and rules.
        on: The business date.
        in_court: Accounts about which a suit was brought that is not over; the terms of handlers that wait for suits
            (`Handler.waits_for_suits`) do not take those back.

    Returns:
        Sorted by account id. An account that only could do better elsewhere is not among them, and none that is `spared`.

    Raises:
        ValidationError: An account came twice.
    """
    return tuple(one for one in _leaving(book, policy, on, in_court) if isinstance(one, Recall))


def spared(book: Book, policy: AllocationPolicy, on: date, *, in_court: Collection[AccountId]) -> tuple[Spared, ...]:
    """
    Return the accounts that would be taken back by a term if no suit about them were in court, sorted by account id.

    Args:
        book: Accounts with who owes them, in any order, all accounts of a person together.
        policy: Handlers and rules.
        on: The business date.
        in_court: Accounts about which a suit was brought that is not over.

    Raises:
        ValidationError: An account came twice.
    """
    return tuple(one for one in _leaving(book, policy, on, in_court) if isinstance(one, Spared))


def at_law(
    book: Book, policy: AllocationPolicy, on: date, *, suits: Mapping[AccountId, Sequence[SuitState]]
) -> tuple[frozenset[AccountId], tuple[Spared, ...]]:
    """
    Return the accounts whose referral to a law firm is not over and which stay with it, for no rule moves a suit about.

    What is over by itself, a hold and the end of the firm's work take an account back all the same, and so do the terms of the firm,
    which wait for a suit that was brought where the policy lets them.

    Args:
        book: Accounts with who owes them, in any order, all accounts of a person together.
        policy: Handlers and rules.
        on: The business date.
        suits: What became of the referrals of each account, for those that have any.

    Returns:
        Those that stay, which `allocate` need not be asked about, and of them and others those that a term would take otherwise.
    """
    referred = {id for id, known in suits.items() if any(not state.ended for state in known)}
    if not referred:
        return frozenset(), ()
    held = list(book)
    people = {standing.person for standing, _ in held if standing.account in referred}
    theirs = [(standing, consumer) for standing, consumer in held if standing.person in people]
    in_court = {id for id, known in suits.items() if any(state.in_court for state in known)}
    leaving = list(_leaving(theirs, policy, on, in_court))
    taken = {one.account for one in leaving if isinstance(one, Recall) and one.reason is not RecallReason.RULE}
    with_a_firm = {standing.account for standing, _ in theirs if standing.handler is not None}
    return frozenset((referred & with_a_firm) - taken), tuple(one for one in leaving if isinstance(one, Spared))


def _leaving(book: Book, policy: AllocationPolicy, on: date, in_court: Collection[AccountId]) -> Iterator[Recall | Spared]:
    cases, waiting = read(book, policy, on), {handler.id for handler in policy.handlers if handler.waits_for_suits}
    of = {account: unit for unit in units(cases, policy, seed=0) for account in unit.accounts}
    for case in cases:
        found = _recall(case, of.get(case.standing.account), policy, on)
        refused = case.refusals.get(found.handler) if found is not None else None
        by_term = refused is not None and refused.reason in _TERMS and case.out is None
        if found is not None and by_term and found.account in in_court and found.handler in waiting:
            yield Spared(found.account, found.handler, on, f"{found.text}; it waits for the suit that is in court")
        elif found is not None:
            yield found


def _recall(case: Case, unit: Unit | None, policy: AllocationPolicy, on: date) -> Recall | None:
    account, handler = case.standing.account, case.standing.handler
    if handler is None:
        return None
    match case.out:
        case Out.CLOSED:
            return Recall(account, handler, on, RecallReason.CLOSED, f"closed since {case.standing.closed_on}")
        case Out.PAID:
            return Recall(account, handler, on, RecallReason.PAID, "nothing is left to be paid")
        case Out.HOLD:
            return Recall(account, handler, on, RecallReason.HOLD, f"in force: {', '.join(case.standing.holds)}")
        case Out.NOT_STARTED:
            return Recall(account, handler, on, RecallReason.RULE, "the purchase lies ahead")
        case None:
            pass
    if case.frozen or (unit is not None and unit.choice(handler) is not None):
        return None
    refused = case.refusals.get(handler)
    if refused is not None:
        reason = _REASONS.get(refused.reason, RecallReason.RULE)
        return Recall(account, handler, on, reason, str(refused))
    return Recall(account, handler, on, RecallReason.RULE, f"no allocation rule that matches leaves it with {handler}")
