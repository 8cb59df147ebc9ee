"""What whoever works an account must know of its person: stops, inconvenient times and places, holds, and notices that were served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from collectkit.holds import Hold, HoldLifted, in_force, lifts
from collectkit.identifiers import AccountId
from collectkit.person import PersonFacts, Preference

Row = dict[str, str]
"""One row of an instruction file: texts by column; what is left out is empty."""


def instruction_rows(
    account: AccountId, person: PersonFacts, holds: Sequence[tuple[Sequence[Hold], Sequence[HoldLifted]]], on: date, place: ZoneInfo
) -> list[Row]:
    """
    Return what stands on a day about one account, in the words of the gate: first what closes, then what was served.

    No reason of a hold, no evidence and no contact point leaves: an agency is told what it must do and not why.

    Args:
        account: Which account.
        person: What is on record of its person, merged records as one.
        holds: The holds on the person and on the account, each with those that were lifted.
        on: The day.
        place: The business zone, by which the day of an instant is told.
    """
    told = [*_stops(person), *_preferences(person.preferences), *_holds(holds, on), *_notices(account, person)]
    found = []
    for row in told:
        at = datetime.fromisoformat(row["at"]) if "at" in row else None
        day = row.get("on") or (at.astimezone(place).date().isoformat() if at is not None else "")
        if day <= on.isoformat():
            found.append({"account": account, "person": person.person, **row, "on": day})
    return found


def _stops(person: PersonFacts) -> Iterator[Row]:
    for stop in person.stops:
        for channel in stop.channels or ("",):
            yield {"about": "stop", "name": stop.reason, "at": stop.at.isoformat(), "channel": channel, "means": stop.means}


def _preferences(preferences: Iterable[Preference]) -> Iterator[Row]:
    for one in preferences:
        row = {"about": one.kind, "at": one.set_at.isoformat(), "channel": one.channel, "place": one.place}
        if one.kind == "inconvenient_time":
            row |= {"days": " ".join(map(str, one.days)), "starts": _clock(one.starts), "ends": _clock(one.ends)}
        yield row


def _holds(holds: Sequence[tuple[Sequence[Hold], Sequence[HoldLifted]]], on: date) -> Iterator[Row]:
    for placed, lifted in holds:
        for hold in in_force(placed, lifted, on):
            last = hold.last_on(lifts(lifted))
            yield {
                "about": "hold",
                "name": hold.kind.value,
                "on": hold.starts_on.isoformat(),
                "until": "" if last is None else last.isoformat(),
            }


def _notices(account: AccountId, person: PersonFacts) -> Iterator[Row]:
    for notice in person.notices:
        if account in notice.accounts:
            states = " ".join(notice.states or ())
            yield {"about": "notice", "name": notice.kind, "at": notice.served_at.isoformat(), "means": notice.means, "states": states}


def _clock(moment: time) -> str:
    return moment.isoformat(timespec="seconds")
