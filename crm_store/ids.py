"""The names of what the store holds, and the one way to make a new one.

Call ids are not made here: they follow from what Asterisk says (callcore.ids).
"""

from __future__ import annotations

import secrets
import time
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", str)
TeamId = NewType("TeamId", str)
CustomerId = NewType("CustomerId", str)
ContactId = NewType("ContactId", str)
PhoneId = NewType("PhoneId", str)
InteractionId = NewType("InteractionId", str)
"""Of a call it is the call's id; of a note it is a new one."""
SessionId = NewType("SessionId", str)
TokenId = NewType("TokenId", str)


def new_id() -> str:
    """A UUID of version 7: unguessable, and young ones sort last, which keeps big indexes warm."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(UUID(int=value))
