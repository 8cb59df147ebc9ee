"""Agencies compared: what each brought in of what it was given, and whether that is more than chance and better paper.

Rates are of the amount placed. Agencies that were given easier accounts are not better: what each would have brought in,
had its strata paid as they did with everybody, is the yardstick. Intervals rest on people, not on accounts, because
accounts of one person are paid together.

Source:
    The ratio estimator and its linearised variance over clusters: Cochran, *Sampling Techniques*, 3rd ed., 6.4 and 9A;
    indirect standardisation as in mortality tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

import attrs

from collectkit.allocation import Performed
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.reports.intervals import Interval, Z, root
from collectkit.reports.rates import Dataset, Rate


@attrs.frozen
class Placed:
    """
    One account that a handler had, with what came of it. The amount that was placed never changes afterwards.

    Attributes:
        account: Which.
        person: Who owes it.
        handler: Who had it.
        placed_on: First day.
        ended_on: First day on which it no longer had it; None while it has.
        currency: ISO 4217 code.
        placed_minor: What was outstanding then, minor units.
        stratum: How late and how large it was then; see `collectkit.allocation.stratum_of`.
        collected_minor: What came in while it had it, less what was taken back.
        cost_minor: What that cost: commission, fees.
        worked: Some work on it was reported.
        attempts: How often the handler tried to reach the person about it.
        contacts: How often the person was reached.
        promises_judged: Promises that were judged kept, in part or broken, each once and as it is believed now.
        promises_kept: Of them kept.
        complaints: Complaints about the handler.
        on_time: The handler did what it owed us by the day: acknowledged, began, gave back; None where nothing was due.
    """

    account: AccountId
    person: PersonId
    handler: HandlerId
    placed_on: date
    ended_on: date | None
    currency: str
    placed_minor: int
    stratum: str
    collected_minor: int = 0
    cost_minor: int = 0
    worked: bool = False
    attempts: int = 0
    contacts: int = 0
    promises_judged: int = 0
    promises_kept: int = 0
    complaints: int = 0
    on_time: bool | None = None


@attrs.frozen
class AgencyLine:
    """
    One handler in one currency.

    Attributes:
        handler: Who.
        currency: ISO 4217 code.
        accounts: How many accounts it was given.
        placed_minor: Their amount then.
        liquidation: Collected of placed.
        net_back: Collected less cost, of placed.
        expected: What its paper would have brought in with everybody, of placed.
        fair: Its net-back on average paper: net-back by expected, times the mean of all.
        interval: Of *fair*, 95 %.
        error: Standard error of *fair*.
        best_rank: The best rank that the intervals leave open; 1 is the best.
        worst_rank: The worst one.
        penetration: Accounts that were worked, of those given.
        attempts: Attempts by account.
        contacts: Conversations by account.
        kept: Promises kept of those judged.
        complaints: Complaints by account; times a thousand as they are usually told.
        on_time: What it did in time, of what it owed us.
    """

    handler: HandlerId
    currency: str
    accounts: int
    placed_minor: int
    liquidation: Rate
    net_back: Rate
    expected: Rate
    fair: Fraction
    interval: Interval
    error: Fraction
    best_rank: int
    worst_rank: int
    penetration: Rate
    attempts: Rate
    contacts: Rate
    kept: Rate
    complaints: Rate
    on_time: Rate


@attrs.frozen
class Agencies(Dataset):
    """
    Handlers side by side.

    Attributes:
        as_of: Day of the comparison.
        lines: By currency; within one, the best fair net-back first.
    """

    as_of: date
    lines: tuple[AgencyLine, ...]

    def performed(self, currency: str) -> tuple[Performed, ...]:
        """Return the results as `collectkit.allocation.performance_shares` takes them."""
        return tuple(Performed(line.handler, line.accounts, line.fair, line.error) for line in self.lines if line.currency == currency)


def agencies(placed: Iterable[Placed], *, as_of: date) -> Agencies:
    """Compare handlers by the accounts they were given, ended or not."""
    by_currency: defaultdict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        by_currency[one.currency].append(one)
    return Agencies(as_of, tuple(line for currency in sorted(by_currency) for line in _lines(currency, by_currency[currency])))


def _lines(currency: str, placed: Sequence[Placed]) -> list[AgencyLine]:
    by_handler: defaultdict[HandlerId, list[Placed]] = defaultdict(list)
    for one in placed:
        by_handler[one.handler].append(one)
    given, came = Counter[str](), Counter[str]()
    for one in placed:
        given[one.stratum] += one.placed_minor
        came[one.stratum] += one.collected_minor - one.cost_minor
    rates = {stratum: Fraction(came[stratum], minor) if minor else Fraction(0) for stratum, minor in given.items()}
    mean = Fraction(sum(came.values()), sum(given.values())) if sum(given.values()) else Fraction(0)
    lines = [_line(handler, currency, theirs, rates, mean) for handler, theirs in by_handler.items()]
    ranked = [_ranked(line, lines) for line in lines]
    return sorted(ranked, key=lambda line: (-line.fair, line.handler))


def _line(handler: HandlerId, currency: str, placed: Sequence[Placed], rates: dict[str, Fraction], mean: Fraction) -> AgencyLine:
    given = sum(one.placed_minor for one in placed)
    collected = sum(one.collected_minor for one in placed)
    net = collected - sum(one.cost_minor for one in placed)
    expected = round(sum((one.placed_minor * rates[one.stratum] for one in placed), Fraction(0)))
    # Paper from which nothing came in with anybody is no yardstick: the plain rate stands then.
    scale = mean / Fraction(expected, given) if expected > 0 and given else Fraction(1)
    plain = Fraction(net, given) if given else Fraction(0)
    error = _error(placed, plain, given) * scale
    fair = plain * scale
    return AgencyLine(
        handler,
        currency,
        len(placed),
        given,
        Rate(collected, given, "minor", "collected of placed"),
        Rate(net, given, "minor", "collected less cost, of placed"),
        Rate(expected, given, "minor", "net-back of this paper with everybody, of placed"),
        fair,
        Interval(fair - Z * error, fair + Z * error),
        error,
        1,
        1,
        Rate(sum(one.worked for one in placed), len(placed), "accounts", "accounts worked of those given"),
        Rate(sum(one.attempts for one in placed), len(placed), "accounts", "attempts by account"),
        Rate(sum(one.contacts for one in placed), len(placed), "accounts", "contacts by account"),
        Rate(sum(one.promises_kept for one in placed), sum(one.promises_judged for one in placed), "promises", "kept of judged"),
        Rate(sum(one.complaints for one in placed), len(placed), "accounts", "complaints by account"),
        Rate(
            sum(one.on_time is True for one in placed),
            sum(one.on_time is not None for one in placed),
            "accounts",
            "done in time of what was due",
        ),
    )


def _error(placed: Sequence[Placed], rate: Fraction, given: int) -> Fraction:
    """Return the standard error of a rate over people; the whole rate, or one, where there are too few to tell."""
    people: defaultdict[PersonId, list[int]] = defaultdict(lambda: [0, 0])
    for one in placed:
        people[one.person][0] += one.collected_minor - one.cost_minor
        people[one.person][1] += one.placed_minor
    count = len(people)
    if count < 2 or not given:
        return max(abs(rate), Fraction(1))
    spread = sum(((net - rate * held) ** 2 for net, held in people.values()), Fraction(0))
    return root(spread * count / (count - 1) / given**2)


def _ranked(line: AgencyLine, lines: Sequence[AgencyLine]) -> AgencyLine:
    """Set the ranks that the intervals leave open: only who lies wholly above or below has a certain place."""
    above = sum(other.interval.low > line.interval.high for other in lines if other is not line)
    below = sum(other.interval.high < line.interval.low for other in lines if other is not line)
    return attrs.evolve(line, best_rank=1 + above, worst_rank=len(lines) - below)
