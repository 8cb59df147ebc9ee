"""What a host does with what was agreed and what stops work: promises and holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from collectkit._kit.core import Core, person_stream
from collectkit.arrangements import (
    AlreadyMade,
    Promise,
    PromiseCancelled,
    PromiseMade,
    PromiseSeries,
    PromiseSeriesMade,
    PromiseVerdict,
    Promising,
    SeriesMaking,
    Situation,
    make_promise,
    make_series,
)
from collectkit.calendars.dates import add_months
from collectkit.errors import RefusedError, UnknownIdError
from collectkit.events import Context, Event
from collectkit.facts import AccountFacts, promise_states
from collectkit.holds import AlreadyLifted, AlreadyPlaced, Hold, HoldLifted, HoldLifting, HoldPlaced, HoldPlacing, lift_hold, place_hold
from collectkit.refusals import Refusal
from collectkit.storage.store import Unit


class Agreements(Core):
    """
    Commands about promises and holds.

    Each is idempotent by the id of what it takes or places: the same again returns an ``Already…``, the same id with other
    content is refused and shows nothing of the first. Each raises `RefusedError` where its ``try_`` twin returns the refusal.
    """

    def try_promise(self, promise: Promise, *, at: datetime) -> Promising:
        """Take a promise to pay; a refusal names the nearest promise that would be taken."""
        with self._unit() as unit:
            loaded = self._load(unit, promise.account)
            on = self.business_date(at)
            outcome = make_promise(loaded.facts.promises, promise, self.policy.promises, self._situation(unit, loaded.facts, on))
            if isinstance(outcome, PromiseMade):
                self._record(unit, self._context(at, f"promise/{promise.id}"), loaded, [outcome])
        return outcome

    def promise(self, promise: Promise, *, at: datetime) -> PromiseMade | AlreadyMade:
        """Take a promise to pay."""
        outcome = self.try_promise(promise, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_promise_series(self, series: PromiseSeries, *, at: datetime) -> SeriesMaking:
        """
        Take promises of several amounts by several days; a refusal names the nearest series that would be taken.

        To plan the tail anew, give a series that `replaces` the one that is open.
        """
        with self._unit() as unit:
            loaded = self._load(unit, series.account)
            facts, on = loaded.facts, self.business_date(at)
            outcome = make_series(facts.promises, series, self.policy.promises, self._situation(unit, facts, on), facts.series)
            if isinstance(outcome, PromiseSeriesMade):
                self._record(unit, self._context(at, f"promise/{series.id}"), loaded, [outcome])
        return outcome

    def promise_series(self, series: PromiseSeries, *, at: datetime) -> PromiseSeriesMade | AlreadyMade:
        """Take promises of several amounts by several days."""
        outcome = self.try_promise_series(series, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _situation(self, unit: Unit, facts: AccountFacts, on: date) -> Situation:
        """Return what is known of an account when a promise is offered."""
        policy, standing = self.policy.promises, self._standing_of(unit, facts, on)
        states = promise_states(facts, on, waterfall=self.policy.waterfall, policy=policy)
        since = add_months(on, -policy.broken_months) if policy.broken_months is not None else date.min
        others = unit.standings_of(facts.account.consumer) if policy.open_max_person is not None else ()
        return Situation(
            on=on,
            currency=standing.currency,
            outstanding_minor=standing.outstanding_minor,
            past_due_minor=standing.past_due_minor,
            holds=(*standing.holds, *self._person_holds(unit, facts.account.consumer, on)),
            closed=standing.closed_on is not None,
            # Judged, or paid in full: no longer in the way of another.
            done=frozenset(
                state.promise.id
                for state in states
                if state.verdict is not PromiseVerdict.OPEN or state.counted_minor >= policy.needed_minor(state.promise.amount.minor)
            ),
            broken=sum(state.verdict is PromiseVerdict.BROKEN and state.closes_on >= since for state in states),
            open_elsewhere=sum(
                self._standing(unit, other.account, on).promise_due_on is not None for other in others if other.account != standing.account
            ),
        )

    def cancel_promise(self, account: str, promise: str, *, at: datetime, reason: str = "") -> PromiseCancelled:
        """
        Withdraw a promise, or what is open of a series; what was judged already stays as it was judged.

        Raises:
            UnknownIdError: The account has no such promise.
        """
        with self._unit() as unit:
            loaded = self._load(unit, account)
            if all(promise not in (known.id, known.series) for known in loaded.facts.promises):
                raise UnknownIdError(f"account {account!r} has no promise {promise!r}; nothing was recorded")
            before = next((event for event in loaded.facts.cancelled if event.id == promise), None)
            if before is not None:
                return before
            event = PromiseCancelled(promise, account, self.business_date(at), reason)
            self._record(unit, self._context(at, f"cancel/{promise}"), loaded, [event])
        return event

    def try_hold(self, hold: Hold, *, at: datetime) -> HoldPlacing:
        """Place a hold on an account, or on a person and all their accounts."""
        with self._unit() as unit:
            bodies, write = self._held(unit, hold)
            outcome = place_hold([body.hold for body in bodies if isinstance(body, HoldPlaced)], hold, currency=self._currency(unit, hold))
            if isinstance(outcome, HoldPlaced):
                write(self._context(at, f"hold/{hold.id}"), outcome)
        return outcome

    def hold(self, hold: Hold, *, at: datetime) -> HoldPlaced | AlreadyPlaced:
        """Place a hold on an account, or on a person and all their accounts."""
        outcome = self.try_hold(hold, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_lift(self, hold: Hold, *, on: date, reason: str, at: datetime) -> HoldLifting:
        """Lift a hold; *on* is the first day on which it is no longer in force."""
        with self._unit() as unit:
            bodies, write = self._held(unit, hold)
            holds = [body.hold for body in bodies if isinstance(body, HoldPlaced)]
            lifted = [body for body in bodies if isinstance(body, HoldLifted)]
            outcome = lift_hold(holds, lifted, HoldLifted(hold.id, on, reason))
            if isinstance(outcome, HoldLifted):
                write(self._context(at, f"lift/{hold.id}"), outcome)
        return outcome

    def lift(self, hold: Hold, *, on: date, reason: str, at: datetime) -> HoldLifted | AlreadyLifted:
        """Lift a hold; *on* is the first day on which it is no longer in force."""
        outcome = self.try_lift(hold, on=on, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _currency(self, unit: Unit, hold: Hold) -> str:
        return "" if hold.account is None else self._load(unit, hold.account).facts.plan.currency

    def _held(self, unit: Unit, hold: Hold) -> tuple[Sequence[Event], Callable[[Context, Event], None]]:
        """Return the events of the stream that *hold* belongs to, and how one more is written there."""
        if hold.account is not None:
            loaded = self._load(unit, hold.account)

            def on_account(context: Context, event: Event) -> None:
                self._record(unit, context, loaded, [event])

            return loaded.bodies, on_account
        self._consumer(unit, hold.person)

        def on_person(context: Context, event: Event) -> None:
            self._record_person(unit, context, hold.person, [event])
            self._wake(unit, hold.person, self.business_date(context.at))

        return unit.bodies(person_stream(hold.person)), on_person
