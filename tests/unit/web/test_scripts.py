"""What the pages' scripts ask of the API exists."""

from __future__ import annotations

import re

from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Application

from web.api.endpoint import PREFIX
from web.app import operations
from web.assets import STATIC

_METHODS = {
    "get": "GET",
    "post": "POST",
    "make": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "remove": "DELETE",
}
_ASKED = re.compile(r"\bapi\.(get|post|make|put|patch|remove)\(\s*([`\"'])(/.*?)\2")
_ID = "00000000-0000-7000-8000-000000000000"


def _asked() -> set[tuple[str, str]]:
    """Every address that stands whole in a script, with ids put in."""
    found: set[tuple[str, str]] = set()
    for script in STATIC.rglob("*.js"):
        for verb, _, path in _ASKED.findall(script.read_text()):
            if not path.endswith("/${how}"):
                found.add((_METHODS[verb], PREFIX + re.sub(r"\$\{[^}]*\}", _ID, path)))
    return found


async def test_every_address_the_scripts_ask_for_is_a_route() -> None:
    app = Application()
    for operation in operations():
        app.router.add_route(operation.method, operation.path, operation.respond)
    asked = _asked()
    assert asked
    unknown = {
        f"{method} {path}"
        for method, path in asked
        if (await app.router.resolve(make_mocked_request(method, path))).http_exception
    }
    assert unknown == set()
