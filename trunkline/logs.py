"""One line per log record: time, level, event, then its data as key=value, numbers masked.

Does not choose what is logged.
"""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NUMBER = re.compile(r"(?<![\w.-])(\+?\d{3})\d{3,}(\d{2})(?![\w.])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class LineFormatter(logging.Formatter):
    """`2026-11-24T08:16:29.123Z INFO pbx_connected host=127.0.0.1 calls=3`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        data = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        parts = [at.replace("+00:00", "Z"), record.levelname, _inert(record.getMessage())]
        parts += [f"{key}={_shown(value)}" for key, value in data.items()]
        line = " ".join(parts)
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _inert(text: str) -> str:
    """What a caller's phone sent must not begin a line of its own nor colour a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _shown(value: object) -> str:
    text = _inert(_NUMBER.sub(r"\1…\2", str(value)))
    return f'"{text}"' if " " in text or not text else text


def configure(*, verbose: bool = False) -> None:
    """Log to standard error; `verbose` shows debug records of our own packages."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("websockets", "aiohttp.access", "alembic", "panoramisk", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if verbose:
        for ours in ("trunkline", "web", "screenpop", "crm_store", "pbx_bridge"):
            logging.getLogger(ours).setLevel(logging.DEBUG)
