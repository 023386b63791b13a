"""Settings from a TOML file and the environment: one frozen object, read once.

Does not open, connect or create anything; `load` only reads and judges, and reports all mistakes
together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from callcore.errors import TrunklineError

DEFAULT_FILE = Path("trunkline.toml")
Port = Annotated[int, Field(ge=0, le=65535)]


class SettingsError(TrunklineError):
    """The settings cannot be used; the message lists every mistake with its place."""

    code = "settings"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PbxSettings(_Section):
    """The Asterisk beside us. `name` is its `systemname`; `trunks` are endpoints that lead outside."""

    name: str = "pbx"
    host: str = "127.0.0.1"
    port: Port = 5038
    username: str = "trunkline"
    secret: SecretStr = SecretStr("")
    tls: bool = False
    ca_file: Path | None = None
    trunks: frozenset[str] = frozenset({"trunk-a"})
    cel_csv: Path | None = None
    cdr_csv: Path | None = None
    queue_log: Path | None = None


class WebSettings(_Section):
    """Where the pages are served; `public_url` is what people type when a proxy stands before us.

    `proxies` are the addresses of such proxies: only their X-Forwarded-For is believed, so that
    throttled sign-ins count by the person's address and not by the proxy's.
    """

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    proxies: frozenset[str] = frozenset()

    @field_validator("public_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            msg = "must begin with http:// or https://"
            raise ValueError(msg)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        """Other machines come by a name, and only pages of that name may act."""
        if self.host not in {"127.0.0.1", "::1", "localhost"} and not self.public_url:
            msg = (
                "public_url must say how people reach the pages when host is not this machine alone"
            )
            raise ValueError(msg)
        return self


class LiveSettings(_Section):
    """Where the websockets are served; `public_url` is a ws:// or wss:// address behind a proxy."""

    host: str = "127.0.0.1"
    port: Port = 8081
    public_url: str = ""

    @field_validator("public_url")
    @classmethod
    def _is_ws(cls, value: str) -> str:
        if value and not value.startswith(("ws://", "wss://")):
            msg = "must begin with ws:// or wss://"
            raise ValueError(msg)
        return value


class StoreSettings(_Section):
    """`url` is an SQLAlchemy address: sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER@HOST/DB."""

    url: str = "sqlite+aiosqlite:///trunkline.db"

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            msg = "must begin with sqlite+aiosqlite:// or postgresql+asyncpg://"
            raise ValueError(msg)
        return value


class NumberSettings(_Section):
    """How numbers are read and which may be dialled.

    `region` (ISO 3166) is assumed for numbers without a country code; `own` numbers never match a
    customer; click-to-call reaches `allowed_regions` only.
    """

    region: str = "US"
    own: frozenset[str] = frozenset()
    allowed_regions: frozenset[str] = frozenset()
    dials_per_minute: Annotated[int, Field(ge=1)] = 20

    @field_validator("region")
    @classmethod
    def _is_region(cls, value: str) -> str:
        if len(value) != 2 or not value.isalpha():
            msg = "must be a two-letter country code such as US or FR"
            raise ValueError(msg)
        return value.upper()


class Settings(BaseSettings):
    """Everything Trunkline can be told; the environment (TRUNKLINE_WEB__PORT) beats the file."""

    model_config = SettingsConfigDict(
        env_prefix="TRUNKLINE_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )
    _file: ClassVar[Path | None] = None

    pbx: PbxSettings = PbxSettings()
    web: WebSettings = WebSettings()
    live: LiveSettings = LiveSettings()
    store: StoreSettings = StoreSettings()
    numbers: NumberSettings = NumberSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        file = TomlConfigSettingsSource(settings_cls, toml_file=cls._file)
        return init_settings, env_settings, file


def load(file: Path | None = None) -> Settings:
    """Read `file` (else $TRUNKLINE_CONFIG, else ./trunkline.toml where it exists) and the environment.

    Raises:
        SettingsError: the file is missing or is no TOML, or any values are wrong; all of them listed.
    """
    named = file or (
        Path(os.environ["TRUNKLINE_CONFIG"]) if os.environ.get("TRUNKLINE_CONFIG") else None
    )
    if named is not None and not named.is_file():
        raise SettingsError(f"There is no settings file {named}. Create it or name another one.")
    chosen = named or DEFAULT_FILE

    class _FromFile(Settings):
        _file: ClassVar[Path | None] = chosen

    try:
        return _FromFile()
    except ValidationError as error:
        raise SettingsError(_all_mistakes(error, chosen)) from None
    except ValueError as error:  # tomllib's own
        raise SettingsError(f"{chosen} is not valid TOML: {error}") from None


def _all_mistakes(error: ValidationError, file: Path) -> str:
    lines = [
        f"The settings ({file} and TRUNKLINE_… variables) have {error.error_count()} mistake(s):"
    ]
    for mistake in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in mistake["loc"])
        said = {"extra_forbidden": "there is no such setting"}.get(mistake["type"], mistake["msg"])
        lines.append(f"  {place}: {said.removeprefix('Value error, ')}")
    return "\n".join(lines)
