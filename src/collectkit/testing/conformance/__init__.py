"""Test suites for those who write plugins: subclass one, give it a fixture, and pytest does the rest."""

from __future__ import annotations

from collectkit.testing.conformance.rule import RuleConformance
from collectkit.testing.conformance.store import StoreConformance
from collectkit.testing.conformance.strategy import StrategyConformance

__all__ = ["RuleConformance", "StoreConformance", "StrategyConformance"]
