"""Ids, cursors, waits, secrets: small things others lean on."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore.errors import BadValueError
from crm_store.ids import new_id
from crm_store.passwords import hash_password, new_secret, secret_hash, verify
from crm_store.statements import make_cursor, position
from crm_store.throttle import FREE_TRIES, wait_s


def test_ids_are_version_7_and_differ() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {UUID(id_).version for id_ in made} == {7}
    assert {UUID(id_).variant for id_ in made} == {UUID(new_id()).variant}


@given(st.text(), st.integers())
def test_a_cursor_names_its_place(name: str, number: int) -> None:
    assert position(make_cursor(name, number), str, int) == (name, number)


@given(st.text())
def test_a_made_up_cursor_is_refused_or_has_the_right_shape(cursor: str) -> None:
    try:
        place = position(cursor, str, int)
    except BadValueError:
        return
    assert list(map(type, place)) == [str, int]


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    free = FREE_TRIES["login"]
    waits = [wait_s(failures, free) for failures in range(free, free + 12)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == wait_s(10**6, free) == 900
    assert wait_s(free - 1, free) == 0


async def test_a_password_is_verified_against_its_hash_alone() -> None:
    kept = await hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert "m=19456,t=2,p=1" in kept
    assert await verify("correct horse battery", kept)
    assert not await verify("wrong", kept)
    assert not await verify("correct horse battery", None)
    assert not await verify("correct horse battery", "no hash")


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
async def test_a_password_has_a_decent_length(password: str) -> None:
    with pytest.raises(BadValueError, match="10 to 256"):
        await hash_password(password)


def test_secrets_differ_and_are_kept_as_hashes() -> None:
    one, two = new_secret(), new_secret()
    assert one != two
    assert len(secret_hash(one)) == 32
    assert secret_hash(one) != secret_hash(two)
