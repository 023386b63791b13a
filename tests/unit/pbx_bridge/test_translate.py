from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcore import events
from callcore.events import Channel, ChannelState, Event, Party, PhoneState
from callcore.ids import Extension, Linkedid, PbxId, QueueName, Uniqueid
from pbx_bridge.translate import Unreadable, translate

if TYPE_CHECKING:
    from collections.abc import Mapping

LAB = PbxId("lab")
AT = datetime(2026, 11, 24, 9, 0, 0, 250_000, UTC)
STAMP = {"Timestamp": f"{AT.timestamp():.6f}"}
BY = (LAB, 7, AT)


def headers_of(
    prefix: str = "", *, name: str = "PJSIP/1001-0000002a", number: str = "42", **more: str
) -> dict[str, str]:
    """A channel as Asterisk 22 describes it in any event."""
    own = {
        "Channel": name,
        "ChannelState": "5",
        "ChannelStateDesc": "Ringing",
        "CallerIDNum": "1001",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "+4915112345678",
        "ConnectedLineName": 'Anna \\"Ann\\" O\\\'Neil',
        "Language": "en",
        "AccountCode": "",
        "Context": "from-phones",
        "Exten": "s",
        "Priority": "1",
        "Uniqueid": f"lab-1700000000.{number}",
        "Linkedid": "lab-1700000000.40",
    }
    return {prefix + key: text for key, text in (own | more).items()}


def channel_of(*, name: str = "PJSIP/1001-0000002a", number: str = "42") -> Channel:
    return Channel(
        uniqueid=Uniqueid(f"lab-1700000000.{number}"),
        linkedid=Linkedid("lab-1700000000.40"),
        name=name,
        state=ChannelState.RINGING,
        caller=Party("1001"),
        connected=Party("+4915112345678", 'Anna "Ann" O\'Neil'),
        context="from-phones",
        exten="s",
    )


def read(headers: Mapping[str, str], *, otherwise_at: datetime | None = None) -> Event:
    """The one event of a message."""
    outcome = translate(headers, LAB, 7, otherwise_at=otherwise_at)
    assert isinstance(outcome, tuple)
    (event,) = outcome
    return event


CHANNEL = channel_of()
OTHER = channel_of(name="PJSIP/trunk-a-00000029", number="40")
HEADERS = headers_of()
OTHERS = {"name": "PJSIP/trunk-a-00000029", "number": "40"}
BRIDGE = {"BridgeUniqueid": "b-1", "BridgeTechnology": "simple_bridge"}
QUEUE = {"Queue": "support"}
MEMBER = {"Interface": "PJSIP/1001", "MemberName": "1001"}
SUPPORT, ANN = QueueName("support"), Extension("1001")

CASES: list[tuple[str, Mapping[str, str], Event]] = [
    ("Newchannel", HEADERS, events.ChannelCreated(*BY, CHANNEL)),
    ("Newstate", HEADERS, events.ChannelChanged(*BY, CHANNEL)),
    ("NewCallerid", HEADERS, events.ChannelChanged(*BY, CHANNEL)),
    ("NewConnectedLine", HEADERS, events.ChannelChanged(*BY, CHANNEL)),
    (
        "Rename",
        {"Channel": "PJSIP/1001-0000002a", "Newname": "PJSIP/1001-x", "Uniqueid": "lab-1.2"},
        events.ChannelRenamed(*BY, Uniqueid("lab-1.2"), "PJSIP/1001-x"),
    ),
    (
        "Hangup",
        HEADERS | {"Cause": "16", "Cause-txt": "Normal Clearing"},
        events.ChannelEnded(*BY, CHANNEL, 16, "Normal Clearing"),
    ),
    (
        "DialBegin",
        headers_of(**OTHERS) | headers_of("Dest"),
        events.DialBegan(*BY, OTHER, CHANNEL),
    ),
    ("DialBegin", headers_of("Dest"), events.DialBegan(*BY, None, CHANNEL)),
    (
        "DialEnd",
        headers_of(**OTHERS) | headers_of("Dest") | {"DialStatus": "BUSY"},
        events.DialEnded(*BY, OTHER, CHANNEL, "BUSY"),
    ),
    ("BridgeEnter", HEADERS | BRIDGE, events.BridgeEntered(*BY, "b-1", CHANNEL)),
    (
        "BridgeEnter",
        HEADERS | BRIDGE | {"BridgeTechnology": "holding_bridge"},
        events.BridgeEntered(*BY, "b-1", CHANNEL, holding=True),
    ),
    ("BridgeLeave", HEADERS | BRIDGE, events.BridgeLeft(*BY, "b-1", CHANNEL)),
    (
        "LocalBridge",
        headers_of("LocalOne") | headers_of("LocalTwo", **OTHERS),
        events.LocalBridged(*BY, CHANNEL, OTHER),
    ),
    ("Hold", HEADERS, events.HoldBegan(*BY, CHANNEL)),
    ("Unhold", HEADERS, events.HoldEnded(*BY, CHANNEL)),
    (
        "BlindTransfer",
        headers_of("Transferer")
        | headers_of("Transferee", **OTHERS)
        | {"Result": "Success", "Context": "transfer", "Extension": "1002"},
        events.BlindTransferred(*BY, CHANNEL, OTHER, "transfer", "1002"),
    ),
    (
        "AttendedTransfer",
        headers_of("OrigTransferer")
        | headers_of("SecondTransferer", **OTHERS)
        | {"Result": "Success"},
        events.AttendedTransferred(*BY, CHANNEL, OTHER, None, None),
    ),
    (
        "QueueCallerJoin",
        HEADERS | QUEUE | {"Position": "2", "Count": "2"},
        events.QueueJoined(*BY, SUPPORT, CHANNEL, 2),
    ),
    ("QueueCallerLeave", HEADERS | QUEUE, events.QueueLeft(*BY, SUPPORT, CHANNEL)),
    (
        "QueueCallerAbandon",
        HEADERS | QUEUE | {"HoldTime": "12"},
        events.QueueAbandoned(*BY, SUPPORT, CHANNEL, 12.0),
    ),
    (
        "AgentCalled",
        headers_of(**OTHERS) | headers_of("Dest") | QUEUE | MEMBER,
        events.QueueAgentCalled(*BY, SUPPORT, OTHER, CHANNEL, ANN),
    ),
    (
        "AgentConnect",
        headers_of(**OTHERS) | headers_of("Dest") | QUEUE | MEMBER | {"HoldTime": "3"},
        events.QueueAgentConnected(*BY, SUPPORT, OTHER, CHANNEL, ANN, 3.0),
    ),
    (
        "AgentRingNoAnswer",
        headers_of(**OTHERS) | QUEUE | MEMBER,
        events.QueueAgentMissed(*BY, SUPPORT, OTHER, None, ANN),
    ),
    (
        "AgentComplete",
        headers_of(**OTHERS) | headers_of("Dest") | QUEUE | MEMBER,
        events.QueueAgentCompleted(*BY, SUPPORT, OTHER, CHANNEL, ANN),
    ),
    (
        "QueueMemberPause",
        QUEUE | MEMBER | {"Paused": "1", "PausedReason": "Lunch", "Status": "1", "Penalty": "3"},
        events.QueueMemberChanged(*BY, SUPPORT, ANN, PhoneState.IDLE, True, "Lunch", 3),
    ),
    (
        "QueueMember",
        QUEUE | {"Location": "PJSIP/1001", "Paused": "0", "Status": "6"},
        events.QueueMemberChanged(*BY, SUPPORT, ANN, PhoneState.RINGING, paused=False),
    ),
    (
        "QueueMemberStatus",
        QUEUE | {"Interface": "Local/555@agents/n", "StateInterface": "PJSIP/1001", "Status": "2"},
        events.QueueMemberChanged(*BY, SUPPORT, ANN, PhoneState.IN_USE, paused=False),
    ),
    (
        "QueueMemberRemoved",
        QUEUE | {"Interface": "Local/1001@agents/n"},
        events.QueueMemberRemoved(*BY, SUPPORT, ANN),
    ),
    (
        "DeviceStateChange",
        {"Device": "PJSIP/1001", "State": "ONHOLD"},
        events.PhoneChanged(*BY, ANN, PhoneState.ON_HOLD),
    ),
    ("MixMonitorStart", HEADERS, events.RecordingBegan(*BY, CHANNEL)),
    ("MixMonitorStop", HEADERS, events.RecordingEnded(*BY, CHANNEL)),
    (
        "OriginateResponse",
        {"Response": "Failure", "Reason": "5", "Uniqueid": "<null>"},
        events.OriginateEnded(*BY, None, False, 5),
    ),
    (
        "OriginateResponse",
        {"Response": "Success", "Reason": "4", "Uniqueid": "lab-1.2"},
        events.OriginateEnded(*BY, Uniqueid("lab-1.2"), True, 4),
    ),
    (
        "UserEvent",
        HEADERS | {"UserEvent": "AMD", "Status": "HUMAN", "Privilege": "user,all"},
        events.DialplanSignalled(*BY, "AMD", CHANNEL, {"Status": "HUMAN"}),
    ),
]


@pytest.mark.parametrize(("name", "headers", "event"), CASES, ids=[case[0] for case in CASES])
def test_a_message_becomes_the_event_it_stands_for(
    name: str, headers: Mapping[str, str], event: Event
) -> None:
    assert translate({"Event": name, **STAMP, **headers}, LAB, 7) == (event,)


@pytest.mark.parametrize(
    "headers",
    [
        {"Event": "FullyBooted"},
        {"Response": "Success"},
        {},
        {"Event": "DeviceStateChange", "Device": "Queue:support", "State": "RINGING"} | STAMP,
        {"Event": "BlindTransfer", "Result": "Fail"} | STAMP,
        {"Event": "AttendedTransfer", "Result": "Invalid"} | STAMP,
        {"Event": "AgentComplete", "TalkTime": "2"} | STAMP | QUEUE | MEMBER,
    ],
)
def test_a_message_that_tells_us_nothing_gives_no_event(headers: Mapping[str, str]) -> None:
    assert translate(headers, LAB, 7) == ()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Event": "Newchannel"} | HEADERS, "no Timestamp: manager.conf"),
        ({"Event": "Newchannel", "Timestamp": "soon"} | HEADERS, "'soon' is no time"),
        ({"Event": "Newchannel", "Timestamp": "nan"} | HEADERS, "'nan' is no time"),
        ({"Event": "Newchannel", "Timestamp": "1e300"} | HEADERS, "is no time"),
        ({"Event": "Newchannel"} | STAMP, "no Channel with its Uniqueid"),
        ({"Event": "DialBegin"} | STAMP | HEADERS, "no DestChannel with its DestUniqueid"),
        ({"Event": "BridgeEnter"} | STAMP | HEADERS, "no BridgeUniqueid"),
        ({"Event": "QueueCallerJoin"} | STAMP | HEADERS, "no Queue"),
        ({"Event": "QueueMemberPause"} | STAMP | QUEUE, "no Interface that names a phone"),
        ({"Event": "Rename", "Uniqueid": "lab-1.2"} | STAMP, "no Newname"),
    ],
)
def test_a_broken_message_is_reported_not_raised(headers: Mapping[str, str], reason: str) -> None:
    outcome = translate(headers, LAB, 7)
    assert isinstance(outcome, Unreadable)
    assert outcome.event == headers["Event"]
    assert reason in outcome.reason


def test_an_item_of_a_list_takes_the_time_it_is_given() -> None:
    item = {"Event": "QueueMember", "Queue": "support", "Location": "PJSIP/1001"}
    event = read(item, otherwise_at=AT)
    assert event.at == AT


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("<unknown>", ""),
        ("<null>", ""),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (r"\'OR\'1\'=\'1", "'OR'1'='1"),
        (r"tab\there\\there\?", "tab\there\\there?"),
        (r"two\r\nlines", "two\r\nlines"),
        ("lone\\", "lone\\"),
        (r"\z unknown", "z unknown"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ],
)
def test_names_come_out_as_the_network_sent_them(spelled: str, name: str) -> None:
    headers = {"Event": "Newchannel"} | STAMP | headers_of(CallerIDName=spelled)
    event = read(headers)
    assert isinstance(event, events.ChannelCreated)
    assert event.channel.caller.name == name


@pytest.mark.parametrize(
    ("header", "text", "expected"),
    [("ChannelState", "Ringing", 0), ("ChannelState", "99", 0), ("ChannelState", "6", 6)],
)
def test_an_odd_channel_state_reads_as_down(header: str, text: str, expected: int) -> None:
    event = read({"Event": "Newstate"} | STAMP | HEADERS | {header: text})
    assert isinstance(event, events.ChannelChanged)
    assert event.channel.state == expected


@pytest.mark.parametrize("odd", ["", "x", "９", "1e3", "9" * 5000, "--1"])
def test_an_odd_number_reads_as_nought(odd: str) -> None:
    event = read({"Event": "Hangup", "Cause": odd} | STAMP | HEADERS)
    assert isinstance(event, events.ChannelEnded)
    assert event.cause == 0


def test_a_channel_without_a_linkedid_is_its_own() -> None:
    headers = {"Event": "Newchannel"} | STAMP | headers_of(Linkedid="")
    event = read(headers)
    assert isinstance(event, events.ChannelCreated)
    assert event.channel.linkedid == "lab-1700000000.42"


@pytest.mark.parametrize("state", ["", "12", "PARKED"])
def test_an_unheard_of_device_state_is_unknown(state: str) -> None:
    headers = {"Event": "DeviceStateChange", "Device": "PJSIP/1001", "State": state} | STAMP
    assert translate(headers, LAB, 7) == (events.PhoneChanged(*BY, ANN, PhoneState.UNKNOWN),)


@given(
    case=st.sampled_from(CASES),
    lost=st.sets(st.integers(0, 60), max_size=4),
    odd=st.dictionaries(st.integers(0, 60), st.text(max_size=20), max_size=4),
)
def test_no_message_whatever_makes_it_raise(
    case: tuple[str, Mapping[str, str], Event], lost: set[int], odd: dict[int, str]
) -> None:
    name, headers, _ = case
    whole = list({**STAMP, **headers}.items())
    torn = {key: odd.get(at, text) for at, (key, text) in enumerate(whole) if at not in lost}
    assert isinstance(translate({"Event": name, **torn}, LAB, 7), (tuple, Unreadable))
