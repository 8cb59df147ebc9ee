"""Trying an allocation out: a dry run over the whole book, and what more room would be worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import attrs

from collectkit.allocation._units import NOBODY_FAILED, Failed, read, units
from collectkit.allocation.allocating import NOBODY_NEW, Allocation, allocate
from collectkit.allocation.capacity import UNLIMITED, Carried, carried_of
from collectkit.allocation.eligibility import NotEligible
from collectkit.allocation.net_back import Worth, net_back
from collectkit.allocation.policies import AllocationPolicy
from collectkit.allocation.registry import STRATEGIES
from collectkit.allocation.strategies import Desk, Strategy
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HandlerId
from collectkit.person import Consumer
from collectkit.standing import Standing

NOBODY = HandlerId("nobody")


@attrs.frozen
class Flow:
    """
    Accounts that go from one handler to another; both the same for those that stay.

    Attributes:
        before: Who has them; None for nobody.
        after: Who would have them; None for nobody.
        accounts: How many.
        outstanding_minor: What is outstanding on them by currency, minor units.
    """

    before: HandlerId | None
    after: HandlerId | None
    accounts: int
    outstanding_minor: Mapping[str, int]


@attrs.frozen
class DryRun:
    """
    What an allocation would do; nothing was recorded.

    Attributes:
        allocations: The answer for each account, with why this handler and why not those.
        flows: From whom to whom, sorted.
        worth_before: The expected net-back as accounts are now, by currency, minor units.
        worth_after: The expected net-back as they would be.
        unplaced: Why accounts of which a rule speaks would be with nobody: how often each reason stood against a handler.
    """

    allocations: tuple[Allocation, ...]
    flows: tuple[Flow, ...]
    worth_before: Mapping[str, int]
    worth_after: Mapping[str, int]
    unplaced: Mapping[NotEligible, int]

    @property
    def moves(self) -> int:
        """How many accounts would change hands."""
        return sum(flow.accounts for flow in self.flows if flow.before != flow.after)

    def accounts(self, handler: str | None) -> tuple[int, int]:
        """Return how many accounts a handler has, and would have."""
        before = sum(flow.accounts for flow in self.flows if flow.before == handler)
        return before, sum(flow.accounts for flow in self.flows if flow.after == handler)


def dry_run(
    book: Iterable[tuple[Standing, Consumer | None]],
    policy: AllocationPolicy,
    *,
    loads: Mapping[HandlerId, int],
    on: date,
    seed: int,
    new_today: Mapping[HandlerId, int] = NOBODY_NEW,
    carried: Mapping[HandlerId, Carried] | None = None,
    strategies: Mapping[str, Strategy] = STRATEGIES,
    worth: Worth = net_back,
    failed: Failed = NOBODY_FAILED,
    at_law: Collection[AccountId] = (),
) -> DryRun:
    """
    Try an allocation of a whole book.

    Args:
        book: Accounts with who owes them, in any order; this and the others are those of `collectkit.allocation.allocate`.
        policy: Handlers and rules.
        loads: Open accounts of each handler in all.
        on: The business date.
        seed: Changes who is served first when room is short.
        new_today: Accounts that each handler was given on that day already.
        carried: What the open accounts of each handler count for; None: *book* holds them all.
        strategies: By the name that a rule gives as its distribution.
        worth: What a handler is expected to bring in net from an account, minor units.
        failed: Handlers that had an account before and gave it back without success.
        at_law: Accounts that stay with a law firm whatever the rules say (`collectkit.allocation.at_law`).
    """
    held = list(book)
    made = allocate(
        [(standing, consumer) for standing, consumer in held if standing.account not in at_law],
        policy,
        loads=loads,
        on=on,
        seed=seed,
        new_today=new_today,
        carried=carried_of(held, policy) if carried is None else carried,
        strategies=strategies,
        worth=worth,
        failed=failed,
    )
    staying = [standing for standing, _ in held if standing.account in at_law]
    made = tuple(sorted((*made, *map(_stays, staying)), key=lambda one: one.account))
    standings = {standing.account: standing for standing, _ in held}
    handlers = {handler.id: handler for handler in policy.handlers}
    accounts: Counter[tuple[HandlerId | None, HandlerId | None]] = Counter()
    minor: dict[tuple[HandlerId | None, HandlerId | None], Counter[str]] = {}
    before, after = Counter[str](), Counter[str]()
    unplaced: Counter[NotEligible] = Counter()
    for one in made:
        standing, way = standings[one.account], (one.before, one.handler)
        accounts[way] += 1
        minor.setdefault(way, Counter())[standing.currency] += standing.outstanding_minor
        for holder, sums in ((one.before, before), (one.handler, after)):
            if holder is not None and holder in handlers:
                sums[standing.currency] += worth(handlers[holder], standing)
        if one.handler is None:
            unplaced.update(why.reason for why in one.why_not)
    ways = sorted(accounts, key=lambda way: (way[0] or "", way[1] or ""))
    flows = tuple(Flow(*way, accounts[way], dict(sorted(minor[way].items()))) for way in ways)
    return DryRun(made, flows, dict(before), dict(after), dict(unplaced))


def _stays(standing: Standing) -> Allocation:
    why = ("its referral to a law firm is not over",)
    return Allocation(standing.account, standing.person, standing.handler, standing.handler, "", why)


@attrs.frozen
class MoreRoom:
    """
    What more places at one handler would be worth, in expected net-back.

    Attributes:
        handler: Who.
        places: How many more.
        price_minor: What one more is worth at most, minor units: its price in the optimum as things are.
        gain_minor: What all of them bring, worked out anew; never more than so many times the price.
    """

    handler: HandlerId
    places: int
    price_minor: int
    gain_minor: int


def what_if(
    book: Iterable[tuple[Standing, Consumer | None]],
    policy: AllocationPolicy,
    *,
    more: Mapping[str, int],
    on: date,
    worth: Worth = net_back,
) -> tuple[MoreRoom, ...]:
    """
    Tell what more places would be worth, each handler by itself: two more agents at 120 accounts each are 240 places.

    The question is put to the optimum over all accounts that some rule lets a handler take, as if all were free to be given;
    so the answer is about capacity alone, and about the best use of it. Needs the extra ``allocation``.

    Args:
        book: Accounts with who owes them.
        policy: Handlers and rules.
        more: How many more places each handler would have.
        on: The business date.
        worth: What a handler is expected to bring in net from an account, minor units.

    Raises:
        ValidationError: A handler that is not in the policy, fewer than no places, or accounts in several currencies.
    """
    from collectkit.allocation.optimal.sharing import share_out

    handlers = {handler.id: handler for handler in policy.handlers}
    wrong = [name for name, places in more.items() if HandlerId(name) not in handlers or places < 0]
    if wrong:
        known = ", ".join(handlers)
        raise ValidationError(f"more places, at least 0, are asked for {known}; not for {wrong[0]!r}: {more[wrong[0]]}; nothing was tried")
    cases = read(book, policy, on)
    if len({case.standing.currency for case in cases}) > 1:
        raise ValidationError("what more room is worth is worked out for one currency at a time; nothing was tried")
    requests = []
    for unit in units(cases, policy, seed=0):
        able = tuple(dict.fromkeys(handler for choice in unit.choices for handler in choice.handlers))
        standings = [case.standing for case in unit.cases]
        values = tuple(sum(worth(handlers[handler], standing) for standing in standings) for handler in able)
        requests.append(unit.request(able, values))

    def desks(extra: Mapping[HandlerId, int]) -> list[Desk]:
        room = {id: UNLIMITED if handler.capacity is None else handler.capacity + extra.get(id, 0) for id, handler in handlers.items()}
        return [Desk(id, places, 0, 0, 0, handlers[id].units_most, tuple(handlers[id].limits.items())) for id, places in room.items()]

    now = share_out(requests, desks({})).certificate
    prices = dict(zip(handlers, now.prices, strict=True))
    found = []
    for name, places in more.items():
        id = HandlerId(name)
        gain = share_out(requests, desks({id: places})).certificate.value - now.value
        found.append(MoreRoom(id, places, prices[id], gain))
    return tuple(found)
