"""The columns of a night of payments against the split of one payment."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import _threads
from collectkit.errors import ValidationError
from collectkit.portfolio.waterfall import BLOCK, PaidBook, split_columns
from collectkit.schedules import COMPONENT_FIRST, INSTALLMENT_FIRST, Dues, split
from collectkit.schedules.waterfall import COMPONENTS, NATURAL, WIDTH
from collectkit.testing.strategies import minor_units

LATER = date(2027, 1, 1)

PAID = [NATURAL.index(component) for component in COMPONENTS]
"""The place of each component in the order of payment."""


@st.composite
def books(draw, most=4):
    """Generate what is unpaid of some accounts with equally many installments, and a payment of each."""
    installments, accounts = draw(st.integers(1, 4)), draw(st.integers(1, most))
    amounts = st.just(0) | minor_units(1, 5000)
    owed = draw(
        st.lists(st.lists(amounts, min_size=WIDTH * installments, max_size=WIDTH * installments), min_size=accounts, max_size=accounts)
    )
    paid = draw(st.lists(minor_units(0, 30_000), min_size=accounts, max_size=accounts))
    return owed, paid


def oldest_first(owed):
    """Return the positions of one account's columns in the order in which `INSTALLMENT_FIRST` pays them."""
    return sorted(range(len(owed[0])), key=lambda slot: (slot // WIDTH, PAID[slot % WIDTH]))


def one_by_one(owed, paid, waterfall):
    """What the scalar function says of each account, and what is left of each payment."""
    installments = len(owed[0]) // WIDTH
    due_on = tuple(date(2026, 1, 1) + timedelta(days=14 * number) for number in range(installments))
    splits = [split(minor, Dues(due_on, tuple(row)), waterfall, on=LATER) for row, minor in zip(owed, paid, strict=True)]
    return [dict(one.taken) for one in splits], [one.unapplied for one in splits]


class TestSplitColumns:
    @given(book=books())
    def test_agrees_with_the_split_of_each_account(self, book):
        """
        Oldest installment first: the rows stand in the order of the dues, and in each in that of payment.
        """
        owed, paid = book
        order = oldest_first(owed)
        applied, left = split_columns(np.array(owed).T[order], np.array(paid))

        taken, unapplied = one_by_one(owed, paid, INSTALLMENT_FIRST)
        assert taken == [{order[row]: minor for row, minor in enumerate(column) if minor} for column in applied.T.tolist()]
        assert unapplied == left.tolist()

    @given(book=books())
    def test_another_order_is_another_order_of_rows(self, book):
        """
        Component by component over everything that is late: the rows are laid out so.
        """
        owed, paid = book
        order = sorted(oldest_first(owed), key=lambda slot: PAID[slot % WIDTH])
        applied, left = split_columns(np.array(owed).T[order], np.array(paid))

        taken, unapplied = one_by_one(owed, paid, COMPONENT_FIRST)
        assert taken == [{order[row]: minor for row, minor in enumerate(column) if minor} for column in applied.T.tolist()]
        assert unapplied == left.tolist()

    @pytest.mark.parametrize("bytes_per_thread", [_threads.BYTES_PER_THREAD, 1_000])
    def test_blocks_join_without_a_seam(self, monkeypatch, bytes_per_thread):
        """
        Each account has its own payment, whatever block or thread it lies in, and kept buffers are overwritten.
        """
        monkeypatch.setattr(_threads, "BYTES_PER_THREAD", bytes_per_thread)
        size = 2 * BLOCK + 3
        due, paid = np.full((2, size), 700), np.arange(size)
        out, left = np.full((2, size), -1), np.full(size, -1)
        applied, rest = split_columns(due, paid, out=out, left=left)

        assert applied is out
        assert rest is left
        assert (paid == applied.sum(axis=0) + rest).all()
        assert (np.minimum(paid, 700) == applied[0]).all()

    @given(
        components=st.integers(1, 40),
        small=st.integers(0, 3_000),
        large=st.lists(st.integers(0, 100_000), max_size=12),
        seed=st.integers(0, 2**32 - 1),
        in_place=st.booleans(),
    )
    def test_a_few_payments_that_reach_far(self, components, small, large, seed, in_place):
        """
        Most end at the first dues and some go through all of them; each is split as if it were alone, into the dues' own buffer too.
        """
        due = np.random.default_rng(seed).integers(0, 2_000, (components, 150))
        paid = np.full(150, small)
        paid[: len(large)] = large
        before = np.cumsum(due, axis=0) - due
        expected = np.clip(paid - before, 0, due)
        applied, left = split_columns(due, paid, out=due if in_place else None)

        assert (expected == applied).all()
        assert (paid - expected.sum(axis=0) == left).all()

    def test_refused(self):
        """
        A buffer of another shape would hide a mistake.
        """
        with pytest.raises(ValidationError, match="nothing was computed"):
            split_columns(np.zeros((2, 3), np.int64), np.zeros(4, np.int64))


class TestPaidBook:
    @given(book=books(), again=minor_units(0, 20_000))
    def test_posting_twice_is_one_payment_of_the_sum(self, book, again):
        """
        The state is the sum paid; the split of it is the split of one payment.
        """
        owed, paid = book
        order = oldest_first(owed)
        held = PaidBook.of(np.array(owed).T[order])
        held.post(np.array(paid))
        held.post(np.full(len(paid), again))

        taken, _ = one_by_one(owed, [minor + again for minor in paid], INSTALLMENT_FIRST)
        assert taken == [{order[row]: minor for row, minor in enumerate(column) if minor} for column in held.split().T.tolist()]
