"""Child processes that never outlive us, not even when we are killed with SIGKILL.

Does not know what the children do.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def tied(argv: list[str]) -> list[str]:
    """The same command, killed by the kernel when the process that starts it ends."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LabError("the program `setpriv` is missing: install the package util-linux")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv]


async def spawn(
    argv: list[str],
    *,
    output: IO[bytes] | int = asyncio.subprocess.DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Start `argv` tied to us, in a session of its own, so that Ctrl-C reaches us alone."""
    return await asyncio.create_subprocess_exec(
        *tied(argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cwd,
        env=env,
        start_new_session=True,
    )


async def end(process: asyncio.subprocess.Process, *, grace_s: float) -> None:
    """Ask `process` to end and make it end after `grace_s`."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(grace_s):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
