"""One case: what happened, what must be done by when, what was done, and the next act for whoever's turn it is."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import GRADES, Doing, Step, case_of, documents_of, holds, next_action, timeline, whose_turn
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, Conflict, NotFound
from bihuan.base.rules.findings import finding_of
from bihuan.ends.regulator.case_acts import ACTS
from bihuan.ends.regulator.fields import taken_files
from bihuan.ends.regulator.officers import assignees
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.asking import needs_password
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.witness import BEYOND_SCOPE, witnesses

_BESIDE: dict[str, tuple[Doing, ...]] = {
    "filed": (),
    "dispatched": (Doing.handle, Doing.dispatch),
    "handling": (Doing.handle,),
    "checking": (),
}
"""What an officer may also do at a step, beside the next act: handle on the spot, dispatch anew."""


@door("/regulator/cases/{id}", who="officer", declassified=BEYOND_SCOPE)
def case(page: Page) -> Response:
    """The case as it stands."""
    return _show(page, case_of(page.reader, page.path("id")), "", {}, [])


@door("/regulator/cases/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Move the case on; a refusal shows the page again with everything that was typed."""
    row = case_of(page.reader, page.path("id"))
    doing = page.field("doing")
    if doing not in ACTS:
        raise NotFound
    evidence: list[str] = []
    try:
        evidence = taken_files(page, "evidence")
        told = ACTS[doing](page, row, evidence)
    except Conflict as moved:
        # What was typed stays; the page shows the case and its version as they are now, so that it can be sent again.
        return _show(page, case_of(page.reader, row["id"]), doing, page.wrong(moved), evidence, 409)
    except BihuanError as error:
        return _show(page, row, doing, page.wrong(error), evidence, error.status)
    return page.go(f"/regulator/cases/{row['id']}", told=page.say(told))


def _show(
    page: Page, row: RowMapping, doing: str, wrong: dict[str, Any], evidence: list[str], status: int = 200
) -> Response:
    names = Names(page)
    finding = finding_of(page.reader, row["finding"])
    ids = json.loads(finding["witness"])
    seen = witnesses(page, ids)
    turn, action = whose_turn(row), next_action(row, page.principal)
    primary = action.doing if action is not None else None
    documents = documents_of(page.reader, row["id"])
    return page.render(
        "regulator/case.html", status, c=row, f=finding, names=names, rule=names.rules.get(finding["rule"]),
        witness=[seen[name] for name in ids if name in seen], lost=[name for name in ids if name not in seen],
        photos=json.loads(finding["photos"]), turn=turn, primary=primary, beside=_beside(page, row, finding, primary),
        happened=timeline(page.reader, row["id"]), documents=documents,
        document_ids={document.number: document.id for document in documents},
        steps=list(Step), grades=GRADES,
        assignees=assignees(page, [row]) if row["step"] in ("filed", "dispatched") else [], done=doing,
        evidence=evidence,
        typed={name: values[-1] for name, values in page.fields().items()},
        retry=new_id(page.house.db.chance, "f"),
        password=needs_password(page), **({"error": "", "faults": {}} | wrong),
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
