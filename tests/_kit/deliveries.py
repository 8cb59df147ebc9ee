"""Deliveries of every kind that tests of imports read: tables with faults, joined tables, nested records."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from tests.intake import files

from collectkit.intake import Delivery, Limits, Mapping, read_mapping

ORDERS = (
    files.ORDERS_AND_PAYMENTS.replace('id = "order"\n', 'id = "order"\nmerchant = "shop"\n').replace(
        'file = "orders.csv"\n', 'file = "orders.csv"\ncount_by = ["shop"]\n'
    )
    + """
[[sources.orders.skip]]
column = "shop"
is = ["closed-shop"]
reason = "the shop is gone"

[[consumer.contacts]]
kind = "email"
source = "checkout"
consents = ["email"]
value = { column = "email", optional = true }

[account.metadata]
note = { column = "note", optional = true }

[account.closed]
when = { column = "state", is = ["closed"] }
on = "bought"
reason = "cancelled"

[[account.holds]]
kind = "dispute"
when = { column = "state", is = ["disputed"] }
id = { template = "h-{order}" }
starts_on = "bought"
review_on = "bought"
reason = { constant = "at the source" }

[[payments]]
source = "orders"
when = { column = "paid", blank = false }
id = { template = "first-{order}" }
account = "order"
amount = "paid"
value_on = "bought"
"""
)
ORDER_COLUMNS = "order,customer,name,email,shop,bought,total,state,paid,note\n"
PAID_COLUMNS = "id,order,amount,on\n"

_orders = st.builds(
    "o-{},c-{},{},{},{},{},{},{},{},{}\n".format,
    st.integers(1, 9),
    st.integers(1, 4),
    st.sampled_from(["Ann", "Bo", "A\u030angstrom", '"Li, Wei"']),
    st.sampled_from(["", "ann@example.com", "not an address"]),
    st.sampled_from(["shop-1", "Cafe\u0301", "closed-shop"]),
    st.sampled_from(["2026-09-01", "2026-08-15", "2026-02-30"]),
    st.sampled_from(["200.00", "99.99", "0.01", "12,5"]),
    st.sampled_from(["", "closed", "disputed"]),
    st.sampled_from(["", "", "50.00", "-1"]),
    st.sampled_from(["", "seen", "e\u0301tage"]),
)
_paid = st.builds(
    "p-{},o-{},{},{}\n".format,
    st.integers(1, 9),
    st.integers(1, 10),
    st.sampled_from(["50.00", "25.00", "0.00", "x"]),
    st.sampled_from(["2026-09-01", "2026-10-01", "soon"]),
)
_broken = st.sampled_from(["bad\n", "\n", '"open\n'])


def order_rows() -> st.SearchStrategy[str]:
    """Texts of the rows of a table of orders, right and wrong, some twice."""
    return st.lists(st.one_of(_orders, _orders, _broken), max_size=20).map("".join)


def payment_rows() -> st.SearchStrategy[str]:
    """Texts of the rows of a table of payments."""
    return st.lists(st.one_of(_paid, _paid, _broken), max_size=12).map("".join)


def orders_in(folder: Path, orders: str, paid: str) -> Path:
    """Write both tables."""
    (folder / "orders.csv").write_text(ORDER_COLUMNS + orders, encoding="utf-8")
    (folder / "paid.csv").write_text(PAID_COLUMNS + paid, encoding="utf-8")
    return folder


def joined_in(folder: Path) -> tuple[Mapping, Path]:
    """Write accounts whose installments stand in another table: one right, one without its rows, rows without an account."""
    rows = "loan,seq,due,amount\n" + "".join(f"{loan},{n},0{n}.10.2026,{n}0\n" for loan in (1, 2, 4) for n in (1, 2))
    loans = "loan,consumer,start\n1,c-1,2026-09-01\n2,c-2,2026-02-30\n3,c-3,2026-09-01\n"
    files.written(folder, loans_csv=loans, rows_csv=rows, paid_csv="id,loan,amount,on\np-1,1,5.00,2026-09-02\np-2,9,5.00,2026-09-02\n")
    return read_mapping(files.JOINED), folder


def nested_in(folder: Path) -> tuple[Mapping, Path]:
    """Write records with installments and payments inside, one of them cut off."""
    one = (
        '{"id": %d, "money": "%s", "at": "2026-09-01T08:00:00Z", "state": {"late": false, "limit": 12.5}, '
        '"rows": [{"due": "2026-10-01", "amount": 10.00}], "paid": [{"id": "p-%d", "at": "2026-09-02T09:30:00Z", "amount": 2.5}]}'
    )
    records = ",".join([one % (1, "USD", 1), one % (2, "XXQ", 2), '{"id": 3}', one % (4, "JPY", 4), one % (5, "USD", 1)])
    files.written(folder, book_json='{"data": {"loans": [' + records + ', {"id": ')
    return read_mapping(files.NESTED), folder


def delivered(mapping: Mapping, folder: Path, rejections_max: int = 100_000) -> Delivery:
    """Return the delivery of a folder."""
    return Delivery(mapping, folder, Limits(rejections_max=rejections_max))
