"""The account header: one purchase on installments, who owes it and to whom.

What is owed follows from its plan and its movements (`collectkit.schedules`); nothing here is a balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import ClassVar, Protocol

import attrs

from collectkit._checks import day, given, one_of
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, PersonId
from collectkit.person.contact_points import plain_text

METADATA_MAX = 32


class Contract(Protocol):
    """What the header must know of the plan that was agreed at the purchase; `schedules.Plan` is one."""

    @property
    def kind(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def bought_on(self) -> date: ...


@attrs.frozen
class Party:
    """
    A party to the account from a day on.

    Attributes:
        role: ``creditor`` (to whom it was owed first), ``owner`` (to whom it is owed) or ``servicer`` (who collects).
        id: The host's id of that firm.
        since: First day, inclusive.
        obtained: For an owner or servicer: ``before_default`` or ``after_default``; empty when it does not matter.
    """

    role: str = attrs.field(validator=one_of("creditor", "owner", "servicer"))
    id: str = attrs.field(validator=given)
    since: date = attrs.field(validator=day)
    obtained: str = ""


_NO_METADATA: Mapping[str, str] = MappingProxyType({})


def _metadata(texts: Mapping[str, str]) -> Mapping[str, str]:
    if not texts:
        return _NO_METADATA
    if len(texts) > METADATA_MAX or any(not isinstance(v, str) or len(v) > 500 for v in texts.values()):
        raise ValidationError(f"metadata holds at most {METADATA_MAX} texts of at most 500 characters; nothing was recorded")
    return MappingProxyType(dict(texts))


def _merchant(value: str) -> str:
    return plain_text(value, "a merchant")


def _contract(instance: object, attribute: attrs.Attribute[Contract], value: Contract) -> None:
    # The plan's own class lives above; what a header needs of it is seen without.
    if not isinstance(getattr(value, "bought_on", None), date):
        raise ValidationError(f"plan must be a plan, such as plans.pay_in_4 makes, got {type(value).__name__}; nothing was recorded")


@attrs.frozen
class Account:
    """
    One purchase on installments.

    Attributes:
        id: The host's id.
        consumer: Who owes it.
        plan: The contract's installments, for example from `collectkit.plans.pay_in_4`.
        product: The host's product code, for rules.
        merchant: The host's id of the shop, for rules and messages; empty when unknown.
        parties: Creditor, owner and servicer over time; empty means the host itself from the first day.
        region: ISO 3166-2 code of the law the contract names; empty means the consumer's own.
        metadata: Further texts for rules; no personal data.
    """

    id: AccountId = attrs.field(converter=AccountId)
    consumer: PersonId = attrs.field(converter=PersonId)
    plan: Contract = attrs.field(validator=_contract)
    product: str = "bnpl"
    merchant: str = attrs.field(default="", converter=_merchant)
    parties: tuple[Party, ...] = attrs.field(default=(), converter=tuple)
    region: str = ""
    metadata: Mapping[str, str] = attrs.field(default=_NO_METADATA, converter=_metadata, hash=False)

    def party(self, role: str, on: date) -> str:
        """Return the id of the party in *role* on that day, or empty for the host itself."""
        held = [party for party in self.parties if party.role == role and party.since <= on]
        return max(held, key=lambda party: party.since).id if held else ""


@attrs.frozen
class AccountOpened:
    """The account and its plan were put on the book."""

    TYPE: ClassVar[str] = "account-opened/1"

    account: Account


@attrs.frozen
class AccountClosed:
    """
    Nothing more will be asked of this account.

    Attributes:
        account: Which.
        on: First day on which it is closed.
        reason: ``paid``, ``cancelled``, ``written_off`` or ``sold``.
    """

    TYPE: ClassVar[str] = "account-closed/1"

    account: AccountId = attrs.field(converter=AccountId)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=one_of("paid", "cancelled", "written_off", "sold"))
