"""The kinds of text a request may carry: one line, many lines, a telephone number.

Does not escape anything: what is stored is what was typed, and every page shows it as text.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

# Embeddings, overrides and isolates: they come along when people copy from other programs and can
# turn a name or a number round on the screen.
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _without_bidi_controls(value: object) -> object:
    return value.translate(_BIDI_CONTROLS) if isinstance(value, str) else value


def _no_control_characters(value: str) -> str:
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
        raise ValueError("This may not hold control characters or line breaks.")
    return value


def _only_line_breaks(value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if any(
        letter not in "\n\t" and unicodedata.category(letter) in {"Cc", "Cs"} for letter in value
    ):
        raise ValueError("This may not hold control characters.")
    return value


def _like_email(value: str) -> str:
    if value and (value.count("@") != 1 or value[0] == "@" or value[-1] == "@" or " " in value):
        raise ValueError("This is no e-mail address.")
    return value


_clean = BeforeValidator(_without_bidi_controls)
_one_line = AfterValidator(_no_control_characters)

# The constraints stand next to `str`, so that blanks are stripped before the length is judged.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    _clean,
    _one_line,
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _clean, _one_line]
Text = Annotated[
    str, StringConstraints(max_length=20_000), _clean, AfterValidator(_only_line_breaks)
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    _clean,
    _one_line,
    AfterValidator(_like_email),
]
Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    _clean,
    _one_line,
]
Login = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[\w.@+-]+$"),
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=500)]
NewPassword = Annotated[str, StringConstraints(min_length=10, max_length=256)]
Cursor = Annotated[str, StringConstraints(max_length=500, pattern=r"^[A-Za-z0-9_=.-]+$")]
