"""Parts of plugins that are asked again and again, each behind a guard: a deadline, an answer of the right type, a circuit.

A rule that fails denies: every way of failing becomes an exception here, and the gate makes a denial of it. A calendar or a
strategy that fails has failed for the account or the chunk that asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Protocol, TypeVar, cast

import attrs

from collectkit.actions import Finding, Outcome, Proposal, Spend
from collectkit.allocation import Strategy
from collectkit.allocation.strategies import Desk, Request
from collectkit.calendars import HolidayCalendar
from collectkit.compliance import Pack, Question, Rule, Terms
from collectkit.compliance.ban import Ban
from collectkit.compliance.consent_period import Silent
from collectkit.compliance.limitation import Limitation
from collectkit.compliance.rule import Computing, PlainTerms, Scope
from collectkit.errors import PluginFaultError
from collectkit.identifiers import HandlerId
from collectkit.person_standing import PersonStanding
from collectkit.plugins.calling import Caller, Callers
from collectkit.plugins.manager import is_ours
from collectkit.servicing.next_best import Estimate, Scorer

T = TypeVar("T")

RULE_SECONDS: Final = 1.0
CALENDAR_SECONDS: Final = 1.0
STRATEGY_SECONDS: Final = 30.0
SCORER_SECONDS: Final = 1.0
CAP_MAX: Final = 1_000_000
DAYS_MAX: Final = 36_600


class ComputingTerms(Terms, Computing, Protocol):
    """Terms that judge and can also tell figures."""


class GuardedTerms:
    """
    The terms of a rule that a plugin brings.

    ``judge`` must answer with a `Finding`, also when nothing stands against the act (`Rule.allows`): an answer of None is what
    a function gives that forgot to answer, and must not become an allowance.

    Args:
        terms: The plugin's.
        name: Of the rule.
        callers: Call them, each method by one of its own, so that one that answers does not excuse one that fails.
    """

    def __init__(self, terms: Terms, name: str, callers: Callers) -> None:
        self._terms = terms
        self._judge = callers.add(name, seconds=RULE_SECONDS)
        self._others = {
            method: callers.add(f"{name} {method}", seconds=RULE_SECONDS)
            for method in ("spends", "duties", "holds_until")
            if not self._is_plain(method)
        }

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Return what stands against the act, or None when the plugin says in so many words that nothing does."""
        found = self._judge.call(lambda: self._terms.judge(rule, question), wanted="a finding", check=_is_finding)
        assert found is not None
        return None if found.outcome is Outcome.ALLOW else found

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        """Return the budgets that the act would spend."""
        caller = self._others.get("spends")
        if caller is None:
            return ()
        return caller.call(lambda: self._terms.spends(rule, question), wanted="a tuple of spends", check=_are_spends)

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return the disclosures that the act must carry."""
        caller = self._others.get("duties")
        if caller is None:
            return ()
        return caller.call(lambda: self._terms.duties(rule, question), wanted="a tuple of texts", check=_are_texts)

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return the last instant until which an allowed act stays so."""
        caller = self._others.get("holds_until")
        if caller is None:
            return None
        return caller.call(lambda: self._terms.holds_until(rule, question), wanted="an aware instant or None", check=_is_end)

    def _is_plain(self, name: str) -> bool:
        kind = type(self._terms)
        return issubclass(kind, PlainTerms) and getattr(kind, name) is getattr(PlainTerms, name)


class GuardedComputing(GuardedTerms):
    """The terms of a rule that a plugin brings, which can also tell figures."""

    def __init__(self, terms: ComputingTerms, name: str, callers: Callers) -> None:
        super().__init__(terms, name, callers)
        self._figures = terms
        self._computes = callers.add(f"{name} computes", seconds=RULE_SECONDS)

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the figures by name."""
        return self._computes.call(
            lambda: MappingProxyType(dict(self._figures.computes(rule, question))),
            wanted="a mapping from names",
            check=lambda got: all(isinstance(name, str) for name in got),
        )


class GuardedCalendar:
    """A calendar that a plugin brings; each answer is asked once a day and remembered."""

    def __init__(self, calendar: HolidayCalendar, caller: Caller) -> None:
        self._calendar, self._caller = calendar, caller
        self._known: dict[tuple[str, date], object] = {}

    def is_holiday(self, day: date) -> bool:
        """Tell whether *day* is a public holiday."""
        return cast(bool, self._asked("is_holiday", day))

    def is_weekend(self, day: date) -> bool:
        """Tell whether *day* is a weekly day of rest."""
        return cast(bool, self._asked("is_weekend", day))

    def name(self, day: date) -> str | None:
        """Return what the holiday is called."""
        return cast("str | None", self._asked("name", day))

    def _asked(self, method: str, day: date) -> object:
        key = (method, day)
        if key not in self._known:
            wanted, check = ("a text or None", _is_name) if method == "name" else ("True or False", _is_flag)
            self._known[key] = self._caller.call(lambda: getattr(self._calendar, method)(day), wanted=wanted, check=check)
        return self._known[key]


class GuardedStrategy:
    """A way to share accounts that a plugin brings; whether whom it chose may be chosen is asked elsewhere."""

    def __init__(self, strategy: Strategy, caller: Caller) -> None:
        self._strategy, self._caller = strategy, caller

    def distribute(self, requests: Sequence[Request], desks: Sequence[Desk], key: str) -> Sequence[HandlerId | None]:
        """Choose a handler for each request."""
        return self._caller.call(
            lambda: tuple(self._strategy.distribute(tuple(requests), tuple(desks), key)), wanted=f"{len(requests)} handlers or None"
        )


class GuardedScorer:
    """A scorer that a plugin brings: a deadline, an answer of the right type, and its version read once."""

    def __init__(self, scorer: Scorer, name: str, caller: Caller) -> None:
        self._scorer, self._caller = scorer, caller
        version = caller.call(lambda: scorer.version, wanted="a text for its version", check=lambda answer: isinstance(answer, str))
        self.version = version or name

    def score(self, proposal: Proposal, person: PersonStanding, on: date) -> Estimate:
        """Return what is expected of one contact."""
        return self._caller.call(
            lambda: self._scorer.score(proposal, person, on), wanted="an Estimate", check=lambda answer: type(answer) is Estimate
        )


def guarded_scorers(scorers: Mapping[str, Scorer], callers: Callers) -> Mapping[str, Scorer]:
    """Return scorers, those of others behind a guard."""
    return MappingProxyType(
        {
            name: scorer if is_ours(scorer) else GuardedScorer(scorer, name, callers.add(f"scorer {name}", seconds=SCORER_SECONDS))
            for name, scorer in scorers.items()
        }
    )


def guarded_pack(plugin: str, pack: Pack, callers: Callers) -> Pack:
    """
    Return *pack* with the terms of others behind a guard.

    Raises:
        PluginFaultError: A rule or its scope is of a class of the plugin's own, which could answer anything, or its terms derive from
            a kind of ours that the rule book asks directly; nothing was assembled.
    """
    for rule in pack.rules:
        if type(rule) is not Rule or type(rule.scope) is not Scope:
            raise PluginFaultError(f"plugin {plugin!r} must answer collectkit_rule_packs with rules of class Rule; no kit was assembled")
        if isinstance(rule.terms, Ban | Limitation | Silent) and not is_ours(rule.terms):
            ours = next(kind.__name__ for kind in type(rule.terms).__mro__ if kind in (Ban, Limitation, Silent))
            raise PluginFaultError(
                f"plugin {plugin!r} must answer collectkit_rule_packs with terms of {ours} itself or of a kind of its own, not with "
                f"{type(rule.terms).__name__}, which derives from it; no kit was assembled"
            )
    if all(is_ours(rule.terms) for rule in pack.rules):
        return pack
    return attrs.evolve(pack, rules=tuple(_guarded_rule(rule, callers) for rule in pack.rules))


def guarded_calendars(calendars: Mapping[str, HolidayCalendar], callers: Callers) -> Mapping[str, HolidayCalendar]:
    """Return calendars, those of others behind a guard."""
    return MappingProxyType(
        {
            name: calendar if is_ours(calendar) else GuardedCalendar(calendar, callers.add(f"calendar {name}", seconds=CALENDAR_SECONDS))
            for name, calendar in calendars.items()
        }
    )


def guarded_strategies(strategies: Mapping[str, Strategy], callers: Callers) -> Mapping[str, Strategy]:
    """Return strategies, those of others behind a guard."""
    return MappingProxyType(
        {
            name: strategy if is_ours(strategy) else GuardedStrategy(strategy, callers.add(f"strategy {name}", seconds=STRATEGY_SECONDS))
            for name, strategy in strategies.items()
        }
    )


def _guarded_rule(rule: Rule, callers: Callers) -> Rule:
    terms, name = rule.terms, f"rule {rule.id}"
    if is_ours(terms):
        return rule
    guarded = GuardedComputing(cast(ComputingTerms, terms), name, callers) if isinstance(terms, Computing) else None
    return attrs.evolve(rule, terms=guarded or GuardedTerms(terms, name, callers))


def _is_finding(answer: object) -> bool:
    return (
        isinstance(answer, Finding)
        and isinstance(answer.outcome, Outcome)
        and isinstance(answer.text, str)
        and _is_end(answer.earliest)
        and _are_texts(answer.required)
    )


def _is_end(answer: object) -> bool:
    return answer is None or (isinstance(answer, datetime) and answer.utcoffset() is not None)


def _are_texts(answer: object) -> bool:
    return isinstance(answer, tuple) and all(isinstance(word, str) for word in answer)


def _are_spends(answer: object) -> bool:
    return isinstance(answer, tuple) and all(_is_spend(one) for one in answer)


def _is_spend(one: object) -> bool:
    return (
        isinstance(one, Spend)
        and isinstance(one.subject, str)
        and isinstance(one.rule, str)
        and type(one.cap) is int
        and 0 <= one.cap <= CAP_MAX
        and type(one.days) is int
        and 1 <= one.days <= DAYS_MAX
        and type(one.day) is date
    )


def _is_flag(answer: object) -> bool:
    return isinstance(answer, bool)


def _is_name(answer: object) -> bool:
    return answer is None or isinstance(answer, str)
