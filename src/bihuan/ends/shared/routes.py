"""The route table of the people's doors: every page declares who may enter, and a test walks the whole table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from starlette.responses import Response

    from bihuan.ends.shared.page import Page

Who = Literal["anyone", "person", "officer", "enterprise", "administrator"]
Handler = Callable[["Page"], "Response | Awaitable[Response]"]
"""A handler that waits for something (a file being read beside) is a coroutine; every other answers at once."""


@dataclass(frozen=True, slots=True)
class Door:
    """One route: path, method, who may enter, and for a figure shown beyond its scope the reason."""

    path: str
    method: Literal["GET", "POST"]
    who: Who
    handler: Handler
    declassified: str = ""


_DOORS: list[Door] = []


def door(path: str, method: Literal["GET", "POST"] = "GET", *, who: Who, declassified: str = "") -> Callable[[Handler], Handler]:
    """Enter a page in the route table; `declassified` says why a figure may be shown beyond the reader's scope."""

    def enter(handler: Handler) -> Handler:
        _DOORS.append(Door(path, method, who, handler, declassified))
        return handler

    return enter


def doors() -> tuple[Door, ...]:
    """All pages whose modules are loaded, in the order in which they were declared."""
    return tuple(_DOORS)
