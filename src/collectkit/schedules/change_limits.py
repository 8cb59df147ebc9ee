"""How often, how soon and after what a plan may be changed: limits as data, the counters they look at, and which of them refuses.

Due dates that consumers move have limits of their own, in `collectkit.schedules.due_date_change`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import attrs

from collectkit.calendars.dates import add_months
from collectkit.errors import PolicyError
from collectkit.ledger import MOVEMENT_TYPES, Chargeback, Credit, Entry, Payment, Reage, Reamortize, Reschedule, what_stayed
from collectkit.money import Money
from collectkit.schedules._folding.counting import counting
from collectkit.schedules.book import Book

__all__ = ["ChangePolicy", "ChangeUse", "limit_reached", "limit_used_up"]


def _at_least(least: int) -> Callable[[object, attrs.Attribute[int], int], None]:
    def check(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
        if type(value) is not int or value < least:
            raise PolicyError(f"{attribute.name} must be a whole number, at least {least}, got {value!r}; nothing was loaded")

    return check


_whole = _at_least(0)
_whole_or_none = attrs.validators.optional(_whole)


@attrs.frozen
class ChangePolicy:
    """
    How often a plan may be changed by re-ageing, re-amortising or rescheduling; None is no limit. What was undone is not counted.

    Attributes:
        count_max: Changes in all.
        gap_days_min: Days between two of them.
        settled_min: Installments that must have been settled before the first.
        reage_12_months_max: Re-ageings in the twelve months that end on the day.
        reage_5_years_max: Re-ageings in the five years that end on the day.
        reage_age_months_min: Whole months from the purchase until the account may be re-aged.
        reage_good_payments_min: Regular payments that must have come before a re-ageing, or as much in fewer: the smallest
            installment of the contract so many times, paid in the last `good_payment_days` and since the re-ageing before.
        good_payment_days: In how many days that must have been paid, the day included.

    Raises:
        PolicyError: A number is negative, or none.

    Source:
        What lenders agree or a regulator asks. For open-end credit the US bank regulators ask for nine months, three payments, and
        no more than one re-ageing in twelve months and two in five years: Uniform Retail Credit Classification and Account Management
        Policy, 65 FR 36903 (2000-06-12), counts from memory; installment credit is left to the lender's own policy there.
    """

    count_max: int | None = attrs.field(default=None, validator=_whole_or_none)
    gap_days_min: int = attrs.field(default=0, validator=_whole)
    settled_min: int = attrs.field(default=0, validator=_whole)
    reage_12_months_max: int | None = attrs.field(default=None, validator=_whole_or_none)
    reage_5_years_max: int | None = attrs.field(default=None, validator=_whole_or_none)
    reage_age_months_min: int = attrs.field(default=0, validator=_whole)
    reage_good_payments_min: int = attrs.field(default=0, validator=_whole)
    good_payment_days: int = attrs.field(default=92, validator=_at_least(1))


@attrs.frozen
class ChangeUse:
    """
    What a `ChangePolicy` looks at on a day.

    Attributes:
        count: Changes of the plan so far, of any kind.
        last_on: Day of the latest; None without.
        settled: Installments settled.
        reages_12_months: Re-ageings in the twelve months that end on the day.
        reages_5_years: The same in five years.
        good_paid_minor: What was paid in the days that the policy names and since the last re-ageing, and is there, in minor units.
        regular_minor: The smallest installment of the contract that asks for anything, in minor units.
    """

    count: int
    last_on: date | None
    settled: int
    reages_12_months: int
    reages_5_years: int
    good_paid_minor: int
    regular_minor: int

    @classmethod
    def of(cls, book: Book, policy: ChangePolicy, on: date) -> ChangeUse:
        """Count on a day what an account has used; entries after the day do not count."""
        rows = [row.amount.minor for row in book.contract.rows() if row.amount.minor]
        return cls.used(counting(book.entries), policy, on, settled=book.balances().settled_count, regular_minor=min(rows))

    @classmethod
    def used(cls, counted: Iterable[Entry], policy: ChangePolicy, on: date, *, settled: int, regular_minor: int) -> ChangeUse:
        """
        Count on a day what has been used, by the entries that count.

        Args:
            counted: Those that nothing took back; entries after the day do not count.
            policy: In how many days good payments are asked for.
            on: A calendar day in the account's time zone, included.
            settled: Installments settled.
            regular_minor: As for the attribute.
        """
        entries = [entry for entry in counted if entry.value_on <= on]
        made = [entry.value_on for entry in entries if isinstance(entry, Reage | Reamortize | Reschedule)]
        reaged = [entry.value_on for entry in entries if isinstance(entry, Reage)]
        since = max([on - timedelta(days=policy.good_payment_days), *reaged])
        back = [one for one in entries if isinstance(one, Chargeback)]
        stayed: list[Payment | Credit] = [*what_stayed((one for one in entries if isinstance(one, Payment)), back, as_of=on)]
        stayed += [one for one in entries if isinstance(one, Credit) and MOVEMENT_TYPES[one.kind].counts_as_payment]
        paid = sum(one.amount.minor for one in stayed if since < one.value_on)
        return cls(
            len(made),
            max(made, default=None),
            settled,
            sum(day > add_months(on, -12) for day in reaged),
            sum(day > add_months(on, -60) for day in reaged),
            paid,
            regular_minor,
        )


def limit_reached(book: Book, policy: ChangePolicy, change: Reage | Reamortize | Reschedule) -> str:
    """
    Return which limit refuses a change of the plan, with what is used of it and what is allowed; empty when none does.

    Limits on all changes are asked before those on re-ageing, each in the order of the policy's attributes.

    Source:
        The policy. Months and years end on the book's day, a calendar day in the account's time zone, and hold it.
    """
    use = ChangeUse.of(book, policy, change.value_on)
    return limit_used_up(use, policy, change, bought_on=book.contract.bought_on, currency=book.plan.currency)


def limit_used_up(use: ChangeUse, policy: ChangePolicy, change: Reage | Reamortize | Reschedule, *, bought_on: date, currency: str) -> str:
    """
    Return which limit refuses a change by what is used; empty when none does.

    Args:
        use: What is used, on the day of the change.
        policy: The limits.
        change: What is wanted.
        bought_on: Day of the purchase, a calendar day in the account's time zone.
        currency: ISO 4217 code of the account.

    Source:
        As for `limit_reached`.
    """
    on = change.value_on
    if policy.count_max is not None and use.count >= policy.count_max:
        return f"count_max: the plan was changed {use.count} times, {policy.count_max} are allowed"
    if use.last_on is not None and (on - use.last_on).days < policy.gap_days_min:
        return f"gap_days_min: the plan was changed on {use.last_on}, less than {policy.gap_days_min} days before"
    if use.settled < policy.settled_min:
        return f"settled_min: {use.settled} installments are settled, {policy.settled_min} must be first"
    return _reage_limit(policy, use, on, bought_on, currency) if isinstance(change, Reage) else ""


def _reage_limit(policy: ChangePolicy, use: ChangeUse, on: date, bought_on: date, currency: str) -> str:
    if policy.reage_12_months_max is not None and use.reages_12_months >= policy.reage_12_months_max:
        return f"reage_12_months_max: re-aged {use.reages_12_months} times in twelve months, {policy.reage_12_months_max} are allowed"
    if policy.reage_5_years_max is not None and use.reages_5_years >= policy.reage_5_years_max:
        return f"reage_5_years_max: re-aged {use.reages_5_years} times in five years, {policy.reage_5_years_max} are allowed"
    old_enough = add_months(bought_on, policy.reage_age_months_min)
    if on < old_enough:
        return f"reage_age_months_min: bought on {bought_on}, it may be re-aged from {old_enough} on"
    wanted = policy.reage_good_payments_min * use.regular_minor
    if use.good_paid_minor < wanted:
        paid, least = Money.aggregate(use.good_paid_minor, currency), Money.aggregate(wanted, currency)
        return (
            f"reage_good_payments_min: {paid} were paid in {policy.good_payment_days} days and since the last re-ageing, "
            f"{policy.reage_good_payments_min} payments, {least} in all, must come first"
        )
    return ""
