"""Which treatment an account gets: the policy's, that of its arm in an experiment, or of a hold-out only what the law obliges us to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import attrs

from collectkit.actions import ActionKind
from collectkit.errors import PolicyError
from collectkit.experiments import Experiment, ExperimentEntered, Unit, assign, check_together, entered_by
from collectkit.identifiers import AccountId
from collectkit.person_standing import PersonStanding
from collectkit.segments import view
from collectkit.servicing.purposes import OBLIGATORY
from collectkit.standing import Standing
from collectkit.treatment import Step, TreatmentPolicy

__all__ = ["Treatments", "held_out"]


def held_out(treatment: TreatmentPolicy) -> TreatmentPolicy:
    """
    Return what a hold-out gets of a treatment: contacts that the law obliges us to make, and the thaw of purchases.

    Raises:
        PolicyError: Such a contact comes after a step that the hold-out does not get.
    """
    kept: tuple[Step, ...] = tuple(
        step
        for step in treatment.steps
        if step.action is ActionKind.THAW_PURCHASES or (step.action is ActionKind.CONTACT and step.purpose in OBLIGATORY)
    )
    return attrs.evolve(treatment, version=f"{treatment.version}/hold-out", steps=kept)


@attrs.frozen
class Treatments:
    """
    The treatment in force, the experiments on it, and the treatments that their arms get.

    Attributes:
        standard: What an account gets that is in no experiment.
        experiments: In order: a unit is in one at a time, the first that takes it.
        variants: Treatments of arms, by name.

    Raises:
        PolicyError: An arm names a treatment that there is not, two experiments are not independent, or a hold-out that would miss
            what the law obliges us to do.
    """

    standard: TreatmentPolicy
    experiments: tuple[Experiment, ...] = attrs.field(default=(), converter=tuple[Experiment, ...])
    variants: Mapping[str, TreatmentPolicy] = attrs.field(factory=dict, hash=False)
    _by_arm: Mapping[tuple[str, str], TreatmentPolicy] = attrs.field(init=False, eq=False, repr=False)

    @_by_arm.default
    def _made(self) -> Mapping[tuple[str, str], TreatmentPolicy]:
        check_together(self.experiments)
        found: dict[tuple[str, str], TreatmentPolicy] = {}
        for experiment in self.experiments:
            for arm in experiment.arms:
                found[experiment.id, arm.name] = self._named(experiment, arm.treatment)
        return MappingProxyType(found)

    def _named(self, experiment: Experiment, name: str) -> TreatmentPolicy:
        if not name:
            return held_out(self.standard)
        if name == "standard":
            return self.standard
        if name not in self.variants:
            known = ", ".join(["standard", *self.variants])
            raise PolicyError(f"experiment {experiment.id!r} names the treatment {name!r}, known are {known}; nothing was loaded")
        return self.variants[name]

    @property
    def all(self) -> tuple[TreatmentPolicy, ...]:
        """The standard treatment, and those of arms."""
        return (self.standard, *self.variants.values())

    @property
    def asks_for_the_past(self) -> bool:
        """Whether one of them is told what happened before."""
        return any(one.asks_for_the_past for one in self.all)

    def of(self, entries: Iterable[ExperimentEntered]) -> TreatmentPolicy:
        """Return the treatment of an account whose own and whose person's entries are given; the first experiment decides."""
        arms = {entry.experiment: entry.arm for entry in entries}
        for experiment in self.experiments:
            found = self._by_arm.get((experiment.id, arms.get(experiment.id, "")))
            if found is not None:
                return found
        return self.standard

    def entries(
        self,
        person: PersonStanding,
        accounts: Sequence[Standing],
        of_person: Iterable[ExperimentEntered],
        of_accounts: Mapping[AccountId, Iterable[ExperimentEntered]],
        on: date,
    ) -> tuple[list[ExperimentEntered], dict[AccountId, list[ExperimentEntered]]]:
        """
        Return who enters which experiment on a day: what the person enters, and what each account does.

        A person enters with the first of their accounts that is eligible. Who is in one experiment enters no other, so that no
        two of them act on one account.

        Args:
            person: Who owes.
            accounts: Those worked on the day.
            of_person: What the person entered before.
            of_accounts: What each account entered before.
            on: The business date.
        """
        new_person: list[ExperimentEntered] = []
        new_accounts: dict[AccountId, list[ExperimentEntered]] = {}
        known = {one.id for one in self.experiments}
        in_person = any(entry.experiment in known for entry in of_person)
        for standing in accounts:
            if in_person or any(entry.experiment in known for entry in of_accounts.get(standing.account, ())):
                continue
            entry = self._entry(standing, person, on, alone=any(_in_any(of_accounts, known)) or bool(new_accounts))
            if entry is None:
                continue
            if self._unit_of(entry) is Unit.PERSON:
                new_person, in_person = [entry], True
            else:
                new_accounts[standing.account] = [entry]
        return new_person, new_accounts

    def _entry(self, standing: Standing, person: PersonStanding, on: date, *, alone: bool) -> ExperimentEntered | None:
        if standing.state in ("closed", "paid", "not_started"):
            return None
        facts = view(standing, person.consumer)
        for experiment in self.experiments:
            if experiment.unit is Unit.PERSON and alone:
                continue  # one of the person's accounts is in an experiment of its own
            unit = person.id if experiment.unit is Unit.PERSON else standing.account
            assignment = assign(experiment, unit, on, facts=facts)
            if assignment is not None:
                return entered_by(assignment, on)
        return None

    def _unit_of(self, entry: ExperimentEntered) -> Unit:
        return next(one.unit for one in self.experiments if one.id == entry.experiment)


def _in_any(entries: Mapping[AccountId, Iterable[ExperimentEntered]], known: set[str]) -> Iterable[bool]:
    """Yield for each entry of an account whether its experiment is among the *known*."""
    return (entry.experiment in known for held in entries.values() for entry in held)
