"""What may serve as an identifier."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CollectkitError, IdentifierError
from collectkit.identifiers import LENGTH_MAX, AccountId, EntryId, PersonId


class TestIdentifier:
    @pytest.mark.parametrize("text", ["a-1", "4711", "a/b c", "Ж", "é", "=1+1", "'; --", "x" * LENGTH_MAX])
    def test_a_hosts_own_ids_are_used_as_they_are(self, text: str) -> None:
        """
        Also odd ones, up to the limit.
        """
        assert text == AccountId(text)
        assert {text: 1}[AccountId(text)] == 1

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("", "1 to 128 characters, got 0"),
            ("x" * 10_000, "1 to 128 characters, got 10000"),
            ("a\x00b", "NUL"),
            ("a\nb", "line break"),
            ("a\u2028b", "printable"),
            ("a\u200bb", "printable"),
            ("\ud800", "printable"),
            (" a", "spaces at its ends"),
            ("a ", "spaces at its ends"),
            ("e\u0301", "normal form C"),
        ],
    )
    def test_what_could_not_travel_is_refused(self, text: str, match: str) -> None:
        """
        Too long with the limit stated, control characters, half characters, and a form that storage would change.
        """
        with pytest.raises(IdentifierError, match=match) as caught:
            AccountId(text)

        assert isinstance(caught.value, CollectkitError)
        assert isinstance(caught.value, ValueError)

    @pytest.mark.parametrize("value", [None, 7, b"a-1"])
    def test_only_text_is_an_identifier(self, value: object) -> None:
        """
        A number that looks like one is the host's to write out.
        """
        with pytest.raises(IdentifierError, match="must be a text"):
            AccountId(value)  # type: ignore[arg-type]

    def test_an_identifier_is_made_once(self) -> None:
        """
        Its own kind is passed through; another kind is converted.
        """
        account = AccountId("a-1")

        assert AccountId(account) is account
        assert type(PersonId(account)) is PersonId
        assert "EntryId('p-1')" == repr(EntryId("p-1"))

    @given(text=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=LENGTH_MAX))
    def test_it_survives_copies(self, text: str) -> None:
        """
        Pickled and copied, it keeps its kind.
        """
        one = AccountId(text)

        assert [AccountId, AccountId] == [type(pickle.loads(pickle.dumps(one))), type(copy.deepcopy(one))]
        assert one == pickle.loads(pickle.dumps(one))
