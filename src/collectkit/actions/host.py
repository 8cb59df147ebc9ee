"""Acts that only the host can do (a debit, a report to a bureau, a suit): what was permitted, and what became of it.

They lie in the person's stream, where two workers who both want the last permitted try meet one version.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

import attrs

from collectkit._checks import aware, money, one_of
from collectkit.actions.permission import ActionKind
from collectkit.errors import MoneyError, ValidationError
from collectkit.identifiers import AccountId, MessageId, account_ids
from collectkit.money import Money
from collectkit.personal import without_card_numbers

__all__ = ["DEBITS", "FAILED", "HOST_ACTS", "ActPermitted", "ActResult", "ActSettled", "HostAct", "HostActRecord", "host_acts"]

DEBITS: Final = frozenset({ActionKind.DEBIT, ActionKind.RETRY_PAYMENT})
"""Acts that try to take money: the first try of a payment, and each further one."""

_CHARGES: Final = frozenset({ActionKind.CHARGE_INTEREST, ActionKind.CHARGE_COLLECTION_COST})

HOST_ACTS: Final = DEBITS | _CHARGES | {
    ActionKind.CONTACT_THIRD_PARTY,
    ActionKind.DEPOSIT_POSTDATED,
    ActionKind.REPORT_CREDIT,
    ActionKind.THREATEN_SUIT,
    ActionKind.SUE,
    ActionKind.ENFORCE,
    ActionKind.TERMINATE,
    ActionKind.ACCELERATE,
}  # fmt: skip
"""What a host does itself. Contacts with the person, late fees, placements, sales and erasures have commands that ask by themselves."""

DONE: Final = "done"
FAILED: Final = "failed"
NOT_DONE: Final = "not_done"
"""What becomes of an act: it was done, it was tried and came back, or it was certainly not tried."""


def _action(given: str | ActionKind) -> ActionKind:
    """Return a kind of act that a host does itself, or raise `ValidationError`."""
    found = next((kind for kind in HOST_ACTS if given in (kind, kind.value)), None)
    if found is None:
        allowed = ", ".join(sorted(kind.value for kind in HOST_ACTS))
        raise ValidationError(f"an act that the host does itself is one of {allowed}, got {given!r}; nothing was recorded")
    return found


def _some(instance: object, attribute: attrs.Attribute[tuple[AccountId, ...]], value: tuple[AccountId, ...]) -> None:
    if not value:
        raise ValidationError(f"{attribute.name} names at least one account, got none; nothing was recorded")


def _no_card(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if without_card_numbers(value) != value:
        raise ValidationError(f"{attribute.name} is a token of the payment provider, never the number of a card; nothing was recorded")


def _more_than_zero(instance: object, attribute: attrs.Attribute[Money], value: Money) -> None:
    money(instance, attribute, value)
    if value.minor <= 0:
        raise MoneyError(f"{attribute.name} must be more than zero, or None for an act without one, got {value}; nothing was recorded")


@attrs.frozen
class HostAct:
    """
    One act that the host would do.

    Attributes:
        id: The caller's own id; a further try is another act.
        action: One of `HOST_ACTS`: ``debit`` for the first try of a payment, ``retry_payment`` for each further one, ``report_credit``,
            ``sue`` …; a word or the member.
        accounts: About which accounts, all of one person; what is debited is for the first.
        rail: For a debit: ``visa``, ``mastercard``, ``ach`` …, in the words of the packs and of the policy's ``[law] rails``. Empty: not
            told, so that no network's rule may stand against it.
        instrument: For a debit: the provider's token of the card or bank account, by which networks count. Empty: tries with every
            one count.
        amount: What is debited or charged, more than zero and in the currency of the accounts; None for an act without an amount.
        kind: For a charge: what the packs call it, or the policy's ``[law] charges``; empty: a fee for being late. For
            a debit: ``return_fee`` when it takes a fee because another one came back.
        exception: For a debit: the exception of the law under which it is made, such as an authorization given for this one.
        channel: For contact with a third party: through which channel.
        toward: For contact with a third party: the caller's own id of that person, never a name or a number.

    Raises:
        ValidationError: There is no such act, it names no account, the token is the number of a card, or contact with a third party
            does not say through which channel and with whom.
        MoneyError: The amount is no Money of more than zero.
    """

    id: MessageId = attrs.field(converter=MessageId)
    action: ActionKind = attrs.field(converter=_action)
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids, validator=_some)
    rail: str = attrs.field(default="", kw_only=True)
    instrument: str = attrs.field(default="", kw_only=True, validator=_no_card)
    amount: Money | None = attrs.field(default=None, kw_only=True, validator=attrs.validators.optional(_more_than_zero))
    kind: str = attrs.field(default="", kw_only=True)
    exception: str = attrs.field(default="", kw_only=True)
    channel: str = attrs.field(default="", kw_only=True)
    toward: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.is_contact and not (self.channel and self.toward):
            raise ValidationError("contact with a third party says through which channel and toward whom; nothing was recorded")

    @property
    def is_contact(self) -> bool:
        """Whether it reaches a third party."""
        return self.action is ActionKind.CONTACT_THIRD_PARTY

    @property
    def is_charge(self) -> bool:
        """Whether the person is charged by it."""
        return self.action in _CHARGES

    @property
    def is_debit(self) -> bool:
        """Whether it tries to take money."""
        return self.action in DEBITS


@attrs.frozen
class ActResult:
    """
    What became of an act.

    Attributes:
        outcome: ``done``; ``failed``: it was tried and came back; ``not_done``: it was certainly not tried, and counts no more.
        code: For a debit that failed: the network's or the bank's code. For contact with a third party what it came to, in the words
            of the packs; ``third_party_answered`` when it was done and nothing else is said, ``no_answer`` when it failed.
        advice: The network's advice code; empty for none.
        made_at: When it was done or tried; None: when it was told to be before, else at the instant of its permit, and of one without
            a permit when it was first told of.

    Raises:
        ValidationError: Another word.
        TimeError: *made_at* is naive.
    """

    outcome: str = attrs.field(validator=one_of(DONE, FAILED, NOT_DONE))
    code: str = ""
    advice: str = ""
    made_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))


@attrs.frozen
class ActPermitted:
    """The law permits an act that the host does itself; until it is told what became of it, it counts as possibly done."""

    TYPE: ClassVar[str] = "act-permitted/1"

    act: HostAct
    at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)


@attrs.frozen
class ActSettled:
    """The host told what became of an act of its own; of several, the last one counts."""

    TYPE: ClassVar[str] = "act-settled/1"

    act: HostAct
    result: ActResult
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class HostActRecord:
    """
    One act of the host as it is on record.

    Attributes:
        act: Which.
        permitted_at: When it was permitted; None when it was done without asking here.
        expires_at: Last instant at which it might begin.
        result: What became of it; None while that is not told: it was possibly done.
        settled_at: When that was told.
        told_at: When the host says that it was done or tried; of one without a permit at the latest when it was first told of.
    """

    act: HostAct
    permitted_at: datetime | None = None
    expires_at: datetime | None = None
    result: ActResult | None = None
    settled_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was permitted and nobody told what became of it."""
        return self.result is None

    @property
    def counts(self) -> bool:
        """Whether it was done or tried, or possibly was."""
        return self.result is None or self.result.outcome != NOT_DONE

    @property
    def made_at(self) -> datetime:
        """When it was done or tried, as far as that is told."""
        at = self.told_at or self.permitted_at
        assert at is not None  # it came on record by a permit or by what became of it
        return at

    @property
    def is_late(self) -> bool:
        """Whether it was done after its permit had expired."""
        return not self.is_open and self.counts and self.expires_at is not None and self.made_at > self.expires_at


def host_acts(bodies: Iterable[object]) -> dict[MessageId, HostActRecord]:
    """Fold the events of one person's stream into the host's acts, by id, in the order in which they came on record."""
    found: dict[MessageId, HostActRecord] = {}
    for body in bodies:
        if not isinstance(body, ActPermitted | ActSettled):
            continue
        known = found.get(body.act.id, HostActRecord(body.act))
        if isinstance(body, ActPermitted):
            found[body.act.id] = attrs.evolve(known, permitted_at=body.at, expires_at=body.expires_at)
        else:
            told_at = body.result.made_at or known.told_at or (body.at if known.permitted_at is None else None)
            found[body.act.id] = attrs.evolve(known, result=body.result, settled_at=body.at, told_at=told_at)
    return found
