"""A host's policy: everything that it decides for itself, in one frozen value.

Each part is the policy type of the room that obeys it; here they only stand together, with what belongs to no
single room: the business zone, who signs messages, and how dispatch works.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from enum import Enum
from pathlib import Path
from types import FunctionType

import attrs

from collectkit.alerts import AlertPolicy
from collectkit.allocation import AllocationPolicy
from collectkit.arrangements.negotiation import BiddingPolicy
from collectkit.arrangements.offers import OfferPolicy
from collectkit.arrangements.payment_plans import PlanPolicy
from collectkit.arrangements.promises import PromisePolicy
from collectkit.calendars.dates import zone
from collectkit.compliance.overdue import GRACE_DAYS
from collectkit.compliance.rule import STATUSES
from collectkit.compliance.shipped import LAWS
from collectkit.delinquency import BNPL, Buckets
from collectkit.errors import PolicyError
from collectkit.experiments import Experiment
from collectkit.holds import HoldPolicy
from collectkit.money import Money
from collectkit.person.dispositions import DISPOSITIONS, DispositionTable
from collectkit.rules import Expression
from collectkit.schedules import INSTALLMENT_FIRST, ChangePolicy, LateFeePolicy, PostingRules, SmallBalances, Waterfall
from collectkit.schedules.due_date_change import DueDatePolicy
from collectkit.servicing.arms import Treatments
from collectkit.servicing.guidance import ScriptPolicy
from collectkit.servicing.next_best import NextBestPolicy
from collectkit.treatment import TreatmentPolicy

PAY_URL_FIELDS = ("account", "person")
"""Names that stand in braces in `Sender.pay_url`."""

BUNDLED_LAW = "bundled"
"""Name that stands for all law that ships."""

_DIGEST_LENGTH = 12


@attrs.frozen(kw_only=True)
class Sender:
    """
    Who speaks to the consumer, as messages show it. Empty where the policy does not say.

    Attributes:
        name: The creditor's name, as the consumer knows it.
        email: Address that messages come from.
        reply_to: Address that answers go to; empty for *email*.
        phone: Number the consumer can call, in international form.
        postal: Postal address on one line, which some laws want in every e-mail.
        pay_url: Where the consumer pays; ``{account}`` and ``{person}`` are replaced by the ids.

    Raises:
        PolicyError: *pay_url* holds other braces or is no https address.
    """

    name: str = ""
    email: str = ""
    reply_to: str = ""
    phone: str = ""
    postal: str = ""
    pay_url: str = ""

    def __attrs_post_init__(self) -> None:
        if self.pay_url and not self.pay_url.startswith("https://"):
            raise PolicyError(f"pay_url must start with https://, got {self.pay_url!r}; nothing was loaded")
        left = self.pay_url
        for name in PAY_URL_FIELDS:
            left = left.replace(f"{{{name}}}", "")
        if "{" in left or "}" in left:
            raise PolicyError(f"pay_url may hold {{account}} and {{person}} in braces, got {self.pay_url!r}; nothing was loaded")

    def pay_url_for(self, account: str, person: str) -> str:
        """
        Return the address where one account is paid; ids are escaped for their place.

        >>> Sender(pay_url="https://pay.example/{account}").pay_url_for("a/1", "c-1")
        'https://pay.example/a%2F1'
        """
        from urllib.parse import quote

        return self.pay_url.replace("{account}", quote(account, safe="")).replace("{person}", quote(person, safe=""))


@attrs.frozen(kw_only=True)
class DispatchPolicy:
    """
    How contacts are handed over.

    Attributes:
        lease_seconds: How long a worker may hold a contact before it is taken for lost.
        horizon_days: How far ahead a contact may wait for its first lawful moment; one that finds none in that time is given up.
        timeout_seconds: How long a driver may take for one message; then the contact is in doubt and the driver is left behind.
        margin_seconds: So long before the end of the lawful hours a channel gets no more messages that cannot keep that end itself.
        retry_minutes: How long after a doubt a copy of an obligatory notice goes out, and a reminder whose key still lives.
        notice_days: Within how many days an obligatory notice must have been given.
        notice_copies: How often at most an obligatory notice is handed to one channel, the first time included.
        notice_channels: To which channels an obligatory notice goes on, in this order, before a person must act.
        after_stop: What becomes of contacts whose time passed while a kill switch was on: ``replan`` or ``drop``.
        spread_minutes: Over how much time those are spread that are planned anew.

    Raises:
        PolicyError: A number outside its bounds, another word for *after_stop*.
    """

    lease_seconds: int = 120
    horizon_days: int = 3
    timeout_seconds: int = 10
    margin_seconds: int = 60
    retry_minutes: int = 60
    notice_days: int = 5
    notice_copies: int = 3
    notice_channels: tuple[str, ...] = attrs.field(default=("email", "letter", "sms"), converter=tuple[str, ...])
    after_stop: str = "replan"
    spread_minutes: int = 60

    def __attrs_post_init__(self) -> None:
        _check_within("lease_seconds", self.lease_seconds, 1, 3600)
        _check_within("horizon_days", self.horizon_days, 0, 31)
        _check_within("timeout_seconds", self.timeout_seconds, 1, 600)
        _check_within("margin_seconds", self.margin_seconds, 0, 3600)
        _check_within("retry_minutes", self.retry_minutes, 1, 10_080)
        _check_within("notice_days", self.notice_days, 1, 90)
        _check_within("notice_copies", self.notice_copies, 1, 20)
        _check_within("spread_minutes", self.spread_minutes, 1, 10_080)
        if self.after_stop not in ("replan", "drop"):
            raise PolicyError(f"after_stop is 'replan' or 'drop', got {self.after_stop!r}; nothing was loaded")
        if len(set(self.notice_channels)) < len(self.notice_channels):
            raise PolicyError(f"each channel of notice_channels is named once, got {', '.join(self.notice_channels)}; nothing was loaded")


@attrs.frozen(kw_only=True)
class NightPolicy:
    """
    How nights are run.

    Attributes:
        chunk_people: How many people are worked and committed together.
        lease_seconds: For so long a worker that says nothing keeps a night to itself.
        strikes: So many nights in a row may fail for an account before it stays out until a person releases it.
        systemic_accounts: So many accounts may fail in one night; more, and more than *systemic_bp* of those looked at, stop it.
        systemic_bp: The share of accounts that may fail, in basis points.
        catch_up_days: How many skipped days at most a night makes up for.

    Raises:
        PolicyError: A number outside its bounds.
    """

    chunk_people: int = 100
    lease_seconds: int = 600
    strikes: int = 3
    systemic_accounts: int = 20
    systemic_bp: int = 500
    catch_up_days: int = 366

    def __attrs_post_init__(self) -> None:
        _check_within("chunk_people", self.chunk_people, 1, 10_000)
        _check_within("lease_seconds", self.lease_seconds, 1, 86_400)
        _check_within("strikes", self.strikes, 1, 100)
        _check_within("systemic_accounts", self.systemic_accounts, 0, 1_000_000)
        _check_within("systemic_bp", self.systemic_bp, 0, 10_000)
        _check_within("catch_up_days", self.catch_up_days, 1, 3_660)


def _pack_names(given: Iterable[str]) -> tuple[str, ...]:
    """Return the names with ``bundled`` replaced by those of all law that ships; what the host names besides stays in its place."""
    names = tuple(given)
    rest = tuple(name for name in LAWS if name not in names)
    return tuple(found for name in names for found in (rest if name == BUNDLED_LAW else (name,)))


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _such_as(example: str) -> Callable[[object, attrs.Attribute[tuple[str, ...]], tuple[str, ...]], None]:
    def check(instance: object, attribute: attrs.Attribute[tuple[str, ...]], names: tuple[str, ...]) -> None:
        if not all(isinstance(name, str) and name for name in names):
            raise PolicyError(f"{attribute.name} are a list of names such as {example!r}, got {names!r}; nothing was loaded")

    return check


@attrs.frozen(kw_only=True)
class LawPolicy:
    """
    Which rule packs are asked, and how doubts are settled.

    The library's own rules, such as that stop means stop, are always among them.

    Attributes:
        packs: Names of bundled packs, of packs that a plugin brings, or paths of TOML files; ``bundled`` stands for all law that
            ships. Where a person may live decides which of them are asked about that person.
        least_status: Least status of a rule whose silence is trusted; see `collectkit.compliance.RuleBook`.
        unknown: What an unknown fact that could forbid an act means: ``deny`` or ``require`` (a person decides).
        decisions: Path of a TOML file with rules that counsel attests and rules that are set aside; empty for none.
        grace_days: For so many days after its review was due a pack is still asked; then what it reaches is closed.
        rails: Ways to debit of which no rule speaks, such as ``sepa``; a debit by a way that neither these nor a rule name is refused.
        charges: Kinds of charges that no rule tells from others, such as ``monthly``; where some rule tells kinds apart, a charge of a kind
            that neither these nor a rule name is refused.

    Raises:
        PolicyError: Another word for *least_status* or *unknown*, a pack named twice, *grace_days* below 0, or a rail or kind that is no
            text.
    """

    packs: tuple[str, ...] = attrs.field(default=(), converter=_pack_names)
    least_status: str = STATUSES[0]
    unknown: str = "deny"
    decisions: str = ""
    grace_days: int = GRACE_DAYS
    rails: tuple[str, ...] = attrs.field(default=(), converter=_words, validator=_such_as("sepa"))
    charges: tuple[str, ...] = attrs.field(default=(), converter=_words, validator=_such_as("monthly"))

    def __attrs_post_init__(self) -> None:
        if type(self.grace_days) is not int or self.grace_days < 0:
            raise PolicyError(f"grace_days is a whole number of days from 0 on, got {self.grace_days!r}; nothing was loaded")
        if self.least_status not in STATUSES:
            raise PolicyError(f"least_status is one of {', '.join(STATUSES)}, got {self.least_status!r}; nothing was loaded")
        if self.unknown not in ("deny", "require"):
            raise PolicyError(f"unknown is 'deny' or 'require', got {self.unknown!r}; nothing was loaded")
        if len(set(self.packs)) < len(self.packs):
            raise PolicyError(f"each pack is named once, got {', '.join(self.packs)}; nothing was loaded")


@attrs.frozen(kw_only=True)
class Policy:
    """
    Everything that a host decides for itself.

    Attributes:
        name: Short, such as ``us-bnpl``.
        zone: IANA zone whose calendar day is the business date.
        waterfall: In which order a payment settles what is owed, or all the rules by which money is applied.
        plan_changes: How often a plan may be changed.
        buckets: Bands of lateness for reports.
        late_fees: When lateness costs money; None: never.
        small_balances: What is too little to be asked for, or to be contacted about.
        due_dates: When a consumer may move a due date; None: never.
        promises: What may be promised.
        plans: Which payment plans may be agreed.
        settlements: Which settlements may be offered.
        bidding: How bids of customers are answered without a human; None: there is no bidding.
        dispositions: What each result of a call or visit counts as.
        scripts: What the person on the phone says, by stage.
        holds: What stops work, and for how long; treatment and allocation obey the same matrix.
        treatment: What is done when.
        experiments: Comparisons of treatments, in order of precedence.
        variants: Treatments that arms of experiments get, by name.
        next_best: How one of several contacts is chosen.
        alerts: What the person on an account must be told.
        allocation: Who works which account.
        law: Which rules are asked.
        templates: ``bundled``, or the folder of the host's own message templates.
        sender: Who speaks to the consumer.
        dispatch: How contacts are handed over.
        night: How nights are run.
        folder: Where relative paths of packs and templates start; None for the working directory. No part of the version.
        version: Name and digest of the content, such as ``us-bnpl@0123456789ab``.

    Raises:
        PolicyError: The name is empty or holds spaces or ``@``.
        TimeError: There is no such zone.
    """

    name: str
    zone: str
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST
    plan_changes: ChangePolicy = attrs.field(factory=ChangePolicy)
    buckets: Buckets = BNPL
    late_fees: LateFeePolicy | None = None
    small_balances: SmallBalances = attrs.field(factory=SmallBalances)
    due_dates: DueDatePolicy | None = None
    promises: PromisePolicy = attrs.field(factory=PromisePolicy)
    plans: PlanPolicy = attrs.field(factory=PlanPolicy)
    settlements: OfferPolicy = attrs.field(factory=OfferPolicy)
    bidding: BiddingPolicy | None = None
    dispositions: DispositionTable = DISPOSITIONS
    scripts: ScriptPolicy = attrs.field(factory=ScriptPolicy)
    holds: HoldPolicy = attrs.field(factory=HoldPolicy)
    treatment: TreatmentPolicy
    experiments: tuple[Experiment, ...] = attrs.field(default=(), converter=tuple[Experiment, ...])
    variants: Mapping[str, TreatmentPolicy] = attrs.field(factory=dict)
    next_best: NextBestPolicy = attrs.field(factory=NextBestPolicy)
    alerts: AlertPolicy = attrs.field(factory=AlertPolicy)
    allocation: AllocationPolicy = attrs.field(factory=lambda: AllocationPolicy((), ()))
    law: LawPolicy = attrs.field(factory=LawPolicy)
    templates: str = "bundled"
    sender: Sender = attrs.field(factory=Sender)
    dispatch: DispatchPolicy = attrs.field(factory=DispatchPolicy)
    night: NightPolicy = attrs.field(factory=NightPolicy)
    folder: Path | None = attrs.field(default=None, eq=False)
    version: str = attrs.field(init=False)
    treatments: Treatments = attrs.field(init=False, eq=False, repr=False)

    @treatments.default
    def _arms(self) -> Treatments:
        return Treatments(self.treatment, self.experiments, self.variants)

    def __attrs_post_init__(self) -> None:
        if not self.name or "@" in self.name or len(self.name.split()) != 1:
            raise PolicyError(f"a policy has a short name without spaces and @, such as 'us-bnpl', got {self.name!r}; nothing was loaded")
        zone(self.zone)
        object.__setattr__(self, "version", f"{self.name}@{content_digest(self)}")

    @property
    def asks_for_the_past(self) -> bool:
        """Whether one of its treatments or alerts is told what happened before."""
        return self.treatments.asks_for_the_past or bool(self.alerts.rules)


def _check_within(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise PolicyError(f"{name} is a whole number from {least} to {most}, got {value!r}; nothing was loaded")


def content_digest(value: object) -> str:
    """
    Return the first 12 hexadecimal digits of the SHA-256 over what a policy, or a part of one, says.

    Two that say the same have the same digest, whatever file they came from and however it was commented.
    """
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def _plain(value: object) -> object:
    """Return *value* as JSON can hold it, the same for equal values in every process."""
    if value is None or isinstance(value, bool | int | str):
        return value
    match value:
        case Enum():
            return value.value
        case Expression():
            return str(value.tree)
        case date() | time() | Money():
            return str(value)
        case Mapping():
            return {str(_plain(key)): _plain(item) for key, item in value.items()}
        case frozenset():
            return sorted(json.dumps(_plain(item), sort_keys=True) for item in value)
        case tuple():
            return [_plain(item) for item in value]
        case FunctionType():
            return value.__qualname__
    kind = type(value)
    fields = attrs.fields(kind) if attrs.has(kind) else ()
    return {"type": kind.__name__, **{field.name: _plain(getattr(value, field.name)) for field in fields if field.init and field.eq}}
