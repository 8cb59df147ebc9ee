from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.rules import FieldType, compile_condition, parse, turning_values

FIELDS = {
    "age": FieldType.INTEGER,
    "left": FieldType.INTEGER,
    "size": FieldType.INTEGER,
    "today": FieldType.DATE,
    "held": FieldType.BOOLEAN,
}
MOVING = frozenset({"age", "left", "today"})
DAY = date(2026, 9, 1)


def turns(*texts: str) -> object:
    return turning_values([parse(text, FIELDS) for text in texts], MOVING)


class TestTurning:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("age >= 30", {"age": (29, 30, 31)}),
            ("30 <= age < 60 and size > 5", {"age": (29, 30, 31, 59, 60, 61)}),
            ("not age in [1, 5] or held", {"age": (0, 1, 2, 4, 5, 6)}),
            ("today >= date('2026-09-01')", {"today": (DAY.toordinal() - 1, DAY.toordinal(), DAY.toordinal() + 1)}),
            ("size > 5 and held", {}),
            ("left is None", {}),
            ("age > size", None),
            ("age + left > 10", None),
            ("10 < age < size", None),
        ],
    )
    def test_worked(self, text: str, found: object) -> None:
        """
        A bound, with the value before it and after it; what cannot be told is said to be so.
        """
        assert found == turns(text)

    def test_several_conditions_together(self) -> None:
        """
        The values of all of them; one of which nothing can be told spoils the rest.
        """
        assert {"age": (29, 30, 31, 39, 40, 41), "left": (2, 3, 4)} == turns("age >= 30", "age < 40", "left == 3")
        assert None is turns("age >= 30", "age > size")

    @given(
        text=st.sampled_from(["age >= {}", "age > {}", "age < {} or left <= 3", "age == {} and size > 2", "not age in [{}]", "left >= {}"]),
        bound=st.integers(-3, 12),
        start=st.integers(-5, 15),
        size=st.integers(0, 4),
    )
    def test_between_two_of_them_nothing_turns(self, text: str, bound: int, start: int, size: int) -> None:
        """
        Whether the fact grows or falls, a condition that answers otherwise the next day has reached one of its values.
        """
        condition = parse(text.format(bound), FIELDS)
        values = turning_values([condition], MOVING) or {}
        holds = compile_condition(condition, "mapping")
        for step in range(6):
            now = {"age": start + step, "left": start - step, "size": size, "held": False, "today": DAY + timedelta(days=step)}
            then = {"age": start + step + 1, "left": start - step - 1, "size": size, "held": False, "today": DAY + timedelta(days=step + 1)}
            reached = any(then[name] in values.get(name, ()) for name in ("age", "left"))
            assert holds(now) == holds(then) or reached
