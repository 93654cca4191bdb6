"""Secrets at rest: AES-256-GCM under a data key per owner, which is wrapped by a key derived from the master key.

    sealed = key id (8 bytes) | nonce (12) | ciphertext and tag;   associated data = owner|kind|version

The key id names the master key, so that a wrong one is told from a damaged value (NIST SP 800-38D; RFC 5869 for HKDF).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigError

__all__ = ["OwnerVault", "Vault", "read_master_key"]

HEADER: Final = "kravbro master key, version 1"
KEY_BYTES: Final = 32
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12


def read_master_key(path: Path, *, create: bool) -> bytes:
    """Return the master key in the file, making one (mode 0600) where `create` allows it."""
    if create and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{HEADER}\n{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    if not path.exists():
        raise ConfigError(str(path), "the master key is missing", "Put the key file back from your safe copy.")
    if path.stat().st_mode & 0o077:
        raise ConfigError(str(path), "others can read the master key", f"Run chmod 600 {path}.")
    header, _, body = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    if header.strip() != HEADER:
        raise ConfigError(str(path), "this is no master key of version 1", "Use the program version that wrote it.")
    try:
        key = base64.b64decode(body.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(str(path), "the master key is damaged", "Put the key file back from your safe copy.")
    return key


class Vault:
    """Wraps and unwraps data keys with the master key."""

    def __init__(self, master_key: bytes) -> None:
        self._wrapping = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"kravbro data key wrapping v1").derive(master_key)
        self.key_id = hashlib.sha256(b"kravbro key id" + self._wrapping).digest()[:ID_BYTES]

    def new_data_key(self, owner: str) -> bytes:
        """Return a fresh data key for an owner, wrapped."""
        return _seal(self._wrapping, self.key_id, secrets.token_bytes(KEY_BYTES), f"{owner}|data key|1")

    def owner(self, owner: str, wrapped: bytes) -> OwnerVault:
        """Unwrap an owner's data key.

        Raises:
            ConfigError: the data was written under another master key.
        """
        if wrapped[:ID_BYTES] != self.key_id:
            raise ConfigError("master key", "it is not the one this data was written with", "Put the right key file back.")
        return OwnerVault(owner, _unseal(self._wrapping, wrapped, f"{owner}|data key|1"))


class OwnerVault:
    """Seals and opens the values of one owner, a tenant or an agency."""

    def __init__(self, owner: str, key: bytes) -> None:
        self._owner, self._key = owner, key
        self._id = hashlib.sha256(b"kravbro data key id" + key).digest()[:ID_BYTES]

    def seal(self, kind: str, plain: bytes, version: int = 1) -> bytes:
        """Encrypt a value, bound to its owner, kind and version; what is never replaced keeps version 1."""
        return _seal(self._key, self._id, plain, f"{self._owner}|{kind}|{version}")

    def open(self, kind: str, sealed: bytes, version: int = 1) -> bytes:
        """Decrypt a value; anything moved or altered raises `ConfigError`."""
        return _unseal(self._key, sealed, f"{self._owner}|{kind}|{version}")


def _seal(key: bytes, key_id: bytes, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return key_id + nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def _unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    nonce, body = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, bound_to.encode())
    except InvalidTag:
        raise ConfigError("vault", "a stored secret is damaged or was moved", "Restore the database from a backup.") from None
