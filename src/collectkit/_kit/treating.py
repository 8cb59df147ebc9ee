"""What a host asks about treatment: what bars a step, what is ahead, what was decided about purchases, and how experiments go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from collectkit._kit.core import Loaded, account_stream, person_stream
from collectkit._kit.remembering import Remembering
from collectkit.actions import PurchasingDecided, StepTaken
from collectkit.arrangements.living import ArrangementStatus
from collectkit.arrangements.promises import PromiseVerdict
from collectkit.calendars.dates import require_aware
from collectkit.errors import UnknownIdError
from collectkit.events import Event
from collectkit.experiments import ExperimentEntered, Unit
from collectkit.facts import AccountFacts, agreed_states, fold_account, promise_states
from collectkit.ledger import Payment
from collectkit.schedules import without_returns
from collectkit.servicing.explaining import told_as
from collectkit.standing import Standing
from collectkit.storage.store import Unit as BookUnit
from collectkit.treatment import (
    Barred,
    MigrationPlan,
    Purchasing,
    ReminderChange,
    ReminderSchedule,
    TreatmentPolicy,
    barred_steps,
    compare,
    migration_plan,
    purchasing_of,
    reminders,
)

if TYPE_CHECKING:
    from collectkit.reports.experiments import ExperimentOutcome, ReadOut


class Treating(Remembering):
    """Questions about treatment; none of them changes anything."""

    def treatment_of(self, account: str) -> TreatmentPolicy:
        """Return the treatment that an account gets: the policy's, or that of its arm in an experiment."""
        with self._view() as unit:
            return self._treatment(unit, self._load(unit, account))

    def barred_steps(self, account: str, *, as_of: date) -> tuple[Barred, ...]:
        """Return the steps that are due for an account and do not fire, each with what stands against it."""
        with self._view() as unit:
            loaded = self._load(unit, account)
            facts, treatment = loaded.facts, self._treatment(unit, loaded)
            person = self._person_standing(unit, facts.account.consumer, self._on(as_of))
            standing = self._standing_of(unit, facts, as_of)
            past = self._past(unit, treatment, facts, loaded.bodies, standing)
            return barred_steps(
                standing,
                person,
                treatment,
                facts.steps,
                as_of,
                party=self.policy.allocation.party_of(standing.handler),
                past=past,
            )

    def purchasing(self, account: str) -> Purchasing:
        """Return what treatment decided about new purchases because of an account, and stands: frozen or cut, since when and why."""
        with self._view() as unit:
            return purchasing_of(body for body in self._load(unit, account).bodies if isinstance(body, PurchasingDecided))

    def reminders(self, account: str, *, as_of: date, days: int = 90) -> ReminderSchedule:
        """
        Return every reminder ahead of an account, before and after its due dates, promises and arrangements, if nothing is paid.

        Args:
            account: Which.
            as_of: From this business date on.
            days: So many days ahead.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        with self._view() as unit:
            loaded = self._load(unit, account)
            return self._reminders(unit, loaded.facts, loaded.bodies, self._treatment(unit, loaded), self._on(as_of), days)

    def reminder_changes(self, account: str, *, as_of: date, known_at: datetime, days: int = 90) -> tuple[ReminderChange, ...]:
        """
        Return what became known after an instant and changed of the reminders ahead: which come, go and move, and why.

        Args:
            account: Which.
            as_of: From this business date on.
            known_at: What was recorded at it or before was known then; aware.
            days: So many days ahead.

        Raises:
            UnknownIdError: The account was not on the book at that instant.
        """
        require_aware(known_at)
        with self._view() as unit:
            loaded = self._load(unit, account)
            envelopes = unit.history(account_stream(loaded.id))
            before = [one.body for one in envelopes if one.context.at <= known_at]
            then = fold_account(before)
            if then is None:
                raise UnknownIdError(f"account '{account}' was not on the book of tenant '{self.tenant}' at {known_at}")
            treatment, on = self._treatment(unit, loaded), self._on(as_of)
            old = self._reminders(unit, self._kept_still(unit, then), before, treatment, on, days)
            new = self._reminders(unit, loaded.facts, loaded.bodies, treatment, on, days)
            because = [told_as(one.body) for one in envelopes if one.context.at > known_at]
        return compare(old, new, because=[sentence for sentence in dict.fromkeys(because) if sentence])

    def experiment_outcomes(self, experiment: str, *, as_of: date) -> list[ExperimentOutcome]:
        """
        Return what each account in an experiment paid in its outcome window, for those whose window is over by *as_of*.

        Every account is read, so that this is for reports and not for requests.

        Raises:
            UnknownIdError: The policy has no such experiment.
        """
        from collectkit.reports.experiments import ExperimentOutcome

        held = next((one for one in self.policy.experiments if one.id == experiment), None)
        if held is None:
            known = ", ".join(one.id for one in self.policy.experiments) or "none"
            raise UnknownIdError(f"no experiment '{experiment}' is in policy '{self.policy.name}', known are {known}; nothing was read")
        found, after, page = list[ExperimentOutcome](), "", 1_000
        while True:
            with self._view() as unit:
                standings = unit.standings(after=after, limit=page)
                for standing in standings:
                    loaded = self._load(unit, standing.account)
                    stream = unit.bodies(person_stream(standing.person)) if held.unit is Unit.PERSON else loaded.bodies
                    entry = next((b for b in stream if isinstance(b, ExperimentEntered) and b.experiment == experiment), None)
                    if entry is not None and entry.on + timedelta(days=held.outcome_days) <= as_of:
                        value = _paid(loaded.facts, entry.on, entry.on + timedelta(days=held.outcome_days), as_of)
                        found.append(ExperimentOutcome(standing.person, entry.arm, value))
            if len(standings) < page:
                return found
            after = standings[-1].account

    def experiment_read_out(self, experiment: str, *, as_of: date, seed: int, rounds: int = 2_000) -> ReadOut:
        """Return what each arm brought, with intervals by a bootstrap of customers; see `collectkit.reports.experiments.read_out`."""
        from collectkit.reports.experiments import read_out

        outcomes = self.experiment_outcomes(experiment, as_of=as_of)
        held = next(one for one in self.policy.experiments if one.id == experiment)
        return read_out(held, outcomes, seed=seed, rounds=rounds)

    def treatment_migration(self, after: TreatmentPolicy, *, on: date, days: int = 60) -> MigrationPlan:
        """
        Return what another version of the treatment would change for each account in flight, before it is put into force.

        Accounts in an experiment keep the treatment of their arm and are left out. Every account is read. Steps that wait for an event or
        for a delivery are not compared, and rules for going on after a hold or an agreement are not applied, for the plan does not
        ask what happened before.

        Args:
            after: The version to come, such as that of a policy that was loaded and not opened.
            on: The day on which it would be put into force.
            days: How far to look ahead.

        Raises:
            ValidationError: It is the version in force.
        """
        return migration_plan(self._in_flight(self._on(on)), self.policy.treatment, after, on, days=days)

    def _in_flight(self, on: date, page: int = 1_000) -> Iterator[tuple[Standing, Sequence[StepTaken]]]:
        after = ""
        while True:
            with self._view() as unit:
                standings = unit.standings(after=after, limit=page)
                loaded = [self._load(unit, standing.account) for standing in standings]
                held = [one for one in loaded if self._treatment(unit, one) is self.policy.treatment]
                rows = [(self._standing_of(unit, one.facts, on), one.facts.steps) for one in held]
            yield from rows
            if len(standings) < page:
                return
            after = standings[-1].account

    def _treatment(self, unit: BookUnit, loaded: Loaded) -> TreatmentPolicy:
        if not self.policy.experiments:
            return self.policy.treatment
        bodies = (*loaded.bodies, *unit.bodies(person_stream(loaded.facts.account.consumer)))
        return self.policy.treatments.of(body for body in bodies if isinstance(body, ExperimentEntered))

    def _reminders(
        self, unit: BookUnit, facts: AccountFacts, bodies: Sequence[Event], treatment: TreatmentPolicy, as_of: date, days: int
    ) -> ReminderSchedule:
        book = self._book(facts, as_of)
        standing = self._standing_of(unit, facts, as_of, book)
        dues = {due.name: due.due_on for index, due in enumerate(book.dues()) if book.unpaid_of(index)}
        return reminders(
            standing,
            treatment,
            as_of + timedelta(days=days),
            taken=facts.steps,
            dues=dues,
            promised=self._promised(facts, as_of),
            past=self._past(unit, treatment, facts, bodies, standing, book),
        )

    def _promised(self, facts: AccountFacts, as_of: date) -> tuple[date, ...]:
        """Return the days on which something that is agreed is to be paid."""
        rules = self.policy.waterfall
        states = promise_states(facts, as_of, waterfall=rules, policy=self.policy.promises) if facts.promises else ()
        days = [state.due_on for state in states if state.verdict is PromiseVerdict.OPEN]
        for state in agreed_states(facts, as_of, waterfall=rules):
            if state.status is ArrangementStatus.ACTIVE:
                days += [item.due_on for item in state.items if item.paid_minor < item.minor]
        return tuple(sorted({day for day in days if day >= as_of}))


def _paid(facts: AccountFacts, since: date, until: date, as_of: date) -> int:
    """Return the minor units paid from one day to before another, without what was taken back by *as_of*."""
    payments = [entry for entry in without_returns(facts.entries, as_of) if isinstance(entry, Payment)]
    return sum(payment.amount.minor for payment in payments if since <= payment.value_on < until)
