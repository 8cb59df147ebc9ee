"""Proofs over the sealed record, for those who do not hold it (RFC 9162, section 2.1).

Making a proof needs the tree; checking one does not, and stands in `collectkit.storage.verifier`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from collectkit.storage.verifier import Tree, leaf, node

Part = Callable[[int, int], bytes]
"""Returns the hash of the complete part of the tree that holds the leaves from (inclusive) and to (exclusive)."""


def inclusion_proof(digests: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that the event *index*, from 0, is a leaf of the tree over *digests*."""
    return _path(index, 0, len(digests), _over([leaf(digest) for digest in digests], 0))


def consistency_proof(digests: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree over *digests* begins with the tree over the first *old_size* of them."""
    return _consistent(old_size, len(digests), _over([leaf(digest) for digest in digests], 0))


def continuation_proof(old: Tree, added: Sequence[bytes]) -> list[bytes]:
    """
    Return the proof that *old* with *added* events continues *old*: what a new head says about the one before it.

    The old tree's parts and the new leaves suffice; the old leaves are not needed.
    """
    new = _over([leaf(digest) for digest in added], old.size)
    starts, start = {}, 0
    for part in old.parts:
        size = 1 << ((old.size - start).bit_length() - 1)
        starts[start, start + size] = part
        start += size

    def hash_of(first: int, end: int) -> bytes:
        # A proof asks for whole parts of the old tree and for what is new, and never for anything that lies in both.
        return starts.get((first, end)) or new(first, end)

    return _consistent(old.size, old.size + len(added), hash_of)


def _half(size: int) -> int:
    """Return the largest power of two that is smaller than *size*."""
    return 1 << ((size - 1).bit_length() - 1)


def _over(leaves: Sequence[bytes], offset: int) -> Part:
    def hash_of(first: int, end: int) -> bytes:
        if end - first == 1:
            return leaves[first - offset]
        middle = first + _half(end - first)
        return node(hash_of(first, middle), hash_of(middle, end))

    return hash_of


def _path(index: int, first: int, end: int, hash_of: Part) -> list[bytes]:
    if end - first == 1:
        return []
    middle = first + _half(end - first)
    if index < middle - first:
        return [*_path(index, first, middle, hash_of), hash_of(middle, end)]
    return [*_path(index - (middle - first), middle, end, hash_of), hash_of(first, middle)]


def _consistent(old_size: int, size: int, hash_of: Part) -> list[bytes]:
    if old_size in (0, size):
        return []
    return _subproof(old_size, 0, size, hash_of, whole=True)


def _subproof(old_size: int, first: int, end: int, hash_of: Part, *, whole: bool) -> list[bytes]:
    if old_size == end - first:
        return [] if whole else [hash_of(first, end)]
    middle = first + _half(end - first)
    if old_size <= middle - first:
        return [*_subproof(old_size, first, middle, hash_of, whole=whole), hash_of(middle, end)]
    return [*_subproof(old_size - (middle - first), middle, end, hash_of, whole=False), hash_of(first, middle)]
