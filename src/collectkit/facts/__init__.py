"""What is known of one account: its events, folded into one frozen object; and the few meanings that everything else reads with it."""

from __future__ import annotations

from collectkit.facts.folding import AccountFacts, fold_account
from collectkit.facts.meanings import agreed_states, book_of, kept_still, placement_on, promise_states, rules_for

__all__ = ["AccountFacts", "agreed_states", "book_of", "fold_account", "kept_still", "placement_on", "promise_states", "rules_for"]
