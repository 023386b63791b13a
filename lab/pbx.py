"""A real Asterisk: started, awaited, asked, reloaded, killed, started again, stopped.

Does not place calls (sip.py does).
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

from lab import fetch
from lab.config import Secrets, write_config
from lab.errors import LabError, StartError
from lab.ports import Ports, take_ports
from lab.process import end, spawn
from lab.rundir import RunDir
from lab.settings import LabSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_CLI_DEADLINE_S = 15.0
_STOP_GRACE_S = 10.0


class Asterisk:
    """One Asterisk with its run folder and its ports. Make it by `Asterisk.start` or `.running`."""

    host = "127.0.0.1"
    ami_user = "trunkline"

    def __init__(
        self,
        settings: LabSettings,
        runtime: fetch.Runtime,
        folder: RunDir,
        ports: Ports,
        keys: Secrets,
    ) -> None:
        self.settings = settings
        self.ports = ports
        self.run_dir = folder.path
        self._folder = folder
        self._runtime = runtime
        self._keys = keys
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    async def start(cls, settings: LabSettings | None = None) -> Self:
        """Fetch Asterisk if need be, render its configuration, start it and wait until it takes calls.

        Raises:
            FetchError: no Asterisk to be had.
            StartError: it did not come up; the message holds the last lines of its log.
        """
        settings = settings or LabSettings()
        runtime = await asyncio.to_thread(fetch.ensure, settings.asterisk)
        ports = take_ports()
        folder = RunDir.make(settings.run_dir, keep=settings.keep)
        keys = Secrets.fresh()
        pbx = cls(settings, runtime, folder, ports, keys)
        try:
            write_config(pbx.run_dir, settings, ports, runtime, keys)
            await pbx.start_again()
        except BaseException:
            await pbx.stop()
            raise
        return pbx

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: LabSettings | None = None) -> AsyncIterator[Self]:
        """An Asterisk for the length of a `with` block."""
        pbx = await cls.start(settings)
        try:
            yield pbx
        finally:
            await pbx.stop()

    # ---- what others need to know of it ------------------------------------------------------

    @property
    def systemname(self) -> str:
        return self.settings.systemname

    @property
    def version(self) -> str:
        return self._runtime.version

    @property
    def ami_port(self) -> int:
        return self.ports.ami

    @property
    def ami_tls_port(self) -> int:
        return self.ports.ami_tls

    @property
    def ami_secret(self) -> str:
        return self._keys.ami

    @property
    def ami_ca(self) -> Path:
        """The certificate that `ami_tls_port` shows, signed by itself."""
        return self.run_dir / "etc" / "ami.crt"

    @property
    def sip_port(self) -> int:
        return self.ports.sip

    @property
    def caller_ports(self) -> range:
        """The ports that the trunk calls from."""
        return self.ports.callers

    @property
    def http_port(self) -> int:
        return self.ports.http

    @property
    def phone_secret(self) -> str:
        """The SIP password of every phone."""
        return self._keys.phones

    @property
    def cel_csv(self) -> Path:
        return self.run_dir / "log" / "cel-custom" / "trunkline-cel.csv"

    @property
    def cdr_csv(self) -> Path:
        return self.run_dir / "log" / "cdr-custom" / "trunkline-cdr.csv"

    @property
    def queue_log(self) -> Path:
        return self.run_dir / "log" / "queue_log"

    @property
    def log(self) -> Path:
        return self.run_dir / "log" / "messages.log"

    @property
    def pid(self) -> int | None:
        """Asterisk's process id while it runs."""
        return self._process.pid if self.alive and self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    # ---- its life ----------------------------------------------------------------------------

    async def start_again(self) -> None:
        """Start in the same run folder, on the same ports, with the same secrets."""
        if self.alive:
            raise LabError("this Asterisk is already running")
        # Left by a kill; a new Asterisk would think that another is running.
        for name in ("asterisk.ctl", "asterisk.pid"):
            (self.run_dir / "run" / name).unlink(missing_ok=True)
        with _Readiness(self.run_dir / "run" / "ready") as ready:
            with (self.run_dir / "log" / "console.log").open("ab") as console:
                self._process = await spawn(
                    [*self._runtime.argv, "-C", str(self._conf), "-f", "-q"],
                    output=console,
                    cwd=self.run_dir,
                    env=os.environ | {"NOTIFY_SOCKET": str(ready.path), "HOME": str(self.run_dir)},
                )
            await self._until_booted(ready)

    async def stop(self) -> None:
        """End it, its calls with it; give its ports back and remove its folder unless it is kept."""
        await self.halt()
        self.ports.release()
        self._folder.release()

    async def halt(self) -> None:
        """End it as `core stop now` does, but keep folder and ports for `start_again`."""
        if self._process is not None and self._process.returncode is None:
            await end(self._process, grace_s=_STOP_GRACE_S)
        self._process = None

    async def kill9(self) -> None:
        """Pull the plug: no CDR, no goodbye. `start_again` brings it back."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._process = None

    async def wait(self) -> int:
        """Until Asterisk ends, by whatever cause; its exit status."""
        return await self._process.wait() if self._process is not None else 0

    async def reload(self, module: str = "") -> None:
        """Read the configuration again, of all modules or of one."""
        await self.cli(f"module reload {module}".strip() if module else "core reload")

    async def cli(self, command: str) -> str:
        """The answer of Asterisk's console to `command`.

        Raises:
            LabError: Asterisk does not answer.
        """
        process = await spawn(
            [*self._runtime.argv, "-C", str(self._conf), "-r", "-x", command],
            output=asyncio.subprocess.PIPE,
            cwd=self.run_dir,
            env=os.environ | {"HOME": str(self.run_dir)},
        )
        try:
            async with asyncio.timeout(_CLI_DEADLINE_S):
                output, _ = await process.communicate()
        except TimeoutError:
            await end(process, grace_s=0.1)
            raise LabError(
                f"Asterisk did not answer `{command}` in {_CLI_DEADLINE_S:g} s"
            ) from None
        text = output.decode("utf-8", "replace")
        if process.returncode != 0:
            raise LabError(f"Asterisk's console refused `{command}`: {text.strip()}")
        return text

    async def channels(self) -> int:
        """How many channels live now."""
        found = re.search(r"(\d+) active channel", await self.cli("core show channels count"))
        return int(found.group(1)) if found else 0

    def console_argv(self, *words: str) -> list[str]:
        """The command line of an interactive console, for people."""
        return [*self._runtime.argv, "-C", str(self._conf), "-r", *words]

    # ---- inside ------------------------------------------------------------------------------

    @property
    def _conf(self) -> Path:
        return self.run_dir / "etc" / "asterisk.conf"

    async def _until_booted(self, ready: _Readiness) -> None:
        assert self._process is not None  # noqa: S101 -- for the type checker
        died = asyncio.create_task(self._process.wait())
        booted = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait(
                (died, booted),
                timeout=self.settings.boot_deadline_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not booted.done():
                raise StartError(self._why_not(died=died.done()))
        finally:
            for task in (died, booted):
                task.cancel()
            await asyncio.gather(died, booted, return_exceptions=True)

    def _why_not(self, *, died: bool) -> str:
        lines = []
        for name in ("messages.log", "console.log"):
            with suppress(OSError):
                lines += (
                    (self.run_dir / "log" / name).read_text("utf-8", "replace").splitlines()[-8:]
                )
        what = "ended at once" if died else f"was not up after {self.settings.boot_deadline_s:g} s"
        return f"Asterisk {what}; it said: " + (" / ".join(lines) or "nothing")


class _Readiness:
    """Asterisk's own word that it takes calls: systemd's protocol, a datagram with READY=1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self.path.unlink(missing_ok=True)

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        while b"READY=1" not in await loop.sock_recv(self._socket, 4096):
            pass
