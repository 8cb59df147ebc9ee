"""The envelope and the hash chain."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import IdentifierError, TimeError
from collectkit.events import GENESIS, Context, chain

AT = datetime.fromisoformat("2026-10-20T18:00:00+00:00")
PARTS = st.tuples(
    st.binary(min_size=32, max_size=32),
    st.text(max_size=6),
    st.integers(1, 99),
    st.text(max_size=6),
    st.binary(max_size=6),
    st.binary(max_size=6),
)


class TestChain:
    def test_the_bytes_are_fixed(self) -> None:
        """
        Published, so that anybody can check a stored stream; it must never change.
        """
        expected = "6faa8a27b2f05643836597787f785cbb87d81749972dd0835470a8d34c42c21c"
        assert expected == chain(GENESIS, "account/a-1", 1, "account-opened/1", b"{}", b"{}").hex()

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("a", 1, "t/1", b"xy", b"z"), ("a", 1, "t/1", b"x", b"yz")),
            (("a 1", 1, "t/1", b"", b""), ("a", 1, "t/1", b"", b"")),
            (("a", 1, "t/1", b"1 ", b""), ("a", 1, "t/1", b"", b"1 ")),
            (("a", 11, "t/1", b"", b""), ("a1", 1, "t/1", b"", b"")),
        ],
    )
    def test_parts_cannot_flow_into_each_other(
        self, one: tuple[str, int, str, bytes, bytes], other: tuple[str, int, str, bytes, bytes]
    ) -> None:
        """
        Every part is preceded by its length.
        """
        assert chain(GENESIS, *one) != chain(GENESIS, *other)

    @given(one=PARTS, other=PARTS)
    def test_different_events_have_different_digests(
        self, one: tuple[bytes, str, int, str, bytes, bytes], other: tuple[bytes, str, int, str, bytes, bytes]
    ) -> None:
        """
        And the same event always the same.
        """
        assert (one == other) == (chain(*one) == chain(*other))


class TestContext:
    def test_the_instant_carries_a_zone(self) -> None:
        """
        A naive instant is refused where it enters.
        """
        with pytest.raises(TimeError, match="zone or offset"):
            Context("t-1", "clerk-7", AT.replace(tzinfo=None), "cmd-1")

    def test_a_command_needs_an_id(self) -> None:
        """
        It is never made up; without one, a retry could not be told from a second intention.
        """
        with pytest.raises(IdentifierError, match="RecordedCommand must have 1 to 512 characters"):
            Context("t-1", "clerk-7", AT, "")
