"""AMI's text: an action to bytes, bytes to messages. Pure.

Does not open sockets and does not know what a message means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callcore.errors import BadValueError
from pbx_bridge.errors import NotAmiError

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers: TypeAlias = "tuple[tuple[str, str], ...]"
"""An action's lines in order; the first is `Action`. A name may come twice (`Variable`)."""

Message: TypeAlias = "dict[str, str]"
"""A response or an event. A header that came several times has its values joined by LF."""

END = b"\r\n\r\n"
LONGEST_LINE = 1_000
"""Asterisk reads a line into 1,024 bytes and throws away what is longer."""
MOST_HEADERS = 120
"""Asterisk ignores headers after the 128th."""
LARGEST_MESSAGE = 1 << 20

_FORBIDDEN = frozenset("\r\n\0")
_BANNER = b"Asterisk Call Manager/"


def serialise(headers: Headers) -> bytes:
    """The bytes of one action: the only way any value gets to Asterisk.

    Raises:
        BadValueError: a value would break the line, add an action or a variable, or be cut.
    """
    if len(headers) > MOST_HEADERS:
        raise BadValueError(f"An action may have {MOST_HEADERS} headers, this has {len(headers)}.")
    return b"".join(map(_line, headers)) + b"\r\n"


def _line(header: tuple[str, str]) -> bytes:
    name, value = header
    if not name.isascii() or not name.isalnum():
        raise BadValueError("A header's name is made of letters and digits.", header=name)
    if not _FORBIDDEN.isdisjoint(value):
        raise BadValueError(
            f"The value of {name} holds a line break or a NUL; Asterisk would read on behind it.",
            header=name,
        )
    if name == "Variable" and "," in value:
        raise BadValueError(
            "A variable's value may hold no comma: Asterisk starts a new variable there.",
            header=name,
        )
    try:
        line = f"{name}: {value}\r\n".encode()
    except UnicodeEncodeError as error:
        raise BadValueError(f"The value of {name} is not text.", header=name) from error
    if len(line) > LONGEST_LINE:
        raise BadValueError(
            f"The value of {name} has {len(value.encode())} bytes; a line may have {LONGEST_LINE}.",
            header=name,
        )
    return line


class Framer:
    """Cuts the stream of one connection into messages, wherever TCP cut it before.

    Only whole messages are decoded, so a letter split between two segments stays whole; bytes that
    are not UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self.version: str | None = None
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completed.

        Raises:
            NotAmiError: there is no banner, or no end of a message in a megabyte.
        """
        data = self._rest + data
        if self.version is None:
            self._rest = data
            line, end, data = data.partition(b"\r\n")
            self._check_banner(line)
            if not end:
                return []
            self.version = line[len(_BANNER) :].decode("ascii", "replace").strip()
        *frames, self._rest = data.split(END)
        if len(self._rest) > LARGEST_MESSAGE:
            raise NotAmiError("The PBX sent a megabyte without the end of a message.")
        return [parse(frame) for frame in frames if frame.strip()]

    def _check_banner(self, line: bytes) -> None:
        if not line.startswith(_BANNER[: len(line)]) or len(line) > LONGEST_LINE:
            raise NotAmiError(
                "What answers there is not Asterisk's manager interface (AMI). "
                "Check host and port against manager.conf (`port`, or `tlsbindaddr` with TLS).",
                begins=line[:40].decode("ascii", "replace"),
            )


def parse(frame: bytes) -> Message:
    """One message; a line without `: ` is not a header and is left out."""
    lines = frame.decode("utf-8", "replace").split("\r\n")
    try:
        message = dict([line.split(": ", 1) for line in lines])  # 1.3× as fast
    except ValueError:
        return _merge(lines)
    return message if len(message) == len(lines) else _merge(lines)


def _merge(lines: Iterable[str]) -> Message:
    message: Message = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if colon:
            message[name] = f"{message[name]}\n{value}" if name in message else value
    return message
