"""The night: judge promises, charge fees, propose, ask the law, place, and plan contacts; in chunks that a killed run goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Final

import attrs

from collectkit._kit.again import again
from collectkit._kit.ahead import reading_ahead
from collectkit._kit.alerting import settle_alerts
from collectkit._kit.aside import strikes_of
from collectkit._kit.charging import NOT_THEIRS
from collectkit._kit.core import account_stream, person_stream
from collectkit._kit.faults import cause_of
from collectkit._kit.headcount import Headcount
from collectkit._kit.placing import Placing
from collectkit._kit.proposing import alerts_stream
from collectkit._kit.working import WorkedAccount, WorkedPerson, count
from collectkit.calendars.dates import tzdata_version
from collectkit.errors import (
    RunHeldError,
    SystemicFailureError,
    UnknownIdError,
    ValidationError,
)
from collectkit.events import Context, Event
from collectkit.facts import fold_account
from collectkit.identifiers import AccountId, PersonId
from collectkit.placement import AccountPlaced, AccountRecalled
from collectkit.refusals import Refusal
from collectkit.servicing.night_report import NightReport, Tally
from collectkit.servicing.runs import AccountReleased, AccountSetAside, Progress, RunReason, going_on, take
from collectkit.standing import Standing
from collectkit.storage.store import Strike, Unit

NIGHT: Final = "night"
BEGUN: Final = "night-begun"
_RUN: Final = "run/night"
_DATA_YEARS: Final = 10
"""So many years after the release of the time zone data the first night of a book is taken for that of a wrong clock."""
_ALIKE_MIN: Final = 5
"""When every account that is looked at fails, so many are enough to see that the fault is not theirs."""


class _RehearsedError(Exception):
    """Ends the rehearsal of one person's night, so that nothing of it is kept."""


@attrs.frozen
class _Run:
    """What stays the same during one run of a night."""

    key: str
    context: Context
    days: tuple[date, ...]
    token: int
    began: float
    known: Headcount = attrs.field(init=False, default=attrs.Factory(lambda self: Headcount(self.as_of), takes_self=True))

    @property
    def as_of(self) -> date:
        return self.days[-1]


class Nights(Placing):
    """The nightly run."""

    def run_night(self, *, as_of: date, at: datetime, worker: str = "night") -> NightReport:
        """
        Work every account that needs it on a business date.

        Only accounts whose standing expired, whose facts changed or that have a step due are looked at. A night that was
        killed is run again and ends as if it had not been; one that is done already does nothing and gives the same report.
        Days that were skipped since the last night are made up for, account by account in their order: promises are judged
        and fees charged as of each day; contacts are proposed for the business date alone.

        An account that cannot be worked is set aside, and the others go on; it is tried again the next night, and after
        three nights in a row stays out until `release_account`. Whatever is set aside still takes payments, stops and disputes.

        Args:
            as_of: The business date.
            at: The present instant; aware. The law is asked for it.
            worker: Id of the process that does it. A worker takes over its own run at once, and another's when its lease is over.

        Raises:
            ValidationError: A later night has been run already, or the date cannot be right: it lies ahead of *at*, or so
                many days after the last night that the clock must be wrong.
            RunHeldError: Another worker is at it, or has taken it over; chunks done so far stand.
            SystemicFailureError: So many accounts fail that the fault cannot be theirs; chunks done so far stand.
        """
        key = self._on(as_of).isoformat()
        context = self._context(at, f"night/{key}")
        if not isinstance(worker, str) or not worker:
            raise ValidationError(f"worker is the id of the process that runs the night, a text, got {worker!r}; nothing was done")
        begun = self._take(key, as_of, at, worker)
        if isinstance(begun, NightReport):
            return begun
        days, progress = begun
        self.parts.callers.try_again()
        run = _Run(key, context, days, progress.token, monotonic())
        going: Progress | None = progress
        while going is not None:
            going, tally = self._next(run, going)
        return NightReport.of(as_of, tally)

    def quarantine(self) -> list[Strike]:
        """Return the accounts that the last nights could not work, by id, with the cause and for how many nights in a row."""
        with self._unit() as unit:
            return unit.strikes()

    @again
    def release_account(self, account: str, *, at: datetime, reason: str) -> AccountReleased:
        """
        Let nights work an account again that was set aside.

        Raises:
            UnknownIdError: It is not set aside; nothing was changed.
        """
        released = AccountReleased(account, at, reason)
        context = self._context(at, f"release/{released.account}")
        with self._unit() as unit:
            if all(strike.account != released.account for strike in unit.strikes()):
                raise UnknownIdError(f"account {account!r} is not set aside; nothing was changed")
            unit.release(released.account)
            stream = _aside_stream(released.account)
            unit.append(context, {stream: (unit.version(stream), [released])})
            standing = unit.standing(released.account)
            if standing is not None:
                unit.save_standings([(standing, self.business_date(at))])
        return released

    # The run and its chunks

    @again
    def _take(self, key: str, as_of: date, at: datetime, worker: str) -> NightReport | tuple[tuple[date, ...], Progress]:
        """Begin or take over the night; return the days to be worked and how far it has come, or the report when it is done."""
        policy = self.policy.night
        with self._unit() as unit:
            unit.lock([_RUN])
            done = unit.run(NIGHT, key)
            if done is not None:
                return NightReport.of(as_of, Tally.of_text(done), already_done=True)
            nights = [other for other, _ in unit.runs(NIGHT)]
            if nights and nights[-1] > key:
                raise ValidationError(f"the night of {nights[-1]} has been run already, so {key} cannot be; nothing was done")
            days = self._days(as_of, at, date.fromisoformat(nights[-1]) if nights else None)
            stored = unit.run(BEGUN, key)
            taken = take(
                None if stored is None else Progress.of_text(stored), worker=worker, at=at, lease=timedelta(seconds=policy.lease_seconds)
            )
            if isinstance(taken, Refusal):
                raise RunHeldError(f"the night of {key}: {taken}")
            unit.save_run(BEGUN, key, taken.to_text())
        return days, taken

    def _days(self, as_of: date, at: datetime, last: date | None) -> tuple[date, ...]:
        """Return the business date and before it each day that was skipped; a date that cannot be right is refused."""
        today = self.business_date(at)
        if as_of > today + timedelta(days=1):
            raise ValidationError(f"the business date {as_of} lies ahead of the instant, which is {today}; nothing was done")
        if last is None:
            # No earlier night tells that a clock is wrong; the time zone data do, which are renewed several times a year.
            data = tzdata_version()
            if today.year > int(data[:4]) + _DATA_YEARS:
                raise ValidationError(
                    f"it is {today} by the instant, and the time zone data are of {data}: a clock may be wrong, or the data are more "
                    f"than {_DATA_YEARS} years old; nothing was done"
                )
            return (as_of,)
        skipped = (as_of - last).days - 1
        if skipped > self.policy.night.catch_up_days:
            raise ValidationError(
                f"{as_of} is {skipped + 1} days after the last night, {last}: a clock may be wrong; at most "
                f"{self.policy.night.catch_up_days} skipped days are made up for at once, so run an earlier date first; nothing was done"
            )
        return tuple(last + timedelta(days=number) for number in range(1, skipped + 2))

    def _next(self, run: _Run, before: Progress) -> tuple[Progress | None, Tally]:
        """Work the next people and commit; return how far the run has come, None when nobody is left, and the counts."""
        try:
            return self._commit(run, before, {})
        except (*NOT_THEIRS, RunHeldError, SystemicFailureError):
            raise
        except Exception:
            culprits = self._culprits(run, before)
            if not culprits:
                raise
        return self._commit(run, before, culprits)

    @again
    def _commit(self, run: _Run, before: Progress, culprits: Mapping[PersonId, Exception]) -> tuple[Progress | None, Tally]:
        """Work the next people in one unit, together with how far the run has come, if this worker still holds it."""
        lease = timedelta(seconds=self.policy.night.lease_seconds + monotonic() - run.began)
        run.known.forget()
        with self._unit() as unit:
            unit.lock([_RUN])
            stored = unit.run(BEGUN, run.key)
            lost: Refusal[RunReason] | None = going_on(None if stored is None else Progress.of_text(stored), run.token)
            if lost is not None or unit.run(NIGHT, run.key) is not None:
                raise RunHeldError(f"the night of {run.key}: {lost or 'it was ended by another worker; this chunk was not recorded'}")
            tally = Tally.of_text(before.tally.to_text())
            after = self._chunk(unit, run, before.after, tally, culprits)
            if after is None:
                unit.save_run(NIGHT, run.key, tally.to_text())
                return None, tally
            going = attrs.evolve(before, until=run.context.at + lease, after=after, tally=tally)
            unit.save_run(BEGUN, run.key, going.to_text())
        run.known.keep()
        return going, tally

    def _chunk(self, unit: Unit, run: _Run, after: str, tally: Tally, culprits: Mapping[PersonId, Exception]) -> str | None:
        """Work the next people; return the last of them, or None when nobody is left."""
        work = unit.work(run.as_of, after=after, limit=self.policy.night.chunk_people)
        if not work:
            return None
        unit = reading_ahead(unit, dict(work))
        struck = {strike.account: strike for strike in strikes_of(unit, [account for _, accounts in work for account in accounts])}
        out = {id for id, strike in struck.items() if strike.count >= self.policy.night.strikes}
        people = []
        for person, accounts in work:
            self._rest(unit, [account for account in accounts if account in out])
            held = [account for account in accounts if account not in out]
            if not held:
                continue
            tally.people += 1
            tally.accounts += len(held)
            worked = self._attempt(unit, run, person, held, culprits.get(person))
            failed = dict.fromkeys(held, worked) if isinstance(worked, Exception) else worked.failed
            for account, error in failed.items():
                self._set_aside(unit, run, person, account, error, tally)
            if not isinstance(worked, Exception):
                people.append(worked)
                count(worked, tally)
        self._place(unit, people, run.context.at, run.as_of, tally, run.known)
        before = {standing.account: standing for person in people for standing in unit.standings_of(person.standing.id)}
        written = self._write(unit, run.context, people, run.as_of)
        self._move_on(unit, run.known, before, written)
        for one in people:
            for account in one.accounts:
                if account in struck:
                    unit.release(account)
        return work[-1][0]

    def _attempt(
        self, unit: Unit, run: _Run, person: PersonId, held: list[AccountId], culprit: Exception | None
    ) -> WorkedPerson | Exception:
        """Decide one person's night; an error is theirs, and returned."""
        if culprit is not None:
            return culprit
        try:
            return self._decide(unit, run.context.at, person, held, run.days)
        except NOT_THEIRS:
            raise
        except Exception as error:
            return error

    def _culprits(self, run: _Run, before: Progress) -> dict[PersonId, Exception]:
        """Return the people of the next chunk whose night cannot be written, each tried alone and taken back."""
        with self._unit() as unit:
            work = unit.work(run.as_of, after=before.after, limit=self.policy.night.chunk_people)
        found: dict[PersonId, Exception] = {}
        for person, accounts in work:
            try:
                with self._unit() as unit:
                    worked = self._decide(unit, run.context.at, person, accounts, run.days)
                    self._place(unit, [worked], run.context.at, run.as_of, Tally(), run.known)
                    self._write(unit, run.context, [worked], run.as_of)
                    raise _RehearsedError
            except _RehearsedError:
                continue
            except NOT_THEIRS:
                raise
            except Exception as error:
                found[person] = error
        return found

    # Quarantine

    def _set_aside(self, unit: Unit, run: _Run, person: PersonId, account: AccountId, error: Exception, tally: Tally) -> None:
        """Count a strike against an account that could not be worked; too many of them stop the night."""
        policy, cause = self.policy.night, cause_of(error)
        strike = unit.strike(account, run.as_of, cause)
        tally.set_aside += 1
        stream, read = _aside_stream(account), account_stream(account)
        aside = AccountSetAside(account, run.as_of, cause, strike.count, unit.version(read))
        unit.append(run.context, {stream: (unit.version(stream), [aside])})
        next_on = run.as_of + timedelta(days=1) if strike.count < policy.strikes else None
        unit.save_standings([(s, next_on) for s in _readable(unit, account)])
        many = max(policy.systemic_accounts, tally.accounts * policy.systemic_bp // 10_000)
        if tally.set_aside > many or tally.set_aside == tally.accounts >= _ALIKE_MIN:
            raise SystemicFailureError(
                f"{tally.set_aside} of {tally.accounts} accounts failed, the last with {cause}; the night of {run.key} stopped, "
                "nobody of this chunk was set aside, chunks that were done stand, and it can be run again"
            ) from error

    def _rest(self, unit: Unit, accounts: list[AccountId]) -> None:
        """Leave accounts alone that stay out until a person releases them, although somebody wrote to them."""
        for account in accounts:
            unit.save_standings([(s, None) for s in _readable(unit, account)])

    # Writing

    def _write(self, unit: Unit, context: Context, people: list[WorkedPerson], as_of: date) -> list[Standing]:
        """Write the chunk: what happened to whom, the contacts that are planned, and the standings, which are returned."""
        writes: dict[str, tuple[int, list[Event]]] = {}
        rows = []
        for person in people:
            told: list[Event] = [*person.treated.person_events]
            told += [one.refusal for one in person.treated.reviewed if one.refusal is not None]
            told += [one.answer for one in person.treated.reviewed if one.answer is not None]
            told += [answer for account in person.accounts.values() for answer in account.answers]
            if told:
                stream = person_stream(person.standing.id)
                writes[stream] = (unit.version(stream), told)
            for account in person.accounts.values():
                if account.events:
                    writes[account_stream(account.loaded.id)] = (len(account.loaded.bodies), account.events)
                if account.alert_events:
                    alerts = alerts_stream(account.loaded.id)
                    writes[alerts] = (unit.version(alerts), list(account.alert_events))
                standing = self._after_moves(unit, account, as_of)
                rows.append((standing, self._work_on(account, standing, person.standing, as_of)))
        if writes:
            unit.load(context, writes)
            for id in (id for person in people for id, account in person.accounts.items() if account.alert_events):
                settle_alerts(unit, id)
        unit.save_dispatches(one.dispatch for person in people for one in person.treated.reviewed if one.dispatch is not None)
        unit.save_standings(rows)
        return [standing for standing, _ in rows]

    def _after_moves(self, unit: Unit, account: WorkedAccount, as_of: date) -> Standing:
        """Return the account's standing with what the night did last; of that only a change of hands shows in it."""
        if not any(isinstance(event, AccountPlaced | AccountRecalled) for event in account.events):
            return account.standing
        facts = fold_account([*account.loaded.bodies, *account.events])
        assert facts is not None
        return self._standing_of(unit, facts, as_of, account.book)


def _aside_stream(account: AccountId) -> str:
    return f"quarantine/{account}"


def _readable(unit: Unit, account: AccountId) -> list[Standing]:
    """Return the stored standing of an account, unless that is what cannot be read."""
    try:
        standing = unit.standing(account)
    except NOT_THEIRS:
        raise
    except Exception:
        return []
    return [] if standing is None else [standing]
