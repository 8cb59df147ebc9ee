"""The tables about choosing and comparing: the next best action, experiments, and alerts for whoever works an account."""

from __future__ import annotations

from collectkit.alerts import AlertRule
from collectkit.experiments import Arm, Experiment, Unit
from collectkit.policy._kinds import Clause, Day, Text, Whole
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.policy._treatment import CHANNELS, CLAUSE
from collectkit.servicing.next_best import ChannelWorth, NextBestPolicy

NEXT_BEST = Shape(
    NextBestPolicy,
    (
        Key("scorer", Text(), "What weighs candidates: 'baseline', or the name of one that a plugin brings."),
        Key("explore_bp", Whole(0, 10_000), "Share of choices that are drawn among all that are worth something, in basis points."),
        Key("salt", Text(), "Makes the draw independent of any other."),
        Key(
            "channel",
            Many(
                Shape(
                    ChannelWorth,
                    (
                        Key("name", Text(CHANNELS), "The channel.", required=True),
                        Key("chance_bp", Whole(0, 10_000), "Share of contacts upon which somebody a few days late pays.", required=True),
                        Key("cost_minor", Whole(), "What one costs, in minor units."),
                        Key("harm_minor", Whole(), "What one costs the person; each contact of the last week adds as much."),
                    ),
                    "What the baseline knows of a channel.",
                    label="name",
                )
            ),
            "What the baseline knows of channels; without any, its own starting values.",
            argument="channels",
        ),
    ),
    "How one of several contacts is chosen that steps put among each other.",
)

EXPERIMENT = Shape(
    Experiment,
    (
        Key("id", Text(), "Its id, part of the draw.", required=True),
        Key("salt", Text(), "Makes its draw independent of that of any other experiment.", required=True),
        Key("unit", Text(tuple(unit.value for unit in Unit)), "What is put into an arm."),
        Key("starts_on", Day(), "First day on which units enter.", required=True),
        Key("ends_on", Day(), "Last such day."),
        Key("eligible", Clause(), "Which units enter, asked on the day of entry."),
        Key("outcome_days", Whole(1), "For so many days after its entry the outcome of a unit counts."),
        Key(
            "arm",
            Many(
                Shape(
                    Arm,
                    (
                        Key("name", Text(), "Its name, such as champion.", required=True),
                        Key("share_bp", Whole(0, 10_000), "Share of the units, in basis points.", required=True),
                        Key("treatment", Text(), "'standard', or the name of a variant; without it a hold-out: only what the law wants."),
                    ),
                    "One way of treating.",
                    label="name",
                )
            ),
            "The arms; the first is the control.",
            required=True,
            argument="arms",
        ),
    ),
    "A comparison of treatments.",
    label="id",
)

ALERT = Shape(
    AlertRule,
    (
        Key("name", Text(), "Its name.", required=True),
        Key("when", CLAUSE, "The condition.", required=True),
        Key("text", Text(), "What is to be done, for whoever has the account.", required=True),
        Key("due_days", Whole(), "So many days after it was raised it is due."),
        Key("owner", Text(), "Who has it; without it whoever works the account."),
        Key("escalate_days", Whole(), "So many days after it was due it goes to somebody else."),
        Key("escalate_to", Text(), "To whom."),
        Key("again_days", Whole(), "After it was dealt with it is not raised for so many days."),
    ),
    "When somebody must look at an account.",
    label="name",
)
