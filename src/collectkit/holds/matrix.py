"""The matrix of holds: which kind stops what. Data, which a host's policy may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType

import attrs

from collectkit._checks import member
from collectkit.errors import PolicyError


class HoldKind(Enum):
    """Why work stops."""

    DISPUTE = "dispute"
    """The whole debt is disputed."""
    DISPUTE_PART = "dispute_part"
    """A stated amount is disputed; the rest may be collected."""
    RETURN = "return"
    """The goods are on their way back."""
    COMPLAINT = "complaint"
    FRAUD = "fraud"
    """Fraud or identity theft is reported."""
    HARDSHIP = "hardship"
    """A request for relief is under review."""
    MORATORIUM = "moratorium"
    """Breathing space by law."""
    INSOLVENCY = "insolvency"
    DECEASED = "deceased"
    MINOR = "minor"
    """The person is not of age: who may speak for them decides, and what they agreed to alone may not bind them."""
    VULNERABILITY = "vulnerability"
    CEASE_CONTACT = "cease_contact"
    """The person forbade contact."""
    REPRESENTED = "represented"
    """A representative speaks for the person."""
    MILITARY = "military"
    """The person is protected while in service."""
    SYSTEM_ERROR = "system_error"
    """What we believe about the account is known to be wrong."""


class Effect(Enum):
    """What a hold stops."""

    CONTACT = "contact"
    """Solicitation; obligatory notices are judged by the law."""
    CONTACT_LIMITED = "contact_limited"
    """Contact that is not about the hold itself, not adjusted to it, or not with the representative."""
    FEES = "fees"
    INTEREST = "interest"
    RETRY = "retry"
    """Automatic collection from a stored card or account."""
    PROMISE = "promise"
    """Asking for a promise to pay; the deadlines of what was promised or agreed before move by its days."""
    PLACEMENT = "placement"
    RECALL = "recall"
    """Leaving the account with an agency: it is taken back."""
    REPORTING = "reporting"
    """Reporting to a bureau as if nothing had happened."""
    CLOCK = "clock"
    """The operational count of days past due; the contractual one never stops."""
    SALE = "sale"
    LEGAL = "legal"
    """A referral to court, a threat of a suit, the suit, its enforcement, and what prepares it: termination and acceleration."""


def _effects(*effects: Effect) -> frozenset[Effect]:
    return frozenset(effects)


_MONEY = (Effect.FEES, Effect.INTEREST, Effect.RETRY)
_OUT = (Effect.PLACEMENT, Effect.SALE, Effect.LEGAL)

EFFECTS: Mapping[HoldKind, frozenset[Effect]] = MappingProxyType(
    {
        HoldKind.DISPUTE: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
        HoldKind.DISPUTE_PART: _effects(*_OUT, Effect.REPORTING),
        HoldKind.RETURN: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.CLOCK),
        HoldKind.COMPLAINT: _effects(Effect.CONTACT_LIMITED, *_OUT),
        HoldKind.FRAUD: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.HARDSHIP: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
        HoldKind.MORATORIUM: _effects(Effect.CONTACT, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.INSOLVENCY: _effects(
            Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK
        ),
        HoldKind.DECEASED: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.MINOR: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.PROMISE, Effect.RECALL, Effect.REPORTING, Effect.CLOCK),
        HoldKind.VULNERABILITY: _effects(Effect.CONTACT_LIMITED, Effect.SALE, Effect.LEGAL),
        HoldKind.CEASE_CONTACT: _effects(Effect.CONTACT),
        HoldKind.REPRESENTED: _effects(Effect.CONTACT_LIMITED),
        HoldKind.MILITARY: _effects(Effect.CONTACT_LIMITED, *_MONEY, *_OUT, Effect.REPORTING),
        HoldKind.SYSTEM_ERROR: _effects(Effect.CONTACT, *_MONEY, *_OUT, Effect.PROMISE, Effect.REPORTING, Effect.CLOCK),
    }
)
"""What each kind of hold stops, where the host's policy says nothing else."""

DISPUTES = frozenset({HoldKind.DISPUTE, HoldKind.DISPUTE_PART})
"""Holds that belong to one account and dispute what it owes."""


def blocked(kinds: Iterable[str | HoldKind], effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS) -> frozenset[Effect]:
    """
    Return all that the holds of these kinds stop together.

    Raises:
        ValidationError: There is no such kind of hold.

    >>> sorted(effect.value for effect in blocked(["cease_contact", "vulnerability"]))
    ['contact', 'contact_limited', 'legal', 'sale']
    """
    return frozenset[Effect]().union(*(effects[hold_kind(kind)] for kind in kinds))


def hold_kind(given: str | HoldKind) -> HoldKind:
    """Return the kind of that name, or raise `ValidationError`."""
    return member(HoldKind, given, "a hold is")


def effects_named(given: Iterable[str | Effect]) -> frozenset[Effect]:
    """Return the effects of those names, or raise `PolicyError`."""
    return frozenset(member(Effect, one, "an effect is", not_done="nothing was loaded", error=PolicyError) for one in given)


@attrs.frozen
class Citation:
    """
    Why an act does not happen: what it would need, and the holds that stop that.

    Attributes:
        effect: What is stopped.
        kinds: Kinds of the holds that stop it, sorted; more than one may.
    """

    effect: Effect
    kinds: tuple[HoldKind, ...]

    def __str__(self) -> str:
        return f"{self.effect.value} is stopped by the hold {' and '.join(kind.value for kind in self.kinds)}"


def cited(
    wanted: Iterable[Effect], kinds: Iterable[str | HoldKind], effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS
) -> tuple[Citation, ...]:
    """
    Return for each of the *wanted* effects that some hold stops, which holds do; sorted by name. Empty: nothing is in the way.

    >>> [str(citation) for citation in cited([Effect.FEES], ["dispute", "return", "complaint"])]
    ['fees is stopped by the hold dispute and return']
    """
    held = sorted({hold_kind(kind) for kind in kinds}, key=lambda kind: kind.value)
    found = (Citation(effect, tuple(kind for kind in held if effect in effects[kind])) for effect in sorted(wanted, key=lambda e: e.value))
    return tuple(citation for citation in found if citation.kinds)


def _complete(given: Mapping[str | HoldKind, Iterable[str | Effect]]) -> Mapping[HoldKind, frozenset[Effect]]:
    """Return the shipped matrix with the given rows in place of its own."""
    changed = {
        member(HoldKind, kind, "a hold is", not_done="nothing was loaded", error=PolicyError): effects_named(effects)
        for kind, effects in given.items()
    }
    return MappingProxyType({**EFFECTS, **changed})


def _count(instance: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and (type(value) is not int or value < 0):
        raise PolicyError(f"{attribute.name} is a whole number of at least 0, got {value!r}; nothing was loaded")


@attrs.frozen
class HoldPolicy:
    """
    What holds stop here, and how long one may last unlooked at.

    Attributes:
        effects: The matrix: given as rows, each in place of the shipped one of its kind.
        review_days_max: A hold ends, or is reviewed, at most so many days after its start; None is no limit.
        extensions_max: How often one may be extended; None is no limit.

    Raises:
        PolicyError: A kind or an effect that there is not, or a negative number.
    """

    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, converter=_complete, hash=False)
    review_days_max: int | None = attrs.field(default=None, validator=_count)
    extensions_max: int | None = attrs.field(default=None, validator=_count)
