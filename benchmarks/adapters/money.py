"""Money: from text, added, split."""

from __future__ import annotations

from collectkit import Money

__all__ = ["money_from_str", "money_split"]

money_from_str = Money.of


def money_split(money: Money, parts: int) -> list[Money]:
    """Share an amount over so many parts."""
    return list(money.split(parts))
