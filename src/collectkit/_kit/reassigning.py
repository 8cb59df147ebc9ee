"""What a supervisor does: give somebody's accounts to somebody else, one person's at a time or many after a proposal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final

from collectkit._kit.again import again, decided_again
from collectkit._kit.agencies import Agencies
from collectkit._kit.answering import ask_first
from collectkit._kit.core import events_read, person_stream
from collectkit._kit.crowding import Crowding
from collectkit._kit.together import together
from collectkit.allocation import EvenQueues, Handler, WhyNot, eligible, even_queues, loads_of, new_on
from collectkit.errors import RefusedError
from collectkit.events import Context
from collectkit.identifiers import AccountId
from collectkit.person import Consumer
from collectkit.placement import Placement
from collectkit.refusals import Refusal
from collectkit.servicing.adverse import placement_proposal
from collectkit.servicing.asking import ask
from collectkit.servicing.reassigning import (
    Reassigned,
    Reassigning,
    ReassigningReason,
    Reassignment,
    already,
    held_by,
    reassign_accounts,
    reassigned,
)
from collectkit.storage.store import Unit

_TOGETHER: Final = 100


@decided_again
class Reassigns(Crowding):
    """Commands of a supervisor; the same again changes nothing and is answered alike."""

    def try_reassign(self, wanted: Reassignment, *, at: datetime) -> Reassigning:
        """
        Give an account, and all others of its person that the same handler has, to another handler inside of the house.

        They go together or not at all, in one transaction: whoever had them has none of them any more from that day on. Holds and
        agreements go with them, for our own people go on looking after the account.

        Args:
            wanted: Whose, from whom, to whom, since when, and why.
            at: The present instant; aware.

        Raises:
            UnknownIdError: The account is not on the book.
        """
        self._on(wanted.since)
        with self._unit() as unit:
            named = self._load(unit, wanted.account)
            consumer = self._consumer(unit, named.facts.account.consumer)
            loaded = [self._load(unit, standing.account) for standing in unit.standings_of(consumer.id)]
            done = already([one.facts for one in loaded], wanted)
            if done is not None:
                return done
            theirs = [one for one in loaded if held_by(one.facts, wanted.before, wanted.since)]
            handlers = {handler.id: handler for handler in self.policy.allocation.handlers}
            why_not = self._why_not_to(unit, handlers.get(wanted.to), [one.id for one in theirs], consumer, wanted.since)
            moves = reassign_accounts(named.facts, [one.facts for one in theirs], wanted, handlers, why_not)
            if isinstance(moves, Refusal):
                return moves
            context = self._context(at, f"reassign/{wanted.account}/{wanted.since}")
            placements = [wanted.placement(one.id) for one in theirs]
            against = self._against(unit, placements, consumer, context)
            if against:
                return Refusal(ReassigningReason.FORBIDDEN, against, "nothing was moved")
            for one in theirs:
                self._record(unit, context, one, moves[one.id])
        return reassigned(moves, wanted)

    def reassign(self, wanted: Reassignment, *, at: datetime) -> Reassigned:
        """Give an account, and all others of its person that the same handler has, to another handler inside of the house."""
        outcome = self.try_reassign(wanted, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _why_not_to(
        self, unit: Unit, handler: Handler | None, theirs: Sequence[AccountId], consumer: Consumer, since: date
    ) -> WhyNot | None:
        """Return why these accounts cannot all go to a handler; None when they can, or when nobody of that name is known."""
        if handler is None or not theirs:
            return None
        policy, standings = self.policy.allocation, [self._standing(unit, id, since) for id in theirs]
        answers = (eligible(handler, standing, consumer, since, segment=policy.segment(standing, consumer)) for standing in standings)
        found = next((answer for answer in answers if answer is not None), None)
        return found or self._no_room_for(unit, handler.id, standings, consumer, since)

    def _against(self, unit: Unit, placements: Sequence[Placement], consumer: Consumer, context: Context) -> str:
        """Ask the law about all of them before anything is kept; return what stands against one, empty when nothing does."""
        bodies = unit.bodies(person_stream(consumer.id))
        standing = self._person_standing(unit, consumer.id, self.business_date(context.at))
        rules, unknown, read = self.parts.rules, self.policy.law.unknown, events_read(unit, bodies)
        for placement in placements:
            proposal = placement_proposal(placement, consumer.id)
            if not ask(proposal, standing, rules, context.at, unknown=unknown, read=read).permitted:
                return ask_first(self, unit, proposal, context).why
        for placement in placements:
            ask_first(self, unit, placement_proposal(placement, consumer.id), context)
        return ""


class Supervising(Reassigns, Agencies):
    """What a supervisor looks at and does with many accounts."""

    def even_queues(
        self,
        *,
        as_of: date,
        rules: Collection[str] | None = None,
        keep: Collection[str] = (),
        tolerance: int = 1,
        moves_most: int | None = None,
    ) -> EvenQueues:
        """
        Propose moves that even out the queues inside of the house; nothing is recorded. See `collectkit.allocation.even_queues`.

        Args:
            as_of: The business date.
            rules: Names of the rules whose queues are evened; None: those that mean to give everybody as much.
            keep: Accounts that stay where they are, such as those that somebody has a lease on.
            tolerance: By so many units of work a queue may be longer than another.
            moves_most: How many accounts may move at most; None: no limit.
        """
        book = self._allocatable(as_of)
        standings = [standing for standing, _ in book]
        return even_queues(
            book,
            self.policy.allocation,
            loads=loads_of(standings),
            on=as_of,
            new_today=new_on(standings, as_of),
            failed=self._failed(standings),
            rules=rules,
            keep=keep,
            tolerance=tolerance,
            moves_most=moves_most,
        )

    def reassign_all(self, moves: Iterable[Reassignment], *, at: datetime) -> list[Reassigning]:
        """
        Carry many reassignments out, each as `try_reassign` does, in the order given; it takes two people.

        Args:
            moves: Any number of them. An account that went with another of its person is told as that one was.
            at: The present instant; aware.

        Returns:
            What became of each; a refused one keeps no other from being carried out. They are written a hundred at a time; after a fault
            those before it stand, and the same call may be given again.
        """
        rest, outcomes = iter(moves), list[Reassigning]()
        while some := list(islice(rest, _TOGETHER)):
            outcomes += self._reassign_some(some, at)
        return outcomes

    @again
    def _reassign_some(self, some: Sequence[Reassignment], at: datetime) -> list[Reassigning]:
        with together(self):
            return [self.try_reassign(wanted, at=at) for wanted in some]
