"""What must hold in a simulated world after every step, by the carrier's own log and an oracle that knows nothing of the library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, time
from zoneinfo import ZoneInfo

from collectkit.actions import ActRefused
from collectkit.holds import Hold
from collectkit.kit import Kit
from collectkit.ledger import ChargeAssessed, ChargeWaived, EntryUndone, PaymentPosted, PaymentReversed
from collectkit.person import ContactRecorded, Stop
from collectkit.servicing.dispatch import SPENT_STATES, DispatchState
from collectkit.servicing.switches import KillSwitch
from collectkit.storage.verify import verify_chain
from collectkit.testing.faults import FaultyClock, Taken
from collectkit.testing.world import SimulationBrokeError, World


class Checking(ABC):
    """The checks of a simulation, over what it remembers of its acknowledged commands."""

    world: World
    kit: Kit
    clock: FaultyClock

    def __init__(self) -> None:
        self._steps = self._arrived = 0
        self._paid: dict[str, tuple[str, int]] = {}
        self._paid_on: dict[str, list[str]] = {}
        self._stops: list[tuple[Stop | Hold, int, frozenset[str]]] = []
        self._switch: tuple[KillSwitch, int, frozenset[str]] | None = None
        self._region: dict[str, str] = {}
        self._seen = 0
        self._explained_of: dict[int, int] = {}

    def _today(self) -> date:
        return self.kit.business_date(self.clock())

    @property
    @abstractmethod
    def repeat(self) -> str:
        """A line that makes the same run again."""

    def _acknowledged(self, payment: str, account: str, minor: int) -> None:
        """Remember a payment that the kit said it had posted."""
        self._paid[payment] = (account, minor)
        self._paid_on.setdefault(account, []).append(payment)

    @abstractmethod
    def _log(self) -> list[Taken]:
        """Return what the carrier took, in order."""

    def _check(self) -> None:
        """See what must hold after every step."""
        self._conserved()
        self._within_caps()
        self._within_hours()
        self._stopped()
        self._explained()
        with self.kit.store.unit("default") as unit:
            streams = unit.streams("account/") + unit.streams("person/")
        self._chained(streams[self._steps % len(streams) : self._steps % len(streams) + 1])

    def _check_at_last(self) -> None:
        """See what must hold once nothing goes wrong any more, and some days have passed."""
        self._check()
        with self.kit.store.unit("default") as unit:
            rows = unit.dispatches(limit=1_000_000)
            streams = unit.streams("", limit=1_000_000)
        self._chained(streams)
        open_ = [row.id for row in rows if row.state in (DispatchState.RESERVED, DispatchState.SENDING)]
        self._demand("liveness", not open_, f"{open_} are still held by a worker although nothing goes wrong any more")
        late = [row.id for row in rows if row.state is DispatchState.PLANNED and row.due_by is not None and row.due_by < self.clock()]
        self._demand("liveness", not late, f"{late} wait although they were to be given by now")
        for one in self.kit.recheck_verdicts():
            self._demand("P11 explained", one.holds, f"the verdict on {one.judged.proposal.id} is given again with another {one.differs}")
        night = self.kit.run_night(as_of=self._today(), at=self.clock())
        self._demand("liveness", night.already_done, "the last night was not ended")

    def _conserved(self, numbers: Iterable[int] | None = None) -> None:
        """P1 and P3: from the acknowledged commands alone, what is outstanding on accounts follows to the cent."""
        on = self._today()
        for number in range(self._arrived) if numbers is None else numbers:
            account = f"a-{number}"
            bodies = [envelope.body for envelope in self.kit.history(account)]
            posted = Counter(body.payment.id for body in bodies if isinstance(body, PaymentPosted))
            self._demand("P3 once", not posted or max(posted.values()) == 1, f"a payment on {account} was posted twice")
            for id in self._paid_on.get(account, ()):
                minor = self._paid[id][1]
                held = [body.payment.amount.minor for body in bodies if isinstance(body, PaymentPosted) and body.payment.id == id]
                self._demand("P1 conservation", held == [minor], f"payment {id} of {minor} on {account} stands as {held}")
            back = {body.reversal.payment for body in bodies if isinstance(body, PaymentReversed)}
            paid = sum(body.payment.amount.minor for body in bodies if isinstance(body, PaymentPosted) and body.payment.id not in back)
            undone = {body.undo.entry for body in bodies if isinstance(body, EntryUndone)}
            charges = [body.charge for body in bodies if isinstance(body, ChargeAssessed)]
            waivers = [body.waiver for body in bodies if isinstance(body, ChargeWaived)]
            fees = sum(charge.amount.minor for charge in charges if charge.id not in undone)
            waived = sum(waiver.amount.minor for waiver in waivers if waiver.id not in undone)
            standing = self.kit.standing(account, as_of=on)
            owed = self.world.amount.minor + fees - waived - paid
            found = standing.outstanding_minor - standing.credit_minor
            self._demand("P1 conservation", owed == found, f"{account} owes {owed} by its entries and {found} by its standing")

    def _within_caps(self) -> None:
        """P7: by the carrier's log, no window of a budget that a contact spent holds more than its cap; and P3: nothing twice."""
        log = self._log()
        taken = Counter((one.parcel.id, one.parcel.copy) for one in log)
        days: dict[tuple[str, str, int, int], list[int]] = {}
        with self.kit.store.unit("default") as unit:
            rows = {(row.key or str(row.id), row.copy): row for row in unit.dispatches(limit=1_000_000)}
        for key, count in taken.items():
            row = rows.get(key)
            self._demand("P3 once", count == 1, f"message {key[0]}, copy {key[1]}, was handed over {count} times")
            explained = row is None or (len(row.content) == 64 and row.point != "" and row.begun_at is not None)
            self._demand("P11 explained", explained, f"{key[0]} was handed over, and its row does not say what, to which point and when")
            self._demand(
                "P7 caps", row is not None and row.state in SPENT_STATES, f"the carrier took {key[0]}, of which the book says otherwise"
            )
            for spend in () if row is None else row.budgets:
                days.setdefault((spend.subject, spend.rule, spend.cap, spend.days), []).append(spend.day.toordinal())
        for (subject, rule, cap, length), spent in days.items():
            fullest = max(sum(first <= day < first + length for day in spent) for first in spent)
            self._demand("P7 caps", fullest <= cap, f"{fullest} contacts of {subject} within {length} days under {rule}, {cap} may be")

    def _stopped(self) -> None:
        """P9: what was handed over after an acknowledgement is not what it stopped, but for what it said was under way."""
        log = self._log()
        with self.kit.store.unit("default") as unit:
            person = {row.key or str(row.id): row.proposal for row in unit.dispatches(limit=1_000_000)}
        for stop, before, under_way in self._stops:
            channels = stop.channels if isinstance(stop, Stop) else ()
            late = [one for one in log[before:] if person[one.parcel.id].person == stop.person]
            wrong = [one.parcel.id for one in late if self._covers(channels, one) and one.parcel.id not in under_way]
            obligatory = [id for id in wrong if person[id].purpose == "notice"]  # the law may oblige us all the same
            self._demand("P9 stop", set(wrong) == set(obligatory), f"{wrong} after {stop.person} had stopped {channels or 'everything'}")
        if self._switch is not None:
            switch, before, under_way = self._switch
            wrong = [one.parcel.id for one in log[before:] if switch.channel in ("", one.parcel.channel)]
            self._demand("P9 kill switch", set(wrong) <= under_way, f"{wrong} after {switch.id} had been acknowledged")

    @staticmethod
    def _covers(channels: Sequence[str], taken: Taken) -> bool:
        return not channels or taken.parcel.channel in channels

    def _demand(self, promise: str, holds: bool, text: str) -> None:
        if not holds:
            raise SimulationBrokeError(promise, text, step=self._steps, repeat=self.repeat)

    def _within_hours(self) -> None:
        """P8: by the carrier's log, everything left within the hours of the place where somebody lives and of that of their phone."""
        if self.world.hours is None:
            return
        first, last = self.world.hours
        log = self._log()
        for taken, region in zip(log[self._seen :], self._where(log[self._seen :]), strict=True):
            if taken.parcel.channel not in self.world.timed:
                continue
            for place in {region, self.world.phones_in}:
                zone = self.world.zones.get(place)
                local = taken.at.astimezone(ZoneInfo(zone)).time() if zone else None
                lawful = local is None or time(first) <= local <= time(last)
                self._demand("P8 hours", lawful, f"{taken.parcel.id} left at {local} in {place}")
        self._seen = len(log)

    def _where(self, log: Sequence[Taken]) -> list[str]:
        """Return where the people lived whom messages went to."""
        with self.kit.store.unit("default") as unit:
            rows = {row.key or str(row.id): row.proposal.person for row in unit.dispatches(limit=1_000_000)} if log else {}
        return [self._region[rows[taken.parcel.id]] for taken in log]

    def _explained(self) -> None:
        """P11: whatever was made or refused says under which policy and rules, and a refusal names each rule with its paragraph."""
        for number in range(self._arrived):
            for envelope in self.kit.person_history(f"c-{number}")[self._explained_of.get(number, 0) :]:
                self._explained_of[number] = envelope.version
                body, context = envelope.body, envelope.context
                if isinstance(body, ActRefused):
                    paired = len(body.rules) == len(body.citations) > 0
                    self._demand("P11 explained", paired, f"the refusal of {body.message} names {body.rules} and {body.citations}")
                if isinstance(body, ActRefused | ContactRecorded):
                    said = bool(context.policy and context.rules and context.actor and context.command)
                    self._demand("P11 explained", said, f"{type(body).__name__} of c-{number} does not say under which rules")

    def _chained(self, streams: Sequence[str]) -> None:
        """P12: every event is tied to the one before it."""
        with self.kit.store.unit("default") as unit:
            for stream in streams:
                self._demand("P12 chain", verify_chain(unit.history(stream)) is None, f"the chain of {stream} is broken")
