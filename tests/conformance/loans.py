"""Installment loans with payments: counts, waterfall, ageing, rolls, cures and effectiveness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import attrs

from collectkit.calendars.dates import local_date
from collectkit.facts import AccountFacts
from collectkit.intake import RowStatus, load_mapping
from collectkit.intake.mapping import Condition, Skip
from collectkit.ledger import Payment
from collectkit.money import Money
from collectkit.portfolio import Portfolio
from collectkit.reports import (
    Ageing,
    DayCounts,
    Rolls,
    Settlement,
    ageing,
    collected,
    cures,
    ever_past_due,
    fell_due,
    lateness,
    past_due_effectiveness,
    rolls_between,
)

from .cases import Case, compare, read_facts, without_zeros
from .imported import Imported, books_on, bring_in, days, having, portfolio_on

CURRENCY = "USD"
COLLECTIBLE = ("paid", "defaulted", "in_repayment")
DISBURSED = {"kiva-json": "terms.disbursal_date", "kiva-csv": "disbursed_at"}
PAYMENT_ROWS = {"kiva-json": "loans.payments[]", "kiva-csv": "payments"}


def cases(folder: Path, mapping: str) -> Iterator[Case]:
    """Yield every figure of the facts of such a folder."""
    expected = read_facts(folder)
    book = bring_in(folder, mapping)
    collectible = having(book.accounts, "status", *COLLECTIBLE)
    months = days(_mapping(expected["ageing_month_ends"]))
    final = max(book.last_day, months[-1])
    snapshots = [portfolio_on(collectible, month) for month in months]
    ageings = [ageing(snapshot) for snapshot in snapshots]
    matrix = rolls_between(snapshots)
    actual = {
        "counts": _counts(folder, mapping, book, portfolio_on(collectible, final)),
        "money_cents": _money(folder, mapping, book, portfolio_on(book.accounts, final)),
        "collectible_set": _set(portfolio_on(collectible, final), collectible),
        "waterfall_fifo": _waterfall(collectible, final, _mapping(expected["waterfall_fifo"])),
        "ageing_month_ends": {str(made.as_of): _ageing(made) for made in ageings},
        "roll_matrix_all_month_pairs_counts": _matrix(matrix),
        "cure_rate_month_to_month": _cures(matrix),
        "collection_effectiveness_by_month": {"months": _effectiveness(ageings, collectible, final)},
        "ever_dpd_at_a_month_end": _ever(snapshots, _mapping(expected["ever_dpd_at_a_month_end"])),
        "defaulted": _defaulted(portfolio_on(having(collectible, "status", "defaulted"), final)),
    }
    for name in dict.fromkeys((*expected, *actual)):
        yield from compare(f"{mapping}: {name}", expected.get(name), actual.get(name))


def _mapping(held: object) -> Mapping[str, object]:
    assert isinstance(held, Mapping)
    return held


def _payments(facts: AccountFacts) -> list[Payment]:
    return [entry for entry in facts.entries if isinstance(entry, Payment)]


def _counts(folder: Path, mapping: str, book: Imported, collectible: Portfolio) -> dict[str, object]:
    loans, rows = book.summary.source("loans"), book.summary.source(PAYMENT_ROWS[mapping])
    statuses = Counter(facts.account.metadata["status"] for facts in book.accounts)
    missing = Counter(loans.counted["status"]) - statuses
    without = sum(found.reason == "no-installments" for found in book.summary.rejections)
    repeats = {facts.account.id: _repeats(facts) for facts in book.accounts}
    payments = [(facts, payment) for facts in book.accounts for payment in _payments(facts)]
    of_kind = {
        "exact": collectible.select((collectible.outstanding_minor == 0) & (collectible.credit_minor == 0)),
        "overpaid": collectible.select(collectible.credit_minor > 0),
        "underpaid": collectible.select(collectible.outstanding_minor > 0),
    }
    return {
        "loans": loans.rows,
        "by_status": dict(loans.counted["status"]),
        "loans_with_schedule": loans.rows - without,
        "loans_without_schedule": without,
        "loans_without_schedule_by_status": dict(missing),
        "schedule_rows": sum(len(facts.plan) for facts in book.accounts),
        "payments": rows.rows,
        "payments_on_loans_without_schedule": rows.count(RowStatus.REJECTED),
        "loans_without_any_payment": sum(not _payments(facts) for facts in book.accounts) + loans.count(RowStatus.REJECTED),
        "loans_with_two_instalments_on_the_same_day": sum(len({*facts.plan.due_on}) < len(facts.plan) for facts in book.accounts),
        "duplicate_payment_rows_same_loan_day_amount": sum(repeats.values()),
        "payments_before_disbursement_date": sum(payment.value_on < facts.plan.bought_on for facts, payment in payments),
        "loans_without_disbursement_date": _asked(folder, mapping, Condition(column=DISBURSED[mapping], blank=True)),
        "repeat_payments_on_exact_overpaid_underpaid_loans": {
            name: sum(repeats[account] for account in held.account) for name, held in of_kind.items()
        },
        "payments_whose_utc_day_is_not_the_california_day": sum(
            payment.source_at is not None and local_date(payment.source_at, "America/Los_Angeles") != payment.value_on
            for _, payment in payments
        ),
    }


def _repeats(facts: AccountFacts) -> int:
    payments = _payments(facts)
    return len(payments) - len({(payment.value_on, payment.amount.minor) for payment in payments})


def _asked(folder: Path, mapping: str, when: Condition) -> int:
    """Ask the importer in how many loan rows a condition holds: a dry run that leaves them out and counts them."""
    plain, reason = load_mapping(mapping), "asked for"
    loans = attrs.evolve(plain.sources["loans"], skips=(Skip(when=when, reason=reason),))
    changed = attrs.evolve(plain, digest=f"{plain.digest} {when}", sources={**plain.sources, "loans": loans})
    return bring_in(folder, changed, dry_run=True).summary.source("loans").skipped.get(reason, 0)


def _money(folder: Path, mapping: str, book: Imported, final: Portfolio) -> dict[str, object]:
    texts = [facts.account.metadata for facts in book.accounts]
    # A loan without a plan is not on the book; it has no payments, and agrees when its row says that nothing was paid.
    nothing_paid = _asked(folder, mapping, Condition(column="paid_amount", any_of=("", "0")))
    without_plan = nothing_paid - sum(not _minor(text, "paid_amount") for text in texts)
    paid = dict(zip(final.account, final.paid_minor.tolist(), strict=True))
    return {
        "funded": sum(_minor(text, "funded_amount") for text in texts),
        "schedule_borrower": sum(facts.plan.total_minor for facts in book.accounts),
        "payments": sum(paid.values()),
        "loans_where_schedule_total_equals_loan_amount": sum(
            facts.plan.total_minor == _minor(facts.account.metadata, "loan_amount") for facts in book.accounts
        ),
        "loans_where_last_instalment_differs_from_first": sum(
            facts.plan.principal[0] != facts.plan.principal[-1] for facts in book.accounts
        ),
        "loans_with_payments_total_equal_paid_amount": sum(
            paid[facts.account.id] == _minor(facts.account.metadata, "paid_amount") for facts in book.accounts
        )
        + without_plan,
    }


def _minor(texts: Mapping[str, str], name: str) -> int:
    return Money.of(texts.get(name, "0"), CURRENCY).minor


def _set(final: Portfolio, accounts: Sequence[AccountFacts]) -> dict[str, int]:
    return {
        "loans": len(final),
        "instalments": int(final.installments_total.sum()),
        "payments": sum(len(_payments(facts)) for facts in accounts),
        "scheduled_cents": int(final.total_minor.sum()),
        "paid_cents": int(final.paid_minor.sum()),
    }


def _waterfall(accounts: Sequence[AccountFacts], day: date, expected: Mapping[str, object]) -> dict[str, object]:
    settled, final = lateness(books_on(accounts, day)), portfolio_on(accounts, day)
    early, late = settled.of(CURRENCY, Settlement.EARLY), settled.of(CURRENCY, Settlement.LATE)
    thresholds = [name for name in expected if name.startswith("late_more_than_")]
    return {
        "instalments_settled_early": early.installments,
        "instalments_settled_on_due_date": settled.of(CURRENCY, Settlement.ON_DUE_DATE).installments,
        "instalments_settled_late": late.installments,
        "instalments_never_settled": settled.of(CURRENCY, Settlement.NEVER).installments,
        "days_late_of_late_instalments": statistics(late.days, expected["days_late_of_late_instalments"]),
        "days_early_of_early_instalments": statistics(early.days, expected["days_early_of_early_instalments"]),
        **{name: late.days.more_than(int(name.rpartition("_")[2])) for name in thresholds},
        "exact_loans": int(((final.outstanding_minor == 0) & (final.credit_minor == 0)).sum()),
        "overpaid_cents": int(final.credit_minor.sum()),
        "underpaid_cents": int(final.outstanding_minor.sum()),
        "overpaid_loans": int((final.credit_minor > 0).sum()),
        "underpaid_loans": int((final.outstanding_minor > 0).sum()),
    }


def statistics(counts: DayCounts, expected: object) -> dict[str, object]:
    """Return the statistics that the facts name."""
    median = counts.median
    whole = median.numerator if median is not None and median.denominator == 1 else median
    ranks = [name for name in _mapping(expected) if name.endswith("_nearest_rank")]
    return {
        "n": counts.n,
        "sum": counts.total,
        "mean": counts.mean,
        "median": whole,
        **{name: counts.percentile(int(name[1:].partition("_")[0])) for name in ranks},
        "min": counts.least,
        "max": counts.most,
    }


def _ageing(made: Ageing) -> dict[str, object]:
    return {
        "loans": without_zeros({line.band: line.accounts for line in made.lines}),
        "outstanding_cents": made.outstanding_minor(CURRENCY),
        "overdue_cents": made.past_due_minor(CURRENCY),
        "outstanding_cents_by_bucket": without_zeros({line.band: line.outstanding_minor for line in made.open_lines(CURRENCY)}),
    }


def _matrix(matrix: Rolls) -> dict[str, dict[str, int]]:
    rows = {band: matrix.row(CURRENCY, band) for band in matrix.bands if band not in ("not_started", "closed")}
    return {band: row for band, row in rows.items() if row}


def _cures(matrix: Rolls) -> dict[str, object]:
    rate = cures(matrix).of(CURRENCY).accounts
    return {"cured": rate.numerator, "delinquent": rate.denominator, "rate": rate.value}


def _effectiveness(ageings: Sequence[Ageing], accounts: Sequence[AccountFacts], day: date) -> dict[str, dict[str, object]]:
    books = books_on(accounts, day)
    cash = collected(books)
    return {
        str(line.through): {
            "opening_overdue": line.opening_minor,
            "fell_due": line.added_minor,
            "closing_overdue": line.closing_minor,
            "cash_collected": cash.total(CURRENCY, first=date.fromordinal(line.after.toordinal() + 1), last=line.through),
            "effectiveness": line.rate.value,
        }
        for line in past_due_effectiveness(ageings, fell_due(books)).lines
    }


def _ever(snapshots: Sequence[Portfolio], expected: Mapping[str, object]) -> dict[str, int]:
    rates = ever_past_due(snapshots, [int(name.rstrip("+")) for name in expected])
    return {name: rate.numerator for name, rate in zip(expected, rates, strict=True)}


def _defaulted(final: Portfolio) -> dict[str, int]:
    return {"loans": len(final), "scheduled_cents": int(final.total_minor.sum()), "paid_cents": int(final.paid_minor.sum())}
