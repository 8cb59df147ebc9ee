"""How likely a person is to be reached: what is known of each contact point, in whole basis points, with reasons.

The figures are a policy and not a law of nature: a host that has measured its own gives them. They order work and say where
a trace is worth it; whether a contact is lawful is asked elsewhere and of other facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from collectkit.errors import ValidationError
from collectkit.person.consumer import Consumer
from collectkit.person.contact_points import ContactPoint
from collectkit.person.events import PersonFacts
from collectkit.person.facts import Contact

WHOLE_BP = 10_000
REACHED = frozenset({"conversation", "delivered"})
_FAILED = frozenset({"undeliverable", "not_in_service", "wrong_number"})
_MISSED = frozenset({"no_answer", "busy", "voicemail", "voicemail_full"})


def _days(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise ValidationError(f"{attribute.name} is a number of days from 1, got {value!r}; nothing was computed")


@attrs.frozen(kw_only=True)
class ReachPolicy:
    """
    What each fact about a contact point adds or takes, in basis points.

    Attributes:
        verified: A point that is known to be the right person's.
        unverified: Any other that may be used.
        own_word: Given by the person: at the checkout, in the portal, by themselves.
        traced: Found by a trace.
        fresh: The person was reached on it today; it fades to nothing over *fade_days*.
        undeliverable: For each message that did not arrive, and call to a number that is dead or not theirs, since they were reached last.
        missed: For each call that was not answered since.
        missed_max: At most so much for calls that were not answered.
        work: It belongs to a workplace, or to a role.
        most: No point is surer than this.
        fade_days: In so many days a success is worth nothing; 1 or more.

    Raises:
        ValidationError: *fade_days* is no such number.
    """

    verified: int = 5_500
    unverified: int = 4_000
    own_word: int = 1_000
    traced: int = -1_500
    fresh: int = 3_000
    undeliverable: int = -2_500
    missed: int = -400
    missed_max: int = -2_000
    work: int = -1_000
    most: int = 9_500
    fade_days: int = attrs.field(default=365, validator=_days)


@attrs.frozen
class PointReach:
    """
    How likely a person is to be reached on one point.

    Attributes:
        point: Its id.
        basis_points: How likely, 0 to 10,000.
        reached_on: Day on which they were last reached there; None for never.
        why: What was added and taken, in order.
    """

    point: str
    basis_points: int
    reached_on: date | None
    why: tuple[tuple[str, int], ...]


@attrs.frozen
class Reach:
    """
    How likely a person is to be reached at all.

    Attributes:
        basis_points: On some point, if their chances were independent of each other.
        points: Of each point, the likeliest first.
    """

    basis_points: int
    points: tuple[PointReach, ...]

    @property
    def unreachable(self) -> bool:
        """Whether no way is left, so that a trace is due."""
        return self.basis_points == 0


def reach(consumer: Consumer, facts: PersonFacts, on: date, policy: ReachPolicy = ReachPolicy()) -> Reach:
    """
    Return how likely a person is to be reached on a day.

    Args:
        consumer: Their contact points.
        facts: The contacts so far; later ones than *on* do not count.
        on: The day.
        policy: What each fact is worth.
    """
    contacts = [contact for contact in facts.contacts if contact.point and contact.at.date() <= on]
    points = [_reach_on(point, [contact for contact in contacts if contact.point == point.id], on, policy) for point in consumer.contacts]
    missed = WHOLE_BP
    for point in points:
        missed = missed * (WHOLE_BP - point.basis_points) // WHOLE_BP
    any_left = any(point.basis_points for point in points)
    return Reach(WHOLE_BP - missed if any_left else 0, tuple(sorted(points, key=lambda point: (-point.basis_points, point.point))))


def _reach_on(point: ContactPoint, contacts: Sequence[Contact], on: date, policy: ReachPolicy) -> PointReach:
    reached = [contact.at for contact in contacts if contact.outcome in REACHED]
    last = max(reached, default=None)
    last_on = last.date() if last is not None else None
    if not point.usable:
        return PointReach(point.id, 0, last_on, ((point.status, 0),))
    since = [contact for contact in contacts if last is None or contact.at > last]
    failed = sum(contact.outcome in _FAILED for contact in since)
    missed = sum(contact.outcome in _MISSED for contact in since)
    days = (on - last_on).days if last_on is not None else policy.fade_days
    parts = (
        (point.status, policy.verified if point.status == "verified" else policy.unverified),
        ("own word", policy.own_word * (point.source in ("checkout", "consumer", "portal"))),
        ("traced", policy.traced * (point.source == "skip_trace")),
        ("fresh", policy.fresh * max(policy.fade_days - days, 0) // policy.fade_days),
        ("undeliverable", policy.undeliverable * failed),
        ("not answered", max(policy.missed * missed, policy.missed_max)),
        ("work", policy.work * point.work),
    )
    why = tuple((name, worth) for name, worth in parts if worth)
    return PointReach(point.id, min(max(sum(worth for _, worth in why), 0), policy.most), last_on, why)
