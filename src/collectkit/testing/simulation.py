"""A small world in which a host's own plugins live through weeks before they meet people: one seed, one world, the same faults.

Everything that happens is drawn from the seed: what people and the host do, when, which message the carrier loses, at which
operation the store fails, when a worker dies. After every step the promises are checked against the carrier's own log and
an oracle that knows nothing of the library. A run that breaks one says in one line how to repeat it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

import attrs

from collectkit._kit.parts import assemble
from collectkit.account import Account
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import DeliveryReport
from collectkit.errors import OutcomeUnknownError, RunHeldError, StoreUnavailableError
from collectkit.holds import Hold
from collectkit.kit import Kit
from collectkit.ledger import ChargeAssessed, ChargeWaived, Payment, PaymentPosted, PaymentReversed, Reversal
from collectkit.money import Money
from collectkit.person import Consumer, Email, Phone, Stop
from collectkit.policy import Policy, load_policy
from collectkit.schedules import building as plans
from collectkit.servicing.dispatch import SPENT_STATES
from collectkit.servicing.switches import KillSwitch
from collectkit.testing.digests import book_digest
from collectkit.testing.faults import ChannelFault, FaultyChannel, FaultyClock, FaultyStore, Killed, StoreFault, Taken
from collectkit.testing.world import QUIET, Dice, FaultRates, SimulationBrokeError, SimulationReport, World

CHANNELS: Final = ("email", "sms", "phone", "letter")
_STORE_FAULTS: Final = (StoreFault.ERROR, StoreFault.KILL, StoreFault.KILL_AFTER, StoreFault.COMMIT_LOST, StoreFault.COMMIT_KEPT)
_CHANNEL_FAULTS: Final = (
    ChannelFault.REFUSE,
    ChannelFault.RAISE,
    ChannelFault.TAKE_AND_RAISE,
    ChannelFault.DOUBT,
    ChannelFault.RUBBISH,
    ChannelFault.NO_REFERENCE,
)
_TRIES: Final = 6
_EXPECTED = (Killed, StoreUnavailableError, OutcomeUnknownError, RunHeldError)


class Simulation:
    """
    One run through a world.

    Args:
        seed: Decides everything.
        world: Where.
        faults: How often something goes wrong.

    After every step these are checked: **P1** money is neither made nor lost, **P3** what came twice counted once, **P7** no
    window of any budget holds more contacts than its cap by the carrier's own log, **P9** nothing was handed over after a stop
    or a kill switch had been acknowledged, and no message twice.
    """

    def __init__(self, seed: int, world: World | None = None, faults: FaultRates | None = None) -> None:
        self.seed = seed
        self.world = world or World()
        self.rates = faults or FaultRates()
        self._dice = Dice(seed)
        self.clock = FaultyClock(datetime.combine(self.world.starts_on, time(15), UTC))
        promised = Capabilities(status_callbacks=True)
        self.carrier = {name: FaultyChannel(self.clock, capabilities=promised, before=self._overtake) for name in CHANNELS}
        policy = self.world.policy if isinstance(self.world.policy, Policy) else load_policy(self.world.policy)
        parts = assemble("memory://", policy, self.carrier, plugins=self.world.plugins)
        self.store = FaultyStore(self.world.store())
        self.kit = Kit(attrs.evolve(parts, store=self.store), actor="simulation")
        self._acts: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        self._steps = self._count = 0
        self._paid: dict[str, tuple[str, int]] = {}
        self._reversed: set[str] = set()
        self._stops: list[tuple[Stop, int, frozenset[str]]] = []
        self._switch: tuple[KillSwitch, int, frozenset[str]] | None = None
        self._reported = 0

    @property
    def repeat(self) -> str:
        """A line that makes the same run again, given the same plugins."""
        rates = ", ".join(f"{field.name}={getattr(self.rates, field.name)}" for field in attrs.fields(FaultRates))
        return f"Simulation({self.seed}, world, FaultRates({rates})).run({self._steps})"

    def run(self, steps: int = 60) -> SimulationReport:
        """
        Live through *steps* steps, about three a day.

        Raises:
            SimulationBrokeError: A promise was broken.
        """
        self._furnish()
        for _ in range(steps):
            self._steps += 1
            self._step()
            self._check()
        with self.kit.store.unit("default") as unit:
            doubts = sum(row.state.value == "unknown" for row in unit.dispatches())
        return SimulationReport(
            self.seed,
            self._steps,
            MappingProxyType(dict(self._acts)),
            len(self._log()),
            doubts,
            MappingProxyType(dict(self._met + Counter(one.fault.value for one in self._log() if one.fault is not ChannelFault.NONE))),
            book_digest(self.store),
        )

    # What happens

    def _furnish(self) -> None:
        for number in range(self.world.people):
            region = self.world.regions[number % len(self.world.regions)]
            contacts = [
                Email(f"person{number}@example.com", source="checkout"),
                Phone(f"+1212555{number + 100:04}", source="checkout", consents=["sms"]),
            ]
            self.kit.register(Consumer(f"c-{number}", name=f"Person {number}", region=region, contacts=contacts), at=self.clock())
            bought = self.world.starts_on - timedelta(days=self._dice.below(60))
            plan = plans.pay_in_4(self.world.amount, bought_on=bought)
            self.kit.open_account(Account(f"a-{number}", consumer=f"c-{number}", plan=plan), at=self.clock())

    def _step(self) -> None:
        self.clock.move(timedelta(minutes=1 + self._dice.below(16 * 60)))
        acts = (
            [self._pay] * 3
            + [self._night] * 4
            + [self._dispatch] * 6
            + [self._reverse, self._dispute, self._stop, self._pull, self._lift, self._report, self._move]
        )
        acts[self._dice.below(len(acts))]()

    def _today(self) -> date:
        return self.kit.business_date(self.clock())

    def _someone(self) -> int:
        return self._dice.below(self.world.people)

    def _command(self, name: str, act: Callable[[], object]) -> bool:
        """Carry out one command under faults, again until it is acknowledged, as a host would; and sometimes once more."""
        self._acts[name] += 1
        for attempt in range(_TRIES):
            if attempt < _TRIES - 1 and self._dice.percent(self.rates.store):
                fault = _STORE_FAULTS[self._dice.below(len(_STORE_FAULTS))]
                self.store.faults = {self.store.operations + 1 + self._dice.below(25): fault}
            try:
                act()
            except _EXPECTED as error:
                self._met[type(error).__name__] += 1
                continue
            finally:
                self.store.faults = {}
            break
        if self._dice.percent(self.rates.again):
            before = book_digest(self.store)
            act()
            self._demand("P3 once", before == book_digest(self.store), f"{name} came again and changed the book")
        return True

    def _pay(self) -> None:
        self._count += 1
        id, account = f"p-{self._count}", f"a-{self._someone()}"
        payment = Payment(id, account, Money(1 + self._dice.below(6_000), self.world.amount.currency), self._today())
        self._command("pay", lambda: self.kit.post(payment, at=self.clock()))
        self._paid[id] = (account, payment.amount.minor)

    def _reverse(self) -> None:
        left = sorted(self._paid.keys() - self._reversed)
        if left:
            payment = left[self._dice.below(len(left))]
            reversal = Reversal(f"r-{payment}", self._paid[payment][0], payment, self._today())
            self._command("reverse", lambda: self.kit.reverse(reversal, at=self.clock()))
            self._reversed.add(payment)

    def _dispute(self) -> None:
        self._count += 1
        number, on = self._someone(), self._today()
        hold = Hold(
            f"h-{self._count}",
            "dispute",
            person=f"c-{number}",
            account=f"a-{number}",
            starts_on=on,
            reason="simulated",
            ends_on=on + timedelta(days=self._dice.below(9)),
        )
        self._command("dispute", lambda: self.kit.hold(hold, at=self.clock()))

    def _stop(self) -> None:
        if self._dice.percent(60):
            return
        self._count += 1
        channels = [(), ("sms",), ("email",)][self._dice.below(3)]
        stop, id = Stop(f"c-{self._someone()}", channels, self.clock()), f"s-{self._count}"
        under_way: set[str] = set()
        self._command("stop", lambda: under_way.update(self.kit.stop(stop, at=self.clock(), command_id=id).under_way))
        self._stops.append((stop, len(self._log()), frozenset(under_way)))

    def _pull(self) -> None:
        if self._switch is None:
            self._count += 1
            switch = KillSwitch(f"k-{self._count}", "simulated", channel=("", "sms", "email")[self._dice.below(3)])
            under_way: set[str] = set()
            self._command("pull", lambda: under_way.update(self.kit.stop_hand_overs(switch, at=self.clock()).under_way))
            self._switch = (switch, len(self._log()), frozenset(under_way))

    def _lift(self) -> None:
        if self._switch is not None:
            id, self._switch = self._switch[0].id, None
            self._acts["lift"] += 1
            self.kit.resume_hand_overs(id, at=self.clock(), reason="simulated")

    def _move(self) -> None:
        """Somebody moves to another place, which changes the law and the hours."""
        number = self._someone()
        with self.kit.store.unit("default") as unit:
            consumer = next(iter(unit.person(s.person) for s in unit.standings() if s.person == f"c-{number}"))
        if consumer is not None:
            region = self.world.regions[self._dice.below(len(self.world.regions))]
            moved = attrs.evolve(consumer, region=region)
            self._command("move", lambda: self.kit.register(moved, at=self.clock()))

    def _night(self) -> None:
        as_of = self._today()
        self._command("night", lambda: self.kit.run_night(as_of=as_of, at=self.clock()))

    def _dispatch(self) -> None:
        """Hand over by some worker, which may die in the middle; what it left is settled by the next ones in time."""
        self._acts["dispatch"] += 1
        for channel in self.carrier.values():
            faulty = [self._dice.percent(self.rates.channel) for _ in range(12)]
            channel.faults = [_CHANNEL_FAULTS[self._dice.below(len(_CHANNEL_FAULTS))] if bad else ChannelFault.NONE for bad in faulty]
        if self._dice.percent(self.rates.store):
            fault = _STORE_FAULTS[self._dice.below(len(_STORE_FAULTS))]
            self.store.faults = {self.store.operations + 1 + self._dice.below(60): fault}
        try:
            self.kit.dispatch(at=self.clock(), worker=f"w-{self._dice.below(3)}", limit=1 + self._dice.below(4))
        except _EXPECTED as error:
            self._met[type(error).__name__] += 1
        finally:
            self.store.faults = {}

    def _overtake(self, parcel: Parcel) -> None:
        """Report on a message before its answer is there."""
        if self.rates.callbacks and self._dice.percent(self.rates.callbacks // 5) and not self.store.faults:
            self._met["callback before the answer"] += 1
            report = DeliveryReport(f"early-{parcel.id}-{parcel.copy}", parcel.channel, "delivered", self.clock(), message=parcel.id)
            self.kit.report_delivery(report, at=self.clock())

    def _report(self) -> None:
        """Report on messages that the carrier took since the last time; some reports come under a reference that nobody knows."""
        log = self._log()
        for taken in log[self._reported :]:
            if self._dice.percent(self.rates.callbacks):
                status = ("delivered", "delivered", "failed", "complained")[self._dice.below(4)]
                reference = f"ref-{taken.parcel.id}-{taken.parcel.copy}"
                id = f"late-{reference}"
                report = DeliveryReport(id, taken.parcel.channel, status, self.clock(), reference=reference)
                self._command("report", lambda report=report: self.kit.report_delivery(report, at=self.clock()))  # type: ignore[misc]
        self._reported = len(log)

    def _log(self) -> list[Taken]:
        """Return what the carrier took, over all channels, by channel and then in order."""
        return sorted((taken for channel in self.carrier.values() for taken in channel.log), key=lambda taken: taken.at)

    # What must hold

    def _check(self) -> None:
        self._conserved()
        self._within_caps()
        self._stopped()

    def _conserved(self) -> None:
        """P1 and P3: from the acknowledged commands alone, what is outstanding follows to the cent."""
        on = self._today()
        for number in range(self.world.people):
            account = f"a-{number}"
            bodies = [envelope.body for envelope in self.kit.history(account)]
            posted = Counter(body.payment.id for body in bodies if isinstance(body, PaymentPosted))
            self._demand("P3 once", not posted or max(posted.values()) == 1, f"a payment on {account} was posted twice")
            for id, (of, minor) in self._paid.items():
                if of == account:
                    held = [body.payment.amount.minor for body in bodies if isinstance(body, PaymentPosted) and body.payment.id == id]
                    self._demand("P1 conservation", held == [minor], f"payment {id} of {minor} on {account} stands as {held}")
            back = {body.reversal.payment for body in bodies if isinstance(body, PaymentReversed)}
            paid = sum(body.payment.amount.minor for body in bodies if isinstance(body, PaymentPosted) and body.payment.id not in back)
            fees = sum(body.charge.amount.minor for body in bodies if isinstance(body, ChargeAssessed))
            waived = sum(body.waiver.amount.minor for body in bodies if isinstance(body, ChargeWaived))
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
            rows = {(row.key or str(row.id), row.copy): row for row in unit.dispatches()}
        for key, count in taken.items():
            row = rows.get(key)
            self._demand("P3 once", count == 1, f"message {key[0]}, copy {key[1]}, was handed over {count} times")
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
            person = {row.key or str(row.id): row.proposal for row in unit.dispatches()}
        for stop, before, under_way in self._stops:
            late = [one for one in log[before:] if person[one.parcel.id].person == stop.person]
            wrong = [one.parcel.id for one in late if self._covers(stop.channels, one) and one.parcel.id not in under_way]
            obligatory = [id for id in wrong if person[id].purpose == "notice"]  # the law may oblige us all the same
            self._demand(
                "P9 stop", set(wrong) == set(obligatory), f"{wrong} after {stop.person} had stopped {stop.channels or 'everything'}"
            )
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


def simulate(
    seeds: Sequence[int], world: World | None = None, faults: FaultRates | None = None, *, steps: int = 60
) -> Iterator[SimulationReport]:
    """
    Run one simulation for each seed and yield what each saw.

    Raises:
        SimulationBrokeError: In the first run that breaks a promise.
    """
    for seed in seeds:
        yield Simulation(seed, world, faults).run(steps)


__all__ = ["QUIET", "FaultRates", "Simulation", "SimulationBrokeError", "SimulationReport", "World", "simulate"]
