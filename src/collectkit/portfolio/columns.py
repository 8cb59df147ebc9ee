"""Standings as columns: the same field names, one NumPy array each, narrow types, dates as day numbers.

A `Portfolio` decides nothing that a `Standing` does not: each derived column says what the property of the same name
says of one account, and a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, TypeAlias, cast

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.rules.columns import Coded
from collectkit.standing import Standing

NO_DAY = 0
"""The day number that stands for None; the first real one is 1, for 0001-01-01."""

Ids: TypeAlias = "npt.NDArray[np.object_]"
Days: TypeAlias = "npt.NDArray[np.int32]"
Counts: TypeAlias = "npt.NDArray[np.int32]"
Minor: TypeAlias = "npt.NDArray[np.int64]"
Bools: TypeAlias = "npt.NDArray[np.bool_]"
FactColumn: TypeAlias = "npt.NDArray[np.generic] | Coded"
Rows: TypeAlias = "Bools | npt.NDArray[np.intp] | slice"

STATES: tuple[str, ...] = ("not_started", "current", "past_due", "paid", "closed")
"""What `Portfolio.state` can hold, by code."""

_EPOCH = date(1970, 1, 1).toordinal()

# A converter that is a class hides the type of its argument.
_texts = cast("Callable[[npt.NDArray[np.integer[Any]], tuple[str, ...]], Coded]", Coded)


@attrs.frozen(eq=False)
class Portfolio:
    """
    Many standings as columns of `(n,)`; what each field means stands at `collectkit.standing.Standing`.

    Amounts are int64 minor units of the account's own currency: never add a column up without looking at `currency`.
    Days are int32 proleptic ordinals (`datetime.date.toordinal`), `NO_DAY` for None. Texts that repeat are
    coded; code -1 is None. `holds` and `paused` are joined by commas. Arrays are to be read, not written.

    Raises:
        ValidationError: The columns differ in length.
    """

    account: Ids
    person: Ids
    as_of: Days
    currency: Coded
    plan_kind: Coded
    product: Coded
    merchant: Coded
    opened_on: Days
    total_minor: Minor
    paid_minor: Minor
    outstanding_minor: Minor
    owed_minor: Minor
    past_due_minor: Minor
    fee_minor: Minor
    credit_minor: Minor
    disputed_minor: Minor
    fees_charged_minor: Minor
    oldest_unpaid_due_on: Days
    next_due_on: Days
    next_due_minor: Minor
    last_due_on: Days
    last_paid_on: Days
    installments_total: Counts
    installments_paid: Counts
    installments_past_due: Counts
    promise_due_on: Days
    promised_minor: Minor
    promises_broken: Counts
    holds: Coded
    hold_until: Days
    handler: Coded
    placed_on: Days
    closed_on: Days
    valid_through: Days
    agreed: Coded
    paused: Coded
    charged_off_on: Days
    contractual_since_on: Days
    operational_since_on: Days
    clock_stopped_on: Days
    reporting_since_on: Days
    reporting_stopped_on: Days
    tax_minor: Minor

    def __attrs_post_init__(self) -> None:
        sizes = {len(getattr(self, name)) for name in COLUMNS}
        if len(sizes) != 1:
            raise ValidationError(f"all columns of a portfolio have one length, got {sorted(sizes)}; no portfolio was made")

    @classmethod
    def of(cls, standings: Iterable[Standing]) -> Portfolio:
        """Return the columns of some standings, in their order."""
        columns = list(zip(*map(attrgetter(*COLUMNS), standings), strict=True)) or [()] * len(COLUMNS)
        made = {name: _from_objects(name)(values) for name, values in zip(COLUMNS, columns, strict=True)}
        return cls(**made)

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[object]]) -> Portfolio:
        """
        Return the columns of stored rows, without making an object per account.

        Args:
            rows: Values in the order of the fields, as stores keep them: days as ordinals or None, holds joined by commas.
        """
        columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        if len(columns) != len(COLUMNS):
            raise ValidationError(f"a row of a portfolio has {len(COLUMNS)} values, got {len(columns)}; no portfolio was made")
        made = {name: _from_stored(name)(values) for name, values in zip(COLUMNS, columns, strict=True)}
        return cls(**made)

    def __len__(self) -> int:
        return len(self.account)

    def row(self, index: int) -> Standing:
        """Return one account as an object."""
        return Standing(**{name: _READ[name](getattr(self, name), index) for name in COLUMNS})  # type: ignore[arg-type]

    def standings(self) -> Iterator[Standing]:
        """Yield every account as an object, in order."""
        return (self.row(index) for index in range(len(self)))

    def select(self, rows: Rows) -> Portfolio:
        """Return some rows: those of a mask, of positions, or of a slice."""
        return Portfolio(**{name: _taken(getattr(self, name), rows) for name in COLUMNS})

    @property
    def days_past_due(self) -> Counts:
        """Return `(n,) int32` whole calendar days since the oldest unpaid due date; 0 when nothing is late."""
        late = self.as_of - self.oldest_unpaid_due_on
        return np.where(self.oldest_unpaid_due_on == NO_DAY, np.int32(0), late)

    @property
    def contractual_days_past_due(self) -> Counts:
        """Return `(n,) int32` days past due by the contract as agreed, as `Standing.contractual_days_past_due` has them."""
        # An account that is late has an operational date, unless a release without clocks wrote its row.
        plain = (self.operational_since_on == NO_DAY) & (self.oldest_unpaid_due_on != NO_DAY)
        since = np.where(plain, self.oldest_unpaid_due_on, self.contractual_since_on)
        return np.where(since == NO_DAY, np.int32(0), self.as_of - since)

    @property
    def operational_days_past_due(self) -> Counts:
        """Return `(n,) int32` days past due without those on which the clock stood still, as `Standing` has them."""
        since = np.where(self.operational_since_on == NO_DAY, self.oldest_unpaid_due_on, self.operational_since_on)
        until = np.where(self.clock_stopped_on == NO_DAY, self.as_of, self.clock_stopped_on)
        return np.where(since == NO_DAY, np.int32(0), np.maximum(until - since, 0).astype(np.int32))

    @property
    def reporting_days_past_due(self) -> Counts:
        """Return `(n,) int32` days past due as a bureau or a regulator is told, as `Standing.reporting_days_past_due` has them."""
        until = np.where(self.reporting_stopped_on == NO_DAY, self.as_of, self.reporting_stopped_on)
        told = np.maximum(until - self.reporting_since_on, 0).astype(np.int32)
        return np.where(self.reporting_since_on == NO_DAY, self.contractual_days_past_due, told)

    @property
    def state(self) -> Coded:
        """Return each account's state, coded over `STATES`."""
        codes = np.where(self.past_due_minor != 0, 2, 1).astype(np.int8)
        codes[self.outstanding_minor == 0] = 3
        codes[self.as_of < self.opened_on] = 0
        codes[self.closed_on != NO_DAY] = 4
        return _texts(codes, STATES)

    @property
    def collectable_minor(self) -> Minor:
        """Return `(n,) int64` what may be asked for now: owed, less what is disputed; 0 when closed."""
        asked = np.maximum(0, self.owed_minor - self.disputed_minor)
        return np.where(self.closed_on == NO_DAY, asked, np.int64(0))

    def facts(self) -> Mapping[str, FactColumn]:
        """
        Return the facts that a condition over accounts may name, as `collectkit.segments.view` does for one account.

        Region and locale stand with the person and are unknown here.
        """
        columns: dict[str, FactColumn] = {}
        for name in COLUMNS:
            held = getattr(self, name)
            if name in _DAYS:
                columns[name] = _calendar(held)
            elif name not in _IDS and name not in _JOINED:
                columns[name.removesuffix("_minor")] = held
        for name in ("product", "merchant", "agreed"):
            columns[name] = _without_empty(getattr(self, name))
        unknown = _texts(np.full(len(self), -1, np.int8), ())
        derived: dict[str, FactColumn] = {"days_past_due": self.days_past_due, "state": self.state, "collectable": self.collectable_minor}
        derived["contractual_days_past_due"] = self.contractual_days_past_due
        derived["operational_days_past_due"] = self.operational_days_past_due
        derived["reporting_days_past_due"] = self.reporting_days_past_due
        derived["charged_off"] = self.charged_off_on != NO_DAY
        derived["promise_days_left"] = self._days_left(self.promise_due_on)
        derived["hold_days_left"] = self._days_left(self.hold_until)
        on_hold = np.array([bool(text) for text in self.holds.values], np.bool_)[self.holds.codes] if len(self) else np.empty(0, np.bool_)
        return {**columns, **derived, "on_hold": on_hold, "region": unknown, "locale": unknown}

    def _days_left(self, until: Days) -> Counts:
        """Return the days until a day, masked where there is none."""
        return np.ma.masked_where(until == NO_DAY, until - self.as_of)


COLUMNS: tuple[str, ...] = tuple(field.name for field in attrs.fields(Portfolio))

_IDS = frozenset({"account", "person"})
_JOINED = frozenset({"holds", "paused"})
_TEXTS = frozenset({"currency", "plan_kind", "product", "merchant", "handler", "agreed"}) | _JOINED
_DAYS = frozenset({"as_of", "valid_through"} | {name for name in COLUMNS if name.endswith(("_on", "_until"))})
_COUNTS = frozenset({"promises_broken"} | {name for name in COLUMNS if name.startswith("installments_")})


def bucket_index(portfolio: Portfolio, buckets: Buckets, *, out: npt.NDArray[np.uint8] | None = None) -> npt.NDArray[np.uint8]:
    """
    Return `(n,) uint8`: the position of each account's days past due in `buckets.names`; 0 is ``current``.

    An account that is closed or has not started is ``current`` here, as days past due alone say.

    Args:
        portfolio: The accounts.
        buckets: At most 255 bands.
        out: `(n,) uint8` to be filled and returned; a buffer kept between runs saves the system its page faults.

    Raises:
        ValidationError: There are too many bands.
    """
    if len(buckets.names) > 256:
        raise ValidationError(f"a portfolio is sorted into at most 256 bands, got {len(buckets.names)}; nothing was computed")
    result = np.empty(len(portfolio), np.uint8) if out is None else out
    np.copyto(result, np.searchsorted(np.array(buckets.starts, np.int32), portfolio.days_past_due, side="right"), casting="unsafe")
    return result


def _coded(values: Iterable[object]) -> Coded:
    places: dict[object, int] = {None: -1}
    codes = [places.setdefault(value, len(places) - 1) for value in values]
    return _texts(np.array(codes, np.int32), tuple(str(value) for value in places if value is not None))


def _ids(values: Sequence[object]) -> Ids:
    made = np.empty(len(values), np.object_)
    made[:] = values
    return made


def _from_stored(name: str) -> Callable[[Sequence[Any]], Any]:
    """Return what makes the column of that name from values as a store keeps them."""
    if name in _IDS:
        return _ids
    if name in _TEXTS:
        return _coded
    if name in _DAYS:
        return lambda values: np.array([day or NO_DAY for day in values], np.int32)
    return lambda values: np.array(values, np.int32 if name in _COUNTS else np.int64)


def _from_objects(name: str) -> Callable[[Sequence[Any]], Any]:
    """Return what makes the column of that name from the attributes of standings."""
    if name in _DAYS:
        return lambda values: np.array([day.toordinal() if day is not None else NO_DAY for day in values], np.int32)
    if name in _JOINED:
        return lambda values: _coded(",".join(kinds) for kinds in values)
    return _from_stored(name)


def _read_text(column: Coded, index: int) -> str | None:
    code = int(column.codes[index])
    return None if code < 0 else column.values[code]


def _read_day(column: Days, index: int) -> date | None:
    day = int(column[index])
    return None if day == NO_DAY else date.fromordinal(day)


def _read_handler(column: Coded, index: int) -> HandlerId | None:
    name = _read_text(column, index)
    return None if name is None else HandlerId(name)


def _read_joined(column: Coded, index: int) -> tuple[str, ...]:
    return tuple(filter(None, (_read_text(column, index) or "").split(",")))


def _reader(name: str) -> Callable[[Any, int], object]:
    special: dict[str, Callable[[Any, int], object]] = {
        "account": lambda column, index: AccountId(column[index]),
        "person": lambda column, index: PersonId(column[index]),
        "handler": _read_handler,
        **dict.fromkeys(_JOINED, _read_joined),
    }
    if name in special:
        return special[name]
    if name in _TEXTS:
        return _read_text
    return _read_day if name in _DAYS else lambda column, index: int(column[index])


_READ = {name: _reader(name) for name in COLUMNS}


def _taken(column: Any, rows: Rows) -> Any:
    return _texts(column.codes[rows], column.values) if isinstance(column, Coded) else column[rows]


def _calendar(days: Days) -> npt.NDArray[np.datetime64]:
    made = (days.astype(np.int64) - _EPOCH).astype("datetime64[D]")
    made[days == NO_DAY] = np.datetime64("NaT")
    return made


def _without_empty(column: Coded) -> Coded:
    """Return the column with the empty text unknown."""
    if "" not in column.values:
        return column
    return _texts(np.where(column.codes == column.values.index(""), -1, column.codes), column.values)
