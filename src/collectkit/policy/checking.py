"""What is likely not meant in a policy that can be loaded: parts that never act, names that lead nowhere, examples left in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectkit.actions import ActionKind
from collectkit.channels.templates import TemplateSet
from collectkit.compliance import shipped_pack
from collectkit.compliance.shipped import SHIPPED
from collectkit.errors import PackError, TemplateError
from collectkit.policy._shapes import Problem, suggested
from collectkit.policy.model import Policy
from collectkit.policy.sources import is_path, load_named_pack, load_templates
from collectkit.rules import And, Compare, Expression
from collectkit.rules.expression import Condition
from collectkit.treatment import AfterStep, DueOffset, Step

__all__ = ["doubts"]


def doubts(policy: Policy) -> tuple[Problem, ...]:
    """
    Return what is wrong or likely not meant in *policy*, in the order of its tables.

    Packs and templates are read. A pack that is neither bundled nor a file may come from a plugin, so that it is a
    warning and no error.
    """
    return (*_about_packs(policy), *_about_steps(policy), *_about_handlers(policy), *_about_rules(policy), *_about_sender(policy))


def _warning(place: str, text: str) -> Problem:
    return Problem(place, text, "warning")


def _about_packs(policy: Policy) -> Iterator[Problem]:
    if not policy.law.packs:
        yield _warning("law.packs", "names no pack, so that only the library's own rules are asked and, with unknown = 'deny', nobody is contacted")
    for number, name in enumerate(policy.law.packs, 1):
        place = f"law.packs[{number}]"
        if is_path(name):
            try:
                load_named_pack(policy, name)
            except PackError as error:
                yield Problem(place, str(error).removesuffix("; nothing was loaded"))
        elif name not in SHIPPED:
            yield _warning(place, f"{name!r} is no bundled pack and must come from a plugin; {suggested(name, list(SHIPPED))}")
        else:
            shipped_pack(name)


def _about_steps(policy: Policy) -> Iterator[Problem]:
    try:
        templates = load_templates(policy)
    except TemplateError as error:
        yield Problem("templates", str(error).removesuffix("; nothing was loaded"))
        templates = None
    for step in policy.treatment.steps:
        place = f"treatment.step[{step.name}]"
        if step.template and templates is not None:
            yield from _about_template(place, step, templates)
        never = _never(step, policy)
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


def _never(step: Step, policy: Policy) -> str:
    """Return why a step can never fire, as far as its own day and condition tell; empty when it may."""
    root = policy.treatment.root(step)
    if isinstance(root, DueOffset) and _empty(_bounds(step.when, _days(step, policy))):
        return f"can never fire: its day and its condition, {step.when}, exclude each other"
    if _empty(_bounds(step.when, (None, None))):
        return f"can never fire: its condition, {step.when}, holds for no number of days past due"
    if step.action is ActionKind.CONTACT and not step.template and step.channel in ("sms", "email", "app_push", "letter"):
        return f"has no template, and nothing can be written by {step.channel} without one"
    return ""


def _days(step: Step, policy: Policy) -> tuple[int | None, int | None]:
    """Return the least and most days past due on which a step counted from a due date can fire."""
    trigger = step.trigger
    if isinstance(trigger, AfterStep) or not isinstance(trigger, DueOffset):
        return (max(0, policy.treatment.rank(step)), None)
    return (0, 0) if trigger.days < 0 else (trigger.days, None)


_Bounds = tuple[int | None, int | None]


def _bounds(condition: Expression | None, bounds: _Bounds) -> _Bounds:
    """Narrow *bounds* of the days past due by the comparisons that must all hold."""
    for part in _conjuncts(condition.tree) if condition is not None else ():
        if isinstance(part, Compare) and len(part.operators) == 1:
            bounds = _narrowed(bounds, part)
    return bounds


def _conjuncts(tree: Condition) -> Iterable[Condition]:
    return [inner for part in tree.parts for inner in _conjuncts(part)] if isinstance(tree, And) else [tree]
