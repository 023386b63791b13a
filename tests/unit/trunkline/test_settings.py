"""Settings come from TOML and environment; mistakes are all reported together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trunkline.settings import SettingsError, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUNKLINE_CONFIG", raising=False)
    return tmp_path / "trunkline.toml"


def test_defaults_need_no_file(file: Path) -> None:
    assert load().web.port == 8080


def test_the_file_in_the_working_folder_is_read(file: Path) -> None:
    file.write_text('[pbx]\nname = "north"\nsecret = "s"\n')
    settings = load()
    assert settings.pbx.name == "north"
    assert settings.pbx.secret.get_secret_value() == "s"


def test_the_environment_beats_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[web]\nport = 1234\n")
    monkeypatch.setenv("TRUNKLINE_WEB__PORT", "4321")
    assert load().web.port == 4321


def test_all_mistakes_are_reported_together_with_their_places(file: Path) -> None:
    file.write_text(
        '[web]\nport = 99999\nprot = 1\n[store]\nurl = "mysql://x"\n[numbers]\nregion = "Mars"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load()
    said = str(caught.value)
    for place in ("web.port", "web.prot: there is no such setting", "store.url", "numbers.region"):
        assert place in said
    assert "4 mistake(s)" in said


def test_a_named_file_that_is_missing_is_an_error(file: Path) -> None:
    with pytest.raises(SettingsError, match="no settings file"):
        load(file)


def test_broken_toml_names_the_file(file: Path) -> None:
    file.write_text("[web\n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load()


def test_secrets_are_never_shown(file: Path) -> None:
    file.write_text('[pbx]\nsecret = "hush-hush"\nport = "many"\n')
    with pytest.raises(SettingsError) as caught:
        load()
    assert "hush" not in str(caught.value)
    file.write_text('[pbx]\nsecret = "hush-hush"\n')
    assert "hush" not in repr(load())


def test_pages_for_other_machines_need_a_name(file: Path) -> None:
    file.write_text('[web]\nhost = "0.0.0.0"\n')
    with pytest.raises(SettingsError, match="public_url must say"):
        load()
    file.write_text('[web]\nhost = "0.0.0.0"\npublic_url = "http://desk.example.org:8080"\n')
    assert load().web.host == "0.0.0.0"  # noqa: S104 # what is tested
