"""How it must not be done: check the cap, send, then record. Kept so that the harness can show its power."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from collectkit import Kit
from collectkit.channels.channel import Parcel
from collectkit.identifiers import AccountId
from collectkit.servicing.dispatch import DispatchState

from .world import CAP, TENANT, WINDOW_DAYS, Carrier


def check_send_record(kit: Kit, carrier: Carrier, at: datetime) -> None:
    """Send what the record has room for; whoever dies after sending leaves no trace of it."""
    with kit.store.unit(TENANT) as unit:
        waiting = unit.ready(at, limit=2)
    for row in waiting:
        since = at - timedelta(days=WINDOW_DAYS - 1)
        with kit.store.unit(TENANT) as unit:
            about = unit.dispatches(state=DispatchState.SENT, account=AccountId(row.proposal.accounts[0]))
        sent = [other for other in about if other.updated_at is not None and other.updated_at.date() >= since.date()]
        outcome = DispatchState.NOT_SENT
        if len(sent) < CAP:
            carrier.hand_over(Parcel("email", row.id, f"{row.proposal.person}@example.com", b"Please pay."))
            outcome = DispatchState.SENT
        with kit.store.unit(TENANT) as unit:
            unit.save_dispatches([attrs.evolve(row, state=outcome, updated_at=at)])
