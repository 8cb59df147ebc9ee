"""A host's policy: one TOML file, loaded into the frozen policy types of the rooms."""

from collectkit.policy.loading import load_policy
from collectkit.policy.model import DispatchPolicy, LawPolicy, Policy, Sender

__all__ = ["DispatchPolicy", "LawPolicy", "Policy", "Sender", "load_policy"]
