"""Text as the store keeps it and as it is searched: cleaned at the door, folded for comparison.

Does not look anything up; both databases get the same words from here, so that they find the same.
"""

from __future__ import annotations

import re
import unicodedata

_FOLDS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")
_NUMBERLIKE = re.compile(r"\+?[\d\s().\-/]*\d[\d\s().\-/]*")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str, limit: int) -> str:
    """`text` as a database can keep it: no NUL, no lone surrogate, at most `limit` characters."""
    return _UNSTORABLE.sub("\ufffd", text)[:limit]


def line(text: str, limit: int) -> str:
    """One cleaned line, each run of white space made a blank."""
    return clean(" ".join(text.split()), limit)


def fold(text: str) -> str:
    """Letters and digits alone: no case, no accents, ё as е, words parted by one blank."""
    parts = unicodedata.normalize(
        "NFKD", text.casefold()
    )  # é becomes e and an accent, ё е and dots
    plain = "".join(c for c in parts if not unicodedata.combining(c)).casefold().translate(_FOLDS)
    return " ".join(_WORD.findall(plain))


def search_text(*texts: str) -> str:
    """The distinct words of `texts`, in order: what a search finds them by."""
    return " ".join(dict.fromkeys(word for text in texts for word in fold(text).split()))


def search_words(query: str) -> tuple[str, ...]:
    """The word beginnings somebody searches for; a number typed with blanks is one word."""
    query = query.strip()
    if _NUMBERLIKE.fullmatch(query):
        return (digits(query),)
    return tuple(dict.fromkeys(fold(query).split()))


def digits(text: str) -> str:
    """The ASCII digits of `text`."""
    return "".join(c for c in text if c in "0123456789")


def after_prefix(prefix: str) -> str:
    """The least text after all that begin with `prefix`, in code point order."""
    return prefix + "\U0010ffff"
