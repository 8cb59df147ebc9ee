"""Sixty nights with three agencies and their files: recalls, a licence that lapses, an agent on leave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from collectkit.demo.agencies import AGENCIES, with_agencies
from collectkit.demo.book import generate
from collectkit.demo.desk import DESK, Desk
from collectkit.demo.exchange import Exchange
from collectkit.demo.run import demo_policy, run
from collectkit.facts import fold_account
from collectkit.kit import Kit
from collectkit.placement import AccountRecalled, Placement
from collectkit.reports import render

MONDAY = date(2026, 3, 2)
LAPSED = MONDAY + timedelta(days=28)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A book of 100 accounts after sixty nights: the result, the exchange, and the moves of each account."""
    policy = with_agencies(demo_policy(), MONDAY)
    book = generate(7, 100, MONDAY)
    with Kit.open(f"sqlite:///{tmp_path_factory.mktemp('agencies') / 'book.db'}", policy=policy, actor="demo") as kit:
        exchange = Exchange(kit)
        result = run(kit, book, 60, desk=Desk(kit), exchange=exchange)
        moves = {}
        for account in book.accounts:
            if account.id in {standing.account for standing in kit.standings(as_of=result.report.last)}:
                moves[account.id] = fold_account(envelope.body for envelope in kit.history(account.id)).moves
        return result, exchange, moves


class TestSixtyNights:
    def test_accounts_went_out_and_came_back(self, lived):
        """
        All three agencies had accounts, files went both ways without a refused row, and accounts came back for want of payment.
        """
        _, exchange, moves = lived
        steps = [step for held in moves.values() for step in held]
        recalled = {step.reason for step in steps if isinstance(step, AccountRecalled) and step.handler in AGENCIES}

        assert set(AGENCIES) <= {step.handler for step in steps if isinstance(step, Placement)}
        assert {"inactivity", "paid"} <= recalled
        assert exchange.rows["placement"] == exchange.rows["acknowledgement"] > exchange.rows["activity"] > 0
        assert 0 == exchange.rows["refused"]

    def test_who_did_what(self, lived):
        """
        Each agency has a line and so have our own people, who ask before they call; all credits add up to what came in, and calls in the
        Australian night are told as unlawful.
        """
        report, own = lived[0].report, set(DESK) - {"agent-lee"}
        made = report.productivity
        ours = [line for line in made.lines if line.worker in own]
        unlawful = {line.currency for line in made.lines if line.compliance.numerator < line.compliance.denominator}

        assert set(AGENCIES) <= {line.worker for line in made.lines}
        assert own == {line.worker for line in ours}
        assert all(line.attempts and line.compliance.numerator == line.compliance.denominator for line in ours)
        assert sum(line.promises for line in ours) and sum(line.quality.denominator for line in ours)
        assert {"AUD"} <= unlawful <= {"AUD", "GBP"}
        for currency in report.currencies:
            came = report.collected.total(currency, first=report.first, last=report.last)
            assert came == made.collected_minor(currency)

    def test_one_holder_and_nobody_twice(self, lived):
        """
        Placements and recalls alternate, and an agency that failed never has the account again.
        """
        for held in lived[2].values():
            holder, failed = None, set()
            for step in held:
                if isinstance(step, Placement):
                    assert holder is None and step.handler not in failed
                    holder = step.handler
                else:
                    assert holder == step.handler
                    holder = None
                    failed |= {step.handler} if step.reason in {"term", "inactivity"} else set()

    def test_a_licence_lapses(self, lived):
        """
        From that day on the agency has nothing, and what it had was taken back on that very day.
        """
        held = {}
        for account, steps in lived[2].items():
            for step in steps:
                if step.handler == "agency-coast":
                    day = step.since if isinstance(step, Placement) else step.on
                    assert day <= LAPSED and not (isinstance(step, Placement) and day == LAPSED)
                    held[account] = isinstance(step, Placement)

        assert held and not any(held.values())

    def test_an_agent_on_leave(self, lived):
        """
        Nothing new came in while Lee was away.
        """
        away = [MONDAY + timedelta(days=day) for day in range(7, 21)]
        given = [step.since for steps in lived[2].values() for step in steps if isinstance(step, Placement) and step.handler == "agent-lee"]

        assert given and not set(given) & set(away)

    def test_the_report_shows_it(self, lived):
        """
        Moves as a picture, batches by month, and each agency with its interval.
        """
        page = render(lived[0].report)

        assert all(part in page for part in ("Moves between handlers", "Agencies", "95 % interval", "month 1", "<path"))
        assert set(AGENCIES) == {line.handler for line in lived[0].report.agencies.lines}
