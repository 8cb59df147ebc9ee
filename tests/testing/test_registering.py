"""What Hypothesis knows of this package without being told by a test."""

from __future__ import annotations

import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Account, Consumer, Hold, Money, Payment, Plan, Promise, Standing
from collectkit.arrangements import PromiseSeries
from collectkit.arrangements.hardship import Hardship
from collectkit.arrangements.payment_plans import PaymentPlan
from collectkit.arrangements.settlements import SettlementTerms
from collectkit.facts import AccountFacts
from collectkit.identifiers import Identifier
from collectkit.money import exponent
from collectkit.schedules.waterfall import Waterfall
from collectkit.testing.registering import register
from collectkit.testing.strategies import accounts, ids, moneys

KINDS = [
    *(
        Account,
        AccountFacts,
        Consumer,
        Hardship,
        Hold,
        Money,
        Payment,
        PaymentPlan,
        Plan,
        Promise,
        PromiseSeries,
        SettlementTerms,
        Standing,
    ),
    *(SettlementTerms, Standing, Waterfall, *Identifier.__subclasses__()),
]
register()


def test_the_package_says_so() -> None:
    """
    Hypothesis reads the entry point of the package when it is imported.
    """
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (named,) = project["entry-points"]["hypothesis"].values()

    assert register is resolve_name(named)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_value_is_made_of_its_type(kind: type) -> None:
    """
    All that is valid: what is made is one, and passes every check of its fields.
    """

    @given(value=st.from_type(kind))
    def law(value: object) -> None:
        assert isinstance(value, kind)

    law()


@given(text=ids())
def test_an_id_is_kept_as_it_is(text: str) -> None:
    """
    Whatever a host calls its things.
    """
    assert text == Identifier(text)


@given(data=st.data(), least=st.integers(-50, 50), more=st.integers(0, 100))
def test_moneys_keep_their_bounds(data: st.DataObject, least: int, more: int) -> None:
    """
    Both ends are included, in currencies with two, no and three decimals, or the one that is asked for.
    """
    amount = data.draw(moneys(least, least + more))
    assert least <= amount.minor <= least + more
    assert exponent(amount.currency) in (0, 2, 3)
    assert "EUR" == data.draw(moneys(currency="EUR")).currency


@given(account=accounts("a-7", consumer="c-7", currency="GBP"))
def test_accounts_are_those_that_are_asked_for(account: Account) -> None:
    """
    Under the id, of the person and in the currency that a test needs.
    """
    assert ("a-7", "c-7", "GBP") == (account.id, account.consumer, account.plan.currency)
