"""Signed heads: whose they are shows, and nobody else can make one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.kit.conftest import NOW, account, consumer

from collectkit import Kit
from collectkit.drivers.anchors import FileAnchor
from collectkit.errors import ValidationError
from collectkit.storage.signing import HeadSigner, SigningAnchor, signature_faults

HEAD = '{"at":1,"number":1,"proof":[],"root":"00","size":2,"tenant":"default"}'


@pytest.fixture
def signer(tmp_path: Path) -> HeadSigner:
    return HeadSigner(tmp_path / "away" / "head.key")


class TestSignatures:
    def test_a_signed_head_is_the_head_with_two_fields_more(self, signer: HeadSigner) -> None:
        """
        Signed again it is the same, so an anchor knows it when it comes twice.
        """
        line = signer.signed(HEAD)
        held = json.loads(line)
        assert json.loads(HEAD) == {name: value for name, value in held.items() if name not in ("key", "signature")}
        assert line == signer.signed(HEAD)
        assert [] == signature_faults([line], signer.public)

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("root", "01", "head 1 is not what was signed"),
            ("size", 3, "head 1 is not what was signed"),
            ("at", 2, "head 1 is not what was signed"),
            ("tenant", "other", "head 1 is not what was signed"),
            ("extra", 1, "head 1 is not what was signed"),
            ("signature", "00", "head 1 is not what was signed"),
            ("signature", "no hex", "head 1 is not what was signed"),
            ("signature", None, "head 1 is not signed"),
            ("key", "0" * 16, "head 1 is signed with another key"),
        ],
    )
    def test_every_change_shows(self, signer: HeadSigner, name: str, value: object, said: str) -> None:
        """
        In whatever field.
        """
        held = {**json.loads(signer.signed(HEAD)), name: value}
        assert [said] == [fault.text for fault in signature_faults([json.dumps(held)], signer.public)]

    def test_another_key_signs_for_another(self, signer: HeadSigner, tmp_path: Path) -> None:
        """
        Also when it takes the name of the first.
        """
        other = HeadSigner(tmp_path / "other.key")
        line = other.signed(HEAD)
        assert ["head 1 is signed with another key"] == [fault.text for fault in signature_faults([line], signer.public)]
        named = json.dumps({**json.loads(line), "key": json.loads(signer.signed(HEAD))["key"]})
        assert ["head 1 is not what was signed"] == [fault.text for fault in signature_faults([named], signer.public)]

    def test_the_key_is_made_once_and_is_nobody_elses(self, signer: HeadSigner) -> None:
        """
        Its public half lies beside it.
        """
        assert 0o600 == signer.path.stat().st_mode & 0o777
        assert signer.public == HeadSigner(signer.path).public == signer.path.with_name("head.key.pub").read_bytes()

    @pytest.mark.parametrize("text", ["", "no key at all"])
    def test_what_is_no_key_is_said_to_be_none(self, tmp_path: Path, text: str) -> None:
        """
        Nothing is signed or verified with it.
        """
        (tmp_path / "bad.key").write_text(text, encoding="utf-8")
        with pytest.raises(ValidationError, match="nothing was signed"):
            HeadSigner(tmp_path / "bad.key")
        with pytest.raises(ValidationError, match="nothing was verified"):
            signature_faults([HEAD], text.encode())


class TestKit:
    def test_heads_are_signed_and_verified(self, tmp_path: Path) -> None:
        """
        A head that somebody put into the anchor's file without the key is a fault, though the record itself is sound.
        """
        settings = {"anchor": str(tmp_path / "heads.jsonl"), "anchor_key": str(tmp_path / "head.key")}
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", settings=settings) as kit:
            kit.register(consumer(), at=NOW)
            kit.seal(at=NOW)
            kit.open_account(account(), at=NOW)
            kit.seal(at=NOW)
            assert (True, True, 2) == (kit.verify().sound, kit.verify().anchored, kit.verify().heads)

            lines = (tmp_path / "heads.jsonl").read_text(encoding="utf-8").splitlines()
            unsigned = {name: value for name, value in json.loads(lines[-1]).items() if name not in ("key", "signature")}
            (tmp_path / "heads.jsonl").write_text("\n".join([lines[0], json.dumps(unsigned)]) + "\n", encoding="utf-8")
            assert ["head 2 is not signed"] == [fault.text for fault in kit.verify().faults]

    def test_an_anchor_that_keeps_nothing_is_signed_for_too(self, signer: HeadSigner) -> None:
        """
        One that only mails heads away cannot give them back.
        """
        mailed: list[str] = []

        class Mail:
            def anchor(self, tenant: str, number: int, head: str) -> None:
                mailed.append(head)

        anchor = SigningAnchor(Mail(), signer)
        anchor.anchor("default", 1, HEAD)
        assert [] == signature_faults(mailed, signer.public) == anchor.signature_faults("default")
        assert not hasattr(anchor, "heads")
        assert hasattr(SigningAnchor(FileAnchor(signer.path.with_name("h")), signer), "heads")
