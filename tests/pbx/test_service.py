"""The command line and the whole service beside a real Asterisk: it runs, says what is wrong, ends cleanly."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from trunkline import demo
from trunkline.service import PortTakenError
from trunkline.smoke import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lab.pbx import Asterisk

pytestmark = pytest.mark.pbx


class Place:
    """A folder with settings for a service beside a lab, and the command to run there."""

    def __init__(self, folder: Path, pbx: Asterisk) -> None:
        self.folder = folder
        self.file = folder / "trunkline.toml"
        self.pbx = pbx
        self.write()

    def write(self, **changes: str) -> None:
        values = {
            "name": self.pbx.systemname,
            "port": str(self.pbx.ami_port),
            "secret": self.pbx.ami_secret,
            "web_port": "0",
            "live_port": "0",
            "cel_csv": str(self.pbx.cel_csv),
            **changes,
        }
        self.file.write_text(
            f"""
            [pbx]
            name = "{values["name"]}"
            port = {values["port"]}
            secret = "{values["secret"]}"
            cel_csv = "{values["cel_csv"]}"
            cdr_csv = "{self.pbx.cdr_csv}"
            queue_log = "{self.pbx.queue_log}"
            [web]
            port = {values["web_port"]}
            [live]
            port = {values["live_port"]}
            [store]
            url = "sqlite+aiosqlite:///{self.folder / "trunkline.db"}"
            """
        )

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from trunkline.cli import main; main()", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "200"},
        )

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        process = await self.start(*arguments)
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
        """The service as a process of its own, and where its pages are."""
        process = await self.start("serve")
        assert process.stderr is not None
        try:
            async with asyncio.timeout(20):
                while b"service_started" not in (line := await process.stderr.readline()):
                    assert line, "the service ended"
            yield line.decode().split("web=")[1].split()[0], process
        finally:
            if process.returncode is None:
                process.terminate()
                await process.communicate()


@pytest.fixture
async def place(tmp_path: Path, pbx: Asterisk) -> Place:
    made = Place(tmp_path, pbx)
    assert (await made.run("db", "upgrade"))[0] == 0
    return made


async def test_a_user_is_added_and_signs_in(place: Place) -> None:
    code, out, _ = await place.run(
        *("user", "add", "anna", "--role", "agent", "--extension", "1001", "--team", "Front office")
    )
    assert code == 0
    password = out.split("password: ")[1].strip()
    assert "anna" in (await place.run("user", "list"))[1]
    async with place.serving() as (url, process):
        body = {"login": "anna", "password": password}
        async with aiohttp.ClientSession(headers={"Origin": url}) as web:
            async with web.post(f"{url}/api/v1/session", json=body) as response:
                assert (await response.json())["extension"] == "1001"
            async with web.get(f"{url}/health") as response:
                assert (await response.json())["status"] == "ok"
        process.terminate()
        assert await process.wait() == 0


async def test_a_second_user_of_that_name_is_refused_in_a_sentence(place: Place) -> None:
    assert (await place.run("user", "add", "anna"))[0] == 0
    code, _, err = await place.run("user", "add", "anna")
    assert code == 1
    assert err.startswith("trunkline: ")
    assert "Traceback" not in err


async def test_a_database_that_was_never_made_says_what_to_run(
    tmp_path: Path, pbx: Asterisk
) -> None:
    code, _, err = await Place(tmp_path, pbx).run("serve")
    assert code == 1
    assert "trunkline db upgrade" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("which", ["web_port", "live_port"])
async def test_a_port_in_use_names_the_setting(place: Place, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place.write(**{which: str(taken.getsockname()[1])})
        code, _, err = await place.run("serve")
    assert code == 1
    assert f"set {which.replace('_', '.')}" in err
    assert "Traceback" not in err


async def test_the_demo_on_a_port_in_use_says_how_to_take_another() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortTakenError, match="make run PORT="),
    ):
        await demo.show(port=taken.getsockname()[1], calls_per_minute=0)


async def test_settings_that_are_wrong_are_listed_together(place: Place) -> None:
    place.file.write_text("[web]\nport = 99999\n[pbx]\nhots = 'x'\n")
    code, _, err = await place.run("serve")
    assert code == 1
    assert "web.port" in err
    assert "pbx.hots" in err


async def test_a_wrong_secret_is_said_once_and_the_pages_stay_up(place: Place) -> None:
    place.write(secret="wrong")
    process = await place.start("serve")
    assert process.stderr is not None
    said = []
    async with asyncio.timeout(20):
        while b"pbx_not_connected" not in (line := await process.stderr.readline()):
            assert line
            said.append(line)
    assert b"manager.conf" in line
    process.terminate()
    _, rest = await process.communicate()
    assert b"pbx_not_connected" not in rest  # no second try within seconds
    assert process.returncode == 0


async def test_doctor_is_content_with_a_lab(place: Place) -> None:
    code, out, _ = await place.run("doctor")
    assert "AMI rights" in out
    assert "mend" not in out.replace("what to do", ""), out
    assert code == 0


async def test_doctor_says_what_to_change(place: Place, tmp_path: Path) -> None:
    place.write(name="other", cel_csv=str(tmp_path / "none.csv"))
    code, out, _ = await place.run("doctor")
    assert code == 1
    assert "systemname" in out
    assert "cel_custom.conf" in out


async def test_doctor_tells_an_unreachable_pbx(place: Place) -> None:
    await place.pbx.halt()
    code, out, _ = await place.run("doctor")
    assert code == 1
    assert "manager.conf" in out


async def test_calls_that_came_while_the_service_was_down_are_filled_in_once(place: Place) -> None:
    from lab import behaviour, sip  # noqa: PLC0415

    await place.run("user", "add", "boss", "--role", "admin", "--password", "correct horse battery")
    async with sip.Phones.playing(place.pbx, default=behaviour.answers(0.1)):
        async with place.serving():
            await sip.call(place.pbx, sip.Caller("+442079460110", talk_s=0.3))
            await sip.all_over(place.pbx)
        await sip.call(place.pbx, sip.Caller("+442079460110", number="+12125550199", talk_s=0.3))
        await sip.all_over(place.pbx)
        for _ in range(2):
            async with place.serving() as (url, _process), _signed_in(url) as web:
                rows = await _until_logged(web, url, 2)
                recovered = [row["number_raw"] for row in rows if row["recovered"]]
                assert recovered == ["+12125550199"]
                assert [row["result"] for row in rows] == ["answered", "answered"]


@asynccontextmanager
async def _signed_in(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": url}) as web:
        body = {"login": "boss", "password": "correct horse battery"}
        async with web.post(f"{url}/api/v1/session", json=body) as response:
            assert response.status == 200
        yield web


async def _until_logged(
    web: aiohttp.ClientSession, url: str, count: int
) -> list[dict[str, object]]:
    async with asyncio.timeout(20):
        while True:
            async with web.get(f"{url}/api/v1/calls") as response:
                rows: list[dict[str, object]] = (await response.json())["items"]
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.1)


async def test_the_demo_pops_a_known_caller_with_his_card() -> None:
    from lab import sip  # noqa: PLC0415

    async with demo.running() as alive, Desk(alive, "agent1") as desk:
        await sip.call(alive.pbx, sip.Caller("+442079460110", "+12125550140", talk_s=0.5))
        await sip.all_over(alive.pbx)
        assert len(desk.popped) == 1
        (row,) = (await desk.get("/api/v1/calls"))["items"]
        assert row["customer"]["name"] == "Example Caller"
