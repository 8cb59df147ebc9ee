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
from collectkit.channels.outcomes import DeliveryReport, Rejected
from collectkit.errors import OutcomeUnknownError, RunHeldError, StoreUnavailableError
from collectkit.holds import Hold
from collectkit.kit import Kit
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.person import Consumer, Contact, Email, Phone, Stop
from collectkit.policy import Policy, load_policy
from collectkit.refusals import Refusal
from collectkit.schedules import Plan
from collectkit.schedules import building as plans
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.switches import KillSwitch
from collectkit.testing.checking import Checking
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
_DIGESTED_MAX: Final = 50
_EXPECTED = (Killed, StoreUnavailableError, OutcomeUnknownError, RunHeldError)


class Simulation(Checking):
    """
    One run through a world.

    Args:
        seed: Decides everything.
        world: Where.
        faults: How often something goes wrong.

    After every step these are checked: **P1** money is neither made nor lost, **P3** what came twice counted once, **P7** no
    window of any budget holds more contacts than its cap by the carrier's own log, **P8** everything left within lawful hours,
    **P9** nothing was handed over after a stop, a death or a kill switch had been acknowledged, **P11** whatever was made or
    refused explains itself, **P12** the chain holds. At the end nothing goes wrong for some days, and nobody holds anything
    any more that was to be done.
    """

    def __init__(self, seed: int, world: World | None = None, faults: FaultRates | None = None) -> None:
        super().__init__()
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
        self._count = 0
        self._reversed: set[str] = set()
        self._dead: set[int] = set()
        self._reported = 0

    @property
    def repeat(self) -> str:
        """A line that makes the same run again, given the same plugins."""
        rates = ", ".join(f"{field.name}={getattr(self.rates, field.name)}" for field in attrs.fields(FaultRates))
        return f"{type(self).__name__}({self.seed}, world, FaultRates({rates})).run({self._steps})"

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
        self._calm_down()
        self._check_at_last()
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
            self._arrive(number, self.world.starts_on - timedelta(days=self._dice.below(60)))

    def _arrive(self, number: int, bought: date) -> Plan:
        """Somebody is registered with what they bought, on credit, on a day."""
        region = self.world.regions[number % len(self.world.regions)]
        contacts = [
            Email(f"person{number}@example.com", source="checkout"),
            Phone(f"+1212555{number % 9_900 + 100:04}", source="checkout", consents=["sms"]),
        ]
        self._region[f"c-{number}"] = region
        self.kit.register(Consumer(f"c-{number}", name=f"Person {number}", region=region, contacts=contacts), at=self.clock())
        self._arrived = number + 1
        plan = plans.pay_in_4(self.world.amount, bought_on=bought)
        self.kit.open_account(Account(f"a-{number}", consumer=f"c-{number}", plan=plan), at=self.clock())
        return plan

    def _step(self) -> None:
        self.clock.move(timedelta(minutes=1 + self._dice.below(16 * 60)))
        acts = (
            [self._pay] * 3
            + [self._night] * 4
            + [self._dispatch] * 6
            + [
                self._reverse,
                self._dispute,
                self._stop,
                self._pull,
                self._lift,
                self._report,
                self._move,
                self._die,
                self._err,
                self._cheat,
            ]
        )
        acts[self._dice.below(len(acts))]()

    def _someone(self) -> int:
        return self._dice.below(self._arrived)

    def _fingerprint(self) -> str:
        """Return the digest of the book; of a large one nothing, and what came twice is found by its checks."""
        return book_digest(self.store) if self._arrived <= _DIGESTED_MAX else ""

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
            before = self._fingerprint()
            act()
            self._demand("P3 once", before == self._fingerprint(), f"{name} came again and changed the book")
        return True

    def _pay(self) -> None:
        self._pay_now(self._someone(), 1 + self._dice.below(6_000))

    def _pay_now(self, number: int, minor: int) -> None:
        self._count += 1
        id, account = f"p-{self._count}", f"a-{number}"
        payment = Payment(id, account, Money(minor, self.world.amount.currency), self._today())
        self._command("pay", lambda: self.kit.post(payment, at=self.clock()))
        self._acknowledged(id, account, payment.amount.minor)

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
            self._region[f"c-{number}"] = region

    def _die(self) -> None:
        """Somebody dies, once in a while: from then on nobody writes to them about what they owe."""
        number = self._someone()
        if self._dice.percent(70) or number in self._dead:
            return
        self._dead.add(number)
        hold = Hold(f"d-{number}", "deceased", person=f"c-{number}", starts_on=self._today(), reason="simulated", review_on=self._today())
        self._command("die", lambda: self.kit.hold(hold, at=self.clock()))
        with self.kit.store.unit("default") as unit:
            held = {row.key or str(row.id) for row in unit.dispatches(state=DispatchState.SENDING)}
        self._stops.append((hold, len(self._log()), frozenset(held)))

    # What collectors do

    def _err(self) -> None:
        """A collector makes a mistake: enters yesterday's call today, or a payment on the wrong account, and takes it back."""
        self._count += 1
        number, at = self._someone(), self.clock()
        if self._dice.percent(50):
            call = Contact(
                f"c-{number}", at - timedelta(days=1), "phone", accounts=[f"a-{number}"], outcome="conversation", collector="x-1"
            )
            self._command("late entry", lambda: self.kit.record_contact(call, at=at, command_id=f"call-{self._count}"))
            return
        id, account = f"p-{self._count}", f"a-{number}"
        payment = Payment(id, account, Money(1 + self._dice.below(900), self.world.amount.currency), self._today() - timedelta(days=3))
        self._command("wrong account", lambda: self.kit.post(payment, at=at))
        self._acknowledged(id, account, payment.amount.minor)
        self._command("taken back", lambda: self.kit.reverse(Reversal(f"r-{id}", account, id, self._today()), at=at))
        self._reversed.add(id)

    def _cheat(self) -> None:
        """A collector wants more contacts than are allowed, or more money on an account than came: nothing of it takes effect."""
        self._acts["cheat"] += 1
        at, before, denied = self.clock(), self._fingerprint(), Rejected("it never left")
        with self.kit.store.unit("default") as unit:
            sent = unit.dispatches(state=DispatchState.SENT)
        if sent:
            row = sent[self._dice.below(len(sent))]
            refused = [
                self.kit.try_release(row.id, row.fence, at=at),
                self.kit.try_confirm(row.id, row.fence + 1, denied, at=at),
            ]
            self._demand("P7 caps", all(isinstance(one, Refusal) for one in refused), f"{row.id} was sent, and its budget was given back")
        if self._paid:
            id, (account, minor) = sorted(self._paid.items())[self._dice.below(len(self._paid))]
            raised = Payment(id, account, Money(minor + 100, self.world.amount.currency), self._today())
            self._demand("P3 once", isinstance(self.kit.try_post(raised, at=at), Refusal), f"payment {id} was raised after it was posted")
        self._demand("P3 once", before == self._fingerprint(), "what was refused changed the book")

    def _calm_down(self) -> None:
        """Some days on which nothing goes wrong any more and nobody does anything but work."""
        for channel in self.carrier.values():
            channel.faults = []
        self._lift()
        for hours in range(0, 96, 6):
            self.clock.move(timedelta(hours=6))
            if hours % 24 == 0:
                self.kit.run_night(as_of=self._today(), at=self.clock())
            self.kit.dispatch(at=self.clock(), worker="last")
        self.kit.run_night(as_of=self._today(), at=self.clock())

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
