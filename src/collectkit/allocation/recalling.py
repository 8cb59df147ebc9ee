"""Which accounts are taken back from whoever has them, and why."""

from __future__ import annotations

from datetime import date
from enum import Enum

import attrs

from collectkit.allocation._units import Book, Case, Out, Unit, read, units
from collectkit.allocation.eligibility import NotEligible
from collectkit.allocation.handlers import AllocationPolicy
from collectkit.identifiers import AccountId, HandlerId


class RecallReason(Enum):
    """Why an account is taken back, in order of precedence; the values are those of `AccountRecalled.reason`."""

    CLOSED = "closed"
    PAID = "paid"
    HOLD = "hold"
    """A hold, such as for insolvency or a death, takes it back from whoever works outside of the house."""
    TERM = "term"
    """The handler does not work any more, or not yet."""
    RULE = "rule"
    """No rule that matches names the handler, or it cannot take the account any more."""


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
        reason = RecallReason.TERM if refused.reason is NotEligible.INACTIVE else RecallReason.RULE
        return Recall(account, handler, on, reason, str(refused))
    return Recall(account, handler, on, RecallReason.RULE, f"no allocation rule that matches leaves it with {handler}")
