"""What may serve as an identifier."""

from __future__ import annotations

import copy
import pickle
from hashlib import sha256
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CollectkitError, IdentifierError
from collectkit.identifiers import (
    COMMAND_LENGTH_MAX,
    LENGTH_MAX,
    AccountId,
    CommandId,
    EntryId,
    Identifier,
    PersonId,
    RecordedCommand,
    apart,
    derived,
    follows,
    id_fault,
)

_TEXTS = st.text(st.one_of(st.sampled_from("/-.a1é漢𠀀"), st.characters(exclude_categories=("C", "Z"))), min_size=1, max_size=LENGTH_MAX)
ids = _TEXTS.map(lambda text: normalize("NFC", text)).filter(lambda text: id_fault(text, "it") is None)
"""All that is allowed, with slashes, of every length."""


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


class TestDerived:
    def test_what_is_short_stands_whole(self) -> None:
        """
        With the library's words before and after it, as in every book that is there.
        """
        assert "late-fee/a-1/2/1" == derived("a-1", before="late-fee/", after="/2/1")
        assert "p-1/a-1" == derived("p-1", "a-1")

    def test_what_is_long_stands_as_its_digest(self) -> None:
        """
        From the first character that is too much; how much room there is may be said, and how many digits stand for it.
        """
        just, long = "x" * (LENGTH_MAX - 7), "x" * (LENGTH_MAX - 6)
        assert f"{just}/copy-2" == derived(just, after="/copy-2")
        assert f"{sha256(long.encode()).hexdigest()}/copy-2" == derived(long, after="/copy-2")
        assert f"late-fee/{sha256(b'y' * 101).hexdigest()}/2/1" == derived("y" * 101, before="late-fee/", after="/2/1", room=100)
        assert f"{sha256(b'z' * 128).hexdigest()[:32]}/2026-09-15/late/1" == derived("z" * 128, after="/2026-09-15/late/1", digits=32)

    def test_where_the_slash_is_tells_long_ones_apart(self) -> None:
        """
        Of short ones it does not: who needs that gives no room, or keeps them apart.
        """
        half = "x" * 64
        assert derived(f"{half}/b", half) != derived(half, f"b/{half}")
        assert derived("a/b", "c") == derived("a", "b/c")
        assert derived("a/b", "c", room=0) != derived("a", "b/c", room=0)

    @given(first=ids, second=ids, before=st.sampled_from(["", "late-fee-undone/"]), after=st.sampled_from(["", "/rest-undone", "/120/99"]))
    def test_it_is_an_id_and_another_for_other_ids(self, first: str, second: str, before: str, after: str) -> None:
        """
        Whatever is allowed, it fits; and nobody else gets it.
        """
        made, other = (derived(one, before=before, after=after) for one in (first, second))

        assert EntryId(made) == EntryId(derived(first, before=before, after=after))
        assert (first == second) == (made == other)
        assert EntryId(derived(first, second)) and EntryId(derived(first, second, before=before, after=after))
        assert follows(derived(first, after="/copy-2"), first)

    @given(first=ids, second=ids, other=ids, another=ids)
    def test_what_is_kept_apart_is_never_another_pair(self, first: str, second: str, other: str, another: str) -> None:
        """
        Two parts with a word between them, wherever else the word may stand.
        """
        for mark in ("/account", "/"):
            join = "/account/" if mark == "/account" else "/"
            pairs = {
                (first, second),
                (other, another),
                (f"{first}{join}{second}"[:LENGTH_MAX], another),
                (first, f"{second}{join}{another}"),
            }
            pairs |= {(f"{first}{mark}", second), (first, f"{mark}/{second}"), (first, f"{mark[1:]}/{second}")}
            assert len(pairs) == len({f"person/{apart(one, mark)}{join}{two}" for one, two in pairs})

    @given(text=st.one_of(ids, st.builds("court/{}/{}/filed/2026-10-20".format, ids, ids), st.text("/ab", min_size=513, max_size=2_000)))
    def test_a_command_is_recorded_under_whole_ids(self, text: str) -> None:
        """
        Up to 512 characters, which no ids make too long; a caller's own has 128, as every id.
        """
        recorded = RecordedCommand.of(text)

        assert text == recorded if len(text) <= COMMAND_LENGTH_MAX else 64 == len(recorded)
        assert Identifier.length_max == CommandId.length_max == LENGTH_MAX
