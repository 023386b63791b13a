"""The matrix of rights, as data."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest

from callcore.errors import ForbiddenError
from crm_store.ids import TeamId, UserId
from crm_store.rights import (
    MATRIX,
    SCOPES,
    SYSTEM,
    Actor,
    Kind,
    Operation,
    Reach,
    Role,
    reach,
    require,
    scope_of,
)

EVERYTHING = list(product(Kind, Operation))
AGENT = Actor(UserId("a"), Role.AGENT, TeamId("t"))


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(Role)))
def test_a_higher_role_never_reaches_less(lower: Role, higher: Role) -> None:
    for right in EVERYTHING:
        below, above = (MATRIX[role].get(right, Reach.NONE) for role in (lower, higher))
        assert below <= above, right


@pytest.mark.parametrize("role", Role)
def test_whoever_may_change_may_read(role: Role) -> None:
    for (kind, operation), granted in MATRIX[role].items():
        if operation is not Operation.CREATE:
            assert granted <= MATRIX[role][kind, Operation.READ]


@pytest.mark.parametrize("right", EVERYTHING)
def test_trunkline_itself_reaches_all_and_a_copy_of_it_nothing(
    right: tuple[Kind, Operation],
) -> None:
    assert reach(SYSTEM, *right) is Reach.ALL
    assert reach(replace(SYSTEM), *right) is Reach.NONE
    assert reach(replace(AGENT, role=None), *right) is Reach.NONE
    assert reach(replace(AGENT, user_id=None), *right) is Reach.NONE


@pytest.mark.parametrize("right", EVERYTHING)
def test_a_token_reaches_what_its_user_does_within_its_scopes(
    right: tuple[Kind, Operation],
) -> None:
    scope = scope_of(*right)
    assert scope in SCOPES
    assert reach(replace(AGENT, scopes=frozenset({scope})), *right) is reach(AGENT, *right)
    assert reach(replace(AGENT, scopes=SCOPES - {scope}), *right) is Reach.NONE


def test_the_refusal_names_the_right() -> None:
    with pytest.raises(ForbiddenError) as refused:
        require(AGENT, Kind.AUDIT, Operation.READ)
    assert refused.value.data == {"kind": "audit", "operation": "read"}
