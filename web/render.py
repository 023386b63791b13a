"""Templates: one environment per language, and what every page knows.

Does not fetch a page's data; web.pages does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from web import formats
from web.api.endpoint import PREFIX
from web.api.shapes.people import Me
from web.context import CALLER, Context
from web.i18n import LANGUAGES
from web.security import live_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from web.assets import Assets
    from web.i18n import Language
    from web.keys import WebSettings

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Renderer:
    """Pages out of templates; text is escaped, and a missing value is an error."""

    assets: Assets
    settings: WebSettings
    _environments: dict[str, Environment] = field(default_factory=dict)

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        nav: str = "",
        status: int = 200,
        context: Mapping[str, object] | None = None,
    ) -> web.Response:
        """The page `template` in the language and for the user of `request`."""
        here = Context.of(request)
        me = Me.of(here).model_dump(mode="json") if CALLER in request else None
        rights = frozenset(me["rights"] if me else ())
        page = {
            "lang": here.language.code,
            "region": self.settings.default_region,
            "zone": self.settings.display_zone,
            "ws_url": live_url(request),
            "i18n_url": here.language.script_url,
            "me": me,
            "api": PREFIX,
        }
        text = self._template(here.language, template).render(
            {
                "page": page,
                "me": me,
                "can": rights.__contains__,
                "nav": nav,
                "path": request.rel_url.path_qs,
                **(context or {}),
            }
        )
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")

    def _template(self, language: Language, name: str) -> Template:
        environment = self._environments.get(language.code)
        if environment is None:
            environment = self._environments[language.code] = self._environment(language)
        return environment.get_template(name)

    def _environment(self, language: Language) -> Environment:
        environment: Any = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        )
        environment.install_gettext_translations(language.translations, newstyle=True)
        locale, zone = language.locale, self.settings.display_zone
        environment.filters |= {
            "datetime": partial(formats.date_time, locale=locale, zone=zone),
            "date": partial(formats.date, locale=locale, zone=zone),
            "time": partial(formats.time, locale=locale, zone=zone),
            "duration": formats.duration,
            "phone": partial(formats.phone, region=self.settings.default_region),
            "number": partial(formats.number, locale=locale),
        }
        environment.globals |= {
            "asset": self.assets.url,
            "lang": language.code,
            "languages": [{"code": code, "name": name} for code, name in LANGUAGES.items()],
            "i18n_url": language.script_url,
        }
        made: Environment = environment
        return made


RENDERER = web.AppKey("renderer", Renderer)
