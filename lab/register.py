"""A telephone signs in at the PBX: SIP REGISTER with digest (RFC 3261 §10, RFC 2617).

Does not answer calls; whoever listens at the contact's port does.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEADLINE_S = 10.0
_T1_S = 0.5  # RFC 3261 §17.1.2.2: over UDP a request is said again until it is answered
EXPIRES_S = 3600
_CHALLENGE = re.compile(r'(realm|nonce|opaque|qop)="?([^",]*)"?')


class _Replies(asyncio.DatagramProtocol):
    """Hands each answer to whoever waits for its Call-ID and CSeq."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, int], asyncio.Future[str]] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        text = data.decode("utf-8", "replace")
        call = re.search(r"(?im)^Call-ID:\s*(\S+)", text)
        cseq = re.search(r"(?im)^CSeq:\s*(\d+)", text)
        future = self.waiting.get((call[1], int(cseq[1]))) if call and cseq else None
        if future is not None and not future.done():
            future.set_result(text)


async def register(
    users: Iterable[str],
    *,
    secret: str,
    sip_port: int,
    contact_port: int,
    expires_s: int = EXPIRES_S,
) -> None:
    """Say that each of `users` is reached at `contact_port` of this machine.

    Raises:
        LabError: the PBX does not answer, or refuses.
    """
    loop = asyncio.get_running_loop()
    transport, replies = await loop.create_datagram_endpoint(
        _Replies, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", sip_port)
    )
    try:
        port = transport.get_extra_info("sockname")[1]
        await asyncio.gather(
            *(
                _Registration(transport, replies, user, secret, port, contact_port, expires_s).run()
                for user in users
            )
        )
    finally:
        transport.close()


class _Registration:
    def __init__(  # noqa: PLR0917 # one value a line of the request
        self,
        transport: asyncio.DatagramTransport,
        replies: _Replies,
        user: str,
        secret: str,
        port: int,
        contact_port: int,
        expires_s: int,
    ) -> None:
        self._transport = transport
        self._replies = replies
        self._user = user
        self._secret = secret
        self._port = port
        self._contact = f"<sip:{user}@127.0.0.1:{contact_port}>"
        self._expires_s = expires_s
        self._call_id = secrets.token_hex(8)
        self._uri = "sip:127.0.0.1"

    async def run(self) -> None:
        answer = await self._ask(1, "")
        if answer.startswith("SIP/2.0 401"):
            answer = await self._ask(2, f"Authorization: {self._digest(answer)}\r\n")
        if not answer.startswith("SIP/2.0 200"):
            raise LabError(f"phone {self._user} may not register: {answer.splitlines()[0]}")

    async def _ask(self, cseq: int, extra: str) -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._replies.waiting[self._call_id, cseq] = future
        aor = f"<sip:{self._user}@127.0.0.1>"
        request = (
            f"REGISTER {self._uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{self._call_id}{cseq};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {aor};tag={self._call_id}\r\nTo: {aor}\r\n"
            f"Call-ID: {self._call_id}\r\nCSeq: {cseq} REGISTER\r\nContact: {self._contact}\r\n"
            f"Expires: {self._expires_s}\r\n{extra}Content-Length: 0\r\n\r\n"
        ).encode()
        wait_s = _T1_S
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while True:
                    self._transport.sendto(request)
                    await asyncio.wait([future], timeout=wait_s)
                    if future.done():
                        return future.result()
                    wait_s *= 2
        except TimeoutError:
            raise LabError("the PBX does not answer SIP REGISTER") from None

    def _digest(self, challenge: str) -> str:
        found = dict(_CHALLENGE.findall(challenge))
        nonce, realm, cnonce = found["nonce"], found["realm"], secrets.token_hex(8)
        known = _md5(f"{self._user}:{realm}:{self._secret}")
        asked = _md5(f"REGISTER:{self._uri}")
        quality = "auth" if "auth" in found.get("qop", "") else ""
        middle = f"{nonce}:00000001:{cnonce}:auth" if quality else nonce
        value = (
            f'Digest username="{self._user}", realm="{realm}", nonce="{nonce}", uri="{self._uri}", '
            f'response="{_md5(f"{known}:{middle}:{asked}")}", algorithm=MD5'
        )
        if quality:
            value += f', qop=auth, nc=00000001, cnonce="{cnonce}"'
        if "opaque" in found:
            value += f', opaque="{found["opaque"]}"'
        return value


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
