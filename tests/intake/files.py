"""A small delivery for tests: accounts, their installments and payments, each in a file of its own or all in one."""

from __future__ import annotations

from pathlib import Path

SHOP = """
name = "shop"
currency = { constant = "USD" }

[sources.orders]
file = "orders.csv"
format = "csv"

[consumer]
id = "customer"
name = { column = "name", optional = true }

[[consumer.contacts]]
kind = "email"
source = "checkout"
value = { column = "email", optional = true }

[account]
id = "order"

[account.plan]
bought_on = "bought"

[account.plan.terms]
total = "total"
count = "n"
every = { constant = "2 weeks" }
"""

ORDERS = "order,customer,name,email,bought,total,n\n"

ORDERS_AND_PAYMENTS = """
name = "orders"
currency = { constant = "USD" }

[sources.orders]
file = "orders.csv"
format = "csv"

[sources.paid]
file = "paid.csv"
format = "csv"

[consumer]
source = "orders"
id = "customer"
name = "name"

[account]
source = "orders"
id = "order"

[account.plan]
bought_on = "bought"

[account.plan.terms]
total = "total"
count = { constant = 4 }
every = { constant = "2 weeks" }

[[payments]]
source = "paid"
id = "id"
account = "order"
amount = "amount"
value_on = "on"
"""

JOINED = """
name = "joined"
currency = { constant = "EUR" }

[sources.loans]
file = "loans.csv"
format = "csv"
columns = ["loan", "consumer", "start"]

[sources.rows]
file = "rows.csv"
format = "csv"

[sources.paid]
file = "paid.csv"
format = "csv"

[consumer]
source = "loans"
id = "consumer"

[account]
source = "loans"
id = { template = "loan-{loan}" }

[account.plan]
bought_on = "start"

[account.plan.installments]
source = "rows"
by = "loan"
match = "loan"
number = "seq"
due_on = { column = "due", format = "%d.%m.%Y" }
amount = { column = "amount", locale = "de" }

[[payments]]
source = "paid"
id = "id"
account = { template = "loan-{loan}" }
amount = "amount"
value_on = "on"
"""

NESTED = """
name = "nested"
zone = "UTC"

[sources.book]
file = "book.json"
format = "json"
path = "data.loans[]"

[consumer]
id = { template = "c-{id}" }

[account]
id = { template = "l-{id}" }

[account.metadata]
late = { path = "state.late", type = "flag" }
limit = { path = "state.limit", type = "amount" }

[account.plan]
currency = "money"
bought_on = { path = "at", format = "instant" }

[account.plan.installments]
each = "rows[]"
due_on = "due"
amount = "amount"

[[payments]]
each = "paid[]"
id = "id"
account = { template = "l-{^id}" }
amount = "amount"
currency = "^money"
value_on = { path = "at", format = "instant" }
source_at = "at"
"""


def written(folder: Path, **files: str | bytes) -> Path:
    """Write files, named with `_` for the dot, and return the folder."""
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
