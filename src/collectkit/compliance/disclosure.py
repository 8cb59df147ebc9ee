"""Words that a message or call must carry."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from collectkit.actions import Finding, Outcome
from collectkit.compliance._wording import listed
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class Disclosure(PlainTerms):
    """
    Attributes:
        always: Disclosures due in each such act.
        initial: Those due in the first communication.
        subsequent: Those due in every later one.
        only_initial: The rule speaks of the first communication only.
        written_again: The first written one after an oral start counts as first.
        same_language: They are due in the language of the rest.
        condition: A fact that must be true; empty for none.
        match: Facts under which the rule applies.
        exempt: Purposes for which nothing is due.
    """

    always: tuple[str, ...] = ()
    initial: tuple[str, ...] = ()
    subsequent: tuple[str, ...] = ()
    only_initial: bool = False
    written_again: bool = False
    same_language: bool = False
    condition: str = ""
    match: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    exempt: frozenset[str] = frozenset()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Ask for the disclosures that the act does not carry."""
        due = self.duties(rule, question)
        if not due:
            return None
        carried = frozenset[str]() if self.same_language and self._in_other_language(question) else question.content
        if carried.issuperset(due):
            return None
        missing = tuple(sorted(token for token in due if token not in carried))
        return rule.requires(f"Disclosures are missing: {listed([token.replace('_', ' ') for token in missing])}.", missing)

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return the disclosures that are due, whether or not the act carries them yet."""
        if not question.purposes.isdisjoint(self.exempt) or (self.match and not question.matches(self.match)):
            return ()
        if self.condition and not _holds(question, self.condition):
            return ()
        first = question.fact("when.initial_communication") is True
        if self.only_initial and not first:
            return ()
        first = first or (self.written_again and question.fact("when.first_written_after_oral_initial") is True)
        return self.always + (self.initial if first else self.subsequent)

    def _in_other_language(self, question: Question) -> bool:
        disclosed = _languages(question, "content.disclosure_languages", "content.disclosure_language")
        return bool(disclosed) and not _languages(question, "when.languages", "when.language") <= disclosed


def _languages(question: Question, many: str, one: str) -> frozenset[str]:
    several, single = question.fact(many), question.fact(one)
    given = several if isinstance(several, (list, tuple)) else (single,)
    return frozenset(language for language in given if isinstance(language, str))


def _holds(question: Question, condition: str) -> bool:
    """Whether a fact is true; an unknown one is taken to be, unless all facts are known to be given."""
    value = question.fact(condition)
    return question.unknown is not Outcome.ALLOW if value is None else value is True


def read(params: Table, context: PackContext) -> Disclosure:
    """Read the parameters of a `disclosure` rule."""
    terms = Disclosure(
        always=params.texts("disclosures"),
        initial=params.texts("initial"),
        subsequent=params.texts("subsequent"),
        only_initial=params.text("on", "", choices=("", "initial_communication")) != "",
        written_again=params.flag("initial_written_again", default=False),
        same_language=params.flag("same_language", default=False),
        condition=params.text("condition", ""),
        match=params.conditions("match"),
        exempt=frozenset(params.texts("exempt")),
    )
    if not terms.always and not terms.initial:
        raise params.fault("disclosures", "a list of at least one disclosure")
    params.finish(*_NOTED)
    return terms


# Manner and timing that a template's author must see to.
_NOTED = (
    "manner",
    "every_message",
    "language",
    "on_request",
    "if_applicable",
    "trigger",
    "by",
    "employer_name",
    "or_within_days",
    "day_kind",
    "not_if",
)
