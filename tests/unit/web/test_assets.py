"""Style sheets, scripts and icons under an address that changes with their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web.assets import IMMUTABLE, Assets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.web.conftest import Site


def _assets(folder: Path) -> Assets:
    (folder / "js").mkdir(exist_ok=True)
    (folder / "js" / "a.js").write_text("export const a = 1;")
    (folder / "notes.py").write_text("secret = 1")
    return Assets(folder)


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    before = _assets(tmp_path).url("js/a.js")
    (tmp_path / "js" / "a.js").write_text("export const a = 2;")
    after = Assets(tmp_path).url("js/a.js")
    assert before != after
    assert after.endswith("/js/a.js")


def test_only_files_for_browsers_are_served(tmp_path: Path) -> None:
    assert list(_assets(tmp_path).files) == ["js/a.js"]


def test_a_template_that_names_no_file_fails_at_once(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        _assets(tmp_path).url("js/b.js")


async def test_a_present_file_may_be_kept_for_ever_an_old_one_not(site: Site) -> None:
    client = site.anonymous()
    url = Assets().url("js/page.js")
    now = await client.get(url)
    old = await client.get("/static/000000000000/js/page.js")
    assert (now.status, now.headers["Cache-Control"]) == (200, IMMUTABLE)
    assert now.content_type == "text/javascript"
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
