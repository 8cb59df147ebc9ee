"""Asking many rules: what stands against an act, from when on nothing does, and until when that lasts.

A denial outranks a requirement, which outranks an allowance. Nothing is averaged: the strictest rule wins, and a
rule that fails denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Finding, Outcome, Spend
from collectkit.compliance.ban import Ban
from collectkit.compliance.packs import Pack
from collectkit.compliance.question import Question
from collectkit.compliance.rule import STATUSES, Computing, PlainTerms, Rule

ROUNDS_MAX: Final = 64
COMPUTATIONS: Final = ("compute_", "classify_")
COUNTED_AS: Final[Mapping[str, str]] = MappingProxyType({"compute_call_count": "contact"})
"""Acts that ask for a figure of the rules about another act."""

RELATED: Final = "related_person"
_RANK: Final = {Outcome.DENY: 0, Outcome.REQUIRE: 1, Outcome.ALLOW: 2}


def judge_all(rules: Sequence[Rule], question: Question, *, least_status: str = STATUSES[0]) -> tuple[Finding, ...]:
    """
    Return what each rule says against the act, denials first, else in the order of the rules.

    Args:
        rules: Rules that reach such an act.
        question: The act and its facts.
        least_status: Least status of a rule whose silence is trusted.
    """
    bound, faults = binding(rules, question)
    return most_restrictive_first((*faults, *judge_bound(bound, question, least_status=least_status)))


def binding(rules: Sequence[Rule], question: Question) -> tuple[list[Rule], list[Finding]]:
    """
    Return the rules that are in force on the local day of the act and reach its account and person.

    Returns:
        Those rules, and the denials by rules that failed to say.
    """
    bound: list[Rule] = []
    faults: list[Finding] = []
    for rule in rules:
        try:
            if rule.in_force(question) and rule.scope.reaches(question):
                bound.append(rule)
        except Exception as fault:
            faults.append(_failed(rule, fault))
    return bound, faults


def judge_bound(bound: Sequence[Rule], question: Question, *, least_status: str = STATUSES[0]) -> list[Finding]:
    """Return what each rule says that is known to bind, in their order; the arguments are those of `judge_all`."""
    trusted = STATUSES.index(least_status)
    findings = []
    for rule in bound:
        try:
            finding = rule.terms.judge(rule, question)
        except Exception as fault:
            finding = _failed(rule, fault)
        if finding is None and trusted and STATUSES.index(rule.status) < trusted:
            finding = rule.requires("This rule's parameters have not been verified; a person must decide.", ("human_decision",))
        if finding is not None:
            findings.append(finding)
    return findings


def most_restrictive_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, denials first, else in the given order."""
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.outcome]))


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """Return the highest outcome of any finding, which must be in the order of `judge_all`."""
    return findings[0].outcome if findings else Outcome.ALLOW


def first_lawful(rules: Sequence[Rule], question: Question) -> datetime | None:
    """
    Return the first instant, from the question's on, at which no rule denies.

    The latest of the single answers is asked again, until nothing denies.

    Returns:
        The instant, or None if a denial has no known end.
    """
    current = question
    for _ in range(ROUNDS_MAX):
        denials = [finding for finding in judge_all(rules, current) if finding.outcome is Outcome.DENY]
        if not denials:
            return current.at
        ends = [finding.earliest for finding in denials if finding.earliest is not None]
        if len(ends) < len(denials) or max(ends) <= current.at:
            return None
        current = current.moved(max(ends))
    return None


@attrs.frozen
class Ruling:
    """
    What rules say about one question.

    Attributes:
        outcome: The highest outcome of any finding.
        findings: What stands against the act, denials first.
        earliest: For a denial: the first instant at which no rule denies; None when that cannot be known.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    earliest: datetime | None = None

    @property
    def winning(self) -> tuple[Finding, ...]:
        """Return the findings with the winning outcome."""
        return tuple(finding for finding in self.findings if finding.outcome is self.outcome)


def rule_on(question: Question, packs: Sequence[Pack], *, least_status: str = STATUSES[0]) -> Ruling:
    """
    Judge a question in the words of the packs, by every rule of *packs* that reaches it.

    A question that only asks for a figure is always allowed; `figures` answers it.

    Args:
        question: The act and all that is known about it.
        packs: Which law is read, and no other.
        least_status: Least status of a rule whose silence is trusted.
    """
    if is_computation(question.action):
        return Ruling(Outcome.ALLOW)
    asked = settled(question, packs)
    rules = rules_for(asked, packs)
    findings = judge_all(rules, asked, least_status=least_status)
    outcome = outcome_of(findings)
    return Ruling(outcome, findings, first_lawful(rules, asked) if outcome is Outcome.DENY else None)


def figures(question: Question, packs: Sequence[Pack]) -> Mapping[str, object]:
    """
    Return the figures that the rules of *packs* tell about a question: caps, last days, counts; by name.

    Raises:
        CollectkitError: A figure cannot be computed, as on a day that a calendar does not know.
    """
    asked = settled(question, packs)
    bound, _ = binding(rules_for(asked, packs), asked)
    found: dict[str, object] = {}
    for rule in bound:
        if isinstance(rule.terms, Computing):
            found.update(rule.terms.computes(rule, asked))
    return found


def is_computation(action: str) -> bool:
    """Whether an action only asks for a figure."""
    return action.startswith(COMPUTATIONS)


def settled(question: Question, packs: Sequence[Pack]) -> Question:
    """Return the question with a related person taken as the person themselves where a law of *packs* does so, else as a third party."""
    if question.recipient != RELATED:
        return question
    return attrs.evolve(question, recipient="consumer" if stands_for_consumer(question, packs) else "third_party")


def stands_for_consumer(question: Question, packs: Sequence[Pack]) -> bool:
    """Whether a law of *packs* takes the related person of the act for the person themselves."""
    relation = question.fact("when.recipient_relation")
    bans = (rule.terms for pack in packs for rule in pack.rules if isinstance(rule.terms, Ban))
    return any(relation in ban.consumer_includes for ban in bans)


def rules_for(question: Question, packs: Sequence[Pack]) -> tuple[Rule, ...]:
    """Return the rules of *packs* that reach such an act, party, channel and recipient."""
    act = (question.party, COUNTED_AS.get(question.action, question.action), question.channel, question.recipient)
    return tuple(rule for pack in packs for rule in pack.rules if rule.scope.names(*act))


@attrs.frozen
class Consequences:
    """
    What follows from doing an act that no rule denies.

    Attributes:
        until: Last instant until which it stays so by the clock alone; None for no such end.
        budgets: What the act would spend.
        duties: Disclosures that it must carry, each once, sorted.
        faults: Denials by rules that failed to say.
    """

    until: datetime | None
    budgets: tuple[Spend, ...]
    duties: tuple[str, ...]
    faults: tuple[Finding, ...]


def consequences(bound: Sequence[Rule], question: Question) -> Consequences:
    """Return what the act would spend and must carry, and until when it may begin, by the rules that bind."""
    ends: list[datetime] = []
    budgets: list[Spend] = []
    duties: set[str] = set()
    faults: list[Finding] = []
    for rule in bound:
        if _is_plain(type(rule.terms)):
            continue
        try:
            end = rule.terms.holds_until(rule, question)
            if end is not None:
                ends.append(end)
            budgets.extend(rule.terms.spends(rule, question))
            duties.update(rule.terms.duties(rule, question))
        except Exception as fault:
            faults.append(_failed(rule, fault))
    return Consequences(min(ends, default=None), tuple(budgets), tuple(sorted(duties)), tuple(faults))


@lru_cache(maxsize=256)
def _is_plain(terms: type) -> bool:
    """Whether terms of that class never spend, ask for words or change with the clock; most do not, and need not be asked."""
    return issubclass(terms, PlainTerms) and all(
        getattr(terms, name) is getattr(PlainTerms, name) for name in ("spends", "duties", "holds_until")
    )


def _failed(rule: Rule, fault: Exception) -> Finding:
    # A rule may come from a plugin and fail in any way; whatever it was, it must not become an allowance.
    # The message of the fault could hold personal data, so only its class is told.
    return rule.denies(f"The rule could not be evaluated ({type(fault).__name__}), so it denies.")
