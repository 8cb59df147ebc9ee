"""Which entries count: each once, and none that was taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from collectkit.ledger import Chargeback, Credit, Entry, Payment, Returned, Reversal, Undo, kind_of, order_key, what_stayed
from collectkit.ledger.kinds import Recorded

_REMOVING = frozenset({Reversal, Undo})


def taken_back(entries: Iterable[Entry]) -> frozenset[tuple[str, str]]:
    """
    Return kind and id of what does not count: payments that were reversed, and what was undone.

    What takes back may itself be undone, on the same day too; of two that take each other back the later one decides.
    """
    removing = sorted((entry for entry in entries if isinstance(entry, Reversal | Undo)), key=order_key, reverse=True)
    by: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for entry in removing:
        by.setdefault(_taken_by(entry), []).append((kind_of(entry), entry.id))
    back: dict[tuple[str, str], bool] = {}
    for entry in removing:
        _is_back((kind_of(entry), entry.id), by, back)
    return frozenset(what for what, removers in by.items() if not all(back[one] for one in removers))


def _taken_by(entry: Reversal | Undo) -> tuple[str, str]:
    """Return kind and id of what an entry takes back."""
    return ("payment", entry.payment) if isinstance(entry, Reversal) else (entry.kind, entry.entry)


def _is_back(what: tuple[str, str], by: Mapping[tuple[str, str], list[tuple[str, str]]], back: dict[tuple[str, str], bool]) -> bool:
    """Tell whether something was taken back by what was not taken back itself."""
    if what not in back:
        back[what] = False  # whoever is asked about first decides where two take each other back
        back[what] = any(not _is_back(one, by, back) for one in by.get(what, ()))
    return back[what]


def counting(entries: Sequence[Entry]) -> list[Entry]:
    """
    Return the entries that count, in the order given; what takes back is left out with what it took.

    Args:
        entries: All that are to be looked at; whose value dates lie ahead is not asked, the caller leaves them out.

    Source:
        A rule of this library: what was taken back had never been; of two that take each other back the later one decides. A chargeback
        of what had never been takes back nothing: a bank that tells one return in both ways counts once.
    """
    if _REMOVING.isdisjoint(map(type, entries)):
        return list(entries)
    back = taken_back(entries)
    kept: list[Entry] = [entry for entry in entries if not isinstance(entry, Reversal | Undo) and (kind_of(entry), entry.id) not in back]
    if not any(isinstance(entry, Chargeback) for entry in kept):
        return kept
    gone = _receipts(entries) - _receipts(kept)
    return [entry for entry in kept if not (isinstance(entry, Chargeback) and entry.payment in gone)]


def _receipts(entries: Iterable[Entry]) -> set[str]:
    """Return the ids of the payments and credits, of which a chargeback may take one back."""
    return {entry.id for entry in entries if isinstance(entry, Payment | Credit)}


def counted(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Return what counts of all that was recorded."""
    known = list(recorded)
    kept = {id(entry) for entry in counting([one.entry for one in known])}
    return [one for one in known if id(one.entry) in kept]


def standing_reversals(entries: Sequence[Entry], as_of: date) -> list[Reversal]:
    """
    Return the reversals that no one undid by a day, those dated later too.

    Args:
        entries: All that was posted.
        as_of: A calendar day in the account's time zone; what was undone on it is undone.
    """
    if _REMOVING.isdisjoint(map(type, entries)):
        return []
    back = taken_back([entry for entry in entries if entry.value_on <= as_of])
    return [entry for entry in entries if isinstance(entry, Reversal) and ("reversal", entry.id) not in back]


def standing_returns(entries: Sequence[Entry], as_of: date) -> list[Returned]:
    """
    Return the reversals and chargebacks that no one undid by a day, those dated later too: what went back of payments.

    Args:
        entries: All that was posted.
        as_of: As for `standing_reversals`.
    """
    chargebacks = [entry for entry in entries if isinstance(entry, Chargeback)]
    if chargebacks:
        back = taken_back([entry for entry in entries if entry.value_on <= as_of])
        chargebacks = [entry for entry in chargebacks if ("chargeback", entry.id) not in back]
    return [*standing_reversals(entries, as_of), *chargebacks]


def without_returns(entries: Sequence[Entry], as_of: date) -> list[Entry]:
    """
    Return the entries without what of payments went back by a day: money that is not there has cleared a debt on no day.

    Args:
        entries: All that was posted; payments dated later stay as they are.
        as_of: As for `standing_reversals`.
    """
    returned = [one for one in standing_returns(entries, as_of) if one.value_on <= as_of]
    if not returned:
        return list(entries)
    payments = {entry.id: entry for entry in entries if isinstance(entry, Payment) and entry.value_on <= as_of}
    gone = {(kind_of(one), one.id) for one in returned if one.payment in payments}
    gone |= {("payment", id) for id in payments}
    stayed = what_stayed(payments.values(), returned, as_of=as_of)
    return [*stayed, *(entry for entry in entries if (kind_of(entry), entry.id) not in gone)]


def reversed_payments(entries: Sequence[Entry]) -> tuple[Payment, ...]:
    """Return the payments that do not count."""
    back = taken_back(entries)
    return tuple(entry for entry in entries if isinstance(entry, Payment) and ("payment", entry.id) in back)
