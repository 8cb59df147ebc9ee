"""Strategies for the events of sales, notices and cash in the field, by their stored names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.allocation.visits import CashHandedIn, CashReceipt, CashTaken, HandIn
from collectkit.events import Event
from collectkit.identifiers import AccountId, HandlerId
from collectkit.money import Money
from collectkit.placement import AccountBoughtBack, AccountSold, RecallAnnounced
from collectkit.testing.strategies import days

_account = AccountId("a-1")
_plain = st.text(st.sampled_from("abcdef"), min_size=1, max_size=8)
_instants = st.datetimes(datetime(2026, 1, 1, 12), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_money = st.builds(Money, st.integers(1, 99_999), st.just("USD"))

SALES: Mapping[str, Callable[[], SearchStrategy[Event]]] = {
    "account-bought-back/1": lambda: st.builds(
        AccountBoughtBack, st.just(_account), st.just("sale-1"), _plain, days(), _plain, st.integers(0, 9_999)
    ),
    "account-sold/1": lambda: st.builds(
        AccountSold,
        st.just(_account),
        st.just("sale-1"),
        _plain,
        days(),
        st.just("USD"),
        st.integers(1, 99_999),
        st.integers(0, 10_000),
        st.integers(0, 99_999),
        st.none() | days(),
        st.lists(_plain, max_size=2),
    ),
    "recall-announced/1": lambda: st.builds(
        RecallAnnounced, st.just(_account), st.just(HandlerId("team-1")), days(), st.sampled_from(["term", "inactivity"]), days()
    ),
    "cash-taken/1": lambda: st.builds(CashTaken, st.builds(CashReceipt, st.integers(1, 99), _plain, st.just(_account), _money, _instants)),
    "cash-handed-in/1": lambda: st.builds(CashHandedIn, st.builds(HandIn, _plain, _plain, _money, _instants)),
}
