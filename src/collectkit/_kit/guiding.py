"""What the person on the phone is shown, and what the customer's own page shows: from one list of offers."""

from __future__ import annotations

from datetime import datetime

from collectkit._kit.agreements import Agreements
from collectkit._kit.core import Loaded
from collectkit.actions import ActionKind, Proposal
from collectkit.arrangements.promising import Situation
from collectkit.arrangements.settlements import SettlementTerms
from collectkit.arrangements.standing_offers import allowed_offers
from collectkit.calendars.dates import require_aware
from collectkit.compliance import review
from collectkit.holds import Effect, cited
from collectkit.identifiers import PersonId
from collectkit.servicing.guidance import Guidance, guide
from collectkit.standing import Standing
from collectkit.storage.store import Unit


class Guiding(Agreements):
    """Questions of whoever speaks to a customer; none of them changes anything."""

    def guidance(self, account: str, *, at: datetime, channel: str = "phone", purpose: str = "reminder") -> Guidance:
        """
        Return what to say on a call about an account, what may be offered, the least acceptable, and what takes an approval.

        Args:
            account: About which account.
            at: The present instant; the law is asked for a call now.
            channel: Through which channel they speak.
            purpose: ``response`` for a call that came in.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        on = self.business_date(require_aware(at, "nothing was judged"))
        with self._view() as unit:
            loaded, standing, situation = self._spoken_of(unit, account, at)
            person = self._person_standing(unit, PersonId(standing.person), on)
            party = self.policy.allocation.party_of(standing.handler)
            proposal = Proposal(
                "call",
                ActionKind.CONTACT,
                person.id,
                (loaded.id,),
                channel=channel,
                purpose=purpose,
                handler=standing.handler,
                party=party,
            )
            call = review(proposal, person, self.parts.rules, at, unknown=self.policy.law.unknown)
            return guide(
                standing,
                call,
                loaded.facts.promises,
                situation,
                self._offers(standing, situation, at),
                promises=self.policy.promises,
                settlements=self.policy.settlements,
                scripts=self.policy.scripts,
            )

    def offers(self, account: str, *, at: datetime) -> tuple[SettlementTerms, ...]:
        """Return the settlements that may be offered on an account now, to show on the customer's own page; agents see the same."""
        with self._view() as unit:
            _, standing, situation = self._spoken_of(unit, account, at)
            return self._offers(standing, situation, at)

    def _spoken_of(self, unit: Unit, account: str, at: datetime) -> tuple[Loaded, Standing, Situation]:
        loaded, on = self._load(unit, account), self.business_date(at)
        return loaded, self._standing_of(unit, loaded.facts, on), self._situation(unit, loaded.facts, on)

    def _offers(self, standing: Standing, situation: Situation, at: datetime) -> tuple[SettlementTerms, ...]:
        barred = cited([Effect.PROMISE], situation.holds, situation.effects)
        if standing.closed_on is not None or situation.arranged or barred:
            return ()
        debt = standing.money("outstanding")
        return allowed_offers(standing.person, standing.account, debt, self.policy.settlements, at=at, on=situation.on)
