"""Law that nobody looked at in time: when a review is overdue by more than the host's grace, what it speaks about is closed.

A pack or a rule may say by when somebody must read it again. Nothing else can tell that a law changed after the pack was
delivered, so silence past that day and the grace is no permission. The day that counts is the local day of the act, never
a clock: acts of the past are judged as they were.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance.packs import Pack
from collectkit.compliance.question import Question
from collectkit.compliance.rule import STATUSES, PlainTerms, Rule, Scope

REVIEW_OVERDUE: Final = "collectkit.review_overdue"
KIND: Final = "review"
"""Kind of such a rule; no pack can state one."""

GRACE_DAYS: Final = 90
"""How long after a review was due its law is still asked, when a host does not say."""


@attrs.frozen
class Overdue(PlainTerms):
    """
    Attributes:
        text: What the finding says.
    """

    text: str

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Return the denial; it ends when somebody has looked, and no day for that is known."""
        return rule.denies(self.text)


def closes_on(review_by: date, grace_days: int) -> date:
    """Return the first local day on which law that was to be reviewed by a day is closed."""
    return date.fromordinal(min(review_by.toordinal() + grace_days + 1, date.max.toordinal()))


def overdue_rules(pack: Pack, grace_days: int, *, local: bool = True) -> tuple[Rule, ...]:
    """
    Return the rules that close a pack, and whatever single rules of it reach, once their review is overdue.

    Args:
        pack: The pack.
        grace_days: The host's grace.
        local: Whether the pack tells the law of a place, which is then closed whole; of one that applies wherever a person
            lives, such as the rules of the card networks, only the acts that it is about are.
    """
    found = []
    if pack.review_by is not None:
        found.append(_closing(f"pack {pack.name}", Scope() if local else _acts(pack), pack.review_by, grace_days))
    for rule in pack.rules:
        if rule.review_by is not None:
            found.append(_closing(f"{pack.name}, rule {rule.id}", rule.scope, rule.review_by, grace_days))
    return tuple(found)


def _acts(pack: Pack) -> Scope:
    named = [rule.scope.actions for rule in pack.rules]
    return Scope() if not all(named) else Scope(actions=frozenset[str]().union(*named))


def _closing(what: str, scope: Scope, review_by: date, grace_days: int) -> Rule:
    since = closes_on(review_by, grace_days)
    text = f"The law of {what} was to be reviewed by {review_by.isoformat()}, and {grace_days} days of grace are over: it may have changed."
    return Rule(
        id=REVIEW_OVERDUE,
        citation=f"collectkit; {what}: review_by {review_by.isoformat()}",
        title="Law that was not reviewed in time is closed",
        kind=KIND,
        status=STATUSES[-1],
        source="collectkit",
        effective_from=since,
        effective_to=None,
        scope=scope,
        terms=Overdue(text),
    )
