"""The one root of Trunkline's errors: a stable code, a sentence for people, data for machines.

TrunklineError
├── BadValueError          a value that may not go to the PBX or the store
├── NotFoundError          no such thing, or not for this user
├── ForbiddenError         the user may see it but not do this
├── ConflictError          somebody else changed it meanwhile
├── UnauthenticatedError   login and password, session or token don't hold
├── ThrottledError         too many tries; `retry_after_s` tells when again
├── PbxError
│   ├── PbxUnavailableError     no connection now; nothing was sent
│   ├── PbxRefusedError         Asterisk said no
│   ├── CommandTimeoutError     no outcome within the deadline; it may still happen
│   └── OutcomeUnknownError     the link dropped after sending; never sent again
└── StoreError                  nothing was written
    ├── StoreUnavailableError   the database doesn't answer
    ├── StoreBusyError          somebody else holds it too long
    └── StoreFullError          no room on its disk
"""

from __future__ import annotations

from typing import ClassVar


class TrunklineError(Exception):
    """What went wrong, in a sentence that says what to do; `data` for logs and problem+json."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class BadValueError(TrunklineError):
    code = "bad-value"


class NotFoundError(TrunklineError):
    code = "not-found"


class ForbiddenError(TrunklineError):
    code = "forbidden"


class ConflictError(TrunklineError):
    code = "conflict"


class UnauthenticatedError(TrunklineError):
    code = "unauthenticated"


class ThrottledError(TrunklineError):
    code = "throttled"


class PbxError(TrunklineError):
    code = "pbx"


class PbxUnavailableError(PbxError):
    code = "pbx-unavailable"


class PbxRefusedError(PbxError):
    code = "pbx-refused"


class CommandTimeoutError(PbxError):
    code = "command-timeout"


class OutcomeUnknownError(PbxError):
    code = "outcome-unknown"


class StoreError(TrunklineError):
    code = "store"


class StoreUnavailableError(StoreError):
    code = "store-unavailable"


class StoreBusyError(StoreError):
    code = "store-busy"


class StoreFullError(StoreError):
    code = "store-full"
