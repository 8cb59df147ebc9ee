"""The files that a policy names."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectkit.channels.templates import bundled
from collectkit.errors import PackError, TemplateError
from collectkit.policy import load_named_pack, load_policy, load_templates, read_policy

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

        assert "ours" == load_named_pack(read_policy(POLICY, "own", folder=tmp_path), "ours.toml").name

    def test_no_file(self, tmp_path: Path) -> None:
        """
        A file that is not there is a pack error.
        """
        with pytest.raises(PackError, match="cannot be read"):
            load_named_pack(read_policy(POLICY, "own", folder=tmp_path), "./none.toml")
