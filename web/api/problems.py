"""Errors on the wire: application/problem+json (RFC 9457) with our stable codes.

Does not log and does not choose between a page and JSON; web.failures does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from web.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

    from callcore.errors import TrunklineError
    from web.i18n import Language

STATUS: Mapping[str, int] = {
    "bad-value": 422,
    "not-found": 404,
    "forbidden": 403,
    "conflict": 409,
    "pbx": 502,
    "pbx-refused": 502,
    "pbx-unavailable": 503,
    "command-timeout": 504,
    "outcome-unknown": 504,
    "not-signed-in": 401,
    "unauthenticated": 401,
    "throttled": 429,
    "store": 503,
    "store-unavailable": 503,
    "store-busy": 503,
    "store-full": 503,
    "cross-site": 403,
    "wrong-host": 421,
    "body-too-large": 413,
    "key-reused": 422,
    "method-not-allowed": 405,
    "bad-request": 400,
    "error": 500,
}


def N_(sentence: str) -> str:  # noqa: N802 – gettext's own name for "translate later"
    return sentence


TITLES: Mapping[int, str] = {
    400: N_("The request could not be read"),
    401: N_("Not signed in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not possible here"),
    409: N_("Changed meanwhile"),
    413: N_("Too large"),
    421: N_("Unknown host"),
    422: N_("Something does not fit"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong here"),
    502: N_("The telephone system refused"),
    503: N_("Not available now"),
    504: N_("No answer in time"),
}

# What the bridge says of its link is for administrators; people at the pages get these.
_DETAILS: Mapping[str, str] = {
    "pbx-unavailable": N_("The telephone system cannot be reached now. Nothing was done."),
    "command-timeout": N_("The telephone system gave no answer in time. It may still happen."),
    "outcome-unknown": N_("The connection broke. Look whether it happened before you repeat it."),
}

_IN_GENERAL: Mapping[int, str] = {
    403: N_("Your role or your token does not allow this."),
    404: N_("There is nothing at this address."),
    409: N_("Somebody changed the same thing at the same moment. Load it again."),
    422: N_("Some fields do not fit."),
    500: N_("Something went wrong here. It has been noted; try again."),
}

# pydantic's kinds of mistake, in words that people read.
_MISTAKES: Mapping[str, str] = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("There is no such field."),
    "string_too_short": N_("This is too short."),
    "string_too_long": N_("This is too long."),
    "string_type": N_("This must be text."),
    "string_pattern_mismatch": N_("This holds characters that are not allowed."),
    "enum": N_("This is none of the possible values."),
    "literal_error": N_("This is none of the possible values."),
    "int_parsing": N_("This must be a whole number."),
    "int_type": N_("This must be a whole number."),
    "bool_parsing": N_("This must be yes or no."),
    "datetime_parsing": N_("This is no date and time."),
    "datetime_from_date_parsing": N_("This is no date and time."),
    "timezone_aware": N_("The time needs its zone, such as Z."),
    "uuid_parsing": N_("This is no id."),
    "greater_than_equal": N_("This number is too small."),
    "less_than_equal": N_("This number is too large."),
    "twice": N_("This came twice."),
    "json_invalid": N_("The body is no valid JSON."),
}


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    where: str = Field(description="body, query or path")
    field: str = Field(description="dotted name")
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable, `detail` is a sentence in the user's language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None
    current: dict[str, Any] | None = Field(None, description="after a conflict: how it is now")


def invalid(where: str, error: ValidationError) -> InvalidRequestError:
    """The error for a part of a request that does not fit its model."""
    mistakes = [
        {
            "where": where,
            "field": ".".join(str(part) for part in mistake["loc"]),
            "kind": mistake["type"],
            "message": mistake["msg"].removeprefix("Value error, "),
        }
        for mistake in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return InvalidRequestError(
        "Some fields do not fit. See which, and correct them.", errors=mistakes
    )


def problem(error: TrunklineError, language: Language) -> Problem:
    """`error` for the wire, in the user's language."""
    status = STATUS.get(error.code, 500)
    sentence = _DETAILS.get(error.code, error.message)
    if not language.speaks(sentence):  # it holds a name or a number: say it in general
        sentence = _IN_GENERAL.get(status, sentence)
    current = error.data.get("current")
    return Problem(
        type=f"urn:trunkline:problem:{error.code}",
        title=language.say(TITLES.get(status, TITLES[500])),
        status=status,
        detail=language.say(sentence),
        code=error.code,
        errors=_field_problems(error.data.get("errors"), language),
        current=current if isinstance(current, dict) else None,
    )


def _field_problems(mistakes: object, language: Language) -> list[FieldProblem] | None:
    if not isinstance(mistakes, list):
        return None
    return [
        FieldProblem(
            where=mistake["where"],
            field=mistake["field"],
            message=language.say(_MISTAKES.get(mistake["kind"], mistake["message"])),
        )
        for mistake in mistakes
    ]
