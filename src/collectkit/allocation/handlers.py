"""Who can work accounts: what each handler takes, how much of it, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum

import attrs

from collectkit._checks import matching, member, one_of
from collectkit.allocation.availability import WEEKDAYS, Leave, Licence, Shift, leaves, shift_end, shifts
from collectkit.calendars.dates import zone
from collectkit.errors import CollectkitError, PolicyError
from collectkit.identifiers import HandlerId
from collectkit.money import Money

WHOLE_BP = 10_000
"""All of it, in basis points."""


class HandlerKind(Enum):
    """What sort of collector a handler is."""

    IN_HOUSE = "in_house"
    """A team of our own."""
    AGENT = "agent"
    """One person of our own."""
    CALL_CENTER = "call_center"
    FIELD_AGENT = "field_agent"
    AGENCY = "agency"
    LAW_FIRM = "law_firm"
    DIGITAL = "digital"
    """No person at all: messages and the payment page."""

    @property
    def outside(self) -> bool:
        """Whether accounts leave the house when they are placed there."""
        return self not in {HandlerKind.IN_HOUSE, HandlerKind.AGENT, HandlerKind.DIGITAL}


_CURRENCY = matching(r"[A-Z]{3}", "an ISO 4217 code such as USD", not_done="nothing was loaded", error=PolicyError)


def _flag(instance: object, attribute: attrs.Attribute[bool], value: bool) -> None:
    if not isinstance(value, bool):
        raise PolicyError(f"{attribute.name} is true or false, got {value!r}; nothing was loaded")


@attrs.frozen
class AmountRange:
    """
    Outstanding amounts in one currency that a handler takes.

    Attributes:
        currency: ISO 4217 code.
        least_minor: Smallest amount, minor units, inclusive.
        most_minor: Largest amount, minor units, inclusive; None: no limit.
    """

    currency: str = attrs.field(validator=_CURRENCY)
    least_minor: int = 0
    most_minor: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_range(f"amounts in {self.currency}", self.least_minor, self.most_minor)

    def __contains__(self, minor: int) -> bool:
        return self.least_minor <= minor and (self.most_minor is None or minor <= self.most_minor)


def _check_range(what: str, least: int, most: int | None) -> None:
    if least < 0 or (most is not None and most < least):
        raise PolicyError(f"{what} run from at least 0 up to no less than they start, got {least} to {most}; nothing was loaded")


def codes(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise PolicyError(f"a list of codes is expected, such as ['en'], not the text {given!r}; nothing was loaded")
    return tuple(given)


def _handler_kind(given: str | HandlerKind) -> HandlerKind:
    return member(HandlerKind, given, not_done="nothing was loaded", error=PolicyError)


def _count(instance: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise PolicyError(f"{attribute.name} is a whole number, at least 0, got {value!r}; nothing was loaded")


def _amount(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PolicyError(f"{attribute.name} is a whole number, at least 0, got {value!r}; nothing was loaded")


def _share_bp(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= WHOLE_BP:
        raise PolicyError(f"{attribute.name} is from 0 to {WHOLE_BP} basis points, got {value!r}; nothing was loaded")


def _zone(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    try:
        zone(value)
    except CollectkitError as error:
        raise PolicyError(f"{error}; nothing was loaded") from None


def _weekdays(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    unknown = [name for name in value if name not in WEEKDAYS]
    if unknown:
        raise PolicyError(f"weekdays are {', '.join(WEEKDAYS)}, not {unknown[0]!r}; nothing was loaded")


@attrs.frozen
class Handler:
    """
    A team, call center, field agent or agency, and what it can take. An empty list means "any".

    Attributes:
        id: The host's id.
        name: As people know it.
        kind: What sort of collector it is.
        languages: ISO 639 codes in which it can speak to a consumer, such as ``en``.
        regions: Where it works: ISO 3166 codes; ``US`` covers ``US-NY``.
        products: Product codes it takes.
        licences: Regions for which it holds a licence to collect, ``US-NY`` or ``US-NY until 2026-12-31``; read for
            ``third_party`` alone, which has no business where it has none.
        segments: Names of the policy's segments it takes.
        capacity: Most open accounts at any time; None: no limit.
        outstanding_most: Most that may be outstanding on its accounts together, one amount a currency, when it is given another;
            a currency without one has no limit.
        units_most: Most units of work at any time, as `AllocationPolicy.units` counts them; None: no limit.
        max_new_per_day: Most accounts it may be given on one day; None: no limit.
        days_past_due_least: Fewest days past due it takes, inclusive, by the operational clock, which holds stop: work goes by it.
        days_past_due_most: Most days past due it takes, inclusive, by the same clock; None: no limit.
        amounts: Outstanding amounts it takes, one range a currency; a currency without a range is not taken. Empty: any.
        party: ``first_party`` (in the creditor's name) or ``third_party``.
        active_from: First day on which it works, inclusive; None: since ever.
        active_to: Last day on which it works, inclusive; None: open.
        winding_down_from: First day on which it is given nothing new, because it is on recall; what it has stays until
            *active_to*. None: not on recall.
        leave: Days off, ``2026-11-02 to 2026-11-13``, both inclusive. Nothing new comes in on them; what it has stays
            unless more than `LEAVE_KEPT` days of the leave lie ahead.
        weekdays: Days of the week on which new accounts come in, ``mon`` to ``sun``; empty: all.
        shifts: When it works, ``mon-fri 09:00-17:30`` in *zone*; nothing new comes in on a day without one, and nobody is given an
            item of a worklist outside of them. Empty: always.
        zone: Of its shifts.
        term_days: After so many days it gives an account back, unless something is agreed about it; None: no term.
        inactivity_days: After so many days without a payment too; None: no such limit.
        notice_days: So many days before, it is told.
        waits_for_suits: Whether both wait while a suit that was brought about the account is not over: a claim in court does not
            change firms in the middle. What ends its work, such as its last day or a licence that lapses, does not wait.
        yield_bp: What it is expected to collect, in basis points of the outstanding amount.
        fee_bp: Its commission, in basis points of what it collects.
        cost_minor: What an account costs with it besides, minor units of the account's currency.

    Raises:
        PolicyError: A count below zero, a range or contract that ends before it starts, or two ranges or limits for one currency.
    """

    id: HandlerId = attrs.field(converter=HandlerId)
    name: str
    kind: HandlerKind = attrs.field(converter=_handler_kind)
    languages: tuple[str, ...] = attrs.field(default=(), converter=codes, kw_only=True)
    regions: tuple[str, ...] = attrs.field(default=(), converter=codes, kw_only=True)
    products: tuple[str, ...] = attrs.field(default=(), converter=codes, kw_only=True)
    licences: tuple[str, ...] = attrs.field(default=(), converter=codes, kw_only=True)
    segments: tuple[str, ...] = attrs.field(default=(), converter=codes, kw_only=True)
    capacity: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    outstanding_most: tuple[Money, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    units_most: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    max_new_per_day: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    days_past_due_least: int = attrs.field(default=0, kw_only=True)
    days_past_due_most: int | None = attrs.field(default=None, kw_only=True)
    amounts: tuple[AmountRange, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    party: str = attrs.field(kw_only=True, validator=one_of("first_party", "third_party", not_done="nothing was loaded", error=PolicyError))
    active_from: date | None = attrs.field(default=None, kw_only=True)
    active_to: date | None = attrs.field(default=None, kw_only=True)
    winding_down_from: date | None = attrs.field(default=None, kw_only=True)
    leave: tuple[Leave, ...] = attrs.field(default=(), kw_only=True, converter=leaves)
    weekdays: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=codes, validator=_weekdays)
    shifts: tuple[Shift, ...] = attrs.field(default=(), kw_only=True, converter=shifts)
    zone: str = attrs.field(default="UTC", kw_only=True, validator=_zone)
    term_days: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    inactivity_days: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    notice_days: int = attrs.field(default=0, kw_only=True, validator=_amount)
    waits_for_suits: bool = attrs.field(default=True, kw_only=True, validator=_flag)
    yield_bp: int = attrs.field(default=0, kw_only=True, validator=_share_bp)
    fee_bp: int = attrs.field(default=0, kw_only=True, validator=_share_bp)
    cost_minor: int = attrs.field(default=0, kw_only=True, validator=_amount)
    _licences: tuple[Licence, ...] = attrs.field(init=False, eq=False, repr=False)

    @party.default
    def _party(self) -> str:
        return "third_party" if self.kind in {HandlerKind.AGENCY, HandlerKind.LAW_FIRM} else "first_party"

    @_licences.default
    def _read_licences(self) -> tuple[Licence, ...]:
        return tuple(Licence.of(text) for text in self.licences)

    @property
    def licences_end(self) -> tuple[date, ...]:
        """The last days of its licences that end."""
        return tuple(licence.until for licence in self._licences if licence.until is not None)

    def licensed(self, on: date) -> tuple[str, ...]:
        """Return the regions for which it holds a licence on that day."""
        return tuple(licence.region for licence in self._licences if licence.until is None or on <= licence.until)

    @property
    def limits(self) -> Mapping[str, int]:
        """The most that may be outstanding on its accounts, minor units by currency."""
        return {limit.currency: limit.minor for limit in self.outstanding_most}

    def shift_ends_at(self, at: datetime) -> datetime | None:
        """Return when the shift ends in which *at* falls; None outside of its shifts. Without shifts it works all day."""
        return shift_end(self.shifts, at.astimezone(zone(self.zone)))

    def __attrs_post_init__(self) -> None:
        _check_range(f"days past due of handler {self.id}", self.days_past_due_least, self.days_past_due_most)
        twice = [code for code, count in Counter(amount.currency for amount in self.amounts).items() if count > 1]
        if twice:
            raise PolicyError(f"handler {self.id} has more than one range of amounts in {twice[0]}; nothing was loaded")
        if len(self.limits) < len(self.outstanding_most) or min(self.limits.values(), default=0) < 0:
            raise PolicyError(f"handler {self.id} has at most one limit a currency on what is outstanding, at least 0; nothing was loaded")
        if self.active_from is not None and self.active_to is not None and self.active_to < self.active_from:
            raise PolicyError(f"handler {self.id} ends on {self.active_to}, before it starts; nothing was loaded")
