"""Words that rules are chosen by: one that no rule and no policy knows is refused, for a misspelt one would meet hardly any rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from collectkit._kit.core import Core
from collectkit.actions import HostAct
from collectkit.compliance import Circumstances
from collectkit.compliance.fee_models import DEFAULT
from collectkit.compliance.retry_models import RETURN_FEE
from collectkit.errors import ValidationError
from collectkit.schedules.due_date_change import CHANGE_FEE


def require_word(what: str, word: str, allowed: Sequence[str]) -> None:
    """Raise `ValidationError` unless a word is one of those that rules know."""
    if word not in allowed:
        raise ValidationError(f"{what} is one of {', '.join(allowed)}, got {word!r}; nothing was judged")


def require_charge_kinds(kit: Core, kinds: Iterable[str], not_done: str) -> None:
    """
    Refuse a kind of charge that nobody knows: a misspelt one would meet no cap of its class, and would use up none.

    Where no rule tells kinds apart, every charge meets the same caps, and any word will do. A charge without a kind is a fee for
    being late. Charges on record are not looked at: what was recorded under other rules stays readable.
    """
    told = kit.parts.rules.charges
    if told:
        known = {DEFAULT, CHANGE_FEE, *told, *kit.policy.law.charges}
        for kind in kinds:
            if kind and kind not in known:
                raise ValidationError(_unknown("the kind of a charge", kind, known, "charges", not_done))


def require_act_words(kit: Core, act: HostAct, not_done: str) -> None:
    """Refuse a way to debit, or a kind of debit or charge, that nobody knows."""
    rails, ours = kit.parts.rules.rails, kit.policy.law.rails
    if act.rail and rails and act.rail not in (*rails, *ours):
        raise ValidationError(_unknown("a rail", act.rail, {*rails, *ours}, "rails", not_done))
    if act.is_charge:
        require_charge_kinds(kit, [act.kind], not_done)
    elif act.is_debit and act.kind not in ("", RETURN_FEE):
        raise ValidationError(f"the kind of a debit is {RETURN_FEE}, or empty for any other, got {act.kind!r}; {not_done}")


def charge_kinds_told(circumstances: Circumstances) -> list[str]:
    """Return what a host calls a charge, and those made before, when it tells the law about them."""
    told, before = circumstances.facts.get("fee.kind"), circumstances.payments
    return [*([told] if isinstance(told, str) else []), *(fee.kind for fee in (before.fees if before is not None else ()))]


def _unknown(what: str, word: str, known: Collection[str], key: str, not_done: str) -> str:
    near = get_close_matches(word, known, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{what} is one of {', '.join(sorted(known))}, and whatever the policy adds as [law] {key}, got {word!r}{hint}; {not_done}"
