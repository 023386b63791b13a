"""Who works in the house of these tests, whom they know, and what was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callcore.call import Call, Direction, Leg, LegRole, Result
from callcore.events import (
    BridgeEntered,
    BridgeLeft,
    Channel,
    ChannelCreated,
    ChannelEnded,
    ChannelState,
    DialBegan,
    DialEnded,
    Party,
)
from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid, call_id
from crm_store.ids import InteractionId
from crm_store.records import (
    ContactData,
    CustomerData,
    CustomerKind,
    CustomerState,
    NewPhone,
    UserData,
)
from crm_store.rights import SYSTEM, Role

if TYPE_CHECKING:
    from callcore.events import Event
    from callcore.ids import CallId
    from crm_store.ids import CustomerId, TeamId
    from crm_store.records import User
    from crm_store.rights import Actor
    from crm_store.store import Store

PASSWORD = "correct horse battery"
PBX = PbxId("lab")
DUPONT, LEROY, SHARED, STRANGER = "+33199001120", "+33199001160", "+33199001130", "+33199001142"


@dataclass(frozen=True, slots=True)
class People:
    """Claire is the agent whose desk is looked at; Bruno her colleague, Ada the administrator."""

    claire: User
    bruno: User
    susan: User
    ada: User
    dupont: CustomerId
    answered_call: CallId


async def make_people(store: Store) -> People:
    team = (await store.teams.create(SYSTEM, "Support")).id

    async def person(login: str, name: str, role: Role, phone: str | None) -> User:
        data = UserData(login, name, role, team, Extension(phone) if phone else None)
        return await store.users.create(SYSTEM, data, PASSWORD)

    claire = await person("claire", "Agent One", Role.AGENT, "1001")
    bruno = await person("bruno", "Agent Two", Role.AGENT, "1002")
    susan = await person("susan", "Supervisor One", Role.SUPERVISOR, "1003")
    ada = await person("ada", "Admin One", Role.ADMIN, None)
    actor = (await store.sessions.start(SYSTEM, claire.id)).session.actor
    dupont = await _customers(store, actor, team)
    calls = _history(datetime.now(UTC))
    await store.call_log.record(calls)
    newest = (await store.interactions.get(SYSTEM, InteractionId(calls[0].id))).interaction
    await store.interactions.set_notes(
        SYSTEM,
        newest.id,
        newest.notes_version,
        "Delivery of the oak panels moved to Thursday; she wants a call the day before.",
    )
    await store.interactions.add_note(actor, dupont, "Prefers to be called after 14:00.")
    return People(claire, bruno, susan, ada, dupont, calls[0].id)


async def _customers(store: Store, actor: Actor, team: TeamId) -> CustomerId:
    async def customer(name: str, number: str, **more: object) -> CustomerId:
        data = replace(CustomerData(name, team_id=team), **more)  # type: ignore[arg-type]
        made = await store.customers.create(actor, data, [NewPhone(number, "office")])
        return made.customer.id

    dupont = await customer(
        "Atelier Dupont",
        DUPONT,
        state=CustomerState.ACTIVE,
        email="contact@atelier-dupont.example",
        note="Joinery in Lyon, nine people. Orders every spring.",
        tags=("wood", "key account"),
        properties={"Customer number": "K-20417", "Delivery": "Dock 2, mornings only"},
    )
    await store.contacts.add(
        actor,
        dupont,
        ContactData("Sample Director", "Director"),
        [NewPhone("+33199001161", "mobile")],
    )
    await store.contacts.add(
        actor, dupont, ContactData("Sample Buyer", "Purchasing"), [NewPhone("+33199001162")]
    )
    await customer(
        "Sample Caller", LEROY, kind=CustomerKind.PERSON, email="sample.caller@example.org"
    )
    await customer("Lycée Paul Valéry", SHARED, state=CustomerState.ACTIVE)
    await customer("Cantine Paul Valéry", SHARED)
    await customer("Brasserie du Port", "+33199001150", state=CustomerState.FORMER)
    await customer("Müller & Söhne GmbH", "+493023125000", state=CustomerState.ACTIVE)
    return dupont


def _history(now: datetime) -> list[Call]:
    """A morning's calls, newest first, and some of the days before."""
    rows: list[tuple[float, str, str, Direction, Result, int, int]] = [
        (22, DUPONT, "ATELIER DUPONT", Direction.INBOUND, Result.ANSWERED, 9, 247),
        (48, STRANGER, "", Direction.INBOUND, Result.ABANDONED, 74, 0),
        (63, LEROY, "M LEROY", Direction.OUTBOUND, Result.ANSWERED, 12, 96),
        (95, "+33556010203", "", Direction.INBOUND, Result.MISSED, 25, 0),
        (131, "+493023125000", "Müller", Direction.INBOUND, Result.ANSWERED, 4, 512),
        (170, LEROY, "", Direction.OUTBOUND, Result.NO_ANSWER, 30, 0),
        (1490, DUPONT, "ATELIER DUPONT", Direction.INBOUND, Result.ANSWERED, 21, 388),
        (2950, "+33199001150", "", Direction.OUTBOUND, Result.BUSY, 3, 0),
        (11000, DUPONT, "", Direction.OUTBOUND, Result.ANSWERED, 8, 65),
    ]
    return [_call(index, now, *row) for index, row in enumerate(rows, 1)]


def _call(
    index: int,
    now: datetime,
    ago_min: float,
    number: str,
    name: str,
    direction: Direction,
    result: Result,
    wait_s: int,
    talk_s: int,
) -> Call:
    start = now - timedelta(minutes=ago_min)
    answered = start + timedelta(seconds=wait_s) if result is Result.ANSWERED else None
    end = start + timedelta(seconds=wait_s + talk_s)
    linkedid = Linkedid(f"1763{index:06}.1")
    inbound = direction is Direction.INBOUND
    legs = tuple(
        Leg(
            uniqueid=Uniqueid(f"{linkedid}{n}"),
            channel=channel,
            role=role,
            endpoint=channel[6:-9],
            party=party,
            created_at=start,
            ringing_at=start,
            answered_at=answered,
            ended_at=end,
            cause=16,
            talk_s=float(talk_s),
        )
        for n, (channel, role, party) in enumerate(
            [
                ("PJSIP/trunk-a-0000002a", LegRole.CUSTOMER, Party(number, name)),
                ("PJSIP/1001-0000002b", LegRole.AGENT, Party("1001", "Claire")),
            ],
            1,
        )
    )
    return Call(
        id=call_id(PBX, linkedid),
        pbx=PBX,
        linkedids=(linkedid,),
        direction=direction,
        started_at=start,
        customer=Party(number, name),
        dialled="+33199001100" if inbound else number,
        legs=legs,
        queue=QueueName("support") if inbound else None,
        answered_at=answered,
        ended_at=end,
        result=result,
        agents=(Extension("1001"),) if answered or not inbound else (),
        wait_s=float(wait_s),
        talk_s=float(talk_s),
        ladder=_ladder(linkedid, number, name, start, wait_s, talk_s) if answered else (),
    )


def _ladder(
    linkedid: Linkedid, number: str, name: str, start: datetime, wait_s: int, talk_s: int
) -> tuple[Event, ...]:
    def channel(n: int, full_name: str, state: ChannelState, party: Party) -> Channel:
        return Channel(Uniqueid(f"{linkedid}{n}"), linkedid, full_name, state, party)

    caller = channel(1, "PJSIP/trunk-a-0000002a", ChannelState.RING, Party(number, name))
    phone = channel(2, "PJSIP/1001-0000002b", ChannelState.DOWN, Party("1001", "Claire"))
    rings = start + timedelta(milliseconds=480)
    answer = start + timedelta(seconds=wait_s)
    end = answer + timedelta(seconds=talk_s)
    later = timedelta(milliseconds=3)
    return (
        ChannelCreated(PBX, 1, start, caller),
        ChannelCreated(PBX, 2, rings, phone),
        DialBegan(PBX, 3, rings + later, caller, phone),
        DialEnded(PBX, 4, answer, caller, phone, "ANSWER"),
        BridgeEntered(PBX, 5, answer + later, "b-1", phone),
        BridgeEntered(PBX, 6, answer + later * 2, "b-1", caller),
        BridgeLeft(PBX, 7, end, "b-1", caller),
        ChannelEnded(PBX, 8, end + later, caller, 16, "Normal Clearing"),
        BridgeLeft(PBX, 9, end + later * 2, "b-1", phone),
        ChannelEnded(PBX, 10, end + later * 3, phone, 16, "Normal Clearing"),
    )
