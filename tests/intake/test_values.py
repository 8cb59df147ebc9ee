from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import IntakeError, MoneyError, ValidationError
from collectkit.intake.values import (
    FaultyValueError,
    boolean_reader,
    code_of,
    date_reader,
    instant_reader,
    integer,
    minor_reader,
    plain,
    unmangled,
    value_class,
)

read = minor_reader(None, "major")


class TestAmounts:
    @pytest.mark.parametrize(
        ("raw", "minor"), [("12.50", 1250), ("12", 1200), (Decimal("37.5"), 3750), (Decimal("22.92"), 2292), (43, 4300)]
    )
    def test_exact_texts_and_numbers_are_read(self, raw: object, minor: int) -> None:
        """
        A number of JSON is as exact as a text.
        """
        assert minor == read(raw, "USD")

    @pytest.mark.parametrize(
        "raw",
        [
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "1E3",
            "1_000",
            "１２.５",
            "١٢٣",
            "1.234,56",
            "1,234",
            "",
            "12.345",
            "0x1F",
            "$5",
            " 5",
            Decimal("NaN"),
        ],
    )
    def test_what_is_not_plain_is_refused(self, raw: object) -> None:
        """
        Nothing is guessed: not a separator, not an exponent, not foreign digits.
        """
        with pytest.raises(MoneyError):
            read(raw, "USD")

    @pytest.mark.parametrize("raw", [True, None, [], {}, 1.5])
    def test_what_is_no_number_is_refused(self, raw: object) -> None:
        """
        A flag is not money, and neither is a float.
        """
        with pytest.raises(FaultyValueError, match="an amount is expected"):
            read(raw, "USD")

    def test_a_locale_settles_what_is_ambiguous(self) -> None:
        """
        With the locale of the sender the separators have one meaning.
        """
        assert 123456 == minor_reader("de", "major")("1.234,56", "EUR")

    @pytest.mark.parametrize(("raw", "currency", "minor"), [("1.234", "KWD", 1234), ("10", "JPY", 10)])
    def test_the_currency_decides_how_many_decimals_there_are(self, raw: str, currency: str, minor: int) -> None:
        """
        Three for the dinar, none for the yen.
        """
        assert minor == read(raw, currency)

    @pytest.mark.parametrize(("raw", "currency"), [("10.50", "JPY"), ("1.2345", "KWD"), ("10", "XXX"), ("10", "DEM")])
    def test_too_many_decimals_or_no_money_is_refused(self, raw: str, currency: str) -> None:
        """
        None is rounded away, and a historic currency is none.
        """
        with pytest.raises(MoneyError):
            read(raw, currency)

    def test_minor_units_are_read_as_they_are(self) -> None:
        """
        For files that hold cents.
        """
        assert 1250 == minor_reader(None, "minor")("1250", "USD")

    @given(st.integers(0, 10**12))
    def test_what_is_written_is_read(self, minor: int) -> None:
        """
        Every amount with two decimals comes back to the cent.
        """
        assert minor == read(f"{minor // 100}.{minor % 100:02d}", "USD")


class TestIds:
    @pytest.mark.parametrize("raw", ["1.23E+15", "1E5", "3-Apr", "Apr-06", "#REF!", "#N/A", "########"])
    def test_what_a_spreadsheet_destroyed_is_refused(self, raw: str) -> None:
        """
        The digits are lost and no rule brings them back.
        """
        with pytest.raises(FaultyValueError) as caught:
            unmangled(raw)

        assert ("mangled", True) == (caught.value.reason, "spreadsheet" in caught.value.fix)

    @pytest.mark.parametrize("raw", ["a-1", "0379-NEVHP", "12E", "e5", "Null", "0012", "O'Brien"])
    def test_ordinary_ids_stay(self, raw: str) -> None:
        """
        Nothing is trimmed, padded or converted.
        """
        assert raw == unmangled(raw)

    def test_a_lost_zero_is_found_where_the_length_is_known(self) -> None:
        """
        A code of five digits came with four.
        """
        assert "02134" == code_of(5)("02134")
        with pytest.raises(FaultyValueError, match="leading zeros were lost"):
            code_of(5)("2134")
        with pytest.raises(FaultyValueError, match="5 characters are expected, 6 came"):
            code_of(5)("021345")

    def test_whole_numbers_of_json_are_texts_too(self) -> None:
        """
        An id may be written without quotes.
        """
        assert ("611", "true", "1.50") == (unmangled(611), plain(True), plain(Decimal("1.50")))


class TestDates:
    def test_american_dates_need_no_leading_zeros(self) -> None:
        """
        1/2/2013 is 2 January.
        """
        assert date(2013, 1, 2) == date_reader("%m/%d/%Y", "UTC")("1/2/2013")

    @pytest.mark.parametrize(
        "raw", ["2026-02-30", "2026-04-31", "2025-02-29", "2026-13-01", "20261020", "2026-10-20T00:00:00Z", "", None, 5]
    )
    def test_days_that_do_not_exist_are_refused(self, raw: object) -> None:
        """
        None is clipped to the end of its month.
        """
        with pytest.raises(FaultyValueError):
            date_reader("%Y-%m-%d", "UTC")(raw)

    def test_the_zone_decides_on_which_day_an_instant_falls(self) -> None:
        """
        Seven in the morning in UTC is midnight in California.
        """
        raw = "2006-09-12T06:59:59Z"

        assert date(2006, 9, 12) == date_reader("instant", "UTC")(raw)
        assert date(2006, 9, 11) == date_reader("instant", "America/Los_Angeles")(raw)

    @pytest.mark.parametrize("raw", ["2026-10-20T07:00:00", "2026-10-20", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-12:00", 7])
    def test_an_instant_without_offset_is_refused(self, raw: object) -> None:
        """
        Whose clock it was is not known.
        """
        with pytest.raises(FaultyValueError):
            instant_reader("UTC")(raw)

    def test_day_numbers_count_from_their_epoch(self) -> None:
        """
        SAS counts from 1960.
        """
        assert date(2001, 4, 30) == date_reader("days since 1960-01-01", "UTC")("15095")
        with pytest.raises(FaultyValueError, match="leaves the calendar"):
            date_reader("days since 1960-01-01", "UTC")("99999999")

    @pytest.mark.parametrize("form", ["%Y-%m", "%y-%m-%d", "yyyy-mm-dd", "%Y-%m-%d %H"])
    def test_a_format_that_names_no_day_is_refused(self, form: str) -> None:
        """
        In the mapping, before the first row.
        """
        with pytest.raises(IntakeError):
            date_reader(form, "UTC")

    def test_an_abbreviation_is_no_zone(self) -> None:
        """
        EST does not know when its clocks change.
        """
        with pytest.raises(ValidationError):
            date_reader("instant", "EST5")


class TestOthers:
    def test_flags_are_the_words_of_the_mapping_and_no_others(self) -> None:
        """
        `Yes` is not `yes` unless the mapping says so.
        """
        flag = boolean_reader(("Yes",), ("No",))

        assert (True, False, True) == (flag("Yes"), flag("No"), flag(True))
        with pytest.raises(FaultyValueError, match="one of No, Yes is expected"):
            flag("yes")

    @pytest.mark.parametrize("raw", ["1.0", "", "1_0", "١", True, Decimal("1"), "9" * 30])
    def test_only_digits_are_whole_numbers(self, raw: object) -> None:
        """
        A decimal is not rounded to one.
        """
        with pytest.raises(FaultyValueError):
            integer(raw)

    def test_classes_of_values_show_nothing_of_them(self) -> None:
        """
        What was found is said without what it was.
        """
        raws = ["", None, True, 5, Decimal("1.5"), [], {}, "-12", "1,50", "1E+5", "3-Apr", "#N/A", "10/20/2026", "Test Person"]

        assert [
            "empty", "empty", "boolean", "integer", "decimal", "list", "object", "integer", "decimal", "number in exponent notation",
            "day and month as a spreadsheet writes them", "error value of a spreadsheet", "date-like", "text of 11 characters",
        ] == [value_class(raw) for raw in raws]  # fmt: skip
