"""Treatment: which step comes next for an account, proposed from its dates and never done from here."""

from __future__ import annotations

from collectkit.treatment.barring import Barred, barred_steps
from collectkit.treatment.bundling import bundle, decided_by, steps_taken
from collectkit.treatment.interrupting import NO_PAST, Past, interruptions, stops_of
from collectkit.treatment.migrating import AccountMigration, MigrationPlan, migration_plan
from collectkit.treatment.planning import Planned, schedule
from collectkit.treatment.policies import STOPPED_BY, TreatmentPolicy
from collectkit.treatment.proposing import cycle_of, next_step_on, propose, step_id
from collectkit.treatment.purchasing import Purchasing, purchasing_of
from collectkit.treatment.reminders import Reminder, ReminderChange, ReminderSchedule, What, compare, reminders
from collectkit.treatment.resuming import CAUSES, Interruption, Resume, resumed
from collectkit.treatment.steps import CatchUp, Step
from collectkit.treatment.triggers import (
    AfterStep,
    BucketEntry,
    Cured,
    DueOffset,
    Happened,
    OnDate,
    PromiseBroken,
    PromiseOffset,
    Trigger,
)

__all__ = [
    "AccountMigration",
    "AfterStep",
    "Barred",
    "BucketEntry",
    "CAUSES",
    "CatchUp",
    "Cured",
    "DueOffset",
    "Happened",
    "Interruption",
    "MigrationPlan",
    "NO_PAST",
    "OnDate",
    "Past",
    "Purchasing",
    "Planned",
    "PromiseBroken",
    "PromiseOffset",
    "Reminder",
    "ReminderChange",
    "ReminderSchedule",
    "Resume",
    "STOPPED_BY",
    "Step",
    "TreatmentPolicy",
    "Trigger",
    "What",
    "barred_steps",
    "bundle",
    "compare",
    "cycle_of",
    "decided_by",
    "interruptions",
    "stops_of",
    "migration_plan",
    "next_step_on",
    "propose",
    "purchasing_of",
    "reminders",
    "resumed",
    "schedule",
    "step_id",
    "steps_taken",
]
