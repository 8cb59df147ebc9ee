"""Files in the demo: each Sunday what the week brought travels to the agencies, and their answers back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from collectkit.allocation.agency_files import AgencyFile, FileKind, Received, Taken, digest_of, read_file, write_file
from collectkit.allocation.strategies import stable_number
from collectkit.demo.agencies import AGENCIES
from collectkit.demo.people import instant
from collectkit.kit import Kit

SUNDAY: Final = 6
_CALLS: Final = (time(16, 5), time(18, 40), time(20, 15))


class Exchange:
    """
    The files of each week, and agencies that answer them.

    Args:
        kit: The book.
        agencies: Whose files travel.
    """

    def __init__(self, kit: Kit, agencies: tuple[str, ...] = AGENCIES) -> None:
        self._kit = kit
        self._agencies = agencies
        self._weeks = 0
        self._received: dict[str, Received] = {agency: Received() for agency in agencies}
        self.rows: Counter[str] = Counter()

    def night(self, day: date) -> None:
        """On a Sunday tell each agency what it was given or must give back, and take its answers."""
        if day.weekday() != SUNDAY:
            return
        self._weeks += 1
        for agency in self._agencies:
            monday, number = day - timedelta(days=6), self._weeks
            given = self._kit.placement_file(agency, first=monday, last=day, id=f"given-{number}", number=number)
            recall = self._kit.recall_file(agency, first=monday, on=day, id=f"recall-{number}", number=number)
            sent = read_file(write_file(given), agency)
            self.rows.update({"placement": len(given.rows), "recall": len(recall.rows)})
            if isinstance(sent, Taken) and sent.file.rows:
                self._answer(agency, sent.file, day)

    def _answer(self, agency: str, given: AgencyFile, day: date) -> None:
        """Let an agency acknowledge what it was given and report its calls; each skips about one account in eight."""
        accepted = [{"account": row["account"], "on": day.isoformat(), "answer": "accepted"} for row in given.rows]
        calls = [
            {
                "account": row["account"],
                "at": datetime.combine(day, _CALLS[place % len(_CALLS)], instant(day).tzinfo).isoformat(),
                "channel": "phone",
                "direction": "outbound",
                "outcome": "no_answer",
                "reference": f"{self._weeks}-{place}",
            }
            for place, row in enumerate(given.rows)
            if stable_number(f"{agency}/{row['account']}") % 8
        ]
        self._take(AgencyFile(FileKind.ACKNOWLEDGEMENT, agency, f"ack-{self._weeks}", self._weeks, day, accepted), day)
        self._take(AgencyFile(FileKind.ACTIVITY, agency, f"work-{self._weeks}", self._weeks, day, calls), day)

    def _take(self, file: AgencyFile, day: date) -> None:
        text = write_file(file, "json")
        taken = read_file(text, file.agency, self._received[file.agency])
        if not isinstance(taken, Taken):
            return
        done = self._kit.take_agency_file(taken, at=datetime.combine(day, time(23, 50), instant(day).tzinfo))
        before = self._received[file.agency]
        numbers: Mapping[FileKind, frozenset[int]] = {
            **before.numbers,
            file.kind: before.numbers.get(file.kind, frozenset()) | {file.number},
        }
        self._received[file.agency] = Received({**before.digests, file.id: digest_of(text)}, numbers)
        self.rows[file.kind.value] += len(done.file.rows)
        self.rows["refused"] += len(done.faults)
