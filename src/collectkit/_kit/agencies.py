"""Agencies' files on the book: what is told to an agency, and what an agency tells, row by row, under its mandate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs

from collectkit._kit.accounts import Accounts
from collectkit._kit.core import account_stream, person_stream
from collectkit._kit.postings import Postings
from collectkit._kit.selling import Selling
from collectkit._kit.together import together
from collectkit._kit.trying import Trying
from collectkit.allocation import (
    Handler,
    RecallNotice,
    lifecycle,
    recall_notice,
)
from collectkit.allocation.agency_files import AgencyFile, FileKind, FileReason, RowFault, Taken, with_faults
from collectkit.calendars.dates import zone
from collectkit.calendars.periods import require_period
from collectkit.court import suits_of
from collectkit.errors import ValidationError
from collectkit.facts import AccountFacts, placement_on
from collectkit.holds import holds_in
from collectkit.identifiers import AccountId, apart, derived
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.person import Consumer, Contact, fold_person
from collectkit.placement import AccountRecalled, PlacementState, RecallAnnounced
from collectkit.refusals import Refusal
from collectkit.servicing.instructing import Row, instruction_rows
from collectkit.standing import Standing
from collectkit.storage.store import Unit

_ROWS_TOGETHER: Final = 100


@attrs.frozen
class FileLog:
    """
    A file of an agency that was taken.

    Attributes:
        kind: What it was about.
        id: The file's id.
        number: Its place in the row of that agency's files of this kind.
        at: When it was taken.
        rows: How many rows kept to the contract.
        faults: Refused rows, each with its place, the account it names, and why: work after a recall is among them.
    """

    kind: FileKind
    id: str
    number: int
    at: datetime
    rows: int
    faults: tuple[tuple[int, str, str], ...]

    def to_text(self) -> str:
        """Return it as it is kept."""
        return json.dumps([self.kind.value, self.id, self.number, self.at.isoformat(), self.rows, self.faults])

    @classmethod
    def of_text(cls, text: str) -> FileLog:
        """Read what `to_text` wrote."""
        kind, id, number, at, rows, faults = json.loads(text)
        return cls(FileKind(kind), id, number, datetime.fromisoformat(at), rows, tuple((place, name, why) for place, name, why in faults))


_TAKEN = frozenset({FileKind.ACKNOWLEDGEMENT, FileKind.ACTIVITY, FileKind.PAYMENT, FileKind.CLOSURE, FileKind.BUY_BACK})


def _told(taken: Taken) -> tuple[tuple[int, str, str], ...]:
    return tuple((fault.row, fault.values.get("account", ""), fault.reason) for fault in taken.faults)


def _log(agency: str) -> str:
    return f"agency-file/{agency}"


class Agencies(Accounts, Postings, Selling, Trying):
    """The two directions of an agency's files."""

    def _facts_and_consumers(self, unit: Unit, standings: Sequence[Standing]) -> list[tuple[AccountFacts, Consumer]]:
        return [(self._load(unit, s.account).facts, self._reachable(unit, self._consumer(unit, s.person))) for s in standings]

    def placement_file(self, agency: str, *, first: date, last: date, id: str, number: int) -> AgencyFile:
        """
        Return the file of the accounts that an agency was given in a period and still has.

        Args:
            agency: Which handler.
            first: First day of the placements, inclusive.
            last: Last day, inclusive; also the day of the standings in it.
            id: The file's id.
            number: Its place in the row of this agency's placement files.

        Raises:
            TimeError: The last day is before the first.
        """
        require_period(first, last, "no file was made")
        rows = []
        handlers = {handler.id: handler for handler in self.policy.allocation.handlers}

        def given(standing: Standing) -> bool:
            return standing.handler == agency and standing.placed_on is not None and first <= standing.placed_on <= last

        for standing, (facts, consumer) in self._standings_with(self._facts_and_consumers, self._on(last), wanted=given):
            assert standing.placed_on is not None
            held = lifecycle(facts.moves, facts.progress, handlers)
            rows.append(
                {
                    "account": standing.account,
                    "person": standing.person,
                    "placed_on": standing.placed_on.isoformat(),
                    "currency": standing.currency,
                    "outstanding_minor": str(standing.outstanding_minor),
                    "past_due_minor": str(standing.past_due_minor),
                    "days_past_due": str(standing.days_past_due),
                    "product": standing.product,
                    "region": consumer.region,
                    "language": consumer.locale.partition("_")[0],
                    "stage": held[-1].stage.value if held else "",
                }
            )
        return AgencyFile(FileKind.PLACEMENT, agency, id, number, last, rows)

    def instruction_file(self, agency: str, *, on: date, id: str, number: int) -> AgencyFile:
        """
        Return the file of what an agency must know of the people of all accounts that it has: stops, times, places, holds, notices.

        It is whole and replaces the one before. Stops reach whatever the book itself plans at once; this is how they reach an agency that
        calls from lists of its own.

        Args:
            agency: Which handler.
            on: The day; what is asked for or served later does not stand in it.
            id: The file's id.
            number: Its place in the row of this agency's instruction files.
        """
        day, place, rows = self._on(on), zone(self.policy.zone), []

        def known(unit: Unit, standings: Sequence[Standing]) -> list[list[Row]]:
            people = unit.bodies_of(sorted({person_stream(standing.person) for standing in standings}))
            found = []
            for standing in standings:
                bodies, facts = people.get(person_stream(standing.person), []), self._load(unit, standing.account).facts
                holds = (holds_in(bodies), (facts.holds, facts.lifted))
                found.append(instruction_rows(standing.account, fold_person(standing.person, bodies), holds, day, place))
            return found

        for _, told in self._standings_with(known, day, wanted=lambda standing: standing.handler == agency):
            rows += told
        return AgencyFile(FileKind.INSTRUCTION, agency, id, number, on, rows)

    def recall_file(self, agency: str, *, on: date, id: str, number: int, first: date | None = None) -> AgencyFile:
        """
        Return the file of the accounts that were taken back from an agency, and of those it is given notice of.

        A recall stands in the file of the day on which it begins or, where it was dated back, of the day on which it was recorded: so
        each stands in one of the files of consecutive periods, whatever was sent before.

        Args:
            agency: From which handler.
            on: Last day of the period, inclusive; also the day by which notice is worked out.
            id: The file's id.
            number: Its place in the row of this agency's recall files.
            first: First day of the period, inclusive; None: *on* alone.

        Raises:
            TimeError: *on* is before the first day.
        """
        since = on if first is None else first
        require_period(since, on, "no file was made")
        handler = next((known for known in self.policy.allocation.handlers if known.id == agency), None)
        rows = []

        def wanted(standing: Standing) -> bool:
            # A standing is built when something is recorded, and holds until the day before the next move: one that was built before the
            # period and still holds saw no recall in it.
            return standing.handler == agency or standing.as_of >= since

        def gone(unit: Unit, standings: Sequence[Standing]) -> list[list[AccountRecalled]]:
            left = [standing.account for standing in standings if standing.handler != agency]
            told = self._recalls_of(unit, left, agency)
            return [[b for b, day in told.get(standing.account, ()) if since <= day <= on] for standing in standings]

        for standing, recalled in self._standings_with(gone, self._on(on), wanted=wanted):
            notice = self._recall_notice(standing, handler, on) if handler is not None else None
            if notice is not None:
                rows.append({"account": standing.account, "on": notice.on.isoformat(), "reason": notice.reason, "stop_at_once": "no"})
            for body in recalled:
                rows.append({"account": body.account, "on": body.on.isoformat(), "reason": body.reason, "stop_at_once": "yes"})
        return AgencyFile(FileKind.RECALL, agency, id, number, on, rows)

    def _recall_notice(self, standing: Standing, handler: Handler, on: date) -> RecallNotice | None:
        """Tell whether a handler must be told of a recall; of an account that stays for a suit it is told nothing."""
        notice = recall_notice(standing, handler, on)
        if notice is None or not handler.waits_for_suits:
            return notice
        with self._view() as unit:
            suits = suits_of(self._load(unit, standing.account).facts.court)
        return recall_notice(standing, handler, on, in_court=any(suit.state.in_court for suit in suits))

    def _recalls_of(self, unit: Unit, accounts: Sequence[AccountId], agency: str) -> dict[AccountId, list[tuple[AccountRecalled, date]]]:
        """Return the recalls of accounts from an agency, each with the day on which it is told; those without any are left out."""
        found = {}
        of = {account_stream(account): account for account in accounts}
        for stream, bodies in unit.bodies_of(list(of)).items():
            if any(isinstance(body, AccountRecalled) and body.handler == agency for body in bodies):
                # As of most accounts there are none, few histories are read with who recorded what and when.
                found[of[stream]] = [
                    (envelope.body, max(envelope.body.on, self.business_date(envelope.context.at)))
                    for envelope in unit.history(stream)
                    if isinstance(envelope.body, AccountRecalled) and envelope.body.handler == agency
                ]
        return found

    def announce_recalls(self, agency: str, *, on: date, at: datetime) -> list[RecallAnnounced]:
        """
        Record that an agency was told which accounts it will have to give back: those with a notice in a recall file of that day.

        Each is told once for one placement and one day of recall; the same again records nothing.

        Args:
            agency: Which handler was told.
            on: The day by which notice is worked out.
            at: The present instant; aware.

        Returns:
            What was recorded, by account id.
        """
        handler = next((known for known in self.policy.allocation.handlers if known.id == agency), None)
        if handler is None:
            return []
        notices = [found for s in self.standings(as_of=on) if (found := self._recall_notice(s, handler, on)) is not None]
        told = []
        for notice in notices:
            with self._unit() as unit:
                loaded = self._load(unit, notice.account)
                held = placement_on(loaded.facts, on)
                since = held.since if held is not None else on
                if any((n.handler, n.on) == (notice.handler, notice.on) and n.told_on >= since for n in loaded.facts.notices):
                    continue
                event = RecallAnnounced(notice.account, notice.handler, notice.on, notice.reason, on)
                self._record(unit, self._context(at, f"announce/{notice.account}/{notice.on}"), loaded, [event])
                told.append(event)
        return told

    def take_agency_file(self, taken: Taken, *, at: datetime) -> Taken:
        """
        Put an agency's file on the book, row by row; what the book has against a row is added to its faults.

        A row about an account that the agency did not have on that day is refused: its mandate ends with the recall. A contact
        enters the history of the person and the caps of the account, as if we had made it. What was refused is kept in
        `agency_file_log`. Rows are written a hundred at a time, all of them or none, and are idempotent by the agency's own
        references, so that a file that was cut off can be taken again.

        Args:
            taken: As `collectkit.allocation.agency_files.read_file` returned it.
            at: The present instant; aware.
        """
        faults = []
        for first in range(0, len(taken.file.rows), _ROWS_TOGETHER):
            with together(self):
                for place, row in enumerate(taken.file.rows[first : first + _ROWS_TOGETHER], first + 1):
                    fault = self._take_row(taken.file, row, at)
                    if fault:
                        faults.append(RowFault(place, fault, row))
        done = with_faults(taken, faults)
        file = FileLog(taken.file.kind, taken.file.id, taken.file.number, at, len(taken.file.rows), _told(done))
        with self._unit() as unit:
            unit.save_run(_log(taken.file.agency), taken.file.id, file.to_text())
        return done

    def agency_file_log(self, agency: str) -> list[FileLog]:
        """Return what was taken from an agency's files and what was refused, by file id: the last time that each was taken."""
        with self._view() as unit:
            return [FileLog.of_text(text) for _, text in unit.runs(_log(agency))]

    def _take_row(self, file: AgencyFile, row: Mapping[str, str], at: datetime) -> str:
        """Take one row; return what stands against it, empty for nothing."""
        if file.kind not in _TAKEN:
            return f"{FileReason.NOT_FOR_US.value}: {file.kind.value} files go out or are worked out again, and are not taken"
        account, on = AccountId(row["account"]), self._day_of_row(file.kind, row)
        facts = self._facts(account)
        if facts is None:
            return "the account is not on the book"
        if file.kind is FileKind.BUY_BACK:
            if not facts.sales or facts.sales[-1].buyer != file.agency:
                return f"the account was not sold to {file.agency}"
        elif (held := placement_on(facts, on)) is None or held.handler != file.agency:
            return f"the account was not with {file.agency} on {on}"
        try:
            outcome = self._do_row(file, row, on, at)
        except ValidationError as error:
            return str(error)
        return f"{outcome.reason.value}: {outcome.detail}" if isinstance(outcome, Refusal) else ""

    def _day_of_row(self, kind: FileKind, row: Mapping[str, str]) -> date:
        if kind is FileKind.ACTIVITY:
            return self.business_date(datetime.fromisoformat(row["at"]))
        return date.fromisoformat(row["value_on" if kind is FileKind.PAYMENT else "on"])

    def _do_row(self, file: AgencyFile, row: Mapping[str, str], on: date, at: datetime) -> object:
        account = row["account"]
        match file.kind:
            case FileKind.ACKNOWLEDGEMENT if row["answer"] == "accepted":
                return self._advance(account, PlacementState.ACKNOWLEDGED, on, at, file.id)
            case FileKind.ACKNOWLEDGEMENT:
                return self.try_recall(account, on=on, reason="refused", at=at)
            case FileKind.ACTIVITY:
                contact = Contact(
                    self.standing(account, as_of=on).person,
                    datetime.fromisoformat(row["at"]),
                    row["channel"],
                    accounts=(account,),
                    outcome=row["outcome"],
                    direction=row["direction"],
                    collector=file.agency,
                )
                self.record_contact(contact, at=at, command_id=derived(apart(file.agency, "/"), row["reference"], before="agency/"))
                return self._advance(account, PlacementState.ACTIVE, on, at, file.id)
            case FileKind.PAYMENT:
                money = Money(int(row["amount_minor"]), row["currency"])
                id = self._payment_id(file.agency, row["payment"], account)
                if row["what"] == "reversal":
                    return self.try_reverse(Reversal(derived(id, after="/reversed"), account, id, on, row.get("reason", "")), at=at)
                return self.try_post(Payment(id, account, money, on, source="agency"), at=at)
            case FileKind.CLOSURE:
                return self.try_recall(account, on=on, reason=row["reason"], at=at)
            case FileKind.BUY_BACK:
                money = Money(int(row["collected_minor"]), row["currency"])
                return self.try_buy_back(account, on=on, reason=row["reason"], at=at, collected=money)
        raise AssertionError("unreachable")

    def _payment_id(self, agency: str, payment: str, account: str) -> str:
        """Return our id of an agency's payment: another one where a slash at another place makes it that of another agency's."""
        id = derived(agency, payment)
        if "/" in agency or "/" in payment:
            with self._view() as unit:
                known = unit.recall("payment", id) is not None
                if known and all(entry.id != id for entry in self._load(unit, account).facts.entries):
                    return derived(agency, payment, room=0)
        return id

    def _advance(self, account: str, to: PlacementState, on: date, at: datetime, file: str) -> object:
        """Move the placement on; one that is there already, or further, is no fault."""
        outcome = self.try_advance_placement(account, to, on=on, at=at, reason=f"file {file}")
        return None if isinstance(outcome, Refusal) and outcome.reason.value == "not_from_there" else outcome
