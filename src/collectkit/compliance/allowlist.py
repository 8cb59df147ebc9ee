"""An act may show nothing but what is listed, such as what stands on an envelope."""

from __future__ import annotations

import attrs

from collectkit.actions import Finding
from collectkit.compliance._wording import listed
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class Allowlist(PlainTerms):
    """
    Attributes:
        field: The fact that lists what the act shows.
        allowed: What may be shown.
    """

    field: str
    allowed: frozenset[str]

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny any other element; an act that lists none shows none."""
        shown = question.fact(self.field)
        if not isinstance(shown, (list, tuple, frozenset)):
            return None
        others = sorted(str(element) for element in shown if element not in self.allowed)
        if not others:
            return None
        return rule.denies(f"This may not be shown: {listed([element.replace('_', ' ') for element in others])}.")


def read(params: Table, context: PackContext) -> Allowlist:
    """Read the parameters of an `allowlist` rule."""
    terms = Allowlist(field=params.text("field"), allowed=frozenset(params.texts("allowed", None)))
    params.finish()
    return terms
