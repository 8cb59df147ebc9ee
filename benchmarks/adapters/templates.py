"""Text: amounts as a person reads them."""

from __future__ import annotations

from collectkit.money import format_money

__all__ = ["format_money"]
