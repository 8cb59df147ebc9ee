from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest

from collectkit import Kit, Money, Payment, Promise, RefusedError
from collectkit.actions import ActionKind, ActJudged
from collectkit.allocation.agency_files import AgencyFile, FileKind, Taken, read_file, write_file
from collectkit.allocation.sale_accounts import Due
from collectkit.allocation.sales import Price, SaleReason, SaleTerms
from collectkit.arrangements.offers import OfferReason
from collectkit.errors import ApprovalRequiredError, PermissionDeniedError, UnknownIdError
from collectkit.holds import Hold
from collectkit.ledger import Chargeback, Credit, Reversal
from collectkit.placement import Placement
from collectkit.principals import Principal
from collectkit.servicing.authority import FourEyes
from collectkit.servicing.sales import SellingReason

from .conftest import NOW, TODAY, account, at, consumer

TERMS = SaleTerms("nova", "USD", [Price(450)], stages=[], buy_back_days=30, buy_back_for=["deceased", "paid"])
SOLD_ON = TODAY + timedelta(days=1)
AFTER = at(SOLD_ON)


class Rules:
    """Everybody may do everything, but for what takes two."""

    from collectkit.plugins import hookimpl

    @hookimpl
    def collectkit_authority(self):
        return FourEyes({"service": ["*"]})


@pytest.fixture
def book() -> Iterator[Kit]:
    """Two late accounts of two people, one of them with a call center."""
    with Kit.open("memory://", policy="us-bnpl", actor="tests") as kit:
        for number in (1, 2):
            kit.register(consumer(f"c-{number}"), at=NOW)
            kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
        kit.run_night(as_of=TODAY, at=NOW)
        yield kit


def offered(kit: Kit, terms: SaleTerms = TERMS, id: str = "s-1"):
    return kit.sale_offer(id, terms, cut_off_on=TODAY, at=AFTER)


class TestSelling:
    def test_a_whole_sale(self, book):
        """
        What was outstanding at the cut-off, late fees with it, for its price; whoever had the account has it no more.
        """
        sold = book.sell(offered(book), at=AFTER).accounts

        assert [("a-1", 22_400, 1_008), ("a-2", 22_400, 1_008)] == [(one.account, one.face_minor, one.price_minor) for one in sold]
        assert {SOLD_ON + timedelta(days=29)} == {one.buy_back_by for one in sold}
        for name in ("a-1", "a-2"):
            standing = book.standing(name, as_of=SOLD_ON)
            assert ("closed", SOLD_ON, None, 0) == (standing.state, standing.closed_on, standing.handler, standing.collectable_minor)
            assert "past_due" == book.standing(name, as_of=TODAY).state

    def test_the_verdict_stands_beside_each_sale(self, book):
        """
        As beside a closing as sold; working it out records nothing, and the record gives the same answers again.
        """
        offer = offered(book)
        before = [len(book.person_history(f"c-{number}")) for number in (1, 2)]
        offered(book)
        assert before == [len(book.person_history(f"c-{number}")) for number in (1, 2)]
        book.sell(offer, at=AFTER)
        bodies = [one.body for number in (1, 2) for one in book.person_history(f"c-{number}")]
        judged = [body.judged for body in bodies if isinstance(body, ActJudged) and body.judged.proposal.action is ActionKind.SELL]

        assert [f"sell/a-1/{SOLD_ON}", f"sell/a-2/{SOLD_ON}"] == [one.proposal.id for one in judged]
        assert all(one.holds for one in book.recheck_verdicts())

    def test_placed_since_the_cut_off(self, book):
        """
        Whoever got the account after the first day of the buyer's has it no more either.
        """
        later = SOLD_ON + timedelta(days=3)
        book.recall("a-1", on=SOLD_ON, reason="moved", at=AFTER)
        book.place(Placement("a-1", "in-house", SOLD_ON + timedelta(days=2)), at=at(later))
        assert "in-house" == book.standing("a-1", as_of=later).handler

        book.sell(offered(book), at=at(later))

        assert None is book.standing("a-1", as_of=later).handler

    def test_the_same_again(self, book):
        """
        A retry sells nothing twice; another offer under the id is refused.
        """
        offer = offered(book)
        book.sell(offer, at=AFTER)
        before = len(book.history("a-1"))

        assert () == book.sell(offer, at=AFTER).accounts
        assert SellingReason.ID_REUSED is book.try_sell(attrs.evolve(offer, rows=offer.rows[:1]), at=AFTER).reason
        assert before == len(book.history("a-1"))

    def test_an_offer_from_yesterday(self, book):
        """
        Who paid meanwhile is not sold at the old price: the whole sale is refused, with the difference.
        """
        offer = offered(book)
        book.post(Payment("p-1", "a-1", Money(5_000, "USD"), TODAY), at=AFTER)
        refused = book.try_sell(offer, at=AFTER)

        assert SellingReason.OUTDATED is refused.reason
        assert "a-1 is 17400 for 783, not 22400 for 1008" in refused.detail
        assert "past_due" == book.standing("a-2", as_of=SOLD_ON).state

    def test_a_dispute_of_this_morning(self, book):
        """
        A hold that was not there at the cut-off stops the sale as well.
        """
        offer = offered(book)
        book.hold(Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=SOLD_ON, review_on=SOLD_ON, reason="x"), at=AFTER)

        assert "dispute" in book.try_sell(offer, at=AFTER).detail
        assert [("a-1", SaleReason.HELD_BACK)] == [(account, why.reason) for account, why in offered(book).left_out]

    def test_before_the_day_is_over(self, book):
        """
        Balances are those of a day that is over; what is forged into an offer is not believed.
        """
        offer = offered(book)

        assert SellingReason.NOT_YET is book.try_sell(offer, at=NOW).reason
        forged = attrs.evolve(offer, rows=(attrs.evolve(offer.rows[0], price_minor=1), *offer.rows[1:]))
        assert SellingReason.OUTDATED is book.try_sell(forged, at=AFTER).reason
        assert SellingReason.NOTHING_TO_SELL is book.try_sell(attrs.evolve(offer, rows=()), at=AFTER).reason

    def test_the_law_stands_against_it(self):
        """
        A person who has gone bankrupt is not sold by the hold; where no pack knows the region, by the rule book.
        """
        with Kit.open("memory://", policy="us-bnpl", actor="tests") as kit:
            kit.register(attrs.evolve(consumer(), region="XX-YY", contacts=()), at=NOW)
            kit.open_account(account(), at=NOW)
            ((_, why),) = offered(kit).left_out

            assert SaleReason.NOT_LAWFUL is why.reason

    def test_two_people(self):
        """
        Nobody sells alone: the approval is of exactly this offer, and serves once.
        """
        kit = Kit.open("memory://", policy="us-bnpl", actor="app", plugins=[Rules()])
        ann, bob = (Principal(id, roles=["service"]) for id in ("ann", "bob"))
        service = kit.acting(ann)
        service.register(consumer(), at=NOW)
        service.open_account(account(), at=NOW)
        offer = service.sale_offer("s-1", TERMS, cut_off_on=TODAY, at=AFTER)
        with pytest.raises(ApprovalRequiredError) as asked:
            service.sell(offer, at=AFTER)
        assert Money(20_000, "USD") == asked.value.act.amount
        service.request_approval(asked.value.act, id="ap-1", needs=asked.value.needs, at=AFTER)
        kit.acting(bob).approve("ap-1", at=AFTER)

        other = service.sale_offer("s-1", attrs.evolve(TERMS, prices=[Price(1)]), cut_off_on=TODAY, at=AFTER)
        with pytest.raises(PermissionDeniedError):
            kit.acting(ann, approval="ap-1").sell(other, at=AFTER)
        assert 1 == len(kit.acting(ann, approval="ap-1").sell(offer, at=AFTER).accounts)


class TestAfterTheSale:
    def test_nothing_is_collected_any_more(self, book):
        """
        No contact that was planned goes out, no night plans one or charges a fee, and nothing is promised, offered, settled or placed.
        """
        planned = len(book.contacts("a-1"))
        book.sell(offered(book), at=AFTER)
        events = len(book.history("a-1"))
        dispatched = book.dispatch(at=AFTER, worker="w1")
        for days in range(60):
            day = SOLD_ON + timedelta(days=days)
            book.run_night(as_of=day, at=at(day))
            report = book.dispatch(at=at(day), worker="w1")
            assert not report.sent

        assert planned and not dispatched.sent
        assert events == len(book.history("a-1"))
        assert () == book.offers("a-1", at=AFTER)
        refused = [
            book.try_promise(Promise("pr-1", "a-1", Money(1_000, "USD"), SOLD_ON + timedelta(days=3), AFTER), at=AFTER),
            book.try_offer_settlement("st-1", "a-1", [(SOLD_ON + timedelta(days=3), 18_000)], at=AFTER),
            book.try_place(Placement("a-1", "call-center", SOLD_ON), at=AFTER),
            book.try_start_negotiation("n-1", "a-1", at=AFTER),
        ]
        assert ["account_closed", "nothing_owed", "closed"] == [one.reason.value for one in refused[:3]]
        assert OfferReason.NOTHING_OWED is refused[1].reason
        assert not hasattr(refused[3], "negotiation")
        assert events == len(book.history("a-1"))

    def test_both_parties_work_out_who_owes_whom(self, book):
        """
        A payment dated after the cut-off is the buyer's, one from before that comes late lowers the price, one that bounces raises it.
        """
        book.post(Payment("p-0", "a-1", Money(600, "USD"), TODAY - timedelta(days=5)), at=NOW)
        book.sell(offered(book), at=AFTER)
        later = at(SOLD_ON + timedelta(days=5))
        book.post(Payment("p-1", "a-1", Money(2_000, "USD"), SOLD_ON), at=later)
        book.refund(Credit("cr-1", "a-1", Money(1_000, "USD"), SOLD_ON, "merchant_refund"), at=later)
        book.post(Payment("p-2", "a-2", Money(4_000, "USD"), TODAY - timedelta(days=1)), at=later)
        book.reverse(Reversal("r-0", "a-1", "p-0", SOLD_ON + timedelta(days=4)), at=later)
        owed = book.sale_account("s-1")

        assert 981 + 1_008 == owed.total_minor(Due.PRICE)
        assert 27 - 180 == owed.total_minor(Due.FACE_CHANGED)
        assert -3_000 == owed.total_minor(Due.FORWARDED)
        assert 981 + 1_008 + 27 - 180 - 3_000 == owed.due_minor

    def test_what_is_charged_back_is_owed_to_nobody(self, book):
        """
        Of a payment from before the cut-off it raises the price as if that had bounced; of one that was forwarded the buyer gives it back.
        """
        book.post(Payment("p-0", "a-1", Money(600, "USD"), TODAY - timedelta(days=5)), at=NOW)
        book.sell(offered(book), at=AFTER)
        day = SOLD_ON + timedelta(days=5)
        book.post(Payment("p-1", "a-1", Money(2_000, "USD"), SOLD_ON), at=at(day))
        for number, (payment, minor) in enumerate((("p-0", 600), ("p-1", 500))):
            book.chargeback(Chargeback(f"cb-{number}", "a-1", payment, Money(minor, "USD"), day), at=at(day))
        owed = book.sale_account("s-1")

        assert (27, -1_500) == (owed.total_minor(Due.FACE_CHANGED), owed.total_minor(Due.FORWARDED))

    def test_the_file(self, book):
        """
        The buyer's file holds what was sold, adds up, and can be made again to the letter.
        """
        book.sell(offered(book), at=AFTER)
        file = book.sale_file("s-1", id="f-1", number=1)
        text = write_file(file)
        book.post(Payment("p-1", "a-1", Money(2_000, "USD"), SOLD_ON + timedelta(days=1)), at=at(SOLD_ON + timedelta(days=1)))

        assert (FileKind.SALE, "nova", 44_800) == (file.kind, file.agency, file.total_minor)
        assert text == write_file(book.sale_file("s-1", id="f-1", number=1))
        assert isinstance(read_file(text, "nova"), Taken)
        with pytest.raises(UnknownIdError, match="no sale"):
            book.sale_file("s-2", id="f-2", number=2)


class TestBuyingBack:
    @pytest.fixture
    def sold(self, book) -> Kit:
        book.sell(offered(book), at=AFTER)
        return book

    def test_it_is_ours_again(self, sold):
        """
        What the buyer took in counts for the consumer, days in between stay sold, and the night works it again.
        """
        day = SOLD_ON + timedelta(days=10)
        sold.buy_back("a-1", on=day, reason="paid", at=at(day), collected=Money(5_000, "USD"))
        standing = sold.standing("a-1", as_of=day)

        assert ("past_due", None, 17_400) == (standing.state, standing.closed_on, standing.outstanding_minor)
        assert "closed" == sold.standing("a-1", as_of=day - timedelta(days=1)).state
        assert 5_000 == sum(line.minor for line in sold.sale_account("s-1").lines if line.account == "a-1")
        assert "account-bought-back/1 by tests (buy-back/s-1/a-1)" in sold.explain("a-1")
        sold.run_night(as_of=day, at=at(day))
        assert "call-center" == sold.standing("a-1", as_of=day).handler

    def test_the_same_again(self, sold):
        """
        A retry posts nothing twice, and later the account can be sold once more.
        """
        day = SOLD_ON + timedelta(days=10)
        for _ in range(2):
            sold.buy_back("a-1", on=day, reason="paid", at=at(day), collected=Money(5_000, "USD"))
        again = sold.sale_offer("s-2", TERMS, cut_off_on=day, at=at(day + timedelta(days=1)), accounts=["a-1"])
        sold.sell(again, at=at(day + timedelta(days=1)))

        assert 17_400 == again.amount.minor
        assert 5_000 == sum(line.minor for line in sold.sale_account("s-1").lines if line.account == "a-1")
        assert 783 == sold.sale_account("s-2").due_minor

    @pytest.mark.parametrize(
        ("days", "reason", "why"),
        [
            (30, "paid", SellingReason.WINDOW_OVER),
            (29, "regret", SellingReason.OTHER_REASON),
            (-1, "paid", SellingReason.BEFORE_THE_SALE),
        ],
    )
    def test_outside_of_the_terms(self, sold, days, reason, why):
        """
        The last day counts, the day after it does not, and no reason but those of the terms does.
        """
        day = SOLD_ON + timedelta(days=days)

        assert why is sold.try_buy_back("a-1", on=day, reason=reason, at=at(SOLD_ON + timedelta(days=60))).reason
        with pytest.raises(RefusedError):
            sold.buy_back("a-1", on=day, reason=reason, at=at(SOLD_ON + timedelta(days=60)))

    def test_what_was_never_sold(self, book):
        """
        An account of ours does not come back, nor one of a day that lies ahead.
        """
        assert SellingReason.NOT_SOLD is book.try_buy_back("a-1", on=TODAY, reason="paid", at=NOW).reason
        book.sell(offered(book), at=AFTER)
        assert SellingReason.NOT_YET is book.try_buy_back("a-1", on=SOLD_ON + timedelta(days=1), reason="paid", at=AFTER).reason

    def test_by_file(self, sold):
        """
        The buyer's own file takes accounts back row by row, under the same terms; a stranger's takes nothing.
        """
        day = SOLD_ON + timedelta(days=3)
        row = {"account": "a-1", "on": day.isoformat(), "reason": "deceased", "currency": "USD", "collected_minor": "0"}
        rows = [row, {**row, "account": "a-2", "reason": "regret"}, {**row, "account": "a-9"}]
        taken = read_file(write_file(AgencyFile(FileKind.BUY_BACK, "nova", "b-1", 1, day, rows)), "nova")
        stranger = read_file(write_file(AgencyFile(FileKind.BUY_BACK, "other", "b-1", 1, day, rows[:1])), "other")

        assert "was not sold to other" in sold.take_agency_file(stranger, at=at(day)).faults[0].reason
        faults = sold.take_agency_file(taken, at=at(day)).faults
        assert [2, 3] == [fault.row for fault in faults]
        assert "other_reason" in faults[0].reason
        assert sold.standing("a-1", as_of=day).closed_on is None

    @pytest.mark.parametrize("kind", ["placement", "recall", "remittance", "sale"])
    def test_files_that_are_not_for_us(self, sold, kind):
        """
        A file of a kind that goes out is refused row by row, whatever stands in it.
        """
        if kind == "sale":
            file = sold.sale_file("s-1", id="f", number=1)
        else:
            base = {"account": "a-1", "person": "c-1", "currency": "USD", "reason": "term", "stop_at_once": "no", "payment": "p"}
            days = {"placed_on": "2026-10-20", "on": "2026-10-20", "value_on": "2026-10-20", "stage": "primary"}
            sums = {"outstanding_minor": "1", "past_due_minor": "1", "days_past_due": "1", "amount_minor": "1", "commission_minor": "1"}
            file = AgencyFile(kind, "nova", "f", 1, date(2026, 10, 20), [{**base, **days, **sums}])
        taken = read_file(write_file(file), "nova")
        faults = sold.take_agency_file(taken, at=AFTER).faults

        assert len(faults) == len(file.rows) and all("not_for_us" in fault.reason for fault in faults)
