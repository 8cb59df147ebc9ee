"""Calls and visits on a list: whether one may still be made, and what came of it.

Whatever stands on a list has spent its budgets and counts as made, so that a list that is lost can never lead to one call too
many. The report about it gives back what was not attempted, and tells the history of contacts what came of the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.core import fingerprint
from collectkit._kit.rechecking import Rechecking
from collectkit._kit.settling import Settling
from collectkit.calendars.dates import require_aware
from collectkit.compliance import plausible_regions, review
from collectkit.errors import UnknownIdError
from collectkit.person import ContactSettled
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import Dispatch, DispatchState, not_attempted
from collectkit.servicing.hand_work import LISTED, OUTCOMES, HandFault, HandFaulted, HandReport, HandResult, HandWork
from collectkit.servicing.switches import STREAM, switchboard

_RESULT = "hand-result"


@decided_again
class Listed(Settling, Rechecking):
    """What a host asks and tells about its lists."""

    def may_be_made(self, id: str, *, at: datetime) -> bool:
        """
        Tell whether a call or visit that stands on a list may be made at *at*; a dialer asks just before each.

        It may not when its time is over, a result came for it, the person asked for contact to cease, nothing is owed any
        more, a kill switch is on, a hold or an agreement stops it, or anything else forbids it now: the law is asked anew, this
        contact itself left aside.

        Raises:
            UnknownIdError: No contact has that id.
        """
        require_aware(at)
        with self._view() as unit:
            row = unit.dispatch(id)
            if row is None:
                raise UnknownIdError(f"no contact {id!r} is on the book; do not make it, nothing was permitted")
            if not _stands(row) or unit.recall(_RESULT, row.id) is not None:
                return False
            if (row.begun_at is not None and at < row.begun_at) or (row.expires_at is not None and at > row.expires_at):
                return False
            proposal = row.proposal
            person = self._person_standing(unit, proposal.person, self.business_date(at))
            owed = any(s.account in proposal.accounts and s.closed_on is None and s.outstanding_minor for s in person.accounts)
            others = tuple(contact for contact in person.facts.contacts if contact.message != row.id)
            asked = attrs.evolve(person, facts=attrs.evolve(person.facts, contacts=others))
            stopped = switchboard(unit.bodies(STREAM)).against(proposal, plausible_regions(person.consumer)) is not None
            verdict = review(proposal, asked, self.parts.rules, at, unknown=self.policy.law.unknown)
            permitted = verdict.permissible and verdict.point == row.point and not self._come_between(row, person)
            return owed and not stopped and permitted

    def report_hand_work(self, works: Iterable[HandWork], *, at: datetime) -> HandReport:
        """
        Take in what came of calls and visits that stood on a list; each report stands alone, and the same again changes nothing.

        What was not attempted gives back what it had spent and is no contact. An attempt that was too late, or made by an old
        list, counts as a contact all the same and is told in `HandReport.faults`: it was made without permission.

        Args:
            works: One a row.
            at: The present instant; aware.
        """
        report = HandReport()
        for work in works:
            report = self._take_hand_work(work, report, at)
        return report

    def hand_result(self, id: str) -> tuple[HandResult, str] | None:
        """Return what came of a call or visit, with the reference of its recording; None before it was told."""
        with self._view() as unit:
            seen = unit.recall(_RESULT, id)
        if seen is None:
            return None
        result, recording = json.loads(seen.answer)
        return HandResult(result), str(recording)

    def _take_hand_work(self, work: HandWork, report: HandReport, at: datetime) -> HandReport:
        with self._unit() as unit:
            row = unit.dispatch(work.id)
            if row is None or row.proposal.channel not in LISTED:
                return _against(report, work, HandFault.UNKNOWN)
            row = self._locked(unit, work.id, "nothing was recorded")
            seen = unit.recall(_RESULT, work.id)
            if seen is not None:
                same = seen.fingerprint == fingerprint(work)
                return attrs.evolve(report, repeated=report.repeated + 1) if same else _against(report, work, HandFault.TAKEN_BEFORE)
            if not _stands(row):
                return _against(report, work, HandFault.UNKNOWN)
            fault = self._fault(row, work)
            if work.result is HandResult.NOT_ATTEMPTED:
                # Of an old list it says nothing about the new one.
                after = row if fault is HandFault.OTHER_PERMIT else not_attempted(row, at=at)
                if isinstance(after, Refusal) or after is row:
                    return _against(report, work, fault or HandFault.TAKEN_BEFORE)
                self._close(unit, row, after, at)
                report = attrs.evolve(report, given_back=report.given_back + 1)
            else:
                settled = ContactSettled(row.id, OUTCOMES[work.result], work.at)
                self._record_person(unit, self._context(at, f"hand-work/{row.id}"), row.proposal.person, [settled])
                report = attrs.evolve(report, attempted=report.attempted + 1)
                report = report if fault is None else _against(report, work, fault)
            unit.remember(_RESULT, work.id, fingerprint(work), json.dumps([work.result.value, work.recording]))
            # What the next night may plan has changed.
            self._wake(unit, row.proposal.person, self.business_date(at))
        return report

    def _fault(self, row: Dispatch, work: HandWork) -> HandFault | None:
        if work.permit and work.permit != row.permit:
            return HandFault.OTHER_PERMIT
        attempted = work.result is not HandResult.NOT_ATTEMPTED
        return HandFault.TOO_LATE if attempted and row.expires_at is not None and work.at > row.expires_at else None


def _stands(row: Dispatch) -> bool:
    return row.proposal.channel in LISTED and row.state in (DispatchState.SENT, DispatchState.UNKNOWN)


def _against(report: HandReport, work: HandWork, fault: HandFault) -> HandReport:
    return attrs.evolve(report, faults=(*report.faults, HandFaulted(work, fault)))
