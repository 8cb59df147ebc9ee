"""Heads with a signature: whoever has the public key sees that a head was made by the holder of the private one.

An anchor proves that a head was there at some time; a signature proves whose it is, also when the anchor's own keeper is not
trusted, or the head comes by mail. Ed25519 (RFC 8032), over the line of JSON that an anchor gets, so the same head has
always the same signature. Needs the extra ``vault``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectkit.errors import MissingExtraError, ValidationError
from collectkit.storage.verifier import Fault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DOMAIN: Final = b"collectkit/head/1\n"
_SIGNED: Final = ("key", "signature")


class HeadSigner:
    """
    A private key in a file of PEM, readable by its owner only; made when it is not there, with its public key beside it.

    Args:
        path: The file. The public key is in the file of the same name with ``.pub``.

    Raises:
        MissingExtraError: The extra ``vault`` is not installed.
        ValidationError: The file cannot be read or made, or holds no such key.
    """

    def __init__(self, path: str | Path) -> None:
        ed25519, serialization = _cryptography()
        self.path = Path(path)
        try:
            if not self.path.exists():
                _make(self.path, ed25519, serialization)
            found = serialization.load_pem_private_key(self.path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise ValidationError(f"the key {str(path)!r} cannot be used: {type(error).__name__}; nothing was signed") from error
        if not isinstance(found, ed25519.Ed25519PrivateKey):
            raise ValidationError(f"the key {str(path)!r} is none of Ed25519; nothing was signed")
        self._key: Ed25519PrivateKey = found
        self.public: bytes = found.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        """The public key as PEM."""

    def signed(self, head: str) -> str:
        """Return a head, one line of JSON, with its signature and the id of the key."""
        held = json.loads(head)
        signature = self._key.sign(_DOMAIN + _text(held).encode())
        return _text({**held, "key": _id_of(self._key.public_key()), "signature": signature.hex()})


class SigningAnchor:
    """
    Another anchor, which gets every head signed.

    Args:
        sink: The anchor.
        signer: Signs.
    """

    def __init__(self, sink: Any, signer: HeadSigner) -> None:
        self._sink, self._signer = sink, signer
        if callable(getattr(sink, "heads", None)):
            self.heads = sink.heads

    def anchor(self, tenant: str, number: int, head: str) -> None:
        """Sign one head and give it on."""
        self._sink.anchor(tenant, number, self._signer.signed(head))

    def signature_faults(self, tenant: str) -> list[Fault]:
        """Return what is wrong with the signatures of the heads that the anchor gives back."""
        given = getattr(self._sink, "heads", None)
        return signature_faults(given(tenant), self._signer.public) if callable(given) else []


def signature_faults(lines: Iterable[str], public: bytes) -> list[Fault]:
    """
    Return the heads that the holder of a key did not sign as they are.

    Args:
        lines: Heads, one line of JSON each.
        public: The public key as PEM.

    Raises:
        MissingExtraError: The extra ``vault`` is not installed.
        ValidationError: It is no public key of Ed25519.
    """
    key = _public(public)
    found = []
    for held in map(json.loads, lines):
        text = _fault(held, key)
        if text:
            found.append(Fault("", 0, 0, 0, f"head {held.get('number', '?')} {text}"))
    return found


def _fault(held: dict[str, Any], key: Ed25519PublicKey) -> str:
    """Return what is wrong with one signature; empty when nothing is."""
    from cryptography.exceptions import InvalidSignature

    if not all(isinstance(held.get(name), str) for name in _SIGNED):
        return "is not signed"
    if held["key"] != _id_of(key):
        return "is signed with another key"
    plain = {name: value for name, value in held.items() if name not in _SIGNED}
    try:
        key.verify(bytes.fromhex(held["signature"]), _DOMAIN + _text(plain).encode())
    except (InvalidSignature, ValueError):
        return "is not what was signed"
    return ""


def _text(held: dict[str, Any]) -> str:
    return json.dumps(held, separators=(",", ":"), sort_keys=True)


def _id_of(key: Ed25519PublicKey) -> str:
    """Return a short name of a key, to tell it from others."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def _public(pem: bytes) -> Ed25519PublicKey:
    ed25519, serialization = _cryptography()
    try:
        found = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise ValidationError("this is no public key in PEM, which begins with -----BEGIN PUBLIC KEY-----; nothing was verified") from error
    if not isinstance(found, ed25519.Ed25519PublicKey):
        raise ValidationError("this is no public key of Ed25519; nothing was verified")
    key: Ed25519PublicKey = found
    return key


def _make(path: Path, ed25519: Any, serialization: Any) -> None:
    """Write a new key and its public half."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(private)
    path.with_name(f"{path.name}.pub").write_bytes(public)


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError("signing heads", "vault") from error
    return ed25519, serialization
