"""Treatment: which step comes next for an account, proposed from its dates and never done from here."""

from __future__ import annotations

from collectkit.treatment.barring import Barred, barred_steps
from collectkit.treatment.bundling import bundle, steps_taken
from collectkit.treatment.migrating import AccountMigration, MigrationPlan, migration_plan
from collectkit.treatment.planning import Planned, schedule
from collectkit.treatment.policies import STOPPED_BY, TreatmentPolicy
from collectkit.treatment.proposing import cycle_of, next_step_on, propose, step_id
from collectkit.treatment.steps import AfterStep, CatchUp, Cured, DueOffset, PromiseBroken, PromiseOffset, Step, Trigger

__all__ = [
    "STOPPED_BY",
    "AccountMigration",
    "AfterStep",
    "Barred",
    "CatchUp",
    "Cured",
    "DueOffset",
    "MigrationPlan",
    "Planned",
    "PromiseBroken",
    "PromiseOffset",
    "Step",
    "TreatmentPolicy",
    "Trigger",
    "barred_steps",
    "bundle",
    "cycle_of",
    "migration_plan",
    "next_step_on",
    "propose",
    "schedule",
    "step_id",
    "steps_taken",
]
