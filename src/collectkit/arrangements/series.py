"""Promises in several parts: dates and amounts that were promised together, and what they have come to as a whole.

A series is judged through its items, each a promise of its own; how one that is missed touches the rest is the rule of
the series.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import aware, day, money
from collectkit.arrangements.promises import Evidence, OnMissed, Promise, PromisePolicy, PromiseState, PromiseVerdict, on_missed
from collectkit.arrangements.promising import (
    AlreadyMade,
    PromiseReason,
    PromiseRefused,
    Situation,
    barred,
    bounds,
    horizon,
    overlapping,
    still_open,
)
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, PromiseId, derived
from collectkit.money import Money

__all__ = ["Item", "PromiseSeries", "PromiseSeriesMade", "SeriesMaking", "SeriesRefused", "SeriesState", "make_series", "series_states"]


_UNPROVED = Evidence()


@attrs.frozen
class Item:
    """
    One part of a series.

    Attributes:
        due_on: Last day on which paying is in time.
        amount: More than zero.
    """

    due_on: date = attrs.field(validator=day)
    amount: Money = attrs.field(validator=money)


@attrs.frozen
class PromiseSeries:
    """
    Several amounts by several days, promised together.

    Attributes:
        id: The caller's own id; its items are promises ``<id>/1``, ``<id>/2`` …
        account: For which account.
        items: In the order of their days, no two on one day, in one currency.
        made_at: When it was made; aware.
        on_missed: What becomes of the rest when an item is not kept.
        channel, made_by, authority, kind, evidence: As for a `Promise`.
        replaces: Id of the open promise or series whose open items this one takes the place of.
        made_on: Business date on which it was made; `make_series` fills it in.

    Raises:
        ValidationError: No item, items out of order or in several currencies, or an amount that is not positive.
    """

    id: PromiseId = attrs.field(converter=PromiseId)
    account: AccountId = attrs.field(converter=AccountId)
    items: tuple[Item, ...] = attrs.field(converter=tuple[Item, ...])
    made_at: datetime = attrs.field(validator=aware)
    on_missed: OnMissed = attrs.field(default=OnMissed.BREAK_ITEM, converter=on_missed)
    channel: str = ""
    made_by: str = ""
    authority: str = ""
    replaces: PromiseId | None = attrs.field(default=None, converter=attrs.converters.optional(PromiseId))
    made_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))
    kind: str = "firm"
    evidence: Evidence = attrs.field(default=_UNPROVED)

    def __attrs_post_init__(self) -> None:
        if not self.items:
            raise ValidationError("a series has at least one item; nothing was recorded")
        if any(later.due_on <= item.due_on for item, later in zip(self.items, self.items[1:], strict=False)):
            raise ValidationError("the items of a series stand in the order of their days, no two on one; nothing was recorded")
        if len({item.amount.currency for item in self.items}) > 1 or any(item.amount.minor <= 0 for item in self.items):
            raise ValidationError("the amounts of a series are more than zero and in one currency; nothing was recorded")

    @property
    def total_minor(self) -> int:
        """Return all that is promised, in minor units."""
        return sum(item.amount.minor for item in self.items)

    def promises(self) -> tuple[Promise, ...]:
        """Return its items as promises; the first says what the series replaces."""
        return tuple(
            Promise(
                derived(self.id, after=f"/{number}"),
                self.account,
                item.amount,
                item.due_on,
                self.made_at,
                self.channel,
                self.made_by,
                self.authority,
                self.replaces if number == 1 else None,
                self.made_on,
                self.kind,
                self.evidence,
                self.id,
                self.on_missed,
            )
            for number, item in enumerate(self.items, 1)
        )


@attrs.frozen
class PromiseSeriesMade:
    """Several promises were taken together; they end what they replace."""

    TYPE: ClassVar[str] = "promise-series-made/1"

    series: PromiseSeries


@attrs.frozen
class SeriesRefused(PromiseRefused):
    """
    The series is not taken.

    Attributes:
        series: The nearest series that would be taken, under the same id; None when no change of amounts or days helps.
    """

    series: PromiseSeries | None = None


SeriesMaking: TypeAlias = PromiseSeriesMade | AlreadyMade | SeriesRefused


def make_series(
    known: Sequence[Promise], series: PromiseSeries, policy: PromisePolicy, situation: Situation, made: Iterable[PromiseSeries] = ()
) -> SeriesMaking:
    """
    Decide whether a series is taken: as a promise, and with limits of its own on number and horizon.

    To plan the tail anew, offer a series that `replaces` the one that is open: its open items end, what was judged stays.

    Args:
        known: All promises ever made on the account, items of series among them.
        series: The one offered.
        policy: The limits.
        situation: The account on the day.
        made: The series ever made on the account.
    """
    same = next((one for one in made if one.id == series.id), None)
    if same is not None and attrs.evolve(series, made_on=same.made_on) == same:
        return AlreadyMade(series.id)
    if same is not None or any(series.id in (one.id, one.group) for one in known):
        return SeriesRefused(PromiseReason.ID_REUSED, "this promise id was used with other content; a series needs an id of its own")
    first = series.promises()[0]
    open_ = still_open(known, policy, situation)
    refused = barred(first, policy, situation) or overlapping(first, policy, situation, open_)
    if refused is not None:
        return SeriesRefused(refused.reason, refused.detail)
    least, room = bounds(first, policy, situation, open_)
    if room < least:
        detail = f"{situation.outstanding_minor} minor units are outstanding, and {situation.outstanding_minor - room} are promised already"
        return SeriesRefused(PromiseReason.NOTHING_TO_PROMISE, detail)
    return _out_of_bounds(series, policy, situation.on, least, room) or PromiseSeriesMade(attrs.evolve(series, made_on=situation.on))


def _out_of_bounds(series: PromiseSeries, policy: PromisePolicy, on: date, least: int, room: int) -> SeriesRefused | None:
    """Return what is wrong with amounts, days or number, and the nearest series that would be taken."""
    last, currency = horizon(on, policy.series_days_max), series.items[0].amount.currency
    first_last = horizon(on, policy.horizon_days_max)
    smallest = min(item.amount.minor for item in series.items)
    if series.items[0].due_on < on:
        reason, detail = PromiseReason.DUE_IN_PAST, f"the first day {series.items[0].due_on} is before {on}"
    elif series.items[0].due_on > first_last:
        reason, detail = PromiseReason.BEYOND_HORIZON, f"the first day {series.items[0].due_on} is after {first_last}"
    elif series.items[-1].due_on > last:
        reason, detail = PromiseReason.BEYOND_HORIZON, f"the last day {series.items[-1].due_on} is after {last}"
    elif smallest < least:
        reason, detail = PromiseReason.AMOUNT_TOO_LOW, f"{Money(smallest, currency)} is less than the least item, {Money(least, currency)}"
    elif series.total_minor > room:
        reason, detail = PromiseReason.AMOUNT_TOO_HIGH, f"{series.total_minor} minor units are more than the {room} that can be promised"
    elif len(series.items) > policy.items_max:
        reason, detail = PromiseReason.TOO_MANY_ITEMS, f"{len(series.items)} items are more than {policy.items_max}"
    else:
        return None
    nearest = _nearest(series, policy, (on, first_last, last), least, room)
    said = ", ".join(f"{item.amount} by {item.due_on}" for item in nearest.items) if nearest is not None else ""
    return SeriesRefused(reason, f"{detail}; the nearest acceptable series is {said}" if said else detail, series=nearest)


def _nearest(series: PromiseSeries, policy: PromisePolicy, span: tuple[date, date, date], least: int, room: int) -> PromiseSeries | None:
    """Move days into the span, lift amounts to the least, cut the total to the room, and drop what then finds no place."""
    on, first_last, last = span
    items: list[Item] = []
    for item in series.items[: policy.items_max]:
        due_on = max(on, min(item.due_on, last if items else first_last))
        minor = min(max(least, item.amount.minor), room)
        if minor < least or (items and due_on <= items[-1].due_on):
            continue
        room -= minor
        items.append(Item(due_on, Money(minor, item.amount.currency)))
    return attrs.evolve(series, items=tuple(items)) if items else None


_PAST = (PromiseVerdict.KEPT, PromiseVerdict.PARTIALLY_KEPT, PromiseVerdict.BROKEN)


@attrs.frozen
class SeriesState:
    """
    What a series has come to on a day.

    Attributes:
        id: Of the series.
        verdict: Open while an item is; then kept when every item that counts was, broken when none was and nothing came,
            partially kept between; as its items when they all ended otherwise.
        items: The state of each item, by day.
        kept_minor: What was paid that counts, in minor units.
        promised_minor: What was promised, without items that were withdrawn, replaced or no longer needed.
    """

    id: PromiseId
    verdict: PromiseVerdict
    items: tuple[PromiseState, ...]
    kept_minor: int
    promised_minor: int


def series_states(states: Iterable[PromiseState]) -> tuple[SeriesState, ...]:
    """Return what each series among these promises has come to, by id."""
    by_id: dict[PromiseId, list[PromiseState]] = {}
    for state in states:
        if state.promise.series is not None:
            by_id.setdefault(state.promise.series, []).append(state)
    return tuple(_whole(id, sorted(items, key=lambda state: state.promise.due_on)) for id, items in sorted(by_id.items()))


def _whole(id: PromiseId, items: Sequence[PromiseState]) -> SeriesState:
    counted = [state for state in items if state.verdict is PromiseVerdict.OPEN or state.verdict in _PAST]
    kept_minor = sum(state.counted_minor for state in counted)
    verdicts = {state.verdict for state in counted}
    if not counted:
        verdict = items[-1].verdict
    elif PromiseVerdict.OPEN in verdicts:
        verdict = PromiseVerdict.OPEN
    elif verdicts == {PromiseVerdict.KEPT}:
        verdict = PromiseVerdict.KEPT
    else:
        verdict = PromiseVerdict.PARTIALLY_KEPT if kept_minor else PromiseVerdict.BROKEN
    return SeriesState(id, verdict, tuple(items), kept_minor, sum(state.promise.amount.minor for state in counted))
