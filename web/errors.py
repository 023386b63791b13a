"""Errors only the web knows: a stranger's request, a body that does not fit, a key used twice.

Does not say how they look on the wire; `web.api.problems` does.
"""

from __future__ import annotations

from callcore.errors import BadValueError, TrunklineError, UnauthenticatedError


class NotSignedInError(UnauthenticatedError):
    """No session, or one that has ended."""

    code = "not-signed-in"


class CrossSiteError(TrunklineError):
    code = "cross-site"


class WrongHostError(TrunklineError):
    code = "wrong-host"


class BodyTooLargeError(TrunklineError):
    code = "body-too-large"


class BadRequestError(TrunklineError):
    code = "bad-request"


class MethodNotAllowedError(TrunklineError):
    code = "method-not-allowed"


class KeyReusedError(TrunklineError):
    """An Idempotency-Key came again with another request."""

    code = "key-reused"


class InvalidRequestError(BadValueError):
    """Fields of a request that do not fit; `errors` in the data lists them."""
