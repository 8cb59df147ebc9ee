"""Tables of a policy file as data: one description reads, complains and makes the schema."""

from __future__ import annotations

import pytest

from collectkit.errors import PolicyError
from collectkit.policy._kinds import Amount, Clause, Day, Flag, Several, Text, Texts, Whole, Zone
from collectkit.policy._shapes import BROKEN, Key, Kind, Many, Problem, Problems, Shape

PAIR = Shape(dict, (Key("name", Text(), "A name.", required=True), Key("days", Whole(1, 9), "Some days.")), "A pair.", label="name")


def told(kind: Kind, raw: object) -> list[str]:
    problems = Problems()
    assert kind.read(raw, "here", problems) is BROKEN
    return [str(problem) for problem in problems.found]


class TestTables:
    def test_values_by_name(self) -> None:
        """
        What stands there is passed on by name; what does not takes the default of what is made.
        """
        assert {"name": "a"} == PAIR.read({"name": "a"}, "", Problems())

    def test_every_problem_at_once(self) -> None:
        """
        An unknown key, a missing one and a wrong value are told together, each with its place.
        """
        assert [
            "here.day: is not known here; did you mean 'days'?",
            "here.name: is missing",
            "here.days: must be a whole number, at least 1, at most 9, got 'x'",
        ] == told(PAIR, {"day": 1, "days": "x"})

    def test_tables_are_named_by_their_label(self) -> None:
        """
        The third step is called by its name and not by its number, where it has one.
        """
        assert [
            "here[a].days: must be a whole number, at least 1, at most 9, got 0",
            "here[2].name: is missing",
        ] == told(Many(PAIR), [{"name": "a", "days": 0}, {}])

    def test_what_the_room_refuses_is_a_problem_of_the_table(self) -> None:
        """
        A policy type that does not accept the values together speaks for itself.
        """

        def refuse(**values: object) -> None:
            raise PolicyError("days and name contradict each other; nothing was loaded")

        assert ["here: days and name contradict each other"] == told(Shape(refuse, PAIR.keys), {"name": "a"})

    @pytest.mark.parametrize("raw", ["text", 3, [], None])
    def test_no_table(self, raw: object) -> None:
        """
        Something else where a table is expected is told.
        """
        assert [f"here: must be a table, got {raw!r}"] == told(PAIR, raw)

    def test_severity(self) -> None:
        """
        There are errors and warnings, and nothing else.
        """
        with pytest.raises(ValueError, match="severity"):
            Problem("here", "text", "hint")


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "raw", "text"),
        [
            (Text(), 3, "must be a text, got 3"),
            (Text(("first", "last")), "frist", "'frist' is not allowed; did you mean 'first'?"),
            (Text(("first", "last")), "x", "'x' is not allowed; allowed are first, last"),
            (Whole(), True, "must be a whole number, at least 0, got True"),
            (Whole(), 1.5, "must be a whole number, at least 0, got 1.5"),
            (Whole(None), "1", "must be a whole number, got '1'"),
            (Flag(), 1, "must be true or false, got 1"),
            (Day(), "2026-09-01", "must be a date such as 2026-09-01, without quotes, got '2026-09-01'"),
            (Amount(), "8 dollars", "must be an amount with its currency, such as '8.00 USD', got '8 dollars'"),
            (Amount(), "8.001 USD", "must be an amount with its currency, such as '8.00 USD', got '8.001 USD'"),
            (Amount(), 8, "must be an amount with its currency, such as '8.00 USD', got 8"),
            (Zone(), "EST5", "must be a time zone such as 'America/New_York', got 'EST5'"),
            (Zone(), 5, "must be a text, got 5"),
            (Clause(), 5, "must be a condition as a text, got 5"),
            (Several(Whole()), "1", "must be a list, got '1'"),
            (Texts(), {"a": 1}, "must be a table of texts, got {'a': 1}"),
            (Many(PAIR), {}, "must be a list of tables, written [[here]], got {}"),
        ],
    )
    def test_wrong_value(self, kind: Kind, raw: object, text: str) -> None:
        """
        A wrong value is told with what is allowed and what came.
        """
        assert [f"here: {text}"] == told(kind, raw)

    def test_place_in_a_list(self) -> None:
        """
        The position in a list counts from 1.
        """
        assert ["here[2]: must be a text, got 2"] == told(Several(Text()), ["a", 2, "c"])

    def test_condition_points_into_its_text(self) -> None:
        """
        A condition over a fact that does not exist says where in the text.
        """
        (text,) = told(Clause(), "day_past_due >= 30")

        assert "days_past_due" in text
        assert "^" in text
