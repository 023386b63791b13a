"""Text: cleaned for keeping, folded for finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.text import after_prefix, clean, digits, fold, line, search_text, search_words

anything = st.text(alphabet=st.characters())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café  NORD", "cafe nord"),
        ("Весёлый Самовар", "веселыи самовар"),
        ("Straße œuvre Ærø Łódź", "strasse oeuvre aero lodz"),
        ("o'neill-smith_&co.", "o neill smith co"),
        ("İstanbul ıŞık", "istanbul isik"),
        ("ﬁne ①", "fine 1"),
        ("", ""),
    ],
)
def test_letters_lose_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(anything)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything)
def test_a_folded_word_cannot_be_an_operator_of_a_search(text: str) -> None:
    for word in search_words(text):
        assert word
        assert not set(word) & set("\"'*:&|!()<> \\\x00")


@given(anything)
def test_a_text_is_found_by_the_beginning_of_each_of_its_words(text: str) -> None:
    kept = search_text(text).split()
    for word in fold(text).split():
        assert any(known.startswith(word[:2]) for known in kept)


@given(anything, st.integers(0, 20))
def test_cleaned_text_can_be_kept(text: str, limit: int) -> None:
    kept = clean(text, limit)
    kept.encode()
    assert "\x00" not in kept
    assert len(kept) <= limit


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("020 7946 0", ("02079460",)),
        ("+33 (1) 99-00", ("3319900",)),
        ("Bake north bake", ("bake", "north")),
        ("room 12", ("room", "12")),
        (" % ", ()),
    ],
)
def test_a_number_with_blanks_is_one_word(query: str, words: tuple[str, ...]) -> None:
    assert search_words(query) == words


def test_a_line_is_one_line() -> None:
    assert line("  two\r\nlines\t and \u2028 more ", 80) == "two lines and more"


def test_digits_are_ascii() -> None:
    assert digits("+1 (٣) 2x") == "12"


@given(anything.filter(bool), anything)
def test_all_that_begins_with_a_prefix_is_before_what_follows_it(prefix: str, rest: str) -> None:
    assert prefix <= prefix + rest
    if not rest.startswith("\U0010ffff"):
        assert prefix + rest < after_prefix(prefix)
