"""sipp's scenarios, built from values: XML text out, nothing else.

Every scenario writes one line an event to sipp's log, which sipp.py reads back: `word, sipp's clock
in ms, Call-ID, …` with SEPARATOR between. Does not run sipp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from lab.behaviour import Behaviour, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What a far side may refuse with; sipp wants each named.
_REFUSALS = (
    *(400, 401, 403, 404, 408, 410, 480, 484, 486, 487, 488),
    *(500, 501, 502, 503, 504, 600, 603),
)

SEPARATOR = "\x1f"  # no SIP header may hold it, so none that is logged can be mistaken

_TAG = "[pid]lab[call_number]"
_VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-"

_SDP = """v=0
o=lab 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {port} RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv"""

_EMPTY = "Content-Length: 0\n"


def literal(text: str) -> str:
    """`text` for a scenario's message part: sipp's own brackets are taken as they are."""
    return text.replace("[", "\\[").replace("]]>", "]]]]><![CDATA[>")


# ---- the pieces ------------------------------------------------------------------------------


def _scenario(name: str, parts: Sequence[str]) -> str:
    body = "\n".join(part for part in parts if part)
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n{body}\n</scenario>\n'
    )


def _log(word: str, *fields: str) -> str:
    """An action that writes an event's line."""
    message = SEPARATOR.join((word, "[clock_tick]", "[call_id]", *fields))
    return f"<log message={quoteattr(message)}/>"


def _send(message: str, *, retrans: bool = False, then: str = "") -> str:
    again = ' retrans="500"' if retrans else ""
    goes = f' next="{then}"' if then else ""
    return f"<send{again}{goes}><![CDATA[\n\n{message}\n\n]]></send>"


def _recv(what: str, *, optional: bool = False, then: str = "", action: str = "") -> str:
    """`what` is a method, or a status code."""
    kind = "response" if what.isdigit() else "request"
    attributes = f'{kind}="{what}"'
    attributes += ' optional="true"' if optional else ""
    attributes += f' next="{then}"' if then else ""
    return f"<recv {attributes}><action>{action}</action></recv>"


def _within(seconds: float | None, otherwise: str, recvs: Sequence[str]) -> list[str]:
    """Wait for one of `recvs`, so long after the last of them that came."""
    if seconds is None:
        return list(recvs)
    limit = f'<recv timeout="{max(1, round(seconds * 1000))}" ontimeout="{otherwise}"'
    return [recv.replace("<recv", limit, 1) for recv in recvs]


def _do(action: str = "", *, then: str = "") -> str:
    goes = f' next="{then}"' if then else ""
    return f"<nop{goes}><action>{action}</action></nop>"


def _label(name: str) -> str:
    return f'<label id="{name}"/>'


def _grab(regexp: str, variables: str, *, header: str = "") -> str:
    place = f'search_in="hdr" header="{header}"' if header else 'search_in="msg"'
    return f'<ereg regexp={quoteattr(regexp)} {place} assign_to="{variables}"/>'


def _speak(says: Path | None) -> str:
    return _do(f'<exec rtp_stream="{says},1,0"/>') if says else ""


def _sdp(says: Path | None) -> str:
    """Content headers and SDP; only a telephone that speaks gets an RTP socket."""
    port = "[rtpstream_audio_port]" if says else "[media_port]"
    return "Content-Type: application/sdp\nContent-Length: [len]\n\n" + _SDP.format(port=port)


def _response(status: str, *, cseq: str = "[last_CSeq:]", tag: str = "", body: str = "") -> str:
    return (
        f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}\n"
        "Contact: <sip:lab@[local_ip]:[local_port]>\n"
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\n" + (body or _EMPTY)
    )


def _bye(mine: str, theirs: str) -> str:
    # High enough for whatever dialog.py sent in between.
    return (
        f"BYE [$target] SIP/2.0\n{_VIA}bye\nMax-Forwards: 70\nFrom: {mine}\nTo: {theirs}\n"
        f"Call-ID: [call_id]\nCSeq: 100000 BYE\n{_EMPTY}"
    )


def _conversation(
    key: str, who: str, says: Path | None, talk_s: float | None, bye: str
) -> list[str]:
    """Speak, then serve what comes in the dialog until somebody hangs up or `talk_s` is over."""
    return [
        _speak(says),
        _label(f"talk{key}"),
        *_within(
            talk_s,
            f"bye{key}",
            [
                _recv("INVITE", optional=True, then=f"again{key}"),
                _recv("NOTIFY", optional=True, then=f"fine{key}"),
                _recv("BYE", then=f"hungup{key}"),
            ],
        ),
        _label(f"again{key}"),
        _send(_response("200 OK", body=_sdp(says)), retrans=True),
        _recv("ACK", then=f"talk{key}"),
        _label(f"fine{key}"),
        _send(_response("200 OK"), then=f"talk{key}"),
        _label(f"bye{key}"),
        _send(bye, retrans=True),
        _recv("200", then="end", action=_log("ended", who, "us")),
        _label(f"hungup{key}"),
        _send(_response("200 OK")),
        _do(_log("ended", who, "them"), then="end"),
    ]


# ---- the side that is called -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """Called users that match `pattern` (POSIX extended) behave so."""

    pattern: str
    behaviour: Behaviour


def called(rules: Sequence[Rule], default: Behaviour) -> str:
    """One process that answers for many telephones: the called user decides how."""
    parts = [
        _recv(
            "INVITE",
            action=_grab("INVITE sip:([^@; ]+)", "whole,user")
            + _grab(".*", "from", header="From:")
            + _grab(".*", "to", header="To:")
            + _grab("CSeq: *([0-9]+)", "whole,cseq")
            + _grab("<([^>]+)>", "whole,target", header="Contact:")
            + _log("invite", "[$user]", "[$from]"),
        ),
    ]
    for number, rule in enumerate(rules):
        parts += [
            _do(
                f'<ereg regexp={quoteattr(rule.pattern)} search_in="var" variable="user" '
                f'assign_to="m{number}"/>'
            ),
            f'<nop next="b{number}" test="m{number}"/>',
        ]
    parts += _behave("d", default)
    for number, rule in enumerate(rules):
        parts += [_label(f"b{number}"), *_behave(str(number), rule.behaviour)]
    parts += [
        _label("cancelled"),
        _send(_response("200 OK")),
        _send(_response("487 Request Terminated", cseq="CSeq: [$cseq] INVITE", tag=f";tag={_TAG}")),
        _recv("ACK", then="end", action=_log("cancelled", "[$user]")),
        _label("end"),
        _do(),
        '<Reference variables="whole,from,to,target"/>',
    ]
    return _scenario("called", parts)


def _behave(key: str, behaviour: Behaviour) -> list[str]:
    tag = f";tag={_TAG}"
    parts = [_send(_response("180 Ringing", tag=tag))] if behaviour.rings else []
    if behaviour.reply is Reply.NEVER:
        return [*parts, _recv("CANCEL", then="cancelled")]
    if behaviour.ring_s > 0:
        waiting = [_recv("CANCEL", then="cancelled")]
        parts += [*_within(behaviour.ring_s, f"reply{key}", waiting), _label(f"reply{key}")]
    if behaviour.reply is not Reply.ANSWER:
        code = behaviour.reply.value.split()[0]
        return [
            *parts,
            _send(_response(behaviour.reply.value, tag=tag), retrans=True),
            _recv("ACK", then="end", action=_log("refused", "[$user]", code)),
        ]
    mine, theirs = f"[$to];tag={_TAG}", "[$from]"
    return [
        *parts,
        _send(_response("200 OK", tag=tag, body=_sdp(behaviour.says)), retrans=True),
        _recv("ACK", action=_log("answered", "[$user]", mine, theirs, "[$target]")),
        *_conversation(key, "[$user]", behaviour.says, behaviour.talk_s, _bye(mine, theirs)),
    ]


# ---- the side that calls ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Calling:
    """How a call is placed. Texts are sipp's: pass what comes from outside through `literal`.

    `cancel_s`: give up when nobody answered by then. `talk_s`: hang up so long after the answer;
    None leaves it to the other side. `secret` answers a digest challenge (a phone that calls).
    """

    to_user: str
    from_user: str
    from_name: str = ""
    cancel_s: float | None = None
    talk_s: float | None = 5.0
    says: Path | None = None
    secret: str | None = None
    extra_headers: str = ""


def calling(call: Calling) -> str:
    """One call, or one of a load."""
    who = call.from_user
    parts = [_do(_log("invite", who, call.to_user)), _send(_invite(call), retrans=True)]
    cseq = 1
    if call.secret is not None:
        parts += [
            _recv("100", optional=True),
            '<recv response="401" auth="true"/>',
            _send(_ack(call, 1)),
            _send(_invite(call, cseq=2), retrans=True),
        ]
        cseq = 2
    answered = (
        _grab(".*", "to", header="To:")
        + _grab(".*", "from", header="From:")
        + _grab("<([^>]+)>", "whole,target", header="Contact:")
        + _log("answered", who, "[$from]", "[$to]", "[$target]")
    )
    outcomes = [
        *(
            _recv(str(code), optional=True, action=_log("ringing", who) if code > 100 else "")
            for code in (100, 180, 183)
        ),
        *(
            _recv(str(code), optional=True, then="refused", action=_log("refused", who, str(code)))
            for code in _REFUSALS
        ),
        _recv("200", action=answered),
    ]
    parts += [
        *_within(call.cancel_s, "cancel", outcomes),
        _send(_ack(call, cseq, answered=True)),
        *_conversation("", who, call.says, call.talk_s, _bye("[$from]", "[$to]")),
        _label("refused"),
        _send(_ack(call, cseq), then="end"),
        _label("cancel"),
        _send(_request("CANCEL", call, cseq) + _EMPTY, retrans=True),
        _recv("200", optional=True),
        _recv("487", action=_log("cancelled", who)),
        _send(_ack(call, cseq)),
        _label("end"),
        _do(),
        '<Reference variables="whole,from,to,target"/>',
    ]
    return _scenario("calling", parts)


def _request(method: str, call: Calling, cseq: int, to_tag: str = "") -> str:
    """INVITE, or what shares its branch: CANCEL and the ACK of a refusal."""
    uri = f"sip:{call.to_user}@[remote_ip]:[remote_port]"
    name = f'"{call.from_name}" ' if call.from_name else ""
    return (
        f"{method} {uri} SIP/2.0\n{_VIA}{cseq}\nMax-Forwards: 70\n"
        f"From: {name}<sip:{call.from_user}@[local_ip]:[local_port]>;tag={_TAG}\n"
        f"To: <{uri}>{to_tag}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n"
    )


def _invite(call: Calling, cseq: int = 1) -> str:
    text = _request("INVITE", call, cseq)
    text += f"Contact: <sip:{call.from_user}@[local_ip]:[local_port]>\n"
    text += "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\n"
    if cseq > 1:
        text += f"[authentication username={call.from_user} password={call.secret}]\n"
    return text + call.extra_headers + _sdp(call.says)


def _ack(call: Calling, cseq: int, *, answered: bool = False) -> str:
    if not answered:
        return _request("ACK", call, cseq, "[peer_tag_param]") + _EMPTY
    return (
        f"ACK [$target] SIP/2.0\n{_VIA}ack\nMax-Forwards: 70\nFrom: [$from]\nTo: [$to]\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} ACK\n{_EMPTY}"
    )
