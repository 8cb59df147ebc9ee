"""What happened and was said before an act: contacts, notices, payments, consents, holds and wishes, as the packs name them.

No personal data: people, accounts and contact points are named by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import attrs

CONVERSATION: Final = "conversation"
UNKNOWN: Final = "unknown"
"""Outcome of a contact that was possibly made: it counts wherever outcomes are counted, and opens nothing that a contact opens."""

OUTCOMES: Final = frozenset(
    {
        "answered_dropped",
        "busy",
        CONVERSATION,
        "delivered",
        "no_answer",
        "not_in_service",
        "third_party_answered",
        "undeliverable",
        "voicemail",
        "voicemail_full",
        "wrong_number",
    }
)
"""What the packs call what contact comes to."""

NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})
_NO_LOANS: Final[Mapping[str, date]] = MappingProxyType({})


@attrs.frozen
class PastContact:
    """
    One contact or attempt of the past.

    Attributes:
        at: When; aware.
        channel: In the words of the packs.
        direction: ``outbound`` or ``inbound``.
        outcome: ``no_answer``, ``conversation`` …; ``unknown`` counts as possibly made.
        person: With whom.
        debts: Accounts it is counted to; empty means unknown, and counts to all.
        discussed: Accounts talked about.
        collector: Who made it; empty for the host itself.
        point: Id of the contact point or the address; empty when unknown.
        place: ``personal``, ``workplace`` …; empty when unknown.
        returned_at: When it became known that it did not arrive; None without such a notice, or at once.
    """

    at: datetime
    channel: str
    direction: str = "outbound"
    outcome: str = "unknown"
    person: str = ""
    debts: tuple[str, ...] = ()
    discussed: tuple[str, ...] = ()
    collector: str = ""
    point: str = ""
    place: str = ""
    returned_at: datetime | None = None


@attrs.frozen
class PastEvent:
    """
    Something that happened and matters to a rule: a notice served, a request received, a finding made.

    Attributes:
        kind: Under the name that the packs use, such as ``default_notice_served``.
        at: When; aware.
        debts: Accounts it is about; empty means all.
        means: How it was sent: ``mail``, ``electronic`` …; empty when unknown.
        point: The contact point it is about; empty for none.
        states: What a notice says, as far as a rule asks; None when that is not recorded, and then it is taken to say all of it.
    """

    kind: str
    at: datetime
    debts: tuple[str, ...] = ()
    means: str = ""
    point: str = ""
    states: tuple[str, ...] | None = None


@attrs.frozen
class PaymentAttempt:
    """
    One try to debit an account.

    Attributes:
        at: When it was made; aware.
        kind: ``original``, ``retry``, ``transfer``, ``return_fee`` for a fee taken because another try came back, or
            ``consumer_payment`` for one the person made themselves.
        code: The answer: ``ok``, or the network's code of the return or decline.
        advice: The network's advice code; empty for none.
        bank_account: Debited account; empty when only one is used.
        loan: For which loan; empty when unknown.
        returned_at: When the answer was received; None for at once.
        exempt: Name of the exception it was made under; empty for none.
        amount: In whole units of its currency, exact; None when unknown.
    """

    at: datetime
    kind: str
    code: str
    advice: str = ""
    bank_account: str = ""
    loan: str = ""
    returned_at: datetime | None = None
    exempt: str = ""
    amount: Fraction | None = None


@attrs.frozen
class PastFee:
    """
    A fee that was charged.

    Attributes:
        on: Local day.
        kind: In the words of the packs, such as ``default`` or ``reminder``; empty when unknown, which counts for every kind.
        amount: In whole units of its currency, exact.
        debt: For which account; empty when unknown, which counts for all.
    """

    on: date
    kind: str
    amount: Fraction
    debt: str = ""


@attrs.frozen
class Authorization:
    """
    A permission to debit once more.

    Attributes:
        kind: ``single_immediate`` or ``additional``.
        obtained_at: When it was given; aware.
        contacted_on: Day on which the person was asked; None when they asked themselves or it is unknown.
        scheduled_on: Day for which it was given; None for at once.
        amount: The most that it allows, in whole units of its currency; None when it names no amount.
        channel: The way of payment for which it was given; empty for any.
    """

    kind: str
    obtained_at: datetime
    contacted_on: date | None = None
    scheduled_on: date | None = None
    amount: Fraction | None = None
    channel: str = ""


@attrs.frozen
class Payments:
    """
    Tries to collect money, and what was charged so far.

    Attributes:
        attempts: Tries to debit, in any order.
        fees: Fees charged to the person, over all accounts that a cap adds up.
        loans: Day on which each loan began, by id; a later loan starts afresh.
        authorizations: Permissions to debit once more.
        known: Whether this is all there is; else what is missing is doubtful.
    """

    attempts: tuple[PaymentAttempt, ...] = ()
    fees: tuple[PastFee, ...] = ()
    loans: Mapping[str, date] = _NO_LOANS
    authorizations: tuple[Authorization, ...] = ()
    known: bool = True


NO_PAYMENTS: Final = Payments()
UNKNOWN_PAYMENTS: Final = Payments(known=False)


@attrs.frozen
class GivenConsent:
    """
    A consent, or a fact that undoes one, under the name that the packs use.

    Attributes:
        kind: Such as ``prior_consent_number``.
        given_at: When; None when unknown, which is read as before the act.
        point: The contact point it is for; empty means any.
        debts: The accounts it is for; empty means all.
        given_to: ``this_collector``, ``creditor`` or ``prior_collector``; only the first is consent.
        confirmed_on: Day on which it was last confirmed.
        withdrawn_at: Since when it is void.
        on_dates: The only local days it is for; empty means no such limit.
        valid_days: Length in days, that of giving being day one; None for the length that the rule sets.
        details: Further facts that a rule about its quality asks for.
    """

    kind: str
    given_at: datetime | None = None
    point: str = ""
    debts: tuple[str, ...] = ()
    given_to: str = "this_collector"
    confirmed_on: date | None = None
    withdrawn_at: datetime | None = None
    on_dates: tuple[date, ...] = ()
    valid_days: int | None = None
    details: Mapping[str, object] = NO_FACTS

    @property
    def is_direct(self) -> bool:
        """Whether it was given to the one who acts, or properly handed down to them, and obtained lawfully."""
        lawful = self.details.get("obtained_lawfully") is not False
        return lawful and self.given_to == "this_collector" and _is_handed_down(self.details.get("chain"))

    def stands(self, at: datetime) -> bool:
        """Whether it had been given and not been withdrawn at that instant."""
        given = self.given_at is None or self.given_at <= at
        return given and (self.withdrawn_at is None or at < self.withdrawn_at)


def _is_handed_down(chain: object) -> bool:
    """Whether some earlier collector obtained the address, the last one used it and nobody heard an opt-out; without a chain, yes."""
    if chain is None:
        return True
    if not isinstance(chain, (list, tuple)) or not chain:
        return False
    return (
        any(link.get("obtained") for link in chain)
        and chain[-1].get("used") is True
        and not any(link.get("opted_out") is not False for link in chain)
    )


@attrs.frozen
class HoldFact:
    """
    Something that stops work, under the name that the packs use.

    Attributes:
        kind: Such as ``cease_communication`` or ``bankruptcy``.
        since: First instant; None when unknown, which is read as long ago.
        until: First instant at which it is over; None when unknown.
        noticed_on: Day of the notice, request or registration that started it.
        last_on: Last local day on which it holds.
        treatment_ended_on: Day on which a crisis treatment ended.
        due_by: Last local day on which the notice could be given with effect.
        debts: Accounts it covers; empty means all.
        form: ``written``, ``oral``, ``reply`` …; empty when unknown.
        accepted: Whether it came through a medium on which such notices are taken.
        refused_on: Day on which it was refused with notice.
        earlier_on: Day of an earlier one of the same kind, where the law lets them be had so often only.
        confirmed_in_writing_on: Day on which an oral one was confirmed in writing.
        extended: It was extended once for good reason.
        repeats: It only repeats an earlier one and brings nothing new.
        repeat_answered_at: When the person was told so, which is answer enough to a repetition.
    """

    kind: str
    since: datetime | None = None
    until: datetime | None = None
    noticed_on: date | None = None
    last_on: date | None = None
    treatment_ended_on: date | None = None
    due_by: date | None = None
    debts: tuple[str, ...] = ()
    form: str = ""
    accepted: bool = True
    refused_on: date | None = None
    earlier_on: date | None = None
    confirmed_in_writing_on: date | None = None
    extended: bool = False
    repeats: bool = False
    repeat_answered_at: datetime | None = None


@attrs.frozen
class Wish:
    """
    A time, medium or place the person called inconvenient.

    Attributes:
        kind: ``inconvenient_time``, ``no_medium`` or ``inconvenient_place``.
        set_at: Since when; None when unknown, which is read as long ago.
        lifted_at: Since when no longer.
        days: Weekdays 0 (Monday) to 6.
        start: First local time, inclusive.
        end: Local time at which it is over, exclusive; 00:00 means midnight at the end of the day.
        medium: The refused medium; empty means every one.
        point: The refused contact point; empty means every one.
        place: The refused place.
        person: Who said it; it binds contact with that person only. Empty: everyone.
    """

    kind: str
    set_at: datetime | None = None
    lifted_at: datetime | None = None
    days: frozenset[int] = frozenset(range(7))
    start: time = time(0)
    end: time = time(0)
    medium: str = ""
    point: str = ""
    place: str = ""
    person: str = ""

    def stands(self, at: datetime) -> bool:
        """Whether it had been said and not been lifted at that instant."""
        return (self.set_at is None or self.set_at <= at) and (self.lifted_at is None or at < self.lifted_at)


def all_lifted_at(wishes: Iterable[Wish]) -> datetime | None:
    """Return the first instant at which every one of the wishes has been lifted, or None while that of any is not known."""
    lifted = [wish.lifted_at for wish in wishes]
    known = [at for at in lifted if at is not None]
    return max(known) if known and len(known) == len(lifted) else None
