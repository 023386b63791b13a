from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcore.call import Call, Direction, Leg, LegRole, Result
from callcore.changes import (
    CallChanged,
    CallEnded,
    CallsMerged,
    CallStarted,
    Change,
    FloorFresh,
    FloorStale,
    MembershipChanged,
    PhoneRinging,
    PhoneStateChanged,
    PhoneStoppedRinging,
    QueueChanged,
    StopReason,
)
from callcore.events import Party, PhoneState
from callcore.ids import CallId, Extension, Linkedid, PbxId, QueueName, Uniqueid
from screenpop import messages
from screenpop.messages import (
    CloseReason,
    Notice,
    PopChanged,
    PopClosed,
    PopOpened,
    PopState,
    ServerMessage,
)
from screenpop.pops import Delivery, Pops

T0 = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANN, BOB = Extension("1001"), Extension("1002")
USERS = {ANN: "ann", BOB: "bob"}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def leg(endpoint: str, began_s: float = 0, **fields: object) -> Leg:
    role = LegRole.CUSTOMER if endpoint.startswith("trunk") else LegRole.AGENT
    channel = f"PJSIP/{endpoint}-0000"
    known: dict[str, object] = {"party": Party(), "created_at": at(began_s), **fields}
    return Leg(Uniqueid(f"{endpoint}@{began_s}"), channel, role, endpoint, **known)  # type: ignore[arg-type]


CUSTOMER = leg("trunk-a")
INBOUND = Call(
    id=CallId("c1"),
    pbx=PbxId("lab"),
    linkedids=(Linkedid("1.1"),),
    direction=Direction.INBOUND,
    started_at=T0,
    customer=Party("+33612345678", "Zoé"),
    dialled="0800",
    legs=(CUSTOMER,),
)


def ringing(call: Call, *extensions: Extension, at_s: float = 1) -> Call:
    legs = tuple(leg(e, at_s, ringing_at=at(at_s)) for e in extensions)
    return replace(call, legs=(*call.legs, *legs), ringing=(*call.ringing, *extensions))


def answered(call: Call, extension: Extension, at_s: float = 3) -> Call:
    """`extension` answers; the phones that rang beside it stop."""
    legs = tuple(
        each
        if each.role is LegRole.CUSTOMER
        else replace(each, answered_at=at(at_s))
        if each.endpoint == extension
        else replace(each, ended_at=at(at_s))
        for each in call.legs
    )
    return replace(call, legs=legs, ringing=(), answered_at=at(at_s), agents=(extension,))


def ended(call: Call, at_s: float = 9, result: Result = Result.ANSWERED) -> Call:
    legs = tuple(each if each.ended_at else replace(each, ended_at=at(at_s)) for each in call.legs)
    return replace(call, legs=legs, ringing=(), ended_at=at(at_s), result=result)


class Screens:
    """Runs changes through Pops and keeps what each user was told."""

    def __init__(self) -> None:
        self.pops = Pops()

    def tell(self, *changes: Change) -> list[tuple[str | None, ServerMessage]]:
        told: list[Delivery] = []
        for change in changes:
            told += self.pops.apply(change, USERS)
        return [(delivery.user_id, delivery.message) for delivery in told]

    def states(self, user_id: str) -> dict[str, PopState]:
        return {pop.call_id: pop.state for pop in self.pops.of(user_id)}


@pytest.fixture
def screens() -> Screens:
    return Screens()


def ring(screens: Screens, *extensions: Extension, call: Call = INBOUND) -> Call:
    rung = ringing(call, *extensions)
    screens.tell(*(PhoneRinging(rung, extension, at(1)) for extension in extensions))
    return rung


def test_a_call_pops_for_the_one_agent_whose_phone_rings(screens: Screens) -> None:
    call = ringing(replace(INBOUND, queue=QueueName("sales")), ANN)
    [(user_id, message)] = screens.tell(
        CallStarted(INBOUND), CallChanged(INBOUND), PhoneRinging(call, ANN, at(1))
    )
    assert isinstance(message, PopOpened)
    pop = message.pop
    assert user_id == "ann"
    assert (pop.number, pop.name, pop.dialled, pop.queue) == (
        "+33612345678",
        "Zoé",
        "0800",
        "sales",
    )
    assert (pop.state, pop.rang_at_ms) == (PopState.RINGING, round(at(1).timestamp() * 1000))
    assert screens.pops.of("bob") == ()


def test_a_phone_nobody_sits_at_pops_for_nobody(screens: Screens) -> None:
    stranger = Extension("1999")
    assert screens.tell(PhoneRinging(ringing(INBOUND, stranger), stranger, at(1))) == []


def test_the_pop_closes_for_the_others_when_one_takes_the_call(screens: Screens) -> None:
    call = answered(ring(screens, ANN, BOB), ANN)
    told = screens.tell(
        PhoneStoppedRinging(call, ANN, at(3), StopReason.ANSWERED),
        PhoneStoppedRinging(call, BOB, at(3), StopReason.ANSWERED_ELSEWHERE),
        CallChanged(call),
    )
    assert ("bob", PopClosed(call.id, CloseReason.ANSWERED_ELSEWHERE)) in told
    assert [type(message) for user, message in told if user == "ann"] == [PopChanged]
    assert screens.states("ann") == {"c1": PopState.TALKING}
    assert screens.states("bob") == {}


def test_the_order_of_the_changes_of_one_answer_does_not_matter(screens: Screens) -> None:
    call = answered(ring(screens, ANN, BOB), ANN)
    told = screens.tell(
        CallChanged(call),
        PhoneStoppedRinging(call, BOB, at(3), StopReason.ANSWERED_ELSEWHERE),
        PhoneStoppedRinging(call, ANN, at(3), StopReason.ANSWERED),
    )
    assert ("bob", PopClosed(call.id, CloseReason.ANSWERED_ELSEWHERE)) in told
    assert len(told) == 2
    assert screens.states("ann") == {"c1": PopState.TALKING}


@pytest.mark.parametrize("reason", [StopReason.NO_ANSWER, StopReason.CALLER_GONE])
def test_a_phone_that_rang_in_vain_loses_its_pop(screens: Screens, reason: StopReason) -> None:
    ring(screens, ANN)
    assert screens.tell(PhoneStoppedRinging(INBOUND, ANN, at(9), reason)) == [
        ("ann", PopClosed(INBOUND.id, CloseReason(reason.value)))
    ]
    assert screens.pops.of("ann") == ()


def test_a_call_that_rings_again_pops_again(screens: Screens) -> None:
    ring(screens, ANN)
    screens.tell(PhoneStoppedRinging(INBOUND, ANN, at(9), StopReason.NO_ANSWER))
    again = ringing(INBOUND, ANN, at_s=15)
    [(_, message)] = screens.tell(PhoneRinging(again, ANN, at(15)))
    assert isinstance(message, PopOpened)
    assert message.pop.rang_at_ms == round(at(15).timestamp() * 1000)


def test_the_talk_counts_from_the_agents_own_answer(screens: Screens) -> None:
    call = answered(ring(screens, ANN), ANN, at_s=4)
    screens.tell(CallChanged(call))
    assert screens.pops.of("ann")[0].answered_at == at(4)


def test_an_ended_call_stays_on_the_screen_for_the_wrap_up(screens: Screens) -> None:
    call = answered(ring(screens, ANN), ANN)
    [_, (user_id, message)] = screens.tell(CallChanged(call), CallEnded(ended(call)))
    assert user_id == "ann"
    assert isinstance(message, PopChanged)
    assert (message.state, message.ended_at, message.result) == (
        PopState.ENDED,
        at(9),
        Result.ANSWERED,
    )
    assert message.answered_at == at(3)


def test_the_agent_closes_what_has_ended_but_not_what_lives(screens: Screens) -> None:
    call = answered(ring(screens, ANN), ANN)
    screens.tell(CallChanged(call))
    assert screens.pops.dismiss("ann", call.id) == []
    screens.tell(CallEnded(ended(call)))
    [delivery] = screens.pops.dismiss("ann", call.id)
    assert delivery.message == PopClosed(call.id, CloseReason.DISMISSED)
    assert screens.pops.dismiss("ann", call.id) == []


def test_of_many_ended_calls_the_oldest_go_by_themselves(screens: Screens) -> None:
    closed: list[str] = []
    for i in range(5):
        call = answered(ringing(replace(INBOUND, id=CallId(f"c{i}")), ANN), ANN)
        told = screens.tell(CallChanged(call), CallEnded(ended(call)))
        closed += [m.call_id for _, m in told if isinstance(m, PopClosed)]
    assert closed == ["c0", "c1"]
    assert list(screens.states("ann")) == ["c2", "c3", "c4"]


def test_a_caller_who_hangs_up_while_it_rings_closes_the_pop(screens: Screens) -> None:
    call = ended(ring(screens, ANN, BOB), result=Result.MISSED)
    assert screens.tell(CallEnded(call)) == [
        ("ann", PopClosed(call.id, CloseReason.CALLER_GONE)),
        ("bob", PopClosed(call.id, CloseReason.CALLER_GONE)),
    ]


def test_a_call_found_talking_after_a_lost_link_pops_as_it_stands(screens: Screens) -> None:
    [(user_id, message)] = screens.tell(CallStarted(answered(ringing(INBOUND, BOB), BOB)))
    assert user_id == "bob"
    assert isinstance(message, PopOpened)
    assert message.pop.state is PopState.TALKING


def test_cards_found_go_out_with_the_pop_and_stay_with_it(screens: Screens) -> None:
    call = ringing(INBOUND, ANN)
    [delivery] = screens.pops.apply(PhoneRinging(call, ANN, at(1)), USERS)
    assert delivery.wants_cards is not None
    [carded] = screens.pops.put_cards("ann", call.id, [{"name": "A"}, {"name": "B"}], [])
    assert isinstance(carded.message, PopOpened)
    assert carded.message.pop.customers == ({"name": "A"}, {"name": "B"})
    assert carded.wants_cards is None
    screens.tell(CallChanged(answered(call, ANN)))
    assert screens.pops.of("ann")[0].customers == ({"name": "A"}, {"name": "B"})


def test_cards_that_come_after_the_pop_has_gone_are_dropped(screens: Screens) -> None:
    assert screens.pops.put_cards("ann", CallId("c1"), [], []) == []


def test_what_never_changes_is_not_told_twice(screens: Screens) -> None:
    call = ring(screens, ANN)
    assert screens.tell(PhoneRinging(call, ANN, at(1)), CallChanged(call), CallChanged(call)) == []
    over = ended(answered(call, ANN))
    screens.tell(CallChanged(answered(call, ANN)), CallEnded(over))
    assert screens.tell(CallEnded(over)) == []


OUTBOUND = replace(INBOUND, direction=Direction.OUTBOUND, legs=(), dialled="+33612345678")


def test_a_click_to_call_pops_while_the_agents_own_phone_rings(screens: Screens) -> None:
    call = ringing(OUTBOUND, ANN)
    [(_, message)] = screens.tell(PhoneRinging(call, ANN, at(1)))
    assert isinstance(message, PopOpened)
    assert (message.pop.direction, message.pop.number) == (Direction.OUTBOUND, "+33612345678")
    up = replace(answered(call, ANN), answered_at=None)
    screens.tell(CallChanged(up))
    assert screens.states("ann") == {"c1": PopState.DIALLING}
    screens.tell(CallChanged(replace(up, answered_at=at(7))))
    assert screens.pops.of("ann")[0].answered_at == at(7)


def test_a_number_known_only_later_wants_its_cards_then(screens: Screens) -> None:
    ring(screens, ANN, call=replace(OUTBOUND, customer=Party()))
    screens.pops.put_cards("ann", OUTBOUND.id, [], [])
    [delivery] = screens.pops.apply(CallChanged(ringing(OUTBOUND, ANN)), USERS)
    assert delivery.wants_cards is not None
    assert delivery.wants_cards.number == "+33612345678"


def test_a_call_dialled_at_the_telephone_pops_too(screens: Screens) -> None:
    call = replace(OUTBOUND, legs=(leg(ANN), leg("trunk-a", 1)))
    screens.tell(CallChanged(call))
    assert screens.states("ann") == {"c1": PopState.DIALLING}
    screens.tell(CallEnded(ended(call, result=Result.BUSY)))
    [pop] = screens.pops.of("ann")
    assert (pop.state, pop.result) == (PopState.ENDED, Result.BUSY)


INTERNAL = replace(
    INBOUND,
    id=CallId("c2"),
    direction=Direction.INTERNAL,
    customer=Party(ANN),
    dialled=BOB,
    legs=(leg(ANN, party=Party(ANN, "Ann")),),
)


def test_colleagues_see_each_other(screens: Screens) -> None:
    call = ring(screens, BOB, call=INTERNAL)
    [ann], [bob] = screens.pops.of("ann"), screens.pops.of("bob")
    assert (ann.state, ann.number, ann.name) == (PopState.DIALLING, BOB, "")
    assert (bob.state, bob.number, bob.name) == (PopState.RINGING, ANN, "Ann")
    assert call.id == "c2"


def test_a_transfer_puts_the_customer_in_the_place_of_the_colleague(screens: Screens) -> None:
    talk = answered(ring(screens, ANN), ANN)
    screens.tell(CallChanged(talk))
    consult = answered(ring(screens, BOB, call=INTERNAL), BOB)
    consult = replace(consult, legs=(replace(consult.legs[0], ended_at=None), *consult.legs[1:]))
    screens.tell(CallChanged(consult))
    joined = replace(
        talk,
        legs=(
            CUSTOMER,
            *(replace(each, ended_at=at(8)) for each in (talk.legs[1], consult.legs[0])),
            consult.legs[1],
        ),
        agents=(ANN, BOB),
    )
    told = screens.tell(CallsMerged(joined, INTERNAL.id))
    opened = [m for user, m in told if user == "bob" and isinstance(m, PopOpened)]
    assert [(m.pop.number, m.replaces, m.pop.customers) for m in opened] == [
        ("+33612345678", INTERNAL.id, None)
    ]
    assert ("ann", PopClosed(INTERNAL.id, CloseReason.MERGED)) in told
    assert screens.states("ann") == {"c1": PopState.ENDED}
    assert screens.states("bob") == {"c1": PopState.TALKING}
    [carded] = screens.pops.put_cards("bob", joined.id, [], [], replaces=INTERNAL.id)
    assert isinstance(carded.message, PopOpened)
    assert carded.message.replaces == INTERNAL.id


def test_a_call_handed_back_opens_again_and_keeps_its_cards(screens: Screens) -> None:
    call = answered(ring(screens, ANN), ANN)
    screens.tell(CallChanged(call))
    screens.pops.put_cards("ann", call.id, [{"name": "A"}], [])
    left = replace(call, legs=(CUSTOMER, replace(call.legs[1], ended_at=at(5))))
    screens.tell(CallChanged(left))
    assert screens.states("ann") == {"c1": PopState.ENDED}
    back = ringing(left, ANN, at_s=20)
    [(_, message)] = screens.tell(PhoneRinging(back, ANN, at(20)))
    assert isinstance(message, PopOpened)
    assert (message.pop.state, message.pop.customers) == (PopState.RINGING, ({"name": "A"},))
    assert message.pop.ended_at is None


def test_a_phones_state_goes_to_who_sits_there_and_the_queues_to_all(screens: Screens) -> None:
    sales = QueueName("sales")
    assert screens.tell(
        PhoneStateChanged(ANN, PhoneState.IDLE, T0),
        PhoneStateChanged(Extension("1999"), PhoneState.IDLE, T0),
        QueueChanged(sales, 2, T0),
    ) == [
        ("ann", messages.PhoneChanged(ANN, PhoneState.IDLE, T0)),
        (None, messages.QueueChanged(sales, 2, T0)),
    ]


def test_who_serves_which_queue_changes_no_screen(screens: Screens) -> None:
    assert screens.tell(MembershipChanged(QueueName("sales"), ANN, None, T0)) == []


def test_everybody_hears_that_the_pbx_is_lost_and_back(screens: Screens) -> None:
    assert screens.tell(FloorStale(T0, "reset"), FloorFresh(at(2))) == [
        (None, Notice("pbx-lost", T0)),
        (None, Notice("pbx-back", at(2))),
    ]
