"""How money is applied on an account: the waterfall of each kind of receipt, where charges stand, in which order facts count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import attrs

from collectkit._checks import one_of
from collectkit.errors import PolicyError
from collectkit.ledger import COMPONENTS, RECEIPTS
from collectkit.ledger.kinds import OrderKey, Recorded, by_value_date
from collectkit.schedules.choosing import ContractFact, WaterfallRule, chosen, require_distinct
from collectkit.schedules.waterfall import INSTALLMENT_FIRST, Waterfall, order_with_tax


def _by_kind(given: Mapping[str, Waterfall]) -> Mapping[str, Waterfall]:
    unknown = sorted(set(given) - set(RECEIPTS))
    if unknown:
        raise PolicyError(f"a waterfall belongs to one of {', '.join(RECEIPTS)}, got {', '.join(unknown)}; nothing was loaded")
    return MappingProxyType(dict(given))


@attrs.frozen(kw_only=True)
class PostingRules:
    """
    How entries change what is owed.

    Attributes:
        waterfall: In which order money settles what is owed.
        by_kind: Other waterfalls by kind of receipt, such as ``merchant_refund``; the kinds not named take `waterfall`.
        chosen: Waterfalls for some contracts, by status, law or arrangement; one that fits goes before the two above.
        facts: What holds of the contract, for these.
        stands: Where a charge or chargeback stands: ``alone``, as a due of its own, or with the ``installment`` in whose
            time it falls; after the last one it then gets an additional row.
        order: In which order entries count; `collectkit.ledger.by_value_date`, `as_known` or `charges_first`.
        due_charges_first: Of an installment paid in advance, fees and penalties whose own date has come are paid before
            anything else of it. Each is counted whole until it is fully paid.
        refunds: The waterfall that refunds in cash go through backwards; None for *waterfall*.
        chargeback_order: In which order a chargeback is owed again over the components that its payment had paid;
            empty: all of it is principal. Without tax, that stands where `Waterfall` puts it.
    """

    waterfall: Waterfall = INSTALLMENT_FIRST
    by_kind: Mapping[str, Waterfall] = attrs.field(factory=dict, converter=_by_kind, hash=False)
    chosen: tuple[WaterfallRule, ...] = attrs.field(default=(), converter=tuple[WaterfallRule, ...])
    facts: tuple[ContractFact, ...] = attrs.field(default=(), converter=tuple[ContractFact, ...])
    stands: str = attrs.field(default="alone", validator=one_of("alone", "installment", error=PolicyError, not_done="nothing was loaded"))
    order: Callable[[Recorded], OrderKey] = by_value_date
    due_charges_first: bool = False
    refunds: Waterfall | None = None
    chargeback_order: tuple[str, ...] = attrs.field(default=(), converter=order_with_tax)

    def __attrs_post_init__(self) -> None:
        require_distinct(self.chosen)
        if self.chargeback_order and sorted(self.chargeback_order) != sorted(COMPONENTS):
            raise PolicyError(f"chargeback_order names each of {', '.join(COMPONENTS)} once; nothing was loaded")

    @property
    def plain(self) -> bool:
        """Tell whether every receipt is applied in the same order."""
        return not self.chosen and not self.by_kind

    def waterfall_of(self, kind: str, on: date, status: str = "standard") -> Waterfall:
        """Return in which order a receipt of that kind and day is applied on an account of that status."""
        if self.chosen:
            rule = chosen(self.chosen, kind, on, status=status, facts=self.facts)
            if rule is not None:
                return rule.waterfall
        return self.by_kind.get(kind, self.waterfall)


DEFAULT_RULES = PostingRules()


def rules_of(given: Waterfall | PostingRules) -> PostingRules:
    """Return the rules that a waterfall alone stands for, or the rules themselves."""
    if isinstance(given, PostingRules):
        return given
    return DEFAULT_RULES if given is INSTALLMENT_FIRST else _alone(given)


# Every replay asks, and a policy has one waterfall or a few.
@lru_cache(maxsize=64)
def _alone(waterfall: Waterfall) -> PostingRules:
    return PostingRules(waterfall=waterfall)
