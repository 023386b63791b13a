"""Where the PBX is and how we sign in to it.

Reads neither files nor the environment: trunkline.settings does and hands these values in.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from callcore.errors import BadValueError

if TYPE_CHECKING:
    from pathlib import Path

    from callcore.ids import PbxId


@dataclass(frozen=True, slots=True)
class Tls:
    """Verified TLS, always: by the system's authorities, or by those in `ca_file` alone."""

    ca_file: Path | None = None
    check_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """The client side of such a connection.

        Raises:
            BadValueError: `ca_file` is not there or holds no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadValueError(
                f"The certificate file {self.ca_file} cannot be used: {error}. "
                "Name a PEM file that holds the authority's certificate.",
            ) from error
        context.check_hostname = self.check_hostname
        return context


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """One PBX. `pbx` is the `systemname` of its asterisk.conf; the waits are in seconds."""

    pbx: PbxId
    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "trunkline"
    secret: str = field(default="", repr=False)
    auth: Literal["md5", "plain"] = "md5"
    tls: Tls | None = None
    connect_deadline_s: float = 10.0
    ping_every_s: float = 5.0
    pong_deadline_s: float = 5.0
    snapshot_deadline_s: float = 15.0
    backoff_first_s: float = 0.2
    backoff_most_s: float = 15.0
    refused_retry_s: float = 60.0
    inbox_size: int = 2_000
