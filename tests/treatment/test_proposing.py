from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, StepTaken
from collectkit.identifiers import AccountId
from collectkit.person import Consumer, PersonFacts
from collectkit.person_standing import PersonStanding
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.treatment import (
    AfterStep,
    CatchUp,
    Cured,
    DueOffset,
    PromiseBroken,
    PromiseOffset,
    Step,
    TreatmentPolicy,
    barred_steps,
    cycle_of,
    next_step_on,
    propose,
    step_id,
    steps_taken,
)
from collectkit.treatment.timing import Timetable

DUE = date(2026, 9, 15)
DAY = timedelta(days=1)


def sms(name, trigger, **given):
    return Step(name, trigger, channel="sms", template=name, **given)


def guard(text):
    return parse(text, STANDING_FIELDS)


COMING, FIRST, SECOND = sms("coming", DueOffset(-3)), sms("first-reminder", DueOffset(1)), sms("second-reminder", DueOffset(3))
FEE = Step("late-fee", DueOffset(2), "charge_fee")
FREEZE, THAW = Step("freeze", DueOffset(1), "freeze_purchases"), Step("thaw", Cured(), "thaw_purchases")
CALL = Step("call", AfterStep("second-reminder", 2), "agent_task")
POLICY = TreatmentPolicy("standard", "2026-09", [COMING, FIRST, FREEZE, FEE, SECOND, CALL, THAW])


def policy(*steps, **given):
    return TreatmentPolicy("t", "1", steps, **given)


def taken(step, on, *, cycle=DUE, account="a-1"):
    return StepTaken(account, step, cycle, on, "1", "planned")


def names(proposals):
    return [proposal.step for proposal in proposals]


def proposed(standing, on, given, done=(), **change):
    return names(propose(standing(on, **change), None, given, done, on))


def daily(standing, given, first, last, done=(), **change):
    """Run every day, record what fired, and tell each day's steps."""
    done, log = list(done), {}
    day = first
    while day <= last:
        proposals = propose(standing(day, **change), None, given, done, day)
        done += steps_taken(proposals, version=given.version, on=day)
        if proposals:
            log[day] = names(proposals)
        day += DAY
    return log


class TestWorkedExamples:
    def test_a_treatment_from_before_the_due_date_on(self, standing):
        """
        Each step fires on its own day, once for each due date that starts a stretch of lateness.
        """
        expected = {
            date(2026, 9, 12): ["coming"],
            date(2026, 9, 16): ["first-reminder", "freeze"],
            date(2026, 9, 17): ["late-fee"],
            date(2026, 9, 18): ["second-reminder"],
            date(2026, 9, 20): ["call"],
            date(2026, 9, 26): ["coming"],
        }

        assert expected == daily(standing, POLICY, date(2026, 9, 1), date(2026, 9, 30))

    def test_a_proposal_says_what_who_and_why(self, standing):
        """
        The id is the account, the cycle, the step and the count; the reason names the day.
        """
        on = date(2026, 9, 19)
        step = attrs.evolve(SECOND, while_out="handler")
        (proposal,) = propose(standing(on, handler="team"), None, policy(step), (), on, party="third_party")

        assert "a-1/2026-09-15/second-reminder/1" == proposal.id
        assert ("4 days past due on 2026-09-19 (step second-reminder: 3 days after due date)",) == proposal.why
        assert (ActionKind.CONTACT, "c-1", ("a-1",), "sms") == (proposal.action, proposal.person, proposal.accounts, proposal.channel)
        assert ("second-reminder", "team", "third_party") == (proposal.template, proposal.handler, proposal.party)

    def test_while_an_agency_has_the_account_our_reminders_rest(self, standing):
        """
        Unless the step is made in our name, or in theirs; a notice is ours, a freeze goes on, and each is told why it waits.
        """
        on = date(2026, 9, 19)
        placed = standing(on, handler="agency")
        ours, theirs = (attrs.evolve(SECOND, name=way, while_out=way) for way in ("house", "handler"))
        notice = sms("notice", DueOffset(3), purpose="notice")
        all_of_them = policy(SECOND, theirs, notice, FREEZE, THAW)
        found = {one.step: (one.party, one.handler) for one in propose(placed, None, all_of_them, (), on, party="third_party")}

        assert "second-reminder" not in found
        assert ("third_party", "agency") == found["handler"]
        assert ("first_party", None) == found["notice"]
        assert "freeze" in found
        assert [("first_party", None)] == [
            (one.party, one.handler) for one in propose(placed, None, policy(ours), (), on, party="third_party")
        ]
        (barred,) = barred_steps(placed, None, policy(SECOND), (), on, party="third_party")
        assert "the account is with agency, who makes contact in their own name" == barred.why
        assert () == barred_steps(standing(on, handler="team"), None, policy(SECOND), (), on)

    def test_a_night_need_not_look_at_what_rests_with_an_agency(self, standing):
        """
        Its reminders wait for the recall, which wakes the account by itself.
        """
        on = date(2026, 9, 19)
        placed = standing(on, handler="agency")

        assert on == next_step_on(placed, policy(SECOND), (), on)
        assert on != next_step_on(placed, policy(SECOND), (), on, party="third_party")

    @pytest.mark.parametrize(
        ("step", "on", "change", "why"),
        [
            (COMING, date(2026, 9, 12), {}, "the next payment is due on 2026-09-15, in 3 days (step coming: 3 days before due date)"),
            (sms("today", DueOffset(0)), DUE, {}, "0 days past due on 2026-09-15 (step today: on due date)"),
            (
                sms("kept", PromiseOffset(-1)),
                date(2026, 9, 19),
                {"promise_due_on": date(2026, 9, 20)},
                "a promise is due on 2026-09-20, in 1 day (step kept: 1 day before promised date)",
            ),
            (
                Step("ask", PromiseBroken(), "agent_task"),
                date(2026, 9, 16),
                {"promises_broken": 1},
                "promise number 1 was broken, 1 day past due on 2026-09-16 (step ask: promise broken)",
            ),
        ],
    )
    def test_each_trigger_explains_itself(self, standing, step, on, change, why):
        """
        A person reads why the step is due.
        """
        (proposal,) = propose(standing(on, **change), None, policy(step), (), on)

        assert (why,) == proposal.why

    def test_a_missed_due_date_is_caught_up_on_the_next_day(self, standing):
        """
        A step of the due date itself still fires when that night had no run.
        """
        assert ["today"] == proposed(standing, DUE + DAY, policy(sms("today", DueOffset(0))))

    def test_a_day_before_the_purchase_is_nobodys_fault(self, standing):
        """
        Twenty days before a due date that is two weeks after the purchase never was.
        """
        assert [] == proposed(standing, date(2026, 9, 1), policy(sms("early", DueOffset(-20))))

    def test_a_very_long_account_id_still_makes_an_id(self):
        """
        The digest of the account stands for it, and the cycle can still be read.
        """
        id = step_id(AccountId("a" * 128), DUE, "s" * 64, 3)

        assert len(id) <= 128
        assert DUE == cycle_of(id)


class TestGap:
    def test_only_the_last_reminder_fires_after_a_gap(self, standing):
        """
        A week without runs brings one message, and the fee and the freeze all the same.
        """
        on = date(2026, 9, 22)
        proposals = propose(standing(on), None, POLICY, (), on)

        assert ["freeze", "late-fee", "second-reminder"] == names(proposals)
        assert "stands also for first-reminder, which came due before and did not fire" == proposals[-1].why[-1]

    def test_what_was_passed_over_never_fires(self, standing):
        """
        The reminder that the later one stood for is not sent on the day after.
        """
        done = [taken("second-reminder", date(2026, 9, 22))]

        assert [] == proposed(standing, date(2026, 9, 23), policy(FIRST, SECOND), done)

    def test_a_step_after_one_that_was_passed_over_counts_from_the_later(self, standing):
        """
        The reminder counts as done when another one stood for it.
        """
        given = policy(FIRST, SECOND, Step("call", AfterStep("first-reminder", 2), "agent_task"))
        done = [taken("second-reminder", date(2026, 9, 22))]

        assert [[], ["call"]] == [proposed(standing, date(2026, 9, day), given, done) for day in (23, 24)]

    def test_two_messages_of_one_day_do_not_replace_each_other(self, standing):
        """
        A text and a letter on the same day are both meant.
        """
        given = policy(FIRST, SECOND, Step("letter", DueOffset(3), channel="letter", template="l"))

        assert ["second-reminder", "letter"] == proposed(standing, date(2026, 9, 25), given)

    def test_replay_sends_each(self, standing):
        """
        Notices that the law asks for are not replaced by later ones.
        """
        given = policy(*[sms(f"n-{day}", DueOffset(day), purpose="notice") for day in (1, 2, 3)])

        assert ["n-1", "n-2", "n-3"] == proposed(standing, date(2026, 9, 25), given)

    @pytest.mark.parametrize(("day", "expected"), [(18, ["s"]), (20, ["s"]), (21, [])])
    def test_skip_gives_up_after_so_many_days(self, standing, day, expected):
        """
        Three days after the due date and at most two days late.
        """
        given = policy(sms("s", DueOffset(3), catch_up=CatchUp.SKIP, skip_after_days=2))

        assert expected == proposed(standing, date(2026, 9, day), given)

    def test_a_guard_that_comes_true_later_lets_the_step_fire_then(self, standing):
        """
        The step waits; its day has passed.
        """
        given = policy(sms("s", DueOffset(1), when=guard("days_past_due >= 4")))

        assert {date(2026, 9, 19): ["s"]} == daily(standing, given, DUE, date(2026, 9, 28))


class TestRepeats:
    @pytest.mark.parametrize("catch_up", CatchUp)
    def test_a_step_repeats_so_often_in_a_cycle(self, standing, catch_up):
        """
        Every three days, three times in all.
        """
        given = policy(sms("s", DueOffset(1), repeat_every_days=3, repeats_max=3, catch_up=catch_up))

        assert [16, 19, 22] == [day.day for day in daily(standing, given, DUE, date(2026, 9, 29), unpaid=[DUE])]

    @pytest.mark.parametrize(("catch_up", "numbers"), [("coalesce", ["1"]), ("replay", ["1", "2", "3"]), ("skip", ["3"])])
    def test_missed_repeats_follow_the_rule_of_the_step(self, standing, catch_up, numbers):
        """
        Seven days late, three firings were due.
        """
        given = policy(sms("s", DueOffset(1), repeat_every_days=3, repeats_max=5, catch_up=catch_up))
        on = date(2026, 9, 22)

        assert numbers == [proposal.id.rpartition("/")[2] for proposal in propose(standing(on), None, given, (), on)]


class TestStops:
    @pytest.mark.parametrize("change", [{"closed_on": DUE}, {"unpaid": ()}, {"promise_due_on": date(2026, 9, 30)}])
    def test_nothing_happens_to_what_is_closed_paid_or_promised(self, standing, change):
        """
        Treatment stands still, whatever was due.
        """
        assert [] == proposed(standing, date(2026, 9, 25), POLICY, **change)

    @pytest.mark.parametrize(
        ("holds", "expected"),
        [
            (("dispute",), []),
            (("cease_contact",), ["freeze", "late-fee"]),
            (("vulnerability",), ["freeze", "late-fee"]),
            (("military",), ["freeze"]),
        ],
    )
    def test_a_hold_stops_what_it_stops(self, standing, holds, expected):
        """
        The matrix of holds decides for each action.
        """
        assert expected == proposed(standing, date(2026, 9, 18), POLICY, holds=holds)

    def test_a_hold_on_the_person_stops_as_well(self, standing):
        """
        What the person's standing brings counts beside the account's own.
        """
        on = date(2026, 9, 18)
        person = PersonStanding(Consumer("c-1"), PersonFacts("c-1"), (standing(on),), on, holds=("dispute",))

        assert () == propose(standing(on), person, POLICY, (), on)

    def test_the_stop_rule_stops(self, standing):
        """
        While it certainly holds, no step fires.
        """
        given = policy(FIRST, FEE, stop_when=guard("owed < money('30.00 USD')"))

        assert [[], ["late-fee", "first-reminder"]] == [
            sorted(proposed(standing, date(2026, 9, day), given), reverse=True) for day in (20, 30)
        ]

    def test_a_guard_may_ask_where_the_person_lives(self, standing):
        """
        What is unknown matches nothing.
        """
        on, given = date(2026, 9, 18), policy(sms("s", DueOffset(1), when=guard("region == 'US-NY'")))
        person = PersonStanding(Consumer("c-1", region="US-NY"), PersonFacts("c-1"), (), on)

        assert [[], ["s"]] == [names(propose(standing(on), who, given, (), on)) for who in (None, person)]

    def test_after_a_promise_is_broken_treatment_goes_on(self, standing):
        """
        The broken promise and the last reminder that came due meanwhile.
        """
        given = policy(FIRST, SECOND, Step("ask", PromiseBroken(), "agent_task"))
        done = [taken("first-reminder", date(2026, 9, 16))]

        assert ["second-reminder", "ask"] == proposed(standing, date(2026, 9, 25), given, done, promises_broken=1)

    def test_each_broken_promise_counts_once(self, standing):
        """
        The second one asks for a second call.
        """
        given, done = policy(Step("ask", PromiseBroken(), "agent_task")), [taken("ask", date(2026, 9, 20))]

        assert [0, 1] == [len(proposed(standing, date(2026, 9, 25), given, done, promises_broken=broken)) for broken in (1, 2)]


class TestThaw:
    FROZEN = (taken("freeze", date(2026, 9, 16)),)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"unpaid": (date(2026, 9, 29),)}, ["thaw"]),
            ({"unpaid": ()}, ["thaw"]),
            ({"unpaid": (), "closed_on": date(2026, 9, 20)}, ["thaw"]),
            ({"unpaid": (date(2026, 9, 29),), "holds": ("dispute",)}, ["thaw"]),
            ({"unpaid": (date(2026, 9, 29),), "closed_on": date(2026, 9, 20)}, []),
        ],
    )
    def test_thaw_follows_cure(self, standing, change, expected):
        """
        As soon as nothing is past due, whatever else holds, but not for an account that was written off.
        """
        assert expected == proposed(standing, date(2026, 9, 22), POLICY, self.FROZEN, **change)

    def test_a_thaw_happens_once(self, standing):
        """
        It belongs to the cycle of the freeze.
        """
        on = date(2026, 9, 22)
        (thaw,) = propose(standing(on, unpaid=()), None, POLICY, self.FROZEN, on)
        done = (*self.FROZEN, *steps_taken([thaw], version="1", on=on))

        assert DUE == cycle_of(thaw.id)
        assert [] == proposed(standing, on, POLICY, done, unpaid=())

    def test_nothing_is_thawed_that_was_not_frozen_or_is_still_late(self, standing):
        """
        A thaw answers a freeze.
        """
        assert [] == proposed(standing, date(2026, 9, 22), policy(FREEZE, THAW), unpaid=())
        assert [] == proposed(standing, date(2026, 9, 22), policy(FREEZE, THAW), self.FROZEN)


@st.composite
def policies(draw):
    """Treatments of one to five steps of every kind, some after others, some guarded."""
    steps = []
    for place in range(draw(st.integers(1, 5))):
        name = f"s-{place}"
        triggers = [DueOffset(draw(st.integers(-7, 20))), PromiseOffset(draw(st.integers(-3, 1))), PromiseBroken()]
        if steps:
            triggers.append(AfterStep(draw(st.sampled_from(steps)).name, draw(st.integers(1, 6))))
        trigger = draw(st.sampled_from(triggers))
        when = draw(st.none() | st.sampled_from(["days_past_due >= 5", "days_past_due < 12", "installments_past_due == 2"]))
        kind = draw(st.sampled_from([{"channel": "sms"}, {"channel": "letter"}, {"action": "charge_fee"}, {"action": "agent_task"}]))
        given = {**kind, "when": guard(when) if when else None}
        if not isinstance(trigger, PromiseBroken):
            repeats = draw(st.integers(1, 3))
            given |= {"repeats_max": repeats, "repeat_every_days": draw(st.integers(1, 5)) if repeats > 1 else None}
            modes = [CatchUp.REPLAY, CatchUp.SKIP] + ([CatchUp.COALESCE] if "channel" in kind else [])
            given |= {"catch_up": draw(st.sampled_from(modes)), "skip_after_days": draw(st.integers(0, 4))}
        steps.append(Step(name, trigger, **given))
    stop = draw(st.none() | st.sampled_from(["days_past_due > 25", "owed < money('30.00 USD')"]))
    return TreatmentPolicy("t", "1", steps, stop_when=guard(stop) if stop else None)


ACCOUNTS = st.fixed_dictionaries(
    {
        "holds": st.sampled_from([(), (), ("dispute",), ("cease_contact",)]),
        "promises_broken": st.integers(0, 2),
        "promise_due_on": st.sampled_from([None, None, date(2026, 11, 1)]),
        "unpaid": st.sampled_from([(DUE, date(2026, 9, 29)), (date(2026, 9, 29),), (DUE,), ()]),
    }
)
DAYS = st.dates(date(2026, 9, 1), date(2026, 10, 20))


class _AsksEveryStep(Timetable):
    """Leaves no step aside before its day was worked out."""

    def _near(self):
        return self._policy.steps


class TestLaws:
    @given(given=policies(), account=ACCOUNTS, runs=st.lists(DAYS, max_size=6), on=DAYS)
    def test_a_step_that_was_taken_is_never_proposed_again(self, given, account, runs, on, standing):
        """
        After any history of runs, a second run of the same day proposes nothing, and no id ever comes twice.
        """
        done, seen = [], []
        for day in [*sorted(runs), on]:
            proposals = propose(standing(day, **account), None, given, done, day)
            done += steps_taken(proposals, version="1", on=day)
            seen += [proposal.id for proposal in proposals]
            assert () == propose(standing(day, **account), None, given, done, day)

        assert len(seen) == len(set(seen))

    @given(given=policies(), account=ACCOUNTS, runs=st.lists(DAYS, max_size=4), on=DAYS)
    def test_nothing_is_proposed_before_the_next_step(self, given, account, runs, on, standing):
        """
        The night may leave the account alone until then.
        """
        done = []
        for day in sorted(runs):
            done += steps_taken(propose(standing(day, **account), None, given, done, day), version="1", on=day)
        now = standing(on, **account)
        next_on = next_step_on(now, given, done, on)

        assert next_on is None or on <= next_on <= min(now.valid_through, date(9000, 1, 1)) + DAY
        day = on
        while day <= min(now.valid_through, on + 40 * DAY) and (next_on is None or day < next_on):
            assert () == propose(now, None, given, done, day)
            day += DAY

    @given(given=policies(), account=ACCOUNTS, runs=st.lists(DAYS, max_size=6), on=DAYS)
    def test_what_is_not_looked_at_would_not_fire(self, given, account, runs, on, standing):
        """
        A timetable that asks every step about its day comes to the same firings and the same next day.
        """
        done = []
        for day in sorted(runs):
            done += steps_taken(propose(standing(day, **account), None, given, done, day), version="1", on=day)
        table, whole = (kind(standing(on, **account), given, done) for kind in (Timetable, _AsksEveryStep))

        assert whole.due() == table.due()
        assert whole.next_on() == table.next_on()

    @given(given=policies(), account=ACCOUNTS, on=DAYS)
    def test_a_gap_brings_no_more_than_daily_runs_would(self, given, account, on, standing):
        """
        A step fires at most as often as it repeats, and of the reminders of a cycle only those of one day at once.
        """
        proposals = propose(standing(on, **account), None, given, (), on)
        contacts = [p for p in proposals if given.steps_by_name[p.step].coalesces]
        by_cycle = {cycle_of(p.id): set() for p in contacts}
        for proposal in contacts:
            step = given.steps_by_name[proposal.step]
            by_cycle[cycle_of(proposal.id)].add((type(given.root(step)), given.rank(step)))

        for fired in by_cycle.values():
            assert len({kind for kind, _ in fired}) == len(fired)
        for step in given.steps:
            if not isinstance(step.trigger, PromiseBroken):
                assert names(proposals).count(step.name) <= step.repeats_max
