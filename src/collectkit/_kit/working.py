"""One person's night: what time has done to each account, what comes next, and whether it may be done.

An account that cannot be worked harms no other, not even one of the same person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import attrs

from collectkit._kit.aside import strikes_of
from collectkit._kit.charging import NOT_THEIRS, Bearer, Charging
from collectkit._kit.core import Loaded, person_stream
from collectkit._kit.crowding import Crowding
from collectkit._kit.proposing import Proposing, Treated, TreatedAccount
from collectkit.actions import StepTaken
from collectkit.allocation import next_recall_on, next_turn_on
from collectkit.calendars.spans import Spans
from collectkit.events import Event
from collectkit.facts import AccountFacts, fold_account
from collectkit.holds import Effect, adjustments_in, holds_in, kinds_in_force, stopped
from collectkit.identifiers import AccountId, PersonId
from collectkit.ledger import Charge, ChargeWaived, Credit, CreditPosted, Entry, EntryUndone, Undo, Waiver, retries_ended_on
from collectkit.person import fold_person
from collectkit.person_standing import PersonStanding
from collectkit.schedules import Book, OtherFees, unfinished_fees
from collectkit.servicing.asking import Evidence
from collectkit.servicing.night import (
    agreements,
    charged_to_person,
    charges_in,
    fees,
    judged,
    newly_refused,
    next_fee,
    seen_again,
    small,
)
from collectkit.servicing.night_report import Tally
from collectkit.standing import Standing
from collectkit.storage.store import Unit
from collectkit.treatment import next_step_on

_DAY = timedelta(days=1)


@attrs.define(kw_only=True)
class WorkedAccount(TreatedAccount):
    """
    One account during its night; whoever places it afterwards makes another standing.

    Attributes:
        loaded: As it was read.
        counts: What there is to count: kind, key and number.
        no_fees: Days on which a hold forbids fees.
        answers: What the law answered about its fees.
        waits: Whether it is tried again the next night: it is with nobody because whoever could take it has no room or is away, or
            because the law stands against it; or the strategy failed that says whose each account is.
    """

    loaded: Loaded
    counts: list[tuple[str, str, int]]
    no_fees: Spans
    answers: tuple[Evidence, ...] = ()
    waits: bool = False


@attrs.define
class WorkedPerson:
    """
    One person during their night.

    Attributes:
        standing: Of the person.
        accounts: Those that were worked.
        treated: What treatment came to.
        failed: Those that could not be worked, and why.
        bodies: The events of their stream, as they were read.
    """

    standing: PersonStanding
    accounts: dict[AccountId, WorkedAccount]
    treated: Treated
    failed: dict[AccountId, Exception]
    bodies: Sequence[Event]


class Working(Crowding, Charging, Proposing):
    """What a night decides about one person; it writes nothing."""

    def _decide(self, unit: Unit, at: datetime, id: PersonId, ids: Sequence[AccountId], days: Sequence[date]) -> WorkedPerson:
        """
        Decide one person's night.

        Args:
            unit: To read in.
            at: The present instant, for which the law is asked.
            id: Whose.
            ids: The accounts to be worked.
            days: The business date, and before it each day that was skipped since the last night.
        """
        as_of, bodies = days[-1], unit.bodies(person_stream(id))
        stored = {s.account: s for s in unit.standings_of(id)}
        failed: dict[AccountId, Exception] = {}
        known = fold_person(id, bodies)
        consumer = self._reachable(unit, self._consumer(unit, id))
        bearer = Bearer(consumer, known, bodies, tuple(stored.values()), at, as_of)
        accounts = self._aged(unit, bearer, ids, days, failed)
        standings = tuple(
            accounts[account].standing if account in accounts else self._sibling(unit, s, as_of, known=account not in failed)
            for account, s in sorted(stored.items())
        )
        person = PersonStanding(
            consumer,
            known,
            standings,
            as_of,
            kinds_in_force(bodies, as_of),
            adjustments_in(bodies, as_of),
        )
        treated = self._treat(unit, at, person, bodies, accounts, failed)
        for account in failed:
            accounts.pop(account, None)
        return WorkedPerson(person, accounts, treated, failed, bodies)

    def _aged(
        self,
        unit: Unit,
        bearer: Bearer,
        ids: Sequence[AccountId],
        days: Sequence[date],
        failed: dict[AccountId, Exception],
    ) -> dict[AccountId, WorkedAccount]:
        """Do what time alone does, day by day over all accounts, so that what a person bears in fees is known in its order."""
        loaded: dict[AccountId, Loaded] = {}
        for id in ids:
            try:
                loaded[id] = self._load(unit, id)
            except NOT_THEIRS:
                raise
            except Exception as error:
                failed[id] = error
        borne, accounts = self._fees_of(unit, bearer.stored), dict[AccountId, WorkedAccount]()
        first_on = min((s.opened_on for s in bearer.stored), default=days[-1])
        look_on = dict.fromkeys(loaded, days[0])
        for day in days:
            holds = kinds_in_force(bearer.bodies, day)
            worked = {id: held for id, held in loaded.items() if id not in failed and (day == days[-1] or day >= look_on[id])}
            self._foresee(unit, worked, accounts, borne, day, first_on, failed)
            for id, held in worked.items():
                if id in failed:
                    continue
                try:
                    accounts[id] = self._age(unit, bearer, held, accounts.get(id), day, holds, _others(borne, id, first_on))
                    self._bear(borne, accounts[id])
                    look_on[id] = day if day == days[-1] else self._look_on(accounts[id], day)
                except NOT_THEIRS:
                    raise
                except Exception as error:
                    failed[id] = error
                    accounts.pop(id, None)
        for id in sorted(borne.keys() - failed.keys()):
            others, before = _others(borne, id, first_on), accounts.get(id)
            try:
                held = loaded.get(id) or self._load(unit, id)
                if self._bears_otherwise(unit, before.facts if before is not None else held.facts, days[-1], others):
                    accounts[id] = self._age(unit, bearer, held, before, days[-1], kinds_in_force(bearer.bodies, days[-1]), others)
                    accounts[id].counts = _once([] if before is None else before.counts, accounts[id].counts)
                    self._bear(borne, accounts[id])
            except NOT_THEIRS:
                raise
            except Exception as error:
                failed[id] = error
                accounts.pop(id, None)
        return accounts

    def _foresee(
        self,
        unit: Unit,
        worked: Mapping[AccountId, Loaded],
        accounts: Mapping[AccountId, WorkedAccount],
        borne: dict[AccountId, tuple[Entry, ...]],
        day: date,
        first_on: date,
        failed: dict[AccountId, Exception],
    ) -> None:
        """
        Note what corrects the late fees of each account on a day, before any other is charged on it.

        A fee that is revived has its room before the fees of the day on other accounts: charged first, they would have been allowed by
        what nobody believes any more.
        """
        policy = self.policy.late_fees
        if policy is None or not policy.counts_person or len(worked) < 2:
            return
        for id in list(worked):
            try:
                facts = accounts[id].facts if id in accounts else worked[id].facts
                # One whose fees were all taken back bears none, and may bear them again today.
                if not any(isinstance(one, Charge) for one in facts.entries) or not charges_in(policy, facts.plan.currency):
                    continue
                book = self._book(facts, day)
                standing = self._standing_of(unit, facts, day, book)
                corrected = seen_again(book, standing, policy, _others(borne, id, first_on))
                borne[id] = (*facts.entries, *(one.waiver if isinstance(one, ChargeWaived) else one.undo for one in corrected))
            except NOT_THEIRS:
                raise
            except Exception as error:
                failed[id] = error

    def _bears_otherwise(self, unit: Unit, facts: AccountFacts, day: date, others: OtherFees) -> bool:
        """Whether the late fees of an account are others by what the night found out about its person's other accounts."""
        id, policy, book = facts.account.id, self.policy.late_fees, self._book(facts, day)
        standing = self._standing_of(unit, facts, day, book)
        if policy is None or standing.closed_on is not None:
            return False
        if not seen_again(book, standing, policy, others) and not unfinished_fees(book, policy, account=id, others=others):
            return False
        # Who is set aside is seen again when it is worked again.
        return not any(strike.account == id and strike.count >= self.policy.night.strikes for strike in strikes_of(unit, [id]))

    def _bear(self, borne: dict[AccountId, tuple[Entry, ...]], account: WorkedAccount) -> None:
        """Note what an account's late fees are by now, where what the person bears in all is limited."""
        policy = self.policy.late_fees
        if policy is not None and policy.counts_person and charges_in(policy, account.standing.currency):
            borne[account.loaded.id] = tuple(account.facts.entries)

    def _age(
        self,
        unit: Unit,
        bearer: Bearer,
        loaded: Loaded,
        before: WorkedAccount | None,
        day: date,
        holds: tuple[str, ...],
        others: OtherFees,
    ) -> WorkedAccount:
        """Judge what is agreed about one account and charge its lawful late fees as of *day*."""
        facts, earlier = (loaded.facts, []) if before is None else (before.facts, before.events)
        agreed: list[Event] = list(agreements(facts, day, waterfall=self.policy.waterfall))
        if agreed:
            facts = _folded([*loaded.bodies, *earlier, *agreed], facts)
        book = self._book(facts, day)
        verdicts = judged(facts, day, waterfall=self.policy.waterfall, policy=self.policy.promises)
        standing = self._standing_of(unit, facts, day, book)
        paused, corrected = self._no_fees(unit, facts), seen_again(book, standing, self.policy.late_fees, others)
        if corrected:
            facts = _folded([*loaded.bodies, *earlier, *agreed, *corrected], facts)
            book = self._book(facts, day)
            standing = self._standing_of(unit, facts, day, book)
        little = small(book, standing, self.policy.small_balances, holds=holds)
        if little:
            facts = _folded([*loaded.bodies, *earlier, *agreed, *corrected, *little], facts)
            book = self._book(facts, day)
            standing = self._standing_of(unit, facts, day, book)
        assessed, refused = fees(
            book,
            standing,
            self.policy.late_fees,
            holds=holds,
            charged_to_person_minor=charged_to_person(self.policy.late_fees, others, facts.entries, day),
            effects=self.policy.holds.effects,
            paused=paused,
            retries=retries_ended_on(facts.retries, day),
            others=others,
        )
        lawful = self._lawful_fees(unit, bearer, assessed, facts, book, standing)
        assessed, refused = list(lawful.charges), [*refused, *lawful.refused]
        answers = lawful.evidence if before is None else (*before.answers, *lawful.evidence)
        fee_minor = sum(charge.charge.amount.minor for charge in assessed)
        counts = [("promises", one.verdict.value, 1) for one in verdicts]
        counts += [("fees_minor", standing.currency, fee_minor)] * bool(assessed)
        counts += [_correction_count(event, book, standing.currency) for event in corrected]
        counts += [("fees_refused", fee.reason.value, 1) for fee in refused]
        counts += [_small_count(event, book, standing.currency) for event in little]
        added: list[Event] = [*agreed, *verdicts, *corrected, *little, *assessed]
        added += newly_refused(facts, refused, day)
        events = [*earlier, *added]
        if added:
            facts = _folded([*loaded.bodies, *events], facts)
        if assessed:
            book = self._book(facts, day)
            standing = self._standing_of(unit, facts, day, book)
        counts = counts if before is None else [*before.counts, *counts]
        treatment = self.policy.treatment
        return WorkedAccount(
            facts, loaded.bodies, events, book, standing, treatment, loaded=loaded, counts=counts, no_fees=paused, answers=answers
        )

    def _fees_of(self, unit: Unit, stored: Iterable[Standing]) -> dict[AccountId, tuple[Entry, ...]]:
        """Return by account the entries of those on which a person bears fees, when the policy limits what they bear in all."""
        policy = self.policy.late_fees
        if policy is None or not policy.counts_person:
            return {}
        bearing = [s for s in stored if s.fees_charged_minor and charges_in(policy, s.currency)]
        return {s.account: tuple(self._load(unit, s.account).facts.entries) for s in bearing}

    def _no_fees(self, unit: Unit, facts: AccountFacts) -> Spans:
        """Return the days on which a hold on the account or its person forbids fees."""
        placed, lifted = holds_in(unit.bodies(person_stream(facts.account.consumer)))
        return stopped((*facts.holds, *placed), (*facts.lifted, *lifted), Effect.FEES, self.policy.holds.effects)

    def _look_on(self, account: WorkedAccount, day: date) -> date:
        """Return the first day after *day* on which time alone can change the account."""
        ends = [account.standing.valid_through + _DAY] if account.standing.valid_through < date.max - _DAY else []
        fee = self._next_fee(account, account.standing)
        return max(day + _DAY, min([*ends, *([fee] if fee is not None else [])], default=date.max))

    def _next_fee(self, account: WorkedAccount, standing: Standing) -> date | None:
        """Return the day on which the next late fee could be charged, or None."""
        retries = retries_ended_on(account.facts.retries, account.book.as_of)
        return next_fee(account.book, standing, self.policy.late_fees, paused=account.no_fees, retries=retries)

    def _sibling(self, unit: Unit, stored: Standing, as_of: date, *, known: bool) -> Standing:
        """Return the standing of an account that is not worked tonight; of one that cannot be read, as it was known last."""
        if stored.as_of <= as_of <= stored.valid_through:
            return stored.on(as_of)
        if not known:
            return stored
        try:
            return self._standing(unit, stored.account, as_of)
        except NOT_THEIRS:
            raise
        except Exception:
            return stored  # a night that works it sets it aside

    def _work_on(self, account: WorkedAccount, standing: Standing, person: PersonStanding, as_of: date) -> date | None:
        """Return the first later day on which the night must look at the account again; None: never by time alone."""
        tomorrow = as_of + _DAY
        if standing.valid_through < tomorrow:
            return tomorrow
        steps = [*account.loaded.facts.steps, *[event for event in account.events if isinstance(event, StepTaken)]]
        party = self.policy.allocation.party_of(standing.handler)
        days = [next_step_on(standing, account.treatment, steps, tomorrow, person=person, party=party, past=account.past)]
        days.append(self._next_fee(account, standing))
        days += [next_recall_on(standing, self.policy.allocation, as_of), next_turn_on(standing, self.policy.allocation, as_of)]
        days.append(tomorrow if account.waits or self._asks_tomorrow(account, standing, tomorrow) else None)
        if standing.valid_through < date.max - _DAY and standing.closed_on is None:
            days.append(standing.valid_through + _DAY)
        return max(tomorrow, min((day for day in days if day is not None), default=date.max)) if any(days) else None


def _others(borne: Mapping[AccountId, tuple[Entry, ...]], account: AccountId, first_on: date) -> OtherFees:
    """Return what the person bears on all other accounts."""
    return OtherFees({id: entries for id, entries in borne.items() if id != account}, first_on)


def _once(before: list[tuple[str, str, int]], counts: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Return the counts of an account that was seen twice in a night; what is refused both times is refused once."""
    return [*before, *(one for one in counts[len(before) :] if one[0] != "fees_refused" or one not in before)]


def _correction_count(event: EntryUndone | ChargeWaived, book: Book, currency: str) -> tuple[str, str, int]:
    """Return how a late fee is counted that was taken back, wholly or in part, or revived."""
    if isinstance(event, ChargeWaived):
        return ("fees_undone_minor", currency, event.waiver.amount.minor)
    undo = event.undo
    if undo.kind == "undo":
        undo = next(entry for entry in book.entries if isinstance(entry, Undo) and entry.id == undo.entry)
    taken = next(entry for entry in book.entries if isinstance(entry, Charge | Waiver) and entry.id == undo.entry)
    return ("fees_undone_minor" if undo is event.undo and undo.kind == "charge" else "fees_revived_minor", currency, taken.amount.minor)


def _small_count(event: CreditPosted | EntryUndone, book: Book, currency: str) -> tuple[str, str, int]:
    """Return how a small balance is counted that was given up or taken back."""
    if isinstance(event, CreditPosted):
        return ("small_closed_minor", currency, event.credit.amount.minor)
    taken = next(entry for entry in book.entries if isinstance(entry, Credit) and entry.id == event.undo.entry)
    return ("small_reopened_minor", currency, taken.amount.minor)


def count(person: WorkedPerson, tally: Tally) -> None:
    """Count what became of one person's night."""
    for fault in person.treated.faults:
        tally.add("faults", fault)
    for account in person.accounts.values():
        for what, key, number in account.counts:
            tally.add(what, key, number)
    for one in person.treated.reviewed:
        if one.dispatch is not None:
            tally.add("planned", one.proposal.channel)
        elif one.refusal is not None:
            tally.add("refused", one.refusal.rules[0] if one.refusal.rules else "unknown")
        else:
            tally.add("decisions", one.proposal.action.value)


def _folded(bodies: Sequence[Event], before: AccountFacts) -> AccountFacts:
    """Fold an account again after the night added to it; the holds of its person are those of before."""
    facts = fold_account(bodies)
    assert facts is not None
    return attrs.evolve(facts, still=before.still) if before.still else facts
