from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import Application
from collectkit.schedules import COMPONENT_FIRST, INSTALLMENT_FIRST, REFUND_ORDERS, Dues, Slot, Waterfall, split
from collectkit.schedules.waterfall import PHASES, order_with_tax
from collectkit.testing.strategies import days, dues, minor_units, waterfalls

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
OWED = Dues((JUNE, JULY, AUGUST), (0, 700, 100, 5000, 0, 0, 0, 90, 5000, 0, 50, 0, 80, 5000, 0))


def remaining(owed, taken):
    left = list(owed.owed)
    for slot, minor in taken:
        left[slot] -= minor
    return attrs.evolve(owed, owed=tuple(left))


class TestInstallmentFirst:
    def test_oldest_is_paid_whole_before_the_next(self):
        """
        By installment: all of June, fee first, before anything of July.
        """
        made = split(6000, OWED, INSTALLMENT_FIRST, on=date(2026, 7, 15))

        assert ((1, 700), (2, 100), (3, 5000), (7, 90), (8, 110)) == made.taken
        assert made.unapplied == 0

    def test_rows_name_due_and_component(self):
        """
        Rows are made on demand, with the names of the dues.
        """
        made = split(750, OWED, INSTALLMENT_FIRST, on=JULY)

        expected = (Application("installment 1", "fee", 700), Application("installment 1", "interest", 50))
        assert expected == made.applications(["installment 1", "installment 2", "installment 3"])

    def test_overpayment_stays_unapplied(self):
        """
        What finds nothing to pay is left, never a negative principal.
        """
        assert split(sum(OWED.owed) + 5, OWED, INSTALLMENT_FIRST, on=JULY).unapplied == 5

    def test_dues_of_one_day_are_one_installment(self):
        """
        A fee that falls due with an installment is paid before its principal, as the order says.
        """
        same_day = Dues((JUNE, JUNE), (0, 0, 0, 5000, 0, 0, 700, 0, 0, 0))

        assert ((6, 700), (3, 300)) == split(1000, same_day, INSTALLMENT_FIRST, on=JULY).taken

    def test_each_phase_has_its_own_component_order(self):
        """
        Interest before the fee of what is past due, and principal before interest of what is in advance.
        """
        order = list(INSTALLMENT_FIRST.order)
        order[1], order[2] = order[2], order[1]
        order[12], order[14] = order[14], order[12]
        made = split(15_960, OWED, Waterfall(order), on=JULY)

        assert ((2, 100), (1, 700), (3, 5000), (7, 90), (8, 5000), (10, 50), (13, 5000), (12, 20)) == made.taken

    def test_future_may_come_before_the_past(self):
        """
        The phases are taken in the order given, whatever it is.
        """
        order = INSTALLMENT_FIRST.order
        made = split(5130, OWED, Waterfall(order[10:] + order[:10]), on=JULY)

        assert ((10, 50), (12, 80), (13, 5000)) == made.taken


class TestComponentFirst:
    def test_all_fees_before_any_interest(self):
        """
        By component: within what is past due each component over all installments; then what is due, then the future.
        """
        made = split(6000, OWED, COMPONENT_FIRST, on=date(2026, 7, 15))

        assert ((1, 700), (2, 100), (7, 90), (3, 5000), (8, 110)) == made.taken

    def test_due_today_is_not_past_due(self):
        """
        The due date itself is in time.
        """
        made = split(5890, OWED, COMPONENT_FIRST, on=JULY)

        assert ((1, 700), (2, 100), (3, 5000), (7, 90)) == made.taken


class TestTax:
    TAXED = Dues((JUNE, JULY), (0, 700, 100, 5000, 128, 0, 0, 90, 5000, 14))

    def test_tax_comes_after_what_it_is_levied_on(self):
        """
        Where nothing else is said: fee, interest, the tax on both, and then principal.
        """
        made = split(6000, self.TAXED, INSTALLMENT_FIRST, on=date(2026, 7, 15))

        assert ((1, 700), (2, 100), (4, 128), (3, 5000), (7, 72)) == made.taken

    def test_all_tax_before_any_principal_by_component(self):
        """
        By component: the tax of every late installment, oldest first, before the principal of any.
        """
        made = split(1132, self.TAXED, COMPONENT_FIRST, on=date(2026, 7, 15))

        assert ((1, 700), (2, 100), (7, 90), (4, 128), (9, 14), (3, 100)) == made.taken

    def test_tax_may_stand_anywhere(self):
        """
        A contract that pays the tax first, and one that pays it last.
        """
        first = [Slot(phase, name) for phase in PHASES for name in ("tax", "penalty", "fee", "interest", "principal")]
        last = [Slot(phase, name) for phase in PHASES for name in ("penalty", "fee", "interest", "principal", "tax")]

        assert ((4, 128), (1, 72)) == split(200, self.TAXED, Waterfall(first), on=JULY).taken
        assert ((1, 700), (2, 100), (3, 5000), (4, 128), (7, 72)) == split(6000, self.TAXED, Waterfall(last), on=JULY).taken

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            (("penalty", "fee", "interest", "principal"), ("penalty", "fee", "interest", "tax", "principal")),
            (("interest", "principal", "fee", "penalty"), ("interest", "principal", "fee", "penalty", "tax")),
            (("principal", "interest", "fee", "penalty"), ("principal", "interest", "fee", "penalty", "tax")),
            (("interest", "fee", "principal", "penalty"), ("interest", "fee", "principal", "penalty", "tax")),
        ],
    )
    @pytest.mark.parametrize("by", ["installment", "component"])
    def test_twelve_slots_are_read_with_tax_in_its_place(self, written, read, by):
        """
        An order of before there was tax: directly after the last of penalty, fee and interest, in each phase.
        """
        twelve = Waterfall([Slot(phase, name) for phase in PHASES for name in written], by=by)
        fifteen = Waterfall([Slot(phase, name) for phase in PHASES for name in read], by=by)

        assert fifteen == twelve
        assert len(twelve.order) == 15

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            (("fee", "tax", "interest"), ("fee", "tax", "interest")),
            (("tax",), ("tax",)),
            ((), ()),
            (("principal",), ("principal", "tax")),
            (("fee",), ("fee", "tax")),
            (("principal", "fee"), ("principal", "fee", "tax")),
            (("fee", "principal"), ("fee", "tax", "principal")),
        ],
    )
    def test_an_order_of_some_components_has_tax_too(self, written, read):
        """
        Where it is named it stays; where nothing is ordered nothing is; after principal alone it comes last.
        """
        assert read == order_with_tax(written)
        assert read == order_with_tax(iter(written))

    def test_each_phase_has_tax_where_its_own_order_has_it(self):
        """
        What is late pays its costs before principal, and the tax with them; what is due pays principal first, and tax last.
        """
        late, early = ("penalty", "fee", "interest", "principal"), ("principal", "interest", "fee", "penalty")
        rows = dict(zip(PHASES, (late, early, late), strict=True))
        mixed = Waterfall([Slot(phase, name) for phase, row in rows.items() for name in row])

        assert ("penalty", "fee", "interest", "tax", "principal") == tuple(slot.component for slot in mixed.order[:5])
        assert ("principal", "interest", "fee", "penalty", "tax") == tuple(slot.component for slot in mixed.order[5:10])
        assert ("penalty", "fee", "interest", "tax", "principal") == tuple(slot.component for slot in mixed.order[10:])

    def test_phases_may_be_mixed_by_component(self):
        """
        All interest before all principal, whatever its phase: the tax of a phase follows the last cost of that phase.
        """
        names = ("penalty", "fee", "interest", "principal")
        mixed = Waterfall([Slot(phase, name) for name in names for phase in PHASES], by="component")

        rows = ("past_due.interest", "past_due.tax", "due.interest", "due.tax", "in_advance.interest", "in_advance.tax")
        assert rows == tuple(map(str, mixed.order[6:12]))

    def test_tax_is_named_in_each_phase_or_in_none(self):
        """
        Fourteen slots are an order that somebody did not finish.
        """
        with pytest.raises(PolicyError, match=r"missing: due\.tax; named twice: none"):
            Waterfall([slot for slot in INSTALLMENT_FIRST.order if slot != Slot("due", "tax")])
        with pytest.raises(PolicyError, match=r"missing: due\.tax, in_advance\.tax; named twice: none"):
            Waterfall([slot for slot in INSTALLMENT_FIRST.order if slot.component != "tax" or slot.phase == "past_due"])

    @given(amount=minor_units(0), owed=dues(), order=waterfalls(), on=days())
    def test_where_nobody_owes_tax_its_place_changes_nothing(self, amount, owed, order, on):
        """
        An order of twelve slots pays what it always paid, wherever tax is put.
        """
        untaxed = attrs.evolve(owed, owed=tuple(0 if at % 5 == 4 else minor for at, minor in enumerate(owed.owed)))
        twelve = attrs.evolve(order, order=[slot for slot in order.order if slot.component != "tax"])

        assert split(amount, untaxed, order, on) == split(amount, untaxed, twelve, on)


class TestFuture:
    DUES = Dues((date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)), (0, 0, 0, 1000, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 1000, 0))

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("due_first", ((3, 1000), (8, 100))),
            ("next_first", ((8, 1000), (13, 100))),
            ("last_first", ((13, 1000), (8, 100))),
            ("even", ((8, 550), (13, 550))),
            ("shorten_tail", ((3, 1000), (13, 100))),
        ],
    )
    def test_five_orders_for_a_refund(self, name, expected):
        """
        Eleven dollars on the first due date of three; what is to come is two installments of ten.
        """
        assert expected == split(1100, self.DUES, REFUND_ORDERS[name], on=JULY).taken

    def test_what_does_not_divide_goes_to_the_last(self):
        """
        Seven cents over two installments are four and three, a half being even.
        """
        assert ((8, 4), (13, 3)) == split(7, self.DUES, REFUND_ORDERS["even"], on=JULY).taken
        assert ((13, 1),) == split(1, self.DUES, REFUND_ORDERS["even"], on=JULY).taken

    def test_what_one_cannot_use_the_others_share(self):
        """
        The installment that owes less is filled, and the rest is shared again.
        """
        dues = Dues(self.DUES.due_on, (0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 1000, 0))

        assert {8: 100, 13: 700} == totals(split(800, dues, REFUND_ORDERS["even"], on=JULY).taken)

    def test_there_is_no_fourth_rule(self):
        """
        The next one, the last one, or all of them.
        """
        with pytest.raises(PolicyError, match="'sooner'"):
            Waterfall(INSTALLMENT_FIRST.order, future="sooner")

    @given(amount=minor_units(0), owed=dues(), order=waterfalls(), future=st.sampled_from(["next", "last", "reamortize"]), on=days())
    def test_nothing_is_created_or_lost_by_any_rule(self, amount, owed, order, future, on):
        """
        Parts within what is owed, and all of it accounted for; nothing is left over while anything is open.
        """
        made = split(amount, owed, attrs.evolve(order, future=future), on)
        put = totals(made.taken)

        assert amount == sum(put.values()) + made.unapplied
        assert all(0 < minor <= owed.owed[slot] for slot, minor in put.items())
        assert made.unapplied == max(0, amount - sum(owed.owed))


def totals(taken):
    """Add up what went to each position."""
    found = {}
    for slot, minor in taken:
        found[slot] = found.get(slot, 0) + minor
    return found


class TestRefusals:
    def test_order_must_be_a_permutation(self):
        """
        The message names what is missing and what is double.
        """
        order = (*INSTALLMENT_FIRST.order[:14], INSTALLMENT_FIRST.order[0])

        with pytest.raises(PolicyError, match=r"missing: in_advance\.principal; named twice: past_due\.penalty"):
            Waterfall(order)

    def test_by_installment_keeps_phases_together(self):
        """
        Going installment by installment inside a phase needs the phase in one piece.
        """
        order = INSTALLMENT_FIRST.order
        mixed = (order[5], *order[:5], *order[6:])

        assert Waterfall(mixed, by="component").order == mixed
        with pytest.raises(PolicyError, match="together"):
            Waterfall(mixed)

    def test_slot_is_read_as_written_in_policies(self):
        """
        A slot is a phase, a point and a component; nothing else.
        """
        assert Slot("due", "fee") == Slot.of("due.fee")
        with pytest.raises(PolicyError, match="late"):
            Slot.of("late.fee")

    def test_style_is_one_of_two(self):
        """
        There is no third style.
        """
        with pytest.raises(PolicyError, match="diagonal"):
            Waterfall(INSTALLMENT_FIRST.order, by="diagonal")

    def test_negative_amount(self):
        """
        Taking money back is a reversal, not a split.
        """
        with pytest.raises(ValidationError, match="negative"):
            split(-1, OWED, INSTALLMENT_FIRST, on=JULY)

    def test_dues_in_order(self):
        """
        Dates that go back and amounts that do not fit are refused.
        """
        with pytest.raises(ValidationError, match="go back"):
            Dues((JULY, JUNE), (0,) * 10)
        with pytest.raises(ValidationError, match="5 amounts"):
            Dues((JULY,), (0, 0, 1))
        with pytest.raises(ValidationError, match="none negative"):
            Dues((JULY,), (0, 0, 1, 5000, -1))


class TestLaws:
    @given(amount=minor_units(0), owed=dues(), order=waterfalls(), on=days())
    def test_nothing_is_created_or_lost(self, amount, owed, order, on):
        """
        The parts and what stays unapplied add up to the amount.
        """
        made = split(amount, owed, order, on)

        assert amount == sum(minor for _, minor in made.taken) + made.unapplied

    @given(amount=minor_units(0), owed=dues(), order=waterfalls(), on=days())
    def test_each_part_is_within_what_is_owed(self, amount, owed, order, on):
        """
        A part is more than zero and at most what is owed there, and each place is met once.
        """
        made = split(amount, owed, order, on)

        assert all(0 < minor <= owed.owed[slot] for slot, minor in made.taken)
        assert len(made.taken) == len({slot for slot, _ in made.taken})
        assert made.unapplied == max(0, amount - sum(owed.owed))

    @given(first=minor_units(0, 9000), second=minor_units(0, 9000), owed=dues(), order=waterfalls(), on=days())
    def test_paying_twice_equals_paying_once(self, first, second, owed, order, on):
        """
        Two payments of one day settle the same as one payment of their sum.
        """
        once = split(first + second, owed, order, on)
        before = split(first, owed, order, on)
        after = split(second, remaining(owed, before.taken), order, on)

        assert once.unapplied == before.unapplied + after.unapplied
        assert remaining(owed, once.taken) == remaining(remaining(owed, before.taken), after.taken)

    @given(amount=minor_units(0, 9000), owed=dues(), order=waterfalls(), on=days())
    def test_order_is_respected(self, amount, owed, order, on):
        """
        Nothing is touched before all that comes earlier is full: the order of a payment of everything.
        """
        everything = split(sum(owed.owed), owed, order, on).taken
        made = split(amount, owed, order, on).taken

        assert [slot for slot, _ in everything[: len(made)]] == [slot for slot, _ in made]
        assert everything[: max(0, len(made) - 1)] == made[:-1]

    @given(owed=dues(), order=waterfalls(), on=days())
    def test_by_component_ranks_never_fall(self, owed, order, on):
        """
        By component, the slots of the parts come in the order's own order.
        """
        order = attrs.evolve(order, by="component")
        phases = ["past_due" if day < on else "due" if day == on else "in_advance" for day in owed.due_on]
        names = ("penalty", "fee", "interest", "principal", "tax")
        ranks = [order.order.index(Slot(phases[slot // 5], names[slot % 5])) for slot, _ in split(sum(owed.owed), owed, order, on).taken]

        assert sorted(ranks) == ranks
