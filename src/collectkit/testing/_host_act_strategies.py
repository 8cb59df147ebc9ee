"""Strategies for the events of acts that the host does itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.actions import DEBITS, HOST_ACTS, ActionKind, ActPermitted, ActResult, ActSettled, HostAct
from collectkit.events import Event
from collectkit.money import Money
from collectkit.testing.strategies import instants

_WORDS: Final = st.text("abc-1", max_size=8)
_AMOUNTS: Final = st.none() | st.builds(Money, st.integers(1, 50_000), st.just("USD"))


def host_acts() -> SearchStrategy[HostAct]:
    """Generate acts about one account: debits by rail and instrument, contacts with a third party, reports, legal steps and charges."""
    contact = ActionKind.CONTACT_THIRD_PARTY
    debits = _acts(
        _one_of(DEBITS),
        rail=st.sampled_from(["", "visa", "mastercard", "ach"]),
        instrument=_WORDS,
        amount=_AMOUNTS,
        exception=_WORDS,
    )
    others = _acts(_one_of(HOST_ACTS - DEBITS - {contact}), kind=_WORDS, amount=_AMOUNTS)
    contacts = _acts(st.just(contact), channel=st.sampled_from(["phone", "letter"]), toward=st.just("third-1"))
    return debits | others | contacts


def _one_of(kinds: Iterable[ActionKind]) -> SearchStrategy[ActionKind]:
    return st.sampled_from(sorted(kinds, key=lambda kind: kind.value))


def _acts(kinds: SearchStrategy[ActionKind], **more: SearchStrategy[object]) -> SearchStrategy[HostAct]:
    return st.builds(HostAct, st.from_regex(r"t-[0-9]{1,3}", fullmatch=True), kinds, st.just(("a-1",)), **more)


def act_results() -> SearchStrategy[ActResult]:
    """Generate what became of an act."""
    return st.builds(ActResult, st.sampled_from(["done", "failed", "not_done"]), _WORDS, _WORDS, st.none() | instants())


HOST_ACT_EVENTS: Final[dict[str, Callable[[], SearchStrategy[Event]]]] = {
    "act-permitted/1": lambda: st.builds(ActPermitted, host_acts(), instants(), instants()),
    "act-settled/1": lambda: st.builds(ActSettled, host_acts(), act_results(), instants()),
}
"""By the name under which each is stored."""
