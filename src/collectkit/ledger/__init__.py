"""The ledger: what can be posted to an account, and in which order it counts."""

from collectkit.ledger.entries import (
    COMPONENTS,
    Application,
    Charge,
    ChargeAssessed,
    ChargeWaived,
    Entry,
    Payment,
    PaymentPosted,
    PaymentReversed,
    Reversal,
    Waiver,
    order_key,
)

__all__ = [
    "COMPONENTS",
    "Application",
    "Charge",
    "ChargeAssessed",
    "ChargeWaived",
    "Entry",
    "Payment",
    "PaymentPosted",
    "PaymentReversed",
    "Reversal",
    "Waiver",
    "order_key",
]
