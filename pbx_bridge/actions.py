"""Commands as AMI actions. Pure: values in, headers out.

Does not send them and does not refuse bad values; the serialiser in wire.py does, for every action.
Each action's own page: https://docs.asterisk.org/Latest_API/API_Documentation/AMI_Actions/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from callcore import commands as cmd

if TYPE_CHECKING:
    from pbx_bridge.wire import Headers

HOLD_CONTEXT = "hold"
RECORD_CODE = "*5"
"""features.conf's `automixmon`, which records whom the presser speaks with: the action MixMonitor would
need the right `system`, which runs shell commands."""

RIGHTS = {
    "call": (
        *("Hangup", "Redirect", "Bridge", "Atxfer", "CancelAtxfer", "Park", "PlayDTMF", "Setvar"),
        *("StopMixMonitor", "MixMonitorMute"),
    ),
    "agent": ("QueueAdd", "QueueRemove", "QueuePause"),
    "originate": ("Originate",),
    "reporting": ("CoreShowChannels", "CoreStatus", "CoreSettings", "DeviceStateList"),
}
"""Which `write` right in manager.conf lets us do what."""

_SPY_OPTIONS = {"listen": "qES", "whisper": "qESw", "barge": "qESB"}
_UNQUOTED = str.maketrans("", "", '"\\<>')


def actions(command: cmd.Command) -> list[Headers]:  # noqa: C901, PLR0911, PLR0912 # an arm each
    """What to send, one after another, each answered before the next."""
    match command:
        case cmd.Originate():
            return [_originate(command)]
        case cmd.Hangup(channel, cause):
            return [_action("Hangup", Channel=channel, Cause=str(cause))]
        case cmd.Hold(channel, other):
            return [
                _setvar(other, "HOLDER", channel),
                _redirect(other, HOLD_CONTEXT, "customer", channel, HOLD_CONTEXT, "agent"),
            ]
        case cmd.Unhold(channel, other):
            return [_action("Bridge", Channel1=channel, Channel2=other, Tone="no")]
        case cmd.Redirect(channel, context, exten, extra, extra_context, extra_exten):
            return [_redirect(channel, context, exten, extra, extra_context, extra_exten)]
        case cmd.Bridge(channel, other):
            return [_action("Bridge", Channel1=channel, Channel2=other, Tone="no")]
        case cmd.AttendedTransfer(channel, context, exten):
            return [_action("Atxfer", Channel=channel, Exten=exten, Context=context)]
        case cmd.CancelAttendedTransfer(channel):
            return [_action("CancelAtxfer", Channel=channel)]
        case cmd.Park(channel, announce_to, timeout_s):
            timeout_ms = str(round(timeout_s * 1000))
            return [
                _action("Park", Channel=channel, AnnounceChannel=announce_to, Timeout=timeout_ms)
            ]
        case cmd.Spy(supervisor, channel, mode):
            return [_spy(supervisor, f"{channel},{_SPY_OPTIONS[mode]}")]
        case cmd.Mute(channel, on, direction):
            state = "on" if on else "off"
            return [_setvar(channel, f"MUTEAUDIO({direction})", state)]
        case cmd.PlayDigits(channel, digits):
            return [_digit(channel, digit) for digit in digits]
        case cmd.QueueAdd(queue, extension, penalty, paused):
            return [
                _action(
                    "QueueAdd",
                    Queue=queue,
                    Interface=f"PJSIP/{extension}",
                    MemberName=extension,
                    StateInterface=f"PJSIP/{extension}",
                    Penalty=str(penalty),
                    Paused=_yes(paused),
                )
            ]
        case cmd.QueueRemove(queue, extension):
            return [_action("QueueRemove", Queue=queue, Interface=f"PJSIP/{extension}")]
        case cmd.QueuePause(extension, paused, queue, reason):
            headers = _action("QueuePause", Interface=f"PJSIP/{extension}", Paused=_yes(paused))
            queues: Headers = (("Queue", queue),) if queue else ()
            return [(*headers, *queues, ("Reason", reason))]
        case cmd.RecordStart(_, agent, filename):
            name = _setvar(agent, "TOUCH_MIXMONITOR", filename)
            return [name, *(_digit(agent, digit, received=True) for digit in RECORD_CODE)]
        case cmd.RecordStop(channel):
            return [_action("StopMixMonitor", Channel=channel)]
        case cmd.RecordPause(channel, paused):
            state = "1" if paused else "0"
            return [_action("MixMonitorMute", Channel=channel, Direction="both", State=state)]
        case _:
            assert_never(command)


def _action(name: str, **values: str) -> Headers:
    return (("Action", name), *values.items())


def _yes(value: bool) -> str:  # noqa: FBT001 # it is what it says
    return "true" if value else "false"


def _originate(command: cmd.Originate) -> Headers:
    # A quote in the name would end it and begin something else.
    name = command.caller_name.translate(_UNQUOTED)
    headers = _action(
        "Originate",
        Channel=command.endpoint,
        Context=command.context,
        Exten=command.exten,
        Priority="1",
        CallerID=f'"{name}" <{command.caller_number}>' if name else f"<{command.caller_number}>",
        Timeout=str(round(command.timeout_s * 1000)),
        Async="true",  # without it Asterisk's answer says nothing of the outcome
    )
    chosen: Headers = (("ChannelId", command.channel_id),) if command.channel_id else ()
    variables: Headers = tuple(
        ("Variable", f"{name}={value}") for name, value in command.variables.items()
    )
    return (*headers, *chosen, *variables)


def _spy(supervisor: str, data: str) -> Headers:
    return _action(
        "Originate",
        Channel=f"PJSIP/{supervisor}",
        Application="ChanSpy",
        Data=data,
        CallerID="<>",
        Timeout="30000",
        Async="true",
    )


def _redirect(  # noqa: PLR0917 # two places
    channel: str,
    context: str,
    exten: str,
    extra: str | None,
    extra_context: str | None,
    extra_exten: str | None,
) -> Headers:
    headers = _action("Redirect", Channel=channel, Context=context, Exten=exten, Priority="1")
    if extra is None:
        return headers
    return (
        *headers,
        ("ExtraChannel", extra),
        ("ExtraContext", extra_context or context),
        ("ExtraExten", extra_exten or exten),
        ("ExtraPriority", "1"),
    )


def _setvar(channel: str, variable: str, value: str) -> Headers:
    return _action("Setvar", Channel=channel, Variable=variable, Value=value)


def _digit(channel: str, digit: str, *, received: bool = False) -> Headers:
    headers = _action("PlayDTMF", Channel=channel, Digit=digit, Duration="100")
    return (*headers, ("Receive", "true")) if received else headers
