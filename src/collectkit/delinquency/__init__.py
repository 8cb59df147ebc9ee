"""Lateness: three named clocks, the bands they fall into, and the history of both. All derived on demand; nothing is stored."""

from collectkit.delinquency.buckets import BNPL, MONTHLY, Band, Buckets
from collectkit.delinquency.clock_dates import ClockDates, clock_dates, clock_stops
from collectkit.delinquency.clocks import (
    AccountLateness,
    ClockRules,
    InstallmentLateness,
    Lateness,
    LatenessPolicy,
    Materiality,
    installment_lateness,
    lateness,
    read_clock,
)
from collectkit.delinquency.history import Stay, bucket_history, days_in, times_entered, worst
from collectkit.delinquency.people import PersonLateness, person_lateness
from collectkit.delinquency.reported import Reported, ReportedChange, reported
from collectkit.holds import stopped

__all__ = [
    "BNPL",
    "MONTHLY",
    "AccountLateness",
    "Band",
    "Buckets",
    "ClockDates",
    "ClockRules",
    "InstallmentLateness",
    "Lateness",
    "LatenessPolicy",
    "Materiality",
    "PersonLateness",
    "Reported",
    "ReportedChange",
    "Stay",
    "bucket_history",
    "clock_dates",
    "clock_stops",
    "days_in",
    "installment_lateness",
    "lateness",
    "person_lateness",
    "read_clock",
    "reported",
    "stopped",
    "times_entered",
    "worst",
]
