"""Make `web/static/icons.svg`, one sprite of the icons the pages use, from the npm package lucide-static.

Run it by hand after a change of ICONS: `python -m tools.icons`. The sprite is committed; nobody needs
npm to run the product. Does not touch the icons' shapes.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "lucide-static@1.62.0"
STATIC = Path(__file__).parent.parent / "web" / "static"

ICONS = """
activity archive archive-restore arrow-left arrow-right arrow-up-right book-open building-2 calendar
check chevron-down chevron-right circle-alert circle-check circle-dot circle-parking clock copy download
ear ellipsis file-text funnel grid-3x3 headset history keyboard key-round languages list loader-circle
lock-keyhole log-out mail megaphone mic mic-off monitor moon pause pencil phone phone-call
phone-forwarded phone-incoming phone-missed phone-off phone-outgoing play plus rotate-ccw save search
settings shield sticky-note sun tag trash-2 triangle-alert undo-2 unplug user user-check user-plus users
x
""".split()  # noqa: SIM905 - sixty names read best as words

# Our own mark: two lines that become one.
MARK = (
    '<symbol id="mark" viewBox="0 0 24 24">'
    '<path d="M3 6h3c5 0 5 6 10 6h5M3 18h3c5 0 5-6 10-6"/><circle cx="20" cy="12" r="1.5"/></symbol>'
)


def fetch(folder: Path) -> dict[str, str]:
    subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True
    )
    (archive,) = folder.glob("*.tgz")
    texts: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member in tar:
            handle = tar.extractfile(member)
            if handle and (member.name.endswith(".svg") or member.name.endswith("LICENSE")):
                texts[member.name.removeprefix("package/")] = handle.read().decode()
    return texts


def symbol(name: str, svg: str) -> str:
    found = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    assert found, f"{name} is no SVG"  # noqa: S101 - a developer's tool
    shapes = re.sub(r"\s*\n\s*", "", found.group(1))
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        texts = fetch(Path(folder))
    symbols = [symbol(name, texts[f"icons/{name}.svg"]) for name in sorted(ICONS)]
    body = "\n".join([MARK, *symbols])
    note = f"<!-- {PACKAGE}, see icons.LICENSE; made by tools/icons.py -->"
    (STATIC / "icons.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{note}\n{body}\n</svg>\n', encoding="utf-8"
    )
    (STATIC / "icons.LICENSE").write_text(texts["LICENSE"], encoding="utf-8")


if __name__ == "__main__":
    main()
