"""Places where the person does not want to be reached."""

from __future__ import annotations

import attrs

from collectkit.actions import Finding
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import all_lifted_at
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class PreferencePlace(PlainTerms):
    """
    Attributes:
        wish: Kind of wish it respects.
        exceptions: Purposes and consents for which it does not hold.
    """

    wish: str
    exceptions: frozenset[str] = frozenset()

    def rests_on(self) -> str:
        """Return that without a wish nothing is said."""
        return "wishes"

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny an act that reaches the person where they called it inconvenient."""
        if question.is_excepted(self.exceptions):
            return None
        place = question.fact("when.place") or question.place
        binding = [
            wish
            for wish in question.wishes
            if wish.kind == self.wish
            and wish.place == place
            and wish.stands(question.at)
            and (not wish.person or wish.person == question.person)
        ]
        if not binding:
            return None
        return rule.denies("The person asked not to be contacted at this place.", earliest=all_lifted_at(binding))


def read(params: Table, context: PackContext) -> PreferencePlace:
    """Read the parameters of a `preference_place` rule."""
    terms = PreferencePlace(params.text("preference"), frozenset(params.texts("exceptions")))
    params.finish()
    return terms
