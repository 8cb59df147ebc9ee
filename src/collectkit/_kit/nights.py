"""The night: judge promises, charge fees, propose, ask the law, place, and plan contacts; in resumable chunks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import attrs

from collectkit._kit.core import Core, Loaded, account_stream, kinds_in_force, person_stream
from collectkit.actions import StepTaken
from collectkit.allocation import allocate, recalls
from collectkit.errors import CollectkitError, ValidationError
from collectkit.events import Context, Event
from collectkit.facts import fold_account
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.person import fold_person
from collectkit.person_standing import PersonStanding
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.schedules import Book
from collectkit.servicing.night import Reviewed, fees, judged, next_fee, review_all
from collectkit.servicing.night_report import NightReport, Tally
from collectkit.standing import Standing
from collectkit.storage.store import Unit
from collectkit.treatment import bundle, next_step_on, propose, steps_taken

CHUNK_PEOPLE = 100
SYSTEMIC_MIN = 20
"""So many accounts set aside, and more than one in twenty, mean that the fault is not theirs: the night stops."""


@attrs.define
class _Account:
    """
    One account during its night.

    Attributes:
        loaded: As it was read.
        events: What the night adds.
        book: The replay of its money, charges of this night included.
        standing: On the business date; whoever places the account afterwards makes another.
    """

    loaded: Loaded
    events: list[Event]
    book: Book
    standing: Standing


@attrs.define
class _Person:
    """One person during their night."""

    standing: PersonStanding
    accounts: dict[AccountId, _Account]
    reviewed: list[Reviewed]


class Nights(Core):
    """The nightly run."""

    def run_night(self, *, as_of: date, at: datetime) -> NightReport:
        """
        Work every account that needs it on a business date.

        Only accounts whose standing expired, whose facts changed or that have a step due are looked at. A night that was
        killed is run again and ends as if it had not been; one that is done already does nothing and gives the same report.
        An account that cannot be worked is set aside, and the others go on.

        Args:
            as_of: The business date.
            at: The present instant; aware. The law is asked for it.

        Raises:
            ValidationError: A later night has been run already.
            CollectkitError: So many accounts fail that the fault cannot be theirs; chunks done so far stand.
        """
        key = self._on(as_of).isoformat()
        context = self._context(at, f"night/{key}")
        with self._unit() as unit:
            done = unit.run("night", key)
            if done is not None:
                return NightReport.of(as_of, Tally.of_text(done), already_done=True)
            later = [other for other, _ in unit.runs("night") if other > key]
            if later:
                raise ValidationError(f"the night of {later[-1]} has been run already, so {key} cannot be; nothing was done")
            begun = unit.run("night-begun", key)
        tally = Tally.of_text(begun) if begun is not None else Tally()
        after: str | None = ""
        while after is not None:
            with self._unit() as unit:
                after = self._chunk(unit, context, as_of, after, tally)
                unit.save_run("night-begun" if after is not None else "night", key, tally.to_text())
        return NightReport.of(as_of, tally)

    def _chunk(self, unit: Unit, context: Context, as_of: date, after: str, tally: Tally) -> str | None:
        """Work the next people; return the last of them, or None when nobody is left."""
        work = unit.work(as_of, after=after, limit=CHUNK_PEOPLE)
        if not work:
            return None
        aside = {strike.account for strike in unit.strikes()}
        people = [self._attempt(unit, context, person, [a for a in accounts if a not in aside], as_of, tally) for person, accounts in work]
        worked = [person for person in people if person is not None]
        self._place(unit, worked, as_of, tally)
        self._write(unit, context, worked, as_of)
        return work[-1][0]

    def _attempt(
        self, unit: Unit, context: Context, id: PersonId, accounts: Iterable[AccountId], as_of: date, tally: Tally
    ) -> _Person | None:
        """Decide one person's night; a fault sets their accounts aside and harms nobody else."""
        held = list(accounts)
        tally.people += 1
        tally.accounts += len(held)
        try:
            return self._decide(unit, context, id, held, as_of, tally)
        except Exception as error:
            for account in held:
                unit.strike(account, as_of, f"{type(error).__name__}: {error}"[:500])
            unit.save_standings([(s, None) for s in unit.standings_of(id) if s.account in set(held)])
            tally.set_aside += len(held)
            if tally.set_aside > max(SYSTEMIC_MIN, tally.accounts // 20):
                raise CollectkitError(
                    f"{tally.set_aside} of {tally.accounts} accounts failed, the last with {type(error).__name__}: {error}; "
                    "the night stopped, chunks that were done stand, and it can be run again"
                ) from error
            return None

    def _decide(self, unit: Unit, context: Context, id: PersonId, ids: list[AccountId], as_of: date, tally: Tally) -> _Person:
        bodies = unit.bodies(person_stream(id))
        holds = kinds_in_force(bodies, as_of)
        stored = {s.account: s for s in unit.standings_of(id)}
        charged = sum(s.fees_charged_minor for s in stored.values())
        accounts = {account: self._aged(unit, account, as_of, holds, charged, tally) for account in ids}
        standings = tuple(
            accounts[account].standing
            if account in accounts
            else (s.on(as_of) if s.as_of <= as_of <= s.valid_through else self._standing(unit, account, as_of))
            for account, s in sorted(stored.items())
        )
        person = PersonStanding(self._reachable(unit, self._consumer(unit, id)), fold_person(id, bodies), standings, as_of, holds)
        proposals = [
            proposal
            for account in accounts.values()
            for proposal in propose(
                account.standing,
                person,
                self.policy.treatment,
                account.loaded.facts.steps,
                as_of,
                party=self._party(account.standing.handler),
            )
        ]
        reviewed = review_all(
            bundle(proposals),
            person,
            self.parts.rules,
            context.at,
            unknown=self.policy.law.unknown,
            horizon=timedelta(days=self.policy.dispatch.horizon_days),
            notice=timedelta(days=self.policy.dispatch.notice_days),
        )
        outcomes = {one.proposal.id: one.outcome for one in reviewed}
        for step in steps_taken(proposals, version=self.policy.treatment.version, on=as_of, outcomes=outcomes):
            accounts[step.account].events.append(step)
        _count(reviewed, tally)
        return _Person(person, accounts, reviewed)

    def _aged(self, unit: Unit, id: AccountId, as_of: date, holds: tuple[str, ...], charged: int, tally: Tally) -> _Account:
        """Do what time alone does to an account: judge its promises and charge its late fees."""
        loaded = self._load(unit, id)
        facts, book = loaded.facts, self._book(loaded.facts, as_of)
        verdicts = judged(facts, as_of, waterfall=self.policy.waterfall, policy=self.policy.promises)
        standing = self._standing_of(unit, facts, as_of, book)
        effects = self.policy.holds.effects
        assessed, refused = fees(book, standing, self.policy.late_fees, holds=holds, charged_to_person_minor=charged, effects=effects)
        for one in verdicts:
            tally.add("promises", one.verdict.value)
        for charge in assessed:
            tally.add("fees_minor", standing.currency, charge.charge.amount.minor)
        for fee in refused:
            tally.add("fees_refused", fee.reason.value)
        if assessed:
            facts = attrs.evolve(facts, entries=(*facts.entries, *[event.charge for event in assessed]))
            book = self._book(facts, as_of)
            standing = self._standing_of(unit, facts, as_of, book)
        return _Account(loaded, [*verdicts, *assessed], book, standing)

    def _party(self, handler: HandlerId | None) -> str:
        return next((held.party for held in self.policy.allocation.handlers if held.id == handler), "first_party")

    def _place(self, unit: Unit, people: list[_Person], as_of: date, tally: Tally) -> None:
        """Decide who works the accounts of this chunk; what moves is recorded with the account."""
        if not self.policy.allocation.handlers:
            return
        book = [(s, person.standing.consumer) for person in people for s in person.standing.accounts]
        loads = {HandlerId(handler): count for handler, count in unit.loads().items()}
        leaving = {recall.account: recall.reason.value for recall in recalls(book, self.policy.allocation, as_of)}
        of = {id: account for person in people for id, account in person.accounts.items()}
        for allocation in allocate(
            book, self.policy.allocation, loads=loads, on=as_of, seed=as_of.toordinal(), strategies=self.parts.strategies
        ):
            account = of.get(allocation.account)
            if account is None or not allocation.moved:
                continue
            if allocation.before is not None:
                reason = leaving.get(allocation.account, "rule")
                account.events.append(AccountRecalled(allocation.account, allocation.before, as_of, reason))
                tally.add("recalled", reason)
            if allocation.handler is not None:
                placement = Placement(allocation.account, allocation.handler, as_of, allocation.rule, allocation.why)
                account.events.append(AccountPlaced(placement))
                tally.add("placed", allocation.handler)

    def _write(self, unit: Unit, context: Context, people: list[_Person], as_of: date) -> None:
        """Write the chunk: what happened to whom, the contacts that are planned, and the standings with their next day of work."""
        writes: dict[str, tuple[int, list[Event]]] = {}
        rows = []
        for person in people:
            refusals: list[Event] = [one.refusal for one in person.reviewed if one.refusal is not None]
            if refusals:
                stream = person_stream(person.standing.id)
                writes[stream] = (len(unit.bodies(stream)), refusals)
            for account in person.accounts.values():
                if account.events:
                    writes[account_stream(account.loaded.id)] = (len(account.loaded.bodies), account.events)
                standing = self._after_moves(unit, account, as_of)
                rows.append((standing, self._work_on(account, standing, person.standing, as_of)))
        if writes:
            unit.load(context, writes)
        unit.save_dispatches(one.dispatch for person in people for one in person.reviewed if one.dispatch is not None)
        unit.save_standings(rows)

    def _after_moves(self, unit: Unit, account: _Account, as_of: date) -> Standing:
        """Return the account's standing with what the night did last; of that only a change of hands shows in it."""
        if not any(isinstance(event, AccountPlaced | AccountRecalled) for event in account.events):
            return account.standing
        facts = fold_account([*account.loaded.bodies, *account.events])
        assert facts is not None
        return self._standing_of(unit, facts, as_of, account.book)

    def _work_on(self, account: _Account, standing: Standing, person: PersonStanding, as_of: date) -> date | None:
        """Return the first later day on which the night must look at the account again; None: never by time alone."""
        tomorrow = as_of + timedelta(days=1)
        if standing.valid_through < tomorrow:
            return tomorrow
        steps = [*account.loaded.facts.steps, *[event for event in account.events if isinstance(event, StepTaken)]]
        days = [next_step_on(standing, self.policy.treatment, steps, tomorrow, person=person)]
        days.append(next_fee(account.book, standing, self.policy.late_fees))
        if standing.valid_through < date.max - timedelta(days=1) and standing.closed_on is None:
            days.append(standing.valid_through + timedelta(days=1))
        return max(tomorrow, min((day for day in days if day is not None), default=date.max)) if any(days) else None


def _count(reviewed: Iterable[Reviewed], tally: Tally) -> None:
    for one in reviewed:
        if one.dispatch is not None:
            tally.add("planned", one.proposal.channel)
        elif one.refusal is not None:
            tally.add("refused", one.refusal.rules[0] if one.refusal.rules else "unknown")
        else:
            tally.add("decisions", one.proposal.action.value)
