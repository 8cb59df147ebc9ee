"""Reading packs: what is refused says where and what is allowed."""

from __future__ import annotations

from datetime import date

import pytest

from collectkit.compliance import RuleBook, load_pack, shipped_pack, shipped_rules
from collectkit.compliance.shipped import SHIPPED
from collectkit.errors import PackError

PACK = """
schema_version = 1
[meta]
jurisdiction = "XX"
default_timezone = "Europe/Berlin"
[[rule]]
id = "xx.cap"
citation = "Art. 1"
title = "Two a week"
kind = "frequency_cap"
status = "mixed"
source = "memory"
effective_from = 2026-01-01
[rule.applies_to]
party = ["any"]
actions = ["contact"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
max = 2
period_kind = "calendar_week"
unit = "per_person"
"""


class TestLoadPack:
    def test_a_pack_is_read_whole(self) -> None:
        """
        Its version is a digest of its text, so that another text is another version.
        """
        pack = load_pack(PACK, "xx")

        assert ("XX", "Europe/Berlin", 1) == (pack.jurisdiction, pack.default_timezone, len(pack.rules))
        assert date(2026, 1, 1) == pack.rules[0].effective_from
        assert pack.version != load_pack(PACK + "# a remark\n", "xx").version

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("max = 2", 'max = "two"', r"xx, rule xx\.cap: params: max must be a whole number of at least 0, got 'two'"),
            ("max = 2", "max = 2\nmax_day = 3", r"xx, rule xx\.cap: params: unknown key max_day; allowed are .*period_days"),
            ("max = 2", "max = -1", r"params: max must be a whole number of at least 0, got -1; nothing was loaded"),
            ("max = 2", "max = 7.5", r"params: max must be a whole number of at least 0, got 7\.5; nothing was loaded"),
            ('"calendar_week"', '"consecutive_days"\nperiod_days = 0', r"period_days must be a whole number of at least 1, got 0; nothing"),
            ("calendar_week", "fortnight", r"period_kind must be one of consecutive_days, calendar_week"),
            ("frequency_cap", "frequency", r"kind must be one of time_window, frequency_cap"),
            ("mixed", "sure", r"status must be one of from-memory, mixed, verified, got 'sure'"),
            ("2026-01-01", '"soon"', r"effective_from must be a date such as 2026-09-01"),
            ("Europe/Berlin", "CET", r"default_timezone must be a zone such as America/New_York"),
            ('stage = ["any"]\n', "", r"applies_to: stage must be a list of texts, got nothing"),
            ("schema_version = 1", "schema_version = 2", r"schema_version must be 1, got 2"),
            ("[meta]", "[meta", r"xx: no TOML"),
        ],
    )
    def test_a_mistake_is_named_with_its_place(self, old: str, new: str, told: str) -> None:
        """
        File, rule, key and what is allowed; nothing is loaded.
        """
        with pytest.raises(PackError, match=told) as raised:
            load_pack(PACK.replace(old, new), "xx")
        assert "nothing was loaded" in str(raised.value)

    def test_an_id_stands_once(self) -> None:
        """
        Two rules of one id would be one in every verdict.
        """
        rule = PACK[PACK.index("[[rule]]") :]
        with pytest.raises(PackError, match=r"rule id xx\.cap stands twice"):
            load_pack(PACK + rule, "xx")


class TestShippedPacks:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_every_rule_carries_its_source(self, name: str) -> None:
        """
        Citation, source and status stand on each rule that can appear in a verdict.
        """
        for rule in shipped_pack(name).rules:
            assert rule.citation
            assert rule.source
            assert rule.title

    def test_an_unknown_name_lists_what_there_is(self) -> None:
        """
        The message names the packs that exist.
        """
        with pytest.raises(PackError, match="us-federal"):
            shipped_pack("atlantis")


class TestRuleBook:
    @pytest.mark.parametrize(
        ("region", "names"),
        [
            ("US-NY", ["library", "courtesy", "us-federal", "us-ny", "us-states-other", "us-payments"]),
            ("US-TX", ["library", "courtesy", "us-federal", "us-tx", "us-states-other", "us-payments"]),
            ("US", ["library", "courtesy", *(name for name in SHIPPED if name.startswith("us-"))]),
            ("GB-SCT", ["library", "courtesy", "us-payments", "gb"]),
            ("FR", ["library", "courtesy", "us-payments", "eu"]),
        ],
    )
    def test_the_packs_of_a_region(self, region: str, names: list[str]) -> None:
        """
        A part takes its country's law too; a country whose part is unknown takes all of it.
        """
        assert names == [pack.name for pack in shipped_rules().for_region(region)]

    def test_whether_a_region_is_known(self) -> None:
        """
        One unknown region among several is enough not to know.
        """
        book = shipped_rules()

        assert book.for_regions(["US-NY"]).known
        assert not book.for_regions(["US-NY", "FR"]).known
        assert not book.for_regions([]).known

    def test_a_status_that_does_not_exist_is_refused(self) -> None:
        """
        The message lists those that do.
        """
        with pytest.raises(PackError, match="from-memory, mixed, verified"):
            RuleBook((), "certain")
