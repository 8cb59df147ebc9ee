from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectkit.errors import IdentifierError, PolicyError, TimeError
from collectkit.ledger import Charge, Payment, Undo
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import FeeTax, replay
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.due_date_change import DueDatePolicy, DueDateReason, DueDateUse, quote_due_date
from collectkit.schedules.quotes import PlanQuote, QuoteReason, accept_quote, quote_entries
from collectkit.testing.strategies import histories, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
FIRST = Payment("p-1", "a-1", Money(5000, "USD"), date(2026, 9, 1))
TODAY = date(2026, 9, 10)
BOOK = replay(PLAN, [FIRST], as_of=TODAY)
ASKED = datetime(2026, 9, 10, 12, tzinfo=UTC)
ANY = DueDatePolicy(overdue_allowed=True)


def quote(policy=DueDatePolicy(), *, book=BOOK, installment=2, move_to=date(2026, 9, 20), asked_at=ASKED, zone="UTC", use=DueDateUse()):
    return quote_due_date(
        book, policy, account="a-1", id="s-1", installment=installment, move_to=move_to, asked_at=asked_at, zone=zone, use=use
    )


class TestQuote:
    def test_the_rest_moves_along(self):
        """
        Five days later, and every later installment five days later too.
        """
        found = quote()

        assert ((date(2026, 9, 15), 5000), (date(2026, 9, 29), 5000), (date(2026, 10, 13), 5000)) == found.before
        assert ((date(2026, 9, 20), 5000), (date(2026, 10, 4), 5000), (date(2026, 10, 18), 5000)) == found.after
        assert (None, 0, 0) == (found.fee, found.moved_minor, found.days_past_due_after)

    def test_only_that_one(self):
        """
        The other installments stay where they are.
        """
        found = quote(DueDatePolicy(moves="one"))

        assert [date(2026, 9, 20), date(2026, 9, 29), date(2026, 10, 13)] == [day for day, _ in found.after]
        last = quote(DueDatePolicy(moves="one"), installment=4, move_to=date(2026, 10, 30))
        assert date(2026, 10, 30) == last.after[-1][0]

    def test_fee_is_part_of_the_quote(self):
        """
        The first of a month is free; the next costs two dollars, due with the installment.
        """
        policy = DueDatePolicy(free_per_person_month=1, fee=Money(200, "USD"))

        assert quote(policy).fee is None
        found = quote(policy, use=DueDateUse(0, 1))
        assert (Money(200, "USD"), 200) == (found.fee, found.moved_minor)
        assert (date(2026, 9, 20), 200) in found.after

    def test_the_fee_bears_its_tax(self):
        """
        Two dollars and 16 percent on them, or two dollars with the tax in them; the quote says all that is asked.
        """
        on_top = DueDatePolicy(fee=Money(200, "USD"), fee_tax=FeeTax(1600, "without_tax"))
        within = DueDatePolicy(fee=Money(200, "USD"), fee_tax=FeeTax(1600))

        assert [(Money(232, "USD"), 232), (Money(200, "USD"), 200)] == [(quote(p).fee, quote(p).moved_minor) for p in (on_top, within)]
        (fee,) = [entry for entry in accept_quote(BOOK, quote(on_top)) if isinstance(entry, Charge)]
        assert Money(32, "USD") == fee.tax

    def test_late_account_is_shown_its_days(self):
        """
        Where it may be asked while late, the quote says what becomes of the days.
        """
        late = replay(PLAN, [FIRST], as_of=date(2026, 9, 18))
        found = quote(ANY, book=late, move_to=date(2026, 9, 25), asked_at=datetime(2026, 9, 14, tzinfo=UTC))

        assert (3, 0) == (found.days_past_due_before, found.days_past_due_after)

    @pytest.mark.parametrize(
        ("policy", "more", "reason"),
        [
            ({"kinds": ("pay_in_30",)}, {}, DueDateReason.KIND),
            ({}, {"installment": 1}, DueDateReason.NOT_OPEN),
            ({}, {"installment": 9}, DueDateReason.NOT_OPEN),
            ({}, {"book": replay(PLAN, [], as_of=TODAY)}, DueDateReason.OVERDUE),
            ({"ask_hours_before": 24}, {"asked_at": datetime(2026, 9, 14, 0, 1, tzinfo=UTC)}, DueDateReason.ASKED_TOO_LATE),
            ({}, {"move_to": date(2026, 9, 15)}, DueDateReason.NOT_LATER),
            ({"days_max": 4}, {}, DueDateReason.TOO_FAR),
            ({"per_order_max": 1}, {"use": DueDateUse(1, 0)}, DueDateReason.PER_ORDER),
            ({"per_person_month_max": 2}, {"use": DueDateUse(0, 2)}, DueDateReason.PER_PERSON_MONTH),
            ({"moves": "one"}, {"move_to": date(2026, 9, 30)}, DueDateReason.PAST_NEXT),
            ({"term_days_max": 46}, {}, DueDateReason.PAST_TERM),
        ],
    )
    def test_refused(self, policy, more, reason):
        """
        Each rule of the policy refuses with its own reason.
        """
        refused = quote(DueDatePolicy(**policy), **more)

        assert isinstance(refused, Refusal)
        assert reason is refused.reason

    def test_hours_are_counted_to_local_midnight(self):
        """
        In Los Angeles the fifteenth begins seven hours after it does in UTC.
        """
        asked = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
        policy = DueDatePolicy(ask_hours_before=24)

        assert isinstance(quote(policy, asked_at=asked, zone="America/Los_Angeles"), PlanQuote)
        assert isinstance(quote(policy, asked_at=asked), Refusal)
        with pytest.raises(TimeError):
            quote(asked_at=datetime(2026, 9, 14))  # noqa: DTZ001

    def test_within_the_term(self):
        """
        The last due date may lie on the last day of the legal term.
        """
        assert isinstance(quote(DueDatePolicy(term_days_max=47)), PlanQuote)

    @pytest.mark.parametrize("bad", [{"days_max": -1}, {"moves": "two"}, {"fee": Money(0, "USD")}, {"per_order_max": 1.0}])
    def test_no_policy(self, bad):
        """
        A policy that says nothing sensible is not loaded.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            DueDatePolicy(**bad)


class TestUse:
    def test_counted_from_entries(self):
        """
        One change of this order, two of the person this month; what was undone is not counted.
        """
        (mine, *_) = quote(DueDatePolicy(moves="one")).entries
        other = quote_due_date(
            BOOK, DueDatePolicy(), account="a-2", id="s-2", installment=3, move_to=date(2026, 10, 1), asked_at=ASKED, zone="UTC"
        ).entries
        entries = quote(DueDatePolicy(moves="one")).entries

        assert DueDateUse(1, 2) == DueDateUse.of(entries, (*entries, *other), TODAY)
        assert DueDateUse(1, 0) == DueDateUse.of(entries, entries, date(2026, 10, 1))
        undo = Undo("u-1", "a-1", mine.id, "reschedule", TODAY)
        assert DueDateUse(0, 0) == DueDateUse.of((*entries, undo), (*entries, undo), TODAY)
        again = Undo("u-2", "a-1", "u-1", "undo", TODAY)
        assert DueDateUse(1, 1) == DueDateUse.of((*entries, undo, again), (*entries, undo, again), TODAY)

    def test_ids_are_of_one_account(self):
        """
        Two accounts had a change under one id, and it was undone on one of them: the other counts.
        """
        (mine, *_) = quote().entries
        other = attrs.evolve(mine, account="a-2")
        undo = Undo("u-1", "a-2", other.id, "reschedule", TODAY)

        assert DueDateUse(1, 1) == DueDateUse.of([mine], [mine, other, undo], TODAY)

    def test_what_is_no_id_asks_for_nothing(self):
        """
        However long it is: no digest stands for it.
        """
        with pytest.raises(IdentifierError, match="1 to 128 characters, got 129"):
            quote_due_date(
                BOOK, DueDatePolicy(), account="a-1", id="x" * 129, installment=3, move_to=date(2026, 10, 1), asked_at=ASKED, zone="UTC"
            )

    def test_a_change_counts_however_its_id_ends(self):
        """
        What goes back where one date moves is no change; a change whose id ends as that one's is one.
        """
        changed = quote_due_date(
            BOOK, DueDatePolicy(), account="a-1", id="s/next", installment=3, move_to=date(2026, 10, 1), asked_at=ASKED, zone="UTC"
        )

        assert DueDateUse(1, 1) == DueDateUse.of(changed.entries, changed.entries, TODAY)


class TestAcceptance:
    @given(
        plan=plans(),
        entries=histories(),
        number=st.integers(1, 5),
        days=st.integers(1, 30),
        fee=st.none() | st.just(Money(200, "USD")),
        moves=st.sampled_from(("rest", "one")),
    )
    def test_acceptance_does_what_the_quote_said(self, plan, entries, number, days, fee, moves):
        """
        After posting the entries of the quote, dates and amounts are those quoted; only the fee is added, and no cent is lost.
        """
        book = replay(plan, entries, as_of=date(2026, 2, 1))
        rows = [due for due, source in enumerate(book.sources) if source == number]
        assume(rows)
        found = quote_due_date(
            book,
            DueDatePolicy(overdue_allowed=True, fee=fee, moves=moves),
            account="a-1",
            id="s-1",
            installment=number,
            move_to=book.due_on[rows[0]] + timedelta(days=days),
            asked_at=datetime(2025, 1, 1, tzinfo=UTC),
            zone="UTC",
        )
        assume(isinstance(found, PlanQuote))
        posted = accept_quote(book, found)
        assert not isinstance(posted, Refusal)
        after = replay(plan, (*entries, *posted), as_of=book.as_of)

        unpaid = sorted((day, after.unpaid_of(due)) for due, day in enumerate(after.due_on) if after.unpaid_of(due))
        assert list(found.after) == unpaid
        assert found.moved_minor == after.balances().outstanding_minor - book.balances().outstanding_minor
        assert found.moved_minor == max(0, (fee.minor if fee else 0) - book.unapplied_minor) or book.unapplied_minor
        assert plan.total_minor == after.plan.total_minor

    def test_another_day(self):
        """
        A quote holds for its day.
        """
        found = quote()
        tomorrow = replay(PLAN, [FIRST], as_of=date(2026, 9, 11))

        assert QuoteReason.EXPIRED is accept_quote(tomorrow, found).reason

    def test_something_came_between(self):
        """
        A payment since then may have settled what was to be moved.
        """
        changed = replay(PLAN, [FIRST, Payment("p-2", "a-1", Money(100, "USD"), TODAY)], as_of=TODAY)

        assert QuoteReason.BOOK_CHANGED is accept_quote(changed, quote()).reason

    def test_any_entries_can_be_quoted(self):
        """
        A quote is nothing but entries and what they would do.
        """
        found = quote_entries(BOOK, [], account="a-1")

        assert found.before == found.after
