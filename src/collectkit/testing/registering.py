"""What Hypothesis is told of this package when it is imported: `from_type` then knows our values, and so does `builds`.

Named in the entry point group ``hypothesis``, and called once by it.
"""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["register"]


def register() -> None:
    """Register a strategy for each value that is made of others, so that ``st.from_type(Account)`` makes accounts."""
    from collectkit import identifiers
    from collectkit.account import Account
    from collectkit.arrangements import Promise, PromiseSeries
    from collectkit.arrangements.hardship import Hardship
    from collectkit.arrangements.payment_plans import PaymentPlan
    from collectkit.arrangements.settlements import SettlementTerms
    from collectkit.facts import AccountFacts
    from collectkit.holds import Hold
    from collectkit.ledger import Payment
    from collectkit.money import Money
    from collectkit.person import Consumer
    from collectkit.schedules import Plan
    from collectkit.schedules.waterfall import Waterfall
    from collectkit.standing import Standing
    from collectkit.testing import strategies as ours

    st.register_type_strategy(Account, ours.accounts())
    st.register_type_strategy(AccountFacts, ours.account_facts())
    st.register_type_strategy(Consumer, ours.consumers())
    st.register_type_strategy(Hardship, ours.hardships())
    st.register_type_strategy(Hold, ours.holds())
    st.register_type_strategy(Money, ours.moneys())
    st.register_type_strategy(Payment, ours.payments())
    st.register_type_strategy(PaymentPlan, ours.payment_plans())
    st.register_type_strategy(Plan, ours.plans())
    st.register_type_strategy(Promise, ours.promises())
    st.register_type_strategy(PromiseSeries, ours.promise_series())
    st.register_type_strategy(SettlementTerms, ours.settlements())
    st.register_type_strategy(Standing, ours.standings())
    st.register_type_strategy(Waterfall, ours.waterfalls())
    for kind in identifiers.Identifier.__subclasses__():
        st.register_type_strategy(kind, ours.ids().map(kind))
