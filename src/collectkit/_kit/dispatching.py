"""Handing over what is lawful now: reserve, re-check, send, confirm.

Budgets are spent in the transaction that reserves, before anything leaves; a second transaction moves a contact into
SENDING only if nothing about its person or accounts changed since; the driver is called outside any transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from collectkit._kit.core import Core, account_stream, person_stream
from collectkit.actions import Permit, Verdict
from collectkit.calendars.dates import require_aware
from collectkit.channels.channel import Parcel, encode
from collectkit.channels.message import compose, content_digest
from collectkit.channels.outcomes import HandOver
from collectkit.compliance import review
from collectkit.drivers.guarded import guarded
from collectkit.errors import RefusedError, UnknownIdError, ValidationError
from collectkit.person import Contact, ContactRecorded
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import (
    Dispatch,
    DispatchReason,
    DispatchState,
    begin,
    confirm,
    expire,
    give_up,
    permit_of,
    put_back,
    reserve,
)
from collectkit.servicing.dispatch_report import DispatchReport, counted
from collectkit.servicing.night import refusal_of
from collectkit.storage.store import Unit

CLAIM_MAX = 100
_RECORDED_OUTCOME = {"sms": "delivered", "email": "delivered", "letter": "delivered", "app_push": "delivered"}


@attrs.frozen
class Assignment:
    """
    One contact given to a worker, already in SENDING: hand it over now, once, and confirm what came of it.

    Attributes:
        id: Of the contact.
        fence: To be given back with the answer.
        parcel: What to hand over.
        answer_by: After this instant the contact counts as possibly made.
    """

    id: str
    fence: int
    parcel: Parcel
    answer_by: datetime


@attrs.frozen
class _Held:
    """A reserved contact with what it would say, and the versions that were read."""

    dispatch: Dispatch
    parcel: Parcel
    content: str
    versions: tuple[tuple[str, int], ...]


class Dispatching(Core):
    """The hand-over of planned contacts."""

    def dispatch(self, *, at: datetime, worker: str, limit: int = CLAIM_MAX) -> DispatchReport:
        """
        Hand over planned contacts that are lawful at *at*, until none is left.

        Args:
            at: The present instant; aware. Hours, stops and caps are asked for it.
            worker: Id of the process that does it.
            limit: How many contacts may be under way at once; a crash leaves so many in doubt at the most.

        Returns:
            What became of each contact.
        """
        settled = self._settle_lost(_checked(at, worker))
        done: list[Dispatch] = []
        while True:
            assignments, others = self._claim(limit, at=at, worker=worker)
            done += others
            answers = [
                (assignment, guarded(self.parts.driver_for(assignment.parcel.channel), assignment.parcel)) for assignment in assignments
            ]
            done += self._confirm_all([(a.id, a.fence, answer) for a, answer in answers], at=at)
            if not assignments and not others:
                return counted([*settled, *done])

    def claim(self, n: int, *, at: datetime, worker: str) -> list[Assignment]:
        """
        Give up to *n* contacts to a host's own worker, which hands them over itself and calls `confirm`.

        What is not confirmed by its `answer_by` counts as possibly made.
        """
        return self._claim(n, at=_checked(at, worker), worker=worker)[0]

    def try_confirm(self, id: str, fence: int, answer: HandOver, *, at: datetime) -> Dispatch | Refusal[DispatchReason]:
        """Record what the other side answered to one contact."""
        with self._unit() as unit:
            dispatch = unit.dispatch(id)
            if dispatch is None:
                raise UnknownIdError(f"no contact {id!r} is on the book; the answer was not recorded")
            after = confirm(dispatch, answer, fence=fence, at=at)
            if not isinstance(after, Refusal):
                self._close(unit, dispatch, after, at)
        return after

    def confirm(self, id: str, fence: int, answer: HandOver, *, at: datetime) -> Dispatch:
        """Record what the other side answered to one contact."""
        outcome = self.try_confirm(id, fence, answer, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _settle_lost(self, at: datetime) -> list[Dispatch]:
        """Settle contacts whose worker was lost: what never began goes back to the list, what may have gone out is in doubt."""
        with self._unit() as unit:
            settled = []
            for before in unit.lost(at):
                after = expire(before, at=at)
                if after.state is DispatchState.PLANNED:
                    unit.refund(before.budgets)
                    unit.save_dispatches([after])
                elif after is not before:
                    self._close(unit, before, after, at)
                    settled.append(after)
        return settled

    def _claim(self, n: int, *, at: datetime, worker: str) -> tuple[list[Assignment], list[Dispatch]]:
        lease = timedelta(seconds=self.policy.dispatch.lease_seconds)
        with self._unit() as unit:
            outcomes = [self._reserve(unit, dispatch, at, worker, lease) for dispatch in unit.ready(at, limit=n)]
        held = [outcome for outcome in outcomes if isinstance(outcome, _Held)]
        others = [outcome for outcome in outcomes if isinstance(outcome, Dispatch)]
        with self._unit() as unit:
            begun = [(one, self._begin(unit, one, at, lease)) for one in held]
        assignments = [Assignment(d.id, d.fence, one.parcel, at + lease) for one, d in begun if d.state is DispatchState.SENDING]
        return assignments, others

    def _reserve(self, unit: Unit, dispatch: Dispatch, at: datetime, worker: str, lease: timedelta) -> _Held | Dispatch:
        """Ask the law once more, spend the budgets and write the message; or give the contact up, or put it off."""
        if dispatch.not_after is not None and at > dispatch.not_after:
            return self._drop(unit, dispatch, "it was not lawful in time", at)
        person = self._person_standing(unit, dispatch.proposal.person, self.business_date(at))
        about = [s for s in person.accounts if s.account in dispatch.proposal.accounts and s.closed_on is None and s.outstanding_minor]
        if not about:
            return self._drop(unit, dispatch, "nothing is owed any more", at)
        verdict = review(dispatch.proposal, person, self.parts.rules, at, unknown=self.policy.law.unknown)
        if not verdict.permissible:
            return self._put_off(unit, dispatch, verdict, at)
        full = unit.spend(verdict.budgets)
        if full is not None:
            return self._drop(unit, dispatch, f"no room is left under {full.rule}", at)
        reserved = reserve(dispatch, verdict, worker=worker, at=at, lease=lease)
        permit = permit_of(reserved)
        assert isinstance(permit, Permit)
        sender = self.policy.sender
        message = compose(
            permit,
            person.consumer,
            [s for s in person.accounts if s.account in dispatch.proposal.accounts],
            self.parts.templates,
            sender_name=sender.name,
            pay_url=sender.pay_url_for(about[0].account, person.id),
            phone=sender.phone,
            on=self.business_date(at),
            at=at,
        )
        if isinstance(message, Refusal):
            unit.refund(verdict.budgets)
            return self._drop(unit, dispatch, str(message.reason.value), at)
        try:
            parcel = encode(message, sender.email, sender_name=sender.name, reply_to=sender.reply_to, at=at)
        except ValidationError as error:
            # One message that cannot be written must not keep the others at home.
            unit.refund(verdict.budgets)
            return self._drop(unit, dispatch, f"the message cannot be written: {error}", at)
        unit.save_dispatches([reserved])
        streams = [person_stream(person.id), *(account_stream(a) for a in dispatch.proposal.accounts)]
        return _Held(reserved, parcel, content_digest(message), tuple((s, unit.version(s)) for s in streams))

    def _put_off(self, unit: Unit, dispatch: Dispatch, verdict: Verdict, at: datetime) -> Dispatch:
        """Wait for the first lawful moment when it comes in time; else give up, with evidence."""
        earliest = verdict.earliest_lawful_at
        if earliest is not None and earliest > at and (dispatch.not_after is None or earliest <= dispatch.not_after):
            later = put_back(dispatch, at=at, not_before=earliest)
            unit.save_dispatches([later])
            return later
        refusal = refusal_of(verdict)
        context = self._context(at, f"dispatch/{dispatch.id}")
        self._record_person(unit, context, dispatch.proposal.person, [refusal])
        return self._drop(unit, dispatch, f"refused by {', '.join(refusal.rules)}", at)

    def _drop(self, unit: Unit, dispatch: Dispatch, reason: str, at: datetime) -> Dispatch:
        dropped = give_up(dispatch, reason, at=at)
        unit.save_dispatches([dropped])
        return dropped

    def _begin(self, unit: Unit, held: _Held, at: datetime, lease: timedelta) -> Dispatch:
        """Move one contact into SENDING, or put it back when anything about it changed since it was reserved."""
        now = unit.dispatch(held.dispatch.id)
        if now is None or now.fence != held.dispatch.fence or now.state is not DispatchState.RESERVED:
            return held.dispatch
        if any(unit.version(stream) != version for stream, version in held.versions):
            unit.refund(now.budgets)
            later = put_back(now, at=at)
            unit.save_dispatches([later])
            return later
        after = begin(now, fence=held.dispatch.fence, content=held.content, at=at, lease=lease)
        if isinstance(after, Refusal):
            return now
        unit.save_dispatches([after])
        return after

    def _confirm_all(self, answers: Sequence[tuple[str, int, HandOver]], *, at: datetime) -> list[Dispatch]:
        done = []
        with self._unit() as unit:
            for id, fence, answer in answers:
                before = unit.dispatch(id)
                after = None if before is None else confirm(before, answer, fence=fence, at=at)
                if before is not None and isinstance(after, Dispatch):
                    self._close(unit, before, after, at)
                    done.append(after)
        return done

    def _close(self, unit: Unit, before: Dispatch, after: Dispatch, at: datetime) -> None:
        """Write an outcome: a contact possibly made joins the person's history, one certainly not made gives its budget back."""
        unit.save_dispatches([after])
        if after.state is DispatchState.NOT_SENT:
            unit.refund(before.budgets)
        elif before.state is DispatchState.SENDING:
            proposal = after.proposal
            outcome = _RECORDED_OUTCOME.get(proposal.channel, "unknown") if after.state is DispatchState.SENT else "unknown"
            contact = Contact(
                proposal.person,
                before.updated_at or at,
                proposal.channel,
                after.point,
                proposal.accounts,
                outcome,
                purpose=proposal.purpose,
                message=after.id,
                collector=proposal.handler or "",
            )
            self._record_person(unit, self._context(at, f"dispatch/{after.id}/{after.fence}"), proposal.person, [ContactRecorded(contact)])


def _checked(at: datetime, worker: str) -> datetime:
    """Return *at* when it is an instant and somebody is named who works."""
    if not isinstance(worker, str) or not worker:
        raise ValidationError(
            f"worker is the id of the process that hands over, a text that is not empty, got {worker!r}; nothing was handed over"
        )
    return require_aware(at)
