"""From a TOML file to a `Policy`: bundled ones by name, a host's own by path.

Everything wrong in a file is told at once, each with its place, its value and what is allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from collectkit._files import text_of
from collectkit.alerts import AlertPolicy, AlertRule
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler, WorkUnits
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.compliance import shipped_calendars
from collectkit.compliance.rule import STATUSES
from collectkit.delinquency import BNPL, Buckets
from collectkit.errors import PolicyError
from collectkit.holds import HoldPolicy
from collectkit.policy._choosing import ALERT, EXPERIMENT, NEXT_BEST
from collectkit.policy._dispositions import DISPOSITION, SCRIPT
from collectkit.policy._holds import BIDDING, HOLDS, PAYMENT_PLANS, SETTLEMENTS
from collectkit.policy._kinds import Several, Text, Whole, Zone
from collectkit.policy._money import BUCKETS, DUE_DATES, LATE_FEES, PLAN_CHANGES, SMALL_BALANCES, WATERFALL, promises
from collectkit.policy._shapes import Key, Many, Problem, Problems, Shape, suggested
from collectkit.policy._treatment import treatment
from collectkit.policy._work import HANDLER, SEGMENT, WORK, allocation
from collectkit.policy.model import DispatchPolicy, LawPolicy, NightPolicy, Policy, Sender
from collectkit.segments import Segment
from collectkit.treatment import TreatmentPolicy

__all__ = ["PRESETS", "check_policy", "load_policy", "policy_schema", "read_policy"]

PRESETS: tuple[str, ...] = ("us-bnpl", "uk-bnpl", "au-bnpl", "gentle-bnpl", "agency")
"""Names of the bundled policies."""

_BUNDLED = Path(__file__).parent / "presets"

_LAW = Shape(
    LawPolicy,
    (
        Key("packs", Several(Text()), "Bundled packs by name or all as 'bundled', packs of a plugin by name, or TOML files by path."),
        Key("least_status", Text(STATUSES), "Least status of a rule whose silence is trusted."),
        Key("unknown", Text(("deny", "require")), "What an unknown fact that could forbid an act means."),
        Key("decisions", Text(), "TOML file by path: rules that counsel attests, and rules that are set aside with a reason."),
        Key(
            "grace_days",
            Whole(0, 3_660),
            "For so many days after its review was due a pack is asked; then what it reaches is closed.",
        ),
        Key(
            "rails",
            Several(Text()),
            "Ways to debit of which no rule speaks, such as sepa; others than these and those of rules are refused.",
        ),
        Key(
            "charges",
            Several(Text()),
            "Kinds of charges that no rule tells from others, such as monthly; others than these and those of rules are refused.",
        ),
    ),
    "Which rules are asked. The library's own, such as that stop means stop, always are.",
)

_SENDER = Shape(
    Sender,
    (
        Key("name", Text(), "Your name, as the consumer knows it."),
        Key("email", Text(), "Address that messages come from."),
        Key("reply_to", Text(), "Address that answers go to."),
        Key("phone", Text(), "Number the consumer can call."),
        Key("postal", Text(), "Postal address on one line."),
        Key("pay_url", Text(), "Where the consumer pays; {account} and {person} are replaced."),
    ),
    "Who speaks to the consumer.",
)

_DISPATCH = Shape(
    DispatchPolicy,
    (
        Key("lease_seconds", Whole(1, 3600), "How long a worker may hold a contact before it is taken for lost."),
        Key("horizon_days", Whole(0, 31), "How far ahead a contact may wait for its first lawful moment."),
        Key("timeout_seconds", Whole(1, 600), "How long a driver may take for one message."),
        Key("margin_seconds", Whole(0, 3600), "How long before the end of the lawful hours a channel gets no more messages."),
        Key("retry_minutes", Whole(1, 10_080), "How long after a doubt a copy of an obligatory notice goes out."),
        Key("notice_days", Whole(1, 90), "Within how many days an obligatory notice must have been given."),
        Key("notice_copies", Whole(1, 20), "How often at most an obligatory notice is handed to one channel."),
        Key("notice_channels", Several(Text()), "To which channels an obligatory notice goes on, in this order."),
        Key("after_stop", Text(("replan", "drop")), "What becomes of contacts whose time passed while a kill switch was on."),
        Key("spread_minutes", Whole(1, 10_080), "Over how much time contacts are spread that are planned anew."),
    ),
    "How contacts are handed over.",
)

_NIGHT = Shape(
    NightPolicy,
    (
        Key("chunk_people", Whole(1, 10_000), "How many people are worked and committed together."),
        Key("lease_seconds", Whole(1, 86_400), "For so long a worker that says nothing keeps a night to itself."),
        Key("strikes", Whole(1, 100), "After so many failed nights in a row an account stays out until a person releases it."),
        Key("systemic_accounts", Whole(0, 1_000_000), "So many accounts may fail in one night before it stops."),
        Key("systemic_bp", Whole(0, 10_000), "The share of accounts that may fail, in basis points."),
        Key("catch_up_days", Whole(1, 3_660), "How many skipped days at most a night makes up for."),
    ),
    "How nights are run.",
)


def policy_schema() -> dict[str, object]:
    """Return the JSON Schema of a policy file; `policy.schema.json` in this package is its copy for editors."""
    shape = _shape("", None, {}, ())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "collectkit policy", **shape.schema()}


def load_policy(source: str | Path, *, calendars: Mapping[str, HolidayCalendar] | None = None, strategies: Sequence[str] = ()) -> Policy:
    """
    Load a policy.

    Args:
        source: The name of a bundled policy such as ``us-bnpl``, or the path of a TOML file.
        calendars: Holiday calendars it may name; None for the bundled ones.
        strategies: Names of allocation strategies that plugins bring.

    Raises:
        PolicyError: There is no such policy, or something in it is wrong; `problems` has one text for each place.
    """
    name, text, folder = _open(source)
    file = "" if folder == _BUNDLED else str(source)
    return read_policy(text, name, folder=folder, calendars=calendars, strategies=strategies, file=file)


def read_policy(
    text: str,
    name: str,
    *,
    folder: Path | None = None,
    calendars: Mapping[str, HolidayCalendar] | None = None,
    strategies: Sequence[str] = (),
    file: str = "",
) -> Policy:
    """
    Read a policy from its TOML text.

    Args:
        text: The text of the file.
        name: What the policy is called when its text does not say, and in messages.
        folder: Where relative paths in it start.
        calendars: See `load_policy`.
        strategies: See `load_policy`.
        file: The file that the text came from, for messages.

    Raises:
        PolicyError: As `load_policy`.
    """
    policy, problems = _read(text, name, folder, calendars, strategies)
    if policy is None:
        lines = tuple(str(problem) for problem in problems)
        count = f"{len(lines)} problem{'s' if len(lines) > 1 else ''}"
        raise PolicyError(
            f"policy {name!r}{f' in {file}' if file else ''} has {count}; nothing was loaded:\n  " + "\n  ".join(lines), problems=lines
        )
    return policy


def check_policy(source: str | Path) -> tuple[Problem, ...]:
    """
    Return everything that is wrong with a policy, and, when nothing is, what is likely not meant.

    Args:
        source: As for `load_policy`; names that plugins bring are not known here.

    Raises:
        PolicyError: There is no such policy.
    """
    from collectkit.policy.checking import doubts

    name, text, folder = _open(source)
    policy, problems = _read(text, name, folder, None, ())
    return problems if policy is None else doubts(policy)


def _open(source: str | Path) -> tuple[str, str, Path | None]:
    """Return name, text and folder of a policy."""
    if isinstance(source, str) and "/" not in source and "\\" not in source and not source.endswith(".toml"):
        if source not in PRESETS:
            raise PolicyError(
                f"there is no bundled policy {source!r}; {suggested(source, list(PRESETS))}; "
                "a file of your own is given by its path, such as './policy.toml'; nothing was loaded"
            )
        return source, (_BUNDLED / f"{source}.toml").read_text(encoding="utf-8"), _BUNDLED
    path = Path(source)
    text = text_of(path, lambda why: PolicyError(f"the policy {str(path)!r} cannot be read: {why}; nothing was loaded"))
    return path.stem, text, path.resolve().parent


def _read(
    text: str, name: str, folder: Path | None, calendars: Mapping[str, HolidayCalendar] | None, strategies: Sequence[str]
) -> tuple[Policy | None, tuple[Problem, ...]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (Problem("", f"is no TOML: {error}"),)
    problems = Problems()
    # Steps name bands, so that these are read first; what is wrong with them is told once, with the rest.
    bands = BUCKETS.read(document.get("buckets", {"starts": list(BNPL.starts)}), "buckets", Problems())
    buckets = bands if isinstance(bands, Buckets) else BNPL
    shape = _shape(name, folder, shipped_calendars() if calendars is None else calendars, tuple(strategies), buckets)
    policy = shape.read(document, "", problems)
    return (policy if isinstance(policy, Policy) else None), tuple(problems.found)


def _shape(
    name: str,
    folder: Path | None,
    calendars: Mapping[str, HolidayCalendar],
    strategies: tuple[str, ...],
    buckets: Buckets = BNPL,
) -> Shape:
    """Return the shape of the whole file."""
    make: Callable[..., Policy] = Policy
    shared: Callable[..., AllocationPolicy] = AllocationPolicy

    def policy(
        treatment: TreatmentPolicy,
        handler: tuple[Handler, ...] = (),
        allocation: tuple[AllocationRule, ...] = (),
        work: tuple[WorkUnits, ...] = (),
        segment: tuple[Segment, ...] = (),
        holds: HoldPolicy = HoldPolicy(),
        variant: tuple[TreatmentPolicy, ...] = (),
        alert: tuple[AlertRule, ...] = (),
        name: str = name,
        **parts: object,
    ) -> Policy:
        names = [one.name for one in variant]
        if len(set(names)) < len(names) or "standard" in names:
            raise PolicyError(f"each variant has a name of its own, and none is 'standard', got {', '.join(names)}; nothing was loaded")
        return make(
            name=name,
            folder=folder,
            holds=holds,
            treatment=attrs.evolve(treatment, effects=holds.effects),
            variants={one.name: attrs.evolve(one, effects=holds.effects) for one in variant},
            alerts=AlertPolicy(alert),
            allocation=shared(handler, allocation, effects=holds.effects, units=work, segments=segment),
            **parts,
        )

    return Shape(
        policy,
        (
            Key("name", Text(), "Short; the name of the file when it is not given."),
            Key("zone", Zone(), "Time zone whose calendar day is the business date.", required=True),
            Key("templates", Text(), "'bundled', or the folder of your own message templates."),
            Key("waterfall", WATERFALL, WATERFALL.about),
            Key("plan_changes", PLAN_CHANGES, PLAN_CHANGES.about),
            Key("buckets", BUCKETS, BUCKETS.about),
            Key("late_fees", LATE_FEES, LATE_FEES.about),
            Key("small_balances", SMALL_BALANCES, SMALL_BALANCES.about),
            Key("due_dates", DUE_DATES, DUE_DATES.about),
            Key("promises", promises(calendars), "What may be promised and when a promise counts as kept."),
            Key("payment_plans", PAYMENT_PLANS, PAYMENT_PLANS.about, argument="plans"),
            Key("settlements", SETTLEMENTS, SETTLEMENTS.about),
            Key("bidding", BIDDING, BIDDING.about),
            Key("dispositions", DISPOSITION, DISPOSITION.about),
            Key("scripts", SCRIPT, SCRIPT.about),
            Key("holds", HOLDS, HOLDS.about),
            Key("treatment", treatment(name, buckets), "What is done when.", required=True),
            Key("variant", Many(treatment(name, buckets, named=True)), "Treatments that arms of experiments get."),
            Key("experiment", Many(EXPERIMENT), "Comparisons of treatments; an account is in one at a time.", argument="experiments"),
            Key("next_best", NEXT_BEST, NEXT_BEST.about),
            Key("alert", Many(ALERT), "What the person on an account must be told."),
            Key("handler", Many(HANDLER), "Who works accounts."),
            Key("allocation", Many(allocation(strategies)), "Who gets which accounts, in order of precedence."),
            Key("work", Many(WORK), "How much work an account is."),
            Key("segment", Many(SEGMENT), "Named groups of accounts that handlers may take."),
            Key("law", _LAW, _LAW.about),
            Key("sender", _SENDER, _SENDER.about),
            Key("dispatch", _DISPATCH, _DISPATCH.about),
            Key("night", _NIGHT, _NIGHT.about),
        ),
        "Everything that a host decides for itself.",
    )
