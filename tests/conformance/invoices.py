"""Invoices with one due date: lateness, disputes, ageing, rolls, the effectiveness index and the largest customers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from collectkit.calendars.dates import add_months, month_end
from collectkit.facts import AccountFacts
from collectkit.portfolio import Portfolio
from collectkit.reports import (
    Ageing,
    Lateness,
    Rolls,
    Settlement,
    ageing,
    collection_effectiveness_index,
    largest,
    lateness,
    rolls_between,
    sold,
)
from collectkit.schedules import Book

from .cases import Case, compare, read_facts, without_zeros
from .imported import books_on, bring_in, days, having, portfolio_on
from .loans import statistics

CURRENCY = "USD"
QUARTER = 3


def cases(folder: Path, mapping: str) -> Iterator[Case]:
    """Yield every figure of the facts of such a folder."""
    expected = read_facts(folder)
    book = bring_in(folder, mapping)
    accounts, final = book.accounts, book.last_day
    ageing_days = expected["ageing_month_ends"]
    assert isinstance(ageing_days, Mapping)
    snapshots = [portfolio_on(accounts, month) for month in days(ageing_days)]
    actual = {
        **_whole(accounts, final, expected),
        **_columns(folder, books_on(accounts, final), accounts),
        **_disputes(accounts, final),
        "ageing_month_ends": {str(made.as_of): _ageing(made) for made in map(ageing, snapshots)},
        "roll_matrix_counts": _matrix(rolls_between(snapshots)),
        "cei_by_quarter": _index(accounts, final, expected["cei_by_quarter"]),
        **{name: _largest(accounts, name) for name in expected if name.startswith("top")},
    }
    for name in dict.fromkeys((*expected, *actual)):
        if not name.endswith("_definition"):
            yield from compare(f"{mapping}: {name}", expected.get(name), actual.get(name))


def _whole(accounts: Sequence[AccountFacts], day: date, expected: Mapping[str, object]) -> dict[str, object]:
    settled, final = lateness(books_on(accounts, day)), portfolio_on(accounts, day)
    late = settled.of(CURRENCY, Settlement.LATE)
    above = {name: int(name.rpartition("_")[2]) for name in expected if re.fullmatch(r"late_more_than_\d+", name)}
    terms = {name: int(name.split("_")[3]) for name in expected if re.fullmatch(r"terms_other_than_\d+_days", name)}
    return {
        "invoices": len(final),
        "customers": len(set(final.person)),
        "total_cents": int(final.total_minor.sum()),
        "disputed": len(having(accounts, "disputed", "yes")),
        "late_invoices": late.installments,
        "late_amount_cents": late.amount_minor,
        "average_days_late_all": settled.average_days_late(CURRENCY).value,
        "days_late_of_late": statistics(late.days, expected["days_late_of_late"]),
        "average_days_to_settle": settled.average_days_to_settle(CURRENCY).value,
        **{name: late.days.more_than(least) for name, least in above.items()},
        **{name: sum((facts.plan.due_on[0] - facts.plan.bought_on).days != length for facts in accounts) for name, length in terms.items()},
        "paperless_date_after_invoice_but_electronic": sum(
            facts.account.metadata["paperless_bill"] == "Electronic"
            and date.fromisoformat(facts.account.metadata["paperless_on"]) > facts.plan.bought_on
            for facts in accounts
        ),
    }


def _columns(folder: Path, books: Sequence[Book], accounts: Sequence[AccountFacts]) -> dict[str, int]:
    """Count where the figures that the file itself gives for each invoice differ from the library's."""
    said = {}
    with (folder / "invoices.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            said[row["invoiceNumber"]] = (int(row["DaysLate"]), int(row["DaysToSettle"]))
    late = settle = 0
    for facts, book in zip(accounts, books, strict=True):
        result = lateness([book])
        late += said[facts.account.id][0] != result.of(CURRENCY, Settlement.LATE).days.total
        settle += said[facts.account.id][1] != result.average_days_to_settle(CURRENCY).numerator
    return {"dayslate_column_disagrees": late, "daystosettle_column_disagrees": settle}


def _disputes(accounts: Sequence[AccountFacts], day: date) -> dict[str, object]:
    def rate(disputed: str) -> Lateness:
        return lateness(books_on(having(accounts, "disputed", disputed), day))

    return {
        "dispute_late_rate": rate("yes").late_rate(CURRENCY).value,
        "no_dispute_late_rate": rate("no").late_rate(CURRENCY).value,
    }


def _ageing(made: Ageing) -> dict[str, object]:
    lines = made.open_lines(CURRENCY)
    return {
        "open": made.open_accounts(CURRENCY),
        "invoices": without_zeros({line.band: line.accounts for line in lines}),
        "cents": without_zeros({line.band: line.outstanding_minor for line in lines}),
        "open_cents": made.outstanding_minor(CURRENCY),
        "overdue_cents": made.past_due_minor(CURRENCY),
    }


def _matrix(matrix: Rolls) -> dict[str, dict[str, int]]:
    rows = {band: matrix.row(CURRENCY, band) for band in matrix.bands if band not in ("not_started", "closed")}
    return {band: row for band, row in rows.items() if row}


def _index(accounts: Sequence[AccountFacts], day: date, expected: object) -> dict[str, dict[str, object]]:
    assert isinstance(expected, Mapping)
    ends = days(expected)
    opening = month_end(add_months(ends[0].replace(day=1), -QUARTER))
    ageings = [ageing(portfolio_on(accounts, end)) for end in (opening, *ends)]
    return {
        str(line.through): {
            "beginning": line.opening_minor,
            "billed": line.added_minor,
            "ending_total": line.closing_minor,
            "ending_current": line.uncollectable_minor,
            "cei_percent": None if line.rate.value is None else line.rate.value * 100,
        }
        for line in collection_effectiveness_index(ageings, sold(books_on(accounts, day))).lines
    }


def _largest(accounts: Sequence[AccountFacts], name: str) -> object:
    found = re.fullmatch(r"top(\d+)_open_customers_(\d{4}-\d\d-\d\d)", name)
    if found is None:
        return None
    snapshot: Portfolio = portfolio_on(accounts, date.fromisoformat(found[2]))
    return [[line.person, line.outstanding_minor, line.past_due_minor] for line in largest(snapshot, int(found[1])).lines]
