"""Strategies for the events of charges and late fees, by their stored names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.events import Event
from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import Charge, ChargeAssessed, ChargeWaived, FeeStep, Waiver
from collectkit.money import Money
from collectkit.schedules import FeeReason, FeeRefused, LateFeeRefused
from collectkit.testing.strategies import days, minor_units

_account = AccountId("a-1")
_money = st.builds(Money, minor_units(), st.just("USD"))
_plain = st.text(st.sampled_from("abcdef"), min_size=1, max_size=8)
_fee_steps = st.builds(
    FeeStep,
    st.integers(1, 9),
    st.none() | _money,
    st.none() | st.integers(0, 10_000),
    st.sampled_from(["unpaid", "installment", "order"]),
    st.sampled_from(["", *(reason.value for reason in FeeReason)]),
    st.integers(0, 10**9),
    st.integers(1, 10_000),
    st.sampled_from(["", "with_tax", "without_tax"]),
)
_untaxed = st.builds(
    Charge,
    st.just(EntryId("f-1")),
    st.just(_account),
    st.sampled_from(["fee", "penalty", "tax"]),
    _money,
    days(),
    days(),
    step=st.none() | _fee_steps,
    kind=st.sampled_from(["", "due_date_change", "reminder"]),
)


@st.composite
def _taxed(draw: st.DrawFn) -> Charge:
    minor = draw(minor_units(2))
    tax = Money(draw(minor_units(1, minor - 1)), "USD")
    component = draw(st.sampled_from(["fee", "penalty"]))
    return Charge("f-1", _account, component, Money(minor, "USD"), draw(days()), draw(days()), tax=tax)


_charges = _untaxed | _taxed()
_refused_fees = st.builds(
    FeeRefused,
    st.just(EntryId("late-fee/a-1/2/1")),
    st.just(_account),
    st.integers(1, 12),
    st.integers(1, 3),
    st.sampled_from(FeeReason),
    _plain,
)
_waivers = st.builds(Waiver, st.just(EntryId("w-1")), st.just(_account), st.just(EntryId("f-1")), _money, days(), _plain)

FEES: Mapping[str, Callable[[], SearchStrategy[Event]]] = {
    "charge-assessed/1": lambda: st.builds(ChargeAssessed, _charges),
    "charge-waived/1": lambda: st.builds(ChargeWaived, _waivers),
    "late-fee-refused/1": lambda: st.builds(LateFeeRefused, _refused_fees, days()),
}
