"""Charts as inline SVG: columns over time, drawn twice, once for wide screens and once for narrow ones.

A picture repeats what a table beside it says; it is never the only place of a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import attrs

from collectkit.money import exponent
from collectkit.reports._html import Markup, join, tag
from collectkit.reports.rates import decimal_text

WIDE, NARROW, HEIGHT = 860, 340, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 6, 22, 26
_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


@attrs.frozen
class Part:
    """
    One piece of a column.

    Attributes:
        style: Class of its color.
        minor: Its size.
        text: What a pointer resting on it is told.
    """

    style: str
    minor: int
    text: str


@attrs.frozen
class Column:
    """
    One column of a chart.

    Attributes:
        label: Below it.
        parts: From the bottom upward.
        mark_minor: Height of a mark across it; None for none.
        mark_text: What a pointer resting on the mark is told.
    """

    label: str
    parts: tuple[Part, ...]
    mark_minor: int | None = None
    mark_text: str = ""

    @property
    def height(self) -> int:
        """Return how high it reaches, in minor units."""
        return max(sum(part.minor for part in self.parts), self.mark_minor or 0)


def columns(title: str, currency: str, held: Sequence[Column]) -> Markup:
    """Return a chart of columns in both widths; nothing without columns."""
    if not held:
        return Markup()
    wide, narrow = _drawn(title, currency, held, WIDE), _drawn(title, currency, held, NARROW)
    return tag("div", tag("div", wide, class_="wide"), tag("div", narrow, class_="narrow"), class_="chart")


def ticks(most: int) -> list[int]:
    """Return three to six round numbers from 0 that reach at least *most*."""
    if most <= 0:
        return [0, 1]
    size = 1
    while size * 10 <= most:
        size *= 10
    for step in (size // 5, size // 2, size, size * 2, size * 5):
        if step and step * 5 >= most:
            return [step * place for place in range(-(-most // step) + 1)]
    return [0, size * 5, size * 10]


def _drawn(title: str, currency: str, held: Sequence[Column], width: int) -> Markup:
    marks = ticks(max(column.height for column in held))
    inner, top = width - _LEFT - _RIGHT, marks[-1]
    slot = Fraction(inner, len(held))
    body = [_grid(marks, currency, width)]
    for place, column in enumerate(held):
        body.append(_column(column, _LEFT + slot * place, slot, top))
    every = -(-len(held) * 52 // inner)
    for place, column in enumerate(held):
        if (len(held) - 1 - place) % every == 0:
            middle = _LEFT + slot * place + slot / 2
            last = place == len(held) - 1 and slot < 52
            x = _number(Fraction(width - _RIGHT)) if last else _number(middle)
            body.append(tag("text", column.label, x=x, y=HEIGHT - 8, class_="x last" if last else "x"))
    return tag("svg", join(body), viewBox=f"0 0 {width} {HEIGHT}", role="img", aria_label=f"{title}. The figures stand in the table.")


def _grid(marks: Sequence[int], currency: str, width: int) -> Markup:
    """Return the lines across the chart with their amounts, and the unit above them."""
    minor = 10 ** exponent(currency)
    divisor, word = next(((size, f" {name}") for size, name in _SCALES if marks[-1] >= size * minor), (1, ""))
    lines: list[Markup] = [tag("text", f"{currency}{word}", x=0, y=11, class_="unit")]
    for mark in marks:
        y = _number(_y(mark, marks[-1]))
        value = Fraction(mark, divisor * minor)
        text = decimal_text(value, 0 if value.denominator == 1 else 1 if (value * 10).denominator == 1 else 2)
        lines.append(tag("line", x1=_LEFT, x2=width - _RIGHT, y1=y, y2=y, class_="axis" if mark == 0 else "grid"))
        lines.append(tag("text", text, x=_LEFT - 8, y=y, dy="0.32em", class_="y"))
    return join(lines)


def _column(column: Column, left: Fraction, slot: Fraction, top: int) -> Markup:
    gap = min(slot / 4, Fraction(14))
    x, wide, base = _number(left + gap / 2), _number(slot - gap), 0
    drawn: list[Markup] = []
    for part in column.parts:
        if part.minor > 0:
            upper, lower = _y(base + part.minor, top), _y(base, top)
            drawn.append(
                tag("rect", tag("title", part.text), x=x, y=_number(upper), width=wide, height=_number(lower - upper), class_=part.style)
            )
            base += part.minor
    if column.mark_minor is not None:
        y = _number(_y(column.mark_minor, top))
        reach = min(gap / 2, Fraction(3))
        ends = (_number(left + gap / 2 - reach), _number(left + slot - gap / 2 + reach))
        drawn.append(tag("line", tag("title", column.mark_text), x1=ends[0], x2=ends[1], y1=y, y2=y, class_="mark"))
    return join(drawn)


def _y(minor: int, top: int) -> Fraction:
    return HEIGHT - _BOTTOM - Fraction(minor, top) * (HEIGHT - _BOTTOM - _TOP)


def _number(value: Fraction) -> str:
    return decimal_text(Fraction(value), 1)


def legend(items: Sequence[tuple[str, str]]) -> Markup:
    """Return what each color means: style and word."""
    return tag("ul", *(tag("li", tag("i", class_=style, aria_hidden="true"), word) for style, word in items), class_="legend")


def shares(parts: Sequence[tuple[str, int]]) -> Markup:
    """Return one bar divided by style and size; nothing when all sizes are zero."""
    total = sum(size for _, size in parts)
    if not total:
        return Markup()
    pieces = (
        tag("span", class_=style, style=f"flex-grow:{decimal_text(Fraction(size * 1000, total), 0)}") for style, size in parts if size
    )
    return tag("div", *pieces, class_="shares", aria_hidden="true")


def gauge(size: int, most: int) -> Markup:
    """Return a small bar for a cell of a table; an invisible one, for a row of totals, when *most* is zero."""
    percent = decimal_text(Fraction(size * 100, most), 1) if most > 0 else "0"
    return tag("span", tag("i", style=f"inline-size:{percent}%"), class_="gauge" if most > 0 else "gauge blank", aria_hidden="true")
