"""Strategies for the events of acts that the host does itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.actions import DEBITS, HOST_ACTS, ActionKind, ActPermitted, ActResult, ActSettled, HostAct
from collectkit.events import Event
from collectkit.money import Money
from collectkit.testing.strategies import instants

_WORDS: Final = st.text("abc-1", max_size=8)


def host_acts(*, account: str = "a-1") -> SearchStrategy[HostAct]:
    """Generate acts about one account: debits by rail and instrument, reports, legal steps and charges."""
    debits = st.builds(
        HostAct,
        st.from_regex(r"t-[0-9]{1,3}", fullmatch=True),
        st.sampled_from(sorted(DEBITS, key=lambda kind: kind.value)),
        st.just((account,)),
        rail=st.sampled_from(["", "visa", "mastercard", "ach"]),
        instrument=_WORDS,
        amount=st.none() | st.builds(Money, st.integers(1, 50_000), st.just("USD")),
        exception=_WORDS,
    )
    others = st.builds(
        HostAct,
        st.from_regex(r"t-[0-9]{1,3}", fullmatch=True),
        st.sampled_from(sorted(HOST_ACTS - DEBITS - {ActionKind.CONTACT_THIRD_PARTY}, key=lambda kind: kind.value)),
        st.just((account,)),
        kind=_WORDS,
        amount=st.none() | st.builds(Money, st.integers(1, 50_000), st.just("USD")),
    )
    contacts = st.builds(
        HostAct,
        st.from_regex(r"t-[0-9]{1,3}", fullmatch=True),
        st.just(ActionKind.CONTACT_THIRD_PARTY),
        st.just((account,)),
        channel=st.sampled_from(["phone", "letter"]),
        toward=st.just("third-1"),
    )
    return debits | others | contacts


def act_results() -> SearchStrategy[ActResult]:
    """Generate what became of an act."""
    return st.builds(ActResult, st.sampled_from(["done", "failed", "not_done"]), _WORDS, _WORDS, st.none() | instants())


HOST_ACT_EVENTS: Final[dict[str, Callable[[], SearchStrategy[Event]]]] = {
    "act-permitted/1": lambda: st.builds(ActPermitted, host_acts(), instants(), instants()),
    "act-settled/1": lambda: st.builds(ActSettled, host_acts(), act_results(), instants()),
}
"""By the name under which each is stored."""
