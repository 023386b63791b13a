"""Every sentence in every language, and the choice of one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tools.messages import brought_up_to_date, is_translated
from web.i18n import LANGUAGES, LOCALES, SOURCE, language, negotiate

if TYPE_CHECKING:
    from babel.messages.catalog import Message

    from tests.unit.web.conftest import Site

TRANSLATED = sorted(set(LANGUAGES) - {SOURCE})
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def _forms(message: Message) -> list[str]:
    text = message.string
    return [form for form in ([text] if isinstance(text, str) else list(text or ())) if form]


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _messages(code: str) -> list[Message]:
    return [message for message in language(code).catalog or () if message.id]


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_sentence_is_missing_doubtful_or_left_over(code: str) -> None:
    """When this fails: run `make messages`, translate what is empty in web/locale."""
    present = (LOCALES / code / "LC_MESSAGES" / "messages.po").read_bytes()
    assert brought_up_to_date(present, code) == present
    assert [_ids(message)[0] for message in _messages(code) if not is_translated(message)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_the_placeholders(code: str) -> None:
    wrong = []
    for message in _messages(code):
        wanted = set(_PLACEHOLDER.findall(" ".join(_ids(message))))
        for form in _forms(message):
            found = set(_PLACEHOLDER.findall(form))
            if found - wanted or (isinstance(message.id, str) and found != wanted):
                wrong.append(form)
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_the_full_stop(code: str) -> None:
    stops = (".", "…", "?", "!", ":")
    wrong = [
        form
        for message in _messages(code)
        for form in _forms(message)
        if _ids(message)[0].endswith(stops) != form.endswith(stops)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("chosen", "header", "code"),
    [
        (None, "", "en"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de,ru;q=0.5,en;q=0.4", "ru"),
        (None, "en;q=0.1, ru;q=0.9", "ru"),
        (None, "fr;q=0,en", "en"),
        (None, ";;;,q=q,\x00", "en"),
        ("ru", "fr", "ru"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_the_users_own_then_the_browsers(
    chosen: str | None, header: str, code: str
) -> None:
    assert negotiate(chosen, header).code == code


async def test_scripts_get_their_sentences_in_the_language_of_the_page(site: Site) -> None:
    url = language("ru").script_url
    response = await site.anonymous().get(url)
    catalog = json.loads(await response.read())
    assert "immutable" in response.headers["Cache-Control"]
    assert (catalog["lang"], catalog["plural"]) == ("ru", ["one", "few", "many"])
    assert catalog["messages"]["Answered"]


async def test_errors_speak_the_language_of_the_browser(site: Site) -> None:
    response = await site.anonymous().get("/api/v1/session", headers={"Accept-Language": "fr"})
    assert (await response.json())["detail"] == language("fr").say("Sign in first.")
    assert language("fr").say("Sign in first.") != "Sign in first."


async def test_errors_speak_the_language_of_the_user(site: Site) -> None:
    client = await site.client(site.world.alice)
    await client.patch("/api/v1/me", json={"language": "ru"})
    response = await client.get("/api/v1/users")
    sentence = "Your role or your token does not allow this."
    assert (await response.json())["detail"] == language("ru").say(sentence)
