"""The table about dispositions: what each result of a call or a visit counts as."""

from __future__ import annotations

from collectkit.person.dispositions import Counter, Disposition, DispositionTable, InteractionKind
from collectkit.policy._kinds import Flag, Several, Text
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.servicing.guidance import SCRIPTS, ScriptPolicy

_ACTION = Shape(
    InteractionKind,
    (
        Key("name", Text(), "Such as 'call'.", required=True),
        Key("channel", Text(), "Through which channel, in the words of the rule packs.", required=True),
        Key("results", Several(Text()), "All that it can come to.", required=True),
        Key("direction", Text(("outbound", "inbound")), "Who began it."),
    ),
    "Something that is done, or happens.",
    label="name",
)

_RESULT = Shape(
    Disposition,
    (
        Key("action", Text(), "Name of an action.", required=True),
        Key("result", Text(), "One of its results.", required=True),
        Key("counters", Several(Text(tuple(counter.value for counter in Counter))), "What it counts as."),
        Key("outcome", Text(), "What it is to the law's budgets, such as 'conversation'.", required=True),
        Key("next_action", Text(), "What comes next."),
        Key("call_back", Flag(), "The person asked to be called, and it is recorded when."),
        Key("status", Text(), "What is said of the account in worklists."),
        Key("mark_point", Text(("wrong_party", "invalid", "disconnected", "verified")), "Status that the contact point gets."),
    ),
    "What an action that came to a result means.",
    label="result",
)

DISPOSITION = Shape(
    DispositionTable,
    (
        Key("action", Many(_ACTION), "What can be done or happen.", required=True, argument="actions"),
        Key("result", Many(_RESULT), "What each result means: each of each action once.", required=True, argument="rows"),
    ),
    "What each result of a call or a visit counts as. Without this table the shipped one holds.",
)


def _lines(**stages: tuple[str, ...]) -> ScriptPolicy:
    return ScriptPolicy(stages)


SCRIPT = Shape(
    _lines,
    tuple(Key(stage, Several(Text()), f"What to say in the stage {stage}, line by line.") for stage in SCRIPTS),
    "What the person on the phone says, by stage; a stage that is not named keeps the shipped lines.",
)
