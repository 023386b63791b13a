"""Running a command's coroutine: signals end it cleanly, expected errors become a sentence.

Does not catch what nobody expected; that is a bug and shows its traceback.
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from callcore.errors import TrunklineError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end.

    SIGINT and SIGTERM cancel it, so that every `finally` runs, and the command exits with 0; a
    TrunklineError is printed to standard error and the command exits with 1.
    """
    try:
        return asyncio.run(_until_signalled(work))
    except asyncio.CancelledError:
        raise typer.Exit(0) from None
    except BaseException as error:
        expected = _expected(error)
        if not expected:
            raise
        for one in expected:
            typer.echo(f"trunkline: {one.message}", err=True)
        raise typer.Exit(1) from None


async def _until_signalled(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    return await task


def _expected(error: BaseException) -> list[TrunklineError]:
    """Our own errors in `error`; none when anything unexpected is among them."""
    if isinstance(error, TrunklineError):
        return [error]
    if isinstance(error, BaseExceptionGroup):
        parts = [_expected(part) for part in error.exceptions]
        return [one for part in parts for one in part] if all(parts) else []
    return []
