"""Message templates: what they may say, checked when they are built, and the ones that come with the library.

A template is Liquid reduced to variables and ``if``: no loops, no assignments, no filters, no includes, so that what
it can say is plain from reading it. A variable that is empty counts as absent: printing it is an error, asking for it
with ``if`` is how a template does without. Values are never read as templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files

import attrs

from collectkit._checks import given
from collectkit.channels.filling import filler
from collectkit.errors import MissingExtraError, TemplateError

VARIABLES = (
    "first_name",
    "name",
    "amount_due",
    "amount_past_due",
    "days_past_due",
    "due_date",
    "merchant",
    "sender",
    "pay_url",
    "phone",
)
"""Names that a template may use; amounts and dates come formatted for the consumer's locale."""

_TAGS = ("if", "else", "endif")
_TAG = re.compile(r"\{%-?\s*(\S*?)(?=[\s%]|-%|$)")
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Callable[[Mapping[str, object]], str]:
    """
    Check *source*, and return what fills it in; the same text is compiled once in a process.

    It raises KeyError or Liquid's UndefinedError when a variable that it prints is not there.
    """
    try:
        from liquid import Environment, FalsyStrictUndefined
        from liquid.exceptions import LiquidError
    except ImportError as missing:
        raise MissingExtraError("message templates", "templates") from missing
    for tag in _TAG.findall(source):
        if tag not in _TAGS:
            raise TemplateError(f"tag {tag!r} is not allowed, only {', '.join(_TAGS)}")
    try:
        compiled = Environment(undefined=FalsyStrictUndefined).from_string(source)
        parts = compiled.analyze(include_partials=False)
    except LiquidError as fault:
        raise TemplateError(f"is no valid Liquid: {fault}") from fault
    if parts.filters:
        raise TemplateError(f"filter {min(parts.filters)!r} is not allowed: amounts and dates come formatted")
    for uses in parts.variables.values():
        for use in uses:
            _check_variable(use.segments)
    return filler(source, VARIABLES) or compiled.render


def _check_variable(segments: Iterable[object]) -> None:
    path = tuple(segments)
    name = str(path[0])
    if name not in VARIABLES:
        near = get_close_matches(name, VARIABLES, n=1, cutoff=0.5)
        hint = f", did you mean {near[0]!r}?" if near else ""
        raise TemplateError(f"variable {name!r} is unknown{hint}; allowed are {', '.join(VARIABLES)}")
    if len(path) > 1:
        raise TemplateError(f"variable {name!r} is a text and has no parts")


def _strings(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen
class Template:
    """
    One text for one key, channel and locale.

    Attributes:
        key: As treatment steps name it, such as ``reminder-late``.
        channel: ``email``, ``sms`` …
        locale: Language, with or without a market: ``en``, ``en_GB``.
        version: Grows with each change of the text.
        subject: Liquid, on one line; empty where the channel has none.
        text: Liquid.
        disclosures: What the text tells the consumer, in the words of the rule packs, such as ``electronic_opt_out``.
        notice: The notice that is served by its delivery, in the words of the rule packs, such as ``default_notice_served``; empty:
            it serves none.

    Raises:
        TemplateError: The text is no Liquid, or uses a variable, tag or filter that is not allowed.
        MissingExtraError: python-liquid is not installed.
    """

    key: str = attrs.field(validator=given)
    channel: str = attrs.field(validator=given)
    locale: str
    version: str
    subject: str
    text: str
    disclosures: tuple[str, ...] = attrs.field(default=(), converter=_strings)
    notice: str = ""

    def __attrs_post_init__(self) -> None:
        where = f"template {self.key!r} for {self.channel} in {self.locale}"
        if not _LOCALE.fullmatch(self.locale):
            raise TemplateError(f"{where}: a locale looks like en or en_GB; the template was not loaded")
        if not self.text.strip() or "\n" in self.subject or "\r" in self.subject:
            raise TemplateError(f"{where}: needs a text, and a subject of one line; the template was not loaded")
        for source in (self.subject, self.text):
            try:
                _compiled(source)
            except TemplateError as fault:
                raise TemplateError(f"{where}: {fault}; the template was not loaded") from fault

    def render(self, values: Mapping[str, str]) -> tuple[str, str] | None:
        """
        Return subject and text filled with *values*, or None when one that they print is empty or absent.

        Only names of `VARIABLES` are passed on, and values are never read as Liquid.
        """
        from liquid.exceptions import UndefinedError

        given = {name: str(values[name]) for name in VARIABLES if values.get(name)}
        try:
            return _compiled(self.subject)(given).strip(), _compiled(self.text)(given).strip()
        except (KeyError, UndefinedError):
            return None


def _by_place(templates: Iterable[Template]) -> tuple[Template, ...]:
    given = tuple(templates)
    seen: set[tuple[str, str, str]] = set()
    for template in given:
        place = (template.key, template.channel, template.locale)
        if place in seen:
            raise TemplateError(f"template {place[0]!r} for {place[1]} in {place[2]} stands twice; nothing was loaded")
        seen.add(place)
    return given


@attrs.frozen
class TemplateSet:
    """
    All templates of a policy; each key, channel and locale stands once.

    Raises:
        TemplateError: Two templates for the same place.
    """

    templates: tuple[Template, ...] = attrs.field(default=(), converter=_by_place)
    _index: dict[tuple[str, str, str], Template] = attrs.field(init=False, repr=False, eq=False)
    _serving: frozenset[tuple[str, str]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_index", {(t.key, t.channel, t.locale): t for t in self.templates})
        object.__setattr__(self, "_serving", frozenset((t.key, t.channel) for t in self.templates if t.notice))

    def find(self, key: str, channel: str, locale: str) -> Template | None:
        """
        Return the template for *locale*, else the one for its bare language, else None: a text is never in another language.

        >>> bundled().find("reminder-late", "sms", "en_GB").locale
        'en'
        """
        exact = self._index.get((key, channel, locale))
        return exact or self._index.get((key, channel, locale.partition("_")[0]))

    def serves(self, key: str, channel: str) -> bool:
        """Whether a text of that key and channel, in some language, serves a notice."""
        return (key, channel) in self._serving

    def with_overrides(self, others: TemplateSet) -> TemplateSet:
        """Return a set in which *others* stand in place of ours for the same key, channel and locale."""
        return TemplateSet(tuple((self._index | others._index).values()))


def read_templates(index: Mapping[str, object], read: Callable[[str], str]) -> TemplateSet:
    """
    Build a set from a parsed ``index.toml`` and its texts.

    Args:
        index: ``template`` is a list of tables with ``key``, ``locale``, ``version``, ``channels``, and where needed
            ``subject`` (for e-mail), ``disclosures`` and ``notice``.
        read: Returns the text of a file, named ``{key}.{channel}.{locale}.liquid``.

    Raises:
        TemplateError: A table lacks a key or holds something else, or a template is not allowed.
    """
    rows = index.get("template", [])
    if not isinstance(rows, list):
        raise TemplateError("'template' must be a list of tables, [[template]]; nothing was loaded")
    return TemplateSet(template for row in rows for template in _of_row(row, read))


def _of_row(row: object, read: Callable[[str], str]) -> Iterable[Template]:
    if not isinstance(row, dict):
        raise TemplateError("each 'template' must be a table; nothing was loaded")
    key, locale, version = (_text(row, name) for name in ("key", "locale", "version"))
    subject, notice = (_text(row, name) if name in row else "" for name in ("subject", "notice"))
    for channel in _texts(row, "channels"):
        text = read(f"{key}.{channel}.{locale}.liquid")
        yield Template(key, channel, locale, version, subject if channel == "email" else "", text, _texts(row, "disclosures"), notice)


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise TemplateError(f"key {name!r} of a template must be a text, got {value!r}; nothing was loaded")
    return value


def _texts(row: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TemplateError(f"key {name!r} of a template must be a list of texts, got {value!r}; nothing was loaded")
    return tuple(value)


@cache
def bundled() -> TemplateSet:
    """Return the templates that come with the library: e-mail and SMS in English and Spanish."""
    import tomllib

    folder = files("collectkit.channels") / "templates"
    index = tomllib.loads((folder / "index.toml").read_text(encoding="utf-8"))
    return read_templates(index, lambda name: (folder / name).read_text(encoding="utf-8"))
