"""How many SMS a text takes: the GSM 7-bit alphabet, or UCS-2 when one character lies outside it."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_ONE, _GSM_PART, _UCS_ONE, _UCS_PART = 160, 153, 70, 67


def is_gsm(text: str) -> bool:
    """Tell whether every character lies in the GSM 7-bit alphabet or its extension."""
    return all(c in _BASIC or c in _EXTENDED for c in text)


def segments(text: str) -> int:
    """
    Count the SMS that *text* takes; 0 for an empty text.

    A character that takes two units (the euro sign, an emoji) is never split over two parts.

    Source:
        3GPP TS 23.038, section 6.2.1 (alphabet and extension table) and TS 23.040, section 9.2.3.24.1 (parts).

    >>> segments("a" * 160), segments("a" * 161), segments("ű" * 70), segments("ű" * 71)
    (1, 2, 1, 2)
    """
    if is_gsm(text):
        return _parts([2 if c in _EXTENDED else 1 for c in text], _GSM_ONE, _GSM_PART)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], _UCS_ONE, _UCS_PART)


def _parts(units: list[int], one: int, part: int) -> int:
    """Count the parts of at most *part* units; all in one when they fit into *one*."""
    if sum(units) <= one:
        return 1 if units else 0
    count, room = 1, part
    for unit in units:
        if unit > room:
            count, room = count + 1, part
        room -= unit
    return count
