"""What providers publish about their plans, as data: terms, late fees, other due dates, refunds; each with its source and date.

Provider policies change, and what the library ships is what the named source said on the day it was read. Check a live page before
you rely on it. A preset is a place to start from: its parts are the policy types that a host's own file makes.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from importlib.resources import files

import attrs

from collectkit.calendars.dates import Interval
from collectkit.errors import CollectkitError, PolicyError
from collectkit.policy._kinds import Day, Text, Whole
from collectkit.policy._money import DUE_DATES, LATE_FEES
from collectkit.policy._shapes import Key, Many, Problems, Shape
from collectkit.schedules import REFUND_ORDERS, LateFeePolicy
from collectkit.schedules.due_date_change import DueDatePolicy
from collectkit.schedules.plan_terms import PlanTerms

__all__ = ["Provider", "provider", "providers", "read_provider"]


@attrs.frozen(kw_only=True)
class Provider:
    """
    What a provider publishes.

    Attributes:
        id: For example ``afterpay-au``.
        name: Provider and country.
        country: ISO 3166-1 code.
        currency: ISO 4217 code.
        source: Where it was read.
        read_on: When it was read.
        standing: ``published`` by the provider itself, or ``second-hand``.
        plans: Terms by the order of the file; empty where the source gives none.
        late_fees: None: it charges none.
        due_dates: When a due date may be moved; None: never.
        refund_order: One of `collectkit.schedules.REFUND_ORDERS`; empty where the source says nothing.
    """

    id: str = attrs.field(default="", eq=False)
    name: str
    country: str
    currency: str
    source: str
    read_on: date
    standing: str
    plans: tuple[PlanTerms, ...] = ()
    late_fees: LateFeePolicy | None = None
    due_dates: DueDatePolicy | None = None
    refund_order: str = ""

    def __attrs_post_init__(self) -> None:
        if self.late_fees is not None and self.late_fees.currencies - {self.currency}:
            raise PolicyError(
                f"late fees of {self.name} are in {sorted(self.late_fees.currencies)[0]}, not {self.currency}; nothing was loaded"
            )

    def terms(self, name: str) -> PlanTerms:
        """
        Return the terms of that name.

        Raises:
            PolicyError: There are none.
        """
        for terms in self.plans:
            if terms.name == name:
                return terms
        known = ", ".join(terms.name for terms in self.plans) or "none"
        raise PolicyError(f"{self.name} has no plan {name!r}; there are: {known}; nothing was loaded")


@attrs.frozen
class _Span:
    """An interval such as ``"2 weeks"``."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        try:
            return Interval.of(raw) if isinstance(raw, str) else problems.add(place, f"must be a text, got {raw!r}")
        except CollectkitError as error:
            return problems.add(place, str(error))

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": "^[0-9]+ (day|week|month)s?$"}


_PLAN = Shape(
    PlanTerms,
    (
        Key("name", Text(), "Its name, such as pay-in-4.", required=True),
        Key("installments", Whole(1), "How many.", required=True),
        Key("every", _Span(), "Distance of two due dates.", required=True),
        Key("first", Text(("purchase", "later")), "When the first is due."),
        Key("down_payment_bp", Whole(0, 9_999), "Share of the price due at the purchase, in basis points."),
        Key("annual_rate_bp", Whole(), "Yearly interest in basis points."),
        Key("method", Text(("annuity", "flat", "equal_principal")), "How interest is counted."),
        Key("unit_minor", Whole(1), "Installments are whole multiples of so many minor units."),
        Key("residual", Text(("first", "last", "all_first", "all_last")), "Where the units go that do not divide."),
        Key("principal_grace", Whole(), "So many first installments ask for interest only."),
        Key("interest_grace", Whole(), "The interest of so many first installments is asked later."),
        Key("interest_free", Whole(), "So many first months bear no interest."),
        Key("interest_tax_bp", Whole(0, 10_000), "Tax on the interest of each installment, in basis points."),
    ),
    "Terms of a plan.",
    label="name",
)

_REFUNDS = Shape(lambda order: order, (Key("order", Text(tuple(REFUND_ORDERS)), "Where a refund goes.", required=True),))

_PROVIDER = Shape(
    Provider,
    (
        Key("name", Text(), "Provider and country.", required=True),
        Key("country", Text(), "ISO 3166-1 code.", required=True),
        Key("currency", Text(), "ISO 4217 code.", required=True),
        Key("source", Text(), "Where it was read.", required=True),
        Key("read_on", Day(), "When it was read.", required=True),
        Key("standing", Text(("published", "second-hand")), "Whether the provider itself says so.", required=True),
        Key("plan", Many(_PLAN), "Terms.", argument="plans"),
        Key("late_fees", LATE_FEES, "When lateness costs money."),
        Key("change", DUE_DATES, "When a due date may be moved.", argument="due_dates"),
        Key("refunds", _REFUNDS, "Where a refund goes.", argument="refund_order"),
    ),
)


def read_provider(text: str, id: str) -> Provider:
    """
    Read a provider from its TOML text.

    Raises:
        PolicyError: Something in it is wrong; `problems` has one text for each place.
    """
    problems = Problems()
    try:
        found = _PROVIDER.read(tomllib.loads(text), "", problems)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"provider {id!r} is no TOML: {error}; nothing was loaded") from error
    if problems.found:
        lines = tuple(map(str, problems.found))
        raise PolicyError(f"provider {id!r} is wrong; nothing was loaded:\n  " + "\n  ".join(lines), problems=lines)
    assert isinstance(found, Provider)
    return attrs.evolve(found, id=id)


def providers() -> tuple[str, ...]:
    """Return the ids of the providers that come with the library, sorted."""
    folder = files("collectkit.policy").joinpath("providers")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@lru_cache(maxsize=64)
def provider(id: str) -> Provider:
    """
    Return a provider that comes with the library.

    Raises:
        PolicyError: There is none of that id.
    """
    if id not in providers():
        raise PolicyError(f"the library ships the providers {', '.join(providers())}, not {id!r}; nothing was loaded")
    return read_provider(files("collectkit.policy").joinpath("providers", f"{id}.toml").read_text(encoding="utf-8"), id)
