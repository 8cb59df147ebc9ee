"""Asking many rules: what stands against an act, from when on nothing does, and until when that lasts.

A denial outranks a requirement, which outranks an allowance. Nothing is averaged: the strictest rule wins, and a
rule that fails denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Finding, Outcome, Spend
from collectkit.compliance.ban import Ban
from collectkit.compliance.docket import Docket, Entry, failed
from collectkit.compliance.packs import Pack
from collectkit.compliance.question import RAIL, Question
from collectkit.compliance.rule import STATUSES, Computing, PlainTerms, Rule
from collectkit.compliance.rulebook import Jurisdiction

ROUNDS_MAX: Final = 64
_TICK: Final = timedelta(microseconds=1)
COMPUTATIONS: Final = ("compute_", "classify_")
COUNTED_AS: Final[Mapping[str, str]] = MappingProxyType({"compute_call_count": "contact"})
"""Acts that ask for a figure of the rules about another act."""

RELATED: Final = "related_person"
_RANK: Final = {Outcome.DENY: 0, Outcome.REQUIRE: 1, Outcome.ALLOW: 2}


def judge_all(docket: Docket, question: Question, *, least_status: str = STATUSES[0]) -> tuple[Finding, ...]:
    """
    Return what each rule says against the act, denials first, else in the order of the rules.

    Args:
        docket: Rules that reach such an act.
        question: The act and its facts.
        least_status: Least status of a rule whose silence is trusted.
    """
    if least_status != STATUSES[0]:
        return most_restrictive_first(_each_asked(docket.rules, question, STATUSES.index(least_status)))
    bound, faults = docket.bound(question)
    return most_restrictive_first((*faults, *judge_bound(bound, question)))


def judge_bound(bound: Sequence[Entry], question: Question) -> list[Finding]:
    """Return what each rule says that is known to bind, in the order of the rules."""
    found: list[tuple[int, Finding]] = []
    for entry in bound:
        rule = entry.rule
        try:
            finding = rule.terms.judge(rule, question)
        except Exception as fault:
            finding = failed(rule, fault)
        if finding is not None:
            finding = _by_some_network(rule, question, finding)
            found.append((entry.place, finding))
    return [finding for _, finding in sorted(found, key=lambda pair: pair[0])] if len(found) > 1 else [finding for _, finding in found]


def _each_asked(rules: Sequence[Rule], question: Question, trusted: int) -> Iterator[Finding]:
    """Ask every rule in turn; the silence of one that is not trusted needs a person's decision."""
    for rule in rules:
        try:
            if not (rule.in_force(question) and rule.scope.reaches(question)):
                continue
            finding = rule.terms.judge(rule, question)
        except Exception as fault:
            finding = failed(rule, fault)
        if finding is None and STATUSES.index(rule.status) < trusted:
            finding = rule.requires("This rule's parameters have not been verified; a person must decide.", ("human_decision",))
        if finding is not None:
            yield _by_some_network(rule, question, finding)


def _by_some_network(rule: Rule, question: Question, finding: Finding) -> Finding:
    """
    Return the denial of a network's rule as the doubt that it is, where it was not said by which network the debit goes.

    Whichever it is, a debit that no network's rule stands against may be made: so each is asked.
    """
    if finding.outcome is not Outcome.DENY or not (
        isinstance(rule.terms, PlainTerms) and RAIL in rule.terms.match and question.rail_untold
    ):
        return finding
    return rule.doubts(question, "rail", f"By which network this debit would go is not known, and by this one: {finding.text}") or finding


def most_restrictive_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, denials first, else in the given order."""
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.outcome]))


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """Return the highest outcome of any finding, which must be in the order of `judge_all`."""
    return findings[0].outcome if findings else Outcome.ALLOW


def first_lawful(docket: Docket, question: Question) -> datetime | None:
    """
    Return the first instant, from the question's on, at which no rule denies.

    The latest of the single answers is asked again, until nothing denies.

    Returns:
        The instant, or None if a denial has no known end.
    """
    current = question
    for _ in range(ROUNDS_MAX):
        denials = [finding for finding in judge_all(docket, current) if finding.outcome is Outcome.DENY]
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
        until: Else: the last instant until which it stays so by the clock alone.
        budgets: What the act would spend.
        duties: Disclosures that it must carry, sorted.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    earliest: datetime | None = None
    until: datetime | None = None
    budgets: tuple[Spend, ...] = ()
    duties: tuple[str, ...] = ()

    @property
    def winning(self) -> tuple[Finding, ...]:
        """Return the findings with the winning outcome."""
        return tuple(finding for finding in self.findings if finding.outcome is self.outcome)


def rule_on(question: Question, law: Sequence[Pack] | Jurisdiction, *, least_status: str = STATUSES[0]) -> Ruling:
    """
    Judge a question in the words of the packs, by every rule that reaches it.

    A question that only asks for a figure is always allowed; `figures` answers it.

    Args:
        question: The act and all that is known about it.
        law: Which packs are read, and no others. A `Jurisdiction` remembers which of its rules reach which act; give
            one to ask often.
        least_status: Least status of a rule whose silence is trusted.
    """
    if is_computation(question.action):
        return Ruling(Outcome.ALLOW)
    jurisdiction = law if isinstance(law, Jurisdiction) else Jurisdiction(tuple(law), known=True)
    asked = settled(question, jurisdiction.packs)
    return judge_by(jurisdiction.docket(asked.party, asked.action, asked.channel, asked.recipient), asked, least_status=least_status)


def judge_by(docket: Docket, question: Question, *, least_status: str = STATUSES[0], general: Sequence[Finding] = ()) -> Ruling:
    """
    Judge by rules that reach such an act.

    Args:
        docket: The rules.
        question: The act and its facts.
        least_status: Least status of a rule whose silence is trusted.
        general: What stands against the act besides; a denial among them has no known end.
    """
    bound, faults = docket.bound(question)
    follows = consequences(bound, question)
    stops = (*faults, *follows.faults, *general)
    found: Sequence[Finding] = (
        judge_bound(bound, question) if least_status == STATUSES[0] else judge_all(docket, question, least_status=least_status)
    )
    if not stops and not found:
        return Ruling(Outcome.ALLOW, until=follows.until, budgets=follows.budgets, duties=follows.duties)
    findings = most_restrictive_first((*stops, *found))
    outcome = outcome_of(findings)
    if outcome is not Outcome.DENY:
        return Ruling(outcome, findings, until=follows.until, budgets=follows.budgets, duties=follows.duties)
    open_ended = any(finding.outcome is Outcome.DENY for finding in stops)
    return Ruling(outcome, findings, None if open_ended else first_lawful(docket, question))


def figures(question: Question, packs: Sequence[Pack]) -> Mapping[str, object]:
    """
    Return the figures that the rules of *packs* tell about a question: caps, last days, counts; by name.

    Raises:
        CollectkitError: A figure cannot be computed, as on a day that a calendar does not know.
    """
    asked = settled(question, packs)
    found: dict[str, object] = {}
    for rule in rules_for(asked, packs):
        if isinstance(rule.terms, Computing) and rule.in_force(asked) and rule.scope.reaches(asked):
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
        until: Last instant until which it stays so by the clock alone.
        budgets: What the act would spend.
        duties: Disclosures that it must carry, each once, sorted.
        faults: Denials by rules that failed to say.
    """

    until: datetime
    budgets: tuple[Spend, ...]
    duties: tuple[str, ...]
    faults: tuple[Finding, ...]


def consequences(bound: Sequence[Entry], question: Question) -> Consequences:
    """Return what the act would spend and must carry, and until when it may begin, by the rules that bind."""
    ends = [facts_hold_until(question)]
    budgets: list[Spend] = []
    duties: set[str] = set()
    faults: list[Finding] = []
    for entry in bound:
        if not entry.has_consequences:
            continue
        rule = entry.rule
        try:
            end = rule.terms.holds_until(rule, question)
            if end is not None:
                ends.append(end)
            budgets.extend(rule.terms.spends(rule, question))
            duties.update(rule.terms.duties(rule, question))
        except Exception as fault:
            faults.append(failed(rule, fault))
    return Consequences(min(ends), tuple(budgets), tuple(sorted(duties)), tuple(faults))


def facts_hold_until(question: Question) -> datetime:
    """
    Return the last instant at which every fact is still what it is now, by the clock alone.

    Days are counted by places, so whatever counts them can change when the first place reaches its next day; consents
    run out, holds and wishes begin at instants.
    """
    turns = [question.next_day]
    if not question.consents and not question.holds and not question.wishes:
        return turns[0] - _TICK
    turns += [given.withdrawn_at for given in question.consents if given.withdrawn_at is not None and given.withdrawn_at > question.at]
    turns += [held.since for held in question.holds if held.since is not None and held.since > question.at]
    turns += [wish.set_at for wish in question.wishes if wish.set_at is not None and wish.set_at > question.at]
    return min(turns) - _TICK
