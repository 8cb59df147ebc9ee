"""Personal data under a key of its own for each person: whoever has the book, its log and its backups reads nothing.

Each personal field is sealed with AES-GCM on its own. Tenant, person and field are bound to it, so that a sealed value
cannot be moved to another place. What is a fact or coarse stays in the clear. When a person's keys are destroyed, what
is read of them is empty: the data is gone wherever a copy of it may lie.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from collectkit.errors import IntegrityBreachError, MissingExtraError
from collectkit.notes import Note
from collectkit.person import Consumer, ContactPoint, Email, Phone, Place, Postal
from collectkit.personal import DataClass, fields_of
from collectkit.storage.codec import codec_for
from collectkit.storage.keeper import PLAIN

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = 1
ERASED_TEXT: Final = "[erased]"
"""What a note says whose key was destroyed."""

_KINDS: Final[Mapping[str, type[ContactPoint]]] = {cls.KIND: cls for cls in (Phone, Email, Postal)}
_NONCE: Final = 12


class Keys(Protocol):
    """The part of a key provider that a vault uses."""

    def keys(self, tenant: str, owners: Sequence[str]) -> Mapping[str, tuple[str, bytes]]:
        """Return the newest key of each owner with its id."""
        ...

    def key(self, tenant: str, owner: str, key_id: str) -> bytes | None:
        """Return one key, or None when it was destroyed."""
        ...


@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


class Vault:
    """
    A `collectkit.storage.keeper.Keeper` that seals.

    Args:
        keys: Who keeps the keys.

    Raises:
        MissingExtraError: The extra ``vault`` is not installed.
    """

    def __init__(self, keys: Keys) -> None:
        try:
            _cipher(bytes(32))
        except ImportError as error:
            raise MissingExtraError("the vault", "vault") from error
        self._keys = keys

    def write_people(self, tenant: str, consumers: Sequence[Consumer]) -> list[str]:
        """Return each person as JSON with every personal field sealed under the person's newest key."""
        owners = [f"person/{consumer.id}" for consumer in consumers]
        keys = self._keys.keys(tenant, owners) if owners else {}
        return [self._write(tenant, owner, *keys[owner], consumer) for owner, consumer in zip(owners, consumers, strict=True)]

    def _write(self, tenant: str, owner: str, key_id: str, key: bytes, consumer: Consumer) -> str:
        seal = _sealer(_cipher(key), tenant, owner)
        held = {
            "vault": VERSION,
            "key": key_id,
            "id": consumer.id,
            "name": seal("name", consumer.name),
            "locale": consumer.locale,
            "region": consumer.region,
            "barred": int(consumer.employer_bars_contact),
            "contacts": [[point.KIND, _sealed(point, f"contacts/{point.id}", seal)] for point in consumer.contacts],
            "places": [[place.zone, place.source] for place in consumer.places],
        }
        return json.dumps(held, ensure_ascii=False, separators=(",", ":"))

    def read_person(self, tenant: str, text: str) -> Consumer:
        """
        Return the person; one whose keys were destroyed has an id and nothing else.

        Raises:
            IntegrityBreachError: The text is not what was sealed for this tenant and person.
        """
        held = _parsed(text)
        if "vault" not in held:
            return PLAIN.read_person(tenant, text)  # written before there was a vault; the next change seals it
        try:
            owner = f"person/{held['id']}"
            key = self._keys.key(tenant, owner, held["key"])
            if key is None:
                return Consumer(held["id"])
            opened = _opener(_cipher(key), tenant, owner)
            return Consumer(
                held["id"],
                name=opened("name", held["name"]),
                locale=held["locale"],
                region=held["region"],
                contacts=tuple(_opened(kind, point, opened) for kind, point in held["contacts"]),
                places=tuple(Place(*place) for place in held["places"]),
                employer_bars_contact=bool(held["barred"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityBreachError(f"a sealed person cannot be read: {type(error).__name__}; nothing was shown") from None

    def write_note(self, tenant: str, note: Note) -> str:
        """Return the note as JSON with its text sealed under the newest key of its account."""
        owner = f"account/{note.account}"
        key_id, key = self._keys.keys(tenant, [owner])[owner]
        seal = _sealer(_cipher(key), tenant, owner)
        held = {**_sealed(note, f"notes/{note.id}", seal), "vault": VERSION, "key": key_id}
        return json.dumps(held, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def read_note(self, tenant: str, text: str) -> Note:
        """
        Return the note; of one whose key was destroyed nothing but the frame is left.

        Raises:
            IntegrityBreachError: The text is not what was sealed for this tenant and account.
        """
        held = _parsed(text)
        if "vault" not in held:
            return PLAIN.read_note(tenant, text)
        try:
            key_id = held.pop("key")
            del held["vault"]
            owner = f"account/{held['account']}"
            key = self._keys.key(tenant, owner, key_id)
            if key is None:
                held["text"] = ERASED_TEXT
            else:
                held["text"] = _opener(_cipher(key), tenant, owner)(f"notes/{held['id']}/text", held["text"])
            return codec_for(Note).build(held)
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityBreachError(f"a sealed note cannot be read: {type(error).__name__}; nothing was shown") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise IntegrityBreachError("personal data cannot be read: it is no object; nothing was shown")
    return held


def _bound(tenant: str, owner: str, field: str) -> bytes:
    """Return what a sealed value is bound to; lengths before the texts, so that no two places share the same bytes."""
    return f"collectkit/vault/{VERSION} {len(tenant)} {tenant} {len(owner)} {owner} {len(field)} {field}".encode()


def _sealer(cipher: AESGCM, tenant: str, owner: str) -> Callable[[str, str], str]:
    def seal(field: str, value: str) -> str:
        nonce = os.urandom(_NONCE)
        return b64encode(nonce + cipher.encrypt(nonce, value.encode(), _bound(tenant, owner, field))).decode()

    return seal


def _opener(cipher: AESGCM, tenant: str, owner: str) -> Callable[[str, str], str]:
    def opened(field: str, sealed: str) -> str:
        from cryptography.exceptions import InvalidTag

        raw = b64decode(sealed, validate=True)
        try:
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(tenant, owner, field)).decode()
        except InvalidTag as error:
            raise ValueError("the seal does not fit") from error

    return opened


def _sealed(thing: ContactPoint | Note, place: str, seal: Callable[[str, str], str]) -> dict[str, Any]:
    """Return an object as plain JSON values, its personal fields sealed."""
    held: dict[str, Any] = json.loads(codec_for(type(thing)).write(thing))
    for name in fields_of(type(thing), DataClass.PERSONAL):
        if name in held:
            held[name] = seal(f"{place}/{name}", held[name])
    return held


def _opened(kind: str, held: dict[str, Any], opened: Callable[[str, str], str]) -> ContactPoint:
    cls = _KINDS[kind]
    for name in fields_of(cls, DataClass.PERSONAL):
        if name in held:
            held[name] = opened(f"contacts/{held['id']}/{name}", held[name])
    return codec_for(cls).build(held)
