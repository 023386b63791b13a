"""The mirror that Asterisk comes from is the machine's own, in either spelling of apt's sources."""

from __future__ import annotations

import pytest

from lab.errors import FetchError
from lab.fetch import mirror_of


@pytest.mark.parametrize(
    "sources",
    [
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n",
        "deb http://mirror.example/debian bookworm main\n",
        "# deb http://old.example/debian buster main\ndeb [signed-by=/k.gpg] http://mirror.example/debian sid main\n",
        "deb http://sec.example/debian-security s main\ndeb http://mirror.example/debian b main\n",
    ],
)
def test_the_debian_archive_is_found(sources: str) -> None:
    assert mirror_of(sources) == "http://mirror.example/debian"


def test_without_a_debian_archive_it_says_what_to_do() -> None:
    with pytest.raises(FetchError, match="TRUNKLINE_ASTERISK"):
        mirror_of("deb https://elsewhere.example/apt stable main")
