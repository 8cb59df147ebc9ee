"""The part of a night that places: who works each account of a chunk, as far as the law lets it be placed."""

from __future__ import annotations

from datetime import date, datetime

from collectkit._kit.core import events_read
from collectkit._kit.headcount import Headcount
from collectkit._kit.working import WorkedPerson, Working
from collectkit.allocation import PASSING, allocate, at_law, failed_before, recalls
from collectkit.court import suits_of
from collectkit.errors import PluginFaultError
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.servicing.adverse import placement_proposal
from collectkit.servicing.asking import Answered, ask, said_before
from collectkit.servicing.night_report import Tally
from collectkit.storage.store import Unit


class Placing(Working):
    """What a night places."""

    def _place(self, unit: Unit, people: list[WorkedPerson], at: datetime, as_of: date, tally: Tally, known: Headcount) -> None:
        """
        Decide who works the accounts of this chunk; what moves is recorded with the account, and not yet in what is *known* of handlers.

        The law is asked about each placement. Where it stands against one, the account leaves whoever had it, as was decided, and
        nobody is given it.
        """
        if not self.policy.allocation.handlers or not people:
            return
        book = [(s, person.standing.consumer) for person in people for s in person.standing.accounts if s.account not in person.failed]
        crowd = self._crowd(unit, as_of, {standing.account: standing for standing, _ in book}, known)
        of = {id: account for person in people for id, account in person.accounts.items()}
        owner = {id: person for person in people for id in person.accounts}
        suits = {id: suits_of(account.loaded.facts.court) for id, account in of.items() if account.loaded.facts.court}
        states = {id: [suit.state for suit in held] for id, held in suits.items()}
        stay, spared = at_law(book, self.policy.allocation, as_of, suits=states)
        for _ in spared:
            tally.add("spared", "suit")
        book = [(standing, consumer) for standing, consumer in book if standing.account not in stay]
        failed = {id: failed_before(account.loaded.facts.recalls) for id, account in of.items() if account.loaded.facts.moves}
        try:
            allocated = list(
                allocate(
                    book,
                    self.policy.allocation,
                    loads=crowd.loads,
                    on=as_of,
                    seed=as_of.toordinal(),
                    new_today=crowd.new,
                    carried=crowd.carried,
                    strategies=self.parts.strategies,
                    failed=failed,
                )
            )
        except PluginFaultError as fault:
            # Whoever has an account keeps it until the next night asks again; a strategy that fails is no reason to stop this one.
            tally.add("faults", str(fault))
            for worked in of.values():
                worked.waits = worked.standing.closed_on is None
            return
        # Why it left is worked out for those alone that leave, each with all accounts of its person.
        left = {allocation.account for allocation in allocated if allocation.moved and allocation.before is not None}
        people_left = {standing.person for standing, _ in book if standing.account in left}
        theirs = [(standing, consumer) for standing, consumer in book if standing.person in people_left]
        leaving = {recall.account: recall.reason.value for recall in recalls(theirs, self.policy.allocation, as_of)}
        for allocation in allocated:
            account = of.get(allocation.account)
            if account is None:
                continue
            account.waits = allocation.handler is None and any(why.reason in PASSING for why in allocation.why_not)
            if not allocation.moved:
                continue
            if allocation.before is not None:
                reason = leaving.get(allocation.account, "rule")
                account.events.append(AccountRecalled(allocation.account, allocation.before, as_of, reason))
                tally.add("recalled", reason)
            if allocation.handler is not None:
                placement = Placement(allocation.account, allocation.handler, as_of, allocation.rule, allocation.why)
                person = owner[allocation.account]
                answer, told = self._ask_about_placement(unit, person, placement, at), person.treated.person_events
                if answer.permitted:
                    told.append(answer.evidence)
                    account.events.append(AccountPlaced(placement))
                    tally.add("placed", allocation.handler)
                    continue
                account.waits = True  # the law may answer otherwise by the passing of days alone
                tally.add("refused", answer.refusal.rules[0])
                if not said_before(answer.refusal, [*person.bodies, *told]):
                    told.append(answer.refusal)

    def _ask_about_placement(self, unit: Unit, person: WorkedPerson, placement: Placement, at: datetime) -> Answered:
        return ask(
            placement_proposal(placement, person.standing.id),
            person.standing,
            self.parts.rules,
            at,
            unknown=self.policy.law.unknown,
            read=events_read(unit, person.bodies),
        )
