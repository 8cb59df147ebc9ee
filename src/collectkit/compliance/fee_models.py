"""How laws limit a fee: one model a class, each with the numbers that its pack gives.

Amounts are exact numbers of whole currency units, percentages exact numbers; facts about the fee stand under ``fee.``
(``fee.kind``, ``fee.amount``, ``fee.principal`` …).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

import attrs

from collectkit.compliance.past import PastFee
from collectkit.compliance.question import Question

DEFAULT: Final = "default"
INTEREST: Final = frozenset({"interest", "late_interest", "default_interest"})
PENAL_INTEREST: Final = "penal_interest"
_ACCRUED: Final = "fee.accrued_since_default"
REST: Final = -1
"""Width of the last step of a tariff: all that remains."""


def amount_of(question: Question, name: str) -> Fraction | None:
    """Return a fact that is an exact amount or rate, or None."""
    value = question.fact(name)
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal):
        return None
    return Fraction(value)


class FeeModel(Protocol):
    """A way to limit a fee; one that adds up earlier fees says that it counts them."""

    @property
    def counts_fees(self) -> bool:
        """Whether earlier fees use up the cap."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of fees that are told apart; empty: every fee is limited alike."""
        ...

    def unmet(self, question: Question) -> str:
        """Return why no such fee may be charged at all, or an empty text."""
        ...

    def cap(self, question: Question) -> Fraction | None:
        """Return the most that the law lets charge, or None when too little is known or it names no figure."""
        ...

    def spent(self, question: Question) -> Fraction:
        """Return what earlier fees have used up of it."""
        ...

    def renews_on(self, question: Question) -> date | None:
        """Return the first local day on which the room is new, or None for never."""
        ...


class PlainModel:
    """A model without a condition, a sum, a period or kinds."""

    __slots__ = ()

    @property
    def counts_fees(self) -> bool:
        """Return False."""
        return False

    @property
    def kinds(self) -> frozenset[str]:
        """Return none."""
        return frozenset()

    def unmet(self, question: Question) -> str:
        """Return an empty text."""
        return ""

    def cap(self, question: Question) -> Fraction | None:
        """Return None."""
        return None

    def spent(self, question: Question) -> Fraction:
        """Return nothing."""
        return Fraction(0)

    def renews_on(self, question: Question) -> date | None:
        """Return None."""
        return None


class OfDefault(PlainModel):
    """A model of fees for default, which earlier ones use up; a fee of another kind is limited for itself."""

    @property
    def counts_fees(self) -> bool:
        """Return True."""
        return True

    @property
    def kinds(self) -> frozenset[str]:
        """Return default fees; what is called otherwise is limited for itself."""
        return frozenset({DEFAULT})

    def spent(self, question: Question) -> Fraction:
        """Return what was charged of the same kind for the same accounts."""
        return _of_same_kind(question)


@attrs.frozen
class AuthorizedOnly(PlainModel):
    """A fee needs one of the named authorities; silence is none."""

    authorities: frozenset[str]

    def unmet(self, question: Question) -> str:
        """Ask for an authority."""
        allowed = question.fact("fee.authority") in self.authorities
        return "" if allowed else "Neither the agreement nor a law expressly allows this fee."


@attrs.frozen
class PercentOnce(PlainModel):
    """A percentage of the principal once, and interest for each month."""

    percent: Fraction
    monthly_percent: Fraction

    @property
    def counts_fees(self) -> bool:
        """Return True."""
        return True

    @property
    def kinds(self) -> frozenset[str]:
        """Return those of interest; of all others each is due once."""
        return INTEREST

    def cap(self, question: Question) -> Fraction | None:
        """Return the percentage of the principal; for interest, that of each month."""
        principal = amount_of(question, "fee.principal")
        if principal is None:
            return None
        if question.fact("fee.kind") in INTEREST:
            return principal * self.monthly_percent / 100 * (amount_of(question, "fee.months") or Fraction(1))
        return principal * self.percent / 100

    def spent(self, question: Question) -> Fraction:
        """Return what was charged of the same kind for the same accounts: it is due once."""
        return _of_same_kind(question)


@attrs.frozen
class BasePlus(PlainModel):
    """A rate of interest at so many points over a base rate; the amount of the fee is the rate in per cent."""

    points: Fraction

    def cap(self, question: Question) -> Fraction | None:
        """Return the highest rate."""
        base = amount_of(question, "fee.base_rate_percent")
        return None if base is None else base + self.points


@attrs.frozen
class Tiered(OfDefault):
    """
    Collection costs as a part of a lawyer's fee, which the host reads from the tariff of the day; a small claim has its own.

    The fee is earned once in one matter: what was charged after the first letter is a part of it.

    Source:
        RVG s15(2): a lawyer can demand the fees once in the same matter.
    """

    small_claim_max: Fraction
    small_claim_fee: Fraction
    first_letter: Fraction
    standard: Fraction
    special: Fraction
    minimum: Fraction

    def cap(self, question: Question) -> Fraction | None:
        """Return the highest fee."""
        principal = amount_of(question, "fee.principal")
        # "Beträgt bei einem Gegenstandswert bis 50 Euro die Gebühr ... 30 Euro": the whole fee, of which a part is due as of any other.
        is_small = principal is not None and principal <= self.small_claim_max
        full = self.small_claim_fee if is_small else amount_of(question, "fee.full_fee")
        return None if full is None else self._part(question, full)

    def _part(self, question: Question, full: Fraction) -> Fraction:
        factor = self.special if question.fact("fee.special") is True else self.standard
        return max(full * (self.first_letter if self._is_simple(question) else factor), self.minimum)

    def _is_simple(self, question: Question) -> bool:
        return question.fact("fee.paid_after_first_letter") is True


@attrs.frozen
class PenalCharge(PlainModel):
    """A breach may cost a reasonable charge, never a higher rate, and the charge bears no interest."""

    capitalized: bool
    reasonable: bool

    @property
    def kinds(self) -> frozenset[str]:
        """Return penal interest."""
        return frozenset({PENAL_INTEREST})

    def unmet(self, question: Question) -> str:
        """Refuse penal interest, interest on the charge, and one that is not reasonable."""
        if question.fact("fee.kind") == PENAL_INTEREST or question.fact("fee.added_to_rate") is True:
            return "A penalty may be charged, and not added to the rate of interest."
        if not self.capitalized and question.fact("fee.capitalised") is True:
            return "No interest may be charged on a penal charge."
        return "The charge is not reasonable." if self.reasonable and question.fact("fee.reasonable") is False else ""


@attrs.frozen
class Steps(OfDefault):
    """
    A tariff by steps of the principal, each with its percentage, between a least and a most.

    It is the whole compensation for collecting what is owed: what was charged before is a part of it, also when more fell due since,
    for the principals are then added up.

    Source:
        BW 6:96(6)-(7); Besluit vergoeding voor buitengerechtelijke incassokosten, art. 2.

    Attributes:
        steps: Width of each step and its percentage.
        minimum: The least.
        maximum: The most.
        tax_percent: Tax on top of all of it, for a creditor who pays it to a collector, cannot deduct it and says so.
    """

    steps: Sequence[tuple[int, Fraction]]
    minimum: Fraction
    maximum: Fraction
    tax_percent: Fraction = Fraction(0)

    def cap(self, question: Question) -> Fraction | None:
        """Return the tariff for the principal."""
        left = amount_of(question, "fee.principal")
        if left is None:
            return None
        total = Fraction(0)
        for width, percent in self.steps:
            part = left if width == REST else min(left, Fraction(width))
            total += part * percent / 100
            left -= part
        return min(max(total, self.minimum), self.maximum) * (1 + self._tax(question) / 100)

    def _tax(self, question: Question) -> Fraction:
        """
        Return the percentage that is added.

        Source:
            Besluit vergoeding voor buitengerechtelijke incassokosten, art. 2(3): the creditor uses a taxed service, cannot deduct
            the tax, expressly declares so, and that the costs are therefore higher.
        """
        is_added = question.fact("fee.vat_not_deductible") is True and question.fact("fee.vat_declared") is True
        return self.tax_percent if is_added else Fraction(0)


@attrs.frozen
class ReasonableCost(PlainModel):
    """A fee may be no more than what the breach cost."""

    def unmet(self, question: Question) -> str:
        """Refuse what is known to be unreasonable."""
        return "The fee is not reasonable." if question.fact("fee.reasonable") is False else ""

    def cap(self, question: Question) -> Fraction | None:
        """Return the cost."""
        return amount_of(question, "fee.cost")


@attrs.frozen
class FixedByType(PlainModel):
    """A fixed amount for each kind of fee, and no other kind; some need an agreement."""

    amounts: Mapping[str, Fraction]
    agreed: frozenset[str]

    @property
    def kinds(self) -> frozenset[str]:
        """Return those that have an amount."""
        return frozenset(self.amounts)

    def unmet(self, question: Question) -> str:
        """Refuse a kind that is not listed, and one that was not agreed where it must be."""
        kind = question.fact("fee.kind")
        if kind not in self.amounts:
            return "The law knows no such fee."
        return "Such a fee must have been agreed." if kind in self.agreed and question.fact("fee.agreed") is not True else ""

    def cap(self, question: Question) -> Fraction | None:
        """Return the amount for the kind."""
        return self.amounts.get(str(question.fact("fee.kind")))


@attrs.frozen
class DisclosedCap(PlainModel):
    """A fee must be disclosed and stay within the cap that was."""

    def unmet(self, question: Question) -> str:
        """Refuse a fee that was not disclosed."""
        return "The fee was not disclosed." if question.fact("fee.disclosed") is False else ""

    def cap(self, question: Question) -> Fraction | None:
        """Return the disclosed cap."""
        return amount_of(question, "fee.disclosed_cap")


@attrs.frozen
class InDuplum(PlainModel):
    """All that accrues during default may not exceed the principal at its start."""

    def cap(self, question: Question) -> Fraction | None:
        """Return the principal at the start of the default; of no use, and so unknown, while it is not known what has accrued since."""
        accrued = amount_of(question, _ACCRUED)
        return amount_of(question, "fee.principal_at_default") if accrued is not None or question.all_given else None

    def spent(self, question: Question) -> Fraction:
        """Return what has accrued since."""
        return amount_of(question, _ACCRUED) or Fraction(0)


def _of_same_kind(question: Question) -> Fraction:
    """Return what was charged so far of the kind of the fee, for the accounts of the act; what is not known of it counts."""
    kind = question.fact("fee.kind")
    return sum_of(fee for fee in question.payments.fees if fee.kind in ("", kind) and (not fee.debt or fee.debt in question.debts))


def sum_of(fees: Iterable[PastFee]) -> Fraction:
    """Return what some fees came to."""
    return sum((fee.amount for fee in fees), Fraction(0))
