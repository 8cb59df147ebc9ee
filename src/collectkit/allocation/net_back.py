"""What a handler is expected to bring in from an account, after its commission and cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from collectkit.allocation.handlers import WHOLE_BP, Handler
from collectkit.standing import Standing

Worth: TypeAlias = Callable[[Handler, Standing], int]
"""Says what a handler is expected to bring in net from an account, minor units; a host with a model brings its own."""


def net_back(handler: Handler, standing: Standing) -> int:
    """
    Return what is expected to come back, minor units: collected, less commission, less cost; may be below 0.

    Each share is rounded down, so that an expectation is never better than the rates that make it.
    """
    collected = standing.outstanding_minor * handler.yield_bp // WHOLE_BP
    return collected - -(-collected * handler.fee_bp // WHOLE_BP) - handler.cost_minor
