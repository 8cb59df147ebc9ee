"""The facts a condition may name, and the segment an account belongs to."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.errors import ExpressionError
from collectkit.facts import AccountFacts
from collectkit.person import Consumer
from collectkit.rules import FieldType, parse
from collectkit.schedules import Plan
from collectkit.segments import BY_DATE, OF_PERSON, STANDING_FIELDS, Segment, by_date, column, segment_of, segments_of, view
from collectkit.standing import Standing, opening_standing, standing_of
from collectkit.testing.strategies import account_facts, days, standings

PLAN = Plan("pay_in_4", "USD", date(2026, 9, 1), (date(2026, 9, 1), date(2026, 9, 15)), (5000, 5000))
LATE = opening_standing(Account("a-1", "c-1", PLAN), date(2026, 9, 11))
NEW_YORK = Consumer("c-1", region="US-NY")

SEGMENTS = (
    Segment.of("held", "on_hold"),
    Segment.of("small and late", "days_past_due >= 10 and owed < money('60.00 USD')"),
    Segment.of("late", "days_past_due >= 1"),
    Segment.of("current", "True"),
)


class TestByDate:
    @given(facts=account_facts(), on=days(200), later=st.integers(0, 400))
    def test_nothing_else_changes_while_a_standing_holds(self, facts: AccountFacts, on: date, later: int) -> None:
        """
        A night leaves an account alone as long as no condition over it can come to hold, so each fact that moves by itself is named.
        """
        first = standing_of(facts, on)
        last = first.on(min(on + timedelta(days=later), first.valid_through))
        before, after = view(first), view(last)

        assert {name for name in before if before[name] != after[name]} <= BY_DATE

    @pytest.mark.parametrize("name", sorted(BY_DATE))
    def test_a_condition_over_such_a_fact_is_asked_each_day(self, name: str) -> None:
        """
        Whatever it compares the fact with.
        """
        assert by_date(parse(f"{name} is None", STANDING_FIELDS))
        assert not by_date(parse("owed > 0", None))


class TestFields:
    @given(standing=standings(), consumer=st.sampled_from([None, NEW_YORK, Consumer("c-2")]))
    def test_one_fact_of_many_is_that_of_each(self, standing: Standing, consumer: Consumer | None) -> None:
        """
        Every name, with the value that the view has; without a person what stands with the person is unknown.
        """
        assert view(standing, consumer) == {name: column(name, [(standing, consumer)])[0] for name in STANDING_FIELDS}
        assert {None} == {column(name, [(standing, None)])[0] for name in OF_PERSON}

    @given(standing=standings())
    def test_the_view_has_every_field_in_its_type(self, standing: Standing) -> None:
        """
        No name is missing, none is extra, and each value is what was declared or unknown.
        """
        types = {FieldType.INTEGER: int, FieldType.MONEY: int, FieldType.TEXT: str, FieldType.DATE: date, FieldType.BOOLEAN: bool}
        facts = view(standing, NEW_YORK)

        assert set(STANDING_FIELDS) == set(facts)
        assert [] == [name for name, kind in STANDING_FIELDS.items() if not isinstance(facts[name], types[kind] | None)]

    def test_money_goes_without_its_unit(self) -> None:
        """
        Every amount of a standing can be named, and no name says minor units.
        """
        amounts = {field.name.removesuffix("_minor") for field in attrs.fields(Standing) if field.name.endswith("_minor")}

        assert {*amounts, "collectable"} == {name for name, kind in STANDING_FIELDS.items() if kind is FieldType.MONEY}

    def test_what_is_not_known_matches_nothing(self) -> None:
        """
        Neither a condition over the region nor its opposite.
        """
        ours, others = (Segment("s", parse(text, STANDING_FIELDS)) for text in ("region == 'US-NY'", "region != 'US-NY'"))

        assert (True, False) == (ours.holds(view(LATE, NEW_YORK)), others.holds(view(LATE, NEW_YORK)))
        for nobody in (None, Consumer("c-1")):
            assert (False, False) == (ours.holds(view(LATE, nobody)), others.holds(view(LATE, nobody)))

    def test_a_name_that_is_no_fact_is_refused(self) -> None:
        """
        A misspelled condition never loads; ``owed`` is money and not a number.
        """
        for text in ("days_past_du >= 1", "owed >= 5000", "owed_minor >= 5000"):
            with pytest.raises(ExpressionError):
                Segment.of("wrong", text)


class TestSegmentOf:
    def test_the_first_that_holds_and_its_clause(self) -> None:
        """
        Ten days late with 50.00 owed.
        """
        found = segment_of(SEGMENTS, view(LATE))

        assert found is not None
        assert "small and late" == found.segment
        assert "small and late: days_past_due >= 10 and owed < money('60.00 USD')" == str(found)
        assert ("days_past_due >= 10: yes (days_past_due is 10)" in map(str, found.findings)) is True

    def test_gaps_and_overlaps_are_visible(self) -> None:
        """
        An account in none, and one in several.
        """
        assert segment_of(SEGMENTS[:1], view(LATE)) is None
        assert ("small and late", "late", "current") == segments_of(SEGMENTS, view(LATE))
        assert () == segments_of(SEGMENTS[:1], view(LATE))

    @given(standing=standings())
    def test_the_first_of_all_that_hold(self, standing: Standing) -> None:
        """
        Both functions agree, and a last segment without a condition leaves no gap.
        """
        found = segment_of(SEGMENTS, view(standing))

        assert found is not None
        assert segments_of(SEGMENTS, view(standing))[0] == found.segment
