"""The course of a contract that draws its own plan: several disbursements, down payments, agreed interest."""

from collectkit.schedules.course.changing import Change, CourseQuote, quote_change
from collectkit.schedules.course.course import Course, Line, PaidOut, Totals, course
from collectkit.schedules.course.lateness import Lateness, Pause, Paused, lateness, lateness_by_line
from collectkit.schedules.course.terms import ContractTerms, InterestTerms

__all__ = [
    "Change",
    "ContractTerms",
    "Course",
    "CourseQuote",
    "InterestTerms",
    "Lateness",
    "Line",
    "PaidOut",
    "Pause",
    "Paused",
    "Totals",
    "course",
    "lateness",
    "lateness_by_line",
    "quote_change",
]
