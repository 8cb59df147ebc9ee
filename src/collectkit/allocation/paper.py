"""Equal paper: handlers can be compared when what they got was alike, which a lottery within strata makes it.

A stratum holds accounts that are about as late and about as large. Within each the accounts are drawn by lot and
shared out by largest remainder; how equal it came out is measured, not assumed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial

import attrs

from collectkit.allocation.strategies import Desk, Request, Rooms, apportion, one_by_one, stable_number
from collectkit.identifiers import HandlerId
from collectkit.standing import Standing

DAYS_EDGES = (1, 8, 31, 61, 91, 181)
"""First days past due of the bands of lateness; the band before the first is not late."""


def stratum_of(standing: Standing) -> str:
    """
    Return the stratum of an account: currency, band of lateness, and the power of four that its amount reaches.

    Powers of four of minor units make bands that mean the same in every currency: an account is compared with others
    of a fourth to four times its size.
    """
    band = sum(standing.operational_days_past_due >= edge for edge in DAYS_EDGES)
    return f"{standing.currency}/{band}/{(standing.outstanding_minor.bit_length() + 1) // 2}"


class Stratified:
    """By lot within each stratum, so that each handler gets equal paper; by shares where the rule has some."""

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Share out one stratum after the other, each in an order drawn from the key."""
        weights = [desk.share_bp for desk in desks] if any(desk.share_bp for desk in desks) else [1] * len(desks)
        strata: defaultdict[str, list[int]] = defaultdict(list)
        for place, request in enumerate(requests):
            strata[request.stratum].append(place)
        chosen: list[HandlerId | None] = [None] * len(requests)
        rooms, names = Rooms(desks), [desk.handler for desk in desks]
        given, before, total = dict.fromkeys(names, 0), dict.fromkeys(names, 0), 0
        for name in sorted(strata):
            drawn = sorted(strata[name], key=lambda place: (stable_number(f"{key}/{requests[place].unit}"), requests[place].unit))
            size = sum(requests[place].size for place in drawn)
            total += size
            # Half units that rounding kept from a handler in one stratum come to it in the next: shares are exact overall too.
            due = dict(zip(names, apportion(total, weights), strict=True))
            here = dict(zip(names, apportion(size, weights), strict=True))
            owed = {handler: max(here[handler] - 1, min(here[handler] + 1, due[handler] - before[handler])) for handler in names}
            answer = one_by_one([requests[place] for place in drawn], rooms.desks, partial(_lack, owed))
            for place, handler in zip(drawn, answer, strict=True):
                chosen[place] = handler
                if handler is not None:
                    given[handler] += requests[place].size
                    rooms.take(handler, requests[place])
            before = dict(given)
        return tuple(chosen)


def _lack(owed: Mapping[HandlerId, int], handler: HandlerId, new: Mapping[HandlerId, int]) -> int:
    return new[handler] - owed[handler]


@attrs.frozen
class StratumShare:
    """
    What one handler got of one stratum.

    Attributes:
        stratum: Its name.
        handler: Who.
        accounts: How many accounts it got.
        of_accounts: How many were given out in the stratum.
        minor: What is outstanding on those it got, minor units.
        of_minor: What is outstanding on all that were given out in the stratum.
    """

    stratum: str
    handler: HandlerId
    accounts: int
    of_accounts: int
    minor: int
    of_minor: int


@attrs.frozen
class Balance:
    """
    How equal the paper came out.

    Attributes:
        lines: By stratum and handler, handlers that got nothing of a stratum among them.
    """

    lines: tuple[StratumShare, ...]

    @property
    def accounts_apart(self) -> Fraction:
        """The furthest that a handler's accounts in a stratum are from its share of all accounts, in accounts."""
        accounts: Counter[HandlerId] = Counter()
        for line in self.lines:
            accounts[line.handler] += line.accounts
        whole = sum(accounts.values())
        apart = (abs(line.accounts - Fraction(line.of_accounts * accounts[line.handler], whole)) for line in self.lines if whole)
        return max(apart, default=Fraction(0))


def balance(requests: Sequence[Request], answer: Sequence[HandlerId | None], handlers: Iterable[HandlerId]) -> Balance:
    """Measure how equal the paper is that each handler got."""
    accounts: Counter[tuple[str, HandlerId]] = Counter()
    minor: Counter[tuple[str, HandlerId]] = Counter()
    for request, handler in zip(requests, answer, strict=True):
        if handler is not None:
            accounts[request.stratum, handler] += request.size
            minor[request.stratum, handler] += request.minor
    of_accounts, of_minor = _totals(accounts), _totals(minor)
    named = tuple(handlers)
    return Balance(
        tuple(
            StratumShare(stratum, handler, accounts[stratum, handler], of_accounts[stratum], minor[stratum, handler], of_minor[stratum])
            for stratum in sorted(of_accounts)
            for handler in named
        )
    )


def _totals(parts: Mapping[tuple[str, HandlerId], int]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (stratum, _), part in parts.items():
        totals[stratum] += part
    return totals
