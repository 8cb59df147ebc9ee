"""Which accounts are taken back from whoever has them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType

import attrs

from collectkit.allocation._units import Book, Case, Out, Unit, read, units
from collectkit.allocation.eligibility import NotEligible
from collectkit.allocation.policies import AllocationPolicy
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


def failed_before(recalled: Iterable[AccountRecalled]) -> frozenset[HandlerId]:
    """Return the handlers that gave an account back without success."""
    return frozenset(recall.handler for recall in recalled if recall.reason in FAILED)


def recalls(book: Book, policy: AllocationPolicy, on: date) -> tuple[Recall, ...]:
    """
    Decide which accounts must leave their handler; `allocate` finds a new one for those that may have one.

    Args:
        book: Accounts with who owes them, in any order, all accounts of a person together.
        policy: Handlers and rules.
        on: The business date.

    Returns:
        Sorted by account id. An account that only could do better elsewhere is not among them.

    Raises:
        ValidationError: An account came twice.
    """
    cases = read(book, policy, on)
    of = {account: unit for unit in units(cases, policy, seed=0) for account in unit.accounts}
    found = (_recall(case, of.get(case.standing.account), policy, on) for case in cases)
    return tuple(recall for recall in found if recall is not None)


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
