"""派遣 of several cases at once: first what will happen to each, then the act, all or none."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import Act, Step, case_of, dispatch, holds
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.ends.regulator.fields import required_instant
from bihuan.ends.regulator.officers import Assignable, assignees, chosen
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names

MOST = 100
"""Cases in one go: as many as anybody reads through in a preview."""


@door("/regulator/cases/dispatch", who="officer")
def preview(page: Page) -> Response:
    """What dispatching the ticked cases would do to each of them."""
    return _show(page, page.request.query_params.getlist("case"), {})


@door("/regulator/cases/dispatch", "POST", who="officer")
def act(page: Page) -> Response:
    """Dispatch them all, in one transaction."""
    wanted = page.fields().get("case", [])
    try:
        rows = [row for row in _rows(page, wanted) if _why_not(page, row) is None]
        if not rows:
            words = Words("没有可派遣的案件。", "None of these cases can be dispatched.")
            raise Invalid(*words, faults=[Fault("case", "required", words)])
        to = chosen(page, rows)
        due = required_instant(page, "due", Words("处置期限", "Handle by"))
        retry = page.field("retry")
        with page.write() as w:
            for row in rows:
                version = page.field(f"version-{row['id']}")
                how = Act(
                    "page", f"{retry}:{row['id']}" if retry else None, int(version) if version.isdecimal() else None
                )
                dispatch(
                    w, row["id"], to=to.id, to_kind=to.kind, to_name=to.name, due=due, text=page.field("text"), act=how
                )
    except BihuanError as error:
        return _show(page, wanted, page.wrong(error), error.status)
    told = page.t(f"已将 {len(rows)} 件派遣给{to.name}。", f"{len(rows)} cases were dispatched to {to.name}.")
    return page.go("/regulator/cases", told=told)


def _rows(page: Page, wanted: list[str]) -> list[RowMapping]:
    return [case_of(page.reader, case) for case in dict.fromkeys(wanted[:MOST])]


def _why_not(page: Page, row: RowMapping) -> Words | None:
    """Why a case stays as it is, or None when it will be dispatched."""
    if row["state"] != "open" or row["step"] not in ("filed", "dispatched"):
        return Words(f"处于“{Step[row['step']].zh}”，不再派遣", f"at “{Step[row['step']].en}”: no longer dispatched")
    if not holds(page.principal, "act", row["line"], row["area"]):
        return Words("不属于您可办理的辖区或条线", "not of an area and line in which you may act")
    return None


def _show(page: Page, wanted: list[str], wrong: dict[str, Any], status: int = 200) -> Response:
    rows = _rows(page, wanted)
    ready = [row for row in rows if _why_not(page, row) is None]
    return page.render(
        "regulator/bulk_dispatch.html", status, rows=rows, ready=ready, why_not=lambda row: _why_not(page, row),
        choice=assignees(page, ready) if ready else Assignable(), names=Names(page), steps=Step,
        typed={name: page.field(name) for name in ("to", "due", "text")},
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip
