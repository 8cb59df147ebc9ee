"""Ids of any length and alphabet that is allowed serve everywhere, and what is made of two of them is never taken for another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.test_identifiers import ids

from collectkit import (
    Consent,
    Consumer,
    Contact,
    Hold,
    Kit,
    Money,
    Note,
    Payment,
    Placement,
    Promise,
    Reversal,
    Stop,
    Waiver,
)
from collectkit.actions import ActPermitted, ActResult, HostAct
from collectkit.allocation import AllocationPolicy, Handler
from collectkit.allocation.agency_files import AgencyFile, FileKind, Taken, read_file, write_file
from collectkit.allocation.legal import LegalPolicy
from collectkit.allocation.sales import Price, SaleTerms
from collectkit.allocation.visits import CashReceipt, HandIn
from collectkit.arrangements import Item, PromiseSeries
from collectkit.arrangements.affordability import Budget
from collectkit.arrangements.bidding import Bid
from collectkit.arrangements.hardship import Hardship, Measure
from collectkit.arrangements.living import ArrangementStatus
from collectkit.arrangements.negotiation import BiddingPolicy
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.outcomes import DeliveryReport
from collectkit.court import CourtFact
from collectkit.errors import IdentifierError
from collectkit.holds.scrubbing import ScrubHit
from collectkit.ledger import Charge, ChargeOff, RetriesEnded, WriteOff
from collectkit.person import LegalHoldPlaced
from collectkit.person.dispositions import Interaction
from collectkit.plugins import hookimpl
from collectkit.policy import load_policy, provider
from collectkit.principals import Act, NeedsApproval, Principal
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyPosted, LateFeePolicy, SmallBalances, Tier
from collectkit.servicing.erasing import Retention
from collectkit.servicing.notifying import WebhookEndpoint
from collectkit.servicing.reassigning import Reassignment
from collectkit.servicing.shared_payment import SharedPayment
from collectkit.servicing.switches import KillSwitch
from collectkit.storage.memory import MemoryStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store

from .conftest import BOUGHT_ON, NOW, TODAY, account, at
from .drivers import CHANNELS, Gateway, person

Naming = Callable[[str], str]
DAY = timedelta(days=1)
BUDGET = Budget(income_minor=200_000, expenses_minor=180_000, payday=date(2026, 10, 25))
TELLS_LATER = Capabilities(status_callbacks=True)


def padded(short: str) -> str:
    """As long as may be."""
    return short.ljust(128, "x")


def odd(short: str) -> str:
    """As long as may be, of letters of four bytes and slashes, one at each end."""
    return f"/{short}/{'𠀀é/漢.' * 40}"[:127] + "/"


def kit_for(named: Naming, url: str) -> Kit:
    """A kit whose tenant, actor and handlers have such ids too, on a book of two late people with two accounts each."""
    handlers = [
        Handler(named("north"), "North", "agency", licences=["US"]),
        Handler(named("firm"), "Firm", "law_firm", licences=["US"]),
        Handler(named("ann"), "Ann", "agent"),
        Handler(named("bob"), "Bob", "agent"),
    ]
    policy = attrs.evolve(
        load_policy("us-bnpl"), allocation=AllocationPolicy(handlers, []), due_dates=provider("zip-us").due_dates, bidding=BiddingPolicy()
    )
    drivers = dict.fromkeys(CHANNELS, Gateway(capabilities=TELLS_LATER))
    kit = Kit.open(url, policy=policy, actor=named("tests"), tenant=named("t"), drivers=drivers, plugins=[Lists(named)])
    for number in (1, 2):
        kit.register(attrs.evolve(person(named(f"c-{number}"))), at=at(BOUGHT_ON))
        for place in (1, 2):
            kit.open_account(account(named(f"a-{number}{place}"), named(f"c-{number}")), at=at(BOUGHT_ON))
    return kit


class Lists:
    """A register in which one person stands."""

    def __init__(self, named: Naming) -> None:
        self._named = named

    @hookimpl
    def collectkit_scrubs(self) -> dict[str, object]:
        return {"register": self}

    def look(self, people: Sequence[Consumer]) -> list[ScrubHit]:
        theirs = self._named("c-2")
        return [ScrubHit(theirs, "military", TODAY) for one in people if one.id == theirs]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/book.db"


@pytest.fixture(params=[padded, odd])
def named(request: pytest.FixtureRequest) -> Naming:
    naming: Naming = request.param
    return naming


@pytest.fixture
def kit(named: Naming, url: str) -> Iterator[Kit]:
    with kit_for(named, url) as opened:
        yield opened


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class TestLife:
    def test_money(self, kit: Kit, named: Naming) -> None:
        """
        Posted, shared, reversed, suspended, taken at the door: each is known by its id, and twice is once.
        """
        a, other = named("a-11"), named("a-12")
        for _ in range(2):
            kit.post(Payment(named("p-1"), a, usd(500), TODAY), at=NOW)
            kit.reverse(Reversal(named("r-1"), a, named("p-1"), TODAY), at=NOW)
            parts = kit.post_shared(SharedPayment(id=named("p-2"), person=named("c-1"), amount=usd(25_000), value_on=TODAY), at=NOW)
            kit.suspend(Payment(named("p-3"), named("a-99"), usd(100), TODAY), reason="unknown", at=NOW)
            kit.release_suspended(named("p-3"), currency="USD", account=a, at=NOW)
            kit.take_cash(CashReceipt(1, named("ann"), a, usd(200), NOW), limit=usd(1_000), at=NOW)
            kit.end_retries(RetriesEnded(named("e-1"), other, 1, TODAY), at=NOW)
        kit.hand_in_cash(HandIn(named("ann"), named("bob"), usd(200), NOW), at=NOW)
        kit.charge_off(ChargeOff(named("o-1"), other, TODAY), at=NOW)

        assert 2 == len({one.payment for one in parts if isinstance(one, AlreadyPosted)})
        assert 25_300 == sum(one.paid_minor for one in kit.standings(as_of=TODAY))
        assert () == kit.cash_differences(named("ann"), "USD")
        assert kit.explain(a, as_of=TODAY)

    def test_agreements(self, kit: Kit, named: Naming) -> None:
        """
        Promised, in a series, by a plan, by relief, and bid for until the rest is given up; nights work them all.
        """
        first, second, third, fourth = (named(f"a-{place}") for place in ("11", "12", "21", "22"))
        kit.promise(Promise(named("pr-1"), first, usd(5_000), TODAY + 5 * DAY, NOW), at=NOW)
        kit.cancel_promise(first, named("pr-1"), at=NOW)
        items = [Item(TODAY + 5 * DAY, usd(5_000)), Item(TODAY + 9 * DAY, usd(5_000))]
        kit.promise_series(PromiseSeries(named("pr-2"), first, items, NOW), at=NOW)
        kit.quote_plan(named("ar-1"), [second], BUDGET, at=NOW)
        kit.take(second, named("ar-1"), at=NOW)
        kit.start(second, named("ar-1"), at=NOW)
        relief = Hardship(named("ar-2"), named("c-2"), [Measure("holiday", TODAY, TODAY + 9 * DAY)], TODAY + 9 * DAY, "job lost")
        kit.grant(third, relief, at=NOW)
        kit.end_arrangement(third, named("ar-2"), reason="asked", at=NOW)
        kit.start_negotiation(named("ar-3"), fourth, at=NOW)
        offered = kit.bid(Bid(named("b-1"), named("ar-3"), fourth, usd(13_000)), at=NOW).offer_minor
        kit.bid(Bid(named("b-2"), named("ar-3"), fourth, usd(offered)), at=NOW)
        kit.post(Payment(named("p-1"), fourth, usd(offered), TODAY + DAY), at=NOW + DAY)
        for days in range(1, 12):
            assert not kit.run_night(as_of=TODAY + days * DAY, at=NOW + days * DAY).set_aside

        assert [named("ar-1")] == [one.arrangement.id for one in kit.arrangements(second, as_of=TODAY)]
        assert ArrangementStatus.FULFILLED is kit.arrangements(fourth, as_of=TODAY + 11 * DAY)[0].status
        assert kit.guidance(first, at=NOW + 11 * DAY) is not None

    def test_people(self, kit: Kit, named: Naming) -> None:
        """
        Held, noted, stopped, called, found in a register, merged and parted, looked up, kept from erasure and erased.
        """
        a, c, other = named("a-11"), named("c-1"), named("c-2")
        for _ in range(2):
            kit.hold(Hold(named("h-1"), "complaint", person=c, account=a, starts_on=TODAY, reason="letter", review_on=TODAY), at=NOW)
            kit.note(Note(named("n-1"), a, "Called back."), at=NOW)
            kit.stop(Stop(c, ["sms"], NOW), at=NOW, command_id=named("k-1"))
            kit.record_contact(Contact(c, NOW, "phone", "phone-1", (a,), "no_answer"), at=NOW, command_id=named("k-2"))
            call = Interaction(id=named("i-1"), account=a, action="call", result="refused", collector=named("ann"), point="phone-1")
            kit.record_interaction(call, at=NOW)
        kit.stop_hand_overs(KillSwitch(named("s-1"), "wrong amounts"), at=NOW)
        kit.resume_hand_overs(named("s-1"), reason="mended", at=NOW)
        assert (1, 0) == (len(kit.scrub(at=NOW).placed), len(kit.scrub(at=NOW).placed))
        kit.merge(other, c, reason="same number", at=NOW)
        assert 4 == len(kit.person_standing(c, as_of=TODAY).accounts)
        kit.unmerge(other, c, reason="two people", at=NOW)
        kit.legal_hold(LegalHoldPlaced(named("l-1"), c, "a suit", NOW), at=NOW)
        kit.lift_legal_hold(c, named("l-1"), on=TODAY, reason="over", at=NOW)
        assert kit.subject_export(c, reason="asked", at=NOW)
        for account_id in (named("a-21"), named("a-22")):
            kit.write_off(WriteOff(f"{account_id[:-1]}w", account_id, TODAY, "too little"), at=NOW)
            kit.close(account_id, on=TODAY, reason="written_off", at=NOW)
        assert other == kit.erase(other, at=NOW + 4_000 * DAY, retention=Retention(days=-1)).person

    def test_acts(self, kit: Kit, named: Naming) -> None:
        """
        Charged by hand, waived under an approval, debited, served, placed, reassigned, sued, sold and taken back.
        """
        a, c = named("a-11"), named("c-1")
        kit.assess_charge(Charge(named("ch-1"), a, "fee", usd(100), TODAY, TODAY + 7 * DAY), at=NOW)
        waiver = Waiver(named("w-1"), account=a, charge=named("ch-1"), amount=usd(100), value_on=TODAY, reason="goodwill")
        act = Act("waive", f"account/{a}", "00", 1, usd(100), c)
        kit.acting(Principal(named("eve"))).request_approval(act, id=named("ap-1"), needs=NeedsApproval("a discount"), at=NOW)
        kit.acting(Principal(named("adam"))).decline(named("ap-1"), at=NOW)
        kit.waive(waiver, at=NOW)
        kit.consent(Consent(c, "", "signed_written_authorization", NOW - DAY, source="checkout"), at=NOW, command_id=named("k-1"))
        debit = HostAct(named("d-1"), "debit", [a], rail="visa", instrument="card-1", amount=usd(500))
        assert isinstance(kit.permit_act(debit, at=NOW), ActPermitted)
        kit.settle_act(named("d-1"), ActResult("failed", code="51"), at=NOW)
        kit.place(Placement(a, named("ann"), TODAY), at=NOW)
        kit.reassign(Reassignment(a, named("ann"), named("bob"), TODAY + DAY, "absence"), at=NOW + DAY)
        kit.recall(a, on=TODAY + DAY, reason="request", at=NOW + DAY)
        firm = named("a-12")
        kit.place(Placement(firm, named("firm"), TODAY), at=NOW)
        kit.refer(named("su-1"), firm, LegalPolicy("USD", 5_000, [named("contract")]), on=TODAY, at=NOW)
        kit.receive_document(firm, named("contract"), on=TODAY, at=NOW)
        kit.take_court_step(firm, CourtFact("withdrawn", TODAY), at=NOW)
        terms = SaleTerms(named("nova"), "USD", [Price(450)], stages=[], buy_back_days=30, buy_back_for=["paid"])
        sold_on = TODAY + DAY
        offer = kit.sale_offer(named("sa-1"), terms, cut_off_on=TODAY, at=at(sold_on), accounts=[named("a-21")])
        kit.sell(offer, at=at(sold_on))
        kit.buy_back(named("a-21"), on=sold_on + DAY, reason="paid", at=at(sold_on + DAY), collected=usd(700))

        assert named("su-1") == kit.suits(firm)[0].referral.id
        assert 700 == kit.standing(named("a-21"), as_of=sold_on + DAY).paid_minor
        assert kit.sale_account(named("sa-1")).lines
        text = write_file(kit.sale_file(named("sa-1"), id=named("f-1"), number=1))
        assert isinstance(read_file(text, named("nova")), Taken)

    def test_agencies(self, kit: Kit, named: Naming) -> None:
        """
        A file out, and each kind of row in: what the agency did, took in and gave back, under its own long ids.
        """
        a, agency = named("a-11"), named("north")
        kit.place(Placement(a, agency, TODAY), at=NOW)
        out = kit.placement_file(agency, first=TODAY, last=TODAY, id=named("f-0"), number=1)
        assert [a] == [row["account"] for row in out.rows]
        call = {"account": a, "at": NOW.isoformat(), "channel": "phone", "direction": "outbound", "outcome": "no_answer"}
        paid = {"account": a, "value_on": TODAY.isoformat(), "currency": "USD", "amount_minor": "2500"}
        rows = [
            (FileKind.ACTIVITY, {**call, "reference": named("x-1")}),
            (FileKind.PAYMENT, {**paid, "payment": named("p-1"), "what": "payment"}),
            (FileKind.PAYMENT, {**paid, "payment": named("p-1"), "what": "reversal"}),
            (FileKind.PAYMENT, {**paid, "payment": named("p-2"), "what": "payment"}),
        ]
        for number, (kind, row) in enumerate(rows, 1):
            taken = read_file(write_file(AgencyFile(kind, agency, named(f"f-{number}"), number, TODAY, [row])), agency)
            assert isinstance(taken, Taken)
            assert () == kit.take_agency_file(taken, at=NOW + DAY).faults
        assert 2_500 == kit.standing(a, as_of=TODAY + DAY).paid_minor
        assert 4 == len(kit.agency_file_log(agency))

    def test_nights_and_messages(self, kit: Kit, named: Naming) -> None:
        """
        Weeks of nights, fees and messages with what their channel tells later; the record is sound, sealed, told and given out.
        """
        for days in range(0, 24, 3):
            on = TODAY + days * DAY
            assert not kit.run_night(as_of=on, at=at(on)).set_aside
            kit.dispatch(at=at(on), worker=named("w"))
        contacts = kit.contacts(named("a-11"))
        sent = [one for one in contacts if one.reference]
        assert sent
        for number, one in enumerate(sent):
            report = DeliveryReport(named(f"re-{number}"), one.proposal.channel, "delivered", at(TODAY + 30 * DAY), reference=one.reference)
            assert one.id == kit.report_delivery(report, at=at(TODAY + 30 * DAY)).id  # type: ignore[union-attr]
        strange = DeliveryReport(named("re"), "sms", "delivered", NOW, reference="r" * 5_000)
        kit.report_delivery(strange, at=NOW)
        assert [strange] == kit.orphan_reports()
        endpoint, heard = WebhookEndpoint(named("crm"), "https://crm.example/hooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Receiver()
        told = kit.deliver_webhooks(endpoint, heard, at=at(TODAY + 30 * DAY), limit=10_000)
        assert told.delivered == len(heard.ids) == len(set(heard.ids))
        kit.seal(at=at(TODAY + 30 * DAY))
        assert kit.verify().sound
        assert kit.rebuild_standings(as_of=TODAY + 21 * DAY, write=False).sound


class Receiver:
    """Takes messages whose headers a client could write."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        for text in headers.values():
            text.encode("ascii")
        self.ids.append(headers["webhook-id"])
        return 204


@pytest.fixture
def neighbors() -> Iterator[Kit]:
    """A person with two accounts, the id of one of which is the end of the other's."""
    with Kit.open("memory://", policy="us-bnpl", actor="tests") as opened:
        opened.register(person(), at=NOW)
        for id in ("c", "b/c"):
            opened.open_account(account(id), at=NOW)
        yield opened


class TestNeighbors:
    def test_a_part_is_told_from_that_of_another_payment(self, neighbors: Kit) -> None:
        """
        Of payment a/b on account c, and of payment a on account b/c: a retry names its own.
        """
        parts = []
        for id, on in (("a/b", "c"), ("a", "b/c")):
            payment = SharedPayment(id=id, person="c-1", amount=usd(500), value_on=TODAY, direction=((on, 500),))
            neighbors.post_shared(payment, at=NOW)
            parts.append(neighbors.post_shared(payment, at=NOW))
        assert [(AlreadyPosted("a/b/c"),), (AlreadyPosted("a/b/c"),)] == parts
        assert [500, 500] == [neighbors.standing(id, as_of=TODAY).paid_minor for id in ("c", "b/c")]

    def test_payments_of_agencies_whose_ids_begin_alike(self) -> None:
        """
        Payment x/1 of one, payment 1 of the other: both are on the ledger, each is taken back as its own, and sent again nothing doubles.
        """
        handlers = [Handler(id, id, "agency", licences=["US"]) for id in ("n", "n/x")]
        policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy(handlers, []))
        with Kit.open("memory://", policy=policy, actor="tests") as kit:
            kit.register(person(), at=NOW)
            numbers = Counter[str]()

            def sent(agency: str, kind: FileKind, row: dict[str, str]) -> None:
                numbers[agency] += 1
                text = write_file(AgencyFile(kind, agency, f"f-{numbers[agency]}", numbers[agency], TODAY, [row]))
                taken = read_file(text, agency)
                assert isinstance(taken, Taken)
                assert () == kit.take_agency_file(taken, at=NOW + DAY).faults

            rows = [("n", "x/1", "a-1"), ("n/x", "1", "a-2")]
            paid = {"value_on": TODAY.isoformat(), "currency": "USD", "amount_minor": "2500", "what": "payment"}
            call = {"at": NOW.isoformat(), "channel": "phone", "direction": "outbound", "outcome": "no_answer"}
            for agency, _, on in rows:
                kit.open_account(account(on), at=NOW)
                kit.place(Placement(on, agency, TODAY), at=NOW)
            for agency, id, on in rows * 2:
                sent(agency, FileKind.PAYMENT, {**paid, "payment": id, "account": on})
                sent(agency, FileKind.ACTIVITY, {**call, "reference": id, "account": on})
            assert [2_500, 2_500] == [kit.standing(on, as_of=TODAY).paid_minor for _, _, on in rows]
            assert 2 == len(kit.person_standing("c-1", as_of=TODAY).facts.contacts)
            for agency, id, on in rows:
                sent(agency, FileKind.PAYMENT, {**paid, "payment": id, "account": on, "what": "reversal"})
                assert 0 == kit.standing(on, as_of=TODAY).paid_minor

    def test_cash_of_agents_whose_ids_begin_alike(self, neighbors: Kit) -> None:
        """
        Each answers for their own receipts.
        """
        for agent in ("fay", "fay/2"):
            neighbors.take_cash(CashReceipt(1, agent, "c", usd(200), NOW), limit=usd(1_000), at=NOW)
        assert [(), ()] == [neighbors.cash_differences(agent, "USD") for agent in ("fay", "fay/2")]

    def test_messages_of_accounts_that_differ_in_a_point(self, neighbors: Kit) -> None:
        """
        A receiver that forgets what came twice loses nothing; ids that may stand in a header stand in it.
        """
        neighbors.open_account(account("b.c"), at=NOW)
        endpoint, heard = WebhookEndpoint("crm", "https://crm.example/hooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Receiver()
        neighbors.deliver_webhooks(endpoint, heard, at=NOW)
        assert len(heard.ids) == len(set(heard.ids))
        assert {"default.account.c.1", "default.account.b.c.1"} < set(heard.ids)

    def test_a_sale_that_ends_as_an_account_begins(self, neighbors: Kit) -> None:
        """
        What the buyer took in is posted for each, under ids of their own.
        """
        terms = SaleTerms("nova", "USD", [Price(450)], stages=[], buy_back_days=30, buy_back_for=["paid"])
        sold_on = TODAY + DAY
        for id, sold in (("a/b", "c"), ("a", "b/c")):
            neighbors.sell(neighbors.sale_offer(id, terms, cut_off_on=TODAY, at=at(sold_on), accounts=[sold]), at=at(sold_on))
            neighbors.buy_back(sold, on=sold_on, reason="paid", at=at(sold_on), collected=usd(700))
        assert [700, 700] == [neighbors.standing(id, as_of=sold_on).paid_minor for id in ("c", "b/c")]

    @settings(max_examples=25)
    @given(account_ids=st.lists(ids, min_size=2, max_size=4, unique=True), people=st.lists(ids, min_size=2, max_size=2, unique=True))
    def test_they_come_back_as_they_were(self, account_ids: list[str], people: list[str]) -> None:
        """
        Whatever is allowed: who owes what is found under its id, on the account that was named and on no other.
        """
        for url in ("memory://", "sqlite://"):
            with Kit(attrs.evolve(BARE.parts, store=assembled(url)), actor="tests") as opened:
                opened.register_all([attrs.evolve(person(), id=one) for one in people], at=NOW)
                for number, one in enumerate(account_ids):
                    opened.open_account(account(one, people[number % 2]), at=NOW)
                    opened.post(Payment(one, one, usd(100 + number), TODAY), at=NOW)
                    opened.note(Note(one, one, "x"), at=NOW)
                assert [100 + number for number in range(len(account_ids))] == [
                    opened.standing(one, as_of=TODAY).paid_minor for one in account_ids
                ]
                assert sorted(account_ids) == [one.account for one in opened.standings(as_of=TODAY)]
                assert [[one] for one in account_ids] == [[stored.note.id for stored in opened.notes(one)] for one in account_ids]
                for one in people:
                    theirs = {account for number, account in enumerate(account_ids) if people[number % 2] == one}
                    assert theirs == {standing.account for standing in opened.person_standing(one, as_of=TODAY).accounts}
                assert opened.verify().sound


class TestNames:
    @pytest.mark.parametrize("length", [85, 98, 99, 100, 101, 109, 119, 128])
    def test_what_an_account_is_called_changes_no_figure(self, length: int) -> None:
        """
        Fees taken back and revived time and again, a little given up and asked for anew: as on an account with a short id, and no
        night leaves it out, however much room the words and numbers around its id take.
        """
        assert worked("a") == worked("a".ljust(length, "x"))


def worked(id: str) -> list[object]:
    """What weeks of news make of an account that is called so."""
    fees = LateFeePolicy(tiers=(Tier(0, usd(1_000)), Tier(7, usd(700))))
    policy = attrs.evolve(load_policy("us-bnpl"), late_fees=fees, small_balances=SmallBalances(close_up_to=usd(50)))
    found: list[object] = []
    with Kit.open("memory://", policy=policy, actor="tests") as kit:
        kit.register(person(), at=at(BOUGHT_ON))
        kit.open_account(account(id), at=at(BOUGHT_ON))
        on = BOUGHT_ON
        for turn in range(13):
            on += 2 * DAY
            kit.post(Payment(f"p-{turn}", id, usd(5_000), BOUGHT_ON), at=at(on))
            assert not kit.run_night(as_of=on, at=at(on)).set_aside
            on += 2 * DAY
            kit.reverse(Reversal(f"r-{turn}", id, f"p-{turn}", on), at=at(on))
            assert not kit.run_night(as_of=on, at=at(on)).set_aside
            standing = kit.standing(id, as_of=on)
            found.append((standing.outstanding_minor, standing.fee_minor, standing.fees_charged_minor))
        for turn in range(3):
            on += DAY
            owed = kit.standing(id, as_of=on).outstanding_minor
            kit.post(Payment(f"s-{turn}", id, usd(owed - 20), on), at=at(on))
            report = kit.run_night(as_of=on, at=at(on))
            found.append((dict(report.small_closed_minor), report.set_aside))
            on += DAY
            kit.reverse(Reversal(f"t-{turn}", id, f"s-{turn}", on), at=at(on))
            report = kit.run_night(as_of=on, at=at(on))
            found.append((dict(report.small_reopened_minor), report.set_aside))
        found.append(sorted(Counter(type(one.body).__name__ for one in kit.history(id)).items()))
    return found


class TestOutbox:
    def test_files_of_an_outbox_take_them(self, named: Naming, tmp_path: Path) -> None:
        """
        Messages of long and odd ids in files beside the book, one line each.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy="us-bnpl", actor=named("tests"), tenant=named("t")) as kit:
            kit.register(attrs.evolve(person(named("c")), name="Test Consumer"), at=NOW)
            kit.open_account(account(named("a"), named("c")), at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)
            report = kit.dispatch(at=NOW, worker=named("w"))
            # A link that names the account by such an id is too long for a text: that is said, and the rest goes out.
            assert set(report.not_sent) <= {"too_long"}
            assert sum(report.sent.values()) + sum(report.not_sent.values()) == len(kit.contacts(named("a")))
            assert report.sent

    def test_a_closed_account_is_archived(self, kit: Kit, named: Naming, tmp_path: Path) -> None:
        """
        And read as before; the events are given out as a file.
        """
        a = named("a-11")
        kit.post(Payment(named("p-1"), a, usd(20_000), TODAY), at=NOW)
        kit.close(a, on=TODAY, reason="paid", at=NOW)
        before = kit.history(a)
        kit.seal(at=NOW)
        assert kit.archive(closed_before=TODAY + DAY, at=NOW + DAY).events > 0
        assert before == kit.history(a)
        assert kit.export_events(tmp_path / "events.jsonl") > 0
        assert kit.verify().sound


BARE = Kit.open("memory://", policy="us-bnpl", actor="tests")


def assembled(url: str) -> Store:
    return MemoryStore() if url == "memory://" else SqliteStore(":memory:")


class TestGiven:
    @pytest.mark.parametrize("id", ["x" * 129, "a\nb", " a", ""])
    def test_what_is_no_id_is_refused_as_what_was_given(self, id: str) -> None:
        """
        An approval, a sale, a referral, a hold of the law, a file, a principal: each is named, and no command that nobody gave.
        """
        with Kit.open("memory://", actor="tests") as kit:
            makers: list[Callable[[], object]] = [
                lambda: kit.request_approval(Act("waive", "account/a-1", "00", 1), id=id, needs=NeedsApproval("x"), at=NOW),
                lambda: kit.sale_offer(id, SaleTerms("nova", "USD", [Price(450)], stages=[]), cut_off_on=TODAY, at=NOW, accounts=[]),
                lambda: LegalHoldPlaced(id, "c-1", "a suit", NOW),
                lambda: AgencyFile(FileKind.PAYMENT, "north", id, 1, TODAY, []),
                lambda: Kit.open("memory://", actor="tests").acting(Principal(id)),
                lambda: CashReceipt(1, id, "a-1", usd(200), NOW),
            ]
            for made in makers:
                with pytest.raises(IdentifierError, match=r"(id|agent) of \w+ must"):
                    made()

    @pytest.mark.parametrize("id", ["x" * 129, "x" * 600, "a\nb", " a", ""])
    def test_no_error_names_what_nobody_gave(self, id: str, neighbors: Kit) -> None:
        """
        Of whatever kind the id is that cannot be one, the error says that kind.
        """
        contact = Contact("c-1", NOW, "phone", "phone-1", ("c",), "no_answer")
        asked: list[tuple[str, Callable[[], object]]] = [
            ("PersonId", lambda: neighbors.personal(id, at=NOW)),
            ("PersonId", lambda: neighbors.merge(id, "c-1", reason="same", at=NOW)),
            ("AccountId", lambda: neighbors.close(id, on=TODAY, reason="paid", at=NOW)),
            ("ArrangementId", lambda: neighbors.quote_plan(id, ["c"], BUDGET, at=NOW)),
            ("CommandId", lambda: neighbors.record_contact(contact, at=NOW, command_id=id)),
            ("MessageId", lambda: neighbors.void_notice(id, reason="it came back", at=NOW)),
            ("id of LegalHoldLifted", lambda: neighbors.lift_legal_hold("c-1", id, on=TODAY, reason="over", at=NOW)),
        ]
        for kind, ask in asked:
            with pytest.raises(IdentifierError, match=f"^{kind} must"):
                ask()

    def test_a_file_under_what_is_no_id_is_held(self) -> None:
        """
        Others write it, so that it is refused and not raised.
        """
        text = write_file(AgencyFile(FileKind.PAYMENT, "north", "f-1", 1, TODAY, [])).replace("f-1", "f" * 129)
        assert isinstance(read_file(text, "north"), Refusal)
