"""Our own style sheets, scripts and icons, under an address that changes with their content.

The version is a folder of the path, so that modules which import each other by `./x.js` stay on one
version. Does not bundle or shrink anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Assets:
    """The files below `root`, as they were when the service started."""

    root: Path = STATIC

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every file that may be asked for, by its path: nothing else can be named, `..` least of all."""
        found = (path for path in sorted(self.root.rglob("*")) if path.suffix in _TYPES)
        return {path.relative_to(self.root).as_posix(): path for path in found if path.is_file()}

    @cached_property
    def version(self) -> str:
        digest = sha256()
        for name, path in self.files.items():
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of `css/app.css` and the like; an unknown name is a mistake in a template."""
        if name not in self.files:
            raise LookupError(f"There is no file {name} in web/static.")
        return f"/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /static/{version}/{name}: an old version gets the present file, but not for ever."""
        path = self.files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        headers = {
            "Content-Type": _TYPES[path.suffix],
            "Cache-Control": IMMUTABLE if current else "no-cache",
        }
        return web.FileResponse(path, headers=headers)
