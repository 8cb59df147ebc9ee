"""What a host does with what was agreed and what stops work: promises and holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, Loaded, fingerprint, person_stream
from collectkit.arrangements import (
    AlreadyMade,
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromiseMade,
    PromiseReason,
    PromiseRefused,
    PromiseSeries,
    PromiseSeriesMade,
    PromiseVerdict,
    Promising,
    SeriesMaking,
    SeriesRefused,
    Situation,
    make_promise,
    make_series,
)
from collectkit.arrangements.living import named_in_the_way
from collectkit.calendars.dates import add_months
from collectkit.errors import RefusedError, UnknownIdError
from collectkit.events import Context, Event
from collectkit.facts import AccountFacts, agreed_states, promise_states
from collectkit.holds import (
    AlreadyLifted,
    AlreadyPlaced,
    CaseMoved,
    CaseMoving,
    CaseStep,
    Hold,
    HoldExtended,
    HoldExtending,
    HoldLifted,
    HoldLifting,
    HoldPlaced,
    HoldPlacing,
    Retraction,
    extend_hold,
    holds_in,
    lift_hold,
    move_case,
    place_hold,
    placed_in,
    retractions,
)
from collectkit.identifiers import AccountId, PersonId
from collectkit.money import Money
from collectkit.principals import Act
from collectkit.refusals import Refusal
from collectkit.servicing.host_acts import reports_in
from collectkit.storage.store import Unit


def _act(loaded: Loaded, promise: Promise | PromiseSeries) -> Act:
    content = fingerprint(promise).hex()
    return Act("promise_beyond", f"account/{loaded.id}", content, len(loaded.bodies), person=str(loaded.facts.account.consumer))


@decided_again
class Agreements(Core):
    """
    Commands about promises and holds.

    Each is idempotent by the id of what it takes or places: the same again returns an ``Already…``, the same id with other
    content is refused and shows nothing of the first. Each raises `RefusedError` where its ``try_`` twin returns the refusal.
    """

    def try_promise(self, promise: Promise, *, at: datetime) -> Promising:
        """
        Take a promise to pay; a refusal names the nearest promise that would be taken.

        What is beyond a limit of the policy takes an approval of `promise_act`: give the command again through `Kit.acting` with
        the approval's id.
        """
        with self._unit() as unit:
            loaded = self._load(unit, promise.account)
            situation, context = self._situation(unit, loaded.facts, self.business_date(at)), self._context(at, f"promise/{promise.id}")
            outcome = make_promise(loaded.facts.promises, promise, self.policy.promises, situation)
            if isinstance(outcome, PromiseRefused) and outcome.approvable and self.approval:
                beyond = make_promise(loaded.facts.promises, promise, self.policy.promises.unlimited(), situation)
                if not isinstance(beyond, PromiseRefused):
                    self._spend_approval(unit, context, _act(loaded, promise))
                    outcome = beyond
            if isinstance(outcome, PromiseMade):
                self._record(unit, context, loaded, [outcome])
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

        To plan the tail anew, give a series that `replaces` the one that is open. What is beyond a limit takes an approval of
        `promise_act`, as one promise does.
        """
        with self._unit() as unit:
            loaded = self._load(unit, series.account)
            facts, context = loaded.facts, self._context(at, f"promise/{series.id}")
            situation = self._situation(unit, facts, self.business_date(at))
            outcome = make_series(facts.promises, series, self.policy.promises, situation, facts.series)
            if isinstance(outcome, SeriesRefused) and outcome.approvable and self.approval:
                beyond = make_series(facts.promises, series, self.policy.promises.unlimited(), situation, facts.series)
                if not isinstance(beyond, SeriesRefused):
                    self._spend_approval(unit, context, _act(loaded, series))
                    outcome = beyond
            if isinstance(outcome, PromiseSeriesMade):
                self._record(unit, context, loaded, [outcome])
        return outcome

    def promise_act(self, promise: Promise | PromiseSeries) -> Act:
        """Return what an approval of a promise beyond the limits approves: exactly this one, and the account as it stands now."""
        with self._view() as unit:
            return _act(self._load(unit, promise.account), promise)

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
            effects=self.policy.holds.effects,
            arranged=named_in_the_way(agreed_states(facts, on, waterfall=self.policy.waterfall)),
            still=facts.still,
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

    def try_name_payment(self, named: PaymentNamed, *, at: datetime) -> PaymentNamed | Refusal[PromiseReason]:
        """
        Record for which promise the customer said that a payment is, which may come later; it counts there first and moves no money.

        Raises:
            UnknownIdError: The account has no such promise.
        """
        with self._unit() as unit:
            loaded = self._load(unit, named.account)
            if all(named.promise not in (known.id, known.group) for known in loaded.facts.promises):
                raise UnknownIdError(f"account '{named.account}' has no promise '{named.promise}'; nothing was recorded")
            before = next((one for one in loaded.facts.named if one.payment == named.payment), None)
            if before is not None and before != named:
                return Refusal(PromiseReason.ID_REUSED, f"the payment was named for promise '{before.promise}'", "nothing was recorded")
            if before is None:
                self._record(unit, self._context(at, f"name/{named.payment}"), loaded, [named])
        return named

    def name_payment(self, named: PaymentNamed, *, at: datetime) -> PaymentNamed:
        """Record for which promise the customer said that a payment is."""
        outcome = self.try_name_payment(named, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_hold(self, hold: Hold, *, at: datetime) -> HoldPlacing:
        """Place a hold on an account, or on a person and all their accounts."""
        with self._unit() as unit:
            bodies, write = self._held(unit, hold.account, hold.person)
            outcome = place_hold(placed_in(bodies), hold, currency=self._currency(unit, hold), policy=self.policy.holds)
            if isinstance(outcome, HoldPlaced):
                write(self._context(at, f"hold/{hold.id}"), [outcome])
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
            bodies, write = self._held(unit, hold.account, hold.person)
            placed, lifted = holds_in(bodies)
            outcome = lift_hold(placed, lifted, HoldLifted(hold.id, on, reason))
            if isinstance(outcome, HoldLifted):
                write(self._context(at, f"lift/{hold.id}"), [outcome])
        return outcome

    def lift(self, hold: Hold, *, on: date, reason: str, at: datetime) -> HoldLifted | AlreadyLifted:
        """Lift a hold; *on* is the first day on which it is no longer in force."""
        outcome = self.try_lift(hold, on=on, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_extend_hold(
        self, hold: Hold, *, reason: str, at: datetime, ends_on: date | None = None, review_on: date | None = None
    ) -> HoldExtending:
        """Decide that a hold goes on, through *ends_on* or until somebody looks at it again on *review_on*."""
        with self._unit() as unit:
            bodies, write = self._held(unit, hold.account, hold.person)
            before = [body for body in bodies if isinstance(body, HoldExtended)]
            extension = HoldExtended(hold.id, self.business_date(at), reason, ends_on, review_on)
            outcome = extend_hold(placed_in(bodies), holds_in(bodies)[1], before, extension, self.policy.holds)
            if isinstance(outcome, HoldExtended) and outcome not in before:
                write(self._context(at, f"extend/{hold.id}"), [outcome])
        return outcome

    def extend_hold(
        self, hold: Hold, *, reason: str, at: datetime, ends_on: date | None = None, review_on: date | None = None
    ) -> HoldExtended:
        """Decide that a hold goes on, through *ends_on* or until somebody looks at it again on *review_on*."""
        outcome = self.try_extend_hold(hold, reason=reason, at=at, ends_on=ends_on, review_on=review_on)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_move_case(self, hold: Hold, to: str, *, reason: str, at: datetime, amount: Money | None = None) -> CaseMoving:
        """Move the case behind a hold; a state that settles it lifts the hold from that day on, and says what follows."""
        with self._unit() as unit:
            bodies, write = self._held(unit, hold.account, hold.person)
            placed, lifted = holds_in(bodies)
            moves = [body for body in bodies if isinstance(body, CaseMoved)]
            move = CaseMoved(hold.id, to, self.business_date(at), reason, amount)
            outcome = move_case(placed, lifted, moves, move)
            if isinstance(outcome, CaseStep) and move not in moves:
                events: list[Event] = [outcome.moved] if outcome.lifted is None else [outcome.moved, outcome.lifted]
                write(self._context(at, f"case/{hold.id}/{to}"), events)
        return outcome

    def move_case(self, hold: Hold, to: str, *, reason: str, at: datetime, amount: Money | None = None) -> CaseStep:
        """Move the case behind a hold; a state that settles it lifts the hold from that day on, and says what follows."""
        outcome = self.try_move_case(hold, to, reason=reason, at=at, amount=amount)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def retractions(self, account: str, hold: Hold, *, at: datetime) -> tuple[Retraction, ...]:
        """Return what already happened to an account that a hold, placed now or earlier, would have stopped."""
        with self._unit() as unit:
            facts = self._load(unit, account).facts
            bodies = unit.bodies(person_stream(facts.account.consumer))
        return retractions(
            hold,
            facts.entries,
            facts.moves,
            known_on=self.business_date(at),
            lifted=[*facts.lifted, *holds_in(bodies)[1]],
            reported_on=reports_in(bodies, facts.account.id, self.policy.zone),
            court=facts.court,
            effects=self.policy.holds.effects,
        )

    def _currency(self, unit: Unit, hold: Hold) -> str:
        return "" if hold.account is None else self._load(unit, hold.account).facts.plan.currency

    def _held(
        self, unit: Unit, account: AccountId | None, person: PersonId
    ) -> tuple[Sequence[Event], Callable[[Context, Sequence[Event]], None]]:
        """Return the events of the stream that a hold belongs to, and how more are written there."""
        if account is not None:
            loaded = self._load(unit, account)

            def on_account(context: Context, events: Sequence[Event]) -> None:
                self._record(unit, context, loaded, events)

            return loaded.bodies, on_account
        self._consumer(unit, person)

        def on_person(context: Context, events: Sequence[Event]) -> None:
            self._record_person(unit, context, person, events)
            self._wake(unit, person, self.business_date(context.at))

        return unit.bodies(person_stream(person)), on_person
