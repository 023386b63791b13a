"""A block of ports of its own for every lab, so that several run side by side.

Ports lie below the kernel's ephemeral range: no outgoing connection takes one while Asterisk restarts.
Does not keep sockets open; a lock on a file says that a block is taken, and ends with the process.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import StartError

_FIRST = 10_000
_BLOCK = 200
_BLOCKS = 30
_CALLERS = 80
_RTP_FIRST = 17_000
_RTP_BLOCK = 1_500
_RTP_BLOCKS = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """The numbers of one lab. `callers` are what the trunk may call from, `players` is for phones."""

    block: int
    sip: int
    ami: int
    ami_tls: int
    http: int
    trunk: int
    callers: range
    players: range
    rtp_first: int
    rtp_last: int
    lock: int = field(repr=False, compare=False)

    def release(self) -> None:
        """Give the block back."""
        with suppress(OSError):
            os.close(self.lock)


def take_ports() -> Ports:
    """Reserve the first free block.

    Raises:
        StartError: all blocks are taken.
    """
    folder = Path(tempfile.gettempdir()) / f"trunkline-lab-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for number in range(_BLOCKS):
        lock = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        ports = _block(number, lock)
        if _all_free(ports):
            return ports
        os.close(lock)
    raise StartError(
        f"no free ports between {_FIRST} and {_FIRST + _BLOCK * _BLOCKS}: stop other labs first"
    )


def is_free(port: int) -> bool:
    """Whether `port` can be bound on loopback now, TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As Asterisk does it: a connection of the last run in TIME_WAIT is no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _block(number: int, lock: int) -> Ports:
    base = _FIRST + number * _BLOCK
    rtp = _RTP_FIRST + (number % _RTP_BLOCKS) * _RTP_BLOCK
    return Ports(
        block=number,
        sip=base,
        ami=base + 1,
        ami_tls=base + 2,
        http=base + 3,
        trunk=base + 4,
        callers=range(base + 10, base + 10 + _CALLERS),
        players=range(base + 10 + _CALLERS, base + _BLOCK),
        rtp_first=rtp,
        rtp_last=rtp + _RTP_BLOCK - 1,
        lock=lock,
    )


def _all_free(ports: Ports) -> bool:
    single = (ports.sip, ports.ami, ports.ami_tls, ports.http, ports.trunk)
    return all(is_free(port) for port in (*single, *ports.callers, *ports.players))
