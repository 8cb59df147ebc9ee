"""Strategies for referrals, documents and steps in court, by their stored names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.court import AccountReferred, CourtFact, CourtStep, CourtStepTaken, DocumentReceived, Referral
from collectkit.events import Event
from collectkit.identifiers import AccountId, HandlerId
from collectkit.testing.strategies import days

_account = AccountId("a-1")
_plain = st.text(st.sampled_from("abcdef"), min_size=1, max_size=8)


@st.composite
def court_facts(draw: st.DrawFn) -> CourtFact:
    """What can happen in court, a hearing with its day."""
    step, on = draw(st.sampled_from(CourtStep)), draw(days())
    hearing_on = max(on, draw(days())) if step is CourtStep.HEARING_SET else None
    texts = {name: draw(st.just("") | _plain) for name in ("reference", "by", "outcome")}
    return CourtFact(step, on, hearing_on=hearing_on, amount_minor=draw(st.integers(0, 99_999)), **texts)


COURT: Mapping[str, Callable[[], SearchStrategy[Event]]] = {
    "account-referred/1": lambda: st.builds(
        AccountReferred,
        st.builds(
            Referral,
            _plain,
            st.just(_account),
            st.just(HandlerId("firm-1")),
            days(),
            st.just("USD"),
            st.integers(1, 99_999),
            st.lists(_plain, max_size=2),
            st.none() | days(),
        ),
    ),
    "court-step-taken/1": lambda: st.builds(CourtStepTaken, st.just(_account), _plain, court_facts()),
    "document-received/1": lambda: st.builds(DocumentReceived, st.just(_account), _plain, _plain, days()),
}
