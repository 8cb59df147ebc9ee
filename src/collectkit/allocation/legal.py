"""Legal referral: whether an account may go to a law firm, with which documents, and what became of it in court."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum

import attrs

from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal
from collectkit.standing import Standing


class ReferralReason(Enum):
    """Why an account is not referred, in order of precedence."""

    NOTHING_OWED = "nothing_owed"
    HELD_BACK = "held_back"
    BELOW_THRESHOLD = "below_threshold"
    """Too little for a suit: the costs would be more than the debt."""
    TIME_BARRED = "time_barred"
    DOCUMENTS_MISSING = "documents_missing"


@attrs.frozen
class LegalPolicy:
    """
    When a suit is worth it, and what it needs.

    Attributes:
        currency: ISO 4217 code of the threshold.
        least_minor: Least that is owed, minor units, inclusive.
        documents: What the firm must be given, by the host's names.
        limitation_days: Days from the oldest unpaid due date within which a claim can be brought; None: not looked at, which
            is the host's decision.
    """

    currency: str
    least_minor: int
    documents: tuple[str, ...] = attrs.field(converter=tuple)
    limitation_days: int | None = None


@attrs.frozen
class Referral:
    """
    An account that may go to a law firm.

    Attributes:
        account: Which.
        on: From when.
        claim_minor: What is claimed, minor units.
        documents: What goes with it.
        bring_by: Last day on which the claim can be brought; None when that is not looked at.
    """

    account: AccountId
    on: date
    claim_minor: int
    documents: tuple[str, ...]
    bring_by: date | None


def refer(
    standing: Standing, policy: LegalPolicy, documents: Iterable[str], *, held_back: Sequence[str] = ()
) -> Referral | Refusal[ReferralReason]:
    """
    Decide whether an account may be referred.

    Args:
        standing: On the day of the decision.
        policy: The threshold and the checklist.
        documents: What there is, by the host's names.
        held_back: What the scrub found (`collectkit.allocation.scrub`).
    """
    claim = standing.collectable_minor
    if claim <= 0:
        return Refusal(ReferralReason.NOTHING_OWED, "nothing that is owed may be asked for")
    if held_back:
        return Refusal(ReferralReason.HELD_BACK, f"not referred while this is in force: {', '.join(held_back)}")
    if standing.currency != policy.currency or claim < policy.least_minor:
        return Refusal(
            ReferralReason.BELOW_THRESHOLD,
            f"{standing.money('owed')} owed; a suit needs {policy.least_minor} {policy.currency} minor units",
        )
    bring_by = _bring_by(standing, policy)
    if bring_by is not None and bring_by < standing.as_of:
        return Refusal(ReferralReason.TIME_BARRED, f"a claim could be brought until {bring_by}")
    held = set(documents)
    missing = [name for name in policy.documents if name not in held]
    if missing:
        return Refusal(ReferralReason.DOCUMENTS_MISSING, f"the firm needs {', '.join(missing)} as well")
    return Referral(standing.account, standing.as_of, claim, policy.documents, bring_by)


def _bring_by(standing: Standing, policy: LegalPolicy) -> date | None:
    due = standing.oldest_unpaid_due_on
    if policy.limitation_days is None or due is None:
        return None
    return date.fromordinal(min(due.toordinal() + policy.limitation_days, date.max.toordinal()))


class CourtStep(Enum):
    """What can happen on the way through a court, in its usual order."""

    FILED = "filed"
    SERVED = "served"
    HEARING = "hearing"
    JUDGMENT = "judgment"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    ENFORCEMENT = "enforcement"
    """An enforcement officer was instructed."""
    SATISFIED = "satisfied"
    RETURNED_UNSATISFIED = "returned_unsatisfied"


_FOLLOWS: dict[CourtStep | None, frozenset[CourtStep]] = {
    None: frozenset({CourtStep.FILED}),
    CourtStep.FILED: frozenset({CourtStep.SERVED, CourtStep.WITHDRAWN, CourtStep.DISMISSED}),
    CourtStep.SERVED: frozenset({CourtStep.HEARING, CourtStep.JUDGMENT, CourtStep.DISMISSED, CourtStep.WITHDRAWN}),
    CourtStep.HEARING: frozenset({CourtStep.HEARING, CourtStep.JUDGMENT, CourtStep.DISMISSED, CourtStep.WITHDRAWN}),
    CourtStep.JUDGMENT: frozenset({CourtStep.ENFORCEMENT, CourtStep.SATISFIED}),
    CourtStep.ENFORCEMENT: frozenset({CourtStep.SATISFIED, CourtStep.RETURNED_UNSATISFIED}),
    CourtStep.RETURNED_UNSATISFIED: frozenset({CourtStep.ENFORCEMENT}),
}


@attrs.frozen
class CourtEvent:
    """
    Something that happened in court.

    Attributes:
        step: What.
        on: When it happened, or is to happen for a hearing that lies ahead.
        reference: The court's own reference, or the officer's.
        outcome: What came of it, in the host's words.
    """

    step: CourtStep
    on: date
    reference: str = ""
    outcome: str = ""


@attrs.frozen
class CourtCase:
    """
    A referral with what happened in court, in order.

    Attributes:
        referral: What was referred.
        events: In the order in which they happened.
    """

    referral: Referral
    events: tuple[CourtEvent, ...] = ()

    @property
    def step(self) -> CourtStep | None:
        """The last step; None before the claim was filed."""
        return self.events[-1].step if self.events else None

    def next_hearing(self, after: date) -> date | None:
        """Return the first hearing later than a day, or None."""
        return min((event.on for event in self.events if event.step is CourtStep.HEARING and event.on > after), default=None)


class CourtReason(Enum):
    """Why what is said to have happened in court is not taken, in order of precedence."""

    NOT_FROM_THERE = "not_from_there"
    BEFORE_THE_LAST = "before_the_last"
    """It is dated before what it is said to follow."""


def add_court_event(case: CourtCase, event: CourtEvent) -> CourtCase | Refusal[CourtReason]:
    """Add what happened; hearings may be set for days that lie ahead and be followed by what comes sooner."""
    allowed = _FOLLOWS.get(case.step, frozenset())
    if event.step not in allowed:
        after = case.step.value if case.step is not None else "the referral"
        words = ", ".join(sorted(step.value for step in allowed)) or "nothing"
        return Refusal(CourtReason.NOT_FROM_THERE, f"after {after} comes {words}, not {event.step.value}")
    last = case.events[-1] if case.events else None
    if last is not None and last.step is not CourtStep.HEARING and event.on < last.on:
        return Refusal(CourtReason.BEFORE_THE_LAST, f"{event.step.value} on {event.on} lies before {last.step.value} on {last.on}")
    return attrs.evolve(case, events=(*case.events, event))
