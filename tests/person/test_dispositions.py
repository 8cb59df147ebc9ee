from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError
from collectkit.person.dispositions import (
    DISPOSITIONS,
    Counter,
    Disposition,
    DispositionReason,
    DispositionTable,
    Interaction,
    InteractionKind,
    InteractionRecorded,
    call_back_due,
    counted,
    dispose,
)
from collectkit.refusals import Refusal

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
CALL = InteractionKind("call", "phone", ["no_answer", "refused"])
ROWS = (
    Disposition(action="call", result="no_answer", counters=["attempt"], outcome="no_answer"),
    Disposition(action="call", result="refused", counters=["attempt", "connect", "right_party"], outcome="conversation"),
)


def done(result: str, action: str = "call", **more: object) -> Interaction:
    return Interaction(id="i-1", account="a-1", action=action, result=result, **more)  # type: ignore[arg-type]


def recorded(interaction: Interaction, at: datetime = AT, **more: object) -> InteractionRecorded:
    outcome = dispose(interaction, at=at, **more)  # type: ignore[arg-type]
    assert isinstance(outcome, InteractionRecorded)
    return outcome


class TestTable:
    def test_what_results_of_a_call_count_as(self) -> None:
        """
        No answer is an attempt; a mailbox connects; only who was verified is the right party, and only a promise is one.
        """
        counters = {
            result: [
                one.value
                for one in recorded(done(result, promise="pr-1", call_back_at=AT + timedelta(hours=1)), promises=["pr-1"]).counters
            ]
            for result in ("no_answer", "voicemail_left", "wrong_party", "refused", "promised")
        }

        assert {
            "no_answer": ["attempt"],
            "voicemail_left": ["attempt", "connect"],
            "wrong_party": ["attempt", "connect"],
            "refused": ["attempt", "connect", "right_party"],
            "promised": ["attempt", "connect", "right_party", "promise"],
        } == counters

    def test_who_calls_us_is_no_attempt_of_ours(self) -> None:
        """
        It is a conversation all the same.
        """
        assert (Counter.CONNECT, Counter.RIGHT_PARTY) == recorded(done("refused", "call_in")).counters

    @pytest.mark.parametrize(
        ("actions", "rows", "match"),
        [
            ((CALL,), ROWS[:1], "call/refused has no row"),
            ((CALL,), (*ROWS, ROWS[0]), "call/no_answer has 2 rows"),
            ((CALL,), (*ROWS, attrs.evolve(ROWS[0], result="busy")), "call/busy is no result of an action"),
            ((CALL, CALL), ROWS, "call/no_answer is named twice"),
            ((CALL,), (ROWS[0], attrs.evolve(ROWS[1], counters=["promise"])), "call/refused counts something without"),
            (
                (CALL, InteractionKind("call", "in_person", ["busy"], "inbound")),
                (*ROWS, attrs.evolve(ROWS[0], result="busy", counters=[])),
                "action call is named twice",
            ),
        ],
        ids=["none", "two", "unknown", "named twice", "contradiction", "action named twice"],
    )
    def test_an_incomplete_table_is_not_loaded(
        self, actions: tuple[InteractionKind, ...], rows: tuple[Disposition, ...], match: str
    ) -> None:
        """
        Each result of each action stands in it once.
        """
        with pytest.raises(PolicyError, match=match):
            DispositionTable(actions, rows)

    @given(data=st.data())
    def test_any_complete_table_answers_every_result_and_nothing_else(self, data: st.DataObject) -> None:
        """
        Taking a row away, or adding one, makes it none.
        """
        rows = list(DISPOSITIONS.rows)
        for kind in DISPOSITIONS.actions:
            assert all(DISPOSITIONS.find(kind.name, result) is not None for result in kind.results)
        place = data.draw(st.integers(0, len(rows) - 1))
        with pytest.raises(PolicyError):
            DispositionTable(DISPOSITIONS.actions, rows[:place] + rows[place + 1 :])
        with pytest.raises(PolicyError):
            DispositionTable(DISPOSITIONS.actions, [*rows, rows[place]])


class TestDispose:
    @pytest.mark.parametrize(
        ("interaction", "expected"),
        [
            (done("sneezed"), DispositionReason.UNKNOWN_RESULT),
            (done("busy", "telegram"), DispositionReason.UNKNOWN_RESULT),
            (done("promised"), DispositionReason.PROMISE_MISSING),
            (done("promised", promise="pr-9"), DispositionReason.PROMISE_MISSING),
            (done("call_back_asked"), DispositionReason.CALL_BACK_MISSING),
            (done("call_back_asked", call_back_at=AT), DispositionReason.CALL_BACK_MISSING),
        ],
    )
    def test_what_is_not_recorded(self, interaction: Interaction, expected: DispositionReason) -> None:
        """
        What the table does not know, a promise nobody took, and a call-back without a time.
        """
        refused = dispose(interaction, at=AT, promises=["pr-1"])

        assert isinstance(refused, Refusal)
        assert expected is refused.reason

    def test_the_same_again_is_answered_alike(self) -> None:
        """
        Another content under its id is refused.
        """
        first = recorded(done("busy"))

        assert first == dispose(done("busy"), at=AT, known=[first])
        assert isinstance(dispose(done("no_answer"), at=AT, known=[first]), Refusal)

    def test_a_call_back_is_due_until_somebody_spoke_to_them(self) -> None:
        """
        An attempt without an answer leaves it standing.
        """
        asked = recorded(done("call_back_asked", call_back_at=AT + timedelta(hours=2)))
        missed = recorded(attrs.evolve(done("no_answer"), id="i-2"), AT + timedelta(hours=2))
        spoke = recorded(attrs.evolve(done("refused"), id="i-3"), AT + timedelta(hours=3))

        assert AT + timedelta(hours=2) == call_back_due([missed, asked])
        assert call_back_due([asked, missed, spoke]) is None

    @given(results=st.lists(st.sampled_from(["no_answer", "busy", "voicemail_left", "wrong_party", "refused"]), max_size=20))
    def test_the_funnel_never_widens(self, results: list[str]) -> None:
        """
        Attempts are at least connects, and those at least right parties; each is counted once.
        """
        found = counted([recorded(attrs.evolve(done(result), id=f"i-{n}", collector="ann")) for n, result in enumerate(results)])
        row = found.get("ann", dict.fromkeys(Counter, 0))

        assert len(results) == row[Counter.ATTEMPT] >= row[Counter.CONNECT] >= row[Counter.RIGHT_PARTY] >= row[Counter.PROMISE]
        assert sum(result in ("voicemail_left", "wrong_party", "refused") for result in results) == row[Counter.CONNECT]
