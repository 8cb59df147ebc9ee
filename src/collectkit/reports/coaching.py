"""Whom to talk to, and about what: conditions over the figures of productivity that hold beyond chance.

A flag is raised only where the interval of a figure lies wholly on the wrong side of what it is compared with: a fixed threshold, or the
interval of all others of the same team. The more comparisons are made at once, the wider each interval is (Bonferroni), so that over a
whole team of equals some flag is raised by chance in at most one review of twenty. A flag is a reason to listen, and no verdict.

Source:
    Intervals: `collectkit.reports.intervals`. Several comparisons at once: Dunn, *Multiple comparisons among means*, Journal of the
    American Statistical Association 56 (1961), 52-64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from fractions import Fraction
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

import attrs

from collectkit._checks import given
from collectkit.errors import PolicyError, ValidationError
from collectkit.reports.attribution import NOBODY
from collectkit.reports.intervals import Interval, count_interval, root, score_interval
from collectkit.reports.productivity import Measure, Productivity, ProductivityLine
from collectkit.reports.rates import Dataset, decimal_text


class Pace(Enum):
    """A figure that is no share of one."""

    ACCOUNTS_AN_HOUR = "accounts_an_hour"
    """Accounts worked in an hour. Its interval is that of a count whose events come one by one (Poisson)."""
    TALK_A_CONVERSATION = "talk_a_conversation"
    """Seconds of talk for each conversation with the right person. Its interval takes the length of one to scatter by `SCATTER`."""


SCATTER: Final = Fraction(3, 2)
"""Standard deviation of the length of a conversation by its mean, taken wide on purpose: the host tells sums alone."""


class Side(Enum):
    """On which side of what it is compared with a figure gives reason to talk."""

    BELOW = "below"
    ABOVE = "above"


def _limit(instance: object, attribute: attrs.Attribute[Fraction | None], value: object) -> None:
    if value is not None and not (isinstance(value, Fraction) and value >= 0):
        raise PolicyError(f"a threshold is a Fraction of at least 0, such as Fraction(99, 100), got {value!r}; no rule was made")


def _least(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise PolicyError(f"people_least is a whole number of at least 1, got {value!r}; no rule was made")


@attrs.frozen
class CoachingRule:
    """
    A condition that gives reason to talk.

    Attributes:
        name: Unique among the rules that are asked together.
        measure: Which figure.
        side: On which side of the threshold it gives reason.
        threshold: What it is compared with; None: with all others of the team.
        people_least: On so many people a figure rests at least, or nothing is said of it.
        advice: What to look at together, in the host's words.

    Raises:
        PolicyError: No name, a threshold that is not exact or below 0, or fewer than one person.
    """

    name: str = attrs.field(validator=given)
    measure: Measure | Pace
    side: Side = Side.BELOW
    threshold: Fraction | None = attrs.field(default=None, validator=_limit)
    people_least: int = attrs.field(default=5, validator=_least, kw_only=True)
    advice: str = attrs.field(default="", kw_only=True)


COACHING: Final = (
    CoachingRule(
        "unlawful contacts",
        Measure.COMPLIANCE,
        threshold=Fraction(99, 100),
        advice="listen to these calls together, and ask the kit before each call",
    ),
    CoachingRule("promises that are not kept", Measure.QUALITY, advice="how an amount and a day are found that the customer can keep"),
    CoachingRule("accounts that wait", Measure.COVERAGE, advice="whether the list is too long, or the same accounts are taken again"),
    CoachingRule("few right parties", Measure.RIGHT_PARTY, advice="at which hours and on which numbers they try"),
    CoachingRule("short conversations", Pace.TALK_A_CONVERSATION, advice="whether the customer had time to say what is the matter"),
    CoachingRule("long conversations", Pace.TALK_A_CONVERSATION, Side.ABOVE, advice="what keeps a conversation from its end"),
)
"""What is asked where a host says nothing else. None of it asks for more contacts, or for more money."""


@attrs.frozen
class CoachingFlag:
    """
    A figure that gives reason to talk.

    Attributes:
        worker: Whose.
        currency: ISO 4217 code.
        rule: Name of the rule.
        measure: Which figure: the value of a `Measure` or `Pace`.
        side: ``below`` or ``above``.
        figure: The figure.
        interval: Where it lies, at the confidence of the review.
        threshold: What it was compared with: the rule's threshold, or the figure of all others.
        others: Where that lies; None for a fixed threshold.
        people: On how many people it rests.
        advice: What to look at together.
    """

    worker: str
    currency: str
    rule: str
    measure: str
    side: str
    figure: Fraction
    interval: Interval
    threshold: Fraction
    others: Interval | None
    people: int
    advice: str

    def __str__(self) -> str:
        share = self.measure in {measure.value for measure in Measure}

        def said(value: Fraction) -> str:
            return f"{decimal_text(value * 100, 1)}%" if share else decimal_text(value, 1)

        than = f"{said(self.threshold)} of the others" if self.others is not None else said(self.threshold)
        ends = f"{said(self.interval.low)} to {said(self.interval.high)}"
        name = self.measure.replace("_", " ")
        return f"{self.worker}: {self.rule}; {name} is {said(self.figure)} ({ends}, {self.people} people), {self.side} {than}"


@attrs.frozen
class Coaching(Dataset):
    """
    The flags of a review.

    Attributes:
        first: First day of the period, inclusive.
        last: Last day, inclusive.
        compared: How many comparisons were made; a figure that rests on too few people is not compared.
        z: Standard errors on each side of every interval.
        lines: The flags, by currency, worker and rule.
    """

    first: date
    last: date
    compared: int
    z: Fraction
    lines: tuple[CoachingFlag, ...]


@attrs.frozen
class _Figure:
    """
    A figure with what its interval rests on, such that figures of several workers add up.

    Attributes:
        above: Above the line; for a pace the seconds.
        below: Below the line; for a pace the events.
        squares: Sum of the squares of what stands below the line for each person.
        people: How many of them.
    """

    above: int
    below: int
    squares: int
    people: int

    @classmethod
    def of(cls, made: Productivity, line: ProductivityLine, measure: Measure | Pace) -> _Figure:
        if isinstance(measure, Measure):
            pairs = made.by_person(line.worker, line.currency, measure)
            return cls(sum(above for above, _ in pairs), *_weights([below for _, below in pairs]))
        hourly = measure is Pace.ACCOUNTS_AN_HOUR
        seconds, name = (line.seconds, "worked") if hourly else (line.talk_seconds, "conversations")
        # Of whoever no time is known nothing is known.
        return cls(seconds, *_weights(made.counts_by_person(line.worker, line.currency, name))) if seconds else _NOTHING

    def plus(self, other: _Figure, sign: int = 1) -> _Figure:
        return _Figure(*(one + sign * two for one, two in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))

    def value(self, measure: Measure | Pace) -> Fraction:
        return Fraction(self.below * 3_600, self.above) if measure is Pace.ACCOUNTS_AN_HOUR else Fraction(self.above, self.below)

    def interval(self, measure: Measure | Pace, z: Fraction) -> Interval:
        value, size = self.value(measure), Fraction(self.below**2, self.squares)
        if isinstance(measure, Measure):
            return score_interval(value, size, z)
        if measure is Pace.ACCOUNTS_AN_HOUR:
            counted = count_interval(size, z)
            return Interval(value * counted.low / size, value * counted.high / size)
        # One standard error of the mean of so many conversations, by the mean; none is shorter than nothing.
        reach = z * SCATTER * root(1 / size)
        return Interval(max(Fraction(0), value * (1 - reach)), value * (1 + reach))


_NOTHING: Final = _Figure(0, 0, 0, 0)


def _weights(below: Sequence[int]) -> tuple[int, int, int]:
    return sum(below), sum(one * one for one in below), len(below)


@attrs.frozen
class _Comparison:
    line: ProductivityLine
    rule: CoachingRule
    own: _Figure
    others: _Figure | None


def coaching(
    made: Productivity,
    rules: Sequence[CoachingRule] = COACHING,
    *,
    teams: Mapping[str, str] = MappingProxyType({}),
    confidence: Fraction = Fraction(95, 100),
) -> Coaching:
    """
    Look for figures that give reason to talk.

    Args:
        made: What everybody did.
        rules: What gives reason.
        teams: The team of each worker; one is compared with the others of the same team. Who is not named is in the team of no name.
        confidence: How sure it must be that nobody is flagged by chance, over all comparisons of the review; between 0 and 1.

    Raises:
        ValidationError: A confidence that lies not between 0 and 1, or two rules of one name; nothing was compared.
    """
    if not 0 < confidence < 1:
        raise ValidationError(f"a confidence lies between 0 and 1, got {confidence}; nothing was compared")
    if len({rule.name for rule in rules}) < len(rules):
        raise ValidationError("each coaching rule has a name of its own; nothing was compared")
    own = {(line, rule): _Figure.of(made, line, rule.measure) for line in made.lines if line.worker != NOBODY for rule in rules}
    team: dict[tuple[str, str, CoachingRule], _Figure] = {}
    for (line, rule), figure in own.items():
        key = (line.currency, teams.get(line.worker, ""), rule)
        team[key] = team.get(key, _NOTHING).plus(figure)
    compared = []
    for (line, rule), figure in own.items():
        rest = team[line.currency, teams.get(line.worker, ""), rule].plus(figure, -1) if rule.threshold is None else None
        if all(one.people >= rule.people_least for one in (figure, rest) if one is not None):
            compared.append(_Comparison(line, rule, figure, rest))
    z = _z(confidence, len(compared))
    flags = [flag for one in compared if (flag := _flag(one, z)) is not None]
    return Coaching(made.first, made.last, len(compared), z, tuple(flags))


def _z(confidence: Fraction, comparisons: int) -> Fraction:
    """Return how many standard errors make each of so many one-sided comparisons sure enough that all are; to three places."""
    each = (1 - confidence) / max(1, comparisons)
    return Fraction(round(NormalDist().inv_cdf(float(1 - each)) * 1_000), 1_000)


def _flag(one: _Comparison, z: Fraction) -> CoachingFlag | None:
    rule, own = one.rule, one.own.interval(one.rule.measure, z)
    others = one.others.interval(rule.measure, z) if one.others is not None else None
    threshold = one.others.value(rule.measure) if one.others is not None else rule.threshold
    assert threshold is not None
    low, high = (threshold, threshold) if others is None else (others.low, others.high)
    if not (own.high < low if rule.side is Side.BELOW else own.low > high):
        return None
    return CoachingFlag(
        one.line.worker,
        one.line.currency,
        rule.name,
        rule.measure.value,
        rule.side.value,
        one.own.value(rule.measure),
        own,
        threshold,
        others,
        one.own.people,
        rule.advice,
    )
