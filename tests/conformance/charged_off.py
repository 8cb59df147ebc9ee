"""Loans that were charged off: rates, severity, days and vintages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from collectkit.facts import AccountFacts
from collectkit.intake import RowStatus
from collectkit.money import Money
from collectkit.reports import ChargedOff, charge_off_vintages, charge_offs

from .cases import Case, compare, read_facts
from .imported import bring_in, having
from .loans import statistics

CURRENCY, CHARGED_OFF, WRITTEN = "USD", "CHGOFF", "charged_off_principal"
WHOLE = 100
"""The facts are in whole dollars."""


def cases(folder: Path, mapping: str) -> Iterator[Case]:
    """Yield every figure of the facts of such a folder."""
    expected = read_facts(folder)
    book = bring_in(folder, mapping)
    loans, through = book.summary.source("loans"), book.last_day
    marked = having(book.accounts, "status", CHARGED_OFF)
    others = tuple(facts for facts in book.accounts if facts.account.metadata["status"] != CHARGED_OFF)
    of_status = charge_offs(marked, through)
    lost, disbursed = _lost(marked, through), _told(marked, "disbursed")
    disbursed_on = sorted(facts.account.metadata["disbursed_on"] for facts in book.accounts if "disbursed_on" in facts.account.metadata)
    actual = {
        "loans": loans.rows,
        "by_status": dict(loans.counted["MIS_Status"]),
        "disbursed_usd": _told(book.accounts, "disbursed"),
        "charged_off_principal_usd": _lost(book.accounts, through),
        "charged_off_principal_of_status_CHGOFF_usd": lost,
        "disbursed_of_status_CHGOFF_usd": disbursed,
        "charge_off_rate_loans": Fraction(len(marked), len(book.accounts)),
        "loss_severity_of_charged_off": Fraction(lost, disbursed),
        "charge_off_date_but_status_not_CHGOFF": sum("charged_off_on" in facts.account.metadata for facts in others),
        "status_CHGOFF_without_charge_off_date": len(_undated(marked)),
        "principal_charged_off_but_status_not_CHGOFF": sum(_minor(facts, WRITTEN) > 0 for facts in others),
        "status_CHGOFF_with_zero_principal": sum(_minor(facts, WRITTEN) == 0 for facts in marked),
        "charged_off_more_than_disbursed": sum(_minor(facts, WRITTEN) > _minor(facts, "disbursed") for facts in book.accounts),
        "without_disbursement_date": len(book.accounts) - len(disbursed_on),
        "duplicate_loan_numbers": loans.count(RowStatus.DUPLICATE),
        "status_and_default_flag_disagree": sum(facts.account.metadata["defaulted"] == "yes" for facts in others)
        + sum(facts.account.metadata["defaulted"] == "no" for facts in marked),
        "days_from_disbursement_to_charge_off": statistics(of_status.days(CURRENCY), expected["days_from_disbursement_to_charge_off"]),
        "charged_off_before_disbursement": sum(one.days < 0 for one in of_status.of(CURRENCY)),
        "charge_offs_by_calendar_year": {
            str(line.year): {"loans": line.accounts, "usd": line.gross_minor // WHOLE} for line in of_status.lines
        },
        "vintage_by_approval_fiscal_year": _vintages(book.accounts, through),
        "first_and_last_disbursement": [disbursed_on[0], disbursed_on[-1]],
    }
    for name in dict.fromkeys((*expected, *actual)):
        yield from compare(f"{mapping}: {name}", expected.get(name), actual.get(name))


def _undated(accounts: Sequence[AccountFacts]) -> tuple[AccountFacts, ...]:
    return tuple(facts for facts in accounts if "charged_off_on" not in facts.account.metadata)


def _lost(accounts: Sequence[AccountFacts], through: date) -> int:
    """Return what was charged off, in whole dollars; what has no day was charged off in the file and is no event in the book."""
    return _gross(charge_offs(accounts, through).of(CURRENCY)) + _told(_undated(accounts), WRITTEN)


def _told(accounts: Sequence[AccountFacts], name: str) -> int:
    """Return the sum of what the rows say, in whole dollars."""
    return sum(_minor(facts, name) for facts in accounts) // WHOLE


def _gross(held: Sequence[ChargedOff]) -> int:
    return sum(one.gross_minor for one in held) // WHOLE


def _minor(facts: AccountFacts, name: str) -> int:
    """Return an amount that the row says, in minor units; 0 where it is blank."""
    return Money.of(facts.account.metadata.get(name, "0"), CURRENCY).minor


def _vintages(accounts: Sequence[AccountFacts], through: date) -> dict[str, dict[str, int]]:
    """A loan of the other status that has a charge-off date counts as paid, as the published table does."""
    lines = charge_off_vintages(accounts, through, _approved_in).lines
    paid = [facts for facts in accounts if facts.account.metadata["status"] != CHARGED_OFF]
    other = {line.vintage: line.charged_off for line in charge_off_vintages(paid, through, _approved_in).lines}
    return {line.vintage: {"loans": line.accounts, "charged_off": line.charged_off - other.get(line.vintage, 0)} for line in lines}


def _approved_in(facts: AccountFacts) -> str:
    return facts.account.metadata["approved_in"]
