"""Collect the sentences people read and bring web/locale up to date: `make messages`.

Does not translate: new sentences stay empty in the .po files, and a test fails until they are filled.
Errors count too: the first argument of an error's constructor is a sentence for people.
"""

from __future__ import annotations

import inspect
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from callcore import errors as core_errors
from web import errors as web_errors
from web.i18n import LANGUAGES, LOCALES, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("web", "crm_store")
_JS_STRING = r'"((?:[^"\\\n]|\\.)*)"'
_SAID_BY_SCRIPTS = re.compile(rf"\bt\(\s*{_JS_STRING}|\btn\(\s*{_JS_STRING}\s*,\s*{_JS_STRING}")
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)  # git knows when; a date here would only make noise
Keyword = tuple[int | tuple[int, str], ...] | None


def _said_by_script(
    file: IO[bytes], *_: object, **__: object
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """What a script says by `t("…")` and `tn("…", "…", n)`, in whatever template they stand.

    Babel's own reader of JavaScript gets lost in templates within templates.
    """
    text = file.read().decode()
    for found in _SAID_BY_SCRIPTS.finditer(text):
        said = [json.loads(f'"{each}"') for each in found.groups() if each is not None]
        line = text.count("\n", 0, found.start()) + 1
        yield (line, "t", said[0], []) if len(said) == 1 else (line, "tn", tuple(said), [])


_METHODS: list[tuple[str, Any]] = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("static/js/vendor/**.js", "ignore"),
    ("static/js/**.js", _said_by_script),
]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}


def _error_names(module: ModuleType) -> list[str]:
    return [name for name, _ in inspect.getmembers(module, inspect.isclass) if "Error" in name]


def _keywords() -> dict[str, Keyword]:
    sayers = ["_", "gettext", "N_", "t", *_error_names(core_errors), *_error_names(web_errors)]
    keywords: dict[str, Keyword] = dict.fromkeys([*sayers, "UnexpectedError", "ValueError"])
    return keywords | {"ngettext": (1, 2), "tn": (1, 2), "pgettext": ((1, "c"), 2)}


def _is_sentence(message: str | tuple[str, ...]) -> bool:
    """Halves of f-strings are extracted too; what is said to people begins with a capital."""
    first = message if isinstance(message, str) else message[0]
    return first[:1].isupper()


def collect() -> Catalog:
    """Every sentence in the sources."""
    catalog = Catalog(project="Trunkline", charset="utf-8")
    for folder in _FOLDERS:
        found = extract_from_dir(
            ROOT / folder, _METHODS, _OPTIONS, _keywords(), comment_tags=("Translators:",)
        )
        for name, line, message, comments, context in found:
            if str(name).endswith(".py") and not _is_sentence(message):
                continue
            where = [(f"{folder}/{name}", line)]
            catalog.add(message, None, where, auto_comments=comments, context=context)
    return catalog


def brought_up_to_date(present: bytes, code: str) -> bytes:
    """The .po file `present` with all sentences of the sources and no others."""
    catalog = read_po(io.BytesIO(present), locale=code) if present else Catalog(locale=code)
    catalog.update(collect(), no_fuzzy_matching=True)
    catalog.creation_date = catalog.revision_date = _UNDATED
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version = "Trunkline", "1"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.header_comment = "# Trunkline: what people read. Brought up to date by `make messages`."
    written = io.BytesIO()
    write_po(written, catalog, sort_output=True, include_lineno=False, width=100)
    return written.getvalue()


def is_translated(message: Message) -> bool:
    """Whether every form of it has a text that somebody has looked at."""
    text = message.string
    forms = [text] if isinstance(text, str) else list(text or ())
    return bool(forms) and all(forms) and not message.fuzzy


def main() -> None:
    """Update every catalog; say what is still to be translated."""
    for code in LANGUAGES:
        if code == SOURCE:
            continue
        file = LOCALES / code / "LC_MESSAGES" / "messages.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(brought_up_to_date(file.read_bytes() if file.is_file() else b"", code))
        with file.open("rb") as po:
            catalog = read_po(po, locale=code)
        empty = [message for message in catalog if message.id and not is_translated(message)]
        print(f"{code}: {len(catalog)} sentences, {len(empty)} to translate")


if __name__ == "__main__":
    main()
