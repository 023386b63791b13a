"""Speaking into a call that sipp plays: hold, resume, transfer by the telephone's own keys (RFC 3261, 3515, 3891).

sipp's scenarios cannot do on command, so the request comes from beside, with the dialog's own tags.
Does not end calls; sipp or the PBX does.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from lab.errors import LabError

if TYPE_CHECKING:
    from lab.sipp import Heard, Sipp

_DEADLINE_S = 5.0
_MEDIA_PORT = 9  # the discard port: nobody listens there, nobody has to


@dataclass(slots=True)
class Dialog:
    """A telephone's side of an answered call."""

    call_id: str
    mine: str
    theirs: str
    target: str
    contact_port: int
    cseq: int = 100

    @classmethod
    def of(cls, sipp: Sipp, answered: Heard) -> Dialog:
        """The dialog of what sipp heard as `answered`."""
        _, mine, theirs, target = answered.fields
        return cls(answered.call, mine.strip(), theirs.strip(), target, sipp.port)

    async def hold(self) -> None:
        """Put the other side on hold: we still send, but listen no more."""
        await self._invite("sendonly")

    async def resume(self) -> None:
        await self._invite("sendrecv")

    async def transfer(self, number: str) -> None:
        """Blind: the other side is sent on to `number`."""
        await self._request("REFER", f"Refer-To: <sip:{number}@{self._host}>\r\n")

    async def join(self, consult: Dialog, number: str) -> None:
        """Attended: the other side takes our place in `consult`, the call to `number`."""
        replaces = quote(
            f"{consult.call_id};to-tag={_tag(consult.theirs)};from-tag={_tag(consult.mine)}"
        )
        await self._request(
            "REFER", f"Refer-To: <sip:{number}@{self._host}?Replaces={replaces}>\r\n"
        )

    @property
    def _host(self) -> str:
        return self.target.removeprefix("sip:").rpartition("@")[2].split(";")[0]

    async def _invite(self, direction: str) -> None:
        sdp = (
            "v=0\r\no=lab 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {_MEDIA_PORT} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na={direction}\r\n"
        )
        await self._request("INVITE", "Content-Type: application/sdp\r\n", sdp)

    async def _request(self, method: str, headers: str, body: str = "") -> None:
        """Send it, wait for the final answer, acknowledge that of an INVITE.

        Raises:
            LabError: no answer, or a refusal.
        """
        self.cseq += 1
        host, _, port = self._host.partition(":")
        loop = asyncio.get_running_loop()
        transport, answers = await loop.create_datagram_endpoint(
            _Answers, local_addr=("127.0.0.1", 0), remote_addr=(host, int(port or 5060))
        )
        try:
            ours = transport.get_extra_info("sockname")[1]
            transport.sendto(self._text(method, ours, headers, body).encode())
            status = await answers.final(method)
            if method == "INVITE":
                transport.sendto(self._text("ACK", ours, "", "").encode())
        finally:
            transport.close()
        if not 200 <= status < 300:
            raise LabError(f"the PBX answered {status} to {method}")

    def _text(self, method: str, port: int, headers: str, body: str) -> str:
        return (
            f"{method} {self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: {self.mine}\r\nTo: {self.theirs}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {self.cseq} {method}\r\n"
            f"Contact: <sip:lab@127.0.0.1:{self.contact_port}>\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        )


class _Answers(asyncio.DatagramProtocol):
    """What comes back; the first final status of a method can be awaited."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[str] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        self._came.put_nowait(data.decode("utf-8", "replace"))

    async def final(self, method: str) -> int:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while True:
                    found = re.match(r"SIP/2\.0 ([2-6]\d\d)", await self._came.get())
                    if found is not None:
                        return int(found[1])
        except TimeoutError:
            raise LabError(f"the PBX did not answer {method} within {_DEADLINE_S} s") from None


def _tag(header: str) -> str:
    found = re.search(r";tag=([^;\s]+)", header)
    if found is None:
        raise LabError(f"a dialog without a tag: {header!r}")
    return found[1]
