"""What a host must look at again: rules that end, law to be reviewed or closed without it, and decisions whose rule has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import attrs

from collectkit.compliance.overdue import closes_on
from collectkit.compliance.rule import Rule
from collectkit.compliance.rulebook import RuleBook

AHEAD_DAYS: Final = 60


@attrs.frozen
class LawWarning:
    """
    One thing to look at.

    Attributes:
        kind: ``expires``, ``review``, ``overdue``, ``closed``, ``override_ends``, ``stale_attestation`` or ``stale_override``.
        pack: Name of the pack; empty when no pack has the rule.
        rule: Id of the rule; empty for a whole pack.
        on: The day it is about; None for a decision whose rule has changed.
        text: A sentence for people.
    """

    kind: str
    pack: str
    rule: str
    on: date | None
    text: str

    def __str__(self) -> str:
        return self.text


def law_warnings(book: RuleBook, on: date, *, ahead_days: int = AHEAD_DAYS) -> tuple[LawWarning, ...]:
    """
    Return what must be looked at on a day, in the order of the packs.

    Args:
        book: The host's rule book.
        on: The day; no clock is read.
        ahead_days: How long before an expiry or a review the warning begins.
    """
    return (*_dates(book, on, on + timedelta(days=ahead_days)), *_decisions(book, on, on + timedelta(days=ahead_days)))


def _dates(book: RuleBook, on: date, horizon: date) -> Iterator[LawWarning]:
    for pack in book.packs:
        if pack.review_by is not None and pack.review_by <= horizon:
            yield _review(pack.name, "", pack.review_by, on, book.grace_days)
        for rule in pack.rules:
            if rule.effective_to is not None and on <= rule.effective_to <= horizon:
                text = f"{pack.name}: rule {rule.id} ends on {rule.effective_to.isoformat()}."
                yield LawWarning("expires", pack.name, rule.id, rule.effective_to, text)
            if rule.review_by is not None and rule.review_by <= horizon:
                yield _review(pack.name, rule.id, rule.review_by, on, book.grace_days)


def _review(pack: str, rule: str, due: date, on: date, grace_days: int) -> LawWarning:
    what = f"{pack}: rule {rule}" if rule else f"{pack}: the whole pack"
    closes = closes_on(due, grace_days)
    if on <= due:
        return LawWarning("review", pack, rule, due, f"{what} is to be reviewed by {due.isoformat()}.")
    if on < closes:
        text = f"{what} was to be reviewed by {due.isoformat()}; from {closes.isoformat()} on what it reaches is closed."
        return LawWarning("overdue", pack, rule, due, text)
    text = f"{what} was to be reviewed by {due.isoformat()}; since {closes.isoformat()} what it reaches is closed."
    return LawWarning("closed", pack, rule, due, text)


def _decisions(book: RuleBook, on: date, horizon: date) -> Iterator[LawWarning]:
    rules: dict[str, tuple[str, Rule]] = {rule.id: (pack.name, rule) for pack in book.packs for rule in pack.rules}
    for kind, decisions in (("attestation", book.decisions.attestations), ("override", book.decisions.overrides)):
        for decision in decisions:
            pack, rule = rules.get(decision.rule, ("", None))
            if rule is None or rule.hash != decision.hash:
                why = "no pack has this rule" if rule is None else f"its text is now {rule.hash}"
                text = f"The {kind} of {decision.rule} for text {decision.hash} says nothing: {why}."
                yield LawWarning(f"stale_{kind}", pack, decision.rule, None, text)
    for override in book.decisions.overrides:
        if override.until is not None and on <= override.until <= horizon:
            text = f"The override of {override.rule} ends on {override.until.isoformat()}."
            yield LawWarning("override_ends", rules.get(override.rule, ("", None))[0], override.rule, override.until, text)
