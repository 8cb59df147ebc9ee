"""Who runs a night, how far it has come, and who may go on: a lease with a fencing token, kept with the night's own progress.

Every chunk is committed together with the progress, and only by the holder of the newest token: two workers on one night
never both commit. A night that was killed goes on where its last commit left it.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from collectkit._checks import aware, day, given
from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal
from collectkit.servicing.night_report import Tally


class RunReason(Enum):
    """Why a run is not taken over or not gone on with."""

    HELD = "held"
    """Another worker holds it, and its lease is not over."""
    FENCED = "fenced"
    """Another worker has taken it over."""


@attrs.frozen
class Progress:
    """
    How far a run has come.

    Attributes:
        worker: Who holds it.
        token: Grows with each takeover; whoever has an older one has lost the run.
        until: When the lease ends.
        after: The last person who was worked.
        tally: What was counted so far.
    """

    worker: str
    token: int
    until: datetime
    after: str
    tally: Tally

    def to_text(self) -> str:
        """Return the progress as JSON."""
        micros = (self.until - _EPOCH) // _MICROSECOND
        held = {"worker": self.worker, "token": self.token, "until": micros, "after": self.after}
        return json.dumps({**held, "tally": json.loads(self.tally.to_text())}, sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> Progress:
        """Return the progress that `to_text` wrote; a release that kept the counts alone is read too."""
        held = json.loads(text)
        if "tally" not in held:
            return cls("", 0, _EPOCH, "", Tally.of_text(text))
        until = _EPOCH + held["until"] * _MICROSECOND
        return cls(held["worker"], held["token"], until, held["after"], Tally.of_text(json.dumps(held["tally"])))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def take(begun: Progress | None, *, worker: str, at: datetime, lease: timedelta) -> Progress | Refusal[RunReason]:
    """
    Begin a run, or go on with one that was begun.

    A worker of the same name takes its own run over at once: it was started again, and whatever is left of it is fenced off.

    Args:
        begun: How far the run has come; None for a new one.
        worker: Who asks.
        at: The present instant.
        lease: For how long.
    """
    if begun is None:
        return Progress(worker, 1, at + lease, "", Tally())
    if begun.worker not in ("", worker) and at <= begun.until:
        return Refusal(RunReason.HELD, f"worker {begun.worker!r} holds it until {begun.until.isoformat()}", "nothing was done")
    return attrs.evolve(begun, worker=worker, token=begun.token + 1, until=at + lease)


def going_on(stored: Progress | None, token: int) -> Refusal[RunReason] | None:
    """Return None when the holder of *token* may commit, else the refusal."""
    if stored is not None and stored.token == token:
        return None
    return Refusal(RunReason.FENCED, "another worker has taken it over", "this chunk was not recorded")


@attrs.frozen
class AccountSetAside:
    """
    A night could not work an account, and went on without it.

    Attributes:
        account: Which.
        on: Business date.
        cause: Type and place of the fault, without personal data.
        strikes: How many nights in a row it was.
        version: Version of the account's stream that was read; 0 when it could not be read.
    """

    TYPE: ClassVar[str] = "account-set-aside/1"

    account: AccountId = attrs.field(converter=AccountId)
    on: date = attrs.field(validator=day)
    cause: str
    strikes: int
    version: int = 0


@attrs.frozen
class AccountReleased:
    """
    A person let nights work an account again.

    Attributes:
        account: Which.
        at: When; aware.
        reason: What was found and done; mandatory.
    """

    TYPE: ClassVar[str] = "account-released/1"

    account: AccountId = attrs.field(converter=AccountId)
    at: datetime = attrs.field(validator=aware)
    reason: str = attrs.field(validator=given)
