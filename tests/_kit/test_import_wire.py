from __future__ import annotations

import marshal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests._kit.deliveries import ORDERS, delivered, joined_in, nested_in, order_rows, orders_in, payment_rows

from collectkit._kit.import_wire import chunks_of, heard, messages
from collectkit._kit.prepared import Prepared, packed
from collectkit.errors import ImportBrokenOffError, IntakeError
from collectkit.intake import Delivery, Limits, Mapping, RowStatus, read_mapping
from collectkit.storage._openings import opening_row

TODAY = date(2026, 10, 20)
MAPPING = read_mapping(ORDERS)


def content(draft: Prepared) -> tuple[object, ...]:
    """Return all that a prepared draft says."""
    written = draft.consumer and (draft.consumer.id, draft.consumer.text)
    opening = (draft.contract, tuple(draft.opening(TODAY))) if draft.account else None
    where = draft.tally.source, draft.index, draft.place, [(tally.source, index, place) for tally, index, place in draft.with_rows]
    decided = draft.payments, draft.holds, draft.closed, draft.charged_off
    return where, draft.account, draft.person, draft.opened, written, draft.consents, opening, decided, draft.asked_minor


def told(delivery: Delivery, chunks: Iterator[list[Prepared]]) -> list[object]:
    """Return everything that comes of reading, settling every other draft as an importer would between two chunks."""
    found: list[object] = []
    for chunk in chunks:
        found.append([content(draft) for draft in chunk])
        found.append([(name, bytes(tally.statuses)) for name, tally in delivery.tallies.items()])
        for number, draft in enumerate(chunk):
            draft.settle(RowStatus.CREATED if number % 2 else RowStatus.UNCHANGED)
    return [*found, [tally.summary() for tally in delivery.tallies.values()], [tally.rejections for tally in delivery.tallies.values()]]


def both(mapping: Mapping, folder: Path, rejections_max: int = 100_000) -> tuple[list[object], list[object]]:
    """Return what comes of reading here, and of hearing from a reader."""
    here, there = delivered(mapping, folder, rejections_max), delivered(mapping, folder, rejections_max)
    source = lambda: Delivery(mapping, limits=Limits(rejections_max=rejections_max), scans=there.scans)  # noqa: E731
    return told(here, chunks_of(here, 3)), told(there, heard(there, messages(source, TODAY, 3)))


class TestMessages:
    def test_installments_of_another_file_travel_with_their_account(self, tmp_path: Path) -> None:
        """
        Also those whose account was rejected after they were told of, and those without an account.
        """
        here, there = both(*joined_in(tmp_path))

        assert here == there
        assert 4 == sum("account-rejected" in str(one) or "no-account-row" in str(one) for one in here[-1][1])  # type: ignore[index]

    def test_lists_inside_records_travel_with_them(self, tmp_path: Path) -> None:
        """
        Payments with their instants; and that the file was cut.
        """
        here, there = both(*nested_in(tmp_path))

        assert here == there
        assert "cut" in str(here[-2])

    def test_a_file_that_turns_out_unusable_is_refused_as_it_is_here(self, tmp_path: Path) -> None:
        """
        With the same error; what was read before it arrives first.
        """
        mapping, folder = joined_in(tmp_path)
        delivery = Delivery(mapping, folder)
        limits = Limits(joined_rows_max=1)
        with pytest.raises(IntakeError, match="more than 1 rows of installments"):
            list(heard(delivery, messages(lambda: Delivery(mapping, limits=limits, scans=delivery.scans), TODAY, 3)))

    def test_a_reader_that_fails_says_what_kind_of_fault_it_was_and_no_more(self, tmp_path: Path) -> None:
        """
        The text of an unforeseen error may repeat a row.
        """
        delivery = delivered(MAPPING, orders_in(tmp_path, "", ""))

        def failing() -> Delivery:
            raise RuntimeError("Ann Test")

        with pytest.raises(ImportBrokenOffError, match=r"failed \(RuntimeError; workers=1 shows it\).*can be started again") as caught:
            list(heard(delivery, messages(failing, TODAY, 3)))
        assert "Ann" not in str(caught.value)

    def test_a_reader_that_stops_is_found_out(self, tmp_path: Path) -> None:
        """
        The last message says that it was the last.
        """
        folder = orders_in(tmp_path, "".join(f"o-{n},c-1,Ann,,s,2026-09-01,10.00,,,\n" for n in range(7)), "")
        delivery = delivered(MAPPING, folder)
        texts = list(messages(lambda: delivered(MAPPING, folder), TODAY, 3))
        chunks = heard(delivery, texts[:2])
        assert [3, 3] == [len(next(chunks)), len(next(chunks))]
        with pytest.raises(ImportBrokenOffError, match="ended before"):
            next(chunks)

    def test_only_plain_values_travel(self, tmp_path: Path) -> None:
        """
        No class of ours, and no code.
        """
        folder = orders_in(tmp_path, "o-1,c-1,Ann,ann@example.com,s,2026-09-01,10.00,disputed,5.00,x\n", "")

        def check(value: object) -> None:
            assert type(value) in (str, int, bytes, bool, tuple, list, type(None))
            for inner in value if isinstance(value, tuple | list) else ():
                check(inner)

        for text in messages(lambda: delivered(MAPPING, folder), TODAY, 3):
            check(marshal.loads(text))


class TestLaws:
    @given(orders=order_rows(), paid=payment_rows(), rejections_max=st.integers(0, 4))
    def test_a_writer_that_hears_of_rows_knows_what_one_that_reads_them_knows(
        self, tmp_path_factory: pytest.TempPathFactory, orders: str, paid: str, rejections_max: int
    ) -> None:
        """
        Drafts, their order and chunks, results, rejections and counts, whatever stands in the files.
        """
        here, there = both(MAPPING, orders_in(tmp_path_factory.mktemp("wire"), orders, paid), rejections_max)

        assert here == there

    @given(orders=order_rows())
    def test_what_is_written_down_is_what_the_objects_mean(self, tmp_path_factory: pytest.TempPathFactory, orders: str) -> None:
        """
        The account that the text holds is the one that was read, and so is its opening row.
        """
        delivery = delivered(MAPPING, orders_in(tmp_path_factory.mktemp("texts"), orders, ""))
        for draft in delivery.drafts():
            if draft.account is not None:
                made = Prepared.of(draft)
                again = Prepared.unpacked(packed(draft, TODAY, {draft.tally: 0}), [draft.tally])
                assert tuple(made.opening(TODAY)) == tuple(again.opening(TODAY)) == opening_row(again.contract, TODAY)
                assert Prepared.of(draft).opened == again.opened
