from __future__ import annotations

from datetime import timedelta

import pytest

from callcore.call import LegRole
from callcore.changes import MembershipChanged, QueueChanged
from callcore.events import Party, PhoneState, QueueMemberChanged
from callcore.ids import QueueName, Uniqueid
from callcore.legs import LiveLeg
from callcore.queues import Membership, Queues
from tests.unit.callcore.pretend_pbx import ANN, LAB, START, SUPPORT

SALES = QueueName("sales")
LATER = START + timedelta(seconds=1)


@pytest.fixture
def queues() -> Queues:
    return Queues()


@pytest.fixture
def leg() -> LiveLeg:
    customer = LegRole.CUSTOMER
    return LiveLeg(Uniqueid("1.1"), "PJSIP/trunk-a-1", customer, "trunk-a", Party(), START, START)


def test_a_caller_stands_in_one_queue_at_a_time(queues: Queues, leg: LiveLeg) -> None:
    assert queues.join(SUPPORT, leg, START) == [QueueChanged(SUPPORT, 1, START)]
    assert queues.join(SALES, leg, LATER) == [
        QueueChanged(SUPPORT, 0, LATER),
        QueueChanged(SALES, 1, LATER),
    ]
    assert queues.waiting == {SALES: 1}


def test_joining_twice_counts_once(queues: Queues, leg: LiveLeg) -> None:
    queues.join(SUPPORT, leg, START)
    assert queues.join(SUPPORT, leg, LATER) == []


def test_who_never_joined_leaves_nothing(queues: Queues, leg: LiveLeg) -> None:
    assert queues.leave(leg, START) == []


def test_joining_told_after_a_later_leaving_is_ignored(queues: Queues, leg: LiveLeg) -> None:
    queues.leave(leg, LATER)
    assert queues.join(SUPPORT, leg, START) == []


def test_the_dead_do_not_queue(queues: Queues, leg: LiveLeg) -> None:
    leg.ended_at = START
    assert queues.join(SUPPORT, leg, LATER) == []


def test_membership_is_told_when_it_changes(queues: Queues) -> None:
    event = QueueMemberChanged(
        LAB, 1, START, SUPPORT, ANN, PhoneState.IDLE, paused=True, reason="Lunch", penalty=2
    )
    lunch = Membership(paused=True, reason="Lunch", penalty=2)
    assert queues.serve(event) == [MembershipChanged(SUPPORT, ANN, lunch, START)]
    assert queues.serve(event) == []
    assert queues.members == {SUPPORT: {ANN: lunch}}
    assert queues.dismiss(SUPPORT, ANN, LATER) == [MembershipChanged(SUPPORT, ANN, None, LATER)]
    assert queues.dismiss(SUPPORT, ANN, LATER) == []
    assert queues.dismiss(SALES, ANN, LATER) == []
