from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from collectkit.storage.sql._session import _arrays
from collectkit.storage.sql.store import engine_for

SEPARATORS = "\x1e\x1f"

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
texts = st.none() | st.sampled_from(["", *SEPARATORS, f"a{SEPARATORS}", "null", '{"a":"b"}']) | plain
wholes = st.none() | st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def engine(postgres: object) -> Iterator[sa.Engine]:
    from tests.postgres import url_of

    engine = engine_for(url_of(postgres))
    yield engine
    engine.dispose()


class TestArrays:
    @given(rows=st.lists(st.tuples(texts, wholes, st.none() | st.binary()), min_size=1, max_size=30))
    def test_every_value_arrives_as_it_was(self, engine: sa.Engine, rows: list[tuple[str | None, int | None, bytes | None]]) -> None:
        """
        Texts that hold a separator, are empty or are not there; whole numbers to the edge; bytes.
        """
        table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Text()), sa.Column("b", sa.BigInteger()), sa.Column("c", sa.LargeBinary()))
        names = ["a", "b", "c"]
        with engine.connect() as connection:
            found = connection.execute(sa.select(_arrays(table, names, [dict(zip(names, row, strict=True)) for row in rows]))).all()

        assert rows == [(a, b, None if c is None else bytes(c)) for a, b, c in found]
