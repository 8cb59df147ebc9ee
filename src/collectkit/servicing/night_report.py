"""What a night did, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date

import attrs

_COUNTS = (
    "promises",
    "fees_minor",
    "fees_undone_minor",
    "fees_revived_minor",
    "fees_refused",
    "small_closed_minor",
    "small_reopened_minor",
    "planned",
    "refused",
    "decisions",
    "placed",
    "recalled",
    "spared",
    "faults",
)


class Tally:
    """The counts of a night while it runs; it survives a restart through `to_text` and `of_text`."""

    def __init__(self) -> None:
        self.accounts = 0
        self.people = 0
        self.set_aside = 0
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTS}

    def add(self, what: str, key: str, count: int = 1) -> None:
        """Count *count* more of *key*."""
        self.counts[what][key] += count

    def to_text(self) -> str:
        """Return the counts as JSON."""
        numbers = {"accounts": self.accounts, "people": self.people, "set_aside": self.set_aside}
        return json.dumps({**numbers, **{name: dict(sorted(counter.items())) for name, counter in self.counts.items()}}, sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> Tally:
        """Return the counts that `to_text` wrote."""
        held = json.loads(text)
        tally = cls()
        tally.accounts, tally.people, tally.set_aside = held["accounts"], held["people"], held["set_aside"]
        tally.counts = {name: Counter(held.get(name, {})) for name in _COUNTS}
        return tally


@attrs.frozen
class NightReport:
    """
    What a night did.

    Attributes:
        as_of: The business date.
        accounts: Accounts looked at: whose standing had expired, whose facts had changed, or that had a step due.
        people: People who owe them.
        set_aside: Accounts that could not be worked and are in quarantine.
        promises: Promises judged, by verdict.
        fees_minor: Late fees charged, minor units by currency.
        fees_undone_minor: Late fees taken back because the installment turned out to be paid in time or came back, minor units by currency.
        fees_revived_minor: Of those, asked again because a payment bounced, minor units by currency.
        fees_refused: Late fees that a cap left nothing of, by reason.
        small_closed_minor: Small balances given up, minor units by currency.
        small_reopened_minor: Of those given up earlier, taken back because the account is open again, minor units by currency.
        planned: Contacts planned, by channel.
        refused: Contacts refused by law, or because too little is owed, by rule.
        decisions: Freezes, thaws and tasks for the host to carry out, by kind.
        placed: Accounts placed, by handler.
        recalled: Accounts taken back, by reason.
        spared: Accounts left where they are although a term is over, by what it waits for.
        faults: What plugins did wrong, with the number of chunks that went on without them.
        already_done: The night of this date had been run before; nothing was done now.
    """

    as_of: date
    accounts: int
    people: int
    set_aside: int
    promises: Mapping[str, int]
    fees_minor: Mapping[str, int]
    fees_undone_minor: Mapping[str, int]
    fees_revived_minor: Mapping[str, int]
    fees_refused: Mapping[str, int]
    small_closed_minor: Mapping[str, int]
    small_reopened_minor: Mapping[str, int]
    planned: Mapping[str, int]
    refused: Mapping[str, int]
    decisions: Mapping[str, int]
    placed: Mapping[str, int]
    recalled: Mapping[str, int]
    spared: Mapping[str, int]
    faults: Mapping[str, int]
    already_done: bool = False

    @classmethod
    def of(cls, as_of: date, tally: Tally, *, already_done: bool = False) -> NightReport:
        """Return the report of what *tally* counted."""
        held = {name: dict(tally.counts[name]) for name in _COUNTS}
        return cls(as_of, tally.accounts, tally.people, tally.set_aside, **held, already_done=already_done)

    def summary(self) -> str:
        """Return the night in a few lines for a person."""
        done = " (had been run before; nothing was done now)" if self.already_done else ""
        lines = [f"night of {self.as_of}{done}: {self.accounts} accounts of {self.people} people looked at, {self.set_aside} set aside"]
        for title, counts in (
            ("promises judged", self.promises),
            ("late fees, minor units", self.fees_minor),
            ("late fees taken back", self.fees_undone_minor),
            ("late fees revived", self.fees_revived_minor),
            ("late fees refused by a cap", self.fees_refused),
            ("small balances given up, minor units", self.small_closed_minor),
            ("small balances taken back, minor units", self.small_reopened_minor),
            ("contacts planned", self.planned),
            ("contacts refused by law", self.refused),
            ("decisions for the host", self.decisions),
            ("accounts placed", self.placed),
            ("accounts taken back", self.recalled),
            ("terms that wait", self.spared),
            ("faults of plugins", self.faults),
        ):
            if counts:
                lines.append(f"  {title}: " + ", ".join(f"{key} {count}" for key, count in sorted(counts.items())))
        return "\n".join(lines)
