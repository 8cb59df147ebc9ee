from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import (
    Consent,
    Consumer,
    Contact,
    Hold,
    HoldKind,
    Kit,
    Money,
    Note,
    Payment,
    Placement,
    Preference,
    Promise,
    Reversal,
    Stop,
    Waiver,
)
from collectkit._kit.authorizing import FREE, READS, WRITES, is_command
from collectkit.approvals import ActDenied, ActDone, ApprovalReason
from collectkit.errors import ApprovalRequiredError, PermissionDeniedError, PolicyError, RefusedError, UnknownIdError
from collectkit.person import LegalHoldPlaced
from collectkit.plugins import hookimpl
from collectkit.principals import Act, Allow, Authorization, Circumstances, Deny, NeedsApproval, Principal
from collectkit.servicing.authority import FourEyes, Limit
from collectkit.storage.store import Archives, Unit

SERVICE = Principal("app", roles=["service"])
ANN = Principal("ann", roles=["collector"])
BOB = Principal("bob", roles=["supervisor"])
EVE = Principal("eve", roles=["supervisor"])
RULES = FourEyes(
    {"service": ["*"], "collector": ["waive", "note", "post", "backdate", "write_off", "read_notes"], "supervisor": ["*"]},
    [Limit("waive", Money(10_000, "USD"), roles=["supervisor"])],
)


class Rules:
    """A plugin that brings one authorizer."""

    def __init__(self, authorize: Callable[..., object]) -> None:
        self._authorize = authorize

    @hookimpl
    def collectkit_authority(self) -> Callable[..., object]:
        return self._authorize


def opened(path: Path, authorize: Callable[..., object] = RULES) -> Kit:
    return Kit.open(f"sqlite:///{path}/book.db", actor="app", plugins=[Rules(authorize)])


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A kit under four eyes, on a book with a late account that bears many fees."""
    with opened(tmp_path) as kit:
        service = kit.acting(SERVICE)
        service.register(consumer(), at=NOW)
        service.open_account(account(), at=NOW)
        yield kit


def waiver(id: str = "w-1", minor: int = 9900) -> Waiver:
    return Waiver(id, account="a-1", charge="fee-1", amount=Money(minor, "USD"), value_on=TODAY, reason="goodwill")


def charged(kit: Kit, minor: int = 200_000) -> None:
    """Put a charge on the account from which waivers can be made."""
    from collectkit.events import Context
    from collectkit.ledger import Charge, ChargeAssessed

    charge = ChargeAssessed(Charge("fee-1", "a-1", "fee", Money(minor, "USD"), TODAY, TODAY))
    with kit.store.unit("default") as unit:
        unit.append(Context("default", "app", NOW, "charge"), {"account/a-1": (unit.version("account/a-1"), [charge])})


def bodies(kit: Kit, stream: str) -> Sequence[object]:
    with kit.store.unit("default") as unit:
        return unit.bodies(stream)


class TestAlone:
    def test_below_the_limit_one_person_does(self, kit: Kit) -> None:
        """
        And it is counted.
        """
        charged(kit)
        kit.acting(ANN).waive(waiver(), at=NOW)
        (done,) = bodies(kit, "acts/ann")
        assert isinstance(done, ActDone)
        assert ("waive", Money(9900, "USD"), "account/a-1", "c-1") == (
            done.done.act.action,
            done.done.act.amount,
            done.done.act.resource,
            done.done.act.person,
        )

    def test_many_small_ones_are_one_large_one(self, kit: Kit) -> None:
        """
        The second waiver of 99.00 exceeds 100.00 within thirty days, also under another login of the same person.
        """
        charged(kit)
        kit.acting(ANN).waive(waiver("w-1"), at=NOW)
        for principal in (ANN, attrs.evolve(ANN, id="ann-2", same_as=["ann"])):
            with pytest.raises(ApprovalRequiredError, match=r"comes to 198\.00 USD within 30 days; one person may do 100\.00 USD alone"):
                kit.acting(principal).waive(waiver("w-2"), at=NOW + timedelta(days=29))
        kit.acting(ANN).waive(waiver("w-2"), at=NOW + timedelta(days=30))

    def test_a_retry_needs_no_more_than_the_first(self, kit: Kit) -> None:
        """
        It changes nothing, and counts nothing.
        """
        charged(kit)
        kit.acting(ANN).waive(waiver("w-1", 4000), at=NOW)
        kit.acting(ANN).waive(waiver("w-1", 4000), at=NOW)
        assert 1 == len(bodies(kit, "acts/ann"))

    def test_what_nobody_granted_is_denied_and_recorded(self, kit: Kit) -> None:
        """
        Before anything is done.
        """
        with pytest.raises(PermissionDeniedError, match="'ann' may not place on account/a-1: no role of the principal may place"):
            kit.acting(ANN).place(Placement("a-1", "in-house", TODAY, "manual"), at=NOW)
        (denied,) = bodies(kit, "acts/ann")
        assert isinstance(denied, ActDenied)
        assert ("place", "account/a-1") == (denied.act.action, denied.act.resource)

    def test_nobody_works_on_themselves_or_their_household(self, kit: Kit) -> None:
        """
        Whether the account is their own, or that of somebody the host has linked to them.
        """
        for principal in (attrs.evolve(BOB, related=["c-1"]), Principal("c-1", roles=["supervisor"]), attrs.evolve(BOB, same_as=["c-1"])):
            with pytest.raises(PermissionDeniedError, match="nobody works on themselves"):
                kit.acting(principal).note(Note("n-1", account="a-1", text="text"), at=NOW)

    @pytest.mark.parametrize("person", ["c-1", "honey"])
    def test_who_opens_what_they_must_not_is_denied_and_reported(self, kit: Kit, person: str) -> None:
        """
        Their own account, that of a spouse, and one that is there to be stumbled over and that the host links to everybody: nothing is
        read, and each attempt that has an instant stands in the record with who made it.
        """
        service = kit.acting(attrs.evolve(BOB, id="app"))
        service.register(Consumer("honey", name="Test Consumer", region="US-NY"), at=NOW)
        nosy = kit.acting(attrs.evolve(BOB, related=["c-1", "honey"]))
        for look in (
            lambda: nosy.personal(person, at=NOW),
            lambda: nosy.subject_export(person, reason="asked", at=NOW),
            lambda: nosy.person_standing(person, as_of=TODAY),
        ):
            with pytest.raises(PermissionDeniedError, match="nobody works on themselves or on somebody related to them"):
                look()

        denied = [body for body in bodies(kit, "acts/bob") if isinstance(body, ActDenied)]
        assert ["read_personal", "export_personal"] == [body.act.action for body in denied]
        assert {("bob", f"person/{person}", person, NOW)} == {(b.principal, b.act.resource, b.act.person, b.at) for b in denied}

    def test_a_kit_without_a_principal_may_nothing(self, kit: Kit) -> None:
        """
        The name of a service alone is no permission.
        """
        with pytest.raises(PermissionDeniedError):
            kit.note(Note("n-1", account="a-1", text="text"), at=NOW)


class TestTogether:
    def ask(self, kit: Kit, act: Callable[[Kit], object], id: str = "ap-1") -> None:
        with pytest.raises(ApprovalRequiredError) as caught:
            act(kit.acting(ANN))
        kit.acting(ANN).request_approval(caught.value.act, id=id, needs=caught.value.needs, at=NOW)

    def test_two_people_do_what_one_may_not(self, kit: Kit) -> None:
        """
        Once, and both stand in the record; what was approved does not count against what one may do alone.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        kit.acting(BOB).approve("ap-1", at=NOW)
        kit.acting(ANN, approval="ap-1").waive(waiver(minor=50_000), at=NOW)

        assert kit.acting(ANN).approval_of("ap-1").used
        (done,) = bodies(kit, "acts/ann")
        assert isinstance(done, ActDone)
        assert "ap-1" == done.done.approval
        kit.acting(ANN).waive(waiver("w-2"), at=NOW)
        kit.acting(ANN, approval="ap-1").waive(waiver(minor=50_000), at=NOW)  # a retry changes nothing

    def test_an_edited_act_is_another_one(self, kit: Kit) -> None:
        """
        The amount, the reason, or anything else.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        kit.acting(BOB).approve("ap-1", at=NOW)
        for edited in (waiver(minor=50_001), attrs.evolve(waiver(minor=50_000), reason="friend")):
            with pytest.raises(PermissionDeniedError, match="another act, or the content was edited since"):
                kit.acting(ANN, approval="ap-1").waive(edited, at=NOW)
        assert [] == bodies(kit, "acts/ann")

    def test_twice_too_late_or_after_a_change_it_does_not_help(self, kit: Kit) -> None:
        """
        Each says which, and nothing is recorded.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        with pytest.raises(PermissionDeniedError, match="nobody has approved it yet"):
            kit.acting(ANN, approval="ap-1").waive(waiver(minor=50_000), at=NOW)
        kit.acting(BOB).approve("ap-1", at=NOW, expires_at=NOW + timedelta(hours=1))
        with pytest.raises(PermissionDeniedError, match="the approval ended at"):
            kit.acting(ANN, approval="ap-1").waive(waiver(minor=50_000), at=NOW + timedelta(hours=1))
        kit.acting(SERVICE).post(Payment("p-1", account="a-1", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
        with pytest.raises(PermissionDeniedError, match="was at version 2 when it was approved and is at 3"):
            kit.acting(ANN, approval="ap-1").waive(waiver(minor=50_000), at=NOW)
        assert [] == bodies(kit, "acts/ann")

    @pytest.mark.parametrize(
        ("checker", "reason"),
        [
            (attrs.evolve(ANN, roles=["supervisor"]), ApprovalReason.NOT_INDEPENDENT),
            (attrs.evolve(BOB, acts_for=["ann"]), ApprovalReason.NOT_INDEPENDENT),
            (attrs.evolve(BOB, same_as=["ann"]), ApprovalReason.NOT_INDEPENDENT),
            (Principal("joe", roles=["collector"]), ApprovalReason.NOT_ENTITLED),
        ],
        ids=["maker", "delegate", "merged user", "colleague"],
    )
    def test_the_second_person_is_a_second_person(self, kit: Kit, checker: Principal, reason: ApprovalReason) -> None:
        """
        Who may approve, and independent of the maker.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        with pytest.raises(RefusedError) as caught:
            kit.acting(checker).approve("ap-1", at=NOW)
        assert reason is caught.value.refusal.reason

    def test_nobody_approves_for_their_own_household(self, kit: Kit) -> None:
        """
        Although they are independent of the maker.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        with pytest.raises(PermissionDeniedError, match="nothing was approved"):
            kit.acting(attrs.evolve(BOB, related=["c-1"])).approve("ap-1", at=NOW)

    def test_an_approval_to_archive_is_spent_like_any_other(self, tmp_path: Path) -> None:
        """
        Although no event says that streams were moved.
        """

        def two_archive(principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
            return NeedsApproval("archiving takes two") if act.action == "archive" else Allow()

        with opened(tmp_path, two_archive) as kit:
            kit.register(consumer(), at=NOW)
            self.ask(kit, lambda one: one.archive(closed_before=TODAY, at=NOW))
            kit.acting(BOB).approve("ap-1", at=NOW)
            kit.acting(ANN, approval="ap-1").archive(closed_before=TODAY, at=NOW)

            assert kit.acting(ANN).approval_of("ap-1").used
            with pytest.raises(PermissionDeniedError, match="used"):
                kit.acting(ANN, approval="ap-1").archive(closed_before=TODAY, at=NOW)

    def test_what_was_declined_is_asked_anew(self, kit: Kit) -> None:
        """
        Declining twice is declining once.
        """
        charged(kit)
        self.ask(kit, lambda one: one.waive(waiver(minor=50_000), at=NOW))
        declined = kit.acting(BOB).decline("ap-1", at=NOW, reason="no ground")
        assert declined == kit.acting(BOB).decline("ap-1", at=NOW + timedelta(hours=1))
        with pytest.raises(RefusedError):
            kit.acting(BOB).approve("ap-1", at=NOW)
        with pytest.raises(UnknownIdError):
            kit.acting(BOB).decline("ap-9", at=NOW)

    def test_back_dating_and_writing_off_take_two(self, kit: Kit) -> None:
        """
        Through whichever command they come.
        """
        old = Payment("p-1", account="a-1", amount=Money(100, "USD"), value_on=TODAY - timedelta(days=31))
        with pytest.raises(ApprovalRequiredError, match="backdate on account/a-1"):
            kit.acting(ANN).post(old, at=NOW)
        kit.acting(ANN).post(attrs.evolve(old, value_on=TODAY - timedelta(days=30)), at=NOW)
        with pytest.raises(ApprovalRequiredError, match="write_off on account/a-1") as caught:
            kit.acting(BOB).close("a-1", on=TODAY, reason="written_off", at=NOW)
        assert Money(19_900, "USD") == caught.value.act.amount

    def test_a_dry_run_that_is_old_is_another_act(self, kit: Kit) -> None:
        """
        The list that was approved is the list that is done.
        """
        charged(kit)
        payments = [Payment(f"p-{number}", account="a-1", amount=Money(100, "USD"), value_on=TODAY) for number in range(3)]
        authority = FourEyes({"collector": ["post"], "supervisor": ["*"]}, [Limit("post")])
        strict = Kit(attrs.evolve(kit.parts, authority=authority), actor="app")
        with pytest.raises(PermissionDeniedError, match="put it in force with `activate`, which takes a second person"):
            strict.acting(ANN).post_all(payments, at=NOW)
        self.ask(strict.acting(ANN), lambda one: one.acting(BOB).activate(strict.configuration, at=NOW), "ap-0")
        strict.acting(EVE).approve("ap-0", at=NOW)
        with pytest.raises(PermissionDeniedError, match="is configured as"):
            strict.acting(BOB, approval="ap-0").activate(kit.configuration, at=NOW)
        activated = strict.acting(BOB, approval="ap-0").activate(strict.configuration, at=NOW)
        assert activated == strict.acting(BOB, approval="ap-0").activate(strict.configuration, at=NOW)
        self.ask(strict, lambda one: one.post_all(payments, at=NOW))
        strict.acting(BOB).approve("ap-1", at=NOW)
        with pytest.raises(PermissionDeniedError, match="edited since"):
            strict.acting(ANN, approval="ap-1").post_all(payments[:2], at=NOW)
        assert 3 == len(strict.acting(ANN, approval="ap-1").post_all(payments, at=NOW))


class TestAuthorizers:
    @pytest.mark.parametrize("answer", [None, True, "allow", 1, object()])
    def test_any_other_answer_is_a_denial(self, tmp_path: Path, answer: object) -> None:
        """
        As is an exception.
        """
        with opened(tmp_path, lambda *_: answer) as kit, pytest.raises(PermissionDeniedError, match="answered with"):
            kit.register(consumer(), at=NOW)

    @pytest.mark.parametrize("fault", ["raises", "hangs"])
    def test_one_that_cannot_say_whether_sums_are_kept_is_taken_to_want_them(
        self, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Whether it raises or does not answer: the command is not kept waiting, and the act is counted.
        """
        monkeypatch.setattr("collectkit.plugins.guarding_services.AUTHORITY_SECONDS", 0.2)
        released = threading.Event()

        class Unsure:
            def __call__(self, principal: Principal, act: Act, circumstances: Circumstances) -> Authorization:
                return Allow()

            def counts(self, action: str) -> bool:
                if fault == "raises":
                    raise RuntimeError("canary")
                return released.wait(5)

        with opened(tmp_path, Unsure()) as kit:
            kit.acting(ANN).register(consumer(), at=NOW)
            released.set()
            assert 1 == len(bodies(kit, "acts/ann"))

    def test_an_exception_is_a_denial(self, tmp_path: Path) -> None:
        """
        Its type is named, its text is not.
        """

        def broken(*_: object) -> Authorization:
            raise RuntimeError("canary")

        with opened(tmp_path, broken) as kit, pytest.raises(PermissionDeniedError, match="failed with RuntimeError") as caught:
            kit.register(consumer(), at=NOW)
        assert "canary" not in str(caught.value)

    def test_a_bad_rule_is_refused(self) -> None:
        """
        With what is allowed.
        """
        with pytest.raises(PolicyError, match="at least 1, got 0"):
            Limit("waive", Money(1, "USD"), days=0)
        with pytest.raises(PolicyError, match=r"such as \['waive'\]"):
            FourEyes({"collector": "waive"})

    def test_another_currency_or_no_amount_takes_two(self) -> None:
        """
        What cannot be compared with the limit is beyond it.
        """
        act = Act("waive", "account/a-1", "", 1, Money(1, "EUR"))
        for one in (act, attrs.evolve(act, amount=None)):
            assert "takes a second person" in RULES(ANN, one, Circumstances(NOW)).reason  # type: ignore[union-attr]


# Every command with arguments that would do something; `at` is added.
COMMANDS: dict[str, Callable[[Any], object]] = {
    "register": lambda kit: kit.register(Consumer("c-2"), at=NOW),
    "register_all": lambda kit: kit.register_all([Consumer("c-2"), Consumer("c-3")], at=NOW),
    "open_account": lambda kit: kit.open_account(account("a-2"), at=NOW),
    "open_accounts": lambda kit: kit.open_accounts([account("a-2")], at=NOW),
    "close": lambda kit: kit.close("a-1", on=TODAY, reason="cancelled", at=NOW),
    "place": lambda kit: kit.place(Placement("a-1", "in-house", TODAY, "manual"), at=NOW),
    "note": lambda kit: kit.note(Note("n-1", account="a-1", text="text"), at=NOW),
    "post": lambda kit: kit.post(Payment("p-1", account="a-1", amount=Money(1, "USD"), value_on=TODAY), at=NOW),
    "post_all": lambda kit: kit.post_all([Payment("p-1", account="a-1", amount=Money(1, "USD"), value_on=TODAY)], at=NOW),
    "reverse": lambda kit: kit.reverse(Reversal("r-1", account="a-1", payment="p-9", value_on=TODAY, reason="failed"), at=NOW),
    "promise": lambda kit: kit.promise(
        Promise("pr-1", account="a-1", amount=Money(5000, "USD"), due_on=date(2026, 10, 25), made_at=NOW), at=NOW
    ),
    "hold": lambda kit: kit.hold(
        Hold("h-1", person="c-1", kind=HoldKind.FRAUD, starts_on=TODAY, reason="reported", review_on=date(2026, 12, 1)), at=NOW
    ),
    "stop": lambda kit: kit.stop(Stop("c-1", (), NOW), at=NOW, command_id="x-1"),
    "prefer": lambda kit: kit.prefer(Preference("c-1", "refused_medium", NOW, channel="sms"), at=NOW, command_id="x-2"),
    "consent": lambda kit: kit.consent(Consent("c-1", "phone-1", "sms", NOW, "portal"), at=NOW, command_id="x-3"),
    "withdraw": lambda kit: kit.withdraw("c-1", at=NOW, command_id="x-4"),
    "record_contact": lambda kit: kit.record_contact(Contact("c-1", NOW, "phone"), at=NOW, command_id="x-5"),
    "legal_hold": lambda kit: kit.legal_hold(LegalHoldPlaced("lh-1", "c-1", "suit", NOW), at=NOW),
    "erase": lambda kit: kit.erase("c-1", at=NOW),
    "run_night": lambda kit: kit.run_night(as_of=TODAY, at=NOW),
    "dispatch": lambda kit: kit.dispatch(at=NOW, worker="w"),
    "seal": lambda kit: kit.seal(at=NOW),
}


class TestNoWayAround:
    def test_whatever_a_unit_writes_settles_the_permission(self) -> None:
        """
        Methods that return nothing are there to write; those of the others that write are named too.
        """
        members = {name: member for kind in (Unit, Archives) for name, member in vars(kind).items() if inspect.isfunction(member)}
        silent = {name for name, member in members.items() if inspect.signature(member).return_annotation == "None"}
        assert {*silent - {"lock", "__init__"}, "append", "archive", "spend", "strike"} == WRITES

    def test_every_public_method_is_a_command_a_reading_or_free(self) -> None:
        """
        What takes an instant is asked for; what does not must not write.
        """
        public = {name: inspect.getattr_static(Kit, name) for name in dir(Kit) if not name.startswith("_")}
        functions = {name for name, member in public.items() if inspect.isfunction(member)}
        unasked = {name for name in functions if not hasattr(public[name], "__wrapped__") and is_command(name, public[name])}
        assert set() == unasked

        quiet = functions - {name for name in functions if is_command(name, public[name])}
        writes = re.compile(
            r"unit\.(append|load|save_\w+|remember\w*|advance|spend|refund|count|strike|release)\(|self\._(record|append|open|wake|erase)"
        )
        writing = {name for name in quiet if writes.search(inspect.getsource(public[name]))}
        assert set() == writing - READS - FREE, "it writes, so it takes `at`, or stands in OTHERS"

    @pytest.mark.parametrize("name", COMMANDS)
    def test_who_may_nothing_changes_nothing(self, tmp_path: Path, name: str) -> None:
        """
        Each command is denied before it does anything, in the host's own transaction too.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="app") as open_kit:
            open_kit.register(consumer(), at=NOW)
            open_kit.open_account(account(), at=NOW)
        with opened(tmp_path, lambda *_: Deny("nobody may")) as kit:
            before = {stream: receipt(kit, stream) for stream in ("account/a-1", "person/c-1", "person/c-2", "account/a-2")}
            with pytest.raises(PermissionDeniedError, match="nobody may"):
                COMMANDS[name](kit)
            assert before == {stream: receipt(kit, stream) for stream in before}
            with kit.store.unit("default") as unit:
                assert [] == [row for kind in ("night", "seal") for row in unit.runs(kind)]

    def test_who_may_everything_is_not_in_the_way(self, tmp_path: Path) -> None:
        """
        The same commands go through, so that the test above denies what would have happened.
        """
        refused = set()
        for name, command in COMMANDS.items():
            folder = tmp_path / name
            folder.mkdir()
            with opened(folder, lambda *_: Allow()) as kit:
                kit.register(consumer(), at=NOW)
                kit.open_account(account(), at=NOW)
                try:
                    command(kit)
                except Exception as error:
                    refused.add((name, type(error).__name__))
        assert {("erase", "RetentionHoldError")} == refused


def receipt(kit: Kit, stream: str) -> object:
    return kit.receipt(stream)
