"""Choosing, comparing and alerting through whole nights of a kit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from collectkit import Account, Consumer, Contact, Email, Kit, Money, Payment, Phone, plans
from collectkit.actions import ActRefused, Proposal, StepTaken
from collectkit.alerts import AlertState
from collectkit.errors import PluginFaultError, PolicyError, RefusedError
from collectkit.experiments import ExperimentEntered, recomputed
from collectkit.person_standing import PersonStanding
from collectkit.plugins import hookimpl
from collectkit.policy import read_policy
from collectkit.servicing.next_best import Estimate, NextActionChosen
from collectkit.treatment import What

from .conftest import BOUGHT_ON, LAWFUL, account, at, consumer, kit_under, night, nights

OPENED = at(BOUGHT_ON)
DAY = timedelta(days=1)

CHOICE = """
[treatment]
[[treatment.step]]
name = "late-sms"
day = 2
channel = "sms"
template = "reminder-late"
among = "remind"
[[treatment.step]]
name = "late-email"
day = 2
channel = "email"
template = "reminder-late"
among = "remind"
[[treatment.step]]
name = "late-call"
day = 2
channel = "phone"
among = "remind"
"""


def choices(kit: Kit, person: str = "c-1") -> list[NextActionChosen]:
    return [one.body for one in kit.person_history(person) if isinstance(one.body, NextActionChosen)]


class Mine:
    """A scorer of a plugin that loves letters of the alphabet."""

    version = "mine/7"

    def __init__(self, answer: object = None) -> None:
        self.answer = answer

    def score(self, proposal: Proposal, person: PersonStanding, on: date) -> Estimate:
        if self.answer is not None:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer  # type: ignore[return-value]
        return Estimate({"sms": 100, "email": 9_000, "phone": 200}[proposal.channel], 5_000)


class Bringing:
    def __init__(self, scorer: object, name: str = "mine") -> None:
        self.scorer, self.name = scorer, name

    @hookimpl
    def collectkit_scorers(self):  # type: ignore[no-untyped-def]
        return {self.name: self.scorer}


class TestNextBest:
    def test_one_of_three_is_planned_and_the_choice_is_recorded(self) -> None:
        """
        The others are taken as not chosen, so that they do not come up again.
        """
        with kit_under(LAWFUL + CHOICE) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 6))
            (choice,) = choices(kit)
            taken = {e.body.step: e.body.outcome for e in kit.history("a-1") if isinstance(e.body, StepTaken)}

            assert "baseline/1" == choice.scorer
            assert 3 == len(choice.candidates)
            assert {"late-call": "planned", "late-email": "not_chosen", "late-sms": "not_chosen"} == taken
            assert [choice.chosen] == [contact.id for contact in kit.contacts("a-1")]

    def test_the_law_is_asked_before_anything_is_weighed(self) -> None:
        """
        Nobody agreed to texts: the evidence says which rule forbade them, and they are not weighed.
        """
        with Kit.open("memory://", policy=read_policy(LAWFUL + CHOICE, "own"), actor="tests") as kit:
            points = [Phone("+12125550123", source="checkout"), Email("c1@example.com", source="checkout")]
            kit.register(Consumer("c-1", name="T", region="US-NY", contacts=points), at=OPENED)
            kit.open_account(account(), at=OPENED)
            nights(kit, date(2026, 9, 2), date(2026, 9, 4))
            (choice,) = choices(kit)
            forbidden = {one.channel: one.rules for one in choice.candidates if one.rules}
            refused = [one.body for one in kit.person_history("c-1") if isinstance(one.body, ActRefused)]

            assert ["late-call", "late-email"] == [one.step for one in choice.candidates if not one.rules]
            assert {"sms"} <= set(forbidden)
            assert {act.channel: act.rules for act in refused} == forbidden

    def test_a_plugin_weighs_in_place_of_the_baseline(self) -> None:
        """
        Its name and version stand in the record.
        """
        with kit_under(LAWFUL + '[next_best]\nscorer = "mine"\n' + CHOICE, [Bringing(Mine())]) as kit:
            nights(kit, date(2026, 9, 2), date(2026, 9, 4))
            (choice,) = choices(kit)

            assert ("mine/7", "late-email") == (choice.scorer, choice.candidates[0].step)

    @pytest.mark.parametrize("answer", [ValueError("no"), "much", {"chance_bp": 1}])
    def test_a_scorer_that_fails_is_replaced_by_the_baseline_and_told(self, answer: object) -> None:
        """
        The night goes on, and its report names the fault.
        """
        with kit_under(LAWFUL + '[next_best]\nscorer = "mine"\n' + CHOICE, [Bringing(Mine(answer))]) as kit:
            night(kit, date(2026, 9, 2))
            report = night(kit, date(2026, 9, 3))
            (choice,) = choices(kit)

            assert "baseline/1" == choice.scorer
            assert 1 == sum(report.faults.values())
            assert "scorer mine" in next(iter(report.faults))

    def test_what_nobody_brings_and_what_is_ours_is_refused_when_the_kit_is_opened(self) -> None:
        """
        A name that leads nowhere, one that is taken, and a thing that cannot weigh.
        """
        with pytest.raises(PolicyError, match="known are baseline"):
            kit_under(LAWFUL + '[next_best]\nscorer = "mine"\n' + CHOICE)
        for scorer, name in ((Mine(), "baseline"), (object(), "mine")):
            with pytest.raises(PluginFaultError, match="collectkit_scorers"):
                kit_under(LAWFUL + CHOICE, [Bringing(scorer, name)])


ARMS = """
[treatment]
[[treatment.step]]
name = "text"
day = 2
channel = "sms"
template = "reminder-late"
[[treatment.step]]
name = "notice"
day = 4
channel = "email"
template = "reminder-late-firm"
purpose = "notice"
[[variant]]
name = "mail-first"
[[variant.step]]
name = "mail"
day = 1
channel = "email"
template = "reminder-late"
[[experiment]]
id = "gentle-2026"
salt = "autumn"
unit = "account"
starts_on = 2026-09-02
eligible = "days_past_due >= 1"
outcome_days = 10
[[experiment.arm]]
name = "champion"
share_bp = 4000
treatment = "standard"
[[experiment.arm]]
name = "challenger"
share_bp = 3000
treatment = "mail-first"
[[experiment.arm]]
name = "hold-out"
share_bp = 3000
"""


class TestExperiments:
    COUNT = 40

    def lived(self, kit: Kit) -> None:
        for n in range(self.COUNT):
            points = [Phone(f"+1212555{n:04d}", source="checkout", consents=["sms"]), Email(f"c{n}@example.com", source="checkout")]
            kit.register(Consumer(f"c-{n}", name="T", region="US-NY", contacts=points), at=OPENED)
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
            kit.open_account(Account(f"a-{n}", consumer=f"c-{n}", plan=plan), at=OPENED)
        nights(kit, date(2026, 9, 2), date(2026, 9, 7))

    def test_each_arm_gets_its_treatment_and_the_hold_out_what_the_law_wants(self) -> None:
        """
        Who is in which arm can be computed again from what was recorded and the policy.
        """
        policy = read_policy(LAWFUL + ARMS, "own")
        with Kit.open("memory://", policy=policy, actor="tests") as kit:
            self.lived(kit)
            steps: dict[str, set[tuple[str, ...]]] = {}
            versions: dict[str, set[str]] = {}
            for n in range(self.COUNT):
                bodies = [envelope.body for envelope in kit.history(f"a-{n}")]
                (entry,) = [body for body in bodies if isinstance(body, ExperimentEntered)]
                assert recomputed(policy.experiments[0], entry)
                taken = [body for body in bodies if isinstance(body, StepTaken)]
                steps.setdefault(entry.arm, set()).add(tuple(step.step for step in taken))
                versions.setdefault(entry.arm, set()).update(step.version for step in taken)
                assert {kit.treatment_of(f"a-{n}").version} == {step.version for step in taken}

            assert {"champion": {("text", "notice")}, "challenger": {("mail",)}, "hold-out": {("notice",)}} == steps
            assert {3: 3} == {len(versions): sum(len(found) for found in versions.values())}

    def test_the_read_out_counts_what_was_paid_in_the_window(self) -> None:
        """
        Everybody in the challenger arm pays 50.00 in time; one payment comes too late and one is of the champion.
        """
        with Kit.open("memory://", policy=read_policy(LAWFUL + ARMS, "own"), actor="tests") as kit:
            self.lived(kit)
            arms: dict[str, list[str]] = {}
            for n in range(self.COUNT):
                entry = next(e.body for e in kit.history(f"a-{n}") if isinstance(e.body, ExperimentEntered))
                arms.setdefault(entry.arm, []).append(f"a-{n}")
            paid = [(account, date(2026, 9, 8)) for account in arms["challenger"]]
            paid += [(arms["champion"][0], date(2026, 9, 11)), (arms["champion"][1], date(2026, 9, 12))]
            for account_id, on in paid:
                at = datetime(on.year, on.month, on.day, 20, 0, tzinfo=UTC)
                kit.post(Payment(f"p-{account_id}", account_id, Money(5_000, "USD"), on), at=at)
            result = kit.experiment_read_out("gentle-2026", as_of=date(2026, 9, 20), seed=1, rounds=200)

            assert {"champion": 5_000, "challenger": 5_000 * len(arms["challenger"]), "hold-out": 0} == {
                arm.arm: arm.total for arm in result.arms
            }
            assert result.differences[0].clear
            assert [] == kit.experiment_outcomes("gentle-2026", as_of=date(2026, 9, 11))


class TestReminders:
    def test_a_payment_changes_what_is_ahead_and_says_why(self) -> None:
        """
        The difference of what was known at noon and what is known now.
        """
        with Kit.open("memory://", policy="gentle-bnpl", actor="tests") as kit:
            kit.register(consumer(), at=OPENED)
            kit.open_account(account(), at=OPENED)
            on, noon = date(2026, 9, 12), datetime(2026, 9, 12, 16, 0, tzinfo=UTC)
            kit.post(Payment("p-0", "a-1", Money(5_000, "USD"), date(2026, 9, 1)), at=OPENED)
            before = kit.reminders("a-1", as_of=on)
            kit.post(Payment("p-1", "a-1", Money(5_000, "USD"), on), at=noon + timedelta(hours=1))
            changes = kit.reminder_changes("a-1", as_of=on, known_at=noon)
            gone = [one for one in changes if one.what is What.REMOVED and one.reminder.about == "installment 2"]

            assert ("due-tomorrow-sms", date(2026, 9, 14)) in [(one.step, one.on) for one in before.reminders]
            assert {"nothing is left to pay of installment 2, due on 2026-09-15 (payment p-1 of 50.00 USD on 2026-09-12)"} == {
                one.why for one in gone
            }
            assert () == kit.reminder_changes("a-1", as_of=on, known_at=noon + timedelta(hours=2))


ALERTS = """
[treatment]
[[treatment.step]]
name = "text"
day = 2
channel = "sms"
template = "reminder-late"
[[alert]]
name = "silent"
when = "count('no_answer', 10) >= 3 and count('reply', 10) == 0"
text = "Look for another number."
owner = "team"
due_days = 1
escalate_days = 1
escalate_to = "supervisor"
"""


class TestAlerts:
    def called(self, kit: Kit) -> None:
        for day in (4, 6, 8):
            at = datetime(2026, 9, day, 16, 0, tzinfo=UTC)
            kit.record_contact(Contact("c-1", at, "phone", accounts=("a-1",), outcome="no_answer"), at=at, command_id=f"call-{day}")

    def test_an_alert_is_raised_put_off_dealt_with_and_off_the_list(self) -> None:
        """
        Three calls that nobody answered; each act of a person is recorded under their id.
        """
        with kit_under(LAWFUL + ALERTS) as kit:
            night(kit, date(2026, 9, 3))
            self.called(kit)
            nights(kit, date(2026, 9, 8), date(2026, 9, 9))
            (work,) = kit.alerts(as_of=date(2026, 9, 9))
            at = datetime(2026, 9, 9, 19, 0, tzinfo=UTC)
            kit.snooze_alert("a-1", work.alert.id, until=date(2026, 9, 11), reason="a letter is on its way", at=at)

            assert ("silent", "Look for another number.", "a-1") == (work.alert.rule, work.text, work.standing.account)
            assert [] == kit.alerts(as_of=date(2026, 9, 10))
            assert [] == kit.alerts(as_of=date(2026, 9, 11), owner="somebody")
            nights(kit, date(2026, 9, 10), date(2026, 9, 11))
            assert ["team"] == [one.alert.owner for one in kit.alerts(as_of=date(2026, 9, 11), owner="team")]
            done = kit.complete_alert("a-1", work.alert.id, reason="reached", at=at + 2 * DAY)
            assert ("tests", AlertState.COMPLETED) == (done.by, done.to)
            assert [] == kit.alerts(as_of=date(2026, 9, 11))
            assert [AlertState.COMPLETED] == [one.state for one in kit.account_alerts("a-1")]
            with pytest.raises(RefusedError, match="completed"):
                kit.complete_alert("a-1", work.alert.id, reason="again", at=at + 2 * DAY)

    def test_the_supervisor_gets_what_is_left_lying_and_a_reply_ends_it(self) -> None:
        """
        The nights see to both without anything else happening to the account.
        """
        with kit_under(LAWFUL + ALERTS) as kit:
            night(kit, date(2026, 9, 3))
            self.called(kit)
            nights(kit, date(2026, 9, 8), date(2026, 9, 11))
            assert ["supervisor"] == [one.alert.owner for one in kit.alerts(as_of=date(2026, 9, 11))]
            at = datetime(2026, 9, 12, 16, 0, tzinfo=UTC)
            kit.record_contact(Contact("c-1", at, "email", direction="inbound", accounts=("a-1",)), at=at, command_id="in-1")
            night(kit, date(2026, 9, 12))

            assert [AlertState.LAPSED] == [one.state for one in kit.account_alerts("a-1")]
            assert [] == kit.alerts(as_of=date(2026, 9, 12))
