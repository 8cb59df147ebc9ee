"""How a price is shared over installments: the arithmetic of plans, in minor units, exact.

Every function returns columns that add up to what was shared. There is one rounding a figure, at the place where it is
said; what rounding leaves over goes to installments that are named. `collectkit.schedules.building` makes plans of it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

import attrs

from collectkit.errors import PlanError
from collectkit.money import Rounding, divide

__all__ = ["EVENLY", "Interest", "Method", "PeriodRate", "Residual", "Sharing", "equal_parts", "level_payments", "with_interest"]

Residual: TypeAlias = Literal["first", "last", "all_first", "all_last"]
Method: TypeAlias = Literal["annuity", "flat", "equal_principal"]
PeriodRate: TypeAlias = Literal["exact", "decimal"]
Columns: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]

BASIS_POINT_MONTHS = 120_000
"""A yearly rate in basis points divided by this is the rate of one month."""

_HALF = BASIS_POINT_MONTHS // 2
_ONE = Decimal(1)
_DIGITS = Context(prec=28, rounding=ROUND_HALF_EVEN)
_MANY_DIGITS = Context(prec=40)


@attrs.frozen
class Sharing:
    """
    How a price is shared evenly.

    Attributes:
        unit_minor: Installments are whole multiples of so many minor units, such as 100 for whole dollars or 5 for
            Swiss coins; the one that takes the rest is not.
        residual: Where the units go that do not divide: one each to the ``first`` or the ``last`` installments, or all
            of them to the first or the last one (``all_first``, ``all_last``). What is less than a unit goes to the first
            or the last installment accordingly.

    Raises:
        PlanError: The unit is no whole number of at least 1, or the residual another word.
    """

    unit_minor: int = 1
    residual: Residual = "first"

    def __attrs_post_init__(self) -> None:
        if type(self.unit_minor) is not int or self.unit_minor < 1:
            raise PlanError(f"a rounding unit is a whole number of minor units, at least 1, got {self.unit_minor!r}; nothing was recorded")
        if self.residual not in ("first", "last", "all_first", "all_last"):
            raise PlanError(f"residual is 'first', 'last', 'all_first' or 'all_last', got {self.residual!r}; nothing was recorded")


@attrs.frozen
class Interest:
    """
    What a credit costs, and when it is asked.

    Attributes:
        annual_rate_bp: Yearly rate in basis points; a month bears a twelfth of it.
        method: ``annuity``: equal payments on a declining balance; ``equal_principal``: equal principal and interest on what
            remains; ``flat``: interest on the whole price for the whole time, shared evenly.
        rounding: How the payment and each interest are rounded, to a whole number of the split's units.
        principal_grace: So many first installments ask for no principal, only interest.
        interest_grace: The interest of so many first installments is asked with the one after them; nothing is lost.
        interest_free: So many first months bear no interest at all.
        first_period: Length of the first period in months; less than one for money that came later.

    Raises:
        PlanError: A number is none or negative, or the method is another word.
    """

    annual_rate_bp: int = 0
    method: Method = "annuity"
    rounding: Rounding = Rounding.HALF_UP
    principal_grace: int = 0
    interest_grace: int = 0
    interest_free: int = 0
    first_period: Fraction = Fraction(1)

    def __attrs_post_init__(self) -> None:
        if type(self.annual_rate_bp) is not int or self.annual_rate_bp < 0:
            raise PlanError(
                f"annual_rate_bp must be a whole number of basis points, at least 0, got {self.annual_rate_bp!r}; nothing was recorded"
            )
        if self.method not in ("annuity", "flat", "equal_principal"):
            raise PlanError(f"method is 'annuity', 'flat' or 'equal_principal', got {self.method!r}; nothing was recorded")
        for name in ("principal_grace", "interest_grace", "interest_free"):
            count = getattr(self, name)
            if type(count) is not int or count < 0:
                raise PlanError(f"{name} is a whole number of installments, at least 0, got {count!r}; nothing was recorded")

    @property
    def plain(self) -> bool:
        """Return whether this is an annuity without grace, rounded half up: the common case."""
        return (
            self.method == "annuity"
            and self.rounding is Rounding.HALF_UP
            and not (self.principal_grace or self.interest_grace or self.interest_free)
            and self.first_period == 1
        )


EVENLY = Sharing()
"""Every unit of its own, the odd ones with the first installments."""


def equal_parts(minor: int, n: int, split: Sharing = EVENLY) -> tuple[int, ...]:
    """
    Share *minor* evenly over *n* installments; the sum is *minor* exactly.

    Raises:
        PlanError: No installments, or an installment would be nothing.

    >>> equal_parts(102, 4), equal_parts(102, 4, Sharing(residual="all_last"))
    ((26, 26, 25, 25), (25, 25, 25, 27))
    >>> equal_parts(10_050, 3, Sharing(unit_minor=100, residual="last"))
    (3300, 3300, 3450)
    """
    _check_count(n)
    units, rest = divmod(minor, split.unit_minor)
    each, odd = divmod(units, n)
    if each < 1:
        what = f"{split.unit_minor} minor units" if split.unit_minor > 1 else "one"
        raise PlanError(f"{minor} minor units cannot be paid in {n} installments of at least {what}; nothing was recorded")
    residual = split.residual
    if residual == "first" and split.unit_minor == 1:
        return (each + 1,) * odd + (each,) * (n - odd)
    parts = [each + odd] + [each] * (n - 1)
    if residual in ("first", "last"):
        parts = [each + 1] * odd + [each] * (n - odd)
    if residual in ("last", "all_last"):
        parts.reverse()
    parts = [part * split.unit_minor for part in parts]
    parts[0 if residual in ("first", "all_first") else -1] += rest
    return tuple(parts)


def level_payments(principal_minor: int, annual_rate_bp: int, n: int, period_rate: PeriodRate = "exact") -> Columns:
    """
    Return principal and interest of *n* equal monthly payments, in minor units.

    Payment and interest are rounded half up, each once; the last payment takes what is left of the principal.

    Args:
        principal_minor: What is financed, more than zero.
        annual_rate_bp: Yearly rate in basis points, more than zero.
        n: How many payments, at least 1.
        period_rate: ``exact``: a twelfth of the yearly rate as a fraction. ``decimal``: the same in 28 significant digits,
            to agree with a system that computes in Python's decimal context. The two differ where the interest of a month
            is exactly half a minor unit, and the digits that were cut off leave less than half.

    Source:
        The annuity formula with a period rate of a twelfth of the nominal yearly rate.

    >>> level_payments(123_456, 2400, 3)
    ((40340, 41147, 41969), (2469, 1662, 839))
    """
    if period_rate == "decimal" and (cut := _cut_rate(annual_rate_bp)) is not None:
        return _with_cut_rate(principal_minor, annual_rate_bp, n, cut)
    twice, denominator, whole = _annuity(annual_rate_bp, n)
    payment = (principal_minor * twice + denominator) // whole
    principal: list[int] = []
    interest: list[int] = []
    for _ in range(n - 1):
        part = (principal_minor * annual_rate_bp + _HALF) // BASIS_POINT_MONTHS
        interest.append(part)
        part = payment - part
        principal.append(part)
        principal_minor -= part
    principal.append(principal_minor)
    interest.append((principal_minor * annual_rate_bp + _HALF) // BASIS_POINT_MONTHS)
    # A price of a few minor units rounds to payments that overshoot: then the careful way decides.
    if principal_minor < 0 or principal[0] < 0:
        return _declining(sum(principal), n, Interest(annual_rate_bp), 1)
    return tuple(principal), tuple(interest)


def _with_cut_rate(principal_minor: int, annual_rate_bp: int, n: int, cut: Decimal) -> Columns:
    """
    Return level payments where an exact half is decided by what 28 digits leave of it.

    Only an exact half can come out otherwise: any other amount is at least 1/120,000 of a minor unit away from one, and
    the digits cut off are worth less than 10^-11 of a minor unit for any amount that `Money` holds.
    """
    twice, denominator, whole = _annuity(annual_rate_bp, n)
    payment = (principal_minor * twice + denominator) // whole
    principal: list[int] = []
    interest: list[int] = []
    left = principal_minor
    for _ in range(n):
        raised = left * annual_rate_bp + _HALF
        part = raised // BASIS_POINT_MONTHS
        if part * BASIS_POINT_MONTHS == raised:
            part = int(_DIGITS.multiply(left, cut).quantize(_ONE, ROUND_HALF_UP, _DIGITS))
        interest.append(part)
        part = payment - part
        if not 0 <= part <= left:
            part = max(0, min(part, left))
        principal.append(part)
        left -= part
    principal[-1] += left
    return tuple(principal), tuple(interest)


def with_interest(financed: int, n: int, interest: Interest, split: Sharing = EVENLY) -> Columns:
    """
    Return principal and interest of *n* monthly installments, in minor units; the principal adds up to *financed*.

    Args:
        financed: What is paid back, more than zero.
        n: How many installments.
        interest: What it costs.
        split: How principal is shared where it is shared evenly, and the unit of every rounding. An annuity's last
            payment takes the rest whatever the split says.

    Raises:
        PlanError: No installments, more of them than units, or a grace that leaves none.
    """
    _check_count(n)
    if max(interest.principal_grace, interest.interest_grace) >= n:
        raise PlanError(f"a grace leaves at least one of {n} installments, got {interest.principal_grace} of principal and "
                        f"{interest.interest_grace} of interest; nothing was recorded")  # fmt: skip
    equal = (0,) * interest.principal_grace + equal_parts(financed, n - interest.principal_grace, split)
    if not interest.annual_rate_bp:
        return equal, (0,) * n
    if interest.method == "annuity" and interest.plain and split.unit_minor == 1:
        return level_payments(financed, interest.annual_rate_bp, n)
    if interest.method == "annuity":
        principal, cost = _declining(financed, n, interest, split.unit_minor)
    elif interest.method == "flat":
        principal, cost = equal, _flat(financed, n, interest, split)
    else:
        principal, cost = equal, _on_balance(financed, equal, interest, split.unit_minor)
    return principal, _deferred(cost, interest.interest_grace)


def _declining(financed: int, n: int, interest: Interest, unit: int) -> Columns:
    """Return level payments with grace, free months and a rounding unit; the last takes the rest."""
    grace, rate = interest.principal_grace, interest.annual_rate_bp
    free = min(max(0, interest.interest_free - grace), n - grace)
    payment = _rounded(financed * level_factor(rate, n - grace, free, interest.first_period if not grace else Fraction(1)), unit, interest)
    remaining, principal, cost = financed, list[int](), list[int]()
    for number in range(n):
        part_cost = _cost(remaining, number, interest, unit)
        part = 0 if number < grace else remaining if number == n - 1 else max(0, min(payment - part_cost, remaining))
        principal.append(part)
        cost.append(part_cost)
        remaining -= part
    return tuple(principal), tuple(cost)


def _on_balance(financed: int, principal: tuple[int, ...], interest: Interest, unit: int) -> tuple[int, ...]:
    cost, remaining = list[int](), financed
    for number, part in enumerate(principal):
        cost.append(_cost(remaining, number, interest, unit))
        remaining -= part
    return tuple(cost)


def _flat(financed: int, n: int, interest: Interest, split: Sharing) -> tuple[int, ...]:
    """Share the interest on the whole price over the months that bear any."""
    free = min(interest.interest_free, n)
    months = Fraction(n - free) if free else n - 1 + interest.first_period
    cost = _rounded(financed * interest.annual_rate_bp * months / BASIS_POINT_MONTHS, split.unit_minor, interest)
    if n == free:
        return (0,) * n
    each, odd = divmod(cost // split.unit_minor, n - free)
    return (0,) * free + tuple(split.unit_minor * (each + (number < odd)) for number in range(n - free))


def _cost(remaining: int, number: int, interest: Interest, unit: int) -> int:
    """Return the interest of the period of that number, from 0, on what remains."""
    if number < interest.interest_free:
        return 0
    length = interest.first_period if number == 0 else 1
    return _rounded(Fraction(remaining * interest.annual_rate_bp, BASIS_POINT_MONTHS) * length, unit, interest)


def _rounded(amount: Fraction, unit: int, interest: Interest) -> int:
    return unit * divide(amount.numerator, amount.denominator * unit, interest.rounding)


def _deferred(cost: tuple[int, ...], grace: int) -> tuple[int, ...]:
    """Ask the interest of the first installments with the one after them."""
    return (0,) * grace + (sum(cost[: grace + 1]),) + cost[grace + 1 :] if grace else cost


def level_factor(rate_bp: int, n: int, free: int = 0, first_period: Fraction = Fraction(1)) -> Fraction:
    """
    Return the payment per unit of principal, exactly.

    Args:
        rate_bp: Yearly rate in basis points, more than zero.
        n: How many payments.
        free: So many first periods bear no interest.
        first_period: Length of the first period in months.
    """
    rate = Fraction(rate_bp, BASIS_POINT_MONTHS)
    grown, bearing = 1 + rate, n - free
    # What *bearing* payments of one are worth when the interest begins, and the free ones before them at their face.
    worth = free + (grown**bearing - 1) / (rate * grown**bearing)
    if not free and first_period != 1:
        worth *= grown / (1 + rate * first_period)
    return 1 / worth


@lru_cache(maxsize=4096)
def _annuity(rate_bp: int, n: int) -> tuple[int, int, int]:
    """Return what a half-up rounded payment needs: twice the numerator, the denominator, twice the denominator."""
    grown = (BASIS_POINT_MONTHS + rate_bp) ** n
    denominator = BASIS_POINT_MONTHS * (grown - BASIS_POINT_MONTHS**n)
    return 2 * rate_bp * grown, denominator, 2 * denominator


@lru_cache(maxsize=1024)
def _cut_rate(rate_bp: int) -> Decimal | None:
    """Return the rate of a month in 28 digits where that is less than the rate itself: with thirds, or not at all."""
    if not rate_bp % 3:
        return None
    cut = _DIGITS.divide(rate_bp, BASIS_POINT_MONTHS)
    return cut if _MANY_DIGITS.multiply(cut, BASIS_POINT_MONTHS) < rate_bp else None


def _check_count(n: int) -> None:
    if type(n) is not int or n < 1:
        raise PlanError(f"a plan has a whole number of installments, at least 1, got {n!r}; nothing was recorded")
