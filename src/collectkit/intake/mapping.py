"""What a mapping says: which files there are, and which column becomes which field of which entity.

A mapping is data, read from TOML by `collectkit.intake.loading`; it holds no code and names no path. What a field turns
into is fixed by its place (`account.plan.bought_on` is a date), how it is written in the file is said here.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

import attrs

Constant = str | int | bool


@attrs.frozen(kw_only=True)
class Field:
    """
    Where the value of one field comes from, and how it is written there.

    Attributes:
        target: The field's place in the mapping, such as ``account.plan.bought_on``.
        kind: What it becomes: ``text``, ``id``, ``integer``, ``amount``, ``date``, ``instant`` or ``flag``.
        column: Name of the column, or path in the record (``terms.disbursal_date``; ``^id`` is in the record around it).
        instead: Another column, read where the first is blank.
        at_least: Of an amount: a column with an amount below which it never is.
        less: Of an amount: a column with an amount that is taken off.
        template: A text with columns in braces, such as ``loan-{loan_id}``.
        constant: The same value for every row.
        default: What a blank value means; None when a value is required.
        optional: A blank value leaves the field out.
        format: Of dates: ``%m/%d/%Y`` and the like, ``instant``, or ``days since 1960-01-01``.
        zone: IANA zone whose day counts when an instant becomes a date.
        yes: Words for true.
        no: Words for false.
        locale: Whose separators amounts use; empty for plain ``1234.56``.
        scale: Whether amounts are in ``major`` or ``minor`` units.
        digits: Exact number of characters of a code; 0 for any.
    """

    target: str
    kind: str
    column: str = ""
    instead: str = ""
    at_least: str = ""
    less: str = ""
    template: str = ""
    constant: Constant | None = None
    default: Constant | None = None
    optional: bool = False
    format: str = "%Y-%m-%d"
    zone: str = "UTC"
    yes: tuple[str, ...] = ("true", "yes", "1")
    no: tuple[str, ...] = ("false", "no", "0")
    locale: str = ""
    scale: str = "major"
    digits: int = 0


@attrs.frozen(kw_only=True)
class Condition:
    """
    A test on one column; every part that is given must hold.

    Attributes:
        column: Name or path.
        any_of: The value is one of these texts.
        none_of: The value is none of these texts.
        blank: Whether the value is blank; None when that does not matter.
        also: Tests on other columns, which must hold too.
    """

    column: str
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    blank: bool | None = None
    also: tuple[Condition, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Return the columns that are looked at."""
        return [self.column, *(column for other in self.also for column in other.columns)]


@attrs.frozen(kw_only=True)
class Skip:
    """Rows that are left out on purpose, and the reason that the summary gives for them."""

    when: Condition
    reason: str


@attrs.frozen(kw_only=True)
class Source:
    """
    One file of the delivery.

    Attributes:
        name: How the mapping calls it.
        file: Its plain name, without folders.
        format: ``csv``, ``json`` or ``jsonl``.
        path: In JSON, the list of records, such as ``loans[]``.
        encoding: ``utf-8``, ``windows-1252`` or ``iso-8859-1``.
        delimiter: Of a table, one character.
        columns: The header, exactly and in this order; empty to ask only for the columns that are used.
        multiline: Quoted values may hold line breaks.
        last_line_open: The last line may lack its end; otherwise that is taken as a cut and the row is rejected.
        skips: Rows to leave out.
        count_by: Columns with few values, none of them personal, whose values the summary counts over all rows.
    """

    name: str
    file: str
    format: str
    path: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    multiline: bool = False
    last_line_open: bool = False
    skips: tuple[Skip, ...] = ()
    count_by: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ContactSection:
    """
    A contact point of the consumer; a blank value means that there is none.

    Attributes:
        kind: ``phone``, ``email`` or ``postal``.
        source: Where the points come from, such as ``checkout``.
        consents: Channels to which every one of these people agreed.
        fields: ``value``; for a postal address ``postal_code`` and ``region`` as well.
    """

    kind: str
    source: str
    consents: tuple[str, ...]
    fields: MappingOf[str, Field]


@attrs.frozen(kw_only=True)
class ConsumerSection:
    """Who owes: ``id``, ``name``, ``locale``, ``region`` and contact points."""

    source: str
    fields: MappingOf[str, Field]
    contacts: tuple[ContactSection, ...] = ()


@attrs.frozen(kw_only=True)
class InstallmentSection:
    """
    Installments that another system computed, one row each: ``number``, ``due_on``, ``amount``, ``interest``, ``tax``.

    Attributes:
        source: The file they stand in, when it is another one than the account's.
        by: There, the column that holds the key.
        match: In the account's row, the column with the same key.
        each: Or, the list inside the account's record, such as ``terms.local_payments[]``.
        fields: What each row has.
    """

    source: str = ""
    by: str = ""
    match: str = ""
    each: str = ""
    fields: MappingOf[str, Field]


@attrs.frozen(kw_only=True)
class PlanSection:
    """
    The contract: ``kind``, ``currency``, ``bought_on``.

    And either installments, or terms: ``total``, ``count``, ``every``, ``first_on``.
    """

    fields: MappingOf[str, Field]
    installments: InstallmentSection | None = None
    terms: MappingOf[str, Field] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ClosedSection:
    """Accounts that arrive closed: when that is so, as of which day, and as ``paid``, ``cancelled``, ``written_off`` or ``sold``."""

    when: Condition
    on: Field
    reason: str


@attrs.frozen(kw_only=True)
class ChargedOffSection:
    """
    Accounts that arrive charged off: what is owed stays owed.

    Attributes:
        when: Which rows.
        fields: ``id``, ``on`` and ``reason``.
    """

    when: Condition
    fields: MappingOf[str, Field]


@attrs.frozen(kw_only=True)
class HoldSection:
    """
    A hold on the account for rows that carry a flag.

    Attributes:
        kind: Which hold, such as ``dispute``.
        when: Which rows.
        fields: ``id``, ``starts_on``, ``review_on`` (when somebody must look at it again) and ``reason``.
    """

    kind: str
    when: Condition
    fields: MappingOf[str, Field]


@attrs.frozen(kw_only=True)
class AccountSection:
    """The account: ``id``, ``consumer``, ``product``, ``merchant``, ``region``; its texts, its plan, its end, its charge-off, its holds."""

    source: str
    fields: MappingOf[str, Field]
    metadata: MappingOf[str, Field]
    plan: PlanSection
    closed: ClosedSection | None = None
    charged_off: ChargedOffSection | None = None
    holds: tuple[HoldSection, ...] = ()


@attrs.frozen(kw_only=True)
class PaymentSection:
    """
    Payments: ``id``, ``account``, ``amount``, ``currency``, ``value_on``, ``source_at``, ``source``.

    Attributes:
        source: The file; when it is the account's and there is no *each*, the payment is a part of the account's row.
        each: The list inside the record, such as ``payments[]``.
        when: Rows that hold such a payment; None for all.
        fields: What each row has.
    """

    source: str
    each: str = ""
    when: Condition | None = None
    fields: MappingOf[str, Field]

    @property
    def rows(self) -> str:
        """Return the name under which the summary counts these rows."""
        return f"{self.source}.{self.each}" if self.each else self.source


@attrs.frozen(kw_only=True)
class Mapping:
    """
    How files become entities.

    Attributes:
        name: For the summary, such as ``kiva-csv``.
        digest: SHA-256 of its text: the same files under another mapping are another import.
        sources: By name, in the order of the file.
        consumer: None when the files name consumers that are registered already.
        account: None for files of payments alone.
        payments: In the order of the file.
    """

    name: str
    digest: str
    sources: MappingOf[str, Source]
    consumer: ConsumerSection | None = None
    account: AccountSection | None = None
    payments: tuple[PaymentSection, ...] = ()
