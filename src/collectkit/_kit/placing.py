"""The part of a night that places: who works each account of a chunk, as far as the law lets it be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from collectkit._kit.core import events_read
from collectkit._kit.headcount import Headcount
from collectkit._kit.working import WorkedAccount, WorkedPerson, Working
from collectkit.allocation import PASSING, RecallReason, allocate, failed_before, recalls, spared
from collectkit.court import suits_of
from collectkit.errors import PluginFaultError
from collectkit.identifiers import AccountId
from collectkit.person import Consumer
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.servicing.adverse import placement_proposal
from collectkit.servicing.asking import Answered, ask, said_before
from collectkit.servicing.night_report import Tally
from collectkit.standing import Standing
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
        at_law = self._at_law(book, of, as_of, tally)
        book = [(standing, consumer) for standing, consumer in book if standing.account not in at_law]
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

    def _at_law(
        self, book: Sequence[tuple[Standing, Consumer]], of: Mapping[AccountId, WorkedAccount], as_of: date, tally: Tally
    ) -> frozenset[AccountId]:
        """
        Return the accounts whose referral to a law firm is not over, and which stay with it: no rule moves a suit about.

        What is over by itself, a hold and the end of the firm's work take an account back all the same, and so do the terms
        of the firm, which wait for a suit that was brought where the policy lets them.
        """
        states = {
            id: [suit.state for suit in suits_of(account.loaded.facts.court)] for id, account in of.items() if account.loaded.facts.court
        }
        referred = {id for id, known in states.items() if any(not state.ended for state in known)}
        if not referred:
            return frozenset()
        people = {standing.person for standing, _ in book if standing.account in referred}
        theirs = [(standing, consumer) for standing, consumer in book if standing.person in people]
        in_court = {id for id, known in states.items() if any(state.in_court for state in known)}
        left = recalls(theirs, self.policy.allocation, as_of, in_court=in_court)
        for _ in spared(theirs, self.policy.allocation, as_of, in_court=in_court):
            tally.add("spared", "suit")
        taken = {one.account for one in left if one.reason is not RecallReason.RULE}
        with_a_firm = {standing.account for standing, _ in theirs if standing.handler is not None}
        return frozenset((referred & with_a_firm) - taken)

    def _ask_about_placement(self, unit: Unit, person: WorkedPerson, placement: Placement, at: datetime) -> Answered:
        return ask(
            placement_proposal(placement, person.standing.id),
            person.standing,
            self.parts.rules,
            at,
            unknown=self.policy.law.unknown,
            read=events_read(unit, person.bodies),
        )
