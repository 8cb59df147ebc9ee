"""A host's policy: one TOML file, loaded into the frozen policy types of the rooms."""

from collectkit.policy.loading import PRESETS, check_policy, load_policy, policy_schema, read_policy
from collectkit.policy.model import DispatchPolicy, LawPolicy, Policy, Sender

__all__ = [
    "PRESETS",
    "DispatchPolicy",
    "LawPolicy",
    "Policy",
    "Sender",
    "check_policy",
    "load_policy",
    "policy_schema",
    "read_policy",
]
