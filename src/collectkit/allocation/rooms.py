"""How much room handlers have, in accounts, in units of work and in what is outstanding, while a strategy shares out."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from collectkit.identifiers import HandlerId


@attrs.frozen
class Request:
    """
    Accounts that go to one handler together.

    Attributes:
        unit: What they are; the same in every run.
        size: How many accounts.
        eligible: Handlers that can take all of them, in the rule's order; never empty.
        minor: What is outstanding on them together, minor units.
        stratum: Accounts as late and as large as these have the same; see `stratum_of`.
        values: What each eligible handler is expected to bring in net, minor units, in their order; empty: unknown.
        work: How many units of work they are; None: as many as accounts.
        outstanding: What is outstanding on them, minor units by currency.
    """

    unit: str
    size: int
    eligible: tuple[HandlerId, ...]
    minor: int = 0
    stratum: str = ""
    values: tuple[int, ...] = ()
    work: int | None = None
    outstanding: tuple[tuple[str, int], ...] = ()

    @property
    def units(self) -> int:
        """How many units of work they are."""
        return self.size if self.work is None else self.work


@attrs.frozen
class Desk:
    """
    A handler of the rule as it stands before the requests are shared out.

    Attributes:
        handler: Who.
        room: How many more accounts it may be given.
        load: How many open accounts it has.
        held: How many of them it has by this rule.
        share_bp: Its share of the rule in basis points; 0 without shares.
        units: How many more units of work it may be given; None: no limit.
        outstanding: How much more may be outstanding, minor units by currency; a currency that is not named has no limit.
    """

    handler: HandlerId
    room: int
    load: int
    held: int
    share_bp: int
    units: int | None = None
    outstanding: tuple[tuple[str, int], ...] = ()

    @property
    def counts_accounts_alone(self) -> bool:
        """Whether the number of accounts is its only limit."""
        return self.units is None and not self.outstanding

    def fits(self, request: Request) -> bool:
        """Tell whether it has room for the whole request, whatever is counted."""
        if self.room < request.size or (self.units is not None and self.units < request.units):
            return False
        limits = dict(self.outstanding)
        return all(minor <= limits[currency] for currency, minor in request.outstanding if currency in limits)

    def after(self, request: Request) -> Desk:
        """Return the desk once it was given a request."""
        if self.counts_accounts_alone:
            return attrs.evolve(self, room=self.room - request.size)
        taken = dict(request.outstanding)
        return attrs.evolve(
            self,
            room=self.room - request.size,
            units=None if self.units is None else self.units - request.units,
            outstanding=tuple((currency, left - taken.get(currency, 0)) for currency, left in self.outstanding),
        )


class Rooms:
    """
    The room that is left while a strategy shares out; a strategy that keeps to it never gives too much.

    Args:
        desks: The rule's handlers.
    """

    def __init__(self, desks: Iterable[Desk]) -> None:
        self._desks = {desk.handler: desk for desk in desks}
        self._plain = all(desk.counts_accounts_alone for desk in self._desks.values())
        self._places = {desk.handler: desk.room for desk in self._desks.values()}

    @property
    def desks(self) -> tuple[Desk, ...]:
        """The handlers with the room that is left, in their order."""
        if self._plain:
            return tuple(attrs.evolve(desk, room=self._places[id]) for id, desk in self._desks.items())
        return tuple(self._desks.values())

    def fits(self, handler: HandlerId, request: Request) -> bool:
        """Tell whether a handler has room left for the whole request."""
        if self._plain:
            return self._places[handler] >= request.size
        return self._desks[handler].fits(request)

    def take(self, handler: HandlerId, request: Request) -> None:
        """Give a request to a handler, whether there is room or not."""
        if self._plain:
            self._places[handler] -= request.size
        else:
            self._desks[handler] = self._desks[handler].after(request)
