"""The suite `portfolio`: published figures of whole portfolios, reproduced from their files through the importer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import charged_off, invoices, loans, purchases
from .cases import Case, UnknownFormError

FORMS = {
    "kiva-json": ({"loans_pii_removed.json.gz"}, loans.cases),
    "kiva-csv": ({"loans.csv", "schedule_borrower.csv", "payments.csv"}, loans.cases),
    "ibm-ar": ({"invoices.csv"}, invoices.cases),
    "olist": ({"order_payments_sample.csv"}, purchases.cases),
    "sba": ({"loans.csv"}, charged_off.cases),
}
"""For each bundled mapping the files that tell its form, and who reproduces the figures."""


def cases(folder: Path) -> Iterator[Case]:
    """
    Yield every figure of the folder's facts, once for each form its files come in.

    Raises:
        UnknownFormError: The folder has no facts, or files of no known form.
    """
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    found = [mapping for mapping, (files, _) in FORMS.items() if files <= held]
    # A form whose files are some of another's that is here is not meant.
    found = [one for one in found if not any(FORMS[one][0] < FORMS[other][0] for other in found)]
    if not found or "facts.json" not in held:
        known = "; ".join(", ".join(sorted(files)) for files, _ in FORMS.values())
        raise UnknownFormError(f"{folder} is no folder of a known form: it needs facts.json and one of: {known}")
    for mapping in found:
        yield from FORMS[mapping][1](folder, mapping)
