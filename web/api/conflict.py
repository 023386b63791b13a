"""A conflict that shows what there is now, so that the page can offer it beside what was typed.

Does not merge anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from callcore.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import BaseModel

Value = TypeVar("Value")


async def or_conflict(
    write: Awaitable[Value], read_now: Callable[[], Awaitable[BaseModel]]
) -> Value:
    """What `write` gives.

    Raises:
        ConflictError: somebody was faster; `current` in its data is what `read_now` finds.
    """
    try:
        return await write
    except ConflictError as error:
        current = await read_now()
        raise ConflictError(
            error.message, **{**error.data, "current": current.model_dump(mode="json")}
        ) from error
