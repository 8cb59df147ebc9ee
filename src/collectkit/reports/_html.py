"""HTML as values: whatever is no markup is escaped, so that no text of a host can become part of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Markup(str):
    """Text that is HTML already; made by `tag` and `join` alone."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """
    Return an element.

    Args:
        name: Of the element.
        children: Markup as it is, anything else as escaped text; None is left out.
        attributes: Their names with ``_`` for ``-``, ``class_`` for ``class``; True for one without a value, None and
            False for none.
    """
    texts = [_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items()]
    inner = join(children)
    return Markup(f"<{name}{''.join(texts)}>{inner}</{name}>")


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def join(children: Iterable[object]) -> Markup:
    """Return markup and escaped text in a row."""
    return Markup("".join(child if isinstance(child, Markup) else escape(str(child)) for child in children if child is not None))


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    words: Sequence[int] = (0,),
    foot: Sequence[object] = (),
) -> Markup:
    """
    Return a table in a frame that scrolls when the screen is narrow.

    Args:
        caption: What it shows.
        head: Titles of the columns.
        rows: Cells; the first of each row is its title.
        words: Places of the columns that hold words and are aligned left; the others hold numbers.
        foot: A row of totals.
    """

    def cells(row: Sequence[object]) -> Markup:
        return join(
            tag("th", cell, scope="row", class_="word") if place == 0 else tag("td", cell, class_="word" if place in words else None)
            for place, cell in enumerate(row)
        )

    titles = join(tag("th", title, scope="col", class_="word" if place in words else None) for place, title in enumerate(head))
    body = [tag("tr", cells(row)) for row in rows]
    if not body:
        return tag("p", f"{caption}: none.", class_="none")
    inner = [tag("thead", tag("tr", titles)), tag("tbody", *body), tag("tfoot", tag("tr", cells(foot))) if foot else None]
    return framed(caption, tag("table", *inner, aria_label=caption))


def framed(caption: str, held: Markup) -> Markup:
    """Return a table below its caption, in a frame that scrolls; a caption inside would scroll away with the table."""
    frame = tag("div", held, class_="scroll", tabindex="0", role="region", aria_label=f"Table: {caption}")
    return join([tag("p", caption, class_="caption", aria_hidden="true"), frame])


def section(id: str, title: str, *children: object) -> Markup:
    """Return a part of the page under its heading."""
    return tag("section", tag("h2", title, id=id), *children, aria_labelledby=id)
