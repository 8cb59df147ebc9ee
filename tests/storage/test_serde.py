from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.errors import IntegrityBreachError
from collectkit.storage.codec import codec_for
from collectkit.storage.serde import EVENT_TYPES, read_event, write_event
from collectkit.testing.strategies import events_of

GOLDEN = Path(__file__).parents[1] / "golden" / "events"


class TestGoldenFiles:
    @pytest.mark.parametrize("name", sorted(EVENT_TYPES))
    def test_each_stored_form_is_read_and_written_for_ever(self, name: str) -> None:
        """
        What a release stored is read by every later one, and written again byte for byte.
        """
        stored = (GOLDEN / f"{name.replace('/', '.')}.json").read_text(encoding="utf-8").rstrip("\n")

        assert stored == write_event(read_event(name, stored))


class TestTax:
    PLAN = (
        '{"account":{"consumer":"c-1","id":"a-1","plan":{"bought_on":"2026-01-01","currency":"MXN","due_on":["2026-02-01"],'
        '"interest":[100],"kind":"given","principal":[5000],"tax":[16]},"product":"dc"}}'
    )
    CHARGE = (
        '{"charge":{"account":"a-1","amount":[116,"MXN"],"component":"fee","due_on":"2026-02-02","id":"f-1",'
        '"tax":[16,"MXN"],"value_on":"2026-02-02"}}'
    )

    @pytest.mark.parametrize(("name", "stored"), [("account-opened/1", PLAN), ("charge-assessed/1", CHARGE)])
    def test_it_is_kept_where_there_is_any(self, name: str, stored: str) -> None:
        """
        What a release with tax stored; without tax the form is that of before, which the golden files hold.
        """
        assert stored == write_event(read_event(name, stored))


class TestSerdeLaws:
    @settings(max_examples=120)
    @given(data=st.data(), name=st.sampled_from(sorted(EVENT_TYPES)))
    def test_what_is_written_is_read(self, data: st.DataObject, name: str) -> None:
        """
        No event loses anything on its way through the store.
        """
        event = data.draw(events_of(name))

        assert event == read_event(name, write_event(event))

    @settings(max_examples=60)
    @given(data=st.data(), name=st.sampled_from(sorted(EVENT_TYPES)))
    def test_one_value_has_one_byte_form(self, data: st.DataObject, name: str) -> None:
        """
        Writing what was read gives the same bytes, so a digest stays true.
        """
        text = write_event(data.draw(events_of(name)))

        assert text == write_event(read_event(name, text))


class TestRefusals:
    def test_an_unknown_type_is_refused(self) -> None:
        """
        An event of a newer release is not guessed at.
        """
        with pytest.raises(IntegrityBreachError, match="payment-posted/9"):
            read_event("payment-posted/9", "{}")

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"surprise":1}', "null"])
    def test_damaged_text_is_refused(self, text: str) -> None:
        """
        A stored body that is not one is a breach, not a default.
        """
        with pytest.raises(IntegrityBreachError):
            read_event("payment-reversed/1", text)

    @pytest.mark.parametrize("hint", [int | str, int | str | None, dict, object, list[int]], ids=str)
    def test_what_has_no_stored_form_is_refused_by_its_class(self, hint: object) -> None:
        """
        Whatever field comes first: a class is asked whether it can be stored before any of it is.
        """
        cls = attrs.make_class("Odd", {"name": attrs.field(type=str), "odd": attrs.field(type=hint)})

        with pytest.raises(TypeError, match="no stored form for"):
            codec_for(cls)
