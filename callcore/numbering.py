"""What a channel's name says of the one behind it: a customer over a trunk, an agent's phone, the PBX itself.

Does not understand telephone numbers, it only tells short ones, which are ours; crm_store does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcore.call import LegRole

_PHONE_TECHNOLOGIES = frozenset({"PJSIP", "SIP", "IAX2"})


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which endpoints of the PBX are trunks; every other telephone is an agent's."""

    trunks: frozenset[str]
    longest_extension: int = 5

    def is_outside(self, number: str) -> bool:
        """Whether a dialled number leads out: it has more digits than any extension of ours."""
        return sum(digit.isdigit() for digit in number) > self.longest_extension

    def role(self, channel_name: str) -> LegRole:
        """Whose leg the channel is.

        Everything that is neither a trunk nor a telephone (Local halves, announcers, recorders,
        masquerade leftovers) is the PBX talking to itself.
        """
        technology, _, _ = channel_name.partition("/")
        if technology not in _PHONE_TECHNOLOGIES or channel_name.endswith("<ZOMBIE>"):
            return LegRole.SERVICE
        endpoint = self.endpoint(channel_name)
        if not endpoint:
            return LegRole.SERVICE
        return LegRole.CUSTOMER if endpoint in self.trunks else LegRole.AGENT

    def endpoint(self, channel_name: str) -> str:
        """The name between the slash and the last dash: `trunk-a` of `PJSIP/trunk-a-0000002f`.

        A queue member's interface has no dash and number behind it: `1001` of `PJSIP/1001`.
        """
        _, _, rest = channel_name.partition("/")
        rest = rest.removesuffix("<ZOMBIE>")
        endpoint, dash, serial = rest.rpartition("-")
        return endpoint if dash and _is_serial(serial) else rest


def _is_serial(text: str) -> bool:
    """Whether `text` is what Asterisk counts a technology's channels with: eight hexadecimal digits."""
    return len(text) == 8 and all(digit in "0123456789abcdef" for digit in text.lower())
