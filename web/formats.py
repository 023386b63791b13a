"""How numbers, times and telephone numbers look to a person.

Does not translate sentences. Telephone numbers that cannot be read stay as they came.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import phonenumbers
from babel import dates, numbers

if TYPE_CHECKING:
    from babel import Locale


@lru_cache(maxsize=10_000)
def phone(number: str, region: str) -> str:
    """An E.164 number as people of `region` write it: national at home, international elsewhere."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    home = phonenumbers.country_code_for_region(region) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if home else form.INTERNATIONAL)


def duration(seconds: float | None) -> str:
    """4:07, or 1:02:09 from an hour on; '' for none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(value: datetime | str | None) -> datetime | None:
    """The aware time behind `value`, which may be ISO text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if value else None
    return value.astimezone(UTC) if value else None


def date_time(value: datetime | str | None, locale: Locale, zone: str) -> str:
    at = moment(value)
    if at is None:
        return ""
    return dates.format_datetime(at, "medium", tzinfo=ZoneInfo(zone), locale=locale)


def date(value: datetime | str | None, locale: Locale, zone: str) -> str:
    at = moment(value)
    return dates.format_date(at.astimezone(ZoneInfo(zone)), "medium", locale=locale) if at else ""


def time(value: datetime | str | None, locale: Locale, zone: str) -> str:
    at = moment(value)
    return dates.format_time(at, "short", tzinfo=ZoneInfo(zone), locale=locale) if at else ""


def number(value: float, locale: Locale) -> str:
    return numbers.format_decimal(value, locale=locale)
