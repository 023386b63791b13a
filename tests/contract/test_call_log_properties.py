"""The same versions of a call in any order, any number of times, end in the same row."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from callcore.call import Call, Result
from callcore.events import Party
from callcore.ids import Extension, Linkedid, QueueName
from crm_store.ids import InteractionId
from crm_store.rights import SYSTEM
from crm_store.store import Store, StoreSettings
from tests.contract.calls import at, ringing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from crm_store.records import InteractionDetails

names = st.sampled_from(["", "Example Caller", "Другой", "=cmd"])
times = st.integers(1, 40).map(float)


@st.composite
def versions(draw: st.DrawFn) -> Call:
    """A version of one call, not even a consistent one: the log must cope with all."""
    call = ringing(rings=draw(st.sampled_from(["", "1001"])))
    leg = call.legs[0]
    end = draw(st.none() | times.map(at))
    return replace(
        call,
        linkedids=(
            Linkedid("lab-1.1"),
            *map(Linkedid, draw(st.sets(st.sampled_from(["lab-2.1", "lab-3.1"])))),
        ),
        customer=Party(draw(st.sampled_from(["", "+12125550142", "+33199001122"])), draw(names)),
        queue=draw(st.sampled_from([None, QueueName("support"), QueueName("sales")])),
        answered_at=draw(st.none() | times.map(at)),
        ended_at=end,
        result=None if end is None else draw(st.sampled_from(Result)),
        agents=draw(
            st.sampled_from([(), (Extension("1001"),), (Extension("1001"), Extension("1002"))])
        ),
        talk_s=draw(times),
        legs=(replace(leg, answered_at=draw(st.none() | times.map(at)), ended_at=end),),
        recovered=draw(st.booleans()),
        changed_at=draw(st.none() | times.map(at)),
    )


@asynccontextmanager
async def fresh_store(template: Path) -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, f"{folder}/store.db")
        url = f"sqlite+aiosqlite:///{folder}/store.db"
        async with Store.opened(StoreSettings(url)) as store:
            yield store


async def outcome(template: Path, batches: list[list[Call]]) -> InteractionDetails:
    async with fresh_store(template) as store:
        for batch in batches:
            await store.call_log.record(batch)
        return await store.interactions.get(SYSTEM, InteractionId(batches[0][0].id))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_order_and_repetition_change_nothing(sqlite_template: Path, data: st.DataObject) -> None:
    told = data.draw(st.lists(versions(), min_size=1, max_size=5))
    again = data.draw(
        st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=3)))
    )
    one_by_one = asyncio.run(outcome(sqlite_template, [[call] for call in told]))
    together = asyncio.run(outcome(sqlite_template, [again]))
    shuffled = asyncio.run(outcome(sqlite_template, [[call] for call in again]))
    assert one_by_one == together == shuffled
