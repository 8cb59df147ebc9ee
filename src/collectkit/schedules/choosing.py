"""Which waterfall a receipt is applied by: chosen by dated facts of the contract, never by lateness, which it would change.

A rule names what it asks for: the status of the account, the law of the contract, the arrangement in force, the kind of
receipt. Of the rules that fit, mandatory law decides first; then an arrangement, which was agreed after the contract; then
the status; then the kind of receipt; then the law of the place where it leaves the choice open, the nearer place before the
wider one; and of two rules that ask for the same, the one that came into force later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations

import attrs

from collectkit._checks import day, given, one_of
from collectkit.errors import PolicyError
from collectkit.ledger import RECEIPTS
from collectkit.schedules.waterfall import Waterfall

__all__ = ["STATUSES", "ContractFact", "WaterfallRule", "chosen", "require_distinct"]

STATUSES: tuple[str, ...] = ("standard", "charged_off", "written_off")
"""The status of an account, from its own entries: given up by the books, asked for no more, or neither."""

_FOREVER = date.max


@attrs.frozen
class ContractFact:
    """
    What holds of a contract for some time.

    Attributes:
        kind: ``jurisdiction``, an ISO 3166-2 code, or ``arrangement``, the name of what was agreed, such as ``settlement``.
        value: Which.
        from_on: First day, inclusive.
        until_on: Last day, inclusive; None for no end.
    """

    kind: str = attrs.field(validator=one_of("jurisdiction", "arrangement"))
    value: str = attrs.field(validator=given)
    from_on: date = attrs.field(default=date.min, validator=day)
    until_on: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether it holds on a day."""
        return self.from_on <= on <= (self.until_on or _FOREVER)


@attrs.frozen(kw_only=True)
class WaterfallRule:
    """
    A waterfall and what it is for; what is empty is not asked for.

    Attributes:
        waterfall: In which order.
        status: One of `STATUSES`.
        jurisdiction: ISO 3166-2 code of a country or a part of one.
        arrangement: Name of what was agreed.
        receipt: Kind of receipt, such as ``merchant_refund``.
        mandatory: The law leaves no choice; only with a jurisdiction.
        from_on: First value date it is for, inclusive.
        until_on: Last one, inclusive; None for no end.
        source: The clause or contract it comes from.

    Raises:
        PolicyError: Another status or kind of receipt, or mandatory law of no place or without a source.
    """

    waterfall: Waterfall
    status: str = ""
    jurisdiction: str = ""
    arrangement: str = ""
    receipt: str = ""
    mandatory: bool = False
    from_on: date = date.min
    until_on: date | None = None
    source: str = ""

    def __attrs_post_init__(self) -> None:
        if self.status and self.status not in STATUSES:
            raise PolicyError(f"a status is one of {', '.join(STATUSES)}, got {self.status!r}; nothing was loaded")
        if self.receipt and self.receipt not in RECEIPTS:
            raise PolicyError(f"a receipt is one of {', '.join(RECEIPTS)}, got {self.receipt!r}; nothing was loaded")
        if self.mandatory and not (self.jurisdiction and self.source):
            raise PolicyError("a mandatory waterfall names its jurisdiction and its source; nothing was loaded")

    def fits(self, receipt: str, on: date, status: str, facts: Iterable[ContractFact]) -> bool:
        """Tell whether the rule is for a receipt of that kind and day on such an account."""
        if not self.from_on <= on <= (self.until_on or _FOREVER) or self.receipt not in ("", receipt) or self.status not in ("", status):
            return False
        held = [fact for fact in facts if fact.holds(on)]
        places = [fact.value for fact in held if fact.kind == "jurisdiction"]
        agreed = [fact.value for fact in held if fact.kind == "arrangement"]
        return (not self.jurisdiction or any(_within(place, self.jurisdiction) for place in places)) and (
            not self.arrangement or self.arrangement in agreed
        )

    @property
    def precedence(self) -> tuple[bool, bool, bool, bool, int, date]:
        """Return its weight against others that fit; the greater decides."""
        return (
            self.mandatory,
            bool(self.arrangement),
            bool(self.status),
            bool(self.receipt),
            len(self.jurisdiction.split("-")) if self.jurisdiction else 0,
            self.from_on,
        )

    @property
    def conditions(self) -> tuple[bool, str, str, str, str, date]:
        """Return what it asks for."""
        return (self.mandatory, self.arrangement, self.status, self.receipt, self.jurisdiction, self.from_on)


def _within(place: str, of: str) -> bool:
    return place == of or place.startswith(f"{of}-")


def require_distinct(rules: Iterable[WaterfallRule]) -> None:
    """
    Check that no two rules ask for the same from the same day on, so that their order never matters.

    Raises:
        PolicyError: Two of them do.
    """
    for one, other in combinations(rules, 2):
        if one.conditions == other.conditions:
            raise PolicyError(f"two waterfalls are for the same: {_said(one)}; nothing was loaded")


def _said(rule: WaterfallRule) -> str:
    named = {"status": rule.status, "jurisdiction": rule.jurisdiction, "arrangement": rule.arrangement, "receipt": rule.receipt}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value) or "every receipt"


def chosen(
    rules: Iterable[WaterfallRule], receipt: str, on: date, *, status: str = "standard", facts: Iterable[ContractFact] = ()
) -> WaterfallRule | None:
    """
    Return the rule by which a receipt is applied; None when none is for it.

    Args:
        rules: All of them, in any order.
        receipt: Kind of the receipt.
        on: Its value date, a calendar day in the account's time zone; first and last days of rules and facts are inclusive.
        status: Status of the account on that day.
        facts: What holds of the contract.

    Source:
        Each rule names its own; which of several decides is `WaterfallRule.precedence`, a rule of this library.
    """
    held = tuple(facts)
    return max((rule for rule in rules if rule.fits(receipt, on, status, held)), key=lambda rule: rule.precedence, default=None)
