"""The pacer behind an outside judge's protocol."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

POLICY = Path(__file__).parents[3] / "bench" / "pacing_policy.py"


@pytest.fixture
def policy_file() -> ModuleType:
    """Loaded by its path alone, as a judge does."""
    spec = importlib.util.spec_from_file_location("policy_under_test", POLICY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def state(**changes: object) -> SimpleNamespace:
    agents = {i: SimpleNamespace(id=i, state=1, since=0.0, talk_time=0.0) for i in range(4)}
    plain: dict[str, object] = {
        "agents": agents,
        "calls": {},
        "waiting": 0,
        "lines_free": 50,
        "events": [],
        "target": 0.03,
        "amd_fp": 0.0,
    }
    return SimpleNamespace(**{**plain, **changes})


def test_ready_agents_are_dialled_for(policy_file: ModuleType) -> None:
    assert policy_file.make_policy().decide(1.0, state()) >= 4


def test_the_judges_target_is_the_pacers(policy_file: ModuleType) -> None:
    assert policy_file.make_policy().decide(1.0, state(target=0.0)) == 4


def test_calls_in_flight_and_what_became_of_them_are_seen(policy_file: ModuleType) -> None:
    policy = policy_file.make_policy()
    calls = {7: SimpleNamespace(id=7, dialed_at=1.0, ringing_at=None)}
    policy.decide(2.0, state(calls=calls))
    calls[7].ringing_at = 2.5
    policy.decide(3.0, state(calls=calls, events=[(2.5, "ringing", 7, 1.5), (2.6, "login", 1, 0)]))
    assert policy.pacer.balance.answered == 0
    policy.decide(4.0, state(events=[(3.5, "answer", 7, 2.5), (3.5, "abandon", 7, 0.0)]))
    assert (policy.pacer.balance.answered, policy.pacer.balance.abandoned) == (1, 1)


def test_each_policy_begins_anew(policy_file: ModuleType) -> None:
    first, second = policy_file.make_policy(), policy_file.make_policy()
    first.decide(1.0, state())
    assert second.pacer is None
