from __future__ import annotations

import ast
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.storage import verifier as module
from collectkit.storage.merkle import consistency_proof, continuation_proof, inclusion_proof
from collectkit.storage.verifier import Head, Tree, check_heads, continues, includes, leaf, node, read_heads


def digests(count: int) -> list[bytes]:
    return [sha256(str(number).encode()).digest() for number in range(count)]


def tree_of(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for one in leaves:
        tree.add(one)
    return tree


def root_by_definition(leaves: list[bytes]) -> bytes:
    """The recursive definition of RFC 9162, section 2.1.1, and nothing else."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaf(leaves[0])
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node(root_by_definition(leaves[:middle]), root_by_definition(leaves[middle:]))


class TestTree:
    @pytest.mark.parametrize("size", range(70))
    def test_root_is_that_of_the_definition(self, size: int) -> None:
        """
        Growing leaf by leaf gives the root that the standard defines by halves.
        """
        assert root_by_definition(digests(size)) == tree_of(digests(size)).root()

    def test_leaves_and_nodes_cannot_be_taken_for_each_other(self) -> None:
        """
        A node's content offered as a leaf hashes to something else.
        """
        one, two = digests(2)
        assert leaf(one + two) != node(one, two)


class TestProofs:
    @given(size=st.integers(1, 80), data=st.data())
    def test_every_leaf_is_proved_and_no_other(self, size: int, data: st.DataObject) -> None:
        """
        The proof of a leaf holds for it, and neither for another leaf, another place nor another size.
        """
        leaves = digests(size)
        index = data.draw(st.integers(0, size - 1))
        root, proof = tree_of(leaves).root(), inclusion_proof(leaves, index)

        assert includes(root, size, index, leaves[index], proof)
        assert not includes(root, size, index, sha256(b"another").digest(), proof)
        assert not includes(root, size, size, leaves[index], proof)
        other = data.draw(st.integers(0, size - 1))
        assert (other == index) == includes(root, size, other, leaves[index], proof)

    @given(new=st.integers(1, 80), data=st.data())
    def test_growth_is_proved_and_rewriting_is_not(self, new: int, data: st.DataObject) -> None:
        """
        A tree continues each of its beginnings, and none that was changed anywhere.
        """
        old = data.draw(st.integers(0, new))
        leaves = digests(new)
        proof = consistency_proof(leaves, old)
        old_root, new_root = tree_of(leaves[:old]).root(), tree_of(leaves).root()

        assert continues(old, old_root, new, new_root, proof)
        if old:
            forged = [*leaves]
            forged[data.draw(st.integers(0, old - 1))] = sha256(b"forged").digest()
            assert not continues(old, old_root, new, tree_of(forged).root(), consistency_proof(forged, old))
            assert not continues(old, sha256(b"").digest(), new, new_root, proof)

    @given(old=st.integers(0, 70), added=st.integers(1, 70))
    def test_a_head_is_proved_without_the_old_leaves(self, old: int, added: int) -> None:
        """
        The parts of the old tree suffice, and give the very proof that all leaves give.
        """
        leaves = digests(old + added)
        assert consistency_proof(leaves, old) == continuation_proof(tree_of(leaves[:old]), leaves[old:])

    def test_a_proof_that_is_cut_or_lengthened_is_none(self) -> None:
        """
        Every part counts, and nothing may follow.
        """
        leaves = digests(23)
        proof = consistency_proof(leaves, 13)
        roots = tree_of(leaves[:13]).root(), tree_of(leaves).root()
        assert continues(13, roots[0], 23, roots[1], proof)
        assert not continues(13, roots[0], 23, roots[1], proof[:-1])
        assert not continues(13, roots[0], 23, roots[1], [*proof, leaves[0]])
        assert not continues(13, roots[0], 23, roots[1], [])
        assert not continues(23, roots[1], 13, roots[0], proof)


def heads_of(sizes: list[int]) -> list[Head]:
    leaves, heads, before = digests(max(sizes)), list[Head](), 0
    for number, size in enumerate(sizes, start=1):
        proof = continuation_proof(tree_of(leaves[:before]), leaves[before:size])
        heads.append(Head("t", number, size, tree_of(leaves[:size]).root().hex(), 0, tuple(part.hex() for part in proof)))
        before = size
    return heads


class TestHeads:
    def test_heads_that_continue_each_other_are_sound(self) -> None:
        """
        Also when only the later ones are at hand.
        """
        heads = heads_of([3, 8, 21])
        assert [] == check_heads(heads)
        assert [] == check_heads(heads[1:])

    def test_a_head_that_does_not_is_found(self) -> None:
        """
        With its number: another root, another size, and two different heads of one number.
        """
        one, two, three = heads_of([3, 8, 21])
        texts = [
            check_heads([one, two._replace(root=one.root), three])[0].text,
            check_heads([one, two._replace(size=9), three])[0].text,
            check_heads([one, two, two._replace(at=5)])[0].text,
        ]
        expected = ["head 2 does not continue head 1", "head 2 does not continue head 1", "there are two different heads 2"]
        assert expected == texts


class TestStandAlone:
    def test_it_needs_nothing_but_the_standard_library(self) -> None:
        """
        Whoever does not trust those who keep the book copies one file.
        """
        source = Path(module.__file__).read_text(encoding="utf-8")
        named = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
        roots = {(node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name for node in named}

        assert set() == {root.partition(".")[0] for root in roots} - sys.stdlib_module_names
        assert len(source.splitlines()) < 350

    @pytest.mark.parametrize(("line", "code"), [("{}", 2), ("not json", 2), ("[1]", 2)])
    def test_what_is_no_export_is_said_to_be_none(self, tmp_path: Path, line: str, code: int) -> None:
        """
        One sentence, and neither "sound" nor a traceback.
        """
        events = tmp_path / "events.jsonl"
        events.write_text(line + "\n", encoding="utf-8")
        ran = subprocess.run([sys.executable, module.__file__, str(events)], capture_output=True, text=True, check=False)

        assert (code, "") == (ran.returncode, ran.stdout)
        assert "cannot verify: line 1 is not an event of an export" in ran.stderr
        assert "Traceback" not in ran.stderr

    def test_an_empty_export_is_sound_and_a_head_over_it_is_not(self, tmp_path: Path) -> None:
        """
        A cut of everything is seen by any anchored head.
        """
        events, heads = tmp_path / "events.jsonl", tmp_path / "heads.jsonl"
        events.write_text("", encoding="utf-8")
        (head,) = heads_of([3])
        heads.write_text(json.dumps(head._asdict()) + "\n", encoding="utf-8")

        assert [head] == read_heads(heads.read_text(encoding="utf-8").splitlines())
        assert 0 == module.main([str(events)])
        assert 1 == module.main([str(events), "--heads", str(heads)])
        assert 0 == module.main([str(events), "--heads", str(heads), "--tenant", "another"])
