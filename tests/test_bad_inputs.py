"""What goes wrong daily at the doors of a kit: each is refused with a typed sentence, and the book is as it was before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs
import pytest

from collectkit import (
    Account,
    Consent,
    Consumer,
    Contact,
    Email,
    Hold,
    Kit,
    Money,
    Payment,
    Phone,
    Placement,
    Plan,
    Promise,
    Refusal,
    RefusedError,
    Stop,
    plans,
)
from collectkit.account import AccountClosed, Party
from collectkit.actions import ActionKind, Outcome, Proposal
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.approvals import ActDenied
from collectkit.arrangements.payment_plans import PlanItem, Share
from collectkit.arrangements.settlements import SettlementTerms
from collectkit.channels.capabilities import PLAIN
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.errors import (
    CollectkitError,
    CurrencyMismatchError,
    ExpressionError,
    MoneyError,
    PermissionDeniedError,
    PersonError,
    PlanError,
    PolicyError,
    TimeError,
    UnknownIdError,
)
from collectkit.plugins import hookimpl
from collectkit.policy import load_policy, read_policy
from collectkit.principals import Principal
from collectkit.rules import parse
from collectkit.schedules import PostingReason
from collectkit.servicing.authority import FourEyes
from collectkit.servicing.dispatch import plan

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
BEFORE = AT - timedelta(days=40)
NEW_YORK = ZoneInfo("America/New_York")
BOUGHT_ON = date(2026, 9, 1)
PRICE = Money.of("200.00", "USD")


@pytest.fixture
def kit() -> Kit:
    """A book in memory with one consumer and two accounts."""
    kit = Kit.open("memory://", policy="us-bnpl", actor="tests")
    kit.register(Consumer("c-1", name="Test Consumer", region="US-NY"), at=AT)
    for id in ("a-1", "a-2"):
        kit.open_account(Account(id, consumer="c-1", plan=plans.pay_in_4(PRICE, bought_on=BOUGHT_ON)), at=AT)
    return kit


def payment(amount: object, id: str = "p-1", account: str = "a-1", on: object = BOUGHT_ON) -> Payment:
    return Payment(id, account=account, amount=amount, value_on=on)  # type: ignore[arg-type]


def record(kit: Kit) -> list[object]:
    return [*kit.history("a-1"), *kit.history("a-2"), *kit.person_history("c-1"), *kit.standings(as_of=date(2026, 10, 20))]


class TestAmounts:
    @pytest.mark.parametrize(
        "text", ["NaN", "Infinity", "-Infinity", "1e400", "1E3", "1_000", "１２.５", "١٢٣", "1.234,56", "1,234", "", " 1"]
    )
    def test_a_text_that_is_not_plainly_an_amount(self, text: str) -> None:
        """
        Nothing is guessed: not a number, an exponent, another script's digits, a sign that may be thousands or decimals.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            Money.of(text, "USD")

    def test_a_locale_settles_the_signs(self) -> None:
        """
        With the locale the same text is exact.
        """
        assert Money.of("1.234,56", "EUR", locale="de") == Money(123456, "EUR")

    @pytest.mark.parametrize("amount", [19.99, True, 10**16])
    def test_floats_bools_and_what_is_too_large(self, amount: object) -> None:
        """
        None of them becomes money.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            Money(amount, "USD")  # type: ignore[arg-type]

    @pytest.mark.parametrize("amount", [19.99, 1999, "19.99 USD", None, Money(0, "USD"), Money(-1, "USD")])
    def test_no_payment_of_anything_but_money_above_zero(self, amount: object) -> None:
        """
        A bare number has no currency; to take money back there is the reversal.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            payment(amount)

    @pytest.mark.parametrize(("text", "currency"), [("10.50", "JPY"), ("1.2345", "KWD"), ("1.00", "XXX"), ("1.00", "DEM"), ("1.00", "usd")])
    def test_decimals_and_codes_that_a_currency_does_not_have(self, text: str, currency: str) -> None:
        """
        Nothing is rounded away, and only currencies in force are money.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            Money.of(text, currency)

    def test_currencies_are_not_mixed(self, kit: Kit) -> None:
        """
        Neither in a sum nor on an account.
        """
        with pytest.raises(CurrencyMismatchError):
            Money(1, "USD") + Money(1, "EUR")
        before = record(kit)
        refused = kit.try_post(payment(Money(100, "EUR")), at=AT)
        assert isinstance(refused, Refusal)
        assert refused.reason is PostingReason.CURRENCY_DIFFERS
        assert record(kit) == before


class TestPlans:
    @pytest.mark.parametrize(
        ("due_on", "principal", "error"),
        [
            (("2026-09-01",), (100,), TimeError),
            ((AT,), (100,), TimeError),
            ((BOUGHT_ON,), (1.5,), PlanError),
            ((BOUGHT_ON,), (True,), PlanError),
            ((BOUGHT_ON,), (-1,), PlanError),
            ((BOUGHT_ON,), (0,), PlanError),
            ((BOUGHT_ON,), (1, 2), PlanError),
            ((), (), PlanError),
        ],
    )
    def test_a_plan_of_what_is_no_day_or_no_amount(self, due_on: tuple[object], principal: tuple[object], error: type[Exception]) -> None:
        """
        A float never reaches what somebody owes.
        """
        with pytest.raises(error, match="nothing was recorded"):
            Plan("own", "USD", BOUGHT_ON, due_on, principal)  # type: ignore[arg-type]

    @pytest.mark.parametrize("bought_on", ["2026-02-30", AT, None])
    def test_a_purchase_on_no_day(self, bought_on: object) -> None:
        """
        Every kind of plan asks for a civil day.
        """
        for make in (plans.pay_in_4, plans.pay_in_3, plans.pay_in_30):
            with pytest.raises(TimeError, match="nothing was recorded"):
                make(PRICE, bought_on=bought_on)
        with pytest.raises(TimeError, match="nothing was recorded"):
            plans.monthly(PRICE, 6, bought_on=bought_on)  # type: ignore[arg-type]

    @pytest.mark.parametrize("total", [20000, "200.00 USD", None])
    def test_a_price_that_is_no_money(self, total: object) -> None:
        """
        The price carries its currency.
        """
        with pytest.raises(PlanError, match="must be Money"):
            plans.pay_in_4(total, bought_on=BOUGHT_ON)  # type: ignore[arg-type]

    def test_more_installments_than_minor_units(self) -> None:
        """
        Every installment asks for something.
        """
        with pytest.raises(PlanError, match="nothing was recorded"):
            plans.pay_in_n(Money(2, "USD"), 3, bought_on=BOUGHT_ON)
        assert plans.pay_in_3(Money.of("100.00", "USD"), bought_on=BOUGHT_ON).principal == (3334, 3333, 3333)

    @pytest.mark.parametrize("minor", [0, 20_000, 20_200])
    def test_a_settlement_is_a_part_of_the_debt(self, minor: int) -> None:
        """
        Nothing, all, and more than all settle nothing.
        """
        with pytest.raises(CollectkitError, match="nothing was recorded"):
            SettlementTerms("ar-1", "c-1", "a-1", PRICE, [PlanItem(BOUGHT_ON, Money(minor, "USD"), [Share("a-1", minor)])])

    def test_an_account_without_a_plan(self) -> None:
        """
        The header needs what was agreed.
        """
        with pytest.raises(CollectkitError, match="nothing was recorded"):
            Account("a-9", consumer="c-1", plan=None)  # type: ignore[arg-type]


class TestRepeats:
    def test_one_id_means_one_payment(self, kit: Kit) -> None:
        """
        The same again has the same answer; another amount or another account under the same id shows nothing of the first.
        """
        kit.post(payment(Money(5000, "USD")), at=AT)
        before = record(kit)
        kit.post(payment(Money(5000, "USD")), at=AT)
        for other in (payment(Money(5001, "USD")), payment(Money(5000, "USD"), account="a-2")):
            refused = kit.try_post(other, at=AT)
            assert isinstance(refused, Refusal)
            assert refused.reason is PostingReason.ID_REUSED
            assert "50" not in refused.detail
        assert record(kit) == before

    def test_more_than_is_owed_is_credit(self, kit: Kit) -> None:
        """
        The excess is kept for the consumer; nothing is owed below zero.
        """
        kit.post(payment(Money(30000, "USD")), at=AT)
        standing = kit.standing("a-1", as_of=date(2026, 10, 20))
        assert (standing.outstanding_minor, standing.credit_minor) == (0, 10000)

    @pytest.mark.parametrize("reason", ["written_off", "sold", "cancelled"])
    def test_a_closed_account_takes_payments(self, kit: Kit, reason: str) -> None:
        """
        Money that comes late is never lost.
        """
        kit.close("a-1", on=date(2026, 10, 20), reason=reason, at=AT)
        kit.post(payment(Money(5000, "USD")), at=AT)
        assert kit.standing("a-1", as_of=date(2026, 10, 20)).paid_minor == 5000


class TestDoors:
    @pytest.mark.parametrize("day", [AT, "2026-10-20", None])
    def test_a_business_date_is_a_civil_day(self, kit: Kit, day: object) -> None:
        """
        Whoever passes an instant or a text is told so before anything happens.
        """
        before = record(kit)
        for call in (
            lambda: kit.standing("a-1", as_of=day),
            lambda: kit.person_standing("c-1", as_of=day),
            lambda: kit.run_night(as_of=day, at=AT),
            lambda: kit.close("a-1", on=day, reason="cancelled", at=AT),
            lambda: kit.recall("a-1", on=day, reason="term", at=AT),
            lambda: payment(Money(1, "USD"), on=day),
            lambda: Placement("a-1", "h-1", day),
            lambda: Promise("q-1", "a-1", Money(1, "USD"), day, AT),
            lambda: Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=day, review_on=BOUGHT_ON, reason="test"),
            lambda: AccountClosed("a-1", day, "paid"),
        ):
            with pytest.raises(TimeError, match="must be a date without a time"):
                call()
        assert record(kit) == before

    @pytest.mark.parametrize("at", [NAIVE, BOUGHT_ON, "2026-10-20T18:00:00Z"])
    def test_an_instant_has_a_zone(self, kit: Kit, at: object) -> None:
        """
        A naive time could be any of forty moments; none is chosen.
        """
        before = record(kit)
        for call in (
            lambda: kit.post(payment(Money(1, "USD")), at=at),
            lambda: kit.register(Consumer("c-2"), at=at),
            lambda: kit.open_account(Account("a-3", consumer="c-1", plan=plans.pay_in_4(PRICE, bought_on=BOUGHT_ON)), at=at),
            lambda: kit.close("a-1", on=BOUGHT_ON, reason="cancelled", at=at),
            lambda: kit.run_night(as_of=date(2026, 10, 20), at=at),
            lambda: kit.dispatch(at=at, worker="w1"),
            lambda: kit.claim(1, at=at, worker="w1"),
            lambda: Promise("q-1", "a-1", Money(1, "USD"), BOUGHT_ON, at),
        ):
            with pytest.raises(TimeError):
                call()
        assert record(kit) == before

    def test_ids_are_texts_that_may_travel(self, kit: Kit) -> None:
        """
        Not empty, not ten thousand characters, no NUL, and known where they are used.
        """
        for id in ("", "p" * 10_000, "p\0", " p", 7):
            with pytest.raises(CollectkitError, match="nothing was recorded"):
                payment(Money(1, "USD"), id=id)  # type: ignore[arg-type]
        with pytest.raises(UnknownIdError, match="no account 'nobody' is on the book of tenant 'default'"):
            kit.post(payment(Money(1, "USD"), account="nobody"), at=AT)

    @pytest.mark.parametrize("id", ["", None, "k" * 10_000, "k\0"])
    def test_a_command_has_an_id(self, kit: Kit, id: object) -> None:
        """
        Where a fact has no id of its own, the caller gives one; none is made up.
        """
        before = record(kit)
        with pytest.raises(CollectkitError, match="nothing was recorded"):
            cast(Any, kit).stop(Stop("c-1", ["sms"], AT), at=AT, command_id=id)
        with pytest.raises(TypeError, match="command_id"):
            cast(Any, kit).stop(Stop("c-1", ["sms"], AT), at=AT)
        assert record(kit) == before

    def test_somebody_acts(self) -> None:
        """
        Neither a book nor a hand-over without a name.
        """
        with pytest.raises(CollectkitError, match="nothing was opened"):
            Kit.open("memory://", policy="us-bnpl", actor="")
        kit = Kit.open("memory://", policy="us-bnpl", actor="tests")
        with pytest.raises(CollectkitError, match="nothing was handed over"):
            kit.dispatch(at=AT, worker="")

    def test_words_are_of_their_list(self, kit: Kit) -> None:
        """
        The error names the field, the words that are allowed and what came.
        """
        with pytest.raises(CollectkitError, match="reason is one of paid, cancelled, written_off, sold, got 'gone'; nothing was recorded"):
            kit.close("a-1", on=BOUGHT_ON, reason="gone", at=AT)
        with pytest.raises(CollectkitError, match="role is one of creditor, owner, servicer, got 'debtor'"):
            Party("debtor", "f-1", BOUGHT_ON)
        with pytest.raises(RefusedError):
            kit.close("a-1", on=BOUGHT_ON, reason="paid", at=AT)


class TestPeople:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: Phone("555-0100", source="checkout"),
            lambda: Email("a@b.c, x@y.z", source="checkout"),
            lambda: Consumer("c-1", name="Ann\r\nBcc: x@example.com"),
            lambda: Consumer("c-1", name="Ann\u202eB"),
            lambda: Consumer("c-1", name="e" + "\u0301" * 4000),
            lambda: Consumer("c-1", locale="english"),
            lambda: Consumer("c-1", region="New York"),
            lambda: Phone("+12125550123", source="checkout", status="good"),
        ],
    )
    def test_what_could_reach_the_wrong_person_or_forge_a_header(self, make: object) -> None:
        """
        Half a number, two addresses in one field, a line break or a turned direction in a name.
        """
        with pytest.raises(PersonError, match="nothing was recorded"):
            make()  # type: ignore[operator]

    @pytest.mark.parametrize("name", ["Null", "O'Brien", "Robert'); DROP TABLE", "=HYPERLINK(1)", "X", "", "😀", "a\u200bb", "e\u0301"])
    def test_names_that_are_only_names(self, kit: Kit, name: str) -> None:
        """
        They are stored as they are, in normal form C.
        """
        kit.register(Consumer("c-2", name=name), at=AT)
        stored = kit.person_standing("c-2", as_of=BOUGHT_ON).consumer.name
        assert stored == ("é" if name == "e\u0301" else name)


class TestAllocation:
    @pytest.fixture
    def book(self) -> Kit:
        """One late account in New York; an agency with its licence, one without, and one that takes nothing new."""
        handlers = [
            Handler("north", "North", "agency", licences=["US-NY"]),
            Handler("south", "South", "agency", licences=["US-CA"]),
            Handler("leaving", "Leaving", "agency", licences=["US"], winding_down_from=date(2026, 10, 1)),
        ]
        policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy(handlers, [AllocationRule("out", ["south", "leaving"])]))
        kit = Kit.open("memory://", policy=policy, actor="tests")
        kit.register(Consumer("c-1", region="US-NY"), at=AT)
        kit.open_account(Account("a-1", consumer="c-1", plan=plans.pay_in_4(PRICE, bought_on=BOUGHT_ON)), at=AT)
        return kit

    @pytest.mark.parametrize(
        ("agency", "reason", "why"),
        [
            ("south", "not_eligible", "licence"),
            ("leaving", "not_eligible", "is on recall since 2026-10-01"),
            ("north", "already_held", "recall it first"),
        ],
    )
    def test_an_agency_that_may_not_have_it(self, book: Kit, agency: str, reason: str, why: str) -> None:
        """
        No licence for the state, on recall, or a second holder: refused with what stands against it, by hand and by night.
        """
        today = date(2026, 10, 20)
        if agency == "north":
            book.place(Placement("a-1", "north", today), at=AT)
        before = book.history("a-1")
        refused = book.try_place(Placement("a-1", agency, today), at=AT)

        assert isinstance(refused, Refusal)
        assert refused.reason.value == reason
        assert why in str(refused)
        assert refused.not_done == "nothing was recorded"
        assert book.history("a-1") == before
        book.run_night(as_of=today, at=AT)
        assert book.standing("a-1", as_of=today).handler in {None, "north"}

    @pytest.mark.parametrize(("shares", "got"), [((5_000, 4_900), "99.00"), ((5_000, 5_100), "101.00"), ((3_333, 3_333, 3_333), "99.99")])
    @pytest.mark.parametrize("distribution", ["weighted", "champion", "stratified"])
    def test_shares_that_are_not_the_whole(self, shares: tuple[int, ...], got: str, distribution: str) -> None:
        """
        99 or 101 per cent are refused before anything is loaded, with what they add up to.
        """
        names = ["a", "b", "c"][: len(shares)]
        with pytest.raises(PolicyError, match=rf"add up to 100 %, got {got} %; nothing was loaded"):
            AllocationRule("shared", names, distribution=distribution, shares_bp=shares)

    def test_shares_that_are_not_the_whole_in_a_file(self) -> None:
        """
        The same in a policy file, with the place.
        """
        text = """
[[teams.handlers]]
id = "a"
name = "A"
kind = "in_house"
"""
        with pytest.raises(PolicyError, match="nothing was loaded"):
            read_policy(text + '[[teams.rules]]\nname = "r"\nhandlers = ["a"]\ndistribution = "weighted"\nshares = [0.99]\n', "own")


class TestContact:
    """Rows 55 to 59: what became known, or was said, after a contact was planned."""

    @pytest.fixture
    def sent(self) -> list[Parcel]:
        return []

    @pytest.fixture
    def late(self, sent: list[Parcel]) -> Kit:
        """An account five weeks late whose consumer may be written to and texted; the night of today has run."""

        class Taking:
            capabilities = PLAIN

            def hand_over(self, parcel: Parcel) -> HandOver:
                sent.append(parcel)
                return Accepted(f"x-{parcel.id}")

        kit = Kit.open("memory://", policy="us-bnpl", actor="tests", drivers=dict.fromkeys(("sms", "email", "phone", "letter"), Taking()))
        contacts = [Phone("+12125550123", source="checkout", consents=["sms"]), Email("c1@example.com", source="checkout")]
        kit.register(Consumer("c-1", name="Test Consumer", region="US-NY", contacts=contacts), at=AT)
        kit.open_account(Account("a-1", consumer="c-1", plan=plans.pay_in_4(PRICE, bought_on=BOUGHT_ON)), at=AT)
        return kit

    @pytest.mark.parametrize(("channels", "left"), [(["email"], {"sms"}), (["sms"], {"email"}), ([], set())])
    def test_an_opt_out_while_another_channel_is_reserved(self, late: Kit, sent: list[Parcel], channels: list[str], left: set[str]) -> None:
        """
        What is reserved is asked about anew: it covers the channels that it names, a notice finds another, and an unclear one covers all.
        """
        late.run_night(as_of=date(2026, 10, 20), at=AT)
        claimed = late.claim(10, at=AT, worker="host")
        late.stop(Stop("c-1", channels, AT), at=AT, command_id="s-1")

        assert ["email", "sms"] == sorted(one.parcel.channel for one in claimed)
        assert not any(late.still_wanted(one, at=AT) for one in claimed)
        late.dispatch(at=AT, worker="w1")
        assert left == {parcel.channel for parcel in sent}

    @pytest.mark.parametrize(
        ("given_at", "revoked_at", "lawful"),
        [
            (AT - timedelta(seconds=1), None, True),
            (AT + timedelta(seconds=1), None, False),
            (AT - timedelta(days=9), AT - timedelta(seconds=1), False),
        ],
    )
    def test_consent_given_later_or_taken_back(self, given_at: datetime, revoked_at: datetime | None, lawful: bool) -> None:
        """
        What counts is what stood at the instant of the contact.
        """
        kit = Kit.open("memory://", policy="us-bnpl", actor="tests")
        kit.register(Consumer("c-1", region="US-NY", contacts=[Phone("+12125550123", source="checkout")]), at=BEFORE)
        kit.open_account(Account("a-1", consumer="c-1", plan=plans.pay_in_4(PRICE, bought_on=BOUGHT_ON)), at=BEFORE)
        kit.consent(Consent("c-1", "phone-1", "sms", given_at, "portal"), at=max(given_at, AT), command_id="y-1")
        if revoked_at is not None:
            kit.withdraw("c-1", at=revoked_at, command_id="n-1", point="phone-1", channel="sms")
        verdict = kit.ask_law("c-1", at=AT, channel="sms", content=["electronic_opt_out"])

        assert ([] if lawful else ["us.tcpa.consent"]) == [finding.rule for finding in verdict.findings]

    @pytest.mark.parametrize("kind", ["minor", "deceased", "insolvency", "represented"])
    def test_whom_nobody_may_solicit(self, late: Kit, sent: list[Parcel], kind: str) -> None:
        """
        A minor, a dead, an insolvent and a represented person: what was planned is not handed over, and no other reminder is planned.
        """
        late.run_night(as_of=date(2026, 10, 20), at=AT)
        planned = {row.id for row in late.contacts("a-1")}
        late.hold(Hold("h-1", kind, person="c-1", starts_on=date(2026, 10, 20), review_on=date(2026, 11, 20), reason="told"), at=AT)
        late.dispatch(at=AT, worker="w1")
        late.run_night(as_of=date(2026, 10, 21), at=AT + timedelta(days=1))
        late.dispatch(at=AT + timedelta(days=1), worker="w1")

        purposes = {row.id: row.proposal.purpose for row in late.contacts("a-1")}
        assert "reminder" in {purposes[id] for id in planned}
        assert {"notice"} >= {purposes[id] for id in purposes.keys() - planned | {parcel.id for parcel in sent}}
        rule = f"collectkit.hold.{kind}"
        assert rule in {finding.rule for finding in late.ask_law("c-1", at=AT, channel="email").findings}
        assert rule not in {finding.rule for finding in late.ask_law("c-1", at=AT, channel="email", purpose="notice").findings}

    def test_an_eighth_call_in_seven_days(self, late: Kit) -> None:
        """
        12 CFR 1006.14(b)(2)(i)(A) counts days and the day of a call is the first: refused through the last second of the seventh day,
        whatever the hour of the first call was, and free from the first of the eighth.
        """
        first = datetime(2026, 10, 12, 0, tzinfo=NEW_YORK)
        for number in range(7):
            call = Contact("c-1", first + timedelta(seconds=number), "phone", point="phone-1", accounts=["a-1"], outcome="no_answer")
            late.record_contact(call, at=AT, command_id=f"x-{number}")

        def against(at: datetime) -> bool:
            findings = late.ask_law("c-1", at=at, channel="phone", party="third_party").findings
            return "us.regf.14b.7in7" in {finding.rule for finding in findings}

        seven = first + timedelta(days=7)
        assert (True, False) == (against(seven - timedelta(seconds=1)), against(seven))

    def test_two_rules_that_contradict_each_other(self, late: Kit) -> None:
        """
        The federal rule allows seven calls in seven days, New York City three contacts: from the fourth on the city decides, after
        seven both are shown, and the instant that is named is lawful by both.
        """
        found = {}
        for number in range(8):
            verdict = late.ask_law("c-1", at=AT, channel="phone", party="third_party", content=["from_debt_collector"])
            caps = [f.rule for f in verdict.findings if f.rule in ("us.regf.14b.7in7", "us.ny.nyc.5_77.frequency")]
            found[number] = (caps, verdict.outcome if caps else None)
            call = Contact("c-1", AT - timedelta(hours=1), "phone", point="phone-1", accounts=["a-1"], outcome="no_answer")
            late.record_contact(call, at=AT, command_id=f"x-{number}")

        assert {number: ([], None) for number in (0, 1, 2)} == {number: found[number] for number in (0, 1, 2)}
        assert (["us.ny.nyc.5_77.frequency"], Outcome.DENY) == found[3]
        assert ({"us.regf.14b.7in7", "us.ny.nyc.5_77.frequency"}, Outcome.DENY) == (set(found[7][0]), found[7][1])
        assert verdict.earliest_lawful_at is not None
        again = late.ask_law("c-1", at=verdict.earliest_lawful_at, channel="phone", party="third_party", content=["from_debt_collector"])
        assert Outcome.DENY is not again.outcome

    @pytest.mark.parametrize(("days_ago", "earliest"), [(1, datetime(2026, 10, 26, 12, tzinfo=UTC)), (9, None)])
    def test_a_conversation_that_is_logged_late(self, late: Kit, sent: list[Parcel], days_ago: int, earliest: datetime | None) -> None:
        """
        12 CFR 1006.14(b)(2)(i)(B): yesterday's, entered today, takes today's call back until the seven days are over.
        """
        call = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "phone", party="third_party", step="call")
        with late.store.unit("default") as unit:
            unit.save_dispatches([plan(call, at=AT, not_before=AT, not_after=None)])
        talked = Contact("c-1", AT - timedelta(days=days_ago), "phone", point="phone-1", accounts=["a-1"], outcome="conversation")
        late.record_contact(talked, at=AT, command_id="x-1")
        late.dispatch(at=AT, worker="w1")

        (row,) = late.contacts("a-1")
        assert (earliest or AT, earliest is None) == (row.not_before, bool(sent))


class TestOffers:
    @pytest.mark.parametrize("text", ["0.001", "-0.001", "1e-3"])
    def test_a_form_with_no_amount(self, text: str) -> None:
        """
        What a browser sends is a text, and is read as strictly as any other.
        """
        with pytest.raises(MoneyError, match="nothing was recorded"):
            Money.of(text, "USD")

    def test_a_changed_offer_id_and_a_second_tab(self, kit: Kit) -> None:
        """
        Neither takes anything: the answer names what is on offer, and of two offers one comes into force.
        """
        for number, minor in ((1, 16_000), (2, 15_000)):
            kit.offer_settlement(f"ar-{number}", "a-1", [(date(2026, 10, 27), minor)], at=AT)
        before = record(kit)
        forged = kit.try_take("a-1", "ar-3", at=AT)
        assert isinstance(forged, Refusal)
        assert "nothing of that id was offered; on offer now: ar-1, ar-2 (unknown); nothing was recorded" == str(forged)
        assert record(kit) == before

        for id in ("ar-1", "ar-2"):
            kit.take("a-1", id, at=AT)
        kit.start("a-1", "ar-1", at=AT)
        second = kit.try_start("a-1", "ar-2", at=AT)
        assert isinstance(second, Refusal)
        assert "another_in_force" == second.reason.value
        assert "settlement" == kit.standing("a-1", as_of=date(2026, 10, 20)).agreed


class TestRules:
    @pytest.mark.parametrize(
        "condition", ["matches(region, '(a+)+$')", "region matches '(a+)+$'", "region ~ '(a+)+$'", "re.search('(a+)+$', region)"]
    )
    def test_no_rule_holds_a_pattern(self, condition: str) -> None:
        """
        A condition compares and counts; nothing in it can run for ever.
        """
        with pytest.raises(ExpressionError, match="nothing was parsed"):
            parse(condition)


class TestOwnAccounts:
    @pytest.mark.parametrize("person", ["c-own", "c-spouse", "c-honey"])
    def test_a_collector_opens_what_is_not_theirs_to_open(self, person: str) -> None:
        """
        Their own, their spouse's and a record that nobody has a reason to open: denied whatever they may do, and reported.
        """

        class Rules:
            @hookimpl
            def collectkit_authority(self) -> FourEyes:
                return FourEyes({"collector": ["*"], "service": ["*"]}, honey=["c-honey"])

        kit = Kit.open("memory://", policy="us-bnpl", actor="app", plugins=[Rules()])
        service = kit.acting(Principal("app", roles=["service"]))
        for id in ("c-1", person):
            service.register(Consumer(id, region="US-NY"), at=AT)
        collector = kit.acting(Principal("joe", roles=["collector"], same_as=["c-own"], related=["c-spouse"]))

        collector.person_standing("c-1", as_of=date(2026, 10, 20))
        for attempt in (
            lambda: collector.person_standing(person, as_of=date(2026, 10, 20)),
            lambda: collector.hold(
                Hold("h-1", "complaint", person=person, starts_on=date(2026, 10, 20), review_on=date(2026, 10, 27), reason="none"), at=AT
            ),
        ):
            with pytest.raises(PermissionDeniedError, match="nothing was done") as denied:
                attempt()
            assert "honey" not in str(denied.value).replace(person, "")
        with kit.store.view("default") as unit:
            reported = [body for body in unit.bodies("acts/joe") if isinstance(body, ActDenied)]
        assert person in {body.act.person for body in reported}
        assert all(body.principal == "joe" for body in reported)
