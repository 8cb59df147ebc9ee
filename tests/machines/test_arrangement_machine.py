"""One account at one arrangement: plans, settlements, relief and promises on a kit, whatever comes when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from collectkit import Account, Consumer, Hold, Kit, Money, Payment, Promise, Reversal, plans
from collectkit.arrangements import Item, PromiseVerdict
from collectkit.arrangements.affordability import Budget
from collectkit.arrangements.bidding import Bid, NegotiationStatus, replayed
from collectkit.arrangements.hardship import Hardship, Measure
from collectkit.arrangements.lifecycles import ARRANGEMENT, reachable
from collectkit.arrangements.living import ArrangementStatus, settling
from collectkit.arrangements.negotiation import BiddingPolicy
from collectkit.arrangements.offers import Continuing, OfferPolicy
from collectkit.arrangements.payment_plans import PlanPolicy
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementTerms, SettlementVoided
from collectkit.facts import fold_account, kept_still, promise_states
from collectkit.holds import holds_in
from collectkit.ledger import Chargeback, ChargebackPosted, Credit, EntryUndone, PaymentPosted, PaymentReversed, Undo
from collectkit.policy import load_policy
from collectkit.refusals import Refusal

BOUGHT_ON = date(2026, 9, 1)
BIDDING = BiddingPolicy(floor_bp=((0, 4_000),), lockout_days=3, days=6)
POLICY = attrs.evolve(
    load_policy("us-bnpl"),
    late_fees=None,
    plans=PlanPolicy(every=(7,), minimum_minor=100, grace_days=1, cure_days=3),
    settlements=OfferPolicy(floor_bp=2_000, days_max=30, grace_days=1, kept_bp=(10_000,)),
    bidding=BIDDING,
)
STEPS = reachable(ARRANGEMENT)
SHORT = st.sampled_from([0, 0, 1])
AFTER = ["", "", "bounces", "charged back", "withdrawn"]


class ArrangementMachine(RuleBasedStateMachine):
    @initialize(minor=st.integers(2_000, 20_000))
    def open(self, minor):
        self.kit, self.today, self.count, self.stands, self.last = Kit.open("memory://", policy=POLICY, actor="tests"), BOUGHT_ON, 0, {}, {}
        self.held, self.charged_back = [], {}
        self.kit.register(Consumer("c-1", name="Test Consumer", region="US-NY"), at=self.at)
        self.asked = {}
        for account in ("a-1", "a-2"):
            plan = plans.pay_in_4(Money(minor, "USD"), bought_on=BOUGHT_ON)
            self.kit.open_account(Account(account, consumer="c-1", plan=plan), at=self.at)
            self.asked[account] = minor

    @property
    def at(self):
        return datetime.combine(self.today, time(18), UTC)

    def name(self, kind):
        self.count += 1
        return f"{kind}-{self.count:03d}"

    def states(self, account):
        return self.kit.arrangements(account, as_of=self.today)

    def pick(self, data, *statuses):
        found = sorted({(a, s.arrangement.id) for a in self.asked for s in self.states(a) if s.status in statuses})
        return data.draw(st.sampled_from(found)) if found else None

    @rule(days=st.integers(1, 8))
    def nights_pass(self, days):
        for _ in range(days):
            self.today += timedelta(days=1)
            self.kit.run_night(as_of=self.today, at=self.at)
            self.follow()

    @rule(account=st.sampled_from(["a-1", "a-2"]), share=st.integers(5, 110), back=st.integers(0, 4))
    def pay(self, account, share, back):
        owed = self.kit.standing(account, as_of=self.today).outstanding_minor
        minor, id = max(1, owed * share // 100), self.name("p")
        self.kit.post(Payment(id, account, Money(minor, "USD"), max(BOUGHT_ON, self.today - timedelta(days=back))), at=self.at)
        self.stands[id] = (account, minor)

    @rule(data=st.data())
    def bounce(self, data):
        if self.stands:
            id = data.draw(st.sampled_from(sorted(self.stands)))
            account, _ = self.stands.pop(id)
            self.kit.reverse(Reversal(f"r-{id}", account, id, self.today), at=self.at)

    @rule(data=st.data(), share=st.sampled_from([30, 100]))
    def charge_back(self, data, share):
        """The payer's bank takes a part of a payment back, perhaps a further one."""
        if self.stands:
            payment = data.draw(st.sampled_from(sorted(self.stands)))
            account, minor = self.stands[payment]
            part, id = max(1, minor * share // 100), self.name("cb")
            outcome = self.kit.try_move(Chargeback(id, account, payment, Money(part, "USD"), self.today), at=self.at)
            if not isinstance(outcome, Refusal):
                self.charged_back[id] = (account, payment, part)

    @rule(data=st.data())
    def withdraw(self, data):
        """The bank withdraws a chargeback."""
        if self.charged_back:
            id = data.draw(st.sampled_from(sorted(self.charged_back)))
            account, _, _ = self.charged_back.pop(id)
            self.kit.undo(Undo(f"w-{id}", account, id, "chargeback", self.today, "withdrawn"), at=self.at)

    @rule(data=st.data(), left=st.integers(1_000, 90_000), both=st.booleans(), replaces=st.booleans())
    def quote(self, data, left, both, replaces):
        budget = Budget(income_minor=left, expenses_minor=0, payday=self.today)
        old = self.pick(data, ArrangementStatus.ACTIVE) if replaces else None
        accounts = ["a-1", "a-2"] if both else [data.draw(st.sampled_from(["a-1", "a-2"]))]
        self.kit.try_quote_plan(self.name("plan"), accounts, budget, at=self.at, replaces=old[1] if old else None)

    @rule(account=st.sampled_from(["a-1", "a-2"]), share=st.integers(20, 99), parts=st.integers(1, 2), days=st.integers(0, 9))
    def offer(self, account, share, parts, days):
        owed = self.kit.standing(account, as_of=self.today).outstanding_minor
        total = owed * share // 100
        if total >= parts:
            items = [(self.today + timedelta(days=days + 7 * n), part.minor) for n, part in enumerate(Money(total, "USD").split(parts))]
            self.kit.try_offer_settlement(self.name("set"), account, items, at=self.at, continuing=Continuing(collected_bp=0))

    @rule(
        account=st.sampled_from(["a-1", "a-2"]), share=st.integers(30, 90), short=st.sampled_from([0, 0, 1]), after=st.sampled_from(AFTER)
    )
    def settle(self, account, share, short, after):
        """From the offer to the night after all of it came, or all but a cent; then perhaps the payment is taken back, or more."""
        total, id = self.kit.standing(account, as_of=self.today).outstanding_minor * share // 100, self.name("set")
        items = [(self.today + timedelta(days=1), total)]
        if total <= short:
            return
        offered = self.kit.try_offer_settlement(id, account, items, at=self.at, continuing=Continuing(collected_bp=0))
        if isinstance(offered, Refusal) or isinstance(self.kit.try_take(account, id, at=self.at), Refusal):
            return
        if isinstance(self.kit.try_start(account, id, at=self.at), Refusal):
            return
        paid = self.name("p")
        self.kit.post(Payment(paid, account, Money(total - short, "USD"), self.today), at=self.at)
        self.stands[paid] = (account, total - short)
        self.nights_pass(1)
        before = self.status_of(account, id)
        if after == "bounces":
            del self.stands[paid]
            self.kit.reverse(Reversal(f"r-{paid}", account, paid, self.today), at=self.at)
            self.nights_pass(1)
        elif after:
            back = Chargeback(f"cb-{paid}", account, paid, Money(1, "USD"), self.today)
            self.kit.chargeback(back, at=self.at)
            self.charged_back[back.id] = (account, paid, 1)
            self.nights_pass(1)
            if after == "withdrawn":
                del self.charged_back[back.id]
                self.kit.undo(Undo(f"w-{paid}", account, back.id, "chargeback", self.today, "withdrawn"), at=self.at)
                self.nights_pass(1)
                assert before is not ArrangementStatus.FULFILLED or before is self.status_of(account, id)

    def status_of(self, account, id):
        return next(state.status for state in self.states(account) if state.arrangement.id == id)

    @rule(data=st.data(), needs=st.sampled_from(["", "", "a second person"]))
    def take(self, data, needs):
        if found := self.pick(data, ArrangementStatus.QUOTED, ArrangementStatus.EXPIRED):
            self.kit.try_take(*found, at=self.at, needs=needs)

    @rule(data=st.data())
    def start(self, data):
        if found := self.pick(data, ArrangementStatus.PROPOSED, ArrangementStatus.PENDING_APPROVAL):
            before = {s.arrangement.id: s.status for a in self.asked for s in self.states(a)}
            outcome = self.kit.try_start(*found, at=self.at)
            assert before[found[1]] is ArrangementStatus.PROPOSED or isinstance(outcome, Refusal)

    @rule(data=st.data())
    def end(self, data):
        if found := self.pick(data, *ArrangementStatus):
            self.kit.try_end_arrangement(*found, reason="asked", at=self.at)

    @rule(account=st.sampled_from(["a-1", "a-2"]), ahead=st.sampled_from([0, 0, 3]), days=st.integers(0, 20), replaces=st.booleans())
    def relieve(self, account, ahead, days, replaces):
        starts_on = self.today + timedelta(days=ahead)
        ends_on = starts_on + timedelta(days=days)
        active = [s.arrangement.id for s in self.states(account) if s.status is ArrangementStatus.ACTIVE]
        relief = Hardship(self.name("rel"), "c-1", [Measure("holiday", starts_on, ends_on)], ends_on, "asked")
        self.kit.try_grant(account, attrs.evolve(relief, replaces=active[0] if active and replaces else None), at=self.at)

    @rule(account=st.sampled_from([None, "a-1", "a-2"]), back=st.integers(0, 9), days=st.none() | st.integers(0, 9))
    def hold(self, account, back, days):
        starts_on = max(BOUGHT_ON, self.today - timedelta(days=back))
        end = {"review_on": starts_on} if days is None else {"ends_on": starts_on + timedelta(days=days)}
        made = Hold(self.name("h"), "hardship", person="c-1", account=account, starts_on=starts_on, reason="asked", **end)
        self.kit.hold(made, at=self.at)
        self.held.append(made)

    @rule(data=st.data(), back=st.integers(0, 9))
    def lift(self, data, back):
        if self.held:
            one = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            self.kit.lift(one, on=max(one.starts_on, self.today - timedelta(days=back)), reason="decided", at=self.at)

    @rule(account=st.sampled_from(["a-1", "a-2"]))
    def negotiate(self, account):
        self.kit.try_start_negotiation(self.name("neg"), account, at=self.at)

    @rule(account=st.sampled_from(["a-1", "a-2"]), share=st.integers(1, 100), standing=st.booleans())
    def bid(self, account, share, standing):
        if found := self.kit.negotiations(account, as_of=self.at):
            minor = found[-1].offer.minor if standing else max(1, self.asked[account] * share // 100)
            self.kit.try_bid(Bid(self.name("bid"), found[-1].id, account, Money(minor, "USD")), at=self.at)

    @rule(account=st.sampled_from(["a-1", "a-2"]), shares=st.lists(st.integers(1, 60), min_size=2, max_size=3), named=st.booleans())
    def bid_in_stages(self, account, shares, named):
        if found := self.kit.negotiations(account, as_of=self.at):
            minors = [max(1, self.asked[account] * share // 100) for share in shares]
            last = [one for one in self.kit.negotiation_log(account) if one.started.id == found[-1].id][-1].answers[-1:]
            if named and last and last[0].terms:
                minors = [item.amount.minor for item in last[0].terms]
            items = [Item(self.today + timedelta(days=7 * n), Money(minor, "USD")) for n, minor in enumerate(minors, 1)]
            self.kit.try_bid(Bid(self.name("bid"), found[-1].id, account, Money(sum(minors), "USD"), items), at=self.at)

    @invariant()
    def offers_never_rise_and_everybody_is_answered_alike(self):
        for account in getattr(self, "asked", ()):
            log = self.kit.negotiation_log(account)
            assert all(replayed(one, BIDDING) for one in log)
            for one in log:
                offers = [one.started.opening_minor, *(answered.offer_minor for answered in one.answers)]
                assert offers == sorted(offers, reverse=True)
            open_ = [s for s in self.kit.negotiations(account, as_of=self.at) if s.status is NegotiationStatus.OPEN]
            assert len(open_) <= 1

    @rule(account=st.sampled_from(["a-1", "a-2"]), minor=st.integers(1, 900), days=st.integers(0, 9))
    def promise(self, account, minor, days):
        due_on = self.today + timedelta(days=days)
        self.kit.try_promise(Promise(self.name("pr"), account, Money(minor, "USD"), due_on, self.at), at=self.at)

    # What must hold

    def follow(self):
        """Each arrangement has moved by rows of the table, at most three of them between two nights."""
        now = {(a, s.arrangement.id): s.status.value for a in self.asked for s in self.states(a)}
        for key, status in now.items():
            reach = {self.last.get(key, "")}
            for _ in range(4):
                reach |= {to for origin, to in STEPS if origin in reach}
            assert status in reach, f"{key}: {self.last.get(key, '')} became {status}"
        self.last = now
        for account in self.asked:
            self.what_is_given_up_was_paid_for(account)

    def what_is_given_up_was_paid_for(self, account):
        """After a night no settlement has given up anything but one of which all stages stand paid since it began."""
        bodies = [envelope.body for envelope in self.kit.history(account)]
        back = {body.reversal.payment for body in bodies if isinstance(body, PaymentReversed)}
        paid = [body.payment for body in bodies if isinstance(body, PaymentPosted) and body.payment.id not in back]
        withdrawn = {body.undo.entry for body in bodies if isinstance(body, EntryUndone) and body.undo.kind == "chargeback"}
        taken = [body.chargeback for body in bodies if isinstance(body, ChargebackPosted) and body.chargeback.id not in withdrawn]
        for state in self.states(account):
            one = state.arrangement
            if isinstance(one.terms, SettlementTerms) and one.fulfilled is not None and one.voided is None:
                mine = {p.id: p.amount.minor for p in paid if p.value_on >= one.started_on}
                gone = sum(one.amount.minor for one in taken if one.payment in mine)
                assert sum(mine.values()) - gone >= one.terms.total_minor
                assert state.status is ArrangementStatus.FULFILLED
            elif isinstance(one.terms, SettlementTerms) and one.voided is not None:
                assert state.status is ArrangementStatus.BREACHED

    @invariant()
    def one_account_does_one_thing(self):
        for account in getattr(self, "asked", ()):
            active = [s for s in self.states(account) if s.status is ArrangementStatus.ACTIVE]
            facts = fold_account([envelope.body for envelope in self.kit.history(account)])
            facts = kept_still(facts, *holds_in([envelope.body for envelope in self.kit.person_history("c-1")]))
            judged = promise_states(facts, self.today, waterfall=POLICY.waterfall, policy=POLICY.promises)
            promised = [s for s in judged if s.verdict is PromiseVerdict.OPEN]
            standing = self.kit.standing(account, as_of=self.today)
            assert len(active) + bool(promised) <= 1, f"{account}: {active} {promised}"
            assert bool(active or promised) == bool(standing.agreed)
            assert not active or standing.agreed == active[0].arrangement.kind
            # Somebody will look at it again: nothing that is live outlasts the day on which it is judged.
            assert all(s.changes_on is None or standing.valid_through < s.changes_on for s in active)
            waits = any(end == date.max for _, end in facts.still)
            assert all(s.changes_on is not None or waits or isinstance(s.arrangement.terms, Hardship) for s in active)

    @invariant()
    def never_are_both_the_debt_and_the_discount_gone(self):
        for account, asked in getattr(self, "asked", {}).items():
            standing = self.kit.standing(account, as_of=self.today)
            received = sum(minor for of, minor in self.stands.values() if of == account)
            received -= sum(minor for of, payment, minor in self.charged_back.values() if of == account and payment in self.stands)
            given = 0
            for state in self.states(account):
                one = state.arrangement
                if isinstance(one.terms, SettlementTerms) and one.fulfilled is not None and one.voided is None and one.fulfilled.credit:
                    given += one.fulfilled.credit.amount.minor
                    assert one.fulfilled.credit.amount.minor <= one.terms.discount_minor
            assert standing.outstanding_minor - standing.credit_minor == asked - received - given


ArrangementMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestArrangementMachine = ArrangementMachine.TestCase


@pytest.mark.soak
class TestArrangementMachineForLong(ArrangementMachine.TestCase):
    settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def _fulfilled_at_once(one, payments, returned=(), *, as_of, outstanding_minor, still=None):
    """Give the rest up on the first night of a settlement, whatever was paid."""
    if not isinstance(one.terms, SettlementTerms) or one.started_on is None or one.fulfilled is not None or one.ended is not None:
        return None
    minor = min(one.terms.discount_minor, outstanding_minor(as_of))
    rest = Credit(f"{one.id}/rest", one.terms.account, Money(minor, "USD"), as_of, "goodwill", "settled") if minor else None
    return SettlementFulfilled(one.id, as_of, rest)


def _never_voided(one, payments, returned=(), **how):
    """Leave what was given up as it is when a payment bounces."""
    found = settling(one, payments, returned, **how)
    return None if isinstance(found, SettlementVoided) else found


def _deaf_to_chargebacks(one, payments, returned=(), **how):
    """Hear of reversals alone."""
    return settling(one, payments, [back for back in returned if isinstance(back, Reversal)], **how)


def _void_for_ever(one, payments, returned=(), **how):
    """Leave the debt as it is when what was taken back of a settlement comes again."""
    return None if one.voided is not None else settling(one, payments, returned, **how)


class TestSaboteurs:
    """Each fault that the machine is there for, planted: it is found."""

    @pytest.mark.parametrize(
        ("place", "fault"),
        [
            ("collectkit.arrangements.agreeing._room", lambda arrangement, others: ()),
            ("collectkit.servicing.night.settling", _fulfilled_at_once),
            ("collectkit.servicing.night.settling", _never_voided),
            ("collectkit.servicing.night.settling", _deaf_to_chargebacks),
            ("collectkit.servicing.night.settling", _void_for_ever),
            ("collectkit.arrangements.living._changes_on", lambda *args: None),
        ],
        ids=[
            "two arrangements at once",
            "given up before it is paid",
            "given up although the payment bounced",
            "given up although charged back",
            "void for ever",
            "nobody looks again",
        ],
    )
    def test_it_is_convicted(self, place, fault, monkeypatch):
        """
        Within a few hundred lives.
        """
        monkeypatch.setattr(place, fault)
        hunt = settings(max_examples=400, stateful_step_count=25, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
        with pytest.raises(AssertionError):
            run_state_machine_as_test(ArrangementMachine, settings=hunt)
