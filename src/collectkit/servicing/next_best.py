"""The next best action: of several contacts that are due, the lawful one that is worth most, and why the others are not.

The law is asked first, and a candidate that it forbids is never weighed. What is weighed is what a scorer expects:
chance times value, less cost and harm. A contact that is worth nothing is not made. With a share of exploration another than the
best is drawn now and then, by a hash; the probability of what was chosen is recorded, so that another way of choosing can be judged
by what came of this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar, Final, Protocol

import attrs

from collectkit._checks import given
from collectkit.actions import Proposal
from collectkit.errors import PolicyError
from collectkit.identifiers import MessageId, PersonId
from collectkit.person_standing import PersonStanding

__all__ = [
    "BASELINE",
    "BaselineScorer",
    "ChannelWorth",
    "Considered",
    "Estimate",
    "NextActionChosen",
    "NextBestPolicy",
    "Scorer",
    "choose",
]

WHOLE_BP: Final = 10_000
BASELINE: Final = "baseline"
MINOR_MAX: Final = 10**15


def _within(least: int, most: int) -> attrs._ValidatorType[int]:
    def check(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
        if type(value) is not int or not least <= value <= most:
            raise PolicyError(f"{attribute.name} is a whole number from {least} to {most}, got {value!r}; nothing was chosen")

    return check


_SHARE = _within(0, WHOLE_BP)
_MINOR = _within(0, MINOR_MAX)


@attrs.frozen
class Estimate:
    """
    What is expected of one contact.

    Attributes:
        chance_bp: Probability that it brings its value, in basis points.
        value_minor: What it then brings, in minor units.
        cost_minor: What it costs to make.
        harm_minor: What it costs the person, in money: one contact too many, at a bad time.
        why: The terms, each a sentence for a person.

    Raises:
        PolicyError: A number outside its bounds.
    """

    chance_bp: int = attrs.field(validator=_SHARE)
    value_minor: int = attrs.field(validator=_MINOR)
    cost_minor: int = attrs.field(default=0, validator=_MINOR)
    harm_minor: int = attrs.field(default=0, validator=_MINOR)
    why: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])

    @property
    def utility(self) -> int:
        """Return chance times value less cost and harm, in ten-thousandths of a minor unit, so that nothing is rounded."""
        return self.chance_bp * self.value_minor - WHOLE_BP * (self.cost_minor + self.harm_minor)


class Scorer(Protocol):
    """Tells what is expected of a contact. The same question has the same answer; chance and the clock are not asked."""

    @property
    def version(self) -> str:
        """Name and version of the model, for the record."""
        ...

    def score(self, proposal: Proposal, person: PersonStanding, on: date) -> Estimate:
        """Return what is expected of one lawful contact on a business date."""
        ...


@attrs.frozen
class ChannelWorth:
    """
    What the baseline knows of a channel.

    Attributes:
        name: ``sms``, ``email`` …
        chance_bp: Share of contacts upon which somebody a few days late pays, in basis points.
        cost_minor: What one costs.
        harm_minor: What one costs the person who had no contact for a week; each contact of the week adds as much.
    """

    name: str = attrs.field(validator=given)
    chance_bp: int = attrs.field(validator=_SHARE)
    cost_minor: int = attrs.field(default=0, validator=_MINOR)
    harm_minor: int = attrs.field(default=0, validator=_MINOR)


CHANNELS: Final = (
    ChannelWorth("app_push", 600, 0, 5),
    ChannelWorth("email", 500, 1, 5),
    ChannelWorth("sms", 900, 5, 15),
    ChannelWorth("letter", 400, 90, 20),
    ChannelWorth("phone", 1_500, 250, 60),
    ChannelWorth("in_person", 2_000, 4_000, 400),
)
"""Plain starting values, no measurement: put in your own, or tell the baseline what came of your contacts."""


@attrs.frozen
class NextBestPolicy:
    """
    How one of several contacts is chosen.

    Attributes:
        scorer: ``baseline``, or the name of one that a plugin brings.
        explore_bp: Share of choices that are drawn among all that are worth something, in basis points.
        salt: Makes the draw independent of any other.
        channels: What the baseline knows; a channel that it does not know is never chosen by it.
    """

    scorer: str = BASELINE
    explore_bp: int = attrs.field(default=0, validator=_SHARE)
    salt: str = "next-best"
    channels: tuple[ChannelWorth, ...] = attrs.field(default=CHANNELS, converter=tuple[ChannelWorth, ...])

    def __attrs_post_init__(self) -> None:
        names = [one.name for one in self.channels]
        if len(set(names)) < len(names):
            raise PolicyError(f"each channel is named once, got {', '.join(names)}; nothing was loaded")


@attrs.frozen
class BaselineScorer:
    """
    Chance by channel and lateness, in the open: the rate of a channel, halved with every thirty days past due.

    What came of earlier contacts corrects it: a rate that was observed counts as far as *prior* contacts of guesswork let it.

    Attributes:
        policy: What it knows of channels.
        observed: By channel and lateness in thirty-day steps (0 for less than thirty days): how many brought a payment, of how many.
        prior: With so many observed contacts, observation and guess weigh the same.
    """

    policy: NextBestPolicy = attrs.field(factory=NextBestPolicy)
    observed: Mapping[tuple[str, int], tuple[int, int]] = attrs.field(factory=dict)
    prior: int = 200
    version: str = "baseline/1"

    def score(self, proposal: Proposal, person: PersonStanding, on: date) -> Estimate:
        """Return the estimate of one contact; its terms say how it came about."""
        known = next((one for one in self.policy.channels if one.name == proposal.channel), None)
        if known is None:
            return Estimate(0, 0, why=(f"nothing is known of {proposal.channel}",))
        about = [standing for standing in person.accounts if standing.account in proposal.accounts]
        currency = about[0].currency if about else ""
        value = sum(s.past_due_minor or s.next_due_minor for s in about if s.currency == currency)
        late = max((s.days_past_due for s in about), default=0)
        chance, sentence = self._chance(known, late)
        week = sum(on - timedelta(days=7) < c.at.date() <= on and c.direction == "outbound" for c in person.facts.contacts)
        harm = known.harm_minor * (1 + week)
        return Estimate(
            chance,
            min(value, MINOR_MAX),
            known.cost_minor,
            harm,
            (
                sentence,
                f"{value} minor units of {currency or 'nothing'} would come",
                f"one costs {known.cost_minor}",
                f"{week} contacts in the last seven days make its harm {harm}",
            ),
        )

    def _chance(self, known: ChannelWorth, late: int) -> tuple[int, str]:
        step = late // 30
        guess = known.chance_bp >> min(step, 14)
        won, tried = self.observed.get((known.name, step), (0, 0))
        chance = (guess * self.prior + won * WHOLE_BP) // (self.prior + tried) if tried else guess
        seen = f", corrected by {won} of {tried} observed to {chance}" if tried else ""
        return chance, f"{known.name}: {known.chance_bp} basis points, halved {step} times at {late} days past due: {guess}{seen}"


@attrs.frozen
class Considered:
    """
    One candidate of a choice, for the record.

    Attributes:
        message: Id of the proposal.
        step: Which step.
        channel: Through which channel.
        rules: Ids of the rules that forbid it; such a candidate is not weighed.
        chance_bp, value_minor, cost_minor, harm_minor: What was expected of it.
        propensity_bp: Probability with which it was chosen, in basis points.
        why: The terms.
    """

    message: MessageId = attrs.field(converter=MessageId)
    step: str
    channel: str
    rules: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    chance_bp: int = 0
    value_minor: int = 0
    cost_minor: int = 0
    harm_minor: int = 0
    propensity_bp: int = 0
    why: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])

    @property
    def utility(self) -> int:
        """Return what it is worth, in ten-thousandths of a minor unit."""
        return self.chance_bp * self.value_minor - WHOLE_BP * (self.cost_minor + self.harm_minor)


@attrs.frozen
class NextActionChosen:
    """
    One of several contacts was chosen, or none.

    Attributes:
        person: Towards whom.
        on: Business date.
        among: Name of the choice, as the steps call it.
        chosen: Id of the proposal; None when none was worth making, or none lawful.
        candidates: All of them: best first, then what is worth nothing, then what the law forbids.
        scorer: Name and version of what weighed them.
        explore_bp: Share of choices that are drawn.
    """

    TYPE: ClassVar[str] = "next-action-chosen/1"

    person: PersonId = attrs.field(converter=PersonId)
    on: date
    among: str
    chosen: MessageId | None = attrs.field(converter=attrs.converters.optional(MessageId))
    candidates: tuple[Considered, ...] = attrs.field(converter=tuple[Considered, ...])
    scorer: str
    explore_bp: int = 0

    @property
    def propensity_bp(self) -> int:
        """Return the probability of what was chosen, in basis points; that of choosing nothing is the whole."""
        return next((one.propensity_bp for one in self.candidates if one.message == self.chosen), WHOLE_BP)


def choose(
    candidates: Iterable[tuple[Proposal, Sequence[str]]], person: PersonStanding, on: date, *, scorer: Scorer, policy: NextBestPolicy
) -> NextActionChosen:
    """
    Choose one of several contacts with a person.

    The draw depends on the person, the choice, the day and the salt alone: whoever has the record can compute it again.

    Args:
        candidates: Those of one choice, each with the ids of the rules that forbid it, in any order; the law was asked before, and what
            it forbids is not weighed.
        person: Towards whom.
        on: The business date.
        scorer: Weighs what is lawful.
        policy: How often another than the best is drawn.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate[0].id)
    among = ordered[0][0].among if ordered else ""
    weighed = [(proposal, scorer.score(proposal, person, on)) for proposal, rules in ordered if not rules]
    ranked = sorted(weighed, key=lambda one: (-one[1].utility, one[0].id))
    worth = [proposal.id for proposal, estimate in ranked if estimate.utility > 0]
    shares = dict(zip(worth, shares_of(len(worth), policy.explore_bp), strict=True))
    considered = [
        *(_considered(proposal, estimate, shares.get(proposal.id, 0)) for proposal, estimate in ranked),
        *(Considered(proposal.id, proposal.step, proposal.channel, tuple(rules)) for proposal, rules in ordered if rules),
    ]
    chosen = _drawn(shares, _point(policy.salt, person.id, among, on))
    return NextActionChosen(person.id, on, among, chosen, tuple(considered), scorer.version, policy.explore_bp)


def shares_of(count: int, explore_bp: int) -> tuple[int, ...]:
    """
    Return the probability of each of *count* candidates, best first, in basis points; together they are the whole.

    >>> shares_of(3, 1_000)
    (9334, 333, 333)
    """
    if not count:
        return ()
    each = explore_bp // count
    return (WHOLE_BP - each * (count - 1), *(each,) * (count - 1))


def _drawn(shares: Mapping[MessageId, int], point: int) -> MessageId | None:
    below = 0
    for message, share in shares.items():
        below += share
        if point < below:
            return message
    return None


def _point(salt: str, person: str, among: str, on: date) -> int:
    """Return where the first 64 bits of the hash fall, of 10,000; whole numbers only, so that every machine agrees."""
    digest = hashlib.sha256(f"{salt}|{person}|{among}|{on.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8]) * WHOLE_BP >> 64


def _considered(proposal: Proposal, estimate: Estimate, share: int) -> Considered:
    return Considered(
        proposal.id,
        proposal.step,
        proposal.channel,
        (),
        estimate.chance_bp,
        estimate.value_minor,
        estimate.cost_minor,
        estimate.harm_minor,
        share,
        estimate.why,
    )
