"""The issuer's RSA key: made once, kept in a file that only we can read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_BITS = 2048


class BrokenKey(Exception):
    """The file does not hold an RSA key."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} does not hold an RSA key; remove it, and a new one is made (old tokens end).")


def kept_key(folder: Path) -> RSAPrivateKey:
    """The key in `folder`, made on the first call. Two processes that call at once get the same. Errors: BrokenKey."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = folder / "key.pem"
    if not file.exists():
        _make(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError as error:
        raise BrokenKey(file) from error
    if not isinstance(key, RSAPrivateKey):
        raise BrokenKey(file)
    return key


def thumbprint(key: RSAPublicKey) -> str:
    """The key's id, from the key itself (RFC 7638)."""
    numbers = key.public_numbers()
    members = {"e": _encoded(numbers.e), "kty": "RSA", "n": _encoded(numbers.n)}
    return _base64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def _make(file: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = generate_private_key(public_exponent=65_537, key_size=_BITS)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    side = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(side, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text)
    # A link, unlike a rename, does not replace: of two processes that made a key, the first one's stays.
    with suppress(FileExistsError):
        os.link(side, file)
    side.unlink()


def _encoded(number: int) -> str:
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
