"""What treatment did, as it is recorded: a step that fired, and a decision about purchases with its lifecycle."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

import attrs

from collectkit._checks import one_of
from collectkit.identifiers import AccountId, MessageId, PersonId

__all__ = ["PURCHASING", "STEP", "PurchasingDecided", "StepTaken"]


@attrs.frozen
class StepTaken:
    """
    A treatment step fired for an account, whatever became of it.

    Attributes:
        account: Which.
        step: Name of the step.
        cycle: The due date that started this stretch of lateness (or the due date ahead, for a step before it):
            a step fires at most once in a cycle.
        on: Business date.
        version: Version of the treatment policy.
        outcome: ``planned``, ``done``, ``refused``, or ``not_chosen`` when another candidate was better.
        message: Id of the message planned, when there is one.
    """

    TYPE: ClassVar[str] = "step-taken/1"

    account: AccountId = attrs.field(converter=AccountId)
    step: str
    cycle: date
    on: date
    version: str
    outcome: str
    message: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))


@attrs.frozen
class PurchasingDecided:
    """
    Treatment decided about new purchases; the host, whose checkout it is, carries it out.

    Attributes:
        account: Because of which account.
        person: Whose purchases.
        decision: ``freeze``: none any more; ``cut_limit``: only up to a share of the limit; ``thaw``: as before, whatever was
            decided because of this account.
        on: Business date.
        step: Name of the treatment step.
        cycle: The due date because of which it was decided.
        why: A sentence for a person.
        limit_bp: For a cut, what is left of the limit, in basis points.
    """

    TYPE: ClassVar[str] = "purchasing-decided/1"

    account: AccountId = attrs.field(converter=AccountId)
    person: PersonId = attrs.field(converter=PersonId)
    decision: str = attrs.field(validator=one_of("freeze", "cut_limit", "thaw"))
    on: date
    step: str
    cycle: date
    why: str = ""
    limit_bp: int | None = None


PURCHASING: tuple[tuple[str, str, str, str], ...] = (
    ("open", "a step freezes", "frozen", "no purchase until the thaw"),
    ("open", "a step cuts the limit", "cut", "purchases up to the share that is left"),
    ("cut", "a step freezes", "frozen", "no purchase until the thaw"),
    ("frozen", "a step cuts the limit", "frozen", "the cut is recorded; no purchase until the thaw"),
    ("cut", "another step cuts the limit", "cut", "the lowest share counts"),
    ("frozen", "nothing is past due any more", "open", "thawed: everything before it is over"),
    ("cut", "nothing is past due any more", "open", "thawed: everything before it is over"),
)
"""State, event, state, effect of new purchases because of one account; a step that would decide what stands decides nothing."""

_FIRES: Final = (
    ("planned", "a contact is on the list; the law is asked again at its hand-over"),
    ("done", "a decision, a task, a placement or a charge stands"),
    ("refused", "the law forbids it; it does not come again in this cycle"),
    ("not_chosen", "another act was better; it does not come again in this cycle"),
)

STEP: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("not_due", "its day comes, and a hold, an agreement, a rest or the stop rule stands against it", "waiting", "barred_steps tells why"),
    *(("not_due", "its day comes, and nothing stands against it", outcome, effect) for outcome, effect in _FIRES),
    *(("waiting", "what stood against it is over", outcome, effect) for outcome, effect in _FIRES),
    ("waiting", "its cycle or condition is over, its day moved on, or a later contact stands for it", "not_due", "it does not fire now"),
)
"""State, event, state, effect of one step of a treatment, as the night of a day finds it; what has fired stays as it fired."""
