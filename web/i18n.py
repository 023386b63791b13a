"""The languages people read: catalogs from web/locale, the choice of one for a request.

Does not format dates and numbers (web.formats does) and compiles nothing to disk: the .po files are
read at start.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel.messages.catalog import Catalog

LOCALES = Path(__file__).parent / "locale"
SOURCE = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "Français", "ru": "Русский"}
_PLURALS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "fr": ("one", "other"),
    "ru": ("one", "few", "many"),
}


@dataclass(frozen=True)
class Language:
    """One language with its sentences; `script_messages` are those that the page's scripts say."""

    code: str
    catalog: Catalog | None

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.code)

    @cached_property
    def translations(self) -> NullTranslations:
        if self.catalog is None:
            return NullTranslations()
        compiled = io.BytesIO()
        write_mo(compiled, self.catalog)
        compiled.seek(0)
        return Translations(compiled)

    def say(self, sentence: str) -> str:
        """`sentence` in this language, or as it is where nobody translated it."""
        return str(self.translations.gettext(sentence)) if sentence else ""

    def speaks(self, sentence: str) -> bool:
        """Whether this language has a word for `sentence`; the source has for all."""
        return self.catalog is None or sentence in self.catalog

    @cached_property
    def script_catalog(self) -> bytes:
        """JSON for the page's scripts: `{lang, plural: categories in the order of forms, messages}`."""
        messages: dict[str, str | list[str]] = {}
        for message in self.catalog or ():
            used_in_scripts = any(str(place).endswith(".js") for place, _ in message.locations)
            if message.id and used_in_scripts and message.string:
                key = message.id if isinstance(message.id, str) else message.id[0]
                messages[key] = (
                    message.string if isinstance(message.string, str) else list(message.string)
                )
        document = {"lang": self.code, "plural": _PLURALS[self.code], "messages": messages}
        return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()

    @cached_property
    def script_url(self) -> str:
        """Where `script_catalog` is served; another text has another address."""
        return f"/i18n/{sha256(self.script_catalog).hexdigest()[:12]}/{self.code}.json"


@cache
def language(code: str) -> Language:
    """The language `code`; English where we do not speak it."""
    if code not in LANGUAGES:
        code = SOURCE
    file = LOCALES / code / "LC_MESSAGES" / "messages.po"
    if not file.is_file():
        return Language(code, None)
    with file.open("rb") as po:
        return Language(code, read_po(po, locale=code))


def negotiate(chosen: str | None, accept_language: str) -> Language:
    """A user's own choice first, then what the browser asks for, in its order of preference."""
    if chosen in LANGUAGES:
        return language(chosen)
    for code in _by_preference(accept_language):
        if code in LANGUAGES:
            return language(code)
    return language(SOURCE)


def _by_preference(accept_language: str) -> list[str]:
    wishes: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if quality > 0:
            wishes.append((quality, tag.partition("-")[0].lower()))
    return [code for _, code in sorted(wishes, key=lambda wish: -wish[0])]
