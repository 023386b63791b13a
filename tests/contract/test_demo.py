"""The demo's people: made up, able to sign in, found by their numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from callcore.ids import Extension
from crm_store import demo
from crm_store.rights import SYSTEM, Role

if TYPE_CHECKING:
    from crm_store.store import Store

FICTION = re.compile(r"\+(1\d{3}55501\d\d|442079460\d{3}|33199001\d{3}|79000000\d{3})")


def test_every_number_is_kept_for_fiction() -> None:
    for customer in demo.CUSTOMERS:
        for number in (*customer.numbers, *(person.number for person in customer.people)):
            assert FICTION.fullmatch(number), number


async def test_each_can_sign_in_and_is_who_he_should_be(store: Store) -> None:
    seed = await demo.seed(store, extensions=[Extension("1001"), Extension("1002")])
    roles = {user.login: user.role for user in seed.users}
    assert roles == {
        "agent1": Role.AGENT,
        "agent2": Role.AGENT,
        "supervisor": Role.SUPERVISOR,
        "manager": Role.MANAGER,
        "admin": Role.ADMIN,
    }
    for user in seed.users:
        new = await store.sessions.sign_in(user.login, seed.passwords[user.login])
        assert new.session.user == user
    assert len(set(seed.passwords.values())) == len(seed.passwords)


async def test_each_number_finds_its_customer_and_one_finds_two(store: Store) -> None:
    await demo.seed(store, extensions=[])
    for customer in demo.CUSTOMERS:
        for number in customer.numbers:
            cards = await store.lookup.by_number(SYSTEM, number)
            assert customer.data.name in {card.name for card in cards}
    assert len(await store.lookup.by_number(SYSTEM, "+12125550101")) == 2
