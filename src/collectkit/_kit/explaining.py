"""A command together with what it changed of the past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from collectkit._kit.core import Changed, Core
from collectkit.allocation.contracts import Contract
from collectkit.servicing.consequences import AccountChange, Explained, account_change, rewrites_the_past

R = TypeVar("R")


class Explaining(Core):
    """Commands with the explained difference that they make."""

    def explaining(self, command: Callable[[], R], *, contracts: Mapping[str, Contract] = MappingProxyType({})) -> Explained[R]:
        """
        Give a command and tell what it changed of the past: ``kit.explaining(lambda: kit.reverse(reversal, at=now))``.

        Nothing is told of a fact that came in order, and a command that is given without this computes nothing of it.

        Args:
            command: Gives one command, or several, of this kit in this thread.
            contracts: With agencies, by handler, for what they earned otherwise.

        Returns:
            Its answer, and by account what became different. What the command raises is raised.
        """
        with self._changing() as changed:
            outcome = command()
        told = [self._change(one, contracts) for one in changed.values() if rewrites_the_past(one.before, one.after, one.on)]
        return Explained(outcome, tuple(one for one in told if one))

    def _change(self, changed: Changed, contracts: Mapping[str, Contract]) -> AccountChange:
        with self._view() as unit:
            contacts = unit.dispatches(account=changed.after.account.id)
        return account_change(
            changed.before,
            changed.after,
            changed.on,
            waterfall=self.policy.waterfall,
            promise_policy=self.policy.promises,
            late_fees=self.policy.late_fees,
            contracts=contracts,
            contacts=contacts,
            zone=self.policy.zone,
        )
