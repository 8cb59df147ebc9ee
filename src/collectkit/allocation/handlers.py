"""Who can work accounts, and the ordered rules that say who gets which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import Enum
from typing import TypeVar

import attrs

from collectkit._checks import given, matching, one_of
from collectkit.allocation.availability import WEEKDAYS, Leave, Licence, leaves
from collectkit.errors import PolicyError
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.identifiers import HandlerId
from collectkit.rules import Expression, compile_condition

WHOLE_BP = 10_000
"""All of it, in basis points."""

EnumT = TypeVar("EnumT", bound=Enum)

_OWN_FACTS = frozenset({"handler", "placed_on"})


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


class Distribution(Enum):
    """How a rule shares accounts among its handlers; each names a built-in strategy."""

    FIRST = "first"
    """The first in the rule's order that has room."""
    ROUND_ROBIN = "round_robin"
    """In turns."""
    LEAST_LOADED = "least_loaded"
    """The one with the fewest open accounts."""
    WEIGHTED = "weighted"
    """By shares, in whole accounts, by largest remainder."""
    STRATIFIED = "stratified"
    """By lot within each stratum of lateness and amount, so that everybody gets equal paper; by shares where there are some."""
    CHAMPION = "champion"
    """To the first, but for the shares that a lottery gives to challengers."""
    OPTIMAL = "optimal"
    """Such that the expected net-back is the greatest possible; needs the extra ``allocation``."""


class WhenFull(Enum):
    """What happens to an account whose rule has no room left."""

    NEXT_RULE = "next_rule"
    PARK = "park"
    """It waits for room; later rules are not asked."""


_CURRENCY = matching(r"[A-Z]{3}", "an ISO 4217 code such as USD", not_done="nothing was loaded", error=PolicyError)


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


def _codes(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise PolicyError(f"a list of codes is expected, such as ['en'], not the text {given!r}; nothing was loaded")
    return tuple(given)


def _ids(given: Iterable[str]) -> tuple[HandlerId, ...]:
    return tuple(HandlerId(id) for id in _codes(given))


def _strategy_name(given: str | Distribution) -> str:
    return given.value if isinstance(given, Distribution) else given


def _member(kind: type[EnumT], given: str | EnumT) -> EnumT:
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(str(member.value) for member in kind)
        raise PolicyError(f"expected one of {allowed}, got {given!r}; nothing was loaded") from None


def _handler_kind(given: str | HandlerKind) -> HandlerKind:
    return _member(HandlerKind, given)


def _when_full(given: str | WhenFull) -> WhenFull:
    return _member(WhenFull, given)


def _count(instance: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise PolicyError(f"{attribute.name} is a whole number, at least 0, got {value!r}; nothing was loaded")


def _amount(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PolicyError(f"{attribute.name} is a whole number, at least 0, got {value!r}; nothing was loaded")


def _share_bp(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= WHOLE_BP:
        raise PolicyError(f"{attribute.name} is from 0 to {WHOLE_BP} basis points, got {value!r}; nothing was loaded")


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
        capacity: Most open accounts at any time; None: no limit.
        max_new_per_day: Most accounts it may be given on one day; None: no limit.
        days_past_due_least: Fewest days past due it takes, inclusive.
        days_past_due_most: Most days past due it takes, inclusive; None: no limit.
        amounts: Outstanding amounts it takes, one range a currency; a currency without a range is not taken. Empty: any.
        party: ``first_party`` (in the creditor's name) or ``third_party``.
        active_from: First day on which it works, inclusive; None: since ever.
        active_to: Last day on which it works, inclusive; None: open.
        winding_down_from: First day on which it is given nothing new, because it is on recall; what it has stays until
            *active_to*. None: not on recall.
        leave: Days off, ``2026-11-02 to 2026-11-13``, both inclusive. Nothing new comes in on them; what it has stays
            unless more than `LEAVE_KEPT` days of the leave lie ahead.
        weekdays: Days of the week on which new accounts come in, ``mon`` to ``sun``; empty: all.
        term_days: After so many days it gives an account back, unless something is agreed about it; None: no term.
        inactivity_days: After so many days without a payment too; None: no such limit.
        notice_days: So many days before, it is told.
        yield_bp: What it is expected to collect, in basis points of the outstanding amount.
        fee_bp: Its commission, in basis points of what it collects.
        cost_minor: What an account costs with it besides, minor units of the account's currency.

    Raises:
        PolicyError: A count below zero, a range or contract that ends before it starts, or two ranges for one currency.
    """

    id: HandlerId = attrs.field(converter=HandlerId)
    name: str
    kind: HandlerKind = attrs.field(converter=_handler_kind)
    languages: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    regions: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    products: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    licences: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    capacity: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    max_new_per_day: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    days_past_due_least: int = attrs.field(default=0, kw_only=True)
    days_past_due_most: int | None = attrs.field(default=None, kw_only=True)
    amounts: tuple[AmountRange, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    party: str = attrs.field(kw_only=True, validator=one_of("first_party", "third_party", not_done="nothing was loaded", error=PolicyError))
    active_from: date | None = attrs.field(default=None, kw_only=True)
    active_to: date | None = attrs.field(default=None, kw_only=True)
    winding_down_from: date | None = attrs.field(default=None, kw_only=True)
    leave: tuple[Leave, ...] = attrs.field(default=(), kw_only=True, converter=leaves)
    weekdays: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_codes, validator=_weekdays)
    term_days: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    inactivity_days: int | None = attrs.field(default=None, kw_only=True, validator=_count)
    notice_days: int = attrs.field(default=0, kw_only=True, validator=_amount)
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

    def __attrs_post_init__(self) -> None:
        _check_range(f"days past due of handler {self.id}", self.days_past_due_least, self.days_past_due_most)
        twice = [code for code, count in Counter(amount.currency for amount in self.amounts).items() if count > 1]
        if twice:
            raise PolicyError(f"handler {self.id} has more than one range of amounts in {twice[0]}; nothing was loaded")
        if self.active_from is not None and self.active_to is not None and self.active_to < self.active_from:
            raise PolicyError(f"handler {self.id} ends on {self.active_to}, before it starts; nothing was loaded")


@attrs.frozen
class AllocationRule:
    """
    Which handlers share the accounts that meet a condition.

    Attributes:
        name: Unique in its policy.
        handlers: In order of preference.
        when: Which accounts; None: every one.
        distribution: How they are shared: a `Distribution` or its text, or the name of a strategy that a plugin brings.
        shares_bp: The share of each handler in basis points, in the same order, 10,000 in all; ``weighted`` and
            ``champion`` need them, ``stratified`` shares equally without.
        when_full: What happens to an account that finds no room.

    Raises:
        PolicyError: No handler, one twice, shares that are not all of it, or a condition that asks who has the account.
    """

    name: str = attrs.field(validator=given)
    handlers: tuple[HandlerId, ...] = attrs.field(converter=_ids)
    when: Expression | None = attrs.field(default=None, kw_only=True)
    distribution: str = attrs.field(default="first", kw_only=True, converter=_strategy_name)
    shares_bp: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    when_full: WhenFull = attrs.field(default=WhenFull.NEXT_RULE, kw_only=True, converter=_when_full)
    _takes: Callable[[Mapping[str, object]], bool] | None = attrs.field(init=False, eq=False, repr=False)

    @_takes.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool] | None:
        return compile_condition(self.when, "mapping") if self.when is not None else None

    def __attrs_post_init__(self) -> None:
        circular = sorted(self.when.names & _OWN_FACTS) if self.when is not None else []
        if circular:
            raise PolicyError(
                f"allocation rule {self.name!r} asks for {circular[0]!r}, which it decides itself: accounts would go to and fro; "
                "nothing was loaded"
            )
        if not self.handlers or len(set(self.handlers)) < len(self.handlers):
            raise PolicyError(f"allocation rule {self.name!r} names each of its handlers once, and at least one; nothing was loaded")
        if not self.shares_bp:
            if self.distribution in {Distribution.WEIGHTED.value, Distribution.CHAMPION.value}:
                raise PolicyError(
                    f"allocation rule {self.name!r} is shared {self.distribution} and needs a share for each handler; nothing was loaded"
                )
            return
        if len(self.shares_bp) != len(self.handlers) or min(self.shares_bp) < 0:
            raise PolicyError(f"allocation rule {self.name!r} needs one share, at least 0 %, for each handler; nothing was loaded")
        if sum(self.shares_bp) != WHOLE_BP:
            got = f"{sum(self.shares_bp) // 100}.{sum(self.shares_bp) % 100:02d}"
            raise PolicyError(f"the shares of allocation rule {self.name!r} add up to 100 %, got {got} %; nothing was loaded")

    def takes(self, facts: Mapping[str, object]) -> bool:
        """Tell whether the rule is for an account with these facts, as `collectkit.segments.view` gives them."""
        return self._takes is None or self._takes(facts)

    def share_bp(self, handler: HandlerId) -> int:
        """Return the share of a handler of this rule in basis points; 0 where the rule has no shares."""
        return self.shares_bp[self.handlers.index(handler)] if self.shares_bp else 0


@attrs.frozen
class AllocationPolicy:
    """
    The handlers and the ordered rules of one book.

    Attributes:
        handlers: Everyone who may hold accounts.
        rules: In order of precedence; an account that no rule takes stays without a handler.
        effects: What each kind of hold stops.

    Raises:
        PolicyError: Two handlers or rules of one name, or a rule that names a handler who is not listed.
    """

    handlers: tuple[Handler, ...] = attrs.field(converter=tuple[Handler, ...])
    rules: tuple[AllocationRule, ...] = attrs.field(converter=tuple[AllocationRule, ...])
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, kw_only=True, hash=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _check_unique("handler", [handler.id for handler in self.handlers])
        _check_unique("allocation rule", [rule.name for rule in self.rules])
        known = {handler.id for handler in self.handlers}
        for rule in self.rules:
            unknown = [str(id) for id in rule.handlers if id not in known]
            if unknown:
                allowed = ", ".join(sorted(known)) or "none"
                raise PolicyError(
                    f"allocation rule {rule.name!r} names {', '.join(unknown)}; known handlers are {allowed}; nothing was loaded"
                )


def _check_unique(what: str, names: list[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise PolicyError(f"each {what} stands once in an allocation policy, {twice[0]!r} came twice; nothing was loaded")
