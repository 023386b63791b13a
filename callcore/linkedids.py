"""Which of several linkedids is the oldest: the one that names a call.

Does not know calls. Asterisk keeps the oldest linkedid when it bridges channels (`oldest_linkedid()`
in its main/channel.c); we order them the same way, so that every order of arrival, every replay and
every recovery from CEL names a call alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callcore.ids import Linkedid

_SECONDS_AND_COUNT = re.compile(r"([0-9]+)\.([0-9]+)\Z")


def age(linkedid: Linkedid) -> tuple[int, int, int, str]:
    """A sort key, the oldest first.

    `pbx-1700000000.12` is the twelfth channel since Asterisk started, made in that second. Ids that
    an Originate chose (`ChannelId`) tell no time and count as the youngest, as they do for Asterisk.
    """
    found = _SECONDS_AND_COUNT.search(linkedid)
    if found is None:
        return (1, 0, 0, linkedid)
    return (0, int(found[1][-18:]), int(found[2][-18:]), linkedid)


def oldest(linkedids: Iterable[Linkedid]) -> Linkedid:
    return min(linkedids, key=age)
