"""What all shapes of the API share: frozen, nothing unknown, lists with a cursor.

Does not read the store; each shape's `of` makes it from a record.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.api.texts import Cursor

Item = TypeVar("Item")

Id = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        to_lower=True,
    ),
]


IdOrMe = Annotated[
    str,
    StringConstraints(
        pattern=r"^(me|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
        to_lower=True,
    ),
    Field(description="an id, or me"),
]


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(BaseModel):
    """A body or a query: an unknown field is a mistake, not a wish unheard."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listing(Shape, Generic[Item]):
    """A part of a list; `next` asks for what follows."""

    items: list[Item]
    next: str | None = None


class Paging(Input):
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Ref(Shape):
    """Something by id and name."""

    id: str
    name: str

    @classmethod
    def of(cls, id_: str | None, name: str) -> Ref | None:
        return cls(id=id_, name=name) if id_ else None


class Done(Shape):
    done: bool = True
