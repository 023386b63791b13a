"""What a database's failure means for people: an error of ours that says what to do.

Does not retry anything; nothing of the failed transaction was kept.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from callcore.errors import (
    ConflictError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    TrunklineError,
)

_FULL = ("database or disk is full", "no space left", "disk full", "diskfull", "could not extend")
_BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")
_GONE = ("unable to open", "connection refused", "connection was closed", "connection is closed",
         "cannot connect", "terminating connection", "connection does not exist", "cannot switch to state", "connect call failed", "disk i/o error", "the store is closed")  # fmt: skip


def require_place(url: str) -> None:
    """Make sure that an SQLite file can be where `url` says, before a driver's thread stumbles over it.

    Raises:
        StoreUnavailableError: its folder is not there.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and where.database:
        folder = Path(where.database).absolute().parent
        if not folder.is_dir():
            raise StoreUnavailableError(
                f"The folder {folder} for the database isn't there. Make it, or change `store.url` in "
                "the settings.",
                folder=str(folder),
            )


def as_store_error(problem: Exception) -> TrunklineError:
    """The error that tells a user or an administrator what to do about `problem`."""
    if isinstance(problem, IntegrityError):
        return ConflictError("Somebody changed the same thing at the same moment. Load it again.")
    reason = str(problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem)
    says = reason.lower()
    if any(text in says for text in _FULL):
        return StoreFullError(
            "The disk of the database is full: nothing was written. Free some space on it; "
            "Trunkline goes on by itself.",
            reason=reason,
        )
    if any(text in says for text in _BUSY):
        return StoreBusyError(
            "Another program holds the database: nothing was written. Close it (a backup, a shell) "
            "and try again.",
            reason=reason,
        )
    if isinstance(problem, OSError | RuntimeError) or any(text in says for text in _GONE):
        return StoreUnavailableError(
            f"The database doesn't answer ({reason}): nothing was written. Check that it runs and "
            "that the settings name it; `trunkline doctor` tells more.",
            reason=reason,
        )
    if "readonly" in says or "read-only" in says:
        return StoreError(
            "The database file is read-only: nothing was written. Give Trunkline's user the right "
            "to write it and its folder.",
            reason=reason,
        )
    return StoreError(f"The database refused: {reason}. Nothing was written.", reason=reason)
