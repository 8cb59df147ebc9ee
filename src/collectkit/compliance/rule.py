"""A rule: what a pack says about one paragraph, with its terms ready to answer questions.

`Scope` decides whom and what the rule reaches; `Terms` hold the parameters of its kind. There is one module per
kind; none of them holds a parameter of any law.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

import attrs

from collectkit.actions import Finding, Outcome, Spend
from collectkit.compliance.question import Question

STATUSES: Final = ("from-memory", "mixed", "verified")
"""How well a rule's parameters were checked, least first."""

SOMEBODY_ELSE: Final = "somebody_else"
"""A third party of whom nobody said who they are to the person: whatever speaks of any of them is asked."""

_OTHERS: Final = frozenset({"third_party", "household_member"})


@attrs.frozen
class Scope:
    """
    Whom and what a rule reaches, in the words of the packs; an empty set reaches all.

    Attributes:
        party: Roles of the one who acts.
        actions: Kinds of act.
        channels: Channels; an act without a channel is reached whatever stands here.
        products: Kinds of credit.
        stage: Stages of collection.
        recipients: To whom.
        regions: Parts of the jurisdiction.
    """

    party: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    stage: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def names(self, party: str, action: str, channel: str, recipient: str) -> bool:
        """Whether it reaches such an act at all; the rest depends on the account and the person."""
        return (
            (not self.party or party in self.party)
            and (not self.actions or action in self.actions)
            and (not self.channels or not channel or channel in self.channels)
            and (not self.recipients or recipient in self.recipients or self._may_mean(recipient))
        )

    def _may_mean(self, recipient: str) -> bool:
        return recipient == SOMEBODY_ELSE and not self.recipients.isdisjoint(_OTHERS)

    def reaches(self, question: Question) -> bool:
        """Whether it reaches this account and person; what is unknown is taken to be reached."""
        doubtful = question.unknown is not Outcome.ALLOW
        return (
            (not self.products or _meets(self.products, question.products, doubtful=doubtful))
            and (not self.stage or _meets(self.stage, question.stages, doubtful=doubtful))
            and (not self.regions or _lies_in(self.regions, question.regions, doubtful=doubtful))
        )


def _meets(wanted: frozenset[str], known: frozenset[str] | None, *, doubtful: bool) -> bool:
    return doubtful if known is None else not wanted.isdisjoint(known)


def _lies_in(wanted: frozenset[str], known: frozenset[str], *, doubtful: bool) -> bool:
    """Whether the person is, or may be, in a wanted region: whoever lives in US-NY may live in US-NY-NYC."""
    if not wanted.isdisjoint(known):
        return True
    return doubtful and (not known or any(region.startswith(f"{tag}-") for region in wanted for tag in known))


@runtime_checkable
class Computing(Protocol):
    """Terms that can also tell figures: a cap, a last day, a count."""

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the figures by name; empty when the question does not ask for them or too little is known."""
        ...


class Terms(Protocol):
    """The parameters of one rule, able to answer. A plugin's kind of rule brings its own."""

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """
        Return what stands against the act, or None.

        Terms that a plugin brings answer with `Rule.allows` when nothing does: an answer of None counts as a fault there, and
        a rule that fails denies.
        """
        ...

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        """Return the budgets that the act would spend."""
        ...

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return the disclosures that the act must carry."""
        ...

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return the last instant until which an allowed act stays so by the clock alone, or None for no such end."""
        ...


_ANY: Final[Mapping[str, tuple[object, ...]]] = MappingProxyType({})


class PlainTerms:
    """Terms that spend nothing, ask for no words and do not change with the clock."""

    __slots__ = ()

    def rests_on(self) -> str | frozenset[str]:
        """
        Return without what these terms never speak: ``holds``, ``wishes``, or names of facts of which one is needed.

        Empty: they may always speak.
        """
        return ""

    @property
    def match(self) -> Mapping[str, tuple[object, ...]]:
        """Return the facts under which these terms speak, each with the values that it may have; empty: under any."""
        return _ANY

    def hears(self) -> frozenset[str]:
        """Return the kinds of notices and events that these terms ask for."""
        return frozenset()

    def charges(self) -> frozenset[str]:
        """Return the kinds of charges that these terms tell apart."""
        return frozenset()

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        """Return nothing."""
        return ()

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return None."""
        return None


@attrs.frozen
class Rule:
    """
    One rule of a pack.

    Attributes:
        id: Stable, dotted, never reused, such as ``us.regf.6b1.hours``.
        citation: The paragraph that a verdict shows.
        title: In plain words.
        kind: Decides how the parameters are read.
        status: ``verified``, ``mixed`` or ``from-memory``.
        source: Where the parameters were read.
        effective_from: First local day on which it exists, inclusive.
        effective_to: Last local day, inclusive; None for no end.
        scope: Whom and what it reaches.
        terms: Its parameters.
        ambiguity: Where the law can be read otherwise.
        notes: Remarks for people.
        review_by: By when somebody must look at it again; None for no such day.
        hash: First 16 hexadecimal digits of the digest of what its pack states; decisions are bound to it.
        stated: What its pack states.
    """

    id: str
    citation: str
    title: str
    kind: str
    status: str
    source: str
    effective_from: date
    effective_to: date | None
    scope: Scope
    terms: Terms
    ambiguity: str = ""
    notes: str = ""
    review_by: date | None = None
    hash: str = ""
    stated: Mapping[str, object] = attrs.field(factory=dict, eq=False, repr=False)

    def in_force(self, question: Question) -> bool:
        """Whether it exists on the local day of the act; while places disagree about the day, in one of them is enough."""
        if self.effective_from.toordinal() > max(question.days):
            return False
        return self.effective_to is None or min(question.days) <= self.effective_to.toordinal()

    def allows(self) -> Finding:
        """Return the finding that nothing stands against the act: what a plugin's rule says in so many words."""
        return Finding(self.id, self.citation, self.status, Outcome.ALLOW, "")

    def denies(self, text: str, *, earliest: datetime | None = None, rebuttable: bool = False) -> Finding:
        """Return the finding that this rule forbids the act."""
        return Finding(self.id, self.citation, self.status, Outcome.DENY, text, earliest=earliest, rebuttable=rebuttable)

    def requires(self, text: str, required: tuple[str, ...], *, due_on: date | None = None) -> Finding:
        """Return the finding that something is missing, or due by a day."""
        return Finding(self.id, self.citation, self.status, Outcome.REQUIRE, text, required=required, due_on=due_on)

    def doubts(self, question: Question, what: str, text: str) -> Finding | None:
        """
        Return what an unknown fact means: nothing when all facts are given, else what the host chose for doubt.

        Args:
            question: The facts.
            what: Name of the missing fact.
            text: A sentence for people.
        """
        if question.all_given:
            return None
        return self.requires(text, (what,)) if question.unknown is Outcome.REQUIRE else self.denies(text)
