"""Treatment through the kit: what it decides about purchases, what it waits for, and how it goes on after a hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collectkit import Contact, Hold, Kit, Money, Payment
from collectkit.actions import PURCHASING, STEP, PurchasingDecided, StepTaken
from collectkit.channels.outcomes import DeliveryReport
from collectkit.ledger import Reversal
from collectkit.policy import read_policy
from collectkit.servicing.dispatch import DispatchState
from collectkit.treatment import Resume, purchasing_of

from .conftest import LAWFUL, kit_under, night, nights

DAY = timedelta(days=1)

POLICY = """
zone = "America/New_York"
[law]
packs = ["us-federal", "us-ny"]
least_status = "from-memory"

[treatment]
[[treatment.step]]
name = "freeze"
day = 3
action = "freeze_purchases"
[[treatment.step]]
name = "cut"
bucket = "8-14"
action = "cut_limit"
limit_bp = 2500
[[treatment.step]]
name = "thaw"
on = "cured"
action = "thaw_purchases"
"""


def decisions(kit: Kit) -> list[tuple[str, date]]:
    bodies = (envelope.body for envelope in kit.history("a-1"))
    return [(body.decision, body.on) for body in bodies if isinstance(body, PurchasingDecided)]


def taken(kit: Kit) -> list[tuple[str, date]]:
    bodies = (envelope.body for envelope in kit.history("a-1"))
    return [(body.step, body.on) for body in bodies if isinstance(body, StepTaken)]


def pay(kit: Kit, id: str, minor: int, on: date) -> None:
    kit.post(Payment(id, "a-1", Money(minor, "USD"), on), at=datetime(on.year, on.month, on.day, 17, 0, tzinfo=UTC))


class TestPurchases:
    def test_frozen_cut_and_thawed_once_each(self) -> None:
        """
        50.00 fell due at the purchase and on the 15th; all that is late is paid on the 28th.
        """
        with kit_under(POLICY) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 27))
            before = kit.purchasing("a-1")
            pay(kit, "p-1", 10_000, date(2026, 9, 28))
            nights(kit, date(2026, 9, 28), date(2026, 9, 30))

            assert [("freeze", date(2026, 9, 4)), ("cut_limit", date(2026, 9, 9)), ("thaw", date(2026, 9, 28))] == decisions(kit)
            assert (True, 2_500, date(2026, 9, 4)) == (before.frozen, before.limit_bp, before.since)
            assert ["3 days past due on 2026-09-04 (step freeze: 3 days after due date)"] == [
                one.why for one in before.decisions if one.decision == "freeze"
            ]
            assert (False, None, None, ()) == tuple(
                getattr(kit.purchasing("a-1"), name) for name in ("frozen", "limit_bp", "since", "decisions")
            )

    def test_who_is_frozen_is_not_frozen_again(self) -> None:
        """
        The first installment is paid and the next is late: one freeze stands, and one thaw ends it.
        """
        with kit_under(POLICY) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 20))
            pay(kit, "p-1", 5_000, date(2026, 9, 21))
            nights(kit, date(2026, 9, 21), date(2026, 9, 26))
            pay(kit, "p-2", 5_000, date(2026, 9, 27))
            night(kit, date(2026, 9, 27))

            assert ["freeze", "cut_limit", "thaw"] == [decision for decision, _ in decisions(kit)]

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=8))
    def test_a_thaw_follows_every_cure(self, acts: list[tuple[int, int]]) -> None:
        """
        For any payments and reversals: on a night on which nothing is late, nothing stands; no decision is made twice in a row.
        """
        with kit_under(POLICY) as kit:
            on, paid = date(2026, 9, 2), list[str]()
            for number, (act, days) in enumerate(acts):
                if act and paid and act == 3:
                    back = paid.pop()
                    kit.reverse(Reversal(f"r-{number}", "a-1", back, on), at=datetime(on.year, on.month, on.day, 17, tzinfo=UTC))
                elif act:
                    paid.append(f"p-{number}")
                    pay(kit, paid[-1], act * 5_000, on)
                on += days * DAY
                night(kit, on)
                if kit.standing("a-1", as_of=on).past_due_minor == 0:
                    assert () == kit.purchasing("a-1").decisions
            states, moves = ["open"], set[tuple[str, str]]()
            bodies = [e.body for e in kit.history("a-1") if isinstance(e.body, PurchasingDecided)]
            for number in range(1, len(bodies) + 1):
                states.append(purchasing_of(bodies[:number]).state)
                moves.add((states[-2], states[-1]))
            assert moves <= {(state, to) for state, _, to, _ in PURCHASING}
            made = [decision for decision, _ in decisions(kit)]

            assert [] == [one for one, then in pairwise(made) if one == then]


class TestTable:
    def test_the_page_has_the_tables(self) -> None:
        """
        Every row of the lifecycles of steps and of purchases, and every rule by which a treatment goes on.
        """
        docs = Path(__file__).parents[2] / "docs" / "reference"
        lifecycles, policy = ((docs / name).read_text(encoding="utf-8") for name in ("lifecycles.md", "policy.md"))
        rows: dict[tuple[str, str, str], list[str]] = {}
        for state, event, to, effect in PURCHASING:
            rows.setdefault((event, to, effect), []).append(f"`{state}`")
        expected = [f"| {', '.join(states)} | {event} | `{to}` | {effect} |" for (event, to, effect), states in rows.items()]

        expected += [f"| `{state}` | {event} | `{to}` | {effect} |" for state, event, to, effect in STEP]

        assert [] == [row for row in expected if row not in lifecycles]
        assert [] == [rule.value for rule in Resume if f"| `{rule.value}`" not in policy]


class TestMigration:
    def test_another_version_is_told_for_each_account_before_it_is_in_force(self) -> None:
        """
        The freeze comes two days earlier, and a step is added; nothing was changed by asking.
        """
        with kit_under(POLICY) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 3))
            step = '[[treatment.step]]\nname = "look"\nday = 5\naction = "agent_task"\n'
            after = read_policy(POLICY.replace("day = 3", "day = 1") + step, "own").treatment
            before = len(kit.history("a-1"))
            plan = kit.treatment_migration(after, on=date(2026, 9, 3))
            (moved,) = plan.accounts

            assert (kit.policy.treatment.version, after.version, 0) == (plan.before, plan.after, plan.unchanged)
            assert (("freeze",), ("look",), ()) == (moved.at_once, moved.added, moved.dropped)
            assert before == len(kit.history("a-1"))


class TestQuietDays:
    def test_a_late_hand_over_keeps_the_weekdays_that_are_wanted(self) -> None:
        """
        Planned for Friday, handed over on Saturday: it waits for Monday where the person is.
        """
        policy = (
            LAWFUL
            + """
[treatment]
quiet_days = ["sat", "sun"]
[[treatment.step]]
name = "text"
day = 2
channel = "sms"
template = "reminder-late"
local_time = 10:00:00
"""
        )
        with kit_under(policy) as kit:
            night(kit, date(2026, 9, 2))
            night(kit, date(2026, 9, 3))
            (planned,) = kit.contacts("a-1")
            kit.dispatch(at=datetime(2026, 9, 5, 16, 0, tzinfo=UTC), worker="w1")
            (waiting,) = kit.contacts("a-1")

            assert datetime(2026, 9, 4, 14, 0, tzinfo=UTC) == planned.not_before
            assert (DispatchState.PLANNED, datetime(2026, 9, 7, 4, 0, tzinfo=UTC)) == (waiting.state, waiting.not_before)


class TestWaiting:
    def test_a_step_waits_for_a_reply_and_for_a_delivery(self) -> None:
        """
        The person writes on the 10th; the text of the second day past due is shown to have arrived on the 6th.
        """
        policy = (
            LAWFUL
            + """
[treatment]
[[treatment.step]]
name = "text"
day = 2
channel = "sms"
template = "reminder-late"
[[treatment.step]]
name = "look"
after_delivery = "text"
after_days = 3
action = "agent_task"
[[treatment.step]]
name = "answer"
on = "reply"
action = "agent_task"
"""
        )
        with kit_under(policy) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 5))
            sent_at = datetime(2026, 9, 6, 16, 0, tzinfo=UTC)
            kit.dispatch(at=sent_at, worker="w1")
            (message,) = [contact.id for contact in kit.contacts("a-1")]
            kit.report_delivery(DeliveryReport("dr-1", "sms", "delivered", sent_at, message=message), at=sent_at)
            nights(kit, date(2026, 9, 6), date(2026, 9, 9))
            at = datetime(2026, 9, 10, 16, 0, tzinfo=UTC)
            kit.record_contact(Contact("c-1", at, "email", direction="inbound", accounts=("a-1",)), at=at, command_id="in-1")
            nights(kit, date(2026, 9, 10), date(2026, 9, 12))

            assert [("text", date(2026, 9, 3)), ("look", date(2026, 9, 9)), ("answer", date(2026, 9, 10))] == taken(kit)


class TestResuming:
    STEPS = """
zone = "America/New_York"
[treatment]
[treatment.resume]
complaint = "RULE"
[[treatment.step]]
name = "first"
day = 2
action = "agent_task"
[[treatment.step]]
name = "second"
day = 6
action = "agent_task"
"""

    def lived(self, rule: str) -> list[tuple[str, int]]:
        with kit_under(self.STEPS.replace("RULE", rule)) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 4))
            hold = Hold(
                "h-1", "complaint", person="c-1", account="a-1", starts_on=date(2026, 9, 5), reason="asked", ends_on=date(2026, 9, 9)
            )
            kit.hold(hold, at=datetime(2026, 9, 5, 12, 0, tzinfo=UTC))
            nights(kit, date(2026, 9, 5), date(2026, 9, 14))
            return [(step, on.day) for step, on in taken(kit)]

    def test_each_rule_through_nights(self) -> None:
        """
        Late since the first of the month, on hold from the 5th through the 9th.
        """
        assert [("first", 3), ("second", 10)] == self.lived("re_enter")
        assert [("first", 3), ("second", 12)] == self.lived("continue")
        assert [("first", 3), ("first", 11)] == self.lived("restart")
        assert [("first", 3)] == self.lived("skip")
        assert [("first", 3)] == self.lived("exit")
