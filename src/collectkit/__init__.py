"""collectkit: an embeddable library for collecting buy-now-pay-later debt.

Importing it loads almost nothing; each name below is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which would cost more to import than all the rest
if TYPE_CHECKING:
    from collectkit.account import Account, Party
    from collectkit.arrangements.promises import Promise
    from collectkit.errors import CollectkitError, RefusedError
    from collectkit.holds import Hold, HoldKind
    from collectkit.kit import Kit
    from collectkit.ledger import Payment, Reversal, Waiver
    from collectkit.money import Money
    from collectkit.notes import Note
    from collectkit.person import Consent, Consumer, Contact, Email, Phone, Place, Postal, Preference, Stop, TakenBack
    from collectkit.placement import Placement
    from collectkit.policy import Policy, load_policy
    from collectkit.refusals import Refusal
    from collectkit.schedules import Plan
    from collectkit.schedules import building as plans
    from collectkit.servicing.switches import KillSwitch
    from collectkit.standing import Standing

__version__ = "26.1.0"

_HOMES: dict[str, str] = {
    "Account": "account",
    "CollectkitError": "errors",
    "Consent": "person",
    "Consumer": "person",
    "Contact": "person",
    "Email": "person",
    "Hold": "holds",
    "HoldKind": "holds",
    "KillSwitch": "servicing.switches",
    "Kit": "kit",
    "Money": "money",
    "Note": "notes",
    "Party": "account",
    "Payment": "ledger",
    "Phone": "person",
    "Place": "person",
    "Placement": "placement",
    "Plan": "schedules",
    "Policy": "policy",
    "Postal": "person",
    "Preference": "person",
    "Promise": "arrangements.promises",
    "Refusal": "refusals",
    "RefusedError": "errors",
    "Reversal": "ledger",
    "Standing": "standing",
    "Stop": "person",
    "TakenBack": "person",
    "Waiver": "ledger",
    "load_policy": "policy",
    "plans": "schedules.building",
}

__all__ = [
    "Account",
    "CollectkitError",
    "Consent",
    "Consumer",
    "Contact",
    "Email",
    "Hold",
    "HoldKind",
    "KillSwitch",
    "Kit",
    "Money",
    "Note",
    "Party",
    "Payment",
    "Phone",
    "Place",
    "Placement",
    "Plan",
    "Policy",
    "Postal",
    "Preference",
    "Promise",
    "Refusal",
    "RefusedError",
    "Reversal",
    "Standing",
    "Stop",
    "TakenBack",
    "Waiver",
    "load_policy",
    "plans",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'collectkit' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"collectkit.{home}")
    value = module if name == "plans" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
