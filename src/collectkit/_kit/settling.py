"""What became of a contact: answers, reports that come later, evidence about doubts, and what an obligation then calls for.

Every one of these takes the same lock, the person's stream, and reads the row again inside it: what was known when the
other side was asked may have changed while it answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from collectkit._kit.again import again, decided_again
from collectkit._kit.ahead import reading_ahead
from collectkit._kit.core import person_stream
from collectkit._kit.gateways import Gateways
from collectkit._kit.noticing import MessageNotices
from collectkit.actions import ActJudged
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.outcomes import Accepted, DeliveryReport, Doubtful, HandOver, Rejected
from collectkit.errors import IdempotencyConflictError, RefusedError, UnknownIdError
from collectkit.events import Event
from collectkit.identifiers import CommandId, MessageId, PersonId, apart
from collectkit.person import NOT_MADE, Contact, ContactRecorded, ContactSettled, ContactStopped, Stop
from collectkit.refusals import Refusal
from collectkit.servicing.delivery import DeliveryReported, OrphanReport, reference_key, waiting_in
from collectkit.servicing.dispatch import (
    SPENT_STATES,
    Dispatch,
    DispatchReason,
    DispatchState,
    confirm,
    copy_of,
    expire,
    give_up,
    release,
    told,
)
from collectkit.servicing.notices import escalated, moved, on_channel, reachable, root_of
from collectkit.servicing.purposes import OBLIGATORY, AfterDoubt, after_doubt
from collectkit.storage.store import Unit

LOST_AT_ONCE = 100
_ARRIVES = frozenset({"sms", "email", "letter", "app_push"})
_TOLD_OUTCOME = {"delivered": "delivered", "complained": "delivered", "failed": "undeliverable", "not_taken": "undeliverable"}
_HANDED_OVER = frozenset({DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN, DispatchState.NOT_SENT})
_REFERENCE = "reference"
_ESCALATED = "escalated"


@decided_again
class Settling(MessageNotices):
    """Recording what became of contacts."""

    @property
    def gateways(self) -> Gateways:
        """The drivers of this kit, called with a deadline."""
        parts = self.parts
        return Gateways(parts.drivers, parts.outbox, parts.callers, self.policy.dispatch.timeout_seconds)

    def try_confirm(self, id: str, fence: int, answer: HandOver, *, at: datetime) -> Dispatch | Refusal[DispatchReason]:
        """Record what the other side answered to one contact; the same answer again changes nothing."""
        with self._unit() as unit:
            before = self._locked(unit, id, "the answer was not recorded")
            after = self._answered(unit, before, answer, fence, at)
            if not isinstance(after, Refusal):
                after = self._close(unit, before, after, at)
        return after

    def confirm(self, id: str, fence: int, answer: HandOver, *, at: datetime) -> Dispatch:
        """Record what the other side answered to one contact; the same answer again changes nothing."""
        outcome = self.try_confirm(id, fence, answer, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_release(self, id: str, fence: int, *, at: datetime) -> Dispatch | Refusal[DispatchReason]:
        """Give a claimed contact back whose hand-over did not start: it goes back to the list, and what it spent is given back."""
        with self._unit() as unit:
            before = self._locked(unit, id, "nothing was given back")
            after = release(before, fence=fence, at=at)
            if isinstance(after, Dispatch) and after is not before:
                unit.refund(before.budgets)
                unit.save_dispatches([after])
        return after

    def release(self, id: str, fence: int, *, at: datetime) -> Dispatch:
        """Give a claimed contact back whose hand-over did not start: it goes back to the list, and what it spent is given back."""
        outcome = self.try_release(id, fence, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def report_delivery(self, report: DeliveryReport, *, at: datetime) -> Dispatch | OrphanReport:
        """
        Take in what a channel tells later about a message; reports may come in any order, twice, and before the answer.

        Returns:
            The contact as it stands now, or an `OrphanReport` when no contact of this book is known under that reference: it
            is kept without effect, and takes effect if the contact's answer brings the reference later.

        Raises:
            IdempotencyConflictError: The report's id came with other content; nothing was changed.
        """
        context = self._context(at, f"delivery/{_short(report.channel, report.id)}")
        with self._unit() as unit:
            seen = self._once(unit, "delivery", CommandId(context.command), report)
            if seen == "other":
                raise IdempotencyConflictError("a delivery report of that id came with other content; nothing was changed")
            before = self._reported(unit, report)
            if before is None:
                if seen is None:
                    stream = _orphan_stream(report)
                    unit.append(context, {stream: (unit.version(stream), [DeliveryReported(report)])})
                return OrphanReport(report)
            return self._told(unit, before, report, at) if seen is None else before

    def orphan_reports(self, *, limit: int = 1000) -> list[DeliveryReport]:
        """Return delivery reports that no contact is known for, by reference."""
        found: list[DeliveryReport] = []
        after = ""
        with self._unit() as unit:
            while len(found) < limit and (streams := unit.streams("orphan/", after=after)):
                for stream in streams:
                    found += waiting_in(unit.bodies(stream))
                after = streams[-1]
        return found[:limit]

    def reconcile(self, *, at: datetime, limit: int = 1000) -> list[Dispatch]:
        """
        Ask channels that can be asked about every contact in doubt, and return those that are settled now.

        Only evidence settles a doubt: a channel that does not know or does not answer leaves it.
        """
        with self._unit() as unit:
            doubtful = unit.dispatches(state=DispatchState.UNKNOWN, limit=10_000)
        askable = [row for row in doubtful if self.gateways.capabilities(row.proposal.channel).lookup_by_ref][:limit]
        settled = []
        for row in askable:
            answer = self.gateways.look_up(row.proposal.channel, row.key or row.id)
            if not isinstance(answer, Accepted | Rejected):
                continue
            with self._unit() as unit:
                before = self._locked(unit, row.id, "the evidence was not recorded")
                if before.state is not DispatchState.UNKNOWN or before.fence != row.fence:
                    continue  # settled by somebody else while the channel was asked
                after = self._answered(unit, before, answer, row.fence, at)
                if isinstance(after, Dispatch):
                    settled.append(self._close(unit, before, after, at))
        return settled

    def _locked(self, unit: Unit, id: str, not_done: str) -> Dispatch:
        """Return a contact as it stands while nobody else can change it."""
        row = unit.dispatch(id)
        if row is None:
            raise UnknownIdError(f"no contact {id!r} is on the book; {not_done}")
        unit.lock([person_stream(row.proposal.person)])
        held = unit.dispatch(id)
        assert held is not None
        return held

    def _settle_lost(self, at: datetime) -> list[Dispatch]:
        """Settle contacts whose worker was lost: what never began goes back to the list, what may have gone out is in doubt."""
        settled: list[Dispatch] = []
        while (some := self._settle_some(at)) is not None:
            settled += some
        return settled

    @again
    def _settle_some(self, at: datetime) -> list[Dispatch] | None:
        """Settle the next lost contacts; return those in doubt now, or None when there is nothing left to settle."""
        settled = []
        with self._unit() as unit:
            lost = unit.lost(at, limit=LOST_AT_ONCE)
            unit.lock(sorted({person_stream(row.proposal.person) for row in lost}))
            for row in lost:
                before = unit.dispatch(row.id)
                assert before is not None
                after = expire(before, at=at)
                if after.state is DispatchState.PLANNED and after is not before:
                    unit.refund(before.budgets)
                    unit.save_dispatches([after])
                elif after is not before:
                    settled.append(self._close(unit, before, after, at))
        return settled if lost else None

    @again
    def _confirm_all(self, answers: Sequence[tuple[str, int, HandOver]], *, at: datetime) -> list[Dispatch]:
        done, ids = [], [id for id, _, _ in answers]
        with self._unit() as whole:
            unit = reading_ahead(whole, contacts=ids)
            rows = [unit.dispatch(id) for id in ids]
            unit.lock(sorted({person_stream(row.proposal.person) for row in rows if row is not None}))
            unit = reading_ahead(whole, contacts=ids)  # as they are now that nobody else can change them
            for id, fence, answer in answers:
                before = unit.dispatch(id)
                after = None if before is None else self._answered(unit, before, answer, fence, at)
                if before is not None and isinstance(after, Dispatch):
                    done.append(self._close(unit, before, after, at))
        return done

    def _answered(self, unit: Unit, before: Dispatch, answer: HandOver, fence: int, at: datetime) -> Dispatch | Refusal[DispatchReason]:
        """Take in an answer; a reference that another contact has already proves nothing."""
        channel = before.proposal.channel
        if isinstance(answer, Accepted) and answer.reference and self.gateways.capabilities(channel).promises_reference:
            known = unit.recall(_REFERENCE, reference_key(channel, answer.reference))
            if known is not None and known.answer != before.id:
                answer = Doubtful("the channel gave the reference of another message")
        return confirm(before, answer, fence=fence, at=at)

    def _close(self, unit: Unit, before: Dispatch, after: Dispatch, at: datetime) -> Dispatch:
        """
        Write an outcome: a contact possibly made joins the person's history, one certainly not made gives its budget back.

        Returns:
            The contact as it was written; reports that overtook the answer may have changed it.
        """
        if after is before:
            return before
        unit.save_dispatches([after])
        if after.state is DispatchState.NOT_SENT and before.state in SPENT_STATES:
            unit.refund(before.budgets)
        elif before.state is DispatchState.NOT_SENT and after.state in SPENT_STATES:
            unit.count(before.budgets)  # it took place after all, room or not
        events = self._history_of(unit, before, after, at)
        if events:
            events += self._notices_of(unit, after, self._outcome(after), at)
            self._record_person(unit, self._context(at, f"dispatch/{after.id}/{after.fence}"), after.proposal.person, events)
            if self.policy.asks_for_the_past:
                self._wake(unit, after.proposal.person, self.business_date(at))  # a step may wait for what became of the contact
        if after.reference and after.reference != before.reference:
            after = self._name(unit, after, at)
        if before.state is not after.state:
            self._follow_up(unit, after, at)
        return after

    def _history_of(self, unit: Unit, before: Dispatch, after: Dispatch, at: datetime) -> list[Event]:
        """Return what a transition adds to the person's history of contacts."""
        outcome = self._outcome(after)
        if after.state not in (DispatchState.SENT, DispatchState.UNKNOWN):
            recorded = before.state in (DispatchState.SENT, DispatchState.UNKNOWN)
            return [ContactSettled(after.id, NOT_MADE, at)] if recorded else []
        if before.state is DispatchState.SENDING or not self._is_recorded(unit, before):
            proposal = after.proposal
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
            why = [] if after.judged is None else [ActJudged(after.judged)]
            return [ContactRecorded(contact), *why]
        return [ContactSettled(after.id, outcome, at)] if outcome != self._outcome(before) else []

    def _is_recorded(self, unit: Unit, dispatch: Dispatch) -> bool:
        if dispatch.state in (DispatchState.SENT, DispatchState.UNKNOWN):
            return True
        bodies = unit.bodies(person_stream(dispatch.proposal.person))
        return any(isinstance(body, ContactRecorded) and body.contact.message == dispatch.id for body in bodies)

    def _outcome(self, dispatch: Dispatch) -> str:
        """Return what a contact came to in the words of the history of contacts."""
        if dispatch.state is DispatchState.NOT_SENT:
            return NOT_MADE
        if dispatch.delivery:
            return _TOLD_OUTCOME[dispatch.delivery]
        if dispatch.state is not DispatchState.SENT or dispatch.proposal.channel not in _ARRIVES:
            return "unknown"
        promised: Capabilities = self.gateways.capabilities(dispatch.proposal.channel)
        return "unknown" if promised.status_callbacks and not promised.sync_result else "delivered"

    # Reports that come later

    def _name(self, unit: Unit, dispatch: Dispatch, at: datetime) -> Dispatch:
        """Remember under which reference the other side knows a contact, and let reports that came before it take effect."""
        channel = dispatch.proposal.channel
        if not self.gateways.capabilities(channel).promises_reference:
            return dispatch
        key = reference_key(channel, dispatch.reference)
        if unit.recall(_REFERENCE, key) is None:
            unit.remember(_REFERENCE, key, hashlib.sha256(key.encode()).digest(), dispatch.id)
        stream = f"orphan/{_short(channel, dispatch.reference)}"
        waiting = waiting_in(unit.bodies(stream))
        if waiting:
            matched = [DeliveryReported(report, dispatch.id) for report in waiting]
            unit.append(self._context(at, f"dispatch/{dispatch.id}/{dispatch.fence}"), {stream: (unit.version(stream), matched)})
        for report in waiting:
            dispatch = self._told(unit, dispatch, report, at)
        return dispatch

    def _reported(self, unit: Unit, report: DeliveryReport) -> Dispatch | None:
        """Return the contact that a report is about, locked; None when it is not one of this book that was being handed over."""
        known = unit.recall(_REFERENCE, reference_key(report.channel, report.reference)) if report.reference else None
        id = report.message or (known.answer if known is not None else "")
        row = unit.dispatch(id) if id else None
        if row is None or row.proposal.channel != report.channel:
            return None
        held = self._locked(unit, row.id, "the report was not recorded")
        return held if held.state in _HANDED_OVER and held.begun_at is not None else None

    def _told(self, unit: Unit, before: Dispatch, report: DeliveryReport, at: datetime) -> Dispatch:
        after = told(before, report.status, at=at)
        if after is before:
            return before
        after = self._close(unit, before, after, at)
        if report.status == "complained":
            proposal = after.proposal
            stop = Stop(proposal.person, (proposal.channel,), report.at, means="complaint")
            self._record_person(
                unit, self._context(at, f"complaint/{_short(after.id, report.id)}"), proposal.person, [ContactStopped(stop)]
            )
        return after

    # Obligations

    def _drop(self, unit: Unit, dispatch: Dispatch, reason: str, at: datetime, *, insist: bool = True) -> Dispatch:
        """Give a contact up before it was handed over; what the law obliges us to give goes on, unless it became needless."""
        dropped = give_up(dispatch, reason, at=at)
        unit.save_dispatches([dropped])
        if insist:
            self._follow_up(unit, dropped, at)
        return dropped

    def _may_be_copied(self, dispatch: Dispatch) -> bool:
        proposal = dispatch.proposal
        return self._after_doubt(dispatch) is not AfterDoubt.NEVER_AGAIN or proposal.purpose in OBLIGATORY

    def _after_doubt(self, dispatch: Dispatch) -> AfterDoubt:
        proposal = dispatch.proposal
        promised = self.gateways.capabilities(proposal.channel)
        return after_doubt(proposal.purpose, proposal.channel, promised, retry_after=self._retry_after)

    @property
    def _retry_after(self) -> timedelta:
        return timedelta(minutes=self.policy.dispatch.retry_minutes)

    def _follow_up(self, unit: Unit, dispatch: Dispatch, at: datetime) -> None:
        """Do what the purpose calls for after a doubt or a failure: nothing, a copy under the same key, or insist."""
        what = self._after_doubt(dispatch)
        if what is AfterDoubt.UNTIL_PROVEN and dispatch.state in (DispatchState.UNKNOWN, DispatchState.NOT_SENT):
            self._insist(unit, dispatch, at)
        elif what is AfterDoubt.SAME_KEY and dispatch.state is DispatchState.UNKNOWN:
            lifetime = self.gateways.capabilities(dispatch.proposal.channel).idempotency_ttl
            assert lifetime is not None
            again_at = at + self._retry_after
            ends_at = (dispatch.begun_at or at) + lifetime
            if again_at < ends_at:
                last = min(ends_at - timedelta(microseconds=1), dispatch.not_after or ends_at)
                unit.save_dispatches([copy_of(dispatch, at=at, not_before=again_at, not_after=last)])

    def _insist(self, unit: Unit, dispatch: Dispatch, at: datetime) -> None:
        """Plan a copy of a notice in doubt, as long as there is time; else send it on to another channel, or to a person."""
        again_at = at + self._retry_after * 2 ** (dispatch.copy - 1)
        in_time = dispatch.due_by is None or again_at <= dispatch.due_by
        if dispatch.state is DispatchState.UNKNOWN and dispatch.copy < self.policy.dispatch.notice_copies and in_time:
            unit.save_dispatches([copy_of(dispatch, at=at, not_before=again_at, not_after=None)])
            return
        root = root_of(dispatch)
        channel = self._next_channel(unit, root, dispatch)
        key = f"{root}/{apart(channel, '/')}"
        if unit.recall(_ESCALATED, key) is not None:
            return
        unit.remember(_ESCALATED, key, hashlib.sha256(root.encode()).digest(), "")
        if channel:
            unit.save_dispatches([moved(dispatch, channel, at=at)])
        proposal = dispatch.proposal
        self._record_person(unit, self._context(at, f"escalate/{dispatch.id}"), proposal.person, [escalated(dispatch, channel, at=at)])

    def _next_channel(self, unit: Unit, root: MessageId, dispatch: Dispatch) -> str:
        """Return the first channel that the notice was not sent to and that can reach the person; empty when there is none."""
        first = unit.dispatch(root)
        tried = {dispatch.proposal.channel, *([first.proposal.channel] if first is not None else [])}
        consumer = self._consumer(unit, PersonId(dispatch.proposal.person))
        for channel in self.policy.dispatch.notice_channels:
            if channel in tried or unit.dispatch(on_channel(root, channel)) is not None or not reachable(consumer, channel):
                continue
            if self.parts.templates.find(dispatch.proposal.template, channel, consumer.locale) is not None:
                return channel
        return ""


def _short(*parts: str) -> str:
    """Return a short name for some texts of others, which may be of any length."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def _orphan_stream(report: DeliveryReport) -> str:
    return f"orphan/{_short(report.channel, report.reference or report.message)}"
