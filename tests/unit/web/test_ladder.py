"""A call's events as a ladder."""

from __future__ import annotations

from callcore.call import LegRole
from callcore.events import ChannelRenamed, LinkLost
from callcore.ids import Uniqueid
from crm_store.records import InteractionLeg
from tests.unit.web.world import NOON, PBX, events, live_call
from web.api.ladder import ladder


def _legs() -> list[InteractionLeg]:
    return [
        InteractionLeg(
            uniqueid=leg.uniqueid,
            channel=leg.channel,
            role=leg.role,
            endpoint=leg.endpoint,
            number=leg.party.number,
            name=leg.party.name,
            created_at=leg.created_at,
            ringing_at=None,
            answered_at=leg.answered_at,
            ended_at=None,
            cause=0,
            hold_s=0,
            talk_s=0,
        )
        for leg in live_call().legs
    ]


def test_each_channel_has_a_lane_in_the_order_it_came() -> None:
    made = ladder(events(), _legs())
    assert [(lane.label, lane.role) for lane in made.lanes] == [
        ("PJSIP/trunk-a-1", LegRole.CUSTOMER),
        ("PJSIP/1001-2", LegRole.AGENT),
    ]


def test_a_step_tells_from_whom_to_whom_and_when() -> None:
    made = ladder(events(), _legs())
    caller, phone = (lane.id for lane in made.lanes)
    assert [(s.type, s.lane, s.to, s.offset_ms) for s in made.steps] == [
        ("channel-created", caller, None, 0),
        ("dial-began", caller, phone, 250),
        ("dial-ended", caller, phone, 4000),
    ]
    assert made.steps[2].text == "status=ANSWER"
    assert "exten=+33170189900@from-trunk" in made.steps[0].text


def test_an_event_without_a_channel_still_has_its_step() -> None:
    renamed = ChannelRenamed(PBX, 4, NOON, Uniqueid("1700000000.2"), "PJSIP/1001-9")
    made = ladder([*events(), renamed, LinkLost(PBX, 5, NOON, "reset")], _legs())
    assert made.steps[-2].lane == "1700000000.2"
    assert (made.steps[-1].lane, made.steps[-1].text) == (None, "reason=reset")


def test_no_events_no_ladder() -> None:
    made = ladder([], [])
    assert (made.lanes, made.steps) == ([], [])
