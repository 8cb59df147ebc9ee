"""The words of the account vectors in the words of the library; nothing is computed here.

What is peculiar to that system and no lender of instalment purchases should copy is named where it is translated:

* It credits an installment paid in advance with charges that are due already, each counted whole, before its own order
  applies; `PostingRules.due_charges_first`.
* Fixed-order processors take all charges as known from the outset, so that a fee entered today takes money from a payment
  of last month; `charges_first`.
* A waiver is dated back to the due date of its charge and shows no parts, because it books accruals elsewhere.
* A charge, chargeback or refund of credit joins the installment in whose time it falls, and an additional row after the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from collectkit.calendars.dates import Interval
from collectkit.errors import UnknownCurrencyError
from collectkit.ledger import (
    CashRefund,
    Chargeback,
    ChargeOff,
    Credit,
    CreditRefund,
    Disbursement,
    Entry,
    Payment,
    Reage,
    Reamortize,
    Waiver,
    WriteOff,
    as_known,
    charges_first,
)
from collectkit.money import Money, exponent
from collectkit.schedules import PostingRules, Slot, Waterfall
from collectkit.schedules.course import ContractTerms, InterestTerms
from collectkit.schedules.waterfall import PHASES

Json = Mapping[str, Any]


class Unknown(Exception):
    """Something is said that nobody here knows."""


CREDITS: Mapping[str, str] = {
    "GOODWILL_CREDIT": "goodwill",
    "MERCHANT_ISSUED_REFUND": "merchant_refund",
    "PAYOUT_REFUND": "payout_refund",
    "CHARGE_ADJUSTMENT": "charge_adjustment",
    "DOWN_PAYMENT": "down_payment",
}
_CREDIT_NAMES = {kind: name for name, kind in CREDITS.items()}

_NAMES: Mapping[type, str] = {
    Disbursement: "DISBURSEMENT",
    Payment: "REPAYMENT",
    CashRefund: "REFUND_BY_CASH",
    Chargeback: "CHARGEBACK",
    CreditRefund: "CREDIT_BALANCE_REFUND",
    ChargeOff: "CHARGE_OFF",
    WriteOff: "WRITE_OFF",
    Waiver: "WAIVE_CHARGES",
    Reage: "REAGE",
    Reamortize: "REAMORTIZE",
}

_FUTURE = {"NEXT_INSTALLMENT": "next", "LAST_INSTALLMENT": "last", "REAMORTIZATION": "reamortize"}
_UNITS = {"DAYS": "days", "WEEKS": "weeks", "MONTHS": "months"}
_KINDS = {"REPAYMENT": "payment", **CREDITS}

_ONE_AFTER_THE_OTHER = ("penalty", "fee", "interest", "principal")
_PROCESSORS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER": (_ONE_AFTER_THE_OTHER, _ONE_AFTER_THE_OTHER, False),
    "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST": (
        _ONE_AFTER_THE_OTHER,
        ("principal", "penalty", "fee", "interest"),
        True,
    ),
    "DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE": (
        ("penalty", "interest", "principal", "fee"),
        ("penalty", "interest", "principal", "fee"),
        True,
    ),
}
"""For each fixed order: what is due, what is in advance, and whether charges that are due come first in advance."""

_BY_DIGITS = {0: "JPY", 2: "EUR", 3: "KWD", 4: "CLF"}
"""A currency for each number of decimals."""
_EARLY = {"TILL_PRE_CLOSE_DATE": "to_payment", "TILL_REST_FREQUENCY_DATE": "to_due", None: None}
_OVERDUE = {"SAME_AS_REPAYMENT": "by_period", "SAME_AS_REPAYMENT_PERIOD": "by_period", "DAILY": "by_day", None: None}


def name_of(entry: Entry) -> str:
    """Return how that system calls an entry."""
    return _CREDIT_NAMES[entry.kind] if isinstance(entry, Credit) else _NAMES[type(entry)]


def interval(count: int, frequency: str) -> Interval:
    """Return a spacing."""
    return Interval(count, _UNITS[frequency])  # type: ignore[arg-type]


def percent(text: str) -> Fraction:
    """Return a share that is written in percent."""
    return Fraction(f"{text}e-2")


def currency_of(product: Json) -> str:
    """
    Return the currency of a product: there its code is a label and the decimals are said beside it, here they go with the code.

    Where both differ, a currency of so many decimals stands for it.
    """
    code, digits = product["currency"]["code"], int(product["currency"]["digits"])
    try:
        if exponent(code) == digits:
            return str(code)
    except UnknownCurrencyError:
        pass
    if digits not in _BY_DIGITS:
        raise Unknown(f"no currency has {digits} decimals")
    return _BY_DIGITS[digits]


def money(amount: object, currency: str) -> Money:
    """Return an amount as it is published: decimals that are zero are written although the currency has none."""
    text = str(amount)
    return Money.of(text.rstrip("0").rstrip(".") if "." in text else text, currency)


def minor(amount: object, currency: str) -> int:
    """Return the minor units of an amount as it is published."""
    return money(amount, currency).minor


def terms_of(product: Json) -> ContractTerms:
    """Return the terms of a product."""
    currency = currency_of(product)
    down = product["down_payment"]
    return ContractTerms(
        currency=currency,
        count=product["installments"],
        every=interval(product["repayment_every"], product["repayment_frequency"]),
        starts_on=product["submitted_on"] if product["schedule_start"] == "SUBMITTED_ON_DATE" else None,
        drawn_at_once=product["schedule_type"] == "CUMULATIVE",
        unit_minor=minor(product["installment_amount_in_multiples_of"] or 0, currency) or 1,
        down_payment=percent(down["percent"]) if down is not None else Fraction(0),
        principal_grace=product["grace_on_principal_payments"],
        interest_grace=product["grace_on_interest_payments"],
        interest=_interest(product),
        rules=_rules(product),
    )


def _interest(product: Json) -> InterestTerms | None:
    given = product["interest"]
    rate = yearly(given["rate"], given["rate_per"])
    equal = product["amortization"] == "EQUAL_PRINCIPAL_PAYMENTS"
    recalculation = given["recalculation"] or {}
    return InterestTerms(
        annual_rate=rate,
        method="flat" if given["method"] == "FLAT" else "declining",
        by_days=given["calculation_period"] == "DAILY",
        days_in_year={"DAYS360": 360, "DAYS364": 364, "DAYS365": 365, "ACTUAL": 0}[given["days_in_year"]],
        days_in_month=30 if given["days_in_month"] == "DAYS30" else 0,
        equal_principal=equal,
        early=_EARLY[recalculation.get("pre_closure_strategy")],
        overdue_bears=_OVERDUE[recalculation.get("rest_frequency")],
    )


def yearly(rate: str, per: str) -> Fraction:
    """Return a yearly rate."""
    return InterestTerms.yearly(percent(rate), per_month=per == "MONTH")


def _rules(product: Json) -> PostingRules:
    if product["processor"] != "ADVANCED_PAYMENT_ALLOCATION":
        due, advance, due_first = _PROCESSORS[product["processor"]]
        slots = [Slot(phase, part) for phase, parts in (("past_due", due), ("due", due), ("in_advance", advance)) for part in parts]
        refunds = Waterfall([Slot(phase, part) for phase in PHASES for part in _ONE_AFTER_THE_OTHER])
        return PostingRules(
            waterfall=Waterfall(slots), stands="installment", order=charges_first, due_charges_first=due_first, refunds=refunds
        )
    by = "component" if product["processing_type"] == "VERTICAL" else "installment"
    waterfalls = {
        one["transaction_type"]: Waterfall([_slot(text) for text in one["order"]], by, _FUTURE[one["future_installment_rule"]])  # type: ignore[arg-type]
        for one in product["payment_allocation"]
    }
    default = waterfalls.pop("DEFAULT")
    credit = next((one["order"] for one in product["credit_allocation"] or () if one["transaction_type"] == "CHARGEBACK"), ())
    return PostingRules(
        waterfall=default,
        by_kind={_KINDS[name]: waterfall for name, waterfall in waterfalls.items() if name in _KINDS},
        stands="installment",
        order=as_known,
        refunds=Waterfall(default.order),
        chargeback_order=tuple(name.lower() for name in credit),
    )


def _slot(text: str) -> Slot:
    phase, _, component = text.rpartition("_")
    return Slot(phase.lower(), component.lower())
