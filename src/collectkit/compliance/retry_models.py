"""When a failed payment may be tried again: one model a class, each with the numbers that its pack gives.

Spans in hours are true elapsed time across clock changes; windows in days from an effective date are local days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

import attrs

from collectkit.calendars.dates import add_business_days
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.compliance._wording import a_nth, count, listed
from collectkit.compliance.fee_models import amount_of
from collectkit.compliance.past import Authorization, PaymentAttempt
from collectkit.compliance.question import Question

OK: Final = "ok"
ORIGINAL: Final = "original"
OTHER: Final = "other"
"""Stands for every code that is not named."""

BY_THE_PERSON: Final = "consumer_payment"
RETURN_FEE: Final = "return_fee"
RIGHTS_NOTICE: Final = "consumer_rights_notice_received"
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@attrs.frozen
class Stop:
    """
    Why an attempt may not be made.

    Attributes:
        text: A sentence for people.
        until: First instant at which this reason is gone; None for never or unknown.
        doubt: The fact that is not known; empty when the attempt is certainly barred.
    """

    text: str
    until: datetime | None = None
    doubt: str = ""


class RetryModel(Protocol):
    """A way to limit attempts."""

    def concerns(self, question: Question) -> bool:
        """Whether it says anything about such an attempt."""
        ...

    def stops(self, question: Question) -> Sequence[Stop]:
        """Return all that stands against one more attempt."""
        ...


class OfAnyAttempt:
    """A model that is about every attempt."""

    __slots__ = ()

    def concerns(self, question: Question) -> bool:
        """Return True."""
        return True


def attempts_of(question: Question) -> list[PaymentAttempt]:
    """Return the attempts on the same bank account that were made up to the act, oldest first."""
    account = question.fact("when.account")
    found = [
        attempt
        for attempt in question.payments.attempts
        if attempt.at <= question.at and (not account or not attempt.bank_account or attempt.bank_account == account)
    ]
    return sorted(found, key=lambda attempt: attempt.at)


def entries_of(question: Question) -> list[PaymentAttempt]:
    """
    Return the attempts that may belong to the entry which the act tries again, oldest first.

    What the person paid themselves is no entry: it neither uses up a retry nor hides why an entry came back. An entry for another
    loan on the same bank account begins a chain of its own, under which the retries of this one must not vanish.
    """
    loan = question.fact("when.loan")
    return [one for one in attempts_of(question) if one.kind != BY_THE_PERSON and (not loan or not one.loan or one.loan == loan)]


@attrs.frozen
class RetriesAfterOriginal(OfAnyAttempt):
    """
    So many retries after an original entry, within some days, depending on why it was returned.

    Attributes:
        retries_max: How many.
        window_days: Last local day after that of the original.
        retryable: Codes that may be tried again as they are.
        never: Codes after which nothing may be.
        conditional: Facts of which one must hold for a code to be tried again; under ``other`` for every other code.
        same_amount: A retry is of the amount of the original.
    """

    retries_max: int
    window_days: int
    retryable: frozenset[str]
    never: frozenset[str]
    conditional: Mapping[str, frozenset[str]] = attrs.Factory(dict)
    same_amount: bool = False

    def stops(self, question: Question) -> Sequence[Stop]:
        """Judge by the last original entry and what followed it; no wait helps, so no stop has an end."""
        attempts = [attempt for attempt in entries_of(question) if attempt.kind != RETURN_FEE]
        if not attempts:
            return ()
        begins = max((place for place, attempt in enumerate(attempts) if attempt.kind == ORIGINAL), default=0)
        chain = attempts[begins:]
        retries = len(chain) - 1
        found = []
        if retries >= self.retries_max:
            found.append(Stop(f"This would be {a_nth(retries + 1)} retry of one entry; {count(self.retries_max)} may be made."))
        last_day = [day + self.window_days for day in question.day_of(chain[0].at)]
        if any(today > last for today, last in zip(question.days, last_day, strict=True)):
            found.append(Stop(f"The entry is more than {self.window_days} days old."))
        if self.same_amount:
            found += _of_another_amount(chain[0], question)
        # A code after which nothing may be tried stays true when somebody tried all the same and heard another.
        final = next((attempt.code for attempt in chain if attempt.code in self.never), chain[-1].code)
        reason = self._barred(final, question)
        return [*found, Stop(reason)] if reason else found

    def _barred(self, code: str, question: Question) -> str:
        if code in self.never:
            return f"An entry returned as {code} is never tried again."
        if code in self.retryable or code == OK:
            return ""
        conditions = self.conditional.get(code, self.conditional.get(OTHER, frozenset()))
        if any(question.fact(f"when.{condition}") is True for condition in conditions):
            return ""
        wanted = listed([condition.replace("_", " ") for condition in sorted(conditions)])
        return f"An entry returned as {code} is not tried again" + (f" unless: {wanted}." if wanted else ".")


def _of_another_amount(original: PaymentAttempt, question: Question) -> list[Stop]:
    """Return what stands against a retry that is not of the amount of the original, or of which that is not known."""
    amount = amount_of(question, "when.amount")
    if amount is None or original.amount is None:
        return [Stop("Whether the retry is of the amount of the original is not known.", doubt="payment_amount")]
    return [] if amount == original.amount else [Stop("A retry is of the same amount as the original; another one is a new entry.")]


@attrs.frozen
class ReturnFee:
    """
    A fee may be taken for an entry that came back for want of money, so often for each.

    Attributes:
        fees_max: Fees for one returned entry.
        returned_as: Codes for which there may be one.
    """

    fees_max: int
    returned_as: frozenset[str]

    def concerns(self, question: Question) -> bool:
        """Whether the attempt is such a fee."""
        return question.fact("when.entry") == RETURN_FEE

    def stops(self, question: Question) -> Sequence[Stop]:
        """Judge by the last entry that is no such fee, and the fees that followed it."""
        attempts = entries_of(question)
        entries = [place for place, attempt in enumerate(attempts) if attempt.kind != RETURN_FEE]
        if not entries:
            doubt = "" if question.payments.known else "payment_attempts"
            return (Stop("No entry is on record for whose return a fee could be taken.", doubt=doubt),)
        last = attempts[entries[-1]]
        if last.code not in self.returned_as:
            return (Stop(f"A fee is taken for an entry returned as {' or '.join(sorted(self.returned_as))}, not {last.code}."),)
        fees = len(attempts) - 1 - entries[-1]
        if fees < self.fees_max:
            return ()
        return (Stop(f"This would be {a_nth(fees + 1)} fee for one returned entry; {count(self.fees_max)} may be taken."),)


@attrs.frozen
class RollingAttempts(OfAnyAttempt):
    """
    So many attempts in a window of elapsed days, and never after some codes.

    Attributes:
        attempts_max: How many.
        window_days: Length of the window.
        never: Codes after which nothing may be tried.
    """

    attempts_max: int
    window_days: int
    never: frozenset[str]

    def stops(self, question: Question) -> Sequence[Stop]:
        """Judge by every attempt on the same card."""
        attempts = attempts_of(question)
        barred = next((attempt.code for attempt in attempts if attempt.code in self.never), None)
        found = [] if barred is None else [Stop(f"A card declined with code {barred} is never tried again.")]
        full = too_many(attempts, question, self.attempts_max, self.window_days * _DAY)
        return [*found, full] if full is not None else found


@attrs.frozen
class AdviceCode(OfAnyAttempt):
    """
    The issuer advises when to try again, on top of a rolling cap.

    Attributes:
        never: Advice after which nothing may be tried for a while.
        block_days: For how many elapsed days.
        wait_hours: Elapsed hours to wait by advice.
        attempts_max: Attempts in a window.
        window_days: Its length in elapsed days.
        declines_max: Declines in 24 hours.
    """

    never: frozenset[str]
    block_days: int
    wait_hours: Mapping[str, int]
    attempts_max: int
    window_days: int
    declines_max: int | None = None

    def stops(self, question: Question) -> Sequence[Stop]:
        """Judge by every attempt on the same card."""
        attempts = attempts_of(question)
        found = []
        blocks = [attempt.at + self.block_days * _DAY for attempt in attempts if attempt.advice in self.never]
        if blocks and max(blocks) > question.at:
            found.append(Stop(f"The issuer said not to try again; {self.block_days} days must pass.", max(blocks)))
        if attempts and attempts[-1].advice in self.wait_hours:
            hours = self.wait_hours[attempts[-1].advice]
            until = attempts[-1].at + hours * _HOUR
            if until > question.at:
                found.append(Stop(f"The issuer advised to wait {count(hours)} hours.", until))
        declined = [attempt for attempt in attempts if attempt.code != OK]
        caps = [too_many(attempts, question, self.attempts_max, self.window_days * _DAY)]
        if self.declines_max is not None:
            caps.append(too_many(declined, question, self.declines_max, _DAY))
        return [*found, *(cap for cap in caps if cap is not None)]


def too_many(attempts: Sequence[PaymentAttempt], question: Question, most: int, span: timedelta) -> Stop | None:
    """Return the stop when *most* attempts lie in the elapsed span up to the act; an attempt leaves it after the whole span."""
    recent = [attempt.at for attempt in attempts if attempt.at + span > question.at]
    if len(recent) < most:
        return None
    text = f"This would be {a_nth(len(recent) + 1)} attempt within {_length(span)}; {count(most)} may be made."
    return Stop(text, recent[len(recent) - most] + span if most else None)


def _length(span: timedelta) -> str:
    return f"{span.days} days" if span > _DAY else "24 hours"


@attrs.frozen
class ConsecutiveFailures(OfAnyAttempt):
    """
    After so many failures in a row the account may not be debited without a new authorization.

    Attributes:
        failures_max: How many.
        failure_codes: Codes that are failures; empty means all but success. A return for another reason changes nothing.
        resets: Events that start the count anew.
        authorized_anew: A new authorization lifts the bar.
        part_payment: A smaller amount may be tried.
        calendar: Business days, by which an authorization to debit at once runs out.
    """

    failures_max: int
    failure_codes: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    authorized_anew: bool = False
    part_payment: bool = True
    calendar: HolidayCalendar | None = None

    def stops(self, question: Question) -> Sequence[Stop]:
        """
        Count failures in a row over all loans of the account, from the receipt of each return.

        Source:
            12 CFR 1041.8 and comments 8(b)-1 to 8(b)(2)(iii)-1; CONC 7.6.12R.
        """
        if not self.part_payment and question.fact("when.part_payment") is True:
            return (Stop("A part payment may not be taken this way."),)
        failures = self._failures(question)
        if failures < self.failures_max or any(self._lifts(given, question) for given in question.payments.authorizations):
            return ()
        return (Stop(f"{count(failures).capitalize()} attempts in a row have failed; {count(self.failures_max)} may."),)

    def _failures(self, question: Question) -> int:
        since = self._reset_at(question)
        loan = question.fact("when.loan")
        began = question.payments.loans.get(loan) if isinstance(loan, str) else None
        row, barred_on = 0, None
        for attempt in attempts_of(question):
            if attempt.kind == BY_THE_PERSON or attempt.exempt or (since is not None and attempt.at < since):
                continue
            day = date.fromordinal(max(question.day_of(attempt.at)))
            if barred_on is not None and began is not None and began > barred_on and day >= began:
                row, barred_on = 0, None  # a loan made after the bar starts afresh
            if attempt.code == OK:
                row = 0 if row < self.failures_max else row
            elif self._fails(attempt) and (attempt.returned_at or attempt.at) <= question.at:
                row += 1
                barred_on = day if row == self.failures_max else barred_on
        today = date.fromordinal(min(question.days))
        return 0 if barred_on is not None and began is not None and barred_on < began <= today else row

    def _fails(self, attempt: PaymentAttempt) -> bool:
        return attempt.code in self.failure_codes if self.failure_codes else attempt.code != OK

    def _reset_at(self, question: Question) -> datetime | None:
        return max((event.at for event in question.events if event.kind in self.resets and event.at <= question.at), default=None)

    def _lifts(self, given: Authorization, question: Question) -> bool:
        if not self.authorized_anew or given.obtained_at > question.at or self._is_used(given, question):
            return False
        if not _is_within(given, question):
            return False
        obtained = date.fromordinal(min(question.day_of(given.obtained_at)))
        today = date.fromordinal(max(question.days))
        if given.kind == "single_immediate":
            # "Initiated within one business day after the consumer authorizes": 1041.8(d).
            last = obtained if self.calendar is None else add_business_days(obtained, 1, self.calendar)
            return given.contacted_on in (None, obtained) and today <= last
        noticed = question.events and [event.at for event in question.events if event.kind == RIGHTS_NOTICE]
        return (not noticed or max(noticed) <= given.obtained_at) and given.scheduled_on in (None, today)

    def _is_used(self, given: Authorization, question: Question) -> bool:
        """Whether an attempt was made by it: one that came back may not be tried again without another."""
        made = (attempt for attempt in attempts_of(question) if attempt.exempt and attempt.at >= given.obtained_at)
        if given.scheduled_on is None:
            return any(True for _ in made)
        return any(given.scheduled_on.toordinal() in question.day_of(attempt.at) for attempt in made)


def _is_within(given: Authorization, question: Question) -> bool:
    """Whether the attempt stays within the amount and the way of payment that were authorized; a smaller amount does."""
    amount = question.fact("when.amount")
    if given.amount is not None and isinstance(amount, int | Fraction | Decimal) and Fraction(amount) > given.amount:
        return False
    channel = question.fact("when.payment_channel")
    return not given.channel or channel is None or channel == given.channel
