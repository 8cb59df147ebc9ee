"""What a host does about settlements: offer them, with what they are worth; taking, starting and ending is that of all arrangements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.approvals import Approval, use_approval
from collectkit.arrangements.living import ArrangementStatus
from collectkit.arrangements.offers import Authority, Continuing, Offering, offer_settlement
from collectkit.arrangements.settlements import SettlementOffered, SettlementTerms
from collectkit.calendars.dates import add_months
from collectkit.errors import RefusedError, ValidationError
from collectkit.facts import agreed_states
from collectkit.identifiers import AccountId, PersonId
from collectkit.ledger import Waiver
from collectkit.principals import Act, Principal
from collectkit.refusals import Refusal
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
        principal: Principal | None = None,
        authority: Authority | None = None,
        continuing: Continuing = Continuing(),
        approval: Approval | None = None,
        replaces: str | None = None,
    ) -> Offering:
        """
        Offer to settle all that is outstanding on an account for less, and record the offer.

        Args:
            id: Id of the settlement.
            account: What is settled.
            items: Day and minor units of each payment.
            at: The present instant.
            principal: Who offers.
            authority: What each role may give up alone, counted over a person and twelve months; None: what the policy allows.
            continuing: What going on without it brings.
            approval: Of `settlement_act`, by somebody else, where the offer needs one.
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
            approved = False
            if approval is not None and principal is not None:
                act = _act(id, account, items, len(loaded.bodies), person)
                approved = not isinstance(use_approval(approval, act, principal, at=at), Refusal)
            outcome = offer_settlement(
                id,
                person,
                account,
                standing.money("outstanding"),
                items,
                self.policy.settlements,
                continuing,
                at=at,
                on=on,
                roles=principal.roles if principal is not None else (),
                authority=authority,
                conceded_minor=self._conceded(unit, person, on) if authority is not None else 0,
                approved=approved,
                replaces=replaces,
            )
            if isinstance(outcome, SettlementOffered):
                self._record(unit, self._context(at, f"offer/{id}"), loaded, [outcome])
        return outcome

    def offer_settlement(
        self,
        id: str,
        account: str,
        items: Sequence[tuple[date, int]],
        *,
        at: datetime,
        principal: Principal | None = None,
        authority: Authority | None = None,
        continuing: Continuing = Continuing(),
        approval: Approval | None = None,
        replaces: str | None = None,
    ) -> SettlementOffered:
        """Offer to settle all that is outstanding on an account for less, and record the offer."""
        outcome = self.try_offer_settlement(
            id,
            account,
            items,
            at=at,
            principal=principal,
            authority=authority,
            continuing=continuing,
            approval=approval,
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

    def _conceded(self, unit: Unit, person: PersonId, on: date) -> int:
        """Return what was conceded to a person in the last twelve months: settlements in force or fulfilled, and charges given up."""
        since, total = add_months(on, -12) + timedelta(days=1), 0
        for stored in unit.standings_of(person):
            facts = self._load(unit, AccountId(stored.account)).facts
            total += sum(e.amount.minor for e in facts.entries if isinstance(e, Waiver) and e.value_on >= since)
            for state in agreed_states(facts, on, waterfall=self.policy.waterfall):
                terms, started = state.arrangement.terms, state.arrangement.started_on
                if isinstance(terms, SettlementTerms) and started is not None and started >= since and state.status in _CONCEDES:
                    total += terms.discount_minor
        return total


_CONCEDES = frozenset({ArrangementStatus.ACTIVE, ArrangementStatus.COMPLETED, ArrangementStatus.FULFILLED})


def _act(id: str, account: str, items: Sequence[tuple[date, int]], version: int, person: str) -> Act:
    content = ";".join(f"{due_on.isoformat()}:{minor}" for due_on, minor in items)
    return Act("settle", f"account/{account}", hashlib.sha256(f"{id} {content}".encode()).hexdigest(), version, person=person)
