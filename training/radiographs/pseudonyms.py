"""Keyed pseudonyms: the same patient gets the same name under one key, and nobody without the key can tell who it is.

HMAC-SHA256 (RFC 2104) of the identifier; without a key, a hash of a short patient number is undone by trying them all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from ..errors import RequestError

MIN_KEY_BYTES = 16


class Pseudonyms:
    """Names for identifiers under one key; the key itself is never shown."""

    def __init__(self, key: bytes):
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonyms(...)"

    def name(self, kind: str, *identifiers: str, digits: int = 12) -> str:
        """`digits` hexadecimal digits for identifiers of a kind; kinds never share a name by construction."""
        message = "\0".join((kind, *identifiers)).encode("utf-8", "surrogateescape")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:digits]

    @property
    def mark(self) -> str:
        """Tells one key from another; says nothing of either."""
        return self.name("mark of the key")


def load_or_create_key(path: Path) -> tuple[Pseudonyms, bool]:
    """The key in a file, and whether it was made just now (32 random bytes, readable by its owner alone)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Pseudonyms(_read_key(path)), False
    except OSError as error:
        raise RequestError(f"the key {path.name!r} cannot be made ({error.strerror}); give --key FILE") from None
    key = secrets.token_hex(32).encode()
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
    return Pseudonyms(key), True


def _read_key(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise RequestError(f"the key {path.name!r} cannot be read ({error.strerror}); give --key FILE") from None
    if len(key) < MIN_KEY_BYTES:
        raise RequestError(
            f"the key in {path.name!r} has {len(key)} bytes; expected {MIN_KEY_BYTES} or more: name a file that is not "
            "there yet to have one made"
        )
    return key


def others_may_read(path: Path) -> bool:
    """Whether a file is open to more than its owner (never so on systems without such permissions)."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
