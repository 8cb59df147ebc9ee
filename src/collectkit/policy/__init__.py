"""A host's policy: TOML in, one frozen value out, and everything that is wrong with it at once."""

from __future__ import annotations

from collectkit.policy._shapes import Problem
from collectkit.policy.loading import PRESETS, check_policy, load_policy, policy_schema, read_policy
from collectkit.policy.model import DispatchPolicy, LawPolicy, NightPolicy, Policy, Sender, content_digest
from collectkit.policy.providers import Provider, provider, providers
from collectkit.policy.sources import load_decisions, load_named_packs, load_packs, load_rule_packs, load_templates

__all__ = [
    "PRESETS",
    "DispatchPolicy",
    "LawPolicy",
    "NightPolicy",
    "Policy",
    "Problem",
    "Provider",
    "Sender",
    "check_policy",
    "content_digest",
    "load_decisions",
    "load_named_packs",
    "load_packs",
    "load_rule_packs",
    "load_policy",
    "load_templates",
    "policy_schema",
    "provider",
    "providers",
    "read_policy",
]
