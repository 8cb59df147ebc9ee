"""What a host decides about delivered law: attestations, overrides, warnings, differences, replays, the schema."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import attrs
import pytest

from collectkit.actions import Outcome
from collectkit.compliance import (
    Attestation,
    Decisions,
    Override,
    Pack,
    RuleBook,
    compare_packs,
    explain,
    law_warnings,
    load_pack,
    pack_schema,
    read_decisions,
    review,
    shipped_pack,
    shipped_rules,
)
from collectkit.compliance.shipped import SHIPPED, shipped_text
from collectkit.errors import PackError

from .people import AT, call, person, proposal

HOURS = "us.regf.6b1.hours"
NIGHT = AT + timedelta(hours=10)
ON = date(2026, 10, 1)


def rule_hash(id: str) -> str:
    rule = shipped_pack("us-federal").rule(id)
    assert rule is not None
    return rule.hash


def federal(*overrides: Override, attestations: tuple[Attestation, ...] = (), least_status: str = "from-memory") -> RuleBook:
    packs = [shipped_pack("library"), shipped_pack("us-federal")]
    return RuleBook(packs, least_status, Decisions(attestations, overrides))


def aside(rule: str = HOURS, **changes: object) -> Override:
    override = Override(rule, rule_hash(rule), "Counsel holds that the hours do not reach us.", "officer-1", ON)
    return attrs.evolve(override, **changes)


class TestOverride:
    def test_a_rule_that_was_set_aside_binds_no_more_and_says_so(self) -> None:
        """
        The verdict names the rule, who decided and why.
        """
        book = federal(aside(), aside("us.tcpa.hours"))
        verdict = review(proposal(), person(), book, NIGHT)

        assert Outcome.DENY is review(proposal(), person(), federal(), NIGHT).outcome
        assert Outcome.ALLOW is verdict.outcome
        assert verdict.findings[0].text.startswith("Set aside by officer-1 on 2026-10-01: Counsel holds")
        assert "Counsel holds" in explain(verdict)

    @pytest.mark.parametrize(
        "changed", [{"hash": "0" * 16}, {"until": date(2026, 10, 19)}, {"on": date(2026, 12, 1)}], ids=["other text", "ended", "not yet"]
    )
    def test_in_doubt_the_rule_binds(self, changed: dict[str, object]) -> None:
        """
        An override says nothing about another text of the rule, nor outside its days.
        """
        assert Outcome.DENY is review(proposal(), person(), federal(aside(**changed)), NIGHT).outcome

    def test_a_cap_that_was_set_aside_spends_nothing(self) -> None:
        """
        Its budget is not kept while the override stands.
        """
        verdict = review(proposal(), person(), federal(aside("us.regf.14b.7in7")), AT)

        assert "us.regf.14b.7in7" not in [spend.rule for spend in verdict.budgets]

    def test_the_least_that_any_host_keeps_cannot_be_set_aside(self) -> None:
        """
        Stop means stop.
        """
        with pytest.raises(PackError, match=r"collectkit\.stop is the least that any host keeps"):
            federal(Override("collectkit.stop", "0" * 16, "We would like to.", "officer-1", ON))

    def test_what_it_speaks_of_stays_known(self) -> None:
        """
        Who needs not keep the rule of a network debits through it all the same; a notice that it asks for may still be recorded.
        """
        pack = shipped_pack("us-payments")
        overrides = tuple(Override(rule.id, rule.hash, "Our acquirer keeps it for us.", "officer-1", ON) for rule in pack.rules)

        assert ("ach", "card_eea_uk", "mastercard", "visa") == RuleBook([pack], decisions=Decisions(overrides=overrides)).rails
        assert federal().notices == federal(aside("us.cfpb1041.two_strikes")).notices

    @pytest.mark.parametrize("missing", ["reason", "by"])
    def test_it_needs_a_reason_and_a_name(self, missing: str) -> None:
        """
        Nothing is loosened by silence.
        """
        with pytest.raises(PackError, match=f"{missing} must be given"):
            aside(**{missing: " "})


class TestAttestation:
    def test_counsels_word_makes_a_rule_verified_for_its_text_alone(self) -> None:
        """
        A host that trusts verified rules alone asks a person about the others.
        """
        memory = [rule for pack in shipped_rules().for_region("US-MI") for rule in pack.rules if rule.status != "verified"]
        attested = tuple(Attestation(rule.id, rule.hash, "counsel-1", ON) for rule in memory)
        stale = tuple(attrs.evolve(one, hash="0" * 16) for one in attested)

        def words(attestations: tuple[Attestation, ...]) -> str:
            book = RuleBook(shipped_rules().packs, "verified", Decisions(attestations))
            return review(proposal(), person(region="US-MI"), book, AT).outcome.value

        assert ("require", "allow", "require") == (words(()), words(attested), words(stale))

    def test_decisions_are_read_from_a_file(self) -> None:
        """
        A misspelled key and a rule decided about twice are refused, with their place.
        """
        text = f"""
[[attestation]]
rule = "{HOURS}"
hash = "{rule_hash(HOURS)}"
by = "counsel-1"
on = 2026-10-01
[[override]]
rule = "us.tcpa.hours"
hash = "{rule_hash("us.tcpa.hours")}"
reason = "We send no texts."
by = "officer-1"
on = 2026-10-01
until = 2026-12-31
"""
        decisions = read_decisions(text, "decisions")

        assert (HOURS, "us.tcpa.hours") == (decisions.attestations[0].rule, decisions.overrides[0].rule)
        with pytest.raises(PackError, match=r"decisions, override of us\.tcpa\.hours: unknown key reasons"):
            read_decisions(text.replace("reason =", 'reasons = "x"\nreason ='), "decisions")
        with pytest.raises(PackError, match="decided about twice"):
            read_decisions(text + text, "decisions")


class TestWarnings:
    def pack(self) -> Pack:
        text = shipped_text("us-tx").replace("review_by = 2027-11-30", "review_by = 2026-12-01")
        return load_pack(
            text.replace("[rule.applies_to]", "effective_to = 2026-11-30\nreview_by = 2026-09-30\n[rule.applies_to]", 1), "us-tx"
        )

    def test_an_end_and_a_review_warn_sixty_days_ahead(self) -> None:
        """
        The rule's end, its overdue review and the review of the whole pack.
        """
        book = RuleBook([self.pack()])
        told = [(warning.kind, warning.rule, warning.on) for warning in law_warnings(book, date(2026, 10, 2))]

        assert [
            ("review", "", date(2026, 12, 1)),
            ("expires", "us.tx.limitation", date(2026, 11, 30)),
            ("overdue", "us.tx.limitation", date(2026, 9, 30)),
        ] == told
        assert [("review", "us.tx.limitation")] == [(w.kind, w.rule) for w in law_warnings(book, date(2026, 9, 30))]
        assert "us-tx: rule us.tx.limitation ends on 2026-11-30." in [str(warning) for warning in law_warnings(book, date(2026, 10, 2))]

    def test_a_decision_whose_rule_has_changed_is_told(self) -> None:
        """
        And one that ends soon, and one about a rule that nobody has.
        """
        book = federal(
            aside(hash="0" * 16),
            aside("us.tcpa.hours", until=date(2026, 11, 1)),
            attestations=(Attestation("xx.none", "0" * 16, "counsel-1", ON),),
        )

        assert ["stale_attestation", "stale_override", "override_ends"] == [warning.kind for warning in law_warnings(book, ON)]


class TestDifference:
    def test_a_new_version_is_told_rule_by_rule(self) -> None:
        """
        What was added, removed, and each value that differs.
        """
        old = shipped_pack("us-wv")
        text = shipped_text("us-wv").replace("max = 30", "max = 20").replace('id = "us.wv.hours"', 'id = "us.wv.times"')
        difference = compare_packs(old, load_pack(text, "us-wv"))

        assert (("us.wv.times",), ("us.wv.hours",)) == (difference.added, difference.removed)
        assert [("us.wv.calls30", "params.max", 30, 20)] == [(c.rule, c.key, c.before, c.after) for c in difference.changes]
        assert "~ us.wv.calls30: params.max was 30, is 20" in str(difference)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_a_pack_does_not_differ_from_itself(self, name: str) -> None:
        """
        Whatever stands in it.
        """
        assert not compare_packs(shipped_pack(name), shipped_pack(name))
        assert "no rule differs" in str(compare_packs(shipped_pack(name), shipped_pack(name)))


class TestSchema:
    def test_the_shipped_schema_is_what_the_readers_ask_for(self) -> None:
        """
        Write it anew with `pack_schema` when this fails.
        """
        shipped = files("collectkit.compliance").joinpath("packs", "pack.schema.json").read_text(encoding="utf-8")

        assert pack_schema() == json.loads(shipped)

    def test_it_knows_the_keys_of_each_kind(self) -> None:
        """
        A misspelled parameter is no property.
        """
        rule = pack_schema()["properties"]["rule"]["items"]  # type: ignore[index]
        caps = next(one for one in rule["allOf"] if one["if"]["properties"]["kind"]["const"] == "frequency_cap")
        keys = caps["then"]["properties"]["params"]

        assert keys["additionalProperties"] is False
        assert {"max", "period_kind", "unit", "per_collector"} <= set(keys["properties"])


def test_a_verdict_says_what_was_looked_at() -> None:
    """
    Counts and names, and nothing that could name a person.
    """
    verdict = review(proposal(), person(contacts=(call(datetime(2026, 10, 19, 18, 0, tzinfo=UTC)),)), federal(), AT)

    assert ("contacts", "1") in verdict.facts
    assert ("regions", "US-NY") in verdict.facts
    assert "+1212" not in str(verdict.facts)
