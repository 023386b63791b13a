"""A small call centre to begin with: made-up customers with made-up numbers, and one user of each kind.

Nobody here exists; the numbers are from the ranges that are kept for fiction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crm_store.records import (
    ContactData,
    CustomerData,
    CustomerKind,
    CustomerState,
    NewPhone,
    User,
    UserData,
)
from crm_store.rights import SYSTEM, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callcore.ids import Extension
    from crm_store.ids import TeamId
    from crm_store.records import CustomerDetails
    from crm_store.store import Store


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A contact person of a demo customer and his number."""

    name: str
    position: str
    number: str


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    data: CustomerData
    numbers: Sequence[str]
    people: Sequence[DemoPerson] = ()


@dataclass(frozen=True, slots=True)
class DemoSeed:
    """What was made; `passwords` by login are known nowhere else."""

    users: tuple[User, ...]
    passwords: Mapping[str, str]
    customers: tuple[CustomerDetails, ...]


def _organisation(name: str, note: str, *tags: str, state: CustomerState) -> CustomerData:
    return CustomerData(
        name, CustomerKind.ORGANISATION, state, email=_mail(name), note=note, tags=tags
    )


def _person(name: str, note: str, *tags: str, state: CustomerState) -> CustomerData:
    return CustomerData(name, CustomerKind.PERSON, state, email=_mail(name), note=note, tags=tags)


def _mail(name: str) -> str:
    return f"{'.'.join(word for word in name.lower().split() if word.isascii())}@example.com"


_LEAD, _ACTIVE, _FORMER = CustomerState.LEAD, CustomerState.ACTIVE, CustomerState.FORMER

CUSTOMERS: tuple[DemoCustomer, ...] = (
    DemoCustomer(
        _organisation("Northwind Bakery", "Orders flour on Mondays.", "wholesale", state=_ACTIVE),
        ["+12125550101"],
        [
            DemoPerson("Sample Baker", "Owner", "+12125550102"),
            DemoPerson("Sample Miller", "Purchasing", "+12125550103"),
        ],
    ),
    DemoCustomer(
        _organisation(
            "Harbour Lights Hotel", "Two houses, one bill.", "key-account", state=_ACTIVE
        ),
        ["+442079460910"],
        [DemoPerson("Sample Porter", "Front desk", "+442079460911")],
    ),
    DemoCustomer(
        _organisation("Atelier des Tilleuls", "Rappeler l'après-midi.", state=_LEAD),
        ["+33199001120"],
        [DemoPerson("Exemple Dupré", "Gérante", "+33199001121")],
    ),
    DemoCustomer(
        _organisation("Весёлый Самовар", "Звонить после десяти.", state=_ACTIVE),
        ["+79000000130"],
        [DemoPerson("Пример Чайкин", "Директор", "+79000000131")],
    ),
    DemoCustomer(
        _person("Example Caller", "Asked for an offer at the fair.", state=_LEAD), ["+12125550140"]
    ),
    DemoCustomer(
        _person("Example Neighbour", "Moved to another supplier.", state=_FORMER), ["+12125550141"]
    ),
    DemoCustomer(
        # Shares the bakery's line: a pop of that number has to ask which of the two it is.
        _person("Example Tenant", "Lives above the bakery.", state=_LEAD),
        ["+12125550101"],
    ),
)


async def seed(
    store: Store,
    *,
    extensions: Sequence[Extension],
    supervisor_extension: Extension | None = None,
    customers: Sequence[DemoCustomer] = CUSTOMERS,
    language: str = "en",
) -> DemoSeed:
    """Fill an empty store: an agent per extension (`agent1` …), a supervisor, a manager, an admin."""
    team = await store.teams.create(SYSTEM, "Front office")
    users: list[User] = []
    passwords: dict[str, str] = {}
    people = [
        (f"agent{n}", f"Agent {n}", Role.AGENT, team.id, extension)
        for n, extension in enumerate(extensions, 1)
    ]
    others: list[tuple[str, str, Role, TeamId | None, Extension | None]] = [
        ("supervisor", "Supervisor", Role.SUPERVISOR, team.id, supervisor_extension),
        ("manager", "Manager", Role.MANAGER, None, None),
        ("admin", "Administrator", Role.ADMIN, None, None),
    ]
    for login, name, role, team_id, extension in [*people, *others]:
        passwords[login] = secrets.token_urlsafe(9)
        data = UserData(login, name, role, team_id, extension, language)
        users.append(await store.users.create(SYSTEM, data, passwords[login]))
    made = [await _create(store, customer, team.id) for customer in customers]
    return DemoSeed(tuple(users), passwords, tuple(made))


async def _create(store: Store, demo: DemoCustomer, team_id: TeamId) -> CustomerDetails:
    data = replace(demo.data, team_id=team_id)
    phones = [NewPhone(number, "main") for number in demo.numbers]
    customer = (await store.customers.create(SYSTEM, data, phones)).customer
    for person in demo.people:
        contact = ContactData(person.name, person.position)
        await store.contacts.add(SYSTEM, customer.id, contact, [NewPhone(person.number, "direct")])
    return await store.customers.get(SYSTEM, customer.id)
