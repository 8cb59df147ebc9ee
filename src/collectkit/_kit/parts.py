"""What a kit is made of, put together once when it is opened: hooks gather, and their answers become frozen values."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

import attrs

from collectkit._kit import builtin
from collectkit._kit.checked import CheckedStore
from collectkit._kit.figures import Telemetry
from collectkit._kit.keyring import Keyring
from collectkit._kit.merged import MergedStore
from collectkit._kit.observed import ObservedStore
from collectkit._kit.outbox import keys_beside, outbox_at
from collectkit._kit.settings import checked_settings
from collectkit.allocation import STRATEGIES, Strategy
from collectkit.calendars import HolidayCalendar
from collectkit.channels.capabilities import capabilities_of
from collectkit.channels.channel import Driver
from collectkit.channels.templates import TemplateSet
from collectkit.compliance import Pack, RuleBook
from collectkit.errors import PolicyError, StoreUnavailableError, TemplateError, ValidationError
from collectkit.holds import Scrub
from collectkit.person import Cleanser
from collectkit.plugins import Observers, Plugins, Subscriber, load_plugins
from collectkit.plugins.ability import lacks, lacks_call
from collectkit.plugins.calling import Callers
from collectkit.plugins.guard import fault, items_of, merge, named_of
from collectkit.plugins.guarding import guarded_calendars, guarded_pack, guarded_scorers, guarded_strategies
from collectkit.plugins.guarding_services import guarded_anchors, guarded_authority, guarded_keys
from collectkit.plugins.hookspecs import AnchorSink, ContactResolver, KeyProvider
from collectkit.plugins.manager import ASSEMBLY_SECONDS, is_ours
from collectkit.policy import Policy, load_decisions, load_named_packs, load_policy, load_templates
from collectkit.policy.sources import is_path
from collectkit.principals import Authorize
from collectkit.servicing.next_best import BASELINE, BaselineScorer, Scorer
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.store import Store
from collectkit.storage.vault import Vault

_LOGGER: Final = logging.getLogger("collectkit")

OURS: Final = (builtin,)
"""Our own parts, asked last."""

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@attrs.frozen
class Parts:
    """
    The parts of a kit.

    Attributes:
        store: Where the book lies.
        policy: What the host decides for itself.
        rules: The law that is asked.
        templates: What messages say.
        outbox: Who takes messages whose channel has no driver of its own.
        drivers: Who takes messages, by channel.
        strategies: How allocation rules may share accounts, by name.
        scorers: What weighs candidates for the next best action, by name.
        telemetry: Metrics and traces; None when nobody asked for them.
        authority: Who decides what a principal may do; None when everybody may do everything.
        keyring: Keys of the vault and of suppression.
        keeper: How personal data is written down.
        anchors: Who keeps the heads of the record, by name.
        observers: Who is told what was recorded.
        plugins: Names of the plugins that were asked, our own first.
        callers: What calls their parts, with deadlines.
    """

    store: Store
    policy: Policy
    rules: RuleBook
    templates: TemplateSet
    outbox: Driver
    drivers: Mapping[str, Driver] = attrs.field(factory=dict)
    strategies: Mapping[str, Strategy] = STRATEGIES
    scorers: Mapping[str, Scorer] = attrs.field(factory=dict)
    telemetry: Telemetry | None = None
    authority: Authorize | None = None
    resolver: ContactResolver | None = None
    cleansers: Mapping[str, Cleanser] = attrs.field(factory=dict)
    scrubs: Mapping[str, Scrub] = attrs.field(factory=dict)
    keyring: Keyring = attrs.field(factory=Keyring)
    keeper: Keeper = PLAIN
    anchors: Mapping[str, AnchorSink] = attrs.field(factory=dict)
    observers: Observers = attrs.field(factory=Observers)
    plugins: tuple[str, ...] = ()
    callers: Callers = attrs.field(factory=Callers)
    configured: set[str] = attrs.field(init=False, factory=set, eq=False, repr=False)
    """Tenants whose book is known to be under this configuration."""
    _digests: dict[str, str] = attrs.field(init=False, factory=dict, eq=False, repr=False)

    def driver_for(self, channel: str) -> Driver:
        """Return who takes messages of *channel*: a driver that was given for it, or the outbox."""
        return self.drivers.get(channel, self.outbox)

    @property
    def baseline(self) -> Scorer:
        """Return the built-in scorer, as the policy describes its channels."""
        return self.scorers.get(BASELINE) or BaselineScorer(self.policy.next_best)

    @property
    def scorer(self) -> Scorer:
        """Return what weighs candidates: what the policy names, which was checked when the kit was assembled."""
        return self.scorers.get(self.policy.next_best.scorer) or self.baseline

    @property
    def rules_version(self) -> str:
        """Return names and versions of the rule packs, for the record."""
        return " ".join(str(pack) for pack in self.rules.packs)

    @property
    def templates_digest(self) -> str:
        """Return the SHA-256 of every template, hexadecimal."""
        if "templates" not in self._digests:
            texts = "\x00".join(repr(attrs.astuple(template)) for template in self.templates.templates)
            self._digests["templates"] = hashlib.sha256(texts.encode("utf-8", "surrogatepass")).hexdigest()
        return self._digests["templates"]

    @property
    def authority_version(self) -> str:
        """Return the version of what the authorizer grants; empty for one that has none."""
        return str(getattr(self.authority, "version", "") or "")

    @property
    def configuration(self) -> str:
        """Return the digest of what decides: policy, rule packs, templates and grants."""
        if "all" not in self._digests:
            parts = (self.policy.version, self.rules_version, self.templates_digest, self.authority_version)
            self._digests["all"] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._digests["all"]


def assemble(
    url: str,
    policy: str | Path | Policy,
    drivers: Mapping[str, Driver] | None = None,
    *,
    plugins: str | Sequence[object] = (),
    settings: Mapping[str, str] = _NO_SETTINGS,
    assembly_seconds: float = ASSEMBLY_SECONDS,
) -> Parts:
    """
    Ask our own parts and the plugins, once, and put their answers together.

    Args:
        url: Of the store: ``sqlite:///book.db`` (relative), ``sqlite:////var/book.db`` (absolute), ``sqlite://`` or
            ``memory://`` (both end with the process), or what a plugin opens.
        policy: Name of a bundled policy, path of a TOML file, or a policy.
        drivers: Who takes messages, by channel; they stand before those of plugins. A channel without one goes to
            files in ``outbox`` beside the book.
        plugins: Modules, objects, names of entry points, or ``installed``; see `collectkit.plugins.load_plugins`.
        settings: What plugins are told besides the URL.
        assembly_seconds: How long one plugin may take to answer one hook.

    Raises:
        PolicyError: The policy is not one, or names something that nobody brings.
        PackError: A rule pack of the host is wrong.
        TemplateError: A template of the host must not be used.
        PluginFaultError: A plugin raised or answered rubbish; the message names plugin and hook.
        ValidationError: A driver cannot take messages, a setting is none, or something that is no folder lies where the outbox should.
        StoreUnavailableError: Nobody opens such a URL, or the store cannot be opened.
    """
    found, callers = load_plugins(OURS, plugins, seconds=assembly_seconds), Callers()
    told = MappingProxyType({**checked_settings(settings, plugins=len(found.names) > len(OURS)), "store": url})
    calendars, strategies = guarded_calendars(_calendars(found), callers), guarded_strategies(_strategies(found), callers)
    held = policy if isinstance(policy, Policy) else load_policy(policy, calendars=calendars, strategies=tuple(strategies))
    _check_strategies(held, strategies)
    rules = RuleBook(_packs(found, held, calendars, callers), held.law.least_status, load_decisions(held), held.law.grace_days)
    templates = _templates(found, held)
    _check_notices(templates, rules)
    _tell_of_missing(templates, held)
    given = {**_drivers(found, told), **_checked(drivers or {})}
    for driver in given.values():
        capabilities_of(driver)  # what it declares must be there
    outbox = outbox_at(settings.get("outbox", ""), url)
    observers = Observers(_subscribers(found))
    # The store comes last: whatever else is wrong leaves no file behind.
    keyring, store = Keyring(_keys(found, told, callers), keys_beside(url)), _store(found, told)
    keeper = Vault(keyring.provider()) if keyring.given else PLAIN
    if keyring.given:
        store.protect(keeper)
    whole = MergedStore(store)
    return Parts(
        store=ObservedStore(whole, observers) if len(observers) else whole,
        policy=held,
        rules=rules,
        templates=templates,
        outbox=outbox,
        drivers=MappingProxyType(given),
        strategies=strategies,
        scorers=_scorers(found, held, callers),
        telemetry=_telemetry(settings),
        authority=_authority(found, told, callers),
        resolver=_resolver(found, told),
        cleansers=cast(Mapping[str, Cleanser], _named(found, "collectkit_cleansers", "cleansers by name", lacks_call)),
        scrubs=cast(Mapping[str, Scrub], _named(found, "collectkit_scrubs", "lists by name", partial(lacks, Scrub, ["look"]))),
        keyring=keyring,
        keeper=keeper,
        anchors=guarded_anchors(_anchors(found, told), callers),
        observers=observers,
        plugins=found.names,
        callers=callers,
    )


def _store(plugins: Plugins, settings: Mapping[str, str]) -> Store:
    for name, answer in plugins.ask("collectkit_store", settings=settings):
        if why := lacks(Store, ["unit", "close"], answer):
            raise fault(name, "collectkit_store", "a store", answer, why)
        store = cast(Store, answer)
        return store if is_ours(store) else CheckedStore(store)
    known = ", ".join(builtin.SCHEMES)
    scheme = settings["store"].partition("://")[0]  # the rest may hold a password
    raise StoreUnavailableError(f"no store opens {scheme!r}; allowed are {known}, and what plugins open; nothing was recorded")


def _keys(plugins: Plugins, settings: Mapping[str, str], callers: Callers) -> KeyProvider | None:
    for name, answer in plugins.ask("collectkit_key_provider", settings=settings):
        if why := lacks(KeyProvider, ["keys", "key", "destroy", "destroyed", "pepper"], answer):
            raise fault(name, "collectkit_key_provider", "a key provider", answer, why)
        return guarded_keys(cast(KeyProvider, answer), callers)
    return None


def _resolver(plugins: Plugins, settings: Mapping[str, str]) -> ContactResolver | None:
    for name, answer in plugins.ask("collectkit_contact_resolver", settings=settings):
        if why := lacks(ContactResolver, ["resolve"], answer):
            raise fault(name, "collectkit_contact_resolver", "a contact resolver", answer, why)
        return cast(ContactResolver, answer)
    return None


def _telemetry(settings: Mapping[str, str]) -> Telemetry | None:
    return Telemetry() if settings.get("telemetry") else None


def _authority(plugins: Plugins, settings: Mapping[str, str], callers: Callers) -> Authorize | None:
    for name, answer in plugins.ask("collectkit_authority", settings=settings):
        if why := lacks_call(answer):
            raise fault(name, "collectkit_authority", "a function that decides", answer, why)
        return guarded_authority(cast(Authorize, answer), callers)
    return None


def _packs(plugins: Plugins, policy: Policy, calendars: Mapping[str, HolidayCalendar], callers: Callers) -> tuple[Pack, ...]:
    """Return the packs that must be asked: ours first, then in the order of the policy, then what plugins add."""
    hook, names = "collectkit_rule_packs", tuple(name for name in policy.law.packs if not is_path(name))
    answers: list[tuple[str, Mapping[str, Pack]]] = []
    for plugin, answer in reversed(list(plugins.ask(hook, names=names))):
        packs = items_of(plugin, hook, answer, "rule packs")
        for pack in packs:
            if not isinstance(pack, Pack):
                raise fault(plugin, hook, "rule packs", pack)
            answers.append((plugin, {pack.name: guarded_pack(plugin, pack, callers)}))
    own = [pack for name in policy.law.packs if is_path(name) for pack in load_named_packs(policy, name, calendars)]
    found = merge(hook, [*answers, *((f"policy {policy.name}", {pack.name: pack}) for pack in own)])
    missing = [name for name in names if name not in found]
    if missing:
        raise PolicyError(f"law.packs names {', '.join(missing)}, which nobody brings; known are {', '.join(found)}; no kit was assembled")
    return tuple(found.values())


def _check_notices(templates: TemplateSet, rules: RuleBook) -> None:
    """Refuse a template that serves a notice which no rule asks for: a misspelt one would never count."""
    for template in templates.templates:
        if template.notice and template.notice not in rules.notices:
            allowed = ", ".join(rules.notices) or "none, for no rule of the policy's packs asks for one"
            where = f"template {template.key!r} for {template.channel} in {template.locale}"
            raise TemplateError(f"{where} serves {template.notice!r}; notices are {allowed}; nothing was opened")


def _tell_of_missing(templates: TemplateSet, policy: Policy) -> None:
    """Log each step whose template there is not: its contacts are planned, and given up when they are to be written."""
    known = {(template.key, template.channel) for template in templates.templates}
    for treatment in (policy.treatment, *policy.variants.values()):
        for step in treatment.steps:
            if step.template and (step.template, step.channel) not in known:
                text = "step %r of policy %s has no template %r for %s among those of %r: it will send nothing"
                _LOGGER.warning(text, step.name, policy.version, step.template, step.channel, policy.templates)


def _templates(plugins: Plugins, policy: Policy) -> TemplateSet:
    if is_path(policy.templates):
        return load_templates(policy)
    for name, answer in plugins.ask("collectkit_templates", name=policy.templates):
        if not isinstance(answer, TemplateSet):
            raise fault(name, "collectkit_templates", "a TemplateSet", answer)
        return answer
    raise PolicyError(
        f"templates are 'bundled', a folder such as './templates', or brought by a plugin; nobody brings {policy.templates!r}; "
        "no kit was assembled"
    )


def _calendars(plugins: Plugins) -> Mapping[str, HolidayCalendar]:
    found = _named(
        plugins,
        "collectkit_holiday_calendars",
        "holiday calendars by name",
        partial(lacks, HolidayCalendar, ["is_holiday", "is_weekend", "name"]),
    )
    return cast(Mapping[str, HolidayCalendar], found)


def _strategies(plugins: Plugins) -> Mapping[str, Strategy]:
    return cast(
        Mapping[str, Strategy],
        _named(plugins, "collectkit_allocation_strategies", "strategies by name", partial(lacks, Strategy, ["distribute"])),
    )


def _scorers(plugins: Plugins, policy: Policy, callers: Callers) -> Mapping[str, Scorer]:
    brought = cast(Mapping[str, Scorer], _named(plugins, "collectkit_scorers", "scorers by name", partial(lacks, Scorer, ["score"])))
    if BASELINE in brought:
        raise fault("a plugin", "collectkit_scorers", f"scorers under other names than {BASELINE!r}", brought[BASELINE])
    known = (BASELINE, *brought)
    if policy.next_best.scorer not in known:
        raise PolicyError(f"next_best.scorer is {policy.next_best.scorer!r}; known are {', '.join(known)}; no kit was assembled")
    return guarded_scorers({BASELINE: BaselineScorer(policy.next_best), **brought}, callers)


def _drivers(plugins: Plugins, settings: Mapping[str, str]) -> Mapping[str, Driver]:
    found = _named(plugins, "collectkit_drivers", "drivers by channel", partial(lacks, Driver, ["hand_over"]), settings=settings)
    return cast(Mapping[str, Driver], found)


def _checked(drivers: Mapping[str, Driver]) -> Mapping[str, Driver]:
    """Return the drivers that the host gives, each of which can take a message."""
    if not isinstance(drivers, Mapping) or not all(isinstance(channel, str) and channel for channel in drivers):
        raise ValidationError(
            f"drivers are objects by channel, such as {{'sms': MyGateway()}}, got {type(drivers).__name__}; no kit was assembled"
        )
    for channel, driver in drivers.items():
        if why := lacks(Driver, ["hand_over"], driver):
            raise ValidationError(f"the driver for {channel!r} is a {type(driver).__name__}, {why}; no kit was assembled")
    return drivers


def _anchors(plugins: Plugins, settings: Mapping[str, str]) -> Mapping[str, AnchorSink]:
    found = _named(plugins, "collectkit_anchors", "anchors by name", partial(lacks, AnchorSink, ["anchor"]), settings=settings)
    return cast(Mapping[str, AnchorSink], found)


def _named(plugins: Plugins, hook: str, wanted: str, lacking: Callable[[object], str], **arguments: object) -> Mapping[str, object]:
    """Return what all plugins bring under names, each thing able to do what its protocol asks."""
    answers = []
    for plugin, answer in plugins.ask(hook, **arguments):
        entries = named_of(plugin, hook, answer, wanted)
        for thing in entries.values():
            if why := lacking(thing):
                raise fault(plugin, hook, wanted, thing, why)
        answers.append((plugin, entries))
    return MappingProxyType(merge(hook, answers))


def _subscribers(plugins: Plugins) -> list[tuple[str, Subscriber]]:
    hook, found = "collectkit_subscribers", []
    for plugin, answer in plugins.ask(hook):
        for subscriber in items_of(plugin, hook, answer, "functions"):
            if why := lacks_call(subscriber):
                raise fault(plugin, hook, "functions", subscriber, why)
            found.append((plugin, cast(Subscriber, subscriber)))
    return found


def _check_strategies(policy: Policy, strategies: Mapping[str, Strategy]) -> None:
    for rule in policy.allocation.rules:
        if rule.distribution not in strategies:
            raise PolicyError(
                f"allocation rule {rule.name!r} shares by {rule.distribution!r}; known are {', '.join(strategies)}; no kit was assembled"
            )
