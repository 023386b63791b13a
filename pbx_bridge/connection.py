"""One AMI link, from connect to drop, on a hardened panoramisk. The only module that knows panoramisk.

Never reconnects (the bridge opens a new one), never sends anything twice, knows no event's meaning.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from callcore.errors import (
    CommandTimeoutError,
    OutcomeUnknownError,
    PbxError,
    PbxRefusedError,
    PbxUnavailableError,
)
from pbx_bridge.errors import LogInRefusedError, UntrustedError
from pbx_bridge.inbox import Inbox
from pbx_bridge.wire import Framer, serialise

if TYPE_CHECKING:
    from pbx_bridge.settings import BridgeSettings
    from pbx_bridge.wire import Headers, Message

log = logging.getLogger(__name__)

EVENT_CLASSES = "system,call,agent,user"
"""What we subscribe to; the rest (dialplan steps, RTCP, CDR …) would only cost."""

_MOST_UNSENT_BYTES = 64 * 1024


class PendingAction(Action):  # type: ignore[misc] # panoramisk is untyped
    """An action that was sent; collects its answer.

    The answer is the response alone, or with the items of a list up to its `Complete`, or with the
    event named `until`.
    """

    def __init__(self, name: str, action_id: str, until: str | None) -> None:
        super().__init__({"Action": name, "ActionID": action_id})
        self.until = until
        self.in_list = False

    def add_message(self, message: Message) -> bool:
        """Take one more message; True when the answer is whole."""
        if self.future.done():
            return True
        self.responses.append(message)
        if self._whole(message):
            self.future.set_result(self.responses)
            return True
        return False

    def _whole(self, message: Message) -> bool:
        if "Event" in message:  # OriginateResponse is an event that has a `Response` too
            if self.in_list:
                return message.get("EventList", "").lower() in {"complete", "cancelled"}
            return message["Event"] == self.until
        refused = message.get("Response") not in {"Success", "Follows", "Goodbye"}
        self.in_list = message.get("EventList", "").lower() == "start"
        return refused or not (self.in_list or self.until)


class Protocol(AMIProtocol):  # type: ignore[misc] # panoramisk is untyped
    """panoramisk's protocol with framing, sending and ending done anew."""

    def __init__(self, inbox_size: int) -> None:
        self.closed = False
        self.framer = Framer()
        self.banner: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.inbox_size = inbox_size
        self.responses: dict[str, PendingAction] = {}

    def connection_made(self, transport: Any) -> None:  # a Transport; panoramisk's own has no type
        self.transport: Any = transport
        self.inbox = Inbox(
            self.inbox_size, self.transport.pause_reading, self.transport.resume_reading
        )

    def send(self, data: tuple[PendingAction, bytes], as_list: object = None) -> Any:  # noqa: ARG002 # panoramisk's signature
        """Write an action's bytes: once, now or never."""
        action, wire = data
        if self.closed or self.transport.is_closing():
            raise PbxUnavailableError("There is no connection to the PBX now. Nothing was sent.")
        if self.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            raise PbxUnavailableError("The PBX does not read what we send. Nothing was sent.")
        self.responses[action.id] = action
        self.transport.write(wire)
        return action.future

    def data_received(self, data: bytes) -> None:
        try:
            messages = self.framer.feed(data)
        except PbxError as error:
            _fail(self.banner, error)
            self.end(error.message)
            return
        if self.framer.version is not None and not self.banner.done():
            self.banner.set_result(None)
        for message in messages:
            self.handle_message(message)

    def handle_message(self, message: Message) -> None:
        """Hand a message to the action it answers, or on, or (`OriginateResponse`) both."""
        action = self.responses.get(message.get("ActionID", ""))
        if action is not None:
            if action.add_message(message):
                self.responses.pop(action.id, None)
            if action.in_list:
                return
        if "Event" in message:
            self.inbox.put(message)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.end(f"The connection to the PBX dropped ({exc or 'closed by the PBX'}).")

    def end(self, reason: str) -> None:
        """Close and let nobody wait any longer."""
        if self.closed:
            return
        self.closed = True
        self.transport.close()
        for action in self.responses.values():
            name = action["Action"]
            unknown = f"Whether {name} was carried out is not known; it is not sent again."
            _fail(action.future, OutcomeUnknownError(f"{reason} {unknown}", action=name))
        self.responses.clear()
        _fail(self.banner, PbxUnavailableError(reason))
        self.inbox.end(reason)

    def close(self) -> None:
        self.end("The connection to the PBX was closed.")


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # nobody may be waiting, and that is fine


class Connection(Manager):  # type: ignore[misc] # panoramisk is untyped
    """panoramisk's manager for one link: `open`, `ask` and `next` until `PbxUnavailableError`."""

    protocol: Protocol | None

    def __init__(self, settings: BridgeSettings) -> None:
        super().__init__(
            host=settings.host,
            port=settings.port,
            ssl=settings.tls.context() if settings.tls else False,
            protocol_factory=lambda: Protocol(settings.inbox_size),
            loop=asyncio.get_running_loop(),
            log=log,
        )
        self.settings = settings
        self._ids = uuid4().hex[:12]
        self._sent = 0

    @property
    def version(self) -> str:
        """The protocol version of the banner, e.g. `11.0.0`."""
        return (self.protocol.framer.version if self.protocol else None) or ""

    @property
    def inbox(self) -> Inbox:
        return self._link().inbox

    @property
    def is_open(self) -> bool:
        return self.protocol is not None and not self.protocol.closed

    async def open(self) -> None:
        """Connect and sign in, with no events yet.

        Raises:
            PbxUnavailableError: nobody there, or no answer in time.
            NotAmiError, UntrustedError: somebody else there.
            LogInRefusedError: name, secret or address not accepted.
        """
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            async with asyncio.timeout(self.settings.connect_deadline_s):
                _, self.protocol = await self.connect()
                await self._link().banner
                await self._log_in()
        except TimeoutError as error:
            self.close()
            raise PbxUnavailableError(
                f"No answer from the PBX at {where} within {self.settings.connect_deadline_s:g} s. "
                "Is Asterisk up, and is this its AMI port?",
            ) from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise UntrustedError(
                f"The certificate of the PBX at {where} is not trusted: {error.verify_message}. "
                "Name the file of the authority that signed it in the settings, and the host as "
                "the certificate has it.",
            ) from error
        except OSError as error:
            self.close()
            raise PbxUnavailableError(
                f"The PBX at {where} cannot be reached: {error.strerror or error}. "
                "Is Asterisk up, and `enabled = yes` in manager.conf?",
            ) from error
        except BaseException:
            self.close()
            raise

    async def _log_in(self) -> None:
        name, secret = self.settings.username, self.settings.secret
        proof: Headers = (("Secret", secret),)
        try:
            if self.settings.auth == "md5":
                (challenge,) = await self.ask((("Action", "Challenge"), ("AuthType", "MD5")))
                text = challenge.get("Challenge", "") + secret
                key = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
                proof = (("AuthType", "MD5"), ("Key", key))
            await self.ask((("Action", "Login"), ("Username", name), *proof, ("Events", "off")))
        except PbxRefusedError as error:
            raise LogInRefusedError(
                f"Asterisk refuses the log-in of '{name}' ({error.data.get('said')}). Compare the "
                f"secret with manager.conf, section [{name}], see that its `permit` lines hold "
                "this machine's address, then `manager reload`.",
                username=name,
            ) from error
        except OutcomeUnknownError as error:
            raise PbxUnavailableError("The PBX hung up while we signed in.") from error

    async def ask(
        self,
        headers: Headers,
        *,
        until: str | None = None,
        deadline_s: float = 5.0,
    ) -> list[Message]:
        """Send one action and wait for its whole answer.

        Raises:
            BadValueError, PbxUnavailableError: nothing was sent.
            PbxRefusedError: Asterisk said no; `said` is its sentence.
            CommandTimeoutError, OutcomeUnknownError: it may have happened, or still happen.
        """
        link = self._link()
        self._sent += 1
        name, action_id = headers[0][1], f"{self._ids}-{self._sent}"
        action = PendingAction(name, action_id, until)
        wire = serialise((*headers, ("ActionID", action_id)))
        try:
            async with asyncio.timeout(deadline_s):
                answer: list[Message] = await link.send((action, wire))
        except TimeoutError as error:
            raise CommandTimeoutError(
                f"Asterisk did not answer {name} within {deadline_s:g} s; it may still happen.",
                action=name,
            ) from error
        finally:
            link.responses.pop(action_id, None)
        if answer[0].get("Response") == "Error":
            said = answer[0].get("Message", "")
            raise PbxRefusedError(f"Asterisk refused {name}: {said}", action=name, said=said)
        return answer

    async def subscribe(self) -> None:
        """From here on events come to `next`."""
        await self.ask((("Action", "Events"), ("EventMask", EVENT_CLASSES)))

    async def next(self) -> Message:
        """The next event, in Asterisk's order.

        Raises:
            PbxUnavailableError: the link is down and all it brought was read.
        """
        return await self.inbox.get()

    async def watch(self) -> None:
        """Ping until the link is down; end one that answers no more (half-open, stalled)."""
        settings, link = self.settings, self._link()
        while not link.closed:
            await asyncio.sleep(settings.ping_every_s)
            pauses = link.inbox.pauses
            if link.inbox.paused:
                continue  # we are the slow side: a Pong could not be read
            try:
                (pong,) = await self.ask((("Action", "Ping"),), deadline_s=settings.pong_deadline_s)
            except CommandTimeoutError:
                if link.inbox.pauses == pauses:
                    link.end(f"The PBX has not answered a ping for {settings.pong_deadline_s:g} s.")
            except PbxError as error:
                link.end(error.message)
            else:
                if pong.get("Ping") != "Pong":
                    link.end("The PBX answered a ping with something else.")

    def close(self) -> None:
        if self.protocol is not None:
            self.protocol.close()

    def _link(self) -> Protocol:
        if self.protocol is None:
            raise PbxUnavailableError("There is no connection to the PBX now. Nothing was sent.")
        return self.protocol

    def connection_made(self, future: asyncio.Future[Any]) -> None:
        """Panoramisk would log in and start its own pings here: `open` does that, in order."""
