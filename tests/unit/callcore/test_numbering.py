from __future__ import annotations

import pytest

from callcore.call import LegRole
from callcore.numbering import Numbering

NUMBERING = Numbering(frozenset({"trunk-a", "carrier-00000001"}))


@pytest.mark.parametrize(
    ("channel", "role", "endpoint"),
    [
        ("PJSIP/1001-0000002f", LegRole.AGENT, "1001"),
        ("PJSIP/trunk-a-0000002f", LegRole.CUSTOMER, "trunk-a"),
        ("PJSIP/trunk-b-0000002F", LegRole.AGENT, "trunk-b"),
        ("PJSIP/carrier-00000001-0000002f", LegRole.CUSTOMER, "carrier-00000001"),
        ("PJSIP/1001", LegRole.AGENT, "1001"),
        ("PJSIP/front-desk", LegRole.AGENT, "front-desk"),
        ("Local/1001@agents-0000001a;1", LegRole.SERVICE, "1001@agents-0000001a;1"),
        ("AsyncGoto/PJSIP/1001-00000001", LegRole.SERVICE, "PJSIP/1001"),
        ("AsyncGoto/PJSIP/1001-00000001<ZOMBIE>", LegRole.SERVICE, "PJSIP/1001"),
        ("PJSIP/1001-00000001<ZOMBIE>", LegRole.SERVICE, "1001"),
        ("CBAnn/conf-00000001;2", LegRole.SERVICE, "conf-00000001;2"),
        ("PJSIP/", LegRole.SERVICE, ""),
        ("", LegRole.SERVICE, ""),
        ("nonsense", LegRole.SERVICE, ""),
    ],
)
def test_a_channels_name_tells_whose_it_is(channel: str, role: LegRole, endpoint: str) -> None:
    assert NUMBERING.role(channel) is role
    assert NUMBERING.endpoint(channel) == endpoint
