"""Standings for tests: everything valid, also what no fold would make together."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.standing import FOREVER, Standing

TODAY = date(2026, 6, 30)


def account(id: str, **fields: object) -> Standing:
    """Return a standing that is current and owes 100.00 of 200.00, with the fields that are given."""
    plain: dict[str, object] = {
        "account": AccountId(id),
        "person": PersonId(f"person-of-{id}"),
        "as_of": TODAY,
        "currency": "USD",
        "plan_kind": "pay_in_4",
        "product": "bnpl",
        "merchant": "",
        "opened_on": date(2026, 5, 1),
        "total_minor": 20_000,
        "paid_minor": 10_000,
        "outstanding_minor": 10_000,
        "owed_minor": 0,
        "past_due_minor": 0,
        "fee_minor": 0,
        "credit_minor": 0,
        "disputed_minor": 0,
        "fees_charged_minor": 0,
        "oldest_unpaid_due_on": None,
        "next_due_on": date(2026, 7, 10),
        "next_due_minor": 5_000,
        "last_due_on": date(2026, 7, 24),
        "last_paid_on": date(2026, 6, 12),
        "installments_total": 4,
        "installments_paid": 2,
        "installments_past_due": 0,
        "promise_due_on": None,
        "promised_minor": 0,
        "promises_broken": 0,
        "holds": (),
        "hold_until": None,
        "handler": None,
        "placed_on": None,
        "closed_on": None,
        "valid_through": date(2026, 7, 9),
        "tax_minor": 0,
    }
    return Standing(**{**plain, **fields})  # type: ignore[arg-type]


def late(id: str, days: int, past_due_minor: int = 5_000, **fields: object) -> Standing:
    """Return a standing that is *days* past due."""
    due_on = fields.get("as_of", TODAY) - timedelta(days=days)  # type: ignore[operator]
    return account(id, **{"past_due_minor": past_due_minor, "owed_minor": past_due_minor, "oldest_unpaid_due_on": due_on, **fields})


def near_today() -> SearchStrategy[date]:
    """Generate days around `TODAY`."""
    return st.integers(-200, 200).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def standings(draw: DrawFn, id: str = "a-1") -> Standing:
    """Generate standings under *id*."""
    minor = st.just(0) | st.integers(0, 10**15)
    maybe_day = st.none() | near_today()
    amounts = (
        "total",
        "paid",
        "outstanding",
        "owed",
        "past_due",
        "fee",
        "credit",
        "disputed",
        "fees_charged",
        "tax",
        "next_due",
        "promised",
    )
    days = ("next_due_on", "last_paid_on", "promise_due_on", "hold_until", "placed_on", "closed_on")
    return account(
        id,
        person=PersonId(draw(st.sampled_from(("c-1", "c-2")))),
        currency=draw(st.sampled_from(("USD", "GBP", "KWD"))),
        merchant=draw(st.sampled_from(("", "shop"))),
        opened_on=draw(near_today()),
        oldest_unpaid_due_on=draw(st.none() | st.integers(1, 400).map(lambda late: TODAY - timedelta(days=late))),
        last_due_on=draw(near_today()),
        installments_past_due=draw(st.integers(0, 12)),
        promises_broken=draw(st.integers(0, 3)),
        holds=draw(st.sampled_from(((), ("dispute",), ("complaint", "dispute")))),
        handler=draw(st.none() | st.sampled_from((HandlerId("team"), HandlerId("agency")))),
        valid_through=draw(st.sampled_from((TODAY, FOREVER))),
        **{f"{name}_minor": draw(minor) for name in amounts},
        **{name: draw(maybe_day) for name in days},
    )


@st.composite
def books(draw: DrawFn, most: int = 6) -> list[Standing]:
    """Generate up to *most* standings of different accounts on one day."""
    return [draw(standings(f"a-{index}")) for index in range(draw(st.integers(0, most)))]
