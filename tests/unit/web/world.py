"""The little world of these tests: two teams, their people, and what belongs to Alice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callcore.call import Call, Direction, Leg, LegRole
from callcore.events import Channel, ChannelCreated, ChannelState, DialBegan, DialEnded, Party
from callcore.ids import CallId, Extension, Linkedid, PbxId, QueueName, Uniqueid, call_id
from crm_store.records import ContactData, CustomerData, NewPhone, UserData
from crm_store.rights import SYSTEM, Role

if TYPE_CHECKING:
    from crm_store.ids import ContactId, CustomerId, PhoneId, TeamId, TokenId
    from crm_store.records import User
    from crm_store.store import Store

PASSWORD = "correct horse battery"
PBX = PbxId("lab")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOSTILE_NAME = '"><script>alert(1)</script>\u202e=cmd|'


@dataclass(frozen=True, slots=True)
class World:
    """Alice, Bob and their supervisor Susan are Blue; Mallory is Red; Martin and Ada stand above."""

    alice: User
    bob: User
    susan: User
    mallory: User
    martin: User
    ada: User
    blue: TeamId
    customer_id: CustomerId
    contact_id: ContactId
    phone_id: PhoneId
    call_id: CallId
    token_id: TokenId


def _leg(uniqueid: str, channel: str, role: LegRole, endpoint: str, number: str) -> Leg:
    return Leg(
        uniqueid=Uniqueid(uniqueid),
        channel=channel,
        role=role,
        endpoint=endpoint,
        party=Party(number, HOSTILE_NAME if role is LegRole.CUSTOMER else ""),
        created_at=NOON,
        answered_at=NOON + timedelta(seconds=4),
    )


def live_call() -> Call:
    """A caller whom Alice's phone talks to."""
    linkedid = Linkedid("1700000000.1")
    return Call(
        id=call_id(PBX, linkedid),
        pbx=PBX,
        linkedids=(linkedid,),
        direction=Direction.INBOUND,
        started_at=NOON,
        customer=Party("+33142685300", HOSTILE_NAME),
        dialled="+33170189900",
        legs=(
            _leg("1700000000.1", "PJSIP/trunk-a-1", LegRole.CUSTOMER, "trunk-a", "+33142685300"),
            _leg("1700000000.2", "PJSIP/1001-2", LegRole.AGENT, "1001", "1001"),
        ),
        queue=QueueName("support"),
        answered_at=NOON + timedelta(seconds=4),
        agents=(Extension("1001"),),
        wait_s=4.0,
    )


def events() -> tuple[ChannelCreated | DialBegan | DialEnded, ...]:
    """A short ladder."""
    caller = Channel(
        Uniqueid("1700000000.1"),
        Linkedid("1700000000.1"),
        "PJSIP/trunk-a-1",
        ChannelState.RING,
        Party("+33142685300", HOSTILE_NAME),
        context="from-trunk",
        exten="+33170189900",
    )
    phone = Channel(Uniqueid("1700000000.2"), caller.linkedid, "PJSIP/1001-2", ChannelState.DOWN)
    later = NOON + timedelta(milliseconds=250)
    return (
        ChannelCreated(PBX, 1, NOON, caller),
        DialBegan(PBX, 2, later, caller, phone),
        DialEnded(PBX, 3, NOON + timedelta(seconds=4), caller, phone, "ANSWER"),
    )


async def make_world(store: Store) -> World:
    """Put everybody and Alice's things into an empty store."""
    blue = (await store.teams.create(SYSTEM, "Blue")).id
    red = (await store.teams.create(SYSTEM, "Red")).id

    async def person(
        login: str, role: Role, team: TeamId | None = None, phone: str | None = None
    ) -> User:
        extension = Extension(phone) if phone else None
        data = UserData(login, login.title(), role, team, extension)
        return await store.users.create(SYSTEM, data, PASSWORD)

    alice = await person("alice", Role.AGENT, blue, "1001")
    bob = await person("bob", Role.AGENT, blue, "1002")
    susan = await person("susan", Role.SUPERVISOR, blue, "1003")
    mallory = await person("mallory", Role.AGENT, red, "1004")
    martin = await person("martin", Role.MANAGER)
    ada = await person("ada", Role.ADMIN)

    alice_acts = (await store.sessions.start(SYSTEM, alice.id)).session.actor
    customer = await store.customers.create(
        alice_acts, CustomerData("Atelier Dupont", team_id=blue), [NewPhone("+33142685300")]
    )
    customer_id = customer.customer.id
    contact = await store.contacts.add(alice_acts, customer_id, ContactData("Sample Director"))
    token = await store.tokens.create(alice_acts, "spare", frozenset({"customers:read"}))
    call = live_call()
    await store.call_log.record([call])
    return World(
        alice=alice,
        bob=bob,
        susan=susan,
        mallory=mallory,
        martin=martin,
        ada=ada,
        blue=blue,
        customer_id=customer_id,
        contact_id=contact.id,
        phone_id=customer.phones[0].id,
        call_id=call.id,
        token_id=token.token.id,
    )
