"""What a browser is told when it comes in, or comes back after too long.

Does not send it; the hub asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callcore.ports import LiveFloor, Pbx
    from screenpop.pops import Pops
    from trunkline.directory import Directory


class Snapshots:
    """The pops on a user's screen, his telephone, the queues and the line to the PBX."""

    def __init__(self, pops: Pops, floor: LiveFloor, pbx: Pbx, directory: Directory) -> None:
        self._pops = pops
        self._floor = floor
        self._pbx = pbx
        self._directory = directory

    def of(self, user_id: str) -> Mapping[str, Any]:
        """JSON-able but for times, enums and pops, which screenpop encodes."""
        extension = self._directory.extension_of(user_id)
        phone = self._floor.phones.get(extension) if extension else None
        return {
            "pops": self._pops.of(user_id),
            "phone": {"extension": extension, "state": phone} if extension else None,
            "pbx": {"connected": self._pbx.connected, "since": self._floor.stale_since},
            "queues": [
                {"queue": queue, "waiting": waiting}
                for queue, waiting in self._floor.waiting.items()
            ],
        }
