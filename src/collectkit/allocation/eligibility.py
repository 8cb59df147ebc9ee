"""Whether a handler can take an account at all: every reason against it, with a sentence.

What is not known never counts in favor: an account of unknown region is not given to a handler bound to regions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum

import attrs

from collectkit.allocation.availability import LEAVE_KEPT, WEEKDAYS
from collectkit.allocation.handlers import Handler
from collectkit.allocation.terms import exempt, inactive_on, kept_at_home, term_ends_on
from collectkit.identifiers import HandlerId
from collectkit.person import Consumer
from collectkit.standing import Standing


class NotEligible(Enum):
    """Why a handler does not get an account, in order of precedence."""

    INACTIVE = "inactive"
    """It does not work on that day."""
    ON_RECALL = "on_recall"
    """It is being wound down and is given nothing new."""
    LEAVE = "leave"
    """It is away, or takes nothing new on that day of the week."""
    LICENCE = "licence"
    """It collects in its own name and holds no licence where the consumer lives."""
    REGION = "region"
    LANGUAGE = "language"
    PRODUCT = "product"
    DAYS_PAST_DUE = "days_past_due"
    SEGMENT = "segment"
    AMOUNT = "amount"
    """The outstanding amount or its currency is outside of what it takes."""
    TERM = "term"
    """It had the account for as long as it may."""
    INACTIVITY = "inactivity"
    """It had the account for too long without a payment."""
    AGREED = "agreed"
    """What is agreed with the consumer keeps the account from going outside of the house."""
    FAILED_BEFORE = "failed_before"
    """It had the account before and gave it back without success."""
    COHESION = "cohesion"
    """It cannot take another account of the same person, and these stay together."""
    CAPACITY = "capacity"
    """It has as many open accounts as it may have."""
    OUTSTANDING = "outstanding"
    """As much is outstanding on its accounts as may be."""
    UNITS = "units"
    """It has as many units of work as it may have."""
    DAILY_LIMIT = "daily_limit"
    """It was given as many accounts on that day as it may be."""
    SHARE = "share"
    """It can take the account; the rule's distribution gave it to somebody else."""


ROOM = frozenset({NotEligible.CAPACITY, NotEligible.OUTSTANDING, NotEligible.UNITS, NotEligible.DAILY_LIMIT})
"""Reasons that are about how much a handler has, not about the account."""
PASSING = ROOM | {NotEligible.INACTIVE, NotEligible.LEAVE}
"""Reasons that may not hold on another day although nothing changes about the account."""


@attrs.frozen
class WhyNot:
    """
    Why one handler did not get one account.

    Attributes:
        handler: Who.
        reason: As a code.
        text: As a sentence, without personal data.
    """

    handler: HandlerId
    reason: NotEligible
    text: str

    def __str__(self) -> str:
        return f"{self.handler}: {self.text}"


def eligible(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, *, segment: str = "") -> WhyNot | None:
    """
    Return the first reason why *handler* cannot take the account on that day, or None when it can.

    Room is not asked here: it depends on who else is placed.

    Args:
        handler: Who.
        standing: Of the account.
        consumer: Who owes; None when nothing is known of them.
        on: The day.
        segment: Name of the account's segment, as `AllocationPolicy.segment` tells it; empty for none.
    """
    return next(_objections(handler, standing, consumer, on, segment), None)


def objections(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, *, segment: str = "") -> tuple[WhyNot, ...]:
    """Return every reason why *handler* cannot take the account on that day, in the order of `NotEligible`."""
    return tuple(_objections(handler, standing, consumer, on, segment))


def covers(regions: tuple[str, ...], region: str) -> bool:
    """Tell whether a list of ISO 3166 codes holds *region* or its country; an unknown region is in no list."""
    return bool(region) and (region in regions or region.partition("-")[0] in regions)


_Check = Callable[[Handler, Standing, Consumer | None, date, str], str]


def _inactive(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if handler.active_from is not None and on < handler.active_from:
        return f"works from {handler.active_from}, not on {on}"
    if handler.active_to is not None and on > handler.active_to:
        return f"worked until {handler.active_to}, not on {on}"
    return ""


def _licence(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if handler.party != "third_party" or covers(handler.licensed(on), _region(consumer)):
        return ""
    lapsed = covers(tuple(text.partition(" ")[0] for text in handler.licences), _region(consumer))
    return f"holds {'a licence that has lapsed' if lapsed else 'no licence'} for {_region(consumer) or 'an unknown region'}"


def _on_recall(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    # What it has stays until its last day: an agency in recall works its promises off.
    if handler.winding_down_from is None or on < handler.winding_down_from or standing.handler == handler.id:
        return ""
    return f"is on recall since {handler.winding_down_from} and is given nothing new"


def _away(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    held = standing.handler == handler.id
    for leave in handler.leave:
        if on in leave and not (held and (leave.last - on).days < LEAVE_KEPT):
            return f"is away until {leave.last}"
    worked = tuple(day for shift in handler.shifts for day in shift.days)
    for days, what in ((handler.weekdays, "takes new accounts"), (worked, "has shifts")):
        if not held and days and WEEKDAYS[on.weekday()] not in days:
            return f"{what} on {', '.join(dict.fromkeys(days))}, not on {WEEKDAYS[on.weekday()]}"
    return ""


def _out_of_region(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if not handler.regions or covers(handler.regions, _region(consumer)):
        return ""
    return f"works in {', '.join(handler.regions)}, not in {_region(consumer) or 'an unknown region'}"


def _language(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    spoken = consumer.locale.partition("_")[0] if consumer is not None else ""
    if not handler.languages or spoken in handler.languages:
        return ""
    return f"speaks {', '.join(handler.languages)}, not {spoken or 'an unknown language'}"


def _product(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if not handler.products or standing.product in handler.products:
        return ""
    return f"takes {', '.join(handler.products)}, not {standing.product or 'an unknown product'}"


def _days(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    least, most, days = handler.days_past_due_least, handler.days_past_due_most, standing.operational_days_past_due
    if least <= days and (most is None or days <= most):
        return ""
    band = f"{least} and more" if most is None else f"{least} to {most}"
    return f"takes {band} days past due, not {days}"


def _segment(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if not handler.segments or segment in handler.segments:
        return ""
    return f"takes {', '.join(handler.segments)}, not {segment or 'an account without a segment'}"


def _amount(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    if not handler.amounts:
        return ""
    found = next((amounts for amounts in handler.amounts if amounts.currency == standing.currency), None)
    if found is None:
        return f"takes {', '.join(amounts.currency for amounts in handler.amounts)}, not {standing.currency}"
    return "" if standing.outstanding_minor in found else f"does not take an outstanding amount of {standing.money('outstanding')}"


def _term(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    over = term_ends_on(handler, standing) if standing.handler == handler.id else None
    if over is None or on < over or exempt(standing):
        return ""
    return f"its term of {handler.term_days} days was over on {over}"


def _inactivity(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    over = inactive_on(handler, standing) if standing.handler == handler.id else None
    if over is None or on < over or exempt(standing):
        return ""
    return f"{handler.inactivity_days} days without a payment were over on {over}"


def _kept_at_home(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> str:
    return kept_at_home(standing, handler)


_CHECKS: tuple[tuple[NotEligible, _Check], ...] = (
    (NotEligible.INACTIVE, _inactive),
    (NotEligible.ON_RECALL, _on_recall),
    (NotEligible.LEAVE, _away),
    (NotEligible.LICENCE, _licence),
    (NotEligible.REGION, _out_of_region),
    (NotEligible.LANGUAGE, _language),
    (NotEligible.PRODUCT, _product),
    (NotEligible.DAYS_PAST_DUE, _days),
    (NotEligible.SEGMENT, _segment),
    (NotEligible.AMOUNT, _amount),
    (NotEligible.TERM, _term),
    (NotEligible.INACTIVITY, _inactivity),
    (NotEligible.AGREED, _kept_at_home),
)


def _objections(handler: Handler, standing: Standing, consumer: Consumer | None, on: date, segment: str) -> Iterator[WhyNot]:
    for reason, check in _CHECKS:
        text = check(handler, standing, consumer, on, segment)
        if text:
            yield WhyNot(handler.id, reason, text)


def _region(consumer: Consumer | None) -> str:
    return consumer.region if consumer is not None else ""
