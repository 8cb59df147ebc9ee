"""What the survivor asks of the book and of the carrier when every child is dead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import attrs

from collectkit import Kit
from collectkit.facts import fold_account
from collectkit.identifiers import AccountId
from collectkit.ledger import PaymentPosted
from collectkit.person import PersonalDataRead
from collectkit.servicing.dispatch import DispatchState
from collectkit.standing import standing_of
from collectkit.storage.store import Unit
from collectkit.storage.verify import verify_chain

from .world import CAP, PEOPLE, TENANT, WINDOW_DAYS, account, person

LOOKS = f"access/{person(0)}"
_KNOWN = {DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN}


@attrs.define
class Tally:
    """Counts of one or more runs; those from `lost` on must be zero."""

    kills: int = 0
    server_kills: int = 0
    acknowledged: int = 0
    looked: int = 0
    sent: int = 0
    windows: int = 0
    in_doubt: int = 0
    lost: int = 0
    half_applied: int = 0
    over_cap: int = 0
    unknown_sends: int = 0
    sent_twice: int = 0
    died_alone: int = 0

    @property
    def breaches(self) -> int:
        """Everything that must not happen."""
        return self.lost + self.half_applied + self.over_cap + self.unknown_sends + self.sent_twice + self.died_alone

    def add(self, other: Tally) -> None:
        """Add the counts of another run."""
        for name in attrs.fields_dict(Tally):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def survey(kit: Kit, carrier_log: Path, acknowledged: Mapping[str, set[str]]) -> Tally:
    """Compare the book with what was acknowledged, payments and looks, and with the carrier's own log."""
    paid, looked = acknowledged["posted"], acknowledged["looked"]
    log = [line.split() for line in carrier_log.read_text().splitlines()] if carrier_log.exists() else []
    tally = Tally(acknowledged=len(paid), looked=len(looked), sent=len(log))
    with kit.store.unit(TENANT) as unit:
        posted: set[str] = set()
        for number in range(PEOPLE):
            posted |= _account(kit, unit, AccountId(account(number)), tally)
        streams = [*unit.streams("person/"), LOOKS]
        tally.half_applied += sum(verify_chain(unit.history(stream)) is not None for stream in streams)
        looks = {body.reason for body in unit.bodies(LOOKS) if isinstance(body, PersonalDataRead)}
        tally.in_doubt = len(unit.dispatches(state=DispatchState.UNKNOWN)) + len(unit.dispatches(state=DispatchState.SENDING))
        rows = {id: unit.dispatch(id) for id, _, _ in log}
        known = unit.recalled("payment", sorted(paid | posted))
    tally.lost = len(paid - posted) + len(looked - looks)
    tally.half_applied += len(posted ^ known.keys())
    tally.unknown_sends = sum(row is None or row.state not in _KNOWN for row in rows.values())
    tally.sent_twice = len(log) - len(rows)
    for mailbox in {mailbox for _, mailbox, _ in log}:
        windows = windows_of([date.fromisoformat(day).toordinal() for _, to, day in log if to == mailbox])
        tally.windows += len(windows)
        tally.over_cap += sum(held > CAP for held in windows)
    return tally


def windows_of(days: list[int]) -> list[int]:
    """Return how many contacts each window of consecutive days holds that ends with a contact."""
    held = Counter(days)
    return [sum(held[day] for day in range(last - WINDOW_DAYS + 1, last + 1)) for last in sorted(held)]


def _account(kit: Kit, unit: Unit, id: AccountId, tally: Tally) -> set[str]:
    """Return the payments of one account, having held its chain and its standing against its events."""
    history = unit.history(f"account/{id}")
    facts, stored = fold_account([envelope.body for envelope in history]), unit.standing(id)
    assert facts is not None
    assert stored is not None
    replayed = standing_of(facts, stored.as_of, waterfall=kit.policy.waterfall, promise_policy=kit.policy.promises)
    tally.half_applied += (verify_chain(history) is not None) + (replayed != stored)
    return {envelope.body.payment.id for envelope in history if isinstance(envelope.body, PaymentPosted)}
