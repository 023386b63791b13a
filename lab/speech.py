"""Speech for telephones: text to 8 kHz ulaw by espeak-ng and sox, kept for the next time.

Does not play it; sipp does, by `rtp_stream`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from lab.errors import LabError


def cache_folder() -> Path:
    """Where speech is kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trunkline" / "speech"


def say(text: str, *, language: str = "en", pause_s: float = 0.0, after_s: float = 0.0) -> Path:
    """A file of raw 8 kHz ulaw that says `text` between `pause_s` and `after_s` of silence.

    Raises:
        LabError: espeak-ng or sox is missing or fails.
    """
    key = hashlib.sha256(f"{language}/{pause_s}/{after_s}/{text}".encode()).hexdigest()[:20]
    found = cache_folder() / f"{key}.ul"
    if found.exists():
        return found
    for program in ("espeak-ng", "sox"):
        if shutil.which(program) is None:
            raise LabError(f"the program `{program}` is missing: install the package {program}")
    found.parent.mkdir(parents=True, exist_ok=True)
    wav, half = found.with_suffix(f".{os.getpid()}.wav"), found.with_suffix(f".{os.getpid()}.ul")
    try:
        _run("espeak-ng", "-v", language, "-s", "150", "-w", str(wav), "--", text)
        shape = ("-r", "8000", "-c", "1", "-t", "raw", "-e", "mu-law", "-b", "8")
        _run("sox", str(wav), *shape, str(half), "pad", f"{pause_s:g}", f"{after_s:g}")
        half.replace(found)
    finally:
        wav.unlink(missing_ok=True)
        half.unlink(missing_ok=True)
    return found


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 # ours
    if done.returncode != 0:
        raise LabError(f"{argv[0]} failed: {done.stderr.strip()[-300:]}")
