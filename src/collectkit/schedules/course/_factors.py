"""What a span of days costs, and the equal part that pays a sum back with it; nineteen significant digits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import attrs

from collectkit.calendars.dates import Interval, month_end
from collectkit.schedules.course.terms import InterestTerms

DIGITS = 19
_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_WHOLE = Decimal(1)


@attrs.frozen
class Period:
    """
    The time of one installment.

    Attributes:
        starts_on: First day.
        ends_on: Due date.
        days: For how many days it is taken as one whole interval; its own length, but for a first one that is longer or shorter.
    """

    starts_on: date
    ends_on: date
    days: int

    @classmethod
    def of(cls, starts_on: date, ends_on: date) -> Period:
        """Return a period that is a whole interval."""
        return cls(starts_on, ends_on, (ends_on - starts_on).days)


def factor(agreed: InterestTerms, every: Interval, annual_rate: Fraction, period: Period, since: date, until: date) -> Decimal:
    """
    Return the part of the balance that a span of a period costs; nothing for a span without days, as of two due dates on one day.

    Args:
        agreed: How days, months and years are counted.
        every: Distance of the installments.
        annual_rate: Yearly rate of the period.
        period: The period in which the span lies.
        since: Its first day, inclusive.
        until: Its last, exclusive.
    """
    if since == until:
        return Decimal(0)
    rate = _CONTEXT.divide(Decimal(annual_rate.numerator), Decimal(annual_rate.denominator))
    unit = {"months": agreed.days_in_month or month_end(period.starts_on).day, "weeks": 7, "days": 1}[every.unit]
    if not agreed.days_in_year and since.year != until.year:
        return _CONTEXT.multiply(rate, _by_years(since, until))
    fraction = _CONTEXT.divide(Decimal(unit * every.count), Decimal(agreed.days_in_year or _year(since.year)))
    bearing = _CONTEXT.multiply(_CONTEXT.multiply(rate, fraction), Decimal((until - since).days))
    return _CONTEXT.divide(bearing, Decimal(period.days))


def equal_part(minor: int, factors: Sequence[Decimal], unit_minor: int) -> int:
    """Return what pays *minor* back in equal parts of whole units when each span before a part costs its factor."""
    grown, below = _WHOLE, Decimal(0)
    for number, cost in enumerate(factors):
        whole = _CONTEXT.add(_WHOLE, cost)
        grown = _CONTEXT.multiply(grown, whole)
        below = _CONTEXT.add(_WHOLE, _CONTEXT.multiply(below, whole)) if number else _WHOLE
    amount = _CONTEXT.divide(_CONTEXT.multiply(grown, Decimal(minor)), below)
    return unit_minor * int(_CONTEXT.divide(amount, Decimal(unit_minor)).to_integral_value(ROUND_HALF_EVEN, context=_CONTEXT))


def times(minor: int, share: Decimal) -> int:
    """Return a share of minor units, rounded half even."""
    return int(_CONTEXT.multiply(Decimal(minor), share).to_integral_value(ROUND_HALF_EVEN, context=_CONTEXT))


def _by_years(since: date, until: date) -> Decimal:
    """Return the part of a year that a span over New Year takes, the days in each year, its last one included, as a part of that year."""
    fraction = Decimal(0)
    for year in range(since.year, until.year + 1):
        ends = min(until, date(year, 12, 31))
        fraction = _CONTEXT.add(fraction, _CONTEXT.divide(Decimal((ends - since).days), Decimal(_year(year))))
        since = ends
    return fraction


def _year(year: int) -> int:
    """Return the days of a year."""
    return 366 if date(year, 12, 31).timetuple().tm_yday == 366 else 365
