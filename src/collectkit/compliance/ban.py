"""What is never allowed: an act with certain facts, whatever the time, unless it serves a named purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance._wording import listed
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import RAIL, Question
from collectkit.compliance.rule import PlainTerms, Rule

ALWAYS_SAID: Final = frozenset({"when.channel", "when.action", RAIL})
"""Facts of an act that its question always holds."""


@attrs.frozen
class Ban(PlainTerms):
    """
    Attributes:
        every: Facts that must all hold.
        some: Facts of which one is enough.
        purposes: Purposes, and consents to the act itself, for which it does not hold.
        consents: Consents for the same contact point under which it does not hold.
        consumer_includes: Relations to the person who count as the person themselves.
    """

    every: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    some: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    purposes: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    consumer_includes: frozenset[str] = frozenset()
    _said: frozenset[str] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # Facts of the act of which one must be said at least, or nothing can hold; empty when it may rest on other facts alone.
        named = {**self.every, **self.some}
        said = frozenset(name for name in named if name.startswith("when.") and name not in ALWAYS_SAID)
        may_rest_on_others = not said or (bool(self.some) and len(said) < len(named))
        object.__setattr__(self, "_said", frozenset[str]() if may_rest_on_others else said)

    def rests_on(self) -> str | frozenset[str]:
        """Return the facts of which the act must say one."""
        return self._said or ""

    @property
    def match(self) -> Mapping[str, tuple[object, ...]]:
        """Return what the ban is about, all of it or any."""
        return {**self.every, **self.some}

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny when the facts hold; what is known of an act is what its proposal says of it."""
        if self._said and self._said.isdisjoint(question.facts):
            return None
        if question.is_excepted(self.purposes):
            return None
        named = self._named(question)
        if not named or any(consent.kind in self.consents and question.is_usable(consent) for consent in question.consents):
            return None
        return rule.denies(f"{rule.title}: {listed(named)}.")

    def _named(self, question: Question) -> list[str]:
        """Return what the ban rests on, in words without personal data; empty when it does not hold."""
        if self.every:
            return [_worded(name) for name in self.every] if question.matches(self.every) else []
        return [_worded(name) for name, allowed in self.some.items() if question.matches({name: allowed})]


def _worded(name: str) -> str:
    return name.partition(".")[2].replace(".", " ").replace("_", " ")


def read(params: Table, context: PackContext) -> Ban:
    """Read the parameters of a `ban` rule."""
    terms = Ban(
        every=params.conditions("match"),
        some=params.conditions("match_any"),
        purposes=frozenset(params.texts("unless_purpose")),
        consents=frozenset(params.texts("unless_consent")),
        consumer_includes=frozenset(params.texts("consumer_includes")),
    )
    if bool(terms.every) == bool(terms.some):
        raise params.fault("match", "facts that must all hold, or match_any with facts of which one is enough")
    params.finish("allowed", "knowledge", "standard")
    return terms
