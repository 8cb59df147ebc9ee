"""What is likely not meant in a policy that can be loaded: parts that never act, names that lead nowhere, examples left in."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from collectkit.actions import ActionKind
from collectkit.allocation import AllocationRule, Handler, WhenFull
from collectkit.channels.templates import TemplateSet
from collectkit.compliance.shipped import SHIPPED
from collectkit.errors import PackError, TemplateError
from collectkit.policy._shapes import Problem, suggested
from collectkit.policy.model import Policy
from collectkit.policy.sources import is_path, load_decisions, load_named_packs, load_templates
from collectkit.rules import Expression
from collectkit.rules._nodes import Term
from collectkit.rules.expression import And, Compare, Condition, Constant, Name
from collectkit.schedules.fee_terms import WHOLE_BP
from collectkit.servicing.purposes import OBLIGATORY, SHORT_LIVED
from collectkit.treatment import DueOffset, Step, TreatmentPolicy

__all__ = ["doubts"]

_PURPOSES: Final = sorted({"reminder", *OBLIGATORY, *SHORT_LIVED})
_WRITTEN = frozenset({"sms", "email", "app_push", "letter"})


def doubts(policy: Policy) -> tuple[Problem, ...]:
    """
    Return what is wrong or likely not meant in *policy*, in the order of its tables.

    Packs and templates are read. A pack that is neither bundled nor a file may come from a plugin, so that it is a
    warning and no error.
    """
    return (
        *_about_packs(policy),
        *_about_caps(policy),
        *_about_steps(policy),
        *_about_handlers(policy),
        *_about_rules(policy),
        *_about_sender(policy),
    )


def _warning(place: str, text: str) -> Problem:
    return Problem(place, text, "warning")


def _about_packs(policy: Policy) -> Iterator[Problem]:
    if not policy.law.packs:
        text = "names no pack: only the library's own rules are asked, and with unknown = 'deny' nobody is contacted"
        yield _warning("law.packs", text)
    for number, name in enumerate(policy.law.packs, 1):
        place = f"law.packs[{number}]"
        if is_path(name):
            try:
                load_named_packs(policy, name)
            except PackError as error:
                yield Problem(place, str(error).removesuffix("; nothing was loaded"))
        elif name not in SHIPPED:
            yield _warning(place, f"{name!r} is no bundled pack and must come from a plugin; {suggested(name, list(SHIPPED))}")
    try:
        load_decisions(policy)
    except PackError as error:
        yield Problem("law.decisions", str(error).removesuffix("; nothing was loaded"))


def _about_caps(policy: Policy) -> Iterator[Problem]:
    if policy.late_fees is None:
        return
    caps = policy.late_fees.caps
    for name, share in (("per_installment_bp", caps.per_installment_bp), ("per_order_bp", caps.per_order_bp)):
        if share is not None and share > WHOLE_BP:
            whole = name.removeprefix("per_").removesuffix("_bp")
            text = f"is {share} basis points, and {WHOLE_BP} are the whole {whole}: as a cap it holds nothing back"
            yield _warning(f"late_fees.caps.{name}", text)


def _about_steps(policy: Policy) -> Iterator[Problem]:
    try:
        templates = load_templates(policy)
    except TemplateError as error:
        yield Problem("templates", str(error).removesuffix("; nothing was loaded"))
        templates = None
    tables = [("treatment", policy.treatment), *((f"variant[{name}]", variant) for name, variant in policy.variants.items())]
    for table, treatment in tables:
        for step in treatment.steps:
            yield from _about_step(f"{table}.step[{step.name}]", step, treatment, templates)


def _about_step(place: str, step: Step, treatment: TreatmentPolicy, templates: TemplateSet | None) -> Iterator[Problem]:
    if step.template and templates is not None:
        yield from _about_template(place, step, templates)
    meant = get_close_matches(step.purpose, _PURPOSES, 1, cutoff=0.7)
    if meant and step.purpose != meant[0]:
        yield _warning(f"{place}.purpose", f"{step.purpose!r} is no purpose that decides anything; did you mean {meant[0]!r}?")
    never = _never(step, treatment)
    if never:
        yield _warning(place, never)


def _about_template(place: str, step: Step, templates: TemplateSet) -> Iterator[Problem]:
    found = [template for template in templates.templates if template.key == step.template and template.channel == step.channel]
    if not found:
        keys = sorted({template.key for template in templates.templates if template.channel == step.channel})
        yield _warning(f"{place}.template", f"there is no template {step.template!r} for {step.channel}; {suggested(step.template, keys)}")
    for template in found:
        missing = [word for word in step.content if word not in template.disclosures]
        if missing:
            yield _warning(f"{place}.content", f"the template in {template.locale} does not carry {', '.join(missing)}")


def _never(step: Step, treatment: TreatmentPolicy) -> str:
    """Return why a step can never act, as far as its own day, condition and channel tell; empty when it may."""
    first, last = _days(step.when)
    if first > last:
        return f"can never fire: its condition, {step.when}, holds for no number of days past due"
    if isinstance(treatment.root(step), DueOffset) and treatment.rank(step) > last:
        return f"can never fire: it is due after {treatment.rank(step)} days, and its condition, {step.when}, ends before"
    if step.action is ActionKind.CONTACT and not step.template and step.channel in _WRITTEN:
        return f"has no template, and nothing can be written by {step.channel} without one"
    return ""


def _about_handlers(policy: Policy) -> Iterator[Problem]:
    used = {id for rule in policy.allocation.rules for id in rule.handlers}
    for handler in policy.allocation.handlers:
        place = f"handler[{handler.id}]"
        if handler.id not in used:
            yield _warning(place, "is named by no allocation rule and gets nothing")
        if handler.party == "third_party" and not handler.licences:
            yield _warning(f"{place}.licences", "is empty, and a third party gets nothing where it holds no licence")


def _about_rules(policy: Policy) -> Iterator[Problem]:
    handlers = {handler.id: handler for handler in policy.allocation.handlers}
    closed_by = ""
    for rule in policy.allocation.rules:
        place = f"allocation[{rule.name}]"
        if closed_by:
            yield _warning(place, f"is never asked: the rule {closed_by!r} before it takes every account, also when it has no room")
        idle = [id for id in rule.handlers if _excluded(rule, handlers[id])]
        if idle:
            yield _warning(f"{place}.handlers", f"{', '.join(idle)} cannot take an account of that many days past due")
        if rule.when is None and rule.when_full is WhenFull.PARK:
            closed_by = closed_by or rule.name


def _excluded(rule: AllocationRule, handler: Handler) -> bool:
    """Tell whether the rule's condition leaves no day past due that the handler takes."""
    first, last = _days(rule.when)
    return last < handler.days_past_due_least or (handler.days_past_due_most is not None and handler.days_past_due_most < first)


def _about_sender(policy: Policy) -> Iterator[Problem]:
    for name in ("name", "email", "reply_to", "phone", "postal", "pay_url"):
        value = getattr(policy.sender, name)
        if "example.com" in value or value.startswith("Example "):
            yield _warning(f"sender.{name}", f"is still the example {value!r}; put in your own")
        elif not value and name in ("name", "email", "pay_url"):
            yield _warning(f"sender.{name}", "is empty, and messages that show it are not sent")


# --- days past due --------------------------------------------------------------------------------------------

_FOREVER = 10**9


def _days(condition: Expression | None) -> tuple[int, int]:
    """
    Return the first and last number of days past due for which a condition may hold.

    Only comparisons with a number that must all hold are read; whatever else stands there may hold for any.
    """
    first, last = 0, _FOREVER
    for left, operator, right in _comparisons(condition.tree) if condition is not None else ():
        if isinstance(right, Name):
            left, operator, right = right, _TURNED[operator], left
        if left != _AGE or not isinstance(right, Constant) or not isinstance(right.value, int):
            continue
        if operator in (">", ">=", "=="):
            first = max(first, right.value + (operator == ">"))
        if operator in ("<", "<=", "=="):
            last = min(last, right.value - (operator == "<"))
    return first, last


_AGE = Name("days_past_due")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _comparisons(tree: Condition) -> Iterator[tuple[Term, str, Term]]:
    """Yield the comparisons that hold whenever the condition does."""
    match tree:
        case And(parts):
            for part in parts:
                yield from _comparisons(part)
        case Compare(operands, operators):
            yield from zip(operands, operators, operands[1:], strict=False)
