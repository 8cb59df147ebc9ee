"""The ordered rules that say which handlers share which accounts, and what the book counts as work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final

import attrs

from collectkit._checks import given, member
from collectkit.allocation.handlers import WHOLE_BP, Handler, codes
from collectkit.errors import PolicyError
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.identifiers import HandlerId
from collectkit.person import Consumer
from collectkit.rules import Expression, compile_condition, turning_values
from collectkit.segments import BY_DATE, Segment, view
from collectkit.standing import Standing

_OWN_FACTS = frozenset({"handler", "placed_on"})
WORK_DAYS: Final = "operational_days_past_due"
"""How late an account is for work: on this clock handlers name the lateness that they take, and rules should."""


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


def _ids(given: Iterable[str]) -> tuple[HandlerId, ...]:
    return tuple(HandlerId(id) for id in codes(given))


def _strategy_name(given: str | Distribution) -> str:
    return given.value if isinstance(given, Distribution) else given


def _when_full(given: str | WhenFull) -> WhenFull:
    return member(WhenFull, given, not_done="nothing was loaded", error=PolicyError)


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
        _check_own_facts(f"allocation rule {self.name!r}", self.when)
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
class WorkUnits:
    """
    How many units of work an account is.

    Attributes:
        units: How many, at least 1.
        when: For which accounts; None: every one.

    Raises:
        PolicyError: Fewer than one, or a condition that asks who has the account.
    """

    units: int
    when: Expression | None = None
    _takes: Callable[[Mapping[str, object]], bool] | None = attrs.field(init=False, eq=False, repr=False)

    @_takes.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool] | None:
        return compile_condition(self.when, "mapping") if self.when is not None else None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.units, bool) or not isinstance(self.units, int) or self.units < 1:
            raise PolicyError(f"an account is at least one unit of work, got {self.units!r}; nothing was loaded")
        _check_own_facts("a count of work", self.when)

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Tell whether this counts an account with these facts, as `collectkit.segments.view` gives them."""
        return self._takes is None or self._takes(facts)


def _work(given_units: Iterable[WorkUnits]) -> tuple[WorkUnits, ...]:
    return tuple(given_units)


def _segments(given_segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(given_segments)


@attrs.frozen
class AllocationPolicy:
    """
    The handlers and the ordered rules of one book.

    Attributes:
        handlers: Everyone who may hold accounts.
        rules: In order of precedence; an account that no rule takes stays without a handler.
        effects: What each kind of hold stops.
        units: How much work an account is: the first that holds counts, and 1 where none does.
        segments: The segments that handlers may name; an account is in the first that holds.

    Raises:
        PolicyError: Two handlers or rules of one name, a rule that names a handler who is not listed, or a handler that names a
            segment which is not.
    """

    handlers: tuple[Handler, ...] = attrs.field(converter=tuple[Handler, ...])
    rules: tuple[AllocationRule, ...] = attrs.field(converter=tuple[AllocationRule, ...])
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, kw_only=True, hash=False, repr=False)
    units: tuple[WorkUnits, ...] = attrs.field(default=(), kw_only=True, converter=_work)
    segments: tuple[Segment, ...] = attrs.field(default=(), kw_only=True, converter=_segments)
    turns: Mapping[str, tuple[int, ...]] | None = attrs.field(init=False, eq=False, repr=False)
    """At which values of a fact that changes by the passing of days alone another answer may be given; None: it cannot be told."""

    @turns.default
    def _turning(self) -> Mapping[str, tuple[int, ...]] | None:
        whens = [*(rule.when for rule in self.rules), *(segment.when for segment in self.segments), *(work.when for work in self.units)]
        asked = [when for when in whens if when is not None]
        turns = turning_values(asked, BY_DATE)
        if turns is None:
            return None
        ranges = {handler.days_past_due_least for handler in self.handlers if handler.days_past_due_least}
        ranges |= {handler.days_past_due_most + 1 for handler in self.handlers if handler.days_past_due_most is not None}
        days = sorted(ranges.union(turns.get(WORK_DAYS, ())))
        return {**turns, WORK_DAYS: tuple(days)} if days else turns

    def units_of(self, standing: Standing, consumer: Consumer | None) -> int:
        """Return how many units of work an account is."""
        if not self.units:
            return 1
        facts = view(standing, consumer)
        return next((work.units for work in self.units if work.holds(facts)), 1)

    def party_of(self, handler: str | None) -> str:
        """Return the role in which a handler acts; ours for none. Whoever the policy does not know is taken for a third party."""
        if not handler:
            return "first_party"
        return next((held.party for held in self.handlers if held.id == handler), "third_party")

    def segment(self, standing: Standing, consumer: Consumer | None) -> str:
        """Return the name of the segment of an account; empty for none."""
        if not self.segments:
            return ""
        facts = view(standing, consumer)
        return next((segment.name for segment in self.segments if segment.holds(facts)), "")

    def __attrs_post_init__(self) -> None:
        _check_unique("segment", [segment.name for segment in self.segments])
        named = {segment.name for segment in self.segments}
        for segment in self.segments:
            _check_own_facts(f"segment {segment.name!r}", segment.when)
        for handler in self.handlers:
            strange = [name for name in handler.segments if name not in named]
            if strange:
                allowed = ", ".join(sorted(named)) or "none"
                raise PolicyError(f"handler {handler.id} names segment {strange[0]!r}; known are {allowed}; nothing was loaded")
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


def _check_own_facts(what: str, when: Expression | None) -> None:
    circular = sorted(when.names & _OWN_FACTS) if when is not None else []
    if circular:
        raise PolicyError(
            f"{what} asks for {circular[0]!r}, which allocation decides itself: accounts would go to and fro; nothing was loaded"
        )


def _check_unique(what: str, names: list[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise PolicyError(f"each {what} stands once in an allocation policy, {twice[0]!r} came twice; nothing was loaded")
