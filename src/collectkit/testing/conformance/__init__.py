"""Test suites for those who write plugins: subclass one, give it a fixture, and pytest does the rest."""

from __future__ import annotations

from pkgutil import iter_modules

import pytest

# pytest rewrites the assertions of test files alone; without this a law that is broken would say "AssertionError" and no more.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in iter_modules(__path__)))

from collectkit.testing.conformance.driver import DriverConformance  # noqa: E402
from collectkit.testing.conformance.rule import RuleConformance  # noqa: E402
from collectkit.testing.conformance.store import StoreConformance  # noqa: E402
from collectkit.testing.conformance.strategy import StrategyConformance  # noqa: E402

__all__ = ["DriverConformance", "RuleConformance", "StoreConformance", "StrategyConformance"]
