"""The published formulas of recovery, agencies and cost, one function each, over amounts and counts that somebody already has.

Where a term has two published forms there are two functions, because their results cannot be compared. Amounts are minor units of one
currency; shares that are given are exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from collectkit.errors import ValidationError
from collectkit.reports._shares import of_money, ratio, share
from collectkit.reports.intervals import root
from collectkit.reports.rates import Rate


def recovery_rate(collected_minor: int, outstanding_minor: int) -> Rate:
    """
    Return what was collected in a period of all that was outstanding.

    Args:
        collected_minor: Collected in the period, less what was taken back.
        outstanding_minor: Total outstanding debt at its beginning.

    Source:
        VCC Live, *Recovery rate*: amount collected by total outstanding debt, times 100.

    >>> recovery_rate(2_000_000, 10_000_000).percent()
    '20.0'
    """
    return of_money(collected_minor, outstanding_minor, "minor", "collected of outstanding")


def liquidation_rate(collected_minor: int, placed_minor: int) -> Rate:
    """
    Return what was collected of the amount placed in a batch, which is fixed at the placement.

    Args:
        collected_minor: Collected on the batch, less what was taken back.
        placed_minor: Listed amount of the batch.

    Source:
        receivableaccounts.blogspot.com (2012-04): 10,000 collected of 100,000 placed is 10 %.

    >>> liquidation_rate(1_000_000, 10_000_000).percent()
    '10.0'
    """
    return of_money(collected_minor, placed_minor, "minor", "collected of placed")


def liquidation_rate_of_new(collected_minor: int, new_minor: int) -> Rate:
    """
    Return what was collected in a period by the balances of accounts that were new in that period.

    It compares money on old accounts with the amount of new ones, and is not comparable with `liquidation_rate`.

    Args:
        collected_minor: Collected in the period, on whichever accounts.
        new_minor: Balances of the accounts placed in that period.

    Source:
        OpsDog, *Liquidation rate*.

    >>> liquidation_rate_of_new(1_200_000, 8_000_000).percent()
    '15.0'
    """
    return of_money(collected_minor, new_minor, "minor", "collected by new balances of the period")


def net_back(collected_minor: int, commission_minor: int, cost_minor: int = 0) -> int:
    """
    Return what a creditor keeps: collected, less commission, less costs; minor units, below 0 where costs exceed it.

    What a handler is *expected* to bring in net is `collectkit.allocation.net_back`.

    Args:
        collected_minor: Collected, less what was taken back.
        commission_minor: Commission on it.
        cost_minor: Other costs: court fees, traces, letters.

    Source:
        IRG and CCAA on contingency collections ("netback").

    >>> net_back(1_000_000, 250_000, 30_000)
    720000
    """
    of_money(collected_minor, commission_minor, "minor", "net-back")
    ratio(cost_minor, 1, "minor", "net-back")
    return collected_minor - commission_minor - cost_minor


def net_back_rate(collected_minor: int, commission_minor: int, cost_minor: int, placed_minor: int) -> Rate:
    """
    Return the net-back of the amount placed: what makes agencies of different prices comparable.

    Args:
        collected_minor: Collected, less what was taken back.
        commission_minor: Commission on it.
        cost_minor: Other costs.
        placed_minor: Listed amount of the batch.

    Source:
        As `net_back`.

    >>> net_back_rate(1_000_000, 250_000, 30_000, 10_000_000).percent()
    '7.2'
    """
    return of_money(net_back(collected_minor, commission_minor, cost_minor), placed_minor, "minor", "net-back of placed")


def cost_to_collect(cost_minor: int, collected_minor: int, *, commission_minor: int | None = None) -> Rate:
    """
    Return what collecting cost by what was collected; the rate says whether commissions are inside.

    Args:
        cost_minor: Operating cost of collection, without commissions.
        collected_minor: Collected, less what was taken back.
        commission_minor: Commissions, to have them inside; None leaves them out.

    Source:
        Field knowledge, without a page of its own.

    >>> cost_to_collect(80_000, 1_000_000).percent(), cost_to_collect(80_000, 1_000_000, commission_minor=250_000).percent()
    ('8.0', '33.0')
    """
    exclusions = ("commissions",) if commission_minor is None else ()
    own = ratio(cost_minor, collected_minor, "minor", "cost by collected", exclusions)
    return own if commission_minor is None else own + ratio(commission_minor, 0, "minor", "cost by collected", exclusions)


def accounts_per_collector(delinquent: int, collectors: int) -> Rate:
    """
    Return the delinquent accounts by collector.

    Args:
        delinquent: Delinquent accounts.
        collectors: Agents who work them, counted in full-time equivalents.

    Source:
        Cleardu, glossary of collection metrics ("account-to-collector ratio").

    >>> accounts_per_collector(6_000, 15).text(0)
    '400'
    """
    return ratio(delinquent, collectors, "collectors", "delinquent accounts by collector")


def recovery_per_collector(collected_minor: int, collectors: int) -> Rate:
    """
    Return what was collected in a period by collector, minor units.

    Args:
        collected_minor: Collected, less what was taken back.
        collectors: Agents in full-time equivalents.

    Source:
        Recovery by full-time equivalent; field knowledge, without a page of its own.

    >>> recovery_per_collector(9_000_000, 15).text(0)
    '600000'
    """
    return of_money(collected_minor, collectors, "collectors", "collected by collector")


def revenue_per_collector(files: int, balance_minor: int, liquidation: Fraction, commission: Fraction) -> Fraction:
    """
    Return what an agency earns with one collector in a period: files, by their mean balance, by liquidation, by commission; minor units.

    Args:
        files: Accounts that one collector works in the period.
        balance_minor: Mean balance, minor units.
        liquidation: Share of it that is collected, 0 to 1.
        commission: Share of that which the agency keeps, 0 to 1.

    Source:
        receivableaccounts.blogspot.com (2014-06): 300 files of 800 at 60 % and 10 % are 14,400 a month.

    >>> revenue_per_collector(300, 80_000, Fraction(60, 100), Fraction(10, 100))
    Fraction(1440000, 1)
    """
    ratio(files, balance_minor, "minor", "revenue by collector")
    return files * balance_minor * _part("liquidation", liquidation) * _part("commission", commission)


def skip_tracing_yield(located: int, traced: int) -> Rate:
    """
    Return the people for whom current contact data was found, of those who were traced.

    Args:
        located: People with a new contact point that proved to be theirs.
        traced: People who were looked for.

    Source:
        receivableaccounts.blogspot.com (2014-06), on skip tracing.

    >>> skip_tracing_yield(20, 100).percent()
    '20.0'
    """
    return share(located, traced, "people", "located of traced")


def cost_per_located(cost_minor: int, located: int) -> Rate:
    """
    Return what a trace cost for each person who was located, minor units; what was spent on the others is inside.

    Args:
        cost_minor: Cost of all traces.
        located: People who were located.

    Source:
        As `skip_tracing_yield`.

    >>> cost_per_located(50_000, 20).text(0)
    '2500'
    """
    return ratio(cost_minor, located, "people", "cost of tracing by located")


def skip_tracing_lift(traced: Fraction, located: Fraction, reached: Fraction, recovered: Fraction) -> Fraction:
    """
    Return by how much tracing lifts the liquidation of a batch, as a share of one.

    Args:
        traced: Share of the batch that is traced, by amount.
        located: Share of these that is located.
        reached: Share of these who are then spoken with.
        recovered: Share of the balances of these that is recovered.

    Source:
        receivableaccounts.blogspot.com (2014-06): a fifth located of a traced half lifts a batch by about 4 points at a recovery of 60 % of
        right-party contacts. The text does not say who is reached; two thirds give its 4 points.

    >>> skip_tracing_lift(Fraction(1, 2), Fraction(1, 5), Fraction(2, 3), Fraction(3, 5))
    Fraction(1, 25)
    """
    return _part("traced", traced) * _part("located", located) * _part("reached", reached) * _part("recovered", recovered)


def net_charge_off_rate(charged_off_minor: int, recovered_minor: int, opening_minor: int, closing_minor: int) -> Rate:
    """
    Return charge-offs less recoveries, by average receivables; below 0 where more came back than was given up.

    Args:
        charged_off_minor: Charged off in the period.
        recovered_minor: Recovered in the period on what was charged off at any time.
        opening_minor: Receivables at its beginning.
        closing_minor: Receivables at its end; the average is that of the two.

    Source:
        Field knowledge, without a page of its own; the form of US bank call reports.

    >>> net_charge_off_rate(50_000, 10_000, 1_900_000, 2_100_000).percent()
    '2.0'
    """
    for above, below in ((charged_off_minor, recovered_minor), (opening_minor, closing_minor)):
        ratio(above, below, "minor", "net charge-offs by average receivables")
    return Rate(2 * (charged_off_minor - recovered_minor), opening_minor + closing_minor, "minor", "net charge-offs by average receivables")


def scorecard(metrics: Mapping[str, Mapping[str, Fraction]], weights: Mapping[str, int]) -> dict[str, Fraction]:
    """
    Return the score of each agency: the weighted sum of its metrics, each by how many standard deviations it lies above the mean of all.

    Args:
        metrics: By agency and name of the metric. Metrics are to be of equal paper, as those of `collectkit.reports.agencies` are.
        weights: By name of the metric; below 0 where less is better, as of complaints. They are published with the scores.

    Raises:
        ValidationError: An agency lacks a metric that has a weight; nothing was computed.

    Source:
        The weighted sum of standardised metrics; field knowledge, without a page of its own.

    >>> north = {"kept": Fraction(6, 10), "complaints": Fraction(2)}
    >>> south = {"kept": Fraction(4, 10), "complaints": Fraction(1)}
    >>> scorecard({"north": north, "south": south}, {"kept": 3, "complaints": -1})
    {'north': Fraction(2, 1), 'south': Fraction(-2, 1)}
    """
    scores = dict.fromkeys(metrics, Fraction(0))
    for name, weight in weights.items():
        lacking = [agency for agency, held in metrics.items() if name not in held]
        if lacking:
            raise ValidationError(f"{lacking[0]} has no metric {name!r}, which has a weight; nothing was computed")
        values = {agency: Fraction(held[name]) for agency, held in metrics.items()}
        mean = sum(values.values(), Fraction(0)) / max(1, len(values))
        spread = root(sum(((value - mean) ** 2 for value in values.values()), Fraction(0)) / max(1, len(values)))
        for agency, value in values.items():
            scores[agency] += weight * (value - mean) / spread if spread else Fraction(0)
    return scores


def _part(name: str, value: Fraction) -> Fraction:
    if not isinstance(value, Fraction) or not 0 <= value <= 1:
        raise ValidationError(f"{name} is a Fraction from 0 to 1, got {value!r}; nothing was computed")
    return value
