"""Flows as inline SVG: who had accounts on the left, who has them on the right, and bands as wide as what went over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import attrs

from collectkit.reports._charts import NARROW, WIDE
from collectkit.reports._html import Markup, join, tag
from collectkit.reports.rates import decimal_text

_GAP, _BAR, _ROW, _TOP = 14, 10, 34, 8


@attrs.frozen
class Band:
    """One flow: between which two names, how wide, and what a pointer resting on it is told."""

    before: str
    after: str
    size: int
    text: str


def flows(title: str, bands: Sequence[Band]) -> Markup:
    """Return a picture of flows in both widths; nothing without any."""
    held = [band for band in bands if band.size > 0]
    if not held:
        return Markup()
    return tag(
        "div",
        tag("div", _drawn(title, held, WIDE), class_="wide"),
        tag("div", _drawn(title, held, NARROW), class_="narrow"),
        class_="chart",
    )


def _drawn(title: str, bands: Sequence[Band], width: int) -> Markup:
    left, right = _names(bands, before=True), _names(bands, before=False)
    most = max(len(left), len(right))
    height = _TOP * 2 + _ROW * most + 120
    scale = Fraction(height - 2 * _TOP - _GAP * (most - 1), sum(band.size for band in bands))
    text = 118 if width == WIDE else 84
    ends = (text + _BAR, width - text - _BAR)
    starts = [_starts(left, scale), _starts(right, scale)]
    used = [Counter[str](), Counter[str]()]
    drawn: list[Markup] = []
    for band in sorted(bands, key=lambda band: (list(left).index(band.before), list(right).index(band.after))):
        tops = [starts[side][name] + used[side][name] * scale for side, name in enumerate((band.before, band.after))]
        for side, name in enumerate((band.before, band.after)):
            used[side][name] += band.size
        drawn.append(_band(band, tops, band.size * scale, ends))
    for side, names in enumerate((left, right)):
        drawn += [_bar(name, size, starts[side][name], size * scale, side, text, width) for name, size in names.items()]
    return tag("svg", join(drawn), viewBox=f"0 0 {width} {height}", role="img", aria_label=f"{title}. The figures stand in the table.")


def _names(bands: Sequence[Band], *, before: bool) -> dict[str, int]:
    """Return the names of one side with what flows through each, the widest first."""
    sizes: Counter[str] = Counter()
    for band in bands:
        sizes[band.before if before else band.after] += band.size
    return dict(sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])))


def _starts(names: dict[str, int], scale: Fraction) -> dict[str, Fraction]:
    found, y = {}, Fraction(_TOP)
    for name, size in names.items():
        found[name] = y
        y += size * scale + _GAP
    return found


def _band(band: Band, tops: Sequence[Fraction], wide: Fraction, ends: tuple[int, int]) -> Markup:
    middle = (ends[0] + ends[1]) // 2
    upper, lower = [_text(top) for top in tops], [_text(top + wide) for top in tops]
    path = (
        f"M{ends[0]},{upper[0]} C{middle},{upper[0]} {middle},{upper[1]} {ends[1]},{upper[1]} "
        f"L{ends[1]},{lower[1]} C{middle},{lower[1]} {middle},{lower[0]} {ends[0]},{lower[0]} Z"
    )
    return tag("path", tag("title", band.text), d=path, class_="other" if band.before == band.after else "current", fill_opacity="0.55")


def _bar(name: str, size: int, top: Fraction, high: Fraction, side: int, text: int, width: int) -> Markup:
    x = text if side == 0 else width - text - _BAR
    label = text - 8 if side == 0 else width - text + 8
    bar = tag("rect", tag("title", f"{name}: {size}"), x=x, y=_text(top), width=_BAR, height=_text(max(high, Fraction(1))), class_="good")
    words = tag("text", name, x=label, y=_text(top + high / 2), dy="0.32em", class_="y" if side == 0 else None)
    return join([bar, words])


def _text(value: Fraction) -> str:
    return decimal_text(value, 1)
