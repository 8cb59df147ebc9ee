"""Our own people in the demo: on Wednesdays they call those who are late, as far as the law lets them, and take promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from collectkit.allocation.strategies import stable_number
from collectkit.arrangements.promises import Evidence, Promise
from collectkit.kit import Kit
from collectkit.money import Money
from collectkit.person.dispositions import Interaction
from collectkit.refusals import Refusal
from collectkit.standing import Standing

DESK: Final[Mapping[str, str]] = MappingProxyType({"agent-lee": "agent-lee", "ann": "team", "bob": "team"})
"""For which handler each of our people works."""
WEDNESDAY: Final = 2
CALLS_MOST: Final = 8
"""So many calls one of them makes on a Wednesday."""
PROMISE_DAYS: Final = 7
_HOUR: Final = time(18, 40)
_RESULTS: Final = ("no_answer", "no_answer", "no_answer", "voicemail_left", "voicemail_left", "refused", "promised", "promised")


class Desk:
    """
    The people who call.

    Args:
        kit: The book.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def night(self, day: date) -> None:
        """On a Wednesday let each of them call the latest of those that they have."""
        if day.weekday() != WEDNESDAY:
            return
        at, held = datetime.combine(day, _HOUR, UTC), dict[str, list[Standing]]()
        for standing in self._kit.standings(as_of=day):
            who = _caller(standing)
            if who and standing.past_due_minor and standing.promise_due_on is None:
                held.setdefault(who, []).append(standing)
        for who in sorted(held):
            for standing in sorted(held[who], key=lambda one: (-one.days_past_due, one.account))[:CALLS_MOST]:
                if self._kit.guidance(standing.account, at=at).may_call:
                    self._call(who, standing, at)

    def _call(self, who: str, standing: Standing, at: datetime) -> None:
        id = f"call/{standing.account}/{at.date()}"
        result = _RESULTS[stable_number(id) % len(_RESULTS)]
        promise = Promise(
            id,
            standing.account,
            Money(standing.past_due_minor, standing.currency),
            at.date() + timedelta(days=PROMISE_DAYS),
            at,
            channel="phone",
            evidence=Evidence(taken_by=who, right_party=True),
        )
        if result == "promised" and isinstance(self._kit.try_promise(promise, at=at), Refusal):
            result = "refused"
        named = promise.id if result == "promised" else None
        call = Interaction(id=id, account=standing.account, action="call", result=result, collector=who, promise=named)
        self._kit.record_interaction(call, at=at)


def _caller(standing: Standing) -> str:
    """Return who of our people has the account; of a team one by its id, so that it is always the same."""
    callers = [who for who, handler in DESK.items() if handler == standing.handler]
    return callers[stable_number(standing.account) % len(callers)] if callers else ""
