"""One case: what happened, what must be done by when, what was done, and the next act for whoever's turn it is."""

from __future__ import annotations

import json

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import GRADES, Doing, Step, case_of, documents_of, holds, next_action, timeline
from bihuan.base.rules.findings import finding_of
from bihuan.ends.regulator.acting import Attempt, Matter, form_values
from bihuan.ends.regulator.case_acts import ACTS
from bihuan.ends.regulator.officers import Assignable, assignees
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.witness import BEYOND_SCOPE, witnesses

_BESIDE: dict[str, tuple[Doing, ...]] = {
    "filed": (),
    "dispatched": (Doing.handle, Doing.dispatch),
    "handling": (Doing.handle,),
    "checking": (),
}
"""What an officer may also do at a step, beside the next act: handle on the spot, dispatch anew."""


def _show(page: Page, row: RowMapping, attempt: Attempt) -> Response:
    names = Names(page)
    finding = finding_of(page.reader, row["finding"])
    ids = json.loads(finding["witness"])
    seen = witnesses(page, ids)
    action = next_action(row, page.principal)
    primary = action.doing if action is not None else None
    documents = documents_of(page.reader, row["id"])
    may_dispatch = row["step"] in ("filed", "dispatched") and row["state"] == "open"
    choice = assignees(page, [row]) if may_dispatch else Assignable()
    first = row["owner"] if row["owner_kind"] == "person" else page.principal.person
    return page.render(
        "regulator/case.html", attempt.status, c=row, f=finding, names=names, rule=names.rules.get(finding["rule"]),
        witness=[seen[name] for name in ids if name in seen], lost=[name for name in ids if name not in seen],
        photos=json.loads(finding["photos"]), turn=names.turn(row), primary=primary,
        beside=_beside(page, row, finding, primary), happened=timeline(page.reader, row["id"]), documents=documents,
        document_ids={document.number: document.id for document in documents},
        steps=list(Step), grades=GRADES, choice=choice,
        partners=[(each.id, each.name) for each in choice.people if each.id != first],
        **form_values(page, attempt),
    )  # fmt: skip


def _beside(page: Page, row: RowMapping, finding: RowMapping, primary: Doing | None) -> list[Doing]:
    """Other acts that are open to this officer now."""
    if row["state"] != "open":
        return []
    found = [
        doing
        for doing in _BESIDE.get(row["step"], ())
        if doing is not primary and holds(page.principal, "act", row["line"], row["area"])
    ]
    if finding["state"] == "withdrawn" and holds(page.principal, "decide", row["line"], row["area"]):
        found.append(Doing.revoke)
    return found


_CASE = Matter("/regulator/cases", case_of, _show, ACTS)


@door("/regulator/cases/{id}", who="officer", declassified=BEYOND_SCOPE)
def case(page: Page) -> Response:
    """The case as it stands."""
    return _CASE.shown(page)


@door("/regulator/cases/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Move the case on."""
    return _CASE.moved(page)
