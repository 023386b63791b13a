from __future__ import annotations

import pytest

from callcore.floor import Floor
from callcore.numbering import Numbering
from tests.unit.callcore.pretend_pbx import PretendPbx


@pytest.fixture
def floor() -> Floor:
    return Floor(Numbering(frozenset({"trunk-a"})))


@pytest.fixture
def pbx() -> PretendPbx:
    return PretendPbx()
