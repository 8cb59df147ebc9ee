from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest

from collectkit import Account, Kit, Money, Payment, Placement, RefusedError, plans
from collectkit.actions import ActionKind, ActJudged, ActRefused
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.allocation.legal import CourtReason, LegalPolicy, ReferralReason
from collectkit.allocation.sales import Price, SaleReason, SaleTerms
from collectkit.court import CourtFact, SuitState
from collectkit.errors import ApprovalRequiredError, PermissionDeniedError, UnknownIdError
from collectkit.holds import Hold, HoldPolicy
from collectkit.plugins import hookimpl
from collectkit.policy import load_policy
from collectkit.principals import Principal
from collectkit.refusals import Refusal
from collectkit.servicing.authority import FourEyes

from .conftest import NOW, TODAY, account, at, consumer

TERMS = LegalPolicy("USD", 5_000, ["contract", "statement"])
_PRESET = load_policy("us-bnpl")
FIRM = Handler("advocates", "Advocates", "law_firm", licences=["US-NY"])
POLICY = attrs.evolve(_PRESET, allocation=attrs.evolve(_PRESET.allocation, handlers=(*_PRESET.allocation.handlers, FIRM)))
FILED = CourtFact("filed", TODAY, by="court-7")


class Rules:
    """Everybody may do everything, but for what takes two."""

    @hookimpl
    def collectkit_authority(self):
        return FourEyes({"service": ["*"]})


@pytest.fixture
def book() -> Iterator[Kit]:
    """A late account with a law firm."""
    with Kit.open("memory://", policy=POLICY, actor="tests") as kit:
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        kit.place(Placement("a-1", "advocates", TODAY), at=NOW)
        yield kit


@pytest.fixture
def ready(book) -> Kit:
    """The same, referred, with every document."""
    book.refer("r-1", "a-1", TERMS, on=TODAY, at=NOW)
    for document in TERMS.documents:
        book.receive_document("a-1", document, on=TODAY, at=NOW)
    return book


class TestReferring:
    def test_who_has_it(self, book):
        """
        Nobody is referred to a firm that does not have the account.
        """
        book.recall("a-1", on=TODAY, reason="request", at=NOW)

        assert ReferralReason.NOT_WITH_A_FIRM is book.try_refer("r-1", "a-1", TERMS, on=TODAY, at=NOW).reason

    def test_a_hold_of_today_counts(self, book):
        """
        Whatever the day that is named, what is in force today stands against it.
        """
        later = TODAY + timedelta(days=2)
        book.hold(Hold("h-1", "complaint", person="c-1", account="a-1", starts_on=later, reason="letter", review_on=later), at=at(later))

        assert ReferralReason.HELD_BACK is book.try_refer("r-1", "a-1", TERMS, on=TODAY, at=at(later)).reason

    def test_once(self, book):
        """
        A retry records nothing; the id with another content is refused, and so is a second referral.
        """
        first = book.refer("r-1", "a-1", TERMS, on=TODAY, at=NOW)
        before = len(book.history("a-1"))

        assert first == book.refer("r-1", "a-1", TERMS, on=TODAY, at=NOW)
        assert before == len(book.history("a-1"))
        other = attrs.evolve(TERMS, documents=["contract"])
        assert ReferralReason.ID_REUSED is book.try_refer("r-1", "a-1", other, on=TODAY, at=NOW).reason
        assert ReferralReason.ALREADY_REFERRED is book.try_refer("r-2", "a-1", TERMS, on=TODAY, at=NOW).reason

    def test_unknown(self, book):
        """
        An account that is not on the book is said to be so.
        """
        with pytest.raises(UnknownIdError, match="nothing was done"):
            book.refer("r-1", "a-9", TERMS, on=TODAY, at=NOW)


class TestSuing:
    def test_documents_before_the_suit(self, book):
        """
        The suit waits for the last of them; a second time changes nothing.
        """
        book.refer("r-1", "a-1", TERMS, on=TODAY, at=NOW)
        book.receive_document("a-1", "contract", on=TODAY, at=NOW)
        before = len(book.history("a-1"))
        book.receive_document("a-1", "contract", on=TODAY, at=NOW)

        assert before == len(book.history("a-1"))
        refused = book.try_take_court_step("a-1", FILED, at=NOW)
        assert CourtReason.DOCUMENTS_MISSING is refused.reason and "statement" in refused.detail
        assert CourtReason.NOT_ON_THE_LIST is book.try_receive_document("a-1", "letter", on=TODAY, at=NOW).reason

    def test_what_is_not_referred(self, book):
        """
        Neither documents nor steps of an account that was never referred, or whose referral is over, but for a retry.
        """
        assert CourtReason.NOT_REFERRED is book.try_receive_document("a-1", "contract", on=TODAY, at=NOW).reason
        assert CourtReason.NOT_REFERRED is book.try_take_court_step("a-1", FILED, at=NOW).reason
        book.refer("r-1", "a-1", TERMS, on=TODAY, at=NOW)
        over = CourtFact("withdrawn", TODAY)
        first = book.take_court_step("a-1", over, at=NOW)

        assert first == book.take_court_step("a-1", over, at=NOW)
        with pytest.raises(RefusedError, match="not_referred"):
            book.take_court_step("a-1", FILED, at=NOW)

    def test_the_law_is_asked_and_its_answer_kept(self, ready):
        """
        Once, although the suit is told twice; what is claimed is what can be claimed that day.
        """
        ready.post(Payment("p-1", account="a-1", amount=Money.of("20.00", "USD"), value_on=TODAY), at=NOW)
        owed = ready.standing("a-1", as_of=TODAY).collectable_minor
        first = ready.take_court_step("a-1", FILED, at=NOW)

        assert owed == first.fact.amount_minor
        assert first == ready.take_court_step("a-1", FILED, at=NOW)
        judged = [one.body.judged for one in ready.person_history("c-1") if isinstance(one.body, ActJudged)]
        assert ["sue/a-1/r-1"] == [one.proposal.id for one in judged if one.proposal.action is ActionKind.SUE]
        assert all(one.holds for one in ready.recheck_verdicts())

    def test_a_debt_that_is_too_old(self):
        """
        Three years after the default a suit in New York is refused with its paragraph, and the refusal is kept.
        """
        old = Account("a-1", consumer="c-1", plan=plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2022, 6, 1)))
        opened = at(date(2022, 6, 1))
        with Kit.open("memory://", policy=POLICY, actor="tests") as kit:
            kit.register(consumer(), at=opened)
            kit.open_account(old, at=opened)
            kit.place(Placement("a-1", "advocates", TODAY), at=NOW)
            kit.refer("r-1", "a-1", attrs.evolve(TERMS, documents=[]), on=TODAY, at=NOW)
            refused = kit.try_take_court_step("a-1", FILED, at=NOW)
            kept = [one.body for one in kit.person_history("c-1") if isinstance(one.body, ActRefused)]

            assert CourtReason.FORBIDDEN is refused.reason and "CPLR 214-i" in refused.detail
            assert ["sue/a-1/r-1"] == [one.message for one in kept]
            assert SuitState.READY is kit.suits("a-1")[0].state

    def test_a_bankruptcy_stops_the_officer(self, ready):
        """
        The court's own steps are recorded through it, and the firm may have lost the account meanwhile.
        """
        for number, step in enumerate(("filed", "served", "judgment")):
            day = TODAY + timedelta(days=number)
            ready.take_court_step("a-1", CourtFact(step, day), at=at(day))
        ready.hold(Hold("h-1", "insolvency", person="c-1", starts_on=day, reason="notice", review_on=day), at=at(day))
        sent = CourtFact("officer_instructed", day, by="officer-3")

        assert CourtReason.HELD_BACK is ready.try_take_court_step("a-1", sent, at=at(day)).reason
        assert "set_aside" == ready.take_court_step("a-1", CourtFact("set_aside", day), at=at(day)).fact.step.value

    def test_the_matrix_says_what_keeps_an_account_out_of_court(self):
        """
        A vulnerable person is not sued unless the policy says so; a hold on contact alone stops no suit.
        """

        def referred(kind, **effects):
            held = load_policy("us-bnpl")
            held = attrs.evolve(
                held,
                holds=attrs.evolve(held.holds, effects=effects),
                allocation=attrs.evolve(held.allocation, handlers=(*held.allocation.handlers, FIRM), effects=HoldPolicy(effects).effects),
            )
            with Kit.open("memory://", policy=held, actor="tests") as kit:
                kit.register(consumer(), at=NOW)
                kit.open_account(account(), at=NOW)
                kit.place(Placement("a-1", "advocates", TODAY), at=NOW)
                kit.hold(Hold("h-1", kind, person="c-1", starts_on=TODAY, reason="told us", review_on=TODAY), at=NOW)
                return not isinstance(kit.try_refer("r-1", "a-1", TERMS, on=TODAY, at=NOW), Refusal)

        assert [False, True, True] == [
            referred("vulnerability"),
            referred("vulnerability", vulnerability=["contact_limited", "sale"]),
            referred("cease_contact"),
        ]

    def test_the_record_in_words(self, ready):
        """
        Each step stands in the explanation of the account.
        """
        ready.take_court_step("a-1", FILED, at=NOW)
        said = ready.explain("a-1")

        for sentence in ("is referred to advocates", "the law firm has statement for r-1", "suit r-1: filed on 2026-10-20"):
            assert sentence in said

    def test_in_court_it_is_not_sold(self, ready):
        """
        Before the suit and after it the account may be sold.
        """
        terms = SaleTerms("nova", "USD", [Price(450)], stages=[])

        def held_back(day):
            offer = ready.sale_offer(f"s-{day}", terms, cut_off_on=day, at=at(day + timedelta(days=1)))
            return [refusal.reason for _, refusal in offer.left_out]

        assert [] == held_back(TODAY)
        ready.take_court_step("a-1", FILED, at=NOW)
        assert [SaleReason.HELD_BACK] == held_back(TODAY)
        ready.take_court_step("a-1", CourtFact("dismissed", TODAY + timedelta(days=5)), at=at(TODAY + timedelta(days=5)))
        assert [] == held_back(TODAY + timedelta(days=5))


class TestHearings:
    def test_what_lies_ahead(self, ready):
        """
        The last day that was set counts; what was held is not among them.
        """
        day = TODAY + timedelta(days=1)
        set_for = [day + timedelta(days=30), day + timedelta(days=44)]
        ready.take_court_step("a-1", FILED, at=NOW)
        ready.take_court_step("a-1", CourtFact("served", day), at=at(day))
        for hearing_on in set_for:
            ready.take_court_step("a-1", CourtFact("hearing_set", day, hearing_on=hearing_on), at=at(day))

        assert [set_for[1]] == [suit.hearing_on for suit in ready.hearings(first=day, last=date.max)]
        assert [] == ready.hearings(first=day, last=set_for[0])
        assert ["a-1"] == [suit.referral.account for suit in ready.hearings(first=set_for[1], last=set_for[1])]
        ready.take_court_step("a-1", CourtFact("hearing_held", set_for[1]), at=at(set_for[1]))
        assert [] == ready.hearings(first=day, last=date.max)


class TestTwoPeople:
    @pytest.fixture
    def guarded(self) -> Iterator[Kit]:
        """A judgment away from an officer, where everybody needs a second person for what takes two."""
        with Kit.open("memory://", policy=POLICY, actor="tests", plugins=[Rules()]) as kit:
            service = kit.acting(Principal("job", roles=["service"]))
            service.register(consumer(), at=NOW)
            service.open_account(account(), at=NOW)
            service.place(Placement("a-1", "advocates", TODAY), at=NOW)
            service.refer("r-1", "a-1", attrs.evolve(TERMS, documents=[]), on=TODAY, at=NOW)
            yield kit

    def approved(self, kit, fact):
        """Do it as two people."""
        ann, bob = (kit.acting(Principal(name, roles=["service"])) for name in ("ann", "bob"))
        with pytest.raises(ApprovalRequiredError) as caught:
            ann.take_court_step("a-1", fact, at=NOW)
        ann.request_approval(caught.value.act, id=fact.step.value, needs=caught.value.needs, at=NOW)
        bob.approve(fact.step.value, at=NOW)
        used = kit.acting(Principal("ann", roles=["service"]), approval=fact.step.value)
        return caught.value.act, used.take_court_step("a-1", fact, at=NOW), used

    def test_a_suit_and_an_officer_take_two(self, guarded):
        """
        For all that is outstanding; what a court did takes one, and an approval is of exactly one act.
        """
        act, _, used = self.approved(guarded, FILED)
        assert ("file_suit", Money.of("200.00", "USD")) == (act.action, act.amount)
        ann = guarded.acting(Principal("ann", roles=["service"]))
        for step in ("served", "judgment"):
            ann.take_court_step("a-1", CourtFact(step, TODAY), at=NOW)
        sent = CourtFact("officer_instructed", TODAY, by="officer-3")
        with pytest.raises(PermissionDeniedError):
            used.take_court_step("a-1", sent, at=NOW)
        act, _, _ = self.approved(guarded, sent)

        assert "enforce_judgment" == act.action
        assert SuitState.ENFORCEMENT is guarded.suits("a-1")[0].state


class TestNights:
    def handler(self, kit: Kit, days: int) -> str | None:
        """Who has the account after the night so many days later, as a dry run told before."""
        on = TODAY + timedelta(days=days)
        (tried,) = kit.dry_allocation(as_of=on).allocations
        kit.run_night(as_of=on, at=at(on))
        found = kit.standing("a-1", as_of=on).handler
        assert found == tried.handler
        return found

    def test_a_dry_run_says_why_the_firm_keeps_it(self, ready):
        """
        Nothing moves, and nothing was asked of the rules.
        """
        tried = ready.dry_allocation(as_of=TODAY + timedelta(days=1))

        assert (0, (1, 1)) == (tried.moves, tried.accounts("advocates"))
        assert [("its referral to a law firm is not over",)] == [one.why for one in tried.allocations]

    def test_no_rule_takes_a_suit_from_its_firm(self, ready):
        """
        The rules of the policy name agencies for so late an account; as long as the referral is not over the firm keeps it.
        """
        assert "advocates" == self.handler(ready, 1)
        on = TODAY + timedelta(days=1)
        ready.take_court_step("a-1", CourtFact("filed", on), at=at(on))
        assert "advocates" == self.handler(ready, 2)
        ready.take_court_step("a-1", CourtFact("withdrawn", on), at=at(on + timedelta(days=1)))

        assert "advocates" != self.handler(ready, 3)

    @pytest.mark.parametrize(("waits", "handler"), [(True, "advocates"), (False, None)])
    def test_the_term_of_the_firm_waits_for_a_suit(self, waits, handler):
        """
        The term ends in the night of its last day: a suit in court is spared and counted, until it is over.
        """
        firm = attrs.evolve(FIRM, term_days=2, waits_for_suits=waits, notice_days=2)
        policy = attrs.evolve(_PRESET, allocation=AllocationPolicy([firm], [AllocationRule("court", ["advocates"])]))
        with Kit.open("memory://", policy=policy, actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.place(Placement("a-1", "advocates", TODAY), at=NOW)
            kit.refer("r-1", "a-1", attrs.evolve(TERMS, documents=()), on=TODAY, at=NOW)
            assert 1 == len(kit.recall_file("advocates", on=TODAY, id="f-1", number=1).rows)
            kit.take_court_step("a-1", FILED, at=NOW)
            assert (0 if waits else 1) == len(kit.recall_file("advocates", on=TODAY, id="f-1", number=1).rows)
            last = TODAY + timedelta(days=2)
            (tried,) = kit.dry_allocation(as_of=last).allocations
            night = kit.run_night(as_of=last, at=at(last))
            assert handler == tried.handler

            assert (handler, {"suit": 1} if waits else {}) == (kit.standing("a-1", as_of=last).handler, night.spared)
            if waits:
                assert "terms that wait: suit 1" in night.summary()
                kit.take_court_step("a-1", CourtFact("withdrawn", last), at=at(last))
                assert self.handler(kit, 3) is None

    def test_without_a_referral_the_rules_decide(self, book):
        """
        As they do for whoever was only placed with the firm.
        """
        assert "advocates" != self.handler(book, 1)

    def test_what_is_paid_or_held_leaves_the_firm(self, ready):
        """
        A suit is no reason to keep working what may not be worked.
        """
        on = TODAY + timedelta(days=1)
        ready.hold(Hold("h-1", "insolvency", person="c-1", starts_on=on, reason="letter", review_on=on + timedelta(days=30)), at=at(on))

        assert self.handler(ready, 1) is None
