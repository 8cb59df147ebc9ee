"""The demo as a command: what it prints, and what it leaves behind."""

from __future__ import annotations

import gc

from collectkit.cli import main


class TestDemo:
    def test_agencies_are_part_of_it(self, tmp_path, capsys):
        """
        Without any option files go to three agencies and back, the screen tells how many rows, and the report has the moves.
        """
        folder = tmp_path / "shown"
        assert 0 == main(["demo", "--accounts", "60", "--nights", "8", "--folder", str(folder)])

        shown = capsys.readouterr().out
        assert all(part in shown for part in ("Agencies by net-back", "agency-north", "Rows of agency files", " acknowledgement"))
        assert "Moves between handlers" in (folder / "report.html").read_text(encoding="utf-8")

    def test_garbage_is_collected_afterwards_as_before(self, tmp_path):
        """
        The demo has it collected more rarely, and whoever calls it in their own process gets their setting back.
        """
        before = gc.get_threshold()
        main(["demo", "--accounts", "5", "--nights", "1", "--folder", str(tmp_path / "shown")])

        assert before == gc.get_threshold()
