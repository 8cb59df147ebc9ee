"""What a host knows about an act beyond a person's standing: the facts of the act itself, notices, payments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.compliance.past import NO_FACTS, Authorization, PastContact, PastEvent, Payments

_NONE: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType({})


@attrs.frozen
class Circumstances:
    """
    Facts about one act that no standing holds, in the words of the rule packs.

    Attributes:
        facts: Of the act (``when.reveals_debt``), its fee (``fee.kind``, ``fee.amount``), a record (``record.kind``), a
            notice (``notice.fields``), the contract (``account.first_contract_on``) or the person. What is not said
            of the act is not so; what is not said of the person or an account stays unknown.
        debts: Further facts of an account by its id, such as ``accrued_on`` or ``contract_form``.
        events: Notices served and received, requests and findings that are not on record. They count besides those that are, so that one
            which `collectkit.Kit.void_notice` took back must not be told here; see `collectkit.Kit.record_notice`.
        payments: Tries to debit and fees charged so far; None when they are not known.
        recipient: ``consumer``, ``third_party``, ``household_member``, ``attorney`` or ``related_person``; empty for what the act implies:
            of a third party of whom nothing is said every rule about any of them is asked.
        purposes: Further purposes for which a rule makes an exception.
        toward: For contact with a third party: that person, by the caller's own id; counts of calls and contacts are theirs.
            Empty: somebody who was not contacted before.
        contacts: Contacts and attempts with third parties so far, which no standing holds.
    """

    facts: Mapping[str, object] = NO_FACTS
    debts: Mapping[str, Mapping[str, object]] = _NONE
    events: tuple[PastEvent, ...] = ()
    payments: Payments | None = None
    recipient: str = ""
    purposes: tuple[str, ...] = ()
    toward: str = ""
    contacts: tuple[PastContact, ...] = ()


NOTHING_FURTHER: Final = Circumstances()

__all__ = ["NOTHING_FURTHER", "Authorization", "Circumstances", "PastEvent", "Payments"]
