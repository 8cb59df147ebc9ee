"""Texts made into functions say what Liquid says."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from liquid import Environment, FalsyStrictUndefined
from liquid.exceptions import UndefinedError

from collectkit.channels import VARIABLES, bundled
from collectkit.channels.filling import filler

NAMES = ("name", "merchant", "phone")
LIQUID = Environment(undefined=FalsyStrictUndefined)


def sources() -> st.SearchStrategy[str]:
    """Texts of variables and conditions; braces and quotes stand about, but open nothing."""
    words = st.text("ab {}%'\"\\\n é\t", max_size=6).filter(lambda text: not any(opening in text for opening in ("{{", "{%", "}}", "%}")))
    prints = st.sampled_from(NAMES).map("{{{{ {} }}}}".format)
    return st.recursive(words | prints, chosen, max_leaves=8)


def chosen(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, max_size=3).map("".join)
    names = st.sampled_from(NAMES)
    bare = st.builds("{{% if {} %}}{}{{% endif %}}".format, names, several)
    return several | bare | st.builds("{{%if {} %}}{}{{% else %}}{}{{% endif%}}".format, names, several, several)


VALUES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["Ana", " ", "{{ name }}", "{% if", "'\\"]))


def in_liquid(source, values):
    try:
        return LIQUID.from_string(source).render(**values)
    except UndefinedError:
        return None


def filled(fill, values):
    try:
        return fill(values)
    except KeyError:
        return None


class TestFiller:
    @given(source=sources(), values=VALUES)
    def test_agrees_with_liquid(self, source, values):
        """
        Whatever is known: the same text, or none when a variable that is printed is missing.
        """
        fill = filler(source, NAMES)
        assume(fill is not None)

        assert in_liquid(source, values) == filled(fill, values)

    @given(known=st.sets(st.sampled_from(VARIABLES)))
    def test_every_bundled_text(self, known):
        """
        The texts that come with the library are all plain, and say what Liquid says.
        """
        values = {name: f"<{name}>" for name in known}
        for template in bundled().templates:
            for source in (template.subject, template.text):
                fill = filler(source, VARIABLES)
                assert fill is not None
                assert in_liquid(source, values) == filled(fill, values)

    @pytest.mark.parametrize(
        "source",
        [
            "{{ other }}",
            "{{ name | upcase }}",
            "{{ name.first }}",
            "{{- name }}",
            "{% if name == 'Ana' %}x{% endif %}",
            "{% if name and phone %}x{% endif %}",
            "{% if name %}x",
            "{% endif %}",
            "{% if name %}x{% else %}y{% else %}z{% endif %}",
            "{% for x in name %}{% endfor %}",
            "{{{ name }}",
            "{% if name %}" * 30 + "x" + "{% endif %}" * 30,
        ],
    )
    def test_leaves_the_rest_to_liquid(self, source):
        """
        What holds more, or is not whole, is not guessed at.
        """
        assert filler(source, NAMES) is None

    def test_nothing_in_a_text_is_code(self):
        """
        What looks like Python is printed as it stands.
        """
        fill = filler("'\"\"\"{given}{0!r:>9} \\N{{ name }}} + __import__('os')", NAMES)

        assert fill is not None
        assert "'\"\"\"{given}{0!r:>9} \\N{x}} + __import__('os')".replace("{x}", "x") == fill({"name": "x"})
