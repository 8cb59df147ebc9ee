"""Shares by performance: who brings in more of equal paper gets more of the next, slowly, and only on signal.

The formula is published, so that an agency can work out its own share. For handler *i* with the net liquidation rate
*r* of *n* accounts, and the mean rate *m* of all accounts together:

1. shrink: ``s = (n * r + k * m) / (n + k)``, because few accounts prove little;
2. an *s* whose interval ``s ± z * e`` holds *m* counts as *m*: noise moves nothing;
3. raw share ∝ ``exp(beta * (s - m) / sigma)``, with *sigma* the spread of the *s* around *m*;
4. raw shares are clipped to floor and ceiling, and what that leaves is shared among the others in proportion;
5. no share moves by more than *delta* from the one before;
6. basis points by largest remainder.

``beta = 0`` gives equal shares. The exponential is that of decimal arithmetic and the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction

import attrs

from collectkit.allocation.handlers import WHOLE_BP
from collectkit.allocation.strategies import apportion
from collectkit.errors import PolicyError
from collectkit.identifiers import HandlerId

_EXACT = Context(prec=28)


@attrs.frozen
class Performed:
    """
    What a handler brought in of comparable accounts.

    Attributes:
        handler: Who.
        accounts: How many accounts the rate rests on, at least 0.
        rate: Net-back by placed amount; may be below 0.
        error: Standard error of the rate, at least 0.
    """

    handler: HandlerId
    accounts: int
    rate: Fraction
    error: Fraction


@attrs.frozen
class ShareRules:
    """
    The constants of the formula; they are part of the answer.

    Attributes:
        beta: How strongly shares follow results; 0: not at all.
        shrink: *k*, in accounts: so many of the mean are added to everybody's.
        floor_bp: No share is below, basis points.
        ceiling_bp: No share is above, basis points.
        step_bp: *delta*: the most that a share moves at once, basis points.
        z: How many standard errors make a signal.

    Raises:
        PolicyError: A floor above the ceiling, or a constant below 0.
    """

    beta: Fraction = Fraction(1)
    shrink: int = 200
    floor_bp: int = 1_000
    ceiling_bp: int = 6_000
    step_bp: int = 1_000
    z: Fraction = Fraction(196, 100)

    def __attrs_post_init__(self) -> None:
        below = min(self.beta, self.z) < 0 or min(self.shrink, self.floor_bp, self.step_bp) < 0
        if below or not self.floor_bp <= self.ceiling_bp <= WHOLE_BP:
            raise PolicyError(
                f"shares need 0 <= floor <= ceiling <= {WHOLE_BP} basis points and no constant below 0, got {self}; nothing was shared"
            )


@attrs.frozen
class EarnedShare:
    """
    One handler's share and how it came about.

    Attributes:
        handler: Who.
        share_bp: From now on, basis points.
        before_bp: Until now.
        shrunk: The rate after step 1.
        signal: Whether its interval leaves the mean out.
        wanted_bp: What steps 1 to 4 gave, before the move was damped.
    """

    handler: HandlerId
    share_bp: int
    before_bp: int
    shrunk: Fraction
    signal: bool
    wanted_bp: int


@attrs.frozen
class EarnedShares:
    """
    The shares of all handlers, with the constants that gave them.

    Attributes:
        rules: The constants.
        mean: The mean rate of all accounts.
        lines: In the order of the results.
    """

    rules: ShareRules
    mean: Fraction
    lines: tuple[EarnedShare, ...]

    @property
    def shares_bp(self) -> Mapping[HandlerId, int]:
        """The shares by handler, 10,000 basis points in all."""
        return {line.handler: line.share_bp for line in self.lines}


def performance_shares(results: Sequence[Performed], before_bp: Mapping[HandlerId, int], rules: ShareRules = ShareRules()) -> EarnedShares:
    """
    Return the shares that results have earned.

    Args:
        results: One a handler, over comparable accounts.
        before_bp: The shares until now, 10,000 basis points in all; empty: equal ones.
        rules: The constants.

    Raises:
        PolicyError: No handler, shares until now that are not all of it, or a floor or ceiling that so many handlers
            cannot keep.
    """
    count = len(results)
    if not count or rules.floor_bp * count > WHOLE_BP or rules.ceiling_bp * count < WHOLE_BP:
        raise PolicyError(
            f"{count} handlers cannot have between {rules.floor_bp} and {rules.ceiling_bp} basis points each and {WHOLE_BP} in all; "
            "nothing was shared"
        )
    start = dict(zip((one.handler for one in results), apportion(WHOLE_BP, [1] * count), strict=True))
    start = {handler: before_bp.get(handler, 0) for handler in start} if before_bp else start
    if sum(start.values()) != WHOLE_BP:
        raise PolicyError(f"the shares until now add up to {WHOLE_BP} basis points, got {sum(start.values())}; nothing was shared")
    accounts = sum(one.accounts for one in results)
    mean = sum((one.accounts * one.rate for one in results), Fraction(0)) / accounts if accounts else Fraction(0)
    shrunk = [(one.accounts * one.rate + rules.shrink * mean) / max(1, one.accounts + rules.shrink) for one in results]
    signals = [abs(rate - mean) > rules.z * one.error for rate, one in zip(shrunk, results, strict=True)]
    counted = [rate if signal else mean for rate, signal in zip(shrunk, signals, strict=True)]
    wanted = _clipped(_raw(counted, mean, rules.beta), rules) if any(signals) else [Fraction(share, WHOLE_BP) for share in start.values()]
    shares = _damped(wanted, list(start.values()), rules)
    return EarnedShares(
        rules,
        mean,
        tuple(
            EarnedShare(one.handler, share, before, rate, signal, round(want * WHOLE_BP))
            for one, share, before, rate, signal, want in zip(results, shares, start.values(), shrunk, signals, wanted, strict=True)
        ),
    )


def _raw(rates: Sequence[Fraction], mean: Fraction, beta: Fraction) -> list[Fraction]:
    """Return shares in proportion to the exponential of how many spreads a rate lies above the mean."""
    variance = sum(((rate - mean) ** 2 for rate in rates), Fraction(0)) / len(rates)
    if not variance:
        return [Fraction(1, len(rates))] * len(rates)
    spread = _EXACT.sqrt(_decimal(variance))
    weights = [Fraction(_EXACT.exp(_EXACT.divide(_decimal(beta * (rate - mean)), spread))) for rate in rates]
    return [weight / sum(weights) for weight in weights]


def _decimal(number: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))


def _clipped(raw: Sequence[Fraction], rules: ShareRules) -> list[Fraction]:
    """
    Keep shares between floor and ceiling, the others in proportion (water-filling).

    The factor by which raw shares are scaled is found from the points where one of them meets a limit: the sum of the
    clipped shares grows with the factor, straight between those points.
    """
    low, high = Fraction(rules.floor_bp, WHOLE_BP), Fraction(rules.ceiling_bp, WHOLE_BP)

    def clipped(factor: Fraction) -> list[Fraction]:
        return [min(high, max(low, factor * share)) for share in raw]

    bends = sorted({limit / share for share in raw for limit in (low, high)} | {Fraction(0)})
    below = max((bend for bend in bends if sum(clipped(bend)) <= 1), default=bends[0])
    moving = sum((share for share, here in zip(raw, clipped(below), strict=True) if low <= below * share < high), Fraction(0))
    factor = below if not moving else below + (1 - sum(clipped(below))) / moving
    return clipped(factor)


def _damped(wanted: Sequence[Fraction], before: Sequence[int], rules: ShareRules) -> list[int]:
    """Move from the shares before towards the wanted ones, all by the same part of the way, so that none moves too far."""
    moves = [want * WHOLE_BP - share for want, share in zip(wanted, before, strict=True)]
    furthest = max((abs(move) for move in moves), default=Fraction(0))
    part = min(Fraction(1), Fraction(rules.step_bp) / furthest) if furthest else Fraction(0)
    exact = [share + move * part for share, move in zip(before, moves, strict=True)]
    whole = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: WHOLE_BP - sum(whole)]:
        whole[place] += 1
    return whole
