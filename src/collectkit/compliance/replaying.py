"""Past acts judged once more: under the same law, which must answer the same, and under other law, to see what it would change.

Each act is judged by what was known, and believed, when it was done. Whoever reads the record puts an `Answering` together for
it; this module compares the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from collectkit.actions import ActionKind, Judged, Outcome, Verdict
from collectkit.calendars.dates import tzdata_version
from collectkit.compliance.gate import review_again
from collectkit.compliance.recording import winning
from collectkit.compliance.rulebook import RuleBook
from collectkit.errors import IntegrityBreachError
from collectkit.person import Contact

Answering: TypeAlias = Callable[[RuleBook], Verdict]
"""What a rule book answers about one act, by what was known at its time."""

CONTACT_MADE: Final = "contact made"
CONTACT_REFUSED: Final = "contact refused"
FEE_CHARGED: Final = "fee charged"
ACCOUNT_PLACED: Final = "account placed"
REFUSED: Final[Mapping[ActionKind, str]] = MappingProxyType(
    {kind: f"{kind.value.replace('_', ' ')} refused" for kind in ActionKind if not kind.is_contact}
    | {ActionKind.CHARGE_FEE: "fee refused", ActionKind.PLACE: "placement refused"}
)
"""What is said of an act that was refused and is no contact."""


@attrs.frozen
class PastAct:
    """
    One act of the record.

    Attributes:
        what: ``contact made``, ``contact refused``, ``fee charged``, ``fee refused``, ``account placed``, ``placement refused``,
            ``debit permitted`` and so on.
        id: Of the message, the charge, the host's act, or the account that was placed; empty for a contact that was only noted down.
        at: When it was done, or refused; aware.
        channel: Through which channel, for a contact.
        kept: Whether the record holds the verdict with all that it rested on; else it is judged by what stood on the book then,
            and by where the person lives now.
    """

    what: str
    id: str
    at: datetime
    channel: str = ""
    kept: bool = False


@attrs.frozen
class Replayed:
    """
    One past act with what two rule books say about it.

    Attributes:
        act: What was done.
        before: The verdict under the one.
        after: The verdict under the other.
    """

    act: PastAct
    before: Verdict
    after: Verdict

    @property
    def differs(self) -> bool:
        """Whether the outcome or the rules behind it are not the same."""
        return (self.before.outcome, winning(self.before)) != (self.after.outcome, winning(self.after))

    def __str__(self) -> str:
        by = f" by {self.act.channel}" if self.act.channel else ""
        return f"{self.act.at:%Y-%m-%d %H:%M %Z} {self.act.what}{by}: {_told(self.before)} -> {_told(self.after)}"


@attrs.frozen
class Rechecked:
    """
    A recorded verdict that was given again.

    Attributes:
        judged: The record.
        differs: In which respects the answer is another one; `law` when other packs, or other time zone data, were asked, so
            that another answer proves nothing; `record` when the record cannot be read back.
    """

    judged: Judged
    differs: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the same law gives the same verdict."""
        return not self.differs


def recheck(judged: Judged, contacts: Sequence[Contact], rules: RuleBook) -> Rechecked:
    """
    Give a recorded verdict again.

    Args:
        judged: The record.
        contacts: The earlier contacts that were known then; see `Judged.read`.
        rules: The rule book that was asked.
    """
    try:
        again = review_again(judged, contacts, rules)
    except IntegrityBreachError:
        return Rechecked(judged, ("record",))
    if again.packs != judged.packs or judged.tzdata != tzdata_version():
        return Rechecked(judged, ("law",))
    pairs = {
        "outcome": (judged.outcome, again.outcome.value),
        "rules": (judged.rules, winning(again)),
        "earliest": (judged.earliest, again.earliest_lawful_at),
        "until": (judged.until, again.not_after),
        "point": (judged.point, again.point),
        "duties": (judged.duties, again.duties),
        "budgets": (
            tuple((use.subject, use.rule, use.cap) for use in judged.budgets),
            tuple((spend.subject, spend.rule, spend.cap) for spend in again.budgets),
        ),
    }
    return Rechecked(judged, tuple(name for name, (then, now) in pairs.items() if then != now))


def _told(verdict: Verdict) -> str:
    return verdict.outcome.value if verdict.outcome is Outcome.ALLOW else f"{verdict.outcome.value} by {', '.join(winning(verdict))}"
