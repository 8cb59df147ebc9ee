"""What a host does about settlements: offer them, with what they are worth; taking, starting and ending is that of all arrangements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.account import Account
from collectkit.arrangements.living import ArrangementStatus
from collectkit.arrangements.offers import Continuing, Offering, OfferRefused, offer_settlement
from collectkit.arrangements.settlements import SettlementOffered, SettlementTerms
from collectkit.calendars.dates import add_months
from collectkit.errors import RefusedError, ValidationError
from collectkit.facts import agreed_states
from collectkit.identifiers import AccountId, PersonId
from collectkit.ledger import Waiver
from collectkit.money import Money
from collectkit.principals import Act
from collectkit.refusals import Refusal
from collectkit.schedules import counting
from collectkit.storage.store import Unit


@decided_again
class Settlements(Core):
    """Commands about settlements; idempotent by the id of the settlement."""

    def try_offer_settlement(
        self,
        id: str,
        account: str,
        items: Sequence[tuple[date, int]],
        *,
        at: datetime,
        continuing: Continuing | None = None,
        replaces: str | None = None,
    ) -> Offering:
        """
        Offer to settle all that is outstanding on an account for less, and record the offer.

        Who offers is the principal of this kit. What each role may give up alone says the policy (`OfferPolicy.authority`): of one debt,
        and to one person in twelve months over all their accounts, with what is still on offer. What is beyond that, below the floor, or
        worth less than going on takes an approval of `settlement_act`: give the command again through `Kit.acting` with its id.

        Args:
            id: Id of the settlement.
            account: What is settled.
            items: Day and minor units of each payment.
            at: The present instant.
            continuing: What going on without it brings on this account, as a model of the host's tells; what that is worth is recorded
                with the offer. None: what the policy says of all accounts.
            replaces: Id of the arrangement that it takes the place of.

        Raises:
            ValidationError: The id was used for another arrangement.
        """
        on = self.business_date(at)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            known = next((one for one in loaded.facts.arrangements if one.id == id), None)
            if known is not None:
                paid = (
                    tuple((item.due_on, item.amount.minor) for item in known.terms.items)
                    if isinstance(known.terms, SettlementTerms)
                    else ()
                )
                if (
                    not isinstance(known.terms, SettlementTerms)
                    or paid != tuple(items)
                    or known.offered_at is None
                    or known.expires_at is None
                ):
                    raise ValidationError(f"the id {id!r} was used for another arrangement; nothing was offered")
                return SettlementOffered(known.terms, known.offered_at, known.expires_at)
            person, standing = loaded.facts.account.consumer, self._standing_of(unit, loaded.facts, on)
            # On an account that is closed nothing can be settled: it is paid, given up, or somebody else's.
            outstanding = standing.money("outstanding") if standing.closed_on is None else Money(0, standing.currency)
            conceded = self._conceded(unit, person, loaded.facts.account, on) if self.policy.settlements.authority else 0

            def decided(*, approved: bool) -> Offering:
                return offer_settlement(
                    id,
                    person,
                    account,
                    outstanding,
                    items,
                    self.policy.settlements,
                    continuing,
                    at=at,
                    on=on,
                    roles=self.principal.roles,
                    conceded_minor=conceded,
                    approved=approved,
                    replaces=replaces,
                )

            outcome, context = decided(approved=False), self._context(at, f"offer/{id}")
            if isinstance(outcome, OfferRefused) and outcome.approvable and self.approval:
                self._spend_approval(unit, context, _act(id, account, items, len(loaded.bodies), person))
                outcome = decided(approved=True)
            if isinstance(outcome, SettlementOffered):
                self._record(unit, context, loaded, [outcome])
        return outcome

    def offer_settlement(
        self,
        id: str,
        account: str,
        items: Sequence[tuple[date, int]],
        *,
        at: datetime,
        continuing: Continuing | None = None,
        replaces: str | None = None,
    ) -> SettlementOffered:
        """Offer to settle all that is outstanding on an account for less, and record the offer."""
        outcome = self.try_offer_settlement(
            id,
            account,
            items,
            at=at,
            continuing=continuing,
            replaces=replaces,
        )
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def settlement_act(self, id: str, account: str, items: Sequence[tuple[date, int]]) -> Act:
        """Return what an approval of a settlement approves: these payments, and the account as it stands now."""
        with self._unit() as unit:
            loaded = self._load(unit, account)
            return _act(id, account, items, len(loaded.bodies), loaded.facts.account.consumer)

    def _conceded(self, unit: Unit, person: PersonId, about: Account, on: date) -> int:
        """
        Return what was conceded to a person in the last twelve months: settlements in force or fulfilled, and charges given up and not
        asked for again.

        What is offered on another account than the one in question may still be taken and counts, too; of several offers on one account
        only one can be, so the greatest counts. Accounts in another currency are left out: nothing is converted.
        """
        since, total = add_months(on, -12) + timedelta(days=1), 0
        for stored in unit.standings_of(person):
            if stored.currency != about.plan.currency:
                continue
            facts = self._load(unit, AccountId(stored.account)).facts
            total += sum(e.amount.minor for e in counting(facts.entries) if isinstance(e, Waiver) and e.value_on >= since)
            offered = [0]
            for state in agreed_states(facts, on, waterfall=self.policy.waterfall):
                terms, started = state.arrangement.terms, state.arrangement.started_on
                if isinstance(terms, SettlementTerms) and started is not None and started >= since and state.status in _CONCEDES:
                    total += terms.discount_minor
                if isinstance(terms, SettlementTerms) and state.status in _OFFERED:
                    offered.append(terms.discount_minor)
            total += max(offered) if stored.account != about.id else 0
        return total


_CONCEDES = frozenset({ArrangementStatus.ACTIVE, ArrangementStatus.COMPLETED, ArrangementStatus.FULFILLED})

_OFFERED = frozenset({ArrangementStatus.QUOTED, ArrangementStatus.PROPOSED, ArrangementStatus.PENDING_APPROVAL})


def _act(id: str, account: str, items: Sequence[tuple[date, int]], version: int, person: str) -> Act:
    content = ";".join(f"{due_on.isoformat()}:{minor}" for due_on, minor in items)
    return Act("settle", f"account/{account}", hashlib.sha256(f"{id} {content}".encode()).hexdigest(), version, person=person)
