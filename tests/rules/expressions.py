"""Conditions and rows for them: all that the language allows, unknown facts included."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from collectkit.rules import Expression, FieldType, parse

FIELDS = {
    "days": FieldType.INTEGER,
    "score": FieldType.INTEGER,
    "owed": FieldType.MONEY,
    "fees": FieldType.MONEY,
    "currency": FieldType.TEXT,
    "state": FieldType.TEXT,
    "due_on": FieldType.DATE,
    "paid_on": FieldType.DATE,
    "cease": FieldType.BOOLEAN,
}
INTEGERS = st.integers(-3, 3) | st.sampled_from([0, 2**62, 2**63 - 1, -(2**63) + 1])
STATES = ("MA", "NY", "état")
DAYS = tuple(date(2026, 1, day) for day in (1, 2, 3))
VALUES = {
    FieldType.INTEGER: INTEGERS,
    FieldType.MONEY: st.sampled_from([0, 4_999, 5_000, 5_001]),
    FieldType.TEXT: st.sampled_from(STATES),
    FieldType.DATE: st.sampled_from(DAYS),
    FieldType.BOOLEAN: st.booleans(),
}


def rows() -> st.SearchStrategy[dict[str, object]]:
    """One row of facts, any of them unknown."""
    facts = {name: VALUES[kind] for name, kind in FIELDS.items()} | {"currency": st.sampled_from(["USD", "EUR"])}
    return st.fixed_dictionaries({name: st.none() | values for name, values in facts.items()})


def expressions() -> st.SearchStrategy[Expression]:
    """Any condition over `FIELDS`, made as text and parsed."""
    return conditions().map(lambda text: parse(text, FIELDS))


def number_expressions() -> st.SearchStrategy[Expression]:
    """Conditions that compare integers with constants only, of which a table can be made into bins."""
    simple = st.builds("{} {} {}".format, st.sampled_from(["days", "score"]), operators(), INTEGERS)
    mirrored = st.builds("{} {} {}".format, INTEGERS, operators(), st.sampled_from(["days", "score"]))
    return combined(simple | mirrored | unknowns() | st.sampled_from(["cease", "days in [0, 2]", "score not in [1, -1]"])).map(parse)


def conditions() -> st.SearchStrategy[str]:
    comparisons = [compared(terms, orders) for terms, orders in terms_by_type()]
    listed = st.builds("{} {} {}".format, st.just("state"), st.sampled_from(["in", "not in"]), st.sampled_from(["['MA']", "('NY', 'MA')"]))
    return combined(st.one_of(*comparisons) | listed | unknowns() | st.sampled_from(["cease", "True", "False", "days in [1, 2]"]))


def combined(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def wider(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(parts.map("({})".format), min_size=2, max_size=3)
        return several.map(" and ".join) | several.map(" or ".join) | parts.map("not ({})".format)

    return st.recursive(leaves, wider, max_leaves=6)


def compared(terms: st.SearchStrategy[str], orders: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds("{} {} {}".format, terms, orders, terms)
    return pair | st.builds("{} {} {}".format, pair, orders, terms)


def operators() -> st.SearchStrategy[str]:
    return st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def unknowns() -> st.SearchStrategy[str]:
    return st.builds("{} {} None".format, st.sampled_from(sorted(FIELDS)), st.sampled_from(["is", "is not"]))


def terms_by_type() -> list[tuple[st.SearchStrategy[str], st.SearchStrategy[str]]]:
    integers = st.sampled_from(["days", "score"]) | INTEGERS.map(str)
    money = st.sampled_from(["owed", "fees", "money('50.00 USD')", "money('50.01 USD')", "money('50.00 EUR')"])
    return [
        (integers | st.builds("({} {} {})".format, integers, st.sampled_from("+-*"), integers), operators()),
        (money | st.builds("{} + {}".format, money, money) | money.map("2 * {}".format), operators()),
        (st.sampled_from(["state", "'MA'", "'NY'", "'état'"]), operators()),
        (st.sampled_from(["due_on", "paid_on", "date('2026-01-02')"]), operators()),
        (st.sampled_from(["cease", "True", "False"]), st.sampled_from(["==", "!="])),
    ]
