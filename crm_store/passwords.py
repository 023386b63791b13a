"""Passwords as argon2id hashes, and the secrets of sessions and tokens as sha256.

Holds no password and no secret longer than a call takes. Hashing runs in a thread: it takes 25 ms on purpose.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callcore.errors import BadValueError

MIN_LENGTH = 10
_MAX_LENGTH = 256
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobodys = _hasher.hash(secrets.token_urlsafe())


async def hash_password(password: str) -> str:
    """The hash to keep.

    Raises:
        BadValueError: the password is too short or absurdly long.
    """
    if not MIN_LENGTH <= len(password) <= _MAX_LENGTH:
        raise BadValueError(f"A password has {MIN_LENGTH} to {_MAX_LENGTH} characters.")
    return await asyncio.to_thread(_hasher.hash, password)


async def verify(password: str, kept: str | None) -> bool:
    """Whether `password` made the hash `kept`; as slow for a login that does not exist."""
    fits = await asyncio.to_thread(_verify, password[:_MAX_LENGTH], kept or _nobodys)
    return fits and kept is not None


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def new_secret() -> str:
    """256 bits for a cookie or a token."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret; it is random enough to need no salt."""
    return hashlib.sha256(secret.encode()).digest()
