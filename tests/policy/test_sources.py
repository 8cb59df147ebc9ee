"""The files that a policy names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from collectkit.actions import Outcome
from collectkit.channels.templates import bundled
from collectkit.compliance import Question, rule_on
from collectkit.compliance.shipped import shipped_text
from collectkit.errors import PackError, TemplateError
from collectkit.policy import load_decisions, load_named_packs, load_packs, load_policy, load_templates, read_policy

POLICY = 'zone = "UTC"\ntemplates = "./texts"\n[treatment]\nstep = []\n'
INDEX = '[[template]]\nkey = "reminder-late"\nlocale = "en"\nversion = "7"\nchannels = ["sms"]\n'
DISCLOSURES = {"missed_payment_adverse_consequences", "debt_advice_signpost"}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "index.toml").write_text(INDEX, encoding="utf-8")
    (folder / "reminder-late.sms.en.liquid").write_text("{{ sender }}: ours", encoding="utf-8")
    return folder


class TestTemplates:
    def test_own_stand_in_place_of_the_bundled(self, texts: Path) -> None:
        """
        The host's text counts where there is one, ours everywhere else.
        """
        templates = load_templates(read_policy(POLICY, "own", folder=texts.parent))

        assert ("7", "1") == tuple(t.version for channel in ("sms", "email") if (t := templates.find("reminder-late", channel, "en")))

    def test_bundled(self) -> None:
        """
        Without a folder there are the bundled ones.
        """
        assert bundled() == load_templates(load_policy("us-bnpl"))

    def test_uk_texts_carry_what_the_steps_promise(self) -> None:
        """
        Every text of the UK policy after a missed payment makes both disclosures, in each of its languages.
        """
        policy = load_policy("uk-bnpl")
        wanted = {(step.template, step.channel) for step in policy.treatment.steps if step.content and step.template}
        found = [t for t in load_templates(policy).templates if (t.key, t.channel) in wanted]

        assert {"en", "es"} == {template.locale for template in found}
        assert all(set(template.disclosures) >= DISCLOSURES for template in found)
        assert all("moneyhelper.org.uk" in template.text for template in found)

    def test_missing_index(self, tmp_path: Path) -> None:
        """
        A folder without an index is refused.
        """
        with pytest.raises(TemplateError, match=r"'index\.toml' cannot be read"):
            load_templates(read_policy(POLICY, "own", folder=tmp_path))

    def test_broken_index(self, texts: Path) -> None:
        """
        An index that is no TOML is a template error.
        """
        (texts / "index.toml").write_text("[[", encoding="utf-8")

        with pytest.raises(TemplateError, match="is no TOML"):
            load_templates(read_policy(POLICY, "own", folder=texts.parent))

    def test_name_that_leads_out_of_the_folder(self, texts: Path) -> None:
        """
        An index cannot have another folder's files read.
        """
        (texts / "index.toml").write_text(INDEX.replace("reminder-late", "../../secret"), encoding="utf-8")

        with pytest.raises(TemplateError, match="does not lie in the folder"):
            load_templates(read_policy(POLICY, "own", folder=texts.parent))

    def test_huge_text(self, texts: Path) -> None:
        """
        A text of megabytes is not read.
        """
        (texts / "reminder-late.sms.en.liquid").write_text("x" * 70_000, encoding="utf-8")

        with pytest.raises(TemplateError, match="larger than 65536 bytes"):
            load_templates(read_policy(POLICY, "own", folder=texts.parent))


class TestPacks:
    def test_own_file(self, tmp_path: Path) -> None:
        """
        A pack of the host is read from beside its policy and named for its file.
        """
        shipped = Path(load_policy.__code__.co_filename).parents[1] / "compliance" / "packs" / "courtesy.toml"
        (tmp_path / "ours.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")

        assert ["ours"] == [pack.name for pack in load_named_packs(read_policy(POLICY, "own", folder=tmp_path), "ours.toml")]

    def test_no_file(self, tmp_path: Path) -> None:
        """
        A file that is not there is a pack error.
        """
        with pytest.raises(PackError, match="cannot be read"):
            load_named_packs(read_policy(POLICY, "own", folder=tmp_path), "./none.toml")


class TestLawDeliveredApart:
    def test_a_folder_of_packs_is_loaded_with_its_own_calendars(self, tmp_path: Path) -> None:
        """
        Law may be newer than the code: a day that the folder's calendar names is a holiday there.
        """
        (tmp_path / "za.toml").write_text(shipped_text("za"), encoding="utf-8")
        (tmp_path / "calendars.toml").write_text(
            'schema_version = 1\nknown_from = 2026-01-01\nknown_through = 2026-12-31\n[calendar]\n"ZA" = [2026-07-01]\n', encoding="utf-8"
        )
        packs = load_packs(tmp_path)
        zones = ("Africa/Johannesburg",)
        asked = [
            rule_on(Question("contact", at, zones, channel="phone", unknown=Outcome.ALLOW), packs).outcome
            for at in (datetime(2026, 7, 1, 10, 0, tzinfo=UTC), datetime(2026, 7, 2, 10, 0, tzinfo=UTC))
        ]

        assert ["za"] == [pack.name for pack in packs]
        assert [Outcome.DENY, Outcome.ALLOW] == asked

    def test_an_empty_folder_is_refused(self, tmp_path: Path) -> None:
        """
        Nothing loaded must not look like nothing forbidden.
        """
        with pytest.raises(PackError, match="holds no rule packs"):
            load_packs(tmp_path)

    def test_a_policy_names_a_folder_and_its_decisions(self, tmp_path: Path) -> None:
        """
        Both are found beside the policy; a stale decision changes nothing.
        """
        (tmp_path / "law").mkdir()
        (tmp_path / "law" / "za.toml").write_text(shipped_text("za"), encoding="utf-8")
        (tmp_path / "decided.toml").write_text(
            '[[override]]\nrule = "za.hours"\nhash = "0"\nreason = "why"\nby = "officer-1"\non = 2026-01-01\n', encoding="utf-8"
        )
        policy = read_policy(POLICY, "own", folder=tmp_path)
        law = attrs.evolve(policy.law, packs=("./law",), decisions="decided.toml")
        policy = attrs.evolve(policy, law=law)

        assert ["za"] == [pack.name for pack in load_named_packs(policy, "./law")]
        assert ["za.hours"] == [override.rule for override in load_decisions(policy).overrides]
