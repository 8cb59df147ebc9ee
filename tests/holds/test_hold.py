"""What each hold stops, and from when to when."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.lifecycles import HOLD, reachable
from collectkit.errors import PolicyError, TimeError, ValidationError
from collectkit.holds import (
    EFFECTS,
    AlreadyLifted,
    AlreadyPlaced,
    Effect,
    Hold,
    HoldExtended,
    HoldKind,
    HoldLifted,
    HoldPlaced,
    HoldPolicy,
    HoldReason,
    blocked,
    cited,
    extend_hold,
    extended,
    hold_status,
    in_force,
    lift_hold,
    place_hold,
)
from collectkit.identifiers import HoldId
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.testing.strategies import days, holds

STEPS = reachable(HOLD)


def hold(id: str = "h-1", kind: str = "hardship", **rest: object) -> Hold:
    given: dict[str, object] = {
        "person": "c-1",
        "account": "a-1",
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 10),
        "reason": "asked for relief",
        **rest,
    }
    return Hold(id, kind, **given)  # type: ignore[arg-type]


class TestHold:
    def test_no_hold_is_forgotten(self) -> None:
        """
        It ends, or somebody looks at it again.
        """
        with pytest.raises(ValidationError, match="ends_on or review_on"):
            hold(ends_on=None)

        assert date(2026, 4, 1) == hold(ends_on=None, review_on=date(2026, 4, 1)).review_on

    @pytest.mark.parametrize(
        ("wrong", "match"),
        [
            ({"reason": "  "}, "needs a reason"),
            ({"ends_on": date(2026, 2, 28)}, "cannot end or be reviewed before"),
            ({"ends_on": None, "review_on": date(2026, 2, 28)}, "cannot end or be reviewed before"),
            ({"kind": "holiday"}, "a hold is one of dispute, .*got 'holiday'"),
            ({"kind": "dispute", "account": None}, "names the account"),
            ({"kind": "dispute_part"}, "disputed amount"),
            ({"amount": Money(100, "USD")}, "disputed amount"),
            ({"kind": "dispute_part", "amount": Money(0, "USD")}, "more than zero"),
        ],
    )
    def test_contradictions_are_refused(self, wrong: dict[str, object], match: str) -> None:
        """
        The message says what is allowed.
        """
        with pytest.raises(ValidationError, match=match):
            hold(**wrong)  # type: ignore[arg-type]

    def test_days_are_days(self) -> None:
        """
        A hold starts on a day, not at a number.
        """
        with pytest.raises(TimeError, match="starts_on must be a date"):
            hold(starts_on=20260301, ends_on=None, review_on=None)


class TestEffects:
    def test_every_kind_stops_something(self) -> None:
        """
        The matrix is complete.
        """
        assert set(HoldKind) == set(EFFECTS)
        assert all(EFFECTS.values())

    def test_the_documented_matrix_is_the_code(self) -> None:
        """
        The reference of the policy has a row for each kind, with all that it stops.
        """
        page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
        section = page.partition("## `[holds]`")[2].partition("\n## ")[0]
        rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
        told = {kind.strip(" `"): re.findall(r"`(\w+)`", stops) for kind, stops in rows}

        assert {kind.value: [one.value for one in Effect if one in stops] for kind, stops in EFFECTS.items()} == told

    @pytest.mark.parametrize(
        ("kind", "stops", "leaves"),
        [
            (HoldKind.DISPUTE, {Effect.CONTACT_LIMITED, Effect.FEES, Effect.RETRY, Effect.PLACEMENT, Effect.CLOCK}, {Effect.CONTACT}),
            (HoldKind.DISPUTE_PART, {Effect.PLACEMENT, Effect.REPORTING}, {Effect.FEES, Effect.CONTACT_LIMITED}),
            (HoldKind.MORATORIUM, {Effect.CONTACT, Effect.FEES, Effect.INTEREST, Effect.RETRY, Effect.RECALL}, set()),
            (HoldKind.CEASE_CONTACT, {Effect.CONTACT}, {Effect.LEGAL, Effect.FEES, Effect.RETRY, Effect.CLOCK}),
            (HoldKind.RETURN, {Effect.FEES, Effect.CLOCK}, {Effect.REPORTING}),
            (HoldKind.VULNERABILITY, {Effect.CONTACT_LIMITED, Effect.LEGAL}, {Effect.FEES, Effect.PROMISE}),
            (HoldKind.SYSTEM_ERROR, {Effect.CONTACT, Effect.REPORTING, Effect.PROMISE}, set()),
        ],
    )
    def test_rows_of_the_matrix(self, kind: HoldKind, stops: set[Effect], leaves: set[Effect]) -> None:
        """
        Worked rows.
        """
        assert stops <= blocked([kind])
        assert not leaves & blocked([kind.value])

    @given(first=st.frozensets(st.sampled_from(HoldKind)), second=st.frozensets(st.sampled_from(HoldKind)))
    def test_holds_together_stop_what_either_stops(self, first: frozenset[HoldKind], second: frozenset[HoldKind]) -> None:
        """
        The most restrictive wins, and lifting one leaves what the others stop.
        """
        assert blocked(first) | blocked(second) == blocked(first | second)
        assert frozenset() == blocked([])

    def test_an_unknown_kind_is_not_taken_for_harmless(self) -> None:
        """
        It is an error, never an empty answer.
        """
        with pytest.raises(ValidationError, match="got 'bankrupt'"):
            blocked(["bankrupt"])


class TestInForce:
    @pytest.mark.parametrize(
        ("day", "expected"), [(date(2026, 2, 28), 0), (date(2026, 3, 1), 1), (date(2026, 3, 10), 1), (date(2026, 3, 11), 0)]
    )
    def test_both_ends_are_inclusive(self, day: date, expected: int) -> None:
        """
        From the first day through the last.
        """
        assert expected == len(in_force([hold()], [], day))

    def test_a_review_does_not_end_it(self) -> None:
        """
        Only a decision does.
        """
        waiting = hold(ends_on=None, review_on=date(2026, 3, 5))

        assert (waiting,) == in_force([waiting], [], date(2027, 1, 1))
        assert () == in_force([waiting], [HoldLifted("h-1", date(2026, 3, 6), "decided")], date(2026, 3, 6))

    def test_lifted_means_off_from_that_day(self) -> None:
        """
        The day before it is still in force; of two lifts the earlier counts.
        """
        lifted = [HoldLifted("h-1", date(2026, 3, 7), "later"), HoldLifted("h-1", date(2026, 3, 5), "sooner")]

        assert 1 == len(in_force([hold()], lifted, date(2026, 3, 4)))
        assert 0 == len(in_force([hold()], lifted, date(2026, 3, 5)))

    @given(one=holds("h-1"), two=holds("h-2", account=None), on=days(200))
    def test_they_do_not_influence_each_other(self, one: Hold, two: Hold, on: date) -> None:
        """
        Holds of an account and of the person are in force each for itself.
        """
        assert {*in_force([one], [], on), *in_force([two], [], on)} == set(in_force([two, one], [], on))


class TestPlacing:
    def test_once_again_and_otherwise(self) -> None:
        """
        A retry changes nothing, a conflict is refused.
        """
        assert HoldPlaced(hold()) == place_hold([], hold())
        assert AlreadyPlaced(HoldId("h-1")) == place_hold([hold()], hold())
        conflict = place_hold([hold()], hold(reason="another"))
        assert isinstance(conflict, Refusal)
        assert HoldReason.ID_REUSED is conflict.reason

    def test_a_dispute_is_in_the_accounts_currency(self) -> None:
        """
        Nothing is converted silently.
        """
        disputed = hold(kind="dispute_part", amount=Money(100, "EUR"))

        assert isinstance(place_hold([], disputed, currency="EUR"), HoldPlaced)
        refused = place_hold([], disputed, currency="USD")
        assert isinstance(refused, Refusal)
        assert HoldReason.CURRENCY_DIFFERS is refused.reason

    def test_lifting_needs_a_known_hold_once(self) -> None:
        """
        The same day again is a retry, another day a refusal.
        """
        lift = HoldLifted("h-1", date(2026, 3, 5), "withdrawn")

        assert lift == lift_hold([hold()], [], lift)
        assert AlreadyLifted(HoldId("h-1")) == lift_hold([hold()], [lift], lift)
        for outcome, reason in (
            (lift_hold([], [], lift), HoldReason.UNKNOWN),
            (lift_hold([hold()], [lift], HoldLifted("h-1", date(2026, 3, 6), "withdrawn")), HoldReason.ALREADY_LIFTED),
        ):
            assert isinstance(outcome, Refusal)
            assert reason is outcome.reason


class TestCited:
    def test_every_hold_that_stops_it_is_named(self) -> None:
        """
        By what they stop; a hold that has nothing to do with it is not.
        """
        found = cited([Effect.PLACEMENT, Effect.FEES], ["complaint", "dispute", "vulnerability"])

        assert [(Effect.FEES, (HoldKind.DISPUTE,)), (Effect.PLACEMENT, (HoldKind.COMPLAINT, HoldKind.DISPUTE))] == [
            (one.effect, one.kinds) for one in found
        ]

    @given(kinds=st.sets(st.sampled_from(HoldKind)), wanted=st.sets(st.sampled_from(Effect)))
    def test_what_is_blocked_is_cited_and_nothing_else(self, kinds: set[HoldKind], wanted: set[Effect]) -> None:
        """
        The union of restrictions, each with its cause.
        """
        assert wanted & blocked(kinds) == {one.effect for one in cited(wanted, kinds)}
        assert all(one.effect in EFFECTS[kind] for one in cited(wanted, kinds) for kind in one.kinds)


class TestPolicy:
    def test_the_matrix_is_data(self) -> None:
        """
        A row that is given stands in place of the shipped one; the others stay.
        """
        policy = HoldPolicy({"vulnerability": ["fees", "placement"]})

        assert {Effect.FEES, Effect.PLACEMENT} == set(policy.effects[HoldKind.VULNERABILITY])
        assert EFFECTS[HoldKind.DISPUTE] == policy.effects[HoldKind.DISPUTE]
        assert not cited([Effect.SALE], ["vulnerability"], policy.effects)

    @pytest.mark.parametrize("wrong", [{"effects": {"mood": []}}, {"effects": {"dispute": ["sleep"]}}, {"extensions_max": -1}])
    def test_nonsense_is_not_loaded(self, wrong: dict[str, object]) -> None:
        """
        The message says what there is.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            HoldPolicy(**wrong)  # type: ignore[arg-type]

    def test_a_hold_does_not_last_unlooked_at(self) -> None:
        """
        30 days are the limit here, to the day.
        """
        strict = HoldPolicy(review_days_max=30)

        assert isinstance(place_hold([], hold(ends_on=date(2026, 3, 31)), policy=strict), HoldPlaced)
        refused = place_hold([], hold(ends_on=date(2026, 4, 1)), policy=strict)
        assert isinstance(refused, Refusal) and refused.reason is HoldReason.TOO_LONG


class TestExtend:
    def test_an_extension_moves_the_end(self) -> None:
        """
        In force on days on which it would have been over; the last extension decides.
        """
        later = HoldExtended("h-1", date(2026, 3, 9), "documents promised", ends_on=date(2026, 3, 20))
        held = extended([hold(), hold("h-2")], [later, attrs.evolve(later, ends_on=date(2026, 3, 25))])

        assert ["h-1"] == [one.id for one in in_force(held, [], date(2026, 3, 25))]

    @pytest.mark.parametrize(
        ("extension", "lifted", "expected"),
        [
            ({"hold": "h-9"}, [], HoldReason.UNKNOWN),
            ({}, [HoldLifted("h-1", date(2026, 3, 5), "paid")], HoldReason.ALREADY_LIFTED),
            ({"on": date(2026, 3, 11)}, [], HoldReason.OVER),
            ({"ends_on": date(2026, 4, 9)}, [], HoldReason.TOO_LONG),
        ],
    )
    def test_an_extension_has_limits(self, extension: dict[str, object], lifted: list[HoldLifted], expected: HoldReason) -> None:
        """
        Of its day, its length and its hold.
        """
        asked = attrs.evolve(HoldExtended("h-1", date(2026, 3, 9), "more time", ends_on=date(2026, 3, 20)), **extension)
        outcome = extend_hold([hold()], lifted, [], asked, HoldPolicy(review_days_max=30))

        assert isinstance(outcome, Refusal)
        assert expected is outcome.reason

    def test_after_so_many_extensions_somebody_decides(self) -> None:
        """
        The same extension again is a retry and does not count.
        """
        once = HoldExtended("h-1", date(2026, 3, 9), "more time", ends_on=date(2026, 3, 20))
        again = attrs.evolve(once, on=date(2026, 3, 19), ends_on=date(2026, 3, 30))
        policy = HoldPolicy(extensions_max=1)

        assert once == extend_hold([hold()], [], [once], once, policy)
        outcome = extend_hold([hold()], [], [once], again, policy)
        assert isinstance(outcome, Refusal) and outcome.reason is HoldReason.TOO_OFTEN


class TestLifecycle:
    @given(
        starts=st.integers(-6, 6),
        length=st.integers(0, 9),
        review=st.none() | st.integers(0, 9),
        steps=st.lists(st.tuples(st.sampled_from(["night", "night", "extend", "lift"]), st.integers(0, 9)), max_size=14),
    )
    def test_it_moves_as_the_table_says(self, starts: int, length: int, review: int | None, steps: list[tuple[str, int]]) -> None:
        """
        Placed, extended, lifted or left alone over any days: no step that stands in no row of the page on lifecycles.
        """
        today, step = date(2026, 3, 10), timedelta(days=1)
        first = today + timedelta(days=starts)
        placed = hold(starts_on=first, ends_on=first + length * step, review_on=None if review is None else first + review * step)
        extensions, lifted, state = list[HoldExtended](), list[HoldLifted](), hold_status(placed, [], today).value
        assert ("", state) in STEPS
        for what, days_ahead in steps:
            match what:
                case "night":
                    today += step
                case "extend":
                    later = max(today, first) + days_ahead * step
                    asked = HoldExtended("h-1", today, "goes on", ends_on=later + step, review_on=later)
                    outcome = extend_hold([placed], lifted, extensions, asked)
                    extensions += [outcome] if isinstance(outcome, HoldExtended) else []
                case "lift":
                    event = lift_hold([placed], lifted, HoldLifted("h-1", today, "over"))
                    lifted += [event] if isinstance(event, HoldLifted) else []
            (now,) = extended([placed], extensions)
            after = hold_status(now, lifted, today).value
            assert after == state or (state, after) in STEPS, f"{what} on {today}"
            state = after
