"""What a host does about payment plans and relief: quote, take, start, end; one arrangement an account at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, Loaded, fingerprint
from collectkit.arrangements.affordability import Budget, Quoting, quote_plan
from collectkit.arrangements.agreeing import (
    ArrangementReason,
    Started,
    end_arrangement,
    grant_hardship,
    on_offer,
    propose_arrangement,
    start_arrangement,
)
from collectkit.arrangements.hardship import Hardship, HardshipGranted
from collectkit.arrangements.living import (
    Arrangement,
    ArrangementEnded,
    ArrangementProposed,
    ArrangementState,
)
from collectkit.arrangements.payment_plans import Debt, PaymentPlan, PlanQuoted
from collectkit.arrangements.promises import PromiseCancelled, PromiseVerdict
from collectkit.errors import RefusedError, ValidationError
from collectkit.events import Event
from collectkit.facts import agreed_states, promise_states
from collectkit.principals import Act
from collectkit.refusals import Refusal
from collectkit.storage.store import Unit


@decided_again
class Arranging(Core):
    """
    Commands about payment plans and relief.

    Each is idempotent by the id of the arrangement. What covers several accounts is written to the stream of each, in one
    transaction.
    """

    def try_quote_plan(self, id: str, accounts: Sequence[str], budget: Budget, *, at: datetime, replaces: str | None = None) -> Quoting:
        """
        Quote the best plan over all that is outstanding on some accounts of one person that fits their budget, and record it.

        Raises:
            ValidationError: The accounts are none, of several persons or in several currencies, or the id was used before.
        """
        on = self.business_date(at)
        with self._unit() as unit:
            loaded = [self._load(unit, account) for account in dict.fromkeys(accounts)]
            if len({one.facts.account.consumer for one in loaded}) != 1 or len({one.facts.plan.currency for one in loaded}) != 1:
                raise ValidationError("a plan covers one or more accounts of one person in one currency; nothing was quoted")
            known = next((found for one in loaded for found in one.facts.arrangements if found.id == id), None)
            if known is not None:
                return self._quoted_before(known, {one.id for one in loaded})
            debts = []
            for one in loaded:
                standing = self._standing_of(unit, one.facts, on)
                if standing.outstanding_minor:
                    since = standing.oldest_unpaid_due_on or standing.next_due_on or standing.last_due_on
                    debts.append(Debt(one.id, standing.outstanding_minor, since))
            person, currency = loaded[0].facts.account.consumer, loaded[0].facts.plan.currency
            outcome = quote_plan(id, person, debts, currency, budget, self.policy.plans, at=at, on=on, replaces=replaces)
            if isinstance(outcome, PlanQuoted):
                for one in loaded:
                    self._record(unit, self._context(at, f"quote/{id}"), one, [outcome])
        return outcome

    def _quoted_before(self, known: Arrangement, accounts: set[str]) -> PlanQuoted:
        if not isinstance(known.terms, PaymentPlan) or not set(known.terms.accounts) <= accounts or known.offered_at is None:
            raise ValidationError(f"the id '{known.id}' was used for another arrangement; nothing was quoted")
        assert known.expires_at is not None
        return PlanQuoted(known.terms, known.offered_at, known.expires_at, known.because)

    def quote_plan(self, id: str, accounts: Sequence[str], budget: Budget, *, at: datetime, replaces: str | None = None) -> PlanQuoted:
        """Quote the best plan that fits a budget, and record it."""
        outcome = self.try_quote_plan(id, accounts, budget, at=at, replaces=replaces)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_take(self, account: str, id: str, *, at: datetime, needs: str = "") -> ArrangementProposed | Refusal[ArrangementReason]:
        """Record that the person takes what was offered; *needs* says why somebody must approve it before it starts."""
        on = self.business_date(at)
        with self._unit() as unit:
            covered = self._covered(unit, account, id)
            offered = on_offer(covered[0].facts.arrangements, at, on)
            outcome = propose_arrangement(_find(covered, id), at=at, on=on, needs=needs, offered=offered)
            if isinstance(outcome, ArrangementProposed):
                for one in covered:
                    if (found := _find([one], id)) is not None and found.proposed is None:
                        self._record(unit, self._context(at, f"take/{id}"), one, [outcome])
        return outcome

    def take(self, account: str, id: str, *, at: datetime, needs: str = "") -> ArrangementProposed:
        """Record that the person takes what was offered."""
        outcome = self.try_take(account, id, at=at, needs=needs)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def act_of(self, account: str, id: str) -> Act:
        """Return what an approval of an arrangement approves: its terms, and the account as it stands now."""
        with self._unit() as unit:
            covered = self._covered(unit, account, id)
            found = _find(covered, id)
            if found is None:
                raise ValidationError(f"account {account!r} has no arrangement {id!r}; nothing was asked")
            return _act(covered, found)

    def try_start(self, account: str, id: str, *, at: datetime) -> Started | Refusal[ArrangementReason]:
        """
        Put what was taken into force, on every account that it covers; it ends what it replaces, and open promises.

        What needs an approval takes one of `act_of`, given by somebody else: give the command again through `Kit.acting` with the
        approval's id. It covers these terms on this account as it stands and nothing else, and is spent.

        Args:
            account: One of the accounts.
            id: The arrangement.
            at: The present instant.

        Raises:
            PermissionDeniedError: The approval is of no use: of something else, used, expired, or not by a second person.
        """
        on = self.business_date(at)
        with self._unit() as unit:
            covered = self._covered(unit, account, id)
            found = _find(covered, id)
            standings = {one.id: self._standing_of(unit, one.facts, on) for one in covered}

            def decided(approval: str) -> Started | Refusal[ArrangementReason]:
                return start_arrangement(
                    found,
                    [state for one in covered for state in self._agreed(one, on)],
                    on=on,
                    owed_minor={id: standing.outstanding_minor for id, standing in standings.items()},
                    holds=[kind for standing in standings.values() for kind in standing.holds],
                    closed=[id for id, standing in standings.items() if standing.closed_on is not None],
                    approval=approval,
                    effects=self.policy.holds.effects,
                )

            outcome = decided("")
            if isinstance(outcome, Refusal) and outcome.reason is ArrangementReason.APPROVAL_MISSING and self.approval and found:
                self._spend_approval(unit, self._context(at, f"start/{id}"), _act(covered, found))
                outcome = decided(self.approval)
            if not isinstance(outcome, Refusal) and found is not None and found.started_on is None:
                for one in covered:
                    self._record(unit, self._context(at, f"start/{id}"), one, self._starting(unit, one, outcome, on))
        return outcome

    def start(self, account: str, id: str, *, at: datetime) -> Started:
        """Put what was taken into force, on every account that it covers."""
        outcome = self.try_start(account, id, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_grant(
        self, account: str, hardship: Hardship, *, at: datetime
    ) -> tuple[HardshipGranted | ArrangementEnded, ...] | Refusal[ArrangementReason]:
        """Grant relief on one account; it ends what it replaces, and open promises. An empty answer: it was granted before."""
        on = self.business_date(at)
        with self._unit() as unit:
            one = self._load(unit, account)
            closed = self._standing_of(unit, one.facts, on).closed_on is not None
            outcome = grant_hardship(one.facts.arrangements, self._agreed(one, on), hardship, on=on, closed=closed)
            if not isinstance(outcome, Refusal) and outcome:
                self._record(unit, self._context(at, f"grant/{hardship.id}"), one, self._starting(unit, one, outcome, on))
        return outcome

    def grant(self, account: str, hardship: Hardship, *, at: datetime) -> tuple[HardshipGranted | ArrangementEnded, ...]:
        """Grant relief on one account."""
        outcome = self.try_grant(account, hardship, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_end_arrangement(self, account: str, id: str, *, reason: str, at: datetime) -> ArrangementEnded | Refusal[ArrangementReason]:
        """End an arrangement from today on, on every account that it covers; what was paid stays paid."""
        on = self.business_date(at)
        with self._unit() as unit:
            covered = self._covered(unit, account, id)
            states = [state for state in self._agreed(covered[0], on) if state.arrangement.id == id]
            outcome = end_arrangement(states[0] if states else None, on=on, reason=reason)
            if isinstance(outcome, ArrangementEnded) and states and states[0].arrangement.ended is None:
                for one in covered:
                    self._record(unit, self._context(at, f"end/{id}"), one, [outcome])
        return outcome

    def end_arrangement(self, account: str, id: str, *, reason: str, at: datetime) -> ArrangementEnded:
        """End an arrangement from today on, on every account that it covers."""
        outcome = self.try_end_arrangement(account, id, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def arrangements(self, account: str, *, as_of: date) -> tuple[ArrangementState, ...]:
        """Return what each payment plan, settlement and relief of an account has come to."""
        with self._unit() as unit:
            return self._agreed(self._load(unit, account), self._on(as_of))

    def _agreed(self, one: Loaded, on: date) -> tuple[ArrangementState, ...]:
        return agreed_states(one.facts, on, waterfall=self.policy.waterfall)

    def _covered(self, unit: Unit, account: str, id: str) -> list[Loaded]:
        """Return the account, and with it the others that an arrangement covers."""
        first = self._load(unit, account)
        found = _find([first], id)
        if found is None or isinstance(found.terms, Hardship):
            return [first]
        return [first, *[self._load(unit, other) for other in found.terms.accounts if other != first.id]]

    def _starting(self, unit: Unit, one: Loaded, events: Sequence[Event], on: date) -> list[Event]:
        """Return what starting means for one account: open promises end, and so does what of the rest concerns it."""
        known = {found.id for found in one.facts.arrangements}
        states = promise_states(one.facts, on, waterfall=self.policy.waterfall, policy=self.policy.promises)
        live = {state.promise.group for state in states if state.verdict is PromiseVerdict.OPEN}
        ended = [PromiseCancelled(group, one.id, on, "an arrangement takes its place") for group in sorted(live)]
        return [*ended, *[event for event in events if not isinstance(event, ArrangementEnded) or event.id in known]]


def _find(covered: Sequence[Loaded], id: str) -> Arrangement | None:
    return next((found for one in covered for found in one.facts.arrangements if found.id == id), None)


def _act(covered: Sequence[Loaded], found: Arrangement) -> Act:
    """Return the act of starting an arrangement; whatever happens to the account after it was approved makes it another act."""
    one = min(covered, key=lambda loaded: loaded.id)
    return Act("agree", f"account/{one.id}", fingerprint(found.terms).hex(), len(one.bodies), person=str(found.terms.person))
