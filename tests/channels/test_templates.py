"""Message templates: what they may say, and the ones that come with the library."""

from __future__ import annotations

import pytest

from collectkit.channels.channel import segments
from collectkit.channels.templates import Template, TemplateSet, bundled, read_templates
from collectkit.errors import TemplateError

KEYS = (
    "reminder-before-due",
    "reminder-due-today",
    "reminder-late",
    "reminder-late-firm",
    "final-notice",
    "fee-notice",
    "promise-reminder",
)
VALUES = {
    "first_name": "Test",
    "name": "Test Consumer",
    "amount_due": "$1,250.00",
    "amount_past_due": "$1,250.00",
    "days_past_due": "135",
    "due_date": "Sep 15, 2026",
    "merchant": "Corner Shop",
    "sender": "Example Pay",
    "pay_url": "https://pay.example/a-1234",
    "phone": "+12125550100",
}
OPT_OUT = {"en": "Reply STOP to opt out", "es": "STOP para no recibir mensajes"}


def text_template(text: str, *, locale: str = "en") -> Template:
    return Template("greeting", "sms", locale, "1", "", text)


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("key", KEYS)
class TestBundled:
    def test_sms_is_one_part_and_ends_with_the_way_out(self, key, locale):
        """
        An SMS fits into 160 characters of the GSM alphabet, with a link and a large amount.
        """
        filled = bundled().find(key, "sms", locale).render(VALUES)

        assert filled is not None
        assert "" == filled[0]
        assert 1 == segments(filled[1])
        assert OPT_OUT[locale] == filled[1].splitlines()[-1]

    def test_email_says_who_writes_and_how_to_stop(self, key, locale):
        """
        An e-mail has a subject, names the sender, greets by name and ends with the way out.
        """
        subject, text = bundled().find(key, "email", locale).render(VALUES)

        assert subject and "{" not in subject + text
        assert "Test" in text.splitlines()[0]
        assert "\nExample Pay\n" in text
        assert '"stop"' in text.splitlines()[-1]

    def test_email_does_without_what_is_not_known(self, key, locale):
        """
        No name, shop, link or phone: no hole is left where they would stand.
        """
        known = {name: value for name, value in VALUES.items() if name not in ("first_name", "name", "merchant", "pay_url", "phone")}
        _, text = bundled().find(key, "email", locale).render(known)

        assert text.splitlines()[0] in ("Hello,", "Hola:")

    def test_each_declares_its_opt_out(self, key, locale):
        """
        What the text says is declared in the words of the rule packs.
        """
        assert all(("electronic_opt_out",) == bundled().find(key, channel, locale).disclosures for channel in ("sms", "email"))


class TestFind:
    def test_market_falls_back_to_its_language(self):
        """
        A market without a text of its own gets that of its language.
        """
        assert "es" == bundled().find("reminder-late", "sms", "es_MX").locale

    def test_never_another_language(self):
        """
        A consumer who reads French gets no English text.
        """
        assert bundled().find("reminder-late", "sms", "fr_FR") is None

    def test_market_comes_first(self):
        """
        A text for the market stands before that for the language, and overrides replace.
        """
        ours = TemplateSet((text_template("a"), text_template("b", locale="en_GB")))

        assert "b" == ours.find("greeting", "sms", "en_GB").text
        assert "c" == ours.with_overrides(TemplateSet((text_template("c"),))).find("greeting", "sms", "en").text


class TestRefusedWhenBuilt:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{{ firstname }}", "did you mean 'first_name'"),
            ("{% if amuont_due %}x{% endif %}", "did you mean 'amount_due'"),
            ("{{ ammount_due }}", "did you mean 'amount_due'"),
            ("{{ zzz }}", "variable 'zzz' is unknown; allowed are first_name"),
            ("{{ 7*7 }}", "no valid Liquid"),
            ("{{ x.__class__ }}", "variable 'x' is unknown"),
            ("{{ name.__class__ }}", "has no parts"),
            ("{{ name.size }}", "has no parts"),
            ("{{ name | upcase }}", "filter 'upcase'"),
            ("{% for a in name %}{% endfor %}", "tag 'for'"),
            ("{%assign name = 'x'%}", "tag 'assign'"),
            ("{%- raw -%}x{%- endraw -%}", "tag 'raw'"),
            ("{% include 'secrets' %}", "tag 'include'"),
            ("{% if name %}", "no valid Liquid"),
            ("  ", "needs a text"),
        ],
    )
    def test_says_what_is_wrong(self, text, said):
        """
        A template that could fail or do more than speak is never built.
        """
        with pytest.raises(TemplateError, match=said) as refused:
            text_template(text)
        assert str(refused.value).endswith("the template was not loaded")

    @pytest.mark.parametrize("text", ["${amount_due}", "%s", "%(name)s", "{name}", "$(id)", "<%= name %>"])
    def test_what_other_languages_would_fill_in_is_text(self, text):
        """
        Nothing but Liquid is read.
        """
        assert ("", text) == text_template(text).render({"name": "Ann", "amount_due": "1.00"})

    def test_twice_for_one_place(self):
        """
        Two texts for the same key, channel and locale are a mistake.
        """
        with pytest.raises(TemplateError, match="twice"):
            TemplateSet((text_template("a"), text_template("b")))

    def test_index_without_version(self):
        """
        A table of the index that lacks a key is refused by name.
        """
        with pytest.raises(TemplateError, match="'version'"):
            read_templates({"template": [{"key": "k", "locale": "en", "channels": ["sms"]}]}, lambda _: "text")


class TestRender:
    @pytest.mark.parametrize("payload", ["{{ 7*7 }}", "{% raw %}", "{{ sender }}", "{{ name }}{% for x in y %}"])
    def test_values_are_never_read_as_liquid(self, payload):
        """
        A name that looks like a template stays a name.
        """
        assert ("", f"Hi {payload}") == text_template("Hi {{ name }}").render({"name": payload})

    def test_empty_is_absent(self):
        """
        Printing an empty variable gives nothing at all; asking for it with ``if`` is allowed.
        """
        assert text_template("Dear {{ name }},").render({"name": ""}) is None
        assert ("", "Hello") == text_template("{% if name %}Dear {{ name }}{% else %}Hello{% endif %}").render({"name": ""})
