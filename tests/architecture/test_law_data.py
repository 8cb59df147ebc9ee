"""No parameter of a law stands in Python: modules hold no rule's id, and no number that only a law could mean."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectkit.compliance.kinds import KINDS
from collectkit.compliance.packs import context_of
from collectkit.compliance.params import Table
from collectkit.compliance.shipped import SHIPPED, shipped_calendars, shipped_limitations, shipped_pack, shipped_text

IDS = frozenset(rule.id for name in SHIPPED for rule in shipped_pack(name).rules)
UNITS = frozenset({0, 1, 2, 7, 12, 23, 24, 31, 59, 60, 100, 3600})
"""Numbers of the calendar and the clock, and percent; two and less count and compare."""

OF_NO_LAW = {
    "_wording": "words of numbers",
    "judging": "rounds until it gives up",
    "overdue": "the grace of a host that does not say",
    "overrides": "digits of a hash",
    "packs": "digits of a hash",
    "places": "digits of a telephone prefix",
    "watch": "how long ahead to warn",
    "week": "measures of a picture",
}
"""Modules whose other numbers have a meaning of their own."""


def constants(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield what the code says, without its docstrings and the sizes of its caches."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "maxsize":
            left_out.update(id(inner) for inner in ast.walk(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lru_cache":
            left_out.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in left_out:
            yield node


def rules_named(text: str) -> set[str]:
    return {node.value for node in constants(ast.parse(text)) if isinstance(node.value, str) and node.value in IDS}


def numbers_meant(text: str) -> set[float]:
    found = {node.value for node in constants(ast.parse(text)) if isinstance(node.value, int | float) and not isinstance(node.value, bool)}
    return found - UNITS


def modules(repository: Path) -> list[Path]:
    return sorted((repository / "src" / "collectkit" / "compliance").glob("*.py"))


class TestLawIsData:
    def test_no_module_names_a_rule(self, repository: Path) -> None:
        """
        Whatever is special about one rule stands in its pack, in the whole library.
        """
        named = {str(file): rules_named(file.read_text(encoding="utf-8")) for file in (repository / "src").rglob("*.py")}

        assert {} == {file: ids for file, ids in named.items() if ids}

    def test_no_module_holds_a_number_of_a_law(self, repository: Path) -> None:
        """
        Days, caps, hours and amounts are read from packs; the modules know the calendar and the clock alone.
        """
        meant = {file.stem: numbers_meant(file.read_text(encoding="utf-8")) for file in modules(repository)}

        assert {} == {name: numbers for name, numbers in meant.items() if numbers and name not in OF_NO_LAW}

    def test_no_kind_of_rule_is_let_off(self) -> None:
        """
        The modules that may hold other numbers judge nothing.
        """
        assert set() == {reader.__module__.rpartition(".")[2] for reader in KINDS.values()} & set(OF_NO_LAW)

    @pytest.mark.parametrize("line", ['if rule.id == "us.regf.14b.7in7":\n    pass', 'HOURS = {"us.tcpa.hours": 8}'])
    def test_a_rule_that_is_named_is_found(self, line: str) -> None:
        """
        Else the test above would prove nothing.
        """
        assert rules_named(line)
        assert not rules_named('"""About us.regf.14b.7in7."""')

    @pytest.mark.parametrize("line", ["cap = 8", "WAIT = timedelta(days=14)", "RATE = 0.25", "def judge(self, most=3): ..."])
    def test_a_number_that_is_meant_is_found(self, line: str) -> None:
        """
        Wherever it stands.
        """
        assert numbers_meant(line)
        assert not numbers_meant("from functools import lru_cache\n@lru_cache(maxsize=4096)\ndef f(): return 24 * 3600")


FOR_PEOPLE: dict[tuple[str, str], str] = {
    ("ban", "allowed"): "what is not banned; the banned rest stands under `match`",
    ("ban", "knowledge"): "when the collector knows; that it does is a fact of the contact point",
    ("ban", "standard"): "what makes delivery reasonable; whether it is, is a fact of the act",
    ("consent", "copy_to_consumer"): "a copy is handed over when the consent is taken, which is before any act that rests on it",
    ("consent_rule", "given"): "how the consent is given; a consent on record names to whom it was",
    ("consent_rule", "gate_policy"): "a revocation closes contact at once here; the outer limit is never used",
    ("consent_rule", "outer_limit_business_days"): "a revocation closes contact at once here; the outer limit is never used",
    ("consent_rule", "keywords"): "words are matched where a reply is read, in many languages",
    ("consent_rule", "confirmation_text_within_minutes"): "one confirmation is a purpose of its own, sent with the answer to the reply",
    ("consent_rule", "expires_on"): "read with the pack: see `read_period`",
    ("consent_rule", "consent"): "read with the pack: see `read_period`",
    ("consent_rule", "consent_day_is_day_one"): "read with the pack: see `read_period`",
    ("consent_rule", "max_days"): "read with the pack: see `read_period`",
    ("consent_rule", "scope"): "read with the pack: see `widens`",
    ("deadline", "from"): "from what the days run is the fact `when.from_event_on`",
    ("deadline", "from_event"): "from what the days run is the fact `when.from_event_on`",
    ("deadline", "debt_kind"): "whose answer is asked about is chosen by whoever asks",
    ("deadline", "trigger"): "when arrears are such is a fact of the account, which opens the question",
    ("deadline", "trigger_day_is_day_one"): "from what the days run is the fact `when.from_event_on`",
    ("deadline", "payments_needed_if_weekly"): "when arrears are such is a fact of the account, which opens the question",
    ("deadline", "statutory_days"): "what the statute alone would leave; the rule counts the shorter time of the regulator",
    ("deadline", "repeat_max_months"): "a later notice is a later event, asked about anew",
    ("deadline", "failure"): "what follows from lateness, as a sentence",
    ("deadline", "interest"): "how interest is computed is the contract's terms",
    ("deadline", "interest_free_days"): "from when interest runs is the contract's terms",
    ("definition", "bnpl_closed_end_cap"): "says that there is no cap",
    ("definition", "capped_product"): "the cap is of another product",
    ("definition", "creditor_test"): "who is a creditor, as a sentence",
    ("definition", "channel"): "the definition is of a voicemail; the question names one",
    ("definition", "counts_as_call"): "calls are counted by the rule about their frequency, voicemails among them",
    ("definition", "is_communication"): "what it is not, for who reads the definition",
    ("definition", "consistency"): "whether one date was used throughout is a fact of the notice, judged with its content",
    ("definition", "one_of"): "which dates there are; the notice's fields name the one used",
    ("disclosure", "by"): "the channels are chosen by the treatment",
    ("disclosure", "day_kind"): "of the days within which a later notice would do; it is asked for with the first",
    ("disclosure", "employer_name"): "what an act says is asked of its template",
    ("disclosure", "every_message"): "it is asked for with each, by being listed under `disclosures`",
    ("disclosure", "if_applicable"): "what applies is known to the author of the template",
    ("disclosure", "language"): "the language is chosen by the person's locale",
    ("disclosure", "manner"): "manner is for the author of the template",
    ("disclosure", "not_if"): "a debt that was paid is asked about no more",
    ("disclosure", "on_request"): "answers to a request are written by people",
    ("disclosure", "or_within_days"): "it is asked for with the first contact, which is within them",
    ("disclosure", "trigger"): "the purpose of the act says it",
    ("fee_cap", "aggregate"): "over which contracts, as a sentence; fees are counted over all of the person",
    ("fee_cap", "base_rate"): "which rate is the base; its figure is the fact `fee.base_rate_percent`",
    ("fee_cap", "calendar_due_date_needs_no_reminder"): "when default began is a fact of the account",
    ("fee_cap", "consumer_notice_required"): "when default began is a fact of the account",
    ("fee_cap", "default_after_days"): "when default began is a fact of the account",
    ("fee_cap", "existing_loans_by"): "until when old contracts had to change; past",
    ("fee_cap", "exposure_cap_sgd"): "how much may be lent is decided before there is a debt",
    ("fee_cap", "suspend_on_overdue"): "whether more is lent is decided by the lender",
    ("hold", "creditor_review_request_days"): "reviews are asked for by people",
    ("hold", "effective_on"): "since when it holds is a fact of the hold",
    ("hold", "extension_if"): "whether it was extended is a fact of the hold",
    ("hold", "limit_per_year"): "says that there is no limit",
    ("hold", "midway_review_days"): "reviews are made by the debt adviser",
    ("hold", "needs"): "what must be known for it, as a sentence; the hold on record says that it is",
    ("hold", "review_decision_days"): "reviews are made by the debt adviser",
    ("hold", "terminate_after_business_days"): "ending a review is an act of its own in writing, whose effect is the end of the hold",
    ("limitation", "applies"): "to which debts, as a sentence",
    ("limitation", "extinguishes"): "that nothing is left to collect; the account is written off by people",
    ("limitation", "nsw_extinguishes"): "that nothing is left to collect; the account is written off by people",
    ("limitation_bar", "knowledge_required"): "says that ignorance is no excuse; the bar holds without asking",
    ("limitation_bar", "table"): "the name of the table that the pack's context brings",
    ("notice_before_action", "action"): "the scope of the rule says it",
    ("notice_before_action", "measures"): "what may be offered, for who decides",
    ("notice_before_action", "range_option"): "what the person may choose instead, in the authorization",
    ("notice_before_action", "receipt_assumption"): "when a letter was received is a fact of the notice",
    ("notice_before_action", "service"): "when a notice was served is a fact of the notice",
    ("portfolio_limit", "administrative_percent"): "of all entries of an originator; watched in the reports of its bank",
    ("portfolio_limit", "overall_percent"): "of all entries of an originator; watched in the reports of its bank",
    ("portfolio_limit", "period_days"): "of all entries of an originator; watched in the reports of its bank",
    ("portfolio_limit", "unauthorized_percent"): "of all entries of an originator; watched in the reports of its bank",
    ("preference_medium", "scope"): "a wish on record names its medium or its contact point",
    ("preference_time", "also"): "conduct, as sentences",
    ("procedure", "applies_to_debts"): "relief is applied for, and then stands in the contract's terms",
    ("procedure", "binds"): "who is bound: the bank",
    ("procedure", "consider"): "what may be offered, for who decides",
    ("procedure", "cross_cutting"): "conduct, as words",
    ("procedure", "default_judgment_affidavit"): "a paper of the suit, on the checklist of the referral",
    ("procedure", "harassment"): "the name of another law",
    ("procedure", "licence"): "licences are those of the handler",
    ("procedure", "medical_notice_days"): "of medical debt, which is none of this library's",
    ("procedure", "oral_order_lapses_days_without_requested_writing"): "orders to stop are given to the bank",
    ("procedure", "outcomes"): "conduct, as words",
    ("procedure", "rate_cap_percent"): "relief is applied for, and then stands in the contract's terms",
    ("procedure", "suspend_if_debt_plan_days"): "judged by the pack's rule about that hold",
    ("procedure", "vulnerable_suspend"): "judged by the matrix of holds",
    ("retry_cap", "never_category"): "the codes of that category stand under `never_codes`",
    ("retry_cap", "retryable_categories"): "every code that is not among `never_codes`",
    ("retry_cap", "return_fee_entries_max"): "judged by the pack's rule about return fees",
    ("retry_cap", "unit"): "over what is counted, as a name; attempts on record carry account and loan",
    ("retry_cap", "window_from"): "from the original entry; its day is that of the attempt on record",
    ("scope", "affordability_exempt"): "lending is decided before there is a debt",
    ("scope", "application"): "the rules of the pack carry their own days",
    ("scope", "credit_check_required"): "lending is decided before there is a debt",
    ("scope", "creditor_covered_when"): "whether a creditor has become covered is told by the role in which it acts",
    ("scope", "debt_purpose"): "only consumers are on the book",
    ("scope", "exempt"): "whether a contract is exempt is told by its product",
    ("scope", "interest_free_covered"): "whether a contract is covered is told by its product",
    ("scope", "interest_free"): "whether a contract is covered is told by its product",
    ("scope", "licence"): "licences are those of the handler",
    ("scope", "max_credit_eur"): "whether a contract is covered is told by its product",
    ("scope", "max_instalments"): "whether a contract is covered is told by its product",
    ("scope", "max_months"): "whether a contract is covered is told by its product",
    ("scope", "merchant_brokers_exempt"): "whether a contract is covered is told by its product",
    ("scope", "not_covered"): "the rest of `covered`",
    ("scope", "retroactive"): "whether a contract is covered is told by its product",
    ("scope", "test"): "who is covered, as a sentence",
    ("scope", "third_party_lender"): "whether a contract is covered is told by its product",
    ("scope", "tpr_window"): "until when a lender could register; past",
    ("scope", "transposition"): "the rules of the pack carry their own days",
    ("time_window", "applies_at"): "says that the hour of sending counts, which is the only one there is",
}
"""Keys that decide nothing, by the kind of their rule, and why they need not."""


def undecided() -> set[tuple[str, str]]:
    """Return the keys of shipped rules that the reader of their kind passes over."""
    found = set[tuple[str, str]]()
    for name in SHIPPED:
        document = tomllib.loads(shipped_text(name))
        context = context_of(document, name, calendars=shipped_calendars(), limitations=shipped_limitations())
        for rule in document["rule"]:
            params = Table(rule["params"], rule["id"])
            KINDS[rule["kind"]](params, context)
            found |= {(rule["kind"], key) for key in set(rule["params"]) - params.decisive}
    return found


class TestWhatIsStatedIsJudged:
    def test_every_key_of_every_rule_decides_something_or_says_why_not(self) -> None:
        """
        A parameter that stands in a pack and moves nothing would look like law that is kept.
        """
        assert set(FOR_PEOPLE) == undecided()

    def test_every_reason_is_a_reason(self) -> None:
        """
        Said in words, of which one is not enough.
        """
        assert [] == [key for key, why in FOR_PEOPLE.items() if len(why.split()) < 3]
