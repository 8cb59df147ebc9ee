"""Each kind of rule that is about more than a contact: an example of the law first, then its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
import pytest

from collectkit.actions import Outcome
from collectkit.compliance.past import (
    Authorization,
    GivenConsent,
    HoldFact,
    PastContact,
    PastEvent,
    PastFee,
    PaymentAttempt,
    Payments,
    Wish,
)
from collectkit.errors import PackError

from .asking import asked, pack_of, ruled, told, word

OTHER = "third_party"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestBan:
    def test_a_postcard_is_never_sent(self) -> None:
        """
        12 CFR 1006.22(f)(1); no waiting helps.
        """
        ruling = ruled(
            "us-federal", "2026-06-10T13:00:00+00:00", channel="postcard", party=OTHER, content=frozenset({"from_debt_collector"})
        )

        assert ("us.regf.22f.postcard", None) == (ruling.winning[0].rule, ruling.earliest)

    def test_what_an_act_does_not_say_is_not_so(self) -> None:
        """
        Even where doubt denies: the one who proposes an act knows what it does.
        """
        ban = pack_of("ban", 'match_any = { "when.obscene" = [true] }')

        assert "allow" == word(ruled(ban, "2026-06-10T13:00:00+00:00", unknown=Outcome.DENY))
        assert "deny" == word(ruled(ban, "2026-06-10T13:00:00+00:00", facts={"when.obscene": True}))

    def test_facts_of_accounts_hold_for_one_and_the_same_account(self) -> None:
        """
        One paid account and one that is disputed are no account that is both.
        """
        ban = pack_of("ban", 'match = { "debt.status" = ["paid"], "debt.disputed" = [true] }')
        apart = {"D1": {"status": "paid", "disputed": False}, "D2": {"status": "late", "disputed": True}}
        both = {"D1": {"status": "paid", "disputed": True}}

        assert "allow" == word(ruled(ban, "2026-06-10T13:00:00+00:00", debts=("D1", "D2"), debt_facts=apart))
        assert "deny" == word(ruled(ban, "2026-06-10T13:00:00+00:00", debt_facts=both))

    def test_an_unknown_fact_about_an_account_follows_the_host(self) -> None:
        """
        What could forbid is not waved through.
        """
        ban = pack_of("ban", 'match_any = { "debt.identity_theft_notified" = [true] }')

        assert "deny" == word(ruled(ban, "2026-06-10T13:00:00+00:00", unknown=Outcome.DENY))

    def test_a_spouse_counts_as_the_consumer(self) -> None:
        """
        12 CFR 1006.6(a): telling the spouse is telling the consumer; telling a sister is not.
        """
        facts = {"when.reveals_debt": True, "when.recipient_relation": "spouse"}
        content = frozenset({"from_debt_collector"})
        told_spouse = ruled(
            "us-federal",
            "2026-06-10T17:00:00+00:00",
            channel="phone",
            party=OTHER,
            recipient="related_person",
            facts=facts,
            content=content,
        )
        sister = {**facts, "when.recipient_relation": "sister"}
        told_sister = ruled(
            "us-federal",
            "2026-06-10T17:00:00+00:00",
            channel="phone",
            party=OTHER,
            recipient="related_person",
            facts=sister,
            content=content,
        )

        assert "allow" == word(told_spouse)
        assert "us.regf.6d1.third_party" == told_sister.winning[0].rule

    def test_it_names_facts_that_must_hold_or_one_that_is_enough(self) -> None:
        """
        Neither and both are refused.
        """
        with pytest.raises(PackError, match="match must be facts"):
            pack_of("ban", "unless_purpose = []")


class TestAllowlist:
    def test_an_envelope_shows_nothing_else(self) -> None:
        """
        12 CFR 1006.22(f)(2).
        """
        shown = {"when.envelope": ["postage", "words_collection_department"]}
        ruling = ruled(
            "us-federal",
            "2026-06-10T13:00:00+00:00",
            channel="letter",
            party=OTHER,
            facts=shown,
            content=frozenset({"from_debt_collector"}),
        )

        assert "This may not be shown: words collection department." == ruling.winning[0].text


class TestPreferencePlace:
    def test_not_at_home_covers_the_landline_and_not_the_mobile(self) -> None:
        """
        Comments 6(b)(1)-1.iii and 6(b)(1)(ii)-1 of Regulation F.
        """
        wishes = (Wish("inconvenient_place", place="home"),)
        content = frozenset({"from_debt_collector"})
        home = ruled(
            "us-federal",
            "2026-06-10T17:00:00+00:00",
            channel="phone",
            party=OTHER,
            wishes=wishes,
            facts={"when.place": "home"},
            content=content,
        )
        mobile = ruled("us-federal", "2026-06-10T17:00:00+00:00", channel="phone", party=OTHER, wishes=wishes, content=content)

        assert ["us.regf.6b1.known_place"] == [finding.rule for finding in home.winning]
        assert "allow" == word(mobile)


class TestLimitation:
    def debt(self, **facts: object) -> dict[str, dict[str, object]]:
        return {"D1": facts}

    @pytest.mark.parametrize(("on", "expected"), [("2026-03-01", "allow"), ("2026-03-02", "deny")])
    def test_the_last_day_is_lawful(self, on: str, expected: str) -> None:
        """
        California: four years from accrual, through the whole of the anniversary.
        """
        debts = self.debt(accrued_on=date(2022, 3, 1))

        assert expected == word(ruled("us-ca", f"{on}T12:00:00-08:00", "sue", zones=("America/Los_Angeles",), debt_facts=debts))

    def test_a_year_end_rule(self) -> None:
        """
        Germany: three years from the end of the year in which the claim arose.
        """
        found = told("de", "2026-12-31T10:00:00+01:00", "sue", debt_facts=self.debt(accrued_on=date(2023, 2, 10)))

        assert date(2026, 12, 31) == found["limitation_expires_on"]

    def test_a_payment_revives_before_expiry_and_never_after(self) -> None:
        """
        England: six years; a payment in year five starts them anew, one in year seven does not.
        """
        early = self.debt(accrued_on=date(2019, 6, 1), last_payment_on=date(2024, 1, 10))
        late = self.debt(accrued_on=date(2019, 6, 1), last_payment_on=date(2025, 6, 2))
        regions = frozenset({"GB-ENG"})

        assert (
            date(2030, 1, 10) == told("gb", "2026-06-02T10:00:00+01:00", "sue", regions=regions, debt_facts=early)["limitation_expires_on"]
        )
        assert date(2025, 6, 1) == told("gb", "2026-06-02T10:00:00+01:00", "sue", regions=regions, debt_facts=late)["limitation_expires_on"]

    def test_a_note_and_a_signed_payment(self) -> None:
        """
        California: a payment counts on a note alone; India: only in a signed writing.
        """
        paid = {"accrued_on": date(2022, 6, 1), "last_payment_on": date(2024, 6, 1)}

        assert date(2026, 6, 1) == told("us-ca", "2026-06-02T10:00:00+00:00", "sue", debt_facts=self.debt(**paid))["limitation_expires_on"]
        note = self.debt(**paid, contract_form="note")
        assert date(2028, 6, 1) == told("us-ca", "2026-06-02T10:00:00+00:00", "sue", debt_facts=note)["limitation_expires_on"]
        assert date(2025, 6, 1) == told("in", "2026-06-02T10:00:00+00:00", "sue", debt_facts=self.debt(**paid))["limitation_expires_on"]
        signed = self.debt(**paid, payment_in_signed_writing=True)
        assert date(2027, 6, 1) == told("in", "2026-06-02T10:00:00+00:00", "sue", debt_facts=signed)["limitation_expires_on"]

    def test_a_written_demand_interrupts_where_any_does(self) -> None:
        """
        Sweden: a demand starts the three years anew.
        """
        events = (PastEvent("written_demand", at("2024-06-01T10:00:00+02:00")),)
        debts = self.debt(accrued_on=date(2022, 6, 1))

        assert date(2027, 6, 1) == told("se", "2026-06-02T10:00:00+02:00", "sue", events=events, debt_facts=debts)["limitation_expires_on"]

    def test_a_part_with_its_own_years(self) -> None:
        """
        The Northern Territory: three years where Australia has six.
        """
        debts = self.debt(accrued_on=date(2022, 6, 1), limitation_state="AU-NT")

        assert date(2025, 6, 1) == told("au", "2026-06-02T10:00:00+10:00", "sue", debt_facts=debts)["limitation_expires_on"]

    def test_an_unknown_day_of_accrual_is_doubtful(self) -> None:
        """
        The claim may be too old.
        """
        assert "deny" == word(ruled("us-ca", "2026-06-02T10:00:00+00:00", "sue", unknown=Outcome.DENY))


class TestLimitationBar:
    def test_the_state_and_the_form_of_the_contract_decide(self) -> None:
        """
        Alabama: six years for a written contract, three for an open account; an unknown form takes the shorter.
        """
        facts = {"limitation_state": "US-AL", "accrued_on": date(2022, 6, 1)}
        words = [
            word(ruled("us-federal", "2026-06-02T10:00:00+00:00", "sue", party=OTHER, debt_facts={"D1": {**facts, **form}}))
            for form in ({"contract_form": "written"}, {"contract_form": "open"}, {})
        ]

        assert ["allow", "deny", "deny"] == words

    def test_it_needs_its_table(self) -> None:
        """
        Without the states' years nothing could be barred.
        """
        with pytest.raises(PackError, match="a table of limitation periods"):
            pack_of("limitation_bar", 'blocks_actions = ["sue"]\ntable = "us-limitations.toml"')


class TestNotices:
    def test_business_days_are_whole_and_skip_holidays(self) -> None:
        """
        South Africa: ten business days after the notice; 27 April and 1 May are holidays.
        """
        debts = {"D1": {"default_on": date(2026, 2, 2), "accrued_on": date(2026, 2, 2)}}
        events = (PastEvent("s129_notice_delivered", at("2026-04-22T10:00:00+02:00")),)
        ruling = ruled("za", "2026-05-08T10:00:00+02:00", "sue", zones=("Africa/Johannesburg",), debt_facts=debts, events=events)

        assert at("2026-05-09T00:00:00+02:00") == ruling.earliest

    def test_a_notice_about_another_account_is_none(self) -> None:
        """
        Each account of the act needs its own.
        """
        notice = pack_of("notice_before_action", 'satisfied_by = [{ event = "letter", min_days = 5 }]\nday_kind = "calendar"')
        history = (PastContact(at("2026-06-01T10:00:00+00:00"), "letter", debts=("D1",), outcome="delivered"),)

        assert "allow" == word(ruled(notice, "2026-06-06T00:00:00+00:00", "sue", history=history))
        assert "deny" == word(ruled(notice, "2026-06-06T00:00:00+00:00", "sue", history=history, debts=("D1", "D2")))

    def test_a_letter_that_does_not_say_what_it_must_is_none(self) -> None:
        """
        The Netherlands, BW 6:96(6): the amount of the costs, and the fourteen days from the day after receipt.
        """
        facts = {"fee.kind": "collection", "fee.principal": 100, "fee.amount": 40}

        def charged(states: tuple[str, ...] | None) -> str:
            events = (PastEvent("wik_letter_received", at("2026-06-03T10:00:00+02:00"), states=states),)
            moment, zones = "2026-06-18T10:00:00+02:00", ("Europe/Amsterdam",)
            return word(ruled("nl", moment, "charge_collection_cost", zones=zones, facts=facts, events=events))

        whole = ("amount_of_costs", "14_days_from_day_after_receipt")
        assert ["allow", "allow", "deny", "deny"] == [charged(states) for states in (None, whole, whole[:1], ())]

    def test_a_bounce_voids_a_letter_from_when_it_is_known(self) -> None:
        """
        12 CFR 1006.30(a)(1): a notice that came back is none.
        """
        sent = PastContact(
            at("2026-05-01T10:00:00-04:00"),
            "letter",
            outcome="undeliverable",
            person="P1",
            debts=("D1",),
            returned_at=at("2026-05-18T10:00:00-04:00"),
        )
        words = [
            word(
                ruled(
                    "us-federal",
                    f"2026-05-{day}T10:00:00-04:00",
                    "report_credit",
                    party=OTHER,
                    history=(sent,),
                    zones=("America/New_York",),
                )
            )
            for day in (14, 15, 18)
        ]

        assert ["deny", "allow", "deny"] == words

    def test_a_window_opens_and_closes(self) -> None:
        """
        12 CFR 1041.9(b)(3): electronic notice of an unusual withdrawal three to seven business days before it.
        """
        events = (PastEvent("payment_notice_unusual", at("2026-06-08T10:00:00+00:00"), means="electronic"),)
        rulings = [
            ruled(
                "us-federal",
                f"2026-06-{day}T10:00:00+00:00",
                "debit",
                events=events,
                products=frozenset({"covered_short_term_loan"}),
                facts={"when.withdrawal": "unusual"},
            )
            for day in (10, 11, 17, 18)
        ]

        assert ["deny", "allow", "allow", "deny"] == [word(ruling) for ruling in rulings]
        assert [at("2026-06-11T00:00:00+00:00"), None] == [rulings[0].earliest, rulings[3].earliest]

    def test_content_is_asked_for(self) -> None:
        """
        A blank field is missing.
        """
        content = pack_of("notice_content", 'required = ["current_amount", "dispute_statement"]\nblank_is_missing = true')
        facts = {"notice.fields": {"current_amount": "given", "dispute_statement": " "}}

        assert ("dispute_statement",) == ruled(content, "2026-06-10T10:00:00+00:00", "check_validation_notice", facts=facts).winning[
            0
        ].required


class TestDeadline:
    def test_an_answer_has_its_day(self) -> None:
        """
        Australia: 21 days after a hardship notice; 21 after the information asked for; 28 after it was asked for and none came.
        """
        since = {"when.from_event_on": date(2026, 6, 10)}
        came = {**since, "when.information_received_on": date(2026, 6, 20)}
        none = {**since, "when.information_requested_on": date(2026, 6, 12)}
        due = [ruled("au", "2026-06-15T10:00:00+10:00", "respond_hardship", facts=facts).winning[0].due_on for facts in (since, came, none)]

        assert [date(2026, 7, 1), date(2026, 7, 11), date(2026, 7, 10)] == due

    def test_what_is_due_on_the_way_has_its_own_day(self) -> None:
        """
        New Zealand, CCCFA s57A: a hardship application is acknowledged within five working days and decided within twenty.
        """
        since = {"when.from_event_on": date(2026, 6, 10)}

        def answered(**facts: object) -> tuple[object, ...]:
            found = ruled("nz", "2026-06-11T10:00:00+12:00", "respond_hardship", facts={**since, **facts}).winning[0]
            return found.required, found.due_on

        both, decided = ("acknowledge_by_due_date", "respond_by_due_date"), ("respond_by_due_date",)
        assert (decided, date(2026, 7, 8)) == answered()
        assert (both, date(2026, 6, 17)) == answered(**{"when.acknowledged_on": False})
        assert (decided, date(2026, 7, 8)) == answered(**{"when.acknowledged_on": date(2026, 6, 12)})
        assert date(2026, 6, 17) == told("nz", "2026-06-11T10:00:00+12:00", "respond_hardship", facts=since)["acknowledge_by"]

    def test_a_lender_asks_for_more_in_time_or_not_at_all(self) -> None:
        """
        Australia, National Credit Code s72: within 21 days of the notice.
        """
        facts = {"when.from_event_on": date(2026, 6, 10)}

        assert date(2026, 7, 1) == told("au", "2026-06-15T10:00:00+10:00", "respond_hardship", facts=facts)["request_information_by"]

    def test_instructions_are_due_sooner_after_a_call_than_after_a_letter(self) -> None:
        """
        New York, 23 NYCRR 1.4: 14 days after an oral dispute, 21 after a written one; of an unknown form, the shorter.
        """
        facts = {"when.from_event_on": date(2026, 6, 1)}

        def due(**form: object) -> object:
            return told("us-ny", "2026-06-02T10:00:00-04:00", "respond_dispute", party=OTHER, facts={**facts, **form}).get("instruct_by")

        assert [date(2026, 6, 15), date(2026, 6, 22), date(2026, 6, 15)] == [
            due(**{"when.form": "oral"}),
            due(**{"when.form": "written"}),
            due(),
        ]


class TestFeeCap:
    def fee(self, **facts: object) -> dict[str, object]:
        return {f"fee.{name}": value for name, value in facts.items()}

    def charge(self, pack: str, action: str = "charge_fee", **kw: object) -> str:
        return word(ruled(pack, "2026-06-10T10:00:00+00:00", action, **kw))

    def test_a_fee_needs_authority(self) -> None:
        """
        12 CFR 1006.22(b): silence is none.
        """
        assert "deny" == self.charge("us-federal", party=OTHER, facts=self.fee(kind="convenience", amount=5))
        assert "allow" == self.charge("us-federal", party=OTHER, facts=self.fee(kind="late", amount=5, authority="law_permits"))

    def test_a_percentage_is_due_once(self) -> None:
        """
        Brazil: two per cent of 100, not again.
        """
        again, other, untold = (Payments(fees=(PastFee(date(2026, 5, 1), kind, Fraction(2), "D1"),)) for kind in ("late", "monthly", ""))
        facts = self.fee(kind="late", amount=Fraction(2), principal=100)

        assert "allow" == self.charge("br", facts=facts)
        assert "deny" == self.charge("br", facts=facts, payments=again)
        assert "allow" == self.charge("br", facts=facts, payments=other)
        assert "deny" == self.charge("br", facts=facts, payments=untold)

    def test_caps_run_by_the_customers_period(self) -> None:
        """
        Australia: 120 of default fees in a period over all contracts, new in the next; other fees have a cap of their own.
        """
        account = {"account.first_contract_on": date(2025, 7, 1), "account.only_default_fees": False}
        before = Payments(fees=(PastFee(date(2025, 9, 1), "default", Fraction(115)),))
        products = frozenset({"lccc"})

        untold = Payments(fees=(PastFee(date(2025, 9, 1), "", Fraction(115)),))

        def asked_for(kind: str, amount: int, on: str, before: Payments = before) -> object:
            facts = {**account, **self.fee(kind=kind, amount=amount)}
            ruling = ruled(
                "au", f"{on}T10:00:00+10:00", "charge_fee", zones=("Australia/Sydney",), facts=facts, payments=before, products=products
            )
            return ruling.earliest or word(ruling)

        assert "allow" == asked_for("default", 5, "2026-02-01")
        assert at("2026-07-01T00:00:00+10:00") == asked_for("default", 6, "2026-02-01")
        assert "allow" == asked_for("default", 6, "2026-07-01")
        assert "allow" == asked_for("monthly", 200, "2026-02-01")
        assert "deny" == asked_for("monthly", 201, "2026-02-01")
        assert at("2026-07-01T00:00:00+10:00") == asked_for("default", 6, "2026-02-01", untold)
        assert at("2026-07-01T00:00:00+10:00") == asked_for("monthly", 86, "2026-02-01", untold)

    @pytest.mark.parametrize(("principal", "cap"), [(100, 40), (266, 40), (4000, 525), (10_000_000, 6775)])
    def test_a_tariff_by_steps(self, principal: int, cap: int) -> None:
        """
        The Netherlands: 15 per cent, then less, at least 40 and at most 6,775.
        """
        found = told("nl", "2026-06-18T10:00:00+02:00", "charge_collection_cost", facts=self.fee(principal=principal, amount=1))

        assert Fraction(cap) == found["cap"]

    def test_tax_is_added_to_the_tariff_for_whoever_bears_it_and_says_so(self) -> None:
        """
        The Netherlands, Besluit art. 2(3): 21 per cent, also on the least and the most, if it cannot be deducted and that was declared.
        """

        def cap(principal: int, **facts: object) -> object:
            asked_for = self.fee(principal=principal, amount=1, **facts)
            return told("nl", "2026-06-18T10:00:00+02:00", "charge_collection_cost", facts=asked_for)["cap"]

        borne = {"vat_not_deductible": True, "vat_declared": True}
        assert [Fraction("48.4"), Fraction("635.25"), Fraction("8197.75")] == [cap(sum_, **borne) for sum_ in (100, 4000, 10_000_000)]
        assert [525, 525] == [cap(4000, vat_not_deductible=True), cap(4000, vat_declared=True)]

    def test_collection_costs_are_a_part_of_a_lawyers_fee(self) -> None:
        """
        Germany: 0.9 of the full fee, 0.5 when paid on the first letter, at least 15; on a claim up to 50 the full fee is 30.
        """

        def cap(**facts: object) -> object:
            asked_for = self.fee(amount=1, **facts)
            return told("de", "2026-06-18T10:00:00+02:00", "charge_fee", party=OTHER, facts=asked_for).get("cap")

        assert [27, 15, 39, Fraction(441, 10), Fraction(49, 2), Fraction(15), None] == [
            cap(principal=50),
            cap(principal=50, paid_after_first_letter=True),
            cap(principal=50, special=True),
            cap(principal=400, full_fee=49),
            cap(principal=400, full_fee=49, paid_after_first_letter=True),
            cap(principal=60, full_fee=Fraction(10)),
            cap(principal=400),
        ]

    def test_interest_over_a_base_rate(self) -> None:
        """
        Germany: five points over the base rate.
        """
        rate = self.fee(rate_percent=Fraction("6.28"), base_rate_percent=Fraction("1.27"))

        assert "deny" == self.charge("de", "charge_interest", facts=rate)

    def test_what_must_be_agreed_or_is_not_known(self) -> None:
        """
        Sweden: a reminder fee must be agreed, and there is no other kind.
        """
        assert "deny" == self.charge("se", facts=self.fee(kind="reminder", amount=60, agreed=False))
        assert "deny" == self.charge("se", facts=self.fee(kind="late", amount=1))

    def test_other_bounds(self) -> None:
        """
        India: no penal interest; New Zealand: the cost; Singapore: what was disclosed; South Africa: the principal.
        """
        assert "deny" == self.charge("in", facts=self.fee(kind="penal_interest", amount=1))
        assert "deny" == self.charge("nz", facts=self.fee(kind="default", amount=20, cost=15))
        assert "deny" == self.charge("sg", facts=self.fee(kind="late", amount=16, disclosed_cap=15), products=frozenset({"bnpl"}))
        assert "allow" == self.charge("za", facts=self.fee(kind="late", amount=1, accrued_since_default=499, principal_at_default=500))
        assert "deny" == self.charge("za", facts=self.fee(kind="late", amount=2, accrued_since_default=499, principal_at_default=500))

    def test_what_limits_a_fee_must_be_known(self) -> None:
        """
        Where doubt denies, an unknown principal denies.
        """
        assert "deny" == self.charge("br", facts=self.fee(kind="late", amount=1), unknown=Outcome.DENY)


class TestRetryCap:
    def attempts(self, *tries: tuple[str, str, str]) -> Payments:
        return Payments(tuple(PaymentAttempt(at(f"{when}T10:00:00-05:00"), kind, code, bank_account="A1") for when, kind, code in tries))

    def retry(self, when: str, payments: Payments, *, rail: str = "", pack: str = "us-payments", **kw: object) -> object:
        facts = {"when.rail": rail, "when.account": "A1"} if rail else {"when.account": "A1"}
        ruling = ruled(pack, f"{when}T10:00:00-05:00", "retry_payment", zones=("America/New_York",), payments=payments, facts=facts, **kw)
        return ruling.earliest or word(ruling)

    def test_an_entry_has_two_retries_within_180_days(self) -> None:
        """
        Nacha: counted from the last original entry.
        """
        first, second = ("2026-01-05", "original", "R01"), ("2026-01-20", "retry", "R01")

        assert "allow" == self.retry("2026-02-20", self.attempts(first, second), rail="ach")
        assert "deny" == self.retry("2026-03-20", self.attempts(first, second, ("2026-02-20", "retry", "R01")), rail="ach")
        assert ["allow", "deny"] == [self.retry(day, self.attempts(first), rail="ach") for day in ("2026-07-04", "2026-07-05")]

    def test_a_retry_is_of_the_amount_of_the_original(self) -> None:
        """
        Nacha 2.12.4: a smaller amount is another entry; of amounts that are not known, doubt decides.
        """
        original = PaymentAttempt(at("2026-01-05T10:00:00-05:00"), "original", "R01", amount=Fraction(50))

        def retry(amount: object, *, first: PaymentAttempt = original, unknown: Outcome = Outcome.DENY) -> str:
            facts = {"when.rail": "ach", **({"when.amount": amount} if amount is not None else {})}
            moment = "2026-01-20T10:00:00-05:00"
            return word(ruled("us-payments", moment, "retry_payment", payments=Payments((first,)), facts=facts, unknown=unknown))

        assert ["allow", "deny", "deny"] == [retry(Fraction(50)), retry(Fraction(49)), retry(Fraction("50.01"))]
        assert ["deny", "require", "allow"] == [retry(None, unknown=doubt) for doubt in (Outcome.DENY, Outcome.REQUIRE, Outcome.ALLOW)]
        assert "deny" == retry(Fraction(50), first=attrs.evolve(original, amount=None))

    def test_a_retry_is_called_one(self) -> None:
        """
        Nacha 2.12.4: the description of the entry; on cards there is none.
        """
        first = Payments((PaymentAttempt(at("2026-01-05T10:00:00-05:00"), "original", "R01"),))
        duties = [
            ruled("us-payments", "2026-01-20T10:00:00-05:00", "retry_payment", payments=first, facts={"when.rail": rail}).duties
            for rail in ("ach", "visa")
        ]

        assert [("RETRY PYMT",), ()] == duties

    def test_one_fee_is_taken_for_an_entry_that_came_back_for_want_of_money(self) -> None:
        """
        Nacha, return fee entries: R01 and R09, once for each, and none of them counts as a retry.
        """

        def fee(*tries: tuple[str, str, str]) -> str:
            facts = {"when.rail": "ach", "when.account": "A1", "when.entry": "return_fee"}
            return word(ruled("us-payments", "2026-02-20T10:00:00-05:00", "debit", payments=self.attempts(*tries), facts=facts))

        first, taken, again = ("2026-01-05", "original", "R01"), ("2026-01-06", "return_fee", "ok"), ("2026-01-20", "retry", "R09")
        assert ["allow", "deny", "allow"] == [fee(first), fee(first, taken), fee(first, taken, again)]
        assert ["deny", "deny"] == [fee(), fee(("2026-01-05", "original", "R02"))]
        third = ("2026-01-21", "return_fee", "ok")
        assert "allow" == self.retry("2026-02-20", self.attempts(first, taken, again, third), rail="ach")

    def test_a_fee_for_a_return_is_called_one_and_doubtful_where_the_returns_are_not_known(self) -> None:
        """
        Nacha, return fee entries: the description; whether an entry came back is asked of whoever knows.
        """
        entry = {"when.rail": "ach", "when.entry": "return_fee"}
        rulings = [
            ruled("us-payments", "2026-02-20T10:00:00-05:00", "debit", payments=Payments(known=False), facts=entry, unknown=doubt)
            for doubt in (Outcome.DENY, Outcome.REQUIRE, Outcome.ALLOW)
        ]

        assert ["deny", "require", "allow"] == list(map(word, rulings))
        assert [("RETURN FEE",)] * 2 == [ruling.duties for ruling in rulings[1:]]

    def test_a_window_of_elapsed_days_frees_to_the_second(self) -> None:
        """
        Visa: the sixteenth attempt waits until thirty days after the first.
        """
        fifteen = self.attempts(*((f"2026-01-{day:02}", "retry", "51") for day in range(1, 16)))

        assert at("2026-01-31T10:00:00-05:00") == self.retry("2026-01-20", fifteen, rail="visa")
        assert "allow" == self.retry("2026-01-31", fifteen, rail="visa")

    def test_an_issuers_advice_is_waited_for(self) -> None:
        """
        Mastercard: advice 26 means 48 elapsed hours, 03 thirty days.
        """
        waits = Payments((PaymentAttempt(at("2026-01-01T10:00:00-05:00"), "original", "51", advice="26"),))
        never = Payments((PaymentAttempt(at("2026-01-01T10:00:00-05:00"), "original", "51", advice="03"),))

        assert at("2026-01-03T10:00:00-05:00") == self.retry("2026-01-02", waits, rail="mastercard")
        assert at("2026-01-31T10:00:00-05:00") == self.retry("2026-01-02", never, rail="mastercard")

    def test_two_strikes_hold_over_loans_and_for_one_account(self) -> None:
        """
        12 CFR 1041.8: until a success, a later loan or a new authorization.
        """
        product = frozenset({"covered_short_term_loan"})
        struck = self.attempts(("2026-04-01", "transfer", "R01"), ("2026-05-01", "transfer", "R01"))
        reset = self.attempts(("2026-04-01", "transfer", "R01"), ("2026-04-05", "transfer", "ok"), ("2026-05-01", "transfer", "R01"))
        cash = self.attempts(("2026-04-01", "transfer", "R01"), ("2026-04-05", "consumer_payment", "ok"), ("2026-05-01", "transfer", "R01"))
        asked_again = Payments(struck.attempts, authorizations=(Authorization("single_immediate", at("2026-06-01T09:00:00-05:00")),))

        words = [self.retry("2026-06-01", payments, pack="us-federal", products=product) for payments in (struck, reset, cash, asked_again)]

        assert ["deny", "allow", "deny", "allow"] == words

    def test_attempts_that_are_not_known_are_doubtful(self) -> None:
        """
        Not to know how often is not to know that it was seldom.
        """
        assert "deny" == self.retry("2026-06-01", Payments(known=False), rail="ach", unknown=Outcome.DENY)


class TestRetention:
    def test_the_last_day_belongs_to_it_and_a_leap_day_runs_to_march(self) -> None:
        """
        12 CFR 1006.100: three years; from 29 February to 1 March, so the 2nd is free.
        """
        facts = {"record.kind": "account", "record.last_collection_activity": date(2024, 2, 29)}
        ruling = ruled("us-federal", "2027-03-01T10:00:00+00:00", "purge_records", party=OTHER, facts=facts)

        assert at("2027-03-02T00:00:00+00:00") == ruling.earliest

    def test_an_unknown_day_keeps_the_record(self) -> None:
        """
        Where doubt denies.
        """
        assert "deny" == word(ruled("us-federal", "2027-03-01T10:00:00+00:00", "purge_records", party=OTHER, unknown=Outcome.DENY))


class TestFigures:
    def test_a_notice_opens_a_period(self) -> None:
        """
        12 CFR 1006.34(b)(5): five business days without Veterans Day, then thirty days.
        """
        found = told(
            "us-federal",
            "2026-11-10T10:00:00+00:00",
            "compute_validation_period",
            party=OTHER,
            facts={"when.provided_on": date(2026, 11, 10)},
        )

        assert (date(2026, 11, 18), date(2026, 12, 18)) == (found["assumed_receipt_on"], found["validation_period_end"])

    def test_a_collector_and_a_message_are_classified(self) -> None:
        """
        12 CFR 1006.2(i) and (j); such questions are always allowed.
        """
        must = ["business_name_not_indicating_collection", "request_reply", "contact_person_name", "reply_number"]

        assert told("us-federal", "2026-06-20T10:00:00+00:00", "classify_collector", party="law_firm")["covered"] is True
        assert (
            told("us-federal", "2026-06-20T10:00:00+00:00", "classify_voicemail", party=OTHER, facts={"when.message": must})[
                "limited_content"
            ]
            is True
        )
        assert "allow" == word(ruled("us-federal", "2026-06-20T03:00:00+00:00", "classify_voicemail", party=OTHER, channel="phone"))

    def test_a_debit_can_be_stopped_three_business_days_before(self) -> None:
        """
        12 CFR 1005.10(c)(1).
        """
        found = told(
            "us-federal", "2026-06-01T10:00:00+00:00", "compute_stop_payment_deadline", facts={"when.scheduled_on": date(2026, 6, 10)}
        )

        assert date(2026, 6, 5) == found["last_day_for_stop_payment"]


class TestHolds:
    def test_a_refused_hardship_request_holds_fourteen_days(self) -> None:
        """
        National Credit Code s 89A: the day of the refusal is day one.
        """
        held = (HoldFact("hardship_request", noticed_on=date(2026, 6, 1), refused_on=date(2026, 6, 10)),)
        events = (PastEvent("default_notice_served", at("2026-01-10T10:00:00+10:00")),)
        ruling = ruled("au", "2026-06-20T10:00:00+10:00", "sue", zones=("Australia/Sydney",), holds=held, events=events)

        assert at("2026-06-24T00:00:00+10:00") == ruling.earliest

    def test_a_second_breathing_space_within_a_year_is_none(self) -> None:
        """
        SI 2020/1311: once in twelve months.
        """
        held = HoldFact("breathing_space", noticed_on=date(2026, 6, 10), earlier_on=date(2025, 9, 1))

        assert "allow" == word(ruled("gb", "2026-06-20T10:00:00+01:00", channel="letter", holds=(held,)))

    def test_an_oral_request_confirmed_in_writing_lasts(self) -> None:
        """
        940 CMR 7.04(1)(h): ten days, unless it is confirmed within seven.
        """
        oral = HoldFact("no_workplace_calls", noticed_on=date(2026, 6, 1), form="oral")
        confirmed = HoldFact("no_workplace_calls", noticed_on=date(2026, 6, 1), form="oral", confirmed_in_writing_on=date(2026, 6, 8))
        kw = {"channel": "phone", "place": "workplace", "zones": ("America/New_York",)}

        assert "allow" == word(ruled("us-ma", "2026-06-20T10:00:00-04:00", holds=(oral,), **kw))
        assert "deny" == word(ruled("us-ma", "2026-06-20T10:00:00-04:00", holds=(confirmed,), **kw))

    def test_a_repetition_is_answered_by_saying_so(self) -> None:
        """
        12 CFR 1006.38(d)(2)(ii): a notice is enough for a duplicative dispute.
        """
        held = HoldFact(
            "written_dispute", since=at("2026-06-01T10:00:00+00:00"), repeats=True, repeat_answered_at=at("2026-06-05T10:00:00+00:00")
        )
        words = [word(ruled("us-federal", f"2026-06-0{day}T17:00:00+00:00", "sue", party=OTHER, holds=(held,))) for day in (4, 6)]

        assert ["deny", "allow"] == words


class TestConsentRequest:
    def test_one_message_in_seven_days_may_ask(self) -> None:
        """
        D.C. Code 28-3814(d)(4)(B)(i).
        """
        content, asking = frozenset({"electronic_opt_out"}), frozenset({"consent_request"})
        earlier = (PastContact(at("2026-06-01T16:00:00-04:00"), "sms", outcome="delivered", debts=("D1",)),)
        kw = {"channel": "sms", "point": "p", "content": content, "zones": ("America/New_York",)}

        assert "deny" == word(ruled("us-dc", "2026-06-05T16:00:00-04:00", **kw))
        assert "allow" == word(ruled("us-dc", "2026-06-05T16:00:00-04:00", purposes=asking, **kw))
        second = ruled("us-dc", "2026-06-05T16:00:00-04:00", purposes=asking, history=earlier, **kw)
        assert at("2026-06-08T08:00:00-04:00") == second.earliest


class TestFrequency:
    def test_calls_to_a_strangers_number_drop_out(self) -> None:
        """
        Comment 14(b)(4)-2: none counted once the number is known to be another person's.
        """
        history = tuple(
            PastContact(at(f"2026-06-0{day}T10:00:00-04:00"), "phone", person="P1", debts=("D1",), outcome="no_answer", point="p")
            for day in (1, 3)
        )
        events = (PastEvent("number_not_the_persons", at("2026-06-04T09:00:00-04:00"), point="p"),)

        def counted(**kw: object) -> object:
            return told("us-federal", "2026-06-04T10:00:00-04:00", "compute_call_count", party=OTHER, history=history, **kw)[
                "calls_counted"
            ]

        assert {"D1": 2} == counted()
        assert {"D1": 0} == counted(events=events)

    def test_student_loans_under_one_number_are_one_debt(self) -> None:
        """
        12 CFR 1006.14(b)(4): by the account number under which they were serviced when obtained.
        """
        history = (PastContact(at("2026-06-01T10:00:00-04:00"), "phone", person="P1", debts=("D2",), outcome="no_answer"),)
        loans = {debt: {"kind": "student_loan", "account_number_at_acquisition": "A1"} for debt in ("D1", "D2")}
        found = told("us-federal", "2026-06-04T10:00:00-04:00", "compute_call_count", party=OTHER, history=history, debt_facts=loans)

        assert {"D1": 1} == found["calls_counted"]

    def test_a_cap_of_nothing_allows_nothing(self) -> None:
        """
        No history is needed to be over it.
        """
        none = pack_of("frequency_cap", 'max = 0\nperiod_kind = "consecutive_days"\nperiod_days = 7\nunit = "per_debt"')

        assert "deny" == word(ruled(none, "2026-06-10T10:00:00+00:00"))


def test_an_authority_that_ran_out_is_none() -> None:
    """
    A consent that has been withdrawn lifts no ban.
    """
    consent = GivenConsent("consumer_used_address_for_debt", point="p", withdrawn_at=datetime(2026, 6, 1, tzinfo=UTC))
    facts = {"when.contact_point.kind": "work_email"}
    content = frozenset({"from_debt_collector", "electronic_opt_out"})
    ruling = ruled(
        "us-federal",
        "2026-06-10T17:00:00+00:00",
        channel="email",
        party=OTHER,
        point="p",
        consents=(consent,),
        facts=facts,
        content=content,
    )

    assert "us.regf.22f3.work_email" in [finding.rule for finding in ruling.winning]


def test_a_question_knows_its_own_channel_and_action() -> None:
    """
    Rules may ask for them as for any fact.
    """
    question = asked("2026-06-10T10:00:00+00:00", "sue", channel="letter")

    assert ("letter", "sue") == (question.fact("when.channel"), question.fact("when.action"))


class TestSalesCalls:
    @pytest.mark.parametrize("channel", ["phone", "sms"])
    def test_a_fourth_call_or_text_of_a_day_waits_until_the_first_is_a_day_old(self, channel: str) -> None:
        """
        Florida's law of sales calls reaches texts, so they count; a letter does not.
        """
        now = at("2026-06-05T12:00:00-04:00")
        hours = (23, 5, 2)
        history = tuple(PastContact(now - timedelta(hours=ago), channel, "outbound", "delivered", "P1", ("D1",)) for ago in hours)
        letters = tuple(attrs.evolve(contact, channel="letter") for contact in history)
        facts = {"action": "solicit", "party": "first_party", "channel": channel, "zones": ("America/New_York",)}
        denied = ruled("us-fl", now.isoformat(), **facts, history=history)

        assert ["us.fl.ftsa"] == [finding.rule for finding in denied.winning]
        assert history[0].at + timedelta(hours=24) == denied.earliest
        assert "allow" == word(ruled("us-fl", now.isoformat(), **facts, history=(*history[1:], *letters)))
