"""Media and contact points that the person refused."""

from __future__ import annotations

import attrs

from collectkit.actions import Finding
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import Wish, all_lifted_at
from collectkit.compliance.question import VOICE, Question
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class PreferenceMedium(PlainTerms):
    """
    Attributes:
        wish: Kind of wish it respects.
        exceptions: Purposes for which it does not hold.
    """

    wish: str
    exceptions: frozenset[str] = frozenset()

    def rests_on(self) -> str:
        """Return that without a wish nothing is said."""
        return "wishes"

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny the refused medium until the person takes the refusal back."""
        if not question.purposes.isdisjoint(self.exceptions):
            return None
        binding = [wish for wish in question.wishes if self._binds(wish, question)]
        if not binding:
            return None
        return rule.denies("The person asked not to be contacted through this medium.", earliest=all_lifted_at(binding))

    def _binds(self, wish: Wish, question: Question) -> bool:
        return (
            wish.kind == self.wish
            and wish.stands(question.at)
            and (not wish.medium or _is_same(wish.medium, question.channel))
            and (not wish.point or not question.point or wish.point == question.point)
            and (not wish.person or wish.person == question.person)
        )


def _is_same(refused: str, channel: str) -> bool:
    """Whether refusing one medium refuses the channel: whoever wants no calls wants no recorded ones either."""
    return refused == channel or (refused == "phone" and channel in VOICE)


def read(params: Table, context: PackContext) -> PreferenceMedium:
    """Read the parameters of a `preference_medium` rule."""
    terms = PreferenceMedium(params.text("preference"), frozenset(params.texts("exceptions")))
    params.finish("scope")
    return terms
