"""How long somebody who failed to sign in has to wait: longer each time, kept in the database.

Does not lock anybody out for good; a restart forgives nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from callcore.errors import ThrottledError
from crm_store.schema import sign_in_failures
from crm_store.statements import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_FORGIVEN_AFTER = timedelta(hours=24)
_LONGEST_S = 900
FREE_TRIES = {"login": 5, "address": 20}
"""Failures without any wait; a whole office may come from one address."""


def wait_s(failures: int, free: int) -> int:
    """Seconds to wait after so many failures: none, then 1, 2, 4 … up to a quarter of an hour."""
    return 0 if failures < free else min(2 ** min(failures - free, 20), _LONGEST_S)


async def count(conn: AsyncConnection, now: datetime, login: str, address: str) -> None:
    """Count a try as failed before it is made, so that many at once count too.

    Raises:
        ThrottledError: it is too early for this login or address.
    """
    subjects = _subjects(login, address)
    table = sign_in_failures
    await conn.execute(delete(table).where(table.c.failed_at < now - _FORGIVEN_AFTER))
    rows = await conn.execute(select(table).where(table.c.subject.in_(list(subjects))))
    known = {row.subject: row for row in rows}
    for subject, row in known.items():
        wait = timedelta(seconds=wait_s(row.failures, subjects[subject]))
        if now < row.failed_at + wait:
            retry_after_s = max(1, round((row.failed_at + wait - now).total_seconds()))
            raise ThrottledError(
                f"Too many failed tries. Try again in {retry_after_s} seconds.",
                retry_after_s=retry_after_s,
            )
    counted = [
        {
            "subject": subject,
            "failures": (known[subject].failures if subject in known else 0) + 1,
            "failed_at": now,
        }
        for subject in subjects
    ]
    await upsert(conn, table, counted, update=["failures", "failed_at"])


async def forgive(conn: AsyncConnection, login: str, address: str) -> None:
    """The try was right after all: it no longer counts, nor do the login's earlier ones."""
    table = sign_in_failures
    await conn.execute(delete(table).where(table.c.subject == f"login:{login}"))
    one_less = table.update().values(failures=table.c.failures - 1)
    await conn.execute(one_less.where(table.c.subject == f"address:{address}"))


def _subjects(login: str, address: str) -> dict[str, int]:
    subjects = {f"login:{login}": FREE_TRIES["login"]}
    if address:
        subjects[f"address:{address}"] = FREE_TRIES["address"]
    return subjects
