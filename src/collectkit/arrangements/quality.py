"""How much a promise is worth, and what the person who took it is credited for it: a score that rewards no worthless promise.

Both are shown in their terms. Neither touches money or a verdict.
"""

from __future__ import annotations

import attrs

from collectkit.arrangements.promises import EVIDENCE, Promise, PromisePolicy, PromiseState, PromiseVerdict

__all__ = ["Credit", "Quality", "credit", "quality"]

_WHOLE_BP = 10_000
_SHARES = (4_000, 3_000, 3_000)
"""What the amount, the nearness and the evidence weigh; together the whole."""


@attrs.frozen
class Quality:
    """
    What a promise looks like on the day on which it is made, in basis points of the best there can be.

    Attributes:
        amount_bp: From the share of what is past due that was promised; at most 4,000.
        nearness_bp: From how soon it is due within the policy's horizon; at most 3,000.
        evidence_bp: From how much is known of how it was made; at most 3,000.
        soft: It was said without weight; the score is then 0.
    """

    amount_bp: int
    nearness_bp: int
    evidence_bp: int
    soft: bool

    @property
    def score_bp(self) -> int:
        """Return the whole, from 0 to 10,000."""
        return 0 if self.soft else self.amount_bp + self.nearness_bp + self.evidence_bp


def quality(promise: Promise, policy: PromisePolicy = PromisePolicy(), *, past_due_minor: int) -> Quality:
    """
    Rate a promise when it is made: never lower for more money, an earlier day, or more evidence.

    Args:
        promise: The promise.
        policy: Its horizon and kinds.
        past_due_minor: What was late when it was made; with nothing late, any amount is all of it.

    Source:
        A definition of this library: three shares in basis points, each rounded down, by the weights that `Quality` names; calendar days.
    """
    amount, near, known = _SHARES
    share = min(promise.amount.minor, past_due_minor) * amount // past_due_minor if past_due_minor > 0 else amount
    horizon = max(1, policy.horizon_days_max)
    days = min(horizon, max(0, (promise.due_on - promise.opens_on).days))
    said = len(EVIDENCE) - len(promise.evidence.lacks(EVIDENCE))
    kind = policy.kind(promise.kind)
    return Quality(share, near * (horizon - days) // horizon, known * said // len(EVIDENCE), kind is not None and kind.soft)


@attrs.frozen
class Credit:
    """
    What whoever took a promise is credited for it, in minor units.

    Attributes:
        paid_minor: What was paid that counts for it.
        missed_minor: What was promised and did not come.
        charged_minor: What is taken off for that.
    """

    paid_minor: int
    missed_minor: int
    charged_minor: int

    @property
    def minor(self) -> int:
        """Return what remains; less than zero for a promise that should not have been taken."""
        return self.paid_minor - self.charged_minor


def credit(state: PromiseState, *, penalty_bp: int = 2_500) -> Credit | None:
    """
    Return what a judged promise earns: what came, less a share of what did not.

    A promise that nobody will keep costs its taker, so that logging one never pays; a true one earns all that it brought.
    None while it is open, and when it was withdrawn, replaced or no longer needed.

    Args:
        state: What it has come to.
        penalty_bp: Share of the missing amount that is taken off, in basis points.

    >>> from datetime import UTC, date, datetime
    >>> from collectkit import Money
    >>> made = Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 10, 24), datetime(2026, 10, 20, tzinfo=UTC))
    >>> credit(PromiseState(made, PromiseVerdict.BROKEN, 0, date(2026, 10, 25))).minor
    -1250
    """
    if state.verdict not in (PromiseVerdict.KEPT, PromiseVerdict.PARTIALLY_KEPT, PromiseVerdict.BROKEN):
        return None
    kept = state.verdict is PromiseVerdict.KEPT
    missed = 0 if kept else max(0, state.promise.amount.minor - state.counted_minor)
    return Credit(state.counted_minor, missed, -(-missed * penalty_bp // _WHOLE_BP))
