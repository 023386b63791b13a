"""Telephone numbers: from what the network or a person wrote to E.164, and back to something readable.

Does not judge whether a number is in service; only whether it can name one party in the world.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

_MIN_DIGITS = 7
"""Shorter ones are extensions and service codes: they name somebody else in each house."""


@lru_cache(maxsize=65536)
def normalise(raw: str, region: str) -> str | None:
    """E.164 of `raw` as dialled in `region` (ISO 3166), or None when it names nobody in particular.

    A national reading wins when it is a valid number; otherwise digits without a plus may be an
    international number, as many trunks send it.
    """
    text = raw.strip()
    if not text or len(text) > 40 or any(c.isalpha() for c in text):
        return None  # anonymous, withheld, unknown, a SIP name
    if sum(c.isdigit() for c in text) < _MIN_DIGITS:
        return None
    if text.startswith("+"):
        return _e164(_parse(text, region), possible=True)
    national = _parse(text, region)
    international = _parse("+" + text, region)
    return (
        _e164(national)
        or _e164(international)
        or _e164(national, possible=True)
        or _e164(international, possible=True)
    )


def display(e164: str, region: str) -> str:
    """As people of `region` write it: nationally at home, internationally abroad."""
    number = _parse(e164, region)
    if number is None:
        return e164
    at_home = number.country_code == phonenumbers.country_code_for_region(region)
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


@lru_cache(maxsize=65536)
def spellings(e164: str) -> tuple[str, str]:
    """Its digits as typed from abroad and at home: what a search by number compares with."""
    number = _parse(e164, "ZZ")
    if number is None:
        return e164.lstrip("+"), e164.lstrip("+")
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return e164.lstrip("+"), "".join(c for c in national if c.isdigit())


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber | None, *, possible: bool = False) -> str | None:
    if number is None:
        return None
    if not (_possible(number) if possible else phonenumbers.is_valid_number(number)):
        return None
    text = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    again = _parse(text, "ZZ")  # what doesn't read back as itself would match by accident
    if again is None or phonenumbers.format_number(again, PhoneNumberFormat.E164) != text:
        return None
    return text if _possible(again) else None


def _possible(number: PhoneNumber) -> bool:
    """Long enough to be dialled from anywhere: a number without its area code is another one elsewhere."""
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
