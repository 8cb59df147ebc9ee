"""A command together with what it changed of the past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from collectkit._kit.core import Core, person_stream
from collectkit._kit.kept import Changed
from collectkit.allocation.contracts import Contract
from collectkit.holds import holds_in
from collectkit.servicing.consequences import AccountChange, Explained, account_change, rewrites_the_past
from collectkit.servicing.host_acts import reports_in

R = TypeVar("R")


class Explaining(Core):
    """Commands with the explained difference that they make."""

    def explaining(
        self,
        command: Callable[[], R],
        *,
        contracts: Mapping[str, Contract] = MappingProxyType({}),
        reported_on: Mapping[str, Iterable[date]] = MappingProxyType({}),
    ) -> Explained[R]:
        """
        Give a command and tell what it changed of the past: ``kit.explaining(lambda: kit.reverse(reversal, at=now))``.

        Nothing is told of a fact that came in order, and a command that is given without this computes nothing of it.

        Args:
            command: Gives one command, or several, of this kit in this thread.
            contracts: With agencies, by handler, for what they earned otherwise.
            reported_on: By account, the days as of which the host reported it to a bureau, for what is to be corrected, besides
                those on which it did so by an act on record.

        Returns:
            Its answer, and by account what became different. What the command raises is raised.
        """
        with self._changing() as changed:
            outcome = command()
        told = [self._change(one, contracts, reported_on) for one in changed.values() if rewrites_the_past(one.before, one.after, one.on)]
        return Explained(outcome, tuple(one for one in told if one))

    def _change(self, changed: Changed, contracts: Mapping[str, Contract], reported_on: Mapping[str, Iterable[date]]) -> AccountChange:
        account = changed.after.account
        with self._view() as unit:
            contacts = unit.dispatches(account=account.id)
            bodies = unit.bodies(person_stream(account.consumer))
            person = holds_in(bodies)
        return account_change(
            changed.before,
            changed.after,
            changed.on,
            waterfall=self.policy.waterfall,
            promise_policy=self.policy.promises,
            late_fees=self.policy.late_fees,
            contracts=contracts,
            contacts=contacts,
            reported_on=[*reported_on.get(account.id, ()), *reports_in(bodies, account.id, self.policy.zone)],
            person=person,
            effects=self.policy.holds.effects,
            zone=self.policy.zone,
        )
