"""Suits on a kit: whatever is told in whatever order, a suit moves by the documented table, and none is brought that may not be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.court_page import rows

from collectkit import Account, Consumer, Hold, Kit, Money, Payment, Placement, plans
from collectkit.allocation import Handler
from collectkit.allocation.legal import LegalPolicy
from collectkit.allocation.sales import Price, SaleReason, SaleTerms
from collectkit.court import CourtFact, CourtStep
from collectkit.policy import load_policy
from collectkit.refusals import Refusal

OPENED_ON = date(2026, 3, 1)
PRESET = load_policy("us-bnpl")
FIRM = Handler("advocates", "Advocates", "law_firm", licences=["US-NY"])
POLICY = attrs.evolve(PRESET, allocation=attrs.evolve(PRESET.allocation, handlers=[FIRM], rules=[]), late_fees=None)
TERMS = LegalPolicy("USD", 1_000, ["contract", "statement"])
SALE = SaleTerms("nova", "USD", [Price(450)], stages=[])
TABLE = {(before, step): after for before, step, after in rows()}
STEP_NAMES = {step.value for step in CourtStep}
ENDS = {"satisfied", "dismissed", "withdrawn"}
BEFORE = {"documents_awaited", "ready"}


class CourtMachine(RuleBasedStateMachine):
    """The model knows the page, the documents that came, who has the account, what is owed, and the holds."""

    @initialize(referred=st.sampled_from((True, True, False)))
    def open(self, referred: bool) -> None:
        self.kit = Kit.open("memory://", policy=POLICY, actor="tests")
        self.today = OPENED_ON
        self.kit.register(Consumer("c-1", region="US-NY"), at=self.at)
        plan = plans.pay_in_4(Money(20_000, "USD"), bought_on=OPENED_ON)
        self.kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=self.at)
        self.today += timedelta(days=60)
        self.kit.place(Placement("a-1", "advocates", self.today), at=self.at)
        self.count, self.owed, self.firm = 0, 20_000, True
        self.held: Hold | None = None
        self.state, self.papers, self.last_on, self.hearing_on = "", set[str](), self.today, None
        self.papers_on = self.today
        self.last: CourtFact | None = None
        if referred:
            self.refer(needed=False)

    def teardown(self) -> None:
        self.kit.close_store()

    @property
    def at(self) -> datetime:
        return datetime.combine(self.today, time(18), UTC)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    @property
    def live(self) -> bool:
        return self.state not in ENDS | {""}

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(minor=st.integers(1, 9_000))
    def pay(self, minor: int) -> None:
        self.kit.post(Payment(self.name("p"), "a-1", Money(minor, "USD"), self.today), at=self.at)
        self.owed = max(0, self.owed - minor)

    @precondition(lambda self: not self.held)
    @rule()
    def complain(self) -> None:
        self.held = Hold(
            self.name("h"), "complaint", person="c-1", account="a-1", starts_on=self.today, reason="letter", review_on=self.today
        )
        self.kit.hold(self.held, at=self.at)

    @precondition(lambda self: self.held)
    @rule()
    def settle_the_complaint(self) -> None:
        self.kit.lift(self.held, on=self.today, reason="settled", at=self.at)
        self.held = None

    @precondition(lambda self: self.firm)
    @rule()
    def recall(self) -> None:
        self.kit.recall("a-1", on=self.today, reason="request", at=self.at)
        self.firm = False

    @precondition(lambda self: not self.firm and not self.held and self.owed)
    @rule()
    def place(self) -> None:
        self.firm = not isinstance(self.kit.try_place(Placement("a-1", "advocates", self.today), at=self.at), Refusal)

    @rule(needed=st.booleans())
    def is_referred(self, needed: bool) -> None:
        self.refer(needed)

    def refer(self, needed: bool) -> None:
        terms = TERMS if needed else attrs.evolve(TERMS, documents=[])
        outcome = self.kit.try_refer(self.name("r"), "a-1", terms, on=self.today, at=self.at)
        may = not self.live and self.firm and self.owed >= 1_000 and not self.held
        assert may is not isinstance(outcome, Refusal), outcome
        if may:
            self.state, self.papers = ("documents_awaited", set()) if needed else ("ready", set(TERMS.documents))
            self.last_on, self.last, self.hearing_on, self.papers_on = self.today, None, None, self.today

    @precondition(lambda self: self.state == "documents_awaited")
    @rule(document=st.sampled_from(TERMS.documents))
    def receive(self, document: str) -> None:
        outcome = self.kit.try_receive_document("a-1", document, on=self.today, at=self.at)
        assert not isinstance(outcome, Refusal), outcome
        self.papers_on = self.papers_on if document in self.papers else self.today
        self.papers.add(document)
        if self.papers == set(TERMS.documents):
            self.state = TABLE["documents_awaited", "the last document is there"]

    @rule(data=st.data(), any_step=st.sampled_from(CourtStep), back=st.integers(-1, 3), ahead=st.integers(0, 40))
    def something_happens(self, data: st.DataObject, any_step: CourtStep, back: int, ahead: int) -> None:
        following = sorted(step for before, step in TABLE if before == self.state and step in STEP_NAMES)
        if not following or data.draw(st.integers(0, 4)) == 4:
            self.step(any_step, back, ahead)
            return
        on_the_way = [step for step in following if TABLE[self.state, step] not in ENDS]
        self.step(CourtStep(data.draw(st.sampled_from([*on_the_way * 5, *following]))), 0, ahead)

    def step(self, step: CourtStep, back: int, ahead: int) -> None:
        on = self.today - timedelta(days=back)
        fact = CourtFact(step, on, hearing_on=on + timedelta(days=ahead) if step is CourtStep.HEARING_SET else None)
        outcome = self.kit.try_take_court_step("a-1", fact, at=self.at)
        if self.last == fact:
            assert not isinstance(outcome, Refusal)
            return
        may = self.live and (self.state, step.value) in TABLE and self.last_on <= on <= self.today
        if may and step in (CourtStep.FILED, CourtStep.OFFICER_INSTRUCTED):
            then = self.kit.standing("a-1", as_of=on)
            may = then.collectable_minor > 0 and not then.holds and not self.held
            may = may and (step is not CourtStep.FILED or (then.handler == "advocates" and on >= self.papers_on))
        assert may is not isinstance(outcome, Refusal), outcome
        if may:
            self.state, self.last_on, self.last, self.hearing_on = TABLE[self.state, step.value], on, fact, fact.hearing_on

    @invariant()
    def the_suit_is_where_the_page_says(self) -> None:
        suits = self.kit.suits("a-1")
        assert self.state == (suits[-1].state.value if suits else "")
        assert 1 >= sum(not suit.state.ended for suit in suits)
        listed = [suit.hearing_on for suit in self.kit.hearings(first=OPENED_ON, last=date.max)]
        assert listed == ([self.hearing_on] if self.state == "hearing_set" else [])

    @invariant()
    def what_is_in_court_is_not_for_sale(self) -> None:
        offer = self.kit.sale_offer("s-1", SALE, cut_off_on=self.today, at=self.at + timedelta(days=1))
        if self.live and self.state not in BEFORE and self.owed:
            assert [SaleReason.HELD_BACK] == [refusal.reason for _, refusal in offer.left_out]


TestCourt = CourtMachine.TestCase
TestCourt.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
