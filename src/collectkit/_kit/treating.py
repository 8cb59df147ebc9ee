"""What a host asks about treatment: what bars a step, and what was decided about purchases."""

from __future__ import annotations

from datetime import date

from collectkit._kit.remembering import Remembering
from collectkit.actions import Purchasing, PurchasingDecided, purchasing_of
from collectkit.treatment import Barred, barred_steps


class Treating(Remembering):
    """Questions about the treatment of one account; none of them changes anything."""

    def barred_steps(self, account: str, *, as_of: date) -> tuple[Barred, ...]:
        """Return the steps that are due for an account and do not fire, each with what stands against it."""
        with self._unit() as unit:
            loaded = self._load(unit, account)
            facts = loaded.facts
            person = self._person_standing(unit, facts.account.consumer, self._on(as_of))
            past = self._past(unit, self.policy.treatment, facts, loaded.bodies, as_of)
            return barred_steps(self._standing_of(unit, facts, as_of), person, self.policy.treatment, facts.steps, as_of, past=past)

    def purchasing(self, account: str) -> Purchasing:
        """Return what treatment decided about new purchases because of an account, and stands: frozen or cut, since when and why."""
        with self._view() as unit:
            return purchasing_of(body for body in self._load(unit, account).bodies if isinstance(body, PurchasingDecided))
