from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.approvals import (
    LIFE,
    LIFE_MAX,
    Approval,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalReason,
    ApprovalRequested,
    ApprovalStatus,
    ApprovalUsed,
    fold_approval,
    give_approval,
    request_approval,
    use_approval,
)
from collectkit.arrangements.lifecycles import APPROVAL, reachable
from collectkit.errors import ValidationError
from collectkit.money import Money
from collectkit.principals import Act, NeedsApproval, Principal
from collectkit.refusals import Refusal

NOW = datetime(2026, 10, 20, 18, tzinfo=UTC)
ANN, BOB = Principal("ann", roles=["collector"]), Principal("bob", roles=["supervisor"])
WAIVER = Act("waive", "account/a-1", "5e" * 32, 7, Money(9900, "USD"), "c-1")
NEEDS = NeedsApproval("99.00 USD is above what one person may waive", ("supervisor",))
CIRCLES = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3)
ROLES = st.lists(st.sampled_from(["auditor", "manager", "supervisor"]), unique=True)
INSTANTS = st.integers(-40 * 24 * 60, 40 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
TICK = timedelta(microseconds=1)

STEPS = reachable(APPROVAL)


def asked(by: Principal = ANN) -> Approval:
    requested = request_approval(None, "ap-1", WAIVER, by, NEEDS, at=NOW)
    assert isinstance(requested, ApprovalRequested)
    return Approval(requested)


def granted(by: Principal = BOB, **given: datetime) -> Approval:
    outcome = give_approval(asked(), by, version=7, at=NOW, **given)
    assert isinstance(outcome, ApprovalGiven), outcome
    return attrs.evolve(asked(), given=outcome)


def reason_of(outcome: object) -> ApprovalReason:
    assert isinstance(outcome, Refusal), outcome
    assert outcome.detail
    assert outcome.not_done == "nothing was done"
    reason = outcome.reason
    assert isinstance(reason, ApprovalReason)
    return reason


class TestAsking:
    def test_what_is_no_act_cannot_be_asked_for(self) -> None:
        """
        Somebody passed what a command gave back, or nothing.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            request_approval(cast(Any, None), "ap-1", None, ANN, NEEDS, at=NOW)

    def test_the_same_again_is_the_same_request(self) -> None:
        """
        A retry returns what was asked first, with its instant; another act under the id is refused.
        """
        first = asked()

        assert first.requested == request_approval(first, "ap-1", WAIVER, ANN, NEEDS, at=NOW + timedelta(hours=1))
        other = attrs.evolve(WAIVER, content="00" * 32)
        assert ApprovalReason.ID_REUSED is reason_of(request_approval(first, "ap-1", other, ANN, NEEDS, at=NOW))
        assert ApprovalReason.ID_REUSED is reason_of(request_approval(first, "ap-1", WAIVER, BOB, NEEDS, at=NOW))


class TestApproving:
    @pytest.mark.parametrize(
        "checker",
        [
            ANN,
            Principal("ann-2", roles=["supervisor"], same_as=["ann"]),
            Principal("eve", roles=["supervisor"], acts_for=["ann"]),
        ],
        ids=["maker", "merged user", "delegate"],
    )
    def test_nobody_approves_their_own(self, checker: Principal) -> None:
        """
        Neither the maker, nor another login of the maker, nor whoever acts for the maker.
        """
        supervisor = attrs.evolve(checker, roles=["supervisor"])
        assert ApprovalReason.NOT_INDEPENDENT is reason_of(give_approval(asked(), supervisor, version=7, at=NOW))

    def test_a_maker_who_acts_for_the_checker_is_not_checked_by_them(self) -> None:
        """
        The link counts in both directions: the boss does not approve what the deputy asked for in the boss's name.
        """
        deputy = attrs.evolve(ANN, acts_for=["bob"])
        assert ApprovalReason.NOT_INDEPENDENT is reason_of(give_approval(asked(deputy), BOB, version=7, at=NOW))

    def test_it_takes_one_of_the_roles(self) -> None:
        """
        An independent colleague without the role may not.
        """
        assert ApprovalReason.NOT_ENTITLED is reason_of(give_approval(asked(), Principal("joe"), version=7, at=NOW))

    def test_what_changed_meanwhile_is_asked_anew(self) -> None:
        """
        The checker looked at another account than the maker.
        """
        assert ApprovalReason.STALE is reason_of(give_approval(asked(), BOB, version=8, at=NOW))

    def test_an_unknown_a_declined_and_a_used_one_are_not_given(self) -> None:
        """
        Each says which.
        """
        assert ApprovalReason.UNKNOWN is reason_of(give_approval(None, BOB, version=7, at=NOW))
        assert ApprovalReason.DECLINED is reason_of(give_approval(attrs.evolve(asked(), declined=True), BOB, version=7, at=NOW))
        assert ApprovalReason.USED is reason_of(give_approval(attrs.evolve(asked(), used=True), BOB, version=7, at=NOW))

    def test_nothing_is_approved_before_it_was_asked_for(self) -> None:
        """
        The very instant at which it was asked for will do.
        """
        early = give_approval(asked(), BOB, version=7, at=NOW - TICK)
        text = "it was asked for at 2026-10-20T18:00:00+00:00, and is approved no earlier"
        assert Refusal(ApprovalReason.NOT_GIVEN, text, "nothing was done") == early
        assert isinstance(give_approval(asked(), BOB, version=7, at=NOW), ApprovalGiven)

    @pytest.mark.parametrize(
        ("wanted", "until"),
        [
            (None, NOW + LIFE),
            (NOW + timedelta(hours=1), NOW + timedelta(hours=1)),
            (NOW + LIFE_MAX, NOW + LIFE_MAX),
            (NOW + LIFE_MAX + TICK, NOW + LIFE_MAX),
            (NOW + timedelta(days=400), NOW + LIFE_MAX),
        ],
    )
    def test_it_holds_as_long_as_was_said_and_for_a_month_at_most(self, wanted: datetime | None, until: datetime) -> None:
        """
        Three days where nothing is said; nobody approves for a year.
        """
        outcome = give_approval(asked(), BOB, version=7, at=NOW, expires_at=wanted)
        assert ApprovalGiven("ap-1", "bob", ("bob",), NOW, until) == outcome

    def test_approving_twice_is_approving_once(self) -> None:
        """
        The second does not make it live longer.
        """
        once = granted()
        assert once.given == give_approval(once, BOB, version=7, at=NOW + timedelta(days=2))


class TestUsing:
    def test_exactly_the_act_that_was_approved(self) -> None:
        """
        By the maker, in time, once.
        """
        assert ApprovalUsed("ap-1", "ann", NOW) == use_approval(granted(), WAIVER, ANN, at=NOW)

    @pytest.mark.parametrize(
        ("act", "reason"),
        [
            (attrs.evolve(WAIVER, content="00" * 32), ApprovalReason.OTHER_ACT),
            (attrs.evolve(WAIVER, amount=Money(9901, "USD")), ApprovalReason.OTHER_ACT),
            (attrs.evolve(WAIVER, resource="account/a-2"), ApprovalReason.OTHER_ACT),
            (attrs.evolve(WAIVER, action="refund"), ApprovalReason.OTHER_ACT),
            (attrs.evolve(WAIVER, version=8), ApprovalReason.STALE),
        ],
    )
    def test_what_was_edited_is_another_act(self, act: Act, reason: ApprovalReason) -> None:
        """
        Content, amount, resource and version are all part of what was approved.
        """
        assert reason is reason_of(use_approval(granted(), act, ANN, at=NOW))

    def test_used_expired_and_not_given_ones_do_not_help(self) -> None:
        """
        The last instant of an approval is the one before its end.
        """
        end = NOW + LIFE
        assert isinstance(use_approval(granted(), WAIVER, ANN, at=end - timedelta(microseconds=1)), ApprovalUsed)
        assert ApprovalReason.EXPIRED is reason_of(use_approval(granted(), WAIVER, ANN, at=end))
        assert ApprovalReason.EXPIRED is reason_of(use_approval(granted(expires_at=NOW), WAIVER, ANN, at=NOW))
        assert ApprovalReason.USED is reason_of(use_approval(attrs.evolve(granted(), used=True), WAIVER, ANN, at=NOW))
        assert ApprovalReason.NOT_GIVEN is reason_of(use_approval(asked(), WAIVER, ANN, at=NOW))
        assert ApprovalReason.DECLINED is reason_of(use_approval(attrs.evolve(granted(), declined=True), WAIVER, ANN, at=NOW))
        assert ApprovalReason.UNKNOWN is reason_of(use_approval(None, WAIVER, ANN, at=NOW))

    def test_whoever_approved_does_not_do_it(self) -> None:
        """
        Nor another login of theirs.
        """
        assert ApprovalReason.NOT_INDEPENDENT is reason_of(use_approval(granted(), WAIVER, BOB, at=NOW))
        alias = Principal("bob-2", same_as=["bob"])
        assert ApprovalReason.NOT_INDEPENDENT is reason_of(use_approval(granted(), WAIVER, alias, at=NOW))

    def test_nothing_is_done_under_it_before_it_was_given(self) -> None:
        """
        A clock that goes wrong, or a command dated back, does not borrow a later consent.
        """
        early = use_approval(granted(), WAIVER, ANN, at=NOW - TICK)
        text = "it was approved at 2026-10-20T18:00:00+00:00, and nothing is done under it earlier"
        assert Refusal(ApprovalReason.NOT_GIVEN, text, "nothing was done") == early

    def test_the_end_of_it_is_told(self) -> None:
        """
        Whoever comes too late reads when it ended.
        """
        text = "the approval ended at 2026-10-23T18:00:00+00:00"
        assert Refusal(ApprovalReason.EXPIRED, text, "nothing was done") == use_approval(granted(), WAIVER, ANN, at=NOW + LIFE)

    @pytest.mark.parametrize(
        ("asked_of", "now", "helps"),
        [
            (("supervisor",), (), True),
            ((), (), True),
            (("supervisor",), ("supervisor",), True),
            (("supervisor",), ("manager", "supervisor"), True),
            (("manager", "supervisor"), ("supervisor",), False),
            (("supervisor",), ("manager",), False),
            ((), ("supervisor",), False),
        ],
        ids=["none needed", "none ever", "the same", "a stricter one", "a laxer one", "another one", "nobody in particular"],
    )
    def test_the_roles_of_today_are_those_it_was_asked_of(self, asked_of: tuple[str, ...], now: tuple[str, ...], helps: bool) -> None:
        """
        A maker who asked more people than may approve such an act got a consent that does not count; all who were asked must do.
        """
        requested = request_approval(None, "ap-1", WAIVER, ANN, NeedsApproval("why", asked_of), at=NOW)
        assert isinstance(requested, ApprovalRequested)
        approval = attrs.evolve(granted(), requested=requested)
        text = f"it takes one of the roles {', '.join(now)}, and was not asked of those alone; ask anew"

        expected = ApprovalUsed("ap-1", "ann", NOW) if helps else Refusal(ApprovalReason.NOT_ENTITLED, text, "nothing was done")
        assert expected == use_approval(approval, WAIVER, ANN, at=NOW, roles=now)

    def test_both_roles_that_may_approve_are_named(self) -> None:
        """
        Of several, with commas between them.
        """
        refused = use_approval(granted(), WAIVER, ANN, at=NOW, roles=("auditor", "manager"))
        text = "it takes one of the roles auditor, manager, and was not asked of those alone; ask anew"
        assert Refusal(ApprovalReason.NOT_ENTITLED, text, "nothing was done") == refused

    @given(asked_of=ROLES, now=ROLES)
    def test_it_helps_when_whoever_could_approve_then_could_today(self, asked_of: list[str], now: list[str]) -> None:
        """
        Nobody gets by an act with the consent of somebody who may not approve it.
        """
        requested = request_approval(None, "ap-1", WAIVER, ANN, NeedsApproval("why", tuple(asked_of)), at=NOW)
        assert isinstance(requested, ApprovalRequested)
        everybody = [Principal("zoe"), *(Principal(f"a-{role}", roles=[role]) for role in ("auditor", "manager", "supervisor"))]
        could = [one for one in everybody if isinstance(give_approval(Approval(requested), one, version=7, at=NOW), ApprovalGiven)]
        outcome = use_approval(attrs.evolve(granted(), requested=requested), WAIVER, ANN, at=NOW, roles=now)

        may_today = [one for one in could if not now or set(now) & set(one.roles)]
        assert (could == may_today) == isinstance(outcome, ApprovalUsed)

    @given(at=INSTANTS, until=INSTANTS)
    def test_it_helps_while_it_stands_as_given(self, at: datetime, until: datetime) -> None:
        """
        Exactly from the instant at which it was given to the one before its end, which is when its standing says so.
        """
        approval = granted(expires_at=until)
        status = approval.status(at=at, version=7)

        helps = isinstance(use_approval(approval, WAIVER, ANN, at=at), ApprovalUsed)
        assert helps == (at >= NOW and status is ApprovalStatus.GIVEN)

    @given(
        maker=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3),
        checker=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3),
    )
    def test_an_approval_needs_two_disjoint_circles(self, maker: list[str], checker: list[str]) -> None:
        """
        It is given exactly when no id stands for both.
        """
        one = Principal(maker[0], same_as=maker[1:2], acts_for=maker[2:])
        two = Principal(checker[0], same_as=checker[1:2], acts_for=checker[2:], roles=["supervisor"])
        outcome = give_approval(asked(one), two, version=7, at=NOW)

        assert set(maker).isdisjoint(checker) == isinstance(outcome, ApprovalGiven)


class TestWords:
    def test_every_refusal_says_what_would_do(self) -> None:
        """
        Word for word: a supervisor reads them.
        """

        def no(reason: ApprovalReason, detail: str) -> Refusal[ApprovalReason]:
            return Refusal(reason, detail, "nothing was done")

        def give(approval: Approval | None, checker: Principal = BOB, version: int = 7) -> object:
            return give_approval(approval, checker, version=version, at=NOW)

        def use(approval: Approval | None, act: Act = WAIVER, principal: Principal = ANN) -> object:
            return use_approval(approval, act, principal, at=NOW)

        reasons, declined, used = ApprovalReason, attrs.evolve(granted(), declined=True), attrs.evolve(granted(), used=True)
        unknown = no(reasons.UNKNOWN, "nobody asked for this approval")
        assert unknown == give(None) == use(None)
        text = "this id was used to ask for something else; each request needs an id of its own"
        assert no(reasons.ID_REUSED, text) == request_approval(asked(), "ap-1", WAIVER, BOB, NEEDS, at=NOW)
        assert no(reasons.STALE, "account/a-1 was at version 7 and is at 8; ask anew") == give(asked(), version=8)
        text = "whoever approves must be somebody else than whoever asked, and must not act for them"
        assert no(reasons.NOT_INDEPENDENT, text) == give(asked(), ANN)
        two = request_approval(None, "ap-1", WAIVER, ANN, NeedsApproval("why", ("auditor", "supervisor")), at=NOW)
        assert isinstance(two, ApprovalRequested)
        assert no(reasons.NOT_ENTITLED, "it takes one of the roles auditor, supervisor") == give(Approval(two), Principal("joe"))
        assert no(reasons.DECLINED, "it was declined; ask anew under another id") == give(declined)
        assert no(reasons.USED, "it was used before") == give(used)

        other = attrs.evolve(WAIVER, content="")
        assert no(reasons.OTHER_ACT, "the approval is for another act, or the content was edited since") == use(granted(), other)
        assert no(reasons.USED, "the approval was used before") == use(used)
        stale = "account/a-1 was at version 7 when it was approved and is at 9"
        assert no(reasons.STALE, stale) == use(granted(), attrs.evolve(WAIVER, version=9))
        assert no(reasons.DECLINED, "the approval was declined") == use(declined)
        assert no(reasons.NOT_GIVEN, "nobody has approved it yet") == use(asked())
        assert no(reasons.NOT_INDEPENDENT, "whoever approved it must not do it") == use(granted(), WAIVER, BOB)

    def test_what_is_asked_and_given_is_recorded_whole(self) -> None:
        """
        Who, what, why, by whom, and until when.
        """
        requested = ApprovalRequested("ap-1", WAIVER, "ann", ("ann",), ("supervisor",), NEEDS.reason, NOW)
        assert requested == request_approval(None, "ap-1", WAIVER, ANN, NEEDS, at=NOW)
        assert ApprovalGiven("ap-1", "bob", ("bob",), NOW, NOW + LIFE) == give_approval(asked(), BOB, version=7, at=NOW)


class TestStanding:
    @pytest.mark.parametrize(
        ("approval", "at", "version", "status"),
        [
            (asked(), NOW + timedelta(days=400), 7, ApprovalStatus.REQUESTED),
            (asked(), NOW, 8, ApprovalStatus.STALE),
            (granted(), NOW, 7, ApprovalStatus.GIVEN),
            (granted(), NOW + LIFE - TICK, 7, ApprovalStatus.GIVEN),
            (granted(), NOW + LIFE, 7, ApprovalStatus.EXPIRED),
            (granted(), NOW + LIFE + TICK, 7, ApprovalStatus.EXPIRED),
            (granted(), NOW + LIFE, 8, ApprovalStatus.STALE),
            (attrs.evolve(granted(), declined=True), NOW + LIFE, 8, ApprovalStatus.DECLINED),
            (attrs.evolve(granted(), declined=True, used=True), NOW + LIFE, 8, ApprovalStatus.USED),
        ],
    )
    def test_where_it_stands(self, approval: Approval, at: datetime, version: int, status: ApprovalStatus) -> None:
        """
        A request does not age; what was used or declined stays so, whatever changes or how much time passes.
        """
        assert status is approval.status(at=at, version=version)


class TestFold:
    def test_events_tell_what_became_of_it(self) -> None:
        """
        Asked, given, used; or asked and declined.
        """
        approved = granted()
        events = [approved.requested, approved.given, ApprovalUsed("ap-1", "ann", NOW)]

        assert fold_approval([]) is None
        assert approved == fold_approval(events[:2])
        assert attrs.evolve(approved, used=True) == fold_approval(events)
        assert attrs.evolve(asked(), declined=True) == fold_approval([asked().requested, ApprovalDeclined("ap-1", "bob", NOW)])
        assert asked() == fold_approval([approved.given, ApprovalUsed("ap-1", "ann", NOW), asked().requested, "something else"])


class TestLifecycle:
    @given(steps=st.lists(st.sampled_from(["give", "use", "decline", "wait", "change"]), max_size=12))
    def test_it_moves_as_the_table_says(self, steps: list[str]) -> None:
        """
        Whatever is tried in whatever order: no step that stands in no row of the page on lifecycles, and what was used stays used.
        """
        approval, version, now = asked(), WAIVER.version, NOW
        state = approval.status(at=now, version=version).value
        assert ("", state) in STEPS
        for what in steps:
            match what:
                case "give":
                    given_ = give_approval(approval, BOB, version=version, at=now)
                    approval = attrs.evolve(approval, given=given_) if isinstance(given_, ApprovalGiven) else approval
                case "use":
                    used = use_approval(approval, attrs.evolve(WAIVER, version=version), ANN, at=now)
                    approval = attrs.evolve(approval, used=True) if isinstance(used, ApprovalUsed) else approval
                case "decline":
                    approval = approval if approval.used else attrs.evolve(approval, declined=True)
                case "wait":
                    now += LIFE / 2
                case "change":
                    version += 1
            after = approval.status(at=now, version=version).value
            assert after == state or (state, after) in STEPS, what
            state = after
