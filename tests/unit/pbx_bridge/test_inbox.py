"""The inbox keeps order, drops nothing, and stops the socket when it is full."""

from __future__ import annotations

import asyncio

import pytest

from callcore.errors import PbxUnavailableError
from pbx_bridge.inbox import Inbox


class Socket:
    """Counts what the inbox asks of it."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def inbox(self, size: int) -> Inbox:
        return Inbox(size, lambda: self.said.append("pause"), lambda: self.said.append("resume"))


async def test_a_full_inbox_pauses_and_a_half_read_one_resumes() -> None:
    socket = Socket()
    inbox = socket.inbox(4)
    for number in range(6):  # two more came in the same read
        inbox.put({"n": str(number)})
    assert (socket.said, inbox.paused, len(inbox)) == (["pause"], True, 6)
    read = [(await inbox.get())["n"] for _ in range(3)]
    assert socket.said == ["pause"]
    read.append((await inbox.get())["n"])
    assert (socket.said, inbox.paused) == (["pause", "resume"], False)
    assert read == ["0", "1", "2", "3"]


async def test_who_waits_is_woken_by_the_next_message() -> None:
    inbox = Socket().inbox(4)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put({"n": "1"})
    assert await waiting == {"n": "1"}


async def test_what_came_before_the_end_is_still_read() -> None:
    inbox = Socket().inbox(4)
    inbox.put({"n": "1"})
    inbox.end("the cable was pulled")
    assert await inbox.get() == {"n": "1"}
    with pytest.raises(PbxUnavailableError, match="the cable was pulled"):
        await inbox.get()


async def test_the_end_wakes_who_waits() -> None:
    inbox = Socket().inbox(4)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.end("gone")
    with pytest.raises(PbxUnavailableError):
        await waiting
