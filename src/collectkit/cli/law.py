"""`collectkit law`: may I contact this person now, why, when next; and which law is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import App, Parameter

from collectkit.cli.options import FAILED, OK, REFUSED, AsJson, At, Book, aware_option, instant, opened, print_json, written

if TYPE_CHECKING:
    from collectkit.compliance import Pack, Rechecked

commands = App(name="law", help="Ask the law about a person, and see which law is asked.")


@attrs.frozen(kw_only=True)
class ActOptions:
    """
    Which act is asked about.

    Attributes:
        channel: ``phone``, ``sms``, ``email`` …
        account: About which accounts; by default all of the person.
        purpose: ``reminder``, ``notice``, ``response`` …
        party: In which role, in the words of the packs.
        handler: Who would act, when it is not the house.
        content: Disclosures that it will carry.
    """

    channel: Annotated[str, Parameter(help="phone, sms, email, letter …; none for an act that is no contact.")] = ""
    account: Annotated[tuple[str, ...], Parameter(help="About which account; may be given several times; by default all.")] = ()
    purpose: Annotated[str, Parameter(help="reminder, notice, response …")] = "reminder"
    party: Annotated[str, Parameter(help="Role of the one who acts, as the packs name it; by default the handler's, or ours.")] = ""
    handler: Annotated[str, Parameter(help="Who would act, when it is not the house; counts of calls are per collector.")] = ""
    content: Annotated[tuple[str, ...], Parameter(help="A disclosure that it will carry; may be given several times.")] = ()


Act = Annotated[ActOptions, Parameter(name="*")]


@commands.command(name="explain")
def explain_command(
    person: str,
    /,
    *,
    options: Book,
    act: Act = ActOptions(),
    action: Annotated[str, Parameter(help="contact, charge_fee, report_credit, sue …")] = "contact",
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """
    Tell whether an act may be done to a person now, why, and when next. Exits with 3 when it may not.

    Args:
        person: Id of the person.
    """
    from collectkit.compliance import explain

    with opened(options) as kit:
        verdict = kit.ask_law(
            person,
            at=instant(at),
            action=action,
            channel=act.channel,
            accounts=act.account,
            purpose=act.purpose,
            party=act.party,
            handler=act.handler,
            content=act.content,
        )
    if as_json:
        findings = [{**attrs.asdict(finding), "outcome": finding.outcome.value} for finding in verdict.findings]
        print_json(
            {
                "person": person,
                "outcome": verdict.outcome.value,
                "permissible": verdict.permissible,
                "earliest_lawful_at": verdict.earliest_lawful_at,
                "not_after": verdict.not_after,
                "duties": verdict.duties,
                "findings": findings,
                "facts": dict(verdict.facts),
                "packs": verdict.packs,
            }
        )
    else:
        print(explain(verdict))
    return OK if verdict.permissible else REFUSED


@commands.command(name="week")
def week_command(
    person: str,
    /,
    *,
    options: Book,
    act: Act = ActOptions(),
    at: At = None,
    days: Annotated[int, Parameter(help="How many local days, today being the first.")] = 7,
    svg: Annotated[Path | None, Parameter(help="Write the picture to this file as SVG.")] = None,
) -> int:
    """
    Draw when a person may be contacted in the coming days: open, closed, and by which rule.

    Args:
        person: Id of the person.
    """
    from collectkit.compliance import week_svg, week_text

    with opened(options) as kit:
        week = kit.lawful_week(
            person,
            at=instant(at),
            channel=act.channel,
            days=days,
            accounts=act.account,
            purpose=act.purpose,
            party=act.party,
            handler=act.handler,
            content=act.content,
        )
    if svg is not None:
        with written(svg, "nothing was drawn"):
            svg.write_text(week_svg(week), encoding="utf-8")
    print(week_text(week))
    if svg is not None:
        print(f"The picture is {svg}.")
    return OK


@commands.command(name="packs")
def packs_command(
    *,
    policy: Annotated[str, Parameter(help="Name of a bundled policy, or the path of a TOML file; without it, all that ship.")] = "",
    on: Annotated[date | None, Parameter(help="Warn about what ends or is due for review within sixty days of this day.")] = None,
    as_json: AsJson = False,
) -> int:
    """
    List the rule packs: jurisdiction, version, how well their rules were checked, and by when they are to be reviewed.

    Exits with 1 when something must be looked at.
    """
    from collectkit.compliance import GRACE_DAYS, Decisions, RuleBook, law_warnings, shipped_rules
    from collectkit.policy import load_decisions, load_policy, load_rule_packs

    packs, decisions, grace_days = shipped_rules().packs, Decisions(), GRACE_DAYS
    if policy:
        loaded = load_policy(policy)
        packs, decisions, grace_days = load_rule_packs(loaded), load_decisions(loaded), loaded.law.grace_days
    warnings = () if on is None else law_warnings(RuleBook(packs, decisions=decisions, grace_days=grace_days), on)
    if as_json:
        print_json(
            {"packs": [_told(pack, grace_days) for pack in packs], "warnings": [attrs.asdict(warning) for warning in warnings]},
        )
    else:
        for pack in packs:
            counts = ", ".join(f"{number} {status}" for status, number in _statuses(pack).items())
            print(f"{pack.name:<18} {pack.jurisdiction:<7} {pack.version}  {len(pack.rules):>3} rules: {counts}{_dates(pack, grace_days)}")
        for warning in warnings:
            print(f"look at: {warning}")
    return FAILED if warnings else OK


@commands.command(name="replay")
def replay_command(
    *,
    options: Book,
    packs: Annotated[Path | None, Parameter(help="A rule pack, or a folder of them, to stand in place of those of the same name.")] = None,
    person: Annotated[tuple[str, ...], Parameter(help="Whose acts; may be given several times; by default everybody's.")] = (),
    since: Annotated[datetime | None, Parameter(validator=aware_option, help="Acts from this instant on.")] = None,
    until: Annotated[datetime | None, Parameter(validator=aware_option, help="Acts before this instant.")] = None,
    as_json: AsJson = False,
) -> int:
    """
    Judge the acts on record under other law, by what was known then: contacts made and refused, fees charged, accounts placed.

    Without --packs each stored verdict is given again under the policy's own law. Exits with 1 when an answer is another one.
    """
    from collectkit.policy import load_packs

    people = person or None
    with opened(options) as kit:
        if packs is None:
            return _rechecked(kit.recheck_verdicts(people=people, since=since, until=until), as_json=as_json)
        others = {pack.name: pack for pack in load_packs(packs)}
        kept = [others.pop(pack.name, pack) for pack in kit.parts.rules.packs]
        after = attrs.evolve(kit.parts.rules, packs=(*kept, *others.values()))
        acts = list(kit.replay_law(after, people=people, since=since, until=until))
    differing = [act for act in acts if act.differs]
    if as_json:
        told = [{**attrs.asdict(act.act), "before": act.before.outcome.value, "after": act.after.outcome.value} for act in differing]
        print_json({"acts": len(acts), "differing": told})
    else:
        for act in differing:
            print(act)
        print(f"{len(acts)} acts judged, {len(differing)} with another answer.")
    return FAILED if differing else OK


def _rechecked(verdicts: Iterable[Rechecked], *, as_json: bool) -> int:
    """Tell of stored verdicts that were given again; other law proves nothing and is counted apart."""
    every = list(verdicts)
    other_law = sum(one.differs == ("law",) for one in every)
    broken = [one for one in every if not one.holds and one.differs != ("law",)]
    if as_json:
        told = [{"id": one.judged.proposal.id, "at": one.judged.at, "differs": one.differs} for one in broken]
        print_json({"verdicts": len(every), "under_other_law": other_law, "differing": told})
    else:
        for one in broken:
            print(f"{one.judged.at:%Y-%m-%d %H:%M %Z} {one.judged.proposal.id}: another {', '.join(one.differs)}")
        print(f"{len(every)} verdicts given again, {len(broken)} with another answer, {other_law} under law that is not asked any more.")
    return FAILED if broken else OK


@commands.command(name="diff")
def diff_command(before: Path, after: Path, /) -> int:
    """
    Tell what a new version of a rule pack changes, rule by rule.

    Args:
        before: The TOML file before.
        after: The TOML file after.
    """
    from collectkit.compliance import compare_packs
    from collectkit.policy import load_packs

    old, new = ({pack.name: pack for pack in load_packs(path)} for path in (before, after))
    if before.is_file() and after.is_file():
        print(compare_packs(next(iter(old.values())), next(iter(new.values()))))
        return OK
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            print(compare_packs(old[name], new[name]))
        else:
            print(f"{name}: {'removed' if name in old else 'added'}")
    return OK


def _statuses(pack: Pack) -> dict[str, int]:
    return dict(sorted(Counter(rule.status for rule in pack.rules).items()))


def _dates(pack: Pack, grace_days: int) -> str:
    """Tell by when a pack is to be reviewed, and from when on what it reaches is closed without that."""
    from collectkit.compliance import closes_on

    if pack.review_by is None:
        return ""
    return f"; review by {pack.review_by.isoformat()}, else closed from {closes_on(pack.review_by, grace_days).isoformat()}"


def _told(pack: Pack, grace_days: int) -> dict[str, object]:
    from collectkit.compliance import closes_on

    return {
        "name": pack.name,
        "jurisdiction": pack.jurisdiction,
        "title": pack.title,
        "version": pack.version,
        "rules": len(pack.rules),
        "statuses": _statuses(pack),
        "review_by": pack.review_by,
        "closes_on": None if pack.review_by is None else closes_on(pack.review_by, grace_days),
    }
