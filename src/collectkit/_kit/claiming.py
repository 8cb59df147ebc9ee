"""From a planned contact to one that is being handed over: reserve, then look again and begin.

Budgets are spent in the transaction that reserves, before anything leaves. A second transaction moves a contact into
SENDING only if nothing about its person, its accounts or the kill switches changed since, and its time is not over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

import attrs

from collectkit._kit.again import again
from collectkit._kit.ahead import reading_ahead
from collectkit._kit.aside import strikes_of
from collectkit._kit.core import account_stream, events_read, person_stream
from collectkit._kit.rechecking import Rechecking
from collectkit._kit.resolving import Resolutions, ask
from collectkit._kit.settling import Settling
from collectkit.actions import Permit, Proposal, Verdict
from collectkit.calendars.dates import zone
from collectkit.channels.channel import PERMIT_HEADER, Parcel, encode
from collectkit.channels.message import Message, compose, content_digest
from collectkit.compliance import judged_of, plausible_regions, plausible_zones, review, shared_spends
from collectkit.errors import ValidationError
from collectkit.facts import fold_account
from collectkit.identifiers import AccountId, PersonId
from collectkit.person_standing import PersonStanding
from collectkit.refusals import Refusal
from collectkit.servicing.asking import refusal_of
from collectkit.servicing.dispatch import REFUSED_BY, Dispatch, DispatchState, begin, permit_of, put_back, reserve
from collectkit.servicing.hand_work import LISTED
from collectkit.servicing.moments import wanted_moment
from collectkit.servicing.switches import STREAM, Switchboard, is_dropped, spread, switchboard
from collectkit.standing import Standing
from collectkit.storage.store import Unit
from collectkit.treatment.adjusting import adjusted

_STOPPED_PAUSE = timedelta(minutes=5)
"""A contact that a kill switch or a closed channel keeps is looked at again after so long."""

_ASIDE_PAUSE = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)
_ASKED_AHEAD = 2
"""So many times as many people are asked for as are claimed: another worker may take some of the contacts."""


@attrs.frozen
class Assignment:
    """
    One contact given to a worker, already in SENDING: hand it over now, once, and confirm what came of it.

    Attributes:
        id: Of the contact.
        fence: To be given back with the answer.
        parcel: What to hand over.
        answer_by: After this instant the contact counts as possibly made.
        hand_over_by: It must not be handed over later than this.
        versions: The streams it depends on, as they were when it was begun.
    """

    id: str
    fence: int
    parcel: Parcel
    answer_by: datetime
    hand_over_by: datetime
    versions: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class Held:
    """
    A reserved contact with what it would say, and the versions that were read.

    Attributes:
        dispatch: The reservation.
        parcel: What would be handed over.
        content: SHA-256 of the message.
        versions: Of each stream it depends on.
        until: Last instant at which it may be handed over.
    """

    dispatch: Dispatch
    parcel: Parcel
    content: str
    versions: tuple[tuple[str, int], ...]
    until: datetime


@attrs.frozen
class _Now:
    """What holds for all contacts of one claim."""

    at: datetime
    worker: str
    lease: timedelta
    board: Switchboard
    aside: frozenset[AccountId]
    switches: int
    resolutions: Resolutions


class Claiming(Settling, Rechecking):
    """Reserving contacts and beginning their hand-over."""

    def _claim(self, n: int, *, at: datetime, worker: str) -> tuple[list[Assignment], list[Dispatch], bool]:
        """Return what was begun, what was given up or put off, and whether others went back to the list at the last moment."""
        lease = timedelta(seconds=self.policy.dispatch.lease_seconds)
        held, others, unasked = self._reserve_some(n, at, worker, lease, self._resolutions(n, at))
        if not held:
            return [], others, unasked
        begun = self._begin_all(held, at, lease)
        sending = [(one, row) for one, row in zip(held, begun, strict=True) if row is not None and row.state is DispatchState.SENDING]
        return (
            [Assignment(row.id, row.fence, one.parcel, at + lease, one.until, one.versions) for one, row in sending],
            others,
            len(sending) < len(begun) or unasked,
        )

    def _resolutions(self, n: int, at: datetime) -> Resolutions:
        """Ask the host what the tokens of those stand for who are next; those of others are asked for next time."""
        resolver = self.parts.resolver
        if resolver is None:
            return Resolutions()
        with self._view() as unit:
            ids = dict.fromkeys(dispatch.proposal.person for dispatch in unit.ready(at, limit=n * _ASKED_AHEAD))
            consumers = [self._consumer(unit, id) for id in ids]
        return ask(resolver, self.parts.callers, self.tenant, consumers, seconds=self.policy.dispatch.timeout_seconds)

    @again
    def _reserve_some(
        self, n: int, at: datetime, worker: str, lease: timedelta, resolutions: Resolutions
    ) -> tuple[list[Held], list[Dispatch], bool]:
        """Return what was reserved, what was given up or put off, and whether somebody's tokens were not asked for."""
        with self._unit() as unit:
            ready = unit.ready(at, limit=n)
            aside = frozenset(s.account for s in strikes_of(unit, [account for row in ready for account in row.proposal.accounts]))
            now = _Now(at, worker, lease, self._board(unit), aside, unit.version(STREAM), resolutions)
            ahead = reading_ahead(unit, _about(ready))
            outcomes = [self._reserve(ahead, dispatch, now) for dispatch in ready]
            held = [outcome for outcome in outcomes if isinstance(outcome, Held)]
            unit.save_dispatches(one.dispatch for one in held)
        others = [outcome for outcome in outcomes if isinstance(outcome, Dispatch)]
        return held, others, len(held) + len(others) < len(outcomes)

    @again
    def _begin_all(self, held: Sequence[Held], at: datetime, lease: timedelta) -> list[Dispatch | None]:
        """Return what became of each reservation when it was looked at once more; None of one that is not ours any more."""
        with self._unit() as unit:
            streams = sorted({stream for one in held for stream, _ in one.versions})
            unit.lock(streams)
            versions = unit.versions(streams)
            ahead = reading_ahead(unit, contacts=[one.dispatch.id for one in held])
            begun = [self._begin(ahead, one, versions, at, lease) for one in held]
            unit.save_dispatches(row for row in begun if row is not None)
        return begun

    def _board(self, unit: Unit) -> Switchboard:
        return switchboard(unit.bodies(STREAM))

    def _reserve(self, unit: Unit, dispatch: Dispatch, now: _Now) -> Held | Dispatch | None:
        """
        Ask the law and the treatment once more, spend the budgets and write the message; or give the contact up, or put it off.

        None leaves it as it is: the host keeps its person's data and was not asked yet.
        """
        at, proposal = now.at, dispatch.proposal
        if dispatch.not_after is not None and at > dispatch.not_after:
            return self._drop(unit, dispatch, "it was not lawful in time", at)
        person = self._person_standing(unit, proposal.person, self.business_date(at))
        kept = self._keep_back(unit, dispatch, person, now)
        if kept is not None:
            return kept
        about = [s for s in person.accounts if s.account in proposal.accounts and s.closed_on is None and s.outstanding_minor]
        if not about:
            return self._drop(unit, dispatch, "nothing is owed any more", at, insist=False)
        if dispatch.copy == 1:
            # A copy says what the first said; any other contact is made in the words that the adjustments name by now.
            proposal = adjusted(proposal, person)
            dispatch = attrs.evolve(dispatch, proposal=proposal)
        if self._is_proven(unit, dispatch):
            return self._drop(unit, dispatch, "an earlier one arrived", at, insist=False)
        stored = person.consumer
        if self.parts.resolver is not None:
            if not now.resolutions.was_asked(stored):
                return None
            known = now.resolutions.put_in(stored)
            if known is None:
                return self._wait(unit, dispatch, at + _STOPPED_PAUSE, at)
            person = attrs.evolve(person, consumer=self._reachable(unit, known))
        verdict = review(proposal, person, self.parts.rules, at, unknown=self.policy.law.unknown)
        if not verdict.permissible:
            return self._put_off(unit, dispatch, person, verdict, at)
        stands_against = self._come_between(dispatch, person)
        if stands_against:
            return self._drop(unit, dispatch, stands_against, at, insist=False)
        until = self._until(verdict, dispatch)
        if until is not None and at > until:
            # The lawful hours are nearly over, and the channel could keep the message until they are.
            assert verdict.not_after is not None
            later = review(proposal, person, self.parts.rules, verdict.not_after + _INSTANT, unknown=self.policy.law.unknown)
            return self._put_off(unit, dispatch, person, later, at)
        name = self._point_name(stored, verdict.point)
        answered = verdict
        verdict = attrs.evolve(verdict, budgets=shared_spends(verdict.budgets, person.id, name))
        full = unit.spend(verdict.budgets)
        if full is not None:
            return self._drop(unit, dispatch, f"no room is left under {full.rule}", at)
        reserved = reserve(dispatch, attrs.evolve(verdict, not_after=until), worker=now.worker, at=at, lease=now.lease)
        message = self._written(unit, reserved, person, about[0].account, at)
        if isinstance(message, str):
            unit.refund(verdict.budgets)
            return self._drop(unit, dispatch, message, at)
        sender = self.policy.sender
        try:
            parcel = encode(
                message,
                sender.email,
                sender_name=sender.name,
                reply_to=sender.reply_to,
                at=at,
                not_after=verdict.not_after,
                copy=dispatch.copy,
            )
        except ValidationError as error:
            # One message that cannot be written must not keep the others at home.
            unit.refund(verdict.budgets)
            return self._drop(unit, dispatch, f"the message cannot be written: {error}", at)
        if proposal.channel in LISTED:
            # A list is taken up later: each row says itself until when it may be used, and by which reservation.
            ends_at = verdict.not_after or _end_of_day(self.business_date(at), self.policy.zone)
            reserved = attrs.evolve(reserved, expires_at=ends_at)
            parcel = attrs.evolve(parcel, not_after=ends_at, headers=(*parcel.headers, (PERMIT_HEADER, reserved.permit)))
        read = events_read(unit, unit.bodies(person_stream(person.id)))
        reserved = attrs.evolve(
            reserved, judged=judged_of(answered, person, self.parts.rules, read=read, wording=message.version, inline=not read)
        )
        versions = tuple((stream, unit.version(stream)) for stream in _streams_of(proposal))
        if self._may_be_copied(dispatch) and dispatch.copy == 1:
            reserved = attrs.evolve(reserved, written_on=self.business_date(at), versions=versions[1:])
        assert reserved.lease_until is not None
        return Held(reserved, parcel, content_digest(message), ((STREAM, now.switches), *versions), reserved.lease_until)

    def _keep_back(self, unit: Unit, dispatch: Dispatch, person: PersonStanding, now: _Now) -> Dispatch | None:
        """Return the contact put off or given up, when a kill switch, a closed channel or quarantine keeps it; else None."""
        proposal, later = dispatch.proposal, now.at + _STOPPED_PAUSE
        if now.board:
            regions = plausible_regions(person.consumer)
            switch = now.board.against(proposal, regions)
            if switch is not None:
                return self._wait(unit, attrs.evolve(dispatch, held_by=switch.id), later, now.at)
            lifted_at = now.board.waited(dispatch, regions)
            if lifted_at is not None:
                if is_dropped(dispatch, self.policy.dispatch.after_stop):
                    return self._drop(unit, dispatch, "its time passed while hand-overs were stopped", now.at, insist=False)
                moment = spread(dispatch.id, lifted_at, timedelta(minutes=self.policy.dispatch.spread_minutes))
                return self._wait(unit, attrs.evolve(dispatch, held_by=""), max(moment, lifted_at), now.at)
        if now.aside and not now.aside.isdisjoint(proposal.accounts):
            return self._wait(unit, dispatch, now.at + _ASIDE_PAUSE, now.at)
        if self.gateways.is_closed(proposal.channel):
            return self._wait(unit, dispatch, later, now.at)
        if proposal.weekdays:
            # Whoever hands over late must not fall on a day that is not wanted; an hour that has passed is no hindrance.
            wanted = wanted_moment(attrs.evolve(proposal, local_time=""), plausible_zones(person.consumer), now.at)
            return self._wait(unit, dispatch, wanted, now.at) if wanted > now.at else None
        return None

    def _wait(self, unit: Unit, dispatch: Dispatch, moment: datetime, at: datetime) -> Dispatch:
        waiting = put_back(dispatch, at=at, not_before=moment)
        unit.save_dispatches([waiting])
        return waiting

    def _until(self, verdict: Verdict, dispatch: Dispatch) -> datetime | None:
        """Return the last instant for the hand-over: a channel that cannot keep the end of the hours itself gets a margin."""
        if verdict.not_after is None or self.gateways.capabilities(dispatch.proposal.channel).not_after:
            return verdict.not_after
        return verdict.not_after - timedelta(seconds=self.policy.dispatch.margin_seconds)

    def _written(self, unit: Unit, reserved: Dispatch, person: PersonStanding, account: str, at: datetime) -> Message | str:
        """Return the message, or why there is none; a copy says what the first said, to the same point."""
        copied = reserved.copy > 1
        on = reserved.written_on if copied and reserved.written_on is not None else self.business_date(at)
        about = [s for s in person.accounts if s.account in reserved.proposal.accounts]
        if copied:
            about = self._as_written(unit, reserved, on)
            key = attrs.evolve(reserved.proposal, id=reserved.key)
            reserved = attrs.evolve(reserved, proposal=key)
        permit = permit_of(reserved)
        assert isinstance(permit, Permit)
        sender = self.policy.sender
        message = compose(
            permit,
            person.consumer,
            about,
            self.parts.templates,
            sender_name=sender.name,
            pay_url=sender.pay_url_for(account, person.id),
            phone=sender.phone,
            on=on,
            at=at,
        )
        if isinstance(message, Refusal):
            return str(message.reason.value)
        if copied and content_digest(message) != reserved.content:
            return "the first message cannot be written again in the same words"
        return message

    def _as_written(self, unit: Unit, dispatch: Dispatch, on: date) -> list[Standing]:
        """Return the standings from which the first message was written, from the events of that time alone."""
        read: Mapping[str, int] = dict(dispatch.versions)
        found = []
        for account in dispatch.proposal.accounts:
            stream = account_stream(account)
            facts = fold_account(unit.bodies(stream)[: read.get(stream, 0)])
            if facts is not None:
                found.append(self._standing_of(unit, facts, on))
        return found

    def _is_proven(self, unit: Unit, dispatch: Dispatch) -> bool:
        """Tell whether an earlier contact of the same notice was shown to have been made meanwhile."""
        earlier: Iterable[str] = {dispatch.key, dispatch.notice} - {"", dispatch.id}
        return any((row := unit.dispatch(id)) is not None and row.state is DispatchState.SENT for id in earlier)

    def _put_off(self, unit: Unit, dispatch: Dispatch, person: PersonStanding, verdict: Verdict, at: datetime) -> Dispatch:
        """Wait for the first lawful moment that is wanted when it comes in time; else give up, with evidence."""
        earliest = verdict.at if verdict.permissible else verdict.earliest_lawful_at
        if earliest is not None:
            earliest = wanted_moment(dispatch.proposal, plausible_zones(person.consumer), earliest)
        ends = [end for end in (dispatch.not_after, dispatch.due_by) if end is not None]
        if earliest is not None and earliest > at and all(earliest <= end for end in ends):
            return self._wait(unit, dispatch, earliest, at)
        read = events_read(unit, unit.bodies(person_stream(dispatch.proposal.person)))
        refusal = refusal_of(verdict, person, self.parts.rules, read=read)
        context = self._context(at, f"dispatch/{dispatch.id}")
        self._record_person(unit, context, dispatch.proposal.person, [refusal])
        return self._drop(unit, dispatch, REFUSED_BY + ", ".join(refusal.rules), at)

    def _begin(self, unit: Unit, held: Held, versions: Mapping[str, int], at: datetime, lease: timedelta) -> Dispatch | None:
        """Return one contact in SENDING, or back on the list when anything about it changed since it was reserved."""
        now = unit.dispatch(held.dispatch.id)
        if now is None or now.fence != held.dispatch.fence or now.state is not DispatchState.RESERVED:
            return None
        if not unchanged(held.versions, versions):
            unit.refund(now.budgets)
            return put_back(now, at=at)
        after = begin(now, fence=held.dispatch.fence, content=held.content, at=at, lease=lease)
        return None if isinstance(after, Refusal) else after


def unchanged(read: Iterable[tuple[str, int]], versions: Mapping[str, int]) -> bool:
    """Tell whether nothing was appended to streams since they were read; one that is not among the *versions* is empty."""
    return all(versions.get(stream, 0) == version for stream, version in read)


def _streams_of(proposal: Proposal) -> list[str]:
    """Return the streams that a contact depends on, that of its person in front."""
    return [person_stream(proposal.person), *map(account_stream, proposal.accounts)]


def _about(dispatches: Iterable[Dispatch]) -> dict[PersonId, list[AccountId]]:
    """Return the people of contacts, each with the accounts that they are about."""
    found: dict[PersonId, list[AccountId]] = {}
    for dispatch in dispatches:
        found.setdefault(dispatch.proposal.person, []).extend(dispatch.proposal.accounts)
    return found


def _end_of_day(day: date, zone_name: str) -> datetime:
    """Return the last second of a civil day, the last on which the caps of that day allow it."""
    return datetime.combine(day, time(23, 59, 59), zone(zone_name))
