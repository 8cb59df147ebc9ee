"""Re-ageing and re-amortising a plan that bears interest on what is outstanding.

Interest borne up to that day stays asked with the installments that bore it, as fees do; principal that is moved bears
interest from that day on, at the rate of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import attrs

from collectkit.ledger import Reage, Reamortize
from collectkit.schedules._folding.changes import take_out
from collectkit.schedules._folding.pouring import PRINCIPAL, WIDTH
from collectkit.schedules.course._factors import equal_part
from collectkit.schedules.course._layout import Dates, Spread

if TYPE_CHECKING:
    from collectkit.schedules._folding.fold import Fold
    from collectkit.schedules.course._bearing import BearingPlan


def reage(plan: BearingPlan, fold: Fold, entry: Reage) -> int:
    """
    Put all outstanding principal on new equal installments, and return how much that is, in minor units.

    The first of them bears interest from the day of the change, by its days. Interest that was paid before it was borne is
    taken off their first interest.
    """
    sheet, on = fold.sheet, entry.value_on
    if not any(sheet.left[due * WIDTH + PRINCIPAL] for due in sheet.sequence):
        return 0
    plan.accrue(fold, on)
    rate, found = plan.rate(_running(plan, on)), plan.figures(on)
    total = _close(plan, fold, range(plan.known), found.interest, on) + take_out(sheet, sheet.sequence, on)
    due_on = [entry.first_on]
    while len(due_on) < entry.count:
        due_on.append(entry.every.nth(due_on[-1], 1))
    starts_on = min(on, entry.first_on)
    numbers = [source for source in sheet.sources if isinstance(source, int)]
    starts = [starts_on, *due_on[:-1]]
    places = [
        sheet.add("installment", max(numbers) + nth, since, until) for nth, (since, until) in enumerate(zip(starts, due_on, strict=True), 1)
    ]
    spread = Spread(0, entry.count, frozenset())
    plan.every = entry.every
    plan.interest_grace = 0
    plan.begin(Dates(starts_on, entry.every, due_on, [spread], starts_on, 0, [(0, rate)]), places, carried=found.carried)
    whole = (entry.first_on - entry.every.nth(entry.first_on, -1)).days
    plan.periods[0] = attrs.evolve(plan.periods[0], days=whole)
    plan.lent = total
    plan.changes.append((starts_on, total))
    plan.make_even(0)
    plan.show(fold, on)
    return total


def reamortize(plan: BearingPlan, fold: Fold, entry: Reamortize) -> int:
    """
    Spread the principal that is due by that day evenly over the later installments, and return how much it is, in minor units.

    Each of them is raised by the same part, which pays the moved principal back with its interest.
    """
    sheet, on = fold.sheet, entry.value_on
    later = [at for at in plan.bearing() if plan.ends[at] > on]
    due = [one for one in sheet.sequence if sheet.due_on[one] <= on]
    if not later or not any(sheet.left[one * WIDTH + PRINCIPAL] for one in due):
        return 0
    plan.accrue(fold, on)
    past = [at for at in range(plan.known) if plan.ends[at] <= on]
    interest = plan.figures().interest
    moved = {at: plan.asked[at][0] - plan.principal_paid[at] for at in past}
    planned = _close(plan, fold, past, interest, on)
    beside = take_out(sheet, due, on)
    total = planned + beside
    # The balance before that day stays what it was: what is no longer due then is taken off it, and put on again now.
    plan.changes += [(plan.ends[at], -minor) for at, minor in moved.items() if minor]
    plan.changes.append((on, total))
    plan.lent += beside
    for at in past:
        plan.bear_no_longer(at, moved[at], on)
        plan.equal[at] = plan.principal_paid[at] + interest[at]
    costs = [plan.factor(at, max(on, plan.starts[at]), plan.ends[at]) for at in later]
    part = equal_part(total, costs, plan.unit_minor)
    for at in later:
        plan.equal[at] += part
    plan.even_last()
    plan.show(fold, on)
    return total


def _running(plan: BearingPlan, on: date) -> int:
    """Return the position in whose time a day lies; the last one after the end."""
    return next((at for at in range(plan.known) if on < plan.ends[at]), plan.known - 1)


def _close(plan: BearingPlan, fold: Fold, dues: Iterable[int], interest: Sequence[int], on: date) -> int:
    """Ask at these positions only for the principal that was paid, and for this interest; return how much principal is asked no more."""
    total = 0
    for at in dues:
        total += plan.asked[at][0] - plan.principal_paid[at]
        plan.ask(fold, at, (plan.principal_paid[at], interest[at]), on)
    return total
