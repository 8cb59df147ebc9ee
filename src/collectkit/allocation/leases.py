"""Leases on pieces of work: one agent, one item, until it is done, given back, or over.

Pure: each step takes what is leased and returns what is leased then. A host keeps the value in any store under one
version; whoever writes on an older one is refused there. A lease that is over can neither be completed nor extended, and
its item goes to the next who asks.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

import attrs

from collectkit._checks import aware
from collectkit.allocation.handlers import Handler
from collectkit.calendars.dates import require_aware
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal


class LeaseReason(Enum):
    """Why a step is refused, in order of precedence."""

    OFF_SHIFT = "off_shift"
    """The agent has no shift at that instant."""
    NOTHING_LEFT = "nothing_left"
    """All there is is leased, done, or was skipped by this agent."""
    HAS_ONE = "has_one"
    """The agent has another item; one at a time."""
    NOT_YOURS = "not_yours"
    """No lease under that token."""
    OVER = "over"
    """The lease was over before."""
    SKIPS_SPENT = "skips_spent"
    """The agent has skipped as often as may be."""
    NOT_LEASED = "not_leased"
    """Nobody has the item at that instant."""
    SAME_AGENT = "same_agent"
    """The agent has that very item."""


@attrs.frozen
class Lease:
    """
    An item with an agent.

    Attributes:
        account: Which.
        agent: Who.
        token: Names the lease; another one for the same item has another token.
        until: First instant at which it is over.
    """

    account: AccountId
    agent: str
    token: str
    until: datetime = attrs.field(validator=aware)


@attrs.frozen
class Skip:
    """An item that an agent gave back without doing it: why, and when."""

    account: AccountId
    agent: str
    reason: str
    at: datetime


@attrs.frozen
class HandOver:
    """
    An item that a supervisor took from an agent.

    Attributes:
        account: Which.
        before: From whom.
        to: To whom; empty when it went back to the list.
        by: Id of the supervisor.
        reason: Why, in the host's codes.
        at: When.
    """

    account: AccountId
    before: str
    to: str
    by: str
    reason: str
    at: datetime


@attrs.frozen
class Leases:
    """
    What is leased and done on one day.

    Attributes:
        held: Leases by account, those that are over among them until somebody else takes the item.
        done: Accounts that were completed.
        skips: In order.
        taken: How many leases were given, which makes tokens differ.
        skips_max: How often an agent may skip.
        handed_over: What supervisors took from agents, in order.
    """

    held: Mapping[AccountId, Lease] = attrs.field(factory=dict)
    done: frozenset[AccountId] = frozenset()
    skips: tuple[Skip, ...] = ()
    taken: int = 0
    skips_max: int = 10
    handed_over: tuple[HandOver, ...] = ()

    def live(self, at: datetime) -> tuple[Lease, ...]:
        """Return the leases that are not over."""
        return tuple(lease for lease in self.held.values() if at < lease.until)

    def to_text(self) -> str:
        """Return it as JSON, to be kept in any store under one version; instants are kept to the microsecond, in UTC."""
        held = [[lease.account, lease.agent, lease.token, _text(lease.until)] for lease in self.held.values()]
        skips = [[one.account, one.agent, one.reason, _text(one.at)] for one in self.skips]
        over = [[one.account, one.before, one.to, one.by, one.reason, _text(one.at)] for one in self.handed_over]
        return json.dumps([held, sorted(self.done), skips, self.taken, self.skips_max, *([over] if over else [])])

    @classmethod
    def of_text(cls, text: str) -> Leases:
        """
        Read what `to_text` wrote.

        Raises:
            ValidationError: It is no such text; nothing was read.
        """
        try:
            held, done, skips, taken, most, *more = json.loads(text)
            (over,) = more or ([],)
            leases = [Lease(AccountId(account), agent, token, datetime.fromisoformat(until)) for account, agent, token, until in held]
            given_back = tuple(Skip(AccountId(account), agent, reason, datetime.fromisoformat(at)) for account, agent, reason, at in skips)
            moved = tuple(
                HandOver(AccountId(one), before, to, by, why, datetime.fromisoformat(on)) for one, before, to, by, why, on in over
            )
            completed, counts = frozenset(map(AccountId, done)), (operator.index(taken), operator.index(most))
        except (ValueError, TypeError) as error:
            raise ValidationError(f"it is no text of leases: {error}; nothing was read") from error
        return cls({lease.account: lease for lease in leases}, completed, given_back, *counts, moved)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def claim(
    leases: Leases, order: Sequence[AccountId], agent: str, at: datetime, *, minutes: int = 15, handler: Handler | None = None
) -> tuple[Leases, Lease] | Refusal[LeaseReason]:
    """
    Give an agent the first item that nobody has.

    Args:
        leases: What is leased.
        order: The worklist, most pressing first.
        agent: Who asks.
        at: The present instant; aware.
        minutes: How long the lease lasts; no longer than the shift of *handler*.
        handler: Who the agent is, for its shifts; None: it may work at any time.

    Raises:
        ValidationError: A lease of no time, or a naive instant; nothing was leased.
    """
    require_aware(at, "nothing was leased")
    if minutes < 1:
        raise ValidationError(f"a lease lasts a minute at least, got {minutes}; nothing was leased")
    ends_at = at + timedelta(minutes=minutes)
    if handler is not None:
        shift_ends_at = handler.shift_ends_at(at)
        if shift_ends_at is None:
            return Refusal(LeaseReason.OFF_SHIFT, f"{agent} has no shift at {at.isoformat()}", "nothing was leased")
        ends_at = min(ends_at, shift_ends_at)
    live = leases.live(at)
    if any(lease.agent == agent for lease in live):
        return Refusal(LeaseReason.HAS_ONE, f"{agent} has an item already; complete it or give it back", "nothing was leased")
    busy = {lease.account for lease in live}
    skipped = {skip.account for skip in leases.skips if skip.agent == agent}
    account = next((one for one in order if one not in busy and one not in leases.done and one not in skipped), None)
    if account is None:
        return Refusal(LeaseReason.NOTHING_LEFT, "nothing is left that this agent may take", "nothing was leased")
    lease = Lease(account, agent, f"{account}/{leases.taken + 1}", ends_at)
    return attrs.evolve(leases, held={**leases.held, account: lease}, taken=leases.taken + 1), lease


def complete(leases: Leases, token: str, at: datetime) -> Leases | Refusal[LeaseReason]:
    """Record that an item was worked; it is not given out again."""
    lease = _found(leases, token, at)
    if isinstance(lease, Refusal):
        return lease
    return attrs.evolve(leases, held=_without(leases, lease), done=leases.done | {lease.account})


def extend(leases: Leases, token: str, at: datetime, *, minutes: int = 15) -> tuple[Leases, Lease] | Refusal[LeaseReason]:
    """Give an agent who is still at it more time, counted from now."""
    lease = _found(leases, token, at)
    if isinstance(lease, Refusal):
        return lease
    longer = attrs.evolve(lease, until=max(lease.until, at + timedelta(minutes=minutes)))
    return attrs.evolve(leases, held={**leases.held, lease.account: longer}), longer


def skip(leases: Leases, token: str, at: datetime, *, reason: str) -> Leases | Refusal[LeaseReason]:
    """
    Give an item back undone; it is counted, and does not come to the same agent again on that day.

    Raises:
        ValidationError: Without a reason; nothing was given back.
    """
    if not reason:
        raise ValidationError("skipping an item needs a reason; nothing was given back")
    lease = _found(leases, token, at)
    if isinstance(lease, Refusal):
        return lease
    if sum(one.agent == lease.agent for one in leases.skips) >= leases.skips_max:
        return Refusal(LeaseReason.SKIPS_SPENT, f"{lease.agent} has skipped {leases.skips_max} times", "the item stays where it is")
    gone = Skip(lease.account, lease.agent, reason, at)
    return attrs.evolve(leases, held=_without(leases, lease), skips=(*leases.skips, gone))


def hand_over(
    leases: Leases, account: str, to: str, at: datetime, *, by: str, reason: str, minutes: int = 15, handler: Handler | None = None
) -> tuple[Leases, Lease] | Refusal[LeaseReason]:
    """
    Give an item that an agent has to another one, under a new token: with the old one nothing can be done any more.

    Args:
        leases: What is leased.
        account: Which item.
        to: Who is to have it; they must have no other, and not have given it back before.
        at: The present instant; aware.
        by: Id of the supervisor.
        reason: Why, in the host's codes.
        minutes: How long the new lease lasts; no longer than the shift of *handler*.
        handler: Who *to* is, for its shifts; None: it may work at any time.

    Raises:
        ValidationError: Without a supervisor or a reason, a lease of no time, or a naive instant; nothing was changed.
    """
    _by_whom(by, reason, at)
    held = next((lease for lease in leases.live(at) if lease.account == account), None)
    if held is None:
        return Refusal(LeaseReason.NOT_LEASED, "nobody has it; change the order of the list instead", "nothing was changed")
    if held.agent == to:
        return Refusal(LeaseReason.SAME_AGENT, f"{to} has it already", "nothing was changed")
    freed = attrs.evolve(leases, held=_without(leases, held))
    given = claim(freed, [held.account], to, at, minutes=minutes, handler=handler)
    if isinstance(given, Refusal):
        return given
    after, lease = given
    told = HandOver(lease.account, held.agent, to, by, reason, at)
    return attrs.evolve(after, handed_over=(*leases.handed_over, told)), lease


def take_back(leases: Leases, accounts: Iterable[str], at: datetime, *, by: str, reason: str) -> Leases:
    """
    End the leases on these accounts, as after their reassignment: their tokens are worth nothing, and whoever may takes them next.

    Raises:
        ValidationError: Without a supervisor or a reason, or a naive instant; nothing was changed.
    """
    _by_whom(by, reason, at)
    wanted = set(accounts)
    gone = [lease for lease in leases.live(at) if lease.account in wanted]
    left = {account: lease for account, lease in leases.held.items() if account not in wanted}
    told = [HandOver(lease.account, lease.agent, "", by, reason, at) for lease in gone]
    return attrs.evolve(leases, held=left, handed_over=(*leases.handed_over, *told))


def _by_whom(by: str, reason: str, at: datetime) -> None:
    require_aware(at, "nothing was changed")
    if not by or not reason:
        raise ValidationError("whoever takes an item from an agent says who they are and why; nothing was changed")


def _found(leases: Leases, token: str, at: datetime) -> Lease | Refusal[LeaseReason]:
    require_aware(at, "nothing was changed")
    lease = next((one for one in leases.held.values() if one.token == token), None)
    if lease is None:
        return Refusal(LeaseReason.NOT_YOURS, "no lease has that token, or somebody else has the item since", "nothing was changed")
    if at >= lease.until:
        return Refusal(LeaseReason.OVER, f"the lease was over at {lease.until.isoformat()}", "nothing was changed")
    return lease


def _without(leases: Leases, lease: Lease) -> dict[AccountId, Lease]:
    return {account: held for account, held in leases.held.items() if account != lease.account}
