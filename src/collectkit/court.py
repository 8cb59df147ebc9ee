"""Court: what was referred to a law firm, with which documents, what happened there, and the state that this comes to.

What is recorded are referrals, documents and steps; the state of a suit is read from them and stands in no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

import attrs

from collectkit._checks import NOT_RECORDED, day, member, named
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HandlerId


class CourtStep(Enum):
    """What can happen to a claim."""

    FILED = "filed"
    """The suit was brought."""
    SERVED = "served"
    HEARING_SET = "hearing_set"
    HEARING_HELD = "hearing_held"
    JUDGMENT = "judgment"
    """For the creditor; a claim that the court turns down is dismissed."""
    OFFICER_INSTRUCTED = "officer_instructed"
    """An enforcement officer has the judgment."""
    UNSATISFIED = "unsatisfied"
    """The officer gave it back without the money."""
    SATISFIED = "satisfied"
    SET_ASIDE = "set_aside"
    """The judgment does not stand any more; the claim must be served anew."""
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class SuitState(Enum):
    """How far a referral has come."""

    DOCUMENTS_AWAITED = "documents_awaited"
    READY = "ready"
    """The firm has every document; the suit may be brought."""
    FILED = "filed"
    SERVED = "served"
    HEARING_SET = "hearing_set"
    HEARD = "heard"
    JUDGMENT = "judgment"
    ENFORCEMENT = "enforcement"
    UNSATISFIED = "unsatisfied"
    SATISFIED = "satisfied"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return not STEPS[self]

    @property
    def in_court(self) -> bool:
        """Whether the suit was brought and is not over."""
        return self not in _BEFORE and not self.ended


_S, _C = SuitState, CourtStep
_BEFORE: Final = frozenset({_S.DOCUMENTS_AWAITED, _S.READY})
_GIVEN_UP = {_C.WITHDRAWN: _S.WITHDRAWN}
_LOST = {_C.DISMISSED: _S.DISMISSED, **_GIVEN_UP}
_UNDONE = {_C.SATISFIED: _S.SATISFIED, _C.SET_ASIDE: _S.FILED}

STEPS: Final[Mapping[SuitState, Mapping[CourtStep, SuitState]]] = MappingProxyType(
    {
        _S.DOCUMENTS_AWAITED: _GIVEN_UP,
        _S.READY: {_C.FILED: _S.FILED, **_GIVEN_UP},
        # Nobody is judged who was not told: what was not served has no hearing and no judgment.
        _S.FILED: {_C.SERVED: _S.SERVED, **_LOST},
        _S.SERVED: {_C.HEARING_SET: _S.HEARING_SET, _C.JUDGMENT: _S.JUDGMENT, **_LOST},
        _S.HEARING_SET: {_C.HEARING_SET: _S.HEARING_SET, _C.HEARING_HELD: _S.HEARD, _C.JUDGMENT: _S.JUDGMENT, **_LOST},
        _S.HEARD: {_C.HEARING_SET: _S.HEARING_SET, _C.JUDGMENT: _S.JUDGMENT, **_LOST},
        _S.JUDGMENT: {_C.OFFICER_INSTRUCTED: _S.ENFORCEMENT, **_UNDONE},
        _S.ENFORCEMENT: {_C.UNSATISFIED: _S.UNSATISFIED, **_UNDONE},
        _S.UNSATISFIED: {_C.OFFICER_INSTRUCTED: _S.ENFORCEMENT, **_UNDONE},
        _S.SATISFIED: {},
        _S.DISMISSED: {},
        _S.WITHDRAWN: {},
    }
)
"""From each state, by which step to which other; documents lead from *awaited* to *ready*."""


@attrs.frozen
class Referral:
    """
    An account that went to a law firm.

    Attributes:
        id: Of the referral, chosen by the host; a retry has the same.
        account: Which.
        firm: Handler that has it, a law firm.
        on: Since when.
        currency: ISO 4217 code.
        claim_minor: What could be claimed on that day, minor units.
        documents: What the firm must have before it brings the suit, by the host's names.
        bring_by: Last day on which the suit can be brought; None when that is not looked at.
    """

    id: str = attrs.field(validator=named)
    account: AccountId = attrs.field(converter=AccountId)
    firm: HandlerId = attrs.field(converter=HandlerId)
    on: date = attrs.field(validator=day)
    currency: str
    claim_minor: int
    documents: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    bring_by: date | None = None


def _step(told: str | CourtStep) -> CourtStep:
    return member(CourtStep, told, "what happens to a claim is")


@attrs.frozen
class CourtFact:
    """
    One thing that happened to a claim.

    Attributes:
        step: What.
        on: When it happened.
        hearing_on: For a hearing that is set, its day; for no other step.
        reference: The court's own reference, or the officer's.
        by: Id of the court or officer, never a name.
        outcome: What came of it, as a code of the host: ``adjourned``, ``default``, ``no_assets`` …
        amount_minor: What was awarded by a judgment or brought in by an officer, minor units; when the suit is brought, what is
            claimed, which the library fills in. It tells about the court and moves nothing on the ledger.

    Raises:
        ValidationError: No such step, a hearing without its day or before it is set, a day without a hearing, or an amount below 0; nothing
            was recorded.
    """

    step: CourtStep = attrs.field(converter=_step)
    on: date = attrs.field(validator=day)
    hearing_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day), kw_only=True)
    reference: str = attrs.field(default="", kw_only=True)
    by: str = attrs.field(default="", kw_only=True)
    outcome: str = attrs.field(default="", kw_only=True)
    amount_minor: int = attrs.field(default=0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if (self.hearing_on is not None) != (self.step is CourtStep.HEARING_SET):
            raise ValidationError(f"a hearing that is set has its day, and nothing else has, got {self.step.value}; {NOT_RECORDED}")
        if self.hearing_on is not None and self.hearing_on < self.on:
            raise ValidationError(f"a hearing is set for {self.on} or later, got {self.hearing_on}; {NOT_RECORDED}")
        if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int) or self.amount_minor < 0:
            raise ValidationError(f"amount_minor is a whole number of at least 0, got {self.amount_minor!r}; {NOT_RECORDED}")


@attrs.frozen
class AccountReferred:
    """The account was referred to the law firm that has it."""

    TYPE: ClassVar[str] = "account-referred/1"

    referral: Referral


@attrs.frozen
class DocumentReceived:
    """
    The law firm has one of the documents that it needs.

    Attributes:
        account: About which account.
        referral: Id of the referral.
        document: Which, by the host's name.
        on: Since when.
    """

    TYPE: ClassVar[str] = "document-received/1"

    account: AccountId = attrs.field(converter=AccountId)
    referral: str
    document: str
    on: date = attrs.field(validator=day)


@attrs.frozen
class CourtStepTaken:
    """
    Something happened to a claim: it was filed, heard, judged, enforced, or it ended.

    Attributes:
        account: About which account.
        referral: Id of the referral.
        fact: What.
    """

    TYPE: ClassVar[str] = "court-step-taken/1"

    account: AccountId = attrs.field(converter=AccountId)
    referral: str
    fact: CourtFact


CourtEvent: TypeAlias = AccountReferred | DocumentReceived | CourtStepTaken


@attrs.frozen
class Suit:
    """
    A referral with what became of it.

    Attributes:
        referral: What was referred.
        received: Documents that the firm has, in the order of the record.
        facts: What happened, in the order of the record.
        state: How far it has come.
        received_on: Latest day on which one of the documents came; None before the first.
    """

    referral: Referral
    received: tuple[str, ...] = ()
    facts: tuple[CourtFact, ...] = ()
    state: SuitState = SuitState.READY
    received_on: date | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The documents that the firm does not have yet, in the order of the checklist."""
        return tuple(name for name in self.referral.documents if name not in self.received)

    @property
    def hearing_on(self) -> date | None:
        """The day of the hearing that is set and not held; None for none."""
        return self.facts[-1].hearing_on if self.state is SuitState.HEARING_SET else None

    @property
    def officer(self) -> str:
        """Id of the enforcement officer who has the judgment; empty for none."""
        return self.facts[-1].by if self.state is SuitState.ENFORCEMENT else ""

    @property
    def last_on(self) -> date:
        """The day of the step that happened last, or of the referral."""
        return self.facts[-1].on if self.facts else self.referral.on


def suits_of(events: Iterable[CourtEvent]) -> tuple[Suit, ...]:
    """Return every referral of an account with what became of it, in the order of the record; what cannot follow is passed over."""
    suits: dict[str, Suit] = {}
    for event in events:
        if isinstance(event, AccountReferred):
            referral = event.referral
            awaited = SuitState.DOCUMENTS_AWAITED if referral.documents else SuitState.READY
            suits.setdefault(referral.id, Suit(referral, state=awaited))
        elif (suit := suits.get(event.referral)) is not None:
            suits[event.referral] = with_document(suit, event) if isinstance(event, DocumentReceived) else after(suit, event.fact)
    return tuple(suits.values())


def with_document(suit: Suit, came: DocumentReceived) -> Suit:
    """Return the suit once its firm has a document."""
    if came.document in suit.received:
        return suit
    received_on = max(came.on, suit.received_on or came.on)
    suit = attrs.evolve(suit, received=(*suit.received, came.document), received_on=received_on)
    complete = suit.state is SuitState.DOCUMENTS_AWAITED and not suit.missing
    return attrs.evolve(suit, state=SuitState.READY) if complete else suit


def after(suit: Suit, fact: CourtFact) -> Suit:
    """Return the suit after something happened; the same where it cannot follow."""
    to = STEPS[suit.state].get(fact.step)
    return suit if to is None else attrs.evolve(suit, facts=(*suit.facts, fact), state=to)
