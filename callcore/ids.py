"""The names things go by: PBX, channel, call, leg, agent.

Does not generate random ids: everything here is derived from what Asterisk says, so that a replay
or a recovery after a crash names the same call by the same id.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid5

PbxId = NewType("PbxId", str)
"""Asterisk's `systemname`; unique in one installation."""

Uniqueid = NewType("Uniqueid", str)
"""A channel's id as Asterisk gives it, the part after the dot included."""

Linkedid = NewType("Linkedid", str)
"""The id that Asterisk lets related channels share; it changes when calls are joined."""

CallId = NewType("CallId", str)
"""Our id of one conversation, from the first ring to the last hang-up; stable through transfers."""

Extension = NewType("Extension", str)
"""The endpoint name of an agent's phone, e.g. `1001` for `PJSIP/1001`."""

QueueName = NewType("QueueName", str)

_CALL_NAMESPACE = UUID("6b1f0a52-53a1-4c8e-9c6e-0d6a1f4f1a90")


def call_id(pbx: PbxId, linkedid: Linkedid) -> CallId:
    """The id of the call that began with `linkedid`; the same on every replay and recovery."""
    return CallId(str(uuid5(_CALL_NAMESPACE, f"{pbx}/{linkedid}")))
