"""The part of a night that treats: who is in which experiment, what is proposed, which of several contacts is chosen, and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

import attrs

from collectkit._kit.core import events_read
from collectkit._kit.remembering import Remembering
from collectkit.actions import Proposal
from collectkit.alerts import AlertEvent, alerts_of, alerts_tonight
from collectkit.errors import PluginFaultError
from collectkit.events import Event
from collectkit.experiments import ExperimentEntered
from collectkit.facts import AccountFacts
from collectkit.identifiers import AccountId, MessageId
from collectkit.person_standing import PersonStanding
from collectkit.schedules import Book
from collectkit.segments import by_date
from collectkit.servicing.next_best import NextActionChosen, Scorer, choose
from collectkit.servicing.night import Reviewed, review_all
from collectkit.standing import Standing
from collectkit.storage.store import Unit
from collectkit.treatment import NO_PAST, Past, TreatmentPolicy, bundle, decided_by, propose, steps_taken
from collectkit.treatment.adjusting import paced

_DAY = timedelta(days=1)


def alerts_stream(account: str) -> str:
    """Return the name of the stream of an account's alerts."""
    return f"alerts/{account}"


@attrs.define
class Treated:
    """
    What treatment came to for one person.

    Attributes:
        reviewed: What became of each proposal that was not passed over.
        person_events: What joins the person's stream besides refusals.
        faults: Plugins that failed, each with its message.
    """

    reviewed: list[Reviewed] = attrs.field(factory=list)
    person_events: list[Event] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)


@attrs.define
class TreatedAccount:
    """
    The part of an account's night that treatment reads and adds to.

    Attributes:
        facts: All that is known of it.
        bodies: Its events as they were read.
        events: What the night adds.
        book: The replay of its money.
        standing: On the business date.
        treatment: What it gets; the policy's until its arm is known.
        past: What that treatment asks of the past.
        entered: Experiments that it or its person is in.
        alert_events: What joins its stream of alerts.
    """

    facts: AccountFacts
    bodies: Sequence[Event]
    events: list[Event]
    book: Book
    standing: Standing
    treatment: TreatmentPolicy
    past: Past = NO_PAST
    entered: list[ExperimentEntered] = attrs.field(factory=list)
    alert_events: list[AlertEvent] = attrs.field(factory=list)

    @property
    def all_bodies(self) -> list[Event]:
        """Return its events, those of the night included."""
        return [*self.bodies, *self.events]


class Proposing(Remembering):
    """What a night proposes for one person, and what becomes of it."""

    def _treat(
        self,
        unit: Unit,
        at: datetime,
        person: PersonStanding,
        bodies: Sequence[Event],
        accounts: Mapping[AccountId, TreatedAccount],
        failed: dict[AccountId, Exception],
    ) -> Treated:
        """
        Treat the accounts of a person on one date; what is recorded with an account joins its events.

        Args:
            unit: To read in.
            at: The present instant, for which the law is asked.
            person: Whose accounts.
            bodies: The events of the person's stream.
            accounts: Those that are worked.
            failed: Takes those that cannot be treated, and why.
        """
        treated, as_of = Treated(), person.as_of
        treated.person_events += self._take_in(person, bodies, accounts)
        fired = [step for account in accounts.values() for step in account.facts.steps]
        proposals = paced(self._proposals(unit, person, accounts, failed), person, fired, zone=self.policy.zone)
        reviewed = review_all(
            bundle(proposals),
            person,
            self.parts.rules,
            at,
            unknown=self.policy.law.unknown,
            horizon=timedelta(days=self.policy.dispatch.horizon_days),
            notice=timedelta(days=self.policy.dispatch.notice_days),
            small=self.policy.small_balances,
            read=events_read(unit, bodies),
        )
        outcomes = {one.proposal.id: one.outcome for one in reviewed}
        passed: set[MessageId] = set(self._passed(reviewed, person, treated))
        outcomes |= dict.fromkeys(passed, "not_chosen")
        treated.reviewed = [one for one in reviewed if one.proposal.id not in passed]
        whys = {(one.accounts[0], one.step): one.why[0] for one in proposals}
        for step in steps_taken(proposals, version="", on=as_of, outcomes=outcomes):
            account = accounts[step.account]
            account.events.append(attrs.evolve(step, version=account.treatment.version))
            decided = decided_by(step, account.treatment, person.id, whys[step.account, step.step])
            account.events += [decided] if decided is not None else []
        self._alert(unit, person, accounts, failed)
        return treated

    def _take_in(
        self, person: PersonStanding, bodies: Sequence[Event], accounts: Mapping[AccountId, TreatedAccount]
    ) -> list[ExperimentEntered]:
        """Let who is eligible enter an experiment, and give each account the treatment of its arm."""
        treatments = self.policy.treatments
        if not treatments.experiments:
            return []
        of_person = [body for body in bodies if isinstance(body, ExperimentEntered)]
        own = {id: [b for b in account.bodies if isinstance(b, ExperimentEntered)] for id, account in accounts.items()}
        worked = [account.standing for _, account in sorted(accounts.items())]
        of_new_person, of_new_accounts = treatments.entries(person, worked, of_person, own, person.as_of)
        for id, account in accounts.items():
            account.events += of_new_accounts.get(id, [])
            account.entered = [*of_person, *of_new_person, *own[id], *of_new_accounts.get(id, [])]
            account.treatment = treatments.of(account.entered)
        return of_new_person

    def _proposals(
        self,
        unit: Unit,
        person: PersonStanding,
        accounts: Mapping[AccountId, TreatedAccount],
        failed: dict[AccountId, Exception],
    ) -> list[Proposal]:
        found: list[Proposal] = []
        for id, account in accounts.items():
            try:
                account.past = self._past(
                    unit, account.treatment, account.facts, account.all_bodies, account.standing.on(person.as_of), account.book
                )
                found += propose(
                    account.standing,
                    person,
                    account.treatment,
                    account.facts.steps,
                    person.as_of,
                    party=self.policy.allocation.party_of(account.standing.handler),
                    past=account.past,
                )
            except Exception as error:
                failed[id] = error
        return found

    def _passed(self, reviewed: Iterable[Reviewed], person: PersonStanding, treated: Treated) -> Iterator[MessageId]:
        """Choose one contact of each choice among several; yield the ids of those that are not made."""
        candidates = sorted((one for one in reviewed if one.proposal.among), key=lambda one: (one.proposal.among, one.proposal.id))
        for _, group in groupby(candidates, key=lambda one: one.proposal.among):
            asked = [(one.proposal, one.refusal.rules if one.refusal is not None else ()) for one in group]
            try:
                record = self._choice(asked, person, self.parts.scorer)
            except PluginFaultError as error:
                treated.faults.append(str(error))
                record = self._choice(asked, person, self.parts.baseline)
            treated.person_events.append(record)
            yield from (one.message for one in record.candidates if not one.rules and one.message != record.chosen)

    def _choice(self, asked: Sequence[tuple[Proposal, tuple[str, ...]]], person: PersonStanding, scorer: Scorer) -> NextActionChosen:
        return choose(asked, person, person.as_of, scorer=scorer, policy=self.policy.next_best)

    def _alert(
        self, unit: Unit, person: PersonStanding, accounts: Mapping[AccountId, TreatedAccount], failed: dict[AccountId, Exception]
    ) -> None:
        """Raise, wake, escalate and let lapse the alerts of each account."""
        policy = self.policy.alerts
        for id, account in accounts.items() if policy.rules else ():
            if id not in failed:
                known = alerts_of(unit.bodies(alerts_stream(id)))
                history = self._history(unit, account.facts, account.all_bodies, person.as_of, account.book)
                account.alert_events = alerts_tonight(policy, account.standing, person.consumer, history, known)

    def _asks_tomorrow(self, account: TreatedAccount, standing: Standing, tomorrow: date) -> bool:
        """Whether an alert may come to hold by the passing of days, or an experiment take the account, so that the night must look."""
        if standing.state in ("closed", "paid"):
            return False
        if any(by_date(rule.when) for rule in self.policy.alerts.rules) or account.alert_events:
            return True
        open_ = (one for one in self.policy.experiments if one.ends_on is None or tomorrow <= one.ends_on)
        return not account.entered and any(True for _ in open_)
