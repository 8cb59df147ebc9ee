"""The book of the demo: made-up people in three countries, their orders, and how they are going to pay.

Every phone number is one that its country keeps free for fiction, every address is under example.com. Payment
behavior follows aggregates of two real portfolios; what is invented says so.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from types import MappingProxyType
from typing import TypeVar

import attrs

from collectkit.account import Account
from collectkit.demo.people import Habit, Kind
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId
from collectkit.money import Money
from collectkit.person import Consumer, Email, Phone
from collectkit.schedules import Plan
from collectkit.schedules.building import monthly, pay_in_3, pay_in_4, pay_in_30

T = TypeVar("T")

# Aggregates of two real portfolios, published for competitions: 1,159 purchases on thirty days' credit of a shop in
# Uganda (2018-2019) and 18,183 short loans of a lender in Nigeria (2016-2017). Counts stand as they were found.

OUTCOMES: Mapping[str, int] = MappingProxyType({"in_time": 807, "late": 275, "never": 77})
"""Purchases in Uganda by how they were closed; the two without a known due date are counted as never."""

FIRST_PAYMENTS: Mapping[str, int] = MappingProxyType({"early": 11_631, "on_due_date": 3_391})
"""Loans in Nigeria whose first payment was not late."""

EARLY_DAYS: Mapping[tuple[int, int], int] = MappingProxyType({(1, 1): 1_869, (2, 3): 2_940, (4, 5): 2_101, (6, 10): 2_546, (11, 15): 1_222})
"""Loans in Nigeria by days from first payment to due date, both inclusive; payments still earlier are left out."""

LATE_DAYS_UGANDA: Mapping[tuple[int, int], int] = MappingProxyType(
    {(1, 3): 40, (4, 7): 26, (8, 14): 43, (15, 21): 33, (22, 30): 26, (31, 45): 30, (46, 60): 30, (61, 90): 30, (91, 120): 4}
)
"""Purchases in Uganda that were closed late, by days late, both inclusive."""

LATE_DAYS_NIGERIA: Mapping[tuple[int, int], int] = MappingProxyType(
    {(1, 1): 718, (2, 3): 605, (4, 7): 694, (8, 14): 517, (15, 21): 259, (22, 30): 161, (31, 45): 55, (46, 60): 32, (61, 90): 23}
)
"""Loans of one installment in Nigeria that were closed late, by days late. Only loans that were closed are in it."""

ORDERS: Mapping[int, int] = MappingProxyType({1: 1_393, 2: 669, 3: 441, 4: 324})
"""Customers in Nigeria by number of loans; more than four do not fit into a few months."""

IN_PARTS = (1_018, 17_160)
"""Loans of one installment in Nigeria with a partial first payment, of all."""

# What follows is invented: no portfolio that we may use tells it.

COUNTRIES: Mapping[str, int] = MappingProxyType({"US": 50, "GB": 30, "AU": 20})
PLANS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "US": {"pay_in_4": 70, "pay_in_30": 15, "monthly": 15},
        "GB": {"pay_in_3": 60, "pay_in_30": 30, "monthly": 10},
        "AU": {"pay_in_4": 75, "pay_in_30": 15, "monthly": 10},
    }
)
WHEN_LATE: Mapping[Kind, int] = MappingProxyType({Kind.LATE: 62, Kind.PROMISER: 28, Kind.OPT_OUT: 5, Kind.DISPUTER: 5})
WHEN_NEVER: Mapping[Kind, int] = MappingProxyType(
    {Kind.IGNORER: 45, Kind.FIRST_PAYMENT_DEFAULT: 25, Kind.PROMISER: 15, Kind.DISPUTER: 10, Kind.OPT_OUT: 5}
)
SAME_HABIT_PERCENT = 60
"""How often a further order of a person turns out as the first one did."""
DISPUTED_DAYS = 24
"""Who disputes pays after the dispute has been looked into, so much later."""
BOUNCE_PERCENT = 2
HEED_PERCENT = 40
SMS_CONSENT_PERCENT = 85
SOLD_BEFORE_DAYS = 75
"""Purchases lie so many days before the first night at most."""
SOLD_AFTER_DAYS = 45
"""Purchases go on for so many days after it."""
YEARLY_RATE_BP = 1_500

CURRENCIES: Mapping[str, str] = MappingProxyType({"US": "USD", "GB": "GBP", "AU": "AUD"})
LOCALES: Mapping[str, str] = MappingProxyType({"US": "en_US", "GB": "en_GB", "AU": "en_AU"})

# Numbers for fiction. North America: 555-0100 to 555-0199 of any area code. Great Britain (Ofcom): 07700 900000 to
# 900999. Australia (ACMA): a list of single mobile numbers.
AREAS: Mapping[str, str] = MappingProxyType({"US-NY": "212", "US-CA": "415", "US-IL": "312", "US-MA": "617", "US-WA": "206"})
REGIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({"US": tuple(AREAS), "GB": ("GB",), "AU": ("AU-NSW", "AU-VIC", "AU-QLD")})
AUSTRALIAN = ("006", "110", "156", "157", "158", "159", "313", "737")

MERCHANTS = ("bikes", "books", "furniture", "garden", "shoes", "toys")


def _read_only(given: Mapping[AccountId, Habit]) -> Mapping[AccountId, Habit]:
    return MappingProxyType(dict(given))


@attrs.frozen
class DemoBook:
    """
    A made-up book.

    Attributes:
        seed: What it was drawn from.
        starts_on: Day of the first night.
        consumers: The people, by id.
        accounts: Their orders, by day of purchase and id; some are bought after `starts_on`.
        habits: How each account is going to be paid.
    """

    seed: int
    starts_on: date
    consumers: tuple[Consumer, ...]
    accounts: tuple[Account, ...]
    habits: Mapping[AccountId, Habit] = attrs.field(converter=_read_only, hash=False)


def generate(seed: int = 7, accounts: int = 3_000, starts_on: date = date(2026, 3, 2)) -> DemoBook:
    """
    Draw a book; the same arguments give the same book.

    Args:
        seed: Where chance starts.
        accounts: How many orders, at least one.
        starts_on: Day of the first night; purchases lie around it.

    Raises:
        ValidationError: Fewer than one account is asked for.
    """
    if accounts < 1:
        raise ValidationError(f"a demo book has at least one account, got {accounts}; nothing was made")
    dice = Random(seed)
    consumers: list[Consumer] = []
    orders: list[Account] = []
    habits: dict[AccountId, Habit] = {}
    while len(orders) < accounts:
        consumer = _consumer(dice, len(consumers) + 1)
        consumers.append(consumer)
        outcome = _drawn(dice, OUTCOMES)
        for _ in range(min(_drawn(dice, ORDERS), accounts - len(orders))):
            account = _account(dice, len(orders) + 1, consumer, starts_on)
            orders.append(account)
            habits[account.id] = _habit(dice, outcome, len(account.plan) if isinstance(account.plan, Plan) else 1)
            if not _percent(dice, SAME_HABIT_PERCENT):
                outcome = _drawn(dice, OUTCOMES)
    orders.sort(key=lambda account: (account.plan.bought_on, account.id))
    return DemoBook(seed, starts_on, tuple(consumers), tuple(orders), habits)


def _drawn(dice: Random, counts: Mapping[T, int]) -> T:
    """Return one of the keys, each as often as its count says."""
    keys, sums = list(counts), list(accumulate(counts.values()))
    return keys[bisect(sums, dice.randrange(sums[-1]))]


def _days(dice: Random, counts: Mapping[tuple[int, int], int]) -> int:
    return dice.randint(*_drawn(dice, counts))


def _percent(dice: Random, percent: int) -> bool:
    return dice.randrange(100) < percent


def _one(dice: Random, values: Sequence[T]) -> T:
    return values[dice.randrange(len(values))]


def _consumer(dice: Random, number: int) -> Consumer:
    country = _drawn(dice, COUNTRIES)
    region = _one(dice, REGIONS[country])
    phone = Phone(_number(dice, region), source="checkout", consents=["sms"] if _percent(dice, SMS_CONSENT_PERCENT) else [])
    email = Email(f"person{number}@example.com", source="checkout", consents=["email"])
    return Consumer(f"c-{number:05d}", f"Person {number}", locale=LOCALES[country], region=region, contacts=(phone, email))


def _number(dice: Random, region: str) -> str:
    if region in AREAS:
        return f"+1{AREAS[region]}55501{dice.randrange(100):02d}"
    return f"+447700900{dice.randrange(1000):03d}" if region.startswith("GB") else f"+61491570{_one(dice, AUSTRALIAN)}"


def _account(dice: Random, number: int, consumer: Consumer, starts_on: date) -> Account:
    country = consumer.region[:2]
    bought_on = starts_on + timedelta(days=dice.randint(-SOLD_BEFORE_DAYS, SOLD_AFTER_DAYS))
    plan = _plan(dice, _drawn(dice, PLANS[country]), CURRENCIES[country], bought_on)
    return Account(f"a-{number:06d}", consumer.id, plan, merchant=_one(dice, MERCHANTS))


def _plan(dice: Random, kind: str, currency: str, bought_on: date) -> Plan:
    """Return a plan over 20.00 to 420.00, and over ten times as much when it is paid monthly."""
    price = Money(dice.randint(2_000, 42_000), currency)
    if kind == "monthly":
        return monthly(Money(price.minor * 10, currency), _one(dice, (6, 12)), bought_on=bought_on, annual_rate_bp=YEARLY_RATE_BP)
    return {"pay_in_3": pay_in_3, "pay_in_4": pay_in_4, "pay_in_30": pay_in_30}[kind](price, bought_on=bought_on)


def _habit(dice: Random, outcome: str, installments: int) -> Habit:
    early = _days(dice, EARLY_DAYS) if _drawn(dice, FIRST_PAYMENTS) == "early" else 0
    late = _days(dice, LATE_DAYS_UGANDA if _percent(dice, 50) else LATE_DAYS_NIGERIA)
    in_parts = dice.randrange(IN_PARTS[1]) < IN_PARTS[0]
    bounces, heeds = _percent(dice, BOUNCE_PERCENT), _percent(dice, HEED_PERCENT)
    if outcome == "in_time":
        return Habit(kind=Kind.PROMPT, early_days=early, in_parts=in_parts, bounces=bounces)
    kind = _drawn(dice, WHEN_LATE if outcome == "late" else WHEN_NEVER)
    good = 0 if kind is Kind.FIRST_PAYMENT_DEFAULT else dice.randrange(installments)
    return Habit(
        kind=kind,
        early_days=early,
        good=good,
        late_days=late + (DISPUTED_DAYS if kind is Kind.DISPUTER else 0),
        settles=outcome == "late",
        in_parts=in_parts,
        bounces=bounces,
        heeds=heeds and kind is Kind.LATE,
    )
