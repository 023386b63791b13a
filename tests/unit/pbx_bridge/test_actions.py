"""Each command becomes the actions that Asterisk has for it; nothing a caller says adds one."""

from __future__ import annotations

from typing import get_args

import pytest

from callcore import commands as cmd
from callcore.ids import Extension, QueueName
from pbx_bridge.actions import RECORD_CODE, RIGHTS, actions
from pbx_bridge.wire import serialise

CHANNEL, OTHER, AGENT, QUEUE = "PJSIP/1001-1", "PJSIP/trunk-a-2", Extension("1001"), QueueName("q")
EVERY: list[cmd.Command] = [
    cmd.Originate(
        "PJSIP/1001", "click-to-call", "+44", "+44", channel_id="x", variables={"A": "1"}
    ),
    cmd.Hangup(CHANNEL),
    cmd.Hold(CHANNEL, OTHER),
    cmd.Unhold(CHANNEL, OTHER),
    cmd.Redirect(CHANNEL, "transfer", "1002"),
    cmd.Bridge(CHANNEL, OTHER),
    cmd.AttendedTransfer(CHANNEL, "transfer", "1002"),
    cmd.CancelAttendedTransfer(CHANNEL),
    cmd.Park(CHANNEL, OTHER),
    cmd.Spy(AGENT, CHANNEL, "whisper"),
    cmd.Mute(CHANNEL, on=True),
    cmd.PlayDigits(CHANNEL, "12#"),
    cmd.QueueAdd(QUEUE, AGENT),
    cmd.QueueRemove(QUEUE, AGENT),
    cmd.QueuePause(AGENT, paused=True, reason="lunch"),
    cmd.RecordStart(OTHER, CHANNEL, "name"),
    cmd.RecordStop(CHANNEL),
    cmd.RecordPause(CHANNEL, paused=True),
]


def test_every_command_is_here() -> None:
    assert {type(command) for command in EVERY} == set(get_args(cmd.Command))


@pytest.mark.parametrize("command", EVERY, ids=lambda command: type(command).__name__)
def test_what_it_sends_can_be_sent_and_takes_a_right_that_is_checked(command: cmd.Command) -> None:
    checked = {name for names in RIGHTS.values() for name in names}
    sent = actions(command)
    assert sent
    for headers in sent:
        assert headers[0] == ("Action", headers[0][1])
        assert headers[0][1] in checked
        serialise(headers)


def test_no_right_that_hands_over_the_machine_is_asked_for() -> None:
    assert not set(RIGHTS) & {"system", "command", "config", "all"}


def test_an_originate_waits_for_its_outcome_and_names_its_channel() -> None:
    (headers,) = actions(
        cmd.Originate(
            "PJSIP/1001",
            "click-to-call",
            "+442079460123",
            "+442079460100",
            caller_name='Zoë "Z" <b>\\',
            channel_id="ours-1",
            timeout_s=20.5,
            variables={"ONE": "1", "TWO": "2"},
        )
    )
    assert headers == (
        ("Action", "Originate"),
        ("Channel", "PJSIP/1001"),
        ("Context", "click-to-call"),
        ("Exten", "+442079460123"),
        ("Priority", "1"),
        ("CallerID", '"Zoë Z b" <+442079460100>'),
        ("Timeout", "20500"),
        ("Async", "true"),
        ("ChannelId", "ours-1"),
        ("Variable", "ONE=1"),
        ("Variable", "TWO=2"),
    )


def test_hold_moves_both_so_that_neither_is_hung_up_by_the_other() -> None:
    holder, headers = actions(cmd.Hold(CHANNEL, OTHER))
    assert dict(holder)["Value"] == CHANNEL  # whose end lets the customer go
    assert dict(headers) | {"Action": "Redirect"} == dict(headers)
    assert (dict(headers)["Channel"], dict(headers)["Exten"]) == (OTHER, "customer")
    assert (dict(headers)["ExtraChannel"], dict(headers)["ExtraExten"]) == (CHANNEL, "agent")


def test_a_redirect_of_two_sends_the_second_where_the_first_goes_unless_told() -> None:
    (headers,) = actions(cmd.Redirect(CHANNEL, "transfer", "800", extra_channel=OTHER))
    assert dict(headers)["ExtraContext"] == "transfer"
    assert dict(headers)["ExtraExten"] == "800"


@pytest.mark.parametrize(("mode", "options"), [("listen", ""), ("whisper", "w"), ("barge", "B")])
def test_a_supervisor_hears_quietly_and_leaves_with_the_call(mode: str, options: str) -> None:
    (headers,) = actions(cmd.Spy(AGENT, CHANNEL, mode))  # type: ignore[arg-type] # parametrised
    assert dict(headers)["Data"] == f"{CHANNEL},qES{options}"
    assert dict(headers)["Async"] == "true"


def test_digits_go_one_by_one() -> None:
    sent = [dict(headers)["Digit"] for headers in actions(cmd.PlayDigits(CHANNEL, "1*#"))]
    assert sent == ["1", "*", "#"]


def test_a_recording_is_named_and_then_started_by_the_agents_key() -> None:
    name, *keys = actions(cmd.RecordStart(OTHER, CHANNEL, "call-7"))
    assert dict(name)["Value"] == "call-7"
    assert "".join(dict(key)["Digit"] for key in keys) == RECORD_CODE
    assert all(dict(key)["Receive"] == "true" for key in keys)


def test_a_pause_is_of_all_queues_unless_one_is_named() -> None:
    (everywhere,) = actions(cmd.QueuePause(AGENT, paused=False))
    (here,) = actions(cmd.QueuePause(AGENT, paused=True, queue=QUEUE))
    assert "Queue" not in dict(everywhere)
    assert dict(here)["Queue"] == QUEUE
