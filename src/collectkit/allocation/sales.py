"""The sale of accounts: which may be sold, for how much, and until when they may come back.

A sale has a cut-off day. What was outstanding at its end is what is sold; from the next day on the account is the
buyer's, and so is every payment with a later value date, whoever receives it. Prices are basis points of the face and
are rounded half up, once an account.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum

import attrs

from collectkit._checks import day, matching, member, named
from collectkit.allocation.handlers import WHOLE_BP, codes
from collectkit.allocation.lifecycle import Stage
from collectkit.errors import PolicyError, ValidationError
from collectkit.holds import EFFECTS, Effect, HoldKind, blocked
from collectkit.identifiers import AccountId
from collectkit.money import Money
from collectkit.person import Consumer
from collectkit.refusals import Refusal
from collectkit.rules import Expression, compile_condition, parse
from collectkit.segments import STANDING_FIELDS, view
from collectkit.standing import Standing

_NO_TERMS = "no terms were made"


def _condition(given_text: str | Expression | None) -> Expression | None:
    return parse(given_text, STANDING_FIELDS) if isinstance(given_text, str) else given_text


def _holds(when: Expression | None, facts: Mapping[str, object]) -> bool:
    return when is None or compile_condition(when, "mapping")(facts)


def _stages(given_stages: Iterable[str | Stage]) -> tuple[Stage, ...]:
    named = codes(given_stages) if isinstance(given_stages, str) else given_stages
    return tuple(member(Stage, one, "a stage is", not_done=_NO_TERMS, error=PolicyError) for one in named)


@attrs.frozen
class Price:
    """
    What accounts are sold for.

    Attributes:
        bp: Basis points of what is outstanding, from 0 to 10,000.
        when: For which accounts, as a condition over the facts of a standing; None: every one.

    Raises:
        PolicyError: A price that is no share of the face; no terms were made.
    """

    bp: int
    when: Expression | None = attrs.field(default=None, converter=_condition)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.bp, bool) or not isinstance(self.bp, int) or not 0 <= self.bp <= WHOLE_BP:
            raise PolicyError(f"a price is from 0 to {WHOLE_BP} basis points of the face, got {self.bp!r}; {_NO_TERMS}")


@attrs.frozen
class SaleTerms:
    """
    What was agreed with a buyer, for one sale or for every month of a forward flow.

    Attributes:
        buyer: Who buys; names the buyer's files.
        currency: ISO 4217 code; accounts in another are not sold under these terms.
        prices: The first that fits an account decides; without one that fits it is not sold.
        when: Which accounts are for sale, as a condition over the facts of a standing; None: every one.
        stages: Only accounts at these stages of placement; empty: at every one.
        buy_back_days: So many days from the first of the buyer's own on, both inclusive, the buyer may give an account back; 0: never.
        buy_back_for: For these reasons alone, in the words of the contract: ``deceased``, ``insolvent``, ``disputed``, ``paid`` …

    Raises:
        PolicyError: A currency that is no code, a stage that is none, one text in place of a list, no price, a window below 0, or a
            window without a reason or a reason without a window; no terms were made.
    """

    buyer: str = attrs.field(validator=named)
    currency: str = attrs.field(validator=matching(r"[A-Z]{3}", "an ISO 4217 code such as USD", not_done=_NO_TERMS, error=PolicyError))
    prices: tuple[Price, ...] = attrs.field(converter=tuple[Price, ...])
    when: Expression | None = attrs.field(default=None, kw_only=True, converter=_condition)
    stages: tuple[Stage, ...] = attrs.field(default=(Stage.WAREHOUSE,), kw_only=True, converter=_stages)
    buy_back_days: int = attrs.field(default=0, kw_only=True)
    buy_back_for: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=codes)

    def __attrs_post_init__(self) -> None:
        if not self.prices:
            raise PolicyError(f"the terms with {self.buyer!r} need a price; {_NO_TERMS}")
        if self.buy_back_days < 0 or bool(self.buy_back_days) != bool(self.buy_back_for):
            raise PolicyError(
                f"buying back from {self.buyer!r} needs both days, at least 1, and reasons, or neither; "
                f"got {self.buy_back_days} days and {len(self.buy_back_for)} reasons; no terms were made"
            )


class SaleReason(Enum):
    """Why an account is not sold, in order of precedence."""

    CLOSED = "closed"
    """Nothing is asked for any more; an account that was sold is among these."""
    NOTHING_OWED = "nothing_owed"
    OTHER_CURRENCY = "other_currency"
    HELD_BACK = "held_back"
    """A hold, an arrangement or a promise stops the sale."""
    NOT_LAWFUL = "not_lawful"
    """A rule of law stands against it."""
    OTHER_STAGE = "other_stage"
    NOT_FOR_SALE = "not_for_sale"
    """It does not meet the condition of the terms."""
    NO_PRICE = "no_price"


@attrs.frozen
class SaleRow:
    """
    One account in a sale.

    Attributes:
        account: Which.
        face_minor: What was outstanding at the end of the cut-off day, minor units.
        price_bp: The price in basis points of that.
        price_minor: The price in minor units, rounded half up.
    """

    account: AccountId
    face_minor: int
    price_bp: int
    price_minor: int


@attrs.frozen
class SaleOffer:
    """
    A sale that was worked out and not done; `Kit.sell` does exactly this one, or refuses.

    Attributes:
        id: Of the sale.
        terms: By which it was worked out.
        cut_off_on: The day at whose end balances were taken.
        rows: What is sold, by account id.
        left_out: What is not, with the reason, by account id.

    Raises:
        ValidationError: An account stands in it twice.
    """

    id: str = attrs.field(validator=named)
    terms: SaleTerms
    cut_off_on: date = attrs.field(validator=day)
    rows: tuple[SaleRow, ...]
    left_out: tuple[tuple[AccountId, Refusal[SaleReason]], ...] = ()

    def __attrs_post_init__(self) -> None:
        twice = [account for account, count in Counter(row.account for row in self.rows).items() if count > 1]
        if twice:
            raise ValidationError(f"an account is sold once, but sale {self.id!r} has {str(twice[0])!r} twice; nothing was offered")

    @property
    def on(self) -> date:
        """The first day on which the accounts are the buyer's: the one after the cut-off."""
        return self.cut_off_on + timedelta(days=1)

    @property
    def amount(self) -> Money:
        """What is given away: the face of all rows. An approval is measured by it."""
        return Money.aggregate(sum(row.face_minor for row in self.rows), self.terms.currency)

    @property
    def price_minor(self) -> int:
        """What the buyer pays in all, minor units: the sum of the rows."""
        return sum(row.price_minor for row in self.rows)

    @property
    def digest(self) -> str:
        """Names this offer to the letter: another row, price or term gives another digest."""
        said = [self.id, repr(self.terms), self.cut_off_on.isoformat(), *(repr(attrs.astuple(row)) for row in self.rows)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


def price_minor(face_minor: int, bp: int) -> int:
    """Return what a face costs at so many basis points, minor units, rounded half up."""
    return (2 * face_minor * bp + WHOLE_BP) // (2 * WHOLE_BP)


def scrub_for_sale(standing: Standing, effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS) -> tuple[str, ...]:
    """Return what must be cleared up before the account is sold: holds that stop a sale, and what is agreed with the consumer."""
    stopping = tuple(kind for kind in standing.holds if Effect.SALE in blocked((kind,), effects))
    agreed = standing.agreed if standing.agreed and Effect.SALE.value in standing.paused else ""
    return (*stopping, agreed) if agreed else stopping


def sale_row(
    standing: Standing,
    consumer: Consumer,
    terms: SaleTerms,
    *,
    stage: Stage,
    held_back: Sequence[str] = (),
    unlawful: str = "",
) -> SaleRow | Refusal[SaleReason]:
    """
    Decide whether an account is sold, and for how much.

    Args:
        standing: At the end of the cut-off day.
        consumer: Who owes it, for conditions on region and locale.
        terms: With the buyer.
        stage: Where it is on its way through placements.
        held_back: What the scrub found (`scrub_for_sale`).
        unlawful: Which rule of law stands against it; empty for none.
    """

    def no(reason: SaleReason, detail: str) -> Refusal[SaleReason]:
        return Refusal(reason, detail, "it is not sold")

    if standing.closed_on is not None:
        return no(SaleReason.CLOSED, f"closed since {standing.closed_on}")
    if standing.outstanding_minor <= 0:
        return no(SaleReason.NOTHING_OWED, "nothing is outstanding")
    if standing.currency != terms.currency:
        return no(SaleReason.OTHER_CURRENCY, f"the terms are in {terms.currency}, the account in {standing.currency}")
    if held_back:
        return no(SaleReason.HELD_BACK, f"not sold while this is in force: {', '.join(held_back)}")
    if unlawful:
        return no(SaleReason.NOT_LAWFUL, unlawful)
    if terms.stages and stage not in terms.stages:
        return no(SaleReason.OTHER_STAGE, f"for sale is {', '.join(one.value for one in terms.stages)}, this one is {stage.value}")
    facts = view(standing, consumer)
    if not _holds(terms.when, facts):
        return no(SaleReason.NOT_FOR_SALE, f"it does not meet {terms.when}")
    price = next((price for price in terms.prices if _holds(price.when, facts)), None)
    if price is None:
        return no(SaleReason.NO_PRICE, "no price of the terms fits it")
    face = standing.outstanding_minor
    return SaleRow(standing.account, face, price.bp, price_minor(face, price.bp))
