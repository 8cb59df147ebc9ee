"""The rules that reach one sort of act, sorted once so that a question need not ask those that cannot speak.

Most rules are silent about most acts for a reason that is plain at once: nobody holds a hold, nobody wished anything,
the act says nothing that a ban is about. Such rules are grouped by that reason. Nothing else is different: a law, tested,
is that a docket answers as if every rule had been asked in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance.overdue import Overdue
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

HOLDS: Final = "holds"
WISHES: Final = "wishes"


@attrs.frozen(eq=False)
class Entry:
    """
    One rule as the docket asks it.

    Attributes:
        rule: The rule.
        place: Its place among all, by which findings are ordered.
        conditional: It must be asked whether it reaches the account and person.
        has_consequences: It may spend, ask for words or change with the clock.
    """

    rule: Rule
    place: int
    conditional: bool
    has_consequences: bool


@attrs.frozen(eq=False)
class Docket:
    """
    Rules of one sort of act.

    Attributes:
        rules: All of them, in their order.
        always: Those that must be asked each time.
        on_holds: Those that speak only when there is a hold.
        on_wishes: Those that speak only when the person wished something.
        on_facts: Those that speak only when the act says one of `said`.
        said: Names of facts.
        all_since: From this local day on, as an ordinal, every rule that binds unconditionally is in force.
    """

    rules: tuple[Rule, ...]
    always: tuple[Entry, ...]
    on_holds: tuple[Entry, ...]
    on_wishes: tuple[Entry, ...]
    on_facts: tuple[Entry, ...]
    said: frozenset[str]
    all_since: int

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Docket:
        """Sort *rules*."""
        groups: dict[str, list[Entry]] = {"": [], HOLDS: [], WISHES: [], "facts": []}
        said: set[str] = set()
        for place, rule in enumerate(rules):
            rests_on = rule.terms.rests_on() if isinstance(rule.terms, PlainTerms) else ""
            if isinstance(rests_on, frozenset):
                said |= rests_on
            group = "facts" if isinstance(rests_on, frozenset) else rests_on
            groups[group].append(Entry(rule, place, _is_conditional(rule), not _is_plain(rule)))
        since = max((rule.effective_from.toordinal() for rule in rules if not _is_conditional(rule)), default=0)
        always, holds, wishes, facts = (tuple(groups[name]) for name in ("", HOLDS, WISHES, "facts"))
        return cls(tuple(rules), always, holds, wishes, facts, frozenset(said), since)

    def entries(self, question: Question) -> Iterator[Entry]:
        """Yield the rules that may speak about a question."""
        yield from self.always
        if question.holds:
            yield from self.on_holds
        if question.wishes:
            yield from self.on_wishes
        if not self.said.isdisjoint(question.facts):
            yield from self.on_facts

    def bound(self, question: Question) -> tuple[list[Entry], list[Finding]]:
        """
        Return the rules that may speak, are in force on the local day of the act and reach its account and person.

        Returns:
            Those rules, and the denials by rules that failed to say.
        """
        bound: list[Entry] = []
        faults: list[Finding] = []
        all_in_force = min(question.days) >= self.all_since
        for entry in self.entries(question):
            if all_in_force and not entry.conditional:
                bound.append(entry)
                continue
            try:
                if entry.rule.in_force(question) and entry.rule.scope.reaches(question):
                    bound.append(entry)
            except Exception as fault:
                faults.append(failed(entry.rule, fault))
        return bound, faults


def failed(rule: Rule, fault: Exception) -> Finding:
    """Return the denial of a rule that failed: whatever it was, it must not become an allowance."""
    # The message of the fault could hold personal data, so only its class is told.
    return rule.denies(f"The rule could not be evaluated ({type(fault).__name__}), so it denies.")


def _is_conditional(rule: Rule) -> bool:
    scope = rule.scope
    return bool(rule.effective_to or scope.products or scope.stage or scope.regions or isinstance(rule.terms, Overdue))


def _is_plain(rule: Rule) -> bool:
    """Whether a rule never spends, asks for words or changes with the clock; most do not, and need not be asked."""
    terms = type(rule.terms)
    return issubclass(terms, PlainTerms) and all(
        getattr(terms, name) is getattr(PlainTerms, name) for name in ("spends", "duties", "holds_until")
    )
