from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import IntakeError
from collectkit.intake import bundled_mappings, load_mapping, read_mapping

from .files import JOINED, NESTED, SHOP


class TestMappings:
    def test_the_bundled_ones_can_be_read(self) -> None:
        """
        By their plain names.
        """
        assert {"ibm-ar", "kiva-csv", "kiva-json"} <= set(bundled_mappings())
        assert list(bundled_mappings()) == [load_mapping(name).name for name in bundled_mappings()]

    @pytest.mark.parametrize("text", [SHOP, JOINED, NESTED])
    def test_a_file_is_read_as_its_text_is(self, tmp_path: Path, text: str) -> None:
        """
        And a mapping that was read is taken as it is.
        """
        (tmp_path / "m.toml").write_text(text)
        mapping = load_mapping(tmp_path / "m.toml")

        assert read_mapping(text) == mapping == load_mapping(mapping)

    def test_a_short_field_names_a_column(self) -> None:
        """
        Kind, source and whether it is required follow from the place.
        """
        account = read_mapping(SHOP).account
        assert account is not None

        assert ("order", "id", False) == (account.fields["id"].column, account.fields["id"].kind, account.fields["id"].optional)
        assert "orders" == account.source

    def test_where_none_is_found_the_known_ones_are_named(self) -> None:
        """
        Neither a file nor a bundled name.
        """
        with pytest.raises(IntakeError, match="kiva-csv"):
            load_mapping("kiva")

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ('name = "shop"', "", "name is missing"),
            ('name = "shop"', "name = 5", "name is a text, got int"),
            ('name = "shop"', 'name = "shop"\nnmae = "x"', "did you mean 'name'"),
            ('format = "csv"', 'format = "xml"', "sources.orders.format is 'xml'; allowed are csv, json, jsonl"),
            ('format = "csv"', 'format = "csv"\nencoding = "utf-16"', "encoding is 'utf-16'; allowed are"),
            ('format = "csv"', 'format = "csv"\ndelimiter = ",,"', "delimiter is one character"),
            ('format = "csv"', 'format = "json"', "sources.orders.path names the list"),
            ('file = "orders.csv"', 'file = "../orders.csv"', "file is a plain file name"),
            ('file = "orders.csv"', 'file = "/etc/passwd"', "file is a plain file name"),
            ('file = "orders.csv"', "file = 'a\\b.csv'", "file is a plain file name"),
            ('id = "order"', 'id = { column = "order", template = "x" }', "exactly one of"),
            ('id = "order"', 'id = { template = "x" }', "holds no column"),
            ('id = "order"', 'id = { colum = "x" }', "did you mean 'column'"),
            ('id = "order"', 'id = { column = "order", digits = -1 }', "digits is a whole number"),
            ('id = "order"', 'id = { column = "order", type = "date" }', "account.id.type is id here"),
            ('id = "order"\n', "", "account.id is missing"),
            ('bought_on = "bought"', 'bought_on = { column = "bought", format = "%d %b" }', "account.plan.bought_on.format"),
            (
                'bought_on = "bought"',
                'bought_on = { column = "bought", format = "instant", zone = "EST5" }',
                "account.plan.bought_on.format",
            ),
            ('count = "n"', "", "account.plan.terms.count is missing"),
            ('count = "n"', 'count = "n"\nwhen = "x"', "account.plan.terms.when is not known here"),
            ('kind = "email"', 'kind = "fax"', "kind is 'fax'; allowed are phone, email, postal"),
            ('currency = { constant = "USD" }', "", "account.plan.currency is missing"),
            ('currency = { constant = "USD" }', "currency = { constant = 1.5 }", "write amounts as texts"),
            ("[account.plan.terms]", "[account.closed]", "needs either 'installments' or 'terms'"),
        ],
    )
    def test_errors_name_key_value_and_what_is_allowed(self, old: str, new: str, named: str) -> None:
        """
        Before any file is opened.
        """
        assert old in SHOP
        with pytest.raises(IntakeError) as caught:
            read_mapping(SHOP.replace(old, new, 1))

        assert named in str(caught.value)

    @given(st.text(max_size=200))
    def test_any_text_is_a_mapping_or_refused(self, text: str) -> None:
        """
        Nothing else comes out.
        """
        with pytest.raises(IntakeError):
            read_mapping(text)
