"""Asterisk for the lab: one given by name, one on PATH, or one fetched once into a cache.

Debian 12 has no `asterisk` package. The machine's own apt downloads Debian unstable's, with all the
libraries it needs, signatures checked as ever, into folders of ours; nothing is installed, and the
tree runs by its own dynamic loader. Does not start Asterisk (pbx.py does).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lab.errors import FetchError

OLDEST = 20
"""The oldest major version whose event filters and CEL fields we use."""

SUITE = "sid"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TRIES = 3

# Pulled in by maintainers' scripts and by modules that the lab never loads.
_NEEDLESS = re.compile(
    r"^(perl.*|libperl.*|gnupg.*|gpg.*|dirmngr|pinentry-.*|adduser|passwd|login\.defs|debconf"
    r"|base-passwd|libpam.*|libsemanage.*|pci\.ids|libsnmp.*|libcodec2.*|tzdata|libc-gconv.*"
    r"|asterisk-config|libjack.*|libportaudio.*|libasound2.*|libtiff.*|libwebp.*|libsybdb.*"
    r"|freetds-common|libical.*|libneon.*|libspandsp.*|libgmime.*|libglib2.*|libdb5.*|libnss3|libnspr4)$"
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An Asterisk that can be started: `argv` is its command up to the options."""

    argv: tuple[str, ...]
    modules_dir: Path
    data_dir: Path
    version: str

    @property
    def major(self) -> int:
        found = re.match(r"\d+", self.version)
        return int(found.group()) if found else 0


def cache_dir() -> Path:
    """Where fetched Asterisks live, by XDG's rules."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trunkline"


def find(given: Path | None = None) -> Runtime | None:
    """The Asterisk to use without fetching: `given`, TRUNKLINE_ASTERISK, PATH, cache; else None.

    Raises:
        FetchError: one was named explicitly but cannot be used.
    """
    named = given or (Path(name) if (name := os.environ.get("TRUNKLINE_ASTERISK")) else None)
    if named is not None:
        runtime = _installed(named)
        if runtime is None:
            raise FetchError(
                f"{named} is no Asterisk {OLDEST} or newer with its modules: "
                "correct TRUNKLINE_ASTERISK, or unset it to have one fetched"
            )
        return runtime
    on_path = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if on_path and (runtime := _installed(Path(on_path))):
        return runtime
    return _cached()


def ensure(given: Path | None = None, *, quiet: bool = False) -> Runtime:
    """`find`, or else fetch into the cache, with a progress bar unless `quiet`.

    Raises:
        FetchError: nothing usable and nothing to be had.
    """
    if runtime := find(given):
        return runtime
    with _locked(cache_dir()):
        # Another process may have fetched it while we waited for the lock.
        if runtime := _cached():
            return runtime
        with _progress(quiet) as report:
            _fetch(cache_dir(), report)
    runtime = _cached()
    if runtime is None:
        raise FetchError(f"the fetched Asterisk does not run: delete {cache_dir()} and try again")
    return runtime


def _installed(binary: Path) -> Runtime | None:
    """An Asterisk with its modules in one of the usual places, if new enough."""
    if not os.access(binary, os.X_OK):
        return None
    prefix = binary.resolve().parent.parent
    modules = [
        *prefix.glob("lib/*/asterisk/modules"),
        prefix / "lib/asterisk/modules",
        prefix / "lib64/asterisk/modules",
    ]
    data = [prefix / "share/asterisk", Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    modules_dir = next((path for path in modules if (path / "chan_pjsip.so").exists()), None)
    data_dir = next((path for path in data if (path / "documentation").exists()), None)
    if modules_dir is None or data_dir is None:
        return None
    runtime = _with_version((str(binary),), modules_dir, data_dir)
    return runtime if runtime and runtime.major >= OLDEST else None


def _cached() -> Runtime | None:
    trees = sorted(cache_dir().glob("asterisk-*"), key=lambda path: path.stat().st_mtime)
    for tree in reversed(trees):
        if runtime := _unpacked(tree):
            return runtime
    return None


def _unpacked(tree: Path) -> Runtime | None:
    """The Asterisk of an unpacked tree, run by the tree's own dynamic loader and libraries."""
    loader = next(iter(sorted(tree.glob("usr/lib/*/ld-linux*.so.*"))), None)
    binary = tree / "usr/sbin/asterisk"
    if loader is None or not binary.exists():
        return None
    libraries = loader.parent
    argv = (str(loader), "--library-path", str(libraries), str(binary))
    return _with_version(argv, libraries / "asterisk/modules", tree / "usr/share/asterisk")


def _with_version(argv: tuple[str, ...], modules: Path, data: Path) -> Runtime | None:
    try:
        done = subprocess.run(  # noqa: S603 -- the very program we are to run
            [*argv, "-V"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"Asterisk (?:certified/)?(\S+)", done.stdout)
    return Runtime(argv, modules, data, found.group(1)) if found else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One fetch at a time; a second process waits and then finds the work done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


Report = Callable[[str, float], None]
"""What is being done, and how far (0–1)."""


@contextmanager
def _progress(quiet: bool) -> Iterator[Report]:  # noqa: FBT001 -- private
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, disable=quiet) as bar:
        task = bar.add_task("Fetching Asterisk", total=1.0)
        yield lambda text, part: bar.update(task, description=text, completed=part)


def _fetch(cache: Path, report: Report) -> None:
    """Download and unpack beside the final place, then rename: a tree is there whole or not at all."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise FetchError(
                f"fetching Asterisk needs Debian's {tool}: install Asterisk {OLDEST} or newer "
                "yourself and set TRUNKLINE_ASTERISK to its program"
            )
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=cache) as temporary:
        apt = _Apt(Path(temporary) / "apt")
        report("Reading the package lists", 0.02)
        apt.run("update")
        packages = [name for name in apt.needed("asterisk") if not _NEEDLESS.match(name)]
        debs = apt.download(packages, report)
        tree = Path(temporary) / "tree"
        tree.mkdir()
        for number, deb in enumerate(debs, 1):
            report("Unpacking Asterisk", 0.6 + 0.39 * number / len(debs))
            subprocess.run(["dpkg-deb", "-x", str(deb), str(tree)], check=True)  # noqa: S603, S607
        _finish_tree(tree)
        runtime = _unpacked(tree)
        if runtime is None:
            raise FetchError(
                "the fetched Asterisk does not run on this machine: install Asterisk "
                f"{OLDEST} or newer yourself and set TRUNKLINE_ASTERISK to its program"
            )
        version = re.split(r"[+~]", runtime.version)[0]
        target = cache / f"asterisk-{version}"
        shutil.rmtree(target, ignore_errors=True)
        tree.rename(target)
        report(f"Asterisk {version}", 1.0)


def _finish_tree(tree: Path) -> None:
    """What the packages' install scripts would have done, as far as the lab needs it."""
    sounds = tree / "usr/share/asterisk/sounds"
    for voice in sorted(sounds.glob("en_US_*")):
        if not (sounds / "en").exists():
            (sounds / "en").symlink_to(voice.name)
    for needless in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl5"):
        shutil.rmtree(tree / needless, ignore_errors=True)


class _Apt:
    """The machine's own apt with state and cache in a folder of ours, looking at Debian unstable."""

    def __init__(self, folder: Path) -> None:
        for name in ("state/lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True)
        (folder / "state/status").touch()
        (folder / "sources.list").write_text(
            f"deb [signed-by={_KEYRING}] {_mirror()} {SUITE} main\n", "utf-8"
        )
        self._folder = folder
        self._options = [
            f"Dir::State={folder}/state",
            f"Dir::State::status={folder}/state/status",
            f"Dir::Cache={folder}/cache",
            f"Dir::Etc::SourceList={folder}/sources.list",
            "Dir::Etc::SourceParts=-",
            "Dir::Etc::PreferencesParts=-",
            "Acquire::Languages=none",
            # A mirror may lag behind the lists' date; signatures stay checked.
            "Acquire::Check-Valid-Until=false",
            "Acquire::Retries=3",
            "APT::Install-Recommends=false",
            # The folder is ours, so no other user has to be able to write there.
            f"APT::Sandbox::User={_user()}",
        ]

    def run(self, *words: str, report: Callable[[float], None] | None = None) -> str:
        """One apt-get, tried again when the mirror hiccups."""
        error = ""
        for _attempt in range(_TRIES):
            code, output, error = self._once(words, report)
            if code == 0:
                return output
        raise FetchError(
            "apt could not fetch Asterisk: is this machine online and does it have a Debian mirror? "
            f"It said: {error.strip() or 'nothing'}"
        )

    def _once(
        self, words: tuple[str, ...], report: Callable[[float], None] | None
    ) -> tuple[int, str, str]:
        reading, writing = os.pipe()
        command = ["apt-get", "-q", "-y", "-o", f"APT::Status-Fd={writing}"]
        for option in self._options:
            command += ["-o", option]
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            with subprocess.Popen(  # noqa: S603 -- our own argument list
                [*command, *words],
                stdout=output,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                pass_fds=(writing,),
                cwd=self._folder / "debs",
                env=os.environ | {"LC_ALL": "C"},
            ) as process:
                os.close(writing)
                with os.fdopen(reading, encoding="utf-8", errors="replace") as status:
                    for line in status:
                        fields = line.split(":")
                        if report and fields[0] == "dlstatus" and len(fields) > 2:
                            report(float(fields[2]) / 100)
            output.seek(0)
            errors.seek(0)
            return process.returncode, output.read(), errors.read()

    def needed(self, package: str) -> list[str]:
        """`package` and all it depends on, by name."""
        plan = self.run("install", "--simulate", package)
        return re.findall(r"^Inst (\S+) ", plan, re.MULTILINE)

    def download(self, packages: list[str], report: Report) -> list[Path]:
        """Fetch the packages' files; apt checks each against the signed lists."""
        self.run(
            "download",
            *packages,
            report=lambda part: report("Downloading Asterisk", 0.05 + 0.55 * part),
        )
        debs = sorted((self._folder / "debs").glob("*.deb"))
        if len(debs) < len(packages):
            raise FetchError(f"apt brought {len(debs)} of {len(packages)} packages: try again")
        return debs


def _user() -> str:
    import pwd  # noqa: PLC0415 -- Unix only, and only here

    return pwd.getpwuid(os.getuid()).pw_name


def _mirror() -> str:
    """The Debian mirror that this machine is set up for: it may be the only one it can reach."""
    return mirror_of(_sources())


def _sources() -> str:
    folder = Path("/etc/apt/sources.list.d")
    files = [
        *sorted(folder.glob("*.sources")),
        Path("/etc/apt/sources.list"),
        *sorted(folder.glob("*.list")),
    ]
    return "\n".join(path.read_text("utf-8", "replace") for path in files if path.is_file())


def mirror_of(sources: str) -> str:
    """The address of the Debian archive named in apt sources, old style or deb822.

    Raises:
        FetchError: no Debian archive among them.
    """
    for line in sources.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for word in line.split():
            if re.match(r"(https?|mirror\+https?|ftp)://\S+/debian/?$", word):
                return word
    raise FetchError(
        f"no Debian mirror in /etc/apt: install Asterisk {OLDEST} or newer yourself "
        "and set TRUNKLINE_ASTERISK to its program"
    )
