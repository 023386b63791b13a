"""Run folders: made, locked while in use, and swept away when the lab that made them was killed.

Does not know what lies in them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_PREFIX = "trunkline-lab-run-"
_LOCK = "in-use"


@dataclass(slots=True)
class RunDir:
    """A folder that is ours while `lock` is open."""

    path: Path
    keep: bool
    lock: int = field(repr=False)

    @classmethod
    def make(cls, path: Path | None, *, keep: bool) -> RunDir:
        """`path`, or a temporary folder. A folder given by name is always kept."""
        sweep()
        if path is None:
            # Short: Asterisk's control socket lies below it, and 108 bytes are all it may have.
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        else:
            folder = path.absolute()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return cls(folder, keep or path is not None, lock)

    def release(self) -> None:
        """Unlock, and remove unless kept."""
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self.lock)


def sweep() -> None:
    """Remove the folders of labs that were killed before they could do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # just being made, or somebody else's
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
