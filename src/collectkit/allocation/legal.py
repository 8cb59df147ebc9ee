"""Legal referral: whether an account may go to court, with which documents, and whether what is said to happen there can.

A referral does not move the account: a law firm has it by a placement like any other, with its licences, its room and the
law's word on it. What is decided here is the claim, its checklist and its way through court.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum

import attrs

from collectkit._checks import matching
from collectkit.allocation.handlers import Handler, HandlerKind, codes
from collectkit.court import STEPS, CourtFact, CourtStep, CourtStepTaken, DocumentReceived, Referral, Suit
from collectkit.errors import PolicyError
from collectkit.refusals import Refusal
from collectkit.standing import Standing

ADVERSE = frozenset({CourtStep.FILED, CourtStep.OFFICER_INSTRUCTED})
"""Steps that are ours to take, against a person: the law is asked first, and nothing may be held back."""


class ReferralReason(Enum):
    """Why an account is not referred, in order of precedence."""

    ID_REUSED = "id_reused"
    ALREADY_REFERRED = "already_referred"
    NOT_WITH_A_FIRM = "not_with_a_firm"
    """No law firm has the account: place it with one first."""
    NOTHING_OWED = "nothing_owed"
    HELD_BACK = "held_back"
    """A hold or an arrangement stands against it."""
    BELOW_THRESHOLD = "below_threshold"
    """Too little for a suit: the costs would be more than the debt."""
    TIME_BARRED = "time_barred"


_NO_POLICY = "no policy was made"


@attrs.frozen
class LegalPolicy:
    """
    When a suit is worth it, and what it needs.

    Attributes:
        currency: ISO 4217 code of the threshold.
        least_minor: Least that is owed, minor units, inclusive.
        documents: What the firm must have before it brings the suit, by the host's names.
        limitation_days: Days from the oldest unpaid due date within which a claim can be brought; None: not looked at, which
            is the host's decision. The law's own periods are asked about when the suit is brought.

    Raises:
        PolicyError: A currency that is no code, a threshold below 0, a document that is named twice, or a period of less than a day; no
            policy was made.
    """

    currency: str = attrs.field(validator=matching(r"[A-Z]{3}", "an ISO 4217 code such as USD", not_done=_NO_POLICY, error=PolicyError))
    least_minor: int
    documents: tuple[str, ...] = attrs.field(converter=codes)
    limitation_days: int | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.least_minor, bool) or not isinstance(self.least_minor, int) or self.least_minor < 0:
            raise PolicyError(f"the threshold of a suit is a whole number of at least 0, got {self.least_minor!r}; {_NO_POLICY}")
        if len(set(self.documents)) < len(self.documents) or not all(self.documents):
            raise PolicyError(f"each document of a checklist is named once, got {', '.join(map(repr, self.documents))}; {_NO_POLICY}")
        if self.limitation_days is not None and (type(self.limitation_days) is not int or self.limitation_days < 1):
            raise PolicyError(f"a limitation is a whole number of days, at least a day, got {self.limitation_days!r}; {_NO_POLICY}")


def refer(
    standing: Standing, policy: LegalPolicy, id: str, *, firm: Handler | None, suits: Sequence[Suit] = (), held_back: Sequence[str] = ()
) -> Referral | Refusal[ReferralReason]:
    """
    Decide whether an account is referred to the law firm that has it.

    Args:
        standing: On the first day of the referral.
        policy: The threshold and the checklist.
        id: Of the referral.
        firm: Who has the account; None for nobody.
        suits: Earlier referrals of the account.
        held_back: What the scrub found (`collectkit.allocation.scrub_for_court`).
    """

    def no(reason: ReferralReason, detail: str) -> Refusal[ReferralReason]:
        return Refusal(reason, detail, "nothing was referred")

    if any(suit.referral.id == id for suit in suits):
        return no(ReferralReason.ID_REUSED, f"referral {id!r} was made with other content")
    live = next((suit for suit in suits if not suit.state.ended), None)
    if live is not None:
        return no(ReferralReason.ALREADY_REFERRED, f"referral {live.referral.id} is not over: {live.state.value}")
    if firm is None or firm.kind is not HandlerKind.LAW_FIRM:
        return no(ReferralReason.NOT_WITH_A_FIRM, f"{firm.id if firm is not None else 'nobody'} has it, not a law firm")
    claim = standing.collectable_minor
    if claim <= 0:
        return no(ReferralReason.NOTHING_OWED, "nothing that is owed may be asked for")
    if held_back:
        return no(ReferralReason.HELD_BACK, f"not referred while this is in force: {', '.join(held_back)}")
    if standing.currency != policy.currency or claim < policy.least_minor:
        least = f"a suit needs {policy.least_minor} {policy.currency} minor units"
        return no(ReferralReason.BELOW_THRESHOLD, f"{claim} {standing.currency} can be claimed; {least}")
    bring_by = _bring_by(standing, policy)
    if bring_by is not None and bring_by < standing.as_of:
        return no(ReferralReason.TIME_BARRED, f"a claim could be brought until {bring_by}")
    return Referral(id, standing.account, firm.id, standing.as_of, standing.currency, claim, policy.documents, bring_by)


def _bring_by(standing: Standing, policy: LegalPolicy) -> date | None:
    due = standing.oldest_unpaid_due_on
    if policy.limitation_days is None or due is None:
        return None
    return date.fromordinal(min(due.toordinal() + policy.limitation_days, date.max.toordinal()))


class CourtReason(Enum):
    """Why a document or a step is not recorded, in order of precedence."""

    NOT_REFERRED = "not_referred"
    NOT_ON_THE_LIST = "not_on_the_list"
    """The checklist does not name the document."""
    DOCUMENTS_MISSING = "documents_missing"
    NOT_FROM_THERE = "not_from_there"
    BEFORE_THE_LAST = "before_the_last"
    """It is dated before what it is said to follow."""
    NOT_YET = "not_yet"
    """Its day lies ahead."""
    NOT_WITH_THE_FIRM = "not_with_the_firm"
    """The firm of the referral does not have the account any more."""
    NOTHING_OWED = "nothing_owed"
    HELD_BACK = "held_back"
    TIME_BARRED = "time_barred"
    FORBIDDEN = "forbidden"
    """A rule of law stands against it."""


def _no(reason: CourtReason, detail: str) -> Refusal[CourtReason]:
    return Refusal(reason, detail, "nothing was recorded")


def not_referred() -> Refusal[CourtReason]:
    """Return the refusal of what is said about an account that is not referred."""
    return _no(CourtReason.NOT_REFERRED, "the account is not referred to a law firm, or that is over")


def receive(suit: Suit, document: str, on: date, *, today: date) -> DocumentReceived | Refusal[CourtReason]:
    """Decide whether a document is taken; one that comes a second time is checked off a second time, and changes nothing."""
    if document not in suit.referral.documents:
        return _no(CourtReason.NOT_ON_THE_LIST, f"the firm needs {', '.join(suit.referral.documents) or 'no document'}, not {document!r}")
    if on < suit.referral.on:
        return _no(CourtReason.BEFORE_THE_LAST, f"{on} lies before the referral of {suit.referral.on}")
    if on > today:
        return _no(CourtReason.NOT_YET, f"{on} lies ahead")
    return DocumentReceived(suit.referral.account, suit.referral.id, document, on)


def take_step(
    suit: Suit, fact: CourtFact, standing: Standing, *, today: date, held_back: Sequence[str] = ()
) -> CourtStepTaken | Refusal[CourtReason]:
    """
    Decide whether a step is recorded; what we would do against a person has more to pass than what a court did.

    Args:
        suit: As far as it has come.
        fact: What is said to have happened; a suit that is brought claims what can be claimed on that day.
        standing: On the day of the step.
        today: The business date.
        held_back: What the scrub found on that day.
    """
    if fact.step is CourtStep.FILED and suit.missing:
        return _no(CourtReason.DOCUMENTS_MISSING, f"the firm needs {', '.join(suit.missing)} as well")
    allowed = STEPS[suit.state]
    if fact.step not in allowed:
        words = ", ".join(step.value for step in allowed) or "nothing"
        return _no(CourtReason.NOT_FROM_THERE, f"after {suit.state.value} comes {words}, not {fact.step.value}")
    if fact.on < suit.last_on:
        return _no(CourtReason.BEFORE_THE_LAST, f"{fact.step.value} on {fact.on} lies before the step of {suit.last_on}")
    if fact.step is CourtStep.FILED and suit.received_on is not None and fact.on < suit.received_on:
        return _no(CourtReason.BEFORE_THE_LAST, f"filed on {fact.on} lies before the document of {suit.received_on}")
    if fact.on > today:
        return _no(CourtReason.NOT_YET, f"{fact.on} lies ahead")
    if fact.step in ADVERSE:
        refused = _stopped(suit, fact, standing, held_back)
        if refused is not None:
            return refused
    if fact.step is CourtStep.FILED:
        fact = attrs.evolve(fact, amount_minor=standing.collectable_minor)
    return CourtStepTaken(suit.referral.account, suit.referral.id, fact)


def _stopped(suit: Suit, fact: CourtFact, standing: Standing, held_back: Sequence[str]) -> Refusal[CourtReason] | None:
    if fact.step is CourtStep.FILED and standing.handler != suit.referral.firm:
        return _no(CourtReason.NOT_WITH_THE_FIRM, f"{standing.handler or 'nobody'} has the account, not {suit.referral.firm}")
    if standing.collectable_minor <= 0:
        return _no(CourtReason.NOTHING_OWED, "nothing that is owed may be asked for")
    if held_back:
        return _no(CourtReason.HELD_BACK, f"not done while this is in force: {', '.join(held_back)}")
    bring_by = suit.referral.bring_by
    if fact.step is CourtStep.FILED and bring_by is not None and fact.on > bring_by:
        return _no(CourtReason.TIME_BARRED, f"a claim could be brought until {bring_by}")
    return None
