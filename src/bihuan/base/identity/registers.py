"""Registers that all areas share: roles, lines of supervision, divisions and their mergers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
import yaml

from bihuan.base.db import Writer
from bihuan.base.errors import Conflict, Fault, Forbidden, Invalid, Words
from bihuan.base.identity.areas import CODE, area_of, areas_by_code, row_of, successor
from bihuan.base.identity.events import AreaCreated, AreaMerged, RoleChanged
from bihuan.base.identity.journal import record
from bihuan.base.identity.model import (
    EVERYWHERE,
    MEMBER_CAPABILITIES,
    OFFICER_CAPABILITIES,
    PARTY_LINE,
    Area,
    Line,
    Role,
    area,
    line,
    role,
    spelt,
)
from bihuan.base.identity.queries import roles
from bihuan.base.identity.scopes import check_covers, check_everywhere

_LINE = re.compile(r"[a-z][a-z0-9_]*")


@cache
def shipped_roles() -> tuple[Role, ...]:
    """The roles that come with the system."""
    data: dict[str, dict[str, Any]] = yaml.safe_load((files(__package__) / "roles.yaml").read_text("utf-8"))
    return tuple(Role(name, Words(row["zh"], row["en"]), frozenset(row["may"])) for name, row in data.items())


def load_roles(w: Writer) -> int:
    """Add the shipped roles that are missing; changed ones stay as they are. How many were added."""
    _check_system(w)
    known = {each.name for each in roles(w)}
    missing = [each for each in shipped_roles() if each.name not in known]
    w.insert(role, [_role_row(each) for each in missing])
    return len(missing)


def set_role(w: Writer, changed: Role) -> None:
    """Add or change a role; grants given before keep what they were given."""
    check_everywhere(w.principal)
    if not changed.capabilities or not (
        changed.capabilities <= MEMBER_CAPABILITIES or changed.capabilities <= OFFICER_CAPABILITIES
    ):
        words = Words(
            "角色的权限应全部属于企业，或全部属于监管人员。",
            "A role's capabilities are all a member's or all an officer's.",
        )
        raise Invalid(*words, faults=[Fault("capabilities", "choice", words)])
    w.upsert(role, _role_row(changed))
    happened = RoleChanged(changed.name)
    record(w, "set_role", changed.name, EVERYWHERE, happened, capabilities=sorted(changed.capabilities))


def load_lines(w: Writer, lines: Iterable[Line]) -> None:
    """Make the lines of the apps known; called at start with what their manifests name."""
    _check_system(w)
    rows = []
    for each in lines:
        if not _LINE.fullmatch(each.name) or each.name == PARTY_LINE:
            raise ValueError(f"not a name for a line: {each.name}")
        rows.append({"name": each.name, "zh": each.words.zh, "en": each.words.en})
    w.upsert(line, rows)


def create_area(w: Writer, new: Area) -> None:
    """Add a division or a special area; Invalid when the code is malformed, Conflict when it is known."""
    check_covers(w.principal, new.code, "*")
    if not CODE.fullmatch(new.code):
        words = Words(f"辖区代码“{new.code}”格式不符。", f"'{new.code}' is not an area code.")
        raise Invalid(*words, faults=[Fault("code", "pattern", words)])
    if new.code in areas_by_code(w):
        raise Conflict("该辖区代码已存在。", "This area code exists already.")
    w.insert(area, row_of(new))
    record(w, "create_area", new.code, new.code, AreaCreated(new.code), zh=new.words.zh, en=new.words.en)


def merge_area(w: Writer, code: str, into: str, on: date) -> None:
    """Let one division go into another on a civil day; from then on the successor's grants reach its rows too.

    Needs `admin` for all lines over both. Conflict when it has been merged already or would come back to itself.
    """
    check_covers(w.principal, code, "*")
    check_covers(w.principal, into, "*")
    old, new = area_of(w, code), area_of(w, into)
    if old.merged_into is not None:
        raise Conflict("该辖区已经并入其他辖区。", "This area has been merged already.", code="merged")
    if into.startswith(code) or code.startswith(into) or successor(w, into, date.max) == code:
        raise Conflict(
            "不能并入自身或上下级辖区。", "An area cannot go into itself, its parent or its part.", code="circle"
        )
    if new.valid_to is not None and new.valid_to <= on:
        raise Conflict("并入的辖区届时已不存在。", "The area it would go into is no more by then.", code="gone")
    changed = {"valid_to": on.isoformat(), "merged_into": into}
    w.write(sa.update(area).where(area.c.code == code).values(**changed))
    record(w, "merge_area", code, into, AreaMerged(code, into, on), into=into, on=on.isoformat())


def _role_row(each: Role) -> dict[str, str]:
    return {"name": each.name, "zh": each.words.zh, "en": each.words.en, "capabilities": spelt(each.capabilities)}


def _check_system(w: Writer) -> None:
    if w.principal.kind != "system":
        raise Forbidden("只有系统可以装载。", "Only the system loads this.")
